//! APIs that the target version does not serve yet.

use crate::diagnostic::RuleMeta;
use crate::rules::declare::declare_rule;
use crate::rules::lifecycle::{self, Verdict};
use crate::rules::{Context, Rule};

declare_rule! {
    UnservedApi = "unserved-api" {
        summary: "API version that the target version does not serve yet",
        group: Kubernetes, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

impl Rule for UnservedApi {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn snapshot(&self, cx: &Context<'_>) {
        for uses in lifecycle::uses(cx, Verdict::Early, |_| true).values() {
            lifecycle::report(cx, &META, Verdict::Early, uses);
        }
    }
}
