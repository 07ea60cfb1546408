//! A patch must be readable and fit the object that it changes.

use super::faults::{self, Words};
use crate::diagnostic::RuleMeta;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule};

declare_rule! {
    InapplicablePatch = "inapplicable-patch" {
        summary: "patch cannot be read or does not fit its target",
        group: Kustomize, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

impl Rule for InapplicablePatch {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn snapshot(&self, cx: &Context<'_>) {
        faults::report(cx, &META, |fault| Words {
            message: format!("patch cannot be applied: {}", fault.message),
            primary: "refused".to_owned(),
        });
    }
}
