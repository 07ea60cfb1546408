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

/// Host and path of a remote entry, for comparison: without scheme, user, `.git`, query, and with
/// single slashes. `git@github.com:org/repo` is `github.com/org/repo`.
#[must_use]
pub fn remote_path(entry: &str) -> String {
    let entry = entry.trim_start_matches("git::");
    let entry = entry.split_once("://").map_or(entry, |(_, rest)| rest);
    let entry = entry.split(['?', '#']).next().unwrap_or_default();
    let (entry, is_scp) = entry.split_once('@').map_or((entry, false), |(_, rest)| (rest, true));
    let entry = if is_scp { entry.replacen(':', "/", 1) } else { entry.to_owned() };
    let parts = entry.split('/').filter(|part| !part.is_empty());
    parts.map(|part| part.strip_suffix(".git").unwrap_or(part)).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remotes_by_any_spelling() {
        for entry in [
            "https://github.com/org/repo//deploy/base?ref=v1",
            "git::https://github.com/org/repo.git//deploy/base",
            "git@github.com:org/repo.git//deploy/base?ref=v1",
            "github.com/org/repo/deploy/base",
        ] {
            assert!(is_remote(entry), "{entry}");
            assert_eq!(remote_path(entry), "github.com/org/repo/deploy/base", "{entry}");
        }
    }
}
