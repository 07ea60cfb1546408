//! Objects of which one thing is wrong, or just right: `tests/data/validations`.
//!
//! A line of `cases.tsv` is a kind, what is changed in the object of that kind in `bases.jsonl` (JSON
//! pointers and what is put there, null to remove; `X*9` is nine letters), the rules that kate reports (`~`
//! for a warning, `-` for none), what the API server says, and, if the two do not agree, why. Lines that
//! start with `#` head the groups.

use serde_json::{Map, Value as Json};

/// The objects, one a line.
pub(crate) const BASES: &str = include_str!("../data/validations/bases.jsonl");

/// One line of the table.
pub(crate) struct Case<'a> {
    /// The kind and what is changed: the first two columns.
    pub(crate) text: &'a str,
    /// The object.
    pub(crate) object: Json,
    /// Rules of kate.
    pub(crate) rules: &'a str,
    /// What the API server says.
    pub(crate) answer: &'a str,
    /// Why kate does not say the same.
    pub(crate) why: Option<&'a str>,
}

/// The lines of a table: cases, and what heads them.
pub(crate) fn read(table: &str) -> Vec<Result<Case<'_>, &str>> {
    let bases: Vec<Json> = BASES.lines().map(|line| serde_json::from_str(line).expect("it is JSON")).collect();
    let of_kind = |kind: &str| bases.iter().find(|base| base["kind"] == kind).cloned();
    let case = |line: &'_ str| -> Option<(usize, Json)> {
        let (kind, rest) = line.split_once('\t')?;
        let edits = rest.split('\t').next()?;
        let object = changed(of_kind(kind)?, &serde_json::from_str(edits).ok()?)?;
        Some((kind.len() + 1 + edits.len(), object))
    };
    table
        .lines()
        .map(|line| {
            if line.starts_with('#') || line.is_empty() {
                return Err(line);
            }
            let (end, object) = case(line).unwrap_or_else(|| panic!("not a case: {line}"));
            let mut rest = line[end..].split('\t').skip(1);
            let mut column = || rest.next();
            Ok(Case {
                text: &line[..end],
                object,
                rules: column().unwrap_or_default(),
                answer: column().unwrap_or_default(),
                why: column(),
            })
        })
        .collect()
}

/// A line from its columns.
pub(crate) fn line(case: &Case<'_>, rules: &str, answer: &str) -> String {
    let why = case.why.map(|why| format!("\t{why}")).unwrap_or_default();
    format!("{}\t{rules}\t{answer}{why}\n", case.text)
}

fn changed(mut object: Json, edits: &Map<String, Json>) -> Option<Json> {
    for (pointer, value) in edits {
        let steps: Vec<String> =
            pointer.split('/').skip(1).map(|step| long(&step.replace("~1", "/").replace("~0", "~"))).collect();
        let (last, parents) = steps.split_last()?;
        let parent = parents.iter().try_fold(&mut object, |at, step| child(at, step))?;
        if value.is_null() {
            parent.as_object_mut()?.remove(last)?;
        } else {
            *child(parent, last)? = lengthened(value.clone());
        }
    }
    Some(object)
}

/// What stands at a step, made if nothing does.
fn child<'a>(at: &'a mut Json, step: &str) -> Option<&'a mut Json> {
    if at.is_null() {
        *at = if step == "0" { Json::Array(Vec::new()) } else { Json::Object(Map::new()) };
    }
    match at {
        Json::Object(map) => Some(map.entry(step).or_insert(Json::Null)),
        Json::Array(items) => {
            let index: usize = step.parse().ok()?;
            if index == items.len() {
                items.push(Json::Null);
            }
            items.get_mut(index)
        }
        _ => None,
    }
}

/// `X*9` as nine letters.
fn long(text: &str) -> String {
    match text.strip_prefix("X*").and_then(|count| count.parse().ok()) {
        Some(count) => "x".repeat(count),
        None => text.to_owned(),
    }
}

fn lengthened(value: Json) -> Json {
    match value {
        Json::String(text) => Json::String(long(&text)),
        Json::Array(items) => items.into_iter().map(lengthened).collect(),
        Json::Object(map) => map.into_iter().map(|(key, value)| (long(&key), lengthened(value))).collect(),
        other => other,
    }
}
