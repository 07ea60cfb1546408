//! Which files kustomizations name, so that also those are read that no name says to read: contents
//! of generators, patches and configurations with other endings.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;

use crate::model::kustomization;
use crate::syntax::yaml::{self, Schema};
use crate::syntax::{ParsedFile, parse_yaml};
use crate::text::RepoPath;
use crate::value::Value;
use crate::vfs::{Listing, Lookup};

/// Most files that the plugin configurations of one kustomization may stand in.
const MAX_CONFIGS: usize = 1_000;

/// Lists of paths.
const LISTS: [&str; 5] = ["resources", "bases", "crds", "configurations", "patchesStrategicMerge"];

/// Lists of plugin configurations: inline, files, or directories of kustomizations.
const PLUGINS: [&str; 3] = ["generators", "transformers", "validators"];

/// Parsed files by path.
type Files = BTreeMap<RepoPath, Arc<ParsedFile>>;

/// Files that kustomizations name and that are not among those read, in order.
pub(super) fn files(listing: &Listing, read: &Files) -> BTreeSet<RepoPath> {
    let kustomizations = read.par_iter().filter(|(path, _)| kustomization::is_kustomization(path.file_name()));
    let found = kustomizations.filter_map(|(path, file)| {
        let mut search =
            Search { listing, read, directory: path.parent()?, found: Vec::new(), configs: BTreeSet::new() };
        for document in documents(file) {
            search.kustomization(&document, file);
        }
        Some(search.found)
    });
    found.flatten_iter().collect()
}

/// The documents of a file as values, whatever its name says.
fn documents(file: &Arc<ParsedFile>) -> Vec<Value> {
    let values = |file: &ParsedFile| {
        let stream = file.yaml().map(|stream| stream.documents.as_slice()).unwrap_or_default();
        stream.iter().map(|document| document.value(Schema::Kustomize)).collect()
    };
    if file.yaml().is_some() { values(file) } else { values(&parse_yaml(Arc::clone(&file.source))) }
}

/// A search from one kustomization. Paths in plugin configurations count from its directory,
/// wherever they stand.
struct Search<'a> {
    listing: &'a Listing,
    read: &'a Files,
    directory: RepoPath,
    found: Vec<RepoPath>,
    /// Files with plugin configurations that were looked into.
    configs: BTreeSet<RepoPath>,
}

impl Search<'_> {
    fn kustomization(&mut self, value: &Value, file: &ParsedFile) {
        for field in LISTS {
            self.paths(kustomization::list(value, field).iter());
        }
        for field in ["patches", "patchesJson6902", "replacements"] {
            self.paths(kustomization::list(value, field).iter().filter_map(|entry| entry.get("path")));
        }
        self.paths(value.get("openapi").and_then(|openapi| openapi.get("path")).into_iter());
        for field in ["configMapGenerator", "secretGenerator"] {
            for generator in kustomization::list(value, field) {
                self.generator(generator);
            }
        }
        for entry in PLUGINS.iter().flat_map(|field| kustomization::list(value, field)) {
            let Some(text) = entry.as_str() else { continue };
            if text.contains('\n') {
                let documents = yaml::inline(&file.source, entry.span(), text, Schema::Kustomize);
                documents.iter().flatten().for_each(|config| self.config(config));
            } else if let Some(path) = self.directory.join(text) {
                self.plugin(&path);
            }
        }
    }

    /// A file or directory that holds plugin configurations.
    fn plugin(&mut self, path: &RepoPath) {
        let target = match self.listing.lookup(path) {
            Lookup::File(path) => path,
            Lookup::Directory(directory) => {
                let file = kustomization::FILE_NAMES
                    .iter()
                    .find_map(|name| directory.join(name).filter(|path| self.read.contains_key(path)));
                let Some(file) = file else { return };
                file
            }
            Lookup::Missing | Lookup::Unknown(_) => return,
        };
        if self.configs.len() >= MAX_CONFIGS || !self.configs.insert(target.clone()) {
            return;
        }
        let Some(file) = self.read.get(&target) else {
            self.found.push(target);
            return;
        };
        for document in documents(file) {
            if !kustomization::is_kustomization(target.file_name()) {
                self.config(&document);
                continue;
            }
            let Some(directory) = target.parent() else { continue };
            for entry in ["resources", "bases"].iter().flat_map(|field| kustomization::list(&document, field)) {
                if let Some(path) = entry.as_str().and_then(|text| directory.join(text)) {
                    self.plugin(&path);
                }
            }
        }
    }

    /// A plugin configuration of any kind: what none of them means is not there.
    fn config(&mut self, config: &Value) {
        self.generator(config);
        self.paths(config.get("path").into_iter().chain(kustomization::list(config, "paths")));
        self.paths(kustomization::list(config, "replacements").iter().filter_map(|entry| entry.get("path")));
        for secret in kustomization::list(config, "secretFrom") {
            self.generator(secret);
        }
    }

    fn generator(&mut self, generator: &Value) {
        let list = |field| kustomization::list(generator, field).iter();
        self.paths(list("envs").chain(generator.get("env")));
        for entry in list("files").chain(list("binaryFiles")).filter_map(Value::as_str) {
            self.path(entry.split_once('=').map_or(entry, |(_, path)| path));
        }
    }

    fn paths<'v>(&mut self, entries: impl Iterator<Item = &'v Value>) {
        for text in entries.filter_map(Value::as_str) {
            self.path(text);
        }
    }

    fn path(&mut self, text: &str) {
        // What has several lines is a text that stands here itself.
        if text.is_empty() || text.contains('\n') {
            return;
        }
        let Some(path) = self.directory.join(text) else { return };
        if let Lookup::File(path) = self.listing.lookup(&path)
            && !self.read.contains_key(&path)
        {
            self.found.push(path);
        }
    }
}
