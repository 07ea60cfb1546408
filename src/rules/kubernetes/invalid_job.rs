//! How a Job ends.

use super::judge::{Judge, declare_judge};
use crate::model::{Field, names};
use crate::value::Known;

declare_judge! {
    InvalidJob = "invalid-job" {
        summary: "Job that the API server refuses",
        group: Kubernetes, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

fn check(judge: &mut Judge<'_>) {
    if judge.object.group != "batch" {
        return;
    }
    let spec = judge.spec();
    match judge.object.kind.as_str() {
        "Job" => job(judge, spec),
        "CronJob" => {
            for key in ["successfulJobsHistoryLimit", "failedJobsHistoryLimit", "startingDeadlineSeconds"] {
                judge.at_least(spec.get(key), 0);
            }
            let deadline = spec.get("startingDeadlineSeconds");
            if matches!(deadline.int(), Known::Value(0..=9)) {
                judge
                    .warning(deadline, "with less than 10 seconds to start, runs are missed")
                    .note("the controller looks only every 10 seconds");
            }
            let template = spec.at(&["jobTemplate", "spec"]);
            for key in ["selector", "manualSelector"] {
                let field = template.get(key);
                if field.is_present() && field.truth() != Known::Value(false) {
                    judge
                        .error(field, format!("the Jobs of a CronJob may not have `{key}`"))
                        .help("leave it out: the API server makes their selectors");
                }
            }
            job(judge, template);
        }
        _ => {}
    }
}

fn job<'a>(judge: &mut Judge<'a>, spec: Field<'a>) {
    for key in [
        "parallelism",
        "completions",
        "activeDeadlineSeconds",
        "backoffLimit",
        "ttlSecondsAfterFinished",
        "backoffLimitPerIndex",
        "maxFailedIndexes",
    ] {
        judge.at_least(spec.get(key), 0);
    }
    judge.form(spec.get("managedBy"), "name of a controller", |name| match name.split_once('/') {
        _ if name.len() > 63 => Err("it may have at most 63 characters"),
        Some((domain, path)) if names::dns_subdomain(domain).is_ok() && !path.is_empty() => Ok(()),
        _ => Err("it must be a domain, `/`, and a path"),
    });
    let mode = spec.get("completionMode");
    let indexed = mode.is_text("Indexed");
    let (completions, failed) = (spec.get("completions"), spec.get("maxFailedIndexes"));
    // With neither number, both are 1.
    if indexed && completions.is_absent() && spec.get("parallelism").is_present() {
        judge.error(mode, "the completion mode `Indexed` needs `completions`");
    }
    if matches!(mode.text(), Known::Absent | Known::Value("NonIndexed")) {
        for key in ["backoffLimitPerIndex", "maxFailedIndexes", "successPolicy"] {
            if spec.get(key).is_present() {
                judge.error(spec.get(key), format!("`{key}` needs the completion mode `Indexed`"));
            }
        }
    }
    if indexed {
        judge.within(spec.get("parallelism"), i64::MIN, 100_000);
        if failed.is_present() && spec.get("backoffLimitPerIndex").is_absent() {
            judge.error(failed, "`maxFailedIndexes` needs `backoffLimitPerIndex`");
        }
        if let (Known::Value(failed_count), Known::Value(all)) = (failed.int(), completions.int())
            && failed_count > all
        {
            judge.error(failed, format!("`maxFailedIndexes` is more than the {all} `completions`"));
        }
        // Above so many completions, what is kept of each index is limited.
        if matches!(completions.int(), Known::Value(100_001..)) && spec.get("backoffLimitPerIndex").is_present() {
            if failed.is_absent() {
                judge.error(
                    completions,
                    "with more than 100000 completions, `backoffLimitPerIndex` needs `maxFailedIndexes`",
                );
            }
            judge.within(failed, 0, 10_000);
            judge.within(spec.get("parallelism"), 0, 10_000);
        }
        let rules = spec.at(&["successPolicy", "rules"]);
        if spec.get("successPolicy").is_present() && rules.is_empty() {
            judge.error(spec.get("successPolicy"), "`successPolicy` has no rules");
        }
        for (_, rule) in rules.items() {
            let (count, indexes) = (rule.get("succeededCount"), rule.get("succeededIndexes"));
            if count.is_absent() && indexes.is_absent() {
                judge.error(rule, "a rule has neither `succeededCount` nor `succeededIndexes`");
            }
            if let Known::Value(all) = completions.int() {
                judge.within(count, 0, all);
                if let Known::Value(text) = indexes.text()
                    && indexes_of(text).is_none_or(|(_, last)| last >= all)
                {
                    judge
                        .error(indexes, format!("`{text}` are no indexes of {all} completions"))
                        .help("write them in order and from 0, such as `0,2-4`");
                }
            }
            if let (Known::Value(wanted), Known::Value(text)) = (count.int(), indexes.text())
                && let Some((there, _)) = indexes_of(text)
                && wanted > there
            {
                judge
                    .error(count, format!("`succeededCount` is {wanted}, and `succeededIndexes` are {there}"))
                    .label(indexes.span(), "of these");
            }
        }
    }
    failure_policy(judge, spec);
}

/// How many indexes there are in `0-3,5`, and the last of them; `None` if it is no such text.
fn indexes_of(text: &str) -> Option<(i64, i64)> {
    let number = |text: &str| text.parse::<u32>().ok().map(i64::from);
    text.split(',').try_fold((0, -1), |(sum, before), part| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (number(first)?, number(last)?);
        (before < first && first <= last).then(|| (sum + last - first + 1, last))
    })
}

