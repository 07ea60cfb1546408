//! Which files of JSON schemas are wanted, and so read: those of the kinds that a repository has, and
//! those that they refer to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;

use crate::config;
use crate::diagnostic::Diagnostic;
use crate::graph::Snapshot;
use crate::model::kubernetes::split_api_version;
use crate::model::{Manifest, Repository, SchemaLocation};
use crate::syntax::ParsedFile;
use crate::syntax::yaml::Schema;
use crate::text::RepoPath;
use crate::value::Value;
use crate::vfs::Listing;

/// Deepest nesting of a schema that is searched for references.
const MAX_DEPTH: usize = 128;

/// Kinds that are made of files that are no objects.
const GENERATED: [(&str, &str); 3] = [("v1", "ConfigMap"), ("v1", "Secret"), ("argoproj.io/v1alpha1", "Application")];

/// Schema files that are to be read, those read before among them.
pub(super) fn files(
    locations: &[SchemaLocation],
    listing: &Listing,
    read: &BTreeMap<RepoPath, Arc<ParsedFile>>,
) -> BTreeSet<RepoPath> {
    if locations.is_empty() {
        return BTreeSet::new();
    }
    let mut kinds: BTreeSet<(String, String)> =
        GENERATED.iter().map(|(version, kind)| ((*version).to_owned(), (*kind).to_owned())).collect();
    let found = read.par_iter().flat_map_iter(|(_, file)| {
        let manifests = documents(file).into_iter().flat_map(Manifest::all);
        manifests.filter_map(|manifest| {
            Some((manifest.value.str_at(&["apiVersion"])?.to_owned(), manifest.kind.to_string()))
        })
    });
    kinds.extend(found.collect::<Vec<_>>());
    let mut wanted = BTreeSet::new();
    for (api_version, kind) in kinds {
        let (group, version) = split_api_version(&api_version);
        let found = locations.iter().map(|location| location.files(listing, group, version, &kind));
        wanted.extend(found.flatten().map(|(_, path)| path));
    }
    let mut open: Vec<RepoPath> = wanted.iter().cloned().collect();
    while let Some(path) = open.pop() {
        let (Some(file), Some(directory)) = (read.get(&path), path.parent()) else { continue };
        for name in documents(file).iter().flat_map(|schema| references(schema, 0)) {
            let Some(path) = directory.join(&name).filter(|path| listing.get(path).is_some()) else { continue };
            if wanted.insert(path.clone()) {
                open.push(path);
            }
        }
    }
    wanted
}

fn documents(file: &ParsedFile) -> Vec<Value> {
    let documents = file.yaml().map(|stream| stream.documents.as_slice()).unwrap_or_default();
    let sound = documents.iter().filter(|document| document.broken.is_none());
    sound.map(|document| document.value(Schema::Kubernetes)).collect()
}

/// The files that a schema refers to.
fn references(schema: &Value, depth: usize) -> Vec<String> {
    if depth > MAX_DEPTH {
        return Vec::new();
    }
    let name = schema.str_at(&["$ref"]).and_then(|text| text.split('#').next());
    let name = name.filter(|name| !name.is_empty() && !name.contains("://")).map(str::to_owned);
    let inner = schema.entries().map(|entry| &entry.value).chain(schema.items());
    name.into_iter().chain(inner.flat_map(|value| references(value, depth + 1))).collect()
}

/// What is wrong with the directories that the configuration names.
pub(super) fn mistakes(repository: &Repository) -> Vec<Diagnostic> {
    let empty = repository.declared.schemas.iter().filter(|location| !location.exists(&repository.listing));
    let told = empty.map(|location| {
        config::mistake(location.at, format!("there is no schema in `{}`", location.directory))
            .help("name a directory of this repository that holds JSON schemas")
    });
    told.collect()
}

/// What is wrong with the schemas that were used.
pub(super) fn faults(snapshot: &Snapshot) -> Vec<Diagnostic> {
    let told = snapshot.structure.faults.iter().map(|(at, message)| config::mistake(*at, message.clone()));
    told.collect()
}
