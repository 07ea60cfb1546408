//! A reference into another namespace needs a ReferenceGrant there, and a route a listener that allows
//! it.

use super::listeners;
use crate::diagnostic::RuleMeta;
use crate::graph::{Reference, ReferenceKind, Resolution};
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule, Uses, support};

declare_rule! {
    UngrantedReference = "ungranted-reference" {
        summary: "Gateway API object refers to what does not allow it",
        group: Kubernetes, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

impl Rule for UngrantedReference {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn reference(&self, cx: &Context<'_>, uses: &Uses<'_>) {
        match uses.first().map(|first| first.kind) {
            Some(ReferenceKind::RouteParent) => return listeners::check(cx, &META, uses),
            Some(ReferenceKind::ReferenceGrant) => {}
            _ => return,
        }
        let broken = support::broken_name(cx, uses).or_else(|| support::broken_key(cx, uses));
        let Some(broken) = broken else { return };
        let Reference { want, .. } = broken.reference;
        let (Some(from), Some(to), Some(name)) = (want.name.value(), want.namespace.value(), &want.key) else { return };
        let Some((from_kind, to_kind)) = want.kind.split_once(" to ") else { return };
        let kind = |text: &str| text.rsplit('/').next().unwrap_or(text).to_owned();
        let holder = support::holder(cx.head, &broken.reference.from);
        let message =
            format!("{holder} refers to {} `{name}` in namespace `{to}`, which does not allow it", kind(to_kind));
        let primary = format!("no ReferenceGrant in `{to}` lets a {} of `{from}` do this", kind(from_kind));
        let mut finding = support::report(cx, &META, &broken, META.level, message, primary)
            .note("the reference is refused: `RefNotPermitted`");
        if let Some(Resolution::Missing { elsewhere, .. }) = &broken.reference.key {
            for id in elsewhere.iter().take(3) {
                finding = finding.label(cx.head.symbol(*id).origin.span(), "this grant is for other names");
            }
        }
        cx.report(finding);
    }
}
