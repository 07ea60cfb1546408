//! A ClusterSecretStore must admit the namespaces that use it.

use regex::Regex;

use crate::diagnostic::{Diagnostic, RuleMeta};
use crate::graph::{Node, Object, Reference, ReferenceKind, Resolution};
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule, Uses, support};
use crate::value::{Known, Value};

declare_rule! {
    DeniedStore = "denied-store" {
        summary: "ClusterSecretStore does not admit the namespace of an ExternalSecret",
        group: ExternalSecrets, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

impl Rule for DeniedStore {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn reference(&self, cx: &Context<'_>, uses: &Uses<'_>) {
        if uses.first().is_none_or(|first| first.kind != ReferenceKind::SecretStore) {
            return;
        }
        let mut denied: Option<Diagnostic> = None;
        let mut units = Vec::new();
        for reference in uses {
            let (Resolution::Found(found), Known::Value(namespace)) = (&reference.resolution, namespace(cx, reference))
            else {
                continue;
            };
            // Several stores of one name: one per cluster that cannot be told apart.
            let stores: Vec<&Object> = found
                .iter()
                .filter_map(|id| match &cx.head.symbol(*id).node {
                    Node::Object(id) => Some(cx.head.object(*id)),
                    _ => None,
                })
                .collect();
            if stores.is_empty() || !stores.iter().all(|store| denies(cx, store, &namespace)) {
                continue;
            }
            let Some(conditions) = stores[0].value.at(&["spec", "conditions"]) else { continue };
            units.extend(reference.unit.map(|unit| cx.head.unit(unit).name.clone()));
            if denied.is_some() {
                continue;
            }
            let holder = support::holder(cx.head, &reference.from);
            let store = stores[0].title();
            let message = format!("{store} does not admit namespace `{namespace}` of {holder}");
            let broken = support::Broken {
                reference,
                deployed: reference.unit.is_none_or(|unit| cx.head.unit(unit).deployed),
                certain: true,
                units: Vec::new(),
            };
            let diagnostic = support::report(cx, &META, &broken, META.level, message, "used here".to_owned())
                .label(conditions.span(), format!("none of these admits `{namespace}`"))
                .note("the operator refuses: `using cluster store is not allowed from namespace: denied by spec.condition`")
                .help(format!("add `{namespace}` to the store's conditions, or use another store"));
            denied = Some(diagnostic);
        }
        units.sort();
        units.dedup();
        if let Some(diagnostic) = denied {
            cx.report(support::affected(diagnostic, &units));
        }
    }
}

/// The namespace of the holder.
fn namespace(cx: &Context<'_>, reference: &Reference) -> Known<crate::value::Str> {
    match &reference.from {
        Node::Object(id) => cx.head.object(*id).namespace.clone(),
        _ => Known::Absent,
    }
}

/// Whether a store certainly denies a namespace: it has conditions, and none of them can match
/// (`client_manager.go`: conditions are alternatives, regular expressions are not anchored).
fn denies(cx: &Context<'_>, store: &Object, namespace: &str) -> bool {
    if store.kind != "ClusterSecretStore" {
        return false;
    }
    let conditions = store.value.at(&["spec", "conditions"]).map(Value::items).unwrap_or_default();
    !conditions.is_empty() && conditions.iter().all(|condition| !may_admit(cx, condition, namespace))
}

fn may_admit(cx: &Context<'_>, condition: &Value, namespace: &str) -> bool {
    let list = |field: &str| condition.get(field).map(Value::items).unwrap_or_default();
    if condition.unknown().is_some() || condition.entries().any(|entry| entry.value.unknown().is_some()) {
        return true;
    }
    if list("namespaces").iter().any(|name| name.as_str().is_none_or(|name| name == namespace)) {
        return true;
    }
    let matches = |pattern: &Value| {
        // Go's and Rust's expressions agree but for rare syntax: what does not compile may match.
        pattern.as_str().is_none_or(|text| {
            Regex::new(text).is_ok_and(|regex| regex.is_match(namespace)) || Regex::new(text).is_err()
        })
    };
    if list("namespaceRegexes").iter().any(matches) {
        return true;
    }
    condition
        .get("namespaceSelector")
        .is_some_and(|selector| !selector.is_null() && may_select(cx, selector, namespace))
}

/// Whether a label selector may select a namespace: certain only against the labels of a
/// Namespace manifest.
fn may_select(cx: &Context<'_>, selector: &Value, namespace: &str) -> bool {
    if selector.get("matchExpressions").is_some_and(|list| !list.items().is_empty()) {
        return true;
    }
    let wanted = selector.get("matchLabels").map(Value::entries).into_iter().flatten();
    let mut wanted = wanted.filter_map(|entry| Some((entry.key.as_str(), entry.value.as_str()?)));
    let manifests: Vec<&Object> = cx
        .head
        .objects
        .iter()
        .filter(|object| object.is("", "Namespace") && object.name.value().is_some_and(|name| name == namespace))
        .collect();
    wanted.all(|(key, value)| {
        if key == "kubernetes.io/metadata.name" {
            return value == namespace;
        }
        // Without a manifest, labels may be set by anyone.
        manifests.is_empty()
            || manifests.iter().any(|manifest| {
                !manifest.rendered || manifest.value.str_at(&["metadata", "labels", key]) == Some(value)
            })
    })
}
