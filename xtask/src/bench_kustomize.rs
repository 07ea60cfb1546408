//! `cargo xtask bench kustomize DIR`: what it takes to build all kustomizations of a repository with
//! the real programs, one process each as they are used, and with one process of kate.
//!
//! All run on the same machine, one after the other, each on all cores. Only directories count that
//! the real program builds. Ratios are printed; times are the machine's.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use kate::pipeline::render::kustomizations;
use kate::text::RepoPath;
use kate::vfs::DiskVfs;
use rayon::prelude::*;

use crate::oracle_kustomize::{Build, Program, kustomization_directories};

/// Which repository.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The repository
    directory: PathBuf,
    /// Runs of kate, of which the fastest counts
    #[arg(long, default_value_t = 5)]
    runs: u32,
}

/// Measure and print.
///
/// # Errors
/// If a program is not there or the repository cannot be read.
pub(crate) fn run(arguments: &Arguments) -> Result<(), String> {
    if cfg!(debug_assertions) {
        return Err("measure a release build: cargo xtask bench".to_owned());
    }
    let vfs = DiskVfs::new(&arguments.directory).map_err(|error| error.to_string())?;
    let real = Program::pinned()?;
    let every = kustomization_directories(&vfs)?;
    let builds = |program: &Program, directory: &RepoPath| -> Result<bool, String> {
        Ok(matches!(program.build(vfs.root(), shown(directory))?, Build::Printed(_)))
    };
    // Once before it counts: to know what builds, and for the system to have read the files.
    let kept: Result<Vec<bool>, String> = every.par_iter().map(|directory| builds(&real, directory)).collect();
    let directories: Vec<RepoPath> =
        every.iter().zip(kept?).filter(|(_, builds)| *builds).map(|(directory, _)| directory.clone()).collect();
    let count = directories.len();
    println!("{count} of {} kustomizations build, {} threads", every.len(), rayon::current_num_threads());
    if count == 0 {
        return Err("nothing to measure".to_owned());
    }

    let kate = fastest(arguments.runs, || in_one_process(&vfs, &directories))?;
    let reading = fastest(arguments.runs, || in_process(&vfs, &[]))?;
    let building = fastest(arguments.runs, || in_process(&vfs, &directories))?;
    let each = building.saturating_sub(reading).as_secs_f64() / count as f64;
    println!("kate, one process, printing: {:.2} s", kate.as_secs_f64());
    println!("  reading and parsing the repository: {:.2} s", reading.as_secs_f64());
    println!("  each build: {:.0} µs of all threads' time", each * 1e6);
    let mut peers = vec![("kustomize".to_owned(), real)];
    if let Some(kubectl) = Program::kubectl() {
        let version = kubectl.kubectl_version().unwrap_or_default();
        peers.push((format!("kubectl kustomize ({version})"), kubectl));
    }
    for (name, program) in &peers {
        let begin = Instant::now();
        directories.par_iter().try_for_each(|directory| builds(program, directory).map(drop))?;
        let time = begin.elapsed();
        let ratio = time.as_secs_f64() / kate.as_secs_f64();
        println!("{name}, {count} processes: {:.2} s, {ratio:.0} times as long", time.as_secs_f64());
    }
    Ok(())
}

fn shown(directory: &RepoPath) -> &str {
    if directory.is_root() { "." } else { directory.as_str() }
}

fn fastest(runs: u32, mut run: impl FnMut() -> Result<Duration, String>) -> Result<Duration, String> {
    let mut best = run()?;
    for _ in 1..runs {
        best = best.min(run()?);
    }
    Ok(best)
}

/// The program, as a user starts it.
fn in_one_process(vfs: &DiskVfs, directories: &[RepoPath]) -> Result<Duration, String> {
    let this = std::env::current_exe().map_err(|error| error.to_string())?;
    let kate = this.with_file_name("kate");
    if !kate.is_file() {
        return Err(format!("{} is not there: cargo build --release", kate.display()));
    }
    let mut command = Command::new(kate);
    command.arg("render").arg("--root").arg(vfs.root()).args(directories.iter().map(shown)).current_dir(vfs.root());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let begin = Instant::now();
    command.status().map_err(|error| error.to_string())?;
    Ok(begin.elapsed())
}

/// The library.
fn in_process(vfs: &DiskVfs, directories: &[RepoPath]) -> Result<Duration, String> {
    let begin = Instant::now();
    let built = kustomizations(vfs, directories).map_err(|error| error.to_string())?;
    let time = begin.elapsed();
    drop(built);
    Ok(time)
}
