//! Which versions a run took for those that run.

use serde::Serialize;

/// The version of a project, as far as it is known.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct KnownVersion {
    /// The project's key in `kate.yaml`.
    pub project: &'static str,
    /// The version; none if something installs the project and does not say which.
    pub version: Option<String>,
    /// Whether a later minor version may be what runs.
    pub minimum: bool,
    /// The cluster, if it is known.
    pub cluster: Option<String>,
    /// How it is known.
    pub evidence: &'static str,
    /// Where it is written first.
    pub path: String,
    /// Its line there.
    pub line: u32,
    /// In how many places it is written.
    pub places: usize,
}

impl KnownVersion {
    /// Whether another place says the same.
    #[must_use]
    pub fn says_the_same(&self, other: &Self) -> bool {
        let what = |known: &Self| (known.project, known.version.clone(), known.minimum, known.cluster.clone());
        what(self) == what(other)
    }
}

/// Most places that are named for one project.
const PLACES: usize = 3;

/// "kubernetes 1.31 (terraform/eks.tf:12), external-secrets 0.9 (apps/eso.yaml:8)"; empty if nothing
/// is known. Versions must be in order of project.
pub(super) fn line(versions: &[KnownVersion]) -> String {
    let mut parts = Vec::new();
    for of_project in versions.chunk_by(|a, b| a.project == b.project) {
        let mut told: Vec<&KnownVersion> = of_project.iter().filter(|known| known.version.is_some()).collect();
        if told.is_empty() {
            told = of_project.iter().take(1).collect();
        }
        parts.extend(told.iter().take(PLACES).map(|known| {
            let version = known.version.as_deref().unwrap_or("of unknown version");
            let or_later = if known.minimum { " or later" } else { "" };
            let on = known.cluster.as_ref().map_or_else(String::new, |cluster| format!(" on {cluster}"));
            let more = if known.places > 1 { format!(" and {} more", known.places - 1) } else { String::new() };
            format!("{} {version}{or_later}{on} ({}:{}{more})", known.project, known.path, known.line)
        }));
        if told.len() > PLACES {
            parts.push(format!("{} more versions of {}", told.len() - PLACES, of_project[0].project));
        }
    }
    parts.join(", ")
}
