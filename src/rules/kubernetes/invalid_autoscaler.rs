//! HorizontalPodAutoscalers.

use super::invalid_resources::{Resource, quantity};
use super::judge::{Judge, declare_judge};
use crate::model::{Field, names};
use crate::schema::Quantity;
use crate::value::Known;

declare_judge! {
    InvalidAutoscaler = "invalid-autoscaler" {
        summary: "HorizontalPodAutoscaler that the API server refuses",
        group: Kubernetes, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

/// The types of metrics and the fields that hold them.
const SOURCES: [(&str, &str); 5] = [
    ("Resource", "resource"),
    ("ContainerResource", "containerResource"),
    ("Pods", "pods"),
    ("Object", "object"),
    ("External", "external"),
];

fn check(judge: &mut Judge<'_>) {
    if !judge.object.is("autoscaling", "HorizontalPodAutoscaler") {
        return;
    }
    let spec = judge.spec();
    let (least, most) = (spec.get("minReplicas"), spec.get("maxReplicas"));
    judge.at_least(most, 1);
    judge.at_least(least, 0);
    judge.at_least(spec.get("targetCPUUtilizationPercentage"), 1);
    if let (Known::Value(fewest), Known::Value(many)) = (least.int(), most.int())
        && fewest > many
        && many > 0
    {
        judge
            .error(most, format!("`maxReplicas` {many} is less than `minReplicas` {fewest}"))
            .label(least.span(), "the least");
    }
    let metrics = spec.get("metrics");
    let outside = metrics.items().any(|(_, metric)| {
        !matches!(metric.get("type").text(), Known::Value("Resource" | "ContainerResource" | "Pods"))
    });
    if least.int() == Known::Value(0) && metrics.is_complete() && !outside {
        judge
            .error(least, "no pods cannot be measured: `minReplicas: 0` needs a metric of type `Object` or `External`")
            .help("set it to at least 1");
    }
    let target = spec.get("scaleTargetRef");
    for key in ["kind", "name"] {
        if target.get(key).raw_text() == Known::Value("") {
            judge.error(target.get(key), format!("`scaleTargetRef` has no {key}"));
        }
        judge.form(target.get(key), key, names::path_segment);
    }
    if let (Known::Value(version), Known::Value(kind)) = (target.get("apiVersion").text(), target.get("kind").text())
        && !version.contains('/')
        && kind != "ReplicationController"
    {
        judge
            .error(
                target.get("apiVersion"),
                format!("`{version}` has no API group, and no {kind} is in the core group"),
            )
            .help("such as `apiVersion: apps/v1`");
    }
    if let (Known::Absent, Known::Value(kind)) = (target.get("apiVersion").text(), target.get("kind").text())
        && matches!(kind, "Deployment" | "StatefulSet" | "ReplicaSet")
        && judge
            .refused_since(34, target.get("kind"), format!("`scaleTargetRef` names a {kind} without `apiVersion`"))
            .map(|problem| problem.help("add `apiVersion: apps/v1`"))
            .is_none()
    {
        judge
            .warning(target.get("kind"), format!("`scaleTargetRef` names a {kind} without `apiVersion`"))
            .note("the controller looks for it in the core group, where there is none: nothing is scaled")
            .help("add `apiVersion: apps/v1`");
    }
    for (_, metric) in metrics.items() {
        self::metric(judge, metric);
    }
    for direction in ["scaleUp", "scaleDown"] {
        let rules = spec.at(&["behavior", direction]);
        judge.within(rules.get("stabilizationWindowSeconds"), 0, 3600);
        let policies = rules.get("policies");
        if policies.is_present() && policies.is_empty() {
            judge
                .error(policies, format!("`{direction}` has no policies"))
                .help("leave `policies` out for the defaults");
        }
        for (_, policy) in policies.items() {
            judge.at_least(policy.get("value"), 1);
            judge.within(policy.get("periodSeconds"), 1, 1800);
        }
        let tolerance = rules.get("tolerance");
        if quantity(tolerance).is_some_and(|tolerance| tolerance < Quantity::ZERO) {
            judge.error(tolerance, "the tolerance is negative");
        }
    }
}

fn metric<'a>(judge: &mut Judge<'a>, metric: Field<'a>) {
    let kind = metric.get("type");
    let Known::Value(name) = kind.text() else { return };
    let Some((_, source)) = SOURCES.iter().find(|(of, _)| *of == name) else { return };
    for (_, other) in SOURCES.iter().filter(|(_, other)| other != source) {
        if metric.get(other).is_present() {
            judge
                .error(metric.get(other), format!("a metric of type `{name}` has `{other}`"))
                .label(kind.span(), "its type");
        }
    }
    let field = metric.get(source);
    if field.is_absent() {
        judge.error(kind, format!("a metric of type `{name}` has no `{source}`"));
    }
    for path in [&["name"][..], &["metric", "name"], &["describedObject", "name"], &["describedObject", "kind"]] {
        if field.at(path).raw_text() == Known::Value("") {
            judge.error(field.at(path), format!("a metric of type `{name}` has no `{}`", path.join(".")));
        }
    }
    judge.form(field.at(&["metric", "name"]), "name of a metric", names::path_segment);
    for key in ["kind", "name"] {
        judge.form(field.at(&["describedObject", key]), key, names::path_segment);
    }
    if let ("ContainerResource", Known::Value(resource)) = (name, field.get("name").text())
        && Resource::of(resource).is_none()
    {
        judge.error(field.get("name"), format!("`{resource}` is no resource of a container"));
    }
    judge.form(field.get("container"), "name of a container", names::dns_label);
    let target = field.get("target");
    if !target.is_present() {
        return;
    }
    let [value, average, utilization] = ["value", "averageValue", "averageUtilization"].map(|key| target.get(key));
    for field in [value, average] {
        if quantity(field).is_some_and(|quantity| quantity <= Quantity::ZERO) {
            judge.error(field, "the target of a metric must be more than 0");
        }
    }
    judge.at_least(utilization, 1);
    let wanted: &[(&str, Field<'a>)] = match name {
        "Resource" | "ContainerResource" => &[("averageUtilization", utilization), ("averageValue", average)],
        "Pods" => &[("averageValue", average)],
        _ => &[("value", value), ("averageValue", average)],
    };
    if target.is_complete() && wanted.iter().all(|(_, field)| field.is_absent()) {
        let keys: Vec<_> = wanted.iter().map(|(key, _)| format!("`{key}`")).collect();
        judge.error(target, format!("the target of a metric of type `{name}` has no {}", keys.join(" and no ")));
    }
    if let ([(_, first), (second, other)], true) = (wanted, name != "Object")
        && first.is_present()
        && other.is_present()
    {
        judge
            .error(*other, format!("the target of a metric has `{second}` too"))
            .label(first.span(), "the other target");
    }
}
