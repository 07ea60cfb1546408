//! References by name that follow the renames of their referents
//! (`api/internal/accumulator/namereferencetransformer.go`, `api/filters/nameref`).
//!
//! For each kind of referrer the field specs are one tree of keys, so that an object is walked
//! once; candidates are looked up by the names that they had. Both keep the work near linear.

mod candidates;
mod places;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use rustc_hash::FxHashMap;
use std::sync::Arc;

use self::candidates::{Candidate, Candidates, Choice, Referrer};
use self::places::{Hit, Places};
use super::accumulator::Accumulator;
use super::fault::{Fault, FaultKind};
use super::field_path::{Steps, node, node_mut};
use super::resource::{Gvk, Resource};
use crate::text::Span;
use crate::value::{Data, Entry, Origin, Step, Str, Value};

/// Let all references follow. Done once, at the root of a build, when all names are final. Faults
/// at references to which several renamed objects fit.
pub(super) fn fix(out: &mut Accumulator) {
    let configuration = Arc::clone(&out.configuration);
    if configuration.name_references.is_empty() {
        return;
    }
    let candidates = Candidates::new(&out.resources);
    let is_known = out.unknown.is_none();
    let mut places: FxHashMap<Gvk, Places> = FxHashMap::default();
    let mut faults = Vec::new();
    for resource in &mut out.resources {
        let gvk = resource.original_id().gvk;
        let places = places.entry(gvk).or_insert_with_key(|gvk| Places::new(gvk, &configuration.name_references));
        if places.is_empty() {
            continue;
        }
        fix_one(resource, places, &candidates, &mut faults);
    }
    if is_known {
        out.faults.extend(faults);
    }
}

/// Let the references of one resource follow, field spec by field spec: a later one sees what an
/// earlier one did.
fn fix_one(resource: &mut Resource, places: &Places, candidates: &Candidates, faults: &mut Vec<Fault>) {
    let referrer = match Referrer::new(resource) {
        Ok(referrer) => referrer,
        Err(at) => {
            let why = "a subject whose `namespace` is not text: kustomize refuses this role binding";
            return faults.push(Fault::new(FaultKind::NameReference, at, why));
        }
    };
    let found = places.find(&resource.value);
    for at in &found.dead_ends {
        let why = "a text where kustomize looks for a map or list that holds a reference";
        faults.push(Fault::new(FaultKind::InvalidResource, *at, why));
    }
    let mut fixer = Fixer { referrer, candidates, places, faults, chosen: FxHashMap::default() };
    for hit in &found.hits {
        fixer.fix(&mut resource.value, hit, found.steps(hit));
    }
}

struct Fixer<'a> {
    referrer: Referrer,
    candidates: &'a Candidates,
    places: &'a Places<'a>,
    faults: &'a mut Vec<Fault>,
    /// What was chosen for a reference, by field spec, namespace and name: many references of one
    /// object are the same.
    chosen: FxHashMap<(u32, Option<Str>, Str), Choice>,
}

