//! A namespace that Argo CD creates should be the one that the objects go to.

use super::faults;
use crate::diagnostic::{Confidence, Diagnostic, RuleMeta, Severity};
use crate::graph::{Snapshot, Unit, UnitKind};
use crate::model::{argocd, kustomization};
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule};
use crate::text::Span;
use crate::value::Known;

declare_rule! {
    KustomizeNamespaceConflict = "kustomize-namespace-conflict" {
        summary: "kustomization moves its objects to another namespace than the one that is created for them",
        group: Kustomize, level: Warning, confidence: Medium, fix: None, since: "0.1.0",
    }
}

impl Rule for KustomizeNamespaceConflict {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn snapshot(&self, cx: &Context<'_>) {
        for unit in cx.head.units.iter().filter(|unit| unit.kind == UnitKind::Application && unit.deployed) {
            if let Some(finding) = finding(cx.head, unit) {
                cx.report(finding);
            }
        }
    }
}

fn finding(snapshot: &Snapshot, unit: &Unit) -> Option<Diagnostic> {
    let Known::Value(destination) = &unit.namespace else { return None };
    if unit.unknown.is_some() {
        return None;
    }
    let (at, namespace) = set_namespace(snapshot, unit)?;
    let owner = snapshot.object(unit.owner?);
    let spec = owner.value.get("spec")?;
    let creates = argocd::has_sync_option(spec, "CreateNamespace=true");
    let is_system = namespace == "default" || namespace.starts_with("kube-");
    if namespace == destination.as_str() || !creates || is_system {
        return None;
    }
    // Whoever has objects in both knows what they do, and so does who makes the namespace.
    let objects = || unit.objects.iter().map(|id| snapshot.object(*id));
    let goes_to = |name: &str| objects().any(|object| matches!(&object.namespace, Known::Value(is) if is == name));
    let is_made = snapshot
        .symbols
        .iter()
        .any(|symbol| symbol.kind == "Namespace" && symbol.group.is_empty() && symbol.name == namespace);
    let is_destination =
        snapshot.units.iter().any(|other| matches!(&other.namespace, Known::Value(is) if *is == namespace));
    if goes_to(destination) || !goes_to(&namespace) || is_made || is_destination {
        return None;
    }
    let message = format!(
        "kustomization puts everything into namespace `{namespace}`, but Application `{}` creates `{destination}`",
        unit.name
    );
    let field = owner.value.at(&["spec", "destination", "namespace"])?;
    let subject = format!("{} {namespace}", owner.subject());
    let finding = Diagnostic::new(&META, at, message, subject)
        .severity(faults::level(snapshot, &META, at, &[]).min(Severity::Warning))
        .confidence(Confidence::Medium)
        .primary("objects go here")
        .label(field.span(), "this namespace is created, and stays empty")
        .note(format!("nothing in this repository makes namespace `{namespace}`: the sync fails unless it is there"));
    Some(finding.help("name one namespace in both places"))
}

/// What the kustomization that an Application builds says about the namespace.
fn set_namespace(snapshot: &Snapshot, unit: &Unit) -> Option<(Span, String)> {
    let directory = unit.path.as_ref()?;
    let files = kustomization::FILE_NAMES.iter().filter_map(|name| directory.join(name));
    let file = files.filter_map(|path| snapshot.repository.file(&path)).next()?;
    let value = file.yaml()?.documents.first()?.root()?.get("namespace")?;
    Some((value.span(), value.text().filter(|text| !text.is_empty())?.to_owned()))
}
