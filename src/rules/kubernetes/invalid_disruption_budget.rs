//! PodDisruptionBudgets.

use super::invalid_workload::share;
use super::judge::{Judge, declare_judge};

declare_judge! {
    InvalidDisruptionBudget = "invalid-disruption-budget" {
        summary: "PodDisruptionBudget that the API server refuses",
        group: Kubernetes, level: Error, confidence: High, fix: None, since: "0.1.0",
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
