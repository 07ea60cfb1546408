//! Which kinds kustomize knows to be cluster-scoped.

use super::resource::Gvk;

/// Kind, group and version of what kustomize v5.8.1 knows to be cluster-scoped
/// (`kyaml/openapi`: `precomputedIsNamespaceScoped`).
const CLUSTER_SCOPED: &[(&str, &str, &str)] = &[
    ("APIService", "apiregistration.k8s.io", "v1"),
    ("APIService", "apiregistration.k8s.io", "v1beta1"),
    ("CSIDriver", "storage.k8s.io", "v1"),
    ("CSIDriver", "storage.k8s.io", "v1beta1"),
    ("CSINode", "storage.k8s.io", "v1"),
    ("CSINode", "storage.k8s.io", "v1beta1"),
    ("CertificateSigningRequest", "certificates.k8s.io", "v1"),
    ("CertificateSigningRequest", "certificates.k8s.io", "v1beta1"),
    ("ClusterRole", "rbac.authorization.k8s.io", "v1"),
    ("ClusterRole", "rbac.authorization.k8s.io", "v1beta1"),
    ("ClusterRoleBinding", "rbac.authorization.k8s.io", "v1"),
    ("ClusterRoleBinding", "rbac.authorization.k8s.io", "v1beta1"),
    ("ComponentStatus", "", "v1"),
    ("CustomResourceDefinition", "apiextensions.k8s.io", "v1"),
    ("CustomResourceDefinition", "apiextensions.k8s.io", "v1beta1"),
    ("FlowSchema", "flowcontrol.apiserver.k8s.io", "v1beta1"),
    ("IngressClass", "networking.k8s.io", "v1"),
    ("IngressClass", "networking.k8s.io", "v1beta1"),
    ("MutatingWebhookConfiguration", "admissionregistration.k8s.io", "v1"),
    ("MutatingWebhookConfiguration", "admissionregistration.k8s.io", "v1beta1"),
    ("Namespace", "", "v1"),
    ("Node", "", "v1"),
    ("NodeProxyOptions", "", "v1"),
    ("PersistentVolume", "", "v1"),
    ("PodSecurityPolicy", "policy", "v1beta1"),
    ("PriorityClass", "scheduling.k8s.io", "v1"),
    ("PriorityClass", "scheduling.k8s.io", "v1beta1"),
    ("PriorityLevelConfiguration", "flowcontrol.apiserver.k8s.io", "v1beta1"),
    ("RuntimeClass", "node.k8s.io", "v1"),
    ("RuntimeClass", "node.k8s.io", "v1beta1"),
    ("StorageClass", "storage.k8s.io", "v1"),
    ("StorageClass", "storage.k8s.io", "v1beta1"),
    ("ValidatingWebhookConfiguration", "admissionregistration.k8s.io", "v1"),
    ("ValidatingWebhookConfiguration", "admissionregistration.k8s.io", "v1beta1"),
    ("VolumeAttachment", "storage.k8s.io", "v1"),
    ("VolumeAttachment", "storage.k8s.io", "v1beta1"),
];

/// Whether a kind is certainly cluster-scoped (`IsCertainlyClusterScoped`): a version that
/// kustomize does not know is not, even of a kind that it knows.
pub(super) fn is_cluster_scoped(gvk: &Gvk) -> bool {
    let known = (gvk.kind.as_str(), gvk.group.as_str(), gvk.version.as_str());
    CLUSTER_SCOPED.binary_search(&known).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_goes_by_version() {
        assert!(CLUSTER_SCOPED.is_sorted());
        let is = |group: &str, version: &str, kind: &str| {
            is_cluster_scoped(&Gvk { group: group.into(), version: version.into(), kind: kind.into() })
        };
        assert!(is("", "v1", "Namespace"));
        assert!(is("rbac.authorization.k8s.io", "v1", "ClusterRole"));
        assert!(!is("rbac.authorization.k8s.io", "v1alpha1", "ClusterRole"));
        assert!(!is("apps", "v1", "Deployment"));
    }
}
