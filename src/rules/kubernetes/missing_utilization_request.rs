//! Utilisation is a part of what is requested, so that something has to be requested.

use crate::diagnostic::{Confidence, Diagnostic, RuleMeta, Severity};
use crate::graph::{Node, Object, Reference, ReferenceKind, Resolution, Snapshot};
use crate::model::pod::Role;
use crate::model::{Field, Pod};
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule, Uses, support};
use crate::text::Span;
use crate::value::Known;

declare_rule! {
    MissingUtilizationRequest = "missing-utilization-request" {
        summary: "autoscaler measures the utilisation of a resource that the pods do not request",
        group: Kubernetes, level: Warning, confidence: Medium, fix: None, since: "0.1.0",
    }
}

impl Rule for MissingUtilizationRequest {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn reference(&self, cx: &Context<'_>, uses: &Uses<'_>) {
        if uses.first().is_none_or(|first| first.kind != ReferenceKind::ScaleTarget) {
            return;
        }
        let mut reported = Vec::new();
        // What is deployed speaks first.
        let mut uses: Vec<&Reference> = uses.to_vec();
        uses.sort_by_key(|reference| !is_deployed(cx.head, reference));
        for reference in uses {
            for lack in lacks(cx.head, reference) {
                if reported.contains(&(lack.at, lack.container_at)) {
                    continue;
                }
                reported.push((lack.at, lack.container_at));
                cx.report(finding(cx.head, reference, &lack));
            }
        }
    }
}

fn is_deployed(snapshot: &Snapshot, reference: &Reference) -> bool {
    reference.unit.is_none_or(|unit| snapshot.unit(unit).deployed)
}

fn finding(snapshot: &Snapshot, reference: &Reference, lack: &Lack<'_>) -> Diagnostic {
    let message = format!(
        "{} measures the utilisation of `{}`, of which {} of {} requests nothing",
        lack.scaler.title(),
        lack.resource,
        lack.container,
        lack.target.title()
    );
    let level = if is_deployed(snapshot, reference) { META.level } else { Severity::Info };
    Diagnostic::new(&META, lack.at, message, format!("{} {}", support::subject(snapshot, reference), lack.resource))
        .severity(level)
        .confidence(Confidence::Medium)
        .primary("utilisation is the part that is used of what is requested")
        .label(lack.container_at, format!("without `resources.requests.{}`", lack.resource))
        .note("it cannot be computed: the autoscaler never scales by it")
        .help(format!("request `{}`, or use `averageValue`", lack.resource))
}

/// A container that requests nothing of what is measured.
struct Lack<'a> {
    scaler: &'a Object,
    target: &'a Object,
    at: Span,
    resource: &'a str,
    container: String,
    container_at: Span,
}

fn lacks<'a>(snapshot: &'a Snapshot, reference: &'a Reference) -> Vec<Lack<'a>> {
    let Node::Object(id) = reference.from else { return Vec::new() };
    let scaler = snapshot.object(id);
    let Resolution::Found(targets) = &reference.resolution else { return Vec::new() };
    let [target] = targets.as_slice() else { return Vec::new() };
    let Node::Object(target) = snapshot.symbol(*target).node else { return Vec::new() };
    let target = snapshot.object(target);
    let Some(pod) = Pod::of(&target.group, &target.kind, &target.value) else { return Vec::new() };
    if !scaler.rendered || !target.rendered || !pod.has_all_containers() || is_completed(snapshot, target) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for Measure { at, resource, container } in measures(scaler, reference) {
        // What is requested for the pod as a whole counts instead.
        let whole = pod.spec.at(&["resources", "requests"]);
        if container.is_none() && !whole.is_absent() {
            continue;
        }
        let counted = pod.containers().filter(|one| matches!(one.role, Role::Main | Role::Sidecar));
        for one in counted.filter(|one| container.is_none_or(|name| one.name() == Known::Value(name))) {
            let of = |list: &str| one.field.at(&["resources", list, resource]);
            if of("requests").is_absent() && of("limits").is_absent() {
                found.push(Lack {
                    scaler,
                    target,
                    at,
                    resource,
                    container: one.title(),
                    container_at: one.field.span(),
                });
            }
        }
    }
    found
}

