//! Reading a value field by field, in three states.
//!
//! A [`Field`] is a place: what stands there, that certainly nothing does, or that it cannot be told.
//! Going on from a place that is absent or unknown gives the same again, so that a check reads like the
//! path it checks and still speaks only of what is known.

use crate::text::{Span, has_placeholder};
use crate::value::{Data, Entry, Known, Map, Reason, Unknown, Value};

/// A place in an object.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    state: State<'a>,
    at: Span,
    /// The key that it stands at, or that the list stands at in which it is.
    key: &'a str,
}

#[derive(Clone, Copy, Debug)]
enum State<'a> {
    Present(&'a Value),
    Absent,
    Unknown,
}

impl<'a> Field<'a> {
    /// The whole of a value.
    #[must_use]
    pub fn new(value: &'a Value) -> Self {
        let state = match value.data {
            Data::Unknown(_) => State::Unknown,
            Data::Null => State::Absent,
            _ => State::Present(value),
        };
        Self { state, at: place(value), key: "" }
    }

    /// A key of it. Null counts as absent, as everywhere in Kubernetes.
    #[must_use]
    pub fn get(self, key: &str) -> Self {
        let State::Present(value) = self.state else { return self };
        let Some(map) = value.as_map() else { return Self { state: State::Unknown, ..self } };
        match map.entry(key) {
            Some(entry) => Self::of_entry(entry),
            None if map.open.is_some() => Self { state: State::Unknown, ..self },
            None => Self { state: State::Absent, ..self },
        }
    }

    /// A key below keys of it.
    #[must_use]
    pub fn at(self, path: &[&str]) -> Self {
        path.iter().fold(self, |field, key| field.get(key))
    }

    /// The value of an entry: a scalar stands at itself, anything else at its key.
    #[must_use]
    pub fn of_entry(entry: &'a Entry) -> Self {
        let field = Self { key: &entry.key, ..Self::new(&entry.value) };
        match entry.value.data {
            Data::Map(_) | Data::List(_) | Data::Null => Self { at: entry.key_origin.span(), ..field },
            _ => field,
        }
    }

    /// The same, pointed at elsewhere: at a key instead of its value.
    #[must_use]
    pub fn moved(self, at: Span) -> Self {
        Self { at, ..self }
    }

