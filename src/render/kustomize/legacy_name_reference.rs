//! Which fields follow the rename of an object: kustomize's `consts/namereference.go`, for the
//! kinds that are referred to by name.

use super::legacy_transform::{Renames, each_at};
use crate::model::Manifest;
use crate::model::kubernetes::is_builtin_group;
use crate::value::{Data, Known, Origin, Step, Str};

/// Paths below the `spec` of a pod.
const POD_CONFIG_MAP: &[&[&str]] = &[
    &["volumes", "configMap", "name"],
    &["volumes", "projected", "sources", "configMap", "name"],
    &["containers", "env", "valueFrom", "configMapKeyRef", "name"],
    &["initContainers", "env", "valueFrom", "configMapKeyRef", "name"],
    &["containers", "envFrom", "configMapRef", "name"],
    &["initContainers", "envFrom", "configMapRef", "name"],
];
const POD_SECRET: &[&[&str]] = &[
    &["volumes", "secret", "secretName"],
    &["volumes", "projected", "sources", "secret", "name"],
    &["containers", "env", "valueFrom", "secretKeyRef", "name"],
    &["initContainers", "env", "valueFrom", "secretKeyRef", "name"],
    &["containers", "envFrom", "secretRef", "name"],
    &["initContainers", "envFrom", "secretRef", "name"],
    &["imagePullSecrets", "name"],
];
const POD_CLAIM: &[&[&str]] = &[&["volumes", "persistentVolumeClaim", "claimName"]];
const POD_ACCOUNT: &[&[&str]] = &[&["serviceAccountName"]];

/// Where pod specs are in the kinds that the table names.
const POD_SPECS: &[&[&str]] =
    &[&["spec"], &["spec", "template", "spec"], &["spec", "jobTemplate", "spec", "template", "spec"]];

struct Target {
    group: &'static str,
    kind: &'static str,
    pod: &'static [&'static [&'static str]],
    /// Referring kind and path.
    other: &'static [(&'static str, &'static [&'static str])],
}

const TABLE: &[Target] = &[
    Target { group: "", kind: "ConfigMap", pod: POD_CONFIG_MAP, other: &[] },
    Target {
        group: "",
        kind: "Secret",
        pod: POD_SECRET,
        other: &[
            ("Ingress", &["spec", "tls", "secretName"]),
            ("ServiceAccount", &["imagePullSecrets", "name"]),
            ("ServiceAccount", &["secrets", "name"]),
        ],
    },
    Target {
        group: "",
        kind: "Service",
        pod: &[],
        other: &[
            ("StatefulSet", &["spec", "serviceName"]),
            ("Ingress", &["spec", "rules", "http", "paths", "backend", "serviceName"]),
            ("Ingress", &["spec", "backend", "serviceName"]),
            ("Ingress", &["spec", "rules", "http", "paths", "backend", "service", "name"]),
            ("Ingress", &["spec", "defaultBackend", "service", "name"]),
            ("APIService", &["spec", "service", "name"]),
            ("ValidatingWebhookConfiguration", &["webhooks", "clientConfig", "service", "name"]),
            ("MutatingWebhookConfiguration", &["webhooks", "clientConfig", "service", "name"]),
        ],
    },
    Target {
        group: "",
        kind: "ServiceAccount",
        pod: POD_ACCOUNT,
        other: &[("RoleBinding", &["subjects", "name"]), ("ClusterRoleBinding", &["subjects", "name"])],
    },
    Target { group: "", kind: "PersistentVolumeClaim", pod: POD_CLAIM, other: &[] },
    Target {
        group: "",
        kind: "PersistentVolume",
        pod: &[],
        other: &[("PersistentVolumeClaim", &["spec", "volumeName"])],
    },
    Target {
        group: "apps",
        kind: "Deployment",
        pod: &[],
        other: &[("HorizontalPodAutoscaler", &["spec", "scaleTargetRef", "name"])],
    },
    Target {
        group: "apps",
        kind: "StatefulSet",
        pod: &[],
        other: &[("HorizontalPodAutoscaler", &["spec", "scaleTargetRef", "name"])],
    },
    Target {
        group: "rbac.authorization.k8s.io",
        kind: "Role",
        pod: &[],
        other: &[("RoleBinding", &["roleRef", "name"])],
    },
    Target {
        group: "rbac.authorization.k8s.io",
        kind: "ClusterRole",
        pod: &[],
        other: &[("RoleBinding", &["roleRef", "name"]), ("ClusterRoleBinding", &["roleRef", "name"])],
    },
];

/// Rename the references of all objects to renamed ones. A reference follows if the object it
/// names is in the same namespace, or one of both has no namespace.
pub(super) fn follow(renames: &Renames, manifests: &mut [Manifest]) {
    for manifest in manifests {
        if !is_builtin_group(&manifest.group) {
            continue;
        }
        let namespace = manifest.namespace();
        for target in TABLE {
            let kind = manifest.kind.clone();
            let mut rename = |value: &mut crate::value::Value| {
                let Some(old) = value.as_str() else { return };
                let key = (Str::from(target.group), Str::from(target.kind), Str::from(old));
                let Some(candidates) = renames.get(&key) else { return };
                let found = candidates.iter().find(|candidate| match (&candidate.namespace, &namespace) {
                    (Known::Value(a), Known::Value(b)) => a == b,
                    _ => true,
                });
                let Some(found) = found else { return };
                value.data = Data::String(found.new.clone());
                value.origin = Origin::derived(Step::NameReference, found.at, vec![value.origin.clone()]);
            };
            for spec in POD_SPECS.iter().filter(|_| !target.pod.is_empty()) {
                for path in target.pod {
                    let path: Vec<&str> = spec.iter().chain(*path).copied().collect();
                    each_at(&mut manifest.value, &path, &mut rename);
                }
            }
            for (_, path) in target.other.iter().filter(|(referrer, _)| *referrer == kind) {
                each_at(&mut manifest.value, path, &mut rename);
            }
        }
    }
}
