//! Addresses that somebody writes by hand for a Service.

use std::collections::BTreeMap;

use super::judge::{Judge, declare_judge};
use crate::model::{Field, names};
use crate::text::has_placeholder;
use crate::value::Known;

declare_judge! {
    InvalidEndpoints = "invalid-endpoints" {
        summary: "Endpoints or EndpointSlice that the API server refuses",
        group: Kubernetes, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

fn check(judge: &mut Judge<'_>) {
    let root = judge.root();
    if judge.object.is("", "Endpoints") {
        for (_, subset) in root.get("subsets").items() {
            self::subset(judge, subset);
        }
    } else if judge.object.is("discovery.k8s.io", "EndpointSlice") {
        slice(judge, root);
    }
}

fn subset<'a>(judge: &mut Judge<'a>, subset: Field<'a>) {
    let lists = ["addresses", "notReadyAddresses"].map(|key| subset.get(key));
    if lists.iter().all(|list| list.is_empty()) {
        judge.error(subset, "a subset has neither `addresses` nor `notReadyAddresses`");
    }
    for (_, address) in lists.into_iter().flat_map(Field::items) {
        self::address(judge, address.get("ip"));
        judge.form(address.get("hostname"), "host name", names::dns_label);
    }
    let ports = subset.get("ports");
    let several = ports.items().count() > 1;
    for (_, port) in ports.items() {
        let name = port.get("name");
        if several && matches!(name.raw_text(), Known::Absent | Known::Value("")) {
            judge.error(port, "a port has no name").primary("with several ports, each needs one");
        }
        judge.form(name, "name of a port", names::dns_label);
        judge.within(port.get("port"), 1, 65535);
    }
}

/// An address of something else than the machine that asks.
fn address<'a>(judge: &mut Judge<'a>, field: Field<'a>) {
    let Known::Value(text) = field.raw_text() else { return };
    if has_placeholder(text) {
        return;
    }
    let Some(ip) = names::ip(text) else {
        judge.error(field, format!("`{text}` is no IP address"));
        return;
    };
    let link_local = match ip {
        std::net::IpAddr::V4(ip) => ip.is_link_local() || ip.octets()[..3] == [224, 0, 0],
        std::net::IpAddr::V6(ip) => ip.segments()[0] & 0xffc0 == 0xfe80 || ip.segments()[0] == 0xff02,
    };
    if ip.is_unspecified() || ip.is_loopback() || link_local {
        judge.error(field, format!("`{text}` is another machine for everyone who asks"));
    }
}

fn slice<'a>(judge: &mut Judge<'a>, root: Field<'a>) {
    let kind = root.get("addressType");
    for (_, endpoint) in root.get("endpoints").items() {
        let addresses = endpoint.get("addresses");
        if addresses.is_empty() {
            judge.error(addresses, "an endpoint has no address");
        }
        for (_, address) in addresses.items() {
            match (kind.text(), address.text()) {
                (Known::Value("FQDN"), _) => {
                    judge.form(address, "domain name", names::dns_subdomain);
                }
                (Known::Value(of @ ("IPv4" | "IPv6")), Known::Value(text)) => match names::ip(text) {
                    Some(ip) if ip.is_ipv4() == (of == "IPv4") => self::address(judge, address),
                    Some(_) => {
                        judge
                            .error(address, format!("`{text}` is not of the type `{of}`"))
                            .label(kind.span(), "the type");
                    }
                    None => {
                        judge.error(address, format!("`{text}` is no IP address"));
                    }
                },
                _ => {}
            }
        }
        judge.form(endpoint.get("hostname"), "host name", names::dns_label);
    }
    let mut seen = BTreeMap::new();
    for (_, port) in root.get("ports").items() {
        let name = port.get("name");
        judge.form(name, "name of a port", names::dns_label);
        judge.form(port.get("appProtocol"), "protocol of an application", names::qualified_name);
        if let Known::Value(text) = name.text()
            && let Some(first) = seen.insert(text, name.span())
        {
            judge.error(name, format!("two ports are named `{text}`")).label(first, "first here");
        }
    }
}
