//! kustomize, in memory: resources, components, namespace, name prefixes and suffixes, generators.
//!
//! Any other field that can matter makes the build unknown, with the field as the reason.
//! Behaviour as in kustomize's `api/internal/target`: resources depth first, then generators, then
//! components on what is accumulated, then the namespace, prefix and suffix transformers.

mod accumulator;
mod configuration;
mod fault;
mod field_spec;
mod legacy_generators;
mod legacy_name_reference;
mod legacy_transform;
mod loader;
mod resource;
mod scope;

pub use fault::{Effect, Fault, FaultKind};

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::Rendered;
use super::manifests::{self, Documents};
use crate::model::{Manifest, Repository, kustomization};
use crate::text::{FileId, RepoPath, Span};
use crate::value::{Reason, Unknown, Value};
use crate::vfs::Lookup;

/// Deepest chain of bases and components. kustomize has no limit but cannot follow cycles either.
const MAX_DEPTH: usize = 64;

/// Builds kustomizations of one repository; each directory is built once.
pub struct Kustomize<'a> {
    repository: &'a Repository,
    documents: &'a Documents,
    built: Mutex<BTreeMap<RepoPath, Arc<Rendered>>>,
}

/// An entry of a kustomization that names a file or a directory.
#[derive(Clone, Debug)]
pub struct PathEntry {
    /// The kustomization file.
    pub file: FileId,
    /// The field, such as `resources`.
    pub field: &'static str,
    /// The entry's text.
    pub text: String,
    /// Where the path is written.
    pub at: Span,
    /// The path in the repository, `None` if it leaves the repository.
    pub path: Option<RepoPath>,
    /// What stands there; directories count for `resources`, `bases` and `components` only if they
    /// have a kustomization.
    pub lookup: EntryLookup,
}

/// What an entry leads to.
#[derive(Clone, Debug)]
pub enum EntryLookup {
    /// A file, or a directory with a kustomization.
    Found,
    /// Nothing.
    Missing,
    /// A directory without a kustomization file.
    NoKustomization,
    /// It cannot be told.
    Unknown(Unknown),
}

impl<'a> Kustomize<'a> {
    /// A builder with nothing built.
    #[must_use]
    pub fn new(repository: &'a Repository, documents: &'a Documents) -> Self {
        Self { repository, documents, built: Mutex::default() }
    }

    /// The kustomization file of a directory.
    #[must_use]
    pub fn file_of(&self, directory: &RepoPath) -> Option<RepoPath> {
        kustomization::FILE_NAMES.iter().find_map(|name| {
            let path = directory.join(name)?;
            self.repository.file(&path).map(|_| path)
        })
    }

    /// Build a directory.
    #[must_use]
    pub fn build(&self, directory: &RepoPath) -> Arc<Rendered> {
        self.build_nested(directory, &mut Vec::new())
    }

    fn build_nested(&self, directory: &RepoPath, stack: &mut Vec<RepoPath>) -> Arc<Rendered> {
        let cached = |built: &Mutex<BTreeMap<_, Arc<Rendered>>>| {
            built.lock().unwrap_or_else(PoisonError::into_inner).get(directory).cloned()
        };
        if let Some(rendered) = cached(&self.built) {
            return rendered;
        }
        if stack.contains(directory) || stack.len() >= MAX_DEPTH {
            return Arc::new(unknown(Reason::Limit, format!("`{directory}` includes itself"), None));
        }
        stack.push(directory.clone());
        let mut rendered = Rendered::default();
        self.run(directory, stack, &mut rendered);
        stack.pop();
        let rendered = Arc::new(rendered);
        // A build inside a cycle depends on where the cycle was entered: keep only whole ones.
        if stack.is_empty() || rendered.unknown.is_none() {
            self.built.lock().unwrap_or_else(PoisonError::into_inner).insert(directory.clone(), Arc::clone(&rendered));
        }
        rendered
    }

