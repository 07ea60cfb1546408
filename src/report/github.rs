//! GitHub workflow commands, which become annotations of a run.
//!
//! GitHub shows at most ten errors, ten warnings and ten notices per step and drops the rest
//! without a word, so each level stops in time and says how many findings it leaves out.

use std::fmt::Write;

use super::anchor::Anchors;
use super::{Report, sanitize};
use crate::diagnostic::{Diagnostic, Severity};

/// Annotations per level that GitHub keeps.
const LIMIT: usize = 10;

pub(super) fn render(report: &Report<'_>) -> String {
    let anchors = Anchors::new(report);
    let mut out = String::new();
    for (severity, command) in [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Info, "notice")]
    {
        let findings: Vec<_> = report.diagnostics.iter().filter(|d| d.severity == severity).collect();
        let shown = if findings.len() > LIMIT { LIMIT - 1 } else { findings.len() };
        for diagnostic in &findings[..shown] {
            annotation(&mut out, report, &anchors, command, diagnostic);
        }
        if findings.len() > shown {
            let _ = writeln!(out, "::{command} title=kate::{} more in the summary", findings.len() - shown);
        }
    }
    out
}

fn annotation(out: &mut String, report: &Report<'_>, anchors: &Anchors<'_>, command: &str, diagnostic: &Diagnostic) {
    let anchor = anchors.of(diagnostic);
    let path = report.path_in_git(&anchor.file.path);
    let _ = write!(out, "::{command} file={},line={}", property(&path), anchor.start.line);
    if anchor.end.line == anchor.start.line {
        // Columns are allowed only within one line; the end is inclusive here.
        let last = anchor.end.column.saturating_sub(1).max(anchor.start.column);
        let _ = write!(out, ",endLine={},col={},endColumn={last}", anchor.end.line, anchor.start.column);
    } else {
        let _ = write!(out, ",endLine={}", anchor.end.line);
    }
    let mut text = anchors.message(diagnostic);
    for note in &diagnostic.notes {
        let _ = write!(text, "\n{}", sanitize::line(note));
    }
    if let Some(help) = &diagnostic.help {
        let _ = write!(text, "\nhelp: {}", sanitize::line(help));
    }
    let _ = writeln!(out, ",title={}::{}", property(&format!("kate: {}", diagnostic.rule)), message(&text));
}

/// Escapes a command's text.
fn message(text: &str) -> String {
    sanitize::block(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a value of a command's property.
fn property(text: &str) -> String {
    message(&sanitize::line(text)).replace(':', "%3A").replace(',', "%2C")
}
