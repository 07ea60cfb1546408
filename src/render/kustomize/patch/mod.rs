//! Patches: strategic merge and JSON 6902 (`api/internal/builtins`: `PatchTransformer`,
//! `PatchStrategicMergeTransformer`, `PatchJson6902Transformer`).
//!
//! Invariant: a patch that cannot be read or applied is a fault, and changes nothing.

mod json;
mod merge;
mod read;
mod schema;
mod tree;

use std::sync::Arc;

pub(super) use schema::Schema;

use self::merge::Merged;
use self::read::Patch;
use super::accumulator::{Accumulator, holds};
use super::comments;
use super::fault::{Effect, Fault, FaultKind};
use super::field_path::{Written, made_style};
use super::loader::Loader;
use super::resource::{Resource, text_pairs};
use super::selector::{Selected, Selector};
use super::transform;
use super::variables::go_float;
use crate::text::{Span, near_miss};
use crate::value::{Data, Entry, Map, Origin, Spelling, Step, Str, Style, Tag, Value};

/// The field `patchesStrategicMerge`: files and texts.
pub(super) fn strategic_merge(out: &mut Accumulator, loader: &Loader<'_>, entries: &[Value], schema: &Schema) {
    let merger = Merger { schema, written: Written::new(&loader.repository.sources) };
    // All are read before any is applied, as in the real program.
    let read: Vec<Vec<Value>> = entries.iter().map(|entry| read::strategic(out, loader, entry)).collect();
    let is_empty = read.iter().all(Vec::is_empty);
    if let (Some(entry), true, true) = (entries.first(), is_empty, out.is_complete()) {
        out.faults.push(Fault::new(FaultKind::Patch, entry.span(), "nothing in the patches"));
    }
    for (entry, patches) in entries.iter().zip(read) {
        for patch in &patches {
            merger.one(out, patch, entry, false, Changes::default());
        }
        out.effects.push(Effect::new("patchesStrategicMerge", entry, true));
    }
    drop_deleted(out);
}

/// An entry of `patches`.
pub(super) fn patch(out: &mut Accumulator, loader: &Loader<'_>, entry: &Value, schema: &Schema) {
    one_of_patches(out, loader, entry, schema);
    drop_deleted(out);
}

fn one_of_patches(out: &mut Accumulator, loader: &Loader<'_>, entry: &Value, schema: &Schema) {
    if let Some(why) = entry.unknown() {
        return out.set_unknown(why.clone());
    }
    let Some(patch) = read::patch(out, loader, entry) else { return };
    let merger = Merger { schema, written: Written::new(&loader.repository.sources) };
    let option = |name| entry.at(&["options", name]).and_then(Value::as_bool).unwrap_or_default();
    let changes = Changes { name: option("allowNameChange"), kind: option("allowKindChange") };
    let target = entry.get("target").filter(|target| !target.is_null());
    match (patch, target) {
        (Patch::Nothing, _) => {}
        (Patch::Strategic(patches), None) => {
            for patch in &patches {
                merger.one(out, patch, entry, true, changes);
            }
            out.effects.push(Effect::new("patches", entry, true));
        }
        (Patch::Strategic(patches), Some(target)) => match patches.as_slice() {
            [patch] => {
                let hit = merger.selected(out, patch, entry, target, changes);
                out.effects.push(Effect::new("patches", entry, hit));
            }
            _ => {
                let why = "several patches in one entry with a `target`";
                out.faults.push(Fault::new(FaultKind::Patch, entry.span(), why));
            }
        },
        (Patch::Json(_), None) => {
            let why = "a JSON patch without `target`";
            out.faults.push(Fault::new(FaultKind::Patch, entry.span(), why));
        }
        (Patch::Json(operations), Some(target)) => {
            let hit = operate(out, loader, &operations, entry, target, true);
            out.effects.push(Effect::new("patches", entry, hit));
        }
    }
}

/// An entry of `patchesJson6902`.
pub(super) fn json6902(out: &mut Accumulator, loader: &Loader<'_>, entry: &Value) {
    if let Some(why) = entry.unknown() {
        return out.set_unknown(why.clone());
    }
    let name = entry.at(&["target", "name"]);
    if let Some(why) = name.and_then(Value::unknown) {
        return out.set_unknown(why.clone());
    }
    let target = entry.get("target").filter(|_| name.and_then(Value::as_str).is_some_and(|name| !name.is_empty()));
    let Some(target) = target else {
        let at = entry.get("target").unwrap_or(entry).span();
        return out.faults.push(Fault::new(FaultKind::InvalidField, at, "a target without `name`"));
    };
    if let Some(operations) = read::operations(out, loader, entry) {
        let hit = operate(out, loader, &operations, entry, target, false);
        out.effects.push(Effect::new("patchesJson6902", entry, hit));
    }
}

