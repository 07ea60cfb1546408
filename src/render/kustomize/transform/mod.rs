//! The transformers that write to places which a [`FieldSpec`] describes: namespace, names, labels,
//! annotations, images, replica counts (`api/internal/builtins`, `api/filters`).
//!
//! Each takes its arguments as they are: fields of a kustomization and configurations of plugins ask
//! for the same.
//!
//! Invariant: nothing here reads files or knows how objects refer to each other.

pub(super) mod annotations;
pub(super) mod images;
pub(super) mod labels;
pub(super) mod names;
pub(super) mod namespace;
pub(super) mod replicas;
mod shared;

pub(super) use shared::{Replaced, follow, separate};

use super::accumulator::Accumulator;
use super::fault::{Fault, FaultKind};
use super::field_spec::{FieldSpec, Mismatch};
use super::resource::Resource;
use crate::text::Span;
use crate::value::{Data, Str};

/// A place that does not fit an object, for which the build fails. A person edits the object.
fn mismatch(mismatch: Mismatch, spec: &FieldSpec, resource: &Resource, asked: Span) -> Fault {
    let (path, kind, name) = (&spec.path, resource.kind(), resource.name());
    let why = format!("`{path}` of {kind} `{name}` does not have the type that it is set with");
    Fault::new(FaultKind::InvalidResource, mismatch.at, why).related(asked, "set here")
}

/// Run on every resource; faults are gathered.
fn each(out: &mut Accumulator, mut run: impl FnMut(&mut Resource, &mut Vec<Fault>)) {
    for resource in &mut out.resources {
        run(resource, &mut out.faults);
    }
}

/// What becomes of a scalar whose text is set without a type: a scalar that was written without
/// quotes is read anew.
fn retyped(old: &Data, text: &str) -> Data {
    match (old, text.parse::<i64>()) {
        (Data::Int(_) | Data::Float(_) | Data::Bool(_), Ok(number)) if number.to_string() == text => Data::Int(number),
        _ => Data::String(Str::new(text)),
    }
}
