//! A key that a workload reads must be in the Secret or ConfigMap.

use super::lacks;
use crate::diagnostic::RuleMeta;
use crate::graph::{ReferenceKind, Want};
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule, Uses};

declare_rule! {
    MissingKey = "missing-key" {
        summary: "a key is read that the Secret or ConfigMap certainly does not have",
        group: Kubernetes, level: Error, confidence: High, fix: Sometimes, since: "0.1.0",
    }
}

impl Rule for MissingKey {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn reference(&self, cx: &Context<'_>, uses: &Uses<'_>) {
        let has_keys = |want: &Want| want.group.is_empty() && matches!(want.kind.as_str(), "Secret" | "ConfigMap");
        if uses.first().is_none_or(|first| !has_keys(&first.want)) {
            return;
        }
        let breaks = breaks(uses);
        lacks::report_part(cx, &META, uses, "key", breaks);
    }
}

/// What breaks without the key.
fn breaks(uses: &Uses<'_>) -> &'static str {
    match uses.first().map(|first| first.kind) {
        Some(ReferenceKind::StoreCredentials) => {
            "the store cannot authenticate, and nothing that reads from it is synced"
        }
        Some(
            ReferenceKind::SecretEnv
            | ReferenceKind::SecretVolume
            | ReferenceKind::ConfigMapEnv
            | ReferenceKind::ConfigMapVolume,
        ) => "the pod does not start: `CreateContainerConfigError`",
        _ => "the controller that reads it reports an error and does nothing",
    }
}
