//! `cargo xtask synth DIR`: writes a generated repository, to measure on and to try things with.

#[path = "../../benches/support/synthetic.rs"]
mod synthetic;

use std::path::{Path, PathBuf};

/// How large, and where.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A directory that is empty or does not exist yet
    directory: PathBuf,
    /// About so many objects after rendering
    #[arg(long, default_value_t = 1_000)]
    objects: usize,
}

/// Write it.
pub(crate) fn run(arguments: &Arguments) -> Result<(), String> {
    let root = &arguments.directory;
    if std::fs::read_dir(root).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(format!("{} is not empty", root.display()));
    }
    let count = write(root, arguments.objects)?;
    println!("{count} files in {}", root.display());
    Ok(())
}

/// Write a repository of about so many objects into a directory; how many files it has.
///
/// # Errors
/// If a file cannot be written.
pub(crate) fn write(root: &Path, objects: usize) -> Result<usize, String> {
    let files = synthetic::files(objects);
    for (path, text) in &files {
        let path = root.join(path);
        let written = path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(&path, text));
        written.map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(files.len())
}
