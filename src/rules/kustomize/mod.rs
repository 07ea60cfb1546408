//! Rules about kustomizations.

mod faults;
mod idle;

pub(super) mod ambiguous_name_reference;
pub(super) mod broken_replacement;
pub(super) mod dangling_kustomization_entry;
pub(super) mod duplicate_kustomize_resource;
pub(super) mod file_outside_kustomization;
pub(super) mod generator_conflict;
pub(super) mod idle_patch;
pub(super) mod idle_replacement;
pub(super) mod inapplicable_patch;
pub(super) mod invalid_kustomization;
pub(super) mod kustomization_cycle;
pub(super) mod missing_patch_target;
pub(super) mod unknown_kustomization_field;
pub(super) mod unmatched_override;
