//! Fixing: check, apply, check again, until there is nothing left to apply.

use std::collections::BTreeMap;
use std::ops::Range;
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
    /// Changed and new files, in order of path.
    pub changes: Vec<Change>,
    /// Number of fixes applied.
    pub applied: usize,
    /// Fixes that could not be applied: title and reason.
    pub skipped: Vec<(String, String)>,
}

/// A file that fixing changes or makes.
pub struct Change {
    /// Which.
    pub path: RepoPath,
    /// Its whole new content.
    pub bytes: Vec<u8>,
    /// What it was, if it was.
    pub before: Option<Shown>,
    /// What it becomes.
    pub after: Shown,
}

/// The text of a file, and what of it must not be shown.
pub struct Shown {
    /// The whole text.
    pub text: Arc<str>,
    /// Bytes of it that are secret, in order.
    pub secret: Vec<Range<usize>>,
}

impl Shown {
    fn new(outcome: &Outcome, path: &RepoPath) -> Option<Self> {
        let file = &outcome.head.as_ref()?.repository.file(path)?.source;
        let secret = outcome.secrets.iter().filter(|span| span.file == file.id).map(|span| span.range());
        Some(Self { text: Arc::clone(&file.text), secret: secret.collect() })
    }
}

/// Apply the best fix of every finding that has one of at least a level. Nothing is written.
///
/// # Errors
/// If a tree or the configuration cannot be read.
pub fn mend(request: &Request<'_>, level: Applicability) -> Result<Mended, VfsError> {
    let mut overlay = OverlayVfs::new(request.head);
    let mut applied = 0;
    let mut round = 0;
    // What the edited files were before the first edit.
    let mut before: BTreeMap<RepoPath, Shown> = BTreeMap::new();
    loop {
        let outcome = check(&Request { head: &overlay, ..request.clone() })?;
        round += 1;
        let plan = match &outcome.head {
            Some(head) if round <= ROUNDS => plan(head, &outcome, level),
            _ => fix::Plan::default(),
        };
        if plan.edited.is_empty() && plan.created.is_empty() {
            let changes = overlay.changes().map(|(path, bytes)| Change {
                path: path.clone(),
                bytes: bytes.to_vec(),
                before: before.remove(path),
                after: Shown::new(&outcome, path)
                    .unwrap_or_else(|| Shown { text: String::from_utf8_lossy(bytes).into(), secret: Vec::new() }),
            });
            let changes = changes.collect();
            let skipped = plan.skipped.into_iter().map(|skipped| (skipped.title, skipped.reason)).collect();
            return Ok(Mended { outcome, changes, applied, skipped });
        }
        applied += plan.applied;
        for (file, text) in plan.edited {
            let path = &outcome.sources.get(file).path;
            if !overlay.is_changed(path)
                && let Some(shown) = Shown::new(&outcome, path)
            {
                before.insert(path.clone(), shown);
            }
            overlay.insert(path.clone(), text);
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
