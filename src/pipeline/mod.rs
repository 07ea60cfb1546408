//! The pipeline: the only module that knows all stages.

mod load;

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, sort_and_dedup};
use crate::graph::{Snapshot, link};
use crate::model::Declared;
use crate::rules;
use crate::text::{Side, Sources};
use crate::vfs::{Vfs, VfsError, WalkOptions};

/// What to check.
pub struct Request<'a> {
    /// The tree being checked.
    pub head: &'a dyn Vfs,
    /// The tree it is compared with.
    pub base: Option<&'a dyn Vfs>,
    /// What the walk leaves out.
    pub walk: WalkOptions,
    /// What is declared about the world outside.
    pub declared: Declared,
    /// URLs under which the repository is known.
    pub own_urls: Vec<String>,
}

/// What a check found.
pub struct Outcome {
    /// All texts.
    pub sources: Arc<Sources>,
    /// Findings, sorted.
    pub diagnostics: Vec<Diagnostic>,
    /// Rules that crashed.
    pub crashed: Vec<String>,
    /// The linked head.
    pub head: Snapshot,
}

/// Check a tree.
///
/// # Errors
/// If a tree cannot be listed.
pub fn check(request: &Request<'_>) -> Result<Outcome, VfsError> {
    let mut sources = Sources::default();
    let about = |side| load::About { side, own_urls: request.own_urls.clone(), declared: request.declared.clone() };
    let head = load::load(request.head, &request.walk, about(Side::Head), &mut sources, &load::Shared::default())?;
    let shared = head.files.iter().map(|(path, file)| ((path.clone(), file.source.hash), Arc::clone(file))).collect();
    let base = match request.base {
        Some(vfs) => Some(load::load(vfs, &request.walk, about(Side::Base), &mut sources, &shared)?),
        None => None,
    };
    let head = link(Arc::new(head));
    let base = base.map(|base| link(Arc::new(base)));
    let found = rules::run(rules::builtin(), &head, base.as_ref());
    let mut diagnostics = found.diagnostics;
    sort_and_dedup(&mut diagnostics, &sources);
    Ok(Outcome { sources: Arc::new(sources), diagnostics, crashed: found.crashed, head })
}
