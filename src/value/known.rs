//! What kate knows: a value, its absence, or that it cannot be known and why.

use std::fmt;
use std::sync::Arc;

use crate::text::Span;

/// Three-valued knowledge. A rule may speak only on `Value` and `Absent`.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Known<T> {
    /// It is this.
    Value(T),
    /// It cannot be known, and why.
    Unknown(Unknown),
    /// It is certainly not there.
    Absent,
}

impl<T> Known<T> {
    /// The value, if known.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Unknown(_) | Self::Absent => None,
        }
    }

    /// Why it is unknown, if it is.
    pub fn unknown(&self) -> Option<&Unknown> {
        match self {
            Self::Unknown(unknown) => Some(unknown),
            Self::Value(_) | Self::Absent => None,
        }
    }

    /// Whether it certainly is not there.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// Apply a function to a known value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Known<U> {
        match self {
            Self::Value(value) => Known::Value(f(value)),
            Self::Unknown(unknown) => Known::Unknown(unknown),
            Self::Absent => Known::Absent,
        }
    }

    /// The same knowledge about a borrowed value.
    pub fn as_ref(&self) -> Known<&T> {
        match self {
            Self::Value(value) => Known::Value(value),
            Self::Unknown(unknown) => Known::Unknown(unknown.clone()),
            Self::Absent => Known::Absent,
        }
    }

    /// This, or what `f` gives if it is absent.
    #[must_use]
    pub fn or_else(self, f: impl FnOnce() -> Self) -> Self {
        match self {
            Self::Absent => f(),
            known => known,
        }
    }
}

/// The kinds of reasons for not knowing. The summary of a check counts by these.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Reason {
    /// A file that could not be parsed.
    Unparsed,
    /// A file that is a template of something else (Helm, Jinja, envsubst, a placeholder token).
    Templated,
    /// A language that kate does not read (jsonnet, CUE, helmfile, a plugin).
    UnsupportedLanguage,
    /// A field of a renderer that is not implemented.
    UnsupportedField,
    /// A Helm chart that is not rendered.
    HelmChart,
    /// A source outside this repository, or another revision of it.
    RemoteSource,
    /// It cannot be told which repository a source names.
    WhichRepository,
    /// An `ApplicationSet` that is not expanded.
    ApplicationSet,
    /// A unit without a destination.
    NoDestination,
    /// It cannot be told which Argo CD instance owns an Application.
    ArgoInstance,
    /// A Terraform value that depends on a provider, a resource or an input.
    TerraformValue,
    /// A Terraform module that is not in this repository.
    RemoteModule,
    /// A backend or a workspace that is not complete and literal.
    Backend,
    /// Objects that an operator or a controller may make.
    Operator,
    /// Objects that Terraform makes on a cluster that is not known.
    TerraformObjects,
    /// Secret values that are only in a secret store.
    SecretStore,
    /// A file that is ignored by git, in a submodule, an LFS pointer or encrypted.
    NotInGit,
    /// Declared in `kate.yaml` as existing outside.
    External,
    /// A limit on size, depth or work was reached.
    Limit,
}

impl Reason {
    /// A noun phrase for the summary: "3 references: Helm chart not rendered".
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unparsed => "file not parsed",
            Self::Templated => "templated text",
            Self::UnsupportedLanguage => "language not read",
            Self::UnsupportedField => "renderer field not supported",
            Self::HelmChart => "Helm chart not rendered",
            Self::RemoteSource => "source outside this repository",
            Self::WhichRepository => "which repository",
            Self::ApplicationSet => "ApplicationSet not expanded",
            Self::NoDestination => "no destination",
            Self::ArgoInstance => "which Argo CD instance",
            Self::TerraformValue => "Terraform value not static",
            Self::RemoteModule => "Terraform module outside this repository",
            Self::Backend => "Terraform backend not static",
            Self::Operator => "made by an operator",
            Self::TerraformObjects => "made by Terraform on an unknown cluster",
            Self::SecretStore => "content of a secret store",
            Self::NotInGit => "file not in git",
            Self::External => "declared external",
            Self::Limit => "limit reached",
        }
    }
}

/// Why something is not known. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Unknown(Arc<Why>);

#[derive(PartialEq, Eq, Hash)]
struct Why {
    reason: Reason,
    detail: String,
    at: Option<Span>,
}

impl Unknown {
    /// A reason with what it is about (a chart's name, a field, a path) and, where there is one,
    /// the place that makes it unknown.
    #[must_use]
    pub fn new(reason: Reason, detail: impl Into<String>, at: Option<Span>) -> Self {
        Self(Arc::new(Why { reason, detail: detail.into(), at }))
    }

    /// The kind of reason.
    #[must_use]
    pub fn reason(&self) -> Reason {
        self.0.reason
    }

    /// What it is about.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// The place that makes it unknown.
    #[must_use]
    pub fn at(&self) -> Option<Span> {
        self.0.at
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.reason().as_str())?;
        if self.detail().is_empty() { Ok(()) } else { write!(f, ": {}", self.detail()) }
    }
}

impl fmt::Debug for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Unknown({self})")
    }
}
