//! `labels` and `commonLabels`, and setting pairs in general (`api/filters/labels`).

use super::super::accumulator::Accumulator;
use super::super::configuration::{Configuration, Conflict, Decoder, field_specs, merge_all, merge_one, scalar_text};
use super::super::fault::{Effect, Fault, FaultKind};
use super::super::field_spec::{FieldSpec, Leaf, Mismatch};
use super::super::resource::{Gvk, Resource};
use super::shared::Replaced;
use super::{each, mismatch};
use crate::value::{Data, Entry, Origin, Step, Str, Value};

/// Do what an entry of `labels` asks for.
pub(in crate::render::kustomize) fn entry(out: &mut Accumulator, entry: &Value, configuration: &Configuration) {
    let mut decoder = Decoder::new(FaultKind::InvalidField, false);
    let specs = entry.get("fields").map(|fields| field_specs(fields, &mut decoder)).unwrap_or_default();
    decoder.finish(out);
    match places(configuration, specs, entry) {
        Ok(specs) => {
            let hit = entry.get("pairs").is_some_and(|pairs| set(out, pairs, &specs, Step::Label));
            out.effects.push(Effect { field: "labels", at: entry.span(), hit });
        }
        Err(conflict) => {
            let at = entry.get("fields").unwrap_or(entry).span();
            let why = format!("`{}` is listed with another `create` than kustomize's own", conflict.path);
            out.faults.push(Fault::new(FaultKind::InvalidField, at, why));
        }
    }
}

/// Where an entry of `labels` puts its pairs.
fn places(configuration: &Configuration, own: Vec<FieldSpec>, entry: &Value) -> Result<Vec<FieldSpec>, Conflict> {
    let asks = |field: &str| entry.get(field).and_then(Value::as_bool) == Some(true);
    let mut specs = own;
    merge_all(&mut specs, &configuration.labels)?;
    if asks("includeSelectors") {
        merge_all(&mut specs, &configuration.common_labels)?;
    } else {
        if asks("includeTemplates") {
            merge_all(&mut specs, &configuration.template_labels)?;
        }
        merge_one(&mut specs, &FieldSpec::anywhere("metadata/labels", true))?;
    }
    Ok(specs)
}

/// Set pairs in maps at some places of all resources. Returns whether there was a place.
pub(in crate::render::kustomize) fn set(out: &mut Accumulator, pairs: &Value, specs: &[FieldSpec], step: Step) -> bool {
    let asked = pairs.span();
    let pairs: Vec<(&Entry, Data)> = pairs.entries().filter_map(|pair| Some((pair, text(&pair.value)?))).collect();
    if pairs.is_empty() {
        return false;
    }
    let made = Origin::derived(step, asked, Vec::new());
    let mut hit = false;
    each(out, |resource, faults| {
        let gvk = resource.gvk();
        if let Err((spec, found)) = set_in(resource, &gvk, &pairs, specs, step, &made, &mut hit) {
            faults.push(mismatch(found, spec, resource, asked));
        }
    });
    hit
}

fn set_in<'s>(
    resource: &mut Resource,
    gvk: &Gvk,
    pairs: &[(&Entry, Data)],
    specs: &'s [FieldSpec],
    step: Step,
    made: &Origin,
    hit: &mut bool,
) -> Result<(), (&'s FieldSpec, Mismatch)> {
    // What is made of one pair in one object is one node; see `shared`.
    let origin = |pair: &Entry| Origin::derived(step, pair.key_origin.span(), vec![pair.value.origin.clone()]);
    let nodes: Vec<Value> = pairs.iter().map(|(pair, data)| Value::new(data.clone(), origin(pair))).collect();
    let mut replaced = Replaced::default();
    let mut result = Ok(());
    for spec in specs.iter().filter(|spec| spec.selects(gvk)) {
        let walked = spec.apply_to(&mut resource.value, Some((Leaf::Map, made)), &|_| true, &mut |place| {
            let at = place.span();
            if place.is_null() || place.unknown().is_some() {
                return Ok(());
            }
            let Some(map) = place.as_map_mut() else { return Err(Mismatch { at }) };
            *hit = true;
            for ((pair, data), node) in pairs.iter().zip(&nodes) {
                if pair.key.is_empty() {
                    return Err(Mismatch { at });
                }
                match map.get_mut(&pair.key) {
                    Some(old) if matches!(old.data, Data::Map(_) | Data::List(_)) => {
                        *old = Value::new(data.clone(), origin(pair));
                    }
                    Some(old) => {
                        let over = old.origin.clone();
                        let from = vec![pair.value.origin.clone()];
                        let origin = Origin::replacing(step, pair.key_origin.span(), from, over);
                        *old = replaced.note(old, || Value::new(data.clone(), origin));
                    }
                    None => map.push_unique(Entry {
                        key: pair.key.clone(),
                        key_origin: pair.key_origin.clone(),
                        value: node.clone(),
                    }),
                }
            }
            Ok(())
        });
        if let Err(found) = walked {
            result = Err((spec, found));
            break;
        }
    }
    replaced.follow(&mut resource.value);
    result
}

/// The text that a pair gives; `None` if it is not one.
fn text(value: &Value) -> Option<Data> {
    match &value.data {
        Data::Unknown(unknown) => Some(Data::Unknown(unknown.clone())),
        _ => scalar_text(value).map(|text| Data::String(Str::new(text))),
    }
}
