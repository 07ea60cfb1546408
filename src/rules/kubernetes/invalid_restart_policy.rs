//! Which restart policies the owner of a pod allows.

use super::judge::{Judge, declare_judge};
use crate::value::Known;

declare_judge! {
    InvalidRestartPolicy = "invalid-restart-policy" {
        summary: "restart policy that the kind of workload does not allow",
        group: Kubernetes, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

fn check(judge: &mut Judge<'_>) {
    let Some(pod) = judge.pod().filter(|pod| !pod.is_bare && pod.spec.is_present()) else { return };
    let kind = judge.object.kind.as_str();
    let policy = pod.spec.get("restartPolicy");
    match (kind, policy.text()) {
        ("Job" | "CronJob", Known::Absent) => {
            judge
                .error(policy, "its pods have no `restartPolicy`")
                .primary("the default, `Always`, is not allowed here")
                .help("set `restartPolicy` of the pod to `OnFailure` or `Never`");
        }
        ("Job" | "CronJob", Known::Value("Always")) => {
            judge
                .error(policy, format!("the pods of a {kind} cannot have `restartPolicy: Always`"))
                .help("use `OnFailure` or `Never`");
        }
        ("Job" | "CronJob" | "PodTemplate", _) => {}
        (_, Known::Value(text @ ("OnFailure" | "Never"))) => {
            judge
                .error(policy, format!("the pods of a {kind} cannot have `restartPolicy: {text}`"))
                .primary("only `Always` is allowed here")
                .help("leave it out, or use a Job for pods that end");
        }
        _ => {}
    }
}
