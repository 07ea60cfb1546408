//! `metadata` of objects, which definitions of custom resources leave out.

use crate::schema::{Constraints, Field, Format, ListType, Node, NodeId, Shape};
use crate::value::Str;

/// Add the nodes of `metadata`. `name` is what a definition says of names beyond the shape.
pub(super) fn nodes(nodes: &mut Vec<Node>, name: Option<Box<Constraints>>) -> NodeId {
    let mut add = |shape: Shape, constraints| {
        nodes.push(Node { shape, nullable: false, constraints });
        NodeId(u32::try_from(nodes.len() - 1).unwrap_or(u32::MAX))
    };
    let text = || Shape::String { format: None, values: [].into() };
    let plain = add(text(), None);
    let named = add(text(), name);
    let time = add(Shape::String { format: Some(Format::DateTime), values: [].into() }, None);
    let number = add(Shape::Integer { narrow: false }, None);
    let truth = add(Shape::Boolean, None);
    let any = add(Shape::Any, None);
    let texts = add(Shape::Map { value: plain }, None);
    let names = add(Shape::List { item: plain, list_type: ListType::Set }, None);
    let managed = add(Shape::List { item: any, list_type: ListType::Atomic }, None);
    let owner = object(&[
        ("apiVersion", plain, true),
        ("blockOwnerDeletion", truth, false),
        ("controller", truth, false),
        ("kind", plain, true),
        ("name", plain, true),
        ("uid", plain, true),
    ]);
    let owner = add(owner, None);
    let owners = add(Shape::List { item: owner, list_type: ListType::Map([Str::from("uid")].into()) }, None);
    let metadata = object(&[
        ("annotations", texts, false),
        ("clusterName", plain, false),
        ("creationTimestamp", time, false),
        ("deletionGracePeriodSeconds", number, false),
        ("deletionTimestamp", time, false),
        ("finalizers", names, false),
        ("generateName", plain, false),
        ("generation", number, false),
        ("labels", texts, false),
        ("managedFields", managed, false),
        ("name", named, false),
        ("namespace", plain, false),
        ("ownerReferences", owners, false),
        ("resourceVersion", plain, false),
        ("selfLink", plain, false),
        ("uid", plain, false),
    ]);
    add(metadata, None)
}

/// An object of these fields, which are sorted by name.
fn object(fields: &[(&str, NodeId, bool)]) -> Shape {
    let field = |(name, node, required): &(&str, NodeId, bool)| Field {
        name: Str::from(*name),
        node: *node,
        required: *required,
    };
    Shape::Object { fields: fields.iter().map(field).collect(), others: None }
}
