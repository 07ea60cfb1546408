//! Edits of YAML text that keep its style: what rules offer as fixes.
//!
//! Every function gives `None` where the text is written in a way that it cannot edit for certain.

use super::{NodeKind, NodeRef, Style};
use crate::text::{SourceFile, Span};

/// A span and the text to put there.
pub type Replacement = (Span, String);

/// Words that some reader takes for something else than text.
const WORDS: [&str; 10] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "~"];

/// Replace a scalar, given by its span with its quotes, by another text. Quotes are kept, and
/// added where the text would otherwise not be text for every reader. A block scalar becomes a
/// quoted one.
#[must_use]
pub fn replace_scalar(source: &SourceFile, span: Span, new: &str) -> Replacement {
    let written = source.slice(span);
    let text = match written.as_bytes().first() {
        Some(b'\'') if !new.chars().any(char::is_control) => single_quoted(new),
        Some(b'\'' | b'"' | b'|' | b'>') => double_quoted(new),
        _ => scalar(new),
    };
    (span, text)
}

/// A scalar that is this text for every reader, in block and in flow style: plain where that is
/// certain, else in double quotes.
#[must_use]
pub fn scalar(text: &str) -> String {
    if is_plain(text) { text.to_owned() } else { double_quoted(text) }
}

fn is_plain(text: &str) -> bool {
    let relative = text.starts_with("./") || text.starts_with("../");
    let starts = relative || text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
    let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '/' | '-' | '@' | '+');
    starts && text.chars().all(inside) && !WORDS.contains(&&*text.to_ascii_lowercase())
}

fn single_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn double_quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                quoted.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// Add an item at the end of a list. `item` is the text of a scalar.
#[must_use]
pub fn append_item(source: &SourceFile, list: NodeRef<'_>, item: &str) -> Option<Replacement> {
    if list.kind() != NodeKind::Sequence {
        return None;
    }
    let last = list.items().last();
    if list.style() == Style::Flow {
        let quoted = is_json(source) || last.is_some_and(|last| last.style() == Style::DoubleQuoted);
        let item = if quoted { double_quoted(item) } else { scalar(item) };
        let Some(last) = last else {
            let blank = source.slice(list.span()).strip_prefix('[')?.strip_suffix(']')?.trim().is_empty();
            let inner = Span { start: list.span().start + 1, end: list.span().end - 1, ..list.span() };
            return blank.then_some((inner, item));
        };
        return Some(insert(source, last.full_span().end as usize, format!("{}{item}", separator(source, last))));
    }
    let first = list.items().next()?;
    let at = line_end_after(source, list)?;
    let (_, before) = line_before(source, first.full_span().start as usize);
    let dash = before.rfind('-').filter(|dash| before[dash + 1..].trim().is_empty())?;
    Some(insert_line(source, at, &format!("{}- {}", " ".repeat(before[..dash].chars().count()), scalar(item))))
}

/// Add an entry to a map, after the entry that has this value. Key and value are texts of scalars.
#[must_use]
pub fn insert_entry_after(source: &SourceFile, value: NodeRef<'_>, key: &str, new: &str) -> Option<Replacement> {
    let map = value.parent().filter(|parent| parent.kind() == NodeKind::Mapping)?;
    let beside = value.key()?;
    if map.style() == Style::Flow {
        let quoted = is_json(source) || beside.style() == Style::DoubleQuoted;
        let write = |text: &str| if quoted { double_quoted(text) } else { scalar(text) };
        let end = value.full_span().end.max(beside.full_span().end);
        let text = format!("{}{}: {}", separator(source, beside), write(key), write(new));
        return Some(insert(source, end as usize, text));
    }
    let at = line_end_after(source, if value.is_absent() { beside } else { value })?;
    let (_, before) = line_before(source, beside.full_span().start as usize);
    // `- key:` and `? key` leave room of the same width; anything else is too odd to copy.
    before.chars().all(|c| matches!(c, ' ' | '-')).then(|| {
        insert_line(source, at, &format!("{}{}: {}", " ".repeat(before.chars().count()), scalar(key), scalar(new)))
    })
}

/// Take an entry of a map (given by its value) or an item of a list away, with its lines. Never
/// the only one, since an empty collection means something else.
#[must_use]
pub fn remove_member(source: &SourceFile, member: NodeRef<'_>) -> Option<Replacement> {
    let holder = member.parent()?;
    let first = member.key().unwrap_or(member);
    let is_mapping = holder.kind() == NodeKind::Mapping;
    let count = holder.children().count() / if is_mapping { 2 } else { 1 };
    if holder.style() == Style::Flow || count < 2 {
        return None;
    }
    let (line, before) = line_before(source, first.full_span().start as usize);
    let lead = before.trim_start_matches(' ');
    let alone = if is_mapping { lead.is_empty() } else { lead.trim_end() == "-" };
    let end = line_end_after(source, if member.is_absent() { first } else { member })?;
    alone.then(|| (Span::new(source.id, line, end), String::new()))
}

fn is_json(source: &SourceFile) -> bool {
    source.path.extension() == Some("json")
}

/// What stands between members of a flow collection, taken from how `member` is placed.
fn separator(source: &SourceFile, member: NodeRef<'_>) -> String {
    let (_, before) = line_before(source, member.full_span().start as usize);
    if before.trim().is_empty() { format!(",\n{before}") } else { ", ".to_owned() }
}

fn insert(source: &SourceFile, at: usize, text: String) -> Replacement {
    (Span::new(source.id, at, at), text)
}

fn insert_line(source: &SourceFile, at: usize, line: &str) -> Replacement {
    let ended = source.text[..at].ends_with(['\n', '\r']);
    insert(source, at, if ended { format!("{line}\n") } else { format!("\n{line}") })
}

/// Start of the line that holds an offset, and what stands on it before the offset.
fn line_before(source: &SourceFile, at: usize) -> (usize, &str) {
    let before = source.text.get(..at).unwrap_or_default();
    let line = before.rfind(['\n', '\r']).map_or(0, |end| end + 1);
    (line, before[line..].trim_start_matches('\u{feff}'))
}

/// The end of the last line of a node, with its line break.
#[must_use]
pub fn line_end_after(source: &SourceFile, node: NodeRef<'_>) -> Option<usize> {
    let mut last = node;
    while let Some(child) = last.children().last() {
        last = child;
    }
    let end = node.full_span().end.max(last.full_span().end) as usize;
    let text = source.text.get(..end)?;
    if matches!(last.style(), Style::Literal | Style::Folded) {
        // With `+` the blank lines that follow belong to the text, and nothing marks their end.
        let header = last.source().lines().next().unwrap_or_default();
        let rest = source.text[end..].find('\n').map(|at| end + at + 1);
        return if header.contains('+') || text.ends_with('\n') { text.ends_with('\n').then_some(end) } else { rest };
    }
    let end = text.trim_end().len();
    let rest = &source.text[end..];
    Some(end + rest.find('\n').map_or(rest.len(), |at| at + 1))
}
