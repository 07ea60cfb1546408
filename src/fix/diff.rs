//! The difference that a fix makes, as a unified diff.

use std::fmt::Write;
use std::ops::Range;

use similar::TextDiff;

/// What stands for secret text.
const MASK: &str = "•••";

/// A text, and which bytes of it are secret: they are compared, but not shown.
#[derive(Clone, Copy, Debug)]
pub struct Masked<'a> {
    /// The whole text.
    pub text: &'a str,
    /// Ranges of bytes; those that are none of the text are ignored.
    pub secret: &'a [Range<usize>],
}

impl Masked<'_> {
    /// The lines as they are shown, as many as there are, each with a line feed if it has one.
    fn lines(self) -> Vec<String> {
        let mut start = 0;
        let lines = self.text.split_inclusive('\n').map(|line| {
            let range = start..start + line.len();
            start = range.end;
            self.line(range)
        });
        lines.collect()
    }

    fn line(self, line: Range<usize>) -> String {
        let content = self.text[line.clone()].trim_end_matches(['\n', '\r']);
        let end = line.start + content.len();
        // The indentation of a line inside a block scalar says nothing.
        let first = end - content.trim_start().len();
        let mut shown = String::new();
        let mut at = line.start;
        let mut secret: Vec<_> = self.secret.iter().filter(|range| range.start < end && range.end > first).collect();
        secret.sort_by_key(|range| range.start);
        for range in secret {
            let from = self.text.floor_char_boundary(range.start.max(first));
            let to = self.text.ceil_char_boundary(range.end.min(end));
            if to <= from.max(at) {
                continue;
            }
            shown.push_str(&self.text[at..from.max(at)]);
            if !shown.ends_with(MASK) {
                shown.push_str(MASK);
            }
            at = to;
        }
        shown.push_str(&self.text[at..end]);
        shown = shown.chars().map(|c| if c.is_control() && c != '\t' { '\u{fffd}' } else { c }).collect();
        if line.end > end {
            shown.push('\n');
        }
        shown
    }
}

/// A unified diff of one file; empty if nothing differs. `old` is `None` for a new file. Control
/// characters are shown as U+FFFD, so that a terminal is not steered by what it prints.
#[must_use]
pub fn unified_diff(path: &str, old: Option<Masked<'_>>, new: Masked<'_>) -> String {
    let before = old.map_or_else(|| "/dev/null".to_owned(), |_| format!("a/{path}"));
    let old = old.unwrap_or(Masked { text: "", secret: &[] });
    let (old_lines, new_lines) = (old.lines(), new.lines());
    let (old_text, new_text): (Vec<_>, Vec<_>) =
        (old.text.split_inclusive('\n').collect(), new.text.split_inclusive('\n').collect());
    let diff = TextDiff::from_slices(&old_text, &new_text);
    let mut text = String::new();
    for hunk in diff.unified_diff().context_radius(3).iter_hunks() {
        if text.is_empty() {
            let _ = writeln!(text, "--- {before}\n+++ b/{path}");
        }
        let _ = writeln!(text, "{}", hunk.header());
        for change in hunk.iter_changes() {
            let (old, new) = (change.old_index(), change.new_index());
            let line = new.and_then(|at| new_lines.get(at)).or_else(|| old.and_then(|at| old_lines.get(at)));
            let line = line.map_or("", String::as_str);
            let _ = write!(text, "{}{line}", change.tag());
            if !line.ends_with('\n') {
                text.push_str("\n\\ No newline at end of file\n");
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Masked<'_> {
        Masked { text, secret: &[] }
    }

    #[test]
    fn shows_lines_and_no_control_characters() {
        let diff = unified_diff("x.yaml", Some(plain("a: 1\nb: \u{1b}[31m\n")), plain("a: 2\nb: \u{1b}[31m\n"));
        assert_eq!(diff, "--- a/x.yaml\n+++ b/x.yaml\n@@ -1,2 +1,2 @@\n-a: 1\n+a: 2\n b: \u{fffd}[31m\n");
        assert_eq!(unified_diff("x.yaml", Some(plain("a\n")), plain("a\n")), "");
        assert!(unified_diff("x.yaml", None, plain("a\n")).starts_with("--- /dev/null\n+++ b/x.yaml\n"));
        let diff = unified_diff("x.yaml", Some(plain("a: 1\r\nb: 1")), plain("a: 2\r\nb: 1"));
        assert_eq!(
            diff,
            "--- a/x.yaml\n+++ b/x.yaml\n@@ -1,2 +1,2 @@\n-a: 1\n+a: 2\n b: 1\n\\ No newline at end of file\n"
        );
    }

    #[test]
    fn secrets_are_compared_and_not_shown() {
        let old = "a: 1\nb: hunter2\nc: |\n  line one\n  line two\n";
        let new = "a: 2\nb: hunter3\nc: |\n  line one\n  line two\n";
        let secret = [8..15, 19..42, 90..100];
        let diff =
            unified_diff("x", Some(Masked { text: old, secret: &secret }), Masked { text: new, secret: &secret });
        assert_eq!(
            diff,
            "--- a/x\n+++ b/x\n@@ -1,5 +1,5 @@\n-a: 1\n-b: •••\n+a: 2\n+b: •••\n c: •••\n   •••\n   •••\n"
        );
    }
}
