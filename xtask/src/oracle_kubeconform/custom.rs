//! Custom resources: both programs get the definitions that the repositories have.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use kate::model::Manifest;
use kate::schema::Schema;
use kate::schema::crd::Definition;
use kate::schema::validate::Patterns;
use serde_json::{Map, Value as Json, json};

use super::values;

/// Group, version and kind.
type Kind = (String, String, String);

/// The definitions of custom resources; of several for one version of a kind the first.
#[derive(Default)]
pub(super) struct Custom {
    kinds: BTreeMap<Kind, (Arc<Schema>, Json)>,
    /// Regular expressions and rules that were compiled.
    pub(super) patterns: Patterns,
}

impl Custom {
    /// What some documents define.
    pub(super) fn of<'a>(documents: impl Iterator<Item = &'a Json>) -> Self {
        let mut custom = Self::default();
        for json in documents.filter(|json| json["kind"] == "CustomResourceDefinition") {
            let Some(manifest) = values("x.json", &json.to_string()).pop().and_then(Manifest::new) else { continue };
            for definition in Definition::all(&manifest.value) {
                let key = (definition.group.to_string(), definition.version.to_string(), definition.kind.to_string());
                let Some(schema) = definition.compile() else { continue };
                let Some(written) = written(json, &key.1) else { continue };
                custom.kinds.entry(key).or_insert((schema, written));
            }
        }
        custom
    }

    /// The schema of a kind.
    pub(super) fn schema(&self, group: &str, version: &str, kind: &str) -> Option<&Schema> {
        self.kinds.get(&(group.to_owned(), version.to_owned(), kind.to_owned())).map(|(schema, _)| &**schema)
    }

    /// Whether an object is of a kind that is defined.
    pub(super) fn defines(&self, object: &Json) -> bool {
        let version = object["apiVersion"].as_str().and_then(|version| version.split_once('/'));
        let kind = object["kind"].as_str();
        version.zip(kind).is_some_and(|((group, version), kind)| self.schema(group, version, kind).is_some())
    }

    /// Write the schemas in kubeconform's layout.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub(super) fn write(&self, target: &Path) -> Result<(), String> {
        for ((group, version, kind), (_, schema)) in &self.kinds {
            let directory = target.join(group);
            fs::create_dir_all(&directory).map_err(|error| error.to_string())?;
            let path = directory.join(format!("{}_{version}.json", kind.to_lowercase()));
            fs::write(&path, schema.to_string()).map_err(|error| format!("{}: {error}", path.display()))?;
        }
        Ok(())
    }
}

/// The schema of one version as JSON Schema, closed where the API server drops what it does not know.
fn written(definition: &Json, version: &str) -> Option<Json> {
    let spec = &definition["spec"];
    let of = spec["versions"].as_array()?.iter().find(|one| one["name"] == version)?;
    let mut schema = of["schema"]["openAPIV3Schema"].clone();
    let root = schema.as_object_mut()?;
    if spec["preserveUnknownFields"] == true {
        return None;
    }
    let properties = root.entry("properties").or_insert_with(|| json!({})).as_object_mut()?;
    for (name, of) in [("apiVersion", "string"), ("kind", "string"), ("metadata", "object")] {
        properties.entry(name).or_insert_with(|| json!({"type": of}));
    }
    convert(&mut schema);
    Some(schema)
}

/// What OpenAPI says otherwise than JSON Schema.
fn convert(schema: &mut Json) {
    let Some(map) = schema.as_object_mut() else { return };
    let is = |map: &Map<String, Json>, key: &str| map.get(key) == Some(&Json::Bool(true));
    if is(map, "x-kubernetes-embedded-resource")
        && let Some(properties) = map.entry("properties").or_insert_with(|| json!({})).as_object_mut()
    {
        for (name, of) in [("apiVersion", "string"), ("kind", "string"), ("metadata", "object")] {
            properties.entry(name).or_insert_with(|| json!({"type": of}));
        }
    }
    let open = is(map, "x-kubernetes-preserve-unknown-fields") || map.contains_key("additionalProperties");
    if map.contains_key("properties") && !open {
        map.insert("additionalProperties".to_owned(), Json::Bool(false));
    }
    for below in map.get_mut("properties").and_then(Json::as_object_mut).into_iter().flat_map(Map::values_mut) {
        convert(below);
    }
    for key in ["items", "additionalProperties"] {
        if let Some(below) = map.get_mut(key) {
            convert(below);
        }
    }
    // What junctions say of a value adds to what its own schema says: they stay open.
    if is(map, "x-kubernetes-int-or-string") {
        map.insert("type".to_owned(), json!(["integer", "string"]));
    }
    if is(map, "nullable")
        && let Some(kind) = map.get_mut("type").filter(|kind| kind.is_string())
    {
        *kind = json!([kind.clone(), "null"]);
    }
    // OpenAPI's exclusive bounds are booleans.
    for (exclusive, bound) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
        match map.remove(exclusive) {
            Some(Json::Bool(true)) => {
                if let Some(limit) = map.remove(bound) {
                    map.insert(exclusive.to_owned(), limit);
                }
            }
            Some(Json::Bool(false)) | None => {}
            Some(other) => drop(map.insert(exclusive.to_owned(), other)),
        }
    }
}
