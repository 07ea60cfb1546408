//! kustomization files.

use crate::value::Value;

/// File names that make a directory a kustomization, in the order of kustomize.
pub const FILE_NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// Whether a file name makes its directory a kustomization.
#[must_use]
pub fn is_kustomization(file_name: &str) -> bool {
    FILE_NAMES.contains(&file_name)
}

/// The entries of a list field, as values.
#[must_use]
pub fn list<'a>(kustomization: &'a Value, field: &str) -> &'a [Value] {
    kustomization.get(field).map(Value::items).unwrap_or_default()
}

/// Whether an entry of `resources` or `components` is remote: a URL or a git address that
/// kustomize would fetch.
#[must_use]
pub fn is_remote(entry: &str) -> bool {
    let lower = entry.to_ascii_lowercase();
    lower.contains("://")
        || lower.starts_with("git::")
        || lower.starts_with("git@")
        || lower.starts_with("github.com/")
        || lower.starts_with("gitlab.com/")
        || lower.starts_with("bitbucket.org/")
        || lower.contains("?ref=")
        || lower.contains("?version=")
        || lower.contains(".git//")
        || (lower.contains("//")
            && lower.split('/').next().is_some_and(|host| host.contains('.') && !host.starts_with('.')))
}

/// Fields that cannot matter to which objects there are, how they are named and what they refer
/// to by name.
pub const NEUTRAL_FIELDS: &[&str] = &[
    "apiVersion",
    "kind",
    "metadata",
    "images",
    "replicas",
    "commonAnnotations",
    "buildMetadata",
    "sortOptions",
    "generatorOptions",
    "openapi",
];

/// Fields that the renderer applies.
pub const RENDERED_FIELDS: &[&str] = &[
    "resources",
    "bases",
    "components",
    "namespace",
    "namePrefix",
    "nameSuffix",
    "configMapGenerator",
    "secretGenerator",
];
