//! The list of built-in rules.

use super::{Rule, argo_cd, external_secrets, kubernetes, kustomize, syntax, terraform};

/// Every built-in rule, in order of group and id.
#[must_use]
pub fn builtin() -> &'static [&'static dyn Rule] {
    &[
        &syntax::duplicate_key::DuplicateKey,
        &syntax::invalid_hcl::InvalidHcl,
        &syntax::invalid_yaml::InvalidYaml,
        &kubernetes::duplicate_object::DuplicateObject,
        &kubernetes::missing_backend::MissingBackend,
        &kubernetes::missing_claim::MissingClaim,
        &kubernetes::missing_config_map::MissingConfigMap,
        &kubernetes::missing_key::MissingKey,
        &kubernetes::missing_secret::MissingSecret,
        &kubernetes::missing_service_account::MissingServiceAccount,
        &kubernetes::missing_service_port::MissingServicePort,
        &kubernetes::unselected_service::UnselectedService,
        &kustomize::ambiguous_name_reference::AmbiguousNameReference,
        &kustomize::broken_replacement::BrokenReplacement,
        &kustomize::dangling_kustomization_entry::DanglingKustomizationEntry,
        &kustomize::duplicate_kustomize_resource::DuplicateKustomizeResource,
        &kustomize::file_outside_kustomization::FileOutsideKustomization,
        &kustomize::generator_conflict::GeneratorConflict,
        &kustomize::idle_patch::IdlePatch,
        &kustomize::idle_replacement::IdleReplacement,
        &kustomize::inapplicable_patch::InapplicablePatch,
        &kustomize::invalid_kustomization::InvalidKustomization,
        &kustomize::kustomization_cycle::KustomizationCycle,
        &kustomize::missing_patch_target::MissingPatchTarget,
        &kustomize::unknown_kustomization_field::UnknownKustomizationField,
        &kustomize::unmatched_override::UnmatchedOverride,
        &argo_cd::missing_application_path::MissingApplicationPath,
        &argo_cd::missing_value_file::MissingValueFile,
        &argo_cd::unknown_destination::UnknownDestination,
        &argo_cd::unknown_project::UnknownProject,
        &external_secrets::denied_store::DeniedStore,
        &external_secrets::missing_remote_property::MissingRemoteProperty,
        &external_secrets::missing_remote_secret::MissingRemoteSecret,
        &external_secrets::unresolved_store::UnresolvedStore,
        &external_secrets::unserved_external_secrets_version::UnservedExternalSecretsVersion,
        &terraform::missing_module_argument::MissingModuleArgument,
        &terraform::missing_module_source::MissingModuleSource,
        &terraform::undeclared_local::UndeclaredLocal,
        &terraform::undeclared_module::UndeclaredModule,
        &terraform::undeclared_output::UndeclaredOutput,
        &terraform::undeclared_remote_output::UndeclaredRemoteOutput,
        &terraform::undeclared_resource::UndeclaredResource,
        &terraform::undeclared_variable::UndeclaredVariable,
        &terraform::unknown_module_argument::UnknownModuleArgument,
    ]
}
