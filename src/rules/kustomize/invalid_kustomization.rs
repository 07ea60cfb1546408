//! What a kustomization holds must be something that kustomize can read.

use super::faults::{self, Words};
use crate::diagnostic::RuleMeta;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule};

declare_rule! {
    InvalidKustomization = "invalid-kustomization" {
        summary: "kustomization holds something that kustomize refuses",
        group: Kustomize, level: Error, confidence: High, fix: Sometimes, since: "0.1.0",
    }
}

impl Rule for InvalidKustomization {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn snapshot(&self, cx: &Context<'_>) {
        faults::report(cx, &META, |fault| Words {
            message: format!("kustomize cannot build this: {}", fault.message),
            primary: "refused".to_owned(),
        });
    }
}
