//! The hash of a generator's content behind the name of what it made (`api/hasher/hasher.go`,
//! `HashTransformer`).

use sha2::{Digest, Sha256};

use super::super::accumulator::Accumulator;
use super::super::resource::Resource;
use super::json;
use crate::render::go_json;
use crate::value::{Data, Origin, Step, Str, Value};

/// Put the hashes behind the names of the resources that need one, at the end of a build. A
/// resource of which something is not known keeps its name.
pub(in super::super) fn suffix_hashes(out: &mut Accumulator) {
    // What was done to the content is not known then.
    if out.unknown.is_some() {
        return;
    }
    for resource in &mut out.resources {
        if !resource.needs_hash {
            continue;
        }
        let Some(hash) = hash(resource) else { continue };
        let from = inputs(&resource.value);
        resource.store_previous();
        let name = Str::from(format!("{}-{hash}", resource.name()));
        let at = resource.value.span();
        let Some(node) = resource.value.at_mut(&["metadata", "name"]) else { continue };
        let mut inputs = vec![node.origin.clone()];
        inputs.extend(from);
        *node = Value::new(Data::String(name), Origin::derived(Step::NameHash, at, inputs));
    }
}

/// What is hashed, in the order of the encoding; `name` is there but always empty: the real program
/// looks for a field that is called `metadata/name`.
fn fields(kind: &str) -> Option<&'static [&'static str]> {
    match kind {
        "ConfigMap" => Some(&["binaryData", "data", "kind", "name"]),
        "Secret" => Some(&["data", "kind", "name", "stringData", "type"]),
        _ => None,
    }
}

/// Where everything that is hashed comes from.
fn inputs(object: &Value) -> Vec<Origin> {
    let mut found: Vec<Origin> = Vec::new();
    for value in ["binaryData", "data", "stringData", "type"].iter().filter_map(|field| object.get(field)) {
        match &value.data {
            Data::Map(map) => {
                for entry in map.iter() {
                    found.push(entry.value.origin.clone());
                    if entry.key_origin != entry.value.origin {
                        found.push(entry.key_origin.clone());
                    }
                }
            }
            _ => found.push(value.origin.clone()),
        }
    }
    found
}

/// The hash of a resource; `None` if a part of it is not known. Other kinds than ConfigMap and
/// Secret are hashed by how their text was laid out, which is not kept.
fn hash(resource: &Resource) -> Option<String> {
    let root = resource.value.as_map().filter(|map| map.open.is_none())?;
    let mut text = String::new();
    for field in fields(resource.kind())? {
        let value = root.get(field).map_or(&Data::Null, |value| &value.data);
        // These two count only as maps; a list is read into a map, which fails unnoticed.
        let is_optional = matches!(*field, "binaryData" | "stringData");
        if is_optional && !matches!(value, Data::Map(_) | Data::List(_) | Data::Unknown(_)) {
            continue;
        }
        text.push(if text.is_empty() { '{' } else { ',' });
        go_json::text(field, &mut text);
        text.push(':');
        match value {
            _ if *field == "name" => go_json::text("", &mut text),
            Data::List(_) => text.push_str("null"),
            Data::Map(_) => json::value(value, &mut text)?,
            Data::Unknown(_) => return None,
            scalar => go_json::text(&json::plain(scalar), &mut text),
        }
    }
    text.push('}');
    Some(encode(&Sha256::digest(text.as_bytes())))
}

/// The first ten hexadecimal digits, with letters that make no words.
fn encode(digest: &[u8]) -> String {
    let digits = digest.iter().take(5).flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(b"gh2k456789mbcdtf"[usize::from(digit)])).collect()
}
