//! The baseline: findings that a repository has accepted for now.
//!
//! One entry per line, in order of fingerprint, without line numbers and dates, so that two branches
//! that change it merge like any other text.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Deserialize;

use super::meta;
use crate::diagnostic::{Diagnostic, Fingerprint};
use crate::text::{SourceFile, Sources, Span};

const VERSION: u64 = 1;

/// A loaded baseline.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Baseline {
    entries: BTreeMap<String, Located>,
}

/// Why a file is not a baseline.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BaselineError {
    /// Where in it.
    pub span: Span,
    /// One line, lower case, no full stop.
    pub message: String,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Located {
    entry: Entry,
    span: Span,
}

#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    rule: String,
    path: String,
    message: String,
    count: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: u64,
    findings: BTreeMap<String, Entry>,
}

impl Baseline {
    /// Read a baseline file. An entry that stands twice after a merge counts once, the last one.
    ///
    /// # Errors
    /// If it is not JSON of this version's shape, or holds the marks of an unresolved merge.
    pub fn read(file: &SourceFile) -> Result<Self, BaselineError> {
        let mut at = 0;
        for line in file.text.split_inclusive('\n') {
            if ["<<<<<<< ", "=======", ">>>>>>> "].iter().any(|mark| line.starts_with(mark)) {
                let span = Span::new(file.id, at, at + line.trim_end().len());
                return Err(BaselineError { span, message: "the baseline holds an unresolved merge".to_owned() });
            }
            at += line.len();
        }
        let document: Document = serde_json::from_str(&file.text).map_err(|error| not_a_baseline(file, &error))?;
        if document.version != VERSION {
            let message = format!("the baseline has version {}; this kate reads {VERSION}", document.version);
            return Err(BaselineError { span: Span::start_of(file.id), message });
        }
        let places = keys(&file.text);
        let entries = document.findings.into_iter().map(|(key, entry)| {
            let range = places.get(key.as_str()).cloned().unwrap_or(0..0);
            let span = Span::new(file.id, range.start, range.end);
            (key, Located { entry, span })
        });
        Ok(Self { entries: entries.collect() })
    }

    /// The text of a baseline that accepts these findings. Findings about the baseline itself are
    /// left out.
    #[must_use]
    pub fn write(diagnostics: &[Diagnostic], sources: &Sources) -> String {
        let mut entries: BTreeMap<String, Entry> = BTreeMap::new();
        for diagnostic in diagnostics.iter().filter(|diagnostic| diagnostic.rule != meta::STALE_BASELINE.id) {
            let entry = entries.entry(diagnostic.fingerprint(sources).to_string()).or_insert_with(|| Entry {
                rule: diagnostic.rule.to_string(),
                path: sources.get(diagnostic.primary_span().file).path.as_str().to_owned(),
                message: diagnostic.message.clone(),
                count: 0,
            });
            entry.count += 1;
        }
        print(entries.iter().map(|(key, entry)| (key.as_str(), entry)))
    }

    /// The text of this baseline without what no longer is: an entry keeps as many findings as
    /// there still are, and none goes that is not proven gone.
    #[must_use]
    pub fn prune(&self, diagnostics: &[Diagnostic], sources: &Sources, ran: &dyn Fn(&str) -> bool) -> String {
        let mut present: BTreeMap<String, usize> = BTreeMap::new();
        for diagnostic in diagnostics {
            *present.entry(diagnostic.fingerprint(sources).to_string()).or_insert(0) += 1;
        }
        let mut entries: BTreeMap<&str, Entry> = BTreeMap::new();
        for (key, Located { entry, .. }) in &self.entries {
            let left = present.get(key).copied().unwrap_or(0);
            let count = if ran(&entry.rule) { entry.count.min(left) } else { entry.count };
            if count > 0 {
                entries.insert(key, Entry { count, ..entry.clone() });
            }
        }
        print(entries.iter().map(|(key, entry)| (*key, entry)))
    }

    /// How many findings of each fingerprint are accepted. Keys that are no fingerprints match none.
    pub(super) fn counts(&self) -> BTreeMap<Fingerprint, usize> {
        let count = |(key, located): (&String, &Located)| Some((Fingerprint::parse(key)?, located.entry.count));
        self.entries.iter().filter_map(count).collect()
    }

    /// Findings about entries of which some are left; `gone` tells whether a rule would have found
    /// them if they were still there.
    pub(super) fn stale(&self, left: &BTreeMap<Fingerprint, usize>, gone: &dyn Fn(&str) -> bool) -> Vec<Diagnostic> {
        let is_stale = |(key, located): &(&String, &Located)| {
            let unmatched = Fingerprint::parse(key).is_none_or(|key| left.get(&key).is_some_and(|left| *left > 0));
            unmatched && gone(&located.entry.rule)
        };
        let finding = |(key, Located { entry, span }): (&String, &Located)| {
            let message = format!("the baseline accepts a finding of `{}` that is gone", entry.rule);
            Diagnostic::new(&meta::STALE_BASELINE, *span, message, key)
                .primary(format!("in {}", entry.path))
                .help("`kate check --prune-baseline` removes it")
        };
        self.entries.iter().filter(is_stale).map(finding).collect()
    }
}

fn print<'a>(entries: impl Iterator<Item = (&'a str, &'a Entry)>) -> String {
    let mut text = format!("{{\n  \"version\": {VERSION},\n  \"findings\": {{");
    let mut first = true;
    for (key, entry) in entries {
        let string = |text: &str| serde_json::Value::from(text).to_string();
        let _ = write!(
            text,
            "{}\n    {}: {{\"rule\": {}, \"path\": {}, \"message\": {}, \"count\": {}}}",
            if first { "" } else { "," },
            string(key),
            string(&entry.rule),
            string(&entry.path),
            string(&entry.message),
            entry.count
        );
        first = false;
    }
    text.push_str(if first { "}\n}\n" } else { "\n  }\n}\n" });
    text
}

fn not_a_baseline(file: &SourceFile, error: &serde_json::Error) -> BaselineError {
    let line = u32::try_from(error.line()).unwrap_or(u32::MAX);
    let range = file.lines().line_range(line, &file.text);
    let at = (range.start + error.column().saturating_sub(1)).min(range.end).min(file.text.len());
    let at = file.text.floor_char_boundary(at);
    let text = error.to_string();
    // serde_json ends with "at line 1 column 2", which the span says already.
    let reason = text.rsplit_once(" at line ").map_or(text.as_str(), |(reason, _)| reason);
    BaselineError { span: Span::new(file.id, at, at), message: format!("not a baseline: {reason}") }
}

/// Where each string of 32 hexadecimal digits stands, without its quotes.
fn keys(text: &str) -> BTreeMap<&str, std::ops::Range<usize>> {
    let mut places = BTreeMap::new();
    let mut quotes = text.match_indices('"').map(|(at, _)| at).peekable();
    while let Some(open) = quotes.next() {
        let Some(close) = quotes.peek() else { break };
        let key = &text[open + 1..*close];
        if key.len() == 32 && key.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            places.insert(key, open + 1..*close);
        }
    }
    places
}
