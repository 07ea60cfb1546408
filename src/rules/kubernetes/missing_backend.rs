//! An Ingress or a route must lead to a Service and port that exist.

use super::lacks;
use crate::diagnostic::{RuleMeta, Severity};
use crate::graph::{Reference, ReferenceKind, Resolution};
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule, Uses, support};
use crate::value::Known;

declare_rule! {
    MissingBackend = "missing-backend" {
        summary: "Ingress or route leads to a Service or port that does not exist",
        group: Kubernetes, level: Error, confidence: High, fix: Sometimes, since: "0.1.0",
    }
}

const BREAKS: &str = "requests to this path are answered with 503";

impl Rule for MissingBackend {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn reference(&self, cx: &Context<'_>, uses: &Uses<'_>) {
        let is_backend = |kind| {
            matches!(kind, ReferenceKind::IngressBackend | ReferenceKind::IngressResource | ReferenceKind::RouteBackend)
        };
        if uses.first().is_none_or(|first| !is_backend(first.kind)) {
            return;
        }
        if let Some(broken) = support::broken_name(cx, uses) {
            let level = level(cx, broken.reference);
            if let Some(finding) = lacks::missing(cx, &META, &broken, level, BREAKS) {
                cx.report(finding);
            }
        }
        lacks::report_part(cx, &META, uses, "port", BREAKS);
    }
}

/// An error where this repository makes the namespace's Services, or one of this name in another
/// namespace. Where it makes none, they are deployed from elsewhere: a hint.
fn level(cx: &Context<'_>, reference: &Reference) -> Severity {
    let made_here = cx.head.symbols.iter().any(|symbol| {
        symbol.kind == reference.want.kind
            && symbol.group == reference.want.group
            && (symbol.unit == reference.unit || symbol.universe.may_be(&reference.universe))
            && match (&symbol.namespace, &reference.want.namespace) {
                (Known::Value(a), Known::Value(b)) => a == b,
                _ => symbol.unit == reference.unit,
            }
    });
    let near = support::near_symbol(cx.head, &reference.resolution).is_some();
    let elsewhere = matches!(&reference.resolution, Resolution::Missing { elsewhere, .. } if !elsewhere.is_empty());
    if made_here || near || elsewhere { META.level } else { Severity::Info }
}
