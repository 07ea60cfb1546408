//! Resolution: found, unknown and why, or missing and what is near.
//!
//! The order is binding: what exists in the same unit or cluster; then everything opaque that
//! could make it; only then is it missing.

mod mentions;
mod open;
mod outside;
mod selection;

pub(super) use selection::labels_of;

use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use self::mentions::Mentions;
use self::selection::Selection;
use super::index::ByNamespace;
use super::link::{CLUSTERS, PATHS};
use super::permits::Permits;
use super::references::{GRANTS, REMOTE, is_target};
use super::selector::Selector;
use super::terraform::TERRAFORM;
use super::types::{
    KeySet, Node, Object, ObjectId, Reference, Resolution, Strength, Symbol, SymbolId, Unit, UnitId, Universe, Want,
};
use super::units::Hidden;
use super::{ReferenceKind, remote};
use crate::model::Repository;
use crate::model::declared::Closed;
use crate::model::external_secrets::GROUP as STORES;
use crate::model::kubernetes::is_builtin_group;
use crate::text::{FileId, Span, near_miss};
use crate::value::{Known, Origin, Reason, Str, Unknown};

/// Something that makes objects which cannot be seen, and where.
#[derive(Clone, Debug)]
pub struct Opaque {
    /// What is known about it.
    pub hidden: Hidden,
    /// Its cluster.
    pub universe: Universe,
    /// The namespace of what it makes, as far as it is namespaced.
    pub namespace: Known<Str>,
    /// Its unit.
    pub unit: Option<UnitId>,
    /// The object whose controller makes it, if one does.
    pub object: Option<ObjectId>,
    /// Pseudo group and kind that it is restricted to, if it is.
    pub only: Option<(Str, Str)>,
    /// How the names of what it makes begin, if that is known.
    pub prefix: Option<Str>,
    /// Whether anything deploys it; if not, it makes something only for what nothing deploys either.
    pub deployed: bool,
    /// What Argo CD lets it make; everything if that is not known.
    pub(super) permits: Option<Arc<Vec<Permits>>>,
}

impl Opaque {
    /// Something hidden that may make anything.
    pub(super) fn new(hidden: Hidden, universe: Universe, namespace: Known<Str>, unit: Option<UnitId>) -> Self {
        Self {
            hidden,
            universe,
            namespace,
            unit,
            object: None,
            only: None,
            prefix: None,
            deployed: true,
            permits: None,
        }
    }

    /// Whether Argo CD lets it make what is wanted. Several projects of one name are those of
    /// several clusters.
    fn is_permitted(&self, want: &Want) -> bool {
        let is_object = !want.group.starts_with("kate.");
        self.permits.as_ref().filter(|_| is_object).is_none_or(|projects| {
            projects.iter().any(|project| project.admits(&want.group, &want.kind, want.namespace.is_absent()))
        })
    }
}

/// Resolves references among symbols.
pub struct Resolver<'a> {
    repository: &'a Repository,
    symbols: &'a [Symbol],
    opaque: &'a [Opaque],
    objects: &'a [Object],
    units: &'a [Unit],
    selection: Selection<'a>,
    by_name: FxHashMap<(&'a str, &'a str, &'a str), ByNamespace<'a, SymbolId>>,
    by_kind: FxHashMap<(&'a str, &'a str), ByNamespace<'a, SymbolId>>,
    /// What is well known, by group and kind: only what is nearly it is looked for there.
    well_known: FxHashMap<(&'a str, &'a str), Vec<SymbolId>>,
    /// Opaque sources, by index of `opaque`.
    opaque_by_namespace: ByNamespace<'a, usize>,
}

