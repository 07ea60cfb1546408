//! What External Secrets reads: stores, remote secrets and the credentials of stores.

use super::{Holder, REMOTE};
use crate::graph::{Reference, ReferenceKind, Want};
use crate::model::external_secrets;
use crate::model::kubernetes::scalar;
use crate::value::{Data, Known, Reason, Str, Unknown, Value};

/// All references of an object of External Secrets.
pub(super) fn all(holder: &mut Holder<'_>) {
    match (holder.object.group.as_str(), holder.object.kind.as_str()) {
        ("external-secrets.io", "ExternalSecret" | "ClusterExternalSecret") => holder.external_secret(),
        ("external-secrets.io", "SecretStore" | "ClusterSecretStore") => holder.store(),
        _ => {}
    }
}

impl Holder<'_> {
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
        let reference = self.unresolved(kind, want, value.origin.clone());
        self.out.push(reference);
        self.out.last_mut()
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

    /// Where a store finds what a reference with a namespace of its own names.
    fn of_store(&self, reference: &Value, name: &Value) -> Known<Str> {
        match (self.object.kind.as_str(), scalar(reference.get("namespace"))) {
            ("SecretStore", _) => self.object.namespace.clone(),
            (_, Known::Absent) => {
                let why = "namespace of each ExternalSecret";
                Known::Unknown(Unknown::new(Reason::NoDestination, why, Some(name.span())))
            }
            (_, known) => known,
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
                if entry.key == "serviceAccountRef"
                    && let Some(name) = entry.value.get("name")
                {
                    let namespace = self.of_store(&entry.value, name);
                    self.add(ReferenceKind::StoreAccount, "", "ServiceAccount", Some(name), namespace);
                } else if is_secret && let Some(name) = entry.value.get("name").filter(|name| name.as_str().is_some()) {
                    let namespace = self.of_store(&entry.value, name);
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
