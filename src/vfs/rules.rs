//! Ignore rules of git: what a tree says about paths that may or may not be there.

use std::sync::Arc;

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::text::RepoPath;

/// Rules of one `.gitignore` and of those above it, innermost first. Paths are relative to the
/// top of the work tree, since patterns above the analysis root match from there.
#[derive(Clone, Debug)]
pub(super) struct Scope(Arc<Node>);

#[derive(Debug)]
struct Node {
    rules: Gitignore,
    outer: Option<Scope>,
}

impl Scope {
    /// Rules of a file in `directory` (relative to the top) inside `outer`; a line that is no
    /// pattern is passed over, as git does.
    pub(super) fn new(directory: &str, text: &str, outer: Option<&Self>) -> Self {
        let mut builder = GitignoreBuilder::new(directory);
        for line in text.strip_prefix('\u{feff}').unwrap_or(text).lines() {
            let _ = builder.add_line(None, line);
        }
        let rules = builder.build().unwrap_or_else(|_| Gitignore::empty());
        Self(Arc::new(Node { rules, outer: outer.cloned() }))
    }

    /// Whether a path whose directories are not ignored is ignored.
    pub(super) fn ignores(&self, path: &str, is_directory: bool) -> bool {
        let mut scope = Some(self);
        while let Some(Self(node)) = scope {
            match node.rules.matched(path, is_directory) {
                Match::Ignore(_) => return true,
                Match::Whitelist(_) => return false,
                Match::None => scope = node.outer.as_ref(),
            }
        }
        false
    }
}

/// All ignore rules of a tree, to ask about paths that are not there.
#[derive(Clone, Debug, Default)]
pub(super) struct IgnoreRules {
    /// The analysis root relative to the top of the work tree.
    prefix: RepoPath,
    /// Rules by the directory (relative to the analysis root) in which they stand, sorted.
    scopes: Vec<(RepoPath, Scope)>,
    /// Rules from above the analysis root.
    outer: Option<Scope>,
}

impl IgnoreRules {
    pub(super) fn new(prefix: RepoPath, outer: Option<Scope>, mut scopes: Vec<(RepoPath, Scope)>) -> Self {
        scopes.sort_by(|(a, _), (b, _)| a.cmp(b));
        Self { prefix, scopes, outer }
    }

    fn scope(&self, directory: &RepoPath) -> Option<&Scope> {
        let mut directory = Some(directory.clone());
        while let Some(path) = directory {
            if let Ok(found) = self.scopes.binary_search_by(|(at, _)| at.cmp(&path)) {
                return Some(&self.scopes[found].1);
            }
            directory = path.parent();
        }
        self.outer.as_ref()
    }

    /// Whether a path, or a directory that holds it, would be ignored.
    pub(super) fn ignores(&self, path: &RepoPath) -> bool {
        if self.scopes.is_empty() && self.outer.is_none() {
            return false;
        }
        let text = path.as_str();
        let mut directory = RepoPath::root();
        let ends = text.match_indices('/').map(|(end, _)| end).chain([text.len()]);
        ends.map(|end| &text[..end]).any(|part| {
            let full = self.prefix.join(part).unwrap_or_default();
            // What is not there may be either; a reference to it rarely tells.
            let may_be_file = part.len() == text.len();
            let ignored = self.scope(&directory).is_some_and(|scope| {
                scope.ignores(full.as_str(), true) || may_be_file && scope.ignores(full.as_str(), false)
            });
            directory = RepoPath::new(part).unwrap_or_default();
            ignored
        })
    }
}
