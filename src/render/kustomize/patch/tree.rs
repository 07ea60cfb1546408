//! Nodes with an identity, as kustomize's merging has them: the same node can stand in two trees,
//! and what is done to it in one shows in the other (`kyaml/yaml`: `RNode` and its filters).
//!
//! A collection is taken apart only when something walks into it; what nobody walks into stays
//! shared with the object that it came from.
//!
//! Invariant: knows how nodes are found and set, not what a patch means.

use std::sync::Arc;

use crate::render::kustomize::field_path::{Written, data, may_be_time};
use crate::text::Span;
use crate::value::{Data, Entry, Map, Origin, Spelling, Str, Style, Tag, Unknown, Value};

/// A node of a [`Tree`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Id(usize);

/// What a node is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Null,
    Scalar,
    List,
    Map,
    Unknown,
}

/// Nodes of two objects.
pub(super) struct Tree<'a> {
    nodes: Vec<Node>,
    written: Written<'a>,
    /// The entry that asks for the patch.
    asked: Span,
    /// Scalars that were set in the place of others, which may be the same node elsewhere.
    replaced: Vec<(Value, Value)>,
}

#[derive(Clone)]
struct Node {
    data: Form,
    origin: Origin,
    /// Whether a null stays where nulls are taken away.
    kept: bool,
}

#[derive(Clone)]
enum Form {
    /// As it was; a scalar is always this.
    Whole(Data),
    List(Vec<Id>),
    Map(Vec<Field>, Option<Unknown>),
}

#[derive(Clone)]
struct Field {
    key: Str,
    key_origin: Origin,
    value: Id,
}

/// Nodes of another kind than an operation needs, for which kustomize fails.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct WrongKind(pub(super) Id);

impl<'a> Tree<'a> {
    pub(super) fn new(written: Written<'a>, asked: Span) -> Self {
        Self { nodes: Vec::new(), written, asked, replaced: Vec::new() }
    }

    pub(super) fn add(&mut self, value: &Value) -> Id {
        let data = if self.written.is_absent(value) { Data::Null } else { value.data.clone() };
        self.push(Form::Whole(data), value.origin.clone())
    }

    /// A new empty list.
    pub(super) fn add_list(&mut self, origin: Origin) -> Id {
        self.push(Form::List(Vec::new()), origin)
    }

    fn push(&mut self, data: Form, origin: Origin) -> Id {
        self.nodes.push(Node { data, origin, kept: false });
        Id(self.nodes.len() - 1)
    }

    /// What was set in the place of what.
    pub(super) fn replaced(&mut self) -> Vec<(Value, Value)> {
        std::mem::take(&mut self.replaced)
    }

    /// The value that a node has become.
    pub(super) fn value(&self, id: Id) -> Value {
        let node = &self.nodes[id.0];
        let data = match &node.data {
            Form::Whole(data) => data.clone(),
            Form::List(items) => Data::List(Arc::new(items.iter().map(|item| self.value(*item)).collect())),
            Form::Map(fields, open) => {
                let entries = fields.iter().map(|field| Entry {
                    key: field.key.clone(),
                    key_origin: field.key_origin.clone(),
                    value: self.value(field.value),
                });
                let mut map = Map::from_unique(entries.collect());
                map.open.clone_from(open);
                Data::Map(Arc::new(map))
            }
        };
        Value { data, origin: node.origin.clone() }
    }

    pub(super) fn kind(&self, id: Id) -> Kind {
        match &self.nodes[id.0].data {
            Form::List(_) | Form::Whole(Data::List(_)) => Kind::List,
            Form::Map(..) | Form::Whole(Data::Map(_)) => Kind::Map,
            Form::Whole(Data::Null) => Kind::Null,
            // A scalar that cannot be read may still be replaced.
            Form::Whole(Data::Unknown(_)) if self.origin(id).spelling().is_none() => Kind::Unknown,
            Form::Whole(_) => Kind::Scalar,
        }
    }

    pub(super) fn origin(&self, id: Id) -> &Origin {
        &self.nodes[id.0].origin
    }

    /// Why a node is unknown, if it is.
    pub(super) fn unknown(&self, id: Id) -> Option<&Unknown> {
        match &self.nodes[id.0].data {
            Form::Whole(Data::Unknown(why)) if self.kind(id) == Kind::Unknown => Some(why),
            _ => None,
        }
    }

    /// A node as it was, if nothing has walked into it.
    pub(super) fn whole(&self, id: Id) -> Option<&Data> {
        match &self.nodes[id.0].data {
            Form::Whole(data) => Some(data),
            Form::List(_) | Form::Map(..) => None,
        }
    }

    pub(super) fn set_origin(&mut self, id: Id, origin: Origin) {
        self.nodes[id.0].origin = origin;
    }

