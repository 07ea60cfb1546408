//! Who names what: every place of `tests/data/references.tsv` is read, and its rule speaks; everything of
//! `tests/data/producers.tsv` and `tests/data/builtins.tsv` is there. What is named otherwise than by the name of an
//! object is in `tests/data/reference-cases.tsv`, which `rules.rs` reads.
//!
//! Each place is tried in four worlds, the places of a section at once, each in a namespace of its own.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use kate::diagnostic::Severity;
use kate::graph::{ReferenceKind, Resolution};
use kate::pipeline::{Outcome, Request, check};
use kate::text::RepoPath;
use kate::vfs::MemoryVfs;
use rayon::prelude::*;
use serde_json::{Map, Value, json};

/// Where the pods of a workload stand.
const WORKLOADS: &[(&str, &str)] = &[
    ("v1/Pod", "spec"),
    ("v1/ReplicationController", "spec.template.spec"),
    ("v1/PodTemplate", "template.spec"),
    ("apps/v1/Deployment", "spec.template.spec"),
    ("apps/v1/StatefulSet", "spec.template.spec"),
    ("apps/v1/DaemonSet", "spec.template.spec"),
    ("apps/v1/ReplicaSet", "spec.template.spec"),
    ("batch/v1/Job", "spec.template.spec"),
    ("batch/v1/CronJob", "spec.jobTemplate.spec.template.spec"),
    ("argoproj.io/v1alpha1/Rollout", "spec.template.spec"),
    ("serving.knative.dev/v1/Service", "spec.template.spec"),
    ("keda.sh/v1alpha1/ScaledJob", "spec.jobTargetRef.template.spec"),
];

/// What there is of the name that is wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum World {
    /// Only something else of the kind.
    Missing,
    /// The name itself.
    Held,
    /// Only what has nearly that name.
    Near,
    /// The same beside something that may make anything.
    NearAndOpen,
}

/// A place that names something.
#[derive(Clone)]
struct Place {
    /// The number of its section.
    section: usize,
    /// The line of the table.
    line: String,
    /// Group, version and kind of who names it.
    holder: String,
    path: String,
    target: String,
    /// Where it is: `same` namespace, `other`, or `cluster`.
    place: String,
    beside: Vec<(String, String)>,
    /// Whether it is a part of the target that is wanted in each world, not the target itself.
    of_key: bool,
    rule: String,
    /// Whether only a near name says something.
    near_only: bool,
    /// What is wanted, like nothing else.
    word: String,
}

#[test]
fn every_place_of_the_table_is_read() {
    let places = places(include_str!("data/references.tsv"));
    let sections: Vec<&[Place]> = places.chunk_by(|one, other| one.section == other.section).collect();
    let found: Vec<_> = sections.into_par_iter().map(tried).collect();
    let failures: String = found.iter().map(|(faults, _)| faults.as_str()).collect();
    assert!(failures.is_empty(), "\n{failures}");
    let kinds: BTreeSet<ReferenceKind> = found.into_iter().flat_map(|(_, kinds)| kinds).collect();
    let unread = ReferenceKind::ALL.iter().filter(|kind| !kinds.contains(kind) && !is_tried_elsewhere(**kind));
    assert_eq!(unread.collect::<Vec<_>>(), Vec::<&ReferenceKind>::new(), "no row is of these kinds");
}

/// What is wrong with the places of a section, and the kinds of references that they are.
fn tried(section: &[Place]) -> (String, BTreeSet<ReferenceKind>) {
    let mut failures = String::new();
    let mut kinds = BTreeSet::new();
    for world in [World::Missing, World::Held, World::Near, World::NearAndOpen] {
        let outcome = checked(section, world);
        for place in section {
            let about = outcome
                .diagnostics
                .iter()
                .filter(|finding| finding.rule.as_str() == place.rule && finding.message.contains(&place.wanted()));
            let loudest = about.map(|finding| finding.severity).max();
            let fault = match world {
                World::Missing if loudest.is_none() != place.near_only => "wrong where it is missing",
                World::Held if loudest.is_some() => "something is said where it is there",
                World::Near if loudest < Some(Severity::Warning) && place.may_be_near() => {
                    "no warning beside a near name"
                }
                World::NearAndOpen if loudest < Some(Severity::Warning) && place.may_be_near() => {
                    "no warning beside a near name and what may make anything"
                }
                _ => continue,
            };
            writeln!(
                failures,
                "{} {}: {fault}",
                place.holder,
                place.line.split_whitespace().collect::<Vec<_>>().join(" ")
            )
            .expect("writing to a string");
        }
        let head = outcome.head.expect("it is linked");
        kinds.extend(head.references.iter().map(|reference| reference.kind));
    }
    (failures, kinds)
}

