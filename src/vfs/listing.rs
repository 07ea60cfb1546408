//! What is in a tree, and what can be said of a path.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::rules::IgnoreRules;
use crate::text::RepoPath;
use crate::value::{Reason, Unknown};

/// Links followed in one lookup.
const MAX_LINKS: u8 = 16;

/// What stands at a path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum EntryKind {
    /// A file to read.
    File,
    /// A file left out by `include` or `exclude`: it exists, it is not read.
    Excluded,
    /// A file or directory that git ignores, or a tree that tools fetch (`.terraform`,
    /// `node_modules`): what it holds elsewhere is not known. Nothing below it is listed.
    Ignored,
    /// A file over the size limit.
    TooLarge,
    /// A link within the root, and what it leads to.
    Link(RepoPath),
    /// A link that leads out of the root or nowhere.
    ForeignLink,
    /// A git submodule.
    Submodule,
    /// A directory (listed implicitly by its content; explicitly only if empty).
    Directory,
    /// Something that cannot be read: no permission, an I/O error, a device or a pipe.
    Unreadable,
}

/// One path of a tree.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// What stands there.
    pub kind: EntryKind,
    /// Size in bytes, 0 if not a file.
    pub size: u64,
}

/// Answer to "is there such a path".
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Lookup {
    /// A file, at this path after links.
    File(RepoPath),
    /// A directory, at this path after links.
    Directory(RepoPath),
    /// Nothing.
    Missing,
    /// It cannot be told.
    Unknown(Unknown),
}

/// All paths of a tree.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    entries: BTreeMap<RepoPath, Entry>,
    rules: IgnoreRules,
    unnamed: usize,
}

impl Listing {
    /// A listing of paths, with the ignore rules of the tree and the number of entries whose
    /// names are not UTF-8.
    pub(super) fn new(entries: Vec<(RepoPath, Entry)>, rules: IgnoreRules, unnamed: usize) -> Self {
        Self { entries: entries.into_iter().collect(), rules, unnamed }
    }

    /// Number of entries left out because their names are not UTF-8.
    #[must_use]
    pub fn unnamed(&self) -> usize {
        self.unnamed
    }

    /// Number of listed paths.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing is listed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Add or replace a path.
    pub fn insert(&mut self, path: RepoPath, entry: Entry) {
        self.entries.insert(path, entry);
    }

    /// Take a path away.
    pub fn remove(&mut self, path: &RepoPath) -> Option<Entry> {
        self.entries.remove(path)
    }

    /// All listed paths in order.
    pub fn iter(&self) -> impl Iterator<Item = (&RepoPath, &Entry)> {
        self.entries.iter()
    }

    /// The entry at exactly this path, links not followed.
    #[must_use]
    pub fn get(&self, path: &RepoPath) -> Option<&Entry> {
        self.entries.get(path)
    }

