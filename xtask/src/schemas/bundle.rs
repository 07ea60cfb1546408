//! Writes `schemas/bundle.bin` and `schemas/PROVENANCE.json`.

use serde_json::json;
use sha2::{Digest, Sha256};

use super::{encode, fetch, kubernetes, shape};

const BUNDLE: &str = "schemas/bundle.bin";
const PROVENANCE: &str = "schemas/PROVENANCE.json";

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Fail if the files are not what would be written
    #[arg(long)]
    check: bool,
}

/// What was read, and whose it is.
pub(super) struct Source {
    pub(super) project: String,
    pub(super) version: String,
    /// Day of the release; empty if it does not matter.
    pub(super) date: String,
    pub(super) package: String,
    pub(super) sum: String,
    pub(super) licence: String,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), String> {
    let mut sources = Vec::new();
    let (mut definitions, kinds) = kubernetes::load(&mut sources)?;
    let roots = kinds.iter().map(|kind| kind.definition.clone()).chain([encode::OBJECT_META.to_owned()]);
    shape::tidy(&mut definitions, roots.collect());
    let bundle = encode::bundle(&definitions, &kinds, &sources[..1])?;
    let provenance = provenance(&sources, &bundle)?;
    for (path, bytes) in [(BUNDLE, &*bundle), (PROVENANCE, provenance.as_bytes())] {
        if !arguments.check {
            std::fs::write(path, bytes).map_err(|error| format!("{path}: {error}"))?;
        } else if std::fs::read(path).map_err(|error| format!("{path}: {error}"))? != bytes {
            return Err(format!("{path} is not what its sources give"));
        }
    }
    println!("{BUNDLE}: {} kinds, {} definitions, {} bytes", kinds.len(), definitions.len(), bundle.len());
    Ok(())
}

fn provenance(sources: &[Source], bundle: &[u8]) -> Result<String, String> {
    let sources: Vec<serde_json::Value> = sources
        .iter()
        .map(|source| {
            json!({
                "project": source.project,
                "version": source.version,
                "package": source.package,
                "sum": source.sum,
                "licence": source.licence,
            })
        })
        .collect();
    let document = json!({ "sha256": fetch::hex(&Sha256::digest(bundle)), "sources": sources });
    serde_json::to_string_pretty(&document).map(|text| text + "\n").map_err(|error| error.to_string())
}
