//! Rules about what a workload may do to its node and to others, and what may reach it.

pub(super) mod enforced_pod_security;
pub(super) mod missing_network_policy;
pub(super) mod pod_security_baseline;
pub(super) mod pod_security_restricted;
mod standards;
