//! A selector should select something.

use super::lacks::{self, Lack, lack};
use crate::diagnostic::{RuleMeta, Severity};
use crate::graph::{ReferenceKind, Symbol, references::PODS};
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule, Uses, support};

declare_rule! {
    UnmatchedSelector = "unmatched-selector" {
        summary: "budget, monitor, policy, dashboard or role selects nothing",
        group: Kubernetes, level: Warning, confidence: High, fix: Sometimes, since: "0.1.0",
    }
}

const LACKS: &[Lack] = &[
    lack(ReferenceKind::DisruptionSelector, Severity::Warning, "no pods are protected when a node is drained"),
    lack(
        ReferenceKind::MonitorSelector,
        Severity::Warning,
        "nothing is scraped, and nothing says so but a missing metric",
    ),
    lack(ReferenceKind::PrometheusSelector, Severity::Warning, "nothing of it is scraped or evaluated"),
    lack(ReferenceKind::GrafanaSelector, Severity::Warning, "no Grafana shows it"),
    lack(ReferenceKind::MeshSelector, Severity::Warning, "it has no effect"),
    lack(ReferenceKind::PolicySelector, Severity::Info, "no pods are isolated"),
    lack(ReferenceKind::PolicyPeer, Severity::Info, "this rule of the policy allows nothing"),
    lack(ReferenceKind::AggregatedRole, Severity::Info, "the role allows nothing"),
];

impl Rule for UnmatchedSelector {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn reference(&self, cx: &Context<'_>, uses: &Uses<'_>) {
        let Some(lack) = lacks::of(LACKS, uses) else { return };
        let Some(broken) = support::broken_name(cx, uses) else { return };
        let reference = broken.reference;
        // Where this repository makes none, somebody else does.
        let is_grafana = |symbol: &Symbol| symbol.kind == "Grafana" && symbol.group == reference.want.group;
        if reference.kind == ReferenceKind::GrafanaSelector && !cx.head.symbols.iter().any(is_grafana) {
            return;
        }
        let Some(selector) = reference.want.name.value() else { return };
        let holder = support::holder(cx.head, &reference.from);
        let what = match (reference.want.group.as_str(), reference.want.kind.as_str()) {
            (PODS, _) => "pods",
            (_, "Service") => "Services",
            (_, "ClusterRole") => "ClusterRoles",
            (_, kind) => kind,
        };
        let verb = reference.kind.verb();
        let message = format!("{holder} {verb} no {what}: nothing has the labels `{selector}`");
        let primary = format!("no {what} with these labels{}", support::in_namespace(reference));
        cx.report(support::report(cx, &META, &broken, lack.level, message, primary).note(lack.breaks));
    }
}