    /// Entries at or below a directory, in order of path.
    pub fn below<'a>(&'a self, directory: &'a RepoPath) -> impl Iterator<Item = (&'a RepoPath, &'a Entry)> {
        let from = self.entries.range::<RepoPath, _>(directory..);
        from.take_while(move |(path, _)| path.as_str().starts_with(directory.as_str()))
            .filter(move |(path, _)| path.is_within(directory))
    }

    /// The files directly in a directory, in order of path.
    pub fn files_in<'a>(&'a self, directory: &'a RepoPath) -> impl Iterator<Item = &'a RepoPath> {
        self.below(directory)
            .filter(move |(path, entry)| {
                matches!(entry.kind, EntryKind::File) && path.parent().as_ref() == Some(directory)
            })
            .map(|(path, _)| path)
    }

    /// What can be said of a path, following links within the root.
    #[must_use]
    pub fn lookup(&self, path: &RepoPath) -> Lookup {
        self.resolve(path, 0)
    }

    fn resolve(&self, path: &RepoPath, depth: u8) -> Lookup {
        if path.is_root() {
            return Lookup::Directory(path.clone());
        }
        let unknown =
            |detail: &str| Lookup::Unknown(Unknown::new(Reason::NotInGit, format!("`{path}` is {detail}"), None));
        match self.entries.get(path).map(|entry| &entry.kind) {
            Some(EntryKind::File | EntryKind::Excluded | EntryKind::TooLarge) => {
                return Lookup::File(path.clone());
            }
            Some(EntryKind::Directory) => return Lookup::Directory(path.clone()),
            Some(EntryKind::Ignored) => return unknown("ignored by git"),
            Some(EntryKind::Submodule) => return unknown("a submodule"),
            Some(EntryKind::ForeignLink) => return unknown("a link out of the repository"),
            Some(EntryKind::Unreadable) => return unknown("not readable"),
            Some(EntryKind::Link(target)) => {
                return if depth < MAX_LINKS { self.resolve(target, depth + 1) } else { unknown("a loop of links") };
            }
            None => {}
        }
        // A directory that holds nothing but what git ignores is not there in another clone.
        let mut below = self.strictly_below(path).map(|(_, entry)| entry).peekable();
        if below.peek().is_some() {
            return if below.all(|entry| entry.kind == EntryKind::Ignored) {
                unknown("a directory that holds only what git ignores")
            } else {
                Lookup::Directory(path.clone())
            };
        }
        // An ancestor that is a link or opaque decides; otherwise there is nothing here.
        let mut ancestor = path.parent();
        while let Some(directory) = ancestor {
            if let Some(entry) = self.entries.get(&directory) {
                let rest = path.relative_to(&directory);
                return match &entry.kind {
                    EntryKind::Link(target) if depth < MAX_LINKS => {
                        target.join(&rest).map_or(Lookup::Missing, |path| self.resolve(&path, depth + 1))
                    }
                    EntryKind::Link(_) => unknown("behind a loop of links"),
                    EntryKind::Ignored => unknown("ignored by git"),
                    EntryKind::Submodule => unknown("in a submodule"),
                    EntryKind::ForeignLink => unknown("behind a link out of the repository"),
                    EntryKind::Unreadable => unknown("in a directory that is not readable"),
                    EntryKind::Directory => break,
                    EntryKind::File | EntryKind::Excluded | EntryKind::TooLarge => Lookup::Missing,
                };
            }
            ancestor = directory.parent();
        }
        if self.rules.ignores(path) { unknown("ignored by git") } else { Lookup::Missing }
    }

    fn strictly_below(&self, directory: &RepoPath) -> impl Iterator<Item = (&RepoPath, &Entry)> {
        // `a-b` sorts between `a` and `a/b`, so the range must start at `a/`.
        let prefix = format!("{directory}/");
        let from = self.entries.range::<str, _>((Bound::Excluded(&*prefix), Bound::Unbounded));
        from.take_while(move |(path, _)| path.as_str().starts_with(&prefix))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vfs::rules::Scope;

    fn path(text: &str) -> RepoPath {
        RepoPath::new(text).expect("a path inside the root")
    }

    fn listing(entries: &[(&str, EntryKind)]) -> Listing {
        let entry = |kind: &EntryKind| Entry { kind: kind.clone(), size: 0 };
        let rules = vec![(RepoPath::root(), Scope::new("", "generated/\n*.secret.yaml\n", None))];
        Listing::new(
            entries.iter().map(|(at, kind)| (path(at), entry(kind))).collect(),
            IgnoreRules::new(RepoPath::root(), None, rules),
            0,
        )
    }

    #[test]
    fn lookups() {
        let listing = listing(&[
            ("a-b/x.yaml", EntryKind::File),
            ("a/b.yaml", EntryKind::Excluded),
            ("alias", EntryKind::Link(path("a"))),
            ("charts/x.tgz", EntryKind::Ignored),
            ("closed", EntryKind::Unreadable),
            ("empty", EntryKind::Directory),
            ("loop", EntryKind::Link(path("loop/x"))),
            ("sub", EntryKind::Submodule),
        ]);
        let cases = [
            ("a", "directory a"),
            ("a/b.yaml", "file a/b.yaml"),
            ("a/c.yaml", "missing"),
            ("alias/b.yaml", "file a/b.yaml"),
            ("alias/c.yaml", "missing"),
            ("a/b.yaml/c", "missing"),
            ("b", "missing"),
            ("charts", "unknown"),
            ("charts/x.tgz", "unknown"),
            ("charts/y.tgz", "missing"),
            ("closed/x", "unknown"),
            ("empty", "directory empty"),
            ("empty/x", "missing"),
            ("loop", "unknown"),
            ("sub/x", "unknown"),
            ("generated/x.yaml", "unknown"),
            ("a/db.secret.yaml", "unknown"),
        ];
        for (asked, expected) in cases {
            let found = match listing.lookup(&path(asked)) {
                Lookup::File(path) => format!("file {path}"),
                Lookup::Directory(path) => format!("directory {path}"),
                Lookup::Missing => "missing".to_owned(),
                Lookup::Unknown(_) => "unknown".to_owned(),
            };
            assert_eq!(found, expected, "{asked}");
        }
    }
}
