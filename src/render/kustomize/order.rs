//! The order in which resources are printed (`SortOrderTransformer`).

use std::cmp::Ordering;

use rustc_hash::FxHashMap;

use super::accumulator::Accumulator;
use super::fault::{Fault, FaultKind};
use super::resource::{Gvk, Resource, ResourceId};
use crate::text::near_miss;
use crate::value::Value;

/// Kinds that come first in the legacy order.
pub(super) const FIRST: &[&str] = &[
    "Namespace",
    "ResourceQuota",
    "StorageClass",
    "CustomResourceDefinition",
    "ServiceAccount",
    "PodSecurityPolicy",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "Endpoints",
    "Service",
    "LimitRange",
    "PriorityClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
];

/// Kinds that come last in the legacy order.
pub(super) const LAST: &[&str] = &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/// What is done if `sortOptions` says nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Order {
    /// What other things need comes first: the default of `kustomize build`, of `kubectl
    /// kustomize` and of Argo CD.
    Legacy,
    /// As loaded: the default of a `SortOrderTransformer` that is configured in a file.
    FirstInFirstOut,
}

/// Bring the resources in order, by `sortOptions` of the kustomization of the root or of a
/// `SortOrderTransformer`. Faults at the options if they are invalid (nothing is done then), and
/// at a resource that has the same identity as one before it, which only a replacement can make.
pub(super) fn sort(out: &mut Accumulator, options: Option<&Value>, default: Order) {
    let options = options.filter(|options| !options.is_null());
    let order = match options {
        None => default,
        Some(options) => match chosen(options) {
            Ok(order) => order,
            Err(fault) => return out.faults.extend(fault),
        },
    };
    if order == Order::FirstInFirstOut {
        return;
    }
    let legacy = options.and_then(|options| options.get("legacySortOptions")).filter(|legacy| !legacy.is_null());
    let ranks = match legacy {
        None => ranks(FIRST.iter().copied(), LAST.iter().copied()),
        Some(legacy) => ranks(kinds(legacy, "orderFirst"), kinds(legacy, "orderLast")),
    };
    let mut keyed: Vec<(Key, Resource)> =
        std::mem::take(&mut out.resources).into_iter().map(|resource| (Key::of(&resource, &ranks), resource)).collect();
    keyed.sort_by(|(a, _), (b, _)| a.compare(b));
    out.resources = keyed.into_iter().map(|(_, resource)| resource).collect();
    report_duplicates(out);
}

/// The order that options ask for; no fault if it is not known.
fn chosen(options: &Value) -> Result<Order, Option<Fault>> {
    if options.unknown().is_some() {
        return Err(None);
    }
    let fault = |at: &Value, message: String| Fault::new(FaultKind::InvalidField, at.span(), message);
    let order = options.get("order").filter(|order| !order.is_null());
    match order.map(|order| (order, order.as_str())) {
        Some((_, Some("legacy"))) => Ok(Order::Legacy),
        Some((_, Some("fifo"))) => match options.get("legacySortOptions").filter(|legacy| !legacy.is_null()) {
            None => Ok(Order::FirstInFirstOut),
            Some(legacy) => Err(Some(fault(legacy, "`legacySortOptions` with the order `fifo`".to_owned()))),
        },
        Some((order, Some(other))) => {
            let near = near_miss(other, ["fifo", "legacy"]).map(str::to_owned);
            Err(Some(fault(order, format!("the order `{other}` is neither `legacy` nor `fifo`")).near(near)))
        }
        Some((order, None)) if order.unknown().is_some() => Err(None),
        Some((order, None)) => Err(Some(fault(order, "an order that is not text".to_owned()))),
        None => Err(Some(fault(options, "`sortOptions` without `order`".to_owned()))),
    }
}

fn kinds<'a>(legacy: &'a Value, field: &str) -> impl ExactSizeIterator<Item = &'a str> {
    legacy.get(field).map(Value::items).unwrap_or_default().iter().map(|kind| kind.as_str().unwrap_or_default())
}

/// The rank of each kind that is named; others have 0.
fn ranks<'a>(
    first: impl ExactSizeIterator<Item = &'a str>,
    last: impl ExactSizeIterator<Item = &'a str>,
) -> FxHashMap<&'a str, isize> {
    let offset = first.len().cast_signed();
    let first = first.zip(-offset..);
    first.chain(last.zip(1..)).collect()
}

/// What resources are compared by.
struct Key {
    rank: isize,
    gvk: Gvk,
    gvk_text: String,
    id_text: String,
}

impl Key {
    fn of(resource: &Resource, ranks: &FxHashMap<&str, isize>) -> Self {
        let gvk = resource.gvk();
        let or = |text: &str, absent: &str| if text.is_empty() { absent.to_owned() } else { text.to_owned() };
        let gvk_text = format!("{}_{}_{}", or(&gvk.group, "~G"), or(&gvk.version, "~V"), or(&gvk.kind, "~K"));
        // All of one comparison by this text are of one kind, so that it need not stand in it.
        let id_text = format!("{}|{}", or(resource.namespace(), "~X"), or(resource.name(), "~N"));
        Self { rank: ranks.get(gvk.kind.as_str()).copied().unwrap_or_default(), gvk, gvk_text, id_text }
    }

    fn compare(&self, other: &Self) -> Ordering {
        if self.gvk == other.gvk {
            return self.id_text.cmp(&other.id_text);
        }
        let order = self.gvk_text.cmp(&other.gvk_text);
        // The core Namespace comes before those of other groups.
        let is_core_namespace =
            self.gvk.kind == "Namespace" && (self.gvk.group.is_empty() || other.gvk.group.is_empty());
        let same_kind = self.gvk.kind == other.gvk.kind;
        self.rank.cmp(&other.rank).then(if is_core_namespace && same_kind { order.reverse() } else { order })
    }
}

/// A fault at each resource that has the same identity as one before it.
pub(super) fn report_duplicates(out: &mut Accumulator) {
    // What was reported where it came about need not be said again.
    if out.faults.iter().any(|fault| fault.kind == FaultKind::DuplicateResource) {
        return;
    }
    let mut seen: FxHashMap<ResourceId, &Resource> =
        FxHashMap::with_capacity_and_hasher(out.resources.len(), Default::default());
    for resource in &out.resources {
        let name = |resource: &Resource| resource.value.at(&["metadata", "name"]).unwrap_or(&resource.value).span();
        if resource.name().is_empty() {
            continue;
        }
        if let Some(first) = seen.insert(resource.id(), resource) {
            let message = format!("a second {} `{}` after replacements", resource.kind(), resource.name());
            let fault = Fault::new(FaultKind::DuplicateResource, name(resource), message);
            out.faults.push(fault.related(name(first), "the first"));
        }
    }
}
