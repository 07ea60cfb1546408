//! `kate init`.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::Path;

use crate::cli::args::InitArgs;
use crate::cli::exit::Exit;
use crate::cli::output::{Failure, result};

const CONFIGURATION: &str = include_str!("init/kate.yaml");
const WORKFLOW: &str = include_str!("init/workflow.yaml");
const PRE_COMMIT: &str = include_str!("init/pre-commit.yaml");

/// The entry to add where there is a pre-commit configuration already: without its first line.
fn pre_commit_entry() -> &'static str {
    PRE_COMMIT.split_once('\n').map_or(PRE_COMMIT, |(_, entry)| entry)
}

pub(in crate::cli) fn run(args: &InitArgs) -> Result<Exit, Failure> {
    let root = crate::cli::commands::root(args.path.as_deref())?;
    let files = [
        ("kate.yaml", CONFIGURATION),
        (".github/workflows/kate.yaml", WORKFLOW),
        (".pre-commit-config.yaml", PRE_COMMIT),
    ];
    if args.dry_run {
        let texts: Vec<String> = files.iter().map(|(path, text)| format!("# --- {path}\n{text}")).collect();
        result(&texts.join("\n"))?;
        return Ok(Exit::Clean);
    }
    for (path, text) in files {
        let written = create(&root.join(path), text)?;
        match (written, path) {
            (true, _) => result(&format!("wrote {path}\n"))?,
            (false, ".pre-commit-config.yaml") => {
                result(&format!("{path} exists and stays as it is; add to its `repos`:\n\n{}\n", pre_commit_entry()))?;
            }
            (false, _) => result(&format!("{path} exists and stays as it is\n"))?,
        }
    }
    result(
        "Now run: kate check\nFor pre-commit: pre-commit autoupdate --repo https://github.com/kate-linter/kate && pre-commit install\n",
    )?;
    Ok(Exit::Clean)
}

/// Write a new file, whole or not at all; `false` if there is one.
fn create(path: &Path, text: &str) -> Result<bool, Failure> {
    let failure = |error: std::io::Error| Failure::new(format!("{}: {error}", path.display()));
    if path.symlink_metadata().is_ok() {
        return Ok(false);
    }
    let directory = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(directory).map_err(failure)?;
    let mut file = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        file.permissions(fs::Permissions::from_mode(0o644));
    }
    let mut file = file.tempfile_in(directory).map_err(failure)?;
    file.write_all(text.as_bytes()).map_err(failure)?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(true),
        Err(error) if error.error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(failure(error.error)),
    }
}
