//! A key that a workload reads must be in the Secret or ConfigMap.

use crate::diagnostic::{Applicability, Diagnostic, RuleMeta};
use crate::graph::ReferenceKind;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule, Uses, support};

declare_rule! {
    MissingKey = "missing-key" {
        summary: "a key is read that the Secret or ConfigMap certainly does not have",
        group: Kubernetes, level: Error, confidence: High, fix: Sometimes, since: "0.1.0",
    }
}

impl Rule for MissingKey {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn reference(&self, cx: &Context<'_>, uses: &Uses<'_>) {
        let reads_keys = |kind| {
            matches!(
                kind,
                ReferenceKind::SecretEnv
                    | ReferenceKind::SecretVolume
                    | ReferenceKind::ConfigMapEnv
                    | ReferenceKind::ConfigMapVolume
                    | ReferenceKind::StoreCredentials
            )
        };
        if uses.first().is_none_or(|first| !reads_keys(first.kind)) {
            return;
        }
        let Some(broken) = support::broken_key(cx, uses) else { return };
        let reference = broken.reference;
        let (Some(name), Some(key), Some(origin)) =
            (reference.stable_name(), &reference.want.key, &reference.key_origin)
        else {
            return;
        };
        let holder = support::holder(cx.head, &reference.from);
        let kind = &reference.want.kind;
        let message =
            format!("{holder} {} key `{key}` of {kind} `{name}`, which does not have it", reference.kind.verb());
        let mut diagnostic = Diagnostic::new(&META, origin.span(), message, support::subject(cx.head, reference))
            .severity(broken.severity(META.level))
            .primary("no such key");
        diagnostic = diagnostic.note(match reference.kind {
            ReferenceKind::StoreCredentials => {
                "the store cannot authenticate, and nothing that reads from it is synced"
            }
            _ => "the pod does not start: `CreateContainerConfigError`",
        });
        diagnostic = support::keys_instead(diagnostic, cx.head, reference, "has");
        if let Some((near, near_origin)) = support::near_key(cx.head, reference) {
            diagnostic = diagnostic.label(near_origin.span(), "written here").help(format!("did you mean `{near}`?"));
            if let Some(fix) = support::replace_scalar(cx.head, origin.span(), key, near, Applicability::Unsafe) {
                diagnostic = diagnostic.fix(fix);
            }
        }
        cx.report(support::affected(diagnostic, &broken.units));
    }
}
