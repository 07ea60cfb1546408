//! Trees of files: the disk, a git revision, or memory. The only users of the file system and git.
//!
//! Invariant: this module knows paths and bytes, not what they mean. Nothing outside the root can
//! be read or written through it.

mod listing;
mod memory;

pub use listing::{Entry, EntryKind, Listing, Lookup};
pub use memory::MemoryVfs;

use crate::text::RepoPath;

/// Why a file or tree could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum VfsError {
    /// The operating system said no. A problem of the user's machine or tree.
    #[error("{path}: {source}")]
    Io {
        /// What was touched.
        path: String,
        /// Why it failed.
        source: std::io::Error,
    },
    /// Git said no: an unknown revision, a shallow clone, a corrupt repository.
    #[error("{message}")]
    Git {
        /// One line.
        message: String,
        /// The command that helps, if there is one.
        help: Option<String>,
    },
}

/// What a walk leaves out.
#[derive(Clone, Debug)]
pub struct WalkOptions {
    /// Globs (gitignore style, relative to the root) of which a path must match one; empty: all.
    pub include: Vec<String>,
    /// Globs of paths to leave out.
    pub exclude: Vec<String>,
    /// Files larger than this many bytes are listed as [`EntryKind::TooLarge`] and not read.
    pub max_file_size: u64,
}

impl Default for WalkOptions {
    fn default() -> Self {
        Self { include: Vec::new(), exclude: Vec::new(), max_file_size: 8 << 20 }
    }
}

/// A tree of files that does not change during a run.
pub trait Vfs: Sync {
    /// Everything in the tree, in order of path: also what is not read (binary, ignored, links
    /// out of the root), so that "is there such a path" has a true answer.
    ///
    /// # Errors
    /// If the root cannot be read at all; single unreadable entries are listed as such.
    fn list(&self, options: &WalkOptions) -> Result<Listing, VfsError>;

    /// The bytes of a listed regular file.
    ///
    /// # Errors
    /// If it cannot be read (any more).
    fn read(&self, path: &RepoPath) -> Result<Vec<u8>, VfsError>;
}
