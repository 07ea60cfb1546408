//! `include` and `exclude`: which files of a tree are read.

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::{EntryKind, VfsError, WalkOptions};
use crate::text::RepoPath;

/// Compiled [`WalkOptions`]. A decision for a directory holds for everything below it.
#[derive(Clone, Debug)]
pub(super) struct Filter {
    include: Option<Gitignore>,
    exclude: Gitignore,
    max_file_size: u64,
}

/// What has been decided about the directories above a path.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Decided {
    included: bool,
    excluded: bool,
}

impl Filter {
    pub(super) fn new(options: &WalkOptions) -> Result<Self, VfsError> {
        let include = if options.include.is_empty() { None } else { Some(compile(&options.include)?) };
        Ok(Self { include, exclude: compile(&options.exclude)?, max_file_size: options.max_file_size })
    }

    /// The decision for what is below a directory, given that for what is beside it.
    pub(super) fn directory(&self, path: &str, above: Decided) -> Decided {
        Decided {
            included: above.included
                || self.include.as_ref().is_some_and(|globs| globs.matched(path, true).is_ignore()),
            excluded: above.excluded || self.exclude.matched(path, true).is_ignore(),
        }
    }

    /// What a regular file is, given the decision for its directory.
    pub(super) fn file(&self, path: &str, size: u64, above: Decided) -> EntryKind {
        let included =
            above.included || self.include.as_ref().is_none_or(|globs| globs.matched(path, false).is_ignore());
        if !included || above.excluded || self.exclude.matched(path, false).is_ignore() {
            EntryKind::Excluded
        } else if size > self.max_file_size {
            EntryKind::TooLarge
        } else {
            EntryKind::File
        }
    }

    /// What a regular file is, deciding for its directories too.
    pub(super) fn file_at(&self, path: &RepoPath, size: u64) -> EntryKind {
        let text = path.as_str();
        let above =
            text.match_indices('/').fold(Decided::default(), |above, (end, _)| self.directory(&text[..end], above));
        self.file(text, size, above)
    }
}

fn compile(globs: &[String]) -> Result<Gitignore, VfsError> {
    let invalid =
        |glob: &str, error: &ignore::Error| VfsError::Glob { glob: glob.to_owned(), message: error.to_string() };
    let mut builder = GitignoreBuilder::new("");
    for glob in globs {
        builder.add_line(None, glob).map_err(|error| invalid(glob, &error))?;
    }
    builder.build().map_err(|error| invalid(&globs.join(", "), &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(include: &[&str], exclude: &[&str], path: &str) -> EntryKind {
        let own = |globs: &[&str]| globs.iter().map(|glob| (*glob).to_owned()).collect();
        let options = WalkOptions { include: own(include), exclude: own(exclude), ..WalkOptions::default() };
        let path = RepoPath::new(path).expect("a path inside the root");
        Filter::new(&options).expect("valid globs").file_at(&path, 1)
    }

    #[test]
    fn globs_are_those_of_gitignore() {
        let cases: &[(&[&str], &[&str], &str, EntryKind)] = &[
            (&[], &[], "a/b.yaml", EntryKind::File),
            (&["apps/"], &[], "apps/x/b.yaml", EntryKind::File),
            (&["apps/"], &[], "b.yaml", EntryKind::Excluded),
            (&["*.tf"], &[], "deep/down/main.tf", EntryKind::File),
            (&["/apps/**"], &["test"], "apps/test/b.yaml", EntryKind::Excluded),
            (&[], &["*.yaml", "!keep.yaml"], "keep.yaml", EntryKind::File),
            (&[], &["*.yaml", "!keep.yaml"], "other.yaml", EntryKind::Excluded),
            (&[], &["charts/*.tgz"], "charts/a.tgz", EntryKind::Excluded),
        ];
        for (include, exclude, path, expected) in cases {
            assert_eq!(&kind(include, exclude, path), expected, "{include:?} {exclude:?} {path}");
        }
    }

    #[test]
    fn a_broken_glob_is_an_error() {
        let options = WalkOptions { exclude: vec!["[z-a]".to_owned()], ..WalkOptions::default() };
        let error = Filter::new(&options).expect_err("a backward range");
        assert!(error.to_string().contains("[z-a]"), "{error}");
    }
}