    /// Run a kustomization (or component) on what is accumulated in `out`.
    fn run(&self, directory: &RepoPath, stack: &mut Vec<RepoPath>, out: &mut Rendered) {
        let Some(file) = self.file_of(directory) else {
            set_unknown(out, Unknown::new(Reason::Unparsed, format!("no kustomization in `{directory}`"), None));
            return;
        };
        if let Some(parsed) = self.repository.file(&file) {
            out.reads.insert(parsed.source.id);
        }
        let Some(kustomization) = self.kustomization(&file) else {
            set_unknown(out, Unknown::new(Reason::Unparsed, format!("`{file}` could not be read"), None));
            return;
        };
        if let Some(entry) = kustomization.entries().find(|entry| {
            let field = entry.key.as_str();
            let known =
                kustomization::NEUTRAL_FIELDS.contains(&field) || kustomization::RENDERED_FIELDS.contains(&field);
            !known && !is_empty(&entry.value)
        }) {
            let why = format!("kustomization `{}`", entry.key);
            set_unknown(out, Unknown::new(Reason::UnsupportedField, why, Some(entry.key_origin.span())));
        }
        for field in ["resources", "bases"] {
            for entry in kustomization::list(&kustomization, field) {
                self.resource(directory, entry, stack, out);
            }
        }
        legacy_generators::run(self.repository, directory, &kustomization, out);
        for entry in kustomization::list(&kustomization, "components") {
            self.component(directory, entry, stack, out);
        }
        legacy_transform::namespace(kustomization.get("namespace"), &mut out.manifests);
        legacy_transform::names(kustomization.get("namePrefix"), kustomization.get("nameSuffix"), &mut out.manifests);
    }

    fn resource(&self, directory: &RepoPath, entry: &Value, stack: &mut Vec<RepoPath>, out: &mut Rendered) {
        match self.target(directory, entry) {
            Target::File(path) => manifests::file(self.repository, self.documents, &path, out),
            Target::Directory(path) => {
                let base = self.build_nested(&path, stack);
                out.manifests.extend(base.manifests.iter().cloned());
                out.opaque.extend(base.opaque.iter().cloned());
                out.reads.extend(base.reads.iter().copied());
                if let Some(unknown) = &base.unknown {
                    set_unknown(out, unknown.clone());
                }
            }
            Target::Unknown(unknown) => out.opaque.push(unknown),
        }
    }

    fn component(&self, directory: &RepoPath, entry: &Value, stack: &mut Vec<RepoPath>, out: &mut Rendered) {
        match self.target(directory, entry) {
            Target::Directory(path) => {
                if stack.contains(&path) || stack.len() >= MAX_DEPTH {
                    let why = format!("`{path}` includes itself");
                    return set_unknown(out, Unknown::new(Reason::Limit, why, Some(entry.span())));
                }
                stack.push(path.clone());
                self.run(&path, stack, out);
                stack.pop();
            }
            Target::File(path) => {
                let why = format!("component `{path}` is not a directory");
                set_unknown(out, Unknown::new(Reason::Unparsed, why, Some(entry.span())));
            }
            Target::Unknown(unknown) => set_unknown(out, unknown),
        }
    }

    fn target(&self, directory: &RepoPath, entry: &Value) -> Target {
        let at = Some(entry.span());
        let Some(text) = entry.as_str() else {
            return Target::Unknown(Unknown::new(Reason::Unparsed, "entry is not a text", at));
        };
        if kustomization::is_remote(text) {
            return Target::Unknown(Unknown::new(Reason::RemoteSource, format!("`{text}`"), at));
        }
        let missing = || Target::Unknown(Unknown::new(Reason::Unparsed, format!("`{text}` does not exist"), at));
        let Some(path) = directory.join(text).filter(|_| !text.starts_with('/')) else { return missing() };
        match self.repository.lookup(&path) {
            Lookup::File(path) => Target::File(path),
            Lookup::Directory(path) => Target::Directory(path),
            Lookup::Missing => missing(),
            Lookup::Unknown(unknown) => Target::Unknown(unknown),
        }
    }

    /// The content of a kustomization file: its first document, as kustomize reads it.
    #[must_use]
    pub fn kustomization(&self, file: &RepoPath) -> Option<Value> {
        let read = self.documents.get(file)?;
        if read.unknown.is_some() {
            return None;
        }
        // Most have no `apiVersion` and `kind`; those that do were read as manifests.
        read.plain.first().cloned().or_else(|| read.manifests.first().map(|manifest| manifest.value.clone()))
    }

