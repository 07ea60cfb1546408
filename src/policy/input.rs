//! What policies are asked about: the only file that knows how a snapshot becomes documents.
//!
//! `docs/policies.md` describes the documents; [`VERSION`] changes with them.

use std::collections::{BTreeMap, BTreeSet};

use super::change;
use super::document::{ABOUT, Document, Maker};
use super::{facts, terraform};
use crate::diagnostic::RuleMeta;
use crate::graph::{Object, Reference, Resolution, Snapshot, Universe};
use crate::text::{FileId, Span};
use crate::value::{Data, Known, Origin, Reason, Str, Unknown, Value};

/// Version of the documents' shape.
pub(super) const VERSION: i64 = 1;

/// A Terraform resource instance with its arguments as far as they are known.
#[derive(Clone, Debug)]
pub(super) struct TerraformResource {
    /// Directory of the root module.
    pub(super) root: Str,
    /// Address within the root: `module.db.aws_db_instance.main[0]`.
    pub(super) address: Str,
    /// Resource type: `aws_db_instance`.
    pub(super) kind: Str,
    /// Resource name: `main`.
    pub(super) name: Str,
    /// Arguments and nested blocks: a map. `lifecycle` is among them.
    pub(super) attributes: Value,
    /// The block.
    pub(super) span: Span,
}

/// A `moved` or `removed` block, as far as it is about whole resources or modules.
#[derive(Clone, Debug)]
pub(super) struct TerraformMove {
    /// Directory of the root module.
    pub(super) root: Str,
    /// The old address.
    pub(super) from: Str,
    /// The new address; `None` if it is given up without being destroyed.
    pub(super) to: Option<Str>,
}

/// What policies are evaluated on.
#[derive(Clone, Copy)]
pub struct PolicyInput<'a> {
    /// The tree being checked.
    pub head: &'a Snapshot,
    /// The tree it is compared with.
    pub base: Option<&'a Snapshot>,
    /// Which rules are wanted; the others are not evaluated.
    pub wanted: &'a (dyn Fn(&RuleMeta) -> bool + Sync),
}

/// One document for each rendered object. Overlays that render the same text to the same identity
/// in the same place give one document: a policy could not tell them apart but by the unit's name.
/// Only objects of the kinds given are wanted, if any are given.
pub(super) fn objects(input: &PolicyInput<'_>, kinds: Option<&BTreeSet<&str>>) -> Vec<Document> {
    let mut known: BTreeMap<_, usize> = BTreeMap::new();
    let mut documents: Vec<Document> = Vec::new();
    let wanted = |object: &&Object| kinds.is_none_or(|kinds| kinds.contains(object.kind.as_str()));
    for object in input.head.objects.iter().filter(wanted) {
        let unit = input.head.unit(object.unit);
        let cluster = match &unit.universe {
            Universe::Cluster(cluster) => Some(cluster.as_str()),
            Universe::Unknown(_) => None,
        };
        let identity = (object.namespace.value().map(Str::as_str), object.name.value().map(Str::as_str));
        let key = (object.value.span(), identity, cluster, unit.deployed, object.rendered);
        let at = *known.entry(key).or_insert(documents.len());
        if at == documents.len() {
            let mut document = object_document(input.head, object);
            document.name = object.name.value().map(ToString::to_string);
            documents.push(document);
        }
        documents[at].units.push(unit.name.clone());
    }
    documents
}

fn object_document(snapshot: &Snapshot, object: &Object) -> Document {
    let unit = snapshot.unit(object.unit);
    let header = object.name_span();
    let about = Maker::at(header)
        .data("version", Data::Int(VERSION))
        .text("path", path_of(snapshot, object.value.span().file))
        .text("unit", unit.name.as_str())
        .data("deployed", Data::Bool(unit.deployed))
        .value("cluster", cluster(&unit.universe, header))
        .value("namespace", known(&object.namespace, header))
        .build();
    let mut value = object.value.clone();
    if !object.rendered {
        open(&mut value);
    }
    if let Some(map) = value.as_map_mut() {
        map.insert(ABOUT, Origin::Source(header), about);
    }
    Document::new(value, object.subject(), header).of_kind(object.kind.clone())
}

