//! Key sets: which keys a Secret, a ConfigMap or a Service's ports certainly have, and whether
//! there may be more.

use super::types::KeySet;
use crate::model::external_secrets;
use crate::model::kubernetes::scalar;
use crate::text::Span;
use crate::value::{Data, Known, Origin, Reason, Str, Unknown, Value};

impl KeySet {
    /// A set of known keys only.
    #[must_use]
    pub fn closed<'a>(keys: impl IntoIterator<Item = &'a str>, origin: &Origin) -> Self {
        Self { keys: keys.into_iter().map(|key| (Str::from(key), origin.clone())).collect(), open: None }
    }

    /// A set of which nothing is known.
    #[must_use]
    pub fn open(why: Unknown) -> Self {
        Self { open: Some(why), ..Self::default() }
    }

    /// Add the keys of a map of data.
    fn add_map(&mut self, value: Option<&Value>) {
        let Some(value) = value else { return };
        if let Data::Unknown(unknown) = &value.data {
            self.open.get_or_insert(unknown.clone());
        }
        let Some(map) = value.as_map() else { return };
        if let Some(unknown) = &map.open {
            self.open.get_or_insert(unknown.clone());
        }
        for entry in map.iter() {
            if entry.key.contains("{{") {
                let why = Unknown::new(Reason::Templated, entry.key.as_str(), Some(entry.key_origin.span()));
                self.open.get_or_insert(why);
            }
            self.keys.insert(entry.key.clone(), entry.key_origin.clone());
        }
    }

    fn add_all(&mut self, other: Self) {
        self.keys.extend(other.keys);
        if self.open.is_none() {
            self.open = other.open;
        }
    }
}

/// The keys of a Secret or ConfigMap manifest.
#[must_use]
pub fn of_data(value: &Value) -> KeySet {
    let mut keys = KeySet::default();
    for field in ["data", "stringData", "binaryData"] {
        keys.add_map(value.get(field));
    }
    // Keys that the service account controller fills in, the last one on OpenShift.
    if value.str_at(&["type"]) == Some("kubernetes.io/service-account-token") {
        for key in ["token", "ca.crt", "namespace", "service-ca.crt"] {
            keys.keys.entry(Str::from(key)).or_insert_with(|| value.origin.clone());
        }
    }
    let replicated = value.at(&["metadata", "annotations"]).map(Value::entries).into_iter().flatten();
    let mut replicated = replicated.filter(|entry| {
        entry.key.contains("replicate-from") || entry.key.contains("reflects") || entry.key.contains("inject-")
    });
    if let Some(entry) = replicated.next() {
        let why = Unknown::new(Reason::Operator, format!("annotation `{}`", entry.key), Some(entry.key_origin.span()));
        keys.open.get_or_insert(why);
    }
    if keys.keys.is_empty() && keys.open.is_none() {
        keys.open = Some(Unknown::new(Reason::Operator, "an empty object that a program fills", Some(value.span())));
    }
    keys
}

/// Keys that are the texts of some fields.
#[must_use]
pub fn of_names<'v>(names: impl IntoIterator<Item = &'v Value>) -> KeySet {
    let mut keys = KeySet::default();
    for name in names {
        match scalar(Some(name)) {
            Known::Value(text) => drop(keys.keys.insert(text, name.origin.clone())),
            Known::Unknown(unknown) => drop(keys.open.get_or_insert(unknown)),
            Known::Absent => {}
        }
    }
    keys
}

/// The keys of the Secret that a SealedSecret becomes.
#[must_use]
pub fn of_sealed_secret(value: &Value) -> KeySet {
    let mut keys = KeySet::default();
    keys.add_map(value.at(&["spec", "encryptedData"]));
    keys.add_map(value.at(&["spec", "template", "data"]));
    keys
}

