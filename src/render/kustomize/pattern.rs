//! Regular expressions as kustomize's users write them, for Go.

use regex::Regex;

/// Compile an expression that may stand anywhere in a text.
///
/// # Errors
/// What is wrong with it, in one line.
pub(super) fn compile(pattern: &str) -> Result<Regex, String> {
    Regex::new(pattern).map_err(|_| format!("`{pattern}` is no regular expression"))
}

/// Compile an expression for a whole text.
///
/// # Errors
/// What is wrong with it, in one line.
pub(super) fn compile_whole(pattern: &str) -> Result<Regex, String> {
    compile(pattern)?;
    compile(&format!("^(?:{pattern})$"))
}