impl<'a> Resolver<'a> {
    /// Index symbols and opaque sources.
    #[must_use]
    pub fn new(
        repository: &'a Repository,
        symbols: &'a [Symbol],
        opaque: &'a [Opaque],
        objects: &'a [Object],
        units: &'a [Unit],
    ) -> Self {
        let mut by_name: FxHashMap<_, ByNamespace<'_, _>> = FxHashMap::default();
        let mut by_kind: FxHashMap<_, ByNamespace<'_, _>> = FxHashMap::default();
        let mut well_known: FxHashMap<_, Vec<_>> = FxHashMap::default();
        for (index, symbol) in symbols.iter().enumerate() {
            let id = SymbolId(u32::try_from(index).unwrap_or(u32::MAX));
            let (group, kind) = (symbol.group.as_str(), symbol.kind.as_str());
            if is_well_known(symbol) {
                well_known.entry((group, kind)).or_default().push(id);
                continue;
            }
            by_name.entry((group, kind, symbol.name.as_str())).or_default().push(&symbol.namespace, id);
            by_kind.entry((group, kind)).or_default().push(&symbol.namespace, id);
        }
        let mut opaque_by_namespace = ByNamespace::default();
        for (index, opaque) in opaque.iter().enumerate() {
            opaque_by_namespace.push(&opaque.namespace, index);
        }
        let selection = Selection::new(symbols, objects);
        Self {
            repository,
            symbols,
            opaque,
            objects,
            units,
            selection,
            by_name,
            by_kind,
            well_known,
            opaque_by_namespace,
        }
    }

    /// Resolve all references, then look for near misses of what was not found.
    pub fn resolve_all(&self, references: &mut [Reference]) {
        references.par_iter_mut().filter(|reference| is_open(reference)).for_each(|reference| self.find(reference));
        let lost = |reference: &Reference| is_open(reference) && is_missing(reference);
        let mut names: FxHashSet<Str> = FxHashSet::default();
        for reference in references.iter().filter(|reference| lost(reference)) {
            names.extend(said(reference).map(Str::from));
            names.extend(reference.want.namespace.value().cloned());
        }
        let mentions = Mentions::find(names, self.opaque, &self.repository.sources);
        references.par_iter_mut().filter(|reference| lost(reference)).for_each(|reference| {
            if let Some(resolution) = self.explain(reference, &mentions) {
                reference.resolution = resolution;
            }
        });
        let mut used: Used = FxHashMap::default();
        for reference in references.iter() {
            for id in found(reference) {
                let selector = reference.kind.is_selector().then_some(reference.kind);
                let user = used.entry((selector, *id)).or_insert_with(|| Some(reference.from.clone()));
                if user.as_ref() != Some(&reference.from) {
                    *user = None;
                }
            }
        }
        references.par_iter_mut().for_each(|reference| self.look_near(reference, &used));
    }

    /// Look for what is there. What is not found counts as missing until it is explained.
    fn find(&self, reference: &mut Reference) {
        let selects = reference.kind.is_selector();
        reference.resolution = match &reference.want.name {
            Known::Value(text) if selects => self.selected(reference, text),
            Known::Value(name) => match self.candidates(reference, name) {
                found if found.is_empty() => missing(),
                found => Resolution::Found(found),
            },
            Known::Unknown(unknown) => unknown_because(unknown.clone(), Strength::Strong),
            Known::Absent => unknown_because(nothing_named(), Strength::Strong),
        };
        reference.key = match (&reference.resolution, &reference.want.key) {
            (Resolution::Found(found), Some(key)) if !selects || reference.kind.is_port_of_selected() => {
                Some(self.key_among(key, found, reference.want.group == REMOTE))
            }
            _ => None,
        };
    }

    /// Why something is not found, unless it is because it is missing.
    fn explain(&self, reference: &Reference, mentions: &Mentions) -> Option<Resolution> {
        let want = &reference.want;
        let Known::Value(name) = &want.name else { return None };
        let selects = reference.kind.is_selector();
        if !selects {
            if outside::is_builtin(want, name) {
                return Some(Resolution::Found(Vec::new()));
            }
            let declared = outside::external(&self.repository.declared, want, name);
            if let Some(why) = declared.or_else(|| outside::usual(want, name)) {
                return Some(unknown_because(why, Strength::Strong));
            }
        }
        if let Some((why, strength)) = self.opened(reference, mentions) {
            return Some(unknown_because(why, strength));
        }
        let is_foreign_secret = || !remote::is_closed(reference, self.repository) && !self.owns_prefix(want, name);
        if want.group == REMOTE && is_foreign_secret() {
            let why = Unknown::new(Reason::SecretStore, "secrets that no Terraform here makes", None);
            return Some(unknown_because(why, Strength::Weak));
        }
        let elsewhere = if selects { Vec::new() } else { self.elsewhere(want, name) };
        if elsewhere.is_empty() && self.is_foreign(reference) {
            return Some(unknown_because(outside::foreign(want), Strength::Weak));
        }
        Some(Resolution::Missing { near: None, elsewhere })
    }

