//! What is wrong with a kustomization, and which of its entries did nothing.

use crate::text::Span;
use crate::value::{Reason, Unknown, Value};

/// Something for which `kustomize build` fails. The build goes on without the entry.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Fault {
    /// What kind.
    pub kind: FaultKind,
    /// The entry that a person would edit.
    pub at: Span,
    /// One line, lower case, no full stop; names in backticks.
    pub message: String,
    /// Other places and what they have to do with it.
    pub related: Vec<(Span, String)>,
    /// What was very likely meant instead of the text at `at`.
    pub near: Option<String>,
    /// Whether only the text under a known key of a known object is not known because of it.
    pub only_content: bool,
    /// Whether the entry may have been to give an object another identity.
    pub may_rename: bool,
}

/// Kinds of faults; each is spoken of by one rule.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum FaultKind {
    /// An entry names a path that is not there, or a directory without a kustomization file.
    Path,
    /// A file that cannot be parsed; the rules of syntax speak of it.
    Syntax,
    /// An entry leaves the directory that it may read from.
    LoadRestriction,
    /// A kustomization includes itself.
    Cycle,
    /// A Component among `resources`, or a Kustomization among `components`.
    WrongKind,
    /// A field that kustomize does not know.
    UnknownField,
    /// A field of a wrong type or with a value that is not allowed.
    InvalidField,
    /// A file of `resources` that holds something else than objects.
    InvalidResource,
    /// Two resources with the same identity.
    DuplicateResource,
    /// A patch whose target is not there.
    PatchTarget,
    /// A patch that is none, or that cannot be applied to its target.
    Patch,
    /// A generator with a clash of keys, an invalid entry or an impossible behavior.
    Generator,
    /// An entry of `images` or `replicas` that is invalid or has no target.
    Override,
    /// A replacement or a variable without source, or one that cannot be written.
    Replacement,
    /// A reference by name to which several renamed objects fit.
    NameReference,
    /// A transformer configuration, CRD or OpenAPI file that cannot be used.
    Configuration,
    /// A plugin configuration that cannot be used.
    Plugin,
}

impl Fault {
    /// A fault at an entry.
    #[must_use]
    pub fn new(kind: FaultKind, at: Span, message: impl Into<String>) -> Self {
        Self {
            kind,
            at,
            message: message.into(),
            related: Vec::new(),
            near: None,
            only_content: false,
            may_rename: false,
        }
    }

    /// Whether objects, their names or what they refer to may be other than what was built without
    /// the entry.
    #[must_use]
    pub fn hides_objects(&self) -> bool {
        match self.kind {
            // The file is read, the objects are here, and numbers and images refer to nothing.
            FaultKind::LoadRestriction | FaultKind::DuplicateResource | FaultKind::Override => false,
            _ => !self.only_content,
        }
    }

    /// Whether there may be other objects than what was built without the entry.
    #[must_use]
    pub(super) fn hides_identities(&self) -> bool {
        match self.kind {
            // A patch to merge makes no object. JSON patches, whose faults are others, may rename.
            FaultKind::PatchTarget => self.may_rename,
            _ => self.hides_objects(),
        }
    }

    /// Why the products of the build are not known because of it.
    #[must_use]
    pub fn unknown(&self) -> Unknown {
        Unknown::new(Reason::Unparsed, self.message.clone(), Some(self.at))
    }

    /// Whether this is why something is unknown.
    #[must_use]
    pub fn is(&self, unknown: &Unknown) -> bool {
        unknown.at() == Some(self.at) && unknown.detail() == self.message
    }

    /// Add another place.
    #[must_use]
    pub fn related(mut self, at: Span, message: impl Into<String>) -> Self {
        self.related.push((at, message.into()));
        self
    }

    /// Say what was very likely meant.
    #[must_use]
    pub fn near(mut self, near: Option<String>) -> Self {
        self.near = near;
        self
    }
}

/// Whether an entry of a kustomization changed anything in one build. An entry that several
/// builds share is idle only if it is in all of them.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Effect {
    /// The field that it stands in, such as `images`.
    pub field: &'static str,
    /// The entry.
    pub at: Span,
    /// Whether it did anything.
    pub hit: bool,
}

impl Effect {
    /// The effect of an entry.
    #[must_use]
    pub fn new(field: &'static str, entry: &Value, hit: bool) -> Self {
        Self { field, at: entry.span(), hit }
    }
}
