//! For people at a terminal: the source lines, with what is wrong written under them.
//!
//! miette draws the excerpts: one frame per file, those of other files nested below the first. This
//! is the only module that knows miette; how a finding looks in a terminal is decided here alone.

use std::fmt::{self, Write};

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceSpan};
use miette::{SourceCode, SpanContents, ThemeCharacters, ThemeStyles};

use super::excerpt::{Excerpt, Look, Masks};
use super::{Report, Style, sanitize};
use crate::diagnostic::{Applicability, Diagnostic, Label, Role, Severity};
use crate::text::FileId;

/// Stands where miette puts its severity icon, and is taken out again with the blanks around it.
/// No sanitised text holds it.
const ICON: &str = "\u{1}";
/// Columns that frames and nesting take from a line.
const FRAME: usize = 16;
/// A terminal narrower than this is treated as this wide.
const NARROWEST: usize = 40;
/// Column where the text of notes and help begins.
const INDENT: usize = 8;

pub(super) fn render(report: &Report<'_>) -> String {
    let masks = Masks::new(report.secret_spans());
    let handlers = [Severity::Info, Severity::Warning, Severity::Error].map(|severity| handler(report.style, severity));
    let mut out = String::new();
    for diagnostic in report.diagnostics {
        let handler = &handlers[diagnostic.severity as usize];
        finding(&mut out, report, diagnostic, &masks, handler);
        out.push('\n');
    }
    out.push_str(&report.summary.render(report.style));
    out
}

/// Draws findings of one severity, whose colour all labels have.
fn handler(style: Style, severity: Severity) -> GraphicalReportHandler {
    let mut theme = match (style.unicode, style.color) {
        (true, true) => GraphicalTheme::unicode(),
        (true, false) => GraphicalTheme::unicode_nocolor(),
        (false, true) => GraphicalTheme::ascii(),
        (false, false) => GraphicalTheme::none(),
    };
    let plain = ThemeStyles::none();
    let colors = theme.styles;
    let highlight = match severity {
        Severity::Error => colors.error,
        Severity::Warning => colors.warning,
        Severity::Info => colors.advice,
    };
    theme.styles = ThemeStyles { link: colors.advice, linum: colors.linum, highlights: vec![highlight], ..plain };
    let icon = || ICON.to_owned();
    theme.characters = ThemeCharacters { error: icon(), warning: icon(), advice: icon(), ..theme.characters };
    GraphicalReportHandler::new_themed(theme)
        .with_width(style.width.max(NARROWEST))
        .with_show_related_as_nested(true)
        .with_wrap_lines(false)
        .with_links(false)
        .without_syntax_highlighting()
}

fn finding(
    out: &mut String,
    report: &Report<'_>,
    diagnostic: &Diagnostic,
    masks: &Masks,
    handler: &GraphicalReportHandler,
) {
    let frame = frame(report, diagnostic, masks);
    let mut drawn = String::new();
    if handler.render_report(&mut drawn, &frame).is_err() {
        // Only a frame that refuses its own marks fails; the finding itself must not be lost.
        drawn = format!("{}\n  {}\n", frame.title, frame.excerpt.name);
    }
    for line in drawn.lines() {
        let line = line.replacen(&format!("  {ICON} "), "", 1);
        out.push_str(line.trim_end());
        out.push('\n');
    }
    footer(out, diagnostic, report.style);
}

/// The finding as a tree of frames: its own file, below it the others.
fn frame(report: &Report<'_>, diagnostic: &Diagnostic, masks: &Masks) -> Frame {
    let style = report.style;
    let look = Look {
        width: style.width.max(NARROWEST) - FRAME,
        context: !diagnostic.redact,
        ellipsis: if style.unicode { "…" } else { "..." },
        mask: if style.unicode { "•••" } else { "***" },
    };
    let mut files: Vec<(FileId, Vec<&Label>)> = Vec::new();
    for label in diagnostic.labels.iter().filter(|label| label.role != Role::Hidden) {
        match files.iter_mut().find(|(file, _)| *file == label.span.file) {
            Some((_, labels)) => labels.push(label),
            None => files.push((label.span.file, vec![label])),
        }
    }
    let mut frames = files.into_iter().map(|(file, labels)| {
        let excerpt = Excerpt::new(report.sources.get(file), &labels, masks, look);
        Frame { title: String::new(), excerpt, related: Vec::new() }
    });
    let mut parent = frames.next().expect("a finding has a primary label");
    parent.title = title(report, diagnostic);
    parent.related = frames.map(Frame::titled).collect();
    parent
}

