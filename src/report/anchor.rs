//! Where services that show the head tree put a finding.
//!
//! Code scanning, annotations and code quality know only files of head. A finding about base (what
//! a change removes) is put, in this order, at its first label in head; at the first line of the
//! file of the same path in head; or, if the file is gone, at its place in base: any other file
//! would have nothing to do with it. In each of these cases the text says where in base it is.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::{Report, sanitize};
use crate::diagnostic::{Diagnostic, Role};
use crate::text::{FileId, Position, RepoPath, Side, SourceFile, Span};

/// Finds anchors for the findings of one report.
pub(super) struct Anchors<'a> {
    report: &'a Report<'a>,
    /// Files of head by path; empty if no finding is about base.
    head: BTreeMap<&'a RepoPath, FileId>,
}

/// A place to show a finding.
pub(super) struct Anchor<'a> {
    /// The file.
    pub(super) file: &'a SourceFile,
    /// First place.
    pub(super) start: Position,
    /// One past the last place.
    pub(super) end: Position,
    /// Whether it is the primary label's own place.
    pub(super) exact: bool,
}

impl<'a> Anchors<'a> {
    pub(super) fn new(report: &'a Report<'a>) -> Self {
        let any = report.diagnostics.iter().any(|diagnostic| diagnostic.side(report.sources) == Side::Base);
        let files = report.sources.iter().filter(|file| any && file.side == Side::Head);
        Self { report, head: files.map(|file| (&file.path, file.id)).collect() }
    }

    pub(super) fn of(&self, diagnostic: &Diagnostic) -> Anchor<'a> {
        let sources = self.report.sources;
        let primary = diagnostic.primary_span();
        let in_head = |span: &Span| sources.get(span.file).side == Side::Head;
        let shown = diagnostic.labels.iter().filter(|label| label.role != Role::Hidden).map(|label| label.span);
        let same_path = || self.head.get(&sources.get(primary.file).path).map(|file| Span::start_of(*file));
        let span = shown.into_iter().find(in_head).or_else(same_path).unwrap_or(primary);
        let (start, end) = sources.positions(span);
        Anchor { file: sources.get(span.file), start, end, exact: span == primary && in_head(&span) }
    }

    /// The message; if it is shown elsewhere than where it belongs, with that place.
    pub(super) fn message(&self, diagnostic: &Diagnostic) -> String {
        let mut text = sanitize::line(&diagnostic.message).into_owned();
        let file = self.report.sources.get(diagnostic.primary_span().file);
        if file.side == Side::Base {
            let line = file.position(diagnostic.primary_span().start as usize).line;
            let _ = write!(text, " (in the base revision, {}:{line})", sanitize::line(file.path.as_str()));
        }
        if text.trim().is_empty() {
            text = diagnostic.rule.to_string();
        }
        text
    }
}

impl Report<'_> {
    /// A path relative to the top of the git work tree.
    pub(super) fn path_in_git(&self, path: &RepoPath) -> String {
        match (self.root_in_git.as_str(), path.as_str()) {
            ("", path) => path.to_owned(),
            (root, "") => root.to_owned(),
            (root, path) => format!("{root}/{path}"),
        }
    }
}
