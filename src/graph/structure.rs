//! What schemas say to rendered objects.
//!
//! An object is judged by the schema that its cluster has: the repository's own definition of its
//! kind if there is one. Where several may be meant (versions of Kubernetes, definitions of several
//! directories), only what all of them refuse is a mistake.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::Snapshot;
use super::local_schemas::LocalSchemas;
use super::types::{Object, ObjectId, Universe};
use super::units::is_example;
use crate::model::kubernetes::{is_builtin_group, split_api_version};
use crate::model::versions::Project;
use crate::render::manifests::Documents;
use crate::schema::Schema;
use crate::schema::bundle::{self, Kind, Source};
use crate::schema::crd::Definition;
use crate::schema::validate::{Patterns, Problem, ProblemKind, Reader, is_accepted, missing_spec, validate};
use crate::text::{RepoPath, Span};
use crate::value::{Origin, Str};

/// Group and kind of what defines custom resources.
const DEFINITION: (&str, &str) = ("apiextensions.k8s.io", "CustomResourceDefinition");

/// Who says what an object has to look like.
#[derive(Clone, PartialEq, Debug)]
pub enum Authority {
    /// Kubernetes itself, in these minor versions if they are known.
    BuiltIn(Option<Vec<u32>>),
    /// A project whose custom resources kate knows; the cluster may run another version of it.
    Bundled {
        /// The project.
        project: &'static str,
        /// The releases that have what counts: `0.9.20`, `0.9.20 to 2.6.0`.
        versions: String,
        /// The day of the newest that is known, if all count.
        date: Option<&'static str>,
    },
    /// A definition in this repository, by the place of its name.
    Defined(Origin),
    /// A schema of `kate.yaml`, by its path.
    Local(RepoPath),
}

/// An object that does not have the shape that it should have.
#[derive(Clone, Debug)]
pub struct Misfit {
    /// The object.
    pub object: ObjectId,
    /// What is wrong.
    pub problem: Problem,
    /// Who says so.
    pub authority: Authority,
}

/// What schemas say to the objects of a side.
#[derive(Debug, Default)]
pub struct Structure {
    /// What is wrong, in order of object.
    pub misfits: Vec<Misfit>,
    /// How many objects there was no schema for, by `group/kind`.
    pub unknown_kinds: BTreeMap<String, usize>,
    /// What of a kind's schema could not be checked, and why, by `group/kind`.
    pub unchecked: BTreeMap<String, BTreeSet<String>>,
    /// What is wrong with the schemas of `kate.yaml`.
    pub faults: BTreeSet<(Span, String)>,
}

type Key = (Str, Str, Str);

struct Known {
    definition: Definition,
    /// Where it is deployed, if it is.
    universe: Option<Universe>,
    /// Whether it is of an example or a test.
    example: bool,
    schema: OnceLock<Option<Arc<Schema>>>,
}

impl Known {
    fn schema(&self) -> Option<&Arc<Schema>> {
        self.schema.get_or_init(|| self.definition.compile()).as_ref()
    }
}

/// The definitions of custom resources in a repository.
struct Definitions(FxHashMap<Key, Vec<Known>>);

impl Definitions {
    fn find(snapshot: &Snapshot, documents: &Documents) -> Self {
        let repository = &snapshot.repository;
        let mut all: FxHashMap<Key, Vec<Known>> = FxHashMap::default();
        let mut add = |value, universe: Option<Universe>, path: &RepoPath| {
            for definition in Definition::all(value) {
                let key = (definition.group.clone(), definition.version.clone(), definition.kind.clone());
                let example = is_test(path);
                let known = Known { definition, universe: universe.clone(), example, schema: OnceLock::new() };
                all.entry(key).or_default().push(known);
            }
        };
        let mut rendered = FxHashSet::default();
        for object in snapshot.objects.iter().filter(|object| object.is(DEFINITION.0, DEFINITION.1)) {
            let unit = snapshot.unit(object.unit);
            let span = object.value.span();
            rendered.insert(span);
            add(&object.value, unit.deployed.then(|| unit.universe.clone()), repository.path_of(span.file));
        }
        for (path, file) in documents.iter() {
            let definitions = file.manifests.iter().filter(|manifest| manifest.is(DEFINITION.0, DEFINITION.1));
            for manifest in definitions.filter(|manifest| !rendered.contains(&manifest.value.span())) {
                add(&manifest.value, None, path);
            }
        }
        Self(all)
    }

    /// The definitions that may be meant by an object.
    fn of(&self, key: &Key, universe: &Universe, example: bool) -> Vec<&Known> {
        let all = self.0.get(key).map(Vec::as_slice).unwrap_or_default();
        let here = |known: &&Known| known.universe.as_ref().is_some_and(|there| there.is_same(universe));
        let mut found: Vec<&Known> = all.iter().filter(here).collect();
        if found.is_empty() {
            // What a test defines says nothing of what is deployed.
            found = all.iter().filter(|known| example || !known.example).collect();
        }
        found
    }
}

