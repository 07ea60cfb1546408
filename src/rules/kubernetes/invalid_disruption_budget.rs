//! PodDisruptionBudgets.

use super::invalid_workload::share;
use super::judge::{Judge, judge};
use crate::diagnostic::RuleMeta;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule, Variant};

declare_rule! {
    InvalidDisruptionBudget = "invalid-disruption-budget" {
        summary: "PodDisruptionBudget that the API server refuses",
        group: Kubernetes, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

impl Rule for InvalidDisruptionBudget {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn variants(&self, cx: &Context<'_>, variants: &[Variant<'_>]) {
        judge(cx, &META, variants, check);
    }
}

fn check(judge: &mut Judge<'_>) {
    if !judge.object.is("policy", "PodDisruptionBudget") {
        return;
    }
    let spec = judge.spec();
    let (least, most) = (spec.get("minAvailable"), spec.get("maxUnavailable"));
    share(judge, least, 100);
    share(judge, most, 100);
    if least.is_present() && most.is_present() {
        judge
            .error(most, "`minAvailable` and `maxUnavailable` cannot both be set")
            .label(least.span(), "the other one")
            .help("keep one of them");
    }
}
