//! Rules about kustomizations.

mod faults;
mod idle;
mod modernise;

pub(super) mod ambiguous_name_reference;
pub(super) mod broken_replacement;
pub(super) mod dangling_kustomization_entry;
pub(super) mod defeated_generator_hash;
pub(super) mod deprecated_kustomize_field;
pub(super) mod duplicate_kustomize_resource;
pub(super) mod file_outside_kustomization;
pub(super) mod generator_conflict;
pub(super) mod idle_patch;
pub(super) mod idle_replacement;
pub(super) mod inapplicable_patch;
pub(super) mod invalid_kustomization;
pub(super) mod kustomization_cycle;
pub(super) mod kustomize_namespace_conflict;
pub(super) mod missing_patch_target;
pub(super) mod orphan_kustomize_file;
pub(super) mod unknown_kustomization_field;
pub(super) mod unmatched_override;
pub(super) mod unrenamed_reference;
