//! Plain manifests: files as they are, and directories as Argo CD reads them.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use globset::{Glob, GlobMatcher};
use rayon::prelude::*;

use super::Rendered;
use crate::model::{Manifest, Repository, kustomization};
use crate::syntax::yaml::{Schema, Stream};
use crate::syntax::{ParsedFile, Syntax};
use crate::text::RepoPath;
use crate::value::{Data, Reason, Unknown, Value};

/// The documents of all YAML files as values, read once and shared by every renderer.
pub struct Documents {
    files: BTreeMap<RepoPath, Arc<FileDocuments>>,
}

/// The documents of one file.
#[derive(Debug, Default)]
pub struct FileDocuments {
    /// Documents that are not objects, such as value files and kustomizations.
    pub plain: Vec<Value>,
    /// Documents that are objects; lists are taken apart.
    pub manifests: Vec<Manifest>,
    /// Set if a part of the file could not be read and may hold objects.
    pub unknown: Option<Unknown>,
    /// All documents as kustomize reads them, made on first use.
    for_kustomize: OnceLock<Arc<Vec<Value>>>,
}

impl Documents {
    /// Read all YAML and JSON files of a repository.
    #[must_use]
    pub fn read(repository: &Repository) -> Self {
        let files: Vec<_> = repository.files.iter().collect();
        let read = files.par_iter().filter_map(|(path, file)| {
            let documents = read_file(file)?;
            Some(((*path).clone(), Arc::new(documents)))
        });
        Self { files: read.collect() }
    }

    /// The documents of a file; `None` if it is no YAML, JSON or template of it.
    #[must_use]
    pub fn get(&self, path: &RepoPath) -> Option<&Arc<FileDocuments>> {
        self.files.get(path)
    }

    /// All documents of a file as kustomize reads them (YAML 1.2 scalars, other merge rules).
    pub(super) fn for_kustomize(&self, path: &RepoPath, stream: &Stream) -> Arc<Vec<Value>> {
        let read = || Arc::new(stream.documents.iter().map(|document| document.value(Schema::Kustomize)).collect());
        match self.files.get(path) {
            Some(file) => Arc::clone(file.for_kustomize.get_or_init(read)),
            None => read(),
        }
    }

    /// All files with documents, in order of path.
    pub fn iter(&self) -> impl Iterator<Item = (&RepoPath, &Arc<FileDocuments>)> {
        self.files.iter()
    }
}

fn read_file(file: &ParsedFile) -> Option<FileDocuments> {
    let mut read = FileDocuments::default();
    match &file.syntax {
        Syntax::Opaque(unknown) => read.unknown = Some(unknown.clone()),
        Syntax::Yaml(stream) => {
            for document in &stream.documents {
                if let Some(broken) = &document.broken {
                    read.unknown = Some(broken.clone());
                    continue;
                }
                let value = document.value(Schema::Kubernetes);
                if let Data::Unknown(unknown) = &value.data {
                    read.unknown = Some(unknown.clone());
                } else if Manifest::new(value.clone()).is_some() {
                    read.manifests.extend(Manifest::all(value));
                } else {
                    read.plain.push(value);
                }
            }
        }
        Syntax::Hcl(_) | Syntax::Other => return None,
    }
    Some(read)
}

/// How an Application of type Directory reads its path (`spec.source.directory`).
#[derive(Debug, Default)]
pub struct DirectoryOptions {
    /// Whether directories below are read too.
    pub recurse: bool,
    /// Only paths that match.
    pub include: Option<GlobMatcher>,
    /// Paths left out; wins over `include`.
    pub exclude: Option<GlobMatcher>,
}

impl DirectoryOptions {
    /// Read `spec.source.directory`. A pattern that does not compile matches nothing, as in
    /// Argo CD's `glob.Match`.
    #[must_use]
    pub fn new(directory: Option<&Value>) -> Self {
        let glob = |name: &str| {
            let pattern = directory?.get(name)?.as_str().filter(|pattern| !pattern.is_empty())?;
            Glob::new(pattern).ok().map(|glob| glob.compile_matcher())
        };
        Self {
            recurse: directory.and_then(|value| value.get("recurse")).and_then(Value::as_bool).unwrap_or(false),
            include: glob("include"),
            exclude: glob("exclude"),
        }
    }
}

/// Render a directory as Argo CD does without a tool (`reposerver` `findManifests`): files ending
/// in `.yaml`, `.yml`, `.json` or `.jsonnet`.
#[must_use]
pub fn directory(
    repository: &Repository,
    documents: &Documents,
    path: &RepoPath,
    options: &DirectoryOptions,
) -> Rendered {
    let mut rendered = Rendered::default();
    for (file_path, _) in repository.below(path) {
        if !options.recurse && file_path.parent().as_ref() != Some(path) {
            continue;
        }
        let relative = file_path.relative_to(path);
        if options.exclude.as_ref().is_some_and(|glob| glob.is_match(&relative))
            || options.include.as_ref().is_some_and(|glob| !glob.is_match(&relative))
        {
            continue;
        }
        match file_path.extension() {
            Some("yaml" | "yml" | "json") => file(repository, documents, file_path, &mut rendered),
            Some("jsonnet") => {
                rendered.opaque.push(Unknown::new(Reason::UnsupportedLanguage, format!("jsonnet `{file_path}`"), None))
            }
            _ => {}
        }
    }
    rendered
}

/// Add one file's objects to what is rendered.
pub fn file(repository: &Repository, documents: &Documents, path: &RepoPath, rendered: &mut Rendered) {
    let Some(parsed) = repository.file(path) else {
        rendered.opaque.push(Unknown::new(Reason::NotInGit, format!("`{path}` is not read"), None));
        return;
    };
    // Argo CD skips such files (`reposerver/repository`: skipFileRenderingMarker).
    if parsed.source.text.contains("+argocd:skip-file-rendering") {
        return;
    }
    rendered.reads.insert(parsed.source.id);
    let Some(read) = documents.get(path) else { return };
    if let Some(unknown) = &read.unknown {
        rendered.opaque.push(unknown.clone());
    }
    let is_kustomization = kustomization::is_kustomization(path.file_name());
    rendered.manifests.extend(read.manifests.iter().filter(|_| !is_kustomization).cloned());
}
