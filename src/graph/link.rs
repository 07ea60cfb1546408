//! The linker: from a parsed repository to a snapshot.

use std::collections::BTreeSet;
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::makes::Makes;
use super::permits::Permits;
use super::references::{self, PODS, unresolved};
use super::resolve::{self, Opaque, Resolver};
use super::scope::is_cluster_scoped;
use super::stores::{Remote, Stores};
use super::symbols;
use super::terraform::{products, references as terraform_references};
use super::types::{
    KeySet, Node, Object, ObjectId, Reference, Resolution, Strength, Symbol, SymbolId, Unit, UnitId, Universe, Want,
};
use super::units::{self, Hidden, PlannedUnit, Units, is_substituted, value_file_path};
use super::{Builds, ReferenceKind, Snapshot, Structure, flux, identity, structure, versions};
use crate::model::argocd::{self, Source};
use crate::model::kubernetes::{canonical_group, pod_template, scalar};
use crate::model::{Manifest, Repository};
use crate::render::kustomize::{EntryLookup, Kustomize};
use crate::render::manifests::Documents;
use crate::render::terraform;
use crate::text::RepoPath;
use crate::value::{Known, Origin, Reason, Str, Unknown, Value};
use crate::vfs::Lookup;

/// Pseudo group of files and directories.
pub const PATHS: &str = "kate.path";
/// Pseudo group of clusters.
pub const CLUSTERS: &str = "kate.cluster";

/// Link a repository.
#[must_use]
pub fn link(repository: Arc<Repository>) -> Snapshot {
    let documents = Documents::read(&repository);
    let kustomize = Kustomize::new(&repository, &documents);
    let (found, terraform) =
        rayon::join(|| units::find(&repository, &documents, &kustomize), || terraform::evaluate(&repository));

    let (units, objects) = objects(&found);
    let mut symbols: Vec<Symbol> = Vec::new();
    let stores = Stores::find(&units, &objects);
    let mut made_by_terraform = Vec::new();
    products(&repository, &terraform, &mut symbols, &mut made_by_terraform);
    let pushed_unseen = stores.pushed(&objects, &mut symbols);
    let made = {
        let mut remote = Remote::default();
        for symbol in &symbols {
            remote.entry((symbol.kind.as_str(), symbol.name.as_str())).or_default().push(symbol);
        }
        object_symbols(&units, &objects, &stores, &remote)
    };
    symbols.extend(made);
    pod_symbols(&units, &objects, &mut symbols);
    namespace_symbols(&found, &units, &mut symbols);
    cluster_symbols(&found, &mut symbols);
    symbols.extend(resolve::well_known());
    let mut opaque = opaque(&repository, &found, &units, &objects);
    opaque.extend(made_by_terraform.into_iter().chain(pushed_unseen));

    let parameters = references::Parameters::find(&objects);
    let mut references: Vec<Reference> = objects
        .par_iter()
        .enumerate()
        .flat_map_iter(|(index, object)| {
            let mut out = Vec::new();
            let universe = &units[object.unit.index()].universe;
            references::of_object(object_id(index), object, universe, &mut out);
            parameters.of_binding(object_id(index), object, universe, &mut out);
            for reference in &mut out {
                stores.complete(object, reference);
            }
            out
        })
        .collect();
    references.extend(application_references(&repository, &found, &units, &objects));
    references.extend(entry_references(&repository, &found));
    references.extend(terraform_references(&repository, &terraform.facts));
    let ((), (builds, versions)) = rayon::join(
        || Resolver::new(&repository, &symbols, &opaque, &objects, &units).resolve_all(&mut references),
        || (Builds::find(&found), versions::find(&repository, &units, &objects, &terraform)),
    );
    let projects: Vec<SymbolId> = (0u32..)
        .zip(&symbols)
        .filter(|(_, symbol)| symbol.kind == "AppProject" && symbol.group == argocd::GROUP)
        .map(|(id, _)| SymbolId(id))
        .collect();
    references.par_iter_mut().for_each(|reference| settle(reference, &units, &objects, &symbols, &projects));
    let mut by_unit = vec![Vec::new(); units.len()];
    for (id, symbol) in (0u32..).zip(&symbols) {
        if let Some(unit) = symbol.unit {
            by_unit[unit.index()].push(SymbolId(id));
        }
    }
    let assumed = found.own.assumed.clone();
    let mut snapshot = Snapshot {
        repository,
        units,
        objects,
        terraform,
        symbols,
        references,
        builds,
        versions,
        structure: Structure::default(),
        assumed_url: assumed,
        by_unit,
    };
    snapshot.structure = structure::find(&snapshot, &documents);
    snapshot
}

