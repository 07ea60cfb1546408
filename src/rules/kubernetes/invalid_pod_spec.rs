//! The rest of a pod.

use super::judge::{Judge, declare_judge};
use crate::model::names;
use crate::value::Known;

declare_judge! {
    InvalidPodSpec = "invalid-pod-spec" {
        summary: "settings of a pod that the API server refuses",
        group: Kubernetes, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

fn check(judge: &mut Judge<'_>) {
    let Some(pod) = judge.pod() else { return };
    let spec = pod.spec;
    let kind = judge.object.kind.as_str();
    let grace = spec.get("terminationGracePeriodSeconds");
    if matches!(grace.int(), Known::Value(..0)) {
        judge.warning(grace, "`terminationGracePeriodSeconds` is negative").note("it counts as 1");
    }
    let deadline = spec.get("activeDeadlineSeconds");
    let ends = pod.is_bare || matches!(kind, "Job" | "CronJob" | "PodTemplate");
    if deadline.is_present() && !ends {
        judge
            .error(deadline, format!("the pods of a {kind} may not have `activeDeadlineSeconds`"))
            .primary("they are not meant to end");
    } else {
        judge.within(deadline, 1, i64::from(i32::MAX));
    }
    // The controller of a StatefulSet sets both itself.
    if kind != "StatefulSet" {
        judge.form(spec.get("hostname"), "host name", names::dns_label);
        judge.form(spec.get("subdomain"), "subdomain of a host name", names::dns_label);
    }
    for (key, what) in [
        ("serviceAccountName", "name of a service account"),
        ("serviceAccount", "name of a service account"),
        ("nodeName", "name of a node"),
        ("priorityClassName", "name of a priority class"),
        ("runtimeClassName", "name of a runtime class"),
    ] {
        judge.form(spec.get(key), what, names::dns_subdomain);
    }
    let (old, new) = (spec.get("serviceAccount"), spec.get("serviceAccountName"));
    if let (Known::Value(one), Known::Value(two)) = (old.text(), new.text())
        && one != two
    {
        judge
            .warning(old, format!("`serviceAccount` says `{one}` and `serviceAccountName` says `{two}`"))
            .note("`serviceAccount` is deprecated and ignored")
            .label(new.span(), "this one counts")
            .help("drop `serviceAccount`");
    }
    for (_, gate) in spec.get("readinessGates").items() {
        judge.form(gate.get("conditionType"), "type of a condition", names::qualified_name);
    }
    for (_, secret) in spec.get("imagePullSecrets").items() {
        if matches!(secret.get("name").raw_text(), Known::Absent | Known::Value("")) {
            judge
                .warning(secret, "an entry of `imagePullSecrets` has no name")
                .note("it is ignored: images are pulled without it");
        }
    }
    let host = spec.get("hostnameOverride");
    judge.form(host, "host name", names::dns_subdomain);
    for key in ["setHostnameAsFQDN", "hostNetwork"] {
        if host.is_present() && spec.get(key).is_true() {
            judge.error(host, format!("`hostnameOverride` is not allowed with `{key}: true`"));
        }
    }
    if matches!(host.text(), Known::Value(text) if text.len() > 64) {
        judge.error(host, "`hostnameOverride` is longer than 64 characters");
    }
}
