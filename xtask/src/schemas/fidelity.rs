//! Measures the bundle against its sources: reads them again, with none of the code that made the
//! bundle, and walks both.
//!
//! A built-in kind has to say exactly what its document says, apart from the listed corrections. A
//! custom resource may say less than one release, if another release says less, and never more.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kate::schema::bundle;
use kate::schema::{Format, ListType, NodeId, Schema, Shape};
use serde_json::{Map, Value};

use super::corrections::Corrections;
use super::{crds, kubernetes};

/// What was counted for one project.
#[derive(Default)]
struct Counts {
    kinds: usize,
    fields: usize,
    /// Fields, types, required fields, closed sets, kinds of lists that the bundle has more strictly than
    /// the source, or not at all.
    wrong: Vec<String>,
    /// Fields that the source does not have: another release has them.
    extra: usize,
    /// Those of them that the schema of the release has.
    left: usize,
    /// What is stricter in the source: another release is as lax.
    looser: usize,
}

pub(crate) fn run() -> Result<(), String> {
    let mut rows: Vec<(String, Counts)> = Vec::new();
    let corrections = Corrections::read()?;
    let wheel = kubernetes::wheel()?;
    for minor in kubernetes::MINORS {
        let document = kubernetes::document(&wheel, minor)?;
        let mut counts = Counts::default();
        let packages = kubernetes::packages(minor, &mut Vec::new())?;
        for (name, definition) in &document {
            for (group, version, kind, _) in kubernetes::objects(name, definition) {
                let closed = |definition: &str| corrections.closed(definition, &packages, minor);
                let optional = |definition: &str, field: &str| corrections.is_optional(definition, field);
                let source = Source { document: &document, closed: &closed, optional: &optional, exact: true };
                let bundled = bundle::schema(&group, &version, &kind, minor);
                compare(&source, name, definition, [&group, &version, &kind], bundled, &mut counts);
            }
        }
        let served = bundle::kinds().iter().filter(|kind| kind.source() == bundle::Source::BuiltIn);
        let served = served.filter(|kind| kind.served().any(|served| served == minor)).count();
        if served != counts.kinds {
            counts.wrong.push(format!("{served} kinds are bundled, {} are in the document", counts.kinds));
        }
        rows.push((format!("Kubernetes 1.{minor}"), counts));
    }
    for release in crds::releases()? {
        let definitions = release.definitions();
        if definitions.is_empty() {
            // A crate, whose source is no definition.
            continue;
        }
        let mut counts = Counts::default();
        let mut numbers = release.version.split('.').map_while(|number| number.parse().ok());
        let numbers = numbers.next().zip(numbers.next());
        for definition in &definitions {
            let spec = &definition["spec"];
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let (group, kind) = (text(&spec["group"]), text(&spec["names"]["kind"]));
            for version in spec["versions"].as_array().into_iter().flatten() {
                if version["served"] != Value::Bool(true) {
                    continue;
                }
                let source = Source {
                    document: &Map::new(),
                    closed: &|_| Ok(BTreeMap::new()),
                    optional: &|_, _| false,
                    exact: false,
                };
                let schema = &version["schema"]["openAPIV3Schema"];
                let name = text(&version["name"]);
                let minor = *kubernetes::MINORS.end();
                let joined = bundle::schema(&group, &name, &kind, minor);
                compare(&source, "", schema, [&group, &name, &kind], joined, &mut counts);
                // The release itself has no field that only others have.
                let known = bundle::find(&group, &name, &kind);
                let own = numbers.and_then(|numbers| known?.schema_of_release(numbers));
                let mut of_release = Counts::default();
                compare(&source, "", schema, [&group, &name, &kind], own.map(|(own, _)| own), &mut of_release);
                counts.wrong.extend(of_release.wrong);
                counts.left += of_release.extra;
            }
        }
        rows.push((format!("{} {}", release.project, release.version), counts));
    }
    print(&rows)
}

