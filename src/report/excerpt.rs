//! A few lines of a file around labels: bounded, harmless, without secrets.
//!
//! The lines are copied into a small text of their own, so a renderer never holds a whole file; it
//! remembers which line each window begins with.

use std::collections::BTreeMap;
use std::ops::{Range, RangeInclusive};

use super::sanitize;
use crate::diagnostic::{Label, Role};
use crate::text::{FileId, Position, Side, SourceFile, Span};

/// Longer labels are shown by their first line.
const LONGEST_LABEL: u32 = 8;
/// Lines shown before and after a label.
const CONTEXT: u32 = 1;

/// Spans whose text must not be shown, by file, in order, not overlapping.
#[derive(Debug, Default)]
pub(super) struct Masks(BTreeMap<FileId, Vec<Range<usize>>>);

impl Masks {
    pub(super) fn new(spans: impl IntoIterator<Item = Span>) -> Self {
        let mut masks: BTreeMap<FileId, Vec<Range<usize>>> = BTreeMap::new();
        for span in spans.into_iter().filter(|span| !span.is_empty()) {
            masks.entry(span.file).or_default().push(span.range());
        }
        for ranges in masks.values_mut() {
            ranges.sort_by_key(|range| range.start);
            ranges.dedup_by(|next, kept| {
                let joins = next.start <= kept.end;
                if joins {
                    kept.end = kept.end.max(next.end);
                }
                joins
            });
        }
        Self(masks)
    }

    /// Masks of a file that touch a range of bytes.
    fn within(&self, file: FileId, range: Range<usize>) -> Vec<Range<usize>> {
        let Some(masks) = self.0.get(&file) else { return Vec::new() };
        let from = masks.partition_point(|mask| mask.end <= range.start);
        masks[from..].iter().take_while(|mask| mask.start < range.end).cloned().collect()
    }
}

/// How lines are shown.
#[derive(Clone, Copy)]
pub(super) struct Look {
    /// Characters of a line.
    pub(super) width: usize,
    /// Whether neighbouring lines are shown.
    pub(super) context: bool,
    /// What stands for left-out text.
    pub(super) ellipsis: &'static str,
    /// What stands for secret text.
    pub(super) mask: &'static str,
}

/// A label within the excerpt.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Mark {
    /// Bytes of [`Excerpt::text`].
    pub(super) at: Range<usize>,
    /// Where it is in the file.
    pub(super) position: Position,
    /// What is said about it; may be empty.
    pub(super) message: String,
    /// Whether it is the place to blame.
    pub(super) primary: bool,
}

/// A run of neighbouring lines.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Window {
    /// The first line's number, from 1.
    pub(super) line: u32,
    /// Number of lines.
    pub(super) lines: u32,
    /// Bytes of [`Excerpt::text`].
    pub(super) at: Range<usize>,
}

/// Lines of one file with marks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Excerpt {
    /// The file's path, with `base:` before it if it is not in head.
    pub(super) name: String,
    /// The lines of all windows, each with a line feed.
    pub(super) text: String,
    /// In order of line.
    pub(super) windows: Vec<Window>,
    /// In order of place.
    pub(super) marks: Vec<Mark>,
}

/// A label, cut to what is shown of it.
struct Shown {
    range: Range<usize>,
    lines: RangeInclusive<u32>,
    message: String,
    primary: bool,
}

impl Excerpt {
    /// An excerpt of one file; all labels are in it.
    pub(super) fn new(file: &SourceFile, labels: &[&Label], masks: &Masks, look: Look) -> Self {
        let shown = shown(file, labels);
        let context = if look.context { CONTEXT } else { 0 };
        let mut excerpt =
            Self { name: name(file), text: String::new(), windows: Vec::new(), marks: Vec::with_capacity(shown.len()) };
        let mut starts = vec![0; shown.len()];
        let mut ends = vec![0; shown.len()];
        for lines in windows(file, &shown, context) {
            let from = excerpt.text.len();
            for line in lines.clone() {
                excerpt.push_line(file, line, &shown, masks, look, &mut starts, &mut ends);
            }
            excerpt.windows.push(Window {
                line: *lines.start(),
                lines: lines.end() - lines.start() + 1,
                at: from..excerpt.text.len(),
            });
        }
        for (at, label) in shown.into_iter().enumerate() {
            excerpt.marks.push(Mark {
                at: starts[at]..ends[at].max(starts[at]),
                position: file.position(label.range.start),
                message: label.message,
                primary: label.primary,
            });
        }
        excerpt
    }

