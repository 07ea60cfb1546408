//! What kate's own policies say about themselves, in a file made of them: to lex ninety policies
//! and to read their METADATA takes longer than to check a small file.

use std::borrow::Cow;

use regorus::Value;
use serde::{Deserialize, Serialize};

use super::embedded;
use super::load::{Entry, entries, read};
use super::metadata::Input;
use crate::diagnostic::{Confidence, FixAvailability, Group, RuleId, RuleMeta, Severity, Status};

/// One rule set. What is not said is as in an [`Entry`] whose METADATA does not say it.
#[derive(Serialize, Deserialize)]
struct Row<'a> {
    file: Cow<'a, str>,
    path: Cow<'a, str>,
    id: Cow<'a, str>,
    title: Cow<'a, str>,
    group: Cow<'a, str>,
    level: Severity,
    /// That of the rule, which other rule sets may raise.
    rule_level: Severity,
    confidence: Confidence,
    enabled: bool,
    redact: bool,
    input: Input,
    kinds: Option<Vec<String>>,
    review: bool,
    security_severity: Option<&'a str>,
    params: Option<Value>,
}

/// The text of `policies/data/catalogue.json`, as the policies say it.
#[must_use]
pub fn catalogue() -> String {
    let read: Vec<_> = embedded::sources().into_iter().map(read).collect();
    let entries = entries(&read);
    let rows: Vec<String> = entries.iter().map(|entry| serde_json::json!(row(entry)).to_string()).collect();
    format!("[\n{}\n]\n", rows.join(",\n"))
}

fn row(entry: &Entry) -> Row<'_> {
    Row {
        file: entry.file.as_ref().into(),
        path: entry.path.as_str().into(),
        id: entry.meta.id.as_str().into(),
        title: entry.meta.summary.as_ref().into(),
        group: entry.meta.group.as_str().into(),
        level: entry.level,
        rule_level: entry.meta.level,
        confidence: entry.meta.confidence,
        enabled: entry.meta.enabled,
        redact: entry.redact,
        input: entry.input,
        kinds: entry.kinds.clone(),
        review: entry.review,
        security_severity: entry.meta.security_severity,
        params: entry.params.clone(),
    }
}

/// The rule sets of kate's own policies; none if the catalogue cannot be read, which a test rules
/// out.
pub(super) fn own() -> Vec<Entry> {
    let rows: Vec<Row<'static>> = serde_json::from_str(include_str!("../../policies/data/catalogue.json"))
        .inspect_err(|error| debug_assert!(false, "{error}"))
        .unwrap_or_default();
    rows.into_iter().filter_map(entry).collect()
}

fn entry(row: Row<'static>) -> Option<Entry> {
    let group = Group::ALL.into_iter().find(|group| group.as_str() == row.group)?;
    let docs = embedded::page(&row.file)?;
    let meta = RuleMeta {
        id: RuleId::owned(row.id.into_owned()),
        summary: row.title,
        group,
        level: row.rule_level,
        enabled: row.enabled,
        confidence: row.confidence,
        status: Status::Preview,
        since: "0.1.0",
        fix: FixAvailability::None,
        security_severity: row.security_severity,
        ignorable: true,
        docs: docs.into(),
    };
    Some(Entry {
        file: row.file,
        path: row.path.into_owned(),
        meta,
        level: row.level,
        redact: row.redact,
        input: row.input,
        kinds: row.kinds,
        review: row.review,
        params: row.params,
        at: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_says_what_the_policies_say() {
        let sources: Vec<_> = embedded::sources().into_iter().map(read).collect();
        let (said, own) = (entries(&sources), own());
        assert_eq!(format!("{own:#?}"), format!("{said:#?}"));
        for entry in &own {
            let holders = sources.iter().filter(|(_, outline, _)| outline.defines(&entry.path)).count();
            assert_eq!(holders, 1, "{} stands in one file, so that this one is all that it needs", entry.path);
        }
    }
}
