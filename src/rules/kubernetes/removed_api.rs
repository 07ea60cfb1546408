//! APIs that the target version no longer serves.

use crate::diagnostic::RuleMeta;
use crate::model::versions::Project;
use crate::rules::declare::declare_rule;
use crate::rules::lifecycle::{self, Verdict};
use crate::rules::{Context, Rule};

declare_rule! {
    RemovedApi = "removed-api" {
        summary: "API version that the target version no longer serves",
        group: Kubernetes, level: Error, confidence: High, fix: Sometimes, since: "0.1.0",
    }
}

impl Rule for RemovedApi {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn snapshot(&self, cx: &Context<'_>) {
        // `unserved-external-secrets-version` speaks of those.
        let of = |project| project != Project::ExternalSecrets;
        for uses in lifecycle::uses(cx, Verdict::Removed, of).values() {
            lifecycle::report(cx, &META, Verdict::Removed, uses);
        }
    }
}
