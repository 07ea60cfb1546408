//! A role that a binding grants must exist.

use super::lacks::{self, Lack, lack};
use crate::diagnostic::{RuleMeta, Severity};
use crate::graph::ReferenceKind;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule, Uses};

declare_rule! {
    MissingRole = "missing-role" {
        summary: "binding grants a role that does not exist",
        group: Kubernetes, level: Error, confidence: High, fix: Sometimes, since: "0.1.0",
    }
}

const LACKS: &[Lack] = &[lack(ReferenceKind::Role, Severity::Error, "the binding grants nothing until it exists")];

impl Rule for MissingRole {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn reference(&self, cx: &Context<'_>, uses: &Uses<'_>) {
        lacks::report_name(cx, &META, uses, LACKS);
    }
}
