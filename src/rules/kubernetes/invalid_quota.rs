//! ResourceQuotas, LimitRanges and PriorityClasses.

use std::collections::BTreeMap;

use super::invalid_resources::{Resource, quantity};
use super::judge::{Judge, declare_judge};
use crate::model::{Field, names};
use crate::schema::Quantity;
use crate::text::{has_placeholder, near_miss};
use crate::value::{Entry, Known};

declare_judge! {
    InvalidQuota = "invalid-quota" {
        summary: "quota, limit range or priority class that the API server refuses",
        group: Kubernetes, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

/// What a quota can count without a domain in its name.
const COUNTED: [&str; 19] = [
    "cpu",
    "memory",
    "ephemeral-storage",
    "requests.cpu",
    "requests.memory",
    "requests.storage",
    "requests.ephemeral-storage",
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
    "pods",
    "resourcequotas",
    "services",
    "replicationcontrollers",
    "secrets",
    "persistentvolumeclaims",
    "configmaps",
    "services.nodeports",
    "services.loadbalancers",
];

fn check(judge: &mut Judge<'_>) {
    match (judge.object.group.as_str(), judge.object.kind.as_str()) {
        ("", "ResourceQuota") => quota(judge, judge.spec()),
        ("", "LimitRange") => {
            let mut types = BTreeMap::new();
            for (_, limit) in judge.spec().get("limits").items() {
                let kind = limit.get("type");
                if let Known::Value(text) = kind.text() {
                    if let Some(first) = types.insert(text, kind.span()) {
                        judge
                            .error(kind, format!("there are limits of type `{text}` twice"))
                            .label(first, "first here");
                    }
                    if !text.contains('/') && !matches!(text, "Pod" | "Container" | "PersistentVolumeClaim") {
                        judge.error(kind, format!("`{text}` is nothing that has limits"));
                    }
                }
                range(judge, limit);
            }
        }
        ("scheduling.k8s.io", "PriorityClass") => {
            let (name, value) = (judge.root().at(&["metadata", "name"]), judge.root().get("value"));
            let Known::Value(text) = name.text() else { return };
            if !text.starts_with("system-") {
                if matches!(value.int(), Known::Value(number) if number > 1_000_000_000) {
                    judge.error(value, "the priority is above 1,000,000,000, which is for the system");
                }
            } else if !matches!(text, "system-node-critical" | "system-cluster-critical") {
                judge.error(name, "names that start with `system-` are for the system");
            }
        }
        _ => {}
    }
}

fn key_of(entry: &Entry) -> Option<Field<'_>> {
    (!has_placeholder(&entry.key)).then(|| Field::of_entry(entry).moved(entry.key_origin.span()))
}

fn quota<'a>(judge: &mut Judge<'a>, spec: Field<'a>) {
    let hard = spec.get("hard");
    for entry in hard.entries() {
        let Some(key) = key_of(entry) else { continue };
        let name = entry.key.as_str();
        if let Err(why) = names::qualified_name(name) {
            judge.error(key, format!("`{name}` is nothing that a quota can count")).primary(why);
        } else if !name.contains('/') && !COUNTED.contains(&name) && !is_pages(name) {
            let problem = judge.error(key, format!("`{name}` is nothing that a quota can count"));
            match near_miss(name, COUNTED) {
                Some(near) => problem.help(format!("did you mean `{near}`?")),
                None => problem.help("objects of any kind are `count/<resource>.<group>`"),
            };
        }
        let value = Field::of_entry(entry);
        let Some(amount) = quantity(value) else { continue };
        if amount < Quantity::ZERO {
            judge.error(value, format!("the quota of `{name}` is less than nothing"));
        }
        let is_object = COUNTED.iter().skip(10).any(|counted| *counted == name);
        let is_extended = Resource::of(name) == Some(Resource::Extended);
        if (is_object || is_extended) && !amount.is_whole() {
            judge.error(value, format!("`{name}` comes only in whole numbers"));
        }
    }
    let scopes: Vec<_> = spec.get("scopes").items().map(|(_, scope)| scope).collect();
    for (one, two) in [("BestEffort", "NotBestEffort"), ("Terminating", "NotTerminating")] {
        let find = |text: &str| scopes.iter().find(|scope| scope.is_text(text));
        if let (Some(first), Some(second)) = (find(one), find(two)) {
            judge
                .error(*second, format!("no pod is in both scopes, `{one}` and `{two}`"))
                .label(first.span(), "the other one");
        }
    }
    for scope in &scopes {
        let Known::Value(text) = scope.text() else { continue };
        scoped(judge, *scope, text, hard);
    }
    for (_, expression) in spec.at(&["scopeSelector", "matchExpressions"]).items() {
        let (scope, operator, values) =
            (expression.get("scopeName"), expression.get("operator"), expression.get("values"));
        let Known::Value(text) = scope.text() else { continue };
        scoped(judge, scope, text, hard);
        if !matches!(text, "PriorityClass" | "VolumeAttributesClass")
            && matches!(operator.text(), Known::Value(text) if text != "Exists")
        {
            judge.error(operator, format!("the scope `{text}` has no values: only `Exists` is allowed"));
        }
        match operator.text() {
            Known::Value(text @ ("In" | "NotIn")) if values.is_empty() => {
                judge.error(expression, format!("an expression with `{text}` has no values"));
            }
            Known::Value(text @ ("Exists" | "DoesNotExist")) if values.is_present() && !values.is_empty() => {
                judge.error(values, format!("an expression with `{text}` may not have values"));
            }
            _ => {}
        }
    }
}

