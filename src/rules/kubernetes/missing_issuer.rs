//! The issuer of a certificate must exist.

use super::lacks::{self, Lack, lack};
use crate::diagnostic::{RuleMeta, Severity};
use crate::graph::ReferenceKind;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule, Uses};

declare_rule! {
    MissingIssuer = "missing-issuer" {
        summary: "certificate is asked of an issuer that does not exist",
        group: Kubernetes, level: Error, confidence: High, fix: Sometimes, since: "0.1.0",
    }
}

const LACKS: &[Lack] = &[lack(ReferenceKind::Issuer, Severity::Error, "the certificate is never issued")];

impl Rule for MissingIssuer {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn reference(&self, cx: &Context<'_>, uses: &Uses<'_>) {
        lacks::report_name(cx, &META, uses, LACKS);
    }
}
