//! One side of a check, fully linked.

use std::sync::Arc;

use super::{Object, ObjectId, Reference, Symbol, SymbolId, Unit, UnitId};
use crate::model::Repository;
use crate::render::terraform::Terraform;

/// Everything that rules may ask about one side. Immutable and `Sync`.
#[derive(Debug)]
pub struct Snapshot {
    /// What was read.
    pub repository: Arc<Repository>,
    /// What is deployed.
    pub units: Vec<Unit>,
    /// What the units render, in order of unit.
    pub objects: Vec<Object>,
    /// What Terraform makes, and what its names refer to.
    pub terraform: Terraform,
    /// What can be referred to.
    pub symbols: Vec<Symbol>,
    /// What refers to something, in order of holder.
    pub references: Vec<Reference>,
    /// The URL that was taken for this repository's own without being told.
    pub assumed_url: Option<String>,
}

impl Snapshot {
    /// A unit by id.
    #[must_use]
    pub fn unit(&self, id: UnitId) -> &Unit {
        &self.units[id.index()]
    }

    /// An object by id.
    #[must_use]
    pub fn object(&self, id: ObjectId) -> &Object {
        &self.objects[id.index()]
    }

    /// A symbol by id.
    #[must_use]
    pub fn symbol(&self, id: SymbolId) -> &Symbol {
        &self.symbols[id.index()]
    }
}
