//! `configMapGenerator` and `secretGenerator`.

use crate::model::{Manifest, Repository, kustomization};
use crate::render::Rendered;
use crate::text::RepoPath;
use crate::value::{Map, Origin, Reason, Step, Str, Unknown, Value};

/// The file entries of a generator: `files`, `envs` and the deprecated `env`.
pub(super) fn files(generator: &Value) -> impl Iterator<Item = &Value> {
    let list = |field| kustomization::list(generator, field).iter();
    list("files").chain(list("envs")).chain(generator.get("env").filter(|value| value.as_str().is_some()))
}

/// Run both kinds of generators of a kustomization.
pub(super) fn run(repository: &Repository, directory: &RepoPath, kustomization: &Value, out: &mut Rendered) {
    for (field, kind) in [("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")] {
        for generator in kustomization::list(kustomization, field) {
            let Some(name) = generator.get("name").filter(|name| name.as_str().is_some()) else { continue };
            let data = data(repository, directory, generator, out);
            let behavior = generator.get("behavior").and_then(Value::as_str).unwrap_or("create");
            let existing = out.manifests.iter_mut().find(|manifest| {
                manifest.is("", kind)
                    && manifest.name().value().map(Str::as_str) == name.as_str()
                    && (generator.get("namespace").is_none() || manifest.namespace() == namespace_of(generator))
            });
            match (behavior, existing) {
                ("merge", Some(manifest)) => merge(manifest, data),
                ("replace", Some(manifest)) => replace(manifest, data),
                _ => out.manifests.extend(object(kind, generator, name, data)),
            }
        }
    }
}

fn namespace_of(generator: &Value) -> crate::value::Known<Str> {
    crate::model::kubernetes::scalar(generator.get("namespace"))
}

fn object(kind: &str, generator: &Value, name: &Value, data: Map) -> Option<Manifest> {
    let at = generator.span();
    let made = |from: &Value| Origin::derived(Step::Generator, at, vec![from.origin.clone()]);
    let own = Origin::derived(Step::Generator, at, Vec::new());
    let mut metadata = Map::default();
    metadata.insert("name", own.clone(), Value { data: name.data.clone(), origin: made(name) });
    if let Some(namespace) = generator.get("namespace").filter(|value| !value.is_null()) {
        metadata.insert("namespace", own.clone(), Value { data: namespace.data.clone(), origin: made(namespace) });
    }
    for field in ["labels", "annotations"] {
        if let Some(value) = generator.get("options").and_then(|options| options.get(field)) {
            metadata.insert(field, own.clone(), value.clone());
        }
    }
    let mut root = Map::default();
    root.insert("apiVersion", own.clone(), Value::string("v1", own.clone()));
    root.insert("kind", own.clone(), Value::string(kind, own.clone()));
    root.insert("metadata", own.clone(), Value::map(metadata, own.clone()));
    if let Some(kind_of_secret) = generator.get("type").filter(|_| kind == "Secret") {
        root.insert("type", own.clone(), kind_of_secret.clone());
    }
    root.insert("data", own.clone(), Value::map(data, own.clone()));
    Manifest::new(Value::map(root, own))
}

fn merge(manifest: &mut Manifest, data: Map) {
    let Some(root) = manifest.value.as_map_mut() else { return };
    if root.get("data").is_none_or(|value| value.as_map().is_none()) {
        let origin = root.entry("kind").map_or_else(|| data_origin(&data), |entry| Some(entry.key_origin.clone()));
        let Some(origin) = origin else { return };
        root.insert("data", origin.clone(), Value::map(Map::default(), origin));
    }
    let Some(target) = root.get_mut("data").and_then(Value::as_map_mut) else { return };
    target.open = target.open.take().or_else(|| data.open.clone());
    for entry in data.iter() {
        target.insert(entry.key.clone(), entry.key_origin.clone(), entry.value.clone());
    }
}

fn data_origin(data: &Map) -> Option<Origin> {
    data.iter().next().map(|entry| entry.key_origin.clone())
}

fn replace(manifest: &mut Manifest, data: Map) {
    let Some(root) = manifest.value.as_map_mut() else { return };
    for field in ["stringData", "binaryData"] {
        root.remove(field);
    }
    let Some(origin) = root.entry("data").map(|entry| entry.key_origin.clone()).or_else(|| data_origin(&data)) else {
        return;
    };
    root.insert("data", origin.clone(), Value::map(data, origin));
}

/// The keys that a generator makes. Values are kept where they stand in the text; contents of
/// files are unknown, which no reference needs.
fn data(repository: &Repository, directory: &RepoPath, generator: &Value, out: &mut Rendered) -> Map {
    let mut data = Map::default();
    let content = |entry: &Value, what: &str| {
        let unknown = Unknown::new(Reason::SecretStore, format!("content of {what}"), Some(entry.span()));
        Value::new(crate::value::Data::Unknown(unknown), entry.origin.clone())
    };
    let env_files = kustomization::list(generator, "envs").iter().chain(generator.get("env"));
    for entry in env_files.filter(|entry| entry.as_str().is_some()) {
        let path = entry.as_str().and_then(|path| directory.join(path));
        let parsed = path.as_ref().and_then(|path| repository.file(path));
        let Some(parsed) = parsed else {
            let why = Unknown::new(Reason::NotInGit, "env file not read", Some(entry.span()));
            data.open.get_or_insert(why);
            continue;
        };
        out.reads.insert(parsed.source.id);
        for (key, span) in env_keys(&parsed.source) {
            let origin = Origin::derived(Step::Generator, entry.span(), vec![Origin::Source(span)]);
            data.insert(key, origin, content(entry, "an env file"));
        }
    }
    for entry in kustomization::list(generator, "files") {
        let Some(text) = entry.as_str() else { continue };
        let (key, path) = match text.split_once('=') {
            Some((key, path)) => (key, path),
            None => (text.rsplit('/').next().unwrap_or(text), text),
        };
        if let Some(parsed) = directory.join(path).and_then(|path| repository.file(&path)) {
            out.reads.insert(parsed.source.id);
        }
        data.insert(key, entry.origin.clone(), content(entry, "a file"));
    }
    for entry in kustomization::list(generator, "literals") {
        let Some((key, value)) = entry.as_str().and_then(|text| text.split_once('=')) else { continue };
        data.insert(key, entry.origin.clone(), Value::string(value, entry.origin.clone()));
    }
    data
}

/// The keys of an env file: `KEY=value` or `KEY` a line; blank lines and `#` comments are skipped.
fn env_keys(source: &crate::text::SourceFile) -> Vec<(String, crate::text::Span)> {
    let mut keys = Vec::new();
    let mut offset = 0;
    for line in source.text.split_inclusive('\n') {
        let start = offset + (line.len() - line.trim_start().len());
        offset += line.len();
        let line = line.trim().trim_start_matches('\u{feff}');
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let key = line.split_once('=').map_or(line, |(key, _)| key).trim_end();
        keys.push((key.to_owned(), crate::text::Span::new(source.id, start, start + key.len())));
    }
    keys
}
