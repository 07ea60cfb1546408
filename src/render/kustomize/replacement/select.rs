//! Which resources a replacement reads from and writes to. Unlike a patch, it looks at every
//! identity that a resource has or had (`types.TargetSelectorRegex`, `ResId.IsSelectedBy`).

use crate::render::kustomize::fault::{Fault, FaultKind};
use crate::render::kustomize::label_selector::LabelSelector;
use crate::render::kustomize::pattern::Whole;
use crate::render::kustomize::resource::{Gvk, Resource};
use crate::render::kustomize::selector::{self, Selected};
use crate::value::{Str, Value};

/// An identity of a resource; the namespace is the written one if the identity is the current one,
/// else the effective one.
pub(super) struct Id {
    gvk: Gvk,
    name: Str,
    namespace: Str,
}

/// All identities of a resource, the current one first.
pub(super) fn ids(resource: &Resource) -> Vec<Id> {
    let current = Id { gvk: resource.gvk(), name: resource.name().into(), namespace: resource.namespace().into() };
    let previous = resource.previous_ids().map(|id| {
        // What kustomize remembers as the namespace of what has none.
        let namespace = if id.namespace.is_empty() { "_non_namespaceable_".into() } else { id.namespace };
        Id { gvk: id.gvk, name: id.name, namespace }
    });
    std::iter::once(current).chain(previous).collect()
}

/// The text of a field; empty if it is missing.
pub(super) fn text<'v>(value: &'v Value, field: &str) -> &'v str {
    value.str_at(&[field]).unwrap_or_default()
}

/// Whether the exact identity that a source names is this one.
pub(super) fn is_source(source: &Value, id: &Id) -> bool {
    let effective = |namespace: &str| if namespace.is_empty() { "default".to_owned() } else { namespace.to_owned() };
    let fits = |field: &str, is: &str| text(source, field).is_empty() || text(source, field) == is;
    let namespace = text(source, "namespace");
    fits("name", &id.name)
        && fits("kind", &id.gvk.kind)
        && fits("group", &id.gvk.group)
        && fits("version", &id.gvk.version)
        && (namespace.is_empty() || effective(namespace) == effective(&id.namespace))
}

/// Expressions for the parts of an identity, and selectors of labels and annotations.
pub(super) struct Pattern {
    parts: [Option<Whole>; 5],
    labels: LabelSelector,
    annotations: LabelSelector,
    has_selectors: bool,
}

const PARTS: [&str; 5] = ["group", "version", "kind", "name", "namespace"];

impl Pattern {
    /// The expressions of `select` or `reject`; missing and empty ones fit everything.
    ///
    /// # Errors
    /// If one is no regular expression.
    pub(super) fn new(value: &Value) -> Result<Self, Fault> {
        let mut parts = [const { None }; 5];
        for (part, field) in parts.iter_mut().zip(PARTS) {
            let Some(field) = value.get(field) else { continue };
            let Some(text) = field.as_str().filter(|text| !text.is_empty()) else { continue };
            let fault = |why| Fault::new(FaultKind::InvalidField, field.span(), why);
            *part = Some(Whole::new(text).map_err(fault)?);
        }
        let has_selectors = ["labelSelector", "annotationSelector"].iter().any(|field| !text(value, field).is_empty());
        Ok(Self {
            parts,
            labels: selector::labels(value, "labelSelector")?,
            annotations: selector::labels(value, "annotationSelector")?,
            has_selectors,
        })
    }

    /// Whether nothing is asked for.
    pub(super) fn is_empty(&self) -> bool {
        self.parts.iter().all(Option::is_none)
    }

    /// Whether labels and annotations of a resource are asked for.
    pub(super) fn has_selectors(&self) -> bool {
        self.has_selectors
    }

    /// Whether labels and annotations fit.
    pub(super) fn fits_pairs(&self, resource: &Resource) -> Selected {
        let pairs = |field| resource.value.at(&["metadata", field]);
        match selector::fits_pairs(&self.annotations, pairs("annotations")) {
            Selected::Yes => selector::fits_pairs(&self.labels, pairs("labels")),
            other => other,
        }
    }

    /// Whether an identity fits.
    pub(super) fn matches(&self, id: &Id) -> bool {
        let is = [&id.gvk.group, &id.gvk.version, &id.gvk.kind, &id.name, &id.namespace];
        self.parts.iter().zip(is).all(|(part, is)| part.as_ref().is_none_or(|part| part.is_match(is)))
    }
}
