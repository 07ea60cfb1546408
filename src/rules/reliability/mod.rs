//! Rules about what keeps running when something fails or moves, where several objects are involved.

pub(super) mod autoscaled_replicas;
pub(super) mod missing_disruption_budget;
pub(super) mod tight_disruption_budget;
