//! A ConfigMap that is read must exist.

use super::lacks::{self, Lack, lack};
use crate::diagnostic::{RuleMeta, Severity};
use crate::graph::ReferenceKind;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule, Uses};

declare_rule! {
    MissingConfigMap = "missing-config-map" {
        summary: "workload reads a ConfigMap that nothing creates",
        group: Kubernetes, level: Error, confidence: High, fix: Sometimes, since: "0.1.0",
    }
}

const LACKS: &[Lack] = &[
    lack(ReferenceKind::ConfigMapEnv, Severity::Error, "the pod does not start until it exists"),
    lack(ReferenceKind::ConfigMapEnvFrom, Severity::Error, "the pod does not start until it exists"),
    lack(ReferenceKind::ConfigMapVolume, Severity::Error, "the pod does not start until it exists"),
    lack(
        ReferenceKind::ControllerConfigMap,
        Severity::Warning,
        "the controller that reads it reports an error and does nothing",
    ),
];

impl Rule for MissingConfigMap {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn reference(&self, cx: &Context<'_>, uses: &Uses<'_>) {
        lacks::report_name(cx, &META, uses, LACKS);
    }
}
