//! What the user declares in `kate.yaml` about the world outside the repository.
//!
//! Plain data: the configuration reads it, the graph believes it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::SchemaLocation;
use super::versions::{Project, Release, Versions};
use crate::text::Span;

/// Everything declared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declared {
    /// URLs under which this repository is known, beside its git remotes.
    pub aliases: Vec<String>,
    /// Clusters.
    pub clusters: Vec<Cluster>,
    /// Things that exist outside the repository.
    pub external: Vec<External>,
    /// Scopes of which the repository is the only source.
    pub closed: Vec<Closed>,
    /// Copies of remote repositories.
    pub vendored: Vec<Vendored>,
    /// Versions of what runs on the clusters.
    pub versions: Vec<DeclaredVersion>,
    /// Schemas of its own.
    pub schemas: Vec<SchemaLocation>,
}

/// The version of a project, on one cluster or on those that do not say otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredVersion {
    /// Whose.
    pub project: Project,
    /// Which.
    pub release: Release,
    /// The index of its cluster; none if it is for all that do not say otherwise.
    pub cluster: Option<usize>,
    /// Where it is written.
    pub at: Span,
}

/// A copy of a remote repository inside this one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Vendored {
    /// URL of the repository as kustomizations name it; scheme, user, `.git` and revision do not
    /// matter.
    pub url: String,
    /// Directory of the copy, relative to this repository's root.
    pub path: String,
}

/// A cluster: its name and server are one destination.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cluster {
    /// Its name in Argo CD.
    pub name: String,
    /// The address of its API server, as in `destination.server`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// Globs of directories whose manifests are deployed to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
    /// Versions that it runs.
    #[serde(default, skip_serializing_if = "Versions::is_empty")]
    pub versions: Versions,
}

/// Objects that exist outside the repository. Globs; `*` matches any text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct External {
    /// Their kind, such as `Secret`, `ClusterSecretStore`, or `RemoteSecret`.
    pub kind: String,
    /// Their namespaces; any if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Their names.
    pub name: String,
    /// Their keys; any if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<Vec<String>>,
}

/// A scope of which the repository is the only source: what it does not make is missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum Closed {
    /// Secrets of the namespaces that match a glob.
    Namespace(String),
    /// Remote secrets whose key starts with this text, as it is written or with the mount before it.
    Prefix(String),
    /// All objects of a kind.
    Kind(String),
}