    /// Append one line; notes where labels begin and end in the appended text.
    #[allow(clippy::too_many_arguments)]
    fn push_line(
        &mut self,
        file: &SourceFile,
        line: u32,
        shown: &[Shown],
        masks: &Masks,
        look: Look,
        starts: &mut [usize],
        ends: &mut [usize],
    ) {
        let whole = content(file, line);
        let begins = |label: &&Shown| *label.lines.start() == line;
        let visible = crop(&file.text, whole.clone(), shown.iter().find(begins).map(|label| label.range.start), look);
        let hidden = masks.within(file.id, visible.clone());
        if visible.start > whole.start {
            self.text.push_str(look.ellipsis);
        }
        let mut at = visible.start;
        loop {
            let mask = hidden.iter().find(|mask| mask.contains(&at));
            let next = match mask {
                Some(mask) => mask.end.min(visible.end),
                None => at + file.text[at..visible.end].chars().next().map_or(1, char::len_utf8),
            };
            let before = self.text.len();
            match mask {
                _ if at >= visible.end => {}
                Some(_) => self.text.push_str(look.mask),
                None => self.text.push_str(&sanitize::source(&file.text[at..next])),
            }
            let last = at >= visible.end;
            for (index, label) in shown.iter().enumerate() {
                let (start, end) = (label.range.start, label.range.end);
                let here = |place: usize| (at..next).contains(&place) || (last && place >= at);
                if *label.lines.start() == line && (here(start) || (at == visible.start && start < at)) {
                    starts[index] = before;
                }
                if *label.lines.end() == line && (here(end) || (at == visible.start && end < at)) {
                    // An end inside a mask is after the mask's sign, or it would tell the length.
                    ends[index] = if end > at { self.text.len() } else { before };
                }
            }
            if last {
                break;
            }
            at = next;
        }
        if visible.end < whole.end {
            self.text.push_str(look.ellipsis);
        }
        self.text.push('\n');
    }
}

/// The labels that are shown, in order of place, those of one place joined.
fn shown(file: &SourceFile, labels: &[&Label]) -> Vec<Shown> {
    let mut shown: Vec<Shown> = labels
        .iter()
        .map(|label| {
            let range = displayed(file, label.span);
            let lines = file.lines().line(range.start)..=file.lines().line(range.end);
            let message = sanitize::line(&label.message).into_owned();
            Shown { range, lines, message, primary: label.role == Role::Primary }
        })
        .collect();
    shown.sort_by_key(|label| (label.range.start, label.range.end, !label.primary));
    shown.dedup_by(|next, kept| {
        let same = next.range == kept.range;
        if same && kept.message.is_empty() {
            kept.message = std::mem::take(&mut next.message);
        } else if same && !next.message.is_empty() && next.message != kept.message {
            kept.message = format!("{}; {}", kept.message, next.message);
        }
        same
    });
    shown
}

/// The part of a span that is underlined: without blanks at its end, and not too many lines.
fn displayed(file: &SourceFile, span: Span) -> Range<usize> {
    let boundary = |offset: usize| file.text.floor_char_boundary(offset.min(file.text.len()));
    let (start, mut end) = (boundary(span.start as usize), boundary(span.end as usize));
    end = start + file.text[start..end.max(start)].trim_end().len();
    if file.lines().line(end) - file.lines().line(start) >= LONGEST_LABEL {
        end = content(file, file.lines().line(start)).end;
    }
    start..end.max(start)
}

/// Bytes of a line without its line break.
fn content(file: &SourceFile, line: u32) -> Range<usize> {
    let range = file.lines().line_range(line, &file.text);
    let text = &file.text[range.clone()];
    range.start..range.start + text.trim_end_matches(['\n', '\r']).len()
}

/// Lines to show; windows less than two lines apart are joined.
fn windows(file: &SourceFile, shown: &[Shown], context: u32) -> Vec<RangeInclusive<u32>> {
    let mut last = file.lines().line_count();
    if last > 1 && file.text.ends_with(['\n', '\r']) {
        last -= 1; // the empty line after the last line break is shown only if a label is on it
    }
    let mut windows: Vec<RangeInclusive<u32>> = shown
        .iter()
        .map(|label| {
            let (start, end) = (*label.lines.start(), *label.lines.end());
            start.saturating_sub(context).max(1)..=(end + context).min(last).max(end)
        })
        .collect();
    windows.sort_by_key(|window| (*window.start(), *window.end()));
    windows.dedup_by(|next, kept| {
        let joins = *next.start() <= kept.end() + 2;
        if joins {
            *kept = *kept.start()..=*kept.end().max(next.end());
        }
        joins
    });
    windows
}

/// The part of a line that fits the width; `focus` is within it.
fn crop(text: &str, line: Range<usize>, focus: Option<usize>, look: Look) -> Range<usize> {
    let advance = |from: usize, count: usize| {
        text[from..line.end].char_indices().nth(count).map_or(line.end, |(offset, _)| from + offset)
    };
    let end = advance(line.start, look.width);
    let Some(focus) = focus.filter(|focus| *focus > line.start && end < line.end) else { return line.start..end };
    let room = look.width * 2 / 3;
    if text[line.start..focus].chars().nth(room).is_none() {
        return line.start..end;
    }
    let lead = look.width / 3;
    let start = text[line.start..focus].char_indices().rev().nth(lead).map_or(line.start, |(at, _)| line.start + at);
    start..advance(start, look.width)
}

fn name(file: &SourceFile) -> String {
    let base = if file.side == Side::Base { "base:" } else { "" };
    format!("{base}{}", sanitize::line(file.path.as_str()))
}
