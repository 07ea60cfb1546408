//! Why kate says nothing where another linter reports: reasons that hold or do not hold for a
//! finding, so that none pardons a whole check. `docs/linters.md` has what Kubernetes itself
//! says to each, under the same name.

use kate::graph::{Object, Reference, ReferenceKind, Resolution};
use kate::model::kubernetes::pod_template;
use kate::value::Value;

use super::Place;
use super::manifests;
use super::own::Own;

/// A finding of another linter that is not kate's.
pub(super) struct Case<'a> {
    /// Rules that stand for the check.
    pub(super) rules: &'a [&'static str],
    pub(super) place: &'a Place,
    pub(super) own: &'a Own,
}

/// A reason, and the checks that it can be one for; none is for all.
pub(super) struct Reason {
    pub(super) name: &'static str,
    checks: &'static [&'static str],
    holds: fn(&Case<'_>) -> bool,
}

/// Every reason, the most telling first.
pub(super) const REASONS: &[Reason] = &[
    Reason {
        name: "ends",
        checks: &["no-liveness-probe", "no-readiness-probe", "restart-policy", "CKV_K8S_8", "CKV_K8S_9"],
        holds: |case| case.all(|object, _| ends(object)),
    },
    Reason {
        name: "always-restarted",
        checks: &["restart-policy"],
        holds: |case| case.pods(|pod| pod.get("restartPolicy").is_none()),
    },
    Reason {
        name: "no-namespace",
        checks: &["use-namespace", "CKV_K8S_21", "KSV-0110"],
        holds: |case| case.all(|object, _| object.value.at(&["metadata", "namespace"]).is_none()),
    },
    Reason {
        name: "scaled-to-zero",
        checks: &["minimum-three-replicas", "deployment-replicas"],
        holds: |case| case.all(|object, _| replicas(object) == Some(0)),
    },
    Reason {
        name: "node-selector",
        checks: &["no-node-affinity"],
        holds: |case| case.pods(|pod| pod.get("nodeSelector").is_some_and(|nodes| nodes.entries().next().is_some())),
    },
    Reason {
        name: "another-group",
        checks: &["no-extensions-v1beta"],
        holds: |case| case.all(|object, _| object.group != "extensions"),
    },
    Reason {
        name: "one-replica",
        checks: &[
            "deployment-has-poddisruptionbudget",
            "statefulset-has-poddisruptionbudget",
            "deployment-has-host-podantiaffinity",
            "statefulset-has-host-podantiaffinity",
        ],
        holds: |case| case.all(|object, _| replicas(object).is_none_or(|count| count < 2) && !is_scaled(case, object)),
    },
    Reason {
        name: "spread-otherwise",
        checks: &["deployment-has-host-podantiaffinity", "statefulset-has-host-podantiaffinity", "no-anti-affinity"],
        holds: |case| case.pods(is_spread),
    },
    Reason { name: "thresholds", checks: &["pod-probes-identical"], holds: |case| case.pods(probes_differ) },
    Reason {
        name: "another-rule",
        checks: &[
            "container-resource-requests-equal-limits",
            "container-cpu-requests-equal-limits",
            "container-memory-requests-equal-limits",
        ],
        holds: |case| {
            let rules = ["missing-cpu-limit", "missing-cpu-request", "missing-memory-limit", "missing-memory-request"];
            rules.iter().any(|rule| case.own.found.get(*rule).is_some_and(|places| places.contains(case.place)))
        },
    },
    Reason {
        name: "context-elsewhere",
        checks: &["CKV_K8S_29", "KSV-0118"],
        holds: |case| case.pods(|pod| containers(pod).all(|container| container.get("securityContext").is_some())),
    },
    Reason {
        name: "context-elsewhere",
        checks: &["CKV_K8S_30", "KSV-0118"],
        holds: |case| case.pods(|pod| pod.get("securityContext").is_some()),
    },
    Reason {
        name: "no-pods",
        checks: &["KSV-0037"],
        holds: |case| case.all(|object, _| pod_template(&object.group, &object.kind).is_none()),
    },
    Reason { name: "no-secret", checks: &["KSV-0109"], holds: has_no_secret },
    Reason { name: "at-the-role", checks: BINDINGS, holds: role_is_reported },
    Reason { name: "role-of-another-group", checks: BINDINGS, holds: role_is_of_another_group },
    Reason {
        name: "selects-all",
        checks: &["dangling-networkpolicy", "networkpolicy-targets-pod"],
        holds: |case| {
            case.all(|object, _| {
                object.value.at(&["spec", "podSelector"]).is_some_and(|selector| selector.entries().next().is_none())
            })
        },
    },
    Reason { name: "selects-all", checks: &["dangling-networkpolicypeer-podselector"], holds: peers_are_all },
    Reason { name: "use-annotation", checks: &["dangling-ingress", "ingress-targets-service"], holds: is_annotated },
    Reason {
        name: "no-selector",
        checks: &["dangling-service", "service-targets-pod"],
        holds: |case| case.all(|object, _| object.value.at(&["spec", "selector"]).is_none()),
    },
    Reason { name: "not-headless", checks: &["statefulset-has-servicename"], holds: is_not_headless },
    Reason { name: "placeholder", checks: &["label-values"], holds: is_placeholder },
    Reason {
        name: "found",
        checks: RELATIONS,
        holds: |case| case.references(|ends| ends.iter().all(|end| matches!(end, Resolution::Found(_)))),
    },
    Reason {
        name: "open",
        checks: RELATIONS,
        holds: |case| {
            case.references(|ends| {
                ends.iter().any(|end| matches!(end, Resolution::Unknown { .. }))
                    && !ends.iter().any(|end| matches!(end, Resolution::Missing { .. }))
            })
        },
    },
    Reason { name: "refused", checks: &[], holds: |case| case.all(|object, _| is_refused(object)) },
];

