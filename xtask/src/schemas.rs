//! Tables of facts that are made from what other projects publish, each with the command that
//! makes it again.

use clap::Subcommand;

use crate::schemas_kustomize;

#[derive(Subcommand)]
pub(crate) enum Schemas {
    /// How kustomize merges lists: `schemas/kustomize.txt`, from the OpenAPI document of kyaml
    Kustomize(schemas_kustomize::Arguments),
}

pub(crate) fn run(of: &Schemas) -> Result<(), String> {
    match of {
        Schemas::Kustomize(arguments) => schemas_kustomize::run(arguments),
    }
}
