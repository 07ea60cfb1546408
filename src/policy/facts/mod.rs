//! Candidates for findings that are cheaper or safer to collect in native code than in Rego.

mod base64;
mod hcl;
pub(super) mod secrets;
mod text;
mod tokens;
