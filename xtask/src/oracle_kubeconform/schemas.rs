//! Schemas for kubeconform: one file for each kind, with everything that it refers to.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Map, Value as Json, json};

/// Write the strict schemas of one minor version in the layout `GROUP/KIND_VERSION.json`.
///
/// # Errors
/// If the definitions cannot be read or a file cannot be written.
pub(crate) fn write(package: &Path, minor: u32, target: &Path) -> Result<(), String> {
    let source = package.join(format!("kubernetes-json-schema/v1.{minor}.0-local-strict/_definitions.json"));
    let text = fs::read_to_string(&source).map_err(|error| format!("{}: {error}", source.display()))?;
    let file: Json = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", source.display()))?;
    let all = file["$defs"].as_object().ok_or_else(|| format!("{}: no definitions", source.display()))?;
    for (name, definition) in all {
        let kinds = definition["x-kubernetes-group-version-kind"].as_array();
        let [kind] = kinds.map(Vec::as_slice).unwrap_or_default() else { continue };
        let text = |key: &str| kind[key].as_str().unwrap_or_default();
        if text("kind").is_empty() || text("kind").ends_with("List") {
            continue;
        }
        let mut definitions = Map::new();
        close(all, name, &mut definitions);
        let schema = json!({"$defs": definitions, "$ref": format!("#/$defs/{name}")});
        // The program takes the version for the group of core kinds.
        let group = if text("group").is_empty() { text("version") } else { text("group") };
        let directory = target.join(group);
        fs::create_dir_all(&directory).map_err(|error| error.to_string())?;
        let path = directory.join(format!("{}_{}.json", text("kind").to_lowercase(), text("version")));
        fs::write(&path, schema.to_string()).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}

/// A definition and all that it leads to.
fn close(all: &Map<String, Json>, name: &str, into: &mut Map<String, Json>) {
    let mut open = vec![name.to_owned()];
    while let Some(name) = open.pop() {
        let Some(definition) = all.get(&name).filter(|_| !into.contains_key(&name)) else { continue };
        let mut references = BTreeSet::new();
        collect(definition, &mut references);
        into.insert(name, definition.clone());
        open.extend(references);
    }
}

fn collect(schema: &Json, references: &mut BTreeSet<String>) {
    match schema {
        Json::Object(map) => {
            if let Some(name) = map.get("$ref").and_then(Json::as_str).and_then(|name| name.strip_prefix("#/$defs/")) {
                references.insert(name.to_owned());
            }
            map.values().for_each(|value| collect(value, references));
        }
        Json::Array(items) => items.iter().for_each(|value| collect(value, references)),
        _ => {}
    }
}
