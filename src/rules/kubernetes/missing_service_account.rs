//! A service account that something runs as or that gets rights must exist.

use super::lacks::{self, Lack, lack};
use crate::diagnostic::{RuleMeta, Severity};
use crate::graph::ReferenceKind;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule, Uses};

declare_rule! {
    MissingServiceAccount = "missing-service-account" {
        summary: "workload or binding names a ServiceAccount that nothing creates",
        group: Kubernetes, level: Error, confidence: High, fix: Sometimes, since: "0.1.0",
    }
}

const LACKS: &[Lack] = &[
    lack(ReferenceKind::ServiceAccount, Severity::Error, "the API server refuses to create the pods"),
    lack(ReferenceKind::StoreAccount, Severity::Warning, "the store cannot log in, and no secret is read"),
    lack(ReferenceKind::RoleSubject, Severity::Warning, "nobody gets the rights"),
];

impl Rule for MissingServiceAccount {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn reference(&self, cx: &Context<'_>, uses: &Uses<'_>) {
        lacks::report_name(cx, &META, uses, LACKS);
    }
}
