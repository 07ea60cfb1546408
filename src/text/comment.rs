//! Comments, collected by the parsers and read by suppression.

use super::Span;

/// One comment, in whatever syntax the file has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Comment {
    /// The whole comment with its marker (`#`, `//`, `/* */`), without the line break.
    pub span: Span,
    /// Whether nothing but blanks stands before it on its line.
    pub own_line: bool,
}