fn print(rows: &[(String, Counts)]) -> Result<(), String> {
    println!(
        "| source | kinds | fields | missing or stricter | in other releases only | of these where the release is known | looser |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|");
    for (name, Counts { kinds, fields, wrong, extra, left, looser }) in rows {
        println!("| {name} | {kinds} | {fields} | {} | {extra} | {left} | {looser} |", wrong.len());
    }
    let wrong: Vec<String> =
        rows.iter().flat_map(|(name, counts)| counts.wrong.iter().map(move |what| format!("{name}: {what}"))).collect();
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

type Closed = BTreeMap<String, Vec<String>>;

/// A document, and what is known beside it.
struct Source<'a> {
    document: &'a Map<String, Value>,
    closed: &'a dyn Fn(&str) -> Result<Closed, String>,
    optional: &'a dyn Fn(&str, &str) -> bool,
    /// Whether the bundle has to say the same, not only no more.
    exact: bool,
}

fn compare(
    source: &Source,
    name: &str,
    schema: &Value,
    kind: [&str; 3],
    bundled: Option<Arc<Schema>>,
    counts: &mut Counts,
) {
    counts.kinds += 1;
    let path = kind.join("/");
    let Some(bundled) = bundled else {
        counts.wrong.push(format!("{path}: not bundled"));
        return;
    };
    let mut walk = Walk { source, schema: &bundled, seen: BTreeSet::new(), counts };
    walk.node(name, schema, bundled.root, &path, None);
}

struct Walk<'a> {
    source: &'a Source<'a>,
    schema: &'a Schema,
    /// Definitions that were compared: they may lead to themselves.
    seen: BTreeSet<(String, u32)>,
    counts: &'a mut Counts,
}

