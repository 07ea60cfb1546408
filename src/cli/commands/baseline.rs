//! The baseline of `kate check`: which one is used, and writing it.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use super::check::in_root;
use crate::cli::args::CheckArgs;
use crate::cli::exit::Exit;
use crate::cli::output::{Failure, log, result};
use crate::pipeline::{BaselineFile, Outcome};
use crate::suppress::Baseline;
use crate::text::{FileId, RepoPath, Side, SourceFile};

/// Where the baseline is written if nothing says otherwise.
const DEFAULT: &str = "kate-baseline.json";

/// Whether the baseline is written rather than used.
pub(super) fn is_maintained(args: &CheckArgs) -> bool {
    args.write_baseline || args.prune_baseline
}

/// The baseline that a check uses.
pub(super) fn used(args: &CheckArgs, root: &Path) -> Result<BaselineFile, Failure> {
    if is_maintained(args) {
        return Ok(BaselineFile::Unused);
    }
    match &args.baseline {
        Some(file) => in_root(file, root).map(BaselineFile::File),
        None => Ok(BaselineFile::Configured),
    }
}

/// Write or prune the baseline; `outcome` was found without one.
pub(super) fn maintain(args: &CheckArgs, root: &Path, outcome: &Outcome) -> Result<Exit, Failure> {
    let path = match (&args.baseline, &outcome.baseline) {
        (Some(file), _) => in_root(file, root)?,
        (None, Some(configured)) => configured.clone(),
        (None, None) => RepoPath::new(DEFAULT).unwrap_or_default(),
    };
    let file = root.join(path.as_str());
    let text = if args.prune_baseline {
        let ran = |id: &str| outcome.rules.iter().any(|rule| rule.id.as_str() == id);
        read(&file, path.clone())?.prune(&outcome.diagnostics, &outcome.sources, &ran)
    } else {
        Baseline::write(&outcome.diagnostics, &outcome.sources)
    };
    write(&file, &text)?;
    result(&format!("wrote {path}\n"))?;
    if args.baseline.is_none() && outcome.baseline.is_none() {
        log(&format!("to use it, add `baseline: {path}` to kate.yaml"));
    }
    Ok(Exit::Clean)
}

fn read(file: &Path, path: RepoPath) -> Result<Baseline, Failure> {
    let failure = |why: &dyn std::fmt::Display| Failure::new(format!("{}: {why}", file.display()));
    let bytes = fs::read(file).map_err(|error| failure(&error))?;
    let text: Arc<str> = String::from_utf8(bytes).map_err(|error| failure(&error))?.into();
    let source = SourceFile::new(FileId(0), path, text, Side::Head, true);
    Baseline::read(&source).map_err(|error| failure(&error.message))
}

/// Replace a file, whole or not at all.
fn write(file: &Path, text: &str) -> Result<(), Failure> {
    let failure = |error: std::io::Error| Failure::new(format!("{}: {error}", file.display()));
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(fs::Permissions::from_mode(0o644));
    }
    let mut new = builder.tempfile_in(file.parent().unwrap_or(Path::new("."))).map_err(failure)?;
    new.write_all(text.as_bytes()).map_err(failure)?;
    new.persist(file).map_err(|error| failure(error.error))?;
    Ok(())
}
