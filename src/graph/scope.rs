//! Which kinds have no namespace: what the bundled schemas say, and a few that they do not have.
//!
//! Invariant: does not look at objects.

use crate::model::kubernetes::is_builtin_group;
use crate::schema::bundle::{self, Scope};

/// Whether objects of a kind have no namespace; `None` for kinds that are not known here.
pub(super) fn is_cluster_scoped(group: &str, kind: &str) -> Option<bool> {
    if let Some(scope) = bundle::scope(group, kind) {
        return Some(scope == Scope::Cluster);
    }
    match (group, kind) {
        ("policy", "PodSecurityPolicy")
        | ("trust.cert-manager.io", "Bundle")
        | ("config.openshift.io" | "operator.openshift.io" | "user.openshift.io", _) => Some(true),
        (group, _) if is_builtin_group(group) => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes() {
        for (group, kind) in [
            ("", "Node"),
            ("rbac.authorization.k8s.io", "ClusterRole"),
            ("storage.k8s.io", "CSIDriver"),
            ("scheduling.k8s.io", "PriorityClass"),
            ("gateway.networking.k8s.io", "GatewayClass"),
            ("external-secrets.io", "ClusterSecretStore"),
            ("cert-manager.io", "ClusterIssuer"),
            ("keda.sh", "ClusterTriggerAuthentication"),
            ("argoproj.io", "ClusterAnalysisTemplate"),
            ("argoproj.io", "ClusterWorkflowTemplate"),
            ("snapshot.storage.k8s.io", "VolumeSnapshotClass"),
            ("karpenter.sh", "NodePool"),
            ("karpenter.k8s.aws", "EC2NodeClass"),
            ("kyverno.io", "ClusterPolicy"),
            ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"),
            ("resource.k8s.io", "DeviceClass"),
            ("policy", "PodSecurityPolicy"),
        ] {
            assert_eq!(is_cluster_scoped(group, kind), Some(true), "{group}/{kind}");
        }
        for (group, kind) in [("", "Secret"), ("argoproj.io", "Application"), ("cert-manager.io", "Issuer")] {
            assert_eq!(is_cluster_scoped(group, kind), Some(false), "{group}/{kind}");
        }
        assert_eq!(is_cluster_scoped("example.com", "Thing"), None);
    }
}
