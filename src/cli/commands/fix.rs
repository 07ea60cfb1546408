//! The fixes of `kate check`: writing them, or showing what they would change.

use crate::cli::args::CheckArgs;
use crate::cli::exit::Exit;
use crate::cli::output::{Failure, log, result};
use crate::diagnostic::Applicability;
use crate::fix::{Masked, unified_diff};
use crate::pipeline::{Mended, Outcome, Request, Shown, mend};
use crate::report::sanitize;
use crate::text::ContentHash;
use crate::vfs::{DiskVfs, Vfs, Write};

/// Whether fixes are wanted.
pub(super) fn is_wanted(args: &CheckArgs) -> bool {
    args.fix || args.diff
}

/// Check and fix in memory.
pub(super) fn find(args: &CheckArgs, request: &Request<'_>) -> Result<Mended, Failure> {
    let level = if args.unsafe_fixes { Applicability::Unsafe } else { Applicability::Safe };
    Ok(mend(request, level)?)
}

/// Print a diff of all changes; findings are not reported.
pub(super) fn show(mended: &Mended) -> Result<Exit, Failure> {
    let mut text = String::new();
    for change in &mended.changes {
        let old = change.before.as_ref().map(side);
        text.push_str(&unified_diff(change.path.as_str(), old, side(&change.after)));
    }
    result(&sanitize::block(&text))?;
    Ok(if mended.changes.is_empty() { Exit::Clean } else { Exit::Findings })
}

fn side(shown: &Shown) -> Masked<'_> {
    Masked { text: &shown.text, secret: &shown.secret }
}

/// Write all changes or none, and give back what a check finds now.
pub(super) fn write(tree: &DiskVfs, mended: Mended, quiet: bool) -> Result<Outcome, Failure> {
    let writes = mended.changes.into_iter().map(|change| {
        let expect = tree.read(&change.path).ok().map(|bytes| ContentHash::of(&bytes));
        Write { path: change.path, expect, bytes: change.bytes }
    });
    let writes: Vec<Write> = writes.collect();
    tree.write_all(&writes)?;
    if !quiet {
        if !writes.is_empty() {
            log(&format!("fixes applied: {}, in files: {}", mended.applied, writes.len()));
        }
        for (title, reason) in &mended.skipped {
            log(&format!("not applied: {title}: {reason}"));
        }
    }
    Ok(mended.outcome)
}
