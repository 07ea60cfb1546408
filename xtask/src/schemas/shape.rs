//! The definitions that go into the bundle, as trees that name each other.
//!
//! They are [`kate::schema::Schema`] with two things more: a reference to a definition by its name, and
//! the minor versions of Kubernetes that a field belongs to.

use std::collections::{BTreeMap, BTreeSet};

use kate::schema::{self, Format, ListType, NodeId, Rule, Schema};
use kate::value::{Data, Value};
use serde_json::json;

use super::kubernetes::MINORS;

/// Minor versions, one bit each from the oldest in the bundle.
pub(super) type Minors = u16;

/// Every minor.
pub(super) const ALL: Minors = (1 << (*MINORS.end() - *MINORS.start() + 1)) - 1;

#[derive(Clone, PartialEq, Debug)]
pub(super) struct Node {
    pub(super) shape: Shape,
    pub(super) nullable: bool,
    pub(super) constraints: Option<Box<Constraints>>,
}

#[derive(Clone, PartialEq, Debug)]
pub(super) enum Shape {
    Any,
    String {
        format: Option<Format>,
        values: Vec<String>,
    },
    Integer {
        narrow: bool,
    },
    Number,
    Boolean,
    IntOrString,
    Quantity,
    List {
        item: Box<Node>,
        list_type: ListType,
    },
    Map {
        value: Box<Node>,
    },
    Object {
        fields: Vec<Field>,
        others: Option<Box<Node>>,
    },
    /// A definition.
    Reference(String),
}

#[derive(Clone, PartialEq, Debug)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) node: Node,
    pub(super) required: bool,
    pub(super) minors: Minors,
}

/// [`schema::Constraints`].
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Constraints {
    pub(super) values: Vec<serde_json::Value>,
    pub(super) pattern: Option<String>,
    pub(super) length: (Option<u64>, Option<u64>),
    pub(super) size: (Option<u64>, Option<u64>),
    pub(super) minimum: Option<(f64, bool)>,
    pub(super) maximum: Option<(f64, bool)>,
    pub(super) multiple_of: Option<f64>,
    pub(super) unique_items: bool,
    pub(super) all_of: Vec<Node>,
    pub(super) any_of: Vec<Node>,
    pub(super) one_of: Vec<Node>,
    pub(super) not: Option<Node>,
    pub(super) default: Option<serde_json::Value>,
    /// Expression, message, expression of the message.
    pub(super) rules: Vec<[Option<String>; 3]>,
    pub(super) embedded: bool,
}

/// Definitions by name.
pub(super) type Definitions = BTreeMap<String, Node>;

/// A kind, and the definition of its objects.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Kind {
    pub(super) group: String,
    pub(super) version: String,
    pub(super) kind: String,
    pub(super) cluster: bool,
    /// The minors that serve it; of a custom resource, the releases that have it, from the newest.
    pub(super) minors: Minors,
    pub(super) definition: String,
    /// Where it is from: 0 is Kubernetes.
    pub(super) source: usize,
}

impl Node {
    pub(super) fn new(shape: Shape) -> Self {
        Self { shape, nullable: false, constraints: None }
    }

    /// A node of a schema that never leads to itself.
    pub(super) fn of(schema: &Schema, id: NodeId) -> Self {
        let node = schema.node(id);
        let boxed = |id: NodeId| Box::new(Self::of(schema, id));
        let shape = match &node.shape {
            schema::Shape::Any => Shape::Any,
            schema::Shape::String { format, values } => {
                Shape::String { format: *format, values: values.iter().map(ToString::to_string).collect() }
            }
            schema::Shape::Integer { narrow } => Shape::Integer { narrow: *narrow },
            schema::Shape::Number => Shape::Number,
            schema::Shape::Boolean => Shape::Boolean,
            schema::Shape::IntOrString => Shape::IntOrString,
            schema::Shape::Quantity => Shape::Quantity,
            schema::Shape::List { item, list_type } => Shape::List { item: boxed(*item), list_type: list_type.clone() },
            schema::Shape::Map { value } => Shape::Map { value: boxed(*value) },
            schema::Shape::Object { fields, others } => {
                let field = |field: &schema::Field| Field {
                    name: field.name.to_string(),
                    node: Self::of(schema, field.node),
                    required: field.required,
                    minors: ALL,
                };
                Shape::Object { fields: fields.iter().map(field).collect(), others: others.map(boxed) }
            }
        };
        let constraints = node.constraints.as_deref().map(|from| Box::new(Constraints::of(schema, from)));
        Self { shape, nullable: node.nullable, constraints }
    }

    /// Say of every field that it is of these versions. Alternatives say nothing of which fields there are.
    pub(super) fn mark(&mut self, of: Minors) {
        for field in self.fields() {
            field.minors = of;
        }
        self.inner().into_iter().for_each(|child| child.mark(of));
    }

    /// Say nothing of the versions of a field that has all those of the object that it is in.
    pub(super) fn simplify(&mut self, within: Minors) {
        match &mut self.shape {
            Shape::Object { fields, others } => {
                for field in fields {
                    let of = field.minors & within;
                    field.node.simplify(of);
                    field.minors = if of == within { ALL } else { of };
                }
                others.as_deref_mut().into_iter().for_each(|child| child.simplify(within));
            }
            _ => self.inner().into_iter().for_each(|child| child.simplify(within)),
        }
    }

