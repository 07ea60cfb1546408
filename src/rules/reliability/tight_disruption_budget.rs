//! A disruption budget should leave something to evict.

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, RuleMeta};
use crate::graph::{Object, Snapshot};
use crate::rules::declare::declare_rule;
use crate::rules::selectors::Selectors;
use crate::rules::{Context, Rule};
use crate::value::Value;

declare_rule! {
    TightDisruptionBudget = "tight-disruption-budget" {
        summary: "a PodDisruptionBudget wants as many pods as there are",
        group: Reliability, level: Warning, confidence: Medium, fix: None, since: "0.1.0",
    }
}

const SELECTOR: &[&str] = &["spec", "selector"];

impl Rule for TightDisruptionBudget {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn snapshot(&self, cx: &Context<'_>) {
        let workloads: Vec<&Object> = cx.head.objects.iter().filter(|object| is_scaled(object)).collect();
        let mut seen = BTreeSet::new();
        for budget in cx.head.objects.iter().filter(|object| object.is("policy", "PodDisruptionBudget")) {
            let Some(field) = budget.value.at(&["spec", "minAvailable"]) else { continue };
            let Some(wanted) = field.as_int() else { continue };
            let deployed = cx.head.unit(budget.unit).deployed && budget.rendered;
            // One workload alone, so that the number of pods is its number of replicas.
            let mut selected = workloads.iter().filter(|workload| {
                is_beside(cx.head, budget, workload) && Selectors::selects(budget, SELECTOR, workload)
            });
            let (Some(workload), None) = (selected.next(), selected.next()) else { continue };
            let Some(replicas) = replicas(workload) else { continue };
            if !deployed || replicas == 0 || wanted < replicas || is_autoscaled(cx.head, workload) {
                continue;
            }
            if !seen.insert(field.span()) {
                continue;
            }
            let message = format!("{} wants {wanted} of the {replicas} pods of {}", budget.title(), workload.title());
            let at = workload.value.at(&["spec", "replicas"]).map_or(workload.name_span(), Value::span);
            cx.report(
                Diagnostic::new(&META, field.span(), message, budget.subject())
                    .label(at, format!("{replicas} here"))
                    .note("no pod may be evicted: draining a node waits for it, and upgrades of nodes stand still")
                    .help("use `maxUnavailable: 1`, or more replicas"),
            );
        }
    }
}

fn is_scaled(object: &Object) -> bool {
    object.is("apps", "Deployment") || object.is("apps", "StatefulSet")
}

/// Whether both are certainly in one cluster.
fn is_beside(snapshot: &Snapshot, one: &Object, other: &Object) -> bool {
    one.unit == other.unit || snapshot.unit(one.unit).universe.is_same(&snapshot.unit(other.unit).universe)
}

fn replicas(workload: &Object) -> Option<i64> {
    let spec = workload.value.get("spec")?;
    match spec.get("replicas") {
        Some(replicas) => replicas.as_int(),
        None => (spec.as_map()?.open.is_none() && workload.rendered).then_some(1),
    }
}

/// Whether something may change the number of replicas.
pub(super) fn is_autoscaled(snapshot: &Snapshot, workload: &Object) -> bool {
    snapshot.objects.iter().any(|object| {
        let scaler = object.is("autoscaling", "HorizontalPodAutoscaler") || object.is("keda.sh", "ScaledObject");
        scaler
            && object.value.str_at(&["spec", "scaleTargetRef", "name"])
                == workload.name.value().map(|name| name.as_str())
            && object.namespace.value() == workload.namespace.value()
    })
}
