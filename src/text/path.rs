//! Paths inside the analysis root.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

/// A normalised path relative to the analysis root: `/`-separated, no `.`, no `..`, no leading or
/// trailing `/`. The root itself is the empty path. It cannot name anything outside the root.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepoPath(Arc<str>);

impl RepoPath {
    /// The analysis root.
    #[must_use]
    pub fn root() -> Self {
        Self(Arc::from(""))
    }

    /// Normalise a relative path (`a/./b/../c` is `a/c`; backslashes are kept as characters).
    /// `None` if it is absolute or climbs out of the root.
    #[must_use]
    pub fn new(path: &str) -> Option<Self> {
        if path.starts_with('/') { None } else { Self::root().join(path) }
    }

    /// This path as a directory, followed by a relative path; a leading `/` of `rest` means the
    /// analysis root, as Argo CD reads value files. `None` if the result climbs out of the root.
    #[must_use]
    pub fn join(&self, rest: &str) -> Option<Self> {
        let base = if rest.starts_with('/') { "" } else { &self.0 };
        let mut parts: Vec<&str> = base.split('/').filter(|part| !part.is_empty()).collect();
        for part in rest.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop()?;
                }
                name => parts.push(name),
            }
        }
        Some(Self(parts.join("/").into()))
    }

    /// The path as text; empty for the root.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the analysis root.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The directory that holds it; the root's parent is `None`.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        if self.is_root() {
            return None;
        }
        Some(Self(self.0.rsplit_once('/').map_or("", |(parent, _)| parent).into()))
    }

    /// The last component; empty for the root.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.0.rsplit_once('/').map_or(&*self.0, |(_, name)| name)
    }

    /// The part of the file name after its last dot, if any.
    #[must_use]
    pub fn extension(&self) -> Option<&str> {
        self.file_name().rsplit_once('.').map(|(_, extension)| extension)
    }

    /// The components, from the root down.
    pub fn components(&self) -> impl Iterator<Item = &str> {
        self.0.split('/').filter(|part| !part.is_empty())
    }

    /// Whether this path is `directory` or lies below it.
    #[must_use]
    pub fn is_within(&self, directory: &Self) -> bool {
        directory.is_root()
            || self.0.strip_prefix(&*directory.0).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// The relative path that leads from the directory `from` to this path (`.` if equal).
    #[must_use]
    pub fn relative_to(&self, from: &Self) -> String {
        let ours: Vec<&str> = self.components().collect();
        let theirs: Vec<&str> = from.components().collect();
        let common = ours.iter().zip(&theirs).take_while(|(a, b)| a == b).count();
        let mut parts = vec![".."; theirs.len() - common];
        parts.extend(&ours[common..]);
        if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
    }
}

impl Borrow<str> for RepoPath {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl Default for RepoPath {
    /// The analysis root.
    fn default() -> Self {
        Self::root()
    }
}

impl fmt::Display for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_root() { "." } else { &self.0 })
    }
}

impl fmt::Debug for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> RepoPath {
        RepoPath::new(text).expect("a path inside the root")
    }

    #[test]
    fn never_leaves_the_root() {
        assert_eq!(RepoPath::new("../x"), None);
        assert_eq!(RepoPath::new("/etc/passwd"), None);
        assert_eq!(path("a/b").join("../../.."), None);
        assert_eq!(path("a/b").join("../../c"), Some(path("c")));
    }

    #[test]
    fn leading_slash_means_the_root() {
        assert_eq!(path("a/b").join("/values.yaml"), Some(path("values.yaml")));
    }

    #[test]
    fn relative_paths() {
        assert_eq!(path("a/b/c").relative_to(&path("a/d")), "../b/c");
        assert_eq!(path("a").relative_to(&path("a")), ".");
        assert!(path("ab/c").is_within(&path("ab")));
        assert!(!path("ab/c").is_within(&path("a")));
    }
}
