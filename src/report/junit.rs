//! JUnit XML, which build servers show as test results: one suite per file, one case per finding.
//!
//! Errors are failures. Warnings and hints are cases that passed and say something, for they do not
//! fail kate either.

use std::fmt::Write;

use super::{Report, sanitize};
use crate::diagnostic::{Diagnostic, Severity};

pub(super) fn render(report: &Report<'_>) -> String {
    let failures = count_errors(report.diagnostics);
    let cases = report.diagnostics.len().max(1);
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(out, "<testsuites name=\"kate\" tests=\"{cases}\" failures=\"{failures}\" errors=\"0\">");
    if report.diagnostics.is_empty() {
        out.push_str("  <testsuite name=\"kate\" tests=\"1\" failures=\"0\" errors=\"0\">\n");
        out.push_str("    <testcase name=\"no findings\" classname=\"kate\"/>\n  </testsuite>\n");
    }
    let same_file = |a: &Diagnostic, b: &Diagnostic| a.primary_span().file == b.primary_span().file;
    for suite in report.diagnostics.chunk_by(same_file) {
        let path = &report.sources.get(suite[0].primary_span().file).path;
        let _ = writeln!(
            out,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\">",
            escape(path.as_str()),
            suite.len(),
            count_errors(suite)
        );
        for diagnostic in suite {
            case(&mut out, report, diagnostic);
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

fn case(out: &mut String, report: &Report<'_>, diagnostic: &Diagnostic) {
    let file = report.sources.get(diagnostic.primary_span().file);
    let position = file.position(diagnostic.primary_span().start as usize);
    let rule = escape(diagnostic.rule.as_str());
    let message = escape(&diagnostic.message);
    let path = escape(file.path.as_str());
    let mut text = format!("{} {path}:{}:{}", file.side.as_str(), position.line, position.column);
    for note in diagnostic.notes.iter().chain(&diagnostic.help) {
        let _ = write!(text, "\n{}", escape(note));
    }
    let _ = writeln!(out, "    <testcase name=\"{rule}: {message}\" classname=\"{path}\" line=\"{}\">", position.line);
    let severity = diagnostic.severity.as_str();
    if diagnostic.severity == Severity::Error {
        let _ = writeln!(out, "      <failure type=\"{severity}\" message=\"{message}\">{text}</failure>");
    } else {
        let _ = writeln!(out, "      <system-out>{severity}: {message}\n{text}</system-out>");
    }
    out.push_str("    </testcase>\n");
}

fn count_errors(diagnostics: &[Diagnostic]) -> usize {
    diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count()
}

/// Text as XML content or attribute; XML 1.0 has no way to write most control characters, and the
/// sanitised text holds none.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in sanitize::line(text).chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}
