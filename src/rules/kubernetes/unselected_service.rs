//! A Service's selector should select the pods of something.

use crate::diagnostic::RuleMeta;
use crate::graph::{ReferenceKind, Symbol, references::PODS};
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule, Uses, support};
use crate::value::Known;

declare_rule! {
    UnselectedService = "unselected-service" {
        summary: "Service selects no pods of any workload",
        group: Kubernetes, level: Warning, confidence: High, fix: Sometimes, since: "0.1.0",
    }
}

impl Rule for UnselectedService {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn reference(&self, cx: &Context<'_>, uses: &Uses<'_>) {
        if uses.first().is_none_or(|first| first.kind != ReferenceKind::ServiceSelector) {
            return;
        }
        let Some(broken) = support::broken_name(cx, uses) else { return };
        let reference = broken.reference;
        let Some(selector) = reference.want.name.value() else { return };
        let holder = support::holder(cx.head, &reference.from);
        let message = format!("{holder} selects no pods: nothing has the labels `{selector}`");
        let primary = format!("no pods with these labels{}", support::in_namespace(reference));

        let mut diagnostic = support::report(cx, &META, &broken, META.level, message, primary)
            .note("the Service never has endpoints: connections are refused");
        let is_candidate = |symbol: &&Symbol| symbol.group == PODS && same_namespace(symbol, reference);
        let shown = if reference.resolution.near().is_some() { 0 } else { 3 };
        for symbol in cx.head.symbols.iter().filter(is_candidate).take(shown) {
            diagnostic = diagnostic.label(symbol.origin.span(), "runs pods in this namespace");
        }
        cx.report(diagnostic);
    }
}

fn same_namespace(symbol: &Symbol, reference: &crate::graph::Reference) -> bool {
    matches!((&symbol.namespace, &reference.want.namespace), (Known::Value(a), Known::Value(b)) if a == b)
        && symbol.universe.may_be(&reference.universe)
}
