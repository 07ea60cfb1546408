//! `commonAnnotations` (`api/filters/annotations`).

use super::super::accumulator::Accumulator;
use super::super::field_spec::FieldSpec;
use super::labels;
use crate::value::{Step, Value};

/// Set annotations at some places of all resources.
pub(in crate::render::kustomize) fn set(out: &mut Accumulator, pairs: &Value, specs: &[FieldSpec]) {
    labels::set(out, pairs, specs, Step::Annotation);
}
