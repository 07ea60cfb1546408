//! The Service that governs a StatefulSet should be headless.

use crate::diagnostic::{Diagnostic, RuleMeta, Severity};
use crate::graph::{Node, Object, Reference, ReferenceKind, Resolution};
use crate::model::Field;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule, Uses, support};
use crate::value::Known;

declare_rule! {
    GoverningServiceAddress = "governing-service-address" {
        summary: "the Service of a StatefulSet is not headless",
        group: Kubernetes, level: Warning, confidence: High, fix: None, since: "0.1.0",
    }
}

impl Rule for GoverningServiceAddress {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn reference(&self, cx: &Context<'_>, uses: &Uses<'_>) {
        if uses.first().is_none_or(|first| first.kind != ReferenceKind::GoverningService) {
            return;
        }
        let deployed = |reference: &Reference| reference.unit.is_none_or(|unit| cx.head.unit(unit).deployed);
        let broken: Vec<_> = uses.iter().filter_map(|one| Some((*one, addressed(cx, one)?))).collect();
        let Some((reference, service)) = broken.iter().max_by_key(|(one, _)| deployed(one)) else { return };
        let Node::Object(id) = reference.from else { return };
        let set = cx.head.object(id);
        let level = if deployed(reference) { META.level } else { Severity::Info };
        let message = format!("{} is governed by {}, which is not headless", set.title(), service.title());
        let mut units: Vec<String> =
            broken.iter().filter_map(|(one, _)| one.unit).map(|unit| cx.head.unit(unit).name.clone()).collect();
        units.sort();
        units.dedup();
        let finding = Diagnostic::new(&META, reference.origin.span(), message, support::subject(cx.head, reference))
            .severity(level)
            .primary("the Service of the pods' names")
            .label(service.name_span(), "has an address of its own")
            .note("only a headless Service gives each pod a name in DNS")
            .help("add a Service with `clusterIP: None` for `serviceName`, beside the one that clients use");
        cx.report(support::affected(finding, &units));
    }
}

/// The Service that a StatefulSet of several pods names, if it certainly has an address. One pod alone has
/// nobody to be told from.
fn addressed<'a>(cx: &Context<'a>, reference: &Reference) -> Option<&'a Object> {
    let (Node::Object(set), Resolution::Found(found)) = (&reference.from, &reference.resolution) else { return None };
    let [only] = found.as_slice() else { return None };
    let Node::Object(service) = cx.head.symbol(*only).node else { return None };
    let service = cx.head.object(service);
    let spec = Field::new(&service.value).get("spec");
    let has_address = match spec.get("clusterIP").text() {
        Known::Value("None") | Known::Unknown(_) => false,
        Known::Value(_) | Known::Absent => !spec.get("type").is_text("ExternalName"),
    };
    let set = cx.head.object(*set);
    let several = Field::new(&set.value).at(&["spec", "replicas"]).int().value().is_some_and(|count| *count > 1);
    let is_known = several && set.rendered && service.rendered && service.is("", "Service") && spec.is_present();
    (has_address && is_known).then_some(service)
}
