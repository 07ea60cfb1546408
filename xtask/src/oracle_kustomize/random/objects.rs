//! Objects of random overlay trees: few names and many references, so that fields meet something.

use serde_json::{Value, json};

use super::spell::RAW;
use crate::random::Random;

/// Kinds of objects, with how many of ten they are.
const KINDS: [&str; 14] = [
    "Deployment",
    "Deployment",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "Service",
    "Service",
    "ConfigMap",
    "ConfigMap",
    "Secret",
    "Ingress",
    "RoleBinding",
    "ServiceAccount",
    "Thing",
];

/// Scalars that readers of YAML see differently.
const ODD: [&str; 28] = [
    "yes",
    "on",
    "~",
    "0x1F",
    "0o17",
    "017",
    "1_000",
    "1e3",
    ".5",
    "+1",
    "2001-01-01",
    "Null",
    "True",
    "1.0",
    "1.50",
    "-0",
    "!!str 5",
    "\"a\\tb\"",
    "1e400",
    "0.1e1",
    "=",
    "<<",
    "1:30",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "-9223372036854775809",
    "0xFFFFFFFFFFFFFFFF",
];

/// An object that is there.
#[derive(Clone, Debug)]
pub(super) struct Object {
    pub(super) kind: String,
    /// Its names and namespaces, the first as written, the last as they are now.
    ids: Vec<(String, Option<String>)>,
    /// Whether a generator made it.
    pub(super) generated: bool,
}

impl Object {
    pub(super) fn new(kind: &str, name: &str, namespace: Option<String>, generated: bool) -> Self {
        Self { kind: kind.to_owned(), ids: vec![(name.to_owned(), namespace)], generated }
    }

    /// Its name as written.
    pub(super) fn name(&self) -> &str {
        &self.ids[0].0
    }

    /// Its name and namespace as a later kustomization may write them: those of one time.
    pub(super) fn called(&self, random: &mut Random) -> (String, Option<String>) {
        let at = if random.below(3) == 0 { random.below(self.ids.len()) } else { self.ids.len() - 1 };
        self.ids[at].clone()
    }

    /// Its name now.
    pub(super) fn current(&self) -> &(String, Option<String>) {
        self.ids.last().unwrap_or(&self.ids[0])
    }

    /// Change its name or namespace.
    pub(super) fn rename(&mut self, name: String, namespace: Option<String>) {
        if (&name, &namespace) != (&self.current().0, &self.current().1) {
            self.ids.push((name, namespace));
        }
    }

    /// The version of its kind.
    pub(super) fn api_version(&self) -> &'static str {
        api_version(&self.kind)
    }
}

/// The version of a kind.
pub(super) fn api_version(kind: &str) -> &'static str {
    match kind {
        "Deployment" | "StatefulSet" => "apps/v1",
        "CronJob" => "batch/v1",
        "Ingress" => "networking.k8s.io/v1",
        "RoleBinding" => "rbac.authorization.k8s.io/v1",
        "Thing" => "example.com/v1",
        _ => "v1",
    }
}

/// A scalar that may be read as something else than it looks.
pub(super) fn odd(random: &mut Random) -> Value {
    match random.below(5) {
        0 => json!(format!("{RAW}{}", random.pick(&ODD).copied().unwrap_or_default())),
        1 => json!(random.below(100)),
        2 => json!(random.pick(&["", " ", "a b", "a: b", "# no", "é", "a\nb\n", "a\n b\nc", "x\n\n", "- a", "%", "@"])),
        3 => json!(random.below(2) == 0),
        _ => json!("text"),
    }
}

