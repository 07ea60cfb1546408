//! What an autoscaler scales should not fix its number of replicas.

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, RuleMeta};
use crate::graph::Object;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule};
use crate::value::Value;

declare_rule! {
    AutoscaledReplicas = "autoscaled-replicas" {
        summary: "a workload fixes its replicas, and an autoscaler scales it",
        group: Reliability, level: Warning, confidence: Medium, fix: None, since: "0.1.0",
        enabled: false,
    }
}

impl Rule for AutoscaledReplicas {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn snapshot(&self, cx: &Context<'_>) {
        let mut seen = BTreeSet::new();
        for scaler in cx.head.objects.iter().filter(|object| object.is("autoscaling", "HorizontalPodAutoscaler")) {
            let target = |field: &str| scaler.value.str_at(&["spec", "scaleTargetRef", field]);
            let (Some(kind), Some(name)) = (target("kind"), target("name")) else { continue };
            let is_target = |object: &&Object| {
                object.kind == kind
                    && object.name.value().is_some_and(|other| other == name)
                    && object.unit == scaler.unit
                    && object.namespace.value() == scaler.namespace.value()
            };
            for workload in cx.head.objects.iter().filter(is_target) {
                let Some(replicas) = workload.value.at(&["spec", "replicas"]).filter(|value| !value.is_null()) else {
                    continue;
                };
                if replicas.unknown().is_some() || !seen.insert(replicas.span()) {
                    continue;
                }
                let message = format!("{} sets `replicas`, and {} scales it", workload.title(), scaler.title());
                let at = scaler.value.at(&["spec", "scaleTargetRef", "name"]).map_or(scaler.name_span(), Value::span);
                cx.report(
                    Diagnostic::new(&META, replicas.span(), message, workload.subject())
                        .label(at, "scaled by this")
                        .note("every time it is applied the number of pods jumps back")
                        .help("remove `replicas`, or let Argo CD ignore the difference"),
                );
            }
        }
    }
}
