//! Containers that something names by their name.

use super::judge::{self, Judge};
use crate::diagnostic::{Diagnostic, RuleMeta, Severity};
use crate::graph::{Node, Object, Reference, ReferenceKind, Resolution};
use crate::model::{Field, Pod};
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule, Uses, Variant, support};
use crate::text::near_miss;
use crate::value::Known;

declare_rule! {
    MissingContainer = "missing-container" {
        summary: "field names a container that the pod does not have",
        group: Kubernetes, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

impl Rule for MissingContainer {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn variants(&self, cx: &Context<'_>, variants: &[Variant<'_>]) {
        judge::judge(cx, &META, variants, own_fields);
    }

    fn reference(&self, cx: &Context<'_>, uses: &Uses<'_>) {
        if uses.first().is_none_or(|first| first.kind != ReferenceKind::ScaleTarget) {
            return;
        }
        let mut reported = Vec::new();
        for reference in uses {
            let Some((scaler, target)) = scaled(cx, reference) else { continue };
            for field in measured(scaler) {
                if let Some(finding) = unmeasured(cx, reference, scaler, target, field)
                    && !reported.contains(&field.span())
                {
                    reported.push(field.span());
                    cx.report(finding);
                }
            }
        }
    }
}

/// What pods take from the resources of a container: in variables, and in files.
fn own_fields(judge: &mut Judge<'_>) {
    let Some(pod) = judge.pod() else { return };
    let Some(names) = names(pod) else { return };
    let mut fields = Vec::new();
    for container in pod.containers() {
        for (_, variable) in container.field.get("env").items() {
            fields.push(variable.at(&["valueFrom", "resourceFieldRef", "containerName"]));
        }
    }
    for (_, volume) in pod.spec.get("volumes").items() {
        let projected = volume.at(&["projected", "sources"]).items().map(|(_, source)| source.get("downwardAPI"));
        for (_, item) in
            std::iter::once(volume.get("downwardAPI")).chain(projected).flat_map(|source| source.get("items").items())
        {
            fields.push(item.at(&["resourceFieldRef", "containerName"]));
        }
    }
    for field in fields {
        let Known::Value(wanted) = field.text() else { continue };
        if wanted.is_empty() || names.contains(&wanted) {
            continue;
        }
        let problem = judge.error(field, format!("the pod has no container `{wanted}`"));
        problem.note("the pod does not start: the kubelet cannot tell the resources of the container");
        if let Some(near) = near_miss(wanted, names.iter().copied()) {
            problem.help(format!("did you mean `{near}`?"));
        }
    }
}

/// The containers of a pod; nothing if any of them is not known, or there are none.
fn names(pod: Pod<'_>) -> Option<Vec<&str>> {
    let names: Option<Vec<&str>> = pod.containers().map(|container| container.name().value().copied()).collect();
    names.filter(|names| pod.has_all_containers() && !names.is_empty())
}

/// An autoscaler and the workload that it scales, if that is certainly it.
fn scaled<'a>(cx: &Context<'a>, reference: &Reference) -> Option<(&'a Object, &'a Object)> {
    let (Node::Object(scaler), Resolution::Found(found)) = (&reference.from, &reference.resolution) else {
        return None;
    };
    let [target] = found.as_slice() else { return None };
    let Node::Object(target) = cx.head.symbol(*target).node else { return None };
    let (scaler, target) = (cx.head.object(*scaler), cx.head.object(target));
    (scaler.rendered && target.rendered).then_some((scaler, target))
}

/// The fields of an autoscaler that name a container.
fn measured(scaler: &Object) -> Vec<Field<'_>> {
    let spec = Field::new(&scaler.value).get("spec");
    match scaler.kind.as_str() {
        "HorizontalPodAutoscaler" => {
            spec.get("metrics").items().map(|(_, metric)| metric.at(&["containerResource", "container"])).collect()
        }
        "ScaledObject" => {
            let triggers = spec.get("triggers").items().map(|(_, trigger)| trigger);
            let of_resources =
                triggers.filter(|one| one.get("type").is_text("cpu") || one.get("type").is_text("memory"));
            let names = of_resources.map(|trigger| trigger.at(&["metadata", "containerName"]));
            names.chain([spec.at(&["scaleTargetRef", "envSourceContainerName"])]).collect()
        }
        _ => Vec::new(),
    }
}

fn unmeasured(
    cx: &Context<'_>,
    reference: &Reference,
    scaler: &Object,
    target: &Object,
    field: Field<'_>,
) -> Option<Diagnostic> {
    let Known::Value(wanted) = field.text() else { return None };
    let names = names(Pod::of(&target.group, &target.kind, &target.value)?)?;
    if wanted.is_empty() || names.contains(&wanted) || is_injected(wanted) {
        return None;
    }
    let deployed = reference.unit.is_none_or(|unit| cx.head.unit(unit).deployed);
    let message = format!("{} names container `{wanted}`, which {} does not have", scaler.title(), target.title());
    let subject = format!("{} {wanted}", support::subject(cx.head, reference));
    let mut finding = Diagnostic::new(&META, field.span(), message, subject)
        .severity(if deployed { Severity::Warning } else { Severity::Info })
        .primary("no container of this name")
        .label(target.name_span(), format!("has {}", support::and(&quoted(&names))))
        .note("the metric cannot be read: nothing is scaled by it");
    if let Some(near) = near_miss(wanted, names.iter().copied()) {
        finding = finding.help(format!("did you mean `{near}`?"));
    }
    Some(finding)
}

fn quoted(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| format!("`{name}`")).collect()
}

/// Containers that others add to pods when they are made.
fn is_injected(name: &str) -> bool {
    matches!(name, "istio-proxy" | "linkerd-proxy" | "daprd" | "vault-agent" | "consul-dataplane" | "kuma-sidecar")
        || ["envoy", "datadog", "aws-", "cloud-sql-proxy", "csql-", "otc-"].iter().any(|start| name.starts_with(start))
}
