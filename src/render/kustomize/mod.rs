//! kustomize, in memory: what `kustomize build` makes of a directory, with the origin of every node.
//!
//! Behaviour as in kustomize 5.8.1, proven against recorded outputs of the real program
//! (`tests/kustomize`). What the real build fails for is a [`Fault`] at the entry to edit; the rest
//! of the directory is built all the same. What would be fetched or executed is never: it is
//! unknown, with the reason.
//!
//! Invariant: one build depends on the repository's parsed files only. A transformer sees the
//! accumulator and its own field, nothing else.

mod accumulator;
mod comments;
mod configuration;
mod edit;
mod entries;
mod fault;
mod field_path;
mod field_spec;
mod field_transformers;
pub mod fields;
mod generators;
mod label_selector;
mod loader;
mod local;
mod name_reference;
mod order;
mod patch;
mod pattern;
mod plugin;
mod replacement;
mod resource;
mod scope;
mod selector;
mod target;
#[cfg(test)]
mod test_support;
mod transform;
mod variables;

pub use edit::apply_options;
pub use entries::{EntryLookup, PathEntry};
pub use fault::{Effect, Fault, FaultKind};

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

use self::accumulator::Accumulator;
use self::target::Build;
use super::Rendered;
use super::manifests::Documents;
use crate::model::{Manifest, Repository, kustomization};
use crate::text::RepoPath;
use crate::value::Value;
use crate::vfs::Lookup;

/// Builds kustomizations of one repository; a base that several of them include is built once.
pub struct Kustomize<'a> {
    repository: &'a Repository,
    documents: &'a Documents,
    files: Mutex<FxHashMap<RepoPath, Arc<[RepoPath]>>>,
    built: Mutex<BTreeMap<RepoPath, Arc<Rendered>>>,
    accumulated: Mutex<BTreeMap<RepoPath, Arc<Accumulator>>>,
}

impl<'a> Kustomize<'a> {
    /// A builder with nothing built.
    #[must_use]
    pub fn new(repository: &'a Repository, documents: &'a Documents) -> Self {
        Self { repository, documents, files: Mutex::default(), built: Mutex::default(), accumulated: Mutex::default() }
    }

    /// The kustomization file of a directory.
    #[must_use]
    pub fn file_of(&self, directory: &RepoPath) -> Option<RepoPath> {
        self.files_of(directory).first().cloned()
    }

    /// The kustomization files of a directory; kustomize refuses more than one.
    fn files_of(&self, directory: &RepoPath) -> Arc<[RepoPath]> {
        let cached = lock(&self.files).get(directory).cloned();
        cached.unwrap_or_else(|| {
            let paths = kustomization::FILE_NAMES.iter().filter_map(|name| directory.join(name));
            let resolved = paths.filter_map(|path| match self.repository.lookup(&path) {
                Lookup::File(path) => Some(path),
                _ => None,
            });
            let files: Arc<[RepoPath]> = resolved.filter(|path| self.repository.file(path).is_some()).collect();
            lock(&self.files).insert(directory.clone(), Arc::clone(&files));
            files
        })
    }

    /// Build a directory.
    #[must_use]
    pub fn build(&self, directory: &RepoPath) -> Arc<Rendered> {
        let cached = lock(&self.built).get(directory).cloned();
        cached.unwrap_or_else(|| {
            let rendered = Arc::new(rendered(Build::new(self).root(directory, |_| Vec::new())));
            lock(&self.built).insert(directory.clone(), Arc::clone(&rendered));
            rendered
        })
    }

    /// Build a directory whose kustomization is changed first, as Argo CD does with an
    /// Application's own options (`kustomize edit`). `edit` returns what it cannot do.
    #[must_use]
    pub fn build_edited(&self, directory: &RepoPath, edit: impl FnOnce(&mut Value) -> Vec<Fault>) -> Rendered {
        rendered(Build::new(self).root(directory, edit))
    }

    /// What a base accumulates to, if it is known and would not be a cycle below `stack`.
    fn shared(&self, directory: &RepoPath, stack: &[RepoPath]) -> Option<Arc<Accumulator>> {
        let shared = lock(&self.accumulated).get(directory).cloned()?;
        let cycle = |visited: &RepoPath| stack.iter().any(|above| above.is_within(visited));
        (!shared.visited.iter().any(cycle)).then_some(shared)
    }

    fn share(&self, directory: &RepoPath, accumulator: &Arc<Accumulator>) {
        lock(&self.accumulated).insert(directory.clone(), Arc::clone(accumulator));
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
}

/// A build's result for everybody else. A build that fails deploys nothing; what it would deploy
/// without its faults is kept, and each fault that hides something makes it open, so that nothing
/// is called missing because of it.
fn rendered(out: Accumulator) -> Rendered {
    let mut opaque = out.opaque;
    opaque.extend(out.faults.iter().filter(|fault| fault.hides_objects()).map(Fault::unknown));
    let mut manifests: Vec<Manifest> =
        out.resources.into_iter().filter_map(|resource| Manifest::new(resource.value)).collect();
    // The list has the room of the larger resources.
    manifests.shrink_to_fit();
    Rendered { manifests, unknown: out.unknown, opaque, reads: out.reads, faults: out.faults, effects: out.effects }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
