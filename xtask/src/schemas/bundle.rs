//! Writes `schemas/bundle.bin` and `schemas/PROVENANCE.json`.

use serde_json::json;
use sha2::{Digest, Sha256};

use super::{crds, encode, fetch, kubernetes, shape};

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
    /// Day of the release.
    pub(super) date: String,
    pub(super) package: String,
    pub(super) sum: String,
    pub(super) licence: String,
}

/// Everything that was read.
#[derive(Default)]
pub(super) struct Read {
    pub(super) packages: Vec<Source>,
    /// Name, versions (the newest first) and date of projects; Kubernetes is the first.
    pub(super) projects: Vec<[String; 3]>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), String> {
    let mut read = Read::default();
    let (mut definitions, mut kinds) = kubernetes::load(&mut read)?;
    crds::load(&mut definitions, &mut kinds, &mut read)?;
    shape::tidy(&mut definitions, kinds.iter().map(|kind| kind.definition.clone()).collect());
    let bundle = encode::bundle(&definitions, &kinds, &read.projects)?;
    let provenance = provenance(&read.packages, &bundle)?;
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
                "date": source.date,
                "package": source.package,
                "sum": source.sum,
                "licence": source.licence,
            })
        })
        .collect();
    let document = json!({ "sha256": fetch::hex(&Sha256::digest(bundle)), "sources": sources });
    serde_json::to_string_pretty(&document).map(|text| text + "\n").map_err(|error| error.to_string())
}
