//! Rules about the text of files.

pub(super) mod duplicate_key;
pub(super) mod invalid_hcl;
pub(super) mod invalid_yaml;
