//! What kustomize and Terraform ask of the same emitter.

use std::borrow::Cow;

use super::{order, scalar};
use crate::value::Entry;

/// The choices that go-yaml leaves to who calls it.
pub(super) struct Dialect {
    /// Puts the entries of a map in order.
    pub(super) sort: fn(&mut Vec<&Entry>),
    /// The style of a text as a value, or as a key behind `? `.
    pub(super) style: fn(&str) -> scalar::Style,
    /// A text as the emitter is given it.
    pub(super) text: fn(&str) -> Cow<'_, str>,
    /// A number that is no 64-bit integer.
    pub(super) float: fn(f64) -> String,
}

/// kustomize makes JSON of each object and hands it to sigs.k8s.io/yaml 1.5, which reads the JSON
/// with go-yaml v2.4 and writes it with the same library.
pub(super) const KUSTOMIZE: Dialect = Dialect {
    sort: |entries| order::sort(entries, |entry| &entry.key),
    style: scalar::Style::shortest,
    text: scalar::as_read_from_json,
    float: scalar::float,
};

/// Terraform's `yamlencode` is zclconf/go-cty-yaml, a go-yaml that quotes every text.
pub(super) const TERRAFORM: Dialect = Dialect {
    sort: |entries| entries.sort_by(|a, b| a.key.cmp(&b.key)),
    style: scalar::Style::quoted,
    text: |text| text.into(),
    float: |number| number.to_string(),
};
