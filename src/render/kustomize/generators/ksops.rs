//! KSOPS, the one plugin whose product stands in the repository in clear but for the values:
//! Secrets encrypted with SOPS keep their kind, name, namespace and keys.
//!
//! Behaviour as in KSOPS' `generate`: files are read from the directory of the kustomization,
//! without kustomize's load restriction.

use std::sync::Arc;

use super::super::accumulator::Accumulator;
use super::super::fault::{Fault, FaultKind};
use super::super::field_path::Written;
use super::super::loader::{Loader, Target};
use super::super::resource::{Behavior, Resource};
use super::{Annotation, Maker, absorb, key_value, text};
use crate::model::kustomization::list;
use crate::syntax::{ParsedFile, Syntax, parse_yaml, yaml::Schema};
use crate::text::Span;
use crate::value::{Data, Entry, Map, Origin, Reason, Step, Unknown, Value};

/// Whether an object configures KSOPS.
pub(in super::super) fn is_ksops(config: &Value) -> bool {
    config.str_at(&["kind"]) == Some("ksops")
        && config.str_at(&["apiVersion"]).is_some_and(|version| version.starts_with("viaduct.ai/"))
}

/// Run a KSOPS generator as far as that can be done without a key, and add what it makes.
pub(in super::super) fn ksops(
    out: &mut Accumulator,
    loader: &Loader<'_>,
    config: &Value,
    annotation: Option<&Annotation>,
) {
    let has = |name| config.get(name).is_some_and(|value| !value.is_null());
    if !has("files") && !has("secretFrom") {
        let message = "a KSOPS generator without `files` or `secretFrom`";
        out.faults.push(Fault::new(FaultKind::Plugin, config.span(), message));
        return;
    }
    let mut made = Vec::new();
    for entry in list(config, "files") {
        manifests(out, loader, entry, &mut made);
    }
    for entry in list(config, "secretFrom") {
        made.extend(secret(out, loader, entry).map(|value| (value, entry)));
    }
    for (value, entry) in made {
        let mut resource = Resource::new(value);
        if let Err(message) = options(&mut resource) {
            out.faults.push(Fault::new(FaultKind::Plugin, resource.value.span(), message));
        }
        if let Some(annotation) = annotation {
            annotation.annotate(&mut resource);
        }
        absorb(out, resource, entry, Written::new(&loader.repository.sources));
    }
}

/// Take the options of a plugin's product from its annotations (`UpdateResourceOptions`).
///
/// # Errors
/// If the answer whether a hash is needed is none.
pub(in super::super) fn options(resource: &mut Resource) -> Result<(), String> {
    const NEEDS_HASH: &str = "kustomize.config.k8s.io/needs-hash";
    const BEHAVIOR: &str = "kustomize.config.k8s.io/behavior";
    let Some(annotations) = resource.value.at(&["metadata", "annotations"]).and_then(Value::as_map) else {
        return Ok(());
    };
    let said = |key| annotations.get(key).and_then(Value::as_str);
    let behavior = match said(BEHAVIOR) {
        Some("replace") => Behavior::Replace,
        Some("merge") => Behavior::Merge,
        _ => Behavior::Create,
    };
    let needs_hash = match said(NEEDS_HASH) {
        None | Some("0" | "f" | "F" | "false" | "FALSE" | "False") => Ok(false),
        Some("1" | "t" | "T" | "true" | "TRUE" | "True") => Ok(true),
        Some(other) => Err(format!("the annotation `{NEEDS_HASH}` is neither true nor false: `{other}`")),
    };
    if annotations.get(NEEDS_HASH).or_else(|| annotations.get(BEHAVIOR)).is_some()
        && let Some(metadata) = resource.value.at_mut(&["metadata"]).and_then(Value::as_map_mut)
        && let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_map_mut)
    {
        annotations.remove(NEEDS_HASH);
        annotations.remove(BEHAVIOR);
        if annotations.is_empty() && annotations.open.is_none() {
            metadata.remove("annotations");
        }
    }
    resource.behavior = behavior;
    resource.needs_hash = *needs_hash.as_ref().unwrap_or(&false);
    needs_hash.map(drop)
}

