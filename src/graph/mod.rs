//! The linked program: units, objects, symbols, references and how each resolves.
//!
//! Invariant: nothing here reads files, decides severities or prints.

mod chart;
mod charts;
mod flux;
pub mod identity;
mod index;
pub mod keys;
mod kinds;
mod link;
mod local_schemas;
mod makes;
mod permits;
pub mod references;
pub mod remote;
pub mod resolve;
mod scope;
pub mod selector;
mod snapshot;
mod stores;
mod structure;
pub mod symbols;
pub mod terraform;
mod types;
pub mod units;
mod versions;

pub use kinds::ReferenceKind;
pub use link::{CLUSTERS, PATHS, link};
pub use snapshot::{Builds, Snapshot};
pub use structure::{Authority, Misfit, Structure};
pub use types::{
    KeySet, Node, Object, ObjectId, Reference, ReferenceId, Resolution, Strength, Symbol, SymbolId, Unit, UnitId,
    UnitKind, Universe, Want,
};
pub use versions::{Evidence, Scope, Version, Versions};
