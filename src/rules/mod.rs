//! Rules: what kate says about a linked repository.
//!
//! A rule is two sibling files, `<id with _>.rs` and `<id>.md`, and one line in `registry.rs`. It
//! looks at a snapshot and reports.
//!
//! Invariant: a rule never filters, sorts, suppresses or prints, and never looks at the file system.

mod context;
mod declare;
mod engine;
mod lifecycle;
mod registry;
mod selectors;
mod support;

mod argo_cd;
mod external_secrets;
mod kubernetes;
mod kustomize;
mod reliability;
mod security;
mod syntax;
mod terraform;

pub use context::Context;
pub use engine::{Findings, run};
pub use registry::builtin;
pub(crate) use support::affected;

use crate::diagnostic::RuleMeta;
use crate::graph::{Object, Reference, UnitId};
use crate::syntax::ParsedFile;

/// The references that stand at one place of one file: one for each unit that renders it.
pub type Uses<'a> = [&'a Reference];

/// What was written at one place, as some units render it, all to the same object.
#[derive(Debug)]
pub struct Variant<'a> {
    /// The object.
    pub object: &'a Object,
    /// The units.
    pub units: Vec<UnitId>,
}

/// A rule. Default bodies do nothing; override the finest hook that fits. Every hook is called
/// from several threads.
pub trait Rule: Sync {
    /// Its declaration.
    fn meta(&self) -> &'static RuleMeta;

    /// Look at one file of head.
    fn file(&self, _cx: &Context<'_>, _file: &ParsedFile) {}

    /// Look at one object of head, as rendered by one unit; the same text in further units is not
    /// shown again.
    fn object(&self, _cx: &Context<'_>, _object: &Object) {}

    /// Look at what was written at one place of head, in every way in which units render it.
    fn variants(&self, _cx: &Context<'_>, _variants: &[Variant<'_>]) {}

    /// Look at all references of head that stand at one place.
    fn reference(&self, _cx: &Context<'_>, _uses: &Uses<'_>) {}

    /// Look at the whole snapshot, and at base if there is one.
    fn snapshot(&self, _cx: &Context<'_>) {}
}