/// "error[rule-id]: message".
fn title(report: &Report<'_>, diagnostic: &Diagnostic) -> String {
    let id = sanitize::line(diagnostic.rule.as_str());
    let url = report.url(&diagnostic.rule).filter(|_| report.style.links);
    let id = match url {
        Some(url) => format!("\u{1b}]8;;{url}\u{1b}\\{id}\u{1b}]8;;\u{1b}\\"),
        None => id.into_owned(),
    };
    let code = match diagnostic.severity {
        Severity::Error => "1;31",
        Severity::Warning => "1;33",
        Severity::Info => "1;36",
    };
    let word = paint(report.style, code, &format!("{}[{id}]", diagnostic.severity.as_str()));
    format!("{word}: {}", paint(report.style, "1", &sanitize::line(&diagnostic.message)))
}

/// What breaks, what to do, and the fixes.
fn footer(out: &mut String, diagnostic: &Diagnostic, style: Style) {
    for note in &diagnostic.notes {
        remark(out, style, "note", note);
    }
    if let Some(help) = &diagnostic.help {
        remark(out, style, "help", help);
    }
    for fix in &diagnostic.fixes {
        let how = match fix.applicability {
            Applicability::Safe => "--fix",
            Applicability::Unsafe => "--fix --unsafe-fixes",
            Applicability::DisplayOnly => "by hand",
        };
        remark(out, style, "fix", &format!("{} ({how})", fix.title));
    }
}

/// "  help: text", wrapped.
fn remark(out: &mut String, style: Style, name: &str, text: &str) {
    let name = format!("{name}:");
    let _ = write!(out, "  {}", paint(style, "36", &name));
    let mut column = 2 + name.len();
    for word in sanitize::line(text).split_whitespace() {
        let length = word.chars().count();
        if column > INDENT && column + 1 + length > style.width.max(NARROWEST) {
            out.push_str("\n  ");
            column = 2;
        }
        let gap = INDENT.saturating_sub(column).max(1);
        let _ = write!(out, "{:gap$}{word}", "");
        column += gap + length;
    }
    out.push('\n');
}

fn paint(style: Style, code: &str, text: &str) -> String {
    if style.color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
}

/// An excerpt as miette wants it.
#[derive(Debug)]
struct Frame {
    title: String,
    excerpt: Excerpt,
    related: Vec<Frame>,
}

impl Frame {
    /// The frame of another file. What all its labels say stands above it, once.
    fn titled(mut self) -> Self {
        let marks = &mut self.excerpt.marks;
        let said = marks.first().map(|mark| mark.message.clone()).unwrap_or_default();
        if !said.is_empty() && marks.iter().all(|mark| mark.message == said) {
            marks.iter_mut().for_each(|mark| mark.message.clear());
            self.title = said;
        } else {
            "in another file".clone_into(&mut self.title);
        }
        self
    }
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.title)
    }
}

impl std::error::Error for Frame {}

impl miette::Diagnostic for Frame {
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.excerpt)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.excerpt.marks.iter().map(|mark| {
            let message = (!mark.message.is_empty()).then(|| mark.message.clone());
            let span = SourceSpan::from((mark.at.start, mark.at.len()));
            if mark.primary {
                LabeledSpan::new_primary_with_span(message, span)
            } else {
                LabeledSpan::new_with_span(message, span)
            }
        })))
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn miette::Diagnostic> + 'a>> {
        let frames = self.related.iter().map(|frame| frame as &dyn miette::Diagnostic);
        (!self.related.is_empty()).then(|| Box::new(frames) as Box<dyn Iterator<Item = _>>)
    }
}

impl SourceCode for Excerpt {
    /// With context: the whole window that holds the span, whose lines are already chosen. Without:
    /// the span, for its place in the file.
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let range = span.offset()..span.offset() + span.len();
        let window = self.windows.iter().find(|window| window.at.start <= range.start && range.end <= window.at.end);
        let window = window.ok_or(MietteError::OutOfBounds)?;
        let (line, column, at, lines) = match self.marks.iter().find(|mark| mark.at == range) {
            Some(mark) if before + after == 0 => (mark.position.line, mark.position.column, range, 1),
            _ => (window.line, 1, window.at.clone(), window.lines),
        };
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            self.text.as_bytes().get(at.clone()).ok_or(MietteError::OutOfBounds)?,
            SourceSpan::from((at.start, at.len())),
            line.saturating_sub(1) as usize,
            column.saturating_sub(1) as usize,
            lines as usize,
        )))
    }
}
