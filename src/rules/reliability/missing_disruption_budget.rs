//! Replicas should have a disruption budget, where that is asked for.

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, RuleMeta};
use crate::graph::Object;
use crate::rules::declare::declare_rule;
use crate::rules::selectors::Selectors;
use crate::rules::{Context, Rule};
use crate::value::Value;

declare_rule! {
    MissingDisruptionBudget = "missing-disruption-budget" {
        summary: "no PodDisruptionBudget selects the replicas of a workload",
        group: Reliability, level: Info, confidence: Medium, fix: None, since: "0.1.0",
        enabled: false,
    }
}

impl Rule for MissingDisruptionBudget {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn snapshot(&self, cx: &Context<'_>) {
        let is_budget = |object: &Object| object.is("policy", "PodDisruptionBudget");
        let budgets = Selectors::new(cx.head, is_budget, &["spec", "selector"]);
        let mut seen = BTreeSet::new();
        for object in &cx.head.objects {
            let several = object.value.at(&["spec", "replicas"]).and_then(Value::as_int).is_some_and(|count| count > 1);
            let scaled = object.is("apps", "Deployment") || object.is("apps", "StatefulSet");
            if !several || !scaled || budgets.cover(object) != Some(false) || !seen.insert(object.name_span()) {
                continue;
            }
            let message = format!("no PodDisruptionBudget selects the pods of {}", object.title());
            cx.report(
                Diagnostic::new(&META, object.name_span(), message, object.subject())
                    .note("draining nodes may take all replicas away at once")
                    .help("add a PodDisruptionBudget with `maxUnavailable: 1`"),
            );
        }
    }
}
