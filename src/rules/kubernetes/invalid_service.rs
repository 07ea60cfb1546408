//! Services.

use std::collections::BTreeMap;

use super::judge::{Judge, declare_judge};
use crate::model::{Field, names};
use crate::value::Known;

declare_judge! {
    InvalidService = "invalid-service" {
        summary: "Service that the API server refuses",
        group: Kubernetes, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

fn check(judge: &mut Judge<'_>) {
    if !judge.object.is("", "Service") {
        return;
    }
    let spec = judge.spec();
    let kind = match spec.get("type").text() {
        Known::Absent => "ClusterIP",
        Known::Value(kind) => kind,
        Known::Unknown(_) => "",
    };
    if kind.is_empty() || !spec.is_present() {
        return;
    }
    let headless = spec.get("clusterIP").is_text("None");
    ports(judge, spec, kind, headless);
    addresses(judge, spec, kind, headless);
    exposure(judge, spec, kind);
    let (affinity, config) = (spec.get("sessionAffinity"), spec.get("sessionAffinityConfig"));
    if matches!(affinity.text(), Known::Absent | Known::Value("None")) && config.is_present() {
        judge
            .warning(config, "`sessionAffinityConfig` needs `sessionAffinity: ClientIP`")
            .note("without it, it is dropped");
    }
    judge.within(config.at(&["clientIP", "timeoutSeconds"]), 1, 86_400);
}

fn ports<'a>(judge: &mut Judge<'a>, spec: Field<'a>, kind: &str, headless: bool) {
    let ports = spec.get("ports");
    let may_have_none = headless || kind == "ExternalName" || spec.get("clusterIP").text().unknown().is_some();
    if ports.is_empty() && !may_have_none {
        judge.error(ports, "it has no ports").help("list at least one, or make it headless with `clusterIP: None`");
    }
    let several = ports.items().count() > 1;
    let (mut names, mut pairs, mut node_ports) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for (_, port) in ports.items() {
        let [name, number, target, node] = ["name", "port", "targetPort", "nodePort"].map(|key| port.get(key));
        if several && matches!(name.raw_text(), Known::Absent | Known::Value("")) {
            judge.error(port, "a port has no name").primary("with several ports, each needs one");
        }
        judge.form(name, "name of a port of a Service", names::dns_label);
        if let Known::Value(text) = name.text()
            && let Some(first) = names.insert(text, name.span())
        {
            judge.error(name, format!("two ports are named `{text}`")).label(first, "first here");
        }
        judge.within(number, 1, 65535);
        judge.within(target, if target.int() == Known::Value(0) { 0 } else { 1 }, 65535);
        judge.form(target, "name of a port", names::port_name);
        if node.int() != Known::Value(0) {
            judge.within(node, 1, 65535);
        }
        judge.form(port.get("appProtocol"), "protocol of an application", names::qualified_name);
        let protocol = match port.get("protocol").text() {
            Known::Value(protocol) => protocol,
            Known::Absent => "TCP",
            Known::Unknown(_) => continue,
        };
        if let Known::Value(value) = number.int()
            && let Some(first) = pairs.insert((protocol, value), number.span())
        {
            judge.error(number, format!("two ports are {value}/{protocol}")).label(first, "first here");
        }
        if matches!(node.int(), Known::Value(1..30_000 | 32_768..=65_535))
            && matches!(kind, "NodePort" | "LoadBalancer")
        {
            judge
                .warning(node, "a `nodePort` is outside of 30000 to 32767")
                .note("the API server refuses it, unless it is started with another range")
                .help("leave it out for a free port");
        }
        if let Known::Value(value) = node.int()
            && value != 0
        {
            if kind == "ClusterIP" {
                judge
                    .error(node, "a Service of type `ClusterIP` may not have a `nodePort`")
                    .help("drop it, or use the type `NodePort`");
            }
            if let Some(first) = node_ports.insert((protocol, value), node.span()) {
                judge
                    .error(node, format!("two ports take port {value}/{protocol} of the nodes"))
                    .label(first, "first here");
            }
        }
    }
}

fn addresses<'a>(judge: &mut Judge<'a>, spec: Field<'a>, kind: &str, headless: bool) {
    let (address, all) = (spec.get("clusterIP"), spec.get("clusterIPs"));
    if headless && matches!(kind, "LoadBalancer" | "NodePort") {
        judge
            .error(address, format!("a Service of type `{kind}` cannot be headless"))
            .label(spec.get("type").span(), "its type");
    }
    if kind == "ExternalName" {
        let name = spec.get("externalName");
        match name.text() {
            Known::Value(text) => {
                if let Err(why) = names::dns_subdomain(text.strip_suffix('.').unwrap_or(text)) {
                    judge.error(name, format!("`{text}` is no valid external name")).primary(why);
                }
            }
            Known::Absent => {
                judge.error(name, "a Service of type `ExternalName` needs `externalName`");
            }
            Known::Unknown(_) => {}
        }
        for key in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
            let field = spec.get(key);
            if field.is_present() && !field.is_empty() && field.raw_text() != Known::Value("") {
                judge.error(field, format!("a Service of type `ExternalName` may not have `{key}`"));
            }
        }
        return;
    }
    if let Known::Value(text) = address.text()
        && text != "None"
        && names::ip(text).is_none()
    {
        judge
            .error(address, format!("`{text}` is no IP address"))
            .help("leave it out, or write `None` for a headless Service");
    }
    let count = all.items().count();
    if count > 2 {
        judge.error(all, "`clusterIPs` may have at most 2 addresses");
    }
    if let (Some((_, first)), Known::Value(text)) = (all.items().next(), address.text())
        && matches!(first.text(), Known::Value(one) if one != text)
    {
        judge.error(first, "the first of `clusterIPs` is not `clusterIP`").label(address.span(), "`clusterIP`");
    }
    let parsed: Vec<_> = all.items().filter_map(|(_, item)| names::ip(item.text().value()?)).collect();
    if let [one, two] = parsed.as_slice()
        && one.is_ipv4() == two.is_ipv4()
    {
        judge.error(all, "`clusterIPs` may have one address of each IP family");
    }
    if all.is_present() && !all.is_empty() && address.is_absent() {
        judge.error(all, "`clusterIPs` needs `clusterIP`");
    }
    let mut families = BTreeMap::new();
    for (_, family) in spec.get("ipFamilies").items() {
        if let Known::Value(text) = family.text()
            && let Some(first) = families.insert(text, family.span())
        {
            judge.error(family, format!("`{text}` stands twice")).label(first, "first here");
        }
    }
    let first = spec.get("ipFamilies").items().next().map(|(_, family)| family);
    if let (Some(family), Some(ip)) = (first, address.text().value().and_then(|text| names::ip(text)))
        && matches!(family.text(), Known::Value("IPv4") if ip.is_ipv6())
            | matches!(family.text(), Known::Value("IPv6") if ip.is_ipv4())
    {
        judge.error(address, "`clusterIP` is not of the first of `ipFamilies`").label(family.span(), "the family");
    }
    for (_, address) in spec.get("externalIPs").items().chain(all.items()).chain([(0, address)]) {
        judge.sloppy_address(address);
    }
    for (_, address) in spec.get("externalIPs").items() {
        let Known::Value(text) = address.text() else { continue };
        let why = match names::ip(text) {
            None => "it is no IP address",
            Some(ip) if ip.is_unspecified() => "it is no address of anything",
            Some(ip) if ip.is_loopback() => "it is an address of each node itself",
            Some(std::net::IpAddr::V4(ip)) if ip.is_link_local() => "it is a link-local address",
            Some(std::net::IpAddr::V6(ip)) if ip.is_unicast_link_local() => "it is a link-local address",
            Some(_) => continue,
        };
        judge.error(address, format!("`{text}` is no valid external address")).primary(why);
    }
}

