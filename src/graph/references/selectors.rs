//! Fields that select objects by their labels, and the ports of what they select.

use super::{Holder, PODS};
use crate::graph::{Reference, ReferenceKind, Want, selector};
use crate::model::kubernetes::scalar;
use crate::value::{Data, Known, Str, Value};

/// A field that selects.
struct Field {
    group: &'static str,
    kinds: &'static [&'static str],
    path: &'static [&'static str],
    form: Form,
    set: Set,
    place: Place,
    kind: ReferenceKind,
    /// A list of ports, the field of each that is a port of what is selected, and the kind of that
    /// reference.
    ports: Option<(&'static str, &'static str, ReferenceKind)>,
}

enum Form {
    /// A map of labels.
    Labels,
    /// A `LabelSelector`.
    Selector,
}

enum Set {
    Pods,
    Services,
    ClusterRoles,
    /// A kind of the Prometheus operator.
    Monitors(&'static str),
    Grafanas,
}

enum Place {
    /// The holder's namespace.
    Same,
    /// What `spec.namespaceSelector` says, as monitors have it.
    Monitor,
    /// The holder's, if no such field selects namespaces.
    Beside(&'static [&'static str]),
    /// Every namespace.
    Any,
    /// The holder's, or every one if it is the mesh's own.
    Mesh,
    /// The holder's, or every one if it may be imported across namespaces.
    Import,
}

/// A field of an operand of the Prometheus operator, beside which another says in which namespaces it
/// selects.
const fn of_prometheus(
    kinds: &'static [&'static str],
    path: &'static [&'static str],
    beside: &'static [&'static str],
    set: &'static str,
) -> Field {
    Field {
        group: "monitoring.coreos.com",
        kinds,
        path,
        form: Form::Selector,
        set: Set::Monitors(set),
        place: Place::Beside(beside),
        kind: ReferenceKind::PrometheusSelector,
        ports: None,
    }
}

const PROMETHEUS: &[&str] = &["Prometheus", "PrometheusAgent"];
const RULERS: &[&str] = &["Prometheus", "PrometheusAgent", "ThanosRuler"];

