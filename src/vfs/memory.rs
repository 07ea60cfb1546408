//! A tree in memory, for tests and for previews of fixes.

use std::collections::BTreeMap;

use super::filter::Filter;
use super::{Entry, Listing, Vfs, VfsError, WalkOptions};
use crate::text::RepoPath;

/// Files in memory.
#[derive(Clone, Debug, Default)]
pub struct MemoryVfs {
    files: BTreeMap<RepoPath, Vec<u8>>,
}

impl MemoryVfs {
    /// Add or replace a file.
    pub fn insert(&mut self, path: RepoPath, bytes: impl Into<Vec<u8>>) {
        self.files.insert(path, bytes.into());
    }

    /// Take a file away.
    pub fn remove(&mut self, path: &RepoPath) -> Option<Vec<u8>> {
        self.files.remove(path)
    }

    /// All files in order of path.
    pub fn iter(&self) -> impl Iterator<Item = (&RepoPath, &[u8])> {
        self.files.iter().map(|(path, bytes)| (path, &**bytes))
    }
}

impl<P: AsRef<str>, B: Into<Vec<u8>>> FromIterator<(P, B)> for MemoryVfs {
    /// Paths that leave the root are dropped.
    fn from_iter<I: IntoIterator<Item = (P, B)>>(files: I) -> Self {
        let mut vfs = Self::default();
        for (path, bytes) in files {
            if let Some(path) = RepoPath::new(path.as_ref()) {
                vfs.insert(path, bytes);
            }
        }
        vfs
    }
}

impl Vfs for MemoryVfs {
    fn list(&self, options: &WalkOptions) -> Result<Listing, VfsError> {
        let filter = Filter::new(options)?;
        let mut listing = Listing::default();
        for (path, bytes) in &self.files {
            let size = bytes.len() as u64;
            listing.insert(path.clone(), Entry { kind: filter.file_at(path, size), size });
        }
        Ok(listing)
    }

    fn read(&self, path: &RepoPath) -> Result<Vec<u8>, VfsError> {
        self.files.get(path).cloned().ok_or_else(|| VfsError::Io {
            path: path.to_string(),
            source: std::io::Error::from(std::io::ErrorKind::NotFound),
        })
    }
}
