//! kate's side: its findings with every rule that stands for a check, and the objects themselves.
//!
//! Other tools take a directory for the whole world. So each directory is declared to be a cluster
//! of its own: then nothing outside it can hold a reference of it, and kate has to find what they
//! find.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use kate::diagnostic::peer_checks;
use kate::graph::{Node, Object, Reference, Snapshot};
use kate::model::kubernetes::pod_template;
use kate::pipeline::{Request, check};
use kate::vfs::DiskVfs;

use super::{Found, Place, manifests};

/// What kate says of one repository.
pub(super) struct Own {
    /// Its name.
    name: String,
    /// Its findings.
    pub(super) found: Found,
    head: Snapshot,
    objects: BTreeMap<Place, Vec<usize>>,
    references: BTreeMap<usize, Vec<usize>>,
}

impl Own {
    /// Check the copied manifests of one repository.
    pub(super) fn check(work: &Path, name: &str, files: &[String]) -> Result<Self, String> {
        let directory = work.join(name);
        let prefix = format!("{name}/");
        let inside = files.iter().filter_map(|file| file.strip_prefix(&prefix));
        let settings = settings(&manifests::directories(inside));
        std::fs::write(directory.join("kate.yaml"), settings).map_err(|error| error.to_string())?;
        let vfs = DiskVfs::new(&directory).map_err(|error| error.to_string())?;
        let mut request = Request::new(&vfs);
        request.ignores = false;
        let outcome = check(&request).map_err(|error| error.to_string())?;
        std::fs::remove_file(directory.join("kate.yaml")).map_err(|error| error.to_string())?;
        if outcome.misconfigured {
            let said: Vec<&str> = outcome.diagnostics.iter().map(|finding| finding.message.as_str()).collect();
            return Err(format!("kate.yaml: {said:?}"));
        }
        let mut found = Found::new();
        for finding in &outcome.diagnostics {
            let file = &outcome.sources.get(finding.primary_span().file).path;
            let Some((kind, object)) = object_of(&finding.subject) else { continue };
            found.entry(finding.rule.to_string()).or_default().insert((format!("{name}/{file}"), kind, object));
        }
        let head = outcome.head.ok_or_else(|| format!("{name}: nothing was read"))?;
        let mut own =
            Self { name: name.to_owned(), found, objects: BTreeMap::new(), references: BTreeMap::new(), head };
        for (index, object) in own.head.objects.iter().enumerate() {
            own.objects.entry(own.place(object)).or_default().push(index);
        }
        for (index, reference) in own.head.references.iter().enumerate() {
            if let Node::Object(id) = &reference.from {
                own.references.entry(id.index()).or_default().push(index);
            }
        }
        Ok(own)
    }

    /// Where an object is written.
    pub(super) fn place(&self, object: &Object) -> Place {
        let file = self.head.repository.path_of(object.value.span().file);
        let name = object.name.value().map_or("", |name| name.as_str());
        (format!("{}/{file}", self.name), object.kind.to_string(), name.to_owned())
    }

    /// The workload whose pods a place means: checkov writes `Pod.prod.web.app-web` for the pods of
    /// the template of `web`, with their labels.
    pub(super) fn workload(&self, place: &Place) -> Option<Place> {
        let (file, kind, name) = place;
        if kind != "Pod" || self.objects.contains_key(place) {
            return None;
        }
        let range = (file.clone(), String::new(), String::new())..;
        let here = self.objects.range(range).take_while(|((other, ..), _)| other == file).map(|(place, _)| place);
        let has_pods = |place: &&Place| {
            let objects = self.objects[*place].iter().map(|index| &self.head.objects[*index]);
            objects.into_iter().any(|object| pod_template(&object.group, &object.kind).is_some())
        };
        let named = here.filter(|(.., other)| {
            name.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        });
        named.filter(has_pods).max_by_key(|(.., other)| other.len()).cloned()
    }

    /// All objects of the repository.
    pub(super) fn all(&self) -> &[Object] {
        &self.head.objects
    }

    /// The objects that are written at a place, with their references.
    pub(super) fn at(&self, place: &Place) -> Vec<(&Object, Vec<&Reference>)> {
        let references = |index: &usize| self.references.get(index).into_iter().flatten();
        let with = |index: &usize| {
            let references = references(index).map(|reference| &self.head.references[*reference]).collect();
            (&self.head.objects[*index], references)
        };
        self.objects.get(place).into_iter().flatten().map(with).collect()
    }
}

/// Parameters that let policies speak where they are silent by default, and as much as others do.
const PARAMETERS: &str = "\
closed: [{ kind: Secret }]
policies:
  parameters:
    added-capability: { allowed: [] }
    anonymous-binding:
      subjects: [system:anonymous, system:unauthenticated, system:masters, system:authenticated]
    blocking-disruption-budget: { everywhere: true }
    cluster-admin-binding: { roles: [cluster-admin, admin, edit] }
    container-runtime-socket: { everywhere: true }
    dangerous-capability: { everywhere: true }
    host-ipc: { everywhere: true }
    host-network: { node_agents: true }
    host-pid: { everywhere: true }
    low-autoscaler-minimum: { minimum: 3 }
    missing-required-metadata: { labels: { owner: .+ }, annotations: { email: .+ } }
    privileged-container: { everywhere: true }
    single-replica: { minimum: 3 }
    unspread-replicas: { constraints: false }
    untrusted-registry:
      allowed: [acme.azurecr.io/, gcr.io/acme/, 1.dkr.ecr.eu-west-1.amazonaws.com/, registry.acme.example/]
";

/// A `kate.yaml` with every rule that stands for a check, in which each directory is a cluster.
fn settings(directories: &[&str]) -> String {
    let rules: BTreeSet<&str> = peer_checks().iter().flat_map(|check| check.rules.iter().copied()).collect();
    let existing = kate::pipeline::all_rules();
    let mut text = String::from("rules:\n");
    for rule in rules.iter().filter(|rule| existing.iter().any(|known| known.id.as_str() == **rule)) {
        let _ = writeln!(text, "  {rule}: warning");
    }
    text.push_str(PARAMETERS);
    text.push_str("clusters:\n");
    for (index, directory) in directories.iter().enumerate() {
        let paths = serde_json::Value::from(globset_literal(directory));
        let _ = writeln!(text, "  - {{ name: c{index}, server: 'https://c{index}.example', paths: [{paths}] }}");
    }
    text
}

/// A glob that means one path.
fn globset_literal(path: &str) -> String {
    path.chars().fold(String::new(), |mut glob, character| {
        if "*?[]{}\\!".contains(character) {
            glob.push('\\');
        }
        glob.push(character);
        glob
    })
}

/// `apps/Deployment prod/web/spec/…`, or with what it refers to behind a space, as kind and name.
fn object_of(subject: &str) -> Option<(String, String)> {
    let (group_kind, rest) = subject.split_once(' ')?;
    let (_, kind) = group_kind.rsplit_once('/')?;
    let name = rest.split('/').nth(1)?.split(' ').next()?;
    Some((kind.to_owned(), name.to_owned()))
}
