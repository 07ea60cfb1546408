//! Which resources a patch is for (`types.Selector`, `resWrangler.Select`).

use std::borrow::Cow;

use super::fault::{Fault, FaultKind};
use super::label_selector::LabelSelector;
use super::pattern::Whole;
use super::resource::Resource;
use super::scope;
use crate::value::{Data, Unknown, Value};

/// A compiled `target`. Missing and empty parts fit everything.
#[derive(Default)]
pub(super) struct Selector {
    group: Option<Whole>,
    version: Option<Whole>,
    kind: Option<Whole>,
    name: Option<Whole>,
    namespace: Option<Whole>,
    labels: LabelSelector,
    annotations: LabelSelector,
}

/// Whether a resource is selected.
pub(super) enum Selected {
    Yes,
    No,
    /// It depends on something unknown.
    Unknown(Unknown),
}

impl Selector {
    /// Selects everything.
    pub(super) fn everything() -> Self {
        Self::default()
    }

    /// Compile a `target`.
    ///
    /// # Errors
    /// A fault at the part that cannot be read.
    pub(super) fn new(target: &Value) -> Result<Self, Fault> {
        let part = |field: &str| target.get(field).and_then(|value| Some((value, value.as_str()?)));
        let invalid = |value: &Value, why| Fault::new(FaultKind::InvalidField, value.span(), why);
        let expression = |field: &str| match part(field).filter(|(_, text)| !text.is_empty()) {
            Some((value, text)) => Whole::new(text).map(Some).map_err(|why| invalid(value, why)),
            None => Ok(None),
        };
        Ok(Self {
            group: expression("group")?,
            version: expression("version")?,
            kind: expression("kind")?,
            name: expression("name")?,
            namespace: expression("namespace")?,
            labels: labels(target, "labelSelector")?,
            annotations: labels(target, "annotationSelector")?,
        })
    }

    /// Whether a resource is selected: by its original or its current name and namespace.
    pub(super) fn selects(&self, resource: &Resource) -> Selected {
        let fits = |part: &Option<Whole>, is: &str| part.as_ref().is_none_or(|part| part.is_match(is));
        let (now, first) = (resource.id(), resource.original_id());
        let namespace = |id: &super::resource::ResourceId| {
            // What kustomize takes for the namespace of what has none.
            let is = if scope::is_cluster_scoped(&id.gvk) { "_non_namespaceable_" } else { id.namespace.as_str() };
            fits(&self.namespace, is)
        };
        let selected = (namespace(&first) || namespace(&now))
            && (fits(&self.name, &first.name) || fits(&self.name, &now.name))
            && fits(&self.group, &now.gvk.group)
            && fits(&self.version, &now.gvk.version)
            && fits(&self.kind, &now.gvk.kind);
        if !selected {
            return Selected::No;
        }
        for (selector, field) in [(&self.labels, "labels"), (&self.annotations, "annotations")] {
            match fits_pairs(selector, resource.value.at(&["metadata", field])) {
                Selected::Yes => {}
                other => return other,
            }
        }
        Selected::Yes
    }
}

/// A selector of labels or annotations.
///
/// # Errors
/// A fault at the selector if it cannot be read.
pub(super) fn labels(target: &Value, field: &str) -> Result<LabelSelector, Fault> {
    let Some(value) = target.get(field) else { return Ok(LabelSelector::default()) };
    let text = value.as_str().unwrap_or_default();
    LabelSelector::parse(text)
        .map_err(|why| Fault::new(FaultKind::InvalidField, value.span(), format!("`{field}` cannot be read: {why}")))
}

/// Whether a map of labels or annotations fits a selector.
pub(super) fn fits_pairs(selector: &LabelSelector, pairs: Option<&Value>) -> Selected {
    let map = pairs.and_then(Value::as_map);
    let hidden = selector.keys().find_map(|key| match map.and_then(|map| map.get(key)) {
        Some(value) => value.unknown(),
        None => pairs.and_then(Value::unknown).or_else(|| map.and_then(|map| map.open.as_ref())),
    });
    if let Some(why) = hidden {
        return Selected::Unknown(why.clone());
    }
    let label = |key: &str| {
        Some(match &map?.get(key)?.data {
            Data::String(text) => Cow::Owned(text.to_string()),
            Data::Bool(truth) => Cow::Owned(truth.to_string()),
            Data::Int(number) => Cow::Owned(number.to_string()),
            Data::Float(number) => Cow::Owned(number.to_string()),
            Data::Null | Data::List(_) | Data::Map(_) | Data::Unknown(_) => Cow::Borrowed(""),
        })
    };
    if selector.matches(label) { Selected::Yes } else { Selected::No }
}
