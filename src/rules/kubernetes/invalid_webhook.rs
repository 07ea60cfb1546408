//! Webhooks of admission.

use std::collections::BTreeMap;

use super::judge::{Judge, declare_judge};
use crate::model::{Field, names};
use crate::value::Known;

declare_judge! {
    InvalidWebhook = "invalid-webhook" {
        summary: "admission webhook that the API server refuses",
        group: Kubernetes, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

fn check(judge: &mut Judge<'_>) {
    let kinds = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];
    let object = judge.object;
    if object.group != "admissionregistration.k8s.io" || object.version != "v1" || !kinds.contains(&&*object.kind) {
        return;
    }
    let mut seen = BTreeMap::new();
    for (_, webhook) in judge.root().get("webhooks").items() {
        let name = webhook.get("name");
        judge.form(name, "name of a webhook", full_name);
        if name.raw_text() == Known::Value("") {
            judge.error(name, "a webhook has no name");
        }
        if let Known::Value(text) = name.text()
            && let Some(first) = seen.insert(text, name.span())
        {
            judge.error(name, format!("two webhooks are named `{text}`")).label(first, "first here");
        }
        let effects = webhook.get("sideEffects");
        if matches!(effects.text(), Known::Value("Some" | "Unknown")) {
            judge
                .error(effects, "a webhook with side effects is not allowed any more")
                .help("`None`, or `NoneOnDryRun` if it has none in a dry run");
        }
        judge.within(webhook.get("timeoutSeconds"), 1, 30);
        versions(judge, webhook.get("admissionReviewVersions"));
        client(judge, webhook.get("clientConfig"));
        for (_, rule) in webhook.get("rules").items() {
            rules(judge, rule, "a rule of a webhook");
        }
        conditions(judge, webhook.get("matchConditions"));
        super::invalid_admission_policy::expressions(judge, webhook.get("matchConditions"));
    }
}

/// Names of conditions under which something is asked.
pub(super) fn conditions<'a>(judge: &mut Judge<'a>, list: Field<'a>) {
    let mut seen = BTreeMap::new();
    for (_, condition) in list.items() {
        let name = condition.get("name");
        judge.form(name, "name of a condition", names::qualified_name);
        if let Known::Value(text) = name.text()
            && let Some(first) = seen.insert(text, name.span())
        {
            judge.error(name, format!("two conditions are named `{text}`")).label(first, "first here");
        }
    }
}

fn full_name(name: &str) -> names::Verdict {
    names::dns_subdomain(name)?;
    if name.split('.').count() < 3 { Err("it needs at least three parts: `check.policy.example.com`") } else { Ok(()) }
}

fn versions<'a>(judge: &mut Judge<'a>, versions: Field<'a>) {
    if versions.is_present() && versions.is_empty() {
        judge.error(versions, "a webhook understands no version of a review");
        return;
    }
    let mut seen = BTreeMap::new();
    let mut is_known = false;
    for (_, version) in versions.items() {
        judge.form(version, "version", names::dns_1035_label);
        match version.text() {
            Known::Value(text) => {
                is_known |= matches!(text, "v1" | "v1beta1");
                if let Some(first) = seen.insert(text, version.span()) {
                    judge.error(version, format!("`{text}` stands twice")).label(first, "first here");
                }
            }
            _ => is_known = true,
        }
    }
    if versions.is_present() && versions.is_complete() && !is_known {
        judge.error(versions, "a webhook understands neither `v1` nor `v1beta1` of a review");
    }
}

/// Check where a webhook is.
pub(super) fn client<'a>(judge: &mut Judge<'a>, client: Field<'a>) {
    if !client.is_present() {
        return;
    }
    let (url, service) = (client.get("url"), client.get("service"));
    if url.is_present() && service.is_present() {
        judge.error(url, "a webhook has both `url` and `service`").label(service.span(), "the other one");
    } else if url.is_absent() && service.is_absent() {
        judge.error(client, "a webhook has neither `url` nor `service`");
    }
    if let Known::Value(text) = url.raw_text() {
        let rest = text.get(..8).filter(|scheme| scheme.eq_ignore_ascii_case("https://")).map(|_| &text[8..]);
        let why = match rest {
            None => Some("it must start with `https://`"),
            Some(rest) if rest.is_empty() || rest.starts_with('/') => Some("it names no host"),
            Some(rest) if rest.split('/').next().is_some_and(|host| host.contains('@')) => {
                Some("it may not name a user")
            }
            Some(rest) if rest.contains('#') || rest.contains('?') => Some("`?` and `#` are not allowed"),
            Some(_) => None,
        };
        if let Some(why) = why {
            judge.error(url, "the address of a webhook is not valid").primary(why);
        }
    }
    judge.within(service.get("port"), 1, 65535);
    if let Known::Value(path) = service.get("path").text()
        && (!path.starts_with('/') || path.contains("//"))
    {
        judge.error(service.get("path"), format!("`{path}` is no path of a URL")).help("start it with one `/`");
    }
}

/// Which requests something is asked about.
pub(super) fn rules<'a>(judge: &mut Judge<'a>, rule: Field<'a>, what: &str) {
    for key in ["operations", "apiGroups", "apiVersions", "resources"] {
        let list = rule.get(key);
        if list.is_empty() {
            judge.error(if list.is_absent() { rule } else { list }, format!("{what} has no `{key}`"));
        }
        let all = list.items().find(|(_, item)| item.is_text("*"));
        if let (Some((_, all)), true) = (all, list.items().count() > 1 && key != "resources") {
            judge.error(all, format!("`*` must stand alone in `{key}`"));
        }
    }
    for list in ["apiVersions", "resources"].map(|key| rule.get(key)) {
        for (_, item) in list.items().filter(|(_, item)| item.raw_text() == Known::Value("")) {
            judge.error(item, format!("an item of `{}` is empty", list.key()));
        }
    }
    let resources = rule.get("resources");
    let count = resources.items().count();
    let mut wide: Vec<(&str, &str, Field<'a>)> = Vec::new();
    for (_, resource) in resources.items() {
        if resource.is_text("*/*") && count > 1 {
            judge.error(resource, "`*/*` must stand alone in `resources`");
        }
        let is_plain = |(_, other): &(usize, Field<'a>)| matches!(other.text(), Known::Value(text) if text != "*" && !text.contains('/'));
        if resource.is_text("*") && resources.items().any(|other| is_plain(&other)) {
            judge.error(resource, "`*` must stand alone in `resources`, but for subresources");
        }
        let Known::Value(text) = resource.text() else { continue };
        let Some((of, part)) = text.split_once('/') else { continue };
        let covers = |(known, below, _): &&(&str, &str, Field<'a>)| {
            *below == "*" && *known == of || *known == "*" && *below == part
        };
        if let Some((known, below, first)) = wide.iter().find(covers) {
            judge
                .error(resource, format!("`{known}/{below}` is there already, so that `{text}` must not be"))
                .label(first.span(), "covers it");
        }
        if of == "*" || part == "*" {
            wide.push((of, part, resource));
        }
    }
}
