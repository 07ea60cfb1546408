//! Paths with dots, as replacements and variables have them, and places within a value.

mod matcher;
mod scalar;
#[cfg(test)]
mod tests;

pub(super) use matcher::{Fresh, Match, Matcher, make, parse};
pub(super) use scalar::{Written, data, made_style, may_be_time, name, set_style, untagged};

use crate::value::{Data, Map, Unknown, Value};

/// The way from a value to a node below it: positions in lists and maps.
pub(super) type Steps = [u32];

/// The parts of a path; a separator behind a backslash does not separate, and one at the very
/// beginning is left out (`kyaml/utils.PathSplitter`).
pub(super) fn split_escaped(path: &str, separator: char) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let path = path.strip_prefix(separator).unwrap_or(path);
    for part in path.split(separator) {
        match parts.last_mut().filter(|last| last.ends_with('\\')) {
            Some(last) => {
                last.pop();
                last.push(separator);
                last.push_str(part);
            }
            None => parts.push(part.to_owned()),
        }
    }
    parts
}

/// The node at the end of some steps.
pub(super) fn node<'v>(value: &'v Value, steps: &Steps) -> Option<&'v Value> {
    steps.iter().try_fold(value, |value, step| {
        let step = *step as usize;
        match value.as_map() {
            Some(map) => map.iter().nth(step).map(|entry| &entry.value),
            None => value.items().get(step),
        }
    })
}

/// The node at the end of some steps, to change in place.
pub(super) fn node_mut<'v>(value: &'v mut Value, steps: &Steps) -> Option<&'v mut Value> {
    steps.iter().try_fold(value, |value, step| {
        let step = *step as usize;
        if value.as_map().is_some() {
            value.as_map_mut()?.iter_mut().nth(step).map(|entry| &mut entry.value)
        } else {
            value.as_list_mut()?.get_mut(step)
        }
    })
}

/// The position of a key.
pub(super) fn position(map: &Map, key: &str) -> Option<u32> {
    map.iter().position(|entry| entry.key == key).and_then(|position| position.try_into().ok())
}

/// The parts of a path with dots; dots in brackets do not separate, and brackets go away unless
/// they hold a `=` or no dot (`kyaml/utils.SmarterPathSplitter`).
pub(super) fn split(path: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut rest = split_escaped(path, '.').into_iter();
    while let Some(part) = rest.next() {
        if !part.starts_with('[') || part.ends_with(']') {
            parts.push(part);
            continue;
        }
        let mut bracketed = part;
        for part in rest.by_ref() {
            bracketed.push('.');
            bracketed.push_str(&part);
            if part.ends_with(']') {
                break;
            }
        }
        let is_item = bracketed.contains('=');
        parts.push(if is_item { bracketed } else { bracketed.trim_matches(['[', ']']).to_owned() });
    }
    parts
}

/// What one part of a path stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Part<'p> {
    /// An item of a list by position.
    Index(u32),
    /// Items of a list by a field (or by themselves, if it is empty) and its text.
    Item(&'p str, &'p str),
    /// Brackets without `=`, or an index below zero.
    Invalid,
    /// A key of a map.
    Key(&'p str),
}

impl<'p> Part<'p> {
    fn of(part: &'p str) -> Self {
        // Go's `Atoi`; an index beyond 32 bits is beyond every list.
        let digits = part.strip_prefix(['+', '-']).unwrap_or(part);
        if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return match part.parse::<i64>() {
                Ok(index @ 0..) => Self::Index(index.try_into().unwrap_or(u32::MAX)),
                Ok(_) => Self::Invalid,
                Err(_) => Self::Key(part),
            };
        }
        let Some(inner) = part.strip_prefix('[').and_then(|part| part.strip_suffix(']')) else {
            return Self::Key(part);
        };
        inner.split_once('=').map_or(Self::Invalid, |(field, text)| Self::Item(field, text))
    }
}

/// Why nothing is found.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Failure {
    /// The path does not fit what is there, and how.
    Mismatch(String),
    /// It leads to something unknown.
    Unknown(Unknown),
}

impl Failure {
    fn mismatch<T>(why: impl Into<String>) -> Result<T, Self> {
        Err(Self::Mismatch(why.into()))
    }
}

/// The one node at the end of a path (`kyaml/yaml.PathGetter`), `None` if a key or item on the way
/// is missing. Items are compared with their text as a whole; `-` is the last item.
///
/// # Errors
/// If the path does not fit, or what is there is unknown.
pub(super) fn lookup(root: &Value, parts: &[String], written: Written<'_>) -> Result<Option<Vec<u32>>, Failure> {
    let mut steps = Vec::new();
    let mut value = root;
    for part in parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty()) {
        match look(value, part, written)? {
            Some((step, next)) => {
                steps.push(step);
                value = next;
            }
            None => return Ok(None),
        }
    }
    Ok(Some(steps))
}

/// One step of [`lookup`].
fn look<'v>(value: &'v Value, part: &str, written: Written<'_>) -> Result<Option<(u32, &'v Value)>, Failure> {
    if let Data::Unknown(why) = &value.data {
        return Err(Failure::Unknown(why.clone()));
    }
    if part == "*" {
        return Failure::mismatch("`*` cannot stand here");
    }
    let kind = if part == "-" { Part::Index(u32::MAX) } else { Part::of(part) };
    if kind == Part::Invalid {
        return Failure::mismatch(format!("`{part}` selects no item"));
    }
    match (&value.data, kind) {
        (Data::Null, _) => Ok(None),
        (Data::Map(map), Part::Key(key)) => match (position(map, key), &map.open) {
            (Some(at), _) => Ok(map.get(key).map(|value| (at, value))),
            (None, Some(why)) => Err(Failure::Unknown(why.clone())),
            (None, None) => Ok(None),
        },
        (Data::List(items), Part::Index(_)) if part == "-" => match items.last() {
            Some(last) => Ok(Some((items.len() as u32 - 1, last))),
            None => Failure::mismatch("`-` in an empty list"),
        },
        (Data::List(items), Part::Index(at)) => Ok(items.get(at as usize).map(|item| (at, item))),
        (Data::List(items), Part::Item(field, text)) => {
            for (at, item) in (0..).zip(items.iter()) {
                let known = if field.is_empty() { Some(item) } else { item.get(field) };
                let why = item.unknown().or_else(|| known.and_then(Value::unknown));
                if let Some(why) = why {
                    return Err(Failure::Unknown(why.clone()));
                }
                if known.is_some_and(|value| written.text(value) == text) {
                    return Ok(Some((at, item)));
                }
            }
            Ok(None)
        }
        _ => Failure::mismatch(format!("`{part}` does not fit {}", describe(value))),
    }
}

/// What a value is, for messages.
fn describe(value: &Value) -> &'static str {
    match &value.data {
        Data::List(_) => "a list",
        Data::Map(_) => "a map",
        Data::Unknown(_) => "something unknown",
        _ => "a scalar",
    }
}
