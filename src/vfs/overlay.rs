//! A tree with changes laid over it: what it would be after a fix.

use std::collections::BTreeMap;

use super::filter::Filter;
use super::{Entry, Listing, Vfs, VfsError, WalkOptions};
use crate::text::RepoPath;

/// Another tree in which some files have other bytes, or exist at all.
pub struct OverlayVfs<'a> {
    base: &'a dyn Vfs,
    changes: BTreeMap<RepoPath, Vec<u8>>,
}

impl<'a> OverlayVfs<'a> {
    /// The tree without changes.
    #[must_use]
    pub fn new(base: &'a dyn Vfs) -> Self {
        Self { base, changes: BTreeMap::new() }
    }

    /// Replace or create a file.
    pub fn insert(&mut self, path: RepoPath, bytes: impl Into<Vec<u8>>) {
        self.changes.insert(path, bytes.into());
    }

    /// Whether a file is replaced or new.
    #[must_use]
    pub fn is_changed(&self, path: &RepoPath) -> bool {
        self.changes.contains_key(path)
    }

    /// The changed files in order of path.
    pub fn changes(&self) -> impl Iterator<Item = (&RepoPath, &[u8])> {
        self.changes.iter().map(|(path, bytes)| (path, &**bytes))
    }
}

impl Vfs for OverlayVfs<'_> {
    fn list(&self, options: &WalkOptions) -> Result<Listing, VfsError> {
        let filter = Filter::new(options)?;
        let mut listing = self.base.list(options)?;
        for (path, bytes) in &self.changes {
            let size = bytes.len() as u64;
            let entry = Entry { kind: filter.file_at(path, size), size };
            listing.insert(path.clone(), entry);
        }
        Ok(listing)
    }

    fn read(&self, path: &RepoPath) -> Result<Vec<u8>, VfsError> {
        self.changes.get(path).map_or_else(|| self.base.read(path), |bytes| Ok(bytes.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vfs::MemoryVfs;

    #[test]
    fn changes_hide_the_base() {
        let base: MemoryVfs = [("a.yaml", "a: 1\n"), ("b.yaml", "b: 1\n")].into_iter().collect();
        let path = |text| RepoPath::new(text).expect("a path inside the root");
        let mut overlay = OverlayVfs::new(&base);
        overlay.insert(path("a.yaml"), "a: 2\n");
        overlay.insert(path("new/c.yaml"), "c: 1\n");
        assert_eq!(overlay.read(&path("a.yaml")).expect("changed"), b"a: 2\n");
        assert_eq!(overlay.read(&path("b.yaml")).expect("of the base"), b"b: 1\n");
        let listing = overlay.list(&WalkOptions::default()).expect("memory lists");
        assert_eq!(listing.iter().count(), 3);
    }
}