fn object_id(index: usize) -> ObjectId {
    ObjectId(u32::try_from(index).unwrap_or(u32::MAX))
}

/// Units and their objects with final identities.
fn objects(found: &Units) -> (Vec<Unit>, Vec<Object>) {
    let mut units = Vec::with_capacity(found.units.len());
    let mut objects = Vec::new();
    for (index, planned) in found.units.iter().enumerate() {
        let id = UnitId(u32::try_from(index).unwrap_or(u32::MAX));
        let first = objects.len();
        objects.extend(planned.rendered.manifests.iter().map(|manifest| object(id, planned, manifest)));
        units.push(Unit {
            kind: planned.kind,
            name: planned.name.clone(),
            path: planned.path.clone(),
            owner: None,
            at: planned.at,
            deployed: planned.deployed,
            universe: planned.universe.clone(),
            namespace: planned.namespace.clone(),
            unknown: planned
                .rendered
                .unknown
                .clone()
                .or_else(|| planned.hidden.first().map(|hidden| hidden.why.clone())),
            objects: (first..objects.len()).map(object_id).collect(),
            reads: planned.rendered.reads.iter().copied().collect(),
        });
    }
    let owners: FxHashMap<_, ObjectId> = objects
        .iter()
        .enumerate()
        .filter(|(_, object)| object.is(argocd::GROUP, "Application"))
        .map(|(index, object)| (object.value.span(), object_id(index)))
        .collect();
    for (unit, planned) in units.iter_mut().zip(&found.units) {
        unit.owner = planned.owner.as_ref().and_then(|owner| owners.get(&owner.value.span()).copied());
    }
    (units, objects)
}

fn object(unit: UnitId, planned: &PlannedUnit, manifest: &Manifest) -> Object {
    let group = Str::from(canonical_group(&manifest.group, &manifest.kind));
    let namespace = match is_cluster_scoped(&group, &manifest.kind) {
        Some(true) => Known::Absent,
        _ => manifest.namespace().or_else(|| planned.namespace.clone()),
    };
    Object {
        group,
        version: manifest.version.clone(),
        kind: manifest.kind.clone(),
        namespace,
        name: manifest.name(),
        value: manifest.value.clone(),
        unit,
        rendered: planned.rendered.unknown.is_none(),
    }
}

fn object_symbols(units: &[Unit], objects: &[Object], stores: &Stores<'_>, remote: &Remote<'_>) -> Vec<Symbol> {
    objects
        .par_iter()
        .enumerate()
        .filter(|(_, object)| object.rendered)
        .flat_map_iter(|(index, object)| {
            let keys = |extract: &Value, entry: Option<&Value>| stores.keys(object, extract, entry, remote);
            let mut out = Vec::new();
            symbols::of_object(object_id(index), object, &units[object.unit.index()].universe, &keys, &mut out);
            out
        })
        .collect()
}