/// Apply a JSON patch to all resources that a target selects. Returns whether there is one, or it
/// cannot be told.
fn operate(
    out: &mut Accumulator,
    loader: &Loader<'_>,
    operations: &[Value],
    entry: &Value,
    target: &Value,
    remembers: bool,
) -> bool {
    let written = Written::new(&loader.repository.sources);
    let Some((selected, sure)) = select(out, target) else { return true };
    let mut failed: Option<Fault> = None;
    for at in &selected {
        let resource = &mut out.resources[*at];
        let mut value = resource.value.clone();
        let place = (resource.value.span(), format!("{} `{}`", resource.kind(), resource.name()));
        if let Some(found) = out.unreadable.iter().position(|fault| holds(&value, fault)) {
            let fault = out.unreadable.swap_remove(found);
            out.faults.push(fault.related(entry.span(), "read here"));
            continue;
        }
        if let Some(fault) = comments::fault(resource, written) {
            out.faults.push(fault.related(entry.span(), "read here"));
        }
        // kustomize keeps what it remembers of a resource in annotations, which the patch finds.
        let is_generated = matches!(&value.origin, Origin::Derived(made) if made.step == Step::Generator);
        if remembers || is_generated || !resource.previous.is_empty() || resource.needs_hash {
            ensure_map(&mut value, "metadata");
            if let Some(metadata) = value.at_mut(&["metadata"]) {
                ensure_map(metadata, "annotations");
            }
        }
        match json::apply(&mut value, operations, entry.span()) {
            Ok(()) => {
                if remembers {
                    resource.store_previous();
                }
                transform::separate(&mut value);
                rewrite(&mut value, written, entry.span());
                ensure_map(&mut value, "metadata");
                text_pairs(&mut value, "annotations", written, entry.span());
                resource.value = value;
                resource.has_comments = false;
            }
            Err(json::Failure { at, why }) => {
                // One fault, however many resources there are.
                let fault = || Fault::new(FaultKind::Patch, at, format!("the patch does not fit: {why}"));
                failed = Some(failed.unwrap_or_else(fault).related(place.0, place.1));
            }
        }
    }
    out.faults.extend(failed);
    !selected.is_empty() || !sure || !out.is_complete()
}

/// Positions of the resources that a target selects, and whether these are certainly all; `None`
/// after a fault.
fn select(out: &mut Accumulator, target: &Value) -> Option<(Vec<usize>, bool)> {
    let selector = match Selector::new(target) {
        Ok(selector) => selector,
        Err(fault) => {
            out.faults.push(fault);
            return None;
        }
    };
    let mut found = Vec::new();
    let mut unknown = None;
    for (at, resource) in out.resources.iter().enumerate() {
        match selector.selects(resource) {
            Selected::Yes => found.push(at),
            Selected::No => {}
            Selected::Unknown(why) => unknown = unknown.or(Some(why)),
        }
    }
    let sure = unknown.is_none();
    if let Some(why) = unknown {
        out.set_unknown(why);
    }
    Some((found, sure))
}

/// What a patch may change beside what is in the object.
#[derive(Clone, Copy, Default)]
struct Changes {
    name: bool,
    kind: bool,
}

struct Merger<'a> {
    schema: &'a Schema,
    written: Written<'a>,
}

