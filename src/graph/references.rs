//! Who needs what: the fields of objects that name something.

use super::types::{Node, Object, ObjectId, Reference, ReferenceKind, Resolution, Strength, Universe, Want};
use crate::model::external_secrets;
use crate::model::kubernetes::{pod_template, scalar};
use crate::value::{Data, Known, Origin, Reason, Str, Unknown, Value};

/// Pseudo group of the pods that a selector selects.
pub const PODS: &str = "kate.pods";
/// Pseudo group of secrets in remote stores; the kind is the provider.
pub const REMOTE: &str = "kate.remote";

/// The references of one object.
pub fn of_object(id: ObjectId, object: &Object, universe: &Universe, out: &mut Vec<Reference>) {
    let mut finder = Finder { id, object, universe, out };
    if let Some(path) = pod_template(&object.group, &object.kind)
        && let Some(spec) = object.value.at(path).and_then(|template| template.get("spec"))
    {
        finder.pod(spec);
    }
    match (object.group.as_str(), object.kind.as_str()) {
        ("", "Service") => finder.service(),
        ("", "ServiceAccount") => finder.service_account(),
        ("networking.k8s.io", "Ingress") => finder.ingress(),
        ("external-secrets.io", "ExternalSecret" | "ClusterExternalSecret") => finder.external_secret(),
        ("external-secrets.io", "SecretStore" | "ClusterSecretStore") => finder.store(),
        _ => {}
    }
}

/// A reference that is not resolved yet.
#[must_use]
pub fn unresolved(kind: ReferenceKind, from: Node, universe: Universe, want: Want, origin: Origin) -> Reference {
    let why = Unknown::new(Reason::Limit, "not resolved", None);
    Reference {
        kind,
        from,
        unit: None,
        universe,
        want,
        origin,
        key_origin: None,
        optional: false,
        lost: None,
        resolution: Resolution::Unknown { why, strength: Strength::Strong, near: None },
        key: None,
    }
}

struct Finder<'a> {
    id: ObjectId,
    object: &'a Object,
    universe: &'a Universe,
    out: &'a mut Vec<Reference>,
}

