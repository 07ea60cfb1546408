//! The definitions that go into the bundle, as trees that name each other.
//!
//! They are [`kate::schema::Schema`] with two things more: a reference to a definition by its name, and
//! the minor versions of Kubernetes that a field belongs to.

use std::collections::{BTreeMap, BTreeSet};

use kate::schema::{Format, ListType};

use super::kubernetes::MINORS;

/// Minor versions, one bit each from the oldest in the bundle.
pub(super) type Minors = u16;

/// Every minor.
pub(super) const ALL: Minors = (1 << (*MINORS.end() - *MINORS.start() + 1)) - 1;

#[derive(Clone, PartialEq, Debug)]
pub(super) struct Node {
    pub(super) shape: Shape,
    pub(super) nullable: bool,
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

/// Definitions by name.
pub(super) type Definitions = BTreeMap<String, Node>;

/// A kind, and the definition of its objects.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Kind {
    pub(super) group: String,
    pub(super) version: String,
    pub(super) kind: String,
    pub(super) cluster: bool,
    /// The minors that serve it; of a custom resource, all.
    pub(super) minors: Minors,
    pub(super) definition: String,
    /// Where it is from: 0 is Kubernetes.
    pub(super) source: usize,
}

impl Node {
    pub(super) fn new(shape: Shape) -> Self {
        Self { shape, nullable: false }
    }

    /// Add what a definition says in one more version. Only fields of objects may come and go.
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

impl Node {
    fn children(&self) -> Vec<&Self> {
        match &self.shape {
            Shape::List { item: child, .. } | Shape::Map { value: child } => vec![child],
            Shape::Object { fields, others } => {
                fields.iter().map(|field| &field.node).chain(others.as_deref()).collect()
            }
            _ => Vec::new(),
        }
    }

    fn children_mut(&mut self) -> Vec<&mut Self> {
        match &mut self.shape {
            Shape::List { item: child, .. } | Shape::Map { value: child } => vec![child],
            Shape::Object { fields, others } => {
                fields.iter_mut().map(|field| &mut field.node).chain(others.as_deref_mut()).collect()
            }
            _ => Vec::new(),
        }
    }

    fn inline(&mut self, small: &Definitions) {
        while let Shape::Reference(name) = &self.shape
            && let Some(node) = small.get(name)
        {
            *self = node.clone();
        }
        self.children_mut().into_iter().for_each(|child| child.inline(small));
    }

    fn references(&self, into: &mut Vec<String>) {
        if let Shape::Reference(name) = &self.shape {
            into.push(name.clone());
        }
        self.children().into_iter().for_each(|child| child.references(into));
    }
}
