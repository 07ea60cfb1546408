//! Which lists are merged, and by which keys: kustomize's embedded OpenAPI document, or a custom one
//! (`kyaml/openapi`).
//!
//! Only `x-kubernetes-patch-strategy: merge` counts; the keys are `x-kubernetes-list-map-keys`, else
//! `x-kubernetes-patch-merge-key`, else a list is one of scalars, merged by value.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use crate::value::{Str, Value};

/// Written by `cargo xtask schemas kustomize`, which says what its lines mean.
const TABLE: &str = include_str!("../../../../schemas/kustomize.txt");

static BUILT_IN: LazyLock<Schema> = LazyLock::new(|| Schema::decode(TABLE));

/// The types of objects, as far as merging depends on them.
#[derive(Debug, Default)]
pub(in super::super) struct Schema {
    types: Vec<Type>,
    /// By `apiVersion kind`.
    kinds: FxHashMap<Str, usize>,
}

#[derive(Debug, Default)]
struct Type {
    /// Sorted by name.
    fields: Vec<(Str, Field)>,
    /// Of any other name.
    other: Option<Field>,
}

#[derive(Clone, Debug)]
enum Field {
    Map(usize),
    List { keys: Vec<Str>, item: Option<usize> },
}

/// What is known of the type of a value.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape<'a> {
    /// Nothing: an object within it may say its own kind.
    Unknown,
    /// It is known, and has no list that is merged.
    Plain,
    /// A map that leads to such lists.
    Map(&'a Schema, usize),
    /// A list that is merged by keys; without keys by value.
    List(&'a Schema, &'a [Str], Option<usize>),
}

impl Schema {
    /// The document that is compiled into kustomize.
    pub(in super::super) fn built_in() -> &'static Self {
        &BUILT_IN
    }

    /// The document of `openapi.path`. It stands in the place of the built-in one.
    pub(in super::super) fn custom(document: &Value) -> Self {
        let definitions = document.get("definitions");
        let definitions =
            definitions.into_iter().flat_map(Value::entries).map(|entry| (entry.key.as_str(), &entry.value));
        Custom { definitions: definitions.collect(), ..Custom::default() }.read()
    }

    /// The type of objects of a kind.
    pub(super) fn of_kind(&self, api_version: &str, kind: &str) -> Shape<'_> {
        let at = self.kinds.get(format!("{api_version} {kind}").as_str());
        at.map_or(Shape::Unknown, |at| Shape::Map(self, *at))
    }

    fn decode(table: &str) -> Self {
        let mut lines = table.lines().filter(|line| !line.starts_with('#'));
        let types = lines.by_ref().take_while(|line| *line != "---").map(Type::decode).collect();
        let kinds = lines.filter_map(|line| {
            let (kind, at) = line.rsplit_once(' ')?;
            Some((kind.into(), at.parse().ok()?))
        });
        Self { types, kinds: kinds.collect() }
    }
}

impl<'a> Shape<'a> {
    /// The type of a field of a map of this type.
    pub(super) fn field(self, name: &str) -> Self {
        match self {
            Self::Unknown => Self::Unknown,
            Self::Plain | Self::List(..) => Self::Plain,
            Self::Map(schema, at) => match schema.types.get(at).and_then(|kind| kind.field(name)) {
                None => Self::Plain,
                Some(Field::Map(at)) => Self::Map(schema, *at),
                Some(Field::List { keys, item }) => Self::List(schema, keys, *item),
            },
        }
    }

    /// The type of the items of a list of this type.
    pub(super) fn item(self) -> Self {
        match self {
            Self::Unknown => Self::Unknown,
            Self::List(schema, _, Some(at)) => Self::Map(schema, at),
            Self::Plain | Self::Map(..) | Self::List(..) => Self::Plain,
        }
    }
}

impl Type {
    fn field(&self, name: &str) -> Option<&Field> {
        let at = self.fields.binary_search_by(|(field, _)| field.as_str().cmp(name)).ok();
        at.and_then(|at| self.fields.get(at)).map(|(_, field)| field).or(self.other.as_ref())
    }

    fn push(&mut self, name: &str, field: Field) {
        self.fields.push((name.into(), field));
    }

    fn decode(line: &str) -> Self {
        let mut found = Self::default();
        for (name, field) in line.split(' ').filter_map(Field::decode) {
            match name {
                "*" => found.other = Some(field),
                _ => found.push(name, field),
            }
        }
        found.fields.sort_by(|(a, _), (b, _)| a.cmp(b));
        found
    }
}

impl Field {
    fn decode(text: &str) -> Option<(&str, Self)> {
        let (text, item) = match text.rsplit_once(':') {
            Some((text, at)) => (text, Some(at.parse().ok()?)),
            None => (text, None),
        };
        Some(match text.split_once('=') {
            Some((name, keys)) => {
                let keys = keys.split(',').filter(|key| !key.is_empty()).map(Str::from).collect();
                (name, Self::List { keys, item })
            }
            None => (text, Self::Map(item?)),
        })
    }
}

