//! Units, objects, symbols and references.

use std::collections::BTreeMap;

use super::ReferenceKind;
use crate::text::{FileId, RepoPath, Sources, Span};
use crate::value::{Known, Origin, Step, Str, Unknown, Value};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(pub u32);
        impl $name {
            /// The id as an index.
            #[must_use]
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

ids! {
    /// Index of a [`Unit`] in its snapshot.
    UnitId;
    /// Index of an [`Object`] in its snapshot.
    ObjectId;
    /// Index of a [`Symbol`] in its snapshot.
    SymbolId;
    /// Index of a [`Reference`] in its snapshot.
    ReferenceId;
}

/// Where a unit is deployed: a cluster. Symbols are found within one universe.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Universe {
    /// A cluster whose identity is proven: equal names are equal clusters.
    Cluster(Str),
    /// It cannot be told; may be any cluster.
    Unknown(Unknown),
}

impl Universe {
    /// Whether both are certainly the same cluster.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        matches!((self, other), (Self::Cluster(a), Self::Cluster(b)) if a == b)
    }

    /// Whether both may be the same cluster.
    #[must_use]
    pub fn may_be(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Cluster(a), Self::Cluster(b)) => a == b,
            _ => true,
        }
    }
}

/// What makes a unit a unit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum UnitKind {
    /// One source of an Argo CD Application.
    Application,
    /// A Flux Kustomization or HelmRelease.
    Flux,
    /// A kustomization that nothing else includes.
    Kustomization,
    /// A Helm chart that nothing else deploys.
    HelmChart,
    /// The loose manifests of a directory.
    Directory,
}

impl UnitKind {
    /// A noun.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Application => "Application",
            Self::Flux => "Flux unit",
            Self::Kustomization => "kustomization",
            Self::HelmChart => "Helm chart",
            Self::Directory => "directory",
        }
    }
}

/// One thing that a GitOps agent renders and applies as a whole.
#[derive(Clone, Debug)]
pub struct Unit {
    /// What makes it a unit.
    pub kind: UnitKind,
    /// Its name for people: the Application's name or the directory.
    pub name: String,
    /// The directory that it renders, if it is in this repository.
    pub path: Option<RepoPath>,
    /// The Application or Flux object that deploys it.
    pub owner: Option<ObjectId>,
    /// Where it is declared.
    pub at: Span,
    /// Whether anything deploys it; findings about references of undeployed units are hints.
    pub deployed: bool,
    /// Its cluster.
    pub universe: Universe,
    /// Its destination namespace.
    pub namespace: Known<Str>,
    /// Why its products are not (all) known.
    pub unknown: Option<Unknown>,
    /// What it renders.
    pub objects: Vec<ObjectId>,
    /// The files that it reads.
    pub reads: Vec<FileId>,
}

/// A rendered Kubernetes object, as the cluster will get it.
#[derive(Clone, Debug)]
pub struct Object {
    /// API group; empty for core.
    pub group: Str,
    /// API version without the group.
    pub version: Str,
    /// Kind.
    pub kind: Str,
    /// Its namespace: absent if cluster-scoped.
    pub namespace: Known<Str>,
    /// Its name.
    pub name: Known<Str>,
    /// The whole object.
    pub value: Value,
    /// The unit that deploys it.
    pub unit: UnitId,
    /// Whether it is as the cluster gets it; if not, it is as written, before steps of rendering
    /// that kate cannot do, and nothing may be concluded from what it lacks.
    pub rendered: bool,
}

impl Object {
    /// Whether it is of a group and kind, whatever the version.
    #[must_use]
    pub fn is(&self, group: &str, kind: &str) -> bool {
        self.kind == kind && self.group == group
    }

    /// The place of its name, or of the whole object if it has none.
    #[must_use]
    pub fn name_span(&self) -> Span {
        self.value.at(&["metadata", "name"]).unwrap_or(&self.value).span()
    }

    /// Its name as it stays when the content changes: without the hash behind the name of what a
    /// generator makes.
    #[must_use]
    pub fn stable_name(&self) -> Known<&str> {
        let origin = self.value.at(&["metadata", "name"]).map(|name| &name.origin);
        self.name.as_ref().map(|name| origin.map_or(name.as_str(), |origin| without_hash(name, origin)))
    }

    /// For people: "Deployment `web`" or "Secret `db` in namespace `prod`" without the namespace.
    #[must_use]
    pub fn title(&self) -> String {
        match self.stable_name() {
            Known::Value(name) => format!("{} `{name}`", self.kind),
            _ => format!("{} (name not known)", self.kind),
        }
    }

    /// Stable identity for fingerprints: group, kind, namespace, name.
    #[must_use]
    pub fn subject(&self) -> String {
        let namespace = match &self.namespace {
            Known::Value(namespace) => namespace.as_str(),
            Known::Unknown(_) => "?",
            Known::Absent => "",
        };
        let name = self.stable_name();
        format!("{}/{} {namespace}/{}", self.group, self.kind, name.value().unwrap_or(&"?"))
    }
}

/// The keys of a Secret, a ConfigMap or a remote secret.
#[derive(Clone, Default, Debug)]
pub struct KeySet {
    /// Known keys and where each is written.
    pub keys: BTreeMap<Str, Origin>,
    /// Set if there may be further keys, and why.
    pub open: Option<Unknown>,
}