/// The ports of a Service, by name and by number.
#[must_use]
pub fn of_service(value: &Value) -> KeySet {
    let mut keys = KeySet::default();
    for port in value.at(&["spec", "ports"]).map(Value::items).unwrap_or_default() {
        for field in ["name", "port"] {
            let Some(value) = port.get(field) else { continue };
            match &value.data {
                Data::String(text) => drop(keys.keys.insert(text.clone(), value.origin.clone())),
                Data::Int(number) => drop(keys.keys.insert(Str::from(number.to_string()), value.origin.clone())),
                Data::Unknown(unknown) => drop(keys.open.get_or_insert(unknown.clone())),
                _ => {}
            }
        }
    }
    // An ExternalName Service routes any port.
    if value.str_at(&["spec", "type"]) == Some("ExternalName") {
        keys.open.get_or_insert(Unknown::new(Reason::External, "ExternalName Service", Some(value.span())));
    }
    keys
}

/// Answers what a remote secret holds: the linker gives it, from Terraform.
pub type RemoteKeys<'a> = dyn Fn(&Value, Option<&Value>) -> Option<KeySet> + 'a;

/// The keys of the Secret that an ExternalSecret makes; `None` if it makes none (creation policy
/// `None`, or a target that is no Secret).
///
/// The algorithm of the operator: `externalsecret_controller_secret.go` and
/// `externalsecret_controller_template.go`.
#[must_use]
pub fn of_external_secret(spec: &Value, remote: &RemoteKeys<'_>) -> Option<KeySet> {
    let target = spec.get("target");
    let field = |path: &[&str]| target.and_then(|target| target.str_at(path));
    let policy = field(&["creationPolicy"]).unwrap_or("Owner");
    if policy == "None" || target.is_some_and(|target| target.get("manifest").is_some_and(|value| !value.is_null())) {
        return None;
    }
    let mut provided = KeySet::default();
    for entry in spec.get("dataFrom").map(Value::items).unwrap_or_default() {
        provided.add_all(of_data_from(entry, remote));
    }
    for entry in spec.get("data").map(Value::items).unwrap_or_default() {
        match crate::model::kubernetes::scalar(entry.get("secretKey")) {
            Known::Value(key) => {
                let origin = entry.get("secretKey").map_or_else(|| entry.origin.clone(), |value| value.origin.clone());
                provided.keys.insert(key, origin);
            }
            Known::Unknown(unknown) => drop(provided.open.get_or_insert(unknown)),
            Known::Absent => {}
        }
    }
    let mut keys = KeySet::default();
    if matches!(policy, "Merge" | "CreateOrMerge") {
        let why = Unknown::new(Reason::Operator, format!("creationPolicy `{policy}`"), Some(spec.span()));
        keys.open = Some(why);
    }
    let Some(template) = target.and_then(|target| target.get("template")).filter(|value| !value.is_null()) else {
        keys.add_all(provided);
        return Some(keys);
    };
    let data = template.get("data").filter(|data| data.as_map().is_some_and(|map| !map.is_empty()));
    let from = template.get("templateFrom").map(Value::items).unwrap_or_default();
    if template.str_at(&["mergePolicy"]) == Some("Merge") || (data.is_none() && from.is_empty()) {
        keys.add_all(provided);
    }
    for entry in from {
        keys.add_all(of_template_from(entry));
    }
    keys.add_map(data);
    Some(keys)
}

fn of_data_from(entry: &Value, remote: &RemoteKeys<'_>) -> KeySet {
    let open = |detail: &str| KeySet::open(Unknown::new(Reason::SecretStore, detail, Some(entry.span())));
    let rewritten = entry.get("rewrite").is_some_and(|rewrite| !rewrite.items().is_empty());
    if rewritten {
        return open("rewritten keys");
    }
    if let Some(generator) = entry.at(&["sourceRef", "generatorRef"]) {
        return of_generator(generator);
    }
    match entry.get("extract").filter(|value| !value.is_null()) {
        Some(extract) => remote(extract, Some(entry)).map_or_else(
            || open("all keys of a remote secret"),
            |mut keys| {
                let convert = !matches!(extract.str_at(&["conversionStrategy"]), Some("Unicode" | "None"));
                if convert {
                    keys.keys = keys.keys.into_iter().map(|(key, origin)| (converted(&key), origin)).collect();
                }
                keys
            },
        ),
        None => open("keys found in a remote store"),
    }
}

