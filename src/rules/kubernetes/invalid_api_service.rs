//! APIs that another server serves.

use super::judge::{Judge, declare_judge};
use crate::model::{Field, names};
use crate::value::Known;

declare_judge! {
    InvalidApiService = "invalid-api-service" {
        summary: "APIService that the API server refuses",
        group: Kubernetes, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

fn check(judge: &mut Judge<'_>) {
    if !judge.object.is("apiregistration.k8s.io", "APIService") {
        return;
    }
    let (spec, name) = (judge.spec(), judge.root().at(&["metadata", "name"]));
    let (group, version) = (spec.get("group"), spec.get("version"));
    if spec.is_absent() {
        judge.error(spec, "it has no `spec`: which API is it?");
    }
    // Nothing is the group of the core, and no version at all.
    let written = |field: Field<'_>| spec.is_present() && (field.is_absent() || field.text().value().is_some());
    let (of, version_of) = (group.text().value().copied(), version.text().value().copied());
    let (of, version_of) = (of.unwrap_or_default(), version_of.unwrap_or_default());
    if let Known::Value(actual) = name.text()
        && written(group)
        && written(version)
        && actual != format!("{version_of}.{of}")
    {
        judge
            .error(name, format!("its name is not `{version_of}.{of}`"))
            .primary("it must be the version and the group")
            .label(spec.span(), "which are here");
    }
    judge.form(group, "API group", names::dns_subdomain);
    judge.form(version, "version of an API", names::dns_1035_label);
    judge.within(spec.get("groupPriorityMinimum"), 1, 20_000);
    judge.within(spec.get("versionPriority"), 1, 1_000);
    let (insecure, bundle) = (spec.get("insecureSkipTLSVerify"), spec.get("caBundle"));
    let service = spec.get("service");
    if service.is_present() {
        reached(judge, service);
    } else if service.is_absent() {
        for field in [insecure, bundle].into_iter().filter(|field| field.is_true() || field.key() == "caBundle") {
            if field.is_present() {
                judge
                    .error(field, format!("an API that the API server serves itself has no `{}`", field.key()))
                    .help("name the Service of another server in `service`");
            }
        }
    }
    if service.is_present() && insecure.is_true() && bundle.is_present() && !bundle.is_empty() {
        judge
            .error(insecure, "`insecureSkipTLSVerify` is not allowed beside `caBundle`")
            .label(bundle.span(), "the certificates");
    }
}

fn reached<'a>(judge: &mut Judge<'a>, service: Field<'a>) {
    for key in ["name", "namespace"] {
        if matches!(service.get(key).raw_text(), Known::Absent | Known::Value("")) {
            judge.error(service.get(key), format!("it does not say the {key} of the Service"));
        }
    }
    judge.within(service.get("port"), 1, 65535);
}
