//! Environment variables: their names, and where they take their values from.

use super::judge::{Judge, declare_judge};
use crate::model::{Field, names};
use crate::schema::Quantity;
use crate::text::near_miss;
use crate::value::Known;

declare_judge! {
    InvalidEnvironment = "invalid-environment" {
        summary: "environment variable that the API server refuses",
        group: Kubernetes, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

const SOURCES: [&str; 5] = ["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"];

/// What an environment variable can take from its pod.
pub(super) const POD_FIELDS: [&str; 9] = [
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];

fn check(judge: &mut Judge<'_>) {
    let Some(pod) = judge.pod() else { return };
    for container in pod.containers() {
        for (_, variable) in container.field.get("env").items() {
            env(judge, variable);
        }
        for (_, source) in container.field.get("envFrom").items() {
            env_from(judge, source);
        }
    }
}

fn env<'a>(judge: &mut Judge<'a>, variable: Field<'a>) {
    let name = variable.get("name");
    if name.raw_text() == Known::Value("") {
        judge.error(name, "an environment variable has no name");
    }
    judge.form(name, "name of an environment variable", names::variable);
    old_name(judge, name);
    let title = name.text().value().map_or("an environment variable".to_owned(), |name| format!("variable `{name}`"));
    let from = variable.get("valueFrom");
    if !from.is_present() {
        return;
    }
    let given: Vec<&str> = SOURCES.into_iter().filter(|source| from.get(source).is_present()).collect();
    let value = variable.get("value");
    if value.is_present() && !matches!(value.raw_text(), Known::Value("")) && !given.is_empty() {
        judge
            .error(from, format!("{title} has both `value` and `valueFrom`"))
            .label(value.span(), "the other one")
            .help("keep one of them");
    }
    match given.as_slice() {
        [] if from.is_complete() => {
            judge.error(from, format!("`valueFrom` of {title} names no source"));
        }
        [first, second, ..] => {
            judge.error(from.get(second), format!("{title} has two sources, `{first}` and `{second}`"));
        }
        _ => {}
    }
    pod_field(judge, from.get("fieldRef"), &POD_FIELDS, "an environment variable");
    file_key(judge, from.get("fileKeyRef"), &title);
    resource_field(judge, from.get("resourceFieldRef"));
    for source in ["configMapKeyRef", "secretKeyRef"] {
        let reference = from.get(source);
        judge.form(reference.get("name"), "name", names::dns_subdomain);
        judge.form(reference.get("key"), "key", names::data_key);
        for key in ["name", "key"] {
            if reference.is_present() && matches!(reference.get(key).raw_text(), Known::Absent | Known::Value("")) {
                judge.error(reference.get(key), format!("`{source}` of {title} has no `{key}`"));
            }
        }
    }
}

/// What is no name for older releases.
fn old_name<'a>(judge: &mut Judge<'a>, name: Field<'a>) {
    if let Known::Value(text) = name.text()
        && let Err(why) = names::strict_variable(text)
        && names::variable(text).is_ok()
        // In 1.30 and 1.31 a gate decides.
        && judge.before(30).is_some()
        && let Some(problem) =
            judge.refused_before(32, name, format!("`{text}` is no valid name of an environment variable"))
    {
        problem.primary(why);
    }
}

/// A key of a file in a volume.
fn file_key<'a>(judge: &mut Judge<'a>, reference: Field<'a>, title: &str) {
    for key in ["volumeName", "path", "key"] {
        if reference.get(key).raw_text() == Known::Value("") {
            judge.error(reference.get(key), format!("`fileKeyRef` of {title} has no `{key}`"));
        }
    }
    judge.form(reference.get("volumeName"), "name of a volume", names::dns_label);
    judge.form(reference.get("path"), "path of a file in a volume", names::no_backsteps);
    judge.form(reference.get("key"), "name of an environment variable", names::variable);
}

