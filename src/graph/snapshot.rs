//! One side of a check, fully linked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::ReferenceKind;
use super::resolve::labels_of;
use super::structure::Structure;
use super::types::{Node, Resolution, Strength, Want};
use super::units::Units;
use super::{Object, ObjectId, Reference, Symbol, SymbolId, Unit, UnitId, Versions};
use crate::model::Repository;
use crate::render::kustomize::{Effect, Fault, PathEntry};
use crate::render::terraform::Terraform;
use crate::text::{FileId, Span};
use crate::value::Value;

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
    /// What building the kustomizations showed.
    pub builds: Builds,
    /// Which versions run where.
    pub versions: Versions,
    /// What schemas say to the objects.
    pub structure: Structure,
    /// The URL that was taken for this repository's own without being told.
    pub assumed_url: Option<String>,
    /// The symbols of each unit, by its index.
    pub(super) by_unit: Vec<Vec<SymbolId>>,
}

/// What building the kustomizations showed, each thing once, however many overlays share it.
#[derive(Debug, Default)]
pub struct Builds {
    /// What the real builds fail for, with the units that fail, in order.
    pub faults: Vec<(Fault, Vec<UnitId>)>,
    /// Entries that did nothing in any build that runs them, with the units that run them, in order.
    pub idle: Vec<(Effect, Vec<UnitId>)>,
    /// Every entry of every kustomization that names a path.
    pub entries: Vec<PathEntry>,
    /// Files that some build reads.
    pub reads: BTreeSet<FileId>,
}

impl Builds {
    pub(super) fn find(found: &Units) -> Self {
        let mut faults: BTreeMap<&Fault, BTreeSet<UnitId>> = BTreeMap::new();
        let mut effects: BTreeMap<(&str, Span), (&Effect, bool, BTreeSet<UnitId>)> = BTreeMap::new();
        let mut reads = BTreeSet::new();
        for (index, unit) in found.units.iter().enumerate() {
            let id = UnitId(u32::try_from(index).unwrap_or(u32::MAX));
            for fault in &unit.rendered.faults {
                faults.entry(fault).or_default().insert(id);
            }
            // What a failed build did not do, it may do once it is mended.
            let whole = unit.rendered.unknown.is_none() && unit.rendered.opaque.is_empty();
            for effect in &unit.rendered.effects {
                let (_, hit, units) =
                    effects.entry((effect.field, effect.at)).or_insert_with(|| (effect, false, BTreeSet::new()));
                *hit |= effect.hit || !whole;
                units.insert(id);
            }
            reads.extend(unit.rendered.reads.iter().copied());
        }
        let idle = effects.into_values().filter(|(_, hit, _)| !hit);
        Self {
            faults: faults.into_iter().map(|(fault, units)| (fault.clone(), units.into_iter().collect())).collect(),
            idle: idle.map(|(effect, _, units)| (effect.clone(), units.into_iter().collect())).collect(),
            entries: found.entries.clone(),
            reads,
        }
    }
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

    /// The labels by which a symbol is selected, if they stand in an object.
    #[must_use]
    pub fn labels_of(&self, symbol: &Symbol) -> Option<&Value> {
        let Node::Object(id) = &symbol.node else { return None };
        labels_of(self.object(*id), symbol).flatten()
    }

    /// Mark the references that lose in this snapshot what they have in `base`: the change took it
    /// away, whatever else could make it.
    #[must_use]
    pub fn with_losses(mut self, base: &Self) -> Self {
        let mut held: FxHashMap<(ReferenceKind, &Want, String), Span> = FxHashMap::default();
        for reference in &base.references {
            if let Resolution::Found(found) = &reference.resolution
                && let Some(first) = found.first()
            {
                let key = (reference.kind, &reference.want, base.holder(reference));
                held.insert(key, base.symbol(*first).origin.span());
            }
        }
        let lost: Vec<Option<Span>> = self
            .references
            .par_iter()
            .map(|reference| match &reference.resolution {
                Resolution::Found(_) | Resolution::Unknown { strength: Strength::Strong, .. } => None,
                _ => held.get(&(reference.kind, &reference.want, self.holder(reference))).copied(),
            })
            .collect();
        for (reference, lost) in self.references.iter_mut().zip(lost) {
            reference.lost = lost;
        }
        self
    }

    /// Who holds a reference, in words that are the same in base and head.
    fn holder(&self, reference: &Reference) -> String {
        let unit = reference.unit.map(|unit| self.unit(unit).name.as_str()).unwrap_or_default();
        match &reference.from {
            Node::Object(id) => format!("{unit} {}", self.object(*id).subject()),
            from => format!("{unit} {from:?}"),
        }
    }

    /// The symbols that a unit makes.
    pub fn symbols_of(&self, unit: UnitId) -> impl Iterator<Item = &Symbol> {
        self.by_unit[unit.index()].iter().map(|id| self.symbol(*id))
    }

    /// A symbol by id.
    #[must_use]
    pub fn symbol(&self, id: SymbolId) -> &Symbol {
        &self.symbols[id.index()]
    }
}
