//! How a pod resolves names.

use super::judge::{Judge, declare_judge};
use crate::model::names;
use crate::value::Known;

declare_judge! {
    InvalidDnsConfig = "invalid-dns-config" {
        summary: "DNS settings of a pod that the API server refuses",
        group: Kubernetes, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

fn check(judge: &mut Judge<'_>) {
    let Some(pod) = judge.pod() else { return };
    let config = pod.spec.get("dnsConfig");
    let servers = config.get("nameservers");
    let policy = pod.spec.get("dnsPolicy");
    if policy.is_text("None") && servers.is_empty() {
        judge
            .error(policy, "`dnsPolicy: None` needs `dnsConfig.nameservers`")
            .help("name one to three servers, or leave `dnsPolicy` out");
    }
    let count = servers.items().count();
    if count > 3 {
        judge.error(servers, format!("{count} name servers are more than the 3 that are allowed"));
    }
    for (_, server) in servers.items() {
        address(judge, server, "name server");
    }
    let searches = config.get("searches");
    let count = searches.items().count();
    if count > 32 {
        judge.error(searches, format!("{count} search domains are more than the 32 that are allowed"));
    }
    let length: usize =
        searches.items().filter_map(|(_, item)| item.raw_text().value().map(|text| text.len() + 1)).sum();
    if length > 2049 {
        judge.error(searches, "the search domains are longer than 2,048 characters together");
    }
    for (_, search) in searches.items() {
        let Known::Value(text) = search.text() else { continue };
        let name = text.strip_suffix('.').unwrap_or(text);
        if text != "."
            && let Err(why) = names::dns_subdomain_with_underscore(name)
        {
            judge.error(search, format!("`{text}` is no valid search domain")).primary(why);
        } else if names::dns_subdomain(name).is_err() {
            judge.refused_before(32, search, format!("`{text}` is no valid search domain"));
        }
    }
    for (_, option) in config.get("options").items() {
        if option.get("name").raw_text() == Known::Value("") || option.get("name").is_absent() {
            judge.error(option.get("name"), "an option of `dnsConfig` has no name");
        }
    }
    for (_, alias) in pod.spec.get("hostAliases").items() {
        address(judge, alias.get("ip"), "address of a host alias");
        for (_, host) in alias.get("hostnames").items() {
            judge.form(host, "host name", names::dns_subdomain);
        }
    }
}

fn address<'a>(judge: &mut Judge<'a>, field: crate::model::Field<'a>, what: &str) {
    if let Known::Value(text) = field.text()
        && names::ip(text).is_none()
    {
        judge.error(field, format!("`{text}` is no valid {what}")).primary("it is no IP address");
    }
    judge.sloppy_address(field);
}
