//! Candidates for findings that are cheaper or safer to collect in native code than in Rego.

pub(super) mod secrets;
