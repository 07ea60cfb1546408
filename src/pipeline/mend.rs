//! Fixes until nothing changes: apply, read again, check again.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Outcome, Request, check};
use crate::diagnostic::{Applicability, Fix};
use crate::fix::{Skipped, apply, effective_applicability};
use crate::graph::Snapshot;
use crate::text::{ContentHash, FileId, RepoPath};
use crate::vfs::{OverlayVfs, VfsError};

/// Most rounds. A fix makes room for another one in a few; more means that two undo each other.
const MAX_ROUNDS: usize = 10;

/// What fixes made of a tree.
pub struct Mended {
    /// The check of the tree as it would be.
    pub outcome: Outcome,
    /// Changed and new files.
    pub changes: Vec<Change>,
    /// How many fixes are in the changes.
    pub applied: usize,
    /// Fixes of the last round that were not applied, and why.
    pub skipped: Vec<Skipped>,
}

/// A changed or new file.
pub struct Change {
    /// Where.
    pub path: RepoPath,
    /// Its text and hash before; `None` if it is new.
    pub before: Option<(Arc<str>, ContentHash)>,
    /// Its text after.
    pub after: String,
}

/// Apply all fixes of at least a level, again and again until none is left. Nothing is written.
///
/// # Errors
/// If a tree or the configuration cannot be read.
pub fn mend(request: &Request<'_>, level: Applicability) -> Result<Mended, VfsError> {
    let mut overlay = OverlayVfs::new(request.head);
    let mut originals: BTreeMap<RepoPath, Option<(Arc<str>, ContentHash)>> = BTreeMap::new();
    let mut texts: BTreeMap<RepoPath, String> = BTreeMap::new();
    let mut applied = 0;
    for _ in 0..MAX_ROUNDS {
        let outcome = check(&Request { head: &overlay, ..request.clone() })?;
        let Some(head) = &outcome.head else {
            return Ok(Mended { outcome, changes: Vec::new(), applied, skipped: Vec::new() });
        };
        let fixes = fixes(&outcome, head);
        let parsed = |id: FileId| {
            let path = &outcome.sources.get(id).path;
            head.repository.files.get(path).cloned().unwrap_or_else(|| unreadable(&outcome, id))
        };
        let taken = |path: &RepoPath| head.repository.listing.get(path).is_some();
        let fixes: Vec<&Fix> = fixes.iter().collect();
        let plan = apply(&parsed, &taken, &fixes, level);
        if plan.applied == 0 {
            let changes = changes(originals, texts);
            return Ok(Mended { outcome, changes, applied, skipped: plan.skipped });
        }
        applied += plan.applied;
        let edited = plan.edited.into_iter().map(|(id, text)| {
            let source = outcome.sources.get(id);
            (source.path.clone(), Some((Arc::clone(&source.text), source.hash)), text)
        });
        let created = plan.created.into_iter().map(|(path, text)| (path, None, text));
        for (path, before, text) in edited.chain(created) {
            originals.entry(path.clone()).or_insert(before);
            overlay.insert(path.clone(), text.clone());
            texts.insert(path, text);
        }
    }
    let outcome = check(&Request { head: &overlay, ..request.clone() })?;
    Ok(Mended { outcome, changes: changes(originals, texts), applied, skipped: Vec::new() })
}

/// The best fix of every finding, at the level that the files which it edits allow.
fn fixes(outcome: &Outcome, head: &Snapshot) -> Vec<Fix> {
    let mut readers: BTreeMap<FileId, usize> = BTreeMap::new();
    for unit in head.units.iter().filter(|unit| unit.deployed) {
        for file in &unit.reads {
            *readers.entry(*file).or_default() += 1;
        }
    }
    let readers = |file: FileId| readers.get(&file).copied().unwrap_or(0);
    let best = outcome.diagnostics.iter().filter_map(|diagnostic| diagnostic.fixes.first());
    best.map(|fix| Fix { applicability: effective_applicability(fix, &readers), ..fix.clone() }).collect()
}

/// A file that findings point into and that is no file of the tree (a policy from elsewhere).
fn unreadable(outcome: &Outcome, id: FileId) -> Arc<crate::syntax::ParsedFile> {
    Arc::new(crate::syntax::ParsedFile {
        source: Arc::clone(outcome.sources.get(id)),
        syntax: crate::syntax::Syntax::Other,
        errors: Vec::new(),
        comments: Vec::new(),
    })
}

fn changes(
    originals: BTreeMap<RepoPath, Option<(Arc<str>, ContentHash)>>,
    mut texts: BTreeMap<RepoPath, String>,
) -> Vec<Change> {
    let made = originals.into_iter().filter_map(|(path, before)| {
        let after = texts.remove(&path)?;
        Some(Change { path, before, after })
    });
    // Two fixes that undo each other leave nothing to write.
    made.filter(|change| change.before.as_ref().is_none_or(|(text, _)| **text != *change.after)).collect()
}
