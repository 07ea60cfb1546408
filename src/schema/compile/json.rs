//! What JSON schema has beyond structural schemas: references, several types, constants.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::{Compiler, Place};
use crate::schema::{Constraints, Node, NodeId, Schema, Shape};
use crate::text::Span;
use crate::value::{Data, Entry, Map, Str, Value};

/// Keywords that are not looked at.
const UNCHECKED: &[&str] = &[
    "$dynamicRef",
    "contains",
    "dependencies",
    "dependentRequired",
    "dependentSchemas",
    "if",
    "patternProperties",
    "prefixItems",
    "propertyNames",
    "unevaluatedProperties",
];

/// The files of schemas.
pub trait Library {
    /// What stands in the file that a reference in another file names, and the name by which that file
    /// is known here.
    fn open(&self, from: &str, name: &str) -> Option<(String, Value)>;
}

/// A compiled file, and what came of it.
#[derive(Debug)]
pub struct Compiled {
    /// The schema.
    pub schema: Schema,
    /// What of it is not checked, and why.
    pub unchecked: BTreeSet<String>,
    /// What is wrong with it.
    pub faults: Vec<(Span, String)>,
}

pub(super) struct Context<'a> {
    library: &'a dyn Library,
    /// Whether the kind is one of Kubernetes itself.
    builtin: bool,
    /// The file that is read.
    file: String,
    whole: Value,
    /// By file and pointer.
    known: FxHashMap<(String, String), NodeId>,
    unchecked: BTreeSet<String>,
    faults: Vec<(Span, String)>,
}

/// The schema of a whole object in a file.
#[must_use]
pub fn json(library: &dyn Library, file: &str, schema: &Value, builtin: bool) -> Compiled {
    let context = Context {
        library,
        builtin,
        file: file.to_owned(),
        whole: schema.clone(),
        known: FxHashMap::default(),
        unchecked: BTreeSet::new(),
        faults: Vec::new(),
    };
    let mut compiler = Compiler::new(false, Some(context));
    let root = compiler.node(schema, Place::Root, 0);
    let (mut unchecked, mut faults) = (BTreeSet::new(), Vec::new());
    if let Some(context) = compiler.json.take() {
        (unchecked, faults) = (context.unchecked, context.faults);
    }
    if faults.is_empty() && !matches!(compiler.nodes[root.0 as usize].shape, Shape::Object { .. } | Shape::Map { .. }) {
        let at = schema.entries().next().map_or(schema.span(), |entry| entry.key_origin.span());
        faults.push((at, "this schema is of no object".to_owned()));
    }
    Compiled { schema: Schema { nodes: compiler.nodes, root }, unchecked, faults }
}

