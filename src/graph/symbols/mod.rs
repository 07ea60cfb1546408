//! Who creates what: the symbols that objects define, directly and through operators.

mod products;

use super::keys;
use super::makes::{LabelKeys, Makes};
use super::references::{GRANTS, HOSTS, SUBSETS, granted, service_of};
use super::types::{KeySet, Node, Object, ObjectId, Symbol, UnitId, Universe};
use crate::model::external_secrets;
use crate::model::kubernetes::{is_builtin_group, scalar};
use crate::value::{Known, Origin, Reason, Str, Unknown, Value};

/// The symbols of one object: itself and what controllers make of it.
pub fn of_object(
    id: ObjectId,
    object: &Object,
    universe: &Universe,
    remote: &keys::RemoteKeys<'_>,
    out: &mut Vec<Symbol>,
) {
    let first = out.len();
    let mut maker = Maker { id, object, universe, out };
    maker.itself();
    match (object.group.as_str(), object.kind.as_str()) {
        ("external-secrets.io", "ExternalSecret" | "ClusterExternalSecret") => maker.external_secret(remote),
        ("bitnami.com", "SealedSecret") => maker.sealed_secret(),
        ("cert-manager.io", "Certificate") => {
            maker.secret_at(&["spec", "secretName"], keys::of_certificate(&object.value));
        }
        ("cert-manager.io", "Issuer" | "ClusterIssuer") => {
            let key = KeySet::closed(["tls.key"], &object.value.origin);
            maker.secret_at(&["spec", "acme", "privateKeySecretRef", "name"], key);
        }
        ("networking.k8s.io" | "extensions", "Ingress") => maker.ingress_shim(),
        ("gateway.networking.k8s.io", "Gateway") => maker.gateway_shim(),
        ("apps", "StatefulSet") => maker.volume_claims(),
        ("secrets-store.csi.x-k8s.io", "SecretProviderClass") => maker.provider_class(),
        ("", "Service") => maker.serving_certificate(),
        ("", "PersistentVolume") => maker.volume_class(),
        ("networking.istio.io", "ServiceEntry") => maker.hosts(),
        ("networking.istio.io", "DestinationRule") => maker.subsets(),
        ("gateway.networking.k8s.io", "ReferenceGrant") => maker.grants(),
        (group, _) if !is_builtin_group(group) => maker.products(),
        _ => {}
    }
    if let Some(why) = copied(&object.value) {
        let copies: Vec<Symbol> = out[first..]
            .iter()
            .filter(|symbol| symbol.group.is_empty() && matches!(symbol.kind.as_str(), "Secret" | "ConfigMap"))
            .map(|symbol| Symbol { namespace: Known::Unknown(why.clone()), ..symbol.clone() })
            .collect();
        out.extend(copies);
    }
}

/// Whether annotations ask a controller (reflector, replicator, kubed) to copy what an object is or
/// makes into further namespaces.
fn copied(object: &Value) -> Option<Unknown> {
    let places: [&[&str]; 4] = [
        &["metadata", "annotations"],
        &["spec", "secretTemplate", "annotations"],
        &["spec", "template", "metadata", "annotations"],
        &["spec", "target", "template", "metadata", "annotations"],
    ];
    let mut annotations = places.iter().filter_map(|path| object.at(path)).flat_map(Value::entries);
    let entry = annotations.find(|entry| {
        matches!(
            entry.key.as_str(),
            "reflector.v1.k8s.emberstack.com/reflection-auto-enabled"
                | "replicator.v1.mittwald.de/replicate-to"
                | "replicator.v1.mittwald.de/replicate-to-matching"
                | "kubed.appscode.com/sync"
        )
    })?;
    let why = format!("copied because of `{}`", entry.key);
    Some(Unknown::new(Reason::Operator, why, Some(entry.key_origin.span())))
}

struct Maker<'a> {
    id: ObjectId,
    object: &'a Object,
    universe: &'a Universe,
    out: &'a mut Vec<Symbol>,
}