fn env_from<'a>(judge: &mut Judge<'a>, source: Field<'a>) {
    judge.form(source.get("prefix"), "prefix of environment variables", names::variable);
    old_name(judge, source.get("prefix"));
    let kinds = ["configMapRef", "secretRef"];
    let given: Vec<&str> = kinds.into_iter().filter(|kind| source.get(kind).is_present()).collect();
    match given.as_slice() {
        [] if source.is_complete() => {
            judge.error(source, "an entry of `envFrom` names no source");
        }
        [_, second, ..] => {
            judge.error(source.get(second), "an entry of `envFrom` has two sources").help("make two entries of it");
        }
        _ => {}
    }
    for kind in given {
        let name = source.at(&[kind, "name"]);
        judge.form(name, "name", names::dns_subdomain);
        if matches!(name.raw_text(), Known::Absent | Known::Value("")) {
            judge.error(name, format!("`{kind}` has no `name`"));
        }
    }
}

/// Check a `fieldRef` against the fields that are allowed.
pub(super) fn pod_field<'a>(judge: &mut Judge<'a>, reference: Field<'a>, allowed: &[&str], who: &str) {
    let path = reference.get("fieldPath");
    if reference.is_present() && path.is_absent() {
        judge.error(reference, "`fieldRef` has no `fieldPath`");
    }
    let version = reference.get("apiVersion");
    if matches!(version.text(), Known::Value(text) if text != "v1") {
        judge.error(version, "the fields of a pod are those of `v1`").help("leave `apiVersion` out");
    }
    let Known::Value(text) = path.text() else { return };
    let text = if text == "spec.host" { "spec.nodeName" } else { text };
    if let Some((of, subscript)) = text.strip_suffix("']").and_then(|text| text.split_once("['")) {
        let form = match of {
            "metadata.labels" => names::qualified_name(subscript),
            "metadata.annotations" => names::qualified_name(&subscript.to_lowercase()),
            _ => Err("only labels and annotations have keys"),
        };
        if let Err(why) = form {
            judge.error(path, format!("`{text}` is no valid field of a pod")).primary(why);
        }
        return;
    }
    if !allowed.contains(&text) {
        let problem = judge.error(path, format!("{who} cannot take `{text}` from its pod"));
        match near_miss(text, allowed.iter().copied()) {
            Some(near) => problem.help(format!("did you mean `{near}`?")),
            None => problem.help(format!("one of these: {}", allowed.join(", "))),
        };
    }
}

/// Check a `resourceFieldRef`.
pub(super) fn resource_field<'a>(judge: &mut Judge<'a>, reference: Field<'a>) {
    let resource = reference.get("resource");
    let Known::Value(text) = resource.text() else { return };
    let of = text.strip_prefix("limits.").or_else(|| text.strip_prefix("requests."));
    let is_allowed = |of: &str| matches!(of, "cpu" | "memory" | "ephemeral-storage") || of.starts_with("hugepages-");
    let Some(of) = of.filter(|of| is_allowed(of)) else {
        judge.error(resource, format!("`{text}` is no resource that can be read")).help(
            "one of `limits` and `requests`, a dot, and `cpu`, `memory`, `ephemeral-storage` or `hugepages-<size>`",
        );
        return;
    };
    let divisor = reference.get("divisor");
    let quantity = match (divisor.int(), divisor.text()) {
        (Known::Value(number), _) => Some(Quantity::new(number)),
        (_, Known::Value(text)) => Quantity::parse(text),
        _ => None,
    };
    let units: &[&str] = if of == "cpu" {
        &["1m", "1"]
    } else {
        &["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"]
    };
    if let Some(quantity) = quantity
        && quantity != Quantity::ZERO
        && !units.iter().any(|unit| Quantity::parse(unit) == Some(quantity))
    {
        judge.error(divisor, format!("`{of}` cannot be divided by this")).help(format!("one of {}", units.join(", ")));
    }
}