/// Whether a path is of an example or of tests.
fn is_test(path: &RepoPath) -> bool {
    is_example(path) || path.parent().is_some_and(|parent| parent.components().any(|part| part.starts_with('.')))
}

/// Look at all objects.
#[must_use]
pub(super) fn find(snapshot: &Snapshot, documents: &Documents) -> Structure {
    let definitions = Definitions::find(snapshot, documents);
    let patterns = Patterns::default();
    let local = LocalSchemas::new(&snapshot.repository);
    let judged: Vec<Judged> = snapshot
        .objects
        .par_iter()
        .enumerate()
        .map(|(index, object)| {
            // What rendering or decrypting may still change is not judged.
            if !object.rendered || object.value.get("sops").is_some_and(|sops| sops.as_map().is_some()) {
                return Judged::default();
            }
            let id = ObjectId(u32::try_from(index).unwrap_or(u32::MAX));
            judge(snapshot, &definitions, &local, &patterns, id, object)
        })
        .collect();
    let mut structure = Structure { faults: local.faults(), ..Structure::default() };
    for (judged, object) in judged.into_iter().zip(&snapshot.objects) {
        structure.misfits.extend(judged.misfits);
        let kind = || format!("{}/{}", object.group, object.kind);
        if !judged.unchecked.is_empty() {
            structure.unchecked.entry(kind()).or_default().extend(judged.unchecked);
        }
        if judged.no_schema {
            *structure.unknown_kinds.entry(kind()).or_default() += 1;
        }
    }
    structure
}

#[derive(Default)]
struct Judged {
    misfits: Vec<Misfit>,
    unchecked: Vec<String>,
    no_schema: bool,
}

fn judge(
    snapshot: &Snapshot,
    definitions: &Definitions,
    local: &LocalSchemas<'_>,
    patterns: &Patterns,
    id: ObjectId,
    object: &Object,
) -> Judged {
    let Some((group, version)) = object.value.str_at(&["apiVersion"]).map(split_api_version) else {
        return Judged::default();
    };
    let key = (Str::from(group), Str::from(version), object.kind.clone());
    let universe = &snapshot.unit(object.unit).universe;
    let example = is_test(snapshot.repository.path_of(object.value.span().file));
    let known = definitions.of(&key, universe, example);
    let mut judged = Judged::default();
    let mut jury = Jury { patterns, object, unchecked: Vec::new(), agreed: None };
    let mut authority = None;
    for known in known {
        let Some(schema) = known.schema() else { continue };
        authority.get_or_insert_with(|| Authority::Defined(known.definition.at.clone()));
        if jury.agrees(schema, Reader::Custom) {
            break;
        }
    }
    let builtin = is_builtin_group(group);
    if authority.is_none() && !snapshot.repository.declared.schemas.is_empty() {
        let reader = if builtin { Reader::BuiltIn } else { Reader::Custom };
        for (path, compiled) in local.of((&key.0, &key.1, &key.2), minors(snapshot, object).as_deref()) {
            authority.get_or_insert(Authority::Local(path));
            jury.unchecked.extend(compiled.unchecked.iter().cloned());
            if jury.agrees(&compiled.schema, reader) {
                break;
            }
        }
    }
    if authority.is_none()
        && let Some(kind) = bundle::find(&key.0, &key.1, &key.2)
    {
        let known = minors(snapshot, object);
        let newest = bundle::versions().end;
        // What is newer than all that is known may have fields of any name.
        if kind.source() == Source::BuiltIn && known.iter().flatten().any(|minor| *minor >= newest) {
            return judged;
        }
        let runs = |minor: &u32| known.as_ref().is_none_or(|known| known.contains(minor));
        let mut served: Vec<u32> = kind.served().filter(runs).collect();
        if served.is_empty() {
            served = kind.served().collect();
        }
        let mut schemas: Vec<Arc<Schema>> = served.iter().rev().filter_map(|minor| kind.schema(*minor)).collect();
        let (reader, of) = match kind.source() {
            Source::BuiltIn => (Reader::BuiltIn, Authority::BuiltIn(known.clone())),
            Source::Bundled { project, versions, date } => {
                let mut releases = versions.rsplit(' ');
                let (oldest, newest) = (releases.next().unwrap_or_default(), versions.split(' ').next());
                let all = newest.filter(|newest| *newest != oldest);
                let (mut versions, mut date) =
                    (all.map_or_else(|| oldest.to_owned(), |newest| format!("{oldest} to {newest}")), Some(date));
                if let Some((of, named)) = released(snapshot, object, project, kind) {
                    (schemas, versions, date) = (of, named, None);
                }
                (Reader::Custom, Authority::Bundled { project, versions, date })
            }
        };
        authority = Some(of);
        let mut seen: Option<Arc<Schema>> = None;
        for schema in schemas {
            if seen.as_ref().is_some_and(|seen| Arc::ptr_eq(seen, &schema)) {
                continue;
            }
            if jury.agrees(&schema, reader) {
                break;
            }
            seen = Some(schema);
        }
    }
    let Some(authority) = authority else {
        return Judged { no_schema: true, ..judged };
    };
    judged.unchecked = jury.unchecked;
    let mut problems = jury.agreed.unwrap_or_default();
    let told = |problem: &Problem| matches!(&problem.kind, ProblemKind::MissingField { name } if problem.path.is_empty() && name == "spec");
    if builtin && !problems.iter().any(told) {
        problems.extend(missing_spec(&key.0, &key.2, &object.value));
    }
    problems.retain(|problem| matters(&authority, object, problem));
    judged.misfits =
        problems.into_iter().map(|problem| Misfit { object: id, problem, authority: authority.clone() }).collect();
    judged
}