/// The pods of every workload, with their labels and named ports.
fn pod_symbols(units: &[Unit], objects: &[Object], out: &mut Vec<Symbol>) {
    for (index, object) in objects.iter().enumerate().filter(|(_, object)| object.rendered) {
        let Some(path) = pod_template(&object.group, &object.kind) else { continue };
        let Some(template) = object.value.at(path) else { continue };
        let mut keys = KeySet::default();
        let containers = template.at(&["spec", "containers"]).map(Value::items).unwrap_or_default();
        let sidecars = template.at(&["spec", "initContainers"]).map(Value::items).unwrap_or_default();
        for port in
            containers.iter().chain(sidecars).filter_map(|container| container.get("ports")).flat_map(Value::items)
        {
            if let Some(name) = port.get("name").filter(|name| name.as_str().is_some()) {
                keys.keys.insert(Str::from(name.as_str().unwrap_or_default()), name.origin.clone());
            }
        }
        if let Some(unknown) = template.at(&["spec", "containers"]).and_then(Value::unknown) {
            keys.open = Some(unknown.clone());
        }
        out.push(Symbol {
            group: Str::from(PODS),
            kind: Str::from("Pods"),
            name: Str::from(object.title()),
            namespace: object.namespace.clone(),
            universe: units[object.unit.index()].universe.clone(),
            keys: Some(keys),
            node: Node::Object(object_id(index)),
            unit: Some(object.unit),
            origin: object.value.at(&["metadata", "name"]).unwrap_or(&object.value).origin.clone(),
        });
    }
}

fn namespace_symbols(found: &Units, units: &[Unit], out: &mut Vec<Symbol>) {
    for (index, planned) in found.units.iter().enumerate().filter(|(_, planned)| planned.creates_namespace) {
        let Known::Value(name) = &planned.namespace else { continue };
        let unit = UnitId(u32::try_from(index).unwrap_or(u32::MAX));
        let origin = Origin::Source(planned.at);
        out.push(symbols::created_namespace(unit, name, &planned.universe, origin, units[index].owner));
    }
}

fn cluster_symbols(found: &Units, out: &mut Vec<Symbol>) {
    let why = || Universe::Unknown(Unknown::new(Reason::External, "Argo CD", None));
    let builtin = [("in-cluster", "https://kubernetes.default.svc", None)];
    for (name, server, at) in builtin.into_iter().chain(found.clusters.iter()) {
        for text in [name, server] {
            out.push(Symbol {
                group: Str::from(CLUSTERS),
                kind: Str::from("Cluster"),
                name: Str::from(text),
                namespace: Known::Absent,
                universe: why(),
                keys: None,
                // Only what an object declares has a place to show.
                node: if at.is_some() { Node::External } else { Node::Builtin },
                unit: None,
                origin: Origin::Source(at.unwrap_or(crate::text::Span::start_of(crate::text::FileId(0)))),
            });
        }
    }
}

