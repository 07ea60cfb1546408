//! Secrets in remote stores: which provider a store reads, and the one name that a key has.
//!
//! Names are canonical: the same secret has the same name whether Terraform makes it or an
//! ExternalSecret asks for it.

use super::Reference;
use crate::model::declared::Closed;
use crate::model::{Repository, external_secrets};
use crate::value::{Known, Origin, Reason, Str, Unknown, Value};

/// The provider of a store, with what it adds to every key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// `aws-secretsmanager`, `aws-ssm`, `gcp`, `azure`, `vault`.
    pub kind: &'static str,
    /// Text that the store puts before every key (AWS prefix, Vault mount).
    pub prefix: Str,
}

/// The provider of a SecretStore or ClusterSecretStore, if Terraform can make its secrets.
#[must_use]
pub fn provider(store: &Value) -> Option<Provider> {
    let entry = external_secrets::provider(store)?;
    let text = |field: &str| Str::from(entry.value.str_at(&[field]).unwrap_or_default());
    Some(match entry.key.as_str() {
        "aws" => {
            let kind = match entry.value.str_at(&["service"]) {
                Some("ParameterStore") => "aws-ssm",
                Some("SecretsManager") | None => "aws-secretsmanager",
                Some(_) => return None,
            };
            Provider { kind, prefix: text("prefix") }
        }
        "gcpsm" => Provider { kind: "gcp", prefix: Str::default() },
        "azurekv" => Provider { kind: "azure", prefix: Str::default() },
        "vault" | "openbao" => Provider { kind: "vault", prefix: text("path") },
        _ => return None,
    })
}

impl Provider {
    /// The canonical name of a key of this store.
    #[must_use]
    pub fn name(&self, key: &str) -> Known<Str> {
        let unknown = |why: &str| Known::Unknown(Unknown::new(Reason::SecretStore, why, None));
        let name = match self.kind {
            "aws-secretsmanager" if key.starts_with("arn:") => {
                // arn:aws:secretsmanager:region:account:secret:name-AbCdEf
                let Some(name) = key.split(':').nth(6) else { return unknown("partial ARN") };
                name.rsplit_once('-').map_or(name, |(name, _)| name).to_owned()
            }
            "aws-secretsmanager" => format!("{}{key}", self.prefix),
            "aws-ssm" if key.starts_with("arn:") => return unknown("ARN"),
            "aws-ssm" => format!("{}{key}", self.prefix),
            "gcp" => key.rsplit('/').next().unwrap_or(key).to_owned(),
            "azure" => match key.split_once('/') {
                Some(("secret", name)) => name.to_owned(),
                Some(_) => return unknown("key or certificate"),
                None => key.to_owned(),
            },
            "vault" => vault_name(&self.prefix, key),
            _ => return unknown("provider"),
        };
        Known::Value(Str::from(name))
    }
}

/// Whether `kate.yaml` says that nobody else makes the remote secret that a reference wants: by its key as
/// it is written, or by its canonical name.
#[must_use]
pub fn is_closed(reference: &Reference, repository: &Repository) -> bool {
    let name = reference.want.name.value().map_or("", Str::as_str);
    let written = match &reference.origin {
        Origin::Source(span) => repository.sources.slice(*span).trim_matches(['"', '\'']),
        Origin::Derived(_) => "",
    };
    repository.declared.closed.iter().any(|closed| match closed {
        Closed::Prefix(prefix) => name.starts_with(prefix.as_str()) || written.starts_with(prefix.as_str()),
        Closed::Kind(kind) => kind == "RemoteSecret",
        Closed::Namespace(_) => false,
    })
}

/// Mount and path without `data/`, as the operator builds it (`client_get.go` `buildPath`): a set
/// mount is stripped from the key before it is added.
fn vault_name(mount: &str, key: &str) -> String {
    let mount = mount.trim_matches('/');
    let mut path = key.trim_matches('/');
    if !mount.is_empty() {
        if let Some(rest) = path.strip_prefix(mount).and_then(|rest| rest.strip_prefix('/')) {
            path = rest;
        }
        path = path.strip_prefix("data/").unwrap_or(path);
        return format!("{mount}/{path}");
    }
    match path.split_once('/') {
        Some((first, rest)) => format!("{first}/{}", rest.strip_prefix("data/").unwrap_or(rest)),
        None => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(kind: &'static str, prefix: &str, key: &str) -> Option<String> {
        Provider { kind, prefix: Str::from(prefix) }.name(key).value().map(ToString::to_string)
    }

    #[test]
    fn one_name_for_every_spelling() {
        assert_eq!(name("vault", "secret", "/secret/data/db").as_deref(), Some("secret/db"));
        assert_eq!(name("vault", "secret", "db").as_deref(), Some("secret/db"));
        assert_eq!(name("vault", "", "secret/data/db").as_deref(), Some("secret/db"));
        let arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbCdEf";
        assert_eq!(name("aws-secretsmanager", "", arn).as_deref(), Some("prod/db"));
        assert_eq!(name("aws-secretsmanager", "prod/", "db").as_deref(), Some("prod/db"));
        assert_eq!(name("azure", "", "secret/db").as_deref(), Some("db"));
        assert_eq!(name("azure", "", "cert/db"), None);
    }
}
