//! A Service's named target port must be a port of the pods that it selects.

use crate::diagnostic::{Applicability, Diagnostic, RuleMeta};
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
        let reference = broken.reference;
        let (Some(port), Some(origin)) = (&reference.want.key, &reference.key_origin) else { return };
        let holder = support::holder(cx.head, &reference.from);
        let message = format!("{holder} forwards to port `{port}`, which none of its pods has");
        let mut diagnostic = Diagnostic::new(&META, origin.span(), message, support::subject(cx.head, reference))
            .severity(broken.severity(META.level))
            .primary("no container port of this name")
            .note("the Service gets no endpoints for this port");
        diagnostic = support::keys_instead(diagnostic, cx.head, reference, "selected; has");
        if let Some((near, near_origin)) = support::near_key(cx.head, reference) {
            diagnostic = diagnostic.label(near_origin.span(), "declared here").help(format!("did you mean `{near}`?"));
            if let Some(fix) = support::replace_scalar(cx.head, origin.span(), port, near, Applicability::Unsafe) {
                diagnostic = diagnostic.fix(fix);
            }
        }
        cx.report(support::affected(diagnostic, &broken.units));
    }
}
