//! Values as Go's `encoding/json` writes them: keys sorted, numbers as 64-bit floats, `<`, `>` and
//! `&` escaped.

use std::borrow::Cow;

use crate::render::go_json::{float, text};
use crate::value::{Data, Entry};

/// Write a value; `None` if a part of it is not known.
pub(super) fn value(data: &Data, out: &mut String) -> Option<()> {
    match data {
        Data::Null => out.push_str("null"),
        Data::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
        // What was read by way of `interface{}` is a float.
        Data::Int(int) => float(*int as f64, out),
        Data::Float(number) => float(*number, out),
        Data::String(plain) => text(plain, out),
        Data::List(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                value(&item.data, out)?;
            }
            out.push(']');
        }
        Data::Map(map) => {
            if map.open.is_some() {
                return None;
            }
            let mut entries: Vec<&Entry> = map.iter().collect();
            entries.sort_by(|a, b| a.key.cmp(&b.key));
            out.push('{');
            for (at, entry) in entries.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                text(&entry.key, out);
                out.push(':');
                value(&entry.value.data, out)?;
            }
            out.push('}');
        }
        Data::Unknown(_) => return None,
    }
    Some(())
}

/// The text of a scalar; collections and what is not known have none.
pub(super) fn plain(data: &Data) -> Cow<'_, str> {
    match data {
        Data::String(text) => text.as_str().into(),
        Data::Bool(truth) => truth.to_string().into(),
        Data::Int(number) => number.to_string().into(),
        Data::Float(number) => number.to_string().into(),
        Data::Null | Data::List(_) | Data::Map(_) | Data::Unknown(_) => "".into(),
    }
}
