//! A remote secret that Terraform should make, and does not.

use crate::diagnostic::{Diagnostic, RuleMeta, Severity};
use crate::graph::references::REMOTE;
use crate::graph::{Reference, ReferenceKind, Resolution, remote};
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
        if let Some(removed) = removed(cx, uses) {
            return cx.report(removed);
        }
        let Some(broken) = support::broken_name(cx, uses) else { return };
        let reference = broken.reference;
        let level = level(cx, reference);
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
fn level(cx: &Context<'_>, reference: &Reference) -> Severity {
    let closed = remote::is_closed(reference, &cx.head.repository);
    if closed { Severity::Error } else { META.level }
}

/// What the change itself takes away is certainly missing afterwards.
fn removed(cx: &Context<'_>, uses: &Uses<'_>) -> Option<Diagnostic> {
    let (base, reference) = (cx.base?, *uses.first()?);
    let name = reference.want.name.value()?;
    if matches!(reference.resolution, Resolution::Found(_)) {
        return None;
    }
    let was = base
        .symbols
        .iter()
        .find(|symbol| symbol.group == REMOTE && symbol.kind == reference.want.kind && symbol.name == *name)?;
    let broken = support::Broken {
        reference,
        deployed: reference.unit.is_none_or(|unit| cx.head.unit(unit).deployed),
        certain: true,
        units: Vec::new(),
    };
    let holder = support::holder(cx.head, &reference.from);
    let message = format!("{holder} fetches `{name}`, which this change removes");
    let primary = format!("no {} secret of this name any more", reference.want.kind);
    let diagnostic = support::report(cx, &META, &broken, Severity::Error, message, primary)
        .label(was.origin.span(), "made here in base")
        .note("the next sync of the ExternalSecret fails, and the Secret grows stale");
    Some(diagnostic)
}