impl Maker<'_> {
    fn push(
        &mut self,
        group: &str,
        kind: &str,
        name: Str,
        namespace: Known<Str>,
        keys: Option<KeySet>,
        origin: Origin,
    ) {
        self.out.push(Symbol {
            group: Str::from(group),
            kind: Str::from(kind),
            name,
            namespace,
            universe: self.universe.clone(),
            keys,
            node: Node::Object(self.id),
            unit: Some(self.object.unit),
            origin,
        });
    }

    fn itself(&mut self) {
        let object = self.object;
        let Known::Value(name) = &object.name else { return };
        let keys = match (object.group.as_str(), object.kind.as_str()) {
            ("", "Secret" | "ConfigMap") => Some(keys::of_data(&object.value)),
            ("", "Service") => Some(keys::of_service(&object.value)),
            ("gateway.networking.k8s.io", "Gateway") => {
                let listeners = object.value.at(&["spec", "listeners"]).map(Value::items).unwrap_or_default();
                Some(keys::of_names(listeners.iter().filter_map(|listener| listener.get("name"))))
            }
            ("argoproj.io", "WorkflowTemplate" | "ClusterWorkflowTemplate") => {
                let templates = object.value.at(&["spec", "templates"]).map(Value::items).unwrap_or_default();
                Some(keys::of_names(templates.iter().filter_map(|template| template.get("name"))))
            }
            _ => None,
        };
        let origin = object.value.at(&["metadata", "name"]).unwrap_or(&object.value).origin.clone();
        self.push(&object.group, &object.kind, name.clone(), object.namespace.clone(), keys, origin);
    }

    /// A Secret in the object's namespace whose name stands in a field.
    fn secret_at(&mut self, path: &[&str], keys: KeySet) {
        let Some(value) = self.object.value.at(path) else { return };
        self.secret_named(value, keys);
    }

    fn secret_named(&mut self, name: &Value, keys: KeySet) {
        let Known::Value(text) = scalar(Some(name)) else { return };
        self.push("", "Secret", text, self.object.namespace.clone(), Some(keys), name.origin.clone());
    }

    fn external_secret(&mut self, remote: &keys::RemoteKeys<'_>) {
        let object = self.object;
        let Some(spec) = external_secrets::external_secret_spec(&object.kind, &object.value) else { return };
        let Some(keys) = keys::of_external_secret(spec, remote) else { return };
        let Some(name) = keys::external_secret_target(&object.kind, &object.value) else { return };
        let Known::Value(text) = scalar(Some(name)) else { return };
        let namespace = if object.kind == "ClusterExternalSecret" {
            let why = "namespaces selected by a ClusterExternalSecret";
            Known::Unknown(Unknown::new(Reason::Operator, why, Some(object.name_span())))
        } else {
            object.namespace.clone()
        };
        self.push("", "Secret", text, namespace, Some(keys), name.origin.clone());
    }

    fn sealed_secret(&mut self) {
        let value = &self.object.value;
        let keys = keys::of_sealed_secret(value);
        let named = value.at(&["spec", "template", "metadata", "name"]);
        if let Some(name) = named.or_else(|| value.at(&["metadata", "name"])) {
            self.secret_named(name, keys);
        }
    }

    /// cert-manager makes the Secret of an Ingress's `tls` if an issuer is annotated.
    fn ingress_shim(&mut self) {
        let value = &self.object.value;
        if !has_issuer_annotation(value) {
            return;
        }
        for tls in value.at(&["spec", "tls"]).map(Value::items).unwrap_or_default() {
            if let Some(name) = tls.get("secretName") {
                self.secret_named(name, keys::of_certificate(value));
            }
        }
    }

    fn gateway_shim(&mut self) {
        let value = &self.object.value;
        if !has_issuer_annotation(value) {
            return;
        }
        for listener in value.at(&["spec", "listeners"]).map(Value::items).unwrap_or_default() {
            for reference in listener.at(&["tls", "certificateRefs"]).map(Value::items).unwrap_or_default() {
                if let Some(name) = reference.get("name") {
                    self.secret_named(name, keys::of_certificate(value));
                }
            }
        }
    }

    /// The claims that a StatefulSet makes: `<template>-<set>-<ordinal>`.
    fn volume_claims(&mut self) {
        let Known::Value(set) = self.object.name.clone() else { return };
        let replicas = self.object.value.at(&["spec", "replicas"]).and_then(Value::as_int).unwrap_or(1).clamp(1, 16);
        for template in self.object.value.at(&["spec", "volumeClaimTemplates"]).map(Value::items).unwrap_or_default() {
            let Some(name) = template.at(&["metadata", "name"]) else { continue };
            let Some(text) = name.as_str() else { continue };
            for ordinal in 0..replicas {
                let claim = Str::from(format!("{text}-{set}-{ordinal}"));
                self.push("", "PersistentVolumeClaim", claim, self.object.namespace.clone(), None, name.origin.clone());
            }
        }
    }

    fn provider_class(&mut self) {
        for secret in self.object.value.at(&["spec", "secretObjects"]).map(Value::items).unwrap_or_default() {
            let Some(name) = secret.get("secretName") else { continue };
            let data = secret.get("data").map(Value::items).unwrap_or_default();
            let mut keys = KeySet::default();
            for key in data.iter().filter_map(|item| item.get("key")) {
                if let Some(text) = key.as_str() {
                    keys.keys.insert(Str::from(text), key.origin.clone());
                }
            }
            self.secret_named(name, keys);
        }
    }

    /// OpenShift's service CA makes a TLS Secret for an annotated Service.
    fn serving_certificate(&mut self) {
        let annotations = self.object.value.at(&["metadata", "annotations"]);
        for key in [
            "service.beta.openshift.io/serving-cert-secret-name",
            "service.alpha.openshift.io/serving-cert-secret-name",
        ] {
            if let Some(name) = annotations.and_then(|annotations| annotations.get(key)) {
                self.secret_named(name, KeySet::closed(["tls.crt", "tls.key"], &name.origin));
            }
        }
    }

    /// What the controllers of custom resources make.
    fn products(&mut self) {
        for product in products::of(self.object) {
            self.push(product.group, product.kind, product.name, product.namespace, product.keys, product.origin);
        }
    }

    /// Hosts that a ServiceEntry adds to the mesh.
    fn hosts(&mut self) {
        for host in self.object.value.at(&["spec", "hosts"]).map(Value::items).unwrap_or_default() {
            if let Known::Value(text) = scalar(Some(host)) {
                self.push(HOSTS, "Host", text, Known::Absent, None, host.origin.clone());
            }
        }
    }

    /// The subsets that a DestinationRule makes of a Service.
    fn subsets(&mut self) {
        let value = &self.object.value;
        let Some(host) = value.at(&["spec", "host"]) else { return };
        let Known::Value(text) = scalar(Some(host)) else { return };
        let Some((service, namespace)) = service_of(&text) else { return };
        let namespace =
            namespace.map_or_else(|| self.object.namespace.clone(), |namespace| Known::Value(Str::from(namespace)));
        let subsets = value.at(&["spec", "subsets"]).map(Value::items).unwrap_or_default();
        let keys = keys::of_names(subsets.iter().filter_map(|subset| subset.get("name")));
        self.push(SUBSETS, "Host", Str::from(service), namespace, Some(keys), host.origin.clone());
    }

    /// What a ReferenceGrant allows.
    fn grants(&mut self) {
        let object = self.object;
        let list = |field: &str| object.value.at(&["spec", field]).map(Value::items).unwrap_or_default();
        let text = |value: &Value, field: &str| value.str_at(&[field]).map(str::to_owned);
        for from in list("from") {
            let Some(namespace) = from.get("namespace") else { continue };
            let Known::Value(name) = scalar(Some(namespace)) else { continue };
            for to in list("to") {
                let (Some(from_kind), Some(to_kind)) = (text(from, "kind"), text(to, "kind")) else { continue };
                let from_group = text(from, "group").unwrap_or_default();
                let to_group = text(to, "group").unwrap_or_default();
                let kinds = granted(&from_group, &from_kind, &to_group, &to_kind);
                let keys = match to.get("name") {
                    Some(name) => keys::of_names([name]),
                    None => KeySet::open(Unknown::new(Reason::External, "every name is granted", Some(to.span()))),
                };
                let keys = Some(keys);
                self.push(GRANTS, &kinds, name.clone(), object.namespace.clone(), keys, namespace.origin.clone());
            }
        }
    }

    /// A volume may bind a claim by a class that no object declares.
    fn volume_class(&mut self) {
        if let Some(class) = self.object.value.at(&["spec", "storageClassName"])
            && let Known::Value(text) = scalar(Some(class))
        {
            self.push("storage.k8s.io", "StorageClass", text, Known::Absent, None, class.origin.clone());
        }
    }
}

