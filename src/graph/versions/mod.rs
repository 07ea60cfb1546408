//! Which versions run where: what `kate.yaml` declares, else what the repository installs.
//!
//! A version belongs to a cluster. Where the cluster of a unit is not known, every version that may
//! run there counts, and only what holds for all of them may be said.

mod find;

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

pub(super) use find::find;

use super::Snapshot;
use super::identity::DeclaredClusters;
use super::types::{Object, Unit, UnitId, Universe};
use crate::model::versions::{Project, Required};
use crate::text::Span;
use crate::value::{Known, Reason, Str, Unknown};

/// How it is known which version runs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Evidence {
    /// `kate.yaml` says so.
    Declared,
    /// Terraform makes the cluster or installs the release.
    Terraform,
    /// A Helm chart is installed.
    Chart,
    /// A workload runs the image.
    Image,
    /// Manifests are fetched, or say their release.
    Manifests,
    /// A tool that makes clusters is configured.
    Setting,
}

impl Evidence {
    /// A noun.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Declared => "declared",
            Self::Terraform => "terraform",
            Self::Chart => "chart",
            Self::Image => "image",
            Self::Manifests => "manifests",
            Self::Setting => "setting",
        }
    }
}

/// Which clusters a version is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Scope {
    /// The cluster of this index in `kate.yaml`.
    Declared(usize),
    /// Those of which `kate.yaml` does not say otherwise.
    Rest,
    /// The cluster that something is deployed to.
    In(Universe),
}

/// How much a place says about what is deployed, best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Tier {
    /// It is deployed.
    Deployed,
    /// Nothing says that it is.
    Idle,
    /// It is a cluster on somebody's own machine.
    Local,
}

/// One thing that is known about a version.
#[derive(Clone, Debug)]
pub struct Version {
    /// Whose.
    pub project: Project,
    /// Which; none if something installs the project and does not say which release.
    pub required: Option<Required>,
    /// Which clusters it is about.
    pub scope: Scope,
    /// How it is known.
    pub evidence: Evidence,
    /// Where it is written.
    pub at: Span,
    tier: Tier,
}

/// By group and kind: who deploys a definition, and the versions that it serves.
type Definitions = FxHashMap<(Str, Str), Vec<(UnitId, BTreeSet<Str>)>>;

/// Everything that is known about versions.
#[derive(Debug, Default)]
pub struct Versions {
    /// What is known, in order of project and place.
    pub all: Vec<Version>,
    /// The declared cluster of each unit, by index.
    places: Vec<Place>,
    /// Versions that the repository's own definitions of a custom resource serve, and who deploys
    /// them.
    served: Definitions,
}

/// Where a unit is among the declared clusters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    /// This one.
    Declared(usize),
    /// Certainly none of them.
    Other,
    /// It cannot be told.
    Unknown,
}

impl Place {
    fn of(clusters: &DeclaredClusters, unit: &Unit) -> Self {
        let by_path = || unit.path.as_ref().and_then(|path| clusters.of_directory(path));
        let found = match &unit.universe {
            Universe::Cluster(id) => clusters.of_id(id).or_else(by_path),
            Universe::Unknown(_) => by_path(),
        };
        match (found, &unit.universe) {
            (Some(index), _) => Self::Declared(index),
            // The cluster of an Argo CD may well be one that is declared by name.
            (None, Universe::Cluster(id)) if !id.starts_with("in-cluster:") => Self::Other,
            (None, _) => Self::Unknown,
        }
    }
}

impl Snapshot {
    /// Every version of a project that may be what a unit meets, or what an object of no unit does;
    /// empty if nothing is known.
    #[must_use]
    pub fn versions_of(&self, project: Project, unit: Option<UnitId>) -> Vec<&Version> {
        let place = unit.map_or(Place::Unknown, |unit| self.versions.places[unit.index()]);
        let of_project = || self.versions.all.iter().filter(|version| version.project == project);
        let declared = of_project().filter(|version| version.evidence == Evidence::Declared);
        let of_cluster = |index| declared.clone().filter(move |version| version.scope == Scope::Declared(index));
        let rest = || declared.clone().filter(|version| version.scope == Scope::Rest).collect();
        let found: Vec<&Version> = match place {
            Place::Declared(index) if of_cluster(index).next().is_some() => of_cluster(index).collect(),
            Place::Declared(_) | Place::Other => rest(),
            Place::Unknown => declared.collect(),
        };
        if !found.is_empty() {
            return found;
        }
        let universe = unit.map(|unit| &self.unit(unit).universe);
        let is_there = |version: &&Version, certain: bool| match (&version.scope, universe) {
            (Scope::In(there), Some(here)) if certain => there.is_same(here),
            (Scope::In(there), Some(here)) => there.may_be(here),
            (Scope::In(_), None) => !certain,
            _ => false,
        };
        for certain in [true, false] {
            let found = || of_project().filter(|version| is_there(version, certain));
            if let Some(best) = found().map(|version| version.tier).min() {
                return found().filter(|version| version.tier == best).collect();
            }
        }
        Vec::new()
    }

    /// The version of a project that a unit meets: known only if all that may be it are one minor
    /// release; absent if nothing says anything.
    #[must_use]
    pub fn version_of(&self, project: Project, unit: UnitId) -> Known<&Version> {
        let found = self.versions_of(project, Some(unit));
        let Some(first) = found.first() else { return Known::Absent };
        let exact = |version: &Version| version.required.filter(|required| !required.at_least);
        if exact(first).is_some() && found.iter().all(|version| exact(version) == exact(first)) {
            return Known::Value(first);
        }
        let detail = format!("version of {}", project.title());
        Known::Unknown(Unknown::new(Reason::NoDestination, detail, Some(first.at)))
    }

    /// Whether the repository itself defines the kind of an object, on the same cluster, with its
    /// version served.
    #[must_use]
    pub fn is_defined(&self, object: &Object) -> bool {
        let key = (object.group.clone(), object.kind.clone());
        let universe = &self.unit(object.unit).universe;
        self.versions.served.get(&key).is_some_and(|definitions| {
            definitions.iter().any(|(unit, versions)| {
                versions.contains(&object.version) && self.unit(*unit).universe.may_be(universe)
            })
        })
    }
}
