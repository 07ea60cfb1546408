//! Reads ignore comments: `# kate: ignore[<rule>, <rule>] <reason>`.

use std::ops::Range;

use super::Date;

/// What an ignore covers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scope {
    /// Its line, the line below, or the place that it stands in.
    Place,
    /// The file that it stands at the top of.
    File,
}

/// An ignore as written. All ranges are bytes of the text that was read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Directive {
    /// What it covers.
    pub scope: Scope,
    /// The rules that it names.
    pub rules: Vec<(String, Range<usize>)>,
    /// The last day on which it holds.
    pub until: Option<Date>,
    /// Whether it says why.
    pub reason: bool,
    /// From its marker to its last word.
    pub range: Range<usize>,
}

/// Something that was meant as an ignore and is none.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Malformed {
    /// Where.
    pub range: Range<usize>,
    /// What is wrong with it.
    pub message: String,
}

const KEYWORD: &str = "kate:";

/// The ignores of one comment with its marker (`#`, `//` or `/* */`), in order. A comment of
/// several tools (`# other: x # kate: ignore[y] why`) is read from each marker on.
#[must_use]
pub fn read_comment(comment: &str) -> Vec<Result<Directive, Malformed>> {
    let end =
        if comment.starts_with("/*") { comment.strip_suffix("*/").unwrap_or(comment).len() } else { comment.len() };
    let text = &comment[..end];
    let starts: Vec<(usize, usize)> =
        text.match_indices(KEYWORD).filter_map(|(at, _)| Some((marker(text, at)?, at + KEYWORD.len()))).collect();
    let mut found = Vec::new();
    for (index, (marker, body)) in starts.iter().enumerate() {
        let next = starts.get(index + 1).map_or(end, |(marker, _)| *marker);
        let line_end = text[*body..next].find(['\n', '\r']).map_or(next, |offset| body + offset);
        found.extend(read_body(text, *marker, *body..line_end));
    }
    found
}

/// The start of the comment marker right before the keyword, if one is there.
fn marker(text: &str, keyword: usize) -> Option<usize> {
    let before = text[..keyword].trim_end_matches([' ', '\t']);
    let stripped = ["//", "/*", "#", "*"].iter().find_map(|marker| before.strip_suffix(marker));
    match stripped {
        Some(rest) => Some(rest.trim_end_matches(['#', '/']).len()),
        None if before.is_empty() || before.ends_with(['\n', '\r']) => Some(before.len()),
        None => None,
    }
}

/// What stands after the keyword; `None` if it is prose.
fn read_body(text: &str, marker: usize, body: Range<usize>) -> Option<Result<Directive, Malformed>> {
    let rest = &text[body.clone()];
    let word_start = body.start + (rest.len() - rest.trim_start_matches([' ', '\t']).len());
    let word_end = text[word_start..body.end]
        .find(|c: char| !(c.is_ascii_alphabetic() || c == '-'))
        .map_or(body.end, |offset| word_start + offset);
    let word = &text[word_start..word_end];
    let end = word_start + text[word_start..body.end].trim_end().len();
    let malformed = |message: &str| Some(Err(Malformed { range: marker..end, message: message.to_owned() }));
    let bracket = text[word_end..body.end].starts_with('[');
    let scope = match word {
        "ignore" => Scope::Place,
        "ignore-file" => Scope::File,
        _ if bracket || word.to_ascii_lowercase().starts_with("ignore") => {
            return malformed("there are `ignore[<rule>]` and `ignore-file[<rule>]`");
        }
        _ => return None,
    };
    if !bracket {
        return malformed("an ignore names its rules: `ignore[<rule>] <reason>`");
    }
    let Some(close) = text[word_end..body.end].find(']').map(|offset| word_end + offset) else {
        return malformed("the list of rules has no closing `]`");
    };
    let rules = read_rules(text, word_end + 1..close);
    if rules.is_empty() {
        return malformed("an ignore names its rules: `ignore[<rule>] <reason>`");
    }
    match read_reason(&text[close + 1..body.end]) {
        Ok((until, reason)) => Some(Ok(Directive { scope, rules, until, reason, range: marker..end })),
        Err(message) => malformed(&message),
    }
}

/// Names between commas, without empty ones.
fn read_rules(text: &str, list: Range<usize>) -> Vec<(String, Range<usize>)> {
    let mut rules = Vec::new();
    let mut at = list.start;
    for part in text[list].split(',') {
        let name = part.trim();
        if !name.is_empty() {
            let start = at + (part.len() - part.trim_start().len());
            rules.push((name.to_owned(), start..start + name.len()));
        }
        at += part.len() + 1;
    }
    rules
}

