//! What an unknown key was very likely meant to be.

use super::{Belongs, Walk, path_text};
use crate::schema::{Field, NodeId, Shape};
use crate::text::near_miss;
use crate::value::{Data, Entry, Str, Value};

impl Walk<'_> {
    /// A key of a near name at the same place that is still free; else the same key at a place above
    /// or below, if there is one such place and the value may stand there.
    pub(super) fn belongs(&self, entry: &Entry) -> Option<Belongs> {
        let holder = self.holders.last()?;
        let free = |field: &&Field| holder.map.get(&field.name).is_none();
        let fits = |field: &&Field| self.may_be(field.node, &entry.value);
        let names = holder.fields.iter().filter(free).filter(fits).map(|field| field.name.as_str());
        let same_letters = |name: &&str| name.eq_ignore_ascii_case(&entry.key);
        if let Some(near) = names.clone().find(same_letters).or_else(|| near_miss(&entry.key, names)) {
            return Some(Belongs::Near(Str::from(near)));
        }
        for above in self.holders.iter().rev().skip(1).take(3) {
            let field = above.fields.iter().find(|field| field.name == entry.key);
            if let Some(field) = field
                && above.map.get(&entry.key).is_none()
                && self.may_be(field.node, &entry.value)
            {
                return Some(Belongs::Above(path_text(&self.path[..above.depth])));
            }
        }
        let mut below = holder.fields.iter().filter(|field| self.has(field.node, entry));
        match (below.next(), below.next()) {
            (Some(field), None) => Some(Belongs::Below(field.name.clone())),
            _ => None,
        }
    }

    /// Whether a node is an object with a key that the entry could be.
    fn has(&self, id: NodeId, entry: &Entry) -> bool {
        let Shape::Object { fields, .. } = &self.schema.node(id).shape else { return false };
        fields.iter().any(|field| field.name == entry.key && self.may_be(field.node, &entry.value))
    }

    /// Whether a value may stand at a node, as far as a glance tells.
    fn may_be(&self, id: NodeId, value: &Value) -> bool {
        match (&self.schema.node(id).shape, &value.data) {
            (Shape::Any, _) | (_, Data::Unknown(_)) => true,
            (Shape::Map { .. }, Data::Map(_)) | (Shape::List { .. }, Data::List(_)) => true,
            (Shape::Object { fields, others }, Data::Map(map)) => {
                let known = |key: &Str| fields.iter().any(|field| field.name == *key);
                others.is_some() || map.iter().all(|entry| known(&entry.key))
            }
            (Shape::Object { .. } | Shape::Map { .. } | Shape::List { .. }, _) => false,
            (_, Data::Map(_) | Data::List(_)) => false,
            _ => true,
        }
    }
}
