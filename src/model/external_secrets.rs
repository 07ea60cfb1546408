//! External Secrets Operator: what an ExternalSecret fetches and makes.

use crate::value::{Entry, Value};

/// The group of the operator's kinds.
pub const GROUP: &str = "external-secrets.io";

/// The `ExternalSecret` spec inside an object: of an ExternalSecret itself, or the one that a
/// ClusterExternalSecret copies into namespaces.
#[must_use]
pub fn external_secret_spec<'a>(kind: &str, value: &'a Value) -> Option<&'a Value> {
    match kind {
        "ExternalSecret" => value.get("spec"),
        "ClusterExternalSecret" => value.at(&["spec", "externalSecretSpec"]),
        _ => None,
    }
}

/// The `PushSecret` spec of an object of these kinds: of a PushSecret itself, or the one that a
/// ClusterPushSecret copies into namespaces.
#[must_use]
pub fn push_secret_spec<'a>(kind: &str, value: &'a Value) -> Option<&'a Value> {
    match kind {
        "PushSecret" => value.get("spec"),
        "ClusterPushSecret" => value.at(&["spec", "pushSecretSpec"]),
        _ => None,
    }
}

/// The place that names the store an entry of `data` or `dataFrom` reads from: its own
/// `sourceRef.storeRef`, else the spec's `secretStoreRef`.
#[must_use]
pub fn store_of<'a>(spec: &'a Value, entry: Option<&'a Value>) -> Option<&'a Value> {
    entry.and_then(|entry| entry.at(&["sourceRef", "storeRef"])).or_else(|| spec.get("secretStoreRef"))
}

/// `spec.provider` of a store: its only key names the provider.
#[must_use]
pub fn provider(store: &Value) -> Option<&Entry> {
    store.at(&["spec", "provider"])?.as_map()?.iter().next()
}