/// An object with a name of its own, which may name others.
pub(super) fn object(random: &mut Random, number: usize, others: &[Object]) -> (Object, Value) {
    let kind = (*random.pick(&KINDS).unwrap_or(&"ConfigMap")).to_owned();
    let name = format!("{}{number}", random.pick(&["web", "db", "a", "job"]).copied().unwrap_or("a"));
    let mut metadata = json!({"name": name});
    let mut namespace = None;
    if random.below(6) == 0 {
        namespace = random.pick(&["here", "there", "default"]).map(|name| (*name).to_owned());
        metadata["namespace"] = json!(namespace);
    }
    if random.below(2) == 0 {
        metadata["labels"] = json!({"app": name, "tier": random.pick(&["back", "front"])});
    }
    if random.below(4) == 0 {
        metadata["annotations"] = json!({"note": odd(random), "example.com/by": "hand"});
    }
    let mut value = json!({"apiVersion": api_version(&kind), "kind": kind, "metadata": metadata});
    let named = |random: &mut Random, kind: &str| {
        let fitting: Vec<&Object> = others.iter().filter(|other| other.kind == kind).collect();
        random.pick(&fitting).map_or_else(|| "nobody".to_owned(), |other| other.called(random).0)
    };
    match kind.as_str() {
        "Deployment" | "StatefulSet" => {
            value["spec"] = json!({
                "replicas": random.below(5),
                "selector": {"matchLabels": {"app": name}},
                "template": {"metadata": {"labels": {"app": name}}, "spec": pod(random, &named)},
            });
            if random.below(3) == 0 {
                value["spec"]["template"]["metadata"]["annotations"] = json!({"note": odd(random)});
            }
            if kind == "StatefulSet" {
                value["spec"]["serviceName"] = json!(named(random, "Service"));
            }
        }
        "CronJob" => {
            value["spec"] = json!({
                "schedule": "0 * * * *",
                "jobTemplate": {"spec": {"template": {"spec": pod(random, &named)}}},
            });
        }
        "Service" => {
            value["spec"] = json!({"selector": {"app": name}, "ports": [{"name": "http", "port": 80}]});
        }
        "ConfigMap" => value["data"] = json!({"x": "1", "text": odd(random), "host": named(random, "Service")}),
        "Secret" => value["stringData"] = json!({"user": odd(random)}),
        "Ingress" => {
            let backend = json!({"service": {"name": named(random, "Service"), "port": {"number": 80}}});
            value["spec"] = json!({"rules": [{"host": "a.example.com", "http": {"paths": [{"backend": backend}]}}]});
        }
        "RoleBinding" => {
            value["roleRef"] = json!({"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "r"});
            value["subjects"] = json!([{"kind": "ServiceAccount", "name": named(random, "ServiceAccount")}]);
            if random.below(2) == 0 {
                value["subjects"][0]["namespace"] = json!("here");
            }
        }
        "Thing" => {
            value["spec"] = json!({
                "map": named(random, "ConfigMap"),
                "run": "nginx:1",
                "size": random.below(9),
                "list": [odd(random), odd(random), {"k": odd(random)}],
                "labels": {"app": name},
            });
        }
        _ => {}
    }
    (Object::new(&kind, &name, namespace, false), value)
}

fn pod(random: &mut Random, named: &impl Fn(&mut Random, &str) -> String) -> Value {
    let images = ["nginx:1", "redis", "reg.io:5000/app:2", "nginx@sha256:abc"];
    let mut container = json!({"name": "main", "image": random.pick(&images)});
    if random.below(2) == 0 {
        // Variables fail for items that are no texts.
        let first = if random.below(6) == 0 { odd(random) } else { json!("--from=$(HOST):$(V1)") };
        container["args"] = json!([first, "--to=$(HOST)"]);
    }
    if random.below(2) == 0 {
        let reference = json!({"configMapKeyRef": {"name": named(random, "ConfigMap"), "key": "x"}});
        container["env"] = json!([{"name": "A", "value": odd(random)}, {"name": "B", "valueFrom": reference}]);
    }
    if random.below(3) == 0 {
        container["envFrom"] = json!([{"configMapRef": {"name": named(random, "ConfigMap")}}]);
    }
    if random.below(3) == 0 {
        container["ports"] = json!([{"containerPort": 80}, {"containerPort": 53, "protocol": "UDP"}]);
    }
    let mut pod = json!({"containers": [container]});
    if random.below(4) == 0 {
        pod["containers"] = json!([pod["containers"][0], {"name": "side", "image": "redis"}]);
    }
    if random.below(4) == 0 {
        pod["serviceAccountName"] = json!(named(random, "ServiceAccount"));
    }
    if random.below(4) == 0 {
        pod["volumes"] = json!([{"name": "v", "secret": {"secretName": named(random, "Secret")}}]);
    }
    pod
}