/// Whether something may give the pods requests that are not written: a LimitRange in their namespace, or a
/// vertical autoscaler.
fn is_completed(snapshot: &Snapshot, target: &Object) -> bool {
    let place = &snapshot.unit(target.unit).universe;
    let near = |object: &&Object| {
        let namespaces = match (&object.namespace, &target.namespace) {
            (Known::Value(one), Known::Value(two)) => one == two,
            _ => true,
        };
        namespaces && snapshot.unit(object.unit).universe.may_be(place)
    };
    snapshot.objects.iter().filter(near).any(|object| match object.kind.as_str() {
        "LimitRange" => object.group.is_empty(),
        "VerticalPodAutoscaler" => {
            let name = object.value.str_at(&["spec", "targetRef", "name"]);
            name.is_none() || name == target.name.value().map(|name| name.as_str())
        }
        _ => false,
    })
}

/// A resource whose utilisation is measured, of all containers or of one.
struct Measure<'a> {
    at: Span,
    resource: &'a str,
    container: Option<&'a str>,
}

fn measures<'a>(scaler: &'a Object, reference: &'a Reference) -> Vec<Measure<'a>> {
    let spec = Field::new(&scaler.value).get("spec");
    match (scaler.group.as_str(), scaler.kind.as_str()) {
        ("autoscaling", "HorizontalPodAutoscaler") => {
            let (metrics, percentage) = (spec.get("metrics"), spec.get("targetCPUUtilizationPercentage"));
            if percentage.is_present() {
                return vec![Measure { at: percentage.span(), resource: "cpu", container: None }];
            }
            // Without metrics it is the processor.
            if metrics.is_empty() && percentage.is_absent() {
                return vec![Measure { at: reference.origin.span(), resource: "cpu", container: None }];
            }
            metrics.items().filter_map(|(_, metric)| self::metric(metric)).collect()
        }
        ("keda.sh", "ScaledObject") => {
            let triggers = spec.get("triggers").items().map(|(_, trigger)| trigger);
            triggers.filter_map(trigger).collect()
        }
        _ => Vec::new(),
    }
}

fn metric(metric: Field<'_>) -> Option<Measure<'_>> {
    let source = match metric.get("type").text() {
        Known::Value("Resource") => metric.get("resource"),
        Known::Value("ContainerResource") => metric.get("containerResource"),
        _ => return None,
    };
    let wanted = [source.at(&["target", "averageUtilization"]), source.get("targetAverageUtilization")];
    wanted.iter().find(|field| field.is_present())?;
    let name = source.get("name");
    let container = match source.get("container").text() {
        Known::Value(container) => Some(container),
        Known::Absent => None,
        Known::Unknown(_) => return None,
    };
    standard(name).map(|resource| Measure { at: name.span(), resource, container })
}

fn trigger(trigger: Field<'_>) -> Option<Measure<'_>> {
    let kind = trigger.get("type");
    let metadata = trigger.get("metadata");
    let is_share = [trigger.get("metricType"), metadata.get("type")].iter().any(|field| field.is_text("Utilization"));
    let container = match metadata.get("containerName").text() {
        Known::Value(container) => Some(container),
        Known::Absent => None,
        Known::Unknown(_) => return None,
    };
    standard(kind).filter(|_| is_share).map(|resource| Measure { at: kind.span(), resource, container })
}

/// `cpu` or `memory`.
fn standard(field: Field<'_>) -> Option<&str> {
    match field.text() {
        Known::Value(text @ ("cpu" | "memory")) => Some(text),
        _ => None,
    }
}