    /// Every entry of every kustomization that names a path in the repository.
    #[must_use]
    pub fn path_entries(&self) -> Vec<PathEntry> {
        let mut found = Vec::new();
        for (path, _) in self.documents.iter() {
            if !kustomization::is_kustomization(path.file_name()) {
                continue;
            }
            let (Some(value), Some(directory)) = (self.kustomization(path), path.parent()) else { continue };
            let Some(parsed) = self.repository.file(path) else { continue };
            for field in ["resources", "bases", "components", "crds", "configurations", "patchesStrategicMerge"] {
                for entry in kustomization::list(&value, field) {
                    self.push_entry(parsed.source.id, &directory, field, entry, &mut found);
                }
            }
            for field in ["patches", "patchesJson6902", "replacements"] {
                for entry in kustomization::list(&value, field).iter().filter_map(|entry| entry.get("path")) {
                    self.push_entry(parsed.source.id, &directory, field, entry, &mut found);
                }
            }
            for field in ["configMapGenerator", "secretGenerator"] {
                for generator in kustomization::list(&value, field) {
                    for entry in legacy_generators::files(generator) {
                        self.push_entry(parsed.source.id, &directory, field, entry, &mut found);
                    }
                }
            }
        }
        found
    }

    fn push_entry(
        &self,
        file: FileId,
        directory: &RepoPath,
        field: &'static str,
        entry: &Value,
        found: &mut Vec<PathEntry>,
    ) {
        let Some(text) = entry.as_str() else { return };
        let generator = field.ends_with("Generator");
        let text = if generator { text.split_once('=').map_or(text, |(_, path)| path) } else { text };
        // An inline patch is a text of several lines, not a path.
        if text.is_empty() || text.contains('\n') || kustomization::is_remote(text) {
            return;
        }
        let path = directory.join(text).filter(|_| !text.starts_with('/'));
        let may_be_directory = matches!(field, "resources" | "bases" | "components");
        let lookup = match path.as_ref().map(|path| self.repository.lookup(path)) {
            _ if text.contains("{{") || text.contains("${") => {
                EntryLookup::Unknown(Unknown::new(Reason::Templated, text, Some(entry.span())))
            }
            None => {
                // What is analysed may be a part of a repository.
                let why = format!("`{text}` is outside of what is analysed");
                EntryLookup::Unknown(Unknown::new(Reason::NotInGit, why, Some(entry.span())))
            }
            Some(Lookup::Missing) => EntryLookup::Missing,
            Some(Lookup::Unknown(unknown)) => EntryLookup::Unknown(unknown),
            Some(Lookup::File(_)) if field == "components" => EntryLookup::NoKustomization,
            Some(Lookup::File(_)) => EntryLookup::Found,
            Some(Lookup::Directory(_)) if !may_be_directory => EntryLookup::Missing,
            Some(Lookup::Directory(target)) if self.file_of(&target).is_some() => EntryLookup::Found,
            Some(Lookup::Directory(_)) => EntryLookup::NoKustomization,
        };
        found.push(PathEntry { file, field, text: text.to_owned(), at: entry.span(), path, lookup });
    }
}

enum Target {
    File(RepoPath),
    Directory(RepoPath),
    Unknown(Unknown),
}

/// Whether a field is there without saying anything.
fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_map().is_some_and(crate::value::Map::is_empty) || {
        matches!(&value.data, crate::value::Data::List(items) if items.is_empty())
    }
}

/// The first reason stands: it is the one that a person meets first.
fn set_unknown(out: &mut Rendered, unknown: Unknown) {
    out.unknown.get_or_insert(unknown);
}

fn unknown(reason: Reason, detail: String, at: Option<Span>) -> Rendered {
    Rendered { unknown: Some(Unknown::new(reason, detail, at)), ..Rendered::default() }
}

/// Apply an Application's own `namespace`, `namePrefix` and `nameSuffix`, which replace those of
/// the kustomization that it builds when Argo CD edits the file.
pub fn apply_options(options: &Value, manifests: &mut [Manifest]) {
    legacy_transform::namespace(options.get("namespace"), manifests);
    legacy_transform::names(options.get("namePrefix"), options.get("nameSuffix"), manifests);
}