/// Selectors, what is in other languages, and what is named by more than a name: the pages of their rules
/// have the cases.
fn is_tried_elsewhere(kind: ReferenceKind) -> bool {
    let name = kind.as_str();
    kind.is_selector()
        || ["application-", "kustomization-", "terraform-", "remote-", "flux-"]
            .iter()
            .any(|start| name.starts_with(start))
        || matches!(kind, ReferenceKind::ReferenceGrant | ReferenceKind::MeshSubset)
        || matches!(kind, ReferenceKind::AdmissionParameter | ReferenceKind::ConstraintTemplate)
}

/// All places of the table: a line for each alternative, and for the keys that it wants.
fn places(text: &str) -> Vec<Place> {
    let mut places = Vec::new();
    let (mut section, mut holders): (usize, Vec<(String, String)>) = (0, Vec::new());
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(kinds) = line.strip_prefix("= ") {
            section += 1;
            holders = match kinds {
                "pods" => WORKLOADS.iter().map(|(kind, path)| ((*kind).to_owned(), format!("{path}."))).collect(),
                kinds => kinds.split_whitespace().map(|kind| (kind.to_owned(), String::new())).collect(),
            };
            continue;
        }
        let columns: Vec<&str> = line.split_whitespace().collect();
        let [path, target, place, beside, rules] = columns[..] else { panic!("five columns: {line}") };
        let (rule, of_key) = rules.split_once('+').map_or((rules, None), |(rule, key)| (rule, Some(key)));
        let beside = beside.split(',').filter_map(|pair| pair.split_once('='));
        let beside: Vec<_> = beside.map(|(field, value)| (field.to_owned(), value.to_owned())).collect();
        for (holder, start) in &holders {
            for path in alternatives(path) {
                for (rule, of_key) in [(Some(rule), false), (of_key, true)] {
                    let Some(rule) = rule else { continue };
                    places.push(Place {
                        section,
                        line: line.to_owned(),
                        holder: holder.clone(),
                        path: format!("{start}{path}"),
                        target: target.to_owned(),
                        place: place.to_owned(),
                        beside: beside.clone(),
                        of_key,
                        rule: rule.trim_start_matches('~').to_owned(),
                        near_only: rule.starts_with('~'),
                        word: word(places.len()),
                    });
                }
            }
        }
    }
    places
}

/// All paths that a path with `a|b` in its segments stands for.
fn alternatives(path: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    for segment in segments(path) {
        let choices: Vec<&str> = segment.split('|').collect();
        let items = if choices.len() > 1 && segment.ends_with("[]") { "[]" } else { "" };
        let choice =
            |choice: &&str| if choice.ends_with("[]") { (*choice).to_owned() } else { format!("{choice}{items}") };
        all = all
            .iter()
            .flat_map(|before| choices.iter().map(choice).map(move |choice| format!("{before}.{choice}")))
            .collect();
    }
    all.into_iter().map(|path| path[1..].to_owned()).collect()
}

/// The parts of a path between dots that are not quoted.
fn segments(path: &str) -> Vec<&str> {
    let mut quoted = false;
    path.split(|c| {
        quoted ^= c == '"';
        c == '.' && !quoted
    })
    .collect()
}

/// A word that no other is near to.
fn word(seed: usize) -> String {
    let mut state = (seed as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x1234_5678_9abc_def1);
    let mut next = |from: &[u8]| {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        char::from(from[(state >> 33) as usize % from.len()])
    };
    (0..6).flat_map(|_| [next(b"bcdfghklmnprstvwz"), next(b"aeiou")]).collect()
}

impl Place {
    /// Whether a near name can be meant: not that of a number.
    fn may_be_near(&self) -> bool {
        !self.of_key || !self.beside.iter().any(|(_, value)| value == "%port")
    }

    fn port(&self) -> u64 {
        self.word.bytes().fold(0, |sum, byte| (sum * 31 + u64::from(byte)) % 20_000) + 10_000
    }

    /// What a finding is about.
    fn wanted(&self) -> String {
        match self.of_key && !self.may_be_near() {
            true => format!("`{}`", self.port()),
            false => format!("`{}`", self.word),
        }
    }

    /// The name of the target, and its part, as they are wanted.
    fn named(&self) -> (String, String) {
        match self.of_key {
            true => (format!("{}-whole", &self.word[..6]), self.word.clone()),
            false => (self.word.clone(), "part".to_owned()),
        }
    }

    fn namespace(&self) -> String {
        format!("ns-{}", self.word)
    }

