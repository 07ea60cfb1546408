//! Leases, by which processes agree on who leads.

use super::judge::{Judge, declare_judge};

declare_judge! {
    InvalidLease = "invalid-lease" {
        summary: "Lease that the API server refuses",
        group: Kubernetes, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

fn check(judge: &mut Judge<'_>) {
    if judge.object.is("coordination.k8s.io", "Lease") {
        judge.at_least(judge.spec().get("leaseDurationSeconds"), 1);
        judge.at_least(judge.spec().get("leaseTransitions"), 0);
    }
}
