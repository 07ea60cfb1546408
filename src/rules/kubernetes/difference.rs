//! Where two values certainly differ, as the API server compares what it holds.

use std::fmt::Write as _;

use super::fixed_fields::{self, Absence};
use crate::schema::Quantity;
use crate::text::{Span, has_placeholder};
use crate::value::{Data, Value};

/// The first place where two values differ.
pub(super) struct Difference<'a> {
    /// Where in the object.
    pub(super) path: String,
    /// What stood there.
    pub(super) was: Option<&'a Value>,
    /// What stands there.
    pub(super) is: Option<&'a Value>,
    /// That, or the nearest thing around what is gone.
    pub(super) at: Span,
}

/// What is compared.
#[derive(Clone, Copy)]
pub(super) struct Comparison<'a> {
    /// Paths, without indices, below which anything may differ.
    pub(super) free: &'a [&'a [&'a str]],
    /// Whether the order of lists of texts is nothing.
    pub(super) unordered: bool,
}

/// How deep values are looked at.
const DEEPEST: usize = 64;

impl Comparison<'_> {
    /// The first difference of what stands at a path; `around` is what it is in.
    pub(super) fn first<'a>(
        self,
        (was, is): (Option<&'a Value>, Option<&'a Value>),
        path: String,
        absence: Absence,
        around: &'a Value,
    ) -> Option<Difference<'a>> {
        let is_written = |value: &&Value| !value.is_null() && value.as_str() != Some("");
        let (was, is) = (was.filter(is_written), is.filter(is_written));
        let general = general(&path);
        if self.free.iter().any(|paths| paths.contains(&general.as_str())) || path.matches(['.', '[']).count() > DEEPEST
        {
            return None;
        }
        let (Some(before), Some(now)) = (was, is) else {
            let only = was.or(is)?;
            let differs = match absence {
                Absence::Chosen => false,
                Absence::Is("") => is_something(only) || is_told(&general, only),
                Absence::Is(default) => {
                    // A list of one is as good as that one.
                    let only = if let [one] = only.items() { one } else { only };
                    scalar(only).map_or(is_something(only), |text| text != default && !text.is_empty())
                }
            };
            let at = is.map_or_else(|| place(around), place);
            return differs.then_some(Difference { path, was, is, at });
        };
        match (&before.data, &now.data) {
            (Data::Map(old), Data::Map(new)) => {
                let known = old.open.is_none() && new.open.is_none();
                let keys = new.iter().chain(old.iter().filter(|entry| now.get(&entry.key).is_none()));
                keys.filter_map(|entry| {
                    let sides = (before.get(&entry.key), now.get(&entry.key));
                    if !known && (sides.0.is_none() || sides.1.is_none()) {
                        return None;
                    }
                    let absence = match path.ends_with("requests") {
                        true => Absence::Chosen,
                        false => fixed_fields::absence(&entry.key),
                    };
                    self.first(sides, format!("{path}.{}", entry.key), absence, now)
                })
                .next()
            }
            (Data::List(_), Data::List(_)) => {
                let [mut old, mut new] = [before, now].map(|list| list.items().iter().collect::<Vec<_>>());
                if self.unordered {
                    old.sort_by_key(|value| value.as_str());
                    new.sort_by_key(|value| value.as_str());
                    old.dedup_by_key(|value| value.as_str());
                    new.dedup_by_key(|value| value.as_str());
                }
                let pairs = old.iter().zip(&new).enumerate();
                let found = pairs
                    .filter_map(|(index, (old, new))| {
                        let path = format!("{path}[{index}]");
                        self.first((Some(old), Some(new)), path, Absence::Is(""), now)
                    })
                    .next();
                let all_known = || old.iter().chain(&new).all(|item| !matches!(item.data, Data::Unknown(_)));
                let longer = || old.len() != new.len() && all_known();
                found.or_else(|| longer().then(|| Difference { path, was, is, at: now.span() }))
            }
            _ => {
                let (old, new) = (scalar(before)?, scalar(now)?);
                let same =
                    old == new || Quantity::parse(&old).is_some_and(|quantity| Quantity::parse(&new) == Some(quantity));
                (!same).then(|| Difference { path, was, is, at: place(now) })
            }
        }
    }
}

/// Where to point at: the first key stands for what is in a map.
fn place(value: &Value) -> Span {
    match &value.data {
        Data::Map(map) => map.iter().next().map_or(value.span(), |entry| entry.key_origin.span()),
        _ => value.span(),
    }
}

/// A path without indices.
fn general(path: &str) -> String {
    let mut result = String::new();
    let mut skips = false;
    for c in path.chars() {
        skips = c == '[' || skips && c != ']';
        if c == '[' {
            result.push_str("[]");
        } else if !skips && c != ']' {
            result.push(c);
        }
    }
    result
}

/// Whether a value is more than nothing for certain.
fn is_something(value: &Value) -> bool {
    match &value.data {
        Data::Map(map) => map.iter().any(|entry| is_something(&entry.value)),
        Data::List(items) => items.iter().any(is_something),
        _ => scalar(value).is_some_and(|text| !matches!(text.as_str(), "" | "false" | "0")),
    }
}

/// Whether `false` is another thing than nothing in a field of a pod.
fn is_told(path: &str, value: &Value) -> bool {
    const FIELDS: [&str; 9] = [
        "allowPrivilegeEscalation",
        "automountServiceAccountToken",
        "hostUsers",
        "optional",
        "privileged",
        "readOnlyRootFilesystem",
        "runAsNonRoot",
        "setHostnameAsFQDN",
        "shareProcessNamespace",
    ];
    value.as_bool() == Some(false) && FIELDS.iter().any(|field| path.rsplit('.').next() == Some(field))
}

/// The text of a scalar; `None` if it is none or not known.
fn scalar(value: &Value) -> Option<String> {
    let mut text = String::new();
    match &value.data {
        Data::String(known) if has_placeholder(known) => return None,
        Data::String(known) => text.push_str(known),
        Data::Bool(truth) => write!(text, "{truth}").ok()?,
        Data::Int(number) => write!(text, "{number}").ok()?,
        Data::Float(number) => write!(text, "{number}").ok()?,
        _ => return None,
    }
    Some(text)
}
