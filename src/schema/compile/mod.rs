//! Written schemas to nodes: `openAPIV3Schema` of definitions, and files of JSON schema.
//!
//! What is not known (a part of a template, a type that there is not) may be anything.

mod json;
mod metadata;

pub use json::{Compiled, Library, json};

use crate::schema::{Constraints, Field, Format, ListType, Node, NodeId, Rule, Schema, Shape};
use crate::value::{Data, Str, Value};

/// Deepest nesting that is read; below it everything is allowed.
const MAX_DEPTH: usize = 64;
/// Most nodes; beyond it everything is allowed.
const MAX_NODES: usize = 500_000;

/// The pattern by which generators of definitions describe quantities.
const QUANTITY: &str = r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$";

/// The schema of a whole object.
pub(super) fn structural(schema: &Value, keeps_unknown: bool) -> Schema {
    let mut compiler = Compiler::new(keeps_unknown, None);
    let root = compiler.object(schema, Place::Root, 0);
    Schema { nodes: compiler.nodes, root }
}

/// The schema of a part of an object.
#[must_use]
pub fn part(schema: &Value) -> Schema {
    let mut compiler = Compiler::new(false, None);
    let root = compiler.node(schema, Place::Inside, 0);
    Schema { nodes: compiler.nodes, root }
}

struct Compiler<'a> {
    nodes: Vec<Node>,
    keeps_unknown: bool,
    /// The node that allows anything.
    any: NodeId,
    /// Set if the schema is a file of JSON schema, which says more, and where silence allows everything.
    json: Option<json::Context<'a>>,
}

/// What an object schema is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    /// The whole object.
    Root,
    /// An object of another kind inside.
    Embedded,
    /// Any other object.
    Inside,
    /// An alternative, which says of an object only what it has to say.
    Alternative,
}

impl<'a> Compiler<'a> {
    fn new(keeps_unknown: bool, json: Option<json::Context<'a>>) -> Self {
        let any = Node { shape: Shape::Any, nullable: false, constraints: None };
        Self { nodes: vec![any], keeps_unknown, any: NodeId(0), json }
    }

    fn add(&mut self, shape: Shape, nullable: bool, constraints: Option<Box<Constraints>>) -> NodeId {
        self.nodes.push(Node { shape, nullable, constraints });
        NodeId(u32::try_from(self.nodes.len() - 1).unwrap_or(u32::MAX))
    }

    fn node(&mut self, schema: &Value, inside: Place, depth: usize) -> NodeId {
        if depth > MAX_DEPTH || self.nodes.len() > MAX_NODES || schema.as_map().is_none_or(|map| map.open.is_some()) {
            return self.any;
        }
        if self.json.is_some() {
            return self.json_node(schema, inside, depth);
        }
        self.plain(schema, inside, depth)
    }

    /// A schema that refers to no other.
    fn plain(&mut self, schema: &Value, inside: Place, depth: usize) -> NodeId {
        let is_set = |name: &str| schema.get(name).and_then(Value::as_bool) == Some(true);
        let kind = schema.str_at(&["type"]);
        let nested = ["properties", "required", "additionalProperties"].iter().any(|name| schema.get(name).is_some());
        let mut dropped_pattern = false;
        let shape = if is_set("x-kubernetes-int-or-string") {
            dropped_pattern = schema.str_at(&["pattern"]) == Some(QUANTITY);
            if dropped_pattern { Shape::Quantity } else { Shape::IntOrString }
        } else {
            match kind {
                Some("object") => {
                    let place = if is_set("x-kubernetes-embedded-resource") { Place::Embedded } else { inside };
                    return self.object(schema, place, depth);
                }
                None if inside == Place::Alternative && nested => return self.object(schema, inside, depth),
                Some("array") => {
                    let item = schema.get("items").map_or(self.any, |items| self.node(items, inside, depth + 1));
                    Shape::List { item, list_type: list_type(schema) }
                }
                None if inside == Place::Alternative && schema.get("items").is_some() => {
                    let item = schema.get("items").map_or(self.any, |items| self.node(items, inside, depth + 1));
                    Shape::List { item, list_type: ListType::Atomic }
                }
                Some("string") => {
                    Shape::String { format: schema.str_at(&["format"]).and_then(format), values: texts(schema) }
                }
                Some("integer") => Shape::Integer { narrow: schema.str_at(&["format"]) == Some("int32") },
                Some("number") => Shape::Number,
                Some("boolean") => Shape::Boolean,
                _ => Shape::Any,
            }
        };
        let mut constraints = self.constraints(schema, depth);
        if dropped_pattern && let Some(constraints) = &mut constraints {
            constraints.pattern = None;
        }
        if shape_has_values(&shape)
            && let Some(constraints) = &mut constraints
        {
            constraints.values = Vec::new();
        }
        self.add(shape, is_set("nullable"), constraints)
    }

