//! Selectors of workloads and the labels of their pods.

use super::judge::{Judge, declare_judge};
use crate::model::Field;
use crate::value::Known;

declare_judge! {
    MismatchedSelector = "mismatched-selector" {
        summary: "selector that does not match the pods of its own workload",
        group: Kubernetes, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

fn check(judge: &mut Judge<'_>) {
    spread(judge);
    let object = judge.object;
    let spec = judge.spec();
    let selector = spec.get("selector");
    let labels = spec.at(&["template", "metadata", "labels"]);
    let template = spec.get("template");
    match (object.group.as_str(), object.version.as_str(), object.kind.as_str()) {
        ("apps", "v1", "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet") => {
            let has_none = selector.get("matchLabels").is_empty() && selector.get("matchExpressions").is_empty();
            if spec.is_present() && has_none {
                judge
                    .error(selector, "it has no selector")
                    .primary("an empty one selects everything and is refused")
                    .help("repeat labels of the pod template in `spec.selector.matchLabels`");
                return;
            }
        }
        ("batch", _, "Job") if spec.get("manualSelector").is_true() => {
            if selector.is_absent() {
                judge
                    .error(spec.get("manualSelector"), "with `manualSelector` it needs a selector")
                    .help("leave `manualSelector` out: the API server makes the selector");
            }
        }
        ("batch", _, "Job") => {
            if selector.is_present()
                && matches!(spec.get("manualSelector").truth(), Known::Absent | Known::Value(false))
            {
                judge
                    .error(selector, "a Job may not have a selector of its own")
                    .primary("the API server makes one")
                    .help("leave it out");
            }
            return;
        }
        ("argoproj.io", _, "Rollout") if template.is_present() => {}
        ("", _, "ReplicationController") => return pairs(judge, selector, labels, template),
        _ => return,
    }
    pairs(judge, selector.get("matchLabels"), labels, template);
    for (_, expression) in selector.get("matchExpressions").items() {
        let (Known::Value(key), Known::Value(operator)) =
            (expression.get("key").text(), expression.get("operator").text())
        else {
            continue;
        };
        let label = labels.get(key);
        let values = expression.get("values");
        let is_listed = |text: &str| values.items().any(|(_, value)| value.is_text(text));
        let matches = match (operator, label.raw_text()) {
            _ if !label.is_absent() && label.text().unknown().is_some() => continue,
            ("Exists", Known::Value(_)) | ("DoesNotExist" | "NotIn", Known::Absent) => true,
            ("In", Known::Value(text)) => is_listed(text) || !values.is_complete(),
            ("NotIn", Known::Value(text)) => !is_listed(text),
            ("Exists" | "In", Known::Absent) | ("DoesNotExist", Known::Value(_)) => false,
            _ => continue,
        };
        if !matches {
            judge
                .error(expression, format!("its own pods do not match the expression about `{key}` of its selector"))
                .label(labels.span(), "the labels of its pods");
        }
    }
}

/// Constraints by which pods are spread count those that they select.
fn spread(judge: &mut Judge<'_>) {
    let Some(pod) = judge.pod().filter(|pod| pod.spec.is_present()) else { return };
    let labels = pod.template.at(&["metadata", "labels"]);
    for (_, constraint) in pod.spec.get("topologySpreadConstraints").items() {
        for entry in constraint.at(&["labelSelector", "matchLabels"]).entries() {
            let value = Field::of_entry(entry);
            let (Known::Value(text), label) = (value.text(), labels.get(&entry.key)) else { continue };
            let is_other = match label.raw_text() {
                Known::Value(actual) => actual != text && label.text().unknown().is_none(),
                Known::Absent => true,
                Known::Unknown(_) => false,
            };
            if is_other {
                let message =
                    format!("its own pods do not have the label `{}: {text}` by which they are spread", entry.key);
                judge
                    .warning(value, message)
                    .label(if labels.is_present() { labels.span() } else { pod.template.span() }, "its pods")
                    .note("the constraint counts the pods of others: its own are not spread");
                break;
            }
        }
    }
}

/// Labels that the pods must have.
fn pairs<'a>(judge: &mut Judge<'a>, wanted: Field<'a>, labels: Field<'a>, template: Field<'a>) {
    // What a template holds elsewhere may be where its labels come from.
    if !template.is_present() {
        return;
    }
    for entry in wanted.entries() {
        let value = Field::of_entry(entry);
        let label = labels.get(&entry.key);
        let text = match value.text() {
            Known::Value(text) => text,
            // A label may have an empty value.
            Known::Absent if value.raw_text() == Known::Value("") => "",
            _ => continue,
        };
        match label.raw_text() {
            Known::Value(actual) if actual == text || label.text().unknown().is_some() => {}
            Known::Value(actual) => {
                judge
                    .error(
                        value,
                        format!("its selector wants `{}: {text}`, and its own pods have `{actual}`", entry.key),
                    )
                    .label(label.span(), "the label of its pods")
                    .help("write the same in both");
            }
            Known::Absent => {
                let pods = if labels.is_present() { labels } else { template };
                judge
                    .error(
                        value,
                        format!("its selector wants the label `{}`, and its own pods do not have it", entry.key),
                    )
                    .label(pods.span(), "the labels of its pods")
                    .help(format!("add `{}: {text}` to the labels of the pod template", entry.key));
            }
            Known::Unknown(_) => {}
        }
    }
}
