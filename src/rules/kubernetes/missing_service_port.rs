//! A named port of a Service or a NetworkPolicy must be a port of the pods that it selects.

use super::lacks;
use crate::diagnostic::{RuleMeta, Severity};
use crate::graph::{Reference, ReferenceKind};
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule, Uses, support};

declare_rule! {
    MissingServicePort = "missing-service-port" {
        summary: "Service or NetworkPolicy names a port that none of its pods has",
        group: Kubernetes, level: Error, confidence: High, fix: Sometimes, since: "0.1.0",
    }
}

impl Rule for MissingServicePort {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn reference(&self, cx: &Context<'_>, uses: &Uses<'_>) {
        let (does, whose, breaks, level) = match uses.first().map(|first| first.kind) {
            Some(ReferenceKind::ServicePort) => {
                ("forwards to", "its pods", "the Service gets no endpoints for this port", META.level)
            }
            Some(ReferenceKind::PolicyPort) => {
                ("allows", "the pods behind it", "nothing is let through to this port", Severity::Warning)
            }
            _ => return,
        };
        let Some(broken) = support::broken_key(cx, uses) else { return };
        let Some(port) = &broken.reference.want.key else { return };
        // A policy selects widely: what cannot be seen may be among its pods.
        let Reference { universe, want, .. } = broken.reference;
        let near = support::near_key(cx.head, broken.reference).is_some();
        if broken.reference.kind == ReferenceKind::PolicyPort
            && !near
            && !support::is_all_seen(cx.head, universe, &want.namespace)
        {
            return;
        }
        let holder = support::holder(cx.head, &broken.reference.from);
        let message = format!("{holder} {does} port `{port}`, which none of {whose} has");
        let primary = "no container port of this name".to_owned();
        if let Some(finding) = lacks::lacking(cx, &META, &broken, message, primary, "selected; has") {
            let finding = finding.severity(broken.severity(level)).note(breaks);
            cx.report(support::affected(finding, &broken.units));
        }
    }
}
