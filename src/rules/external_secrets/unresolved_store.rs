//! The store of an ExternalSecret must exist.

use crate::diagnostic::RuleMeta;
use crate::graph::{ReferenceKind, Symbol};
use crate::model::external_secrets::GROUP;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule, Uses, support};

declare_rule! {
    UnresolvedStore = "unresolved-store" {
        summary: "ExternalSecret reads from a store that nothing creates",
        group: ExternalSecrets, level: Error, confidence: High, fix: Sometimes, since: "0.1.0",
    }
}

impl Rule for UnresolvedStore {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn reference(&self, cx: &Context<'_>, uses: &Uses<'_>) {
        if uses.first().is_none_or(|first| first.kind != ReferenceKind::SecretStore) {
            return;
        }
        let Some(broken) = support::broken_name(cx, uses) else { return };
        let reference = broken.reference;
        let Some(name) = reference.want.name.value() else { return };
        let kind = &reference.want.kind;
        let message =
            format!("{} reads from {kind} `{name}`, which nothing creates", support::holder(cx.head, &reference.from));
        let primary = format!("no {kind} of this name{}", support::in_namespace(reference));
        // Stores are often made by hand or by another repository: a store of this kind in git
        // shows that this repository makes its own.
        let makes_stores = cx.head.symbols.iter().any(is_store);
        let level = if makes_stores { META.level } else { crate::diagnostic::Severity::Warning };
        let mut diagnostic = support::report(cx, &META, &broken, level, message, primary)
            .note("the operator cannot sync it, and the Secret is never made");
        let other = if kind == "SecretStore" { "ClusterSecretStore" } else { "SecretStore" };
        let twin =
            cx.head.symbols.iter().find(|symbol| is_store(symbol) && symbol.kind == other && symbol.name == *name);
        if let Some(twin) = twin {
            diagnostic = diagnostic
                .label(twin.origin.span(), format!("a {other} of this name"))
                .help(format!("set `kind: {other}` (without `kind` a SecretStore in the same namespace is meant)"));
        }
        cx.report(diagnostic);
    }
}

fn is_store(symbol: &Symbol) -> bool {
    symbol.group == GROUP && matches!(symbol.kind.as_str(), "SecretStore" | "ClusterSecretStore")
}