    fn holder(&self) -> Value {
        let (name, key) = self.named();
        let mut holder = object(&self.holder, "holder", Some(&self.namespace()));
        let (path, form) = self.path.split_once('=').unwrap_or((&self.path, "%"));
        let fill = |text: &str| {
            let other = format!("{}-other", self.namespace());
            match text {
                "true" => json!(true),
                "%port" => json!(self.port()),
                text => json!(
                    text.replace("%same", &self.namespace())
                        .replace("%other", &other)
                        .replace("%key", &key)
                        .replace('%', &name)
                ),
            }
        };
        let whole = segments(path);
        set(&mut holder, &whole, fill(form));
        for (field, value) in &self.beside {
            let beside = match field.strip_prefix('/') {
                Some(field) => segments(field),
                None => [&whole[..whole.len() - 1], &segments(field)].concat(),
            };
            set(&mut holder, &beside, fill(value));
        }
        holder
    }

    /// What is there in a world.
    fn targets(&self, world: World) -> Vec<Value> {
        let (name, part) = self.named();
        let near = |text: &str| format!("{}{}{}", &text[..4], &text[5..6], &text[4..5]) + &text[6..];
        let (name, part, port) = match (world, self.of_key) {
            (World::Held, _) => (name, part, self.port()),
            (World::Missing, false) => ("unlike".to_owned(), part, self.port()),
            (World::Missing, true) => (name, "unlike".to_owned(), 9),
            (_, false) => (near(&name), part, self.port()),
            (_, true) => (name, near(&part), 9),
        };
        let other = format!("{}-other", self.namespace());
        let namespace = match self.place.as_str() {
            "cluster" => None,
            "other" => Some(other),
            _ => Some(self.namespace()),
        };
        let mut target = object(&self.target, &name, namespace.as_deref());
        let kind = self.target.rsplit('/').next().unwrap_or_default();
        let content = match kind {
            "Secret" => ("stringData", json!({ part: "x" })),
            "ConfigMap" => ("data", json!({ part: "x" })),
            "Service" => ("spec", json!({"ports": [{"name": part, "port": port}]})),
            "Gateway" => ("spec", json!({"listeners": [{"name": part, "port": 80, "protocol": "HTTP"}]})),
            "WorkflowTemplate" | "ClusterWorkflowTemplate" => ("spec", json!({"templates": [{"name": part}]})),
            _ => ("spec", json!({})),
        };
        target[content.0] = content.1;
        let mut targets = vec![target];
        if world == World::NearAndOpen {
            let at = namespace.unwrap_or_else(|| "kube-system".to_owned());
            targets.push(object("helm.cattle.io/v1/HelmChart", "anything", Some(&at)));
        }
        targets
    }
}

/// An object of a group, version and kind.
fn object(kind: &str, name: &str, namespace: Option<&str>) -> Value {
    let (version, kind) = kind.rsplit_once('/').expect("a version and a kind");
    let mut metadata = json!({ "name": name });
    if let Some(namespace) = namespace {
        metadata["namespace"] = json!(namespace);
    }
    json!({"apiVersion": version, "kind": kind, "metadata": metadata})
}

/// Set what is at a path; `[]` is the only item of a list.
fn set(value: &mut Value, path: &[&str], leaf: Value) {
    let Some((first, rest)) = path.split_first() else {
        *value = leaf;
        return;
    };
    let bare = first.trim_end_matches("[]");
    if value.is_null() {
        *value = Value::Object(Map::new());
    }
    let mut inner = &mut value[bare.trim_matches('"')];
    for _ in 0..(first.len() - bare.len()) / 2 {
        if inner.is_null() {
            *inner = json!([null]);
        }
        inner = &mut inner[0];
    }
    set(inner, rest, leaf);
}