/// What only Services have that can be reached from outside.
fn exposure<'a>(judge: &mut Judge<'a>, spec: Field<'a>, kind: &str) {
    let outside =
        matches!(kind, "LoadBalancer" | "NodePort") || kind == "ClusterIP" && !spec.get("externalIPs").is_empty();
    let external = spec.get("externalTrafficPolicy");
    if !outside && external.is_present() && external.raw_text() != Known::Value("") {
        judge
            .error(external, "`externalTrafficPolicy` is only for Services that can be reached from outside")
            .help("drop it, or use the type `LoadBalancer` or `NodePort`");
    }
    let balanced = kind == "LoadBalancer";
    for key in ["loadBalancerSourceRanges", "loadBalancerClass", "allocateLoadBalancerNodePorts"] {
        let field = spec.get(key);
        let is_set = field.is_present() && !field.is_empty();
        if !balanced && is_set {
            judge.error(field, format!("`{key}` is only for Services of type `LoadBalancer`"));
        }
    }
    if balanced {
        judge.form(spec.get("loadBalancerClass"), "class of a load balancer", names::qualified_name);
    }
    for (_, range) in spec.get("loadBalancerSourceRanges").items() {
        judge.sloppy_address(range);
        if let Known::Value(text) = range.text()
            && names::cidr(text.trim()).is_none()
        {
            judge.error(range, format!("`{text}` is no range of addresses")).help("write it like `10.0.0.0/8`");
        }
    }
    let health = spec.get("healthCheckNodePort");
    if matches!(health.int(), Known::Value(port) if port != 0) {
        let is_local = external.is_text("Local") || external.text().unknown().is_some();
        if !balanced || !is_local {
            judge.error(
                health,
                "`healthCheckNodePort` needs the type `LoadBalancer` and `externalTrafficPolicy: Local`",
            );
        }
        judge.within(health, 1, 65535);
    }
}
