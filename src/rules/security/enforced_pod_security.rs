//! A workload should keep to the Pod Security Standard that its namespace enforces.

use super::standards::{self, LATEST, Level};
use crate::diagnostic::{RuleMeta, Severity};
use crate::graph::{Object, Snapshot};
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule};
use crate::text::Span;
use crate::value::{Known, Value};

declare_rule! {
    EnforcedPodSecurity = "enforced-pod-security" {
        summary: "a workload breaks the Pod Security Standard that its namespace enforces",
        group: Security, level: Warning, confidence: Medium, fix: None, since: "0.1.0",
    }
}

/// What a namespace's labels say about pods.
struct Standard {
    level: Level,
    version: u32,
    at: Span,
    mode: &'static str,
}

impl Rule for EnforcedPodSecurity {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn object(&self, cx: &Context<'_>, object: &Object) {
        if !cx.head.unit(object.unit).deployed || !standards::has_pods(object) {
            return;
        }
        let Some(namespace) = namespace(cx.head, object) else { return };
        let name = namespace.name.value().map_or("", |name| name.as_str());
        // What is refused need not be warned about.
        let standard = standard(namespace, "enforce").or_else(|| standard(namespace, "warn"));
        let Some(standard) = standard else { return };
        let enforced = standard.mode == "enforce";
        let whose = format!(" that namespace `{name}` {}", if enforced { "enforces" } else { "warns about" });
        for finding in standards::findings(&META, object, standard.level, standard.version, &whose) {
            let finding = finding.label(standard.at, format!("{name}'s standard"));
            cx.report(if enforced {
                finding
                    .note("the API server refuses such pods, so that the workload has none")
                    .help("mend the workload, or let the namespace enforce less")
            } else {
                finding.severity(Severity::Info).note("the API server takes it with a warning")
            });
        }
    }
}

/// The Namespace that an object certainly gets into, if the repository makes it exactly once.
fn namespace<'a>(snapshot: &'a Snapshot, object: &Object) -> Option<&'a Object> {
    let Known::Value(name) = &object.namespace else { return None };
    let unit = snapshot.unit(object.unit);
    let mut found = snapshot.objects.iter().filter(|other| {
        other.kind == "Namespace"
            && other.group.is_empty()
            && other.name.value() == Some(name)
            && other.rendered
            && (other.unit == object.unit || snapshot.unit(other.unit).universe.is_same(&unit.universe))
    });
    let first = found.next()?;
    found.all(|other| other.value.span() == first.value.span()).then_some(first)
}

/// What a label of a namespace says, with the version beside it.
fn standard(namespace: &Object, mode: &'static str) -> Option<Standard> {
    let labels = namespace.value.at(&["metadata", "labels"])?;
    let label = labels.get(&format!("pod-security.kubernetes.io/{mode}"))?;
    let level = Level::parse(label.as_str()?)?;
    let version = match labels.get(&format!("pod-security.kubernetes.io/{mode}-version")) {
        None => LATEST,
        Some(version) => self::version(version)?,
    };
    Some(Standard { level, version, at: label.span(), mode })
}

/// `v1.29` or `latest`; `None` if it is neither or not known.
fn version(label: &Value) -> Option<u32> {
    match label.as_str()? {
        "latest" => Some(LATEST),
        text => text.strip_prefix("v1.")?.parse().ok(),
    }
}
