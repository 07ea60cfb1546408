//! Roles and bindings.

use super::judge::{Judge, declare_judge};
use crate::model::{Field, names};
use crate::value::Known;

declare_judge! {
    InvalidRbac = "invalid-rbac" {
        summary: "role or binding that the API server refuses",
        group: Kubernetes, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

/// The group of roles.
const GROUP: &str = "rbac.authorization.k8s.io";

fn check(judge: &mut Judge<'_>) {
    if judge.object.group != GROUP {
        return;
    }
    let root = judge.root();
    match judge.object.kind.as_str() {
        kind @ ("Role" | "ClusterRole") => {
            for (_, rule) in root.get("rules").items() {
                self::rule(judge, rule, kind == "Role");
            }
            let aggregation = root.get("aggregationRule");
            if aggregation.is_present() && aggregation.get("clusterRoleSelectors").is_empty() {
                judge.error(aggregation, "`aggregationRule` selects nothing");
            }
        }
        kind @ ("RoleBinding" | "ClusterRoleBinding") => binding(judge, root, kind == "RoleBinding"),
        _ => {}
    }
}

fn rule<'a>(judge: &mut Judge<'a>, rule: Field<'a>, namespaced: bool) {
    let [verbs, groups, resources, names, urls] =
        ["verbs", "apiGroups", "resources", "resourceNames", "nonResourceURLs"].map(|key| rule.get(key));
    if verbs.is_empty() {
        judge.error(verbs, "a rule has no verbs");
    }
    if urls.is_present() && !urls.is_empty() {
        if namespaced {
            judge.error(urls, "a Role cannot allow paths that are no resources").help("use a ClusterRole");
        }
        let others = [groups, resources, names];
        if let Some(other) = others.iter().find(|other| other.is_present() && !other.is_empty()) {
            judge
                .error(urls, "a rule is about both resources and paths that are none")
                .label(other.span(), "resources")
                .help("make two rules of it");
        }
        return;
    }
    if groups.is_empty() && urls.is_empty() {
        judge.error(groups, "a rule names no API groups").help("`\"\"` is the core group");
    }
    if resources.is_empty() && urls.is_empty() {
        judge.error(resources, "a rule names no resources");
    }
}

fn binding<'a>(judge: &mut Judge<'a>, root: Field<'a>, namespaced: bool) {
    let reference = root.get("roleRef");
    let (group, kind, name) = (reference.get("apiGroup"), reference.get("kind"), reference.get("name"));
    if let Known::Value(text) = group.text()
        && text != GROUP
    {
        judge.error(group, format!("`roleRef` names the API group `{text}`")).help(format!("roles are in `{GROUP}`"));
    }
    match kind.text() {
        Known::Value("ClusterRole") | Known::Absent | Known::Unknown(_) => {}
        Known::Value("Role") if namespaced => {}
        Known::Value("Role") => {
            judge
                .error(kind, "a ClusterRoleBinding cannot bind a Role")
                .primary("a Role counts only in its namespace")
                .help("bind a ClusterRole, or use a RoleBinding");
        }
        Known::Value(text) => {
            judge.error(kind, format!("`{text}` is no kind of role"));
        }
    }
    judge.form(name, "name of a role", names::path_segment);
    if name.raw_text() == Known::Value("") {
        judge.error(name, "`roleRef` names no role");
    }
    for (_, subject) in root.get("subjects").items() {
        self::subject(judge, subject, namespaced);
    }
}

fn subject<'a>(judge: &mut Judge<'a>, subject: Field<'a>, namespaced: bool) {
    let [kind, name, group, namespace] = ["kind", "name", "apiGroup", "namespace"].map(|key| subject.get(key));
    match kind.text() {
        Known::Value("ServiceAccount") => {
            judge.form(name, "name of a service account", names::dns_subdomain);
            if let Known::Value(text) = group.text() {
                judge
                    .error(group, format!("a ServiceAccount is not in the API group `{text}`"))
                    .help("leave `apiGroup` out");
            }
            if !namespaced && namespace.text().is_absent() {
                judge.error(subject, "a ServiceAccount of a ClusterRoleBinding needs its namespace");
            }
        }
        Known::Value(of @ ("User" | "Group")) => {
            if let Known::Value(text) = group.text()
                && text != GROUP
            {
                judge.error(group, format!("a {of} is not in the API group `{text}`")).help(format!("it is `{GROUP}`"));
            }
        }
        Known::Value(text) => {
            judge
                .error(kind, format!("`{text}` is no kind of subject"))
                .help("one of `ServiceAccount`, `User` and `Group`");
        }
        Known::Absent | Known::Unknown(_) => {}
    }
    if name.raw_text() == Known::Value("") {
        judge.error(name, "a subject has no name");
    }
}
