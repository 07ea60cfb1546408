//! The linked program: units, objects, symbols, references and how each resolves.
//!
//! Invariant: nothing here reads files, decides severities or prints.

mod snapshot;
mod types;

pub use snapshot::Snapshot;
pub use types::{
    KeySet, Node, Object, ObjectId, Reference, ReferenceId, ReferenceKind, Resolution, Strength, Symbol, SymbolId,
    Unit, UnitId, UnitKind, Universe, Want,
};
