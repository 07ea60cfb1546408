//! Makes untrusted text harmless before it leaves the program.
//!
//! Names, messages and source lines come from repositories that anybody may have written. Control
//! characters can move a terminal's cursor or forge lines, bidirectional controls can make text
//! read differently from what it is; both become visible escapes such as `\u{1b}`.

use std::borrow::Cow;

/// Whether a character acts on the screen instead of standing on it.
fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{061c}' | '\u{200b}' | '\u{200e}' | '\u{200f}'     // marks of direction, zero-width space
            | '\u{2028}'..='\u{202e}'                             // separators, embeddings and overrides
            | '\u{2060}'..='\u{206f}'                             // invisible operators, isolates
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}'                // byte order mark, annotations
            | '\u{e0000}'..='\u{e007f}') // invisible tags
}

/// Text that fits on one line: every hostile character, also tab and line break, is escaped.
#[must_use]
pub fn line(text: &str) -> Cow<'_, str> {
    escape(text, |c| !is_hostile(c))
}

/// A source line: as [`line()`], but tabs stay, for the renderer expands them.
#[must_use]
pub fn source(text: &str) -> Cow<'_, str> {
    escape(text, |c| c == '\t' || !is_hostile(c))
}

/// Text of several lines: as [`line()`], but line feeds stay.
#[must_use]
pub fn block(text: &str) -> Cow<'_, str> {
    escape(text, |c| c == '\n' || !is_hostile(c))
}

fn escape(text: &str, keep: impl Fn(char) -> bool) -> Cow<'_, str> {
    if text.chars().all(&keep) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            c if keep(c) => escaped.push(c),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            c => escaped.extend(c.escape_unicode()),
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_characters_become_visible() {
        assert_eq!(line("a\u{1b}[31mb\r\nc\td\u{7f}\u{9b}"), "a\\u{1b}[31mb\\r\\nc\\td\\u{7f}\\u{9b}");
        assert_eq!(line("\u{202e}evil\u{2066}"), "\\u{202e}evil\\u{2066}");
        assert_eq!(source("\ta\rb"), "\ta\\rb");
        assert_eq!(block("a\nb\u{0}"), "a\nb\\u{0}");
    }

    #[test]
    fn ordinary_text_is_untouched() {
        for text in ["plain", "naïve – 日本語", "👩‍💻", ""] {
            assert!(matches!(line(text), Cow::Borrowed(same) if same == text));
        }
    }
}
