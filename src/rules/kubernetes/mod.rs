//! Rules about Kubernetes objects and what they refer to.

pub(super) mod competing_scalers;
pub(super) mod deprecated_api;
pub(super) mod duplicate_object;
mod generate_external_secret;
mod lacks;
pub(super) mod missing_backend;
pub(super) mod missing_claim;
pub(super) mod missing_class;
pub(super) mod missing_config_map;
pub(super) mod missing_gateway;
pub(super) mod missing_issuer;
pub(super) mod missing_key;
pub(super) mod missing_monitor_port;
pub(super) mod missing_object;
pub(super) mod missing_role;
pub(super) mod missing_scale_target;
pub(super) mod missing_secret;
pub(super) mod missing_service;
pub(super) mod missing_service_account;
pub(super) mod missing_service_port;
pub(super) mod removed_api;
pub(super) mod ungranted_reference;
pub(super) mod unmatched_selector;
pub(super) mod unselected_service;
pub(super) mod unserved_api;
