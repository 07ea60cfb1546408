//! How the API server shares itself out: flow schemas and priority levels.

use super::judge::{Judge, declare_judge};
use crate::model::{Field, names};
use crate::text::has_placeholder;
use crate::value::Known;

declare_judge! {
    InvalidFlowControl = "invalid-flow-control" {
        summary: "flow schema or priority level that the API server refuses",
        group: Kubernetes, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

/// The schema and the level of what is never limited; both are made by the API server.
const EXEMPT: &str = "exempt";

const VERBS: [&str; 9] = ["get", "list", "create", "update", "delete", "deletecollection", "patch", "watch", "proxy"];

fn check(judge: &mut Judge<'_>) {
    if judge.object.group != "flowcontrol.apiserver.k8s.io" {
        return;
    }
    match judge.object.kind.as_str() {
        "FlowSchema" => schema(judge, judge.spec()),
        "PriorityLevelConfiguration" => level(judge, judge.spec()),
        _ => {}
    }
}

fn schema<'a>(judge: &mut Judge<'a>, spec: Field<'a>) {
    let precedence = spec.get("matchingPrecedence");
    // 0 is as if it were left out.
    judge.within(precedence, 0, 10_000);
    let is_exempt = judge.root().at(&["metadata", "name"]).is_text(EXEMPT);
    if precedence.int() == Known::Value(1) && !is_exempt {
        judge.error(precedence, "only the schema `exempt` may have `matchingPrecedence: 1`");
    }
    let level = spec.at(&["priorityLevelConfiguration", "name"]);
    if matches!(level.raw_text(), Known::Absent | Known::Value("")) {
        judge.error(level, "it names no priority level");
    }
    judge.form(level, "name of a priority level", names::dns_subdomain);
    for (_, rule) in spec.get("rules").items() {
        let [subjects, resources, paths] = ["subjects", "resourceRules", "nonResourceRules"].map(|key| rule.get(key));
        if subjects.is_empty() {
            judge.error(rule, "a rule is about nobody").help("name at least one of `subjects`");
        }
        if resources.is_empty() && paths.is_empty() {
            judge.error(rule, "a rule is about nothing").help("it needs `resourceRules` or `nonResourceRules`");
        }
        for (_, subject) in subjects.items() {
            self::subject(judge, subject);
        }
        for (_, rule) in resources.items() {
            verbs(judge, rule);
            for key in ["apiGroups", "resources"] {
                some(judge, rule, key);
            }
            namespaces(judge, rule);
        }
        for (_, rule) in paths.items() {
            verbs(judge, rule);
            if !some(judge, rule, "nonResourceURLs") {
                for (_, path) in rule.get("nonResourceURLs").items() {
                    judge.form(path, "path", url);
                }
            }
        }
    }
}

/// The one of three that the kind of a subject names, and no other.
fn subject<'a>(judge: &mut Judge<'a>, subject: Field<'a>) {
    let Known::Value(kind) = subject.get("kind").text() else { return };
    let kinds = [("ServiceAccount", "serviceAccount"), ("User", "user"), ("Group", "group")];
    for (of, key) in kinds {
        let field = subject.get(key);
        if of != kind {
            // Another kind is an invalid value, of which nothing follows.
            if field.is_present() && kinds.iter().any(|(of, _)| *of == kind) {
                judge
                    .error(field, format!("a subject of kind `{kind}` has `{key}`"))
                    .label(subject.get("kind").span(), "its kind");
            }
        } else if field.is_absent() {
            judge.error(field, format!("a subject of kind `{kind}` has no `{key}`"));
        } else if field.get("name").raw_text() == Known::Value("") {
            judge.error(field.get("name"), "a subject has no name");
        }
    }
    let account = subject.get("serviceAccount");
    if account.is_present() && kind == "ServiceAccount" {
        if !account.get("name").is_text("*") {
            judge.form(account.get("name"), "name of a service account", names::dns_subdomain);
        }
        if account.get("namespace").raw_text() == Known::Value("") {
            judge.error(account.get("namespace"), "a service account has no namespace");
        }
        judge.form(account.get("namespace"), "name of a namespace", names::dns_label);
    }
}

/// Report a list that is empty or has more than `*`; whether it has `*`.
fn some<'a>(judge: &mut Judge<'a>, rule: Field<'a>, key: &str) -> bool {
    let list = rule.get(key);
    if list.is_empty() {
        judge.error(list, format!("a rule has no `{key}`"));
    }
    alone(judge, list, key)
}

fn alone<'a>(judge: &mut Judge<'a>, list: Field<'a>, key: &str) -> bool {
    let Some((_, all)) = list.items().find(|(_, item)| item.is_text("*")) else { return false };
    if list.items().count() > 1 {
        judge.error(all, format!("beside `*`, `{key}` cannot name others"));
    }
    true
}

