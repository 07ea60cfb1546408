//! Rego's own tests: rules whose names start with `test_`.

use std::sync::Arc;

use super::load::{PolicyFile, Source, gist};
use super::outline::Outline;
use super::run::on_large_stack;
use crate::text::{LineIndex, Span};

/// How a test ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TestOutcome {
    /// It is true.
    Pass,
    /// It is undefined or not true.
    Fail,
    /// It could not be evaluated, and why.
    Error(String),
    /// Its name starts with `todo_`.
    Skipped,
}

/// One test.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TestResult {
    /// Its full name: `data.main.test_denies_root`.
    pub name: String,
    /// Its file.
    pub path: String,
    /// Its line, from 1.
    pub line: u32,
    /// Where its name stands.
    pub span: Span,
    /// How it ended.
    pub outcome: TestOutcome,
    /// What it printed.
    pub prints: Vec<String>,
}

/// All tests of a set of files.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TestReport {
    /// In order of file and line.
    pub tests: Vec<TestResult>,
    /// Files that could not be loaded: path, place, message. Their tests did not run.
    pub broken: Vec<(String, Span, String)>,
}

impl TestReport {
    /// Whether every file was loaded and every test passed.
    #[must_use]
    pub fn is_success(&self) -> bool {
        let fine = |test: &TestResult| matches!(test.outcome, TestOutcome::Pass | TestOutcome::Skipped);
        self.broken.is_empty() && self.tests.iter().all(fine)
    }

    /// Number of tests with an outcome of a kind: passed, failed, with an error, skipped.
    #[must_use]
    pub fn counts(&self) -> [usize; 4] {
        let mut counts = [0; 4];
        for test in &self.tests {
            counts[match test.outcome {
                TestOutcome::Pass => 0,
                TestOutcome::Fail => 1,
                TestOutcome::Error(_) => 2,
                TestOutcome::Skipped => 3,
            }] += 1;
        }
        counts
    }
}

/// Run every test of the files, which are loaded together; parameters that METADATA declares are
/// at `data.kate.params`, and kate's tables beside them.
#[must_use]
pub fn run_tests(files: &[PolicyFile]) -> TestReport {
    let sources: Vec<Source> = files
        .iter()
        .map(|file| Source { path: file.path.clone(), text: Arc::clone(&file.text), file: Some(file.file), page: None })
        .collect();
    on_large_stack(|| run(files, sources))
}

fn run(files: &[PolicyFile], sources: Vec<Source>) -> TestReport {
    let mut report = TestReport::default();
    let (bundle, faults) = super::load::load(
        super::embedded::with_library(sources),
        super::embedded::tables(|_| true),
        &super::Params::new(),
    );
    for fault in faults {
        let Some(file) = files.iter().find(|file| file.path == fault.path) else { continue };
        report.broken.push((fault.path, fault.at.unwrap_or(Span::start_of(file.file)), fault.message));
    }
    let Some(mut engine) = bundle.and_then(|bundle| bundle.engine(&[]).ok()) else { return report };
    for file in files.iter().filter(|file| !report.broken.iter().any(|(path, ..)| *path == file.path)) {
        let outline = Outline::of(&file.text);
        let lines = LineIndex::new(&file.text);
        let mut seen = std::collections::BTreeSet::new();
        for head in outline.heads.iter().filter(|head| !head.is_function) {
            let skipped = head.name.starts_with("todo_test_");
            if !(skipped || head.name.starts_with("test_")) || !seen.insert(head.name.as_str()) {
                continue;
            }
            let name = format!("{}.{}", outline.package_path(), head.name);
            let outcome = if skipped {
                TestOutcome::Skipped
            } else {
                match engine.eval_rule(name.clone()) {
                    Ok(regorus::Value::Bool(true)) => TestOutcome::Pass,
                    Ok(_) => TestOutcome::Fail,
                    Err(error) => TestOutcome::Error(gist(&format!("{error:#}")).to_owned()),
                }
            };
            let prints = engine.take_prints().unwrap_or_default();
            let span = Span::new(file.file, head.at.start, head.at.end);
            report.tests.push(TestResult {
                name,
                path: file.path.clone(),
                line: lines.line(head.at.start),
                span,
                outcome,
                prints,
            });
        }
    }
    report
}
