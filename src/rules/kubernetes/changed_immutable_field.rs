//! Fields that the API server lets nobody change.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::diagnostic::{Diagnostic, RuleMeta};
use crate::graph::{Object, Snapshot, Universe};
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule};
use crate::text::has_placeholder;
use crate::value::{Data, Known, Value};

declare_rule! {
    ChangedImmutableField = "changed-immutable-field" {
        summary: "change of a field that cannot be changed",
        group: Change, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

impl Rule for ChangedImmutableField {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn snapshot(&self, cx: &Context<'_>) {
        let Some(base) = cx.base else { return };
        let (was, is) = (identities(base), identities(cx.head));
        for (key, object) in is {
            let (Some(object), Some(Some(before))) = (object, was.get(&key)) else { continue };
            if !is_replaced(&object.value) {
                compare(cx, before, object);
            }
        }
    }
}

/// Cluster or unit, group, kind, namespace, name.
type Identity<'a> = (String, &'a str, &'a str, &'a str, &'a str);

/// The objects that are deployed; none where several are one.
fn identities(snapshot: &Snapshot) -> BTreeMap<Identity<'_>, Option<&Object>> {
    let mut found: BTreeMap<Identity<'_>, Option<&Object>> = BTreeMap::new();
    for object in snapshot.objects.iter().filter(|object| object.rendered) {
        let unit = snapshot.unit(object.unit);
        let (Known::Value(name), true) = (&object.name, unit.deployed && unit.unknown.is_none()) else { continue };
        let place = match &unit.universe {
            Universe::Cluster(cluster) => format!("cluster {cluster}"),
            Universe::Unknown(_) => format!("unit {}", unit.name),
        };
        let namespace = match &object.namespace {
            Known::Value(namespace) => namespace.as_str(),
            Known::Absent => "",
            Known::Unknown(_) => "\u{0}",
        };
        let key = (place, object.group.as_str(), object.kind.as_str(), namespace, name.as_str());
        found.entry(key).and_modify(|known| *known = None).or_insert(Some(object));
    }
    found
}

/// Whether whoever deploys it makes it anew instead of changing it.
fn is_replaced(object: &Value) -> bool {
    let annotation = |name: &str| object.str_at(&["metadata", "annotations", name]);
    let options = annotation("argocd.argoproj.io/sync-options").unwrap_or_default();
    ["Replace=true", "Force=true"].iter().any(|option| options.contains(option))
        || annotation("argocd.argoproj.io/hook").is_some()
        || annotation("helm.sh/hook").is_some()
        || annotation("kustomize.toolkit.fluxcd.io/force").is_some()
        || object.at(&["spec", "ttlSecondsAfterFinished"]).is_some()
}

/// What cannot be changed once it is there.
fn fixed(group: &str, kind: &str) -> &'static [&'static [&'static str]] {
    match (group, kind) {
        ("apps", "Deployment" | "DaemonSet" | "ReplicaSet") => &[&["spec", "selector"]],
        ("apps", "StatefulSet") => &[&["spec", "selector"], &["spec", "serviceName"], &["spec", "podManagementPolicy"]],
        ("batch", "Job") => &[&["spec", "selector"], &["spec", "completionMode"]],
        ("", "Service") => &[&["spec", "clusterIP"]],
        ("", "Secret") => &[&["type"]],
        ("", "PersistentVolumeClaim") => {
            &[&["spec", "accessModes"], &["spec", "storageClassName"], &["spec", "volumeName"], &["spec", "volumeMode"]]
        }
        ("storage.k8s.io", "StorageClass") => {
            &[&["provisioner"], &["parameters"], &["reclaimPolicy"], &["volumeBindingMode"]]
        }
        ("scheduling.k8s.io", "PriorityClass") => &[&["value"], &["preemptionPolicy"]],
        ("node.k8s.io", "RuntimeClass") => &[&["handler"]],
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => {
            // `apiGroup` has one value, which the API server fills in.
            &[&["roleRef", "kind"], &["roleRef", "name"]]
        }
        ("apiextensions.k8s.io", "CustomResourceDefinition") => &[&["spec", "scope"], &["spec", "group"]],
        _ => &[],
    }
}

fn compare(cx: &Context<'_>, before: &Object, now: &Object) {
    for path in fixed(&now.group, &now.kind) {
        field(cx, before.value.at(path), now.value.at(path), now, &path.join("."));
    }
    match (now.group.as_str(), now.kind.as_str()) {
        ("apps", "StatefulSet") => claims(cx, before, now),
        ("batch", "Job") => {
            let containers = ["spec", "template", "spec", "containers"];
            let [was, is] = [before, now].map(|job| job.value.at(&containers).map(Value::items).unwrap_or_default());
            for (index, (was, is)) in was.iter().zip(is).enumerate() {
                for key in ["image", "command", "args"] {
                    let path = format!("{}[{index}].{key}", containers.join("."));
                    field(cx, was.get(key), is.get(key), now, &path);
                }
            }
        }
        ("", "ConfigMap" | "Secret") if before.value.get("immutable").and_then(Value::as_bool) == Some(true) => {
            for key in ["data", "binaryData", "stringData"] {
                field(cx, before.value.get(key), now.value.get(key), now, key);
            }
        }
        _ => {}
    }
}

/// Templates of claims, of which what has no default counts.
fn claims(cx: &Context<'_>, before: &Object, now: &Object) {
    let [was, is] = [before, now].map(|set| set.value.at(&["spec", "volumeClaimTemplates"]).map(Value::items));
    for (index, (was, is)) in was.unwrap_or_default().iter().zip(is.unwrap_or_default()).enumerate() {
        for path in [
            &["metadata", "name"][..],
            &["spec", "accessModes"],
            &["spec", "storageClassName"],
            &["spec", "resources", "requests", "storage"],
        ] {
            let name = format!("spec.volumeClaimTemplates[{index}].{}", path.join("."));
            field(cx, was.at(path), is.at(path), now, &name);
        }
    }
}

/// Report a field that is there on both sides and says something else.
fn field(cx: &Context<'_>, was: Option<&Value>, is: Option<&Value>, object: &Object, path: &str) {
    let (Some(was), Some(is)) = (was, is) else { return };
    let (Some(before), Some(now)) = (canonical(was, 0), canonical(is, 0)) else { return };
    if before == now {
        return;
    }
    let at = match &is.data {
        // The first key stands for what is in it.
        Data::Map(map) => map.iter().next().map_or(is.span(), |entry| entry.key_origin.span()),
        _ => is.span(),
    };
    let message = format!("`{path}` of {} is changed, and cannot be", object.title());
    let mut finding = Diagnostic::new(&META, at, message, format!("{} {path}", object.subject()))
        .primary("another value than before")
        .note("the API server refuses the change: what runs stays as it was")
        .help("give the object another name, or delete the old one first");
    if object.is("", "Secret") {
        finding = finding.redacted();
    } else if let (Data::String(text), true) = (&was.data, before.len() < 80) {
        finding = finding.note(format!("it was `{text}`"));
    }
    cx.report(finding);
}

/// A text that is equal for equal values, nulls left out; `None` if a part is not known.
fn canonical(value: &Value, depth: usize) -> Option<String> {
    if depth > 64 {
        return None;
    }
    Some(match &value.data {
        Data::Unknown(_) => return None,
        Data::String(text) if has_placeholder(text) => return None,
        Data::String(text) => format!("{text:?}"),
        Data::Null => "null".to_owned(),
        Data::Bool(truth) => truth.to_string(),
        Data::Int(number) => number.to_string(),
        Data::Float(number) => number.to_string(),
        Data::List(items) => {
            let items: Option<Vec<String>> = items.iter().map(|item| canonical(item, depth + 1)).collect();
            format!("[{}]", items?.join(","))
        }
        Data::Map(map) if map.open.is_some() => return None,
        Data::Map(map) => {
            let mut entries = BTreeMap::new();
            for entry in map.iter().filter(|entry| !entry.value.is_null()) {
                entries.insert(entry.key.as_str(), canonical(&entry.value, depth + 1)?);
            }
            entries.into_iter().fold(String::from("{"), |mut text, (key, value)| {
                let _ = write!(text, "{key:?}:{value},");
                text
            })
        }
    })
}
