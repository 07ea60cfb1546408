//! Assertions in comments of example files: `# error [rule] "text"`, `# error "text"`,
//! `# snapshot`. At the end of a line they speak of that line, alone on a line of the next line
//! that is no assertion.

use kate::diagnostic::Severity;

/// What a line is said to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Assertion {
    /// Line of the file, from 1.
    pub(crate) line: usize,
    /// What is there.
    pub(crate) expected: Expected,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// A finding of the page's own rule, of any severity; the snapshot shows it.
    Snapshot,
    /// A finding of the page's own rule whose message contains the text.
    Short { severity: Severity, text: String },
    /// A finding of some rule whose message contains the text.
    Full { severity: Severity, rule: String, text: String },
}

impl Assertion {
    /// The assertion in words.
    pub(crate) fn describe(&self, own: Option<&str>) -> String {
        match &self.expected {
            Expected::Snapshot => format!("any [{}]", own.unwrap_or("any rule")),
            Expected::Short { severity, text } => {
                format!("{} [{}] \"{text}\"", severity.as_str(), own.unwrap_or("?"))
            }
            Expected::Full { severity, rule, text } => format!("{} [{rule}] \"{text}\"", severity.as_str()),
        }
    }
}

/// All assertions of a file; malformed ones with their line and what is wrong.
pub(crate) fn assertions(text: &str) -> Vec<Result<Assertion, (usize, String)>> {
    let mut found = Vec::new();
    let mut pending = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        match find(line) {
            Some((_, Err(why))) => found.push(Err((number, why))),
            Some((0, Ok(expected))) => pending.push(expected),
            here => {
                let here = here.into_iter().filter_map(|(_, expected)| expected.ok());
                let expected = pending.drain(..).chain(here);
                found.extend(expected.map(|expected| Ok(Assertion { line: number, expected })));
            }
        }
    }
    if !pending.is_empty() {
        found.push(Err((text.lines().count(), "an assertion with no line below it".to_owned())));
    }
    found
}

/// The text without its assertions, and without lines that were nothing else.
pub(crate) fn without_assertions(text: &str) -> String {
    let mut kept = String::new();
    for line in text.split_inclusive('\n') {
        match find(line.trim_end_matches(['\r', '\n'])) {
            Some((0, _)) => {}
            Some((at, _)) => {
                kept.push_str(line[..at].trim_end());
                kept.push_str(&line[line.trim_end_matches(['\r', '\n']).len()..]);
            }
            None => kept.push_str(line),
        }
    }
    kept
}

/// The assertion in a line and where it starts: 0 if the line is nothing else.
fn find(line: &str) -> Option<(usize, Result<Expected, String>)> {
    let mut from = 0;
    loop {
        let at = from + line[from..].find('#')?;
        from = at + 1;
        if at > 0 && !line[..at].ends_with([' ', '\t']) {
            continue;
        }
        if let Some(parsed) = parse(line[at + 1..].trim()) {
            return Some((if line[..at].trim().is_empty() { 0 } else { at }, parsed));
        }
    }
}

/// Read a comment; `None` if it is prose.
fn parse(comment: &str) -> Option<Result<Expected, String>> {
    if comment == "snapshot" {
        return Some(Ok(Expected::Snapshot));
    }
    let (word, rest) = comment.split_once(' ').unwrap_or((comment, ""));
    let severity = match word {
        "error" => Severity::Error,
        "warning" => Severity::Warning,
        "info" => Severity::Info,
        _ => return None,
    };
    let rest = rest.trim();
    if !rest.is_empty() && !rest.starts_with(['[', '"']) {
        return None;
    }
    Some(finish(severity, rest).ok_or(format!("malformed assertion `# {comment}`; write `# {word} [rule] \"text\"`")))
}

fn finish(severity: Severity, rest: &str) -> Option<Expected> {
    let quoted =
        |text: &str| Some(text.strip_prefix('"')?.strip_suffix('"')?.to_owned()).filter(|text| !text.is_empty());
    match rest.strip_prefix('[') {
        None => Some(Expected::Short { severity, text: quoted(rest)? }),
        Some(rest) => {
            let (rule, text) = rest.split_once(']')?;
            Some(Expected::Full { severity, rule: rule.to_owned(), text: quoted(text.trim())? })
        }
    }
}
