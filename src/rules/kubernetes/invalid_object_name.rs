//! Names of objects.

use super::judge::{Judge, declare_judge};
use crate::model::Field;
use crate::model::names::{self, Verdict};
use crate::value::Known;

declare_judge! {
    InvalidObjectName = "invalid-object-name" {
        summary: "name of an object that the API server refuses",
        group: Kubernetes, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

fn check(judge: &mut Judge<'_>) {
    let metadata = judge.root().get("metadata");
    let (name, generated) = (metadata.get("name"), metadata.get("generateName"));
    // Files of other programs look like objects and need no name.
    if judge.is_builtin()
        && matches!(name.raw_text(), Known::Absent | Known::Value(""))
        && matches!(generated.raw_text(), Known::Absent | Known::Value(""))
    {
        judge.error(name, "it has no name");
    }
    let (form, what) = form(judge.object.group.as_str(), judge.object.kind.as_str());
    judge.form(name, what, form);
    if name.is_absent()
        && let Known::Value(text) = generated.text()
        && let Err(why) = form(&format!("{text}x"))
    {
        judge.error(generated, format!("`{text}` is no valid start of a {what}")).primary(why);
    }
    if judge.object.is("", "Service")
        && matches!(name.text(), Known::Value(text) if text.starts_with(|c: char| c.is_ascii_digit()))
    {
        // In 1.34 and 1.35 a gate decides.
        if judge.before(34).is_some() {
            judge.refused_before(36, name, "the name of a Service must start with a letter");
        }
    }
    length(judge, name);
    namespace(judge, metadata.get("namespace"));
}

/// The form of names of a kind, and what such a name is.
fn form(group: &str, kind: &str) -> (fn(&str) -> Verdict, &'static str) {
    match (group, kind) {
        ("", "Namespace") => (names::dns_label, "name of a namespace"),
        ("", "Service") => (names::dns_label, "name of a Service"),
        ("apps", "StatefulSet") => (names::dns_label, "name of a StatefulSet"),
        ("rbac.authorization.k8s.io", _) => (names::path_segment, "name of a role"),
        // Their names are made of what they are about.
        ("apiregistration.k8s.io" | "certificates.k8s.io", _) => (names::path_segment, "name"),
        ("policy", "PodDisruptionBudget") => (names::path_segment, "name"),
        _ => (names::dns_subdomain, "name of an object"),
    }
}

fn length<'a>(judge: &mut Judge<'a>, name: Field<'a>) {
    let Known::Value(text) = name.text() else { return };
    match (judge.object.group.as_str(), judge.object.kind.as_str()) {
        ("batch", "CronJob") if text.len() > 52 => {
            judge
                .error(name, format!("its name has {} characters, and 52 are the most", text.len()))
                .primary("11 more are added for each run");
        }
        ("batch", "Job") if text.len() > 63 && !judge.spec().get("manualSelector").is_present() => {
            judge
                .error(name, format!("its name has {} characters, and 63 are the most", text.len()))
                .primary("it becomes a label of its pods");
        }
        ("apps", "StatefulSet") if (53..=63).contains(&text.len()) => {
            judge
                .error(name, format!("its name has {} characters, and 52 are the most", text.len()))
                .primary("with a hash behind it becomes a label of its pods")
                .note("its controller cannot make pods of it");
        }
        _ => {}
    }
}

fn namespace<'a>(judge: &mut Judge<'a>, namespace: Field<'a>) {
    // On objects without a namespace the API server drops it.
    if !judge.object.namespace.is_absent() {
        judge.form(namespace, "name of a namespace", names::dns_label);
    }
}
