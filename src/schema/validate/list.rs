//! Items of lists that have to differ.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{ProblemKind, Segment, Walk, first_key};
use crate::schema::ListType;
use crate::text::has_placeholder;
use crate::value::{Data, Str, Value};

impl<'v> Walk<'v> {
    pub(super) fn duplicates(&mut self, list_type: &'v ListType, items: &'v [Value]) {
        if items.len() < 2 || *list_type == ListType::Atomic {
            return;
        }
        let mut seen: BTreeMap<String, &Value> = BTreeMap::new();
        for (index, item) in items.iter().enumerate() {
            let identity = match list_type {
                ListType::Map(keys) => identity_of(item, keys),
                _ => canonical(item),
            };
            let Some(identity) = identity else {
                self.uncertain = true;
                continue;
            };
            let first = *seen.entry(identity).or_insert(item);
            if std::ptr::eq(first, item) {
                continue;
            }
            let keys = match list_type {
                ListType::Map(keys) => {
                    keys.iter().filter_map(|key| Some((key.clone(), canonical(item.get(key)?)?))).collect()
                }
                _ => Vec::new(),
            };
            self.path.push(Segment::Index(index));
            let first = key_place(first, list_type);
            self.report(ProblemKind::DuplicateItem { keys, first: first.clone() }, key_place(item, list_type));
            self.path.pop();
        }
    }
}

/// Where the key of an item is written.
fn key_place<'v>(item: &'v Value, list_type: &ListType) -> &'v crate::value::Origin {
    let key = match list_type {
        ListType::Map(keys) => keys.iter().find_map(|key| item.get(key)),
        _ => None,
    };
    key.map_or_else(|| first_key(item), |value| &value.origin)
}

/// The values of the keys; `None` if one is not known or none is there.
fn identity_of(item: &Value, keys: &[Str]) -> Option<String> {
    let map = item.as_map()?;
    if map.open.is_some() || keys.iter().all(|key| map.get(key).is_none_or(Value::is_null)) {
        return None;
    }
    let mut text = String::new();
    for key in keys {
        match map.get(key) {
            Some(value) => text.push_str(&canonical(value)?),
            None => text.push('-'),
        }
        text.push('\u{0}');
    }
    Some(text)
}

/// A text that is equal for equal values; `None` if a part is not known.
pub(super) fn canonical(value: &Value) -> Option<String> {
    let mut out = String::new();
    write(value, &mut out, 0)?;
    Some(out)
}

fn write(value: &Value, out: &mut String, depth: usize) -> Option<()> {
    if depth > 32 || out.len() > 1 << 16 {
        return None;
    }
    match &value.data {
        Data::Unknown(_) => return None,
        Data::String(text) if has_placeholder(text) => return None,
        Data::String(text) => write!(out, "{:?}", text.as_str()).ok()?,
        Data::Null => out.push_str("null"),
        Data::Bool(truth) => write!(out, "{truth}").ok()?,
        Data::Int(number) => write!(out, "{number}").ok()?,
        Data::Float(number) => write!(out, "{number}").ok()?,
        Data::List(items) => {
            out.push('[');
            for item in items.iter() {
                write(item, out, depth + 1)?;
                out.push(',');
            }
            out.push(']');
        }
        Data::Map(map) => {
            if map.open.is_some() {
                return None;
            }
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by(|a, b| a.key.cmp(&b.key));
            out.push('{');
            for entry in entries {
                write!(out, "{:?}:", entry.key.as_str()).ok()?;
                write(&entry.value, out, depth + 1)?;
                out.push(',');
            }
            out.push('}');
        }
    }
    Some(())
}
