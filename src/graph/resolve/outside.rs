//! What exists without anybody making it: parts of every cluster, what distributions and
//! controllers bring, what `kate.yaml` declares.

use super::super::references::REMOTE;
use super::super::types::Want;
use super::glob_matches;
use crate::model::declared::{Declared, External};
use crate::value::{Known, Reason, Str, Unknown};

/// What every cluster has.
pub(super) fn is_builtin(want: &Want, name: &str) -> bool {
    let namespace = want.namespace.value().map_or("", Str::as_str);
    match (want.group.as_str(), want.kind.as_str()) {
        ("", "ServiceAccount") => name == "default",
        ("", "ConfigMap") => {
            matches!(name, "kube-root-ca.crt" | "openshift-service-ca.crt")
                || (namespace == "kube-system" && matches!(name, "coredns" | "extension-apiserver-authentication"))
                || (namespace == "kube-public" && name == "cluster-info")
        }
        ("", "Service") => {
            name == "kubernetes" && matches!(namespace, "default" | "")
                || name == "kube-dns" && namespace == "kube-system"
        }
        ("", "Namespace") => name == "default" || name.starts_with("kube-"),
        ("argoproj.io", "AppProject") => name == "default",
        ("rbac.authorization.k8s.io", "ClusterRole") => {
            matches!(name, "cluster-admin" | "admin" | "edit" | "view") || name.starts_with("system:")
        }
        ("rbac.authorization.k8s.io", "Role") => {
            name.starts_with("system:")
                || (namespace == "kube-system" && name == "extension-apiserver-authentication-reader")
        }
        ("scheduling.k8s.io", "PriorityClass") => matches!(name, "system-cluster-critical" | "system-node-critical"),
        // The sidecars themselves.
        ("networking.istio.io", "Gateway") => name == "mesh",
        _ => false,
    }
}

/// What distributions, controllers and bootstrapping bring under fixed names.
pub(super) fn usual(want: &Want, name: &str) -> Option<Unknown> {
    let is_flux = want.namespace.value().is_some_and(|namespace| namespace == "flux-system");
    if is_flux && want.kind == "Secret" && matches!(name, "flux-system" | "sops-age" | "sops-gpg") {
        return Some(Unknown::new(Reason::External, "keys that `flux bootstrap` and its user make", None));
    }
    let (names, who): (&[&str], _) = match (want.group.as_str(), want.kind.as_str()) {
        ("storage.k8s.io", "StorageClass") => (STORAGE, "the distribution's storage classes"),
        ("networking.k8s.io", "IngressClass") => (INGRESS, "classes that ingress controllers bring"),
        ("gateway.networking.k8s.io", "GatewayClass") => (GATEWAY, "classes that gateway controllers bring"),
        ("node.k8s.io", "RuntimeClass") => (RUNTIME, "classes that container runtimes bring"),
        ("rbac.authorization.k8s.io", "ClusterRole") => (ROLES, "roles that the distribution brings"),
        _ => return None,
    };
    let fits = names.iter().any(|glob| glob_matches(glob, name));
    fits.then(|| Unknown::new(Reason::External, who, None))
}

const STORAGE: &[&str] = &[
    "standard",
    "standard-rwo",
    "premium-rwo",
    "standard-rwx",
    "premium-rwx",
    "enterprise-rwx",
    "enterprise-multishare-rwx",
    "gp2",
    "gp2-csi",
    "gp3",
    "gp3-csi",
    "default",
    "managed",
    "managed-csi",
    "managed-csi-premium",
    "managed-premium",
    "azurefile*",
    "azureblob*",
    "local-path",
    "hostpath",
    "microk8s-hostpath",
    "docker-desktop",
    "do-block-storage*",
    "linode-block-storage*",
    "vultr-block-storage*",
    "civo-volume",
    "scw-bssd*",
    "hcloud-volumes",
    "oci-bv",
    "csi-cinder-*",
    "thin",
    "thin-csi",
    "ocs-storagecluster-*",
];

const INGRESS: &[&str] = &[
    "nginx",
    "traefik",
    "alb",
    "haproxy",
    "kong",
    "contour",
    "istio",
    "cilium",
    "gce",
    "gce-internal",
    "public",
    "azure-application-gateway",
    "azure/application-gateway",
    "webapprouting.kubernetes.azure.com",
    "openshift-default",
    "tailscale",
    "cloudflare-tunnel",
    "ngrok",
    "apisix",
    "nginx-internal",
];

const GATEWAY: &[&str] = &[
    "istio*",
    "cilium",
    "eg",
    "envoy-gateway",
    "nginx",
    "traefik",
    "kong",
    "haproxy",
    "contour",
    "kgateway",
    "gloo-gateway",
    "gke-*",
    "amazon-vpc-lattice",
    "azure-alb-external",
];

const RUNTIME: &[&str] = &["gvisor", "runsc", "nvidia*", "kata*", "crun", "runc", "wasm*", "spin*"];

const ROLES: &[&str] = &[
    "self-provisioner",
    "basic-user",
    "sudoer",
    "cluster-reader",
    "cluster-monitoring-view",
    "registry-viewer",
    "registry-editor",
    "storage-admin",
    "eks:*",
    "gce:*",
    "aks-*",
];

/// Namespaces in which the cluster keeps objects of its own, beside what anybody deploys there.
pub(super) fn of_the_cluster(want: &Want) -> Option<Unknown> {
    let namespace = want.namespace.value()?;
    let own = matches!(namespace.as_str(), "kube-system" | "kube-public" | "gmp-system")
        || namespace.starts_with("openshift-");
    own.then(|| Unknown::new(Reason::External, format!("the cluster's own objects in `{namespace}`"), None))
}

/// What `kate.yaml` declares to exist outside.
pub(super) fn external(declared: &Declared, want: &Want, name: &str) -> Option<Unknown> {
    let namespace = want.namespace.value();
    let kind = if want.group == REMOTE { "RemoteSecret" } else { want.kind.as_str() };
    let matching = |external: &&External| {
        external.kind == kind
            && glob_matches(&external.name, name)
            && match (&external.namespace, namespace) {
                (Some(glob), Some(namespace)) => glob_matches(glob, namespace),
                _ => true,
            }
    };
    let external = declared.external.iter().find(matching)?;
    Some(Unknown::new(Reason::External, format!("{} `{}`", external.kind, external.name), None))
}

/// Whether a name has to be known to be missing: `None` in the namespace of the holder, where it
/// deploys what it needs; elsewhere why it is not.
pub(super) fn foreign(want: &Want) -> Unknown {
    let place = match &want.namespace {
        Known::Value(namespace) => format!("no {} of `{namespace}` in this repository", want.kind),
        _ => format!("no {} in this repository", want.kind),
    };
    Unknown::new(Reason::External, place, None)
}
