//! What configures admission: the parameters of a policy's binding, whose kind the policy says, and the
//! template of a constraint of Gatekeeper.

use rustc_hash::FxHashMap;

use super::{Holder, unresolved};
use crate::graph::scope::is_cluster_scoped;
use crate::graph::{Node, Object, ObjectId, Reference, ReferenceKind, Universe, Want};
use crate::model::kubernetes::{canonical_group, scalar, split_api_version};
use crate::value::{Known, Reason, Str, Unknown};

const GROUP: &str = "admissionregistration.k8s.io";

/// The kinds of parameters of admission policies, by kind and name of the policy; none where policies of
/// one name differ.
pub(in crate::graph) struct Parameters<'a>(FxHashMap<(&'a str, &'a str), Option<(&'a str, &'a str)>>);

impl<'a> Parameters<'a> {
    /// Look at all policies.
    pub(in crate::graph) fn find(objects: &'a [Object]) -> Self {
        let mut kinds: FxHashMap<_, Option<_>> = FxHashMap::default();
        for policy in objects.iter().filter(|object| object.group == GROUP && object.rendered) {
            let (Some(named), Known::Value(name)) = (policy.value.at(&["spec", "paramKind"]), &policy.name) else {
                continue;
            };
            let kind = named.str_at(&["apiVersion"]).zip(named.str_at(&["kind"]));
            let known = kinds.entry((policy.kind.as_str(), name.as_str())).or_insert(kind);
            *known = known.filter(|known| Some(*known) == kind);
        }
        Self(kinds)
    }

    /// The parameters that a binding names.
    pub(in crate::graph) fn of_binding(
        &self,
        id: ObjectId,
        object: &Object,
        universe: &Universe,
        out: &mut Vec<Reference>,
    ) {
        let Some(policy) = object.kind.strip_suffix("Binding").filter(|_| object.group == GROUP) else { return };
        let (Some(named), Some(policy_name)) =
            (object.value.at(&["spec", "paramRef"]), object.value.str_at(&["spec", "policyName"]))
        else {
            return;
        };
        let Some((version, kind)) = self.0.get(&(policy, policy_name)).copied().flatten() else { return };
        let Some(name) = named.get("name").filter(|name| !name.is_null()) else { return };
        let group = canonical_group(split_api_version(version).0, kind);
        let namespace = match (is_cluster_scoped(group, kind), scalar(named.get("namespace"))) {
            (Some(true), _) => Known::Absent,
            (_, Known::Absent) => {
                let why = "the namespace of whatever is admitted";
                Known::Unknown(Unknown::new(Reason::NoDestination, why, Some(name.span())))
            }
            (_, known) => known,
        };
        let want =
            Want { group: Str::from(group), kind: Str::from(kind), name: scalar(Some(name)), namespace, key: None };
        let kind = ReferenceKind::AdmissionParameter;
        let mut reference = unresolved(kind, Node::Object(id), universe.clone(), want, name.origin.clone());
        reference.unit = Some(object.unit);
        out.push(reference);
    }
}

/// The template that makes the kind of a constraint: its name is that of the kind in small letters.
pub(super) fn template(holder: &mut Holder<'_>) {
    let object = holder.object;
    if object.group != "constraints.gatekeeper.sh" {
        return;
    }
    let Some(kind) = object.value.get("kind") else { return };
    let want = Want {
        group: Str::from("templates.gatekeeper.sh"),
        kind: Str::from("ConstraintTemplate"),
        name: scalar(Some(kind)).map(|kind| Str::from(kind.to_ascii_lowercase())),
        namespace: Known::<Str>::Absent,
        key: None,
    };
    let reference = holder.unresolved(ReferenceKind::ConstraintTemplate, want, kind.origin.clone());
    holder.out.push(reference);
}
