//! A kustomization may read files in its own directory only.

use super::faults::{self, Words};
use crate::diagnostic::RuleMeta;
use crate::graph::{Snapshot, UnitId, UnitKind};
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule};

declare_rule! {
    FileOutsideKustomization = "file-outside-kustomization" {
        summary: "kustomization reads a file that is not in its directory",
        group: Kustomize, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

impl Rule for FileOutsideKustomization {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn snapshot(&self, cx: &Context<'_>) {
        let mut found = faults::of(cx.head, &META);
        for found in &mut found {
            found.units.retain(|unit| !by_flux(cx.head, *unit));
        }
        found.retain(|found| !found.units.is_empty());
        if found.is_empty() || is_lifted(cx.head) {
            return;
        }
        for found in found {
            let words = Words {
                message: format!("kustomization reads a file outside of its directory: {}", found.fault.message),
                primary: "outside".to_owned(),
            };
            let finding = faults::finding(cx.head, &META, &found, words)
                .help("move the file into the directory, or give its directory a kustomization and include that");
            cx.report(finding);
        }
    }
}

/// Flux builds without the restriction.
fn by_flux(snapshot: &Snapshot, unit: UnitId) -> bool {
    snapshot.unit(unit).kind == UnitKind::Flux
}

/// Whether this repository builds without the restriction: `kustomize.buildOptions` of Argo CD, in
/// whatever form it is installed, a script or a pipeline says so.
fn is_lifted(snapshot: &Snapshot) -> bool {
    let says = |text: &str| {
        text.contains("LoadRestrictionsNone")
            || text.contains("load-restrictor none")
            || text.contains("load-restrictor=none")
            || text.contains("load_restrictor none")
            || text.contains("load_restrictor=none")
    };
    let mut files = snapshot.repository.files.values().map(|file| &file.source);
    files.any(|source| source.path.extension() != Some("md") && says(&source.text))
}
