//! Fixing: check, apply, check again, until there is nothing left to apply.

use std::sync::Arc;

use super::{Outcome, Request, check};
use crate::diagnostic::{Applicability, Edit, Fix};
use crate::fix;
use crate::graph::Snapshot;
use crate::syntax::ParsedFile;
use crate::text::{FileId, RepoPath};
use crate::vfs::{Lookup, OverlayVfs, VfsError};

/// More rounds than any chain of fixes needs.
const ROUNDS: usize = 16;

/// A tree after fixing.
pub struct Mended {
    /// What a check finds now.
    pub outcome: Outcome,
    /// Changed and new files and their whole content, in order of path.
    pub changes: Vec<(RepoPath, Vec<u8>)>,
    /// Number of fixes applied.
    pub applied: usize,
    /// Fixes that could not be applied: title and reason.
    pub skipped: Vec<(String, String)>,
}

/// Apply the best fix of every finding that has one of at least a level. Nothing is written.
///
/// # Errors
/// If a tree or the configuration cannot be read.
pub fn mend(request: &Request<'_>, level: Applicability) -> Result<Mended, VfsError> {
    let mut overlay = OverlayVfs::new(request.head);
    let mut applied = 0;
    let mut round = 0;
    loop {
        let outcome = check(&Request { head: &overlay, ..request.clone() })?;
        round += 1;
        let plan = match &outcome.head {
            Some(head) if round <= ROUNDS => plan(head, &outcome, level),
            _ => fix::Plan::default(),
        };
        if plan.edited.is_empty() && plan.created.is_empty() {
            let changes = overlay.changes().map(|(path, bytes)| (path.clone(), bytes.to_vec())).collect();
            let skipped = plan.skipped.into_iter().map(|skipped| (skipped.title, skipped.reason)).collect();
            return Ok(Mended { outcome, changes, applied, skipped });
        }
        applied += plan.applied;
        for (file, text) in plan.edited {
            overlay.insert(outcome.sources.get(file).path.clone(), text);
        }
        for (path, text) in plan.created {
            overlay.insert(path, text);
        }
    }
}

fn plan(head: &Snapshot, outcome: &Outcome, level: Applicability) -> fix::Plan {
    let parsed = |id: FileId| -> Option<&Arc<ParsedFile>> {
        head.repository.file(&outcome.sources.get(id).path).filter(|file| file.source.id == id)
    };
    let readers = |id: FileId| head.units.iter().filter(|unit| unit.reads.binary_search(&id).is_ok()).count();
    let best = outcome.diagnostics.iter().filter_map(|diagnostic| {
        let fixes = diagnostic.fixes.iter().map(|fix| {
            let applicability = fix::effective_applicability(fix, &readers);
            Fix { applicability, ..fix.clone() }
        });
        let known = |fix: &Fix| fix.edits.iter().filter_map(Edit::file).all(|file| parsed(file).is_some());
        fixes.into_iter().find(|fix| fix.applicability >= level && known(fix))
    });
    let best: Vec<Fix> = best.collect();
    let files = |id: FileId| Arc::clone(parsed(id).expect("fixes of other files were left out"));
    let taken = |path: &RepoPath| head.repository.lookup(path) != Lookup::Missing;
    fix::apply(&files, &taken, &best.iter().collect::<Vec<_>>(), level)
}
