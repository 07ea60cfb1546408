//! `commonAnnotations` (`api/filters/annotations`).

use super::super::accumulator::Accumulator;
use super::super::field_spec::FieldSpec;
use super::labels;
use crate::value::{Step, Value};

/// Do what `commonAnnotations` asks for.
pub(in crate::render::kustomize) fn apply(out: &mut Accumulator, kustomization: &Value) {
    if let Some(pairs) = kustomization.get("commonAnnotations") {
        let configuration = out.configuration.clone();
        set(out, pairs, &configuration.common_annotations);
    }
}

/// Set annotations at some places of all resources.
pub(in crate::render::kustomize) fn set(out: &mut Accumulator, pairs: &Value, specs: &[FieldSpec]) {
    labels::set(out, pairs, specs, Step::Annotation);
}
