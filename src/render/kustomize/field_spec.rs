//! Places in objects: group, version, kind and a path (`api/types/fieldspec.go`,
//! `api/filters/fieldspec`).

use std::sync::Arc;

use super::field_path::split_escaped;
use super::resource::Gvk;
use crate::text::Span;
use crate::value::{Data, Entry, Map, Origin, Str, Value};

/// A place in objects of some kinds.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct FieldSpec {
    /// Kinds that have it; empty parts fit everything.
    pub(super) gvk: Gvk,
    /// Keys separated by `/`; `\/` is a slash within a key; `[]` behind a key hints at a list.
    /// Lists on the way are taken item by item.
    pub(super) path: Str,
    /// Whether missing maps on the way and the leaf itself are made.
    pub(super) create: bool,
    /// The path, split once.
    keys: Arc<[Key]>,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
struct Key {
    name: Str,
    /// Whether it is marked as a list with `[]`: never made, and null becomes an empty list.
    is_list: bool,
    /// Whether the look-up of this key fails in every map: it is empty or an index into a list.
    is_invalid: bool,
}

/// What stands at the end of a path that is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Leaf {
    /// A scalar, null until it is set.
    Scalar,
    /// An empty map.
    Map,
}

/// The path does not fit the object: a scalar stands where a map or list should be, or the other
/// way round.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Mismatch {
    /// What does not fit.
    pub(super) at: Span,
}

impl FieldSpec {
    /// A place in objects of some kinds.
    pub(super) fn new(gvk: Gvk, path: &str, create: bool) -> Self {
        let keys = split_escaped(path, '/').iter().map(|part| Key::new(part)).collect();
        Self { gvk, path: path.into(), create, keys }
    }

    /// A place in all kinds.
    pub(super) fn anywhere(path: &str, create: bool) -> Self {
        Self::new(Gvk::default(), path, create)
    }

    /// Whether objects of a kind have it.
    pub(super) fn selects(&self, gvk: &Gvk) -> bool {
        selects(&self.gvk, gvk)
    }

    /// Call `set` on every value at this place of an object of a kind that has it, for which
    /// `wants` holds. What is missing on the way is made with the origin `made` if this place is
    /// one that is made and `leaf` says what its end is. Nothing is copied unless `set` is called.
    ///
    /// # Errors
    /// If the path does not fit the object; what came before is done.
    pub(super) fn apply_to<E: From<Mismatch>>(
        &self,
        object: &mut Value,
        leaf: Option<(Leaf, &Origin)>,
        wants: &dyn Fn(&Value) -> bool,
        set: &mut dyn FnMut(&mut Value) -> Result<(), E>,
    ) -> Result<(), E> {
        let walk = Walk { leaf: leaf.filter(|_| self.create), wants };
        if walk.leads_on(object, &self.keys) { walk.run(object, &self.keys, set) } else { Ok(()) }
    }
}

impl Key {
    fn new(part: &str) -> Self {
        let name = part.strip_suffix("[]");
        let (name, is_list) = (name.unwrap_or(part).trim(), name.is_some());
        let is_index = name.parse::<i64>().is_ok() || (name.starts_with('[') && name.ends_with(']'));
        Self { name: name.into(), is_list, is_invalid: is_index || matches!(name, "" | "-" | "*") }
    }
}

/// Whether a kind is one of the wanted ones; empty parts fit everything (`Gvk.IsSelected`).
pub(super) fn selects(want: &Gvk, is: &Gvk) -> bool {
    let fits = |want: &Str, is: &Str| want.is_empty() || want == is;
    fits(&want.kind, &is.kind) && fits(&want.group, &is.group) && fits(&want.version, &is.version)
}

struct Walk<'a> {
    leaf: Option<(Leaf, &'a Origin)>,
    wants: &'a dyn Fn(&Value) -> bool,
}

impl Walk<'_> {
    /// Go on from a value that leads on.
    fn run<E: From<Mismatch>>(
        &self,
        value: &mut Value,
        path: &[Key],
        set: &mut dyn FnMut(&mut Value) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some((key, rest)) = path.split_first() else {
            return if (self.wants)(value) { set(value) } else { Ok(()) };
        };
        let at = value.span();
        match &mut value.data {
            Data::Null | Data::Unknown(_) => Ok(()),
            Data::List(items) => {
                for item in Arc::make_mut(items) {
                    if self.leads_on(item, path) {
                        self.run(item, path, set)?;
                    }
                }
                Ok(())
            }
            Data::Map(_) if key.is_invalid => Err(Mismatch { at }.into()),
            Data::Map(map) => {
                let map = Arc::make_mut(map);
                let made = self.leaf.filter(|_| !key.is_list);
                let kind = made.map(|(leaf, _)| if rest.is_empty() { leaf } else { Leaf::Map });
                if let (None, Some((_, origin)), Some(kind)) = (map.get(&key.name), made, kind) {
                    let mut value = Value { data: empty(kind), origin: origin.clone() };
                    // What cannot be seen of this map may be what is made here.
                    if let (Some(open), Some(inner)) = (&map.open, value.as_map_mut()) {
                        inner.open = Some(open.clone());
                    }
                    map.push_unique(Entry { key: key.name.clone(), key_origin: origin.clone(), value });
                }
                let Some(next) = map.get_mut(&key.name) else { return Ok(()) };
                if next.is_null() {
                    if key.is_list {
                        next.data = Data::List(Arc::default());
                    } else if let Some(kind) = kind {
                        next.data = empty(kind);
                    }
                }
                self.run(next, rest, set)
            }
            _ => Err(Mismatch { at }.into()),
        }
    }

    /// Whether going on from here calls the setter, makes something or fails.
    fn leads_on(&self, value: &Value, path: &[Key]) -> bool {
        let Some((key, rest)) = path.split_first() else { return (self.wants)(value) };
        match &value.data {
            Data::Null | Data::Unknown(_) => false,
            Data::List(items) => items.iter().any(|item| self.leads_on(item, path)),
            Data::Map(_) if key.is_invalid => true,
            Data::Map(map) => match map.get(&key.name) {
                Some(next) if next.is_null() && (key.is_list || self.leaf.is_some()) => true,
                Some(next) => self.leads_on(next, rest),
                None => self.leaf.is_some() && !key.is_list,
            },
            _ => true,
        }
    }
}

fn empty(leaf: Leaf) -> Data {
    match leaf {
        Leaf::Scalar => Data::Null,
        Leaf::Map => Data::Map(Arc::new(Map::default())),
    }
}
