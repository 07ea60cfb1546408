//! A workload's service account must exist.

use crate::diagnostic::RuleMeta;
use crate::graph::ReferenceKind;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule, Uses, support};

declare_rule! {
    MissingServiceAccount = "missing-service-account" {
        summary: "workload runs as a ServiceAccount that nothing creates",
        group: Kubernetes, level: Error, confidence: High, fix: Sometimes, since: "0.1.0",
    }
}

impl Rule for MissingServiceAccount {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn reference(&self, cx: &Context<'_>, uses: &Uses<'_>) {
        if uses.first().is_none_or(|first| !matches!(first.kind, ReferenceKind::ServiceAccount)) {
            return;
        }
        let Some(broken) = support::broken_name(cx, uses) else { return };
        let reference = broken.reference;
        let Some(name) = reference.want.name.value() else { return };
        let holder = support::holder(cx.head, &reference.from);
        let message = format!("{holder} {} ServiceAccount `{name}`, which nothing creates", reference.kind.verb());
        let primary = format!("no ServiceAccount of this name{}", support::in_namespace(reference));
        let diagnostic = support::report(cx, &META, &broken, META.level, message, primary)
            .note("the API server refuses to create the pods");
        cx.report(diagnostic);
    }
}