fn verbs<'a>(judge: &mut Judge<'a>, rule: Field<'a>) {
    if some(judge, rule, "verbs") {
        return;
    }
    for (_, verb) in rule.get("verbs").items() {
        if let Known::Value(text) = verb.text()
            && !VERBS.contains(&text)
            && !has_placeholder(text)
        {
            judge.error(verb, format!("`{text}` is no verb")).help(format!("one of `{}` and `*`", VERBS.join("`, `")));
        }
    }
}

fn namespaces<'a>(judge: &mut Judge<'a>, rule: Field<'a>) {
    let list = rule.get("namespaces");
    if list.is_empty() && !matches!(rule.get("clusterScope").truth(), Known::Value(true) | Known::Unknown(_)) {
        judge
            .error(list, "a rule names no namespaces")
            .help("`[\"*\"]` for all, or `clusterScope: true` for what is in none");
    }
    if !alone(judge, list, "namespaces") {
        for (_, namespace) in list.items() {
            judge.form(namespace, "name of a namespace", names::dns_label);
        }
    }
}

fn url(path: &str) -> Result<(), &'static str> {
    if path == "/" {
        Ok(())
    } else if !path.starts_with('/') {
        Err("it must start with `/`")
    } else if path.contains(' ') || path.contains("//") {
        Err("it must have neither spaces nor `//`")
    } else if path.matches('*').count() > 1 || path.contains('*') && !path.ends_with("/*") {
        Err("`*` may only stand at the end, after `/`")
    } else {
        Ok(())
    }
}

fn level<'a>(judge: &mut Judge<'a>, spec: Field<'a>) {
    let (kind, limited, exempt) = (spec.get("type"), spec.get("limited"), spec.get("exempt"));
    if matches!(kind.raw_text(), Known::Absent | Known::Value("")) {
        judge.error(kind, "it does not say of which type it is").help("`type: Limited`");
    }
    let Known::Value(of) = kind.text() else { return };
    let name = judge.root().at(&["metadata", "name"]).text();
    match (of, name) {
        ("Exempt", Known::Value(name)) if name != EXEMPT => {
            judge.error(kind, "only the level `exempt` may be `Exempt`").help("limit it: `type: Limited`");
        }
        ("Limited", Known::Value(EXEMPT)) => {
            judge.error(kind, "the level `exempt` must be `Exempt`");
        }
        _ => {}
    }
    let (own, other) = if of == "Exempt" { ("exempt", limited) } else { ("limited", exempt) };
    if matches!(of, "Exempt" | "Limited") && other.is_present() {
        judge.error(other, format!("a level of type `{of}` has `{}`", other.key())).label(kind.span(), "its type");
    }
    if of == "Limited" && limited.is_absent() {
        judge.error(spec, "a level of type `Limited` has no `limited`");
    }
    let own = spec.get(own);
    for key in ["nominalConcurrencyShares", "assuredConcurrencyShares", "borrowingLimitPercent"] {
        judge.at_least(own.get(key), 0);
    }
    judge.within(own.get("lendablePercent"), 0, 100);
    let response = limited.get("limitResponse");
    let queuing = response.get("queuing");
    let is_limited = of == "Limited" && limited.is_present();
    if is_limited && matches!(response.get("type").raw_text(), Known::Absent | Known::Value("")) {
        judge
            .error(response.get("type"), "it does not say what becomes of requests over the limit")
            .help("`Queue` or `Reject`");
    }
    match response.get("type").text() {
        Known::Value("Reject") if queuing.is_present() => {
            judge
                .error(queuing, "what is rejected is not queued")
                .label(response.get("type").span(), "the type `Reject`")
                .help("drop `queuing`, or use the type `Queue`");
        }
        Known::Value("Queue") if queuing.is_absent() => {
            judge.error(response, "the type `Queue` needs `queuing`");
        }
        Known::Value("Queue") => queues(judge, queuing),
        _ => {}
    }
}

fn queues<'a>(judge: &mut Judge<'a>, queuing: Field<'a>) {
    let [queues, hand, length] = ["queues", "handSize", "queueLengthLimit"].map(|key| queuing.get(key));
    // Again, 0 is as if it were left out.
    judge.within(queues, 0, 10_000_000);
    judge.at_least(hand, 0);
    judge.at_least(length, 0);
    let number = |field: Field<'_>, default: i64| match field.int() {
        Known::Absent | Known::Value(0) => Some(default),
        Known::Value(number) if (1..=10_000_000).contains(&number) => Some(number),
        _ => None,
    };
    let (Some(many), Some(size)) = (number(queues, 64), number(hand, 8)) else { return };
    // The API server's estimate of the bits of a hash that choosing a hand takes.
    #[expect(clippy::cast_precision_loss, reason = "both are below 2^24")]
    let bits = ((many as f64).log2() * size as f64).ceil();
    let at = if hand.is_present() { hand } else { queues };
    if size > many {
        judge.error(at, format!("`handSize` is {size}, of {many} queues"));
    } else if bits > 60.0 {
        judge
            .error(at, format!("a hand of {size} of {many} queues is too large"))
            .primary(format!("choosing it takes {bits} bits of the 60 that there are"));
    }
}