/// Checks of bindings by what the role allows.
const BINDINGS: &[&str] = &[
    "access-to-secrets",
    "access-to-create-pods",
    "CKV2_K8S_1",
    "CKV2_K8S_2",
    "CKV2_K8S_3",
    "CKV2_K8S_4",
    "CKV2_K8S_5",
];

/// Checks of what an object refers to or selects.
const RELATIONS: &[&str] = &[
    "dangling-horizontalpodautoscaler",
    "dangling-ingress",
    "dangling-networkpolicy",
    "dangling-networkpolicypeer-podselector",
    "dangling-service",
    "dangling-servicemonitor",
    "env-value-from",
    "horizontalpodautoscaler-has-target",
    "ingress-targets-service",
    "networkpolicy-targets-pod",
    "non-existent-service-account",
    "priority-class-name",
    "service-targets-pod",
    "statefulset-has-servicename",
];

/// The first reason that holds for a finding of a check.
pub(super) fn of(check: &str, case: &Case<'_>) -> Option<&'static str> {
    let may_be = |reason: &&Reason| reason.checks.is_empty() || reason.checks.contains(&check);
    REASONS.iter().filter(may_be).find(|reason| (reason.holds)(case)).map(|reason| reason.name)
}

impl Case<'_> {
    /// Whether something is so for every object that is written at the place, of which there is one.
    fn all(&self, holds: impl Fn(&Object, &[&Reference]) -> bool) -> bool {
        let objects = self.own.at(self.place);
        !objects.is_empty() && objects.iter().all(|(object, references)| holds(object, references))
    }

    /// Whether something is so for the pods of every object at the place.
    fn pods(&self, holds: impl Fn(&Value) -> bool) -> bool {
        self.all(|object, _| pod(object).is_some_and(&holds))
    }

    /// Whether something is so for how the references that the rules judge end, those to names and
    /// those to keys. What may be missing is left out.
    fn references(&self, are_so: impl Fn(&[&Resolution]) -> bool) -> bool {
        self.all(|_, references| {
            let judged = self.judged(references).filter(|reference| !reference.optional);
            let ends = judged.flat_map(|reference| [Some(&reference.resolution), reference.key.as_ref()]).flatten();
            let ends: Vec<&Resolution> = ends.collect();
            !ends.is_empty() && are_so(&ends)
        })
    }

    fn judged<'r>(&self, references: &'r [&'r Reference]) -> impl Iterator<Item = &'r Reference> {
        let is_judged = |reference: &&Reference| self.rules.iter().any(|rule| judges(rule, reference.kind));
        references.iter().copied().filter(is_judged).collect::<Vec<_>>().into_iter()
    }

    /// How the references end that the rules judge, for a reader.
    pub(super) fn account(&self) -> String {
        let objects = self.own.at(self.place);
        let all = objects.iter().flat_map(|(_, references)| self.judged(references));
        let end = |resolution: &Resolution| match resolution {
            Resolution::Found(_) => "found".to_owned(),
            Resolution::Missing { .. } => "missing".to_owned(),
            Resolution::Unknown { why, .. } => why.to_string(),
        };
        let texts = all.map(|reference| {
            let name = reference.want.name.value().map_or("?", |name| name.as_str());
            let optional = if reference.optional { " (optional)" } else { "" };
            let key = reference.key.as_ref().map(|key| format!(", key {}", end(key))).unwrap_or_default();
            format!("{} {name}{optional}: {}{key}", reference.kind, end(&reference.resolution))
        });
        texts.collect::<Vec<_>>().join("; ")
    }
}

/// Whether a rule is about a kind of reference.
fn judges(rule: &str, kind: ReferenceKind) -> bool {
    use ReferenceKind as Kind;
    match rule {
        "missing-secret" | "missing-config-map" | "missing-key" => {
            matches!(kind, Kind::SecretEnv | Kind::SecretEnvFrom | Kind::ConfigMapEnv | Kind::ConfigMapEnvFrom)
        }
        "missing-service-account" => kind == Kind::ServiceAccount,
        "missing-backend" => kind == Kind::IngressBackend,
        "missing-class" => kind == Kind::PriorityClass,
        "missing-scale-target" => kind == Kind::ScaleTarget,
        "missing-service" => kind == Kind::GoverningService,
        "unmatched-selector" => matches!(kind, Kind::PolicySelector | Kind::PolicyPeer | Kind::MonitorSelector),
        "unselected-service" => kind == Kind::ServiceSelector,
        _ => false,
    }
}

/// The specification of an object's pods.
fn pod(object: &Object) -> Option<&Value> {
    object.value.at(pod_template(&object.group, &object.kind)?)?.get("spec")
}

fn containers(pod: &Value) -> impl Iterator<Item = &Value> {
    ["initContainers", "containers"].into_iter().filter_map(|list| pod.get(list)).flat_map(Value::items)
}

fn replicas(object: &Object) -> Option<i64> {
    object.value.at(&["spec", "replicas"]).and_then(Value::as_int)
}

/// Whether an autoscaler of the repository names it.
fn is_scaled(case: &Case<'_>, object: &Object) -> bool {
    let target = (Some(object.kind.as_str()), object.name.value().map(|name| name.as_str()));
    case.own.all().iter().any(|scaler| {
        let text = |key: &str| scaler.value.str_at(&["spec", "scaleTargetRef", key]);
        (text("kind"), text("name")) == target
    })
}

/// Whether the API server refuses it: pods without containers, containers without an image,
/// workloads of `apps` without a selector or a version. Such a document is a patch of another one.
fn is_refused(object: &Object) -> bool {
    if pod_template(&object.group, &object.kind).is_none() {
        // `apiVersion: apps` is none.
        return object.group.is_empty() && pod_template("apps", &object.kind).is_some();
    }
    let Some(pod) = pod(object) else { return true };
    let has_containers = pod.get("containers").is_some_and(|list| !list.items().is_empty());
    let has_selector = object.group != "apps" || object.value.at(&["spec", "selector"]).is_some();
    !has_containers || !has_selector || containers(pod).any(|container| container.get("image").is_none())
}

/// Whether its pods end by themselves.
fn ends(object: &Object) -> bool {
    let restart = |pod: &Value| pod.str_at(&["restartPolicy"]).is_some_and(|policy| policy != "Always");
    match object.kind.as_str() {
        "Job" | "CronJob" => true,
        "Pod" => pod(object).is_some_and(restart),
        _ => false,
    }
}

/// Whether the scheduler is told to spread the pods.
fn is_spread(pod: &Value) -> bool {
    let has = |path: &[&str]| pod.at(path).is_some_and(|list| !list.items().is_empty());
    has(&["topologySpreadConstraints"])
        || has(&["affinity", "podAntiAffinity", "preferredDuringSchedulingIgnoredDuringExecution"])
        || has(&["affinity", "podAntiAffinity", "requiredDuringSchedulingIgnoredDuringExecution"])
}

/// Whether no container has two probes that are the same in all that they say.
fn probes_differ(pod: &Value) -> bool {
    containers(pod).all(|container| {
        let probes = (container.get("readinessProbe"), container.get("livenessProbe"));
        !matches!(probes, (Some(readiness), Some(liveness)) if readiness.data == liveness.data)
    })
}

/// Whether nothing in a ConfigMap looks like a password, a token or a key behind a name that says so:
/// what stands there is a flag, a path, an address, a reference, a sentence.
fn has_no_secret(case: &Case<'_>) -> bool {
    let says = |name: &str| {
        let name = name.to_ascii_lowercase();
        let is_about = ["name", "file", "path", "url", "id"].iter().any(|word| name.trim_end().ends_with(word));
        !is_about && ["pass", "secret", "token", "key", "credential"].iter().any(|word| name.contains(word))
    };
    let is_secret = |value: &str| {
        let value = value.trim().trim_matches(['"', '\'', ',', ';']);
        let has = |test: fn(&char) -> bool| value.chars().any(|character| test(&character));
        value.len() >= 8
            && !value.contains([' ', '/', '$', '{', '(', '<', '.', ':'])
            && has(char::is_ascii_digit)
            && has(char::is_ascii_alphabetic)
    };
    case.all(|object, _| {
        object.value.get("data").into_iter().flat_map(Value::entries).all(|entry| {
            let text = entry.value.as_str().unwrap_or_default();
            let whole = says(&entry.key) && is_secret(text);
            let in_lines = text.lines().filter_map(|line| line.split_once([':', '=']));
            !whole && !in_lines.into_iter().any(|(name, value)| says(name) && is_secret(value))
        })
    })
}

/// The roles of the repository that a binding may mean.
fn roles<'a>(case: &Case<'a>) -> Vec<&'a Object> {
    let bindings = case.own.at(case.place);
    let names: Vec<_> = bindings
        .iter()
        .map(|(binding, _)| (binding.value.str_at(&["roleRef", "kind"]), binding.value.str_at(&["roleRef", "name"])))
        .collect();
    let is_it =
        |object: &&Object| names.contains(&(Some(object.kind.as_str()), object.name.value().map(|name| name.as_str())));
    case.own.all().iter().filter(is_it).collect()
}

