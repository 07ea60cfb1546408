//! API versions of External Secrets Operator that are no longer served.

use std::collections::BTreeSet;

use crate::diagnostic::{Applicability, Diagnostic, RuleMeta, Severity};
use crate::graph::{Object, Snapshot};
use crate::model::external_secrets::GROUP;
use crate::model::{argocd, kustomization};
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule, support};
use crate::syntax::Syntax;
use crate::syntax::yaml::Schema;
use crate::value::Value;

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

    fn snapshot(&self, cx: &Context<'_>) {
        let versions = versions(cx.head);
        let mut seen = BTreeSet::new();
        // What one unit deploys counts, even if another one that does not reads it first.
        let (deployed, idle): (Vec<&Object>, Vec<&Object>) =
            cx.head.objects.iter().partition(|object| cx.head.unit(object.unit).deployed);
        for object in deployed.into_iter().chain(idle) {
            if seen.insert(object.value.span()) {
                check(cx, object, &versions);
            }
        }
    }
}

/// What is known about the operator's version.
enum Versions {
    /// `kate.yaml` says so, for each cluster.
    Declared(Vec<String>),
    /// This repository installs these.
    Installed(Vec<String>),
    /// This repository installs one in a text that cannot be read, such as a chart's template.
    Hidden,
    /// Nothing.
    Unknown,
}

fn check(cx: &Context<'_>, object: &Object, versions: &Versions) {
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
    let serves = |version: &String| is_before(version, minor);
    let served = match versions {
        Versions::Declared(versions) => versions.iter().all(serves),
        // One installed operator that still serves it may be the one that reads this object.
        Versions::Installed(versions) => versions.iter().any(serves),
        Versions::Hidden | Versions::Unknown => false,
    };
    if served {
        return;
    }
    let Some(value) = object.value.get("apiVersion") else { return };
    let deployed = cx.head.unit(object.unit).deployed;
    let title = object.title();
    let message = format!("{title} uses {GROUP}/{}, which the operator no longer serves", object.version);
    let level = match (deployed, versions) {
        (false, _) | (_, Versions::Hidden) => Severity::Info,
        // No version in sight: every supported release refuses it.
        (true, Versions::Unknown) => Severity::Warning,
        (true, _) => META.level,
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

/// Versions of the operator that `kate.yaml` declares, else those that this repository installs:
/// the Helm chart has the version of the operator.
fn versions(snapshot: &Snapshot) -> Versions {
    let repository = &snapshot.repository;
    let declared = repository.declared.clusters.iter().filter_map(|cluster| cluster.versions.external_secrets.clone());
    let declared: Vec<String> = declared.collect();
    if !declared.is_empty() {
        return Versions::Declared(declared);
    }
    let mut found = Vec::new();
    for object in &snapshot.objects {
        let spec = match (object.group.as_str(), object.kind.as_str()) {
            ("argoproj.io", "Application") => object.value.get("spec"),
            ("argoproj.io", "ApplicationSet") => object.value.at(&["spec", "template", "spec"]),
            ("helm.toolkit.fluxcd.io", "HelmRelease") => {
                found.extend(chart_version(object.value.at(&["spec", "chart", "spec"]), "chart", "version"));
                None
            }
            _ => None,
        };
        let sources = spec.map(argocd::sources).unwrap_or_default();
        found.extend(sources.iter().filter_map(|source| chart_version(Some(source.value), "chart", "targetRevision")));
    }
    for file in repository.files.values() {
        let list = match file.source.path.file_name() {
            "Chart.yaml" => "dependencies",
            name if kustomization::is_kustomization(name) => "helmCharts",
            _ => continue,
        };
        let documents = file.yaml().map(|stream| stream.documents.as_slice()).unwrap_or_default();
        for document in documents {
            let value = document.value(Schema::Kubernetes);
            let entries = kustomization::list(&value, list);
            found.extend(entries.iter().filter_map(|entry| chart_version(Some(entry), "name", "version")));
        }
    }
    if !found.is_empty() {
        return Versions::Installed(found);
    }
    let installs = |text: &str| {
        let mut lines = text.lines().map(|line| line.trim().trim_start_matches("- "));
        text.contains("charts.external-secrets.io") || lines.any(|line| line.starts_with("chart: external-secrets"))
    };
    let mut opaque = repository.files.values().filter(|file| matches!(file.syntax, Syntax::Opaque(_)));
    if opaque.any(|file| installs(&file.source.text)) { Versions::Hidden } else { Versions::Unknown }
}

/// The version of an entry whose chart is the operator's.
fn chart_version(entry: Option<&Value>, name: &str, version: &str) -> Option<String> {
    let chart = entry?.str_at(&[name])?;
    let version = entry?.str_at(&[version])?;
    let plain = version.trim_start_matches(['v', '^', '~', '=', ' ']).starts_with(|c: char| c.is_ascii_digit());
    (chart.rsplit('/').next() == Some("external-secrets") && plain).then(|| version.to_owned())
}

/// Whether a version such as `0.16.2` or `v0.16` is before `0.<minor>`.
fn is_before(version: &str, minor: u32) -> bool {
    let mut parts =
        version.trim_start_matches(['v', '^', '~', '=', ' ']).split('.').map(|part| part.parse::<u32>().ok());
    matches!((parts.next().flatten(), parts.next().flatten()), (Some(0), Some(actual)) if actual < minor)
}
