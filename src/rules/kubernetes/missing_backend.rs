//! An Ingress must route to a Service and port that exist.

use crate::diagnostic::{Applicability, Diagnostic, RuleMeta, Severity};
use crate::graph::{Reference, ReferenceKind, Resolution};
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule, Uses, support};
use crate::value::Known;

declare_rule! {
    MissingBackend = "missing-backend" {
        summary: "Ingress routes to a Service or port that does not exist",
        group: Kubernetes, level: Error, confidence: High, fix: Sometimes, since: "0.1.0",
    }
}

impl Rule for MissingBackend {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn reference(&self, cx: &Context<'_>, uses: &Uses<'_>) {
        if uses.first().is_none_or(|first| first.kind != ReferenceKind::IngressBackend) {
            return;
        }
        if let Some(broken) = support::broken_name(cx, uses) {
            let reference = broken.reference;
            let Some(name) = reference.want.name.value() else { return };
            let holder = support::holder(cx.head, &reference.from);
            let message = format!("{holder} routes to Service `{name}`, which nothing creates");
            let primary = format!("no Service of this name{}", support::in_namespace(reference));
            let diagnostic = support::report(cx, &META, &broken, level(cx, reference), message, primary)
                .note("requests to this path are answered with 503");
            cx.report(diagnostic);
        } else if let Some(broken) = support::broken_key(cx, uses) {
            let reference = broken.reference;
            let (Some(name), Some(port), Some(origin)) =
                (reference.want.name.value(), &reference.want.key, &reference.key_origin)
            else {
                return;
            };
            let holder = support::holder(cx.head, &reference.from);
            let message = format!("{holder} routes to port `{port}` of Service `{name}`, which does not have it");
            let mut diagnostic = Diagnostic::new(&META, origin.span(), message, support::subject(cx.head, reference))
                .severity(broken.severity(META.level))
                .primary("no such port")
                .note("requests to this path are answered with 503");
            diagnostic = support::keys_instead(diagnostic, cx.head, reference, "has");
            if let Some((near, _)) = support::near_key(cx.head, reference) {
                diagnostic = diagnostic.help(format!("did you mean `{near}`?"));
                if let Some(fix) = support::replace_scalar(cx.head, origin.span(), port, near, Applicability::Unsafe) {
                    diagnostic = diagnostic.fix(fix);
                }
            }
            cx.report(support::affected(diagnostic, &broken.units));
        }
    }
}

/// An error where this repository makes the namespace's Services, or one of this name in another
/// namespace. Where it makes none, they are deployed from elsewhere: a hint.
fn level(cx: &Context<'_>, reference: &Reference) -> Severity {
    let made_here = cx.head.symbols.iter().any(|symbol| {
        symbol.kind == "Service"
            && symbol.group.is_empty()
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
