//! API versions of External Secrets Operator that are no longer served.

use crate::diagnostic::RuleMeta;
use crate::model::versions::Project;
use crate::rules::declare::declare_rule;
use crate::rules::lifecycle::{self, Verdict};
use crate::rules::{Context, Rule};

declare_rule! {
    UnservedExternalSecretsVersion = "unserved-external-secrets-version" {
        summary: "API version that External Secrets Operator no longer serves",
        group: ExternalSecrets, level: Error, confidence: High, fix: Sometimes, since: "0.1.0",
    }
}

impl Rule for UnservedExternalSecretsVersion {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn snapshot(&self, cx: &Context<'_>) {
        for uses in lifecycle::uses(cx, Verdict::Removed, |project| project == Project::ExternalSecrets).values() {
            lifecycle::report(cx, &META, Verdict::Removed, uses);
        }
    }
}
