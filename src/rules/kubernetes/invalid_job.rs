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
            job(judge, spec.at(&["jobTemplate", "spec"]));
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
        let rules = spec.at(&["successPolicy", "rules"]);
        if spec.get("successPolicy").is_present() && rules.is_empty() {
            judge.error(spec.get("successPolicy"), "`successPolicy` has no rules");
        }
        for (_, rule) in rules.items() {
            let (count, indexes) = (rule.get("succeededCount"), rule.get("succeededIndexes"));
            if let (Known::Value(wanted), Known::Value(text)) = (count.int(), indexes.text())
                && let Some(there) = indexes_of(text)
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

/// How many indexes there are in `0-3,5`; `None` if it is no such text.
fn indexes_of(text: &str) -> Option<i64> {
    text.split(',').try_fold(0_i64, |sum, part| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (first.parse::<i32>().ok()?, last.parse::<i32>().ok()?);
        (first <= last).then(|| sum + i64::from(last) - i64::from(first) + 1)
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