/// Whether kate reports the role that a binding grants.
fn role_is_reported(case: &Case<'_>) -> bool {
    roles(case).iter().any(|role| {
        let place = case.own.place(role);
        case.rules.iter().any(|rule| case.own.found.get(*rule).is_some_and(|places| places.contains(&place)))
    })
}

/// Whether nothing that the role allows is of the group that Secrets and pods are of.
fn role_is_of_another_group(case: &Case<'_>) -> bool {
    let named: &[&str] = if case.rules.iter().any(|rule| rule.contains("secret")) { &["secrets"] } else { &["pods"] };
    let texts = |rule: &Value, key: &str| -> Vec<String> {
        rule.get(key)
            .map(Value::items)
            .unwrap_or_default()
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect()
    };
    let touches = |rule: &Value| {
        let groups = texts(rule, "apiGroups");
        groups.iter().any(|group| group.is_empty() || group == "*")
            && texts(rule, "resources").iter().any(|resource| resource == "*" || named.contains(&resource.as_str()))
    };
    let roles = roles(case);
    let rules = |role: &&Object| role.value.get("rules").map(Value::items).unwrap_or_default().to_vec();
    !roles.is_empty() && !roles.iter().flat_map(rules).any(|rule| touches(&rule))
}

/// Whether the pods that a NetworkPolicy lets in or out by a selector alone are all pods.
fn peers_are_all(case: &Case<'_>) -> bool {
    let rules = |policy: &Value, list: &str, peers: &str| -> Vec<Value> {
        let rules = policy.at(&["spec", list]).map(Value::items).unwrap_or_default();
        rules.iter().filter_map(|rule| rule.get(peers)).flat_map(Value::items).cloned().collect()
    };
    case.all(|policy, _| {
        let peers = [rules(&policy.value, "ingress", "from"), rules(&policy.value, "egress", "to")].concat();
        let peers = peers.iter().filter(|peer| peer.get("namespaceSelector").is_none());
        let selectors: Vec<&Value> = peers.filter_map(|peer| peer.get("podSelector")).collect();
        !selectors.is_empty() && selectors.iter().all(|selector| selector.entries().next().is_none())
    })
}

