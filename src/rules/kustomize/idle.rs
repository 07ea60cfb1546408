//! What the rules about entries without effect share: where such an entry is written, and which
//! objects it could have meant.

use crate::diagnostic::Severity;
use crate::graph::units::is_example;
use crate::graph::{Object, Snapshot, UnitId};
use crate::syntax::yaml::NodeRef;
use crate::text::{RepoPath, Span};
use crate::value::Known;

/// The node of a file that has this span.
pub(super) fn node(snapshot: &Snapshot, at: Span) -> Option<NodeRef<'_>> {
    let file = snapshot.repository.file(snapshot.repository.path_of(at.file))?;
    file.yaml()?.documents.iter().find_map(|document| document.node_with_span(at))
}

/// The objects of some units.
pub(super) fn objects<'a>(snapshot: &'a Snapshot, units: &[UnitId]) -> impl Iterator<Item = &'a Object> {
    units.iter().flat_map(|unit| &snapshot.unit(*unit).objects).map(|id| snapshot.object(*id))
}

/// The names of an object: as deployed, and as written before prefixes and suffixes.
pub(super) fn names<'a>(snapshot: &'a Snapshot, object: &'a Object) -> impl Iterator<Item = &'a str> {
    let deployed = match &object.name {
        Known::Value(name) => Some(name.as_str()),
        _ => None,
    };
    let written = snapshot.repository.sources.slice(object.name_span()).trim_matches(['"', '\'']);
    deployed.into_iter().chain([written])
}

/// The severity of an entry without effect: a hint in examples and templates, which are copied to
/// where it has one.
pub(super) fn level(snapshot: &Snapshot, level: Severity, at: Span, units: &[UnitId]) -> Severity {
    let is_model = |path: &RepoPath| is_example(path) || path.components().any(|part| part == "templates");
    let path = snapshot.repository.path_of(at.file);
    let only = units.iter().all(|unit| snapshot.unit(*unit).path.as_ref().is_some_and(is_model));
    if is_model(path) || only { level.min(Severity::Info) } else { level }
}

/// The text of a field of a node.
pub(super) fn text<'a>(node: NodeRef<'a>, field: &str) -> &'a str {
    node.get(field).and_then(NodeRef::text).unwrap_or_default()
}
