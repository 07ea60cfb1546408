//! Rules: what kate says about a linked repository.
//!
//! A rule is two sibling files, `<id with _>.rs` and `<id>.md`, and one line in `registry.rs`. It
//! looks at a snapshot and reports; it never filters, sorts, suppresses or prints.

mod context;
mod declare;
mod registry;

pub use context::Context;
pub use registry::builtin;

use crate::diagnostic::RuleMeta;
use crate::graph::{Object, Reference};
use crate::syntax::ParsedFile;

/// A rule. Default bodies do nothing; override the finest hook that fits. Every hook is called
/// from several threads.
pub trait Rule: Sync {
    /// Its declaration.
    fn meta(&self) -> &'static RuleMeta;

    /// Look at one file of head.
    fn file(&self, _cx: &Context<'_>, _file: &ParsedFile) {}

    /// Look at one rendered object of head.
    fn object(&self, _cx: &Context<'_>, _object: &Object) {}

    /// Look at one reference of head.
    fn reference(&self, _cx: &Context<'_>, _reference: &Reference) {}

    /// Look at the whole snapshot, and at base if there is one.
    fn snapshot(&self, _cx: &Context<'_>) {}
}
