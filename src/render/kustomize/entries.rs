//! Which paths kustomizations name, whether anything builds them or not.

use super::Kustomize;
use crate::model::kustomization;
use crate::text::{FileId, RepoPath, Span};
use crate::value::{Reason, Unknown, Value};
use crate::vfs::Lookup;

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

/// Lists of paths. Only the first three may name directories with a kustomization; the plugin
/// fields may name any directory.
const LISTS: [&str; 9] = [
    "resources",
    "bases",
    "components",
    "crds",
    "configurations",
    "generators",
    "transformers",
    "validators",
    "patchesStrategicMerge",
];

/// Lists of maps with a `path`.
const PATHS: [&str; 3] = ["patches", "patchesJson6902", "replacements"];

const GENERATORS: [&str; 2] = ["configMapGenerator", "secretGenerator"];

impl Kustomize<'_> {
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
            let mut push = |field: &'static str, entry: &Value| {
                found.extend(self.entry(parsed.source.id, &directory, field, entry));
            };
            for field in LISTS {
                kustomization::list(&value, field).iter().for_each(|entry| push(field, entry));
            }
            for field in PATHS {
                let paths = kustomization::list(&value, field).iter().filter_map(|entry| entry.get("path"));
                paths.for_each(|entry| push(field, entry));
            }
            for field in GENERATORS {
                for generator in kustomization::list(&value, field) {
                    let lists = ["files", "envs"].iter().flat_map(|list| kustomization::list(generator, list));
                    lists.chain(generator.get("env")).for_each(|entry| push(field, entry));
                }
            }
            if let Some(entry) = value.at(&["openapi", "path"]) {
                push("openapi", entry);
            }
        }
        found
    }

    fn entry(&self, file: FileId, directory: &RepoPath, field: &'static str, entry: &Value) -> Option<PathEntry> {
        let text = entry.as_str()?;
        let text = if GENERATORS.contains(&field) { text.split_once('=').map_or(text, |(_, path)| path) } else { text };
        // An inline patch or plugin is a text of several lines, not a path.
        if text.is_empty() || text.contains('\n') || text.contains(": ") || kustomization::is_remote(text) {
            return None;
        }
        let path = directory.join(text).filter(|_| !text.starts_with('/'));
        let is_base = matches!(field, "resources" | "bases" | "components");
        let may_be_directory = is_base || matches!(field, "generators" | "transformers" | "validators");
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
        Some(PathEntry { file, field, text: text.to_owned(), at: entry.span(), path, lookup })
    }
}
