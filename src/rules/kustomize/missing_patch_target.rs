//! A strategic merge patch must find the one object that it names.

use super::faults::{self, Words};
use crate::diagnostic::RuleMeta;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule};

declare_rule! {
    MissingPatchTarget = "missing-patch-target" {
        summary: "patch is for an object that is not there",
        group: Kustomize, level: Error, confidence: High, fix: Sometimes, since: "0.1.0",
    }
}

impl Rule for MissingPatchTarget {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn snapshot(&self, cx: &Context<'_>) {
        faults::report(cx, &META, |fault| Words { message: fault.message.clone(), primary: "named here".to_owned() });
    }
}