fn has_issuer_annotation(value: &Value) -> bool {
    let annotations = value.at(&["metadata", "annotations"]).map(Value::entries).into_iter().flatten();
    let mut issuers = annotations.filter(|entry| {
        matches!(
            entry.key.as_str(),
            "cert-manager.io/issuer"
                | "cert-manager.io/cluster-issuer"
                | "certmanager.k8s.io/issuer"
                | "certmanager.k8s.io/cluster-issuer"
                | "kubernetes.io/tls-acme"
        )
    });
    issuers.next().is_some()
}

/// Whether a controller names everything that it makes after its custom resources, or by names that
/// stand in them.
#[must_use]
pub fn names_after_itself(group: &str) -> bool {
    products::is_tabled(group)
}

/// Everything that a controller makes of a custom resource beside its symbols; `None` if that is not
/// known.
pub(super) fn made_beside(object: &Object) -> Option<Makes> {
    products::beside(object)
}

/// The labels of what a controller makes of a custom resource; `None` if they are not known.
pub(super) fn labels_of_products(object: &Object) -> Option<LabelKeys> {
    products::label_keys(object)
}

/// Whether objects of a kind make no further objects that anything refers to by name: such a
/// custom resource hides nothing.
#[must_use]
pub fn makes_nothing(group: &str, kind: &str) -> bool {
    if crate::model::kubernetes::is_builtin_group(group) {
        return true;
    }
    match group {
        "external-secrets.io"
        | "generators.external-secrets.io"
        | "bitnami.com"
        | "cert-manager.io"
        | "networking.istio.io"
        | "security.istio.io"
        | "telemetry.istio.io"
        | "keda.sh"
        | "autoscaling.k8s.io"
        | "karpenter.sh"
        | "karpenter.k8s.aws"
        | "cilium.io"
        | "traefik.io"
        | "traefik.containo.us"
        | "snapshot.storage.k8s.io"
        | "secrets-store.csi.x-k8s.io"
        | "metrics.k8s.io"
        | "wgpolicyk8s.io"
        | "constraints.gatekeeper.sh"
        | "templates.gatekeeper.sh"
        | "crd.projectcalico.org"
        | "metallb.io"
        | "kustomize.config.k8s.io"
        | "config.kubernetes.io"
        | "acme.cert-manager.io"
        | "snapscheduler.backube"
        | "backstage.io"
        | "scaffolder.backstage.io"
        | "cert-manager.k8s.cloudflare.com"
        | "cloud.google.com"
        | "dapr.io"
        | "externaldns.k8s.io"
        | "gateway.envoyproxy.io"
        | "kueue.x-k8s.io"
        | "monitoring.googleapis.com"
        | "networking.gke.io"
        | "nfd.k8s-sigs.io"
        | "notification.toolkit.fluxcd.io"
        | "source.toolkit.fluxcd.io"
        | "image.toolkit.fluxcd.io"
        | "k6.io"
        | "dashboard.tekton.dev"
        | "triggers.tekton.dev"
        | "tekton.dev"
        | "route.openshift.io"
        | "security.openshift.io"
        | "config.openshift.io"
        | "user.openshift.io"
        | "console.openshift.io"
        | "machineconfiguration.openshift.io"
        | "project.openshift.io" => true,
        "gateway.networking.k8s.io" => kind != "Gateway",
        "argoproj.io" => !matches!(kind, "ArgoCD" | "EventBus" | "EventSource" | "Sensor"),
        "monitoring.coreos.com" => {
            matches!(
                kind,
                "ServiceMonitor" | "PodMonitor" | "PrometheusRule" | "Probe" | "ScrapeConfig" | "AlertmanagerConfig"
            )
        }
        "operator.victoriametrics.com" => matches!(
            kind,
            "VMRule"
                | "VMServiceScrape"
                | "VMPodScrape"
                | "VMNodeScrape"
                | "VMProbe"
                | "VMStaticScrape"
                | "VMScrapeConfig"
        ),
        "kyverno.io" => matches!(kind, "PolicyException"),
        "policies.kyverno.io" => !kind.ends_with("GeneratingPolicy"),
        // Promotions are of its own; only a Project makes its Namespace.
        "kargo.akuity.io" => kind != "Project",
        // A Restore makes whatever was saved.
        "velero.io" => matches!(kind, "Schedule" | "Backup" | "BackupStorageLocation" | "VolumeSnapshotLocation"),
        "services.k8s.aws" => kind == "IAMRoleSelector",
        _ => group.ends_with(".services.k8s.aws") || makes_no_objects(group, kind),
    }
}

