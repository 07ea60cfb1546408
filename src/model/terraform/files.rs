//! Which files make up a module.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::Repository;
use crate::syntax::ParsedFile;
use crate::text::RepoPath;
use crate::value::{Reason, Unknown};
use crate::vfs::{EntryKind, Lookup};

/// A file of a module's directory.
#[derive(Clone, Debug)]
pub struct ModuleFile<'a> {
    /// Where it stands.
    pub path: &'a RepoPath,
    /// Its tree, or why it has none.
    pub file: Result<&'a ParsedFile, Unknown>,
    /// Whether its blocks are merged into those of the other files.
    pub is_override: bool,
}

/// Whether Terraform or OpenTofu reads a file of this name as part of a module, and its name
/// without the ending.
fn stem(name: &str) -> Option<(&str, bool)> {
    if name.starts_with('.') || name.ends_with('~') {
        return None;
    }
    let endings = [(".tf", false), (".tf.json", false), (".tofu", true), (".tofu.json", true)];
    endings.into_iter().find_map(|(ending, tofu)| name.strip_suffix(ending).map(|stem| (stem, tofu)))
}

/// Endings of files from which a program or a person makes the file without them.
const TEMPLATES: &[&str] = &[
    "dist", "ejs", "erb", "example", "gotmpl", "hbs", "j2", "jinja", "jinja2", "mustache", "sample", "template",
    "tftpl", "tmpl", "tpl",
];

/// Whether a file of this name is the template of a module's file: `variables.tf.tmpl`.
fn is_template(name: &str) -> bool {
    let made = name.rsplit_once('.').filter(|(_, ending)| TEMPLATES.contains(ending));
    made.is_some_and(|(made, _)| stem(made).is_some())
}

/// The template of a file of the module, if there is one among the paths of its directory.
pub(super) fn template<'a>(paths: &[&'a RepoPath]) -> Option<&'a RepoPath> {
    paths.iter().find(|path| is_template(path.file_name())).copied()
}

/// Every directory that has files of a module, with all paths directly in it, in order.
#[must_use]
pub fn directories(repository: &Repository) -> BTreeMap<RepoPath, Vec<&RepoPath>> {
    let mut found: BTreeMap<RepoPath, Vec<&RepoPath>> = BTreeMap::new();
    let mut modules = BTreeSet::new();
    for (path, entry) in repository.listing.iter() {
        if matches!(entry.kind, EntryKind::Directory | EntryKind::Submodule) {
            continue;
        }
        let Some(parent) = path.parent() else { continue };
        if stem(path.file_name()).is_some() && !path.components().any(|part| part == ".terraform") {
            modules.insert(parent.clone());
        }
        found.entry(parent).or_default().push(path);
    }
    found.retain(|directory, _| modules.contains(directory));
    found
}

/// The files of a module among the paths of its directory. A `.tofu` file stands in for a `.tf`
/// file of the same name; links within the repository are followed.
#[must_use]
pub fn module_files<'a>(repository: &'a Repository, paths: &[&'a RepoPath]) -> Vec<ModuleFile<'a>> {
    let tofu: BTreeSet<&str> = paths
        .iter()
        .filter_map(|path| stem(path.file_name()))
        .filter_map(|(stem, tofu)| tofu.then_some(stem))
        .collect();
    let mut files = Vec::new();
    for path in paths {
        let Some((stem, is_tofu)) = stem(path.file_name()) else { continue };
        if !is_tofu && tofu.contains(stem) {
            continue;
        }
        let is_override = stem == "override" || stem.ends_with("_override");
        files.push(ModuleFile { path, file: parsed(repository, path), is_override });
    }
    files
}

/// A Terraform file of this repository, links followed.
pub(super) fn parsed<'a>(repository: &'a Repository, path: &RepoPath) -> Result<&'a ParsedFile, Unknown> {
    let unknown = |reason, detail: String| Err(Unknown::new(reason, detail, None));
    let found = match repository.listing.get(path).map(|entry| &entry.kind) {
        Some(EntryKind::Link(_)) => match repository.lookup(path) {
            Lookup::File(target) => repository.file(&target),
            _ => None,
        },
        _ => repository.file(path),
    };
    match found {
        Some(file) if file.hcl().is_some() => Ok(file),
        Some(_) => unknown(Reason::Templated, format!("`{path}` is not read as Terraform")),
        None => unknown(Reason::NotInGit, format!("`{path}` is not read")),
    }
}
