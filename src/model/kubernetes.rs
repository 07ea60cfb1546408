//! Kubernetes objects: identity, scope, and where pods hide in them.

use crate::text::{Span, has_braced_name};
use crate::value::{Data, Known, Reason, Str, Unknown, Value};

/// An object as some text states it: `apiVersion`, `kind` and everything else.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// API group; empty for core.
    pub group: Str,
    /// API version without the group.
    pub version: Str,
    /// Kind.
    pub kind: Str,
    /// The whole object.
    pub value: Value,
}

impl Manifest {
    /// Read a value as an object; `None` if it has no `apiVersion` and `kind`.
    #[must_use]
    pub fn new(value: Value) -> Option<Self> {
        let api_version = value.get("apiVersion")?.as_str()?;
        let kind = Str::from(value.get("kind")?.as_str()?);
        let (group, version) = split_api_version(api_version);
        if kind.is_empty() || version.is_empty() {
            return None;
        }
        let (group, version) = (Str::from(group), Str::from(version));
        Some(Self { group, version, kind, value })
    }

    /// Read a value as objects: a `List` (of any kind) gives its items.
    #[must_use]
    pub fn all(value: Value) -> Vec<Self> {
        let Some(manifest) = Self::new(value) else { return Vec::new() };
        if !manifest.kind.ends_with("List")
            || !matches!(manifest.value.get("items"), Some(items) if items.as_map().is_none())
        {
            return vec![manifest];
        }
        let items = manifest.value.get("items").map(Value::items).unwrap_or_default();
        items.iter().cloned().filter_map(Self::new).collect()
    }

    /// Whether it is of a group and kind, whatever the version.
    #[must_use]
    pub fn is(&self, group: &str, kind: &str) -> bool {
        self.kind == kind && self.group == group
    }

    /// `metadata.name`.
    #[must_use]
    pub fn name(&self) -> Known<Str> {
        scalar(self.value.at(&["metadata", "name"]))
    }

    /// `metadata.namespace` as written.
    #[must_use]
    pub fn namespace(&self) -> Known<Str> {
        scalar(self.value.at(&["metadata", "namespace"]))
    }

    /// The place of its name, or of the whole object.
    #[must_use]
    pub fn name_span(&self) -> Span {
        self.value.at(&["metadata", "name"]).unwrap_or(&self.value).span()
    }
}

/// The group and version of an `apiVersion`.
#[must_use]
pub fn split_api_version(api_version: &str) -> (&str, &str) {
    api_version.split_once('/').unwrap_or(("", api_version))
}

/// A field that must be text: absent if missing, null or empty; unknown if it is computed,
/// templated or of another type.
#[must_use]
pub fn scalar(value: Option<&Value>) -> Known<Str> {
    let Some(value) = value else { return Known::Absent };
    match &value.data {
        Data::Null => Known::Absent,
        Data::String(text) if text.is_empty() => Known::Absent,
        Data::String(text) => literal(text, value.span()),
        Data::Unknown(unknown) => Known::Unknown(unknown.clone()),
        _ => Known::Unknown(Unknown::new(Reason::Unparsed, "not a text", Some(value.span()))),
    }
}

/// Text as a literal name: unknown if a part of it is a template, an environment variable or a
/// placeholder such as `<CLUSTER_NAME>` that somebody fills in before it is deployed.
#[must_use]
pub fn literal(text: &str, at: Span) -> Known<Str> {
    let placeholder = text.split_once('<').is_some_and(|(_, rest)| rest.contains('>'));
    if placeholder
        || has_braced_name(text)
        || text.contains("{{")
        || text.contains("${")
        || text.contains("{%")
        || text.contains("$(")
    {
        return Known::Unknown(Unknown::new(Reason::Templated, text, Some(at)));
    }
    Known::Value(Str::from(text))
}

/// The group under which an object is known today: groups that moved are one.
#[must_use]
pub fn canonical_group<'a>(group: &'a str, kind: &str) -> &'a str {
    match (group, kind) {
        ("extensions", "Deployment" | "DaemonSet" | "ReplicaSet") => "apps",
        ("extensions", "Ingress" | "NetworkPolicy") => "networking.k8s.io",
        ("extensions", "PodSecurityPolicy") => "policy",
        _ => group,
    }
}

/// Whether a group belongs to Kubernetes itself.
#[must_use]
pub fn is_builtin_group(group: &str) -> bool {
    matches!(
        group,
        "" | "apps"
            | "batch"
            | "autoscaling"
            | "policy"
            | "extensions"
            | "networking.k8s.io"
            | "rbac.authorization.k8s.io"
            | "storage.k8s.io"
            | "coordination.k8s.io"
            | "discovery.k8s.io"
            | "events.k8s.io"
            | "scheduling.k8s.io"
            | "node.k8s.io"
            | "admissionregistration.k8s.io"
            | "apiextensions.k8s.io"
            | "apiregistration.k8s.io"
            | "certificates.k8s.io"
            | "flowcontrol.apiserver.k8s.io"
            | "resource.k8s.io"
            | "authentication.k8s.io"
            | "authorization.k8s.io"
    )
}

/// Where the pod template of a workload is: the path to the object that has `spec` (and, but for a
/// bare Pod, `metadata`) of the pod. `None` if the kind makes no pods.
#[must_use]
pub fn pod_template(group: &str, kind: &str) -> Option<&'static [&'static str]> {
    Some(match (group, kind) {
        ("", "Pod") => &[],
        ("apps" | "extensions", "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet")
        | ("", "ReplicationController")
        | ("batch", "Job")
        | ("argoproj.io", "Rollout")
        | ("serving.knative.dev", "Service") => &["spec", "template"],
        ("keda.sh", "ScaledJob") => &["spec", "jobTargetRef", "template"],
        ("batch", "CronJob") => &["spec", "jobTemplate", "spec", "template"],
        ("", "PodTemplate") => &["template"],
        _ => return None,
    })
}
