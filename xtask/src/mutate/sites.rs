//! Where a repository can be broken: its references, by kind, each written place once.

use std::collections::{BTreeMap, BTreeSet};

use kate::graph::{Reference, ReferenceKind, Resolution, Snapshot, Symbol, SymbolId};
use kate::text::Span;
use kate::value::Origin;

/// What a row of the table counts: a kind of reference, by name or by key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Row {
    pub(super) kind: ReferenceKind,
    pub(super) key: bool,
}

impl Row {
    pub(super) fn title(self) -> String {
        if self.key { format!("{}, key", self.kind) } else { self.kind.to_string() }
    }
}

/// All references that stand at one place.
#[derive(Clone, Debug)]
pub(super) struct Site<'a> {
    pub(super) row: Row,
    pub(super) uses: Vec<&'a Reference>,
}

impl<'a> Site<'a> {
    /// How the name, or the key, of a use resolves.
    pub(super) fn resolution(&self, reference: &'a Reference) -> Option<&'a Resolution> {
        if self.row.key && !matches!(reference.resolution, Resolution::Found(_)) {
            return Some(&reference.resolution);
        }
        if self.row.key { reference.key.as_ref() } else { Some(&reference.resolution) }
    }

    /// Where the name, or the key, is written.
    pub(super) fn origin(&self) -> &'a Origin {
        let first = self.uses[0];
        match (&first.key_origin, self.row.key) {
            (Some(key), true) => key,
            _ => &first.origin,
        }
    }

    /// Whether it is known to hold in some unit.
    pub(super) fn holds(&self) -> bool {
        self.uses.iter().any(|used| matches!(self.resolution(used), Some(Resolution::Found(_))))
    }

    /// The symbols that it leads to.
    pub(super) fn targets(&self, snapshot: &'a Snapshot) -> Vec<&'a Symbol> {
        let mut ids: BTreeSet<SymbolId> = BTreeSet::new();
        for used in &self.uses {
            if let Resolution::Found(found) = &used.resolution {
                ids.extend(found);
            }
        }
        ids.into_iter().map(|id| snapshot.symbol(id)).collect()
    }
}

/// All sites by row. What nothing deploys, what may be missing and what is broken already is left
/// out.
pub(super) fn find(snapshot: &Snapshot) -> BTreeMap<Row, Vec<Site<'_>>> {
    let mut places: BTreeMap<(Row, Span, Option<Span>), Vec<&Reference>> = BTreeMap::new();
    for reference in &snapshot.references {
        let key = reference.key_origin.as_ref().map(Origin::span);
        // A port of what is selected is its own name: there is nothing else to misspell.
        let own_key = reference.kind.is_port_of_selected();
        let row = |key| Row { kind: reference.kind, key };
        if !own_key {
            places.entry((row(false), reference.origin.span(), None)).or_default().push(reference);
        }
        if reference.want.key.is_some() && key.is_some() {
            places.entry((row(true), reference.origin.span(), key)).or_default().push(reference);
        }
    }
    let mut rows: BTreeMap<Row, Vec<Site<'_>>> = BTreeMap::new();
    for ((row, ..), uses) in places {
        let deployed = uses.iter().any(|used| used.unit.is_none_or(|unit| snapshot.unit(unit).deployed));
        let broken =
            |used: &&Reference| used.resolution.is_missing() || used.key.as_ref().is_some_and(Resolution::is_missing);
        if deployed && !uses.iter().any(|used| used.optional) && !uses.iter().any(broken) {
            rows.entry(row).or_default().push(Site { row, uses });
        }
    }
    rows
}
