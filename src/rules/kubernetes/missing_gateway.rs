//! A route must be attached to a Gateway that exists.

use super::lacks::{self, Lack, lack};
use crate::diagnostic::{RuleMeta, Severity};
use crate::graph::ReferenceKind;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule, Uses};

declare_rule! {
    MissingGateway = "missing-gateway" {
        summary: "route is attached to a Gateway or listener that does not exist",
        group: Kubernetes, level: Error, confidence: High, fix: Sometimes, since: "0.1.0",
    }
}

const LACKS: &[Lack] = &[
    lack(ReferenceKind::RouteParent, Severity::Error, "the route serves nothing"),
    lack(ReferenceKind::MeshGateway, Severity::Error, "requests through the gateway are answered with 404"),
];

impl Rule for MissingGateway {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn reference(&self, cx: &Context<'_>, uses: &Uses<'_>) {
        lacks::report_name(cx, &META, uses, LACKS);
        if lacks::of(LACKS, uses).is_some() {
            lacks::report_part(cx, &META, uses, "listener", "the route serves nothing");
        }
    }
}
