//! The fields that the API server lets nobody change, as the validation of Kubernetes 1.37 has them.

use Absence::{Chosen, Is};

/// What it means that a field is not written.
#[derive(Clone, Copy)]
pub(super) enum Absence {
    /// The same as this text; `""` is nothing, as are an empty list, an empty map, `false` and 0.
    Is(&'static str),
    /// The API server or a controller fills it in, with what is not known here.
    Chosen,
}

/// A field that nobody may change: group, kinds, path, what it means if it is not written.
pub(super) type Fixed = (&'static str, &'static [&'static str], &'static str, Absence);

/// Every field that is fixed whatever stands beside it.
const FIXED: &[Fixed] = &[
    ("apps", &["Deployment", "DaemonSet", "ReplicaSet", "StatefulSet"], "spec.selector", Chosen),
    ("apps", &["StatefulSet"], "spec.serviceName", Is("")),
    ("apps", &["StatefulSet"], "spec.podManagementPolicy", Is("OrderedReady")),
    ("apps", &["StatefulSet"], "spec.volumeClaimTemplates", Is("")),
    ("apps", &["ControllerRevision"], "data", Is("")),
    ("batch", &["Job"], "spec.selector", Chosen),
    ("batch", &["Job"], "spec.template", Chosen),
    ("batch", &["Job"], "spec.completionMode", Is("NonIndexed")),
    ("batch", &["Job"], "spec.podFailurePolicy", Is("")),
    ("batch", &["Job"], "spec.successPolicy", Is("")),
    ("batch", &["Job"], "spec.backoffLimitPerIndex", Is("")),
    ("batch", &["Job"], "spec.managedBy", Is("")),
    ("", &["Pod"], "spec", Chosen),
    ("", &["Secret"], "type", Is("Opaque")),
    ("", &["ResourceQuota"], "spec.scopes", Is("")),
    ("", &["PersistentVolumeClaim"], "spec.accessModes", Chosen),
    ("", &["PersistentVolumeClaim"], "spec.selector", Is("")),
    ("", &["PersistentVolumeClaim"], "spec.storageClassName", Chosen),
    ("", &["PersistentVolumeClaim"], "spec.volumeName", Chosen),
    ("", &["PersistentVolumeClaim"], "spec.volumeMode", Is("Filesystem")),
    ("", &["PersistentVolumeClaim"], "spec.resources.limits", Is("")),
    ("", &["PersistentVolume"], "spec.volumeMode", Is("Filesystem")),
    ("", &["PersistentVolume"], "spec.nodeAffinity", Chosen),
    ("storage.k8s.io", &["StorageClass"], "provisioner", Chosen),
    ("storage.k8s.io", &["StorageClass"], "parameters", Is("")),
    ("storage.k8s.io", &["StorageClass"], "reclaimPolicy", Is("Delete")),
    ("storage.k8s.io", &["StorageClass"], "volumeBindingMode", Is("Immediate")),
    ("storage.k8s.io", &["CSIDriver"], "spec.attachRequired", Is("true")),
    ("storage.k8s.io", &["CSIDriver"], "spec.volumeLifecycleModes", Is("Persistent")),
    ("storage.k8s.io", &["VolumeAttributesClass"], "driverName", Chosen),
    ("storage.k8s.io", &["VolumeAttributesClass"], "parameters", Is("")),
    ("scheduling.k8s.io", &["PriorityClass"], "value", Is("0")),
    ("scheduling.k8s.io", &["PriorityClass"], "preemptionPolicy", Is("PreemptLowerPriority")),
    ("node.k8s.io", &["RuntimeClass"], "handler", Chosen),
    ("networking.k8s.io", &["IngressClass"], "spec.controller", Chosen),
    ("discovery.k8s.io", &["EndpointSlice"], "addressType", Chosen),
    // `apiGroup` has one value, which the API server fills in.
    ("rbac.authorization.k8s.io", &["RoleBinding", "ClusterRoleBinding"], "roleRef.kind", Chosen),
    ("rbac.authorization.k8s.io", &["RoleBinding", "ClusterRoleBinding"], "roleRef.name", Chosen),
    ("resource.k8s.io", &["ResourceClaim", "ResourceClaimTemplate"], "spec", Chosen),
    ("apiextensions.k8s.io", &["CustomResourceDefinition"], "spec.scope", Chosen),
    ("apiextensions.k8s.io", &["CustomResourceDefinition"], "spec.names.kind", Chosen),
];

/// The fields of a kind that are fixed.
pub(super) fn of(group: &str, kind: &str) -> impl Iterator<Item = &'static Fixed> {
    FIXED.iter().filter(move |(of, kinds, ..)| *of == group && kinds.contains(&kind))
}

/// What may change below a fixed field.
pub(super) const FREE: &[(&str, &[&str])] = &[
    // Only to less, to more of them, to fewer of them: what is refused of it is not told.
    (
        "Pod",
        &[
            "spec.containers[].image",
            "spec.initContainers[].image",
            "spec.ephemeralContainers",
            "spec.activeDeadlineSeconds",
            "spec.tolerations",
            "spec.schedulingGates",
        ],
    ),
    ("PersistentVolume", &["spec.csi.controllerExpandSecretRef"]),
];

/// What may change, besides, of a Pod that waits at a gate: only to what is narrower.
pub(super) const FREE_AT_A_GATE: &[&str] = &["spec.nodeSelector", "spec.affinity.nodeAffinity"];

/// What may change of the template of a Job that is suspended.
pub(super) const FREE_OF_SUSPENDED: &[&str] = &[
    "spec.template.metadata.labels",
    "spec.template.metadata.annotations",
    "spec.template.spec.affinity",
    "spec.template.spec.containers[].resources",
    "spec.template.spec.initContainers[].resources",
    "spec.template.spec.nodeSelector",
    "spec.template.spec.schedulingGates",
    "spec.template.spec.tolerations",
];

/// What the API server writes where a key of a pod, a claim or a volume is not written.
pub(super) fn absence(key: &str) -> Absence {
    const DEFAULTS: &[(&str, &str)] = &[
        ("cachingMode", "ReadWrite"),
        ("defaultMode", "420"),
        ("dnsPolicy", "ClusterFirst"),
        ("enableServiceLinks", "true"),
        ("expirationSeconds", "3600"),
        ("failureThreshold", "3"),
        ("iscsiInterface", "default"),
        ("periodSeconds", "10"),
        ("protocol", "TCP"),
        ("restartPolicy", "Always"),
        ("schedulerName", "default-scheduler"),
        ("scheme", "HTTP"),
        ("successThreshold", "1"),
        ("terminationGracePeriodSeconds", "30"),
        ("terminationMessagePath", "/dev/termination-log"),
        ("terminationMessagePolicy", "File"),
        ("timeoutSeconds", "1"),
        ("volumeMode", "Filesystem"),
    ];
    // What depends on other fields, what admission fills in, and what is another name of something.
    const CHOSEN: &[&str] = &[
        "apiVersion",
        "creationTimestamp",
        "divisor",
        "fsType",
        "hostPort",
        "imagePullPolicy",
        "kind",
        "nodeName",
        "path",
        "preemptionPolicy",
        "priority",
        "requests",
        "serviceAccount",
        "serviceAccountName",
        "status",
    ];
    match DEFAULTS.iter().find(|(of, _)| *of == key) {
        Some((_, text)) => Is(text),
        None if CHOSEN.contains(&key) => Chosen,
        None => Is(""),
    }
}
