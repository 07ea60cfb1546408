//! A pod should be selected by a NetworkPolicy, where that is asked for.

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, RuleMeta};
use crate::graph::Object;
use crate::model::kubernetes::pod_template;
use crate::rules::declare::declare_rule;
use crate::rules::selectors::Selectors;
use crate::rules::{Context, Rule};

declare_rule! {
    MissingNetworkPolicy = "missing-network-policy" {
        summary: "no NetworkPolicy selects the pods of a workload",
        group: Security, level: Warning, confidence: Medium, fix: None, since: "0.1.0",
        enabled: false,
    }
}

impl Rule for MissingNetworkPolicy {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn snapshot(&self, cx: &Context<'_>) {
        let is_policy = |object: &Object| object.is("networking.k8s.io", "NetworkPolicy");
        let policies = Selectors::new(cx.head, is_policy, &["spec", "podSelector"]);
        let mut seen = BTreeSet::new();
        for object in cx.head.objects.iter().filter(|object| pod_template(&object.group, &object.kind).is_some()) {
            if policies.cover(object) != Some(false) || !seen.insert(object.name_span()) {
                continue;
            }
            let message = format!("no NetworkPolicy selects the pods of {}", object.title());
            cx.report(
                Diagnostic::new(&META, object.name_span(), message, object.subject())
                    .note("every pod of the cluster can reach them, and they can reach everything")
                    .help("add a NetworkPolicy that allows what is needed"),
            );
        }
    }
}
