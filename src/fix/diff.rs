//! The difference that a fix makes, as a unified diff.

use similar::TextDiff;

/// A unified diff of one file; empty if nothing differs. `old` is `None` for a new file. Control
/// characters are shown as U+FFFD, so that a terminal is not steered by what it prints.
#[must_use]
pub fn unified_diff(path: &str, old: Option<&str>, new: &str) -> String {
    let before = old.map_or_else(|| "/dev/null".to_owned(), |_| format!("a/{path}"));
    let diff = TextDiff::from_lines(old.unwrap_or_default(), new);
    let text = diff.unified_diff().context_radius(3).header(&before, &format!("b/{path}")).to_string();
    text.replace("\r\n", "\n")
        .chars()
        .map(|c| if c.is_control() && !matches!(c, '\n' | '\t') { '\u{fffd}' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::unified_diff;

    #[test]
    fn shows_lines_and_no_control_characters() {
        let diff = unified_diff("x.yaml", Some("a: 1\nb: \u{1b}[31m\n"), "a: 2\nb: \u{1b}[31m\n");
        assert_eq!(diff, "--- a/x.yaml\n+++ b/x.yaml\n@@ -1,2 +1,2 @@\n-a: 1\n+a: 2\n b: \u{fffd}[31m\n");
        assert_eq!(unified_diff("x.yaml", Some("a\n"), "a\n"), "");
        assert!(unified_diff("x.yaml", None, "a\n").starts_with("--- /dev/null\n+++ b/x.yaml\n"));
    }
}
