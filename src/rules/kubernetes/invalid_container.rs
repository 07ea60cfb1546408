//! Containers: their names, images, and what init containers may not have.

use std::collections::BTreeMap;

use super::judge::{Judge, declare_judge};
use crate::model::names;
use crate::model::pod::Role;
use crate::value::Known;

declare_judge! {
    InvalidContainer = "invalid-container" {
        summary: "container that the API server refuses",
        group: Kubernetes, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

fn check(judge: &mut Judge<'_>) {
    let Some(pod) = judge.pod() else { return };
    if pod.spec.is_absent() {
        // A Rollout may take its pods from another workload.
        if judge.is_builtin() && (judge.spec().is_present() || judge.object.kind == "PodTemplate") {
            judge.error(pod.spec, "it does not say what its pods are").help("describe them in `template.spec`");
        }
        return;
    }
    let list = pod.spec.get("containers");
    if list.is_empty() {
        judge.error(list, "its pods have no containers").help("list at least one under `containers`");
    }
    let ephemeral = pod.spec.get("ephemeralContainers");
    if ephemeral.is_present() && !ephemeral.is_empty() {
        let help = "they are added to a running pod with `kubectl debug`";
        judge.error(ephemeral, "ephemeral containers cannot be part of a pod from the start").help(help);
    }
    let never = pod.spec.get("restartPolicy").is_text("Never");
    let mut names = BTreeMap::new();
    for container in pod.containers() {
        let (field, title) = (container.field, container.title());
        let name = field.get("name");
        judge.form(name, "name of a container", names::dns_label);
        if name.raw_text() == Known::Value("") {
            judge.error(name, "a container has no name");
        }
        if let Known::Value(text) = container.name() {
            match names.get(text) {
                Some(first) => {
                    judge.error(name, format!("two containers are named `{text}`")).label(*first, "first here");
                }
                None => drop(names.insert(text, name.span())),
            }
        }
        let image = field.get("image");
        match image.raw_text() {
            Known::Absent | Known::Value("") => {
                judge.error(image, format!("{title} has no image"));
            }
            Known::Value(text) if text.trim() != text => {
                judge.error(image, format!("the image of {title} has blanks at an end"));
            }
            _ => {}
        }
        let policy = field.get("restartPolicy");
        if container.role == Role::Init && (policy.is_absent() || policy.text().value().is_some()) {
            for key in ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] {
                if field.get(key).is_present() {
                    judge
                        .error(field.get(key), format!("{title} may not have `{key}`"))
                        .primary("it runs to its end before the pod starts")
                        .help("make it a sidecar with `restartPolicy: Always` if it has to keep running");
                }
            }
        }
        if container.role == Role::Main && policy.is_present() {
            judge.refused_before(34, policy, format!("{title} may not have `restartPolicy`"));
        }
        let rules = field.get("restartPolicyRules");
        if policy.is_absent() && rules.is_present() && !rules.is_empty() {
            judge.error(rules, format!("{title} has `restartPolicyRules` without `restartPolicy`"));
        }
        for (_, rule) in rules.items() {
            if rule.get("exitCodes").is_absent() {
                judge.error(rule, format!("a rule of {title} names no `exitCodes`"));
            }
        }
        for (_, resize) in field.get("resizePolicy").items().filter(|_| never) {
            if resize.get("restartPolicy").is_text("RestartContainer") {
                judge.error(
                    resize.get("restartPolicy"),
                    "containers of a pod that is never restarted cannot restart to resize",
                );
            }
        }
    }
}
