//! `cargo xtask oracle kustomize`: what the real kustomize builds, recorded for tests and compared
//! with what kate builds.

mod application;
#[path = "../../tests/kustomize/archive.rs"]
mod archive;
mod cases;
mod corpus;
mod printing;
mod program;
mod random;
#[path = "../../tests/kustomize/verdict.rs"]
mod verdict;

use std::path::{Path, PathBuf};

pub(crate) use archive::cases;
pub(crate) use corpus::kustomization_directories;
pub(crate) use program::{Build, Program};

/// Where recordings are.
const DIRECTORY: &str = "tests/kustomize";

/// What to record or compare.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Write nothing: fail if a recording is not what the program does
    #[arg(long)]
    check: bool,
    /// Build every kustomization of the repositories (or `.tar.gz` archives of repositories) below
    /// these directories, and compare
    #[arg(long, num_args = 1.., value_name = "DIRECTORY", conflicts_with = "check")]
    corpus: Vec<PathBuf>,
    /// Publish the table of `--corpus`
    #[arg(long, requires = "corpus")]
    write: bool,
    /// Build this many random overlay trees, and compare
    #[arg(long, value_name = "COUNT", conflicts_with_all = ["check", "corpus"])]
    random: Option<u64>,
    /// Seed of the first tree
    #[arg(long, default_value_t = 1, requires = "random")]
    seed: u64,
    /// Most builds that making one difference smaller may take
    #[arg(long, default_value_t = 150, requires = "random")]
    patience: usize,
    /// Fields that trees use only if asked
    #[arg(long, value_enum, requires = "random")]
    with: Vec<random::Extra>,
}

/// Record, or compare.
pub(crate) fn run(arguments: &Arguments) -> Result<(), String> {
    let program = Program::pinned()?;
    if !arguments.corpus.is_empty() {
        return corpus::run(&program, &arguments.corpus, arguments.write);
    }
    if let Some(count) = arguments.random {
        return random::run(&program, count, arguments.seed, &arguments.with, arguments.patience);
    }
    let mut recorder = Recorder { check: arguments.check, changed: Vec::new() };
    recorder.write(&Path::new(DIRECTORY).join("VERSION"), &format!("{}\n", program::VERSION))?;
    let scratch = tempfile::tempdir().map_err(|error| error.to_string())?;
    recorder.write(Path::new(printing::TABLE), &printing::record(&program, scratch.path())?)?;
    cases::record(&program, &mut recorder)?;
    for changed in &recorder.changed {
        println!("{changed}");
    }
    let count = recorder.changed.len();
    if arguments.check && count > 0 {
        return Err(format!("{count} recordings are not what kustomize {} does", program::VERSION));
    }
    println!("{count} recordings changed");
    Ok(())
}

/// Writes recordings, or only notes which would change.
struct Recorder {
    check: bool,
    changed: Vec<String>,
}

impl Recorder {
    fn write(&mut self, path: &Path, text: &str) -> Result<(), String> {
        // What cannot be read is not there yet.
        if std::fs::read_to_string(path).is_ok_and(|recorded| recorded == text) {
            return Ok(());
        }
        self.changed.push(path.display().to_string());
        if self.check {
            return Ok(());
        }
        std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
    }
}