impl Merger<'_> {
    /// Apply a patch to the one resource that it names. `by_itself` as in `patches`, where kustomize
    /// takes the patch as it is; from `patchesStrategicMerge` it makes a copy as for a target.
    fn one(&self, out: &mut Accumulator, patch: &Value, entry: &Value, by_itself: bool, changes: Changes) {
        let id = Resource::new(patch.clone()).id();
        let found = out.find_any(|is| *is == id);
        match found.as_slice() {
            [at] => self.apply(out, *at, patch, entry, !by_itself, changes),
            [] => {
                // The name of a patch or of a resource may be unknown.
                if out.has_all_objects() && !has_unknown_name(patch) {
                    let mut fault = missing_target(out, patch, entry);
                    fault.may_rename = changes.name || changes.kind;
                    out.faults.push(fault);
                }
            }
            several => {
                let name = patch.at(&["metadata", "name"]).unwrap_or(patch).span();
                let why = format!("several resources are or were {} `{}`", id.gvk.kind, id.name);
                let mut fault =
                    Fault::new(FaultKind::PatchTarget, name, why).related(entry.span(), "patch asked for here");
                for at in several.iter().take(8) {
                    fault = fault.related(out.resources[*at].value.span(), "one of them");
                }
                fault.may_rename = changes.name || changes.kind;
                out.faults.push(fault);
            }
        }
    }

    /// Apply a patch to all resources that a target selects. Returns whether there is one, or it
    /// cannot be told.
    fn selected(&self, out: &mut Accumulator, patch: &Value, entry: &Value, target: &Value, changes: Changes) -> bool {
        let Some((selected, sure)) = select(out, target) else { return true };
        for at in &selected {
            self.apply(out, *at, patch, entry, true, changes);
        }
        report_collisions(out, &selected, entry);
        !selected.is_empty() || !sure || !out.is_complete()
    }

    /// Apply a patch to a resource (`Resource.ApplySmPatch`). A deleted one is left without content.
    fn apply(&self, out: &mut Accumulator, at: usize, patch: &Value, entry: &Value, copied: bool, changes: Changes) {
        let resource = &mut out.resources[at];
        if changes.name || changes.kind {
            resource.store_previous();
        }
        let mut patch = marked(patch, entry.span());
        // What a patch may change is noted in its annotations.
        if copied || changes.name || changes.kind {
            text_pairs(&mut patch, "annotations", self.written, entry.span());
        }
        if copied {
            text_pairs(&mut patch, "labels", self.written, entry.span());
            // The version of the patch does not count.
            if let Some(map) = patch.as_map_mut() {
                map.remove("apiVersion");
            }
        }
        let object = &resource.value;
        match merge::merge(object, &patch, self.schema, self.written, entry.span()) {
            Ok(Merged::Object(mut merged)) => {
                if !changes.kind {
                    restore(&mut merged, object, &["kind"]);
                }
                if !changes.name {
                    restore(&mut merged, object, &["metadata", "name"]);
                }
                restore(&mut merged, object, &["metadata", "namespace"]);
                resource.value = merged;
                resource.merged = Some(entry.span());
            }
            Ok(Merged::Deleted) => resource.value.data = Data::Null,
            Err(merge::Failure { at, why }) => {
                let what = format!("{} `{}`", resource.kind(), resource.name());
                let fault = Fault::new(FaultKind::Patch, at, format!("the patch does not fit {what}: {why}"));
                let fault = fault.related(resource.value.span(), what).related(entry.span(), "patch asked for here");
                out.faults.push(fault);
            }
        }
    }
}

fn has_unknown_name(patch: &Value) -> bool {
    let hidden = |path: &[&str]| patch.at(path).is_some_and(|value| value.unknown().is_some());
    hidden(&["metadata"]) || hidden(&["metadata", "name"]) || hidden(&["metadata", "namespace"])
}

/// A patch that names no resource, with the one that was very likely meant.
fn missing_target(out: &Accumulator, patch: &Value, entry: &Value) -> Fault {
    let wanted = Resource::new(patch.clone()).id();
    let place = |resource: &Resource| resource.value.at(&["metadata", "name"]).unwrap_or(&resource.value).span();
    let name = patch.at(&["metadata", "name"]).unwrap_or(patch).span();
    let what = format!("{} `{}`", wanted.gvk.kind, wanted.name);
    let mut fault = Fault::new(FaultKind::PatchTarget, name, format!("there is no {what} to patch"));
    if name != entry.span() {
        fault = fault.related(entry.span(), "patch asked for here");
    }
    // The same kind and name, but for the version or the namespace.
    let twin = out
        .resources
        .iter()
        .find(|resource| resource.any_ids().any(|id| id.name == wanted.name && id.gvk.kind == wanted.gvk.kind));
    if let Some(twin) = twin {
        let id = twin.id();
        let differs = if id.gvk != wanted.gvk {
            let version = twin.value.str_at(&["apiVersion"]).unwrap_or_default();
            format!("this one is `{version}`")
        } else if id.namespace.is_empty() {
            "this one has no namespace".to_owned()
        } else {
            format!("this one is in namespace `{}`", id.namespace)
        };
        return fault.related(place(twin), differs);
    }
    let same_kind = out.resources.iter().filter(|resource| resource.gvk() == wanted.gvk);
    let names: Vec<Str> = same_kind.flat_map(|resource| resource.any_ids().map(|id| id.name)).collect();
    fault.near = near_miss(&wanted.name, names.iter().map(Str::as_str)).map(str::to_owned);
    fault
}

/// Two resources that became one by a patch that may change names (`resWrangler.appendAll`).
fn report_collisions(out: &mut Accumulator, changed: &[usize], entry: &Value) {
    let mut faults = Vec::new();
    for at in changed {
        let id = out.resources[*at].id();
        let other = out.resources.iter().enumerate().find(|(other, resource)| other != at && resource.id() == id);
        let is_deleted = out.resources[*at].value.is_null();
        if let Some((_, other)) = other.filter(|_| !is_deleted) {
            let why = format!("the patch makes a second {} `{}`", id.gvk.kind, id.name);
            let fault = Fault::new(FaultKind::DuplicateResource, entry.span(), why);
            faults.push(fault.related(other.value.span(), "the other one"));
            break;
        }
    }
    out.faults.extend(faults);
}