    /// Whether what is wanted is neither in the namespace of who wants it, nor of a kind that this
    /// repository makes there: then others make it as likely as not.
    fn is_foreign(&self, reference: &Reference) -> bool {
        let want = &reference.want;
        let Node::Object(id) = &reference.from else { return false };
        let own = &self.objects[id.index()].namespace;
        let kinds_of_old = matches!(want.kind.as_str(), "Secret" | "ConfigMap" | "AppProject");
        if kinds_of_old || want.group == REMOTE || want.group == CLUSTERS || want.group == STORES {
            return false;
        }
        // Drivers come with the nodes as often as from here, and need no object to work.
        if want.kind == "CSIDriver" {
            return true;
        }
        let of_kind = self.by_kind.get(&(want.group.as_str(), want.kind.as_str()));
        // A kind of which nothing is known but that somebody names it.
        if of_kind.is_none() && !is_builtin_group(&want.group) && !is_target(&want.group, &want.kind) {
            return true;
        }
        let closed = |closed: &Closed| matches!(closed, Closed::Kind(kind) if want.kind == *kind);
        if want.namespace == *own && !own.is_absent() || self.repository.declared.closed.iter().any(closed) {
            return false;
        }
        let makes = |id: &SymbolId| {
            let symbol = &self.symbols[id.index()];
            let here = match (&want.namespace, &symbol.namespace) {
                (Known::Value(a), Known::Value(b)) => a == b,
                (Known::Unknown(_), _) => false,
                _ => true,
            };
            here && reference.universe.may_be(&symbol.universe)
        };
        // A namespace whose Services are here grants what it lets in here, too.
        let services = self.by_kind.get(&("", "Service")).filter(|_| want.group == GRANTS);
        let mut all = of_kind.into_iter().chain(services).flat_map(|all| all.within(&want.namespace));
        !all.any(|id| makes(&id))
    }

    /// Symbols that are it: in the same unit or proven cluster and namespace; else those that may
    /// be it because a cluster or namespace is unknown.
    fn candidates(&self, reference: &Reference, name: &str) -> Vec<SymbolId> {
        let want = &reference.want;
        let all = self.by_name.get(&(want.group.as_str(), want.kind.as_str(), name));
        let fit = |certain: bool| {
            all.into_iter()
                .flat_map(|all| all.within(&want.namespace))
                .filter(move |id| self.fits(reference, &self.symbols[id.index()], certain))
                .collect::<Vec<_>>()
        };
        let certain = fit(true);
        if certain.is_empty() { fit(false) } else { certain }
    }

    fn fits(&self, reference: &Reference, symbol: &Symbol, certain: bool) -> bool {
        let same_unit = reference.unit.is_some() && reference.unit == symbol.unit;
        let universe = same_unit
            || if certain {
                reference.universe.is_same(&symbol.universe)
            } else {
                reference.universe.may_be(&symbol.universe)
            };
        let namespace = match (&reference.want.namespace, &symbol.namespace) {
            (Known::Value(a), Known::Value(b)) => a == b,
            (Known::Absent, _) | (_, Known::Absent) => true,
            (Known::Unknown(a), Known::Unknown(b)) if certain => same_unit && a == b,
            _ => !certain,
        };
        universe && namespace
    }

