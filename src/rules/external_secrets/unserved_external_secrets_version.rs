//! API versions of External Secrets Operator that are no longer served.

use crate::diagnostic::{Applicability, Diagnostic, RuleMeta, Severity};
use crate::graph::Object;
use crate::model::external_secrets::GROUP;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule, support};

declare_rule! {
    UnservedExternalSecretsVersion = "unserved-external-secrets-version" {
        summary: "API version that External Secrets Operator no longer serves",
        group: ExternalSecrets, level: Error, confidence: High, fix: Sometimes, since: "0.1.0",
    }
}

impl Rule for UnservedExternalSecretsVersion {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn object(&self, cx: &Context<'_>, object: &Object) {
        let stable = matches!(
            object.kind.as_str(),
            "ExternalSecret" | "SecretStore" | "ClusterSecretStore" | "ClusterExternalSecret"
        );
        if object.group != GROUP || !stable {
            return;
        }
        // v1alpha1 went with 0.16, v1beta1 with 0.17.
        let (gone_in, minor) = match object.version.as_str() {
            "v1alpha1" => ("0.16", 16),
            "v1beta1" => ("0.17", 17),
            _ => return,
        };
        let Some(value) = object.value.get("apiVersion") else { return };
        let versions = cx
            .head
            .repository
            .declared
            .clusters
            .iter()
            .filter_map(|cluster| cluster.versions.external_secrets.as_deref());
        let versions: Vec<&str> = versions.collect();
        if !versions.is_empty() && versions.iter().all(|version| is_before(version, minor)) {
            return;
        }
        let deployed = cx.head.unit(object.unit).deployed;
        let title = object.title();
        let message = format!("{title} uses {GROUP}/{}, which the operator no longer serves", object.version);
        // Which version of the operator runs is rarely in git: certain only if it is declared.
        let level = match (deployed, versions.is_empty()) {
            (false, _) => Severity::Info,
            (true, true) => Severity::Warning,
            (true, false) => META.level,
        };
        let mut diagnostic = Diagnostic::new(&META, value.span(), message, object.subject())
            .severity(level)
            .primary(format!("not served since {gone_in}"))
            .note("the API server refuses the object: `no matches for kind`")
            .help(format!("use {GROUP}/v1"));
        let compatible = object.version == "v1beta1" || object.value.at(&["spec", "dataFrom"]).is_none();
        if compatible {
            let old = format!("{GROUP}/{}", object.version);
            let applicability = Applicability::Safe;
            let fix = support::replace_scalar(cx.head, value.span(), &old, &format!("{GROUP}/v1"), applicability);
            if let Some(fix) = fix {
                diagnostic = diagnostic.fix(fix);
            }
        }
        cx.report(diagnostic);
    }
}

/// Whether a version such as `0.16.2` or `v0.16` is before `0.<minor>`.
fn is_before(version: &str, minor: u32) -> bool {
    let mut parts = version.trim_start_matches('v').split('.').map(|part| part.parse::<u32>().ok());
    matches!((parts.next().flatten(), parts.next().flatten()), (Some(0), Some(actual)) if actual < minor)
}
