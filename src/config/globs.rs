//! Globs of paths with the meaning of `.gitignore` lines.

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::text::RepoPath;

/// A list of globs relative to the analysis root.
#[derive(Clone, Debug)]
pub struct Globs(Gitignore);

impl Globs {
    /// Globs in order; of several that match, the last decides, and `!` takes back.
    ///
    /// # Errors
    /// The index of a glob that is not well-formed, and why.
    pub fn new<'a>(globs: impl IntoIterator<Item = &'a str>) -> Result<Self, (usize, String)> {
        let mut builder = GitignoreBuilder::new("");
        builder.allow_unclosed_class(false);
        let mut last = 0;
        for (index, glob) in globs.into_iter().enumerate() {
            last = index;
            if glob.trim().is_empty() || glob.starts_with('#') {
                return Err((index, "it matches nothing".to_owned()));
            }
            builder.add_line(None, glob).map_err(|error| (index, reason(&error)))?;
        }
        builder.build().map(Self).map_err(|error| (last, reason(&error)))
    }

    /// Whether a file matches, by itself or through a directory that holds it.
    #[must_use]
    pub fn matches(&self, path: &RepoPath) -> bool {
        self.0.matched_path_or_any_parents(path.as_str(), false).is_ignore()
    }
}

/// The message of the glob parser without the glob, which the label shows.
fn reason(error: &ignore::Error) -> String {
    match error {
        ignore::Error::Glob { err, .. } => err.clone(),
        ignore::Error::WithLineNumber { err, .. }
        | ignore::Error::WithPath { err, .. }
        | ignore::Error::WithDepth { err, .. } => reason(err),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_mean_what_gitignore_means() {
        let globs = Globs::new(["legacy", "/apps/*/dev", "*.generated.yaml", "!keep.generated.yaml"]).expect("valid");
        for (path, expected) in [
            ("legacy/a.yaml", true),
            ("x/legacy/b/c.yaml", true),
            ("apps/web/dev/a.yaml", true),
            ("x/apps/web/dev/a.yaml", false),
            ("a/b.generated.yaml", true),
            ("a/keep.generated.yaml", false),
            ("apps/web/prod/a.yaml", false),
        ] {
            assert_eq!(globs.matches(&RepoPath::new(path).expect("inside")), expected, "{path}");
        }
    }

    #[test]
    fn a_bad_glob_is_named() {
        assert_eq!(Globs::new(["a", "b[", "c"]).expect_err("unclosed class").0, 1);
    }
}
