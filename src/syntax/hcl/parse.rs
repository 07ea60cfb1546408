//! Text to [`Body`].

use super::Body;
use crate::syntax::SyntaxError;
use crate::text::{Comment, FileId};

/// Read a text in HCL's native form, or in its JSON form.
pub fn parse(
    _file: FileId,
    _text: &str,
    _json: bool,
    _errors: &mut Vec<SyntaxError>,
    _comments: &mut Vec<Comment>,
) -> Body {
    Body::default()
}
