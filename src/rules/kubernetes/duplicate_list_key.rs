//! Items of a list that is a map or a set must differ.

use super::structure::{self, Words};
use crate::diagnostic::RuleMeta;
use crate::graph::Authority;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule};
use crate::schema::validate::ProblemKind;
use crate::value::Value;

declare_rule! {
    DuplicateListKey = "duplicate-list-key" {
        summary: "two items of a list have the same key",
        group: Kubernetes, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

impl Rule for DuplicateListKey {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn snapshot(&self, cx: &Context<'_>) {
        structure::report(cx, &META, |found| {
            let ProblemKind::DuplicateItem { keys, .. } = &found.misfit.problem.kind else { return None };
            let builtin = matches!(found.misfit.authority, Authority::BuiltIn(_));
            let path = &found.misfit.problem.path;
            if builtin && (is_refused(path) || extends_itself(&found.object.value, path)) {
                return None;
            }
            let keys: Vec<String> =
                keys.iter().map(|(key, value)| format!("`{key}: {}`", value.trim_matches('"'))).collect();
            let what = if keys.is_empty() {
                "repeats an item before it".to_owned()
            } else {
                format!("has the key {} of an item before it", keys.join(", "))
            };
            let note = if builtin {
                "server-side apply refuses the object; otherwise merging a change keeps only one of the items"
            } else {
                "the API server refuses the object"
            };
            Some(Words {
                message: format!("{} {what}", found.place()),
                primary: "again here".to_owned(),
                note: note.to_owned(),
                help: None,
                fix: None,
            })
        });
    }
}

/// Whether the API server refuses repeated items of a list of a built-in kind, of which the rules
/// about that list speak.
fn is_refused(path: &str) -> bool {
    const LISTS: [&str; 10] = [
        "containers",
        "initContainers",
        "ephemeralContainers",
        "volumes",
        "volumeMounts",
        "volumeDevices",
        "topologySpreadConstraints",
        "schedulingGates",
        "webhooks",
        "matchConditions",
    ];
    let list = path.rsplit_once('[').map_or(path, |(list, _)| list);
    LISTS.iter().any(|name| list.rsplit('.').next() == Some(name)) || list == "spec.ports"
}

/// Whether it is an environment variable that adds to what the one before it says (`X: $(X)/bin`), of
/// which the API server does not warn either.
fn extends_itself(object: &Value, path: &str) -> bool {
    if !path.rsplit('.').next().is_some_and(|last| last.starts_with("env[")) {
        return false;
    }
    let item = path.split('.').try_fold(object, |value, step| {
        let (name, index) = step.strip_suffix(']').and_then(|step| step.split_once('[')).unwrap_or((step, ""));
        let value = value.get(name)?;
        if index.is_empty() { Some(value) } else { value.items().get(index.parse::<usize>().ok()?) }
    });
    let texts = item.and_then(|item| Some((item.str_at(&["name"])?, item.str_at(&["value"])?)));
    texts.is_some_and(|(name, text)| {
        let reference = format!("$({name})");
        text != reference && text.contains(&reference)
    })
}