    /// The key of found symbols: absent only if every candidate certainly lacks it and nothing
    /// opaque could be the real one.
    fn key_among(&self, key: &str, found: &[SymbolId], remote: bool) -> Resolution {
        let mut with = Vec::new();
        let mut open: Option<Unknown> = None;
        for id in found {
            match &self.symbols[id.index()].keys {
                Some(keys) if has_key(keys, key, remote) => with.push(*id),
                Some(KeySet { open: Some(why), .. }) => drop(open.get_or_insert(why.clone())),
                Some(_) => {}
                None => drop(open.get_or_insert(Unknown::new(Reason::Operator, "keys not known", None))),
            }
        }
        if !with.is_empty() {
            return Resolution::Found(with);
        }
        match open {
            Some(why) => unknown_because(why, Strength::Strong),
            None => Resolution::Missing { near: None, elsewhere: found.to_vec() },
        }
    }

    /// Whether Terraform here clearly makes the remote secrets beside one: three of its secrets of the
    /// same provider begin with the same literal prefix.
    fn owns_prefix(&self, want: &Want, name: &str) -> bool {
        let Some((prefix, _)) = name.rsplit_once('/') else { return false };
        let all = self.by_kind.get(&(want.group.as_str(), want.kind.as_str()));
        let all = all.map(ByNamespace::all).unwrap_or_default();
        let beside = |id: &&SymbolId| {
            let symbol = &self.symbols[id.index()];
            matches!(symbol.node, Node::Terraform(_))
                && symbol.name.rsplit_once('/').is_some_and(|(other, _)| other == prefix)
        };
        all.iter().filter(beside).count() >= 3
    }

    fn elsewhere(&self, want: &Want, name: &str) -> Vec<SymbolId> {
        let all = self.by_name.get(&(want.group.as_str(), want.kind.as_str(), name));
        all.map(|ids| ids.all().iter().copied().take(8).collect()).unwrap_or_default()
    }

    fn look_near(&self, reference: &mut Reference, used: &Used) {
        let Known::Value(name) = reference.want.name.clone() else { return };
        let is_cluster = reference.want.group == CLUSTERS;
        let holder = reference.from.clone();
        let open_world = match &reference.resolution {
            Resolution::Missing { .. } => false,
            Resolution::Unknown { strength: Strength::Weak, .. } => true,
            _ => {
                self.look_near_key(reference);
                return;
            }
        };
        let set = (reference.want.group.as_str(), reference.want.kind.as_str());
        let selector = reference.kind.is_selector().then_some(reference.kind);
        let is_free = |id: &SymbolId| {
            let user = used.get(&(selector, *id));
            !open_world || is_cluster || user.is_none_or(|user| user.as_ref() == Some(&holder))
        };
        if selector.is_some() {
            let fits = |symbol: &Symbol| self.fits(reference, symbol, false);
            let found = self.selection.near(set, &reference.want.namespace, &Selector::parse(&name), fits);
            let found = found.first().filter(|_| found.iter().all(is_free)).copied();
            reference.resolution.set_near(found);
            return;
        }
        let all = self.by_kind.get(&set);
        let is_possible = |id: &SymbolId| is_free(id) && self.fits(reference, &self.symbols[id.index()], false);
        let known = self.well_known.get(&set).into_iter().flatten().copied();
        let here = all.into_iter().flat_map(|all| all.within(&reference.want.namespace)).chain(known);
        let possible: Vec<SymbolId> = here.filter(is_possible).collect();
        let sources = &self.repository.sources;
        let written = |id: &SymbolId| self.symbols[id.index()].name_within(reference.unit, sources);
        let nearest = near_miss(&name, possible.iter().map(written));
        let found = nearest.and_then(|near| possible.iter().find(|id| written(id) == near)).copied();
        reference.resolution.set_near(found);
    }

    /// A key that is missing from exactly one object: `near` names that object if one of its keys
    /// is near. The rule finds the key again.
    fn look_near_key(&self, reference: &mut Reference) {
        let Some(key) = &reference.want.key else { return };
        let Some(Resolution::Missing { near, elsewhere }) = &mut reference.key else { return };
        let [only] = elsewhere.as_slice() else { return };
        let Some(keys) = &self.symbols[only.index()].keys else { return };
        if near_miss(key, keys.keys.keys().map(Str::as_str)).is_some() {
            *near = Some(*only);
        }
    }

