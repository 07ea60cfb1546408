//! kate's own JSON, a contract: `schemas/report.schema.json`.
//!
//! Lines and columns count from 1, columns in Unicode scalar values; paths are relative to the
//! analysis root. Only the text of an edit is passed on exactly, for it is to be written to a file;
//! every other text is made harmless first.

use serde::Serialize;

use super::summary::References;
use super::versions::KnownVersion;
use super::{Report, sanitize};
use crate::diagnostic::{Applicability, Diagnostic, Edit, Fix, Role};
use crate::text::{Position, RepoPath, Side, Span};

/// The version of the shape; it grows only when something is removed or changes its meaning.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document {
    version: u32,
    diagnostics: Vec<Finding>,
    summary: Counts,
}

#[derive(Serialize)]
struct Finding {
    rule: String,
    severity: &'static str,
    confidence: &'static str,
    message: String,
    path: String,
    range: Range,
    side: &'static str,
    labels: Vec<Place>,
    notes: Vec<String>,
    help: Option<String>,
    fixes: Vec<Remedy>,
    fingerprint: String,
    url: Option<String>,
}

#[derive(Serialize)]
struct Place {
    path: String,
    range: Range,
    message: String,
    role: &'static str,
    /// Left out for head, where nearly all places are.
    #[serde(skip_serializing_if = "Option::is_none")]
    side: Option<&'static str>,
}

#[derive(Serialize)]
struct Range {
    start: Point,
    end: Point,
}

#[derive(Serialize)]
struct Point {
    line: u32,
    column: u32,
}

impl From<Position> for Point {
    fn from(position: Position) -> Self {
        Self { line: position.line, column: position.column }
    }
}

#[derive(Serialize)]
struct Remedy {
    title: String,
    applicability: Applicability,
    edits: Vec<Change>,
}

#[derive(Serialize)]
struct Change {
    path: String,
    /// `None`: the file does not exist and `text` is all of it.
    range: Option<Range>,
    text: String,
}

#[derive(Serialize)]
struct Counts {
    files: usize,
    objects: usize,
    units: usize,
    references: References,
    errors: usize,
    warnings: usize,
    infos: usize,
    suppressed: usize,
    versions: Vec<KnownVersion>,
}

/// One document.
pub(super) fn render(report: &Report<'_>) -> String {
    let summary = report.summary;
    let document = Document {
        version: VERSION,
        diagnostics: report.diagnostics.iter().map(|diagnostic| finding(report, diagnostic)).collect(),
        summary: Counts {
            files: summary.files,
            objects: summary.objects,
            units: summary.units,
            references: summary.references,
            errors: summary.errors,
            warnings: summary.warnings,
            infos: summary.infos,
            suppressed: summary.suppressed.total(),
            versions: summary.versions.iter().map(known_version).collect(),
        },
    };
    super::to_json(&document, true)
}

fn known_version(known: &KnownVersion) -> KnownVersion {
    KnownVersion {
        version: known.version.as_deref().map(clean),
        cluster: known.cluster.as_deref().map(clean),
        path: clean(&known.path),
        ..known.clone()
    }
}

/// One finding per line.
pub(super) fn render_lines(report: &Report<'_>) -> String {
    report.diagnostics.iter().map(|diagnostic| super::to_json(&finding(report, diagnostic), false)).collect()
}

fn finding(report: &Report<'_>, diagnostic: &Diagnostic) -> Finding {
    let at = diagnostic.primary_span();
    Finding {
        rule: clean(diagnostic.rule.as_str()),
        severity: diagnostic.severity.as_str(),
        confidence: diagnostic.confidence.as_str(),
        message: clean(&diagnostic.message),
        path: clean(report.sources.get(at.file).path.as_str()),
        range: range(report, at),
        side: diagnostic.side(report.sources).as_str(),
        labels: diagnostic.labels.iter().filter_map(|label| place(report, label)).collect(),
        notes: diagnostic.notes.iter().map(|note| clean(note)).collect(),
        help: diagnostic.help.as_deref().map(clean),
        fixes: diagnostic.fixes.iter().map(|fix| remedy(report, fix)).collect(),
        fingerprint: diagnostic.fingerprint(report.sources).to_string(),
        url: report.url(&diagnostic.rule),
    }
}

fn place(report: &Report<'_>, label: &crate::diagnostic::Label) -> Option<Place> {
    let role = match label.role {
        Role::Primary => "primary",
        Role::Related => "related",
        Role::Flow => "flow",
        Role::Hidden => return None,
    };
    let file = report.sources.get(label.span.file);
    Some(Place {
        path: clean(file.path.as_str()),
        range: range(report, label.span),
        message: clean(&label.message),
        role,
        side: (file.side == Side::Base).then_some(Side::Base.as_str()),
    })
}

fn remedy(report: &Report<'_>, fix: &Fix) -> Remedy {
    let change =
        |path: &RepoPath, range, text: &str| Change { path: clean(path.as_str()), range, text: text.to_owned() };
    let edits = fix.edits.iter().map(|edit| match edit {
        Edit::Replace { span, text } => change(&report.sources.get(span.file).path, Some(range(report, *span)), text),
        Edit::Create { path, text } => change(path, None, text),
    });
    Remedy { title: clean(&fix.title), applicability: fix.applicability, edits: edits.collect() }
}

fn range(report: &Report<'_>, span: Span) -> Range {
    let (start, end) = report.sources.positions(span);
    Range { start: start.into(), end: end.into() }
}

fn clean(text: &str) -> String {
    sanitize::line(text).into_owned()
}
