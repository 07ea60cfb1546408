//! Places in objects: group, version, kind and a path (`api/types/fieldspec.go`,
//! `api/filters/fieldspec`).

use super::resource::{Gvk, Resource};
use crate::value::{Data, Entry, Map, Origin, Str, Value};

/// A place in objects of some kinds.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub(super) struct FieldSpec {
    /// Kinds that have it; empty parts fit everything.
    pub(super) gvk: Gvk,
    /// Keys separated by `/`; `\/` is a slash within a key; `[]` behind a key hints at a list.
    /// Lists on the way are taken item by item.
    pub(super) path: Str,
    /// Whether missing maps on the way and the leaf itself are made.
    pub(super) create: bool,
}

/// What stands at the end of a path that is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Leaf {
    /// A scalar, null until it is set.
    Scalar,
    /// An empty map.
    Map,
    /// An empty list.
    List,
}

/// The path does not fit the object: a scalar stands where a map or list should be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Mismatch;

impl FieldSpec {
    /// A place in all kinds.
    pub(super) fn anywhere(path: &str, create: bool) -> Self {
        Self { gvk: Gvk::default(), path: path.into(), create }
    }

    /// Whether objects of a kind have it.
    pub(super) fn selects(&self, gvk: &Gvk) -> bool {
        let fits = |want: &Str, is: &Str| want.is_empty() || want == is;
        fits(&self.gvk.kind, &gvk.kind) && fits(&self.gvk.group, &gvk.group) && fits(&self.gvk.version, &gvk.version)
    }

    /// Call `set` on every value at this place of a resource. What is missing on the way is made
    /// with the origin `made` if this place is one that is made and `leaf` says what its end is.
    /// Nothing is copied unless `set` is called.
    ///
    /// # Errors
    /// If a scalar stands on the way; what came before is done.
    pub(super) fn apply<E: From<Mismatch>>(
        &self,
        resource: &mut Resource,
        leaf: Option<(Leaf, &Origin)>,
        set: &mut dyn FnMut(&mut Value) -> Result<(), E>,
    ) -> Result<(), E> {
        if !self.selects(&resource.gvk()) {
            return Ok(());
        }
        let path = split_path(&self.path);
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let leaf = leaf.filter(|_| self.create);
        walk(&mut resource.value, &path, leaf, set)
    }
}

/// The keys of a path; `\/` does not separate (`api/internal/utils.PathSplitter`).
pub(super) fn split_path(path: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for part in path.split('/') {
        match parts.last_mut().filter(|last| last.ends_with('\\')) {
            Some(last) => {
                last.pop();
                last.push('/');
                last.push_str(part);
            }
            None => parts.push(part.to_owned()),
        }
    }
    parts
}

fn walk<E: From<Mismatch>>(
    value: &mut Value,
    path: &[&str],
    leaf: Option<(Leaf, &Origin)>,
    set: &mut dyn FnMut(&mut Value) -> Result<(), E>,
) -> Result<(), E> {
    let Some((first, rest)) = path.split_first() else { return set(value) };
    match &value.data {
        Data::Null | Data::Unknown(_) => Ok(()),
        Data::List(items) => {
            if !items.iter().any(|item| leads_on(item, path, leaf.is_some())) {
                return Ok(());
            }
            let Some(items) = value.as_list_mut() else { return Ok(()) };
            items.iter_mut().try_for_each(|item| walk(item, path, leaf, set))
        }
        Data::Map(map) => {
            let key = first.strip_suffix("[]");
            let (key, is_list) = (key.unwrap_or(first), key.is_some());
            let leaf = leaf.filter(|_| !is_list);
            if map.get(key).is_none() && leaf.is_none() {
                return Ok(());
            }
            if map.get(key).is_some_and(|next| !leads_on(next, rest, leaf.is_some())) && !is_list {
                return Ok(());
            }
            let Some(map) = value.as_map_mut() else { return Ok(()) };
            if let Some((leaf, made)) = leaf {
                let kind = if rest.is_empty() { leaf } else { Leaf::Map };
                match map.get_mut(key) {
                    Some(next) if next.is_null() => next.data = empty(kind),
                    Some(_) => {}
                    None => map.push_unique(Entry {
                        key: key.into(),
                        key_origin: made.clone(),
                        value: Value { data: empty(kind), origin: made.clone() },
                    }),
                }
            }
            match map.get_mut(key) {
                Some(next) => walk(next, rest, leaf, set),
                None => Ok(()),
            }
        }
        _ => Err(Mismatch.into()),
    }
}

/// Whether walking on from here could call the setter, make something or fail.
fn leads_on(value: &Value, path: &[&str], create: bool) -> bool {
    let Some((first, rest)) = path.split_first() else { return true };
    match &value.data {
        Data::Null => create,
        Data::Unknown(_) => false,
        Data::List(items) => items.iter().any(|item| leads_on(item, path, create)),
        Data::Map(map) => match map.get(first.strip_suffix("[]").unwrap_or(first)) {
            Some(next) => leads_on(next, rest, create),
            None => create,
        },
        _ => true,
    }
}

fn empty(leaf: Leaf) -> Data {
    match leaf {
        Leaf::Scalar => Data::Null,
        Leaf::Map => Data::Map(std::sync::Arc::new(Map::default())),
        Leaf::List => Data::List(std::sync::Arc::default()),
    }
}
