//! Text to trees: one file at a time, so all files can be parsed in parallel.
//!
//! Parsing never fails: it gives a tree of what could be read and a list of errors.
//!
//! Invariant: a tree is made from one file only and knows nothing of Kubernetes or Terraform.

mod classify;
mod decode;
pub mod hcl;
pub mod yaml;

pub use classify::is_relevant;
pub use decode::{DecodeError, Decoded, decode};

use std::sync::Arc;

use self::classify::Language;
use crate::text::{Comment, SourceFile, Span};
use crate::value::{Reason, Unknown};

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

/// Read a file: what its path and its content say it is.
#[must_use]
pub fn parse(source: Arc<SourceFile>) -> ParsedFile {
    let (mut errors, mut comments) = (Vec::new(), Vec::new());
    let syntax = match classify::language(&source.path) {
        Language::Yaml { json } => {
            let parsed = yaml::parse(source.id, &source.text);
            match classify::template(&source, json, &parsed) {
                Some(why) => Syntax::Opaque(why),
                None => {
                    errors = parsed.errors;
                    comments = parsed.comments;
                    Syntax::Yaml(parsed.stream)
                }
            }
        }
        Language::Hcl { json } => Syntax::Hcl(hcl::parse(source.id, &source.text, json, &mut errors, &mut comments)),
        Language::Opaque(reason, what) => Syntax::Opaque(Unknown::new(reason, what, Some(Span::start_of(source.id)))),
        Language::Other => Syntax::Other,
    };
    errors.sort_by_key(|error| error.span);
    ParsedFile { source, syntax, errors, comments, raw: None }
}

/// Read a file as YAML whatever its path and content say.
#[must_use]
pub fn parse_yaml(source: Arc<SourceFile>) -> ParsedFile {
    let parsed = yaml::parse(source.id, &source.text);
    let mut errors = parsed.errors;
    errors.sort_by_key(|error| error.span);
    ParsedFile { source, syntax: Syntax::Yaml(parsed.stream), errors, comments: parsed.comments, raw: None }
}

/// The parsed file of bytes that are not text: its text is what could be read before the fault,
/// which is none in a file that nobody reads as text.
#[must_use]
pub fn undecodable(source: Arc<SourceFile>, error: &DecodeError) -> ParsedFile {
    if !is_relevant(&source.path) {
        return ParsedFile { source, syntax: Syntax::Other, errors: Vec::new(), comments: Vec::new(), raw: None };
    }
    let end = source.text.len();
    let span = Span::new(source.id, end, end);
    let why = Unknown::new(Reason::Unparsed, error.message.clone(), Some(span));
    let (kind, message) = (SyntaxErrorKind::Encoding, error.message.clone());
    let errors = vec![SyntaxError { kind, span, message, related: None }];
    ParsedFile { source, syntax: Syntax::Opaque(why), errors, comments: Vec::new(), raw: None }
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
    /// Its bytes where they are not those of the text (UTF-16, or no text at all).
    pub raw: Option<Arc<[u8]>>,
}

impl ParsedFile {
    /// Its bytes as on disk; why not, if they only stand for its content (a pointer, ciphertext).
    ///
    /// # Errors
    /// The reason.
    pub fn bytes(&self) -> Result<&[u8], Unknown> {
        match (&self.raw, &self.syntax) {
            (Some(raw), _) => Ok(raw),
            (None, _) if self.source.verbatim => Ok(self.source.text.as_bytes()),
            (None, Syntax::Opaque(why)) => Err(why.clone()),
            (None, _) => Err(Unknown::new(Reason::NotInGit, "bytes that were not kept", None)),
        }
    }

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
