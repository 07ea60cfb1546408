//! The definitions of Kubernetes: OpenAPI documents of every minor version, as the wheel
//! `kubernetes-validate` carries them, and the scope of kinds from the sources of the API.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kate::schema::{Format, ListType};
use serde_json::{Map, Value};

use super::bundle::{Read, Source};
use super::corrections::Corrections;
use super::fetch;
use super::go::Packages;
use super::shape::{Definitions, Field, Kind, Minors, Node, Shape};

/// The minor versions that are bundled.
pub(super) const MINORS: std::ops::RangeInclusive<u32> = 28..=37;
const WHEEL: (&str, &str) = ("kubernetes-validate", "1.37.0");
/// Modules of Go with types of the API, and what their definitions begin with.
const MODULES: [(&str, &str, &str); 3] = [
    ("k8s.io/api", "", "io.k8s.api"),
    (
        "k8s.io/apiextensions-apiserver",
        "pkg/apis/apiextensions",
        "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions",
    ),
    ("k8s.io/kube-aggregator", "pkg/apis/apiregistration", "io.k8s.kube-aggregator.pkg.apis.apiregistration"),
];
/// What has a kind and is no object.
const NO_OBJECTS: [&str; 7] =
    ["APIGroup", "APIGroupList", "APIResourceList", "APIVersions", "DeleteOptions", "Status", "WatchEvent"];
/// Objects that are only ever posted to another object in a namespace; no client is generated for them.
const NAMESPACED: [&str; 4] = ["Binding", "Eviction", "Scale", "TokenRequest"];

/// Every definition and kind of every version.
pub(super) fn load(read: &mut Read) -> Result<(Definitions, Vec<Kind>), String> {
    let wheel = wheel()?;
    let versions = format!("1.{} to 1.{}", MINORS.start(), MINORS.end());
    read.projects.push(["Kubernetes".to_owned(), versions.clone(), String::new()]);
    read.packages.push(Source {
        project: "Kubernetes".to_owned(),
        version: versions,
        date: wheel.date.clone(),
        package: format!("pypi:{}=={}", WHEEL.0, WHEEL.1),
        sum: wheel.sum.clone(),
        licence: "Apache-2.0".to_owned(),
    });
    let mut corrections = Corrections::read()?;
    let mut definitions = Definitions::new();
    let mut kinds: Vec<Kind> = Vec::new();
    for (at, minor) in MINORS.enumerate() {
        let packages = packages(minor, &mut read.packages)?;
        let bit: Minors = 1 << at;
        for (name, definition) in &document(&wheel, minor)? {
            let mut node = node(name, definition, bit).map_err(|error| format!("1.{minor}: {name}: {error}"))?;
            corrections.apply(name, &packages, minor, &mut node)?;
            match definitions.get_mut(name) {
                Some(known) => known.merge(node).map_err(|error| format!("1.{minor}: {name}: {error}"))?,
                None => drop(definitions.insert(name.clone(), node)),
            }
            for kind in objects(name, definition) {
                add(kind, bit, &packages, &mut kinds).map_err(|error| format!("1.{minor}: {name}: {error}"))?;
            }
        }
    }
    corrections.were_used()?;
    Ok((definitions, kinds))
}

/// The documents of all minor versions.
pub(super) fn wheel() -> Result<fetch::Package, String> {
    fetch::wheel(WHEEL.0, WHEEL.1)
}

/// The definitions of a minor version by name.
pub(super) fn document(wheel: &fetch::Package, minor: u32) -> Result<Map<String, Value>, String> {
    let name = format!("kubernetes_validate/kubernetes-json-schema/v1.{minor}.0-local/_definitions.json");
    let document = fetch::read(&wheel.root.join(name))?;
    let mut document: Value = serde_json::from_str(&document).map_err(|error| format!("1.{minor}: {error}"))?;
    match document["$defs"].take() {
        Value::Object(definitions) => Ok(definitions),
        _ => Err(format!("1.{minor}: no definitions")),
    }
}

/// The minor versions that serve each `apiVersion` and kind.
pub(crate) type Presence = BTreeMap<(String, String), BTreeSet<u32>>;

/// Which of some minor versions serve which kinds.
pub(crate) fn presence(minors: std::ops::RangeInclusive<u32>) -> Result<Presence, String> {
    let wheel = wheel()?;
    let mut found = Presence::new();
    for minor in minors {
        for (name, definition) in &document(&wheel, minor)? {
            for (group, version, kind, _) in objects(name, definition) {
                let api_version = if group.is_empty() { version } else { format!("{group}/{version}") };
                found.entry((api_version, kind)).or_default().insert(minor);
            }
        }
    }
    Ok(found)
}

/// The sources of a minor version.
pub(super) fn packages(minor: u32, read: &mut Vec<Source>) -> Result<Packages, String> {
    let mut packages = Packages::default();
    for (module, directory, prefix) in MODULES {
        let version = format!("v0.{minor}.0");
        let package = fetch::go(module, &version)?;
        packages.read(&package.root.join(directory), prefix)?;
        read.push(Source {
            project: "Kubernetes".to_owned(),
            version: format!("1.{minor}"),
            date: package.date,
            package: format!("go:{module}@{version}"),
            sum: package.sum,
            licence: "Apache-2.0".to_owned(),
        });
    }
    Ok(packages)
}

