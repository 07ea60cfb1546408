//! The verdict on a value: does it have the shape that a schema wants?
//!
//! Speaks only of what is known: unknown values, placeholders and maps that may have further keys
//! are not judged. Depth and work are bounded.

mod cel;
mod constraint;
mod embedded;
mod hint;
mod lenient;
mod list;
mod patterns;
mod problem;
mod text;

use std::fmt::Write as _;

pub use cel::{RESERVED, Reading, Uses, escaped, read as read_expression};
pub use lenient::{is_accepted, missing_spec};
pub use patterns::{Patterns, regex_error};
pub use problem::{Belongs, Extent, Problem, ProblemKind, Type, Wanted, shown, type_name};

use super::{Field, Node, NodeId, Quantity, Schema, Shape};
use crate::text::{has_placeholder, near_miss};
use crate::value::{Data, Map, Origin, Str, Value};

/// Deepest nesting that is looked at.
const MAX_DEPTH: usize = 96;
/// Most values that are looked at in one object, those of alternatives included.
const MAX_WORK: usize = 2_000_000;
/// Most problems of one object.
const MAX_PROBLEMS: usize = 200;

/// Who reads the object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reader {
    /// Go types: a null is nothing wherever it stands.
    BuiltIn,
    /// A structural schema: a null in a list is a null.
    Custom,
}

/// What was found.
#[derive(Clone, Default, Debug)]
pub struct Verdict {
    /// The mistakes, in order of the text.
    pub problems: Vec<Problem>,
    /// What of the schema could not be checked, and why.
    pub unchecked: Vec<String>,
    /// Whether something is not known, or stands for other text, and so was not judged.
    pub incomplete: bool,
}

/// Look at an object.
#[must_use]
pub fn validate(schema: &Schema, reader: Reader, patterns: &Patterns, object: &Value) -> Verdict {
    validate_below(schema, reader, patterns, object, 0)
}

/// Look at an object that is `depth` values deep in another.
fn validate_below(schema: &Schema, reader: Reader, patterns: &Patterns, object: &Value, depth: usize) -> Verdict {
    let mut walk = Walk {
        schema,
        reader,
        patterns,
        path: Vec::new(),
        holders: Vec::new(),
        defaulted: Vec::new(),
        found: Verdict::default(),
        uncertain: false,
        work: 0,
        depth,
    };
    let at = object.get("kind").map_or(&object.origin, |kind| &kind.origin);
    walk.value(schema.root, object, at);
    Verdict { incomplete: walk.uncertain, ..walk.found }
}

/// One step down.
#[derive(Clone, Copy)]
enum Segment<'v> {
    Key(&'v str),
    Index(usize),
}

/// An object on the way down.
#[derive(Clone, Copy)]
struct Holder<'v> {
    fields: &'v [Field],
    map: &'v Map,
    /// How many segments lead to it.
    depth: usize,
}

struct Walk<'v> {
    schema: &'v Schema,
    reader: Reader,
    patterns: &'v Patterns,
    path: Vec<Segment<'v>>,
    holders: Vec<Holder<'v>>,
    /// Keys that the API server fills in, with the number of steps to their object: alternatives see
    /// them as there.
    defaulted: Vec<(usize, &'v Str)>,
    found: Verdict,
    /// Whether something was met that cannot be judged.
    uncertain: bool,
    work: usize,
    depth: usize,
}

impl<'v> Walk<'v> {
    /// Look at a value. `at` is the place to blame where the value itself is no small place.
    fn value(&mut self, id: NodeId, value: &'v Value, at: &'v Origin) {
        self.work += 1;
        if self.work > MAX_WORK || self.depth > MAX_DEPTH || self.found.problems.len() >= MAX_PROBLEMS {
            self.uncertain = true;
            return;
        }
        self.depth += 1;
        let before = self.found.problems.len();
        self.shape(id, value, at);
        let node = self.schema.node(id);
        if let Some(constraints) = &node.constraints
            && self.found.problems.len() == before
            && !value.is_null()
        {
            let defaulted = self.defaulted.len();
            self.push_defaulted(&node.shape, value);
            self.constraints(id, constraints, value, at);
            self.defaulted.truncate(defaulted);
        }
        self.depth -= 1;
    }