/// Everything that makes objects which cannot be seen.
fn opaque(repository: &Repository, found: &Units, units: &[Unit], objects: &[Object]) -> Vec<Opaque> {
    let mut out = Vec::new();
    let mut projects: FxHashMap<&str, Option<Arc<Vec<Permits>>>> = FxHashMap::default();
    for (index, (planned, unit)) in found.units.iter().zip(units).enumerate() {
        let id = UnitId(u32::try_from(index).unwrap_or(u32::MAX));
        let permits = planned.owner.as_ref().and_then(|owner| owner.value.str_at(&["spec", "project"]));
        let permits = permits.and_then(|project| {
            let known = projects.entry(project).or_insert_with(|| Permits::of(objects, project).map(Arc::new));
            known.clone()
        });
        let scope = |hidden: Hidden| Opaque {
            permits: permits.clone(),
            deployed: planned.deployed,
            ..Opaque::new(hidden, unit.universe.clone(), unit.namespace.clone(), Some(id))
        };
        out.extend(planned.hidden.iter().cloned().map(scope));
        let bare = |why: &Unknown, tokens| scope(Hidden::new(why.clone(), tokens));
        if let (Some(why), true) = (&planned.rendered.unknown, planned.hidden.is_empty()) {
            let names = planned.rendered.manifests.iter().filter_map(|manifest| manifest.name().value().cloned());
            let mut part = bare(why, names.collect());
            if why.reason() == Reason::UnsupportedField && planned.rendered.opaque.is_empty() {
                part.hidden.kinds = Some(
                    planned
                        .rendered
                        .manifests
                        .iter()
                        .map(|manifest| (manifest.group.clone(), manifest.kind.clone()))
                        .collect(),
                );
            }
            out.push(part);
        }
        out.extend(planned.rendered.opaque.iter().map(|why| {
            let mut part = bare(why, Vec::new());
            part.hidden.files.extend(why.at().map(|span| span.file));
            part
        }));
    }
    let parameters = parameters(objects);
    for (index, object) in objects
        .iter()
        .enumerate()
        .filter(|(_, object)| object.rendered && !symbols::makes_nothing(&object.group, &object.kind))
    {
        let is_parameter = parameters.contains(&(object.group.as_str(), object.kind.as_str()));
        if is_parameter || symbols::generates_nothing(object) || flux::is_unit(object, units) {
            continue;
        }
        if let Some((hidden, namespace)) = flux::helm_release(repository, object, objects) {
            let universe = units[object.unit.index()].universe.clone();
            out.push(Opaque::new(hidden, universe, namespace, Some(object.unit)));
            continue;
        }
        let unit = &units[object.unit.index()];
        let why = Unknown::new(Reason::Operator, object.title(), Some(object.name_span()));
        let tokens = object.name.value().cloned().into_iter().collect();
        let mut hidden = Hidden::new(why, tokens);
        hidden.values.push(object.value.clone());
        hidden.named = symbols::names_after_itself(&object.group);
        hidden.makes = symbols::made_beside(object);
        if hidden.makes.as_ref().is_some_and(Makes::is_nothing) {
            continue;
        }
        if object.is("gateway.networking.k8s.io", "Gateway") {
            hidden.kinds = Some(of_gateway());
            hidden.named = true;
        } else if hidden.named {
            hidden.kinds = Some(of_operator());
        }
        out.push(Opaque {
            object: Some(object_id(index)),
            ..Opaque::new(hidden, unit.universe.clone(), object.namespace.clone(), Some(object.unit))
        });
    }
    // A Job that may create Secrets, as webhooks use for their certificates.
    let with_job: BTreeSet<UnitId> =
        objects.iter().filter(|object| object.is("batch", "Job")).map(|object| object.unit).collect();
    for role in objects.iter().filter(|object| with_job.contains(&object.unit) && creates_secrets(object)) {
        let why = Unknown::new(Reason::Operator, format!("a Job with {}", role.title()), Some(role.name_span()));
        let universe = units[role.unit.index()].universe.clone();
        let hidden = Hidden::new(why, Vec::new());
        out.push(Opaque {
            only: Some((Str::default(), Str::from("Secret"))),
            ..Opaque::new(hidden, universe, role.namespace.clone(), Some(role.unit))
        });
    }
    // Clusters are registered by hand or by other repositories as often as here.
    let why = Unknown::new(Reason::External, "clusters registered elsewhere", None);
    let hidden = Hidden::new(why.clone(), Vec::new());
    out.push(Opaque {
        only: Some((Str::from(CLUSTERS), Str::from("Cluster"))),
        ..Opaque::new(hidden, Universe::Unknown(why), Known::Absent, None)
    });
    out
}

