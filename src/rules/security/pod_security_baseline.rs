//! A workload should keep to the Pod Security Standard `baseline`, where that is asked for.

use super::standards::{self, LATEST, Level};
use crate::diagnostic::RuleMeta;
use crate::graph::Object;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule};

declare_rule! {
    PodSecurityBaseline = "pod-security-baseline" {
        summary: "a workload breaks the Pod Security Standard `baseline`",
        group: Security, level: Warning, confidence: High, fix: None, since: "0.1.0",
        enabled: false,
    }
}

impl Rule for PodSecurityBaseline {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn object(&self, cx: &Context<'_>, object: &Object) {
        for finding in standards::findings(&META, object, Level::Baseline, LATEST, "") {
            cx.report(finding);
        }
    }
}
