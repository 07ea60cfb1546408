//! Tables of facts that are made from what other projects publish, each with the command that
//! makes it again.

mod bundle;
mod corrections;
mod crds;
mod encode;
mod fetch;
mod fidelity;
mod go;
mod join;
mod kopium;
mod kubernetes;
mod kustomize;
mod shape;

use clap::Subcommand;

pub(crate) use kubernetes::{Presence, presence};

#[derive(Subcommand)]
pub(crate) enum Schemas {
    /// What objects look like: `schemas/bundle.bin`, from what Kubernetes and other projects release
    Bundle(bundle::Arguments),
    /// How far the bundle says what its sources say
    Fidelity,
    /// How kustomize merges lists: `schemas/kustomize.txt`, from the OpenAPI document of kyaml
    Kustomize(kustomize::Arguments),
}

pub(crate) fn run(of: &Schemas) -> Result<(), String> {
    match of {
        Schemas::Bundle(arguments) => bundle::run(arguments),
        Schemas::Fidelity => fidelity::run(),
        Schemas::Kustomize(arguments) => kustomize::run(arguments),
    }
}
