//! APIs that the target version serves and a later one will not.

use crate::diagnostic::RuleMeta;
use crate::rules::declare::declare_rule;
use crate::rules::lifecycle::{self, Verdict};
use crate::rules::{Context, Rule};

declare_rule! {
    DeprecatedApi = "deprecated-api" {
        summary: "API version that is deprecated",
        group: Kubernetes, level: Warning, confidence: High, fix: Sometimes, since: "0.1.0",
    }
}

impl Rule for DeprecatedApi {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn snapshot(&self, cx: &Context<'_>) {
        for uses in lifecycle::uses(cx, Verdict::Deprecated, |_| true).values() {
            lifecycle::report(cx, &META, Verdict::Deprecated, uses);
        }
    }
}
