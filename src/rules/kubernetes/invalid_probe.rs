//! Probes and hooks of containers.

use super::judge::{Judge, declare_judge};
use crate::model::pod::Role;
use crate::model::{Field, names};
use crate::value::Known;

declare_judge! {
    InvalidProbe = "invalid-probe" {
        summary: "probe or lifecycle hook that the API server refuses",
        group: Kubernetes, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

/// The fields of a container that hold probes.
pub(super) const PROBES: [&str; 3] = ["livenessProbe", "readinessProbe", "startupProbe"];

fn check(judge: &mut Judge<'_>) {
    let Some(pod) = judge.pod() else { return };
    let grace = match pod.spec.get("terminationGracePeriodSeconds").int() {
        Known::Value(seconds) => Some(seconds),
        Known::Absent => Some(30),
        Known::Unknown(_) => None,
    };
    // Init containers may not have any, and another rule says so.
    for container in pod.containers().filter(|container| container.role != Role::Init) {
        for kind in PROBES {
            probe(judge, container.field.get(kind), kind);
        }
        for hook in ["postStart", "preStop"] {
            let handler = container.field.at(&["lifecycle", hook]);
            self::handler(judge, handler, hook, &["exec", "httpGet", "tcpSocket", "sleep"]);
            let seconds = handler.at(&["sleep", "seconds"]);
            if seconds.int() == Known::Value(0) && judge.before(32).is_some() {
                judge.refused_before(33, seconds, format!("`{hook}` sleeps no time"));
            }
            if let (Known::Value(seconds), Some(grace)) = (seconds.int(), grace)
                && !(0..=grace).contains(&seconds)
            {
                judge
                    .error(
                        handler.at(&["sleep", "seconds"]),
                        format!("`{hook}` sleeps {seconds} seconds, and the pod has {grace} to end"),
                    )
                    .help("raise `terminationGracePeriodSeconds` of the pod above it");
            }
        }
    }
}

fn probe<'a>(judge: &mut Judge<'a>, probe: Field<'a>, kind: &str) {
    handler(judge, probe, kind, &["exec", "httpGet", "tcpSocket", "grpc"]);
    for key in ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "failureThreshold", "successThreshold"] {
        judge.at_least(probe.get(key), 0);
    }
    let threshold = probe.get("successThreshold");
    if let (Known::Value(number), true) = (threshold.int(), kind != "readinessProbe")
        && number > 1
    {
        judge.error(threshold, format!("`successThreshold` of a {kind} must be 1"));
    }
    let grace = probe.get("terminationGracePeriodSeconds");
    if kind == "readinessProbe" && grace.is_present() {
        judge
            .error(grace, "a readinessProbe may not have `terminationGracePeriodSeconds`")
            .primary("a failing one does not end the container");
    } else {
        judge.at_least(grace, 1);
    }
}

fn handler<'a>(judge: &mut Judge<'a>, handler: Field<'a>, of: &str, kinds: &[&str]) {
    if !handler.is_present() {
        return;
    }
    let given: Vec<&str> = kinds.iter().copied().filter(|kind| handler.get(kind).is_present()).collect();
    match given.as_slice() {
        [] if handler.is_complete() => {
            judge.error(handler, format!("{of} does nothing")).help(format!("give it one of {}", kinds.join(", ")));
        }
        [first, second, ..] => {
            judge
                .error(handler.get(second), format!("{of} has two handlers, `{first}` and `{second}`"))
                .label(handler.get(first).span(), "the other one")
                .help("keep one of them");
        }
        _ => {}
    }
    let command = handler.at(&["exec", "command"]);
    if handler.get("exec").is_present() && command.is_empty() {
        judge.error(command, format!("{of} runs no command"));
    }
    for kind in given {
        let port = handler.at(&[kind, "port"]);
        judge.form(port, "name of a port", names::port_name);
        judge.within(port, 1, 65535);
        // A hook without a port has none to connect to.
        if matches!(kind, "httpGet" | "tcpSocket" | "grpc") && port.raw_text() == Known::Value("") {
            judge.error(port, format!("{of} names no port"));
        }
    }
    for (_, header) in handler.at(&["httpGet", "httpHeaders"]).items() {
        judge.form(header.get("name"), "name of a header", names::http_header);
    }
}