const FIELDS: &[Field] = &[
    of_prometheus(
        PROMETHEUS,
        &["spec", "serviceMonitorSelector"],
        &["spec", "serviceMonitorNamespaceSelector"],
        "ServiceMonitor",
    ),
    of_prometheus(PROMETHEUS, &["spec", "podMonitorSelector"], &["spec", "podMonitorNamespaceSelector"], "PodMonitor"),
    of_prometheus(RULERS, &["spec", "ruleSelector"], &["spec", "ruleNamespaceSelector"], "PrometheusRule"),
    of_prometheus(PROMETHEUS, &["spec", "probeSelector"], &["spec", "probeNamespaceSelector"], "Probe"),
    of_prometheus(
        PROMETHEUS,
        &["spec", "scrapeConfigSelector"],
        &["spec", "scrapeConfigNamespaceSelector"],
        "ScrapeConfig",
    ),
    of_prometheus(
        &["Alertmanager"],
        &["spec", "alertmanagerConfigSelector"],
        &["spec", "alertmanagerConfigNamespaceSelector"],
        "AlertmanagerConfig",
    ),
    Field {
        group: "grafana.integreatly.org",
        kinds: &[
            "GrafanaAlertRuleGroup",
            "GrafanaContactPoint",
            "GrafanaDashboard",
            "GrafanaDatasource",
            "GrafanaFolder",
            "GrafanaLibraryPanel",
            "GrafanaMuteTiming",
            "GrafanaNotificationPolicy",
            "GrafanaNotificationTemplate",
        ],
        path: &["spec", "instanceSelector"],
        form: Form::Selector,
        set: Set::Grafanas,
        place: Place::Import,
        kind: ReferenceKind::GrafanaSelector,
        ports: None,
    },
    Field {
        group: "",
        kinds: &["Service"],
        path: &["spec", "selector"],
        form: Form::Labels,
        set: Set::Pods,
        place: Place::Same,
        kind: ReferenceKind::ServiceSelector,
        ports: Some(("ports", "targetPort", ReferenceKind::ServicePort)),
    },
    Field {
        group: "policy",
        kinds: &["PodDisruptionBudget"],
        path: &["spec", "selector"],
        form: Form::Selector,
        set: Set::Pods,
        place: Place::Same,
        kind: ReferenceKind::DisruptionSelector,
        ports: None,
    },
    Field {
        group: "networking.k8s.io",
        kinds: &["NetworkPolicy"],
        path: &["spec", "podSelector"],
        form: Form::Selector,
        set: Set::Pods,
        place: Place::Same,
        kind: ReferenceKind::PolicySelector,
        ports: None,
    },
    Field {
        group: "monitoring.coreos.com",
        kinds: &["ServiceMonitor"],
        path: &["spec", "selector"],
        form: Form::Selector,
        set: Set::Services,
        place: Place::Monitor,
        kind: ReferenceKind::MonitorSelector,
        ports: Some(("endpoints", "port", ReferenceKind::MonitorPort)),
    },
    Field {
        group: "monitoring.coreos.com",
        kinds: &["PodMonitor"],
        path: &["spec", "selector"],
        form: Form::Selector,
        set: Set::Pods,
        place: Place::Monitor,
        kind: ReferenceKind::MonitorSelector,
        ports: Some(("podMetricsEndpoints", "port", ReferenceKind::MonitorPort)),
    },
    Field {
        group: "rbac.authorization.k8s.io",
        kinds: &["ClusterRole"],
        path: &["aggregationRule", "clusterRoleSelectors"],
        form: Form::Selector,
        set: Set::ClusterRoles,
        place: Place::Any,
        kind: ReferenceKind::AggregatedRole,
        ports: None,
    },
    Field {
        group: "networking.istio.io",
        kinds: &["Gateway"],
        path: &["spec", "selector"],
        form: Form::Labels,
        set: Set::Pods,
        place: Place::Any,
        kind: ReferenceKind::MeshSelector,
        ports: None,
    },
    Field {
        group: "networking.istio.io",
        kinds: &["Sidecar", "EnvoyFilter"],
        path: &["spec", "workloadSelector", "labels"],
        form: Form::Labels,
        set: Set::Pods,
        place: Place::Mesh,
        kind: ReferenceKind::MeshSelector,
        ports: None,
    },
    Field {
        group: "security.istio.io",
        kinds: &["AuthorizationPolicy", "PeerAuthentication", "RequestAuthentication"],
        path: &["spec", "selector"],
        form: Form::Selector,
        set: Set::Pods,
        place: Place::Mesh,
        kind: ReferenceKind::MeshSelector,
        ports: None,
    },
    Field {
        group: "telemetry.istio.io",
        kinds: &["Telemetry"],
        path: &["spec", "selector"],
        form: Form::Selector,
        set: Set::Pods,
        place: Place::Mesh,
        kind: ReferenceKind::MeshSelector,
        ports: None,
    },
    Field {
        group: "extensions.istio.io",
        kinds: &["WasmPlugin"],
        path: &["spec", "selector"],
        form: Form::Selector,
        set: Set::Pods,
        place: Place::Mesh,
        kind: ReferenceKind::MeshSelector,
        ports: None,
    },
];

/// The pods of its own namespace that a NetworkPolicy lets in or out. Those of other namespaces are
/// chosen by the labels of these, which others give them.
const PEER: Field = Field {
    group: "networking.k8s.io",
    kinds: &["NetworkPolicy"],
    path: &["podSelector"],
    form: Form::Selector,
    set: Set::Pods,
    place: Place::Same,
    kind: ReferenceKind::PolicyPeer,
    ports: None,
};

/// All selectors of an object.
pub(super) fn all(holder: &mut Holder<'_>) {
    let object = holder.object;
    for field in FIELDS {
        if object.group != field.group || !field.kinds.contains(&object.kind.as_str()) {
            continue;
        }
        // The selector of an ExternalName Service means nothing: it is a name in DNS.
        if object.value.str_at(&["spec", "type"]) == Some("ExternalName") {
            return;
        }
        let Some(value) = object.value.at(field.path) else { continue };
        // Several selectors select what any of them selects.
        let selectors = match &value.data {
            Data::List(items) => items.as_slice(),
            _ => std::slice::from_ref(value),
        };
        for selector in selectors {
            add(holder, field, selector);
        }
    }
    if object.is(PEER.group, "NetworkPolicy") {
        policy(holder);
    }
}

fn items(value: Option<&Value>) -> &[Value] {
    value.map(Value::items).unwrap_or_default()
}

