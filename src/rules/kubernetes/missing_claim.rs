//! A claim that a workload mounts must exist.

use super::lacks::{self, Lack, lack};
use crate::diagnostic::{RuleMeta, Severity};
use crate::graph::ReferenceKind;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule, Uses};

declare_rule! {
    MissingClaim = "missing-claim" {
        summary: "workload mounts a PersistentVolumeClaim that nothing creates",
        group: Kubernetes, level: Error, confidence: High, fix: Sometimes, since: "0.1.0",
    }
}

const LACKS: &[Lack] = &[
    lack(ReferenceKind::PersistentVolumeClaim, Severity::Error, "the pod is never scheduled"),
    lack(ReferenceKind::SnapshotSource, Severity::Warning, "the snapshot is never ready"),
];

impl Rule for MissingClaim {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn reference(&self, cx: &Context<'_>, uses: &Uses<'_>) {
        lacks::report_name(cx, &META, uses, LACKS);
    }
}