    fn shape(&mut self, id: NodeId, value: &'v Value, at: &'v Origin) {
        let node = self.schema.node(id);
        let at = if matches!(value.data, Data::Map(_) | Data::List(_)) { at } else { &value.origin };
        match (&node.shape, &value.data) {
            (Shape::Any, _) => {}
            (_, Data::Unknown(_)) => self.uncertain = true,
            (_, Data::Null) if node.nullable => {}
            (Shape::Object { fields, .. }, Data::Null) if self.reader == Reader::BuiltIn => {
                self.missing(fields, None, at)
            }
            (_, Data::Null) if self.reader == Reader::BuiltIn => {}
            (_, Data::String(text)) if has_placeholder(text) => self.uncertain = true,
            (Shape::String { format, values }, Data::String(text)) => {
                if !values.is_empty() && !values.contains(text) {
                    let near = near_value(text, values.iter().map(Str::as_str));
                    self.invalid(value, at, Wanted::OneOf { values: values.to_vec(), near });
                } else if let Some(format) = format
                    && !text::is_format(text, *format)
                {
                    self.invalid(value, at, Wanted::Format(*format));
                }
            }
            (Shape::Integer { narrow: true }, Data::Int(number)) | (Shape::IntOrString, Data::Int(number)) => {
                let narrow = matches!(node.shape, Shape::Integer { .. }) || self.reader == Reader::BuiltIn;
                if narrow && i32::try_from(*number).is_err() {
                    self.invalid(value, at, Wanted::Narrow);
                }
            }
            (Shape::Integer { narrow: false } | Shape::Number | Shape::Quantity, Data::Int(_))
            | (Shape::Number, Data::Float(_))
            | (Shape::Boolean, Data::Bool(_))
            | (Shape::IntOrString, Data::String(_)) => {}
            (Shape::Quantity, Data::Float(_)) if self.reader == Reader::BuiltIn => {}
            (Shape::Quantity, Data::String(text)) => {
                if Quantity::parse(text).is_none() {
                    self.invalid(value, at, Wanted::Quantity);
                }
            }
            (Shape::List { item, list_type }, Data::List(items)) => {
                for (index, one) in items.iter().enumerate() {
                    self.path.push(Segment::Index(index));
                    self.value(*item, one, first_key(one));
                    self.path.pop();
                }
                self.duplicates(list_type, items);
            }
            (Shape::Map { value: node }, Data::Map(map)) => {
                for entry in map.iter() {
                    if entry.value.is_null() && !self.schema.node(*node).nullable {
                        continue;
                    }
                    self.path.push(Segment::Key(&entry.key));
                    self.value(*node, &entry.value, &entry.key_origin);
                    self.path.pop();
                }
            }
            (Shape::Object { fields, others }, Data::Map(map)) => self.object(fields, *others, map, at),
            (shape, data) => {
                let Some(expected) = expected(shape) else { return };
                let found = scalar(data);
                self.report(ProblemKind::WrongType { expected, found }, at);
            }
        }
    }

    fn object(&mut self, fields: &'v [Field], others: Option<NodeId>, map: &'v Map, at: &'v Origin) {
        self.holders.push(Holder { fields, map, depth: self.path.len() });
        for entry in map.iter() {
            let declared = fields.binary_search_by(|field| field.name.as_str().cmp(&entry.key));
            let node = declared.map(|index| fields[index].node).ok().or(others);
            self.path.push(Segment::Key(&entry.key));
            match node {
                // A null that is not kept is no value.
                Some(node) if entry.value.is_null() && !self.schema.node(node).nullable => {}
                Some(node) => self.value(node, &entry.value, &entry.key_origin),
                None if has_placeholder(&entry.key) => self.uncertain = true,
                None => {
                    let belongs = self.belongs(entry);
                    self.report(ProblemKind::UnknownField { name: entry.key.clone(), belongs }, &entry.key_origin);
                }
            }
            self.path.pop();
        }
        self.holders.pop();
        self.missing(fields, Some(map), at);
    }