/// Group and kind of what classes and Gateways are configured by: such an object is read by their
/// controller, and makes nothing itself.
fn parameters(objects: &[Object]) -> BTreeSet<(&str, &str)> {
    let references = objects.iter().filter_map(|object| {
        let path: &[&str] = match (object.group.as_str(), object.kind.as_str()) {
            ("networking.k8s.io", "IngressClass") => &["spec", "parameters"],
            ("gateway.networking.k8s.io", "GatewayClass") => &["spec", "parametersRef"],
            ("gateway.networking.k8s.io", "Gateway") => &["spec", "infrastructure", "parametersRef"],
            _ => return None,
        };
        object.value.at(path)
    });
    references
        .filter_map(|reference| {
            let group = reference.str_at(&["apiGroup"]).or_else(|| reference.str_at(&["group"]))?;
            Some((group, reference.str_at(&["kind"])?))
        })
        .filter(|(group, _)| !group.is_empty())
        .collect()
}

/// What the controller of a Gateway makes to run it.
fn of_gateway() -> BTreeSet<(Str, Str)> {
    let kinds = [
        ("", "Service"),
        ("", "ServiceAccount"),
        ("", "ConfigMap"),
        ("apps", "Deployment"),
        ("apps", "DaemonSet"),
        ("autoscaling", "HorizontalPodAutoscaler"),
        ("policy", "PodDisruptionBudget"),
    ];
    kinds.map(|(group, kind)| (Str::from(group), Str::from(kind))).into()
}

/// What the operators of the table of products make beside what it lists: what runs their workloads, and
/// no classes, volumes, stores or projects.
fn of_operator() -> BTreeSet<(Str, Str)> {
    let kinds = [
        ("", "ConfigMap"),
        ("", "Endpoints"),
        ("", "PersistentVolumeClaim"),
        ("", "Pod"),
        ("", "Secret"),
        ("", "Service"),
        ("", "ServiceAccount"),
        ("apps", "DaemonSet"),
        ("apps", "Deployment"),
        ("apps", "StatefulSet"),
        ("cert-manager.io", "Certificate"),
        ("cert-manager.io", "Issuer"),
        ("networking.k8s.io", "Ingress"),
        ("networking.k8s.io", "NetworkPolicy"),
        ("policy", "PodDisruptionBudget"),
        ("rbac.authorization.k8s.io", "ClusterRole"),
        ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
        ("rbac.authorization.k8s.io", "Role"),
        ("rbac.authorization.k8s.io", "RoleBinding"),
        ("snapshot.storage.k8s.io", "VolumeSnapshot"),
    ];
    kinds.map(|(group, kind)| (Str::from(group), Str::from(kind))).into()
}

/// Whether an object is a Role that allows to create Secrets.
fn creates_secrets(object: &Object) -> bool {
    let allows = |rule: &Value, field: &str, wanted: &str| {
        let mut items = rule.get(field).map(Value::items).unwrap_or_default().iter();
        items.any(|item| item.as_str().is_some_and(|text| text == wanted || text == "*"))
    };
    let rules = object.value.get("rules").map(Value::items).unwrap_or_default();
    object.rendered
        && object.is("rbac.authorization.k8s.io", "Role")
        && rules.iter().any(|rule| allows(rule, "resources", "secrets") && allows(rule, "verbs", "create"))
}