impl Walk<'_> {
    fn wrong(&mut self, path: &str, what: &str) {
        self.counts.wrong.push(format!("{path}: {what}"));
    }

    /// The source is stricter, which may be because another release is not.
    fn looser(&mut self, path: &str, what: &str) {
        if self.source.exact { self.wrong(path, what) } else { self.counts.looser += 1 }
    }

    fn node(&mut self, name: &str, source: &Value, id: NodeId, path: &str, closed: Option<&[String]>) {
        if let Some(reference) = source["$ref"].as_str() {
            let name = reference.trim_start_matches("#/$defs/");
            if self.seen.insert((name.to_owned(), id.0)) {
                let definition = self.source.document.get(name).unwrap_or(&Value::Null);
                self.node(name, definition, id, path, closed);
            }
            return;
        }
        let node = self.schema.node(id);
        let is_set = |key: &str| source[key] == Value::Bool(true);
        let expected = match name.rsplit('.').next().unwrap_or_default() {
            "Quantity" if !name.is_empty() => "quantity",
            "IntOrString" if !name.is_empty() => "int-or-string",
            "JSON" | "JSONSchemaPropsOrBool" | "JSONSchemaPropsOrStringArray" if !name.is_empty() => "any",
            "JSONSchemaPropsOrArray" => {
                let name = name.trim_end_matches("OrArray");
                return self.node("", &serde_json::json!({ "$ref": format!("#/$defs/{name}") }), id, path, None);
            }
            _ if is_set("x-kubernetes-int-or-string") => "int-or-string",
            _ => kind(source),
        };
        match (expected, &node.shape) {
            (_, Shape::Any) if expected != "any" => self.looser(path, "of any type"),
            ("any", Shape::Any) | ("quantity", Shape::Quantity) | ("boolean", Shape::Boolean) => {}
            ("int-or-string", Shape::IntOrString | Shape::Quantity) | ("number", Shape::Number) => {}
            ("integer", Shape::Integer { narrow }) => {
                let says_narrow = source["format"].as_str() == Some("int32");
                match (says_narrow, *narrow) {
                    (true, false) => self.looser(path, "int32"),
                    (false, true) => self.wrong(path, "int32"),
                    _ => {}
                }
            }
            ("string" | "integer", Shape::IntOrString) | ("integer", Shape::Number) => self.looser(path, "wider type"),
            ("string", Shape::String { format, values }) => self.text(source, *format, values, path, closed),
            ("array", Shape::List { item, list_type: bundled }) => {
                let expected = list_type(source);
                if expected != *bundled {
                    match bundled {
                        ListType::Atomic => self.looser(path, "list type"),
                        _ => self.wrong(path, "list type"),
                    }
                }
                self.node("", &source["items"], *item, &format!("{path}[]"), closed);
            }
            ("object", Shape::Map { value }) => match &source["additionalProperties"] {
                inner @ Value::Object(_) => self.node("", inner, *value, &format!("{path}{{}}"), closed),
                _ if source["properties"].is_object() => self.looser(path, "free keys"),
                _ => {}
            },
            ("object", Shape::Object { fields, others }) => {
                let fields = fields.clone();
                self.object(name, source, &fields, *others, (id == self.schema.root, path));
            }
            (expected, shape) => self.wrong(path, &format!("{expected} and {shape:?}")),
        }
    }

    fn text(
        &mut self,
        source: &Value,
        format: Option<Format>,
        values: &[kate::value::Str],
        path: &str,
        closed: Option<&[String]>,
    ) {
        let expected = source["format"].as_str();
        if format.is_some() && expected.is_none() {
            self.wrong(path, "format");
        } else if format.is_none() && matches!(expected, Some("byte" | "date-time")) {
            self.looser(path, "format");
        }
        let texts = |value: &Value| value.as_array()?.iter().map(|value| value.as_str().map(str::to_owned)).collect();
        // `apiVersion` and `kind` of built-in kinds: whoever looks for a schema knows them.
        let own: Option<Vec<String>> = if self.source.exact { None } else { texts(&source["enum"]) };
        let expected: Vec<&str> = closed.or(own.as_deref()).unwrap_or_default().iter().map(String::as_str).collect();
        let bundled: Vec<&str> = values.iter().map(|value| value.as_str()).collect();
        let allows = |set: &[&str], of: &[&str]| {
            set.is_empty() || (!of.is_empty() && of.iter().all(|value| set.contains(value)))
        };
        if !allows(&bundled, &expected) {
            self.wrong(path, &format!("{expected:?} and {bundled:?}"));
        } else if !allows(&expected, &bundled) {
            self.looser(path, &format!("{expected:?} and {bundled:?}"));
        }
    }

    fn object(
        &mut self,
        name: &str,
        source: &Value,
        fields: &[kate::schema::Field],
        others: Option<NodeId>,
        (is_root, path): (bool, &str),
    ) {
        let closed = match (self.source.closed)(name) {
            Ok(closed) => closed,
            Err(error) => return self.wrong(path, &error),
        };
        let empty = Map::new();
        let properties = source["properties"].as_object().unwrap_or(&empty);
        let required = source["required"].as_array().map_or(&[][..], Vec::as_slice);
        // Every custom object has these, whatever its definition says of them.
        let is_whole = !self.source.exact && (is_root || source["x-kubernetes-embedded-resource"] == Value::Bool(true));
        let is_given = |key: &str| is_whole && matches!(key, "apiVersion" | "kind" | "metadata");
        for (key, property) in properties {
            if is_given(key) {
                continue;
            }
            self.counts.fields += 1;
            let path = format!("{path}.{key}");
            let Some(field) = fields.iter().find(|field| field.name == *key) else {
                self.wrong(&path, "missing");
                continue;
            };
            let is_required = required.iter().any(|required| required == key) && !(self.source.optional)(name, key);
            match (is_required, field.required) {
                (true, false) => self.looser(&path, "required"),
                (false, true) => self.wrong(&path, "required"),
                _ => {}
            }
            self.node("", property, field.node, &path, closed.get(key).map(Vec::as_slice));
        }
        let more = fields.iter().filter(|field| {
            let name = field.name.as_str();
            !properties.contains_key(name) && !is_given(name)
        });
        let more = more.count();
        self.counts.extra += more;
        if more > 0 && self.source.exact {
            self.wrong(path, "more fields");
        }
        let keeps = source["x-kubernetes-preserve-unknown-fields"] == Value::Bool(true)
            || !matches!(source["additionalProperties"], Value::Null | Value::Bool(false));
        match (keeps, others.is_some()) {
            (true, false) => self.wrong(path, "drops unknown fields"),
            (false, true) => self.looser(path, "keeps unknown fields"),
            _ => {}
        }
    }
}

/// The name of a type that may be null.
fn kind(source: &Value) -> &str {
    match &source["type"] {
        Value::String(kind) => kind,
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or("any"),
        _ => "any",
    }
}

fn list_type(source: &Value) -> ListType {
    let keys = source["x-kubernetes-list-map-keys"].as_array().map_or(&[][..], Vec::as_slice);
    match source["x-kubernetes-list-type"].as_str() {
        Some("set") => ListType::Set,
        Some("map") => ListType::Map(keys.iter().filter_map(Value::as_str).map(Into::into).collect()),
        _ => ListType::Atomic,
    }
}
