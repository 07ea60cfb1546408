//! YAML (and JSON, which the real readers read as YAML) with byte spans, comments and recovery.
//!
//! Invariant: the parser library is named in `events` only; nothing here knows what a document is
//! about.

mod build;
pub mod edit;
mod events;
mod inline;
mod refold;
mod scalar;
#[cfg(test)]
mod table_tests;
#[cfg(test)]
mod tests;
mod timestamp;
mod tree;

pub(super) use events::{Parsed, parse};
pub use inline::{TextPlaces, inline, inline_trimmed};
pub(crate) use refold::refold;
pub use scalar::{PlainScalar, plain_scalar, unsigned};
pub use tree::{Document, NodeKind, NodeRef, PathSegment, Style};

use crate::text::Span;
use crate::value::Value;

/// Which reader's scalar rules apply.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Schema {
    /// kubectl, Argo CD, Helm: go-yaml v2 through sigs.k8s.io/yaml (`yes` is `true`).
    Kubernetes,
    /// kustomize: go-yaml v3 (`yes` is text).
    Kustomize,
    /// JSON patches of kustomize: as `Kubernetes`, but nothing ends the last line of a file.
    JsonPatch,
}

impl Schema {
    /// Whether the reader is go-yaml v2.
    fn is_v2(self) -> bool {
        matches!(self, Self::Kubernetes | Self::JsonPatch)
    }
}

/// The documents of one file.
#[derive(Debug, Default)]
pub struct Stream {
    /// In order; empty documents are left out, broken ones kept as [`Document::broken`].
    pub documents: Vec<Document>,
}

impl Document {
    /// Its value as the given reader sees it. Aliases and merge keys are expanded within a budget;
    /// what exceeds it, and a broken document, is an unknown value.
    ///
    /// Every node and key has the span as written for its origin: scalars with their quotes. What
    /// an alias or a merge key brings in has [`Step::Alias`](crate::value::Step::Alias) with the
    /// place of the alias; nodes below it keep their own places.
    #[must_use]
    pub fn value(&self, schema: Schema) -> Value {
        build::value(self, schema)
    }
}

/// The part of a scalar's span that holds its text: without quotes. A plain scalar is its own
/// content; a block scalar (`|`) has none and is returned whole.
#[must_use]
pub fn scalar_content_span(text: &str, span: Span) -> Span {
    let written = text.get(span.range()).unwrap_or_default();
    let quoted =
        written.len() >= 2 && ['"', '\''].iter().any(|quote| written.starts_with(*quote) && written.ends_with(*quote));
    if quoted { Span { start: span.start + 1, end: span.end - 1, ..span } } else { span }
}

/// Whether a text, written without quotes, is anything but that text to a reader: a number, a truth
/// value, null, a time.
#[must_use]
pub fn is_special_scalar(text: &str, schema: Schema) -> bool {
    scalar::is_special(text, schema)
}
