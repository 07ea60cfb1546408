//! A remote secret that Terraform should make, and does not.

use crate::diagnostic::{RuleMeta, Severity};
use crate::graph::{Reference, ReferenceKind};
use crate::model::declared::Closed;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule, Uses, support};

declare_rule! {
    MissingRemoteSecret = "missing-remote-secret" {
        summary: "ExternalSecret fetches a secret that no Terraform of this repository makes",
        group: ExternalSecrets, level: Warning, confidence: Medium, fix: Sometimes, since: "0.1.0",
    }
}

impl Rule for MissingRemoteSecret {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn reference(&self, cx: &Context<'_>, uses: &Uses<'_>) {
        if uses.first().is_none_or(|first| first.kind != ReferenceKind::RemoteSecret) {
            return;
        }
        let Some(broken) = support::broken_name(cx, uses) else { return };
        let reference = broken.reference;
        let Some(level) = level(cx, reference) else { return };
        let Some(name) = reference.want.name.value() else { return };
        let holder = support::holder(cx.head, &reference.from);
        let message = format!("{holder} fetches `{name}`, which no Terraform here makes");
        let primary = format!("no {} secret of this name", reference.want.kind);
        let diagnostic = support::report(cx, &META, &broken, level, message, primary)
            .note("the operator cannot sync the ExternalSecret until the secret exists");
        cx.report(diagnostic);
    }
}

/// An error only for a scope that `kate.yaml` closes.
fn level(cx: &Context<'_>, reference: &Reference) -> Option<Severity> {
    let name = reference.want.name.value()?;
    let closed = cx.head.repository.declared.closed.iter().any(|closed| match closed {
        Closed::Prefix(prefix) => name.starts_with(prefix.as_str()),
        Closed::Kind(kind) => kind == "RemoteSecret",
        Closed::Store(_) | Closed::Namespace(_) => false,
    });
    if closed {
        return Some(Severity::Error);
    }
    // The linker says "missing" only where this repository is shown to be the source; a near miss
    // tells it in an open world.
    Some(Severity::Warning)
}
