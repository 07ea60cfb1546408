//! A class that an object asks for must exist.

use super::lacks::{self, Lack, lack};
use crate::diagnostic::{RuleMeta, Severity};
use crate::graph::{Reference, ReferenceKind};
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule, Uses};

declare_rule! {
    MissingClass = "missing-class" {
        summary: "object asks for a class that nothing declares",
        group: Kubernetes, level: Error, confidence: High, fix: Sometimes, since: "0.1.0",
    }
}

const LACKS: &[Lack] = &[
    lack(ReferenceKind::StorageClass, Severity::Warning, "the volume is never provisioned"),
    lack(ReferenceKind::IngressClass, Severity::Warning, "no controller serves the Ingress"),
    lack(ReferenceKind::IngressAnnotation, Severity::Warning, "no controller serves the Ingress"),
    lack(ReferenceKind::GatewayClass, Severity::Error, "no controller implements the Gateway"),
    lack(ReferenceKind::PriorityClass, Severity::Error, "the API server refuses to create the pods"),
    lack(ReferenceKind::RuntimeClass, Severity::Error, "the API server refuses to create the pods"),
    lack(ReferenceKind::SnapshotClass, Severity::Warning, "the snapshot is never taken"),
    lack(ReferenceKind::CsiDriver, Severity::Warning, "the volume cannot be mounted"),
    lack(ReferenceKind::QuotaScope, Severity::Warning, "the quota counts nothing"),
    lack(ReferenceKind::NodeClass, Severity::Error, "no nodes are made"),
];

impl Rule for MissingClass {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn reference(&self, cx: &Context<'_>, uses: &Uses<'_>) {
        // A controller knows the classes of the annotation by itself: only a near miss says something.
        let is_annotation = |first: &&Reference| first.kind == ReferenceKind::IngressAnnotation;
        let is_near = |first: &&Reference| first.resolution.near().is_some();
        if uses.first().copied().filter(is_annotation).is_none_or(|first| is_near(&first)) {
            lacks::report_name(cx, &META, uses, LACKS);
        }
    }
}
