//! Labels, annotations and selectors: their keys and values.

use super::judge::{Judge, declare_judge};
use crate::model::{Field, names};
use crate::text::has_placeholder;
use crate::value::{Entry, Known};

declare_judge! {
    InvalidLabel = "invalid-label" {
        summary: "label, annotation or selector that the API server refuses",
        group: Kubernetes, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

fn check(judge: &mut Judge<'_>) {
    let metadata = judge.root().get("metadata");
    labels(judge, metadata.get("labels"));
    annotations(judge, metadata.get("annotations"));
    // The API server knows nothing of what is inside of custom resources.
    if let Some(pod) = judge.pod().filter(|pod| !pod.is_bare) {
        let metadata = pod.template.get("metadata");
        labels(judge, metadata.get("labels"));
        annotations(judge, metadata.get("annotations"));
    }
    let spec = judge.spec();
    match (judge.object.group.as_str(), judge.object.kind.as_str()) {
        ("apps" | "extensions", _) | ("batch", "Job") | ("policy", "PodDisruptionBudget") => {
            selector(judge, spec.get("selector"))
        }
        ("argoproj.io", "Rollout") => selector(judge, spec.get("selector")),
        ("", "PersistentVolumeClaim") => selector(judge, spec.get("selector")),
        ("", "Service" | "ReplicationController") => labels(judge, spec.get("selector")),
        ("networking.k8s.io", "NetworkPolicy") => {
            selector(judge, spec.get("podSelector"));
            for (list, peers) in [("ingress", "from"), ("egress", "to")] {
                for (_, rule) in spec.get(list).items() {
                    for (_, peer) in rule.get(peers).items() {
                        selector(judge, peer.get("podSelector"));
                        selector(judge, peer.get("namespaceSelector"));
                    }
                }
            }
        }
        ("admissionregistration.k8s.io", "MutatingWebhookConfiguration" | "ValidatingWebhookConfiguration") => {
            for (_, webhook) in judge.root().get("webhooks").items() {
                selector(judge, webhook.get("objectSelector"));
                selector(judge, webhook.get("namespaceSelector"));
            }
        }
        ("rbac.authorization.k8s.io", "ClusterRole") => {
            for (_, part) in judge.root().at(&["aggregationRule", "clusterRoleSelectors"]).items() {
                selector(judge, part);
            }
        }
        _ => {}
    }
}

fn key_of(entry: &Entry) -> Option<Field<'_>> {
    (!has_placeholder(&entry.key)).then(|| Field::of_entry(entry).moved(entry.key_origin.span()))
}

/// Check a map of labels.
pub(super) fn labels<'a>(judge: &mut Judge<'a>, labels: Field<'a>) {
    for entry in labels.entries() {
        let Some(key) = key_of(entry) else { continue };
        if let Err(why) = names::qualified_name(&entry.key) {
            judge.error(key, format!("`{}` is no valid key of a label", entry.key)).primary(why);
        }
        if let Some(problem) = judge.form(Field::of_entry(entry), "value of a label", names::label_value) {
            problem.help("what is longer or has other characters belongs into an annotation");
        }
    }
}

/// Most bytes of all annotations of an object together.
const MOST_ANNOTATIONS: usize = 256 << 10;

fn annotations<'a>(judge: &mut Judge<'a>, annotations: Field<'a>) {
    let mut size = 0;
    for entry in annotations.entries() {
        size += entry.key.len() + entry.value.as_str().map_or(0, str::len);
        let Some(key) = key_of(entry) else { continue };
        if let Err(why) = names::qualified_name(&entry.key.to_lowercase()) {
            judge.error(key, format!("`{}` is no valid key of an annotation", entry.key)).primary(why);
        }
    }
    if size > MOST_ANNOTATIONS {
        judge.error(annotations, format!("the annotations have {size} bytes, and {MOST_ANNOTATIONS} are the most"));
    }
}

/// Check a selector of labels.
pub(super) fn selector<'a>(judge: &mut Judge<'a>, selector: Field<'a>) {
    labels(judge, selector.get("matchLabels"));
    for (_, expression) in selector.get("matchExpressions").items() {
        let (operator, values) = (expression.get("operator"), expression.get("values"));
        let key = expression.get("key");
        judge.form(key, "key of a label", names::qualified_name);
        if key.raw_text() == Known::Value("") {
            judge.error(key, "an expression is about no label");
        }
        match operator.text() {
            Known::Value(text @ ("In" | "NotIn")) if values.is_empty() => {
                judge.error(expression, format!("an expression with `{text}` has no values"));
            }
            Known::Value(text @ ("Exists" | "DoesNotExist")) if !values.is_empty() && values.is_present() => {
                judge.error(values, format!("an expression with `{text}` may not have values"));
            }
            _ => {}
        }
        for (_, value) in values.items() {
            judge.form(value, "value of a label", names::label_value);
        }
    }
}