/// A scope counts only some things.
fn scoped<'a>(judge: &mut Judge<'a>, scope: Field<'a>, text: &str, hard: Field<'a>) {
    const COMPUTED: [&str; 6] = ["cpu", "memory", "limits.cpu", "limits.memory", "requests.cpu", "requests.memory"];
    for entry in hard.entries().filter(|entry| COUNTED.contains(&&*entry.key)) {
        let name = entry.key.as_str();
        let counts = match text {
            "BestEffort" => name == "pods",
            "Terminating" | "NotTerminating" | "NotBestEffort" | "PriorityClass" | "CrossNamespacePodAffinity" => {
                name == "pods" || COMPUTED.contains(&name)
            }
            "VolumeAttributesClass" => matches!(name, "persistentvolumeclaims" | "requests.storage"),
            _ => true,
        };
        if !counts {
            judge
                .error(scope, format!("the scope `{text}` does not go with `{name}`"))
                .label(entry.key_origin.span(), "counted here")
                .help("make two quotas of it");
        }
    }
}

fn is_pages(name: &str) -> bool {
    name.starts_with("hugepages-") || name.starts_with("requests.hugepages-")
}

fn range<'a>(judge: &mut Judge<'a>, limit: Field<'a>) {
    const ORDER: [(&str, &str); 6] = [
        ("min", "max"),
        ("min", "defaultRequest"),
        ("min", "default"),
        ("defaultRequest", "max"),
        ("defaultRequest", "default"),
        ("default", "max"),
    ];
    let kind = limit.get("type");
    let of_pods = match kind.text() {
        Known::Value(text) => Some(matches!(text, "Pod" | "Container")),
        _ => None,
    };
    for list in ["min", "max", "default", "defaultRequest", "maxLimitRequestRatio"] {
        for entry in limit.get(list).entries() {
            let Some(key) = key_of(entry) else { continue };
            let name = entry.key.as_str();
            let known = names::qualified_name(name).is_ok();
            let counted = || name == "storage" || name.contains('/') || COUNTED.contains(&name) || is_pages(name);
            match of_pods {
                Some(true) if !known || Resource::of(name).is_none() => {
                    judge.error(key, format!("`{name}` is no resource of a container"));
                }
                Some(false) if !known || !counted() => {
                    judge.error(key, format!("`{name}` is no resource"));
                }
                _ => {}
            }
        }
    }
    if kind.is_text("Pod") {
        for list in ["default", "defaultRequest"] {
            if limit.get(list).is_present() && !limit.get(list).is_empty() {
                judge.error(limit.get(list), format!("limits of type `Pod` may not have `{list}`"));
            }
        }
    }
    if kind.is_text("PersistentVolumeClaim")
        && limit.at(&["min", "storage"]).is_absent()
        && limit.at(&["max", "storage"]).is_absent()
    {
        judge.error(limit, "limits of type `PersistentVolumeClaim` need the least or the most `storage`");
    }
    for (low, high) in ORDER {
        for entry in limit.get(low).entries() {
            let (one, two) = (Field::of_entry(entry), limit.get(high).get(&entry.key));
            if let (Some(less), Some(more)) = (quantity(one), quantity(two))
                && less > more
            {
                judge
                    .error(one, format!("`{low}` of `{}` is more than `{high}`", entry.key))
                    .label(two.span(), format!("`{high}`"));
            }
        }
    }
    for entry in limit.get("maxLimitRequestRatio").entries() {
        let field = Field::of_entry(entry);
        let Some(ratio) = quantity(field) else { continue };
        if ratio < Quantity::new(1) {
            judge.error(field, "no limit is less than its request: the ratio must be at least 1");
        }
        let bound = |list: &str| quantity(limit.get(list).get(&entry.key));
        if let (Some(most), Some(least)) = (bound("max"), bound("min"))
            && let (Some(widest), Some(ratio)) = (most.ratio(least), ratio.ratio(Quantity::new(1)))
            && ratio > widest
        {
            judge.error(field, format!("the ratio is more than that of `max` to `min`, {widest}"));
        }
    }
}
