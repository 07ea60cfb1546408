//! A reference that follows a rename must lead to one object.

use super::faults::{self, Words};
use crate::diagnostic::RuleMeta;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule};

declare_rule! {
    AmbiguousNameReference = "ambiguous-name-reference" {
        summary: "reference fits several objects that kustomize renamed",
        group: Kustomize, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

impl Rule for AmbiguousNameReference {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn snapshot(&self, cx: &Context<'_>) {
        faults::report(cx, &META, |fault| Words {
            message: fault.message.clone(),
            primary: "which one is not clear".to_owned(),
        });
    }
}
