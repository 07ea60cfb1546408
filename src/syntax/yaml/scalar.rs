//! What a scalar means to the real readers.
//!
//! The rules of go-yaml v2 (through sigs.k8s.io/yaml: kubectl, Argo CD, Helm) and of go-yaml v3
//! (kustomize), as observed; `tests/data/yaml-scalars.tsv` holds the observations.

use std::borrow::Cow;

use super::refold::refold;
use super::tree::{NodeRef, Style};
use super::{Schema, timestamp};
use crate::value::{Data, Reason, Str, Unknown};

const CORE: &str = "tag:yaml.org,2002:";

/// A resolved scalar.
#[derive(Clone, PartialEq, Debug)]
enum Scalar<'a> {
    Null,
    Bool(bool),
    Int(i64),
    /// An integer that fits 64 bits without sign only. JSON readers make a float of it.
    Unsigned(u64),
    Float(f64),
    /// The time as RFC 3339, where it is valid as such.
    Timestamp(String),
    Text(Cow<'a, str>),
    /// The reader refuses it, and why.
    Refused(String),
}

/// The text of a scalar as a reader gets it: readers of Kubernetes manifests end the last line of a
/// file that does not end with a line break, so that a block scalar there gets one.
fn text_for(node: NodeRef<'_>, schema: Schema) -> Option<Cow<'_, str>> {
    let text = node.text()?;
    let block = matches!(node.style(), Style::Literal | Style::Folded);
    if schema == Schema::Kubernetes && block && node.ends_file() && !text.is_empty() && !text.ends_with('\n') {
        let strips =
            node.source().bytes().skip(1).take_while(|byte| !byte.is_ascii_whitespace()).any(|byte| byte == b'-');
        if !strips {
            return Some(format!("{text}\n").into());
        }
    }
    Some(text.into())
}

/// Whether a key is `<<` as both readers recognise it: without quotes.
pub(super) fn is_merge_key(key: NodeRef<'_>) -> bool {
    key.style() == Style::Plain
        && key.text() == Some("<<")
        && key.tag().is_none_or(|(tag, _)| tag == "!" || tag.strip_prefix(CORE) == Some("merge"))
}

/// What a text means where it stands without quotes and without a tag.
#[derive(Clone, PartialEq, Debug)]
pub enum PlainScalar {
    /// Null.
    Null,
    /// A truth value.
    Bool(bool),
    /// An integer.
    Int(Data),
    /// Any other number.
    Float(Data),
    /// A time, as it is printed.
    Timestamp(Str),
    /// Text.
    Text,
    /// Something that the reader refuses.
    Refused,
}

/// Read a text as a plain scalar.
#[must_use]
pub fn plain_scalar(text: &str, schema: Schema) -> PlainScalar {
    match untagged(text, schema) {
        Scalar::Null => PlainScalar::Null,
        Scalar::Bool(truth) => PlainScalar::Bool(truth),
        Scalar::Int(number) => PlainScalar::Int(Data::Int(number)),
        Scalar::Unsigned(number) => PlainScalar::Int(Data::Float(number as f64)),
        Scalar::Float(number) if number.is_finite() => {
            PlainScalar::Float(whole(number).map_or(Data::Float(number), Data::Int))
        }
        Scalar::Float(_) | Scalar::Refused(_) => PlainScalar::Refused,
        Scalar::Timestamp(time) => PlainScalar::Timestamp(time.into()),
        Scalar::Text(_) => PlainScalar::Text,
    }
}

/// An integer that fits 64 bits without sign only, of which a value has the nearest float.
#[must_use]
pub fn unsigned(text: &str) -> Option<u64> {
    match untagged(text, Schema::Kustomize) {
        Scalar::Unsigned(number) => Some(number),
        _ => None,
    }
}

/// The value of a scalar.
pub(super) fn data(node: NodeRef<'_>, schema: Schema) -> Data {
    match resolve(node, schema) {
        Scalar::Null => Data::Null,
        Scalar::Bool(truth) => Data::Bool(truth),
        Scalar::Int(number) => Data::Int(number),
        Scalar::Unsigned(number) => Data::Float(number as f64),
        // The readers go through JSON, where 1000.0 and 1e3 are written 1000.
        Scalar::Float(number) if number.is_finite() => match whole(number) {
            Some(number) => Data::Int(number),
            None => Data::Float(number),
        },
        Scalar::Float(_) => refused(node, "JSON has no infinity and no NaN".to_owned()),
        Scalar::Timestamp(time) => Data::String(time.into()),
        Scalar::Text(text) => Data::String(Str::new(text)),
        Scalar::Refused(why) => refused(node, why),
    }
}

/// The name of a scalar key in the JSON that a reader makes of it; `None` if it refuses the key.
pub(super) fn key(node: NodeRef<'_>, schema: Schema) -> Option<Str> {
    let text = node.text()?;
    if node.tag().is_none() && !may_be_special(node.style(), text) {
        return Some(text.into());
    }
    if schema == Schema::Kustomize {
        if node.is_absent() && node.tag().is_none() {
            return Some(Str::default());
        }
        if node.tag().is_some_and(|(tag, _)| tag != "!" && tag.strip_prefix(CORE) != Some("str")) {
            return None;
        }
    }
    match resolve(node, schema) {
        Scalar::Text(text) => Some(Str::new(text)),
        // go-yaml v3 makes a map of mixed keys, for which there is no JSON.
        _ if schema == Schema::Kustomize => None,
        Scalar::Null | Scalar::Unsigned(_) | Scalar::Refused(_) => None,
        Scalar::Bool(truth) => Some(if truth { "true".into() } else { "false".into() }),
        Scalar::Int(number) => Some(compact_str::format_compact!("{number}")),
        Scalar::Float(number) => Some(float_key(number).into()),
        Scalar::Timestamp(time) => Some(time.into()),
    }
}

fn refused(node: NodeRef<'_>, why: String) -> Data {
    Data::Unknown(Unknown::new(Reason::Unparsed, why, Some(node.span())))
}

/// A whole number as JSON writes it: its shortest digits, then zeros, so above 2^53 not always the
/// number itself.
fn whole(number: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() != 0.0 {
        return None;
    }
    if number.abs() <= EXACT { Some(number as i64) } else { format!("{number}").parse().ok() }
}

/// Go's `strconv.FormatFloat(f, 'g', -1, 32)`, with YAML's words for what is not finite.
fn float_key(number: f64) -> String {
    let number = number as f32;
    if number.is_nan() {
        return ".nan".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let scientific = format!("{number:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&exponent) {
        return format!("{number}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

/// Whether a text could be anything but itself.
fn may_be_special(style: Style, text: &str) -> bool {
    style == Style::Plain
        && match text.as_bytes().first() {
            None => true,
            Some(first) => matches!(
                first,
                b'0'..=b'9'
                    | b'+'
                    | b'-'
                    | b'.'
                    | b'y'
                    | b'Y'
                    | b'n'
                    | b'N'
                    | b't'
                    | b'T'
                    | b'f'
                    | b'F'
                    | b'o'
                    | b'O'
                    | b'~'
            ),
        }
}

fn resolve(node: NodeRef<'_>, schema: Schema) -> Scalar<'_> {
    let Some(text) = node.text() else { return Scalar::Null };
    // kustomize writes `{a: }` as `{a: ""}` before it reads it again.
    let in_flow = || node.parent().is_some_and(|parent| parent.style() == Style::Flow);
    if schema == Schema::Kustomize && node.is_absent() && node.tag().is_none() && in_flow() {
        return Scalar::Text(Cow::Borrowed(""));
    }
    let tag = match node.tag() {
        // go-yaml v3 takes no notice of `!` alone; for v2 it is a tag like any other.
        Some(("!", _)) if schema == Schema::Kustomize => None,
        tag => tag,
    };
    let as_text = || match node.style() {
        Style::Folded if schema == Schema::Kustomize => Scalar::Text(refold(text)),
        _ => Scalar::Text(text_for(node, schema).unwrap_or_default()),
    };
    let Some((tag, _)) = tag else {
        return match node.style() {
            // In a flow collection it quotes everything with a colon.
            Style::Plain if schema == Schema::Kustomize && text.contains(':') && in_flow() => as_text(),
            Style::Plain => untagged(text, schema),
            _ => as_text(),
        };
    };
    // Tags of applications (`!vault`, `!Ref`) leave the text as it is.
    let Some(name) = tag.strip_prefix(CORE) else { return as_text() };
    let cannot = || Scalar::Refused(format!("cannot read this as !!{name}"));
    match name {
        "str" => as_text(),
        "binary" => match base64(text) {
            Some(bytes) => Scalar::Text(String::from_utf8_lossy(&bytes).into_owned().into()),
            None => Scalar::Refused("!!binary value is not base64".to_owned()),
        },
        "null" => match untagged(text, schema) {
            Scalar::Null => Scalar::Null,
            _ => cannot(),
        },
        "bool" => match untagged(text, schema) {
            Scalar::Bool(truth) => Scalar::Bool(truth),
            _ => cannot(),
        },
        "int" => match untagged(text, schema) {
            number @ (Scalar::Int(_) | Scalar::Unsigned(_)) => number,
            _ => cannot(),
        },
        "float" => match untagged(text, schema) {
            Scalar::Int(number) => Scalar::Float(number as f64),
            Scalar::Unsigned(number) => Scalar::Float(number as f64),
            Scalar::Float(number) => Scalar::Float(number),
            _ => cannot(),
        },
        "timestamp" => timestamp::rfc3339(text).map_or_else(cannot, |time| timestamp_as(schema, text, time)),
        _ => as_text(),
    }
}

/// Whether a plain scalar is anything but its text to a reader: a number, a truth value, a time.
pub(super) fn is_special(text: &str, schema: Schema) -> bool {
    let time = || may_be_special(Style::Plain, text) && timestamp::rfc3339(text).is_some();
    !matches!(untagged(text, schema), Scalar::Text(_)) || time()
}

/// A plain scalar without a tag.
fn untagged(text: &str, schema: Schema) -> Scalar<'_> {
    if !may_be_special(Style::Plain, text) {
        return Scalar::Text(text.into());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Scalar::Null,
        "true" | "True" | "TRUE" => return Scalar::Bool(true),
        "false" | "False" | "FALSE" => return Scalar::Bool(false),
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" if schema.is_v2() => {
            return Scalar::Bool(true);
        }
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" if schema.is_v2() => {
            return Scalar::Bool(false);
        }
        ".nan" | ".NaN" | ".NAN" => return Scalar::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Scalar::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Scalar::Float(f64::NEG_INFINITY),
        _ => {}
    }
    match text.as_bytes()[0] {
        b'.' => fraction(text).map_or(Scalar::Text(text.into()), Scalar::Float),
        b'0'..=b'9' | b'+' | b'-' => {
            if let Some(time) = timestamp::rfc3339(text) {
                return timestamp_as(schema, text, time);
            }
            number(text).unwrap_or(Scalar::Text(text.into()))
        }
        _ => Scalar::Text(text.into()),
    }
}

/// go-yaml v2 keeps the text of a timestamp.
fn timestamp_as(schema: Schema, text: &str, time: Option<String>) -> Scalar<'_> {
    match (schema, time) {
        (Schema::Kubernetes | Schema::JsonPatch, _) => Scalar::Text(text.into()),
        (Schema::Kustomize, Some(time)) => Scalar::Timestamp(time),
        (Schema::Kustomize, None) => Scalar::Refused("there is no RFC 3339 form of this time".to_owned()),
    }
}

fn number(text: &str) -> Option<Scalar<'static>> {
    let plain: Cow<'_, str> = if text.contains('_') { text.replace('_', "").into() } else { text.into() };
    if let Some(number) = integer(&plain) {
        return Some(number);
    }
    float(&plain).map(Scalar::Float)
}

/// Go's `ParseInt(text, 0, 64)`, then `ParseUint`.
fn integer(text: &str) -> Option<Scalar<'static>> {
    let (negative, signed, rest) = match text.as_bytes().first()? {
        b'-' => (true, true, &text[1..]),
        b'+' => (false, true, &text[1..]),
        _ => (false, false, text),
    };
    let (radix, digits) = match rest.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &rest[2..]),
        [b'0', b'o' | b'O', ..] => (8, &rest[2..]),
        [b'0', b'b' | b'B', ..] => (2, &rest[2..]),
        [b'0', _, ..] => (8, &rest[1..]),
        _ => (10, rest),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| char::from(byte).is_digit(radix)) {
        return None;
    }
    let magnitude = u128::from_str_radix(digits, radix).ok()?;
    let number = i128::try_from(magnitude).ok()?;
    let number = if negative { -number } else { number };
    match i64::try_from(number) {
        Ok(number) => Some(Scalar::Int(number)),
        Err(_) if signed => None,
        Err(_) => u64::try_from(magnitude).ok().map(Scalar::Unsigned),
    }
}

