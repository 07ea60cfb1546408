//! What there is to know about a rule, whoever implements it.

use std::borrow::Cow;
use std::fmt;

use super::{Confidence, Severity};

/// A rule's name: kebab-case words that read well after "allow".
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(Cow<'static, str>);

impl RuleId {
    /// A built-in rule's name.
    #[must_use]
    pub const fn new(id: &'static str) -> Self {
        Self(Cow::Borrowed(id))
    }

    /// A name that comes from a policy or a configuration.
    #[must_use]
    pub fn owned(id: impl Into<String>) -> Self {
        Self(Cow::Owned(id.into()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a rule is about. Groups are selectors on the command line and in `kate.yaml`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Group {
    /// The text of files.
    Syntax,
    /// Kubernetes objects and their references.
    Kubernetes,
    /// Kustomizations.
    Kustomize,
    /// Argo CD.
    ArgoCd,
    /// External Secrets Operator.
    ExternalSecrets,
    /// Terraform.
    Terraform,
    /// What a change does; needs `--base`.
    Change,
    /// Leaks and exposure.
    Security,
    /// What keeps running when something fails or moves.
    Reliability,
    /// What a workload asks for and what it may take.
    Efficiency,
    /// kate's own configuration, policies and ignore comments.
    Meta,
    /// True, but only some want to know; off by default.
    Pedantic,
    /// Rules of the user's own policies.
    Policy,
}

impl Group {
    /// Every group.
    pub const ALL: [Self; 13] = [
        Self::Syntax,
        Self::Kubernetes,
        Self::Kustomize,
        Self::ArgoCd,
        Self::ExternalSecrets,
        Self::Terraform,
        Self::Change,
        Self::Security,
        Self::Reliability,
        Self::Efficiency,
        Self::Meta,
        Self::Pedantic,
        Self::Policy,
    ];

    /// The name used as a selector.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Syntax => "syntax",
            Self::Kubernetes => "kubernetes",
            Self::Kustomize => "kustomize",
            Self::ArgoCd => "argo-cd",
            Self::ExternalSecrets => "external-secrets",
            Self::Terraform => "terraform",
            Self::Change => "change",
            Self::Security => "security",
            Self::Reliability => "reliability",
            Self::Efficiency => "efficiency",
            Self::Meta => "meta",
            Self::Pedantic => "pedantic",
            Self::Policy => "policy",
        }
    }
}

/// Whether a rule's findings carry fixes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FixAvailability {
    /// Never.
    None,
    /// Where the evidence allows it.
    Sometimes,
    /// Always.
    Always,
}

impl FixAvailability {
    /// The lower-case word used in `kate rules`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Sometimes => "sometimes",
            Self::Always => "always",
        }
    }
}

/// Where a rule is in its life.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Status {
    /// May still change.
    Preview,
    /// Changes only with a new major version.
    Stable,
}

impl Status {
    /// The lower-case word used in `kate rules`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Preview => "preview",
            Self::Stable => "stable",
        }
    }
}

/// A rule's declaration: everything that pages, SARIF, `kate rules` and the configuration need.
#[derive(Clone, Debug)]
pub struct RuleMeta {
    /// Its name.
    pub id: RuleId,
    /// One line: what it finds.
    pub summary: Cow<'static, str>,
    /// What it is about.
    pub group: Group,
    /// Default severity.
    pub level: Severity,
    /// Whether it is on without being asked for.
    pub enabled: bool,
    /// Default confidence.
    pub confidence: Confidence,
    /// Where it is in its life.
    pub status: Status,
    /// Version of kate that first had it; empty for a user's policy.
    pub since: &'static str,
    /// Whether its findings carry fixes.
    pub fix: FixAvailability,
    /// CVSS-like score ("0.1" to "10.0") that makes a finding a security alert in code scanning.
    pub security_severity: Option<&'static str>,
    /// Whether comments and annotations may ignore it; if not, only the configuration can.
    pub ignorable: bool,
    /// The whole page, in Markdown.
    pub docs: Cow<'static, str>,
}

impl RuleMeta {
    /// Address of the rule's page in the published documentation.
    #[must_use]
    pub fn url(&self) -> String {
        format!("https://github.com/kate-linter/kate/blob/main/docs/rules/{}.md", self.id)
    }
}
