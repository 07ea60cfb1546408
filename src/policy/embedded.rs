//! kate's own policies and the tables that they read.

use regorus::Value;

use super::load::Source;

macro_rules! policies {
    ($($path:literal,)*) => {
        /// Path below `policies/` without extension, text, page.
        pub(super) const BUILTIN: &[(&str, &str, &str)] = &[$((
            $path,
            include_str!(concat!("../../policies/", $path, ".rego")),
            include_str!(concat!("../../policies/", $path, ".md")),
        ),)*];
    };
}

policies! {
    "change/destructive-instance-change",
    "efficiency/job-without-ttl",
    "efficiency/missing-cpu-limit",
    "efficiency/missing-cpu-request",
    "efficiency/missing-memory-limit",
    "efficiency/missing-memory-request",
    "efficiency/missing-storage-limit",
    "pedantic/deprecated-service-account-field",
    "pedantic/host-aliases",
    "pedantic/image-pull-policy",
    "pedantic/image-without-digest",
    "pedantic/latest-image-tag",
    "pedantic/low-user-id",
    "pedantic/mismatched-instance-label",
    "pedantic/missing-dns-options",
    "pedantic/missing-node-affinity",
    "pedantic/missing-priority-class",
    "pedantic/missing-required-metadata",
    "pedantic/missing-topology-spread",
    "pedantic/privileged-port",
    "pedantic/undeclared-probe-port",
    "pedantic/unequal-limits",
    "reliability/blocking-disruption-budget",
    "reliability/cron-job-without-deadline",
    "reliability/empty-disruption-budget",
    "reliability/fixed-autoscaler",
    "reliability/identical-probes",
    "reliability/low-autoscaler-minimum",
    "reliability/missing-liveness-probe",
    "reliability/missing-readiness-probe",
    "reliability/recreate-strategy",
    "reliability/single-replica",
    "reliability/unhealthy-pod-eviction",
    "reliability/unrestarted-pod",
    "reliability/unspread-replicas",
    "security/added-capability",
    "security/anonymous-binding",
    "security/cluster-admin-binding",
    "security/container-runtime-socket",
    "security/custom-selinux-options",
    "security/dangerous-capability",
    "security/default-account-binding",
    "security/default-namespace",
    "security/default-service-account",
    "security/exposed-service",
    "security/host-ipc",
    "security/host-network",
    "security/host-path-volume",
    "security/host-pid",
    "security/host-port",
    "security/host-process-container",
    "security/ingress-without-tls",
    "security/kube-system-namespace",
    "security/missing-seccomp-profile",
    "security/mounted-service-account-token",
    "security/net-raw-capability",
    "security/nginx-snippet",
    "security/obsolete-cluster-component",
    "security/plaintext-secret",
    "security/privilege-escalation",
    "security/privileged-container",
    "security/privileged-security-context-constraint",
    "security/rbac-certificate-approval",
    "security/rbac-config-management",
    "security/rbac-escalation",
    "security/rbac-log-deletion",
    "security/rbac-network-management",
    "security/rbac-node-proxy",
    "security/rbac-pod-exec",
    "security/rbac-role-management",
    "security/rbac-secret-access",
    "security/rbac-secret-management",
    "security/rbac-webhook-management",
    "security/rbac-workload-management",
    "security/root-user",
    "security/run-as-root",
    "security/secret-in-environment",
    "security/sensitive-host-path",
    "security/service-external-ip",
    "security/ssh-port",
    "security/unconfined-container",
    "security/undropped-capabilities",
    "security/unmasked-proc",
    "security/unsafe-sysctl",
    "security/untrusted-registry",
    "security/wildcard-in-role",
    "security/wildcard-rbac",
    "security/writable-host-path",
    "security/writable-root-filesystem",
}

/// Name under `data.kate` and JSON text.
const TABLES: &[(&str, &str)] = &[("instances", include_str!("../../policies/data/instances.json"))];

/// What policies share.
const LIBRARY: &[(&str, &str)] = &[("workloads", include_str!("../../policies/workloads.rego"))];

/// The built-in policies, and what they share.
pub(super) fn sources() -> Vec<Source> {
    let source = |path: &str, text: &str, page| Source {
        path: format!("policies/{path}.rego"),
        text: text.into(),
        file: None,
        page,
    };
    let policies = BUILTIN.iter().map(|(path, text, page)| source(path, text, Some(*page)));
    LIBRARY.iter().map(|(path, text)| source(path, text, None)).chain(policies).collect()
}

/// The user's files with kate's library, unless it is among them.
pub(super) fn with_library(mut user: Vec<Source>) -> Vec<Source> {
    for library in sources().into_iter().filter(|source| source.page.is_none()) {
        if !user.iter().any(|source| source.text.lines().any(|line| line.trim_end() == "package kate.workloads")) {
            user.push(library);
        }
    }
    user
}

/// The page of a built-in policy, by the path of its file.
pub(super) fn page(file: &str) -> Option<&'static str> {
    let path = file.strip_prefix("policies/")?.strip_suffix(".rego")?;
    let at = BUILTIN.binary_search_by_key(&path, |(path, ..)| path).ok()?;
    BUILTIN.get(at).map(|(_, _, page)| *page)
}

/// What is at `data.kate` beside the parameters, as far as it is wanted by its path.
pub(super) fn tables(wanted: impl Fn(&str) -> bool) -> Vec<(&'static str, Value)> {
    let wanted = TABLES.iter().filter(|(name, _)| wanted(&format!("data.kate.{name}")));
    wanted.filter_map(|(name, text)| Some((*name, Value::from_json_str(text).ok()?))).collect()
}
