//! kate's own policies and the tables that they read.

use regorus::Value;

use super::load::Source;

macro_rules! policies {
    ($($path:literal,)*) => {
        /// Path below `policies/` without extension, text, page.
        pub(super) const BUILTIN: &[(&str, &str, &str)] = &[$((
            $path,
            include_str!(concat!("../../policies/", $path, ".rego")),
            include_str!(concat!("../../policies/", $path, ".md")),
        ),)*];
    };
}

policies! {
    "change/destructive-instance-change",
    "pedantic/latest-image-tag",
    "security/plaintext-secret",
    "security/privileged-container",
    "security/wildcard-rbac",
}

/// Name under `data.kate` and JSON text.
const TABLES: &[(&str, &str)] = &[("instances", include_str!("../../policies/data/instances.json"))];

/// The built-in policies.
pub(super) fn sources() -> Vec<Source> {
    let source = |(path, text, page): &(&'static str, &str, &'static str)| Source {
        path: format!("policies/{path}.rego"),
        text: (*text).into(),
        file: None,
        page: Some(page),
    };
    BUILTIN.iter().map(source).collect()
}

/// What is at `data.kate` beside the parameters.
pub(super) fn tables() -> Vec<(&'static str, Value)> {
    TABLES.iter().filter_map(|(name, text)| Some((*name, Value::from_json_str(text).ok()?))).collect()
}
