//! Fields that schemas of built-in kinds call required and the API server does without.
//!
//! The schemas come from Go types, where a field without `omitempty` counts as required; what is
//! really needed is decided by code. Later releases dropped some of these from their schemas.

use super::{Problem, ProblemKind};

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
];

/// Whether the API server takes an object of a built-in kind in spite of a problem.
#[must_use]
pub fn is_accepted(kind: &str, problem: &Problem) -> bool {
    let ProblemKind::MissingField { name } = &problem.kind else { return false };
    let path: String = without_indices(&problem.path);
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
