//! Ingresses.

use super::judge::{Judge, declare_judge};
use crate::model::{Field, names};
use crate::value::Known;

declare_judge! {
    InvalidIngress = "invalid-ingress" {
        summary: "Ingress or IngressClass that the API server refuses",
        group: Kubernetes, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

fn check(judge: &mut Judge<'_>) {
    let object = judge.object;
    if object.is("networking.k8s.io", "IngressClass") {
        return class(judge, judge.spec());
    }
    if !object.is("networking.k8s.io", "Ingress") || object.version != "v1" {
        return;
    }
    let spec = judge.spec();
    let (default, rules) = (spec.get("defaultBackend"), spec.get("rules"));
    if spec.is_present() && default.is_absent() && rules.is_empty() {
        judge.error(rules, "it has neither `rules` nor `defaultBackend`");
    }
    backend(judge, default);
    for (_, rule) in rules.items() {
        host(judge, rule.get("host"));
        let http = rule.get("http");
        if http.is_present() && http.get("paths").is_empty() {
            judge.error(http.get("paths"), "a rule has no paths");
        }
        for (_, path) in http.get("paths").items() {
            self::path(judge, path);
        }
    }
    for (_, tls) in spec.get("tls").items() {
        for (_, host) in tls.get("hosts").items() {
            judge.form(host, "host name", names::dns_wildcard);
        }
        judge.form(tls.get("secretName"), "name of a Secret", names::dns_subdomain);
    }
    let class = spec.get("ingressClassName");
    judge.form(class, "name of an ingress class", names::dns_subdomain);
    let annotation = judge.root().at(&["metadata", "annotations", "kubernetes.io/ingress.class"]);
    if let (Known::Value(old), Known::Value(new)) = (annotation.text(), class.text())
        && old != new
    {
        judge
            .error(annotation, format!("the annotation says the class is `{old}`, and `ingressClassName` says `{new}`"))
            .label(class.span(), "the other one")
            .help("drop the annotation, which is deprecated");
    }
}

fn class<'a>(judge: &mut Judge<'a>, spec: Field<'a>) {
    let controller = spec.get("controller");
    if matches!(controller.raw_text(), Known::Absent | Known::Value("")) && spec.is_present() {
        judge.error(controller, "it does not say which controller serves it").help("such as `k8s.io/ingress-nginx`");
    }
    judge.form(controller, "name of a controller", |text| {
        let (domain, path) = text.split_once('/').ok_or("it is a domain, `/` and a path: `example.com/ingress`")?;
        names::dns_subdomain(domain)?;
        if text.len() > 250 || path.is_empty() { Err("it has 1 to 250 characters behind `/`") } else { Ok(()) }
    });
    let parameters = spec.get("parameters");
    for key in ["kind", "name"] {
        judge.form(parameters.get(key), key, names::path_segment);
    }
    judge.form(parameters.get("apiGroup"), "API group", names::dns_subdomain);
    let (scope, namespace) = (parameters.get("scope"), parameters.get("namespace"));
    judge.form(namespace, "name of a namespace", names::dns_label);
    match scope.text() {
        Known::Value("Namespace") if matches!(namespace.raw_text(), Known::Absent | Known::Value("")) => {
            judge.error(scope, "parameters of the scope `Namespace` need `namespace`");
        }
        Known::Value("Cluster") | Known::Absent if namespace.is_present() => {
            judge
                .error(namespace, "parameters of the scope `Cluster` have no namespace")
                .label(scope.span(), "the scope");
        }
        _ => {}
    }
}

fn host<'a>(judge: &mut Judge<'a>, host: Field<'a>) {
    let Known::Value(text) = host.text() else { return };
    if names::ip(text).is_some() {
        judge.error(host, format!("the host `{text}` is an IP address")).help("leave the host out to match every one");
    } else {
        judge.form(host, "host name", names::dns_wildcard);
    }
}

fn path<'a>(judge: &mut Judge<'a>, path: Field<'a>) {
    let (text, kind) = (path.get("path"), path.get("pathType"));
    match kind.text() {
        Known::Value("Exact" | "Prefix") => match text.text() {
            Known::Value(written) if !written.starts_with('/') => {
                judge.error(text, format!("the path `{written}` does not start with `/`"));
            }
            Known::Value(written) => {
                let parts = ["//", "/./", "/../", "%2f", "%2F"];
                let ends = ["/..", "/."];
                let wrong = parts.iter().find(|part| written.contains(*part));
                let wrong = wrong.or_else(|| ends.iter().find(|end| written.ends_with(*end)));
                if let Some(wrong) = wrong {
                    judge.error(text, format!("the path `{written}` has `{wrong}`"));
                }
            }
            Known::Absent => {
                judge.error(path, "a path of type `Exact` or `Prefix` needs `path`").help("`/` matches everything");
            }
            Known::Unknown(_) => {}
        },
        Known::Value("ImplementationSpecific") => {
            if let Known::Value(written) = text.text()
                && !written.starts_with('/')
            {
                judge.error(text, format!("the path `{written}` does not start with `/`"));
            }
        }
        _ => {}
    }
    backend(judge, path.get("backend"));
}

fn backend<'a>(judge: &mut Judge<'a>, backend: Field<'a>) {
    if !backend.is_present() {
        return;
    }
    let (service, resource) = (backend.get("service"), backend.get("resource"));
    if service.is_present() && resource.is_present() {
        judge.error(resource, "a backend has both `service` and `resource`").label(service.span(), "the other one");
    } else if service.is_absent() && resource.is_absent() {
        let problem = judge.error(backend, "a backend has neither `service` nor `resource`");
        if backend.get("serviceName").is_present() {
            problem.help("`serviceName` and `servicePort` are of an API version that is gone: write `service: {name: …, port: {number: …}}`");
        }
    }
    judge.form(resource.get("apiGroup"), "API group", names::dns_subdomain);
    for key in ["kind", "name"] {
        if resource.get(key).raw_text() == Known::Value("") {
            judge.error(resource.get(key), format!("`resource` of a backend has no `{key}`"));
        }
        judge.form(resource.get(key), key, names::path_segment);
    }
    if !service.is_present() {
        return;
    }
    let name = service.get("name");
    judge.form(name, "name of a Service", names::dns_label);
    if matches!(name.raw_text(), Known::Value("")) {
        judge.error(name, "a backend names no Service");
    }
    if matches!(name.text(), Known::Value(text) if text.starts_with(|c: char| c.is_ascii_digit()))
        && judge.before(34).is_some()
    {
        // In 1.34 and 1.35 a gate decides, as for the Service itself.
        judge.refused_before(36, name, "the name of a Service must start with a letter");
    }
    let (port, number) = (service.at(&["port", "name"]), service.at(&["port", "number"]));
    let named = port.is_present() && port.raw_text() != Known::Value("");
    let numbered = number.is_present() && number.int() != Known::Value(0);
    match (named, numbered) {
        (true, true) => {
            judge.error(number, "a backend has both a name and a number of a port").label(port.span(), "the name");
        }
        (false, false) if port.text().is_absent() && matches!(number.int(), Known::Absent | Known::Value(0)) => {
            judge.error(service, "a backend names no port");
        }
        _ => {}
    }
    if numbered {
        judge.within(number, 1, 65535);
    }
    judge.form(port, "name of a port", names::port_name);
}