    fn missing(&mut self, fields: &'v [Field], map: Option<&'v Map>, at: &'v Origin) {
        for field in fields.iter().filter(|field| field.required) {
            let node = self.schema.node(field.node);
            let has = |entry: &Value| !entry.is_null() || node.nullable;
            let here = (self.path.len(), &field.name);
            if has_default(node)
                || self.defaulted.contains(&here)
                || map.and_then(|map| map.get(&field.name)).is_some_and(has)
            {
                continue;
            }
            if map.is_some_and(|map| map.open.is_some()) {
                self.uncertain = true;
                continue;
            }
            self.report(ProblemKind::MissingField { name: field.name.clone() }, at);
        }
    }

    fn push_defaulted(&mut self, shape: &'v Shape, value: &Value) {
        let (Shape::Object { fields, .. }, Data::Map(map)) = (shape, &value.data) else { return };
        let schema = self.schema;
        let filled =
            |field: &&Field| has_default(schema.node(field.node)) && map.get(&field.name).is_none_or(Value::is_null);
        let depth = self.path.len();
        self.defaulted.extend(fields.iter().filter(filled).map(|field| (depth, &field.name)));
    }

    fn invalid(&mut self, value: &Value, at: &Origin, wanted: Wanted) {
        self.report(ProblemKind::InvalidValue { found: scalar(&value.data), wanted }, at);
    }

    fn report(&mut self, kind: ProblemKind, at: &Origin) {
        let path = path_text(&self.path);
        self.found.problems.push(Problem { kind, path, at: at.clone(), embedded: None });
    }
}

fn has_default(node: &Node) -> bool {
    node.constraints.as_ref().is_some_and(|constraints| constraints.default.is_some())
}

/// Data without what is in it.
fn scalar(data: &Data) -> Data {
    match data {
        Data::List(_) => Data::List(std::sync::Arc::default()),
        Data::Map(_) => Data::Map(std::sync::Arc::default()),
        other => other.clone(),
    }
}

/// The place of the first key of an item, which is where a person finds the item.
fn first_key(item: &Value) -> &Origin {
    match &item.data {
        Data::Map(map) => map.iter().next().map_or(&item.origin, |entry| &entry.key_origin),
        _ => &item.origin,
    }
}

/// The one of some values that was very likely meant.
fn near_value<'a>(text: &str, values: impl Iterator<Item = &'a str> + Clone) -> Option<Str> {
    let mut folded = values.clone().filter(|value| value.eq_ignore_ascii_case(text));
    match (folded.next(), folded.next()) {
        (Some(one), None) => Some(one.into()),
        _ => near_miss(text, values).map(Str::from),
    }
}

fn expected(shape: &Shape) -> Option<Type> {
    Some(match shape {
        Shape::Any => return None,
        Shape::String { .. } => Type::Text,
        Shape::Integer { .. } => Type::Integer,
        Shape::Number => Type::Number,
        Shape::Boolean => Type::Boolean,
        Shape::IntOrString => Type::IntegerOrText,
        Shape::Quantity => Type::Quantity,
        Shape::List { .. } => Type::List,
        Shape::Map { .. } | Shape::Object { .. } => Type::Map,
    })
}

fn path_text(path: &[Segment<'_>]) -> String {
    let mut text = String::new();
    for segment in path {
        match segment {
            Segment::Index(index) => {
                let _ = write!(text, "[{index}]");
            }
            Segment::Key(key) => {
                let plain =
                    !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '$'));
                if !plain {
                    let _ = write!(text, "[{key:?}]");
                } else if text.is_empty() {
                    text.push_str(key);
                } else {
                    text.push('.');
                    text.push_str(key);
                }
            }
        }
    }
    text
}

#[cfg(test)]
mod tests;
