//! Values that remember where they come from, and knowledge in three states.
//!
//! A [`Value`] is what a renderer works on: a tree of scalars, lists and maps, in which every node
//! and every key has an [`Origin`]. Lists and maps are shared and copied on write, so a base that
//! ten overlays build costs one tree.
//!
//! Invariant: this module knows nothing of file formats, Kubernetes or Terraform.

mod known;
mod origin;
mod tree;

pub use known::{Known, Reason, Unknown};
pub use origin::{Derivation, Origin, Spelling, Step, Style, Tag};
pub use tree::{Data, Entry, Map, Str, Value};