/// The minor versions of Kubernetes that an object may meet, if they are known.
fn minors(snapshot: &Snapshot, object: &Object) -> Option<Vec<u32>> {
    let known = bundle::versions();
    let mut minors = Vec::new();
    for version in snapshot.versions_of(Project::Kubernetes, Some(object.unit)) {
        let required = version.required.filter(|required| required.release.major == 1)?;
        let minor = required.release.minor.max(known.start);
        let last = if required.at_least { known.end.max(minor + 1) } else { minor + 1 };
        minors.extend(minor..last);
    }
    minors.sort_unstable();
    minors.dedup();
    (!minors.is_empty()).then_some(minors)
}

/// The schemas of the releases of a project that an object may meet, if these are known, and their names.
fn released(snapshot: &Snapshot, object: &Object, project: &str, kind: &Kind) -> Option<(Vec<Arc<Schema>>, String)> {
    let project = match project {
        "External Secrets" => &Project::ExternalSecrets,
        "Karpenter for AWS" => &Project::Karpenter,
        "Volume Snapshots" => &Project::ExternalSnapshotter,
        title => Project::ALL.iter().find(|known| known.title() == title)?,
    };
    let mut schemas = Vec::new();
    let mut names = BTreeSet::new();
    for version in snapshot.versions_of(*project, Some(object.unit)) {
        let required = version.required.filter(|required| !required.at_least)?;
        let (schema, named) = kind.schema_of_release((required.release.major, required.release.minor))?;
        schemas.push(schema);
        names.insert(named);
    }
    let named = names.into_iter().collect::<Vec<_>>().join(" or ");
    (!schemas.is_empty()).then_some((schemas, named))
}

/// Whether the API server takes any notice of a problem.
fn matters(authority: &Authority, object: &Object, problem: &Problem) -> bool {
    let builtin = match authority {
        Authority::BuiltIn(_) => true,
        Authority::Local(_) => is_builtin_group(&object.group),
        Authority::Bundled { .. } | Authority::Defined(_) => false,
    };
    let in_status = problem.path == "status" || problem.path.starts_with("status.");
    // What somebody else writes is dropped; it only has to be readable.
    let is_read = match problem.kind {
        ProblemKind::UnknownField { .. } => true,
        ProblemKind::WrongType { .. } => builtin,
        _ => false,
    };
    // Names are the matter of other rules, and types of some projects make all of metadata required.
    let is_metadata =
        matches!(&problem.kind, ProblemKind::MissingField { name } if problem.path.is_empty() && name == "metadata");
    let told = !in_status || is_read;
    let accepted = builtin && is_accepted(&object.kind, problem);
    told && !is_metadata && !accepted
}

/// The schemas that one object may meet.
struct Jury<'a> {
    patterns: &'a Patterns,
    object: &'a Object,
    unchecked: Vec<String>,
    /// The problems that all schemas found so far.
    agreed: Option<Vec<Problem>>,
}

impl Jury<'_> {
    /// Ask a schema; whether some schema finds nothing that all others find.
    fn agrees(&mut self, schema: &Schema, reader: Reader) -> bool {
        let verdict = validate(schema, reader, self.patterns, &self.object.value);
        self.unchecked.extend(verdict.unchecked);
        let agreed = match self.agreed.take() {
            None => verdict.problems,
            Some(problems) => common(problems, &verdict.problems, reader),
        };
        let nothing = agreed.is_empty();
        self.agreed = Some(agreed);
        nothing
    }
}

/// The problems that another schema finds as well. Merging built-in lists by key is older than
/// the schemas that tell of it, so that one schema is enough for repeated items.
fn common(mut problems: Vec<Problem>, others: &[Problem], reader: Reader) -> Vec<Problem> {
    let repeated = |problem: &Problem| matches!(problem.kind, ProblemKind::DuplicateItem { .. });
    let merged = |problem: &Problem| reader == Reader::BuiltIn && repeated(problem);
    // What another schema does not know at all, it refuses too, whatever stands in it.
    let unknown = |other: &Problem, problem: &Problem| {
        matches!(other.kind, ProblemKind::UnknownField { .. })
            && problem
                .path
                .strip_prefix(&other.path)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    let refused = |problem: &Problem| others.iter().any(|other| other.is_same(problem) || unknown(other, problem));
    problems.retain(|problem| merged(problem) || refused(problem));
    problems
}
