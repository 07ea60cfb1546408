//! What an object names must exist.

use super::lacks::{self, Lack, lack};
use crate::diagnostic::{RuleMeta, Severity};
use crate::graph::{Reference, ReferenceKind};
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule, Uses};

declare_rule! {
    MissingObject = "missing-object" {
        summary: "object names another one that nothing creates",
        group: Kubernetes, level: Error, confidence: High, fix: Sometimes, since: "0.1.0",
    }
}

const LACKS: &[Lack] = &[
    lack(ReferenceKind::SecretProviderClass, Severity::Error, "the pod does not start: the volume cannot be mounted"),
    lack(ReferenceKind::TrustBundle, Severity::Error, "the pod does not start: the volume cannot be mounted"),
    lack(ReferenceKind::ResourceClaim, Severity::Error, "the pod is never scheduled"),
    lack(ReferenceKind::PersistentVolume, Severity::Warning, "the claim or snapshot stays pending"),
    lack(ReferenceKind::VolumeSource, Severity::Warning, "the claim stays pending"),
    lack(ReferenceKind::BoundClaim, Severity::Warning, "the volume stays reserved and is never used"),
    lack(ReferenceKind::ClassParameters, Severity::Warning, "the controller does not accept it"),
    lack(ReferenceKind::RouteExtension, Severity::Error, "requests that match the rule are answered with 500"),
    lack(ReferenceKind::PolicyTarget, Severity::Warning, "the policy has no effect"),
    lack(ReferenceKind::VaultAuth, Severity::Error, "the operator cannot log in, and makes no Secret"),
    lack(
        ReferenceKind::TriggerAuthentication,
        Severity::Error,
        "the trigger cannot authenticate, and nothing is scaled",
    ),
    lack(
        ReferenceKind::InjectedAuthority,
        Severity::Warning,
        "nothing is injected, and the API server does not trust the server",
    ),
    lack(ReferenceKind::AdmissionPolicy, Severity::Error, "nothing is enforced"),
    lack(
        ReferenceKind::AdmissionParameter,
        Severity::Error,
        "every request that the policy is about is denied, or with `parameterNotFoundAction: Allow` none",
    ),
    lack(ReferenceKind::ConstraintTemplate, Severity::Error, "the API server knows no such kind: nothing is enforced"),
    lack(ReferenceKind::MeshDelegate, Severity::Error, "requests that match the route are answered with 404"),
    lack(ReferenceKind::RolloutRoute, Severity::Error, "the Rollout is degraded: `InvalidSpec`"),
    lack(ReferenceKind::AnalysisTemplate, Severity::Error, "the Rollout is degraded: `InvalidSpec`"),
    lack(ReferenceKind::WorkflowTemplate, Severity::Error, "the Workflow fails"),
    lack(ReferenceKind::EventBus, Severity::Error, "no events are passed on"),
    lack(ReferenceKind::EventSource, Severity::Error, "the sensor is never triggered"),
    lack(ReferenceKind::ProviderConfig, Severity::Error, "the provider cannot authenticate, and nothing is made"),
    lack(ReferenceKind::OperandCluster, Severity::Warning, "the operator ignores it"),
    lack(ReferenceKind::FluxSource, Severity::Error, "nothing is reconciled"),
    lack(ReferenceKind::FluxDependency, Severity::Error, "it waits for ever"),
];

impl Rule for MissingObject {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn reference(&self, cx: &Context<'_>, uses: &Uses<'_>) {
        // `missing-secret` speaks of those.
        if uses.first().is_some_and(|first| first.want.kind == "Secret" && first.want.group.is_empty()) {
            return;
        }
        // Parameters in the namespace of whatever is admitted may be in any.
        let is_anywhere = |first: &Reference| {
            let unknown = first.want.namespace.unknown().is_some() && first.resolution.near().is_none();
            first.kind == ReferenceKind::AdmissionParameter && unknown
        };
        if uses.first().is_some_and(|first| is_anywhere(first)) {
            return;
        }
        lacks::report_name(cx, &META, uses, LACKS);
        if let Some(lack) = lacks::of(LACKS, uses) {
            let part = if lack.kind == ReferenceKind::WorkflowTemplate { "template" } else { "port" };
            lacks::report_part(cx, &META, uses, part, lack.breaks);
        }
    }
}
