//! What a build has so far: resources, and the rules and variables gathered on the way.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::configuration::Configuration;
use super::fault::{Effect, Fault};
use super::resource::{Resource, ResourceId};
use crate::text::{FileId, RepoPath};
use crate::value::{Data, Unknown, Value};

/// The state of a build (`api/internal/accumulator`).
#[derive(Clone, Debug, Default)]
pub(super) struct Accumulator {
    /// The resources, in the order of loading.
    pub(super) resources: Vec<Resource>,
    /// Where names, labels, images and references stand in objects.
    pub(super) configuration: Arc<Configuration>,
    /// Entries of `vars`, each with the place it stands at.
    pub(super) variables: Vec<Value>,
    /// Parts that could not be read; they may make further resources.
    pub(super) opaque: Vec<Unknown>,
    /// Set if what is done to the resources is not known: their content is only what went in.
    pub(super) unknown: Option<Unknown>,
    /// What the real build would fail for.
    pub(super) faults: Vec<Fault>,
    /// What it would fail for if a scalar that cannot be read is still there when it reads the object.
    pub(super) unreadable: Vec<Fault>,
    /// What the entries of the kustomizations did.
    pub(super) effects: Vec<Effect>,
    /// Files that were read.
    pub(super) reads: BTreeSet<FileId>,
    /// Directories that were accumulated.
    pub(super) visited: BTreeSet<RepoPath>,
}

impl Accumulator {
    /// Whether all resources are here as they will be: only then something in them can be said to be
    /// missing.
    pub(super) fn is_complete(&self) -> bool {
        self.opaque.is_empty() && self.unknown.is_none() && !self.faults.iter().any(Fault::hides_objects)
    }

    /// Whether there are no other resources than these, whatever is in them: only then one can be
    /// said to be missing.
    pub(super) fn has_all_objects(&self) -> bool {
        self.opaque.is_empty() && self.unknown.is_none() && !self.faults.iter().any(Fault::hides_identities)
    }

    /// Positions of the resources that have or had an identity for which `matches` holds.
    pub(super) fn find_any(&self, mut matches: impl FnMut(&ResourceId) -> bool) -> Vec<usize> {
        let found = self.resources.iter().enumerate().filter(|(_, resource)| resource.any_ids().any(|id| matches(&id)));
        found.map(|(at, _)| at).collect()
    }

    /// Report the scalars that cannot be read and are still there.
    pub(super) fn report_unreadable(&mut self) {
        let faults = std::mem::take(&mut self.unreadable);
        let is_there = |fault: &Fault| self.resources.iter().any(|resource| holds(&resource.value, fault));
        let there: Vec<Fault> = faults.into_iter().filter(is_there).collect();
        self.faults.extend(there);
    }

    /// The first reason stands: it is the one that a person meets first.
    pub(super) fn set_unknown(&mut self, unknown: Unknown) {
        self.unknown.get_or_insert(unknown);
    }
}

/// Whether a part of a value is unknown because of a fault.
pub(super) fn holds(value: &Value, fault: &Fault) -> bool {
    match &value.data {
        Data::Unknown(why) => fault.is(why),
        Data::List(items) => items.iter().any(|item| holds(item, fault)),
        Data::Map(map) => map.iter().any(|entry| holds(&entry.value, fault)),
        _ => false,
    }
}
