//! What exists without anybody making it: parts of every cluster, what distributions and
//! controllers bring, what `kate.yaml` declares.

use super::super::references::REMOTE;
use super::super::types::Want;
use super::glob_matches;
use crate::model::declared::{Declared, External};
use crate::text::near_miss;
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
            // Add-ons bring further roles of the system, but none of nearly the name of one that is there.
            matches!(name, "cluster-admin" | "admin" | "edit" | "view")
                || name.starts_with("system:") && near_miss(name, SYSTEM_ROLES.iter().copied()).is_none()
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
        ("storage.k8s.io", "CSIDriver") => (DRIVERS, "drivers that the distribution or a vendor brings"),
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

/// The roles of longer names that the API server makes when it starts (`bootstrappolicy`).
const SYSTEM_ROLES: &[&str] = &[
    "cluster-admin",
    "system:aggregate-to-admin",
    "system:aggregate-to-edit",
    "system:aggregate-to-view",
    "system:auth-delegator",
    "system:basic-user",
    "system:certificates.k8s.io:certificatesigningrequests:nodeclient",
    "system:certificates.k8s.io:certificatesigningrequests:selfnodeclient",
    "system:certificates.k8s.io:kube-apiserver-client-approver",
    "system:certificates.k8s.io:kube-apiserver-client-kubelet-approver",
    "system:certificates.k8s.io:kubelet-serving-approver",
    "system:certificates.k8s.io:legacy-unknown-approver",
    "system:cluster-trust-bundle-discovery",
    "system:discovery",
    "system:heapster",
    "system:kube-aggregator",
    "system:kube-controller-manager",
    "system:kube-dns",
    "system:kube-scheduler",
    "system:kubelet-api-admin",
    "system:monitoring",
    "system:node",
    "system:node-bootstrapper",
    "system:node-problem-detector",
    "system:node-proxier",
    "system:persistent-volume-provisioner",
    "system:public-info-viewer",
    "system:service-account-issuer-discovery",
    "system:volume-scheduler",
];

/// Drivers by the names under which their projects release them.
const DRIVERS: &[&str] = &[
    "blob.csi.azure.com",
    "block.csi.vultr.com",
    "blockvolume.csi.oraclecloud.com",
    "cephfs.csi.ceph.com",
    "cephfs.manila.csi.openstack.org",
    "cinder.csi.openstack.org",
    "csi.cert-manager.io",
    "csi.exoscale.com",
    "csi.hetzner.cloud",
    "csi.juicefs.com",
    "csi.proxmox.sinextra.dev",
    "csi.san.synology.com",
    "csi.scaleway.com",
    "csi.sharedresource.openshift.io",
    "csi.spiffe.io",
    "csi.tigera.io",
    "csi.trident.netapp.io",
    "csi.vsphere.vmware.com",
    "cstor.csi.openebs.io",
    "disk.csi.azure.com",
    "diskplugin.csi.alibabacloud.com",
    "dobs.csi.digitalocean.com",
    "driver.longhorn.io",
    "ebs.csi.aws.com",
    "efs.csi.aws.com",
    "file.csi.azure.com",
    "filestore.csi.storage.gke.io",
    "fss.csi.oraclecloud.com",
    "fsx.csi.aws.com",
    "gcsfuse.csi.storage.gke.io",
    "hostpath.csi.k8s.io",
    "io.openebs.csi-mayastor",
    "jiva.csi.openebs.io",
    "linodebs.csi.linode.com",
    "linstor.csi.linbit.com",
    "local.csi.openebs.io",
    "lustre.csi.storage.gke.io",
    "manila.csi.openstack.org",
    "nasplugin.csi.alibabacloud.com",
    "nfs.csi.ceph.com",
    "nfs.csi.k8s.io",
    "nfs.manila.csi.openstack.org",
    "openshift-storage.cephfs.csi.ceph.com",
    "openshift-storage.rbd.csi.ceph.com",
    "org.democratic-csi.iscsi",
    "org.democratic-csi.nfs",
    "ossplugin.csi.alibabacloud.com",
    "parallelstore.csi.storage.gke.io",
    "pd.csi.storage.gke.io",
    "pxd.portworx.com",
    "rbd.csi.ceph.com",
    "rook-ceph.cephfs.csi.ceph.com",
    "rook-ceph.rbd.csi.ceph.com",
    "s3.csi.aws.com",
    "secrets-store-gke.csi.k8s.io",
    "secrets-store.csi.k8s.io",
    "smb.csi.k8s.io",
    "spiffe.csi.cert-manager.io",
    "topolvm.io",
    "zfs.csi.openebs.io",
];

/// Group, kind and names of what is there without anybody making it, and so long that what is nearly such
/// a name is no other.
pub(in crate::graph) const WELL_KNOWN: &[(&str, &str, &[&str])] = &[
    ("", "ConfigMap", &["kube-root-ca.crt"]),
    ("rbac.authorization.k8s.io", "ClusterRole", SYSTEM_ROLES),
    ("scheduling.k8s.io", "PriorityClass", &["system-cluster-critical", "system-node-critical"]),
    ("storage.k8s.io", "CSIDriver", DRIVERS),
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
