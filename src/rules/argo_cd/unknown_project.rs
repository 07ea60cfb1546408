//! An Application's project must exist.

use crate::diagnostic::RuleMeta;
use crate::graph::ReferenceKind;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule, Uses, support};

declare_rule! {
    UnknownProject = "unknown-project" {
        summary: "Application belongs to a project that nothing creates",
        group: ArgoCd, level: Error, confidence: High, fix: Sometimes, since: "0.1.0",
    }
}

impl Rule for UnknownProject {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn reference(&self, cx: &Context<'_>, uses: &Uses<'_>) {
        if uses.first().is_none_or(|first| first.kind != ReferenceKind::ApplicationProject) {
            return;
        }
        let Some(broken) = support::broken_name(cx, uses) else { return };
        let reference = broken.reference;
        let Some(name) = reference.want.name.value() else { return };
        let message = format!(
            "{} belongs to AppProject `{name}`, which nothing creates",
            support::holder(cx.head, &reference.from)
        );
        let primary = "no AppProject of this name".to_owned();
        let diagnostic = support::report(cx, &META, &broken, META.level, message, primary)
            .note("Argo CD refuses to sync an Application whose project does not exist");
        cx.report(diagnostic);
    }
}