    fn object(&mut self, schema: &Value, place: Place, depth: usize) -> NodeId {
        let inside = if place == Place::Alternative { Place::Alternative } else { Place::Inside };
        let is_set = |name: &str| schema.get(name).and_then(Value::as_bool) == Some(true);
        let mut fields: Vec<Field> = Vec::new();
        let properties = schema.get("properties");
        for entry in properties.into_iter().flat_map(Value::entries) {
            let is_metadata = entry.key == "metadata" && matches!(place, Place::Root | Place::Embedded);
            let node = if is_metadata {
                let name = entry.value.at(&["properties", "name"]);
                let name = name.and_then(|name| self.constraints(name, depth + 2));
                metadata::nodes(&mut self.nodes, name)
            } else {
                self.node(&entry.value, inside, depth + 1)
            };
            fields.push(Field { name: entry.key.clone(), node, required: false });
        }
        if matches!(place, Place::Root | Place::Embedded) {
            for name in ["apiVersion", "kind"] {
                let text = self.add(Shape::String { format: None, values: [].into() }, false, None);
                fields.retain(|field| field.name != name);
                fields.push(Field { name: name.into(), node: text, required: true });
            }
            if !fields.iter().any(|field| field.name == "metadata") {
                let node = metadata::nodes(&mut self.nodes, None);
                fields.push(Field { name: "metadata".into(), node, required: false });
            }
        }
        for name in schema.get("required").map(Value::items).unwrap_or_default() {
            let Some(name) = name.as_str() else { continue };
            match fields.iter_mut().find(|field| field.name == name) {
                Some(field) => field.required = true,
                None => fields.push(Field { name: name.into(), node: self.any, required: true }),
            }
        }
        fields.sort_by(|a, b| a.name.cmp(&b.name));
        fields.dedup_by(|a, b| a.name == b.name);
        let additional = schema.get("additionalProperties");
        let open = properties.and_then(Value::as_map).is_some_and(|map| map.open.is_some())
            || properties.is_some_and(|properties| properties.unknown().is_some());
        let others = match additional.map(|additional| &additional.data) {
            Some(Data::Map(_)) => additional.map(|additional| self.node(additional, inside, depth + 1)),
            Some(Data::Bool(false)) | None => None,
            Some(_) => Some(self.any),
        };
        // An alternative of a structural schema says of other keys nothing; the schema around it does.
        let alternative = place == Place::Alternative && self.json.is_none();
        let keeps = self.keeps_unknown || open || alternative || is_set("x-kubernetes-preserve-unknown-fields");
        let silent = self.json.is_some() && additional.is_none();
        let others = others.or((keeps || silent).then_some(self.any));
        let mut constraints = self.constraints(schema, depth);
        if place == Place::Embedded {
            constraints.get_or_insert_default().embedded = true;
        }
        let shape = match others {
            Some(value) if fields.is_empty() => Shape::Map { value },
            others => Shape::Object { fields: fields.into(), others },
        };
        self.add(shape, is_set("nullable"), constraints)
    }