/// Reads a document with `definitions`. Definitions that name each other are taken one after the
/// other, so that the depth of the reading is that of the document.
#[derive(Default)]
struct Custom<'a> {
    definitions: FxHashMap<&'a str, &'a Value>,
    types: Vec<Type>,
    numbers: FxHashMap<&'a str, usize>,
    /// Definitions that have a number and are not read yet.
    waiting: Vec<(usize, &'a Value)>,
}

impl<'a> Custom<'a> {
    fn read(mut self) -> Schema {
        let mut kinds = FxHashMap::default();
        let mut named: Vec<_> = self.definitions.iter().map(|(name, value)| (*name, *value)).collect();
        named.sort_by_key(|(name, _)| *name);
        for (name, definition) in named {
            for kind in definition.get("x-kubernetes-group-version-kind").map(Value::items).unwrap_or_default() {
                let text = |key| kind.str_at(&[key]).unwrap_or_default();
                let slash = if text("group").is_empty() { "" } else { "/" };
                let kind = format!("{}{slash}{} {}", text("group"), text("version"), text("kind"));
                let at = self.number(name, definition);
                kinds.insert(kind.into(), at);
            }
        }
        while let Some((at, definition)) = self.waiting.pop() {
            let kind = self.kind(definition);
            if let Some(place) = self.types.get_mut(at) {
                *place = kind;
            }
        }
        Schema { types: self.types, kinds }
    }

    fn number(&mut self, name: &'a str, definition: &'a Value) -> usize {
        if let Some(at) = self.numbers.get(name) {
            return *at;
        }
        let at = self.types.len();
        self.types.push(Type::default());
        self.numbers.insert(name, at);
        self.waiting.push((at, definition));
        at
    }

    fn kind(&mut self, definition: &'a Value) -> Type {
        let mut found = Type::default();
        for entry in definition.get("properties").into_iter().flat_map(Value::entries) {
            if let Some(field) = self.field(&entry.value) {
                found.push(&entry.key, field);
            }
        }
        found.other = definition.get("additionalProperties").and_then(|other| self.field(other));
        found.fields.sort_by(|(a, _), (b, _)| a.cmp(b));
        found
    }

    fn field(&mut self, schema: &'a Value) -> Option<Field> {
        let (name, schema) = self.resolve(schema)?;
        let strategy = schema.str_at(&["x-kubernetes-patch-strategy"]).unwrap_or_default();
        if strategy.split(',').any(|strategy| strategy == "merge") {
            let listed = schema.get("x-kubernetes-list-map-keys").map(Value::items);
            let keys = match listed {
                Some(keys) => keys.iter().filter_map(Value::as_str).map(Str::from).collect(),
                None => schema.str_at(&["x-kubernetes-patch-merge-key"]).map(Str::from).into_iter().collect(),
            };
            let is_list = schema.str_at(&["type"]) == Some("array");
            let item = schema.get("items").filter(|_| is_list).and_then(|item| self.map(item));
            return Some(Field::List { keys, item });
        }
        self.map_of(name, schema).map(Field::Map)
    }

    fn map(&mut self, schema: &'a Value) -> Option<usize> {
        let (name, schema) = self.resolve(schema)?;
        self.map_of(name, schema)
    }

    fn map_of(&mut self, name: Option<&'a str>, schema: &'a Value) -> Option<usize> {
        if schema.get("properties").is_none() && schema.get("additionalProperties").is_none() {
            return None;
        }
        if let Some(name) = name {
            return Some(self.number(name, schema));
        }
        let kind = self.kind(schema);
        self.types.push(kind);
        Some(self.types.len() - 1)
    }

    /// What a schema stands for, with the name of the definition if it is one.
    fn resolve(&self, schema: &'a Value) -> Option<(Option<&'a str>, &'a Value)> {
        let (mut name, mut schema) = (None, schema);
        // kustomize follows a cycle forever; so many steps are one.
        for _ in 0..64 {
            let Some(reference) = schema.str_at(&["$ref"]).filter(|reference| !reference.is_empty()) else {
                return Some((name, schema));
            };
            let (key, value) = self.definitions.get_key_value(reference.strip_prefix("#/definitions/")?)?;
            (name, schema) = (Some(*key), *value);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_knows_the_lists_of_a_deployment() {
        let schema = Schema::built_in();
        let pod = ["spec", "template", "spec"]
            .iter()
            .fold(schema.of_kind("apps/v1", "Deployment"), |shape, key| shape.field(key));
        let Shape::List(_, keys, _) = pod.field("containers") else { panic!("containers are merged") };
        assert_eq!(keys, ["name"]);
        let container = pod.field("containers").item();
        let Shape::List(_, keys, _) = container.field("ports") else { panic!("ports are merged") };
        assert_eq!(keys, ["containerPort", "protocol"]);
        assert!(matches!(container.field("args"), Shape::Plain));
        assert!(matches!(schema.of_kind("example.org/v1", "Thing"), Shape::Unknown));
        let metadata = schema.of_kind("v1", "ConfigMap").field("metadata");
        assert!(matches!(metadata.field("finalizers"), Shape::List(_, [], None)));
    }
}
