//! Trees of files: the disk, a git revision, or memory. The only users of the file system and git.
//!
//! Invariant: this module knows paths and bytes, not what they mean. Nothing outside the root can
//! be read or written through it.

#![allow(clippy::disallowed_methods, reason = "the border to the file system and git")]

mod content;
mod disk;
mod filter;
mod git;
mod listing;
mod memory;
mod overlay;
mod rules;
mod write;

pub use content::opaque_content;
pub use disk::DiskVfs;
pub use git::{GitVfs, current_branch, discover_top_level, merge_base, prefix_of, remotes};
pub use listing::{Entry, EntryKind, Listing, Lookup};
pub use memory::MemoryVfs;
pub use overlay::OverlayVfs;
pub use write::Write;

use crate::text::RepoPath;

/// Most entries that a tree may have.
const MAX_ENTRIES: usize = 2_000_000;

/// Trees of version control, never looked at.
const REPOSITORIES: [&str; 4] = [".git", ".hg", ".jj", ".svn"];

/// Trees that tools fetch into a work tree. They are not the user's text.
const FETCHED: [&str; 3] = [".terraform", ".terragrunt-cache", "node_modules"];

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
    /// A glob of the configuration that is none.
    #[error("invalid glob `{glob}`: {message}")]
    Glob {
        /// The glob as written.
        glob: String,
        /// What is wrong with it.
        message: String,
    },
    /// The tree is not as it was read or as it should be, or must not be written to. Nothing was
    /// written.
    #[error("{path}: {message}")]
    Refused {
        /// What is not as it should be.
        path: RepoPath,
        /// Why.
        message: String,
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

impl VfsError {
    /// What to do about it, if that is known.
    #[must_use]
    pub fn help(&self) -> Option<&str> {
        match self {
            Self::Git { help, .. } => help.as_deref(),
            _ => None,
        }
    }

    /// Whether there is no such file: neither unreadable nor something else than a file.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == std::io::ErrorKind::NotFound)
    }

    fn io(path: impl std::fmt::Display, source: std::io::Error) -> Self {
        Self::Io { path: path.to_string(), source }
    }
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
    /// If it cannot be read (any more); see [`VfsError::is_not_found`].
    fn read(&self, path: &RepoPath) -> Result<Vec<u8>, VfsError>;
}