/// What is not rendered to its end may have more keys wherever it has any.
fn open(value: &mut Value) {
    if let Some(map) = value.as_map_mut() {
        map.open = map.open.take().or_else(|| Some(Unknown::new(Reason::UnsupportedField, "", None)));
        map.iter_mut().for_each(|entry| open(&mut entry.value));
    } else if let Some(items) = value.as_list_mut() {
        items.iter_mut().for_each(open);
    }
}

/// The whole linked repository.
pub(super) fn graph(input: &PolicyInput<'_>) -> Option<Document> {
    let snapshot = input.head;
    let terraform = terraform::resources(snapshot);
    let start = snapshot
        .objects
        .first()
        .map(Object::name_span)
        .or_else(|| terraform.first().map(|resource| resource.span))
        .or_else(|| snapshot.repository.files.values().next().map(|file| Span::start_of(file.source.id)))?;
    let objects = snapshot.objects.iter().map(|object| object_document(snapshot, object).into_value()).collect();
    let references = snapshot.references.iter().map(reference).collect();
    let terraform = terraform.iter().map(resource).collect();
    let value = Maker::at(start)
        .data("version", Data::Int(VERSION))
        .value("objects", Value::list(objects, start))
        .value("references", Value::list(references, start))
        .value("terraform", Value::list(terraform, start))
        .build();
    Some(Document::new(value, "repository".to_owned(), start))
}

/// What differs between base and head; `None` without a base.
pub(super) fn change(input: &PolicyInput<'_>) -> Option<Document> {
    let items = change::changes(input.head, input.base?);
    let start = items.first()?.span();
    let value =
        Maker::at(start).data("version", Data::Int(VERSION)).value("terraform", Value::list(items, start)).build();
    Some(Document::new(value, "change".to_owned(), start))
}

/// Candidates for findings.
pub(super) fn candidates(input: &PolicyInput<'_>) -> Option<Document> {
    let items = facts::secrets::facts(input);
    let start = items.first()?.span();
    let value =
        Maker::at(start).data("version", Data::Int(VERSION)).value("secrets", Value::list(items, start)).build();
    Some(Document::new(value, "facts".to_owned(), start))
}

/// A resource instance as policies see it.
pub(super) fn resource(resource: &TerraformResource) -> Value {
    Maker::at(resource.span)
        .text("subject", format!("{}:{}", resource.root, resource.address))
        .text("root", resource.root.clone())
        .text("address", resource.address.clone())
        .text("type", resource.kind.clone())
        .text("name", resource.name.clone())
        .value("attributes", resource.attributes.clone())
        .build()
}

fn reference(reference: &Reference) -> Value {
    let resolution = match &reference.resolution {
        Resolution::Found(_) => "found",
        Resolution::Unknown { .. } => "unknown",
        Resolution::Missing { .. } => "missing",
    };
    let at = reference.origin.span();
    Maker::at(at)
        .text("kind", reference.kind.as_str())
        .text("group", reference.want.group.clone())
        .text("want", reference.want.kind.clone())
        .value("name", known(&reference.want.name, at))
        .value("namespace", known(&reference.want.namespace, at))
        .text("resolution", resolution)
        .build()
}

/// Path of a file of the run.
pub(super) fn path_of(snapshot: &Snapshot, file: FileId) -> Str {
    snapshot.repository.path_of(file).as_str().into()
}

fn cluster(universe: &Universe, at: Span) -> Value {
    match universe {
        Universe::Cluster(name) => Value::string(name.clone(), at),
        Universe::Unknown(_) => Value::new(Data::Null, at),
    }
}

fn known(text: &Known<Str>, at: Span) -> Value {
    match text {
        Known::Value(text) => Value::string(text.clone(), at),
        Known::Unknown(_) | Known::Absent => Value::new(Data::Null, at),
    }
}