    fn fields(&mut self) -> &mut [Field] {
        match &mut self.shape {
            Shape::Object { fields, .. } => fields,
            _ => &mut [],
        }
    }

    fn inner(&mut self) -> Vec<&mut Self> {
        match &mut self.shape {
            Shape::List { item: child, .. } | Shape::Map { value: child } => vec![&mut **child],
            Shape::Object { fields, others } => {
                others.as_deref_mut().into_iter().chain(fields.iter_mut().map(|field| &mut field.node)).collect()
            }
            _ => Vec::new(),
        }
    }

    pub(super) fn children(&self) -> Vec<&Self> {
        let mut children = match &self.shape {
            Shape::List { item: child, .. } | Shape::Map { value: child } => vec![&**child],
            Shape::Object { fields, others } => {
                others.as_deref().into_iter().chain(fields.iter().map(|field| &field.node)).collect()
            }
            _ => Vec::new(),
        };
        if let Some(constraints) = &self.constraints {
            let Constraints { all_of, any_of, one_of, not, .. } = &**constraints;
            children.extend(all_of.iter().chain(any_of).chain(one_of).chain(not));
        }
        children
    }

    fn inline(&mut self, small: &Definitions) {
        while let Shape::Reference(name) = &self.shape
            && let Some(node) = small.get(name)
        {
            *self = node.clone();
        }
        match &mut self.shape {
            Shape::List { item: child, .. } | Shape::Map { value: child } => child.inline(small),
            Shape::Object { fields, others } => {
                fields.iter_mut().map(|field| &mut field.node).for_each(|child| child.inline(small));
                others.as_deref_mut().into_iter().for_each(|child| child.inline(small));
            }
            _ => {}
        }
    }

    fn references(&self, into: &mut Vec<String>) {
        if let Shape::Reference(name) = &self.shape {
            into.push(name.clone());
        }
        self.children().into_iter().for_each(|child| child.references(into));
    }

    /// Add what a definition says in one more minor version. Only fields of objects may come and go.
    pub(super) fn merge(&mut self, other: Self) -> Result<(), String> {
        match (&mut self.shape, other.shape) {
            (Shape::Object { fields, others }, Shape::Object { fields: more, others: more_others })
                if *others == more_others =>
            {
                for field in more {
                    let same = fields
                        .iter_mut()
                        .find(|at| at.name == field.name && at.node == field.node && at.required == field.required);
                    match same {
                        Some(same) => same.minors |= field.minors,
                        None => fields.push(field),
                    }
                }
                fields.sort_by(|a, b| (&a.name, a.minors).cmp(&(&b.name, b.minors)));
                Ok(())
            }
            (shape, other) if *shape == other => Ok(()),
            (shape, other) => Err(format!("{shape:?} and {other:?}")),
        }
    }
}

impl Constraints {
    fn of(schema: &Schema, from: &schema::Constraints) -> Self {
        let nodes = |ids: &[NodeId]| ids.iter().map(|id| Node::of(schema, *id)).collect();
        let rule = |rule: &Rule| {
            let text = |text: &Option<_>| text.as_ref().map(ToString::to_string);
            [Some(rule.expression.to_string()), text(&rule.message), text(&rule.message_expression)]
        };
        Self {
            values: from.values.iter().map(json).collect(),
            pattern: from.pattern.as_ref().map(ToString::to_string),
            length: from.length,
            size: from.size,
            minimum: from.minimum,
            maximum: from.maximum,
            multiple_of: from.multiple_of,
            unique_items: from.unique_items,
            all_of: nodes(&from.all_of),
            any_of: nodes(&from.any_of),
            one_of: nodes(&from.one_of),
            not: from.not.map(|id| Node::of(schema, id)),
            default: from.default.as_ref().map(json),
            rules: from.rules.iter().map(rule).collect(),
            embedded: from.embedded,
        }
    }
}

/// A value as JSON.
pub(super) fn json(value: &Value) -> serde_json::Value {
    match &value.data {
        Data::Null | Data::Unknown(_) => json!(null),
        Data::Bool(truth) => json!(truth),
        Data::Int(number) => json!(number),
        Data::Float(number) => json!(number),
        Data::String(text) => json!(text.as_str()),
        Data::List(items) => items.iter().map(json).collect(),
        Data::Map(map) => map.iter().map(|entry| (entry.key.to_string(), json(&entry.value))).collect(),
    }
}

/// Replace references to what is no object, and drop what nothing leads to.
pub(super) fn tidy(definitions: &mut Definitions, roots: BTreeSet<String>) {
    let small: Definitions = definitions
        .iter()
        .filter(|(_, node)| !matches!(node.shape, Shape::Object { .. }))
        .map(|(name, node)| (name.clone(), node.clone()))
        .collect();
    for node in definitions.values_mut() {
        node.inline(&small);
    }
    let mut used = BTreeSet::new();
    let mut left: Vec<String> = roots.into_iter().collect();
    while let Some(name) = left.pop() {
        if let Some(node) = definitions.get(&name)
            && used.insert(name)
        {
            node.references(&mut left);
        }
    }
    definitions.retain(|name, _| used.contains(name));
}
