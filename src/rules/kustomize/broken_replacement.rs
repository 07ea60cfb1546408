//! A replacement must find the one value that it copies, and a place for it.

use super::faults::{self, Words};
use crate::diagnostic::RuleMeta;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule};

declare_rule! {
    BrokenReplacement = "broken-replacement" {
        summary: "replacement or variable has no source or cannot be written",
        group: Kustomize, level: Error, confidence: High, fix: Sometimes, since: "0.1.0",
    }
}

impl Rule for BrokenReplacement {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn snapshot(&self, cx: &Context<'_>) {
        faults::report(cx, &META, |fault| Words {
            message: if fault.message.contains("variable") {
                fault.message.clone()
            } else {
                format!("replacement cannot be made: {}", fault.message)
            },
            primary: "refused".to_owned(),
        });
    }
}
