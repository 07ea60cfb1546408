//! Who needs what: the fields of objects that name something.
//!
//! Most of them are lines of a table that one walker reads; selectors, and what External Secrets
//! reads, are code.

mod admission;
mod crossplane;
mod external_secrets;
mod selectors;
mod table;
mod walk;

pub(super) use admission::Parameters;
pub(super) use table::is_target;
pub(super) use walk::service_of;

use super::ReferenceKind;
use super::types::{Node, Object, ObjectId, Reference, Resolution, Strength, Universe, Want};
use crate::value::{Origin, Reason, Unknown};

/// Pseudo group of the pods that a selector selects.
pub const PODS: &str = "kate.pods";
/// Pseudo group of secrets in remote stores; the kind is the provider.
pub const REMOTE: &str = "kate.remote";
/// Pseudo group of hosts of a mesh that are no Services.
pub const HOSTS: &str = "kate.host";
/// Pseudo group of the subsets of hosts of a mesh.
pub const SUBSETS: &str = "kate.subset";
/// Pseudo group of what allows references from one namespace into another.
pub const GRANTS: &str = "kate.grant";

/// The references of one object.
pub fn of_object(id: ObjectId, object: &Object, universe: &Universe, out: &mut Vec<Reference>) {
    let mut holder = Holder { id, object, universe, out };
    walk::all(&mut holder);
    selectors::all(&mut holder);
    external_secrets::all(&mut holder);
    crossplane::all(&mut holder);
    admission::template(&mut holder);
}

/// A reference that is not resolved yet.
#[must_use]
pub fn unresolved(kind: ReferenceKind, from: Node, universe: Universe, want: Want, origin: Origin) -> Reference {
    let why = Unknown::new(Reason::Limit, "not resolved", None);
    Reference {
        kind,
        from,
        unit: None,
        universe,
        want,
        origin,
        key_origin: None,
        optional: false,
        lost: None,
        resolution: Resolution::Unknown { why, strength: Strength::Strong, near: None },
        key: None,
    }
}

/// The kind, in the pseudo group of grants, of what allows objects of one kind to refer to another.
#[must_use]
pub(super) fn granted(from_group: &str, from_kind: &str, to_group: &str, to_kind: &str) -> String {
    format!("{from_group}/{from_kind} to {to_group}/{to_kind}")
}

/// An object whose references are found.
struct Holder<'a> {
    id: ObjectId,
    object: &'a Object,
    universe: &'a Universe,
    out: &'a mut Vec<Reference>,
}

impl Holder<'_> {
    /// A reference of this object.
    fn unresolved(&self, kind: ReferenceKind, want: Want, origin: Origin) -> Reference {
        let mut reference = unresolved(kind, Node::Object(self.id), self.universe.clone(), want, origin);
        reference.unit = Some(self.object.unit);
        reference
    }
}
