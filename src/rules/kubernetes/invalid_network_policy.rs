//! NetworkPolicies.

use super::judge::{Judge, declare_judge};
use crate::model::{Field, names};
use crate::value::Known;

declare_judge! {
    InvalidNetworkPolicy = "invalid-network-policy" {
        summary: "NetworkPolicy that the API server refuses",
        group: Kubernetes, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

fn check(judge: &mut Judge<'_>) {
    if !judge.object.is("networking.k8s.io", "NetworkPolicy") {
        return;
    }
    let spec = judge.spec();
    for (list, peers) in [("ingress", "from"), ("egress", "to")] {
        for (_, rule) in spec.get(list).items() {
            for (_, port) in rule.get("ports").items() {
                self::port(judge, port);
            }
            for (_, peer) in rule.get(peers).items() {
                self::peer(judge, peer);
            }
        }
    }
    let types = spec.get("policyTypes");
    if types.items().count() > 2 {
        judge.error(types, "there are only two types of policies");
    }
}

fn port<'a>(judge: &mut Judge<'a>, port: Field<'a>) {
    let (number, end) = (port.get("port"), port.get("endPort"));
    judge.within(number, 1, 65535);
    judge.form(number, "name of a port", names::port_name);
    if end.is_present() && (number.is_absent() || number.text().value().is_some()) {
        judge.error(end, "`endPort` needs a number as `port`");
        return;
    }
    judge.within(end, 1, 65535);
    if let (Known::Value(first), Known::Value(last)) = (number.int(), end.int())
        && last < first
    {
        judge
            .error(end, format!("`endPort` {last} is less than `port` {first}"))
            .label(number.span(), "the first port");
    }
}

fn peer<'a>(judge: &mut Judge<'a>, peer: Field<'a>) {
    let block = peer.get("ipBlock");
    let selectors = ["podSelector", "namespaceSelector"].map(|key| peer.get(key));
    if block.is_absent() && selectors.iter().all(|selector| selector.is_absent()) {
        judge.error(peer, "a peer is empty").help(
            "leave the list of peers out to allow all, or write `podSelector: {}` for every pod of the namespace",
        );
    }
    if let (true, Some(selector)) = (block.is_present(), selectors.iter().find(|selector| selector.is_present())) {
        judge
            .error(block, "a peer has both `ipBlock` and a selector")
            .label(selector.span(), "the selector")
            .help("make two peers of it");
    }
    let range = block.get("cidr");
    for (_, range) in block.get("except").items().chain([(0, range)]) {
        judge.sloppy_address(range);
    }
    let Known::Value(text) = range.text() else { return };
    let Some(all) = names::cidr(text) else {
        judge
            .error(range, format!("`{text}` is no range of addresses"))
            .help("write it like `10.0.0.0/8`, `1.2.3.4/32` for one address");
        return;
    };
    for (_, except) in block.get("except").items() {
        let Known::Value(text) = except.text() else { continue };
        match names::cidr(text) {
            None => {
                judge.error(except, format!("`{text}` is no range of addresses")).help("write it like `10.0.0.0/8`");
            }
            Some(part) if !all.strictly_contains(&part) => {
                judge
                    .error(except, format!("`{text}` is no part of the range that it is excepted from"))
                    .label(range.span(), "the range");
            }
            Some(_) => {}
        }
    }
}
