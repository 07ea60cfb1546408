//! An Application's cluster should be one that is declared.

use crate::diagnostic::RuleMeta;
use crate::graph::ReferenceKind;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule, Uses, support};

declare_rule! {
    UnknownDestination = "unknown-destination" {
        summary: "Application deploys to a cluster whose name nearly is that of a declared one",
        group: ArgoCd, level: Warning, confidence: Medium, fix: Sometimes, since: "0.1.0",
    }
}

impl Rule for UnknownDestination {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn reference(&self, cx: &Context<'_>, uses: &Uses<'_>) {
        if uses.first().is_none_or(|first| first.kind != ReferenceKind::ApplicationDestination) {
            return;
        }
        let Some(broken) = support::broken_name(cx, uses) else { return };
        let reference = broken.reference;
        let Some(name) = reference.want.name.value() else { return };
        let message =
            format!("{} deploys to cluster `{name}`, which is not declared", support::holder(cx.head, &reference.from));
        let primary = "no cluster of this name or server is declared".to_owned();
        let diagnostic = support::report(cx, &META, &broken, META.level, message, primary)
            .note("Argo CD syncs nothing of an Application whose cluster is not registered");
        cx.report(diagnostic);
    }
}
