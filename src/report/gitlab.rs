//! GitLab's code quality report.

use std::collections::BTreeMap;

use serde::Serialize;

use super::anchor::Anchors;
use super::{Report, sanitize};
use crate::diagnostic::{Fingerprint, Severity};

#[derive(Serialize)]
struct Issue {
    description: String,
    check_name: String,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
    end: u32,
}

pub(super) fn render(report: &Report<'_>) -> String {
    let anchors = Anchors::new(report);
    let mut seen: BTreeMap<Fingerprint, usize> = BTreeMap::new();
    let issues: Vec<Issue> = report
        .diagnostics
        .iter()
        .map(|diagnostic| {
            let anchor = anchors.of(diagnostic);
            let fingerprint = diagnostic.fingerprint(report.sources);
            let times = seen.entry(fingerprint).and_modify(|times| *times += 1).or_insert(0);
            // GitLab takes issues with one fingerprint for one issue.
            let fingerprint = match *times {
                0 => fingerprint,
                times => Fingerprint::of(&[&fingerprint.to_string(), &times.to_string()]),
            };
            Issue {
                description: anchors.message(diagnostic),
                check_name: sanitize::line(diagnostic.rule.as_str()).into_owned(),
                fingerprint: fingerprint.to_string(),
                severity: match diagnostic.severity {
                    Severity::Info => "info",
                    Severity::Warning => "minor",
                    Severity::Error => "major",
                },
                location: Location {
                    path: sanitize::line(&report.path_in_git(&anchor.file.path)).into_owned(),
                    lines: Lines { begin: anchor.start.line, end: anchor.end.line },
                },
            }
        })
        .collect();
    super::to_json(&issues, true)
}
