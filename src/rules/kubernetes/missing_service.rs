//! A Service that something other than an Ingress or a route relies on must exist.

use super::lacks::{self, Lack, lack};
use crate::diagnostic::{RuleMeta, Severity};
use crate::graph::ReferenceKind;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule, Uses, support};

declare_rule! {
    MissingService = "missing-service" {
        summary: "webhook, StatefulSet, Rollout or mesh names a Service that does not exist",
        group: Kubernetes, level: Error, confidence: High, fix: Sometimes, since: "0.1.0",
    }
}

const LACKS: &[Lack] = &[
    lack(ReferenceKind::WebhookService, Severity::Error, "the API server cannot call the webhook"),
    lack(ReferenceKind::ApiService, Severity::Error, "the API is not available, and namespaces cannot be deleted"),
    lack(ReferenceKind::GoverningService, Severity::Warning, "the pods get no DNS names of their own"),
    lack(ReferenceKind::EndpointService, Severity::Warning, "nothing uses the endpoints"),
    lack(ReferenceKind::AlertService, Severity::Warning, "alerts reach nobody"),
    lack(ReferenceKind::MeshHost, Severity::Error, "requests are answered with 503"),
    lack(ReferenceKind::RolloutService, Severity::Error, "the Rollout is degraded: `InvalidSpec`"),
];

impl Rule for MissingService {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn reference(&self, cx: &Context<'_>, uses: &Uses<'_>) {
        if uses.first().is_some_and(|first| first.kind == ReferenceKind::MeshSubset) {
            return missing_subset(cx, uses);
        }
        let Some(lack) = lacks::of(LACKS, uses) else { return };
        lacks::report_name(cx, &META, uses, LACKS);
        lacks::report_part(cx, &META, uses, "port", lack.breaks);
    }
}

/// Subsets are what DestinationRules make of a Service.
fn missing_subset(cx: &Context<'_>, uses: &Uses<'_>) {
    const BREAKS: &str = "requests are answered with 503";
    if let Some(broken) = support::broken_name(cx, uses) {
        let reference = broken.reference;
        let (Some(name), Some(subset)) = (reference.want.name.value(), &reference.want.key) else { return };
        let holder = support::holder(cx.head, &reference.from);
        let message =
            format!("{holder} routes to subset `{subset}` of `{name}`, of which no DestinationRule makes subsets");
        let primary = format!("no DestinationRule of this host{}", support::in_namespace(reference));
        cx.report(support::report(cx, &META, &broken, META.level, message, primary).note(BREAKS));
    } else if let Some(broken) = support::broken_key(cx, uses) {
        let reference = broken.reference;
        let (Some(name), Some(subset)) = (reference.want.name.value(), &reference.want.key) else { return };
        let holder = support::holder(cx.head, &reference.from);
        let message = format!("{holder} routes to subset `{subset}` of `{name}`, which no DestinationRule makes");
        let primary = "no such subset".to_owned();
        if let Some(finding) = lacks::lacking(cx, &META, &broken, message, primary, "has") {
            cx.report(support::affected(finding.note(BREAKS), &broken.units));
        }
    }
}