    /// What a selector selects.
    fn selected(&self, reference: &Reference, text: &str) -> Resolution {
        let want = &reference.want;
        let fits = |symbol: &Symbol| self.fits(reference, symbol, false);
        match self.selection.select((&want.group, &want.kind), &want.namespace, &Selector::parse(text), fits) {
            Err(why) => unknown_because(why, Strength::Strong),
            Ok(found) if found.is_empty() => missing(),
            Ok(found) => Resolution::Found(found),
        }
    }
}

/// A symbol for a name that is well known. It is in no unit, unlike all that a unit makes.
pub(super) fn well_known() -> impl Iterator<Item = Symbol> {
    let why = || Unknown::new(Reason::External, "part of every cluster", None);
    let names =
        outside::WELL_KNOWN.iter().flat_map(|(group, kind, names)| names.iter().map(move |name| (group, kind, name)));
    names.map(move |(group, kind, name)| Symbol {
        group: Str::from(*group),
        kind: Str::from(*kind),
        name: Str::from(*name),
        namespace: if *kind == "ConfigMap" { Known::Unknown(why()) } else { Known::Absent },
        universe: Universe::Unknown(why()),
        keys: None,
        node: Node::Builtin,
        unit: None,
        origin: Origin::Source(Span::start_of(FileId(0))),
    })
}

fn is_well_known(symbol: &Symbol) -> bool {
    symbol.node == Node::Builtin && symbol.unit.is_none() && symbol.group != CLUSTERS
}

/// Who uses a symbol by name or by selectors of a kind: one holder, or `None` for several.
type Used = FxHashMap<(Option<ReferenceKind>, SymbolId), Option<Node>>;

/// The symbols that a reference was found to mean.
fn found(reference: &Reference) -> &[SymbolId] {
    match &reference.resolution {
        Resolution::Found(found) => found,
        _ => &[],
    }
}

/// Whether it is resolved here. Whether a path exists was asked of the tree already, and what stands
/// inside Terraform was resolved there.
fn is_open(reference: &Reference) -> bool {
    reference.want.group != PATHS && reference.want.group != TERRAFORM
}

fn is_missing(reference: &Reference) -> bool {
    matches!(reference.resolution, Resolution::Missing { .. })
}

/// The texts that whoever makes what is wanted is likely to write: its name, or the values of its
/// labels; controllers add labels of their own, so that one of them is enough.
fn said(reference: &Reference) -> impl Iterator<Item = &str> {
    let name = reference.want.name.value().map(Str::as_str);
    let (labels, name) = if reference.kind.is_selector() { (name, None) } else { (None, name) };
    let values = labels.into_iter().flat_map(|labels| labels.split(','));
    values.filter_map(|pair| Some(pair.split_once('=')?.1)).chain(name)
}

fn missing() -> Resolution {
    Resolution::Missing { near: None, elsewhere: Vec::new() }
}

fn unknown_because(why: Unknown, strength: Strength) -> Resolution {
    Resolution::Unknown { why, strength, near: None }
}

fn nothing_named() -> Unknown {
    Unknown::new(Reason::Unparsed, "nothing is named", None)
}

/// Whether a key set has a key. A remote property is a path into JSON (`gjson`): the literal key
/// is tried first, then its first segment.
fn has_key(keys: &KeySet, key: &str, remote: bool) -> bool {
    keys.keys.contains_key(key)
        || (remote && key.split(['.', '|']).next().is_some_and(|first| first != key && keys.keys.contains_key(first)))
}

/// A glob in which `*` matches any text.
#[must_use]
pub fn glob_matches(glob: &str, text: &str) -> bool {
    let mut parts = glob.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    if !glob.contains('*') {
        return rest.is_empty();
    }
    let parts: Vec<&str> = parts.collect();
    for (index, part) in parts.iter().enumerate() {
        if index + 1 == parts.len() {
            return rest.ends_with(part);
        }
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    true
}
