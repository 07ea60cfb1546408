//! What an object of a kind may look like: schemas of built-in kinds and custom resources, and the
//! verdict on a value.
//!
//! A schema is an arena of nodes made from the embedded bundle, from a `CustomResourceDefinition` or
//! from a JSON schema; the validator knows only these nodes.
//!
//! Invariant: nothing here knows units, references, rules or files; whoever asks says which version
//! is meant.

pub mod bundle;
pub mod compile;
pub mod crd;
mod node;
mod quantity;
pub mod validate;

pub use node::{Constraints, Field, Format, ListType, Node, NodeId, Rule, Schema, Shape};
pub use quantity::Quantity;
