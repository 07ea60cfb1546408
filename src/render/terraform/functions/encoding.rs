//! JSON, YAML and base64.

use super::{Arguments, Data, Map, Outcome, Stop, Value, any_unknown, operators, sorted};
use crate::render::{go_json, print};
use crate::text::Span;
use crate::value::Origin;

pub(super) fn call(name: &str, arguments: &Arguments<'_>) -> Option<Outcome> {
    let result = match name {
        "jsonencode" => encode(arguments, json_text),
        "yamlencode" => encode(arguments, yaml_text),
        "jsondecode" => arguments.text(0).and_then(|text| match json_from_text(&text, arguments.at) {
            Some(value) => Ok(value),
            None => arguments.fail("not JSON"),
        }),
        "base64encode" => arguments.text(0).map(|text| arguments.make_text(base64(text.as_bytes()))),
        "base64decode" => arguments.text(0).and_then(|text| match unbase64(&text) {
            Some(text) => Ok(arguments.make_text(text)),
            None => arguments.fail("not base64 of text"),
        }),
        "urlencode" => arguments.text(0).map(|text| arguments.make_text(url(&text))),
        _ => return None,
    };
    Some(result.or_else(|stop| stop.outcome(arguments.at)))
}

fn encode(arguments: &Arguments<'_>, print: fn(&Value) -> Option<String>) -> Result<Value, Stop> {
    let value = arguments.value(0)?;
    if let Some(why) = any_unknown(value) {
        return Err(Stop::Unknown(why));
    }
    match print(value) {
        Some(text) => Ok(arguments.make_text(text)),
        None => Ok(super::unknown("an inexact number", arguments.at)),
    }
}

/// A known value as Terraform's `yamlencode` writes it; `None` if it is too long, or a number in it
/// is not exact.
fn yaml_text(value: &Value) -> Option<String> {
    // Its JSON is longer than what is quoted in it and as exact.
    json_text(value)?;
    Some(print::terraform(value)).filter(|text| text.len() <= super::MAX_TEXT)
}

/// A known value as Terraform's `jsonencode` writes it.
pub(in super::super) fn json_text(value: &Value) -> Option<String> {
    let mut out = String::new();
    write_json(value, &mut out)?;
    Some(out)
}

fn write_json(value: &Value, out: &mut String) -> Option<()> {
    if out.len() > super::MAX_TEXT {
        return None;
    }
    match &value.data {
        Data::Null => out.push_str("null"),
        Data::Bool(_) | Data::Int(_) | Data::Float(_) => out.push_str(&operators::text(value)?),
        Data::String(text) => go_json::text(text, out),
        Data::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_json(item, out)?;
            }
            out.push(']');
        }
        Data::Map(map) => {
            out.push('{');
            for (index, entry) in sorted(map).into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                go_json::text(&entry.key, out);
                out.push(':');
                write_json(&entry.value, out)?;
            }
            out.push('}');
        }
        Data::Unknown(_) => return None,
    }
    Some(())
}

/// Parse JSON; every part has its origin at `at`.
pub(in super::super) fn json_from_text(text: &str, at: Span) -> Option<Value> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    Some(from_json(&value, at))
}

fn from_json(value: &serde_json::Value, at: Span) -> Value {
    let data = match value {
        serde_json::Value::Null => Data::Null,
        serde_json::Value::Bool(truth) => Data::Bool(*truth),
        serde_json::Value::Number(number) => operators::parse_number(&number.to_string(), at),
        serde_json::Value::String(text) => Data::String(text.as_str().into()),
        serde_json::Value::Array(items) => {
            Data::List(items.iter().map(|item| from_json(item, at)).collect::<Vec<_>>().into())
        }
        serde_json::Value::Object(entries) => {
            let mut map = Map::default();
            for (key, value) in entries {
                map.insert(key.as_str(), Origin::Source(at), from_json(value, at));
            }
            Data::Map(map.into())
        }
    };
    Value::new(data, at)
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn base64(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for index in 0..4 {
            let letter = ALPHABET[(bits >> (18 - 6 * index) & 63) as usize];
            out.push(if index <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    out
}

/// Base64 of text in UTF-8.
fn unbase64(text: &str) -> Option<String> {
    let mut letters: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect();
    if !letters.len().is_multiple_of(4) {
        return None;
    }
    for _ in 0..2 {
        if letters.last() == Some(&b'=') {
            letters.pop();
        }
    }
    let (mut bytes, mut bits, mut count) = (Vec::with_capacity(letters.len()), 0_u32, 0);
    for letter in letters {
        let value = ALPHABET.iter().position(|known| *known == letter)?;
        bits = bits << 6 | u32::try_from(value).ok()?;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).ok()?);
        }
    }
    String::from_utf8(bytes).ok()
}

fn url(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
