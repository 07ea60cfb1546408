//! What becomes of folded blocks (`>`) in kustomize.
//!
//! kustomize writes every object once with go-yaml v3, each scalar in the style that it was written
//! in, and reads it again. For folded blocks the library does not write what it has read: it looks
//! at the start of the text instead of at the next line to see whether a line is indented.

use std::borrow::Cow;

/// The text of a folded block after it was written and read again.
pub(crate) fn refold(text: &str) -> Cow<'_, str> {
    let one_line = text.find('\n').is_none_or(|at| at + 1 == text.len());
    if one_line || !can_be_a_block(text) { text.into() } else { read(&write(text), text).into() }
}

/// Whether the text is written as a block: otherwise it is quoted, which changes nothing.
fn can_be_a_block(text: &str) -> bool {
    let special = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\t'))
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}'..)
    };
    !text.ends_with(' ') && !text.contains(" \n") && !text.contains(special)
}

/// The lines of the block.
fn write(text: &str) -> String {
    let doubles = !text.trim_start_matches('\n').starts_with([' ', '\t']);
    let mut block = String::with_capacity(text.len() + 16);
    let (mut after_break, mut indented) = (true, true);
    for c in text.chars() {
        if c == '\n' {
            if doubles && !after_break && !indented {
                block.push('\n');
            }
            after_break = true;
        } else if std::mem::take(&mut after_break) {
            indented = matches!(c, ' ' | '\t');
        }
        block.push(c);
    }
    block
}

/// The text of the lines of a block; `original` says which chomping indicator was written.
fn read(block: &str, original: &str) -> String {
    let mut text = String::with_capacity(block.len());
    let (mut broken, mut empty_lines, mut indented) = (false, 0, false);
    let mut lines = block.split('\n').peekable();
    while let Some(line) = lines.next() {
        let last = lines.peek().is_none();
        if line.is_empty() {
            empty_lines += usize::from(!last);
            continue;
        }
        let blank = line.starts_with([' ', '\t']);
        if broken && !indented && !blank {
            text.push_str(if empty_lines == 0 { " " } else { "" });
        } else if broken {
            text.push('\n');
        }
        text.extend(std::iter::repeat_n('\n', empty_lines));
        text.push_str(line);
        (broken, empty_lines, indented) = (!last, 0, blank);
    }
    if original.ends_with('\n') && broken {
        text.push('\n');
    }
    if original.ends_with("\n\n") {
        text.extend(std::iter::repeat_n('\n', empty_lines));
    }
    text
}
