//! Kinds and resources that policies, grants, listeners and roles name.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use super::judge::{self, Judge};
use crate::diagnostic::RuleMeta;
use crate::graph::Snapshot;
use crate::model::Field;
use crate::model::api_lifecycle;
use crate::model::kubernetes::{canonical_group, is_builtin_group, split_api_version};
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule, Variant, support};
use crate::schema::bundle;
use crate::text::near_miss;
use crate::value::Known;

declare_rule! {
    UnknownKind = "unknown-kind" {
        summary: "policy, grant, listener or role names a kind that no API has",
        group: Kubernetes, level: Warning, confidence: High, fix: None, since: "0.1.0",
    }
}

impl Rule for UnknownKind {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn variants(&self, cx: &Context<'_>, variants: &[Variant<'_>]) {
        judge::judge(cx, &META, variants, |judge| check(judge, cx.head));
    }
}

const GATEWAY_API: &str = "gateway.networking.k8s.io";

fn check(judge: &mut Judge<'_>, snapshot: &Snapshot) {
    let spec = judge.spec();
    match (judge.object.group.as_str(), judge.object.kind.as_str()) {
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy" | "MutatingAdmissionPolicy") => {
            let named = spec.get("paramKind");
            if let Known::Value(version) = named.get("apiVersion").text() {
                let breaks = "the policy cannot be configured: it fails for every request that its binding is about";
                kind(judge, snapshot, split_api_version(version).0, named.get("kind"), breaks);
            }
        }
        (GATEWAY_API, "ReferenceGrant") => {
            for list in ["from", "to"] {
                for (_, entry) in spec.get(list).items() {
                    if let Some(group) = text(entry.get("group"), "") {
                        kind(judge, snapshot, group, entry.get("kind"), "nothing is granted");
                    }
                }
            }
        }
        (GATEWAY_API, "Gateway") => {
            for (_, listener) in spec.get("listeners").items() {
                for (_, entry) in listener.at(&["allowedRoutes", "kinds"]).items() {
                    if let Some(group) = text(entry.get("group"), GATEWAY_API) {
                        kind(judge, snapshot, group, entry.get("kind"), "no route of this kind is attached");
                    }
                }
            }
        }
        ("rbac.authorization.k8s.io", "Role" | "ClusterRole") => {
            for (_, rule) in judge.root().get("rules").items() {
                resources(judge, rule);
            }
        }
        _ => {}
    }
}

/// A group, for people.
fn title(group: &str) -> String {
    if group.is_empty() { "the core API".to_owned() } else { format!("`{group}`") }
}

/// A text, what counts without it, or nothing if it is not known.
fn text<'a>(field: Field<'a>, default: &'a str) -> Option<&'a str> {
    match field.raw_text() {
        Known::Value(text) => Some(text),
        Known::Absent => Some(default),
        Known::Unknown(_) => None,
    }
}

/// Report a kind that its group does not have, as far as the kinds of the group are known.
fn kind<'a>(judge: &mut Judge<'a>, snapshot: &Snapshot, group: &str, field: Field<'a>, breaks: &str) {
    let Known::Value(wanted) = field.text() else { return };
    let group = canonical_group(group, wanted);
    let mut known: BTreeSet<&str> =
        bundle::kinds().iter().filter(|kind| kind.group == group).map(|kind| kind.kind).collect();
    known.extend(
        api_lifecycle::rows()
            .filter(|((version, _), _)| split_api_version(version).0 == group)
            .map(|((_, kind), _)| kind),
    );
    for object in snapshot.objects.iter().filter(|object| object.kind == "CustomResourceDefinition") {
        if object.value.str_at(&["spec", "group"]) == Some(group) {
            known.extend(object.value.str_at(&["spec", "names", "kind"]));
        }
    }
    if known.contains(wanted) {
        return;
    }
    let near = near_miss(wanted, known.iter().copied());
    // Of other groups only some kinds are known.
    if near.is_none() && !is_builtin_group(group) {
        return;
    }
    let problem = judge.warning(field, format!("{} has no kind `{wanted}`", title(group)));
    problem.note(breaks);
    if let Some(near) = near {
        problem.help(format!("did you mean `{near}`?")).replace(wanted, near);
    }
}

/// The resources of built-in groups, each with its kind.
static RESOURCES: LazyLock<BTreeMap<&str, BTreeMap<String, &str>>> = LazyLock::new(|| {
    let mut groups: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
    for kind in bundle::kinds().iter().filter(|kind| is_builtin_group(kind.group)) {
        groups.entry(kind.group).or_default().insert(plural(kind.kind), kind.kind);
    }
    groups
});

/// Report resources of built-in groups that are nearly those of a kind, or in another group.
fn resources<'a>(judge: &mut Judge<'a>, rule: Field<'a>) {
    let groups: Option<Vec<&str>> =
        rule.get("apiGroups").items().map(|(_, group)| group.raw_text().value().copied()).collect();
    let Some(groups) = groups.filter(|groups| rule.get("apiGroups").is_complete() && !groups.is_empty()) else {
        return;
    };
    if !groups.iter().all(|group| is_builtin_group(group) && *group != "extensions") {
        return;
    }
    let of_groups: Vec<_> = groups.iter().filter_map(|group| RESOURCES.get(group)).collect();
    for (_, field) in rule.get("resources").items() {
        let Known::Value(written) = field.text() else { continue };
        let resource = written.split('/').next().unwrap_or(written);
        if resource.contains('*') || of_groups.iter().any(|resources| resources.contains_key(resource)) {
            continue;
        }
        let mut known = of_groups.iter().flat_map(|resources| resources.iter());
        let singular =
            known.clone().find(|(_, kind)| kind.eq_ignore_ascii_case(resource)).map(|(plural, _)| plural.as_str());
        let near = singular.or_else(|| near_miss(resource, known.by_ref().map(|(plural, _)| plural.as_str())));
        let elsewhere = RESOURCES.iter().find(|(_, resources)| resources.contains_key(resource));
        let help = match (near, elsewhere) {
            (Some(near), _) => format!("did you mean `{near}`?"),
            (None, Some((group, _))) => format!("`{resource}` are of {}", title(group)),
            (None, None) => continue,
        };
        let of: Vec<String> = groups.iter().map(|group| title(group)).collect();
        let message = match of.as_slice() {
            [only] => format!("{only} has no resource `{resource}`"),
            several => format!("none of {} has a resource `{resource}`", support::and(several)),
        };
        judge.hint(field, message).note("the rule allows nothing of it").help(help);
    }
}

/// The resource of a built-in kind.
fn plural(kind: &str) -> String {
    let kind = kind.to_ascii_lowercase();
    match kind.as_bytes() {
        _ if kind == "endpoints" => kind,
        [.., b's'] | [.., b'c', b'h'] => format!("{kind}es"),
        [rest @ .., b'y'] if !rest.ends_with(b"a") => format!("{}ies", &kind[..kind.len() - 1]),
        _ => format!("{kind}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_of_kinds() {
        for (kind, resource) in [
            ("Pod", "pods"),
            ("Endpoints", "endpoints"),
            ("Ingress", "ingresses"),
            ("StorageClass", "storageclasses"),
            ("NetworkPolicy", "networkpolicies"),
            ("Gateway", "gateways"),
            ("ComponentStatus", "componentstatuses"),
        ] {
            assert_eq!(plural(kind), resource);
        }
    }
}
