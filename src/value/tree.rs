//! The value tree.

use std::sync::Arc;

use super::{Origin, Unknown};
use crate::text::Span;

/// Text of keys and scalars; short ones are stored inline.
pub type Str = compact_str::CompactString;

/// A node: its data and where it comes from.
#[derive(Clone, PartialEq, Debug)]
pub struct Value {
    /// What it is.
    pub data: Data,
    /// Where it comes from.
    pub origin: Origin,
}

/// What a node is. Cheap to clone: lists and maps are shared.
#[derive(Clone, PartialEq, Debug)]
pub enum Data {
    /// Null, or an absent scalar.
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer that fits 64 bits.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// Text.
    String(Str),
    /// A list.
    List(Arc<Vec<Value>>),
    /// A map; keys keep their order and are unique.
    Map(Arc<Map>),
    /// Not known, and why.
    Unknown(Unknown),
}

/// One entry of a map.
#[derive(Clone, PartialEq, Debug)]
pub struct Entry {
    /// The key.
    pub key: Str,
    /// Where the key was written.
    pub key_origin: Origin,
    /// The value.
    pub value: Value,
}

/// An ordered map with unique keys. Maps of manifests are small: look-up is linear.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Map {
    entries: Vec<Entry>,
    /// Set if further keys may exist that kate cannot see.
    pub open: Option<Unknown>,
}

impl Map {
    /// A map of entries whose keys are known to be unique.
    #[must_use]
    pub fn from_unique(mut entries: Vec<Entry>) -> Self {
        entries.shrink_to_fit();
        Self { entries, open: None }
    }

    /// The entries in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Entry> + ExactSizeIterator {
        self.entries.iter()
    }

    /// The entries in order, to change in place. Keys must stay unique.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Entry> {
        self.entries.iter_mut()
    }

    /// Number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// An entry by key.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    /// A value by key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// A value by key, to change in place.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        self.entries.iter_mut().find(|entry| entry.key == key).map(|entry| &mut entry.value)
    }

    /// Set a key. An existing entry keeps its place and takes the new key origin and value.
    pub fn insert(&mut self, key: impl Into<Str>, key_origin: Origin, value: Value) {
        let key = key.into();
        match self.entries.iter_mut().find(|entry| entry.key == key) {
            Some(entry) => *entry = Entry { key, key_origin, value },
            None => self.entries.push(Entry { key, key_origin, value }),
        }
    }

    /// Add an entry whose key is known not to be there yet.
    pub fn push_unique(&mut self, entry: Entry) {
        debug_assert!(self.entries.len() > 64 || self.get(&entry.key).is_none());
        self.entries.push(entry);
    }

    /// Remove a key.
    pub fn remove(&mut self, key: &str) -> Option<Entry> {
        let at = self.entries.iter().position(|entry| entry.key == key)?;
        Some(self.entries.remove(at))
    }
}

impl Value {
    /// A node.
    #[must_use]
    pub fn new(data: Data, origin: impl Into<Origin>) -> Self {
        Self { data, origin: origin.into() }
    }

    /// A text node.
    #[must_use]
    pub fn string(text: impl Into<Str>, origin: impl Into<Origin>) -> Self {
        Self::new(Data::String(text.into()), origin)
    }

    /// A list node.
    #[must_use]
    pub fn list(items: Vec<Self>, origin: impl Into<Origin>) -> Self {
        Self::new(Data::List(Arc::new(items)), origin)
    }

    /// A map node.
    #[must_use]
    pub fn map(map: Map, origin: impl Into<Origin>) -> Self {
        Self::new(Data::Map(Arc::new(map)), origin)
    }

    /// The place that a person would edit to change it.
    #[must_use]
    pub fn span(&self) -> Span {
        self.origin.span()
    }

    /// Its text, if it is text.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.data {
            Data::String(text) => Some(text),
            _ => None,
        }
    }

    /// Its truth value, if it is a boolean.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self.data {
            Data::Bool(truth) => Some(truth),
            _ => None,
        }
    }

    /// Its number, if it is an integer.
    #[must_use]
    pub fn as_int(&self) -> Option<i64> {
        match self.data {
            Data::Int(number) => Some(number),
            _ => None,
        }
    }

    /// Its entries, if it is a map.
    #[must_use]
    pub fn as_map(&self) -> Option<&Map> {
        match &self.data {
            Data::Map(map) => Some(map),
            _ => None,
        }
    }

    /// Its items, if it is a list; otherwise none.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        match &self.data {
            Data::List(items) => items,
            _ => &[],
        }
    }

    /// Its entries, if it is a map; otherwise none.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.as_map().into_iter().flat_map(Map::iter)
    }

    /// Its entries to change in place (copied first if shared), if it is a map.
    pub fn as_map_mut(&mut self) -> Option<&mut Map> {
        match &mut self.data {
            Data::Map(map) => Some(Arc::make_mut(map)),
            _ => None,
        }
    }

    /// Its items to change in place (copied first if shared), if it is a list.
    pub fn as_list_mut(&mut self) -> Option<&mut Vec<Self>> {
        match &mut self.data {
            Data::List(items) => Some(Arc::make_mut(items)),
            _ => None,
        }
    }

    /// Why it is unknown, if it is.
    #[must_use]
    pub fn unknown(&self) -> Option<&Unknown> {
        match &self.data {
            Data::Unknown(unknown) => Some(unknown),
            _ => None,
        }
    }

    /// Whether it is null.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self.data, Data::Null)
    }

    /// The value of a key, if this is a map that has it. Null counts as a value.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_map()?.get(key)
    }

    /// The value at a path of keys.
    #[must_use]
    pub fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |value, key| value.get(key))
    }

    /// The value at a path of keys, to change in place.
    pub fn at_mut(&mut self, path: &[&str]) -> Option<&mut Self> {
        path.iter().try_fold(self, |value, key| value.as_map_mut()?.get_mut(key))
    }

    /// The text at a path of keys.
    #[must_use]
    pub fn str_at(&self, path: &[&str]) -> Option<&str> {
        self.at(path)?.as_str()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_stays_small() {
        assert!(size_of::<Value>() <= 48, "{}", size_of::<Value>());
        assert!(size_of::<Entry>() <= 96, "{}", size_of::<Entry>());
    }
}