/// Go's `ParseFloat` for what starts with a dot; underscores may stand between digits.
fn fraction(text: &str) -> Option<f64> {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let lone = |(at, byte): (usize, &u8)| *byte == b'_' && !(at > 0 && digit(at - 1) && digit(at + 1));
    if bytes.iter().enumerate().any(lone) { None } else { float(&text.replace('_', "")) }
}

/// A decimal float: `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, not too large for Go.
fn float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['-', '+']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let good_mantissa = match mantissa.split_once('.') {
        Some(("", fraction)) => digits(fraction),
        Some((whole, fraction)) => digits(whole) && (fraction.is_empty() || digits(fraction)),
        None => digits(mantissa),
    };
    if !good_mantissa || !exponent.is_none_or(digits) {
        return None;
    }
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// Standard base64 with padding; line breaks are skipped, as Go does.
fn base64(text: &str) -> Option<Vec<u8>> {
    let symbols: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect();
    if !symbols.len().is_multiple_of(4) {
        return None;
    }
    let padding = symbols.iter().rev().take_while(|byte| **byte == b'=').count();
    if padding > 2 {
        return None;
    }
    let mut bytes = Vec::with_capacity(symbols.len() / 4 * 3);
    let (mut bits, mut held) = (0_u32, 0);
    for symbol in &symbols[..symbols.len() - padding] {
        let six = match symbol {
            b'A'..=b'Z' => symbol - b'A',
            b'a'..=b'z' => symbol - b'a' + 26,
            b'0'..=b'9' => symbol - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(six);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held & 0xff) as u8);
        }
    }
    Some(bytes)
}
