//! Which restart policies the owner of a pod allows.

use super::judge::{Judge, judge};
use crate::diagnostic::RuleMeta;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule, Variant};
use crate::value::Known;

declare_rule! {
    InvalidRestartPolicy = "invalid-restart-policy" {
        summary: "restart policy that the kind of workload does not allow",
        group: Kubernetes, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

impl Rule for InvalidRestartPolicy {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn variants(&self, cx: &Context<'_>, variants: &[Variant<'_>]) {
        judge(cx, &META, variants, check);
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