/// What Applications name: paths, projects, destinations, value files.
fn application_references(
    repository: &Repository,
    found: &Units,
    units: &[Unit],
    objects: &[Object],
) -> Vec<Reference> {
    let mut out = Vec::new();
    for (index, object) in objects.iter().enumerate().filter(|(_, object)| object.group == argocd::GROUP) {
        let spec = match object.kind.as_str() {
            "Application" => object.value.get("spec"),
            "ApplicationSet" => object.value.at(&["spec", "template", "spec"]),
            _ => None,
        };
        let Some(spec) = spec else { continue };
        let node = Node::Object(object_id(index));
        let universe = &units[object.unit.index()].universe;
        let mut add = |kind, want, value: &Value, resolution: Option<Resolution>, optional| {
            let mut reference = unresolved(kind, node.clone(), universe.clone(), want, value.origin.clone());
            reference.unit = Some(object.unit);
            reference.optional = optional;
            if let Some(resolution) = resolution {
                reference.resolution = resolution;
            }
            out.push(reference);
        };
        if let Some(project) = spec.get("project").filter(|value| value.as_str().is_some_and(|text| !text.is_empty())) {
            let want = Want {
                group: Str::from(argocd::GROUP),
                kind: Str::from("AppProject"),
                name: scalar(Some(project)),
                namespace: object.namespace.clone(),
                key: None,
            };
            add(ReferenceKind::ApplicationProject, want, project, None, false);
        }
        let destination = |field: &str| spec.at(&["destination", field]).filter(|value| !value.is_null());
        if let Some(value) = destination("server").or_else(|| destination("name")) {
            let name = scalar(Some(value)).map(|text| {
                if identity::is_in_cluster(&text) {
                    Str::from("in-cluster")
                } else {
                    Str::from(text.trim_end_matches('/'))
                }
            });
            if !name.is_absent() {
                let want = pseudo(CLUSTERS, "Cluster", name);
                add(ReferenceKind::ApplicationDestination, want, value, None, false);
            }
        }
        let sources = argocd::sources(spec);
        for source in &sources {
            if let Some(path) = source.field("path").filter(|_| source.field("chart").is_none()) {
                let (name, resolution) = directory(repository, &found.own, source, path);
                add(ReferenceKind::ApplicationPath, pseudo(PATHS, "Directory", name), path, Some(resolution), false);
            }
            for file in source.value_files() {
                let (name, resolution) = value_file(repository, &found.own, source, &sources, file);
                let optional = source.ignores_missing_value_files();
                add(ReferenceKind::ApplicationValueFile, pseudo(PATHS, "File", name), file, Some(resolution), optional);
            }
        }
    }
    out
}

fn pseudo(group: &str, kind: &str, name: Known<Str>) -> Want {
    Want { group: Str::from(group), kind: Str::from(kind), name, namespace: Known::Absent, key: None }
}

fn strong(why: Unknown) -> Resolution {
    Resolution::Unknown { why, strength: Strength::Strong, near: None }
}

fn missing() -> Resolution {
    Resolution::Missing { near: None, elsewhere: Vec::new() }
}

fn directory(
    repository: &Repository,
    own: &identity::OwnUrls,
    source: &Source<'_>,
    path: &Value,
) -> (Known<Str>, Resolution) {
    let name = scalar(Some(path));
    let at = Some(path.span());
    let resolution = match (own.resolve(source), &name) {
        (Known::Unknown(why), _) => strong(why),
        (_, Known::Unknown(why)) => strong(why.clone()),
        (Known::Absent, _) => strong(Unknown::new(Reason::RemoteSource, "another repository", at)),
        (Known::Value(()), Known::Absent) => strong(Unknown::new(Reason::Unparsed, "no path", at)),
        (Known::Value(()), Known::Value(text)) => match RepoPath::new(text) {
            None => missing(),
            Some(target) => match repository.lookup(&target) {
                Lookup::Directory(_) => Resolution::Found(Vec::new()),
                Lookup::File(_) | Lookup::Missing => missing(),
                Lookup::Unknown(why) => strong(why),
            },
        },
    };
    (name, resolution)
}

