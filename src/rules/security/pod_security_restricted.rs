//! A workload should keep to the Pod Security Standard `restricted`, where that is asked for.

use super::standards::{self, LATEST, Level};
use crate::diagnostic::RuleMeta;
use crate::graph::Object;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule};

declare_rule! {
    PodSecurityRestricted = "pod-security-restricted" {
        summary: "a workload breaks the Pod Security Standard `restricted`",
        group: Security, level: Warning, confidence: High, fix: None, since: "0.1.0",
        enabled: false,
    }
}

impl Rule for PodSecurityRestricted {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn object(&self, cx: &Context<'_>, object: &Object) {
        for finding in standards::findings(&META, object, Level::Restricted, LATEST, "") {
            cx.report(finding);
        }
    }
}
