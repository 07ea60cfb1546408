//! Text to trees: one file at a time, so all files can be parsed in parallel.
//!
//! Parsing never fails: it gives a tree of what could be read and a list of errors.
//!
//! Invariant: a tree is made from one file only and knows nothing of Kubernetes or Terraform.

pub mod hcl;
pub mod yaml;

use std::sync::Arc;

use crate::text::{Comment, SourceFile, Span};
use crate::value::Unknown;

/// What kind of fault a parser found.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum SyntaxErrorKind {
    /// The text does not follow the grammar; part of the file is lost.
    Invalid,
    /// A key stands twice in one map; the last one wins for most readers.
    DuplicateKey,
    /// A limit on nesting, size or expansion was reached; part of the file is lost.
    Limit,
    /// The bytes are not text in an encoding that the real readers accept.
    Encoding,
}

/// A fault in one file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SyntaxError {
    /// What kind.
    pub kind: SyntaxErrorKind,
    /// Where.
    pub span: Span,
    /// One line, lower case, no full stop.
    pub message: String,
    /// Another place and what it has to do with the fault (the first of two equal keys).
    pub related: Option<(Span, String)>,
}

/// What a file turned out to be.
#[derive(Debug)]
pub enum Syntax {
    /// YAML or JSON.
    Yaml(yaml::Stream),
    /// Terraform's or OpenTofu's language, native or JSON.
    Hcl(hcl::Body),
    /// A language that is recognised and not read (templates, jsonnet, CUE), and why.
    Opaque(Unknown),
    /// Text that kate has no use for beyond its existence.
    Other,
}

/// A parsed file.
#[derive(Debug)]
pub struct ParsedFile {
    /// Its text and path.
    pub source: Arc<SourceFile>,
    /// Its tree.
    pub syntax: Syntax,
    /// Its faults, in order of place.
    pub errors: Vec<SyntaxError>,
    /// Its comments, in order of place.
    pub comments: Vec<Comment>,
}

impl ParsedFile {
    /// Its YAML or JSON documents, if it is such a file.
    #[must_use]
    pub fn yaml(&self) -> Option<&yaml::Stream> {
        match &self.syntax {
            Syntax::Yaml(stream) => Some(stream),
            _ => None,
        }
    }

    /// Its Terraform body, if it is such a file.
    #[must_use]
    pub fn hcl(&self) -> Option<&hcl::Body> {
        match &self.syntax {
            Syntax::Hcl(body) => Some(body),
            _ => None,
        }
    }
}
