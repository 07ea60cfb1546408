//! Rules about Kubernetes objects and what they refer to.

pub(super) mod deprecated_api;
pub(super) mod duplicate_object;
mod generate_external_secret;
pub(super) mod missing_backend;
pub(super) mod missing_claim;
pub(super) mod missing_config_map;
pub(super) mod missing_key;
pub(super) mod missing_secret;
pub(super) mod missing_service_account;
pub(super) mod missing_service_port;
pub(super) mod removed_api;
pub(super) mod unselected_service;
pub(super) mod unserved_api;
