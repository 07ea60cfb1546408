//! Ids by namespace, so that looking something up costs what its namespace holds and not what the
//! whole repository holds.
//!
//! Invariant: this only narrows down; whether something fits is decided by whoever asks.

use rustc_hash::FxHashMap;

use crate::value::{Known, Str};

/// Ids in ascending order, by the namespace of what they stand for.
#[derive(Debug)]
pub(super) struct ByNamespace<'a, T> {
    all: Vec<T>,
    placed: FxHashMap<&'a str, Vec<T>>,
    /// Those without a namespace, or with one that is not known.
    unplaced: Vec<T>,
}

impl<T> Default for ByNamespace<'_, T> {
    fn default() -> Self {
        Self { all: Vec::new(), placed: FxHashMap::default(), unplaced: Vec::new() }
    }
}

impl<'a, T: Copy + Ord> ByNamespace<'a, T> {
    /// Add an id that is greater than those before.
    pub(super) fn push(&mut self, namespace: &'a Known<Str>, id: T) {
        self.all.push(id);
        match namespace {
            Known::Value(namespace) => self.placed.entry(namespace.as_str()).or_default().push(id),
            Known::Unknown(_) | Known::Absent => self.unplaced.push(id),
        }
    }

    /// Every id.
    pub(super) fn all(&self) -> &[T] {
        &self.all
    }

    /// What may be in a namespace, in ascending order; everything if the namespace is not known.
    pub(super) fn within(&self, namespace: &Known<Str>) -> impl Iterator<Item = T> {
        let (mut one, mut two): (&[T], &[T]) = match namespace {
            Known::Value(namespace) => {
                (self.placed.get(namespace.as_str()).map(Vec::as_slice).unwrap_or_default(), &self.unplaced)
            }
            Known::Unknown(_) | Known::Absent => (&self.all, &[]),
        };
        std::iter::from_fn(move || {
            let next = match (one.first(), two.first()) {
                (Some(a), Some(b)) if b < a => &mut two,
                (None, Some(_)) => &mut two,
                _ => &mut one,
            };
            let (first, rest) = next.split_first()?;
            *next = rest;
            Some(*first)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Reason, Unknown};

    #[test]
    fn what_may_be_in_a_namespace_comes_in_order() {
        let at = |name: &str| Known::Value(Str::from(name));
        let unknown = Known::Unknown(Unknown::new(Reason::NoDestination, "", None));
        let namespaces = [at("a"), unknown.clone(), at("b"), at("a"), Known::Absent, at("b")];
        let mut index = ByNamespace::default();
        for (id, namespace) in namespaces.iter().enumerate() {
            index.push(namespace, id);
        }
        assert_eq!(index.within(&at("a")).collect::<Vec<_>>(), [0, 1, 3, 4]);
        assert_eq!(index.within(&at("c")).collect::<Vec<_>>(), [1, 4]);
        assert_eq!(index.within(&unknown).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5]);
        assert_eq!(index.within(&Known::Absent).collect::<Vec<_>>(), index.all());
    }
}