/// An expiry as first or last word, and whether there is a reason.
fn read_reason(text: &str) -> Result<(Option<Date>, bool), String> {
    let mut words: Vec<&str> = text.split_whitespace().collect();
    let first = words.first().is_some_and(|word| word.starts_with("until="));
    let last = words.last().is_some_and(|word| word.starts_with("until="));
    let word = match (first, last) {
        (true, _) => Some(words.remove(0)),
        (false, true) => words.pop(),
        (false, false) => None,
    };
    let until = match word.map(|word| word.trim_start_matches("until=")) {
        Some(date) => Some(Date::parse(date).ok_or("`until=` wants a day such as `until=2026-12-31`")?),
        None => None,
    };
    Ok((until, words.iter().any(|word| word.contains(char::is_alphanumeric))))
}

/// The ignores of an annotation's value: `<rule>[, <rule>]: <reason>` on each of its lines.
#[must_use]
pub fn read_annotation(value: &str) -> Vec<Result<Directive, Malformed>> {
    let mut found = Vec::new();
    let mut at = 0;
    for line in value.split('\n') {
        let range = at..at + line.trim_end().len();
        at += line.len() + 1;
        if line.trim().is_empty() {
            continue;
        }
        let (names, reason) = line.split_once(':').unwrap_or((line, ""));
        let rules = read_rules(value, range.start..range.start + names.trim_end().len());
        let wrong = |message: &str| Malformed { range: range.clone(), message: message.to_owned() };
        found.push(if rules.is_empty() || rules.iter().any(|(name, _)| name.contains(char::is_whitespace)) {
            Err(wrong("the annotation is written `<rule>: <reason>`"))
        } else {
            read_reason(reason).map_err(|message| wrong(&message)).map(|(until, reason)| Directive {
                scope: Scope::Place,
                rules,
                until,
                reason,
                range: range.clone(),
            })
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// "scope rules until reason" or the complaint.
    fn told(found: Vec<Result<Directive, Malformed>>) -> Vec<String> {
        let tell = |directive: Directive| {
            let rules: Vec<String> = directive.rules.into_iter().map(|(name, _)| name).collect();
            let until = directive.until.map(|date| format!(" until {date}")).unwrap_or_default();
            format!("{:?} {}{until}{}", directive.scope, rules.join("+"), if directive.reason { " why" } else { "" })
        };
        found.into_iter().map(|one| one.map_or_else(|wrong| format!("! {}", wrong.message), tell)).collect()
    }

    #[test]
    fn comments() {
        const NAMES: &str = "! an ignore names its rules: `ignore[<rule>] <reason>`";
        const WORDS: &str = "! there are `ignore[<rule>]` and `ignore-file[<rule>]`";
        for (comment, expected) in [
            ("# kate: ignore[a] made by hand", &["Place a why"][..]),
            ("#kate:ignore[a,b , c]", &["Place a+b+c"]),
            ("// kate: ignore-file[a] why", &["File a why"]),
            ("/* kate: ignore[a] why */", &["Place a why"]),
            ("/*\n * kate: ignore[a] why\n * kate: ignore[b]\n */", &["Place a why", "Place b"]),
            ("# kate: ignore[a] until=2026-12-31 why", &["Place a until 2026-12-31 why"]),
            ("# kate: ignore[a] why until=2026-12-31", &["Place a until 2026-12-31 why"]),
            ("# kate: ignore[a] -- until=2026-12-31", &["Place a until 2026-12-31"]),
            ("# kate: ignore[a] until=tomorrow", &["! `until=` wants a day such as `until=2026-12-31`"]),
            ("# other: x # kate: ignore[a] why # kate: ignore[b]", &["Place a why", "Place b"]),
            ("# kate: ignore", &[NAMES]),
            ("# kate: ignore all of it", &[NAMES]),
            ("# kate: ignore[]", &[NAMES]),
            ("# kate: ignore[a", &["! the list of rules has no closing `]`"]),
            ("# kate: Ignore[a]", &[WORDS]),
            ("# kate: ignore-line[a]", &[WORDS]),
            ("# kate: disable[a]", &[WORDS]),
            ("# kate: is a linter", &[]),
            ("# ask kate: ignore[a]", &[]),
            ("# nothing", &[]),
        ] {
            assert_eq!(told(read_comment(comment)), expected, "{comment}");
        }
    }

    #[test]
    fn annotations() {
        const FORM: &str = "! the annotation is written `<rule>: <reason>`";
        for (value, expected) in [
            ("a: made by hand", &["Place a why"][..]),
            ("a, b: why until=2026-12-31\nc:", &["Place a+b until 2026-12-31 why", "Place c"]),
            ("a", &["Place a"]),
            ("made by hand", &[FORM]),
            (": why", &[FORM]),
            ("", &[]),
        ] {
            assert_eq!(told(read_annotation(value)), expected, "{value}");
        }
    }

    #[test]
    fn ranges_are_exact() {
        let comment = "#  kate: ignore[ab, cd] why  ";
        let mut found = read_comment(comment);
        assert_eq!(found.len(), 1, "one ignore");
        let Some(Ok(directive)) = found.pop() else { panic!("a good one") };
        assert_eq!(&comment[directive.range], comment.trim_end());
        assert_eq!(&comment[directive.rules[1].1.clone()], "cd");
    }
}
