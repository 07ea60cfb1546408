//! Records what kustomize makes of each case, and where the kustomize inside kubectl differs.

use std::fmt::Write as _;
use std::path::Path;

use rayon::prelude::*;

use super::application;
use super::archive::{Case, Verdict, cases};
use super::program::{Build, Program};
use super::{DIRECTORY, Recorder};

/// Run all cases and write what came of them.
///
/// # Errors
/// If a case cannot be read or the program cannot be run.
pub(super) fn record(program: &Program, recorder: &mut Recorder) -> Result<(), String> {
    let directory = Path::new(DIRECTORY);
    let cases = cases(&directory.join("cases"))?;
    let second = Program::kubectl();
    let run = |case: &Case| -> Result<(Verdict, Option<Verdict>), String> {
        let tree = unpack(&case.files)?;
        let edited = match &case.application {
            Some(file) => application::edit(program, tree.path(), &case.build, file)?,
            None => None,
        };
        let verdict = match edited {
            Some(refused) => verdict(refused),
            None => verdict(program.build(tree.path(), &case.build)?),
        };
        let second = match &second {
            // kubectl edits nothing.
            _ if case.application.is_some() => None,
            Some(second) => Some(self::verdict(second.build(tree.path(), &case.build)?)),
            None => None,
        };
        Ok((verdict, second))
    };
    let verdicts: Result<Vec<_>, String> = cases.par_iter().map(|(_, case)| run(case)).collect();
    let mut opinions = String::new();
    for ((path, case), (verdict, second)) in cases.iter().zip(verdicts?) {
        recorder.write(path, &with(case, &verdict))?;
        if let Some(difference) = second.and_then(|second| difference(&verdict, &second)) {
            let _ = writeln!(opinions, "{}\t{difference}", case.name);
        }
    }
    // Without kubectl the recorded opinions stand.
    let Some(version) = second.and_then(|second| second.kubectl_version()) else { return Ok(()) };
    let head = format!("# Cases of which the kustomize {version} inside kubectl makes something else.\n");
    recorder.write(&directory.join("second-opinion.tsv"), &(head + &opinions))
}

/// The whole text of a case with another verdict.
pub(super) fn with(case: &Case, verdict: &Verdict) -> String {
    let mut text = case.text.clone();
    if !text.ends_with('\n') {
        text.push('\n');
    }
    match verdict {
        Verdict::Expected(printed) => text + "-- expected --\n" + printed,
        Verdict::Failure(message) => text + "-- failure --\n" + message + "\n",
    }
}

/// Put files into a temporary directory.
pub(super) fn unpack(files: &[(String, Vec<u8>)]) -> Result<tempfile::TempDir, String> {
    let tree = tempfile::tempdir().map_err(|error| error.to_string())?;
    for (path, bytes) in files {
        let path = tree.path().join(path);
        let fault = |error: std::io::Error| format!("{}: {error}", path.display());
        std::fs::create_dir_all(path.parent().unwrap_or(tree.path())).map_err(fault)?;
        std::fs::write(&path, bytes).map_err(fault)?;
    }
    Ok(tree)
}

pub(super) fn verdict(build: Build) -> Verdict {
    match build {
        Build::Printed(printed) => Verdict::Expected(printed),
        Build::Failed(message) => Verdict::Failure(message),
    }
}

/// What a second program does otherwise than the first.
pub(super) fn difference(first: &Verdict, second: &Verdict) -> Option<String> {
    match (first, second) {
        (Verdict::Expected(first), Verdict::Expected(second)) if first == second => None,
        (Verdict::Failure(_), Verdict::Failure(_)) => None,
        (Verdict::Expected(first), Verdict::Expected(second)) => {
            let mut lines = first.lines().zip(second.lines());
            let differing = lines.find(|(first, second)| first != second);
            Some(match differing {
                Some((first, second)) => format!("prints `{}` instead of `{}`", second.trim(), first.trim()),
                None => "prints more or less".to_owned(),
            })
        }
        (Verdict::Failure(_), Verdict::Expected(_)) => Some("builds".to_owned()),
        (Verdict::Expected(_), Verdict::Failure(message)) => Some(format!("fails: {message}")),
    }
}
