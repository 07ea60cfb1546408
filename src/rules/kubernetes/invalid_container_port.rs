//! Ports of containers, and ports of the node that they take.

use std::collections::BTreeMap;

use super::judge::{Judge, declare_judge};
use crate::model::names;
use crate::model::pod::Role;
use crate::value::Known;

declare_judge! {
    InvalidContainerPort = "invalid-container-port" {
        summary: "port of a container that the API server refuses",
        group: Kubernetes, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

fn check(judge: &mut Judge<'_>) {
    let Some(pod) = judge.pod() else { return };
    let on_host = pod.spec.get("hostNetwork").is_true();
    // Init containers run one by one; the others share the node's ports.
    let mut shared = BTreeMap::new();
    for container in pod.containers() {
        let mut alone = BTreeMap::new();
        let taken = if container.role == Role::Main { &mut shared } else { &mut alone };
        let mut names = BTreeMap::new();
        for (_, port) in container.field.get("ports").items() {
            let name = port.get("name");
            judge.form(name, "name of a port", names::port_name);
            if let Known::Value(text) = name.text() {
                match names.get(text) {
                    Some(first) => {
                        let message = format!("{} has two ports named `{text}`", container.title());
                        judge.error(name, message).label(*first, "first here");
                    }
                    None => drop(names.insert(text, name.span())),
                }
            }
            let (number, host) = (port.get("containerPort"), port.get("hostPort"));
            judge.within(number, 1, 65535);
            if host.int() != Known::Value(0) {
                judge.within(host, 1, 65535);
            }
            let mut effective = host.int();
            if on_host && container.role == Role::Main {
                match (host.int(), number.int()) {
                    (Known::Value(host_port), Known::Value(port)) if host_port != 0 && host_port != port => {
                        judge
                            .error(host, format!("`hostPort` {host_port} is not the `containerPort` {port}"))
                            .primary("with `hostNetwork: true` both are the same port")
                            .label(number.span(), "the port of the container");
                    }
                    (Known::Absent | Known::Value(0), port) => effective = port,
                    _ => {}
                }
            }
            let Known::Value(effective) = effective else { continue };
            if effective == 0 {
                continue;
            }
            let text = |key: &str| match port.get(key).text() {
                Known::Value(text) => Some(text),
                Known::Absent => Some(""),
                Known::Unknown(_) => None,
            };
            let (Some(protocol), Some(address)) = (text("protocol"), text("hostIP")) else { continue };
            let protocol = if protocol.is_empty() { "TCP" } else { protocol };
            let place = if host.is_present() { host } else { number };
            match taken.get(&(protocol, address, effective)) {
                Some(first) => {
                    let problem =
                        judge.error(place, format!("two containers take port {effective}/{protocol} of the node"));
                    problem.label(*first, "first here");
                    if on_host && !pod.is_bare {
                        problem.note("with `hostNetwork: true` every port is one of the node: its pods are refused");
                    }
                }
                None => drop(taken.insert((protocol, address, effective), place.span())),
            }
        }
    }
}
