//! Variables that use others which are set only below.

use super::judge::{Judge, declare_judge};
use crate::value::Known;

declare_judge! {
    LateEnvironmentVariable = "late-environment-variable" {
        summary: "environment variable that uses one that is set only below",
        group: Kubernetes, level: Warning, confidence: High, fix: None, since: "0.1.0",
    }
}

fn check(judge: &mut Judge<'_>) {
    let Some(pod) = judge.pod() else { return };
    for container in pod.containers() {
        let env = container.field.get("env");
        // A source may set the variable before the list is read.
        if !env.is_complete() || !container.field.get("envFrom").is_empty() {
            continue;
        }
        let names: Vec<_> = env.items().map(|(_, item)| (item.get("name").raw_text(), item)).collect();
        for (index, item) in env.items() {
            let Known::Value(text) = item.get("value").raw_text() else { continue };
            for used in uses(text) {
                let is_set = |range: &[(Known<&str>, _)]| range.iter().any(|(name, _)| *name == Known::Value(used));
                let later = names.get(index + 1..).unwrap_or_default();
                if is_set(&names[..index]) || !is_set(later) {
                    continue;
                }
                let at = later.iter().find(|(name, _)| *name == Known::Value(used)).map(|(_, item)| item.get("name"));
                let problem = judge.warning(item.get("value"), format!("`$({used})` is used before it is set"));
                problem
                    .note(format!(
                        "the program gets the text `$({used})` itself: only variables set above are filled in"
                    ))
                    .help(format!("move `{used}` above"));
                if let Some(at) = at {
                    problem.label(at.span(), "set only here");
                }
            }
        }
    }
}

/// The variables that a text uses as `$(NAME)`; `$$(NAME)` is that text itself.
fn uses(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            rest = after;
        } else if let Some(inner) = rest.strip_prefix('(')
            && let Some((name, after)) = inner.split_once(')')
        {
            found.push(name);
            rest = after;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::uses;

    #[test]
    fn uses_of_variables() {
        assert_eq!(uses("a $(B) $$(C) $(D)e$ $("), ["B", "D"]);
        assert!(uses("$$$").is_empty());
    }
}
