//! kate: the type checker for GitOps.
//!
//! Modules in layer order; each may use only those above it (`tests/architecture.rs` checks).

pub mod diagnostic;
pub mod graph;
pub mod model;
pub mod render;
pub mod rules;
pub mod syntax;
pub mod text;
pub mod value;
pub mod vfs;
