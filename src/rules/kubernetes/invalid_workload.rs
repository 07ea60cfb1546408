//! How many pods a workload has and how it replaces them.

use super::judge::{Judge, declare_judge};
use crate::model::{Field, names};
use crate::value::Known;

declare_judge! {
    InvalidWorkload = "invalid-workload" {
        summary: "replicas or update strategy that the API server refuses",
        group: Kubernetes, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

fn check(judge: &mut Judge<'_>) {
    let kind = judge.object.kind.as_str();
    let is_workload = matches!(kind, "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet")
        && matches!(judge.object.group.as_str(), "apps" | "extensions");
    if !is_workload && !judge.object.is("", "ReplicationController") {
        return;
    }
    let spec = judge.spec();
    for key in ["replicas", "minReadySeconds"] {
        judge.at_least(spec.get(key), 0);
    }
    // Of a StatefulSet nobody looks at it.
    if kind != "StatefulSet" {
        judge.at_least(spec.get("revisionHistoryLimit"), 0);
    }
    match kind {
        "Deployment" => deployment(judge, spec),
        "StatefulSet" => stateful_set(judge, spec),
        "DaemonSet" => daemon_set(judge, spec),
        _ => {}
    }
}

fn deployment<'a>(judge: &mut Judge<'a>, spec: Field<'a>) {
    let deadline = spec.get("progressDeadlineSeconds");
    let ready = match spec.get("minReadySeconds").int() {
        Known::Absent => Some(0),
        known => known.value().copied(),
    };
    let seconds = match deadline.int() {
        Known::Absent => Some(600),
        known => known.value().copied(),
    };
    if let (Some(ready), Some(seconds)) = (ready, seconds)
        && seconds <= ready
    {
        let field = if deadline.is_present() { deadline } else { spec.get("minReadySeconds") };
        judge
            .error(
                field,
                format!("the deadline of {seconds} seconds is over before pods count as ready, after {ready}"),
            )
            .help("raise `progressDeadlineSeconds` above `minReadySeconds`");
    }
    let strategy = spec.get("strategy");
    let rolling = strategy.get("rollingUpdate");
    if strategy.get("type").is_text("Recreate") && rolling.is_present() {
        judge
            .error(rolling, "`rollingUpdate` is not allowed with the strategy `Recreate`")
            .label(strategy.get("type").span(), "the strategy")
            .help("drop it, or use the strategy `RollingUpdate`");
        return;
    }
    let unavailable = share(judge, rolling.get("maxUnavailable"), 100);
    let surge = share(judge, rolling.get("maxSurge"), i64::MAX);
    // Left out, each is 25%.
    if unavailable == Some(0) && surge == Some(0) {
        judge
            .error(
                rolling.get("maxUnavailable"),
                "neither more nor fewer pods are allowed: no pod can ever be replaced",
            )
            .label(rolling.get("maxSurge").span(), "no more")
            .help("allow one with `maxSurge` or `maxUnavailable`");
    }
}

fn stateful_set<'a>(judge: &mut Judge<'a>, spec: Field<'a>) {
    judge.form(spec.get("serviceName"), "name of a Service", names::dns_label);
    judge.at_least(spec.at(&["ordinals", "start"]), 0);
    let strategy = spec.get("updateStrategy");
    let rolling = strategy.get("rollingUpdate");
    if let Known::Value(text) = strategy.get("type").text()
        && !matches!(text, "RollingUpdate" | "OnDelete")
    {
        judge
            .error(strategy.get("type"), format!("`{text}` is no strategy of a StatefulSet"))
            .help("one of `RollingUpdate` and `OnDelete`");
    }
    if strategy.get("type").is_text("OnDelete") && rolling.is_present() {
        judge
            .error(rolling, "`rollingUpdate` is not allowed with the strategy `OnDelete`")
            .label(strategy.get("type").span(), "the strategy");
        return;
    }
    judge.at_least(rolling.get("partition"), 0);
    let unavailable = rolling.get("maxUnavailable");
    if share(judge, unavailable, 100) == Some(0) {
        judge.error(unavailable, "with `maxUnavailable: 0` no pod can ever be replaced");
    }
}

fn daemon_set<'a>(judge: &mut Judge<'a>, spec: Field<'a>) {
    let strategy = spec.get("updateStrategy");
    if strategy.get("type").is_text("OnDelete") {
        return;
    }
    let rolling = strategy.get("rollingUpdate");
    let (unavailable, surge) = (rolling.get("maxUnavailable"), rolling.get("maxSurge"));
    let most = share(judge, unavailable, 100).or(unavailable.is_absent().then_some(1));
    let more = share(judge, surge, 100).or(surge.is_absent().then_some(0));
    match (most, more) {
        (Some(0), Some(0)) => {
            judge.error(rolling, "neither more nor fewer pods are allowed: no pod can ever be replaced");
        }
        (Some(1..), Some(1..)) => {
            judge
                .error(surge, "`maxSurge` and `maxUnavailable` cannot both be more than 0")
                .help("set `maxUnavailable: 0` (left out, it is 1)");
        }
        _ => {}
    }
}

/// The number or percentage in a field, checked; `None` if it is absent, unknown or wrong.
pub(super) fn share<'a>(judge: &mut Judge<'a>, field: Field<'a>, most_percent: i64) -> Option<i64> {
    if let Known::Value(number) = field.int() {
        judge.at_least(field, 0);
        return (number >= 0).then_some(number);
    }
    let Known::Value(text) = field.text() else { return None };
    let Some(percent) = names::percent(text) else {
        judge
            .error(field, format!("`{text}` is neither a number nor a percentage"))
            .help("write `1` without quotes, or `25%`");
        return None;
    };
    if percent > most_percent {
        judge.error(field, format!("`{text}` is more than {most_percent}%"));
        return None;
    }
    Some(percent)
}
