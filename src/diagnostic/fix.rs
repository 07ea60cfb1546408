//! Fixes: edits of source text, offered with a finding.

use crate::text::{FileId, RepoPath, Span};

/// When a fix may be applied.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Applicability {
    /// Shown, never applied: a person has to fill something in.
    DisplayOnly,
    /// Applied with `--unsafe-fixes`: may change what is deployed in an unwanted way.
    Unsafe,
    /// Applied with `--fix`: keeps or restores the meaning that the text clearly has.
    Safe,
}

/// One change of text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Edit {
    /// Replace a span (empty: insert; empty text: delete).
    Replace {
        /// What is replaced.
        span: Span,
        /// The new text.
        text: String,
    },
    /// Create a file that does not exist.
    Create {
        /// Where.
        path: RepoPath,
        /// Its whole text.
        text: String,
    },
}

impl Edit {
    /// The file that is edited; `None` if it is created.
    #[must_use]
    pub fn file(&self) -> Option<FileId> {
        match self {
            Self::Replace { span, .. } => Some(span.file),
            Self::Create { .. } => None,
        }
    }
}

/// Edits that belong together: all are applied or none.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fix {
    /// What it does, in the imperative: "rename to `db-credentials`".
    pub title: String,
    /// When it may be applied.
    pub applicability: Applicability,
    /// Non-overlapping edits, in any order, in any number of files.
    pub edits: Vec<Edit>,
}

impl Fix {
    /// A fix of one replaced span.
    #[must_use]
    pub fn replace(
        applicability: Applicability,
        title: impl Into<String>,
        span: Span,
        text: impl Into<String>,
    ) -> Self {
        Self { title: title.into(), applicability, edits: vec![Edit::Replace { span, text: text.into() }] }
    }
}
