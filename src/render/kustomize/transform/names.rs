//! `namePrefix` and `nameSuffix` (`api/filters/prefix`, `api/filters/suffix`).

use super::super::accumulator::Accumulator;
use super::super::configuration::scalar_text;
use super::super::fault::{Fault, FaultKind};
use super::super::field_spec::{FieldSpec, Leaf, Mismatch};
use super::super::resource::{Gvk, Resource};
use super::{each, mismatch, retyped};
use crate::value::{Origin, Step, Str, Value};

/// Where a text is put.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::render::kustomize) enum End {
    /// Before the name.
    Prefix,
    /// Behind the name.
    Suffix,
}

/// Put a text at an end of what stands at some places of all resources. Kinds of which the name
/// means something else are left alone, whatever the places say.
pub(in crate::render::kustomize) fn add(out: &mut Accumulator, text: &Value, end: End, specs: &[FieldSpec]) {
    let Some(added) = text.as_str() else { return };
    let step = if end == End::Prefix { Step::NamePrefix } else { Step::NameSuffix };
    let made = Origin::derived(step, text.span(), Vec::new());
    each(out, |resource, faults| {
        let original = resource.original_id().gvk;
        if is_skipped(&original) {
            return;
        }
        if resource.id().name.is_empty() && !resource.has_unknown_name() {
            // The real program cannot note what it was called, and breaks down.
            let what = resource.value.at(&["metadata", "name"]).unwrap_or(&resource.value).span();
            let why = format!("a {} whose name was taken away cannot be renamed", resource.kind());
            faults.push(Fault::new(FaultKind::InvalidResource, what, why).related(text.span(), "renamed here"));
            return;
        }
        let gvk = resource.gvk();
        for spec in specs.iter().filter(|spec| spec.selects(&original)) {
            if spec.path == "metadata/name" && !added.is_empty() {
                remember(resource, added, end);
            }
            if !spec.selects(&gvk) {
                continue;
            }
            let result = spec.apply_to(&mut resource.value, Some((Leaf::Scalar, &made)), &|_| true, &mut |name| {
                if name.unknown().is_some() {
                    return Ok(());
                }
                let Some(old) = scalar_text(name) else { return Err(Mismatch { at: name.span() }) };
                let new = if end == End::Prefix { format!("{added}{old}") } else { format!("{old}{added}") };
                // kustomize sets no empty text: what was made stays null.
                if new.is_empty() {
                    return Ok(());
                }
                let from = vec![name.origin.clone(), text.origin.clone()];
                *name = Value::new(retyped(&name.data, &new), Origin::derived(step, text.span(), from));
                Ok(())
            });
            if let Err(found) = result {
                faults.push(mismatch(found, spec, resource, text.span()));
                return;
            }
        }
    });
}

/// Note what is put to the name of a resource, and what it is called until then.
fn remember(resource: &mut Resource, added: &str, end: End) {
    let list = if end == End::Prefix { &mut resource.prefixes } else { &mut resource.suffixes };
    list.push(Str::new(added));
    resource.store_previous();
}

fn is_skipped(gvk: &Gvk) -> bool {
    match gvk.kind.as_str() {
        "CustomResourceDefinition" | "Namespace" => true,
        "APIService" => gvk.group == "apiregistration.k8s.io",
        _ => false,
    }
}
