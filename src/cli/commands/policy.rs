//! `kate policy`, and the policies of `--policy`.

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use crate::cli::args::PolicyTestArgs;
use crate::cli::exit::Exit;
use crate::cli::output::{Failure, result};
use crate::policy::{PolicyFile, TestOutcome, run_tests};
use crate::report::sanitize;
use crate::text::{FileId, LineIndex, RepoPath};
use crate::vfs::{DiskVfs, EntryKind, Vfs, WalkOptions};

/// Run the tests of a directory of policies.
pub(in crate::cli) fn test(args: &PolicyTestArgs) -> Result<Exit, Failure> {
    let mut files = Vec::new();
    for (index, (path, text)) in read(&args.directory)?.into_iter().enumerate() {
        let file = FileId(u32::try_from(index).unwrap_or(u32::MAX));
        files.push(PolicyFile { path: path.as_str().to_owned(), text, file });
    }
    if files.is_empty() {
        return Err(Failure::new(format!("there is no .rego file in `{}`", args.directory.display())));
    }
    let report = run_tests(&files);
    let mut text = String::new();
    for (path, span, message) in &report.broken {
        let source = files.iter().find(|file| file.path == *path).map_or("", |file| &file.text);
        let at = LineIndex::new(source).position(source, span.start as usize);
        let _ = writeln!(text, "{}:{}:{}: {}", sanitize::line(path), at.line, at.column, sanitize::line(message));
    }
    for test in &report.tests {
        let (word, why) = match &test.outcome {
            TestOutcome::Pass => continue,
            TestOutcome::Skipped => ("skip", None),
            TestOutcome::Fail => ("FAIL", None),
            TestOutcome::Error(why) => ("ERROR", Some(why)),
        };
        let _ = writeln!(text, "{}:{}: {word} {}", sanitize::line(&test.path), test.line, sanitize::line(&test.name));
        for line in why.into_iter().chain(&test.prints) {
            let _ = writeln!(text, "    {}", sanitize::line(line));
        }
    }
    let [passed, failed, errors, skipped] = report.counts();
    let _ = writeln!(text, "{passed} passed, {} failed, {skipped} skipped", failed + errors);
    if report.tests.is_empty() && report.broken.is_empty() {
        return Err(Failure::new(format!("there is no test in `{}`", args.directory.display()))
            .help("a test is a rule whose name starts with `test_`"));
    }
    result(&text)?;
    Ok(if report.is_success() { Exit::Clean } else { Exit::Findings })
}

/// The `.rego` files at and below a directory, with paths that begin with the directory as given.
pub(super) fn read(directory: &Path) -> Result<Vec<(RepoPath, Arc<str>)>, Failure> {
    let tree = DiskVfs::new(directory)?;
    let name = directory.to_string_lossy();
    let above = RepoPath::new(&name).unwrap_or_else(|| {
        RepoPath::new(&directory.file_name().unwrap_or_default().to_string_lossy()).unwrap_or_default()
    });
    let mut files = Vec::new();
    for (path, entry) in tree.list(&WalkOptions::default())?.iter() {
        if !matches!(entry.kind, EntryKind::File) || path.extension() != Some("rego") {
            continue;
        }
        let bytes = tree.read(path)?;
        let text = String::from_utf8(bytes)
            .map_err(|_| Failure::new(format!("{}: this is not UTF-8", directory.join(path.as_str()).display())))?;
        files.push((above.join(path.as_str()).unwrap_or_else(|| path.clone()), text.into()));
    }
    Ok(files)
}
