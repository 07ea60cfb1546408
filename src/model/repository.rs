//! One side of a check: the tree, its parsed files, and what is declared about it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Declared;
use crate::syntax::ParsedFile;
use crate::text::{FileId, RepoPath, Side, Sources};
use crate::vfs::{Entry, EntryKind, Listing, Lookup};

/// Everything that was read of one side. Immutable and shared by all later stages.
#[derive(Debug)]
pub struct Repository {
    /// Head or base.
    pub side: Side,
    /// All texts of the run, of both sides.
    pub sources: Arc<Sources>,
    /// All paths, read or not.
    pub listing: Listing,
    /// Parsed files by path; files that are the same on both sides are shared.
    pub files: BTreeMap<RepoPath, Arc<ParsedFile>>,
    /// URLs under which this repository is known to be reachable.
    pub own_urls: Vec<String>,
    /// What `kate.yaml` declares.
    pub declared: Declared,
}

impl Repository {
    /// A parsed file at a path, links not followed.
    #[must_use]
    pub fn file(&self, path: &RepoPath) -> Option<&Arc<ParsedFile>> {
        self.files.get(path)
    }

    /// What can be said of a path.
    #[must_use]
    pub fn lookup(&self, path: &RepoPath) -> Lookup {
        self.listing.lookup(path)
    }

    /// The path of a file of this run.
    #[must_use]
    pub fn path_of(&self, file: FileId) -> &RepoPath {
        &self.sources.get(file).path
    }

    /// Parsed files directly in a directory.
    pub fn files_in<'a>(&'a self, directory: &'a RepoPath) -> impl Iterator<Item = &'a Arc<ParsedFile>> {
        self.listing.files_in(directory).filter_map(|path| self.files.get(path))
    }

    /// Regular entries at or below a directory.
    pub fn below<'a>(&'a self, directory: &'a RepoPath) -> impl Iterator<Item = (&'a RepoPath, &'a Entry)> {
        self.listing.below(directory).filter(|(_, entry)| matches!(entry.kind, EntryKind::File))
    }
}
