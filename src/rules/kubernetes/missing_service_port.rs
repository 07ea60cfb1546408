//! A Service's named target port must be a port of the pods that it selects.

use super::lacks;
use crate::diagnostic::RuleMeta;
use crate::graph::ReferenceKind;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule, Uses, support};

declare_rule! {
    MissingServicePort = "missing-service-port" {
        summary: "Service forwards to a named port that none of its pods has",
        group: Kubernetes, level: Error, confidence: High, fix: Sometimes, since: "0.1.0",
    }
}

impl Rule for MissingServicePort {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn reference(&self, cx: &Context<'_>, uses: &Uses<'_>) {
        if uses.first().is_none_or(|first| first.kind != ReferenceKind::ServicePort) {
            return;
        }
        let Some(broken) = support::broken_key(cx, uses) else { return };
        let Some(port) = &broken.reference.want.key else { return };
        let holder = support::holder(cx.head, &broken.reference.from);
        let message = format!("{holder} forwards to port `{port}`, which none of its pods has");
        let primary = "no container port of this name".to_owned();
        if let Some(finding) = lacks::lacking(cx, &META, &broken, message, primary, "selected; has") {
            let finding = finding.note("the Service gets no endpoints for this port");
            cx.report(support::affected(finding, &broken.units));
        }
    }
}
