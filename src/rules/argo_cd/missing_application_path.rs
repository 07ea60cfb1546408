//! The directory that an Application deploys must exist.

use crate::diagnostic::{Applicability, RuleMeta};
use crate::graph::ReferenceKind;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule, Uses, support};
use crate::text::RepoPath;

declare_rule! {
    MissingApplicationPath = "missing-application-path" {
        summary: "Application deploys a directory that does not exist",
        group: ArgoCd, level: Error, confidence: High, fix: Sometimes, since: "0.1.0",
    }
}

impl Rule for MissingApplicationPath {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn reference(&self, cx: &Context<'_>, uses: &Uses<'_>) {
        if uses.first().is_none_or(|first| first.kind != ReferenceKind::ApplicationPath) {
            return;
        }
        let Some(broken) = support::broken_name(cx, uses) else { return };
        let reference = broken.reference;
        let Some(path) = reference.want.name.value() else { return };
        let holder = support::holder(cx.head, &reference.from);
        let message = if RepoPath::new(path).is_none() {
            format!("{holder} deploys `{path}`, which is outside the repository")
        } else {
            format!("{holder} deploys `{path}`, which does not exist")
        };
        let primary = "no such directory".to_owned();
        let mut diagnostic = support::report(cx, &META, &broken, META.level, message, primary)
            .note("Argo CD stops with `app path does not exist` and syncs nothing of this Application");
        if let Some(near) = support::near_path(cx.head, path) {
            let span = reference.origin.span();
            let fix = support::replace_scalar(cx.head, span, path, near.as_str(), Applicability::Unsafe);
            diagnostic = diagnostic.help(format!("did you mean `{near}`?"));
            if let Some(fix) = fix {
                diagnostic = diagnostic.fix(fix);
            }
        }
        cx.report(diagnostic);
    }
}
