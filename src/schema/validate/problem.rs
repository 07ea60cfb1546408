//! What is wrong with a value, as data.

use std::fmt;

use crate::schema::Format;
use crate::value::{Data, Origin, Str};

/// One mistake in a value.
#[derive(Clone, PartialEq, Debug)]
pub struct Problem {
    /// What it is.
    pub kind: ProblemKind,
    /// Where in the object: `spec.containers[0].image`. Empty for the object itself.
    pub path: String,
    /// The place to edit: the value, the key of an unknown field, the key whose value lacks one.
    pub at: Origin,
    /// The kind of the object inside that has it, of which the API server knows nothing: somebody else
    /// makes an object of it.
    pub embedded: Option<Str>,
}

/// Kinds of mistakes.
#[derive(Clone, PartialEq, Debug)]
pub enum ProblemKind {
    /// A key that nothing declares.
    UnknownField {
        /// The key.
        name: Str,
        /// What was very likely meant.
        belongs: Option<Belongs>,
    },
    /// A value of another type.
    WrongType {
        /// The type that it should have.
        expected: Type,
        /// The value, if it is a scalar.
        found: Data,
    },
    /// A key that has to be there and is not, or is null.
    MissingField {
        /// The key.
        name: Str,
    },
    /// A value that is not allowed.
    InvalidValue {
        /// The value, if it is a scalar.
        found: Data,
        /// What is allowed.
        wanted: Wanted,
    },
    /// An item whose keys are those of an item before it.
    DuplicateItem {
        /// The keys and their values; empty if the whole item is the key.
        keys: Vec<(Str, String)>,
        /// The first item.
        first: Origin,
    },
    /// A rule in CEL that does not hold.
    FailedRule {
        /// What the author of the rule says.
        message: String,
        /// The rule.
        expression: Str,
    },
}

/// Where an unknown key was very likely meant to stand, or what it was meant to be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Belongs {
    /// This key, at the same place.
    Near(Str),
    /// The same key, in the object at this path above; empty for the top.
    Above(String),
    /// The same key, in this key's object.
    Below(Str),
}

/// Types, as people name them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Type {
    /// Text.
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// A boolean.
    Boolean,
    /// A whole number or text.
    IntegerOrText,
    /// A quantity.
    Quantity,
    /// A list.
    List,
    /// A map.
    Map,
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "text",
            Self::Integer => "an integer",
            Self::Number => "a number",
            Self::Boolean => "a boolean",
            Self::IntegerOrText => "an integer or text",
            Self::Quantity => "a quantity",
            Self::List => "a list",
            Self::Map => "a map",
        })
    }
}

/// The type of data, as people name it.
#[must_use]
pub fn type_name(data: &Data) -> &'static str {
    match data {
        Data::Null => "null",
        Data::Bool(_) => "a boolean",
        Data::Int(_) => "an integer",
        Data::Float(_) => "a number",
        Data::String(_) => "text",
        Data::List(_) => "a list",
        Data::Map(_) => "a map",
        Data::Unknown(_) => "not known",
    }
}

/// What is allowed where something is not.
#[derive(Clone, PartialEq, Debug)]
pub enum Wanted {
    /// One of these.
    OneOf {
        /// The values, as text.
        values: Vec<Str>,
        /// The one that was very likely meant.
        near: Option<Str>,
    },
    /// Text of a format.
    Format(Format),
    /// A quantity.
    Quantity,
    /// A number of 32 bits.
    Narrow,
    /// Text that matches.
    Pattern(Str),
    /// A length of text.
    Length(Extent),
    /// A number of items or keys.
    Size(Extent),
    /// At least this; whether more than it.
    Minimum(f64, bool),
    /// At most this; whether less than it.
    Maximum(f64, bool),
    /// A multiple.
    MultipleOf(f64),
    /// Something that keeps a logical condition, in words.
    Condition(String),
}

/// How many there are, and how many there may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Extent {
    /// How many there are.
    pub count: u64,
    /// The least.
    pub least: Option<u64>,
    /// The most.
    pub most: Option<u64>,
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OneOf { values, .. } => {
                let shown: Vec<String> = values.iter().take(8).map(|value| format!("`{value}`")).collect();
                match (shown.as_slice(), values.len() - shown.len()) {
                    ([one], 0) => write!(f, "{one}"),
                    ([first @ .., last], 0) => write!(f, "one of {} or {last}", first.join(", ")),
                    (shown, more) => write!(f, "one of {} and {more} more", shown.join(", ")),
                }
            }
            Self::Format(format) => f.write_str(format.phrase()),
            Self::Quantity => f.write_str("a quantity such as `100m`, `2` or `1Gi`"),
            Self::Narrow => f.write_str("an integer of 32 bits"),
            Self::Pattern(pattern) => write!(f, "text that matches `{pattern}`"),
            Self::Length(extent) | Self::Size(extent) => extent.fmt(f),
            Self::Minimum(least, false) => write!(f, "at least {least}"),
            Self::Minimum(least, true) => write!(f, "more than {least}"),
            Self::Maximum(most, false) => write!(f, "at most {most}"),
            Self::Maximum(most, true) => write!(f, "less than {most}"),
            Self::MultipleOf(number) => write!(f, "a multiple of {number}"),
            Self::Condition(words) => f.write_str(words),
        }
    }
}

impl fmt::Display for Extent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.least, self.most) {
            (Some(least), Some(most)) if least == most => write!(f, "exactly {least}"),
            (Some(least), Some(most)) => write!(f, "{least} to {most}"),
            (Some(least), None) => write!(f, "at least {least}"),
            (None, Some(most)) => write!(f, "at most {most}"),
            (None, None) => f.write_str("any number"),
        }
    }
}

impl Format {
    /// A noun with its article.
    #[must_use]
    pub fn phrase(self) -> &'static str {
        match self {
            Self::Byte => "base64",
            Self::DateTime => "a time such as `2026-01-31T12:00:00Z`",
            Self::Date => "a date such as `2026-01-31`",
            Self::Duration => "a duration such as `1h30m`",
            Self::Ipv4 => "an IPv4 address",
            Self::Ipv6 => "an IPv6 address",
            Self::Cidr => "an IP range such as `10.0.0.0/8`",
            Self::Uri => "a URI",
            Self::Email => "an e-mail address",
            Self::Hostname => "a host name",
            Self::Uuid => "a UUID",
        }
    }
}

/// A scalar as people read it, cut where it is long.
#[must_use]
pub fn shown(data: &Data) -> String {
    match data {
        Data::String(text) if text.chars().count() > 60 => {
            let cut: String = text.chars().take(57).collect();
            format!("`{cut}…`")
        }
        Data::String(text) if text.is_empty() => "empty".to_owned(),
        Data::String(text) => format!("`{text}`"),
        Data::Bool(truth) => format!("`{truth}`"),
        Data::Int(number) => format!("{number}"),
        Data::Float(number) => format!("{number}"),
        other => type_name(other).to_owned(),
    }
}

impl Problem {
    /// Whether two problems, found with two schemas in one value, are the same.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        std::mem::discriminant(&self.kind) == std::mem::discriminant(&other.kind)
            && self.path == other.path
            && match (&self.kind, &other.kind) {
                (ProblemKind::MissingField { name: one }, ProblemKind::MissingField { name: two }) => one == two,
                _ => true,
            }
    }
}
