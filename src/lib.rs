//! kate: the type checker for GitOps.
//!
//! Modules in layer order; each may use only those above it (`tests/architecture.rs` checks).

pub mod text;
pub mod value;

pub mod schema;

pub mod diagnostic;
pub mod vfs;

pub mod syntax;

pub mod model;

pub mod render;

pub mod graph;

pub mod rules;

pub mod policy;

pub mod config;

pub mod suppress;

pub mod fix;

pub mod report;

pub mod pipeline;

pub mod cli;
