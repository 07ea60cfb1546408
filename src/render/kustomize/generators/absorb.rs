//! How what a generator makes joins the resources that are there (`resWrangler.appendReplaceOrMerge`).

use super::super::accumulator::Accumulator;
use super::super::fault::{Fault, FaultKind};
use super::super::field_path::Written;
use super::super::resource::{Behavior, Resource};
use super::{key_value, metadata};
use crate::value::{Data, Entry, Map, Reason, Str, Unknown, Value};

/// Add a generated resource, or let it replace or merge with the one of its identity. `entry` is
/// what a person would edit if it cannot.
pub(in super::super) fn absorb(out: &mut Accumulator, mut made: Resource, entry: &Value, written: Written<'_>) {
    let id = made.id();
    let found = out.find_any(|other| *other == id);
    let at = entry.get("behavior").unwrap_or(entry).span();
    let what = format!("{} `{}`", id.gvk.kind, id.name);
    let fault = |message: String| Fault::new(FaultKind::Generator, at, message);
    match (found.as_slice(), made.behavior) {
        ([], Behavior::Create) => out.resources.push(made),
        ([], Behavior::Replace | Behavior::Merge) => {
            if out.has_all_objects() {
                out.faults.push(fault(format!("there is no {what} to change")));
            }
            // What it would have changed is not known.
            let why = Unknown::new(Reason::Unparsed, format!("{what} is not here"), Some(at));
            let field = if made.behavior == Behavior::Replace { "metadata" } else { "data" };
            open(&mut made, field, why);
            out.resources.push(made);
        }
        ([old], Behavior::Create) => {
            let old = &out.resources[*old];
            let name = old.value.at(&["metadata", "name"]).unwrap_or(&old.value).span();
            let fault = fault(format!("there is a {what} already: `behavior` must be `merge` or `replace`"));
            out.faults.push(fault.related(name, "the other one"));
        }
        ([old], behavior) => {
            let old = &mut out.resources[*old];
            take_metadata(&mut made, old, written);
            if behavior == Behavior::Merge {
                for key in ["data", "binaryData"] {
                    take_pairs(&mut made.value, &old.value, key, written);
                }
                metadata::keep_origin(&mut made.value, &old.value);
            }
            for field in [&["metadata", "labels"][..], &["data"], &["binaryData"]] {
                let inherited = |key: &str| old.value.at(field).is_some_and(|value| value.get(key).is_some());
                let entries = made.value.at(field).into_iter().flat_map(Value::entries);
                for entry in entries.filter(|entry| inherited(&entry.key)) {
                    out.faults.extend(key_value::unprintable(&entry.key, None, entry.key_origin.span()));
                }
            }
            *old = made;
        }
        (several, _) => {
            let mut fault = fault(format!("{what} fits several resources"));
            for old in several {
                fault = fault.related(out.resources[*old].value.span(), "one of them");
            }
            out.faults.push(fault);
        }
    }
}

/// Say that there may be more in a field than is known.
fn open(resource: &mut Resource, field: &str, why: Unknown) {
    let Some(root) = resource.value.as_map_mut() else { return };
    match root.get_mut(field).and_then(Value::as_map_mut) {
        Some(map) => map.open = Some(why),
        None => root.open = Some(why),
    }
}

/// Labels and annotations of both, and everything that says who the resource is from the old one
/// (`CopyMergeMetaDataFieldsFrom`).
fn take_metadata(made: &mut Resource, old: &Resource, written: Written<'_>) {
    if let (Some(from), Some(metadata)) =
        (old.value.get("metadata"), made.value.at_mut(&["metadata"]).and_then(Value::as_map_mut))
    {
        for key in ["labels", "annotations"] {
            if let Some(entry) = merged(from.as_map().and_then(|map| map.entry(key)), metadata.entry(key), written) {
                metadata.insert(key, entry.key_origin, entry.value);
            } else {
                metadata.remove(key);
            }
        }
        for key in ["name", "namespace"] {
            match from.as_map().and_then(|map| map.entry(key)).filter(|entry| !entry.value.is_null()) {
                Some(entry) => metadata.insert(key, entry.key_origin.clone(), entry.value.clone()),
                None => drop(metadata.remove(key)),
            }
        }
    }
    made.previous.clone_from(&old.previous);
    made.prefixes.clone_from(&old.prefixes);
    made.suffixes.clone_from(&old.suffixes);
    made.variables.clone_from(&old.variables);
    made.behavior = old.behavior;
    made.needs_hash &= old.needs_hash;
    // The keys are written anew.
    made.has_comments = false;
}

/// Pairs of both under a key of the objects, those of the new one first in rank.
fn take_pairs(made: &mut Value, old: &Value, key: &str, written: Written<'_>) {
    let entry = |value: &Value| value.as_map().and_then(|map| map.entry(key)).cloned();
    // Null is no text here, unlike in labels and annotations.
    let old = entry(old).map(without_null);
    let entry = merged(old.as_ref(), entry(made).as_ref(), written);
    let Some(root) = made.as_map_mut() else { return };
    match entry {
        Some(entry) => root.insert(key, entry.key_origin, entry.value),
        None => drop(root.remove(key)),
    }
}

/// A map of texts with nothing where null stands (`GetDataMap`).
fn without_null(mut pairs: Entry) -> Entry {
    for pair in pairs.value.as_map_mut().into_iter().flat_map(Map::iter_mut) {
        if pair.value.is_null() {
            pair.value.data = Data::String(Str::default());
        }
    }
    pairs
}

/// Two maps of texts as one; `None` if there is nothing in either.
fn merged(old: Option<&Entry>, made: Option<&Entry>, written: Written<'_>) -> Option<Entry> {
    let shell = made.or(old)?;
    let mut pairs = Map::default();
    for entry in [old, made].into_iter().flatten() {
        match &entry.value.data {
            Data::Map(map) => {
                for pair in map.iter() {
                    pairs.insert(pair.key.clone(), pair.key_origin.clone(), metadata::as_text(&pair.value, written));
                }
                pairs.open = pairs.open.take().or_else(|| map.open.clone());
            }
            Data::Unknown(why) => pairs.open = pairs.open.take().or_else(|| Some(why.clone())),
            _ => {}
        }
    }
    let empty = pairs.is_empty() && pairs.open.is_none();
    let value = Value::map(pairs, shell.value.origin.clone());
    (!empty).then(|| Entry { value, ..shell.clone() })
}