fn failure_policy<'a>(judge: &mut Judge<'a>, spec: Field<'a>) {
    let policy = spec.get("podFailurePolicy");
    if !policy.is_present() {
        return;
    }
    let pod = spec.at(&["template", "spec"]);
    let restart = pod.get("restartPolicy");
    if restart.is_text("OnFailure") {
        judge.error(restart, "`podFailurePolicy` needs `restartPolicy: Never`").label(policy.span(), "the policy");
    }
    let replacement = spec.get("podReplacementPolicy");
    if replacement.is_text("TerminatingOrFailed") {
        judge.error(replacement, "with `podFailurePolicy`, `podReplacementPolicy` must be `Failed`");
    }
    let lists = [pod.get("containers"), pod.get("initContainers")];
    for (_, rule) in policy.get("rules").items() {
        let (codes, conditions) = (rule.get("onExitCodes"), rule.get("onPodConditions"));
        if codes.is_present() && conditions.is_present() && !conditions.is_empty() {
            judge
                .error(conditions, "a rule has both `onExitCodes` and `onPodConditions`")
                .label(codes.span(), "the other one");
        }
        if codes.is_absent() && conditions.is_empty() {
            judge.error(rule, "a rule has neither `onExitCodes` nor `onPodConditions`");
        }
        if rule.get("action").is_text("FailIndex") && spec.get("backoffLimitPerIndex").is_absent() {
            judge.error(rule.get("action"), "the action `FailIndex` needs `backoffLimitPerIndex`");
        }
        if let Known::Value(name) = codes.get("containerName").text() {
            let is_complete = lists.iter().all(|list| list.is_complete());
            let exists = lists.iter().any(|list| list.items().any(|(_, item)| item.get("name").is_text(name)));
            if is_complete && !exists {
                judge.error(codes.get("containerName"), format!("the pod has no container `{name}`"));
            }
        }
        exit_codes(judge, codes);
        for (_, condition) in conditions.items() {
            judge.form(condition.get("type"), "type of a condition", names::qualified_name);
        }
    }
}

fn exit_codes<'a>(judge: &mut Judge<'a>, codes: Field<'a>) {
    let values = codes.get("values");
    if codes.is_present() && values.is_empty() {
        judge.error(codes, "`onExitCodes` has no values");
    }
    let mut last = None;
    for (_, value) in values.items() {
        let Known::Value(code) = value.int() else { return };
        if code == 0 && codes.get("operator").is_text("In") {
            judge.error(value, "the exit code 0 is no failure");
        }
        if last == Some(code) {
            judge.error(value, format!("the exit code {code} stands twice"));
        } else if last.is_some_and(|last| last > code) {
            judge.error(value, "the exit codes are not in order");
        }
        last = Some(code);
    }
}
