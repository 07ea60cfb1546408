//! YAML of values in the spellings that people use, and some that they do not.
//!
//! How a node is spelt depends on the seed and on what it is, not on what stands around it: a tree
//! that loses a part keeps the spelling of the rest.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

/// Before a text that is written as it is, whatever it means there.
pub(super) const RAW: &str = "\u{1}";

/// A document.
pub(super) fn document(value: &Value, seed: u64) -> String {
    let mut out = String::new();
    let speller = Speller { seed };
    match value {
        Value::Object(map) if map.is_empty() => out.push_str("{}\n"),
        value if is_nested(value) => speller.block(&mut out, value, 0, true),
        other => {
            out.push_str(&speller.flow(other));
            out.push('\n');
        }
    }
    out
}

struct Speller {
    seed: u64,
}

impl Speller {
    /// A number below `end` that depends on a node.
    fn chance(&self, what: &impl Hash, salt: u8, end: u64) -> u64 {
        let mut hasher = DefaultHasher::new();
        (self.seed, salt).hash(&mut hasher);
        what.hash(&mut hasher);
        hasher.finish() % end
    }

    /// The entries of a collection, each on lines of its own; `begun` if the first stands on the
    /// line that there is.
    fn block(&self, out: &mut String, value: &Value, indent: usize, mut begun: bool) {
        let mut lead = |out: &mut String| {
            if !std::mem::take(&mut begun) {
                out.extend(std::iter::repeat_n(' ', indent));
            }
        };
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    lead(out);
                    out.push_str(&self.key(key));
                    out.push(':');
                    let lower = if value.is_array() && self.chance(key, 1, 2) == 0 { indent } else { indent + 2 };
                    self.value(out, value, lower, indent);
                }
            }
            Value::Array(items) => {
                for item in items {
                    lead(out);
                    out.push('-');
                    if is_nested(item) && self.chance(&item.to_string(), 2, 8) != 0 {
                        out.push(' ');
                        self.block(out, item, indent + 2, true);
                    } else {
                        self.value(out, item, indent + 2, indent);
                    }
                }
            }
            _ => {}
        }
    }

    /// A value behind `key:` or `-`, and the end of its line.
    fn value(&self, out: &mut String, value: &Value, indent: usize, above: usize) {
        if is_nested(value) && self.chance(&value.to_string(), 3, 6) != 0 {
            if self.chance(&value.to_string(), 4, 12) == 0 {
                out.push_str(" # why");
            }
            out.push('\n');
            return self.block(out, value, indent, false);
        }
        out.push(' ');
        match value {
            Value::String(text) => self.text(out, text, above + 2),
            other => out.push_str(&self.flow(other)),
        }
        if !out.ends_with('\n') {
            out.push('\n');
        }
    }

    fn key(&self, key: &str) -> String {
        match self.chance(&key, 5, 30) {
            0 => format!("{key:?}"),
            1 => format!("'{key}'"),
            _ if is_plain(key) => key.to_owned(),
            _ => format!("{key:?}"),
        }
    }

    fn text(&self, out: &mut String, text: &str, indent: usize) {
        if let Some(raw) = text.strip_prefix(RAW) {
            return out.push_str(raw);
        }
        let lines = || text.trim_end_matches('\n').split('\n');
        let can_be_block = !text.trim().is_empty()
            && !text.starts_with([' ', '\t', '\n'])
            && lines().all(|line| !line.ends_with(' ') && !line.contains(['\r', '\t']));
        let chance = self.chance(&text, 6, 12);
        if can_be_block && (text.contains('\n') && chance < 11 || chance == 11) {
            let can_fold = chance == 10 || chance == 11;
            let is_folded = can_fold && lines().all(|line| !line.starts_with(' ') && !line.is_empty());
            out.push(if is_folded { '>' } else { '|' });
            out.push_str(match text.len() - text.trim_end_matches('\n').len() {
                0 => "-",
                1 => "",
                _ => "+",
            });
            out.push('\n');
            for (at, line) in lines().enumerate() {
                if is_folded && at > 0 {
                    out.push('\n');
                }
                if !line.is_empty() {
                    out.extend(std::iter::repeat_n(' ', indent));
                    out.push_str(line);
                }
                out.push('\n');
            }
            let more = (text.len() - text.trim_end_matches('\n').len()).saturating_sub(1);
            return out.extend(std::iter::repeat_n('\n', more));
        }
        match chance {
            0 | 1 if !text.contains('\n') => out.push_str(&format!("'{}'", text.replace('\'', "''"))),
            2 | 3 => out.push_str(&json(text)),
            _ if is_plain(text) => out.push_str(text),
            _ => out.push_str(&json(text)),
        }
    }

    /// A value in one line.
    fn flow(&self, value: &Value) -> String {
        match value {
            Value::String(text) if text.starts_with(RAW) => text[RAW.len()..].to_owned(),
            Value::String(text) => json(text),
            Value::Array(items) => {
                format!("[{}]", items.iter().map(|item| self.flow(item)).collect::<Vec<_>>().join(", "))
            }
            Value::Object(map) => {
                let entries = map.iter().map(|(key, value)| format!("{}: {}", json(key), self.flow(value)));
                format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
            }
            other => other.to_string(),
        }
    }
}

fn is_nested(value: &Value) -> bool {
    match value {
        Value::Array(items) => !items.is_empty(),
        Value::Object(map) => !map.is_empty(),
        _ => false,
    }
}

fn json(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}

/// Whether a text is that text without quotes, whoever reads it.
fn is_plain(text: &str) -> bool {
    const WORDS: [&str; 14] =
        ["true", "false", "null", "yes", "no", "on", "off", "y", "n", "inf", "nan", "t", "f", "x"];
    let inside = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./$()=".contains(&byte);
    text.bytes().all(inside)
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && !WORDS.contains(&text.to_ascii_lowercase().as_str())
}