impl Finder<'_> {
    /// A reference from this object by a field; nothing if the field is absent.
    fn add(
        &mut self,
        kind: ReferenceKind,
        group: &str,
        wanted: &str,
        name: Option<&Value>,
        namespace: Known<Str>,
    ) -> Option<&mut Reference> {
        let value = name?;
        let name = scalar(Some(value));
        if name.is_absent() {
            return None;
        }
        let want = Want { group: Str::from(group), kind: Str::from(wanted), name, namespace, key: None };
        let mut reference = unresolved(kind, Node::Object(self.id), self.universe.clone(), want, value.origin.clone());
        reference.unit = Some(self.object.unit);
        self.out.push(reference);
        self.out.last_mut()
    }

    /// A reference in the object's own namespace, with a key and `optional` beside the name.
    fn local(&mut self, kind: ReferenceKind, wanted: &str, name: Option<&Value>, holder: &Value, key: Option<&Value>) {
        let namespace = self.object.namespace.clone();
        let optional = holder.get("optional").and_then(Value::as_bool).unwrap_or(false);
        if let Some(reference) = self.add(kind, "", wanted, name, namespace) {
            reference.optional = optional;
            set_key(reference, key);
        }
    }

    fn pod(&mut self, spec: &Value) {
        for field in ["initContainers", "containers", "ephemeralContainers"] {
            for container in spec.get(field).map(Value::items).unwrap_or_default() {
                self.container(container);
            }
        }
        for volume in spec.get("volumes").map(Value::items).unwrap_or_default() {
            self.volume(volume);
        }
        for secret in spec.get("imagePullSecrets").map(Value::items).unwrap_or_default() {
            self.local(ReferenceKind::PullSecret, "Secret", secret.get("name"), secret, None);
        }
        let account = spec.get("serviceAccountName").or_else(|| spec.get("serviceAccount"));
        if let Some(account) = account {
            self.local(ReferenceKind::ServiceAccount, "ServiceAccount", Some(account), account, None);
        }
    }

    fn container(&mut self, container: &Value) {
        for variable in container.get("env").map(Value::items).unwrap_or_default() {
            for (field, kind, wanted) in [
                ("secretKeyRef", ReferenceKind::SecretEnv, "Secret"),
                ("configMapKeyRef", ReferenceKind::ConfigMapEnv, "ConfigMap"),
            ] {
                if let Some(selector) = variable.at(&["valueFrom", field]) {
                    self.local(kind, wanted, selector.get("name"), selector, selector.get("key"));
                }
            }
        }
        for source in container.get("envFrom").map(Value::items).unwrap_or_default() {
            for (field, kind, wanted) in [
                ("secretRef", ReferenceKind::SecretEnvFrom, "Secret"),
                ("configMapRef", ReferenceKind::ConfigMapEnvFrom, "ConfigMap"),
            ] {
                if let Some(selector) = source.get(field) {
                    self.local(kind, wanted, selector.get("name"), selector, None);
                }
            }
        }
    }

    fn volume(&mut self, volume: &Value) {
        if let Some(secret) = volume.get("secret") {
            self.items(ReferenceKind::SecretVolume, "Secret", secret.get("secretName"), secret);
        }
        if let Some(map) = volume.get("configMap") {
            self.items(ReferenceKind::ConfigMapVolume, "ConfigMap", map.get("name"), map);
        }
        for source in volume.at(&["projected", "sources"]).map(Value::items).unwrap_or_default() {
            if let Some(secret) = source.get("secret") {
                self.items(ReferenceKind::SecretVolume, "Secret", secret.get("name"), secret);
            }
            if let Some(map) = source.get("configMap") {
                self.items(ReferenceKind::ConfigMapVolume, "ConfigMap", map.get("name"), map);
            }
        }
        if let Some(claim) = volume.get("persistentVolumeClaim") {
            let kind = ReferenceKind::PersistentVolumeClaim;
            self.local(kind, "PersistentVolumeClaim", claim.get("claimName"), claim, None);
        }
        if let Some(reference) = volume.at(&["csi", "nodePublishSecretRef"]) {
            self.local(ReferenceKind::SecretVolume, "Secret", reference.get("name"), reference, None);
        }
    }

    /// A volume source: one reference, or one for each key if it lists `items`.
    fn items(&mut self, kind: ReferenceKind, wanted: &str, name: Option<&Value>, source: &Value) {
        let items = source.get("items").map(Value::items).unwrap_or_default();
        if items.is_empty() {
            return self.local(kind, wanted, name, source, None);
        }
        for item in items {
            self.local(kind, wanted, name, source, item.get("key"));
        }
    }

    fn service_account(&mut self) {
        for secret in self.object.value.get("imagePullSecrets").map(Value::items).unwrap_or_default() {
            self.local(ReferenceKind::PullSecret, "Secret", secret.get("name"), secret, None);
        }
    }

    fn service(&mut self) {
        let object = self.object;
        // The selector of an ExternalName Service means nothing: it is a name in DNS.
        if object.value.str_at(&["spec", "type"]) == Some("ExternalName") {
            return;
        }
        let Some(selector) = object.value.at(&["spec", "selector"]) else { return };
        let Some(text) = selector_text(selector) else { return };
        let namespace = object.namespace.clone();
        let want = |key| Want {
            group: Str::from(PODS),
            kind: Str::from("Pods"),
            name: text.clone(),
            namespace: namespace.clone(),
            key,
        };
        let node = || Node::Object(self.id);
        let universe = self.universe.clone();
        let kind = ReferenceKind::ServiceSelector;
        let mut found = vec![unresolved(kind, node(), universe.clone(), want(None), selector.origin.clone())];
        for port in object.value.at(&["spec", "ports"]).map(Value::items).unwrap_or_default() {
            let Some(target) = port.get("targetPort") else { continue };
            let Some(name) = target.as_str().filter(|name| name.bytes().any(|byte| byte.is_ascii_alphabetic())) else {
                continue;
            };
            let kind = ReferenceKind::ServicePort;
            let mut reference =
                unresolved(kind, node(), universe.clone(), want(Some(Str::from(name))), target.origin.clone());
            reference.key_origin = Some(target.origin.clone());
            found.push(reference);
        }
        for mut reference in found {
            reference.unit = Some(object.unit);
            self.out.push(reference);
        }
    }

    fn ingress(&mut self) {
        let value = &self.object.value;
        for tls in value.at(&["spec", "tls"]).map(Value::items).unwrap_or_default() {
            self.local(ReferenceKind::IngressTls, "Secret", tls.get("secretName"), tls, None);
        }
        let mut backends: Vec<&Value> = value.at(&["spec", "defaultBackend"]).into_iter().collect();
        for rule in value.at(&["spec", "rules"]).map(Value::items).unwrap_or_default() {
            let paths = rule.at(&["http", "paths"]).map(Value::items).unwrap_or_default();
            backends.extend(paths.iter().filter_map(|path| path.get("backend")));
        }
        for backend in backends {
            if let Some(service) = backend.get("service") {
                let port = service.get("port");
                let port = port.and_then(|port| port.get("name").or_else(|| port.get("number")));
                // The AWS load balancer controller reads such a port as the name of an action.
                let port = port.filter(|port| port.as_str() != Some("use-annotation"));
                let action = service.at(&["port", "name"]).and_then(Value::as_str) == Some("use-annotation");
                if !action {
                    self.local(ReferenceKind::IngressBackend, "Service", service.get("name"), backend, port);
                }
            } else if let Some(name) = backend.get("serviceName") {
                self.local(ReferenceKind::IngressBackend, "Service", Some(name), backend, backend.get("servicePort"));
            }
        }
    }

    fn external_secret(&mut self) {
        let object = self.object;
        let Some(spec) = external_secrets::external_secret_spec(&object.kind, &object.value) else { return };
        let namespace = if object.kind == "ClusterExternalSecret" {
            let why = "namespaces selected by a ClusterExternalSecret";
            Known::Unknown(Unknown::new(Reason::Operator, why, Some(object.name_span())))
        } else {
            object.namespace.clone()
        };
        let mut stores: Vec<&Value> = spec.get("secretStoreRef").into_iter().collect();
        for field in ["data", "dataFrom"] {
            for entry in spec.get(field).map(Value::items).unwrap_or_default() {
                stores.extend(entry.at(&["sourceRef", "storeRef"]));
            }
        }
        for store in stores {
            let kind = store.str_at(&["kind"]).filter(|kind| !kind.is_empty()).unwrap_or("SecretStore").to_owned();
            let namespace = if kind == "ClusterSecretStore" { Known::Absent } else { namespace.clone() };
            self.add(ReferenceKind::SecretStore, external_secrets::GROUP, &kind, store.get("name"), namespace);
        }
        // What is fetched is resolved against the store's provider: the linker fills in the kind.
        for entry in spec.get("data").map(Value::items).unwrap_or_default() {
            let Some(remote) = entry.get("remoteRef") else { continue };
            let property = remote.get("property");
            if let Some(reference) = self.add(ReferenceKind::RemoteSecret, REMOTE, "", remote.get("key"), Known::Absent)
            {
                set_key(reference, property);
            }
        }
        for entry in spec.get("dataFrom").map(Value::items).unwrap_or_default() {
            let Some(remote) = entry.get("extract") else { continue };
            self.add(ReferenceKind::RemoteSecret, REMOTE, "", remote.get("key"), Known::Absent);
        }
    }

    /// Every `…SecretRef`/`secretRef` below `spec.provider` that names a Secret.
    fn store(&mut self) {
        let object = self.object;
        let Some(provider) = external_secrets::provider(&object.value) else { return };
        let mut stack = vec![&provider.value];
        while let Some(value) = stack.pop() {
            stack.extend(value.items());
            for entry in value.entries() {
                let is_secret = entry.key.ends_with("SecretRef") || entry.key.ends_with("SecretSecretRef") || {
                    let names = ["accessKeyIDSecretRef", "secretRef", "clientId", "clientSecret", "token"];
                    names.contains(&entry.key.as_str())
                        && entry.value.get("name").is_some()
                        && entry.value.get("key").is_some()
                };
                if is_secret && let Some(name) = entry.value.get("name").filter(|name| name.as_str().is_some()) {
                    let explicit = scalar(entry.value.get("namespace"));
                    let namespace = match (object.kind.as_str(), explicit) {
                        ("SecretStore", _) => object.namespace.clone(),
                        (_, Known::Absent) => {
                            let why = "namespace of each ExternalSecret";
                            Known::Unknown(Unknown::new(Reason::NoDestination, why, Some(name.span())))
                        }
                        (_, known) => known,
                    };
                    let key = entry.value.get("key");
                    if let Some(reference) =
                        self.add(ReferenceKind::StoreCredentials, "", "Secret", Some(name), namespace)
                    {
                        set_key(reference, key);
                    }
                } else {
                    stack.push(&entry.value);
                }
            }
        }
    }
}

fn set_key(reference: &mut Reference, key: Option<&Value>) {
    let Some(value) = key else { return };
    let text = match &value.data {
        Data::String(text) if !text.is_empty() && !text.contains("{{") => text.clone(),
        Data::Int(number) => Str::from(number.to_string()),
        _ => return,
    };
    reference.want.key = Some(text);
    reference.key_origin = Some(value.origin.clone());
}

/// A selector as text (`app=web,tier=front`), for people and for identity; `None` if it is empty.
fn selector_text(selector: &Value) -> Option<Known<Str>> {
    let map = selector.as_map()?;
    if map.is_empty() {
        return None;
    }
    let mut parts = Vec::with_capacity(map.len());
    for entry in map.iter() {
        match scalar(Some(&entry.value)) {
            Known::Value(value) => parts.push(format!("{}={value}", entry.key)),
            Known::Unknown(unknown) => return Some(Known::Unknown(unknown)),
            Known::Absent => parts.push(format!("{}=", entry.key)),
        }
    }
    Some(Known::Value(Str::from(parts.join(","))))
}
