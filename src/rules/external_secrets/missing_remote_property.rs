//! A property of a remote secret must be one that Terraform writes into it.

use crate::diagnostic::{Applicability, RuleMeta};
use crate::graph::ReferenceKind;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule, Uses, support};

declare_rule! {
    MissingRemoteProperty = "missing-remote-property" {
        summary: "ExternalSecret fetches a property that the remote secret does not have",
        group: ExternalSecrets, level: Error, confidence: High, fix: Sometimes, since: "0.1.0",
    }
}

impl Rule for MissingRemoteProperty {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn reference(&self, cx: &Context<'_>, uses: &Uses<'_>) {
        if uses.first().is_none_or(|first| first.kind != ReferenceKind::RemoteSecret) {
            return;
        }
        let Some(broken) = support::broken_key(cx, uses) else { return };
        let reference = broken.reference;
        let (Some(name), Some(property), Some(origin)) =
            (reference.want.name.value(), &reference.want.key, &reference.key_origin)
        else {
            return;
        };
        let holder = support::holder(cx.head, &reference.from);
        let message = format!("{holder} fetches property `{property}` of `{name}`, which Terraform does not write");
        let subject = support::subject(cx.head, reference);
        let mut diagnostic = crate::diagnostic::Diagnostic::new(&META, origin.span(), message, subject)
            .severity(broken.severity(META.level))
            .primary("no such property")
            .note("the operator cannot sync the ExternalSecret, and the Secret is never made or updated");
        diagnostic = support::keys_instead(diagnostic, cx.head, reference, "has");
        if let Some((key, key_origin)) = support::near_key(cx.head, reference) {
            diagnostic = diagnostic.label(key_origin.span(), "written here").help(format!("did you mean `{key}`?"));
            let fix = support::replace_scalar(cx.head, origin.span(), property, key, Applicability::Unsafe);
            if let Some(fix) = fix {
                diagnostic = diagnostic.fix(fix);
            }
        }
        cx.report(support::affected(diagnostic, &broken.units));
    }
}
