//! Ports that probes and hooks name.

use super::invalid_probe::PROBES;
use super::judge::{Judge, declare_judge};
use crate::model::names;
use crate::model::pod::Role;
use crate::text::near_miss;
use crate::value::Known;

declare_judge! {
    MissingProbePort = "missing-probe-port" {
        summary: "probe or hook of a port that the container does not name",
        group: Kubernetes, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

fn check(judge: &mut Judge<'_>) {
    let Some(pod) = judge.pod() else { return };
    for container in pod.containers().filter(|container| container.role != Role::Init) {
        let ports = container.field.get("ports");
        let names: Option<Vec<&str>> = ports
            .items()
            .filter(|(_, port)| !port.get("name").is_absent())
            .map(|(_, port)| port.get("name").text().value().copied())
            .collect();
        // A port that is not known may be the one.
        let Some(names) = names.filter(|_| ports.is_complete()) else { continue };
        for kind in PROBES.into_iter().chain(["postStart", "preStop"]) {
            for handler in ["httpGet", "tcpSocket"] {
                let probe = if PROBES.contains(&kind) { container.field } else { container.field.get("lifecycle") };
                let port = probe.at(&[kind, handler, "port"]);
                let Known::Value(wanted) = port.text() else { continue };
                if names.contains(&wanted) || names::port_name(wanted).is_err() {
                    continue;
                }
                let message = format!(
                    "{kind} of {} connects to port `{wanted}`, which the container does not name",
                    container.title()
                );
                let problem = match kind {
                    "postStart" => judge.error(port, message).note("the hook fails, and with it the container: it is killed and started again"),
                    "preStop" => judge.warning(port, message).note("the hook fails: the container is stopped without it"),
                    "livenessProbe" => judge.warning(port, message).note("the probe is never made: the container is not restarted when it hangs"),
                    "readinessProbe" => judge.error(port, message).note("the probe is never made: the pod never becomes ready"),
                    _ => judge.error(port, message).note("the probe is never made: the container never counts as started, and the pod never becomes ready"),
                };
                match near_miss(wanted, names.iter().copied()) {
                    Some(near) => problem.help(format!("did you mean `{near}`?")),
                    None => problem
                        .help(format!("give a port of the container the name `{wanted}`, or write its number here")),
                };
                if ports.is_present() {
                    problem.label(ports.span(), "the ports that it names");
                }
            }
        }
    }
}