    /// Make a node unknown.
    pub(super) fn set_unknown(&mut self, id: Id, why: Unknown) {
        self.nodes[id.0].data = Form::Whole(Data::Unknown(why));
    }

    pub(super) fn keep(&mut self, id: Id) {
        self.nodes[id.0].kept = true;
    }

    /// The text of a scalar as it was written; empty for anything else.
    pub(super) fn text(&self, id: Id) -> Str {
        let node = &self.nodes[id.0];
        match &node.data {
            Form::Whole(Data::String(text)) if !may_be_time(text) && matches!(node.origin, Origin::Source(_)) => {
                text.clone()
            }
            Form::Whole(data) => {
                let value = Value { data: data.clone(), origin: node.origin.clone() };
                Str::from(&*self.written.text(&value))
            }
            _ => Str::default(),
        }
    }

    /// Whether a node is null, an empty collection or (never) nothing at all.
    pub(super) fn is_null_or_empty(&self, id: Id) -> bool {
        match &self.nodes[id.0].data {
            Form::Whole(Data::Null) => true,
            Form::Whole(Data::List(items)) => items.is_empty(),
            Form::Whole(Data::Map(map)) => map.is_empty(),
            Form::List(items) => items.is_empty(),
            Form::Map(fields, _) => fields.is_empty(),
            Form::Whole(_) => false,
        }
    }

    /// Whether an item cannot be one of a list whose items have keys: null or an empty map.
    pub(super) fn is_null_or_empty_map(&self, id: Id) -> bool {
        self.kind(id) == Kind::Null || self.kind(id) == Kind::Map && self.is_null_or_empty(id)
    }

    /// Take a collection apart.
    fn open(&mut self, id: Id) {
        let Form::Whole(data) = &self.nodes[id.0].data else { return };
        let form = match data.clone() {
            Data::List(items) => Form::List(items.iter().map(|item| self.add(item)).collect()),
            Data::Map(map) => {
                let fields = map.iter().map(|entry| Field {
                    key: entry.key.clone(),
                    key_origin: entry.key_origin.clone(),
                    value: self.add(&entry.value),
                });
                Form::Map(fields.collect(), map.open.clone())
            }
            _ => return,
        };
        self.nodes[id.0].data = form;
    }

    /// The items of a list; none of anything else.
    pub(super) fn items(&mut self, id: Id) -> Vec<Id> {
        self.open(id);
        match &self.nodes[id.0].data {
            Form::List(items) => items.clone(),
            _ => Vec::new(),
        }
    }

    /// The fields of a map with the places of their keys; none of anything else.
    pub(super) fn fields(&mut self, id: Id) -> Vec<(Str, Origin)> {
        self.open(id);
        match &self.nodes[id.0].data {
            Form::Map(fields, _) => fields.iter().map(|field| (field.key.clone(), field.key_origin.clone())).collect(),
            _ => Vec::new(),
        }
    }

    /// Number of fields of a map.
    pub(super) fn field_count(&self, id: Id) -> usize {
        match &self.nodes[id.0].data {
            Form::Map(fields, _) => fields.len(),
            Form::Whole(Data::Map(map)) => map.len(),
            _ => 0,
        }
    }

    /// A field of a map.
    pub(super) fn field(&mut self, id: Id, key: &str) -> Option<Id> {
        if let Form::Whole(Data::Map(map)) = &self.nodes[id.0].data {
            map.entry(key)?;
            self.open(id);
        }
        match &self.nodes[id.0].data {
            Form::Map(fields, _) => fields.iter().find(|field| field.key == key).map(|field| field.value),
            _ => None,
        }
    }

    /// Why a map may have a field that cannot be seen.
    pub(super) fn hidden_field(&mut self, id: Id, key: &str) -> Option<Unknown> {
        if self.field(id, key).is_some() {
            return None;
        }
        match &self.nodes[id.0].data {
            Form::Map(_, open) => open.clone(),
            Form::Whole(Data::Map(map)) => map.open.clone(),
            _ => None,
        }
    }

    pub(super) fn remove_field(&mut self, id: Id, key: &str) {
        self.open(id);
        if let Form::Map(fields, _) = &mut self.nodes[id.0].data {
            fields.retain(|field| field.key != key);
        }
    }

