//! What the API server takes of built-in kinds although their schemas do not: above all fields that
//! are called required and are not.
//!
//! The schemas come from Go types, where a field without `omitempty` counts as required; what is
//! really needed is decided by code. Later releases dropped some of these from their schemas.

use super::{Problem, ProblemKind};
use crate::value::Value;

/// Kind, end of the path to the object that lacks it (list indices left out), field.
const ACCEPTED: &[(&str, &str, &str)] = &[
    // Needed for the names of pods in DNS only.
    ("StatefulSet", "spec", "serviceName"),
    // Selects every pod of the namespace.
    ("NetworkPolicy", "spec", "podSelector"),
    // Nought.
    ("PriorityClass", "", "value"),
    ("ControllerRevision", "", "revision"),
    ("LimitRange", "spec", "limits"),
    ("CSIDriver", "", "spec"),
    ("EndpointSlice", "", "endpoints"),
    // Empty text, or the default.
    ("", "httpHeaders", "value"),
    ("", "sysctls", "value"),
    ("", "onPodConditions", "status"),
    ("", "preferredDuringSchedulingIgnoredDuringExecution", "preference"),
    ("", "iscsi", "lun"),
    ("CSIDriver", "spec.tokenRequests", "audience"),
    // No: another rule tells if no version is stored.
    ("CustomResourceDefinition", "spec.versions", "served"),
    ("CustomResourceDefinition", "spec.versions", "storage"),
    ("", "podFailurePolicy", "rules"),
    // A source of no kind is dropped; another rule tells of names.
    ("", "dataSource", "kind"),
    ("", "dataSource", "name"),
];

/// Kinds whose `spec` nothing can stand in for, although their schemas do not say so: every version of
/// the API server refuses them without.
const SPECIFIED: &[(&str, &str)] = &[
    ("", "PersistentVolume"),
    ("", "PersistentVolumeClaim"),
    ("", "Pod"),
    ("", "ReplicationController"),
    ("", "Service"),
    ("apps", "DaemonSet"),
    ("apps", "Deployment"),
    ("apps", "ReplicaSet"),
    ("apps", "StatefulSet"),
    ("autoscaling", "HorizontalPodAutoscaler"),
    ("batch", "CronJob"),
    ("batch", "Job"),
    ("networking.k8s.io", "Ingress"),
    ("networking.k8s.io", "IngressClass"),
];

/// The `spec` that a built-in object lacks and needs, where its schema does not ask for it.
#[must_use]
pub fn missing_spec(group: &str, kind: &str, object: &Value) -> Option<Problem> {
    let map = object.as_map().filter(|map| map.open.is_none())?;
    let missing = map.get("spec").is_none_or(Value::is_null) && SPECIFIED.contains(&(group, kind));
    missing.then(|| Problem {
        kind: ProblemKind::MissingField { name: "spec".into() },
        path: String::new(),
        at: map.get("kind").map_or(&object.origin, |kind| &kind.origin).clone(),
        embedded: None,
    })
}

/// Whether the API server takes an object of a built-in kind in spite of a problem.
#[must_use]
pub fn is_accepted(kind: &str, problem: &Problem) -> bool {
    let path = without_indices(&problem.path);
    let name = match &problem.kind {
        // These are read by code that drops what it does not know.
        ProblemKind::UnknownField { .. } => {
            let below = |part: &str| path.split('.').any(|step| step == part) && path.contains("openAPIV3Schema");
            return kind == "CustomResourceDefinition" && (below("items") || below("additionalProperties"));
        }
        ProblemKind::MissingField { name } => name,
        _ => return false,
    };
    ACCEPTED.iter().any(|(of, holder, field)| {
        name == field
            && match *of {
                "" => path.rsplit('.').next() == Some(holder),
                of => kind == of && path == *holder,
            }
    })
}

fn without_indices(path: &str) -> String {
    let mut depth = 0;
    let outside = |c: &char| {
        match c {
            '[' => depth += 1,
            ']' => depth -= 1,
            _ => return depth == 0,
        }
        false
    };
    path.chars().filter(outside).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{FileId, Span};

    #[test]
    fn only_what_the_api_server_takes_is_accepted() {
        let missing = |path: &str, name: &str| Problem {
            kind: ProblemKind::MissingField { name: name.into() },
            path: path.to_owned(),
            at: Span::start_of(FileId(0)).into(),
            embedded: None,
        };
        let probe = "spec.template.spec.containers[0].livenessProbe.httpGet.httpHeaders[1]";
        assert!(is_accepted("StatefulSet", &missing("spec", "serviceName")));
        assert!(is_accepted("Deployment", &missing(probe, "value")));
        assert!(!is_accepted("Deployment", &missing(probe, "name")));
        assert!(!is_accepted("Deployment", &missing("spec", "selector")));
        assert!(!is_accepted("Other", &missing("spec", "serviceName")));
    }
}
