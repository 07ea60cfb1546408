//! Rules about kustomizations.

pub(super) mod dangling_kustomization_entry;