#[test]
fn every_product_of_the_table_is_found() {
    let text = include_str!("data/producers.tsv");
    let rows: Vec<&str> = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let failures: Vec<String> = rows.into_par_iter().flat_map_iter(unfound_products).collect();
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

/// What of a row is not found, or found under another name, too.
fn unfound_products(row: &str) -> Vec<String> {
    let (maker, products) = row.split_once('\t').expect("a maker, a tabulator and products");
    let place = if maker.contains("namespace: elsewhere") { "name: db" } else { "name: db, namespace: shop" };
    let mut texts = vec![match maker.split_once("metadata: {") {
        Some((before, after)) => format!("{before}metadata: {{{place}, {after}"),
        None => format!("{{metadata: {{{place}}}, {}", &maker[1..]),
    }];
    let mut wanted = Vec::new();
    for product in products.split(' ').chain(["Secret/unmade", "ConfigMap/unmade", "Service/unmade"]) {
        let (kind, rest) = product.split_once('/').expect("a kind and a name");
        let (name, keys) = rest.split_once(':').unwrap_or((rest, ""));
        for key in keys.split(',') {
            texts.push(reader(kind, name, key, &format!("reader-{}", texts.len())).to_string());
            wanted.push((kind, name, key));
        }
    }
    let mut vfs = MemoryVfs::default();
    vfs.insert(RepoPath::new("objects.yaml").expect("a path"), texts.join("\n---\n").into_bytes());
    let head = check(&Request::new(&vfs)).expect("files in memory can be listed").head.expect("it is linked");
    let is_found = |resolution: &Resolution| matches!(resolution, Resolution::Found(found) if !found.is_empty());
    let mut failures = Vec::new();
    for (kind, name, key) in wanted {
        let mut readers = head.references.iter().filter(|reference| {
            reference.want.kind == kind
                && reference.want.name.value().is_some_and(|wanted| wanted == name)
                && reference.want.key.as_deref().unwrap_or_default() == key
        });
        let found = readers.all(|one| is_found(&one.resolution) && one.key.as_ref().is_none_or(is_found));
        if found == (name == "unmade") {
            failures.push(format!("{kind} `{name}` {key} of {maker}: found is {found}"));
        }
    }
    failures
}

/// An object that needs a product.
fn reader(kind: &str, name: &str, key: &str, own: &str) -> Value {
    let (holder, path, leaf) = match (kind, key) {
        ("Secret", "") => ("v1/Pod", "spec.containers[].envFrom[].secretRef.name", json!(name)),
        ("ConfigMap", "") => ("v1/Pod", "spec.containers[].envFrom[].configMapRef.name", json!(name)),
        ("Secret", key) => {
            ("v1/Pod", "spec.containers[].env[].valueFrom.secretKeyRef", json!({"name": name, "key": key}))
        }
        ("ConfigMap", key) => {
            ("v1/Pod", "spec.containers[].env[].valueFrom.configMapKeyRef", json!({"name": name, "key": key}))
        }
        ("Service", _) => ("networking.k8s.io/v1/Ingress", "spec.defaultBackend.service.name", json!(name)),
        ("PersistentVolumeClaim", _) => ("v1/Pod", "spec.volumes[].persistentVolumeClaim.claimName", json!(name)),
        ("ServiceAccount", _) => ("v1/Pod", "spec.serviceAccountName", json!(name)),
        _ => panic!("nothing reads a {kind}"),
    };
    let mut reader = object(holder, own, Some("shop"));
    set(&mut reader, &segments(path), leaf);
    reader
}

#[test]
fn every_builtin_of_the_table_is_there() {
    let mut failures = String::new();
    for line in include_str!("data/builtins.tsv").lines().filter(|line| !line.starts_with('#')) {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let [holder, namespace, path, target, name] = columns[..] else { panic!("five columns: {line}") };
        for (wanted, is_there) in [(name, true), ("unmade", false)] {
            let mut object_of = object(holder, "holder", Some(namespace).filter(|namespace| *namespace != "-"));
            let (path, beside) = path.split_once('=').unwrap_or((path, ""));
            let leaf = match (path, beside) {
                (_, "") => json!(wanted),
                ("roleRef", kind) => json!({"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": wanted}),
                (_, namespace) => json!({"name": wanted, "namespace": namespace}),
            };
            set(&mut object_of, &segments(path), leaf);
            let place = if beside == "default" { "default" } else { namespace };
            let unlike = object(target, "unlike", Some(place).filter(|place| *place != "-"));
            let mut vfs = MemoryVfs::default();
            let text = format!("{object_of}\n---\n{unlike}");
            vfs.insert(RepoPath::new("objects.yaml").expect("a path"), text.into_bytes());
            let outcome = check(&Request::new(&vfs)).expect("files in memory can be listed");
            let is_about = |message: &str| message.contains(&format!("`{wanted}`"));
            let said = outcome
                .diagnostics
                .iter()
                .any(|one| one.rule.as_str().starts_with("missing-") && is_about(&one.message));
            // Where the cluster keeps objects of its own, others may be there as well.
            if said == is_there && (is_there || !place.starts_with("kube-")) {
                writeln!(failures, "{line}: `{wanted}` is missed: {said}").expect("writing to a string");
            }
        }
    }
    assert!(failures.is_empty(), "\n{failures}");
}

fn checked(places: &[Place], world: World) -> Outcome {
    let mut vfs = MemoryVfs::default();
    for place in places {
        let objects = [vec![place.holder()], place.targets(world)].concat();
        let texts: Vec<String> = objects.iter().map(Value::to_string).collect();
        let path = RepoPath::new(&format!("{}/objects.yaml", place.word)).expect("a path");
        vfs.insert(path, texts.join("\n---\n").into_bytes());
    }
    check(&Request::new(&vfs)).expect("files in memory can be listed")
}
