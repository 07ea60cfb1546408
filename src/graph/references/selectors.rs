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
}

/// A field of a Prometheus, beside which another says in which namespaces it selects.
const fn of_prometheus(path: &'static [&'static str], beside: &'static [&'static str], set: &'static str) -> Field {
    Field {
        group: "monitoring.coreos.com",
        kinds: &["Prometheus", "PrometheusAgent"],
        path,
        form: Form::Selector,
        set: Set::Monitors(set),
        place: Place::Beside(beside),
        kind: ReferenceKind::PrometheusSelector,
        ports: None,
    }
}

const FIELDS: &[Field] = &[
    of_prometheus(&["spec", "serviceMonitorSelector"], &["spec", "serviceMonitorNamespaceSelector"], "ServiceMonitor"),
    of_prometheus(&["spec", "podMonitorSelector"], &["spec", "podMonitorNamespaceSelector"], "PodMonitor"),
    of_prometheus(&["spec", "ruleSelector"], &["spec", "ruleNamespaceSelector"], "PrometheusRule"),
    of_prometheus(&["spec", "probeSelector"], &["spec", "probeNamespaceSelector"], "Probe"),
    of_prometheus(&["spec", "scrapeConfigSelector"], &["spec", "scrapeConfigNamespaceSelector"], "ScrapeConfig"),
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
        kinds: &["Sidecar"],
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
        for (rules, peers) in [("ingress", "from"), ("egress", "to")] {
            let rules = object.value.at(&["spec", rules]).map(Value::items).unwrap_or_default();
            let peers = rules.iter().filter_map(|rule| rule.get(peers)).flat_map(Value::items);
            for peer in peers.filter(|peer| peer.get("namespaceSelector").is_none()) {
                if let Some(selector) = peer.at(PEER.path) {
                    add(holder, &PEER, selector);
                }
            }
        }
    }
}

fn add(holder: &mut Holder<'_>, field: &Field, value: &Value) {
    let text = match field.form {
        Form::Labels => selector::of_labels(value),
        Form::Selector => selector::of_label_selector(value),
    };
    let Some(text) = text else { return };
    let Some(namespace) = namespace(holder, &field.place) else { return };
    let (group, kind) = match field.set {
        Set::Pods => (PODS, "Pods"),
        Set::Services => ("", "Service"),
        Set::ClusterRoles => ("rbac.authorization.k8s.io", "ClusterRole"),
        Set::Monitors(kind) => ("monitoring.coreos.com", kind),
    };
    let want = Want { group: Str::from(group), kind: Str::from(kind), name: text, namespace, key: None };
    let reference = holder.unresolved(field.kind, want.clone(), value.origin.clone());
    holder.out.push(reference);
    let Some((list, name, kind)) = field.ports else { return };
    for entry in holder.object.value.at(&["spec", list]).map(Value::items).unwrap_or_default() {
        let Some(port) = entry.get(name) else { continue };
        let Some(text) = port.as_str().filter(|text| text.bytes().any(|byte| byte.is_ascii_alphabetic())) else {
            continue;
        };
        if scalar(Some(port)).value().is_none() {
            continue;
        }
        let want = Want { key: Some(Str::from(text)), ..want.clone() };
        let mut reference: Reference = holder.unresolved(kind, want, port.origin.clone());
        reference.key_origin = Some(port.origin.clone());
        holder.out.push(reference);
    }
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
