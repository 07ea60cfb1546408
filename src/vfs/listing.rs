//! What is in a tree, and what can be said of a path.

use std::collections::BTreeMap;

use crate::text::{ContentHash, RepoPath};
use crate::value::{Reason, Unknown};

/// What stands at a path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum EntryKind {
    /// A file to read.
    File,
    /// A file left out by `include` or `exclude`: it exists, it is not read.
    Excluded,
    /// A file or directory that git ignores: whether it exists elsewhere is not known.
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
}

/// One path of a tree.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// What stands there.
    pub kind: EntryKind,
    /// Size in bytes, 0 if not a file.
    pub size: u64,
    /// Git's blob id, where the tree knows it without reading.
    pub hash: Option<ContentHash>,
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
}

impl Listing {
    /// Add or replace a path.
    pub fn insert(&mut self, path: RepoPath, entry: Entry) {
        self.entries.insert(path, entry);
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
            Some(EntryKind::Link(target)) => {
                return if depth < 16 { self.resolve(target, depth + 1) } else { unknown("a loop of links") };
            }
            None => {}
        }
        let below = self.entries.range::<RepoPath, _>(path..).skip_while(|(other, _)| !other.is_within(path));
        if below.take_while(|(other, _)| other.as_str().starts_with(path.as_str())).next().is_some() {
            return Lookup::Directory(path.clone());
        }
        // An ancestor that is a link or opaque decides; otherwise there is nothing here.
        let mut ancestor = path.parent();
        while let Some(directory) = ancestor {
            if let Some(entry) = self.entries.get(&directory) {
                let rest = path.relative_to(&directory);
                return match &entry.kind {
                    EntryKind::Link(target) if depth < 16 => {
                        target.join(&rest).map_or(Lookup::Missing, |path| self.resolve(&path, depth + 1))
                    }
                    EntryKind::Link(_) => unknown("a loop of links"),
                    EntryKind::Ignored => unknown("ignored by git"),
                    EntryKind::Submodule => unknown("in a submodule"),
                    EntryKind::ForeignLink => unknown("behind a link out of the repository"),
                    _ => Lookup::Missing,
                };
            }
            ancestor = directory.parent();
        }
        Lookup::Missing
    }
}