/// The kinds whose objects a definition describes, without lists.
pub(super) fn objects(name: &str, definition: &Value) -> Vec<(String, String, String, String)> {
    let text = |kind: &Value, key: &str| kind[key].as_str().unwrap_or_default().to_owned();
    let kinds = definition["x-kubernetes-group-version-kind"].as_array().map_or(&[][..], Vec::as_slice);
    kinds
        .iter()
        .map(|kind| (text(kind, "group"), text(kind, "version"), text(kind, "kind"), name.to_owned()))
        .filter(|(_, _, kind, _)| !NO_OBJECTS.contains(&kind.as_str()) && !is_list(definition, kind))
        .collect()
}

fn is_list(definition: &Value, kind: &str) -> bool {
    kind.ends_with("List") && definition["properties"]["items"].is_object()
}

fn add(
    (group, version, kind, definition): (String, String, String, String),
    bit: Minors,
    packages: &Packages,
    kinds: &mut Vec<Kind>,
) -> Result<(), String> {
    let known = kinds.iter_mut().find(|known| known.group == group && known.version == version && known.kind == kind);
    if let Some(known) = known {
        known.minors |= bit;
        return if known.definition == definition { Ok(()) } else { Err("another definition".to_owned()) };
    }
    let cluster = match packages.is_cluster(&definition) {
        Some(cluster) => cluster,
        None if NAMESPACED.contains(&kind.as_str()) => false,
        None => return Err("nothing says whether it has namespaces".to_owned()),
    };
    kinds.push(Kind { group, version, kind, cluster, minors: bit, definition, source: 0 });
    Ok(())
}

fn node(name: &str, schema: &Value, minor: Minors) -> Result<Node, String> {
    let shape = match name.rsplit('.').next().unwrap_or_default() {
        // Definitions that say less than is true, or that a decoder of its own reads.
        "Quantity" => Shape::Quantity,
        "IntOrString" => Shape::IntOrString,
        "JSON" | "JSONSchemaPropsOrBool" | "JSONSchemaPropsOrStringArray" => Shape::Any,
        // The API server takes only one schema, never a list of them.
        "JSONSchemaPropsOrArray" => Shape::Reference(name.trim_end_matches("OrArray").to_owned()),
        _ => return shape(schema, minor).map(Node::new),
    };
    Ok(Node::new(shape))
}

fn shape(schema: &Value, minor: Minors) -> Result<Shape, String> {
    if let Some(reference) = schema["$ref"].as_str() {
        return Ok(Shape::Reference(reference.trim_start_matches("#/$defs/").to_owned()));
    }
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).filter(|kind| *kind != "null").collect(),
        _ => return Err(format!("no type: {schema}")),
    };
    let [kind] = kinds[..] else { return Err(format!("several types: {schema}")) };
    let format = schema["format"].as_str();
    Ok(match (kind, format) {
        ("string", None) => Shape::String { format: None, values: Vec::new() },
        ("string", Some("byte")) => Shape::String { format: Some(Format::Byte), values: Vec::new() },
        ("string", Some("date-time")) => Shape::String { format: Some(Format::DateTime), values: Vec::new() },
        ("integer", Some("int32")) => Shape::Integer { narrow: true },
        ("integer", Some("int64") | None) => Shape::Integer { narrow: false },
        ("number", Some("double")) => Shape::Number,
        ("boolean", None) => Shape::Boolean,
        ("array", None) => {
            let item = Box::new(Node::new(shape(&schema["items"], minor)?));
            Shape::List { item, list_type: list_type(schema) }
        }
        ("object", None) => return object(schema, minor),
        _ => return Err(format!("unknown type {kind} of format {format:?}")),
    })
}

fn list_type(schema: &Value) -> ListType {
    let keys = schema["x-kubernetes-list-map-keys"].as_array();
    match (schema["x-kubernetes-list-type"].as_str(), keys) {
        (Some("map"), Some(keys)) => {
            ListType::Map(keys.iter().filter_map(Value::as_str).map(Into::into).collect::<Arc<[_]>>())
        }
        (Some("set"), _) => ListType::Set,
        _ => ListType::Atomic,
    }
}

fn object(schema: &Value, minor: Minors) -> Result<Shape, String> {
    let Some(properties) = schema["properties"].as_object() else {
        let value = match &schema["additionalProperties"] {
            value @ Value::Object(_) => shape(value, minor)?,
            // Free objects: `FieldsV1`, `RawExtension`.
            _ => Shape::Any,
        };
        return Ok(Shape::Map { value: Box::new(Node::new(value)) });
    };
    let required = schema["required"].as_array().map_or(&[][..], Vec::as_slice);
    let mut fields = Vec::new();
    for (name, property) in properties {
        let mut node = Node::new(shape(property, minor).map_err(|error| format!("{name}: {error}"))?);
        // `apiVersion` and `kind` of an object have one value: the one by which its schema was found.
        node.nullable = false;
        let required = required.iter().any(|required| required == name);
        fields.push(Field { name: name.clone(), node, required, minors: minor });
    }
    fields.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Shape::Object { fields, others: None })
}