/// Who creates a symbol or holds a reference.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Node {
    /// A rendered object.
    Object(ObjectId),
    /// A Terraform block, by address such as `module.db.aws_db_instance.main`, prefixed by its
    /// root's directory and `:`.
    Terraform(Str),
    /// A file or directory.
    Path(RepoPath),
    /// Part of every cluster.
    Builtin,
    /// Declared in `kate.yaml`.
    External,
}

/// Something that can be referred to.
#[derive(Clone, Debug)]
pub struct Symbol {
    /// API group, or a pseudo group of kate's own for what is not an object.
    pub group: Str,
    /// Kind.
    pub kind: Str,
    /// Name.
    pub name: Str,
    /// Namespace: absent if cluster-scoped.
    pub namespace: Known<Str>,
    /// Cluster.
    pub universe: Universe,
    /// Its keys, if it has keys.
    pub keys: Option<KeySet>,
    /// Who creates it.
    pub node: Node,
    /// The unit that creates it, if one does.
    pub unit: Option<UnitId>,
    /// Where its name is written.
    pub origin: Origin,
}

impl Symbol {
    /// The name that a reference in a unit is written with. In its own unit the renderer renames
    /// what refers to it, so that this is the name before prefixes, suffixes and hashes.
    #[must_use]
    pub fn name_within<'a>(&'a self, unit: Option<UnitId>, sources: &'a Sources) -> &'a str {
        let stable = without_hash(&self.name, &self.origin);
        let renames = [Step::NamePrefix, Step::NameSuffix, Step::NameHash];
        if unit.is_none() || self.unit != unit || !self.origin.steps().any(|step| renames.contains(&step.step)) {
            return stable;
        }
        let written = sources.slice(self.origin.span()).trim_matches(['"', '\'']);
        if !written.is_empty() && stable.contains(written) { written } else { stable }
    }
}

/// A name without the hash that a generator puts behind it.
fn without_hash<'n>(name: &'n str, origin: &Origin) -> &'n str {
    let has_hash = origin.steps().any(|step| step.step == Step::NameHash);
    name.rsplit_once('-').filter(|_| has_hash).map_or(name, |(name, _)| name)
}

/// What a reference wants.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Want {
    /// API group, or a pseudo group.
    pub group: Str,
    /// Kind.
    pub kind: Str,
    /// Name.
    pub name: Known<Str>,
    /// Namespace: absent if cluster-scoped.
    pub namespace: Known<Str>,
    /// A key of it.
    pub key: Option<Str>,
}

/// A field that names something.
#[derive(Clone, Debug)]
pub struct Reference {
    /// Which field of which kind.
    pub kind: ReferenceKind,
    /// Who holds it.
    pub from: Node,
    /// The unit that holds it.
    pub unit: Option<UnitId>,
    /// Where it must hold.
    pub universe: Universe,
    /// What it wants.
    pub want: Want,
    /// Where the wanted name is written.
    pub origin: Origin,
    /// Where the wanted key is written.
    pub key_origin: Option<Origin>,
    /// Whether a missing target is allowed.
    pub optional: bool,
    /// Where base makes what it wants, if it held there and nothing certain makes it any more.
    pub lost: Option<Span>,
    /// How the name resolves.
    pub resolution: Resolution,
    /// How the key resolves, if the name does and a key is wanted.
    pub key: Option<Resolution>,
}

impl Reference {
    /// The name that it wants, without the hash of a generator's content.
    #[must_use]
    pub fn stable_name(&self) -> Option<&str> {
        let name = self.want.name.value()?;
        let renamed = self.origin.steps().find(|step| step.step == Step::NameReference);
        let origin = renamed.and_then(|step| step.from.get(1));
        Some(origin.map_or(name.as_str(), |origin| without_hash(name, origin)))
    }
}

/// How much an unknown is worth.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Strength {
    /// Something very likely makes it.
    Strong,
    /// Something could make it, nothing says that it does.
    Weak,
}

/// How a reference resolves.
#[derive(Clone, Debug)]
pub enum Resolution {
    /// These create it.
    Found(Vec<SymbolId>),
    /// It cannot be told.
    Unknown {
        /// Why.
        why: Unknown,
        /// How likely it is there.
        strength: Strength,
        /// The one symbol whose name is nearly it, or that nearly has the labels.
        near: Option<SymbolId>,
    },
    /// Nothing creates it.
    Missing {
        /// The one symbol whose name is nearly it, or that nearly has the labels.
        near: Option<SymbolId>,
        /// Where something of that name exists: another namespace or cluster.
        elsewhere: Vec<SymbolId>,
    },
}

impl Resolution {
    /// Whether it is certainly missing.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Missing { .. })
    }

    /// What was very likely meant.
    #[must_use]
    pub fn near(&self) -> Option<SymbolId> {
        match self {
            Self::Missing { near, .. } | Self::Unknown { near, .. } => *near,
            Self::Found(_) => None,
        }
    }

    /// Say what was very likely meant, if it is not found.
    pub(super) fn set_near(&mut self, meant: Option<SymbolId>) {
        if let Self::Missing { near, .. } | Self::Unknown { near, .. } = self {
            *near = meant;
        }
    }
}
