//! A generator must give each key once, and fit what is there already.

use super::faults::{self, Words};
use crate::diagnostic::RuleMeta;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule};

declare_rule! {
    GeneratorConflict = "generator-conflict" {
        summary: "generator clashes with itself or with another object",
        group: Kustomize, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

impl Rule for GeneratorConflict {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn snapshot(&self, cx: &Context<'_>) {
        faults::report(cx, &META, |fault| Words {
            message: format!("generator cannot run: {}", fault.message),
            primary: "refused".to_owned(),
        });
    }
}