/// Whether a resource is one of a provider of Crossplane and stands for something outside the
/// cluster, or configures a provider. Its connection details are in the table of products.
fn makes_no_objects(group: &str, kind: &str) -> bool {
    let is_of_provider = group.ends_with(".upbound.io") || group.ends_with(".crossplane.io");
    let makes_objects = ["kubernetes.", "helm.", "pkg."].iter().any(|start| group.starts_with(start));
    is_of_provider && (!makes_objects || matches!(kind, "ProviderConfig" | "ClusterProviderConfig"))
}

/// Whether the resources of a group bring whole programs or any objects that somebody put into them.
#[must_use]
pub fn installs(group: &str) -> bool {
    group.ends_with(".open-cluster-management.io")
        || matches!(
            group,
            "operators.coreos.com"
                | "helm.cattle.io"
                | "fleet.cattle.io"
                | "kro.run"
                | "core.oam.dev"
                | "helm.crossplane.io"
                | "kubernetes.crossplane.io"
                | "helm.toolkit.fluxcd.io"
                | "kustomize.toolkit.fluxcd.io"
                | "infra.contrib.fluxcd.io"
                | "velero.io"
                | "kyverno.io"
                | "policies.kyverno.io"
                | "k3s.cattle.io"
        )
}

/// Whether a policy of Kyverno has no rule that generates objects: then it only judges and changes
/// what others make.
#[must_use]
pub fn generates_nothing(object: &Object) -> bool {
    let is_policy = matches!(object.kind.as_str(), "ClusterPolicy" | "Policy") && object.group == "kyverno.io";
    let rules = object.value.at(&["spec", "rules"]).map(Value::items).unwrap_or_default();
    let is_plain = |rule: &Value| rule.as_map().is_some_and(|map| map.open.is_none()) && rule.get("generate").is_none();
    is_policy && !rules.is_empty() && rules.iter().all(is_plain)
}

/// The Namespace that a unit creates (`CreateNamespace=true`).
#[must_use]
pub fn created_namespace(
    unit: UnitId,
    name: &Str,
    universe: &Universe,
    origin: Origin,
    owner: Option<ObjectId>,
) -> Symbol {
    Symbol {
        group: Str::default(),
        kind: Str::from("Namespace"),
        name: name.clone(),
        namespace: Known::Absent,
        universe: universe.clone(),
        keys: None,
        node: owner.map_or(Node::Builtin, Node::Object),
        unit: Some(unit),
        origin,
    }
}