/// Take away what patches deleted (`DropEmpties`).
fn drop_deleted(out: &mut Accumulator) {
    out.resources.retain(|resource| match &resource.value.data {
        Data::Null => false,
        Data::Map(map) => !map.is_empty() || map.open.is_some(),
        _ => true,
    });
}

/// Put back what stood at a path, or nothing.
fn restore(merged: &mut Value, object: &Value, path: &[&str]) {
    let Some((key, parents)) = path.split_last() else { return };
    let old = object.at(parents).and_then(Value::as_map).and_then(|map| map.entry(key));
    let Some(map) = merged.at_mut(parents).and_then(Value::as_map_mut) else { return };
    match old {
        Some(old) => map.insert(old.key.clone(), old.key_origin.clone(), old.value.clone()),
        None => {
            map.remove(key);
        }
    }
}

/// Note of scalars that they stand no longer as they were written: kustomize makes JSON of an
/// object to patch it, writes that as YAML and goes on with it.
fn rewrite(value: &mut Value, written: Written<'_>, asked: Span) {
    let spelling = match &value.data {
        Data::Unknown(_) => return,
        Data::List(items) => {
            if items.iter().any(|item| needs_rewriting(item, written)) {
                value.as_list_mut().into_iter().flatten().for_each(|item| rewrite(item, written, asked));
            }
            return;
        }
        Data::Map(map) => {
            if map.iter().any(|entry| needs_rewriting(&entry.value, written)) {
                let entries = value.as_map_mut().into_iter().flat_map(Map::iter_mut);
                entries.for_each(|entry| rewrite(&mut entry.value, written, asked));
            }
            return;
        }
        scalar => rewritten(scalar),
    };
    if let Some(spelling) = spelling.filter(|_| needs_rewriting(value, written)) {
        value.origin = value.origin.clone().spelled(asked, spelling);
    }
}

/// How a scalar is written after it was JSON, where all numbers are alike.
fn rewritten(scalar: &Data) -> Option<Spelling> {
    let (text, tag) = match scalar {
        Data::Null => (Str::from("null"), Tag::Null),
        Data::Bool(truth) => (Str::from(if *truth { "true" } else { "false" }), Tag::Bool),
        Data::Int(number) if number.unsigned_abs() < 1_000_000 => (number.to_string().into(), Tag::Int),
        Data::Int(number) => (go_float(*number as f64).into(), Tag::Float),
        Data::Float(number) => (go_float(*number).into(), Tag::Float),
        Data::String(text) => {
            return Some(Spelling { text: text.clone(), tag: Some(Tag::Text), style: made_style(text) });
        }
        Data::List(_) | Data::Map(_) | Data::Unknown(_) => return None,
    };
    Some(Spelling { text, tag: Some(tag), style: Style::Plain })
}

fn needs_rewriting(value: &Value, written: Written<'_>) -> bool {
    match &value.data {
        Data::Unknown(_) => false,
        Data::List(items) => items.iter().any(|item| needs_rewriting(item, written)),
        Data::Map(map) => map.iter().any(|entry| needs_rewriting(&entry.value, written)),
        scalar => rewritten(scalar).is_some_and(|spelling| {
            written.scalar(value).is_none_or(|is| is.text != spelling.text.as_str() || Some(is.tag) != spelling.tag)
                || written.style(value) != spelling.style
        }),
    }
}

/// Make a field an empty map if there is nothing.
fn ensure_map(object: &mut Value, field: &'static str) {
    let origin = object.origin.clone();
    if object.get(field).is_none_or(Value::is_null)
        && let Some(map) = object.as_map_mut().filter(|map| map.open.is_none())
    {
        map.insert(field, origin.clone(), Value::map(Map::default(), origin));
    }
}

/// A value from a patch: every node says where the patch was asked for.
fn marked(value: &Value, asked: Span) -> Value {
    let mark = |origin: &Origin| Origin::derived(Step::Patch, asked, vec![origin.clone()]);
    let data = match &value.data {
        Data::List(items) => Data::List(Arc::new(items.iter().map(|item| marked(item, asked)).collect())),
        Data::Map(map) => {
            let entries = map.iter().map(|entry| Entry {
                key: entry.key.clone(),
                key_origin: mark(&entry.key_origin),
                value: marked(&entry.value, asked),
            });
            let mut copy = Map::from_unique(entries.collect());
            copy.open.clone_from(&map.open);
            Data::Map(Arc::new(copy))
        }
        data => data.clone(),
    };
    Value { data, origin: mark(&value.origin) }
}
