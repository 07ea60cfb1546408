//! A repository held in memory, and the same repository with a few changes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use kate::pipeline::{Outcome, Request, check};
use kate::text::RepoPath;
use kate::vfs::{DiskVfs, Entry, EntryKind, Listing, Vfs, VfsError, WalkOptions};

/// A directory that is listed and read once.
pub(crate) struct Tree {
    disk: DiskVfs,
    /// Listings by the options that they were made with.
    listings: Mutex<BTreeMap<String, Arc<Listing>>>,
    files: Mutex<BTreeMap<RepoPath, Arc<Vec<u8>>>>,
    own_urls: Vec<String>,
}

impl Tree {
    /// A directory.
    pub(crate) fn open(directory: &Path) -> Result<Self, String> {
        let disk = DiskVfs::new(directory).map_err(|error| error.to_string())?;
        Ok(Self { own_urls: own_urls(disk.root()), disk, listings: Mutex::default(), files: Mutex::default() })
    }

    /// Check it, or a changed version of it.
    pub(crate) fn check(&self, vfs: &dyn Vfs) -> Result<Outcome, String> {
        self.check_change(vfs, None)
    }

    /// Check a changed version of it as a change of another one.
    pub(crate) fn check_change(&self, vfs: &dyn Vfs, base: Option<&dyn Vfs>) -> Result<Outcome, String> {
        let mut request = Request::new(vfs);
        request.base = base;
        request.own_urls.clone_from(&self.own_urls);
        check(&request).map_err(|error| error.to_string())
    }
}

impl Vfs for Tree {
    fn list(&self, options: &WalkOptions) -> Result<Listing, VfsError> {
        let key = format!("{options:?}");
        let known = self.listings.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        let listing = match known {
            Some(listing) => listing,
            None => {
                let listing = Arc::new(self.disk.list(options)?);
                self.listings.lock().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(&listing));
                listing
            }
        };
        Ok(Listing::clone(&listing))
    }

    fn read(&self, path: &RepoPath) -> Result<Vec<u8>, VfsError> {
        let known = self.files.lock().unwrap_or_else(PoisonError::into_inner).get(path).cloned();
        if let Some(bytes) = known {
            return Ok(bytes.to_vec());
        }
        let bytes = self.disk.read(path)?;
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.insert(path.clone(), Arc::new(bytes.clone()));
        Ok(bytes)
    }
}

/// The URL of a directory that is named `owner__name`: its remote would say so, if it had one.
pub(crate) fn own_urls(directory: &Path) -> Vec<String> {
    let name = directory.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let url = name.split_once("__").map(|(owner, name)| format!("https://github.com/{owner}/{name}"));
    url.into_iter().collect()
}

/// A tree in which some files have other bytes, are gone, or stand elsewhere.
pub(crate) struct Changed<'a> {
    tree: &'a Tree,
    bytes: BTreeMap<RepoPath, Vec<u8>>,
    removed: BTreeSet<RepoPath>,
}

impl<'a> Changed<'a> {
    /// The tree as it is.
    pub(crate) fn new(tree: &'a Tree) -> Self {
        Self { tree, bytes: BTreeMap::new(), removed: BTreeSet::new() }
    }

    /// Give a file other bytes, or create it.
    pub(crate) fn write(&mut self, path: RepoPath, bytes: Vec<u8>) {
        self.bytes.insert(path, bytes);
    }

    /// Take a file away, or a directory with all that is below.
    pub(crate) fn remove(&mut self, path: RepoPath) {
        self.removed.insert(path);
    }
}

impl Vfs for Changed<'_> {
    fn list(&self, options: &WalkOptions) -> Result<Listing, VfsError> {
        let mut listing = self.tree.list(options)?;
        for gone in &self.removed {
            let below: Vec<RepoPath> = listing.below(gone).map(|(path, _)| path.clone()).collect();
            for path in below {
                listing.remove(&path);
            }
        }
        for (path, bytes) in &self.bytes {
            listing.insert(path.clone(), Entry { kind: EntryKind::File, size: bytes.len() as u64 });
        }
        Ok(listing)
    }

    fn read(&self, path: &RepoPath) -> Result<Vec<u8>, VfsError> {
        self.bytes.get(path).map_or_else(|| self.tree.read(path), |bytes| Ok(bytes.clone()))
    }
}
