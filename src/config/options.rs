//! The file form of `kate.yaml`. Its doc comments are the descriptions in the JSON schema and in
//! `docs/configuration.md`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::diagnostic::Severity;
use crate::model::declared::{Closed, Cluster, External, Vendored};
use crate::model::versions::Versions;

/// Configuration of kate. Every key is optional.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "kate.yaml")]
pub struct Options {
    /// Globs of the paths to read, relative to this repository's root, as in `.gitignore`. A path
    /// must match one of them. Default: every path.
    pub include: Vec<String>,
    /// Globs of paths that exist but are not read, as in `.gitignore`. They win over `include`.
    pub exclude: Vec<String>,
    /// What this repository is called.
    pub repository: RepositoryOptions,
    /// Clusters that the repository deploys to. A name and a server bound here are one destination.
    pub clusters: Vec<Cluster>,
    /// Objects that exist outside the repository. A reference to one of them holds.
    pub external: Vec<External>,
    /// Scopes of which the repository is the only source: what it does not make is missing, and
    /// a reference to it an error.
    pub closed: Vec<Closed>,
    /// Repositories that kustomizations name by URL and of which this repository holds a copy.
    /// They are read there; nothing is fetched.
    pub vendored: Vec<Vendored>,
    /// Versions of what runs on the clusters, where a cluster does not say otherwise. What is not
    /// declared is taken from what the repository installs: Terraform, charts, images, manifests.
    /// The summary of `kate check` says what was found, and where.
    pub versions: Versions,
    /// Directories of JSON schemas in this repository, in order: of built-in kinds as kubeconform lays
    /// them out (`v1.33.0-standalone-strict/deployment-apps-v1.json`), of custom resources as the
    /// CRDs-catalog does (`external-secrets.io/externalsecret_v1.json`), or templates of paths with
    /// kubeconform's variables, such as
    /// `schemas/{{ .Group }}/{{ .ResourceKind }}_{{ .ResourceAPIVersion }}.json`. Definitions of custom
    /// resources in the repository win over them, and they win over the schemas in kate.
    pub schemas: Vec<String>,
    /// Levels by rule id, group, or `all`; the more specific name wins.
    pub rules: BTreeMap<String, RuleOptions>,
    /// Levels that differ for some paths. Where several match, the last one wins.
    pub overrides: Vec<Override>,
    /// Rego policies of your own.
    pub policies: PolicyOptions,
    /// Which ignores count beside kate's own.
    pub ignores: IgnoreOptions,
    /// Path of the file of accepted findings, relative to this repository's root. Written by
    /// `kate check --write-baseline`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<String>,
}

/// What this repository is called.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RepositoryOptions {
    /// URLs (or placeholder tokens) that mean this repository in `repoURL`, beside its git remotes.
    pub aliases: Vec<String>,
}

/// How loud a rule is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The rule does not run.
    Off,
    /// Its findings are hints.
    Info,
    /// Its findings are warnings.
    Warning,
    /// Its findings are errors.
    Error,
}

impl Level {
    /// The severity, or none for `off`.
    #[must_use]
    pub fn severity(self) -> Option<Severity> {
        match self {
            Self::Off => None,
            Self::Info => Some(Severity::Info),
            Self::Warning => Some(Severity::Warning),
            Self::Error => Some(Severity::Error),
        }
    }
}

/// What is set for a rule: its level, or a map that holds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum RuleOptions {
    /// The level alone.
    Level(Level),
    /// The level and further settings.
    Table(RuleTable),
}

/// What is set for a rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleTable {
    /// Its level.
    pub level: Level,
}

impl RuleOptions {
    /// The level.
    #[must_use]
    pub fn level(&self) -> Level {
        match self {
            Self::Level(level) | Self::Table(RuleTable { level }) => *level,
        }
    }
}

/// Which ignores count beside kate's own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct IgnoreOptions {
    /// Whether annotations and comments that tell kube-linter, kube-score, polaris, checkov or
    /// Trivy to leave something out hold for the rules that find the same.
    pub peers: bool,
}

/// Levels that differ for some paths.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Override {
    /// Globs of paths, as in `.gitignore`.
    pub include: Vec<String>,
    /// Levels by rule id, group, or `all`, for findings in these paths.
    pub rules: BTreeMap<String, RuleOptions>,
}

/// Rego policies of your own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PolicyOptions {
    /// Directories of `.rego` files, relative to this repository's root.
    pub dirs: Vec<String>,
    /// Parameters by policy id: any data, which the policy reads as `data.kate.params`.
    pub parameters: BTreeMap<String, serde_json::Map<String, serde_json::Value>>,
}
