//! A field of a kustomization must be one that kustomize knows.

use super::faults::{self, Words};
use crate::diagnostic::RuleMeta;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule};

declare_rule! {
    UnknownKustomizationField = "unknown-kustomization-field" {
        summary: "kustomization has a field that kustomize does not know",
        group: Kustomize, level: Error, confidence: High, fix: Sometimes, since: "0.1.0",
    }
}

impl Rule for UnknownKustomizationField {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn snapshot(&self, cx: &Context<'_>) {
        faults::report(cx, &META, |fault| Words {
            message: fault.message.clone(),
            primary: "no such field".to_owned(),
        });
    }
}
