//! Rules about External Secrets Operator.

pub(super) mod denied_store;
pub(super) mod missing_remote_property;
pub(super) mod missing_remote_secret;
pub(super) mod unresolved_store;
pub(super) mod unserved_external_secrets_version;
