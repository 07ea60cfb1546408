//! Which pods an object selects by their labels.

use std::collections::BTreeMap;

use crate::graph::{Object, Snapshot};
use crate::model::kubernetes::pod_template;
use crate::value::Value;

/// Objects that select pods of their own namespace.
pub(super) struct Selectors<'a> {
    snapshot: &'a Snapshot,
    by_namespace: BTreeMap<&'a str, Vec<&'a Object>>,
    selector: &'static [&'static str],
}

impl<'a> Selectors<'a> {
    /// The objects that are wanted, with the path of their label selector.
    pub(super) fn new(
        snapshot: &'a Snapshot,
        wanted: impl Fn(&Object) -> bool,
        selector: &'static [&'static str],
    ) -> Self {
        let mut by_namespace: BTreeMap<&str, Vec<&Object>> = BTreeMap::new();
        for object in snapshot.objects.iter().filter(|object| wanted(object)) {
            // Where the namespace is not known it may be any, which a rule has to treat as such.
            by_namespace.entry(object.namespace.value().map_or("", |name| name.as_str())).or_default().push(object);
        }
        Self { snapshot, by_namespace, selector }
    }

    /// Whether one of them selects the pods of a workload; `None` if it cannot be told.
    pub(super) fn cover(&self, workload: &Object) -> Option<bool> {
        let labels = labels(workload)?;
        let namespace = workload.namespace.value();
        let may_be_here =
            |other: &str| other.is_empty() || namespace.is_none_or(|namespace| namespace.as_str() == other);
        let here = self.by_namespace.iter().filter(|(other, _)| may_be_here(other)).flat_map(|(_, objects)| objects);
        let universe = &self.snapshot.unit(workload.unit).universe;
        let mut verdict = Some(false);
        for object in here {
            let unit = self.snapshot.unit(object.unit);
            if object.unit != workload.unit && !unit.universe.may_be(universe) {
                continue;
            }
            match matches(object.value.at(self.selector), labels) {
                // What is applied together gets into one namespace, unless one of them names another.
                Some(true) if object.namespace.value() == namespace => return Some(true),
                Some(true) => verdict = None,
                Some(false) => {}
                None => verdict = None,
            }
        }
        verdict
    }

    /// Whether one of them certainly selects the pods of a workload.
    pub(super) fn selects(object: &Object, selector: &[&str], workload: &Object) -> bool {
        object.namespace.value().is_some()
            && object.namespace.value() == workload.namespace.value()
            && labels(workload).is_some_and(|labels| matches(object.value.at(selector), labels) == Some(true))
    }
}

/// The labels of a workload's pods; `None` if they are not known.
fn labels(workload: &Object) -> Option<Option<&Value>> {
    let path = pod_template(&workload.group, &workload.kind).filter(|_| workload.rendered)?;
    let labels = workload.value.at(path)?.at(&["metadata", "labels"]);
    match labels {
        Some(labels) if labels.as_map().is_none_or(|map| map.open.is_some()) => None,
        labels => Some(labels),
    }
}

/// Whether a label selector selects labels.
fn matches(selector: Option<&Value>, labels: Option<&Value>) -> Option<bool> {
    let Some(selector) = selector else { return Some(true) };
    selector.as_map().filter(|map| map.open.is_none())?;
    let label = |key: &str| labels.and_then(|labels| labels.get(key));
    for entry in selector.get("matchLabels").into_iter().flat_map(Value::entries) {
        match label(&entry.key) {
            None => return Some(false),
            Some(value) if value.as_str()? != entry.value.as_str()? => return Some(false),
            Some(_) => {}
        }
    }
    for expression in selector.get("matchExpressions").map(Value::items).unwrap_or_default() {
        let value = label(expression.str_at(&["key"])?);
        let values = expression.get("values").map(Value::items).unwrap_or_default();
        let among = value.is_some_and(|value| values.iter().any(|item| item.as_str() == value.as_str()));
        let holds = match expression.str_at(&["operator"])? {
            "In" => among,
            "NotIn" => !among,
            "Exists" => value.is_some(),
            "DoesNotExist" => value.is_none(),
            _ => return None,
        };
        if !holds {
            return Some(false);
        }
    }
    Some(true)
}
