//! Source text: files, spans, positions and repository paths.
//!
//! Invariant: this module knows nothing of YAML, HCL, rules or the file system. It holds text
//! that somebody else has read.

mod comment;
mod hash;
mod line_index;
mod near;
mod path;
mod placeholder;
mod sources;
mod span;

pub use comment::Comment;
pub use hash::ContentHash;
pub use line_index::{LineIndex, Position};
pub use near::near_miss;
pub use path::RepoPath;
pub use placeholder::{has_braced_name, has_placeholder};
pub use sources::{SourceFile, Sources};
pub use span::{FileId, Side, Span};