impl Fixer<'_> {
    fn fix(&mut self, root: &mut Value, hit: &Hit, steps: &Steps) {
        let Some(value) = node(root, steps) else { return };
        let Data::List(items) = &value.data else { return self.fix_node(root, hit, steps) };
        let mut below = steps.to_vec();
        for at in 0..items.len() as u32 {
            below.push(at);
            match node(root, &below).map(|item| (&item.data, item.span())) {
                Some((Data::List(_), span)) => {
                    let why = "a list where kustomize looks for a name or a map with a name";
                    self.faults.push(Fault::new(FaultKind::InvalidResource, span, why));
                }
                _ => self.fix_node(root, hit, &below),
            }
            below.pop();
        }
    }

    /// A name, or a map that holds one.
    fn fix_node(&mut self, root: &mut Value, hit: &Hit, steps: &Steps) {
        let Some(value) = node(root, steps) else { return };
        match &value.data {
            Data::Null | Data::Unknown(_) | Data::List(_) => {}
            Data::Map(map) => {
                let Some(name) = map.get("name") else {
                    if map.open.is_none() {
                        let why = "a reference without `name`: kustomize cannot follow it";
                        self.faults.push(Fault::new(FaultKind::InvalidResource, value.span(), why));
                    }
                    return;
                };
                let namespace = map.get("namespace");
                if name.unknown().is_some() || namespace.is_some_and(|namespace| namespace.unknown().is_some()) {
                    return;
                }
                let place = name.span();
                let (name, namespace) = (text(name).into(), namespace.map(|namespace| text(namespace).into()));
                if let Some(referent) = self.choose(hit, name, namespace, true, place) {
                    self.write_map(root, steps, referent);
                }
            }
            _ => {
                let (name, place) = (text(value).into(), value.span());
                if let Some(referent) = self.choose(hit, name, None, false, place) {
                    let referent = self.candidates.get(referent);
                    if node(root, steps).is_some_and(|value| value.data != referent.name.data)
                        && let Some(value) = node_mut(root, steps)
                    {
                        follow(value, &referent.name);
                    }
                }
            }
        }
    }

    /// Write name and namespace of a referent into a map.
    fn write_map(&self, root: &mut Value, steps: &Steps, referent: u32) {
        let referent = self.candidates.get(referent);
        let differs = |value: Option<&Value>, new: &Value| value.is_none_or(|value| value.data != new.data);
        let Some(map) = node(root, steps).and_then(Value::as_map) else { return };
        let name = differs(map.get("name"), &referent.name);
        let namespace = referent.namespace.as_ref().filter(|new| differs(map.get("namespace"), new));
        if !name && namespace.is_none() {
            return;
        }
        let Some(map) = node_mut(root, steps).and_then(Value::as_map_mut) else { return };
        if let Some(value) = map.get_mut("name").filter(|_| name) {
            follow(value, &referent.name);
        }
        let Some(namespace) = namespace else { return };
        match map.get_mut("namespace") {
            Some(value) => follow(value, namespace),
            None => {
                let origin = Origin::derived(Step::NameReference, step_of(namespace), vec![namespace.origin.clone()]);
                map.push_unique(Entry {
                    key: "namespace".into(),
                    key_origin: origin.clone(),
                    value: Value { data: namespace.data.clone(), origin },
                });
            }
        }
    }

    /// The referent of a name, if there is one.
    fn choose(&mut self, hit: &Hit, name: Str, namespace: Option<Str>, is_map: bool, at: Span) -> Option<u32> {
        if !self.candidates.had_name(&name) {
            return None;
        }
        let reference = self.places.reference(hit);
        let key = (hit.reference, namespace, name);
        let choice = match self.chosen.get(&key) {
            Some(choice) => choice.clone(),
            None => {
                let (_, namespace, name) = &key;
                let choice = self.candidates.choose(&self.referrer, reference, name, namespace.as_deref(), is_map);
                self.chosen.insert(key.clone(), choice.clone());
                choice
            }
        };
        match choice {
            Choice::Nothing => None,
            Choice::One(referent) => Some(referent),
            Choice::Ambiguous(first, second) => {
                self.faults.push(self.ambiguous(&key.2, at, first, second));
                None
            }
        }
    }

    fn ambiguous(&self, name: &str, at: Span, first: u32, second: u32) -> Fault {
        let why = format!("several renamed objects were called `{name}`");
        let describe = |referent: &Candidate| {
            let name = referent.name.as_str().unwrap_or_default();
            (referent.name.span(), format!("{} `{name}`", referent.gvk.kind))
        };
        let fault = Fault::new(FaultKind::NameReference, at, why);
        [first, second]
            .into_iter()
            .map(|at| describe(self.candidates.get(at)))
            .fold(fault, |fault, (at, what)| fault.related(at, what))
    }
}

/// Take over the new text of a name or namespace.
fn follow(value: &mut Value, new: &Value) {
    let from = vec![value.origin.clone(), new.origin.clone()];
    value.data = new.data.clone();
    value.origin = Origin::derived(Step::NameReference, step_of(new), from);
}

/// Where a name was last changed.
fn step_of(name: &Value) -> Span {
    name.origin.steps().next().map_or_else(|| name.span(), |derivation| derivation.at)
}

/// The text of a scalar as it is compared with names; names are text, so that the exact writing
/// of numbers does not matter.
fn text(value: &Value) -> Cow<'_, str> {
    match &value.data {
        Data::String(text) => Cow::Borrowed(text),
        Data::Int(number) => Cow::Owned(number.to_string()),
        Data::Bool(truth) => Cow::Borrowed(if *truth { "true" } else { "false" }),
        _ => Cow::Borrowed(""),
    }
}