fn value_file(
    repository: &Repository,
    own: &identity::OwnUrls,
    source: &Source<'_>,
    all: &[Source<'_>],
    file: &Value,
) -> (Known<Str>, Resolution) {
    let name = scalar(Some(file));
    let Known::Value(text) = &name else {
        let why = Unknown::new(Reason::Templated, "value file", Some(file.span()));
        return (name, strong(why));
    };
    let at = Some(file.span());
    if is_substituted(text) {
        return (name.clone(), strong(Unknown::new(Reason::Templated, text.as_str(), at)));
    }
    let reference = text.strip_prefix('$').and_then(|rest| rest.split_once('/')).map(|(name, _)| name);
    if let Some(reference) = reference {
        let named = |source: &&Source<'_>| source.field("ref").and_then(Value::as_str) == Some(reference);
        if !all.iter().any(|source| named(&source)) {
            let templated =
                all.iter().any(|source| source.field("ref").and_then(Value::as_str).is_some_and(|r| r.contains("{{")));
            let why = Unknown::new(Reason::Templated, "templated ref", at);
            return (name.clone(), if templated { strong(why) } else { missing() });
        }
    }
    let why = || Unknown::new(Reason::RemoteSource, "value file outside this repository", at);
    let Some(path) = value_file_path(own, source, all, text) else { return (name, strong(why())) };
    if path.as_str().contains(['*', '?', '[']) {
        return (name, strong(Unknown::new(Reason::UnsupportedField, "glob of value files", at)));
    }
    let resolution = match repository.lookup(&path) {
        Lookup::File(_) => Resolution::Found(Vec::new()),
        Lookup::Directory(_) | Lookup::Missing => missing(),
        Lookup::Unknown(why) => strong(why),
    };
    (Known::Value(Str::from(path.as_str())), resolution)
}

/// What kustomizations name.
fn entry_references(repository: &Repository, found: &Units) -> Vec<Reference> {
    found
        .entries
        .iter()
        .map(|entry| {
            let name =
                entry.path.as_ref().map_or_else(|| Str::from(entry.text.as_str()), |path| Str::from(path.as_str()));
            let want = pseudo(PATHS, "Entry", Known::Value(name));
            let from = Node::Path(repository.path_of(entry.file).clone());
            let why = Unknown::new(Reason::NoDestination, "kustomization", None);
            let mut reference = unresolved(
                ReferenceKind::KustomizationEntry,
                from,
                Universe::Unknown(why),
                want,
                Origin::Source(entry.at),
            );
            reference.resolution = match &entry.lookup {
                EntryLookup::Found => Resolution::Found(Vec::new()),
                EntryLookup::Missing | EntryLookup::NoKustomization => missing(),
                EntryLookup::Unknown(why) => strong(why.clone()),
            };
            reference
        })
        .collect()
}

/// What can only be said after resolution.
fn settle(reference: &mut Reference, units: &[Unit], objects: &[Object], symbols: &[Symbol], projects: &[SymbolId]) {
    if reference.kind == ReferenceKind::ApplicationProject {
        settle_project(reference, symbols, projects);
    }
    let Node::Object(id) = &reference.from else { return };
    let object = &objects[id.index()];
    // Nothing is known of what an object names before it is rendered.
    if !object.rendered && !matches!(reference.resolution, Resolution::Unknown { .. }) {
        let unit = &units[object.unit.index()];
        let why = unit.unknown.clone().unwrap_or_else(|| Unknown::new(Reason::UnsupportedField, "", None));
        reference.resolution = strong(why);
        reference.key = None;
    }
}

/// Projects live in the namespace of Argo CD, wherever their Applications are. That is the
/// Application's own namespace if any project is there; else it is not known.
fn settle_project(reference: &mut Reference, symbols: &[Symbol], projects: &[SymbolId]) {
    let same_place = |symbol: &Symbol| {
        matches!((&symbol.namespace, &reference.want.namespace), (Known::Value(a), Known::Value(b)) if a == b)
            && symbol.universe.may_be(&reference.universe)
    };
    let beside = projects.iter().any(|id| same_place(&symbols[id.index()]));
    let Resolution::Missing { near, elsewhere } = &mut reference.resolution else { return };
    let reachable: Vec<SymbolId> = elsewhere
        .iter()
        .copied()
        .filter(|id| !beside && symbols[id.index()].universe.may_be(&reference.universe))
        .collect();
    if !reachable.is_empty() {
        reference.resolution = Resolution::Found(reachable);
    } else if projects.is_empty() {
        let why = Unknown::new(Reason::External, "no AppProject in this repository", None);
        reference.resolution = Resolution::Unknown { why, strength: Strength::Weak, near: *near };
    }
}