/// What an entry of a plugin leads to; the plugin may read any file. Pushes a fault if there is none.
fn file<'a>(out: &mut Accumulator, loader: &Loader<'a>, path: &Value) -> Option<Result<&'a Arc<ParsedFile>, Unknown>> {
    match loader.target(path) {
        Target::File(target) => Some(match loader.repository.file(&target) {
            Some(file) => {
                out.reads.insert(file.source.id);
                Ok(file)
            }
            None => Err(key_value::unread(loader, &target, path)),
        }),
        Target::Unknown(why) => Some(Err(why)),
        Target::Directory(target) => {
            let message = format!("`{target}` is a directory, not a file");
            out.faults.push(Fault::new(FaultKind::Path, path.span(), message));
            None
        }
        Target::Fault(fault) => {
            out.faults.push(fault);
            None
        }
    }
}

/// The objects of an encrypted file.
fn manifests<'v>(out: &mut Accumulator, loader: &Loader<'_>, entry: &'v Value, made: &mut Vec<(Value, &'v Value)>) {
    let file = match file(out, loader, entry) {
        Some(Ok(file)) => file,
        Some(Err(why)) => return out.opaque.push(why),
        None => return,
    };
    let mut documents = Vec::new();
    match documents_of(file) {
        Ok(values) => documents.extend(values),
        Err(why) => out.opaque.push(why),
    }
    for document in documents.into_iter().filter(|document| document.as_map().is_some_and(|map| !map.is_empty())) {
        if document.get("sops").is_none() {
            let message = format!("`{}` is not encrypted with SOPS", file.source.path);
            out.faults.push(Fault::new(FaultKind::Plugin, entry.span(), message));
        }
        if document.str_at(&["kind"]).is_none() || document.at(&["metadata", "name"]).is_none() {
            let why = format!("`{}` does not say what it holds", file.source.path);
            out.opaque.push(Unknown::new(Reason::SecretStore, why, Some(entry.span())));
            continue;
        }
        made.push((decrypted(&document, entry.span()), entry));
    }
}

/// The YAML documents of a file whatever its name is.
fn documents_of(file: &Arc<ParsedFile>) -> Result<Vec<Value>, Unknown> {
    let read = |file: &ParsedFile| -> Result<Vec<Value>, Unknown> {
        let documents = file.yaml().map(|stream| stream.documents.as_slice()).unwrap_or_default();
        documents
            .iter()
            .map(|document| document.broken.clone().map_or_else(|| Ok(document.value(Schema::Kustomize)), Err))
            .collect()
    };
    match &file.syntax {
        Syntax::Opaque(why) => Err(why.clone()),
        Syntax::Yaml(_) => read(file),
        Syntax::Other | Syntax::Hcl(_) => read(&parse_yaml(Arc::clone(&file.source))),
    }
}

/// A document without the part that SOPS added and with its encrypted values unknown.
fn decrypted(document: &Value, at: Span) -> Value {
    let mut value = hidden(document, at);
    if value.get("sops").is_some()
        && let Some(map) = value.as_map_mut()
    {
        map.remove("sops");
    }
    value
}

/// A value with its encrypted parts unknown; what has none is shared.
fn hidden(value: &Value, at: Span) -> Value {
    let data = match &value.data {
        Data::String(text) if is_encrypted(text) => {
            let why = Unknown::new(Reason::SecretStore, "encrypted with SOPS", Some(value.span()));
            Data::Unknown(why)
        }
        Data::Map(map) if map.iter().any(|entry| has_hidden(&entry.value)) => {
            let entries = map.iter().map(|entry| Entry { value: hidden(&entry.value, at), ..entry.clone() });
            let mut copy = Map::from_unique(entries.collect());
            copy.open.clone_from(&map.open);
            Data::Map(Arc::new(copy))
        }
        Data::List(items) if items.iter().any(has_hidden) => {
            Data::List(Arc::new(items.iter().map(|item| hidden(item, at)).collect()))
        }
        _ => return value.clone(),
    };
    Value::new(data, Origin::derived(Step::Generator, at, vec![value.origin.clone()]))
}

fn has_hidden(value: &Value) -> bool {
    match &value.data {
        Data::String(text) => is_encrypted(text),
        Data::List(items) => items.iter().any(has_hidden),
        Data::Map(map) => map.iter().any(|entry| has_hidden(&entry.value)),
        _ => false,
    }
}

fn is_encrypted(text: &str) -> bool {
    text.starts_with("ENC[") && text.ends_with(']')
}