impl Compiler<'_> {
    /// A schema of JSON schema.
    pub(super) fn json_node(&mut self, schema: &Value, inside: Place, depth: usize) -> NodeId {
        let Some(context) = &mut self.json else { return self.any };
        let skipped = UNCHECKED.iter().filter(|name| schema.get(name).is_some());
        context.unchecked.extend(skipped.map(|name| format!("the keyword `{name}` of its schema")));
        if let Some(reference) = schema.get("$ref") {
            return self.reference(reference, inside, depth);
        }
        if let Some(kind) = self.scalar_pair(schema) {
            return self.add(kind, true, None);
        }
        let mut named = types(schema);
        let nullable = named.contains(&"null");
        named.retain(|name| *name != "null");
        let is_object = schema.get("properties").is_some() && inside != Place::Alternative;
        match named.as_slice() {
            [] if !is_object || schema.get("type").is_some() => self.plain(&rewritten(schema, None), inside, depth),
            [] => self.plain(&rewritten(schema, Some("object")), inside, depth),
            [one] => {
                let id = self.plain(&rewritten(schema, Some(one)), inside, depth);
                self.nodes[id.0 as usize].nullable |= nullable;
                id
            }
            several => {
                let alternatives = several.iter().map(|one| rewritten(schema, Some(one)));
                let any_of = alternatives.map(|one| self.plain(&one, inside, depth + 1)).collect();
                let constraints = Constraints { any_of, ..Constraints::default() };
                self.add(Shape::Any, nullable, Some(Box::new(constraints)))
            }
        }
    }

    /// What a reference leads to, once.
    fn reference(&mut self, reference: &Value, inside: Place, depth: usize) -> NodeId {
        let (Some(text), Some(context)) = (reference.as_str(), &mut self.json) else { return self.any };
        let (name, pointer) = text.split_once('#').unwrap_or((text, ""));
        let opened = match name {
            "" => Some((context.file.clone(), context.whole.clone())),
            name => context.library.open(&context.file, name),
        };
        let target = opened.and_then(|(file, whole)| Some((at(&whole, pointer)?.clone(), file, whole)));
        let Some((target, file, whole)) = target else {
            context.faults.push((reference.span(), format!("`{text}` leads to no schema in this repository")));
            return self.any;
        };
        // An object and an alternative that say the same mean another thing.
        let key = (file.clone(), format!("{inside:?} {pointer}"));
        if let Some(known) = context.known.get(&key) {
            return *known;
        }
        let outer = (std::mem::replace(&mut context.file, file), std::mem::replace(&mut context.whole, whole));
        let here = self.add(Shape::Any, false, None);
        if let Some(context) = &mut self.json {
            context.known.insert(key, here);
        }
        let id = self.node(&target, inside, depth + 1);
        let Node { shape, nullable, constraints } = self.nodes[id.0 as usize].clone();
        self.nodes[here.0 as usize] = Node { shape, nullable, constraints };
        if let Some(context) = &mut self.json {
            (context.file, context.whole) = outer;
        }
        here
    }

    /// `oneOf` of two scalars, by which schemas of Kubernetes say what text and numbers may both say.
    fn scalar_pair(&self, schema: &Value) -> Option<Shape> {
        let mut found = BTreeSet::new();
        let alternatives = schema.get("oneOf").or_else(|| schema.get("anyOf"));
        match alternatives.map(Value::items) {
            Some(alternatives) => {
                for one in alternatives {
                    let plain = one.entries().all(|entry| matches!(entry.key.as_str(), "type" | "format"));
                    found.extend(types(one).into_iter().filter(|_| plain));
                }
                found.extend(types(schema));
            }
            None => found.extend(types(schema)),
        }
        found.remove("null");
        match found.into_iter().collect::<Vec<_>>()[..] {
            ["integer", "string"] => Some(Shape::IntOrString),
            ["number", "string"] if self.json.as_ref()?.builtin => Some(Shape::Quantity),
            _ => None,
        }
    }
}

/// The types that a schema names.
fn types(schema: &Value) -> Vec<&str> {
    let Some(named) = schema.get("type") else { return Vec::new() };
    named.as_str().into_iter().chain(named.items().iter().filter_map(Value::as_str)).collect()
}

/// The schema with one type, and with the words of structural schemas for what newer drafts say otherwise.
fn rewritten(schema: &Value, kind: Option<&str>) -> Value {
    let Some(map) = schema.as_map() else { return schema.clone() };
    let mut entries: Vec<Entry> = Vec::with_capacity(map.len());
    for entry in map.iter() {
        let mut put = |name: &str, data: Data| {
            entries.push(Entry { key: name.into(), value: Value { data, ..entry.value.clone() }, ..entry.clone() });
        };
        match (entry.key.as_str(), &entry.value.data) {
            ("type", data) => put("type", kind.map_or_else(|| data.clone(), |kind| Data::String(Str::from(kind)))),
            ("const", _) => put("enum", Data::List(std::sync::Arc::new(vec![entry.value.clone()]))),
            ("enum", Data::List(items)) => {
                let values: Vec<Value> = items.iter().filter(|item| !item.is_null()).cloned().collect();
                put("enum", Data::List(std::sync::Arc::new(values)));
            }
            (name @ ("exclusiveMinimum" | "exclusiveMaximum"), data @ (Data::Int(_) | Data::Float(_))) => {
                put(name, Data::Bool(true));
                put(if name == "exclusiveMinimum" { "minimum" } else { "maximum" }, data.clone());
            }
            (name, data) => put(name, data.clone()),
        }
    }
    if let (Some(kind), None) = (kind, map.get("type")) {
        let value = Value { data: Data::String(Str::from(kind)), ..schema.clone() };
        let key_origin = schema.origin.clone();
        entries.push(Entry { key: "type".into(), key_origin, value });
    }
    Value { data: Data::Map(std::sync::Arc::new(Map::from_unique(entries))), ..schema.clone() }
}

/// The schema at a JSON pointer.
fn at<'v>(whole: &'v Value, pointer: &str) -> Option<&'v Value> {
    let mut value = whole;
    for part in pointer.split('/').skip(1) {
        let part = part.replace("~1", "/").replace("~0", "~");
        value = match &value.data {
            Data::List(items) => items.get(part.parse::<usize>().ok()?)?,
            _ => value.get(&part)?,
        };
    }
    Some(value)
}
