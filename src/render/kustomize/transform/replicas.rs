//! `replicas` (`api/filters/replicacount`).

use super::super::accumulator::Accumulator;
use super::super::fault::{Effect, Fault, FaultKind};
use super::super::field_path::{Written, data};
use super::super::field_spec::{FieldSpec, Leaf, Mismatch};
use super::mismatch;
use crate::value::{Data, Origin, Spelling, Step, Tag, Value};

/// Set the count of an entry of `replicas` at some places of the resources that have or had its
/// name.
pub(in crate::render::kustomize) fn set(
    out: &mut Accumulator,
    entry: &Value,
    specs: &[FieldSpec],
    written: Written<'_>,
) {
    let name = entry.str_at(&["name"]).unwrap_or_default();
    let (count, origin) = match entry.get("count") {
        Some(Value { data: Data::Int(count), origin }) => (*count, origin.clone()),
        Some(Value { data: Data::Null, origin }) => (0, origin.clone()),
        Some(_) => return,
        None => (0, entry.origin.clone()),
    };
    let origin = Origin::derived(Step::Replicas, entry.span(), vec![origin]);
    let mut hit = false;
    for spec in specs {
        for at in out.find_any(|id| id.name == name && spec.selects(&id.gvk)) {
            hit = true;
            let resource = &mut out.resources[at];
            if !spec.selects(&resource.gvk()) {
                continue;
            }
            let place = Some((Leaf::Scalar, &origin));
            let result = spec.apply_to(&mut resource.value, place, &|_| true, &mut |value| {
                if matches!(value.data, Data::Map(_) | Data::List(_)) {
                    return Err(Mismatch { at: value.span() });
                }
                // kustomize keeps the quotes that were there, so that the count becomes text.
                let (text, style) = (count.to_string().into(), written.style(value));
                let spelling = Spelling { text, tag: Some(Tag::Int), style };
                let data = data(&spelling).unwrap_or(Data::Int(count));
                *value = Value::new(data, origin.clone().spelled(entry.span(), spelling));
                Ok(())
            });
            if let Err(found) = result {
                out.faults.push(mismatch(found, spec, &out.resources[at], entry.span()));
                return;
            }
        }
    }
    // A name that is not known may be this one.
    let names_known = out
        .resources
        .iter()
        .all(|resource| resource.value.at(&["metadata", "name"]).is_none_or(|name| name.unknown().is_none()));
    let can_tell = hit || (names_known && out.is_complete());
    if !hit && can_tell {
        let kinds: Vec<&str> = specs.iter().map(|spec| spec.gvk.kind.as_str()).collect();
        let why = format!("`replicas` names `{name}`, but no resource of that name is one of {}", kinds.join(", "));
        out.faults.push(Fault::new(FaultKind::Override, entry.get("name").unwrap_or(entry).span(), why));
    }
    // What cannot be told counts as done.
    out.effects.push(Effect { field: "replicas", at: entry.span(), hit: hit || !can_tell });
}