/// The Secret of an entry of `secretFrom`; `None` if it has no name.
fn secret(out: &mut Accumulator, loader: &Loader<'_>, entry: &Value) -> Option<Value> {
    let maker = Maker::new(entry);
    let given = entry.get("metadata");
    let Some(name) = given.and_then(|metadata| text(metadata, "name")) else {
        out.faults.push(Fault::new(FaultKind::Plugin, entry.span(), "a Secret of KSOPS without `metadata.name`"));
        return None;
    };
    let mut metadata = Map::default();
    maker.text(&mut metadata, "name", Some(name), "");
    if let Some(namespace) = given.and_then(|metadata| text(metadata, "namespace")) {
        maker.text(&mut metadata, "namespace", Some(namespace), "");
    }
    for key in ["labels", "annotations"] {
        let pairs: Vec<&Entry> = given.and_then(|given| given.get(key)).into_iter().flat_map(Value::entries).collect();
        maker.pairs(&mut metadata, key, &pairs);
    }
    let mut plain = Map::default();
    files(out, loader, entry, "files", &maker, &mut plain);
    let mut binary = Map::default();
    files(out, loader, entry, "binaryFiles", &maker, &mut binary);
    variables(out, loader, entry, &mut plain);

    let mut root = Map::default();
    maker.text(&mut root, "apiVersion", None, "v1");
    maker.text(&mut root, "kind", None, "Secret");
    root.insert("metadata", maker.own.clone(), Value::map(metadata, maker.own.clone()));
    if let Some(kind) = text(entry, "type") {
        maker.text(&mut root, "type", Some(kind), "");
    }
    for (key, map) in [("stringData", plain), ("data", binary)] {
        if !map.is_empty() || map.open.is_some() {
            root.insert(key, maker.own.clone(), Value::map(map, maker.own.clone()));
        }
    }
    Some(Value::map(root, maker.own.clone()))
}

/// The keys of encrypted files. The last one of a key counts.
fn files(out: &mut Accumulator, loader: &Loader<'_>, entry: &Value, name: &str, maker: &Maker, map: &mut Map) {
    for entry in list(entry, name) {
        let Some(source) = entry.as_str() else { continue };
        let (key, path) = match key_value::file_source(source) {
            Ok(parts) => parts,
            Err(message) => {
                out.faults.push(Fault::new(FaultKind::Plugin, entry.span(), message));
                continue;
            }
        };
        let path = Value::string(path, entry.origin.clone());
        let found = file(out, loader, &path);
        let origin = match found {
            Some(Ok(file)) => Span::new(file.source.id, 0, file.source.text.len()).into(),
            _ => entry.origin.clone(),
        };
        let why = Unknown::new(Reason::SecretStore, "encrypted with SOPS", Some(entry.span()));
        let value = Value::new(Data::Unknown(why), Origin::derived(Step::Generator, entry.span(), vec![origin]));
        map.insert(key, maker.from(&entry.origin), value);
    }
}

/// The names in encrypted files of variables, which SOPS leaves in clear in files that end in
/// `.env` only.
fn variables(out: &mut Accumulator, loader: &Loader<'_>, entry: &Value, map: &mut Map) {
    for entry in list(entry, "envs") {
        let file = match file(out, loader, entry) {
            Some(Ok(file)) => file,
            Some(Err(why)) => {
                map.open.get_or_insert(why);
                continue;
            }
            None => continue,
        };
        if let (false, _) | (_, Syntax::Opaque(_)) = (file.source.path.as_str().ends_with(".env"), &file.syntax) {
            let why = format!("names in `{}`", file.source.path);
            map.open.get_or_insert(Unknown::new(Reason::SecretStore, why, Some(entry.span())));
            continue;
        }
        let mut offset = 0;
        for line in file.source.text.split_inclusive('\n') {
            let start = offset + (line.len() - line.trim_start().len());
            offset += line.len();
            let line = line.trim();
            let Some((key, _)) = line.split_once('=').filter(|_| !line.starts_with('#')) else { continue };
            let key = key.strip_prefix("export ").unwrap_or(key).trim();
            if key.is_empty() || key.starts_with("sops_") {
                continue;
            }
            let span = Span::new(file.source.id, start, start + line.len());
            let origin = Origin::derived(Step::Generator, entry.span(), vec![span.into()]);
            let why = Unknown::new(Reason::SecretStore, "encrypted with SOPS", Some(span));
            map.insert(key, origin.clone(), Value::new(Data::Unknown(why), origin));
        }
    }
}
