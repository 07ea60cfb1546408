//! Two autoscalers must not scale one workload.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, RuleMeta, Severity};
use crate::graph::{Node, Object, Reference, ReferenceKind, Universe};
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule, support};
use crate::value::{Known, Value};

declare_rule! {
    CompetingScalers = "competing-scalers" {
        summary: "two autoscalers scale one workload",
        group: Kubernetes, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

/// What is scaled: cluster, group, kind, namespace, name.
type Target<'a> = (&'a str, &'a str, &'a str, &'a str, &'a str);

impl Rule for CompetingScalers {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn snapshot(&self, cx: &Context<'_>) {
        let mut scalers: BTreeMap<Target<'_>, Vec<(&Object, &Reference)>> = BTreeMap::new();
        for reference in cx.head.references.iter().filter(|reference| reference.kind == ReferenceKind::ScaleTarget) {
            let Node::Object(id) = reference.from else { continue };
            let object = cx.head.object(id);
            let (Some(target), true) = (target(cx, reference, object), object.rendered) else { continue };
            scalers.entry(target).or_default().push((object, reference));
        }
        for ((_, _, kind, _, name), mut scalers) in scalers {
            scalers.sort_by_key(|(_, reference)| reference.origin.span());
            // What several units render is one scaler.
            scalers.dedup_by_key(|(_, reference)| reference.origin.span());
            let pairs =
                scalers.iter().enumerate().flat_map(|(at, one)| scalers[at + 1..].iter().map(move |two| (one, two)));
            for (one, two) in pairs {
                let Some(level) = compete(one.0, two.0) else { continue };
                let deployed = [one, two].iter().all(|(object, _)| cx.head.unit(object.unit).deployed);
                let message = format!("{} and {} both scale {kind} `{name}`", one.0.title(), two.0.title());
                let finding = Diagnostic::new(&META, two.1.origin.span(), message, support::subject(cx.head, two.1))
                    .severity(if deployed { level } else { Severity::Info })
                    .primary("scaled here")
                    .label(one.1.origin.span(), format!("and by {}", one.0.title()))
                    .note("they undo what the other does")
                    .help("keep one of them: triggers of KEDA can be CPU and memory, too");
                cx.report(finding);
            }
        }
    }
}

/// What is scaled, if cluster and namespace are known. Within a unit they need not be.
fn target<'a>(cx: &Context<'a>, reference: &'a Reference, object: &Object) -> Option<Target<'a>> {
    let want = &reference.want;
    let universe = match &reference.universe {
        Universe::Cluster(cluster) => cluster.as_str(),
        Universe::Unknown(_) => cx.head.unit(object.unit).name.as_str(),
    };
    let namespace = match &want.namespace {
        Known::Value(namespace) => namespace.as_str(),
        _ => cx.head.unit(object.unit).name.as_str(),
    };
    Some((universe, &want.group, &want.kind, namespace, want.name.value()?))
}

/// How bad it is that both scale one workload.
fn compete(one: &Object, two: &Object) -> Option<Severity> {
    match (one.kind.as_str(), two.kind.as_str()) {
        ("HorizontalPodAutoscaler", "ScaledObject") => (!adopts(two, one)).then_some(Severity::Error),
        ("ScaledObject", "HorizontalPodAutoscaler") => (!adopts(one, two)).then_some(Severity::Error),
        ("HorizontalPodAutoscaler", "HorizontalPodAutoscaler") | ("ScaledObject", "ScaledObject") => {
            (one.name != two.name).then_some(Severity::Error)
        }
        ("HorizontalPodAutoscaler", "VerticalPodAutoscaler") => measures_alike(one, two).then_some(Severity::Warning),
        ("VerticalPodAutoscaler", "HorizontalPodAutoscaler") => measures_alike(two, one).then_some(Severity::Warning),
        _ => None,
    }
}

/// Whether a ScaledObject takes an HPA over, or is paused.
fn adopts(scaled: &Object, hpa: &Object) -> bool {
    let annotation = |name: &str| scaled.value.at(&["metadata", "annotations", name]);
    let name = scaled.value.at(&["spec", "advanced", "horizontalPodAutoscalerConfig", "name"]);
    annotation("scaledobject.keda.sh/transfer-hpa-ownership").is_some()
        || annotation("autoscaling.keda.sh/paused").is_some()
        || name.is_some_and(|name| hpa.name.value().is_some_and(|hpa| name.as_str() == Some(hpa.as_str())))
}

/// Whether a horizontal and a vertical autoscaler act upon the same measure.
fn measures_alike(horizontal: &Object, vertical: &Object) -> bool {
    if matches!(vertical.value.str_at(&["spec", "updatePolicy", "updateMode"]), Some("Off" | "Initial")) {
        return false;
    }
    let metrics = horizontal.value.at(&["spec", "metrics"]).map(Value::items).unwrap_or_default();
    let mut measured: Vec<&str> = metrics
        .iter()
        .filter_map(|metric| {
            metric.str_at(&["resource", "name"]).or_else(|| metric.str_at(&["containerResource", "name"]))
        })
        .collect();
    if horizontal.value.at(&["spec", "targetCPUUtilizationPercentage"]).is_some() {
        measured.push("cpu");
    }
    let policies =
        vertical.value.at(&["spec", "resourcePolicy", "containerPolicies"]).map(Value::items).unwrap_or_default();
    // Which resources are controlled is all or what every policy lists.
    let controls = |resource: &str| {
        policies.is_empty()
            || policies.iter().any(|policy| {
                policy
                    .get("controlledResources")
                    .is_none_or(|list| list.items().iter().any(|item| item.as_str() == Some(resource)))
            })
    };
    measured.iter().any(|resource| matches!(*resource, "cpu" | "memory") && controls(resource))
}
