//! YAML in a text with another scalar in one place. The real program prints the whole text anew,
//! with its comments; where the text is laid out as it prints, all else stays as it is.
//!
//! Invariant: says nothing about a text of which that is not certain.

use crate::render::kustomize::field_path::node;
use crate::syntax::yaml::{Schema, inline, is_special_scalar};
use crate::text::{FileId, RepoPath, Side, SourceFile, Span};
use crate::value::Value;

/// The text with `new` in some places of it; `None` if it cannot be told how that is printed.
pub(super) fn spliced(old: &str, places: &[&[u32]], new: &str) -> Option<String> {
    let old = old.trim();
    if !is_canonical(old)
        || new.is_empty()
        || !new.chars().all(is_harmless)
        || is_special_scalar(new, Schema::Kustomize)
    {
        return None;
    }
    let path = RepoPath::root();
    let source = SourceFile::new(FileId(0), path, old.into(), Side::Head, true);
    let value = inline(&source, Span::new(FileId(0), 0, old.len()), old, Schema::Kustomize)?.into_iter().next()?;
    let spans: Option<Vec<Span>> = places.iter().map(|steps| node(&value, steps).map(Value::span)).collect();
    let mut spans = spans?;
    spans.sort_by_key(|span| std::cmp::Reverse(span.start));
    spans.dedup();
    let mut text = old.to_owned();
    for span in spans {
        let written = old.get(span.range())?;
        let quoted = match written.chars().next()? {
            quote @ ('"' | '\'') => format!("{quote}{new}{quote}"),
            _ if is_special_scalar(written, Schema::Kustomize) || !written.chars().all(is_harmless) => return None,
            _ => new.to_owned(),
        };
        text.replace_range(span.range(), &quoted);
    }
    Some(text)
}

/// Whether a text is laid out as it is printed: block maps indented by two, lists below their key
/// without indentation, one line for each key, comments above keys.
fn is_canonical(text: &str) -> bool {
    // Indentation of the line before, and whether something is to follow below it.
    let mut before: Option<(usize, bool)> = None;
    let mut comment: Option<usize> = None;
    for line in text.lines() {
        let content = line.trim_start();
        let mut indent = line.len() - content.len();
        if content.is_empty() || line.ends_with([' ', '\t', '\r']) || line.contains('\t') {
            return false;
        }
        if content.starts_with("# ") {
            if comment.replace(indent).is_some_and(|other| other != indent) {
                return false;
            }
            continue;
        }
        if comment.take().is_some_and(|other| other != indent) {
            return false;
        }
        let item = content.strip_prefix("- ");
        let fits = match before {
            None => indent == 0,
            Some((above, true)) => indent == if item.is_some() { above } else { above + 2 },
            Some((above, false)) => indent <= above,
        };
        if !fits {
            return false;
        }
        if item.is_some() {
            indent += 2;
        }
        let content = item.unwrap_or(content);
        let Some(opens) = entry(content, item.is_some()) else { return false };
        before = Some((indent, opens));
    }
    comment.is_none() && before.is_some_and(|(_, opens)| !opens)
}

/// Whether a line's key is one for something below it; `None` if the line is more than a plain key
/// and a plain or simply quoted scalar.
fn entry(content: &str, is_item: bool) -> Option<bool> {
    let is_key = |key: &str| {
        !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/'))
    };
    if let Some(key) = content.strip_suffix(':').filter(|key| is_key(key)) {
        return (!is_special_scalar(key, Schema::Kustomize)).then_some(true);
    }
    let value = match content.split_once(": ") {
        Some((key, value)) if is_key(key) && !is_special_scalar(key, Schema::Kustomize) => value,
        Some(_) => return None,
        None if is_item => content,
        None => return None,
    };
    let quoted = |quote: char| value.len() >= 2 && value.starts_with(quote) && value.ends_with(quote);
    let inner = if quoted('"') || quoted('\'') { &value[1..value.len() - 1] } else { value };
    let spaced = |c: char| is_harmless(c) || c == ' ' && inner.len() < value.len();
    inner.chars().all(spaced).then_some(false)
}

/// A character that needs no quotes and no escape anywhere in a word.
fn is_harmless(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | '+' | '@')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_laid_out_as_it_is_printed() {
        let text = "# settings\nserver:\n  host: old\n  ports:\n  - \"80\"\n  - name: x\n    on: true\n";
        assert!(is_canonical(text.trim()));
        for text in
            ["a:\n    b: c", "a:\n  - b", "a: b # c", "a: {b: c}", "a: |\n  b", "a:", "a: b\n\nc: d", "a: b\n#c"]
        {
            assert!(!is_canonical(text), "{text}");
        }
        assert_eq!(spliced("a:\n  b: old\n", &[&[0, 0]], "new").as_deref(), Some("a:\n  b: new"));
        assert_eq!(spliced("a:\n  b: 5\n", &[&[0, 0]], "new"), None);
    }
}
