//! Argo CD: Applications and their sources.

use super::Manifest;
use super::kubernetes::scalar;
use crate::value::{Known, Str, Value};

/// The group of Argo CD's kinds.
pub const GROUP: &str = "argoproj.io";

/// Whether a manifest is one of Argo CD's own. Workflows and Rollouts share the group.
#[must_use]
pub fn is_of_argo_cd(manifest: &Manifest) -> bool {
    manifest.group == GROUP && matches!(manifest.kind.as_str(), "Application" | "ApplicationSet" | "AppProject")
}

/// One source of an Application (or of an ApplicationSet's template).
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The whole source.
    pub value: &'a Value,
}

impl<'a> Source<'a> {
    /// A field.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&'a Value> {
        self.value.get(name).filter(|value| !value.is_null())
    }

    /// A field that must be text.
    #[must_use]
    pub fn text(&self, name: &str) -> Known<Str> {
        scalar(self.field(name))
    }

    /// `helm.valueFiles`.
    #[must_use]
    pub fn value_files(&self) -> &'a [Value] {
        self.value.at(&["helm", "valueFiles"]).map(Value::items).unwrap_or_default()
    }

    /// `helm.ignoreMissingValueFiles`.
    #[must_use]
    pub fn ignores_missing_value_files(&self) -> bool {
        self.value.at(&["helm", "ignoreMissingValueFiles"]).and_then(Value::as_bool).unwrap_or(false)
    }
}

/// The sources of a `spec` with `source` or `sources`: `sources`, if it has any, hides `source`.
#[must_use]
pub fn sources(spec: &Value) -> Vec<Source<'_>> {
    let many = spec.get("sources").map(Value::items).unwrap_or_default();
    if many.is_empty() {
        spec.get("source").filter(|value| value.as_map().is_some()).map(|value| Source { value }).into_iter().collect()
    } else {
        many.iter().map(|value| Source { value }).collect()
    }
}

/// Whether `syncPolicy.syncOptions` holds exactly this option.
#[must_use]
pub fn has_sync_option(spec: &Value, option: &str) -> bool {
    let options = spec.at(&["syncPolicy", "syncOptions"]).map(Value::items).unwrap_or_default();
    options.iter().any(|value| value.as_str() == Some(option))
}

/// The host and path of a repository URL, lower-case, without scheme, user, port, `.git` and
/// slashes at the end: equal if both may name one repository. (Argo CD's own, stricter relation
/// decides about projects and credentials.)
#[must_use]
pub fn loose_url(url: &str) -> String {
    let url = url.trim().to_lowercase();
    let (has_scheme, rest) = match url.split_once("://") {
        Some((_, rest)) => (true, rest),
        None => (false, url.as_str()),
    };
    let (authority, path) = if has_scheme {
        rest.split_once('/').unwrap_or((rest, ""))
    } else if let Some((authority, path)) = rest.split_once(':').filter(|(host, _)| !host.contains('/')) {
        (authority, path)
    } else {
        rest.split_once('/').unwrap_or((rest, ""))
    };
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = if has_scheme { host.split_once(':').map_or(host, |(host, _)| host) } else { host };
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    format!("{host}/{path}")
}

#[cfg(test)]
mod tests {
    use super::loose_url;

    #[test]
    fn one_repository_under_many_urls() {
        for url in [
            "https://github.com/Org/Repo.git",
            "https://user@github.com/org/repo/",
            "git@github.com:org/repo.git",
            "ssh://git@github.com:22/org/repo",
        ] {
            assert_eq!(loose_url(url), "github.com/org/repo", "{url}");
        }
        assert_ne!(loose_url("https://github.com/org/repo"), loose_url("https://gitlab.com/org/repo"));
    }
}