    fn constraints(&mut self, schema: &Value, depth: usize) -> Option<Box<Constraints>> {
        let kind = schema.str_at(&["type"]);
        let count = |name: &str| schema.get(name).and_then(Value::as_int).and_then(|number| u64::try_from(number).ok());
        let number = |name: &str| match schema.get(name).map(|value| &value.data) {
            Some(Data::Int(number)) => Some(*number as f64),
            Some(Data::Float(number)) => Some(*number),
            _ => None,
        };
        let is_set = |name: &str| schema.get(name).and_then(Value::as_bool) == Some(true);
        let size = if kind == Some("array") { ["minItems", "maxItems"] } else { ["minProperties", "maxProperties"] };
        let values = schema.get("enum").map(Value::items).unwrap_or_default();
        let bounds = |name: &str, excluded: &str| number(name).map(|number| (number, is_set(excluded)));
        let mut constraints = Constraints {
            values: values.to_vec(),
            pattern: schema.str_at(&["pattern"]).map(Str::from),
            length: (count("minLength"), count("maxLength")),
            size: (count(size[0]), count(size[1])),
            minimum: bounds("minimum", "exclusiveMinimum"),
            maximum: bounds("maximum", "exclusiveMaximum"),
            multiple_of: number("multipleOf"),
            unique_items: is_set("uniqueItems"),
            default: schema.get("default").cloned(),
            rules: rules(schema),
            ..Constraints::default()
        };
        let mut logic = |name: &str| -> Vec<NodeId> {
            let schemas = schema.get(name).map(Value::items).unwrap_or_default();
            schemas.iter().map(|schema| self.node(schema, Place::Alternative, depth + 1)).collect()
        };
        constraints.all_of = logic("allOf");
        constraints.any_of = logic("anyOf");
        constraints.one_of = logic("oneOf");
        constraints.not = schema.get("not").map(|schema| self.node(schema, Place::Alternative, depth + 1));
        says_something(&constraints).then(|| Box::new(constraints))
    }
}

/// Whether the allowed values are part of the shape.
fn shape_has_values(shape: &Shape) -> bool {
    matches!(shape, Shape::String { values, .. } if !values.is_empty())
}

fn says_something(constraints: &Constraints) -> bool {
    let Constraints {
        values,
        pattern,
        length,
        size,
        minimum,
        maximum,
        multiple_of,
        unique_items,
        all_of,
        any_of,
        one_of,
        not,
        default,
        rules,
        embedded,
    } = constraints;
    !values.is_empty()
        || pattern.is_some()
        || *length != (None, None)
        || *size != (None, None)
        || minimum.is_some()
        || maximum.is_some()
        || multiple_of.is_some()
        || *unique_items
        || !all_of.is_empty()
        || !any_of.is_empty()
        || !one_of.is_empty()
        || not.is_some()
        || default.is_some()
        || !rules.is_empty()
        || *embedded
}

fn list_type(schema: &Value) -> ListType {
    match schema.str_at(&["x-kubernetes-list-type"]) {
        Some("set") => ListType::Set,
        Some("map") => {
            let keys = schema.get("x-kubernetes-list-map-keys").map(Value::items).unwrap_or_default();
            let keys: Vec<Str> = keys.iter().filter_map(Value::as_str).map(Str::from).collect();
            if keys.is_empty() { ListType::Atomic } else { ListType::Map(keys.into()) }
        }
        _ => ListType::Atomic,
    }
}

/// The allowed values, if all of them are text.
fn texts(schema: &Value) -> std::sync::Arc<[Str]> {
    let values = schema.get("enum").map(Value::items).unwrap_or_default();
    let texts: Option<Vec<Str>> = values.iter().map(|value| value.as_str().map(Str::from)).collect();
    texts.unwrap_or_default().into()
}

fn format(name: &str) -> Option<Format> {
    Some(match name {
        "byte" => Format::Byte,
        "date-time" | "datetime" => Format::DateTime,
        "date" => Format::Date,
        "duration" => Format::Duration,
        "ipv4" => Format::Ipv4,
        "ipv6" => Format::Ipv6,
        "cidr" => Format::Cidr,
        "uri" => Format::Uri,
        "email" => Format::Email,
        "hostname" => Format::Hostname,
        "uuid" => Format::Uuid,
        _ => return None,
    })
}

fn rules(schema: &Value) -> Vec<Rule> {
    let rules = schema.get("x-kubernetes-validations").map(Value::items).unwrap_or_default();
    let text = |rule: &Value, name: &str| rule.str_at(&[name]).map(Str::from);
    rules
        .iter()
        .filter_map(|rule| {
            Some(Rule {
                expression: text(rule, "rule")?,
                message: text(rule, "message"),
                message_expression: text(rule, "messageExpression"),
            })
        })
        .collect()
}