    /// Set a field of a map, or take it away: null does, unless it is one that is kept. What stands
    /// there keeps its quotes, so that a number becomes text (`FieldSetter`).
    pub(super) fn set_field(&mut self, id: Id, key: &Str, key_origin: &Origin, value: Option<Id>) {
        let Some(value) = value.filter(|value| self.kind(*value) != Kind::Null || self.nodes[value.0].kept) else {
            return self.remove_field(id, key);
        };
        let old = self.field(id, key);
        if old == Some(value) {
            return;
        }
        if let Some(old) = old {
            self.take_style(value, old);
        }
        if let Some(old) = old.filter(|old| [*old, value].iter().all(|id| self.kind(*id) == Kind::Scalar)) {
            self.replaced.push((self.value(old), self.value(value)));
        }
        self.open(id);
        let Form::Map(fields, _) = &mut self.nodes[id.0].data else { return };
        match fields.iter_mut().find(|field| field.key == *key) {
            Some(field) => field.value = value,
            None => {
                // The key is written anew, without its comment.
                let spelling = Spelling { text: key.clone(), tag: Some(Tag::Text), style: Style::Plain };
                let had_comment = self.written.behind_comment(key_origin).is_some();
                let origin = key_origin.clone();
                let key_origin = if had_comment { origin.spelled(self.asked, spelling) } else { origin };
                fields.push(Field { key: key.clone(), key_origin, value });
            }
        }
    }

    /// Write a scalar as what it takes the place of is written.
    fn take_style(&mut self, id: Id, old: Id) {
        if self.kind(id) != Kind::Scalar || !matches!(self.kind(old), Kind::Scalar | Kind::Null) {
            return;
        }
        let value = self.value(id);
        let style = if self.kind(old) == Kind::Null { Style::Plain } else { self.written.style(&self.value(old)) };
        let Some(scalar) = self.written.scalar(&value) else { return };
        let spelling = Spelling { text: Str::new(&scalar.text), tag: Some(scalar.tag), style };
        let Some(data) = data(&spelling) else { return };
        let mut origin = value.origin.clone();
        if data != value.data {
            // That it is another value comes from the quotes that were there.
            origin = origin.and(self.origin(old).clone());
        } else if self.written.style(&value) == style {
            return;
        }
        self.nodes[id.0].data = Form::Whole(data);
        self.nodes[id.0].origin = origin.spelled(self.asked, spelling);
    }

    pub(super) fn append(&mut self, list: Id, item: Id) {
        self.open(list);
        if let Form::List(items) = &mut self.nodes[list.0].data {
            items.push(item);
        }
    }

    /// Whether a node has a field with a text, any if it is empty; without a key, whether the node
    /// itself is the text (`FieldMatcher`).
    ///
    /// # Errors
    /// If the node is no map, or, without a key, no scalar.
    fn has(&mut self, id: Id, key: &str, text: &str) -> Result<bool, WrongKind> {
        match (self.kind(id), key) {
            (Kind::Null, _) => Ok(false),
            (Kind::Scalar, "") => Ok(self.text(id) == text),
            (Kind::Map, key) if !key.is_empty() => {
                Ok(self.field(id, key).is_some_and(|value| text.is_empty() || self.text(value) == text))
            }
            _ => Err(WrongKind(id)),
        }
    }

    /// The first item of a list whose fields have these texts; without a key, that is this text
    /// (`ElementMatcher`).
    pub(super) fn find(&mut self, list: Id, keys: &[Str], texts: &[Str]) -> Option<Id> {
        let items = self.items(list);
        let text = |at: usize| texts.get(at).cloned().unwrap_or_default();
        if keys.first().is_none_or(|key| key.is_empty()) {
            return items.into_iter().find(|item| self.text(*item) == text(0));
        }
        if keys.len() != texts.len() {
            return None;
        }
        // Here the empty text is a text like others.
        let fits = |tree: &mut Self, item: Id| {
            let mut pairs = keys.iter().zip(texts);
            pairs.all(|(key, text)| tree.field(item, key).is_some_and(|value| tree.text(value) == *text))
        };
        items.into_iter().find(|item| self.kind(*item) == Kind::Map && fits(self, *item))
    }

    /// Put an item in the place of those whose fields have these texts, or at the end; without an
    /// item, take them away. Null and empty maps go as well (`ElementSetter`).
    ///
    /// # Errors
    /// If an item is of a kind that cannot be compared.
    pub(super) fn set_item(
        &mut self,
        list: Id,
        item: Option<Id>,
        keys: &[Str],
        texts: &[Str],
    ) -> Result<(), WrongKind> {
        let wants_map = [keys, texts].iter().all(|parts| parts.first().is_some_and(|first| !first.is_empty()));
        let mut kept = Vec::new();
        let mut found = false;
        for is in self.items(list) {
            if self.is_null_or_empty_map(is) {
                continue;
            }
            if wants_map && self.kind(is) != Kind::Map {
                kept.push(is);
                continue;
            }
            let mut fits = !texts.is_empty();
            for (key, text) in keys.iter().zip(texts) {
                fits = self.has(is, key, text)?;
                if !fits {
                    break;
                }
            }
            match item {
                _ if !fits && !texts.is_empty() => kept.push(is),
                _ if !fits => {}
                Some(item) => {
                    found = true;
                    kept.push(item);
                }
                None => {}
            }
        }
        let item = item.filter(|item| self.kind(*item) != Kind::Null && !found);
        kept.extend(item);
        self.nodes[list.0].data = Form::List(kept);
        Ok(())
    }
}
