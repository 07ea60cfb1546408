//! Scalars that are one and the same node in several places of an object.
//!
//! kustomize makes a new label once and hangs the same node below `metadata/labels`, the selector
//! and the template, so that whatever later writes to one of them writes to all, be it a `labels`
//! field that leaves selectors alone or a strategic merge patch. That is a bug, and it shows in
//! what is built, so it is matched: what is made together shares one origin, and what shares its
//! origin is changed together. Places that had the label already got a copy and are on their own.

use std::sync::Arc;

use crate::value::{Data, Derivation, Origin, Step, Value};

/// Nodes that were replaced, each by what was there.
#[derive(Default)]
pub(in crate::render::kustomize) struct Replaced(Vec<(Arc<Derivation>, Value)>);

impl Replaced {
    /// Note that `old` gives way to `new`; returns what to write, which is the same for all that
    /// `old` is shared with.
    pub(in crate::render::kustomize) fn note(&mut self, old: &Value, new: impl FnOnce() -> Value) -> Value {
        let Some(shared) = shareable(old) else { return new() };
        if let Some((_, value)) = self.0.iter().find(|(known, _)| Arc::ptr_eq(known, shared)) {
            return value.clone();
        }
        let new = new();
        self.0.push((Arc::clone(shared), new.clone()));
        new
    }

    /// Write to all other places in the object. Returns whether there are any.
    pub(in crate::render::kustomize) fn follow(&self, object: &mut Value) -> bool {
        let concerns = !self.0.is_empty() && self.concerns(object);
        if concerns {
            self.run(object);
        }
        concerns
    }

    fn new_of(&self, value: &Value) -> Option<&Value> {
        let shared = shareable(value)?;
        self.0.iter().find(|(known, _)| Arc::ptr_eq(known, shared)).map(|(_, new)| new)
    }

    fn concerns(&self, value: &Value) -> bool {
        match &value.data {
            Data::Map(map) => map.iter().any(|entry| self.concerns(&entry.value)),
            Data::List(items) => items.iter().any(|item| self.concerns(item)),
            _ => self.new_of(value).is_some(),
        }
    }

    fn run(&self, value: &mut Value) {
        if let Some(new) = self.new_of(value) {
            *value = new.clone();
            return;
        }
        for_each_child(value, &mut |child| {
            if self.concerns(child) {
                self.run(child);
            }
        });
    }
}

/// The origin that a scalar shares with others, if it can: a label or an annotation, or what a patch
/// put over one.
fn shareable(value: &Value) -> Option<&Arc<Derivation>> {
    match (&value.data, &value.origin) {
        (Data::Map(_) | Data::List(_), _) | (_, Origin::Source(_)) => None,
        (_, Origin::Derived(derivation)) => is_shareable(derivation).then_some(derivation),
    }
}

fn is_shareable(derivation: &Derivation) -> bool {
    let mut derivation = derivation;
    loop {
        match (derivation.step, &derivation.over) {
            (Step::Label | Step::Annotation, _) => return true,
            (Step::Patch, Some(Origin::Derived(over))) => derivation = over,
            _ => return false,
        }
    }
}

fn for_each_child(value: &mut Value, f: &mut dyn FnMut(&mut Value)) {
    match &mut value.data {
        Data::Map(map) => Arc::make_mut(map).iter_mut().for_each(|entry| f(&mut entry.value)),
        Data::List(items) => Arc::make_mut(items).iter_mut().for_each(f),
        _ => {}
    }
}

/// After the scalar `old` of an object was replaced by `new`: replace what is the same node. To be
/// called by whatever writes to a scalar in place, such as a strategic merge patch. Returns whether
/// there is any.
pub(in crate::render::kustomize) fn follow(object: &mut Value, old: &Value, new: &Value) -> bool {
    let mut replaced = Replaced::default();
    replaced.note(old, || new.clone());
    replaced.follow(object)
}

/// Make every scalar of an object a node of its own. To be called by whatever takes the object
/// apart and builds it anew, such as a JSON patch.
pub(in crate::render::kustomize) fn separate(object: &mut Value) {
    if has_shareable(object) {
        run_separate(object);
    }
}

fn has_shareable(value: &Value) -> bool {
    match &value.data {
        Data::Map(map) => map.iter().any(|entry| has_shareable(&entry.value)),
        Data::List(items) => items.iter().any(has_shareable),
        _ => shareable(value).is_some(),
    }
}

fn run_separate(value: &mut Value) {
    if let Some(shared) = shareable(value) {
        let own = Derivation::clone(shared);
        value.origin = Origin::Derived(Arc::new(own));
        return;
    }
    for_each_child(value, &mut |child| {
        if has_shareable(child) {
            run_separate(child);
        }
    });
}
