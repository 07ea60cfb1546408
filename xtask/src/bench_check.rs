//! `cargo xtask bench kubeconform DIR` and `cargo xtask bench start-up`: what whole programs take,
//! process start included.
//!
//! Times of a shared machine say little, so processor time is told beside the time on the clock.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::oracle_kubeconform::{self, MINOR};

/// Rules that look at the shape of objects, as kubeconform does.
const RULES: [&str; 5] =
    ["unknown-field", "invalid-field-type", "missing-required-field", "invalid-field-value", "duplicate-list-key"];

/// What to measure beside kubeconform.
#[derive(clap::Args)]
pub(crate) struct Kubeconform {
    /// Directory whose files of built-in kinds are checked
    directory: PathBuf,
    /// The unpacked `kubernetes-validate` package
    #[arg(long, value_name = "DIRECTORY")]
    definitions: PathBuf,
    /// The program
    #[arg(long, default_value = "kubeconform")]
    kubeconform: PathBuf,
    /// Runs of each, of which the median counts
    #[arg(long, default_value_t = 5)]
    runs: usize,
}

/// How often to start.
#[derive(clap::Args)]
pub(crate) struct StartUp {
    /// Runs of each, of which the median counts
    #[arg(long, default_value_t = 41)]
    runs: usize,
}

/// Measure beside kubeconform.
///
/// # Errors
/// If a program is missing or files cannot be read.
pub(crate) fn kubeconform(arguments: &Kubeconform) -> Result<(), String> {
    let kate = kate()?;
    let scratch = tempfile::tempdir().map_err(|error| error.to_string())?;
    let (files, schemas) = (scratch.path().join("files"), scratch.path().join("schemas"));
    fs::create_dir_all(&files).map_err(|error| error.to_string())?;
    oracle_kubeconform::write_schemas(&arguments.definitions, MINOR, &schemas)?;
    let (count, documents) = oracle_kubeconform::copy_built_in(&arguments.directory, &files)?;
    println!("{documents} documents in {count} files");
    let location =
        format!("{}/{{{{.Group}}}}/{{{{.ResourceKind}}}}_{{{{.ResourceAPIVersion}}}}.json", schemas.display());
    let mut shape = vec!["check", "--exit-zero", "--threads", "2"];
    RULES.iter().for_each(|rule| shape.extend(["--select", rule]));
    let theirs = median(arguments.runs, || {
        let mut command = Command::new(&arguments.kubeconform);
        command.args(["-strict", "-n", "2", "-schema-location", &location]).arg(&files);
        command
    })?;
    println!("kubeconform: {}", told(theirs));
    for (what, options) in [("kate, the same checks", &shape), ("kate, all rules", &shape[..4].to_vec())] {
        let ours = median(arguments.runs, || {
            let mut command = Command::new(&kate);
            command.args(options).arg(&files).current_dir(&files);
            command
        })?;
        let ratio = |theirs: Duration, ours: Duration| theirs.as_secs_f64() / ours.as_secs_f64().max(1e-9);
        println!("{what}: {}", told(ours));
        println!(
            "  {:.1} times as fast, {:.1} times less processor time",
            ratio(theirs.0, ours.0),
            ratio(theirs.1, ours.1)
        );
    }
    Ok(())
}

/// Measure how long it takes to check next to nothing.
///
/// # Errors
/// If kate is not built.
pub(crate) fn start_up(arguments: &StartUp) -> Result<(), String> {
    let kate = kate()?;
    let scratch = tempfile::tempdir().map_err(|error| error.to_string())?;
    let file = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 80}]}\n";
    fs::write(scratch.path().join("service.yaml"), file).map_err(|error| error.to_string())?;
    let run = |arguments: &'static [&'static str]| {
        let (kate, directory) = (kate.clone(), scratch.path().to_owned());
        move || {
            let mut command = Command::new(&kate);
            command.args(arguments).current_dir(&directory);
            command
        }
    };
    let version = median(arguments.runs, run(&["--version"]))?;
    let check = median(arguments.runs, run(&["check", "--exit-zero"]))?;
    println!("kate --version: {}", told(version));
    println!("kate check of one file: {}", told(check));
    println!("  {:.1} times as long", check.0.as_secs_f64() / version.0.as_secs_f64().max(1e-9));
    Ok(())
}

/// The program that is measured, beside this one.
fn kate() -> Result<PathBuf, String> {
    if cfg!(debug_assertions) {
        return Err("measure a release build: cargo run --release -p xtask -- bench".to_owned());
    }
    let this = std::env::current_exe().map_err(|error| error.to_string())?;
    let kate = this.with_file_name("kate");
    if kate.is_file() { Ok(kate) } else { Err(format!("{} is not there: cargo build --release", kate.display())) }
}

fn told((clock, processor): (Duration, Duration)) -> String {
    format!("{:.1} ms, processor time {:.1} ms", clock.as_secs_f64() * 1e3, processor.as_secs_f64() * 1e3)
}

/// The median time on the clock, and the mean processor time.
fn median(runs: usize, command: impl Fn() -> Command) -> Result<(Duration, Duration), String> {
    let runs = runs.max(1);
    let mut times = Vec::with_capacity(runs);
    let before = processor_time();
    for _ in 0..runs {
        let mut command = command();
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let begin = Instant::now();
        command.status().map_err(|error| format!("{:?}: {error}", command.get_program()))?;
        times.push(begin.elapsed());
    }
    let processor = processor_time().saturating_sub(before) / u32::try_from(runs).unwrap_or(1);
    times.sort();
    Ok((times[runs / 2], processor))
}

/// Processor time of all children so far, where the system tells it.
fn processor_time() -> Duration {
    let stat = fs::read_to_string(Path::new("/proc/self/stat")).unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    // Fields 16 and 17: time of children in user and system mode, in hundredths of a second.
    let ticks: u64 = after_name.split_whitespace().skip(13).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}
