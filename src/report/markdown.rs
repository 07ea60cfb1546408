//! Markdown for a job summary or a comment on a pull request.
//!
//! Untrusted text stays text: no markup, no HTML, no mention, no link to an issue or a site.

use std::fmt::Write;

use super::{Report, sanitize};
use crate::diagnostic::{Diagnostic, Severity};
use crate::text::Side;

/// GitHub refuses a comment of more than 65 536 characters; the end needs some of them.
const ROOM: usize = 56_000;

pub(super) fn render(report: &Report<'_>) -> String {
    let mut out = format!("### kate: {}\n\n", report.summary.verdict());
    let mut left = report.diagnostics.len();
    let mut full = false;
    for (severity, heading) in [(Severity::Error, "Errors"), (Severity::Warning, "Warnings"), (Severity::Info, "Hints")]
    {
        let mut findings = report.diagnostics.iter().filter(|d| d.severity == severity).peekable();
        if findings.peek().is_none() || full {
            continue;
        }
        let _ = write!(out, "#### {heading}\n\n| Where | Rule | What |\n| --- | --- | --- |\n");
        for diagnostic in findings {
            let row = row(report, diagnostic);
            full = full || out.len() + row.len() > ROOM;
            if !full {
                out.push_str(&row);
                left -= 1;
            }
        }
        out.push('\n');
    }
    if left > 0 {
        let _ = write!(out, "{left} more are left out here.\n\n");
    }
    coverage(&mut out, report);
    out
}

fn row(report: &Report<'_>, diagnostic: &Diagnostic) -> String {
    let file = report.sources.get(diagnostic.primary_span().file);
    let line = file.position(diagnostic.primary_span().start as usize).line;
    let base = if file.side == Side::Base { "base:" } else { "" };
    let rule = code(diagnostic.rule.as_str());
    let rule = report.url(&diagnostic.rule).map_or_else(|| rule.clone(), |url| format!("[{rule}]({url})"));
    let mut row =
        format!("| {} | {rule} | {}", code(&format!("{base}{}:{line}", file.path)), text(&diagnostic.message));
    for note in &diagnostic.notes {
        let _ = write!(row, "<br>{}", text(note));
    }
    if let Some(help) = &diagnostic.help {
        let _ = write!(row, "<br>Help: {}", text(help));
    }
    for fix in &diagnostic.fixes {
        let _ = write!(row, "<br>Fix: {}", text(&fix.title));
    }
    row.push_str(" |\n");
    row
}

fn coverage(out: &mut String, report: &Report<'_>) {
    let summary = report.summary;
    let _ = writeln!(out, "#### Coverage\n\nChecked {}; {}.", summary.extent(), summary.coverage());
    let versions = summary.known_versions();
    if !versions.is_empty() {
        let _ = writeln!(out, "\nVersions: {}.", text(&versions));
    }
    let (top, rest) = summary.top_unknown(report.style.reasons);
    if !top.is_empty() {
        out.push_str("\n| Not checkable | Why | Line of `kate.yaml` that would tell |\n| ---: | --- | --- |\n");
        for line in top {
            let remedy = line.remedy.as_deref().map(code).unwrap_or_default();
            let _ = writeln!(out, "| {} | {} | {remedy} |", line.count, text(&line.reason));
        }
        if rest > 0 {
            let _ = writeln!(out, "| {rest} | other reasons | |");
        }
    }
    for note in &summary.notes {
        let _ = write!(out, "\nNote: {}\n", text(note));
    }
}

/// A sentence of kate's, in which names stand between backticks.
fn text(sentence: &str) -> String {
    let parts: Vec<&str> = sentence.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return inert(sentence); // a backtick without its twin
    }
    let part = |(at, part): (usize, &&str)| if at % 2 == 1 { code(part) } else { inert(part) };
    parts.iter().enumerate().map(part).collect()
}

/// Code of one line.
fn code(text: &str) -> String {
    format!("<code>{}</code>", inert(text))
}

/// Text without any meaning to Markdown, HTML or GitHub. Entities are not markup; a zero-width
/// space keeps what looks like a mention or an issue from being linked after rendering.
fn inert(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in sanitize::line(text).chars() {
        match c {
            '@' | '#' => {
                let _ = write!(escaped, "&#{};&#8203;", u32::from(c));
            }
            '&' | '<' | '>' | '"' | '\'' | '`' | '*' | '_' | '[' | ']' | '(' | ')' | '{' | '}' | '|' | '~' | '\\'
            | '!' | '$' | ':' | '^' | '=' => {
                let _ = write!(escaped, "&#{};", u32::from(c));
            }
            // `GH-1` and `www.example.com` are linked without any punctuation around them.
            '-' | '.' => {
                let _ = write!(escaped, "{}{c}", if ends_like(&escaped, &["gh", "www"]) { "&#8203;" } else { "" });
            }
            c => escaped.push(c),
        }
    }
    escaped
}

fn ends_like(text: &str, words: &[&str]) -> bool {
    let tail = |word: &str| text.len().checked_sub(word.len()).and_then(|at| text.get(at..));
    words.iter().any(|word| tail(word).is_some_and(|tail| tail.eq_ignore_ascii_case(word)))
}
