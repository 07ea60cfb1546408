//! Which kinds kustomize knows to be cluster-scoped (`kyaml/openapi`).

use super::resource::Gvk;

/// Whether a kind is certainly cluster-scoped (`IsCertainlyClusterScoped`).
pub(super) fn is_cluster_scoped(gvk: &Gvk) -> bool {
    crate::model::kubernetes::is_cluster_scoped(&gvk.group, &gvk.kind) == Some(true)
        && crate::model::kubernetes::is_builtin_group(&gvk.group)
}
