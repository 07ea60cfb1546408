//! The schemas that `kate.yaml` names, compiled when they are first asked for.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use rustc_hash::FxHashMap;

use crate::model::Repository;
use crate::model::kubernetes::is_builtin_group;
use crate::schema::compile::{Compiled, Library, json};
use crate::syntax::yaml::Schema as Scalars;
use crate::text::{RepoPath, Span};
use crate::value::Value;

/// By path, and whether it is read as one of a built-in kind; none if there is no schema.
type Known = FxHashMap<(RepoPath, bool), Option<Arc<Compiled>>>;

/// The schema files of a repository.
pub(super) struct LocalSchemas<'a> {
    repository: &'a Repository,
    compiled: Mutex<Known>,
}

impl<'a> LocalSchemas<'a> {
    pub(super) fn new(repository: &'a Repository) -> Self {
        Self { repository, compiled: Mutex::default() }
    }

    /// The schemas that an object may be meant to have: those of the versions of Kubernetes that it may
    /// meet, if there are any, else all. The first place that has a schema of its kind counts.
    pub(super) fn of(
        &self,
        (group, version, kind): (&str, &str, &str),
        minors: Option<&[u32]>,
    ) -> Vec<(RepoPath, Arc<Compiled>)> {
        for location in &self.repository.declared.schemas {
            let mut files = location.files(&self.repository.listing, group, version, kind);
            let is_met =
                |minor: &Option<u32>| minor.is_some_and(|minor| minors.is_some_and(|all| all.contains(&minor)));
            if files.iter().any(|(minor, _)| is_met(minor)) {
                files.retain(|(minor, _)| is_met(minor));
            }
            let compiled = files.into_iter().filter_map(|(_, path)| {
                let compiled = self.compile(&path, is_builtin_group(group))?;
                Some((path, compiled))
            });
            let compiled: Vec<_> = compiled.collect();
            if !compiled.is_empty() {
                return compiled;
            }
        }
        Vec::new()
    }

    fn compile(&self, path: &RepoPath, builtin: bool) -> Option<Arc<Compiled>> {
        let key = (path.clone(), builtin);
        if let Some(known) = self.compiled.lock().expect("no holder of the lock panics").get(&key) {
            return known.clone();
        }
        let compiled = self.read(path).map(|value| Arc::new(json(self, path.as_str(), &value, builtin)));
        self.compiled.lock().expect("no holder of the lock panics").insert(key, compiled.clone());
        compiled
    }

    fn read(&self, path: &RepoPath) -> Option<Value> {
        let document = self.repository.files.get(path)?.yaml()?.documents.first()?;
        document.broken.is_none().then(|| document.value(Scalars::Kubernetes))
    }

    /// What is wrong with those that were asked for.
    pub(super) fn faults(&self) -> BTreeSet<(Span, String)> {
        let compiled = self.compiled.lock().expect("no holder of the lock panics");
        compiled.values().flatten().flat_map(|compiled| compiled.faults.iter().cloned()).collect()
    }
}

impl Library for LocalSchemas<'_> {
    fn open(&self, from: &str, name: &str) -> Option<(String, Value)> {
        let path = RepoPath::new(from)?.parent()?.join(name)?;
        Some((path.to_string(), self.read(&path)?))
    }
}
