//! What an autoscaler scales must exist.

use super::lacks::{self, Lack, lack};
use crate::diagnostic::{RuleMeta, Severity};
use crate::graph::ReferenceKind;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule, Uses};

declare_rule! {
    MissingScaleTarget = "missing-scale-target" {
        summary: "autoscaler scales a workload that does not exist",
        group: Kubernetes, level: Error, confidence: High, fix: Sometimes, since: "0.1.0",
    }
}

const LACKS: &[Lack] = &[
    lack(ReferenceKind::ScaleTarget, Severity::Error, "nothing is scaled"),
    lack(ReferenceKind::WorkloadRef, Severity::Error, "the Rollout has no pods"),
    lack(ReferenceKind::MetricObject, Severity::Warning, "the metric cannot be read, and nothing is scaled by it"),
];

impl Rule for MissingScaleTarget {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn reference(&self, cx: &Context<'_>, uses: &Uses<'_>) {
        lacks::report_name(cx, &META, uses, LACKS);
    }
}
