//! Rendering: what a directory really deploys, with the origin of every value.
//!
//! Invariant: renderers work in memory on parsed files, execute nothing, fetch nothing, and say
//! of everything that they cannot render that it is unknown, and why.

mod go_json;
pub mod kustomize;
pub mod manifests;
pub mod print;
pub mod terraform;

use std::collections::BTreeSet;

use crate::model::Manifest;
use crate::text::FileId;
use crate::value::Unknown;

/// What a directory renders to.
#[derive(Clone, Debug, Default)]
pub struct Rendered {
    /// The objects, in the renderer's order.
    pub manifests: Vec<Manifest>,
    /// Set if nothing can be said about the products as a whole; the manifests are then only what
    /// went in.
    pub unknown: Option<Unknown>,
    /// Parts that could not be read; they may make further objects.
    pub opaque: Vec<Unknown>,
    /// The files that were read.
    pub reads: BTreeSet<FileId>,
    /// What the real build fails for.
    pub faults: Vec<kustomize::Fault>,
    /// What the entries of kustomizations did.
    pub effects: Vec<kustomize::Effect>,
}