/// `conversionStrategy: Default`: what may not stand in a key becomes `_`.
fn converted(key: &str) -> Str {
    key.chars().map(|c| if c.is_alphanumeric() || matches!(c, '-' | '.' | '_') { c } else { '_' }).collect()
}

/// What the operator's generators make.
fn of_generator(reference: &Value) -> KeySet {
    let keys: &[&str] = match reference.str_at(&["kind"]).unwrap_or_default() {
        "ACRAccessToken" => &["username", "password"],
        "ECRAuthorizationToken" => &["username", "password", "proxy_endpoint", "expires_at"],
        "GCRAccessToken" => &["username", "password", "expiry"],
        "QuayAccessToken" => &["registry", "auth", "expiry"],
        "STSSessionToken" => &["access_key_id", "secret_access_key", "session_token", "expiration"],
        "SSHKey" => &["privateKey", "publicKey"],
        "UUID" => &["uuid"],
        "GitlabDeployToken" => &["username", "token"],
        kind => {
            let why = format!("keys of generator `{kind}`");
            return KeySet::open(Unknown::new(Reason::SecretStore, why, Some(reference.span())));
        }
    };
    KeySet::closed(keys.iter().copied(), &reference.origin)
}

fn of_template_from(entry: &Value) -> KeySet {
    let mut keys = KeySet::default();
    if !matches!(entry.str_at(&["target"]).unwrap_or_default().to_ascii_lowercase().as_str(), "" | "data") {
        return keys;
    }
    let open = |at: Span| Unknown::new(Reason::Templated, "templateFrom", Some(at));
    let mut any = false;
    for source in ["configMap", "secret"] {
        for item in entry.at(&[source, "items"]).map(Value::items).unwrap_or_default() {
            any = true;
            match (item.str_at(&["templateAs"]).unwrap_or("Values"), item.get("key")) {
                ("Values", Some(key)) if key.as_str().is_some() => {
                    keys.keys.insert(Str::from(key.as_str().unwrap_or_default()), key.origin.clone());
                }
                _ => drop(keys.open.get_or_insert(open(item.span()))),
            }
        }
    }
    if !any {
        keys.open.get_or_insert(open(entry.span()));
    }
    keys
}

/// The keys that a certificate's Secret has (cert-manager): `ca.crt` depends on the issuer, key
/// stores on the certificate.
#[must_use]
pub fn of_certificate(value: &Value) -> KeySet {
    let mut keys = KeySet::closed(["tls.crt", "tls.key", "ca.crt"], &value.origin);
    let additional = value.at(&["spec", "additionalOutputFormats"]).is_some();
    if additional || value.at(&["spec", "keystores"]).is_some() || value.at(&["spec", "secretTemplate"]).is_some() {
        keys.open = Some(Unknown::new(Reason::Operator, "cert-manager", Some(value.span())));
    }
    keys
}

/// The name of the Secret that an ExternalSecret makes: `target.name`, else its own name.
#[must_use]
pub fn external_secret_target<'a>(kind: &str, value: &'a Value) -> Option<&'a Value> {
    let spec = external_secrets::external_secret_spec(kind, value)?;
    let named = spec.at(&["target", "name"]).filter(|name| name.as_str().is_some_and(|text| !text.is_empty()));
    let own = if kind == "ClusterExternalSecret" {
        value.at(&["spec", "externalSecretName"]).filter(|name| name.as_str().is_some_and(|text| !text.is_empty()))
    } else {
        None
    };
    named.or(own).or_else(|| value.at(&["metadata", "name"]))
}
