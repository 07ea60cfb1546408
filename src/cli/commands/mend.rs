//! `kate check --fix` and `--diff`: apply fixes to the work tree, or show what they would change.

use crate::cli::args::{CheckArgs, Global};
use crate::cli::exit::Exit;
use crate::cli::output::{Failure, log, result};
use crate::diagnostic::Applicability;
use crate::fix::unified_diff;
use crate::pipeline::{Mended, Outcome, Request, mend};
use crate::vfs::{DiskVfs, Write};

/// Whether fixes are wanted at all.
pub(super) fn is_wanted(args: &CheckArgs) -> bool {
    args.fix || args.diff || args.unsafe_fixes
}

/// How a run with fixes goes on.
pub(super) enum Next {
    /// Report what remains.
    Report(Box<Outcome>),
    /// Everything is said.
    Done(Exit),
}

/// Apply or show fixes.
pub(super) fn run(args: &CheckArgs, global: &Global, disk: &DiskVfs, request: &Request<'_>) -> Result<Next, Failure> {
    if !args.fix && !args.diff {
        return Err(Failure::new("`--unsafe-fixes` needs `--fix` to write or `--diff` to show"));
    }
    let level = if args.unsafe_fixes { Applicability::Unsafe } else { Applicability::Safe };
    let mended = mend(request, level)?;
    for skipped in mended.skipped.iter().filter(|_| global.quiet == 0) {
        log(&format!("not applied: {}: {}", skipped.title, skipped.reason));
    }
    if args.diff {
        return show(&mended);
    }
    if mended.outcome.misconfigured {
        return Ok(Next::Report(Box::new(mended.outcome)));
    }
    let writes: Vec<Write> = mended
        .changes
        .iter()
        .map(|change| Write {
            path: change.path.clone(),
            expect: change.before.as_ref().map(|(_, hash)| *hash),
            bytes: change.after.clone().into_bytes(),
        })
        .collect();
    disk.write_all(&writes)?;
    if global.quiet == 0 && mended.applied > 0 {
        let fixes = if mended.applied == 1 { "fix" } else { "fixes" };
        let files = if writes.len() == 1 { "file" } else { "files" };
        log(&format!("applied {} {fixes} in {} {files}", mended.applied, writes.len()));
    }
    Ok(Next::Report(Box::new(mended.outcome)))
}

/// Print the changes; the run ended well only if there are none.
fn show(mended: &Mended) -> Result<Next, Failure> {
    for change in &mended.changes {
        let before = change.before.as_ref().map(|(text, _)| &**text);
        result(&unified_diff(change.path.as_str(), before, &change.after))?;
    }
    Ok(Next::Done(if mended.changes.is_empty() { Exit::Clean } else { Exit::Findings }))
}
