//! The nodes of a schema.
//!
//! They are what a structural schema of Kubernetes can say, and no more: shape, nullability, and, for
//! custom resources, constraints. Nodes refer to each other by index, so that recursive definitions
//! (`JSONSchemaProps`) need no special care.

use std::sync::Arc;

use crate::value::{Str, Value};

/// Index of a node in its [`Schema`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct NodeId(pub u32);

/// The schema of one kind in one version.
#[derive(Clone, Debug)]
pub struct Schema {
    /// Every node.
    pub nodes: Vec<Node>,
    /// The node of the whole object.
    pub root: NodeId,
}

impl Schema {
    /// A node by its index.
    #[must_use]
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }
}

/// What may stand at one place.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its shape.
    pub shape: Shape,
    /// Whether an explicit null is kept and allowed (`nullable`). Elsewhere a null counts as absent.
    pub nullable: bool,
    /// Whatever the shape does not say; most nodes have none.
    pub constraints: Option<Box<Constraints>>,
}

/// The shape of a value.
#[derive(Clone, Debug)]
pub enum Shape {
    /// Anything.
    Any,
    /// Text, of a format, one of a closed set.
    String {
        /// What the text says.
        format: Option<Format>,
        /// The values that are allowed; empty if any is.
        values: Arc<[Str]>,
    },
    /// An integer of 32 or 64 bits.
    Integer {
        /// Whether it must fit 32 bits.
        narrow: bool,
    },
    /// Any number.
    Number,
    /// A boolean.
    Boolean,
    /// Text or an integer (`x-kubernetes-int-or-string`).
    IntOrString,
    /// A quantity: text such as `100m`, or a number.
    Quantity,
    /// A list.
    List {
        /// Its items.
        item: NodeId,
        /// What makes an item unique.
        list_type: ListType,
    },
    /// A map with free keys.
    Map {
        /// Its values.
        value: NodeId,
    },
    /// A map with declared keys.
    Object {
        /// The keys, sorted by name.
        fields: Arc<[Field]>,
        /// What other keys may hold (`x-kubernetes-preserve-unknown-fields`, `additionalProperties`
        /// beside `properties`); without it they are unknown fields.
        others: Option<NodeId>,
    },
}

/// A declared key.
#[derive(Clone, Debug)]
pub struct Field {
    /// The key.
    pub name: Str,
    /// What it holds.
    pub node: NodeId,
    /// Whether it must be there.
    pub required: bool,
}

/// What a text says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// Base64 of bytes.
    Byte,
    /// RFC 3339.
    DateTime,
    /// A calendar date.
    Date,
    /// A duration as Go writes it: `1h30m`.
    Duration,
    /// `ipv4`.
    Ipv4,
    /// `ipv6`.
    Ipv6,
    /// `cidr`.
    Cidr,
    /// `uri`.
    Uri,
    /// `email`.
    Email,
    /// `hostname`.
    Hostname,
    /// `uuid`.
    Uuid,
}

/// What makes items of a list unique (`x-kubernetes-list-type`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ListType {
    /// Nothing.
    Atomic,
    /// The item itself.
    Set,
    /// These keys of the item.
    Map(Arc<[Str]>),
}

/// What a custom resource's schema says beyond the shape.
#[derive(Clone, Debug, Default)]
pub struct Constraints {
    /// The values that are allowed, where they are not all text.
    pub values: Vec<Value>,
    /// A regular expression that the text has to match somewhere.
    pub pattern: Option<Str>,
    /// Least and greatest length of text in characters.
    pub length: (Option<u64>, Option<u64>),
    /// Least and greatest number of items or of keys.
    pub size: (Option<u64>, Option<u64>),
    /// Least number, and whether it is excluded.
    pub minimum: Option<(f64, bool)>,
    /// Greatest number, and whether it is excluded.
    pub maximum: Option<(f64, bool)>,
    /// What a number has to be a multiple of.
    pub multiple_of: Option<f64>,
    /// Whether items must differ.
    pub unique_items: bool,
    /// All of these must hold.
    pub all_of: Vec<NodeId>,
    /// At least one of these must hold.
    pub any_of: Vec<NodeId>,
    /// Exactly one of these must hold.
    pub one_of: Vec<NodeId>,
    /// This must not hold.
    pub not: Option<NodeId>,
    /// What the API server fills in where the value is missing or a null that is not allowed
    /// (`default`).
    pub default: Option<Value>,
    /// CEL rules (`x-kubernetes-validations`).
    pub rules: Vec<Rule>,
    /// Whether it is a whole object of another kind (`x-kubernetes-embedded-resource`).
    pub embedded: bool,
}

/// A rule in CEL about one value.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The expression that has to be true.
    pub expression: Str,
    /// What to say if it is not.
    pub message: Option<Str>,
    /// An expression that makes the message.
    pub message_expression: Option<Str>,
}
