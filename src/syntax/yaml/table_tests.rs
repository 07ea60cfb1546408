//! Our reading against the recorded reading of the real programs.

use std::sync::Arc;

use serde_json::Value as Json;

use super::{Schema, parse};
use crate::syntax::{SyntaxError, SyntaxErrorKind};
use crate::text::FileId;
use crate::value::{Data, Value};

const TABLE: &str = include_str!("../../../tests/data/yaml-scalars.tsv");

/// Where we read otherwise, and why: sources as they stand in the table, for both readers.
const KNOWN: &[(&str, &str)] = &[
    ("v: \"\\uD83D\\uDE00\"", "JSON allows surrogate pairs, and one parser reads both"),
    ("? \"\\uD83D\\uDE00\"\n: v", "JSON allows surrogate pairs, and one parser reads both"),
    ("v: \"\\/\"", "JSON allows this escape, and one parser reads both"),
    ("? \"\\/\"\n: v", "JSON allows this escape, and one parser reads both"),
    ("a: &x {p: 1}\nb: &y {q: 2}\nc: {<<: *x, <<: *y}", "kustomize refuses what kubectl merges"),
    ("a: &x {p: 1}\nb: &y {p: 2}\nc: {<<: *x, <<: *y}", "kustomize refuses what kubectl merges"),
    ("a: &x {p: 1}\nb: {\"<<\": *x}", "kustomize loses a quoted `<<`"),
    ("a: {b:}", "libyaml takes the colon into the word; YAML 1.2 does not"),
    ("a: x\u{85}y", "libyaml breaks lines at U+0085; YAML 1.2 does not"),
    ("a: x\u{2028}y", "libyaml breaks lines at U+2028; YAML 1.2 does not"),
];

/// A value as JSON; `None` if any part of it is unknown.
fn json(value: &Value) -> Option<Json> {
    Some(match &value.data {
        Data::Null => Json::Null,
        Data::Bool(truth) => Json::Bool(*truth),
        Data::Int(number) => Json::from(*number),
        Data::Float(number) => Json::from(*number),
        Data::String(text) => Json::from(text.as_str()),
        Data::List(items) => Json::Array(items.iter().map(json).collect::<Option<_>>()?),
        Data::Map(map) if map.open.is_none() => {
            let entries = map.iter().map(|entry| Some((entry.key.to_string(), json(&entry.value)?)));
            Json::Object(entries.collect::<Option<_>>()?)
        }
        Data::Map(_) | Data::Unknown(_) => return None,
    })
}

/// Our reading of a text; `None` if we say that it is broken or not known.
fn ours(text: &str, schema: Schema) -> Option<Json> {
    let parsed = parse(FileId(0), &Arc::from(format!("{text}\n")));
    // kubectl lets the last of equal keys win; kustomize refuses keys that are equal as text.
    let fatal = |error: &SyntaxError| match (error.kind, schema) {
        (SyntaxErrorKind::DuplicateKey, Schema::Kubernetes) => false,
        (SyntaxErrorKind::DuplicateKey, Schema::Kustomize) => error.message.ends_with("given twice"),
        _ => true,
    };
    if parsed.braces.is_some() || parsed.errors.iter().any(fatal) {
        return None;
    }
    json(&parsed.stream.documents.first()?.value(schema))
}

/// Equal, numbers by value.
fn same(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(a), Json::Number(b)) => {
            a.as_f64() == b.as_f64() && (a.as_i64() == b.as_i64() || a.is_f64() != b.is_f64())
        }
        (Json::Array(a), Json::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, value)| b.get(key).is_some_and(|other| same(value, other)))
        }
        _ => a == b,
    }
}

#[test]
fn reads_as_the_real_readers_do() {
    let mut wrong = Vec::new();
    let mut known = Vec::new();
    let mut cases = 0;
    for row in TABLE.lines().filter(|line| !line.starts_with('#')) {
        let cells: Vec<&str> = row.split('\t').collect();
        let [source, kubernetes, kustomize] = cells[..] else { panic!("bad row {row}") };
        let text: String = serde_json::from_str(source).expect("a JSON string");
        for (schema, recorded) in [(Schema::Kubernetes, kubernetes), (Schema::Kustomize, kustomize)] {
            cases += 1;
            let recorded: Option<Json> =
                (recorded != "refused").then(|| serde_json::from_str(recorded).expect("a JSON value"));
            let ours = ours(&text, schema);
            let agree = match (&recorded, &ours) {
                (None, None) => true,
                (Some(theirs), Some(ours)) => same(theirs, ours),
                _ => false,
            };
            if !agree && KNOWN.iter().any(|(source, _)| *source == text) {
                known.push(text.clone());
            } else if !agree {
                let show = |value: &Option<Json>| value.as_ref().map_or("refused".to_owned(), ToString::to_string);
                wrong.push(format!("{schema:?} {source}: theirs {}, ours {}", show(&recorded), show(&ours)));
            }
        }
    }
    for (source, why) in KNOWN {
        assert!(known.iter().any(|text| text == source), "no longer different ({why}): {source:?}");
    }
    assert!(cases > 500, "{cases}");
    assert!(wrong.is_empty(), "{} of {cases} differ:\n{}", wrong.len(), wrong.join("\n"));
}
