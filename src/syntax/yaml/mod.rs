//! YAML (and JSON, which the real readers read as YAML) with byte spans, comments and recovery.

use crate::text::Span;
use crate::value::{Unknown, Value};

/// Which reader's scalar rules apply.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Schema {
    /// kubectl, Argo CD, Helm: go-yaml v2 through sigs.k8s.io/yaml (`yes` is `true`).
    Kubernetes,
    /// kustomize: go-yaml v3 (`yes` is text).
    Kustomize,
}

/// The documents of one file.
#[derive(Debug, Default)]
pub struct Stream {
    /// In order; empty documents are left out, broken ones kept as [`Document::broken`].
    pub documents: Vec<Document>,
}

/// One document.
#[derive(Debug)]
pub struct Document {
    /// From its first to its last byte, without `---`.
    pub span: Span,
    /// Set if it could not be read; its value is then unknown.
    pub broken: Option<Unknown>,
}

impl Document {
    /// Its value as the given reader sees it. Aliases and merge keys are expanded within a budget;
    /// what exceeds it, and a broken document, is an unknown value.
    #[must_use]
    pub fn value(&self, _schema: Schema) -> Value {
        unreachable!("the YAML tree is the next step")
    }
}
