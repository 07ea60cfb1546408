//! A port of the nodes belongs to one Service.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, RuleMeta, Severity};
use crate::graph::{Object, UnitId, Universe};
use crate::model::Field;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule};
use crate::text::Span;
use crate::value::{Known, Str};

declare_rule! {
    DuplicateNodePort = "duplicate-node-port" {
        summary: "two Services of a cluster want the same port of the nodes",
        group: Kubernetes, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

/// What is certainly in one cluster: that, or a unit.
type Place<'a> = (&'a str, Option<UnitId>);

impl Rule for DuplicateNodePort {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn snapshot(&self, cx: &Context<'_>) {
        let mut by_port: BTreeMap<(Place<'_>, i64), Vec<(&Object, Span)>> = BTreeMap::new();
        for service in cx.head.objects.iter().filter(|object| object.is("", "Service") && object.rendered) {
            let unit = cx.head.unit(service.unit);
            let place = match &unit.universe {
                Universe::Cluster(cluster) => (cluster.as_str(), None),
                Universe::Unknown(_) => ("", Some(service.unit)),
            };
            for (_, port) in Field::new(&service.value).at(&["spec", "ports"]).items() {
                let node_port = port.get("nodePort");
                if let Known::Value(number @ 1..) = node_port.int() {
                    by_port.entry((place, number)).or_default().push((service, node_port.span()));
                }
            }
        }
        let mut reported = Vec::new();
        for ((_, number), mut uses) in by_port {
            uses.sort_by_key(|(_, at)| *at);
            // A Service may want one port for several protocols, and several units may make it.
            uses.dedup_by_key(|(service, at)| (identity(service), *at));
            let Some(((first, at), rest)) = uses.split_first() else { continue };
            let others = rest.iter().filter(|(service, span)| identity(service) != identity(first) && span != at);
            for (service, span) in others {
                if reported.contains(&(*at, *span)) {
                    continue;
                }
                reported.push((*at, *span));
                let deployed = [*first, *service].iter().all(|object| cx.head.unit(object.unit).deployed);
                let message = format!("{} and {} both want port {number} of the nodes", first.title(), service.title());
                let finding = Diagnostic::new(&META, *span, message, service.subject())
                    .severity(if deployed { META.level } else { Severity::Info })
                    .primary("wanted here, too")
                    .label(*at, format!("port of {}", first.title()))
                    .note("the API server refuses the second: `provided port is already allocated`")
                    .help("leave `nodePort` out of one of them: the API server finds a free one");
                cx.report(finding);
            }
        }
    }
}

fn identity(service: &Object) -> (Option<&Str>, Option<&Str>) {
    (service.namespace.value(), service.name.value())
}