/// Whether the backends of an Ingress are names of actions, which the controller of AWS reads from
/// annotations.
fn is_annotated(case: &Case<'_>) -> bool {
    case.all(|ingress, _| {
        let rules = ingress.value.at(&["spec", "rules"]).map(Value::items).unwrap_or_default();
        let paths = rules.iter().filter_map(|rule| rule.at(&["http", "paths"])).flat_map(Value::items);
        let mut ports = paths.map(|path| path.str_at(&["backend", "service", "port", "name"])).peekable();
        ports.peek().is_some() && ports.all(|port| port == Some("use-annotation"))
    })
}

/// Whether the Service that governs a StatefulSet is there and has an address.
fn is_not_headless(case: &Case<'_>) -> bool {
    case.all(|object, _| {
        let wanted = object.value.str_at(&["spec", "serviceName"]);
        let directory = manifests::directory(&case.place.0);
        let is_it = |service: &&Object| {
            service.is("", "Service")
                && service.name.value().map(|name| name.as_str()) == wanted
                && manifests::directory(&case.own.place(service).0) == directory
        };
        case.own
            .all()
            .iter()
            .find(is_it)
            .is_some_and(|service| service.value.str_at(&["spec", "clusterIP"]) != Some("None"))
    })
}

/// Whether a test tool puts its values for labels of this name: `($name)` in Chainsaw. kube-score
/// takes objects of one kind and name for one, whichever file of the directory they are in.
fn is_placeholder(case: &Case<'_>) -> bool {
    let (file, kind, name) = case.place;
    let is_it = |object: &&Object| {
        let (other, ..) = &case.own.place(object);
        let is_beside = manifests::directory(other) == manifests::directory(file);
        is_beside && object.kind == kind.as_str() && object.name.value().is_some_and(|other| other == name.as_str())
    };
    let mut labels = case.own.all().iter().filter(is_it).filter_map(|object| object.value.at(&["metadata", "labels"]));
    labels.any(|labels| labels.entries().any(|entry| entry.value.as_str().is_some_and(|text| text.starts_with("($"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_documented() {
        let text = include_str!("../../../docs/linters.md");
        for reason in REASONS {
            assert!(
                text.contains(&format!("| `{}` |", reason.name)),
                "docs/linters.md does not say what `{}` is",
                reason.name
            );
        }
    }
}