    /// The key that it stands at, or that the list stands at in which it is; empty for a whole value.
    #[must_use]
    pub fn key(self) -> &'a str {
        self.key
    }

    /// The place to point at: of what stands there, or of the nearest thing around it.
    #[must_use]
    pub fn span(self) -> Span {
        self.at
    }

    /// Whether it certainly has a value.
    #[must_use]
    pub fn is_present(self) -> bool {
        matches!(self.state, State::Present(_))
    }

    /// Whether it certainly has none.
    #[must_use]
    pub fn is_absent(self) -> bool {
        matches!(self.state, State::Absent)
    }

    /// The value, if it is known.
    #[must_use]
    pub fn value(self) -> Option<&'a Value> {
        match self.state {
            State::Present(value) => Some(value),
            State::Absent | State::Unknown => None,
        }
    }

    /// Its text. Empty text is absent, as most of Kubernetes has it; templates, placeholders and what
    /// is no text are unknown.
    #[must_use]
    pub fn text(self) -> Known<&'a str> {
        match self.raw_text() {
            Known::Value("") => Known::Absent,
            Known::Value(text) if has_placeholder(text) => {
                Known::Unknown(Unknown::new(Reason::Templated, text, Some(self.at)))
            }
            other => other,
        }
    }

    /// Its text, whatever it says.
    #[must_use]
    pub fn raw_text(self) -> Known<&'a str> {
        self.read(Value::as_str)
    }

    /// Its number, if it is an integer.
    #[must_use]
    pub fn int(self) -> Known<i64> {
        self.read(Value::as_int)
    }

    /// Its truth value.
    #[must_use]
    pub fn truth(self) -> Known<bool> {
        self.read(Value::as_bool)
    }

    /// Whether it is `true` for certain.
    #[must_use]
    pub fn is_true(self) -> bool {
        matches!(self.truth(), Known::Value(true))
    }

    /// Whether it is this text for certain.
    #[must_use]
    pub fn is_text(self, text: &str) -> bool {
        matches!(self.raw_text(), Known::Value(actual) if actual == text)
    }

    /// Its items that are known, with their index.
    pub fn items(self) -> impl DoubleEndedIterator<Item = (usize, Self)> {
        let items = self.value().map(Value::items).unwrap_or_default();
        items
            .iter()
            .enumerate()
            .filter(|(_, item)| item.unknown().is_none())
            .map(move |(index, item)| (index, Self { key: self.key, ..Self::new(item) }))
    }

    /// Its entries that are known to be there.
    pub fn entries(self) -> impl DoubleEndedIterator<Item = &'a Entry> {
        self.value().and_then(Value::as_map).map(Map::iter).into_iter().flatten()
    }

    /// Whether all its items or entries are known; of what is absent there is nothing to know.
    #[must_use]
    pub fn is_complete(self) -> bool {
        match self.state {
            State::Absent => true,
            State::Unknown => false,
            State::Present(value) => match &value.data {
                Data::List(items) => items.iter().all(|item| item.unknown().is_none()),
                Data::Map(map) => map.open.is_none(),
                _ => false,
            },
        }
    }

    /// Whether it certainly has no item and no entry.
    #[must_use]
    pub fn is_empty(self) -> bool {
        match self.state {
            State::Absent => true,
            State::Unknown => false,
            State::Present(value) => match &value.data {
                Data::List(items) => items.is_empty(),
                Data::Map(map) => map.is_empty() && map.open.is_none(),
                _ => false,
            },
        }
    }

    fn read<T>(self, read: impl Fn(&'a Value) -> Option<T>) -> Known<T> {
        match self.state {
            State::Present(value) => read(value).map_or_else(|| self.no_such_type(), Known::Value),
            State::Absent => Known::Absent,
            State::Unknown => self.no_such_type(),
        }
    }

    fn no_such_type<T>(self) -> Known<T> {
        Known::Unknown(Unknown::new(Reason::Unparsed, "not of the type that is read here", Some(self.at)))
    }
}

/// The smallest place that stands for a value: a map's `name` or first key.
fn place(value: &Value) -> Span {
    let Some(map) = value.as_map() else { return value.span() };
    match map.get("name").filter(|name| name.as_str().is_some()) {
        Some(name) => name.span(),
        None => map.iter().next().map_or_else(|| value.span(), |entry| entry.key_origin.span()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::syntax::parse_yaml;
    use crate::syntax::yaml::Schema;
    use crate::text::{FileId, RepoPath, Side, SourceFile};
    use crate::value::Origin;

    fn value(text: &str) -> Value {
        let path = RepoPath::new("a.yaml").expect("a plain name");
        let parsed = parse_yaml(Arc::new(SourceFile::new(FileId(0), path, text.into(), Side::Head, true)));
        parsed.yaml().expect("it is YAML").documents[0].value(Schema::Kubernetes)
    }

    #[test]
    fn reading_keeps_the_three_states_apart() {
        let mut value = value("a: {b: 1, c: null, d: '', e: '${X}', f: [x]}");
        let root = Field::new(&value);
        assert_eq!(root.at(&["a", "b"]).int(), Known::Value(1));
        assert!(root.at(&["a", "c"]).is_absent() && root.at(&["z", "y"]).is_absent());
        assert!(root.at(&["a", "d"]).text().is_absent() && root.at(&["a", "d"]).is_present());
        assert!(root.at(&["a", "e"]).text().unknown().is_some());
        assert!(root.at(&["a", "b"]).text().unknown().is_some() && root.at(&["a", "b", "c"]).int().unknown().is_some());
        assert!(root.at(&["a", "f"]).is_complete() && !root.at(&["a", "f"]).is_empty());
        let origin = Origin::Source(value.span());
        let why = Unknown::new(Reason::Templated, "", None);
        let map = value.as_map_mut().expect("it is a map");
        map.open = Some(why.clone());
        map.insert("u", origin.clone(), Value::new(Data::Unknown(why), origin));
        let root = Field::new(&value);
        assert!(!root.get("z").is_absent() && !root.get("z").is_present() && !root.is_complete());
        assert!(root.at(&["u", "x"]).int().unknown().is_some() && !root.get("u").is_present());
    }
}