/// Whom a NetworkPolicy lets through, and by which named ports: those of its own pods inwards, those of
/// the pods behind them outwards.
fn policy(holder: &mut Holder<'_>) {
    let object = holder.object;
    let own = object.value.at(&["spec", "podSelector"]).and_then(|selector| wanted(holder, &PEER, selector));
    for (direction, peers) in [("ingress", "from"), ("egress", "to")] {
        for rule in items(object.value.at(&["spec", direction])) {
            let is_here = |peer: &&Value| peer.get("namespaceSelector").is_none();
            let here = items(rule.get(peers)).iter().filter(is_here).filter_map(|peer| peer.at(PEER.path));
            here.for_each(|selector| add(holder, &PEER, selector));
            let selected = match (direction, items(rule.get(peers))) {
                ("ingress", _) => own.clone(),
                (_, [peer]) if is_here(&peer) => {
                    peer.at(PEER.path).and_then(|selector| wanted(holder, &PEER, selector))
                }
                // Some of several peers may have the port.
                _ => None,
            };
            let ports = items(rule.get("ports")).iter().filter_map(|entry| entry.get("port"));
            for (want, value) in selected.iter().flat_map(|want| ports.clone().map(move |port| (want, port))) {
                add_port(holder, ReferenceKind::PolicyPort, want, value);
            }
        }
    }
}

/// What a selector wants; nothing if it selects everything, or in several namespaces.
fn wanted(holder: &Holder<'_>, field: &Field, value: &Value) -> Option<Want> {
    let name = match field.form {
        Form::Labels => selector::of_labels(value),
        Form::Selector => selector::of_label_selector(value),
    }?;
    let namespace = namespace(holder, &field.place)?;
    let (group, kind) = match field.set {
        Set::Pods => (PODS, "Pods"),
        Set::Services => ("", "Service"),
        Set::ClusterRoles => ("rbac.authorization.k8s.io", "ClusterRole"),
        Set::Monitors(kind) => ("monitoring.coreos.com", kind),
        Set::Grafanas => ("grafana.integreatly.org", "Grafana"),
    };
    Some(Want { group: Str::from(group), kind: Str::from(kind), name, namespace, key: None })
}

fn add(holder: &mut Holder<'_>, field: &Field, value: &Value) {
    let Some(want) = wanted(holder, field, value) else { return };
    let reference = holder.unresolved(field.kind, want.clone(), value.origin.clone());
    holder.out.push(reference);
    let Some((list, name, kind)) = field.ports else { return };
    for entry in holder.object.value.at(&["spec", list]).map(Value::items).unwrap_or_default() {
        if let Some(port) = entry.get(name) {
            add_port(holder, kind, &want, port);
        }
    }
}

/// A port of what is selected, if it is a name that is known.
fn add_port(holder: &mut Holder<'_>, kind: ReferenceKind, selected: &Want, port: &Value) {
    let is_name = |text: &&str| text.bytes().any(|byte| byte.is_ascii_alphabetic());
    let Some(text) = port.as_str().filter(is_name) else { return };
    if scalar(Some(port)).value().is_none() {
        return;
    }
    let want = Want { key: Some(Str::from(text)), ..selected.clone() };
    let mut reference: Reference = holder.unresolved(kind, want, port.origin.clone());
    reference.key_origin = Some(port.origin.clone());
    holder.out.push(reference);
}

/// Where it selects: absent for everywhere; `None` if it selects in several namespaces.
fn namespace(holder: &Holder<'_>, place: &Place) -> Option<Known<Str>> {
    let own = || holder.object.namespace.clone();
    Some(match place {
        Place::Same => own(),
        Place::Any => Known::Absent,
        Place::Beside(field) => match holder.object.value.at(field) {
            Some(selector) if !selector.is_null() => Known::Absent,
            _ => own(),
        },
        Place::Mesh => match own() {
            Known::Value(namespace) if namespace == "istio-system" => Known::Absent,
            own => own,
        },
        Place::Import => {
            let imports = holder.object.value.at(&["spec", "allowCrossNamespaceImport"]);
            if imports.is_some_and(|imports| imports.as_bool() != Some(false)) { Known::Absent } else { own() }
        }
        Place::Monitor => {
            let Some(selector) = holder.object.value.at(&["spec", "namespaceSelector"]) else { return Some(own()) };
            if selector.get("any").and_then(Value::as_bool) == Some(true) {
                return Some(Known::Absent);
            }
            match selector.get("matchNames").map(Value::items).unwrap_or_default() {
                [] => own(),
                [only] => scalar(Some(only)),
                _ => Known::Absent,
            }
        }
    })
}
