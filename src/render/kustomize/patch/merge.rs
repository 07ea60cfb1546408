//! Strategic merge, step by step as kustomize does it, with what it does by accident
//! (`kyaml/yaml/merge2` and `kyaml/yaml/walk`; the options are those of its patches).
//!
//! Invariant: knows two objects and the shapes of their lists, not where they come from.

use super::schema::{Schema, Shape};
use super::tree::{Id, Kind, Tree, WrongKind};
use crate::render::kustomize::field_path::{Written, set_style, untagged};
use crate::render::kustomize::transform;
use crate::text::Span;
use crate::value::{Data, Origin, Spelling, Step, Str, Style, Tag, Unknown, Value};

const DIRECTIVE: &str = "$patch";

/// What a patch makes of an object.
pub(super) enum Merged {
    /// This object.
    Object(Value),
    /// Nothing: it is deleted.
    Deleted,
}

/// Why a patch cannot be applied.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Failure {
    /// The place in the patch, or in the object.
    pub(super) at: Span,
    /// Why.
    pub(super) why: String,
}

/// Merge a patch into an object. `asked` is the entry that asks for it.
///
/// # Errors
/// If the two do not fit.
pub(super) fn merge(
    object: &Value,
    patch: &Value,
    schema: &Schema,
    written: Written<'_>,
    asked: Span,
) -> Result<Merged, Failure> {
    let mut merger = Merger { tree: Tree::new(written, asked), schema, written, asked };
    let (object, patch) = (merger.tree.add(object), merger.tree.add(patch));
    // The object stays the node that it was, also where the patch takes its place: a `$patch: replace`
    // of a whole object does nothing.
    match merger.walk([Some(object), Some(patch)], Shape::Unknown)? {
        Some(_) => {
            let mut merged = merger.tree.value(object);
            for (old, new) in merger.tree.replaced() {
                let elsewhere = transform::follow(&mut merged, &old, &new);
                // The other places are walked after this one.
                if let Some(quoted) = quoted(&new, written, asked).filter(|_| elsewhere) {
                    transform::follow(&mut merged, &new, &quoted);
                }
            }
            let mut replaced = transform::Replaced::default();
            quote(&mut merged, &mut replaced, written, asked);
            replaced.follow(&mut merged);
            if has_folded(&merged, written) {
                unfold(&mut merged, false, written, asked);
            }
            Ok(Merged::Object(merged))
        }
        None => Ok(Merged::Deleted),
    }
}

/// Put quotes around fields that YAML 1.1 does not take for texts, such as `on`: every field of the
/// object is set anew (`FieldSetter`), but for what just took the style of what it replaced.
fn quote(value: &mut Value, replaced: &mut transform::Replaced, written: Written<'_>, asked: Span) {
    let needs_quotes = |value: &Value| {
        let just_set = matches!(&value.origin, Origin::Derived(derivation)
            if derivation.over.is_some() && derivation.at == asked && derivation.step == Step::Patch);
        !just_set && quoted(value, written, asked).is_some()
    };
    if !concerns(value, &needs_quotes) {
        return;
    }
    match value.data {
        Data::List(_) => {
            value.as_list_mut().into_iter().flatten().for_each(|item| quote(item, replaced, written, asked));
        }
        _ => {
            for entry in value.as_map_mut().into_iter().flat_map(|map| map.iter_mut()) {
                if let Some(quoted) = quoted(&entry.value, written, asked).filter(|_| needs_quotes(&entry.value)) {
                    entry.value = replaced.note(&entry.value, || quoted);
                }
                quote(&mut entry.value, replaced, written, asked);
            }
        }
    }
}

/// A text in the quotes that it needs and does not have.
fn quoted(value: &Value, written: Written<'_>, asked: Span) -> Option<Value> {
    let text = value.as_str().filter(|text| set_style(text) == Style::Quoted)?;
    let is_text = written.scalar(value).is_some_and(|scalar| scalar.tag == Tag::Text);
    if !is_text || written.style(value) != Style::Plain || written.is_tagged(value) {
        return None;
    }
    let spelling = Spelling { text: text.into(), tag: Some(Tag::Text), style: Style::Quoted };
    Some(Value { data: value.data.clone(), origin: value.origin.clone().spelled(asked, spelling) })
}

/// The text of a block that is another text once it is written as a block and read again.
fn folded(value: &Value, written: Written<'_>) -> Option<Str> {
    let text = value.as_str().filter(|_| written.style(value) == Style::Folded)?;
    let before = written.text(value);
    (before != text).then(|| Str::new(&before))
}

/// Whether there is such a block in a value.
fn has_folded(value: &Value, written: Written<'_>) -> bool {
    match &value.data {
        Data::Map(map) => map.iter().any(|entry| has_folded(&entry.value, written)),
        Data::List(items) => items.iter().any(|item| has_folded(item, written)),
        _ => folded(value, written).is_some(),
    }
}

/// Texts that came into collections that are written in one line are not written as blocks there.
fn unfold(value: &mut Value, in_flow: bool, written: Written<'_>, asked: Span) {
    let is_flow =
        |value: &Value| matches!(value.origin, Origin::Source(span) if written.source(span).starts_with(['{', '[']));
    match value.data {
        Data::Map(_) | Data::List(_) => {
            let in_flow = in_flow || is_flow(value);
            let items = value.as_list_mut().into_iter().flatten();
            items.for_each(|item| unfold(item, in_flow, written, asked));
            let entries = value.as_map_mut().into_iter().flat_map(|map| map.iter_mut());
            entries.for_each(|entry| unfold(&mut entry.value, in_flow, written, asked));
        }
        _ => {
            if let Some(text) = folded(value, written).filter(|_| in_flow) {
                value.data = Data::String(text.clone());
                let spelling = Spelling { text, tag: Some(Tag::Text), style: Style::Quoted };
                value.origin = value.origin.clone().spelled(asked, spelling);
            }
        }
    }
}

/// Whether a field below a value fits.
fn concerns(value: &Value, fits: &impl Fn(&Value) -> bool) -> bool {
    match &value.data {
        Data::Map(map) => map.iter().any(|entry| fits(&entry.value) || concerns(&entry.value, fits)),
        Data::List(items) => items.iter().any(|item| concerns(item, fits)),
        _ => false,
    }
}

/// The object's node and the patch's; the first becomes the result.
type Sources = [Option<Id>; 2];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Directive {
    Merge,
    Replace,
    Delete,
}

struct Merger<'a> {
    tree: Tree<'a>,
    schema: &'a Schema,
    written: Written<'a>,
    asked: Span,
}

impl<'a> Merger<'a> {
    fn walk(&mut self, sources: Sources, shape: Shape<'a>) -> Result<Option<Id>, Failure> {
        let present = sources.into_iter().flatten().filter(|id| self.tree.kind(*id) != Kind::Null);
        let present: Vec<Id> = present.collect();
        let Some(first) = present.first() else { return self.map(sources, shape) };
        // What is unknown stays so, whatever is merged into it.
        if let Some(unknown) = present.iter().rev().find(|id| self.tree.unknown(**id).is_some()) {
            return Ok(Some(*unknown));
        }
        let kind = self.tree.kind(*first);
        if let Some(other) = present.iter().find(|id| self.tree.kind(**id) != kind) {
            let why = format!("{} cannot be merged into {}", noun(self.tree.kind(*other)), noun(kind));
            return Err(self.failure(*other, why));
        }
        let shape = self.shape(shape, &present);
        match kind {
            Kind::List => match shape {
                Shape::List(_, keys, _) => self.keyed_list(sources, keys, shape.item()),
                // The patch's list takes the place of the object's.
                _ => Ok(sources[1].or(sources[0])),
            },
            Kind::Scalar => Ok(self.scalar(sources)),
            _ => self.map(sources, shape),
        }
    }

    /// The shape of an object that says what it is.
    fn shape(&mut self, shape: Shape<'a>, present: &[Id]) -> Shape<'a> {
        if !matches!(shape, Shape::Unknown) {
            return shape;
        }
        let mut text = |id: Id, key: &str| self.tree.field(id, key).map(|id| self.tree.text(id)).unwrap_or_default();
        for id in present {
            let (version, kind) = (text(*id, "apiVersion"), text(*id, "kind"));
            if !version.is_empty() && !kind.is_empty() {
                let found = self.schema.of_kind(&version, &kind);
                if !matches!(found, Shape::Unknown) {
                    return found;
                }
            }
        }
        shape
    }

    fn scalar(&mut self, [object, patch]: Sources) -> Option<Id> {
        if let (Some(object), Some(patch)) = (object, patch)
            && object != patch
        {
            let origin = self.tree.origin(patch);
            let from = match origin {
                Origin::Derived(derivation) if derivation.step == Step::Patch => derivation.from.clone(),
                Origin::Source(_) | Origin::Derived(_) => vec![origin.clone()],
            };
            let origin = Origin::replacing(Step::Patch, self.asked, from, self.tree.origin(object).clone());
            self.tree.set_origin(patch, origin);
        }
        patch.or(object)
    }

    fn is_nothing(&self, id: Option<Id>) -> bool {
        id.is_none_or(|id| self.tree.kind(id) == Kind::Null)
    }

    fn map(&mut self, [object, patch]: Sources, shape: Shape<'a>) -> Result<Option<Id>, Failure> {
        if patch.is_none()
            && let Some(object) = object
            && self.tree.kind(object) != Kind::Null
            && self.tree.whole(object).is_some_and(|data| self.is_settled(data, shape))
        {
            return Ok(Some(object));
        }
        let Some(target) = self.map_target(object, patch)? else { return Ok(None) };
        if self.tree.kind(target) != Kind::Map {
            return Ok(Some(target));
        }
        let mut fields = self.tree.fields(target);
        if let Some(patch) = patch.filter(|patch| *patch != target) {
            let more = self.tree.fields(patch);
            fields.extend(more);
        }
        // Stable, so that of a key in both the object's place comes first.
        fields.sort_by(|(a, _), (b, _)| a.cmp(b));
        fields.dedup_by(|(b, _), (a, _)| a == b);
        for (key, key_origin) in fields {
            let sources = [Some(target), patch].map(|id| id.and_then(|id| self.tree.field(id, &key)));
            if let (None, Some(_), Some(why)) = (sources[0], sources[1], self.tree.hidden_field(target, &key)) {
                // What stands there may be merged with the patch.
                let value = sources[1].filter(|id| self.tree.kind(*id) != Kind::Scalar);
                if let Some(value) = value {
                    self.tree.set_unknown(value, why);
                }
            }
            let value = self.walk(sources, shape.field(&key))?;
            self.tree.set_field(target, &key, &key_origin, value);
        }
        Ok(Some(target))
    }

    /// Which node becomes the result (`VisitMap`).
    fn map_target(&mut self, object: Option<Id>, patch: Option<Id>) -> Result<Option<Id>, Failure> {
        if self.is_nothing(object) {
            if let Some(patch) = patch
                && matches!(self.directive(patch), Ok(Directive::Delete))
            {
                return Ok(None);
            }
            return Ok(match (object, patch) {
                // `~` and `null` stay, but not an empty value.
                (Some(object), None) if !self.tree.text(object).is_empty() => {
                    self.tree.keep(object);
                    Some(object)
                }
                _ => patch,
            });
        }
        self.target(object, patch)
    }

    /// Which node becomes the result where the object has one.
    fn target(&mut self, object: Option<Id>, patch: Option<Id>) -> Result<Option<Id>, Failure> {
        let Some(patch) = patch else { return Ok(object) };
        if self.tree.kind(patch) == Kind::Null {
            return Ok(None);
        }
        Ok(match self.directive(patch)? {
            Directive::Delete => None,
            Directive::Replace => Some(patch),
            Directive::Merge => object,
        })
    }

    /// What a patch says is to be done; the directive goes away.
    fn directive(&mut self, patch: Id) -> Result<Directive, Failure> {
        let (holder, said) = match self.tree.kind(patch) {
            Kind::Map => (patch, self.tree.field(patch, DIRECTIVE)),
            Kind::List => {
                let items = self.tree.items(patch);
                let found = items.into_iter().find(|item| self.tree.field(*item, DIRECTIVE).is_some());
                // An item with more in it speaks of itself only.
                match found.filter(|item| self.tree.field_count(*item) == 1) {
                    Some(item) => (item, self.tree.field(item, DIRECTIVE)),
                    None => return Ok(Directive::Merge),
                }
            }
            kind => return Err(self.failure(patch, format!("{} cannot say what to do", noun(kind)))),
        };
        let Some(said) = said else { return Ok(Directive::Merge) };
        let text = self.tree.text(said);
        let directive = match text.as_str() {
            "merge" => Directive::Merge,
            "replace" => Directive::Replace,
            "delete" => Directive::Delete,
            other => return Err(self.failure(said, format!("`{other}` is none of `merge`, `replace` and `delete`"))),
        };
        if holder == patch {
            self.tree.remove_field(patch, DIRECTIVE);
        } else {
            self.set_item(patch, None, &[DIRECTIVE.into()], &[text])?;
        }
        Ok(directive)
    }

    /// A list whose items are merged by keys, or, without keys, as a set of scalars.
    fn keyed_list(
        &mut self,
        [object, patch]: Sources,
        keys: &'a [Str],
        item: Shape<'a>,
    ) -> Result<Option<Id>, Failure> {
        if patch.is_none()
            && let Some(object) = object
            && let Some(Data::List(items)) = self.tree.whole(object)
            && self.is_settled_list(items, keys, item)
        {
            return Ok(Some(object));
        }
        let target = if self.is_nothing(object) { patch } else { self.target(object, patch)? };
        let Some(target) = target else { return Ok(None) };
        let lists = [Some(target), patch];
        if let Some(why) = self.hidden(lists, keys) {
            self.tree.set_unknown(target, why);
            return Ok(Some(target));
        }
        let own = [Str::default()];
        let keys = if keys.is_empty() { &own[..] } else { keys };
        let mut all = self.values(lists, keys);
        if keys.len() > 1 {
            join(&mut all);
        }
        let origin = self.tree.origin(target).clone();
        let merged = self.tree.add_list(origin);
        let mut valid = (Vec::new(), Vec::new());
        for texts in &all {
            valid = valid_keys(&all, texts, keys);
            let (keys, texts) = &valid;
            let sources = lists.map(|list| {
                let (keys, texts) = valid_keys(std::slice::from_ref(texts), texts, keys);
                self.tree.find(list.filter(|list| self.tree.kind(*list) == Kind::List)?, &keys, &texts)
            });
            let found = self.walk(sources, item)?;
            let Some(value) = found.filter(|value| !self.tree.is_null_or_empty_map(*value)) else {
                self.set_item(target, None, keys, texts)?;
                continue;
            };
            self.set_keys(value, keys, texts);
            self.set_item(merged, Some(value), keys, texts)?;
        }
        if all.is_empty() {
            return Ok(Some(target));
        }
        self.append_all(merged, target, &valid.0)?;
        Ok(Some(merged))
    }

    /// Make sure that an item has its keys.
    fn set_keys(&mut self, item: Id, keys: &[Str], texts: &[Str]) {
        if self.tree.kind(item) != Kind::Map {
            return;
        }
        for (key, text) in keys.iter().zip(texts).filter(|(_, text)| !text.is_empty()) {
            if self.tree.field(item, key).is_none() {
                let origin = self.tree.origin(item).clone();
                // A text without a tag is read anew.
                let data = untagged(text);
                let data = data.unwrap_or_else(|| Data::String(text.clone()));
                let value = self.tree.add(&Value { data, origin: origin.clone() });
                self.tree.set_field(item, key, &origin, Some(value));
            }
        }
    }

    /// The texts of the keys of all items, the patch's items first, each once.
    fn values(&mut self, [object, patch]: Sources, keys: &[Str]) -> Vec<Vec<Str>> {
        let mut all: Vec<Vec<Str>> = Vec::new();
        let mut seen = rustc_hash::FxHashSet::default();
        for list in [patch, object].into_iter().flatten() {
            for item in self.tree.items(list) {
                let texts: Vec<Str> = keys
                    .iter()
                    .map(|key| match key.as_str() {
                        "" => self.tree.text(item),
                        key => match self.tree.field(item, key).filter(|id| !self.tree.is_null_or_empty(*id)) {
                            Some(value) => self.tree.text(value),
                            None => Str::default(),
                        },
                    })
                    .collect();
                if seen.insert(texts.clone()) {
                    all.push(texts);
                }
            }
        }
        all
    }

    /// Put the items of the object's list behind those of the patch's, or in their places
    /// (`appendListNode`).
    fn append_all(&mut self, merged: Id, list: Id, keys: &[Str]) -> Result<(), Failure> {
        let has_keys = keys.first().is_some_and(|key| !key.is_empty());
        for item in self.tree.items(list) {
            if !has_keys {
                let text = self.tree.text(item);
                self.set_item(merged, Some(item), &[Str::default()], &[text])?;
                continue;
            }
            let mut texts = Vec::new();
            for key in keys {
                match (self.tree.kind(item), self.tree.field(item, key)) {
                    (Kind::Map | Kind::Null, None) => self.tree.append(merged, item),
                    (_, Some(value)) => texts.push(self.tree.text(value)),
                    _ => return Err(self.failure(item, "an item that is no map in a list of maps".to_owned())),
                }
            }
            if keys.len() > 1 {
                self.set_item(merged, None, keys, &texts)?;
            }
            self.set_item(merged, Some(item), keys, &texts)?;
        }
        Ok(())
    }

    fn set_item(&mut self, list: Id, item: Option<Id>, keys: &[Str], texts: &[Str]) -> Result<(), Failure> {
        let result = self.tree.set_item(list, item, keys, texts);
        result.map_err(|WrongKind(id)| {
            let why = format!("{} among the items of a list that are told apart by a key", noun(self.tree.kind(id)));
            self.failure(id, why)
        })
    }

    /// Why it cannot be told which items of two lists are the same.
    fn hidden(&mut self, lists: Sources, keys: &[Str]) -> Option<Unknown> {
        for list in lists.into_iter().flatten() {
            for item in self.tree.items(list) {
                if let Some(why) = self.tree.unknown(item) {
                    return Some(why.clone());
                }
                for key in keys {
                    let hidden = match self.tree.field(item, key) {
                        Some(value) => self.tree.unknown(value).cloned(),
                        None => self.tree.hidden_field(item, key),
                    };
                    if hidden.is_some() {
                        return hidden;
                    }
                }
            }
        }
        None
    }

    fn failure(&self, id: Id, why: String) -> Failure {
        Failure { at: self.tree.origin(id).span(), why }
    }

    /// Whether merging nothing into a value leaves it as it is, so that it need not be walked. Null
    /// values without a text go away, as do items that have the same keys or none.
    fn is_settled(&self, data: &Data, shape: Shape<'a>) -> bool {
        match data {
            Data::Map(map) => {
                let shape = match shape {
                    Shape::Unknown => match (map.get("apiVersion"), map.get("kind")) {
                        (Some(version), Some(kind)) => {
                            self.schema.of_kind(version.as_str().unwrap_or_default(), kind.as_str().unwrap_or_default())
                        }
                        _ => shape,
                    },
                    _ => shape,
                };
                map.iter().all(|entry| match &entry.value.data {
                    Data::Null => !self.written.text(&entry.value).is_empty(),
                    Data::String(text) if text.is_empty() => !self.written.is_absent(&entry.value),
                    data => self.is_settled(data, shape.field(&entry.key)),
                })
            }
            Data::List(items) => match shape {
                Shape::List(_, keys, _) => self.is_settled_list(items, keys, shape.item()),
                _ => true,
            },
            _ => true,
        }
    }

    fn is_settled_list(&self, items: &[Value], keys: &[Str], shape: Shape<'a>) -> bool {
        let mut seen: Vec<Vec<std::borrow::Cow<'_, str>>> = Vec::with_capacity(items.len());
        items.iter().all(|item| {
            let texts: Vec<_> = match keys {
                [] => vec![self.written.text(item)],
                keys => keys.iter().filter_map(|key| item.get(key)).map(|value| self.written.text(value)).collect(),
            };
            let is_told_apart = texts.len() == keys.len().max(1) && texts.iter().all(|text| !text.is_empty());
            let is_settled = is_told_apart && !seen.contains(&texts) && self.is_settled(&item.data, shape);
            seen.push(texts);
            is_settled
        })
    }
}

/// The keys of which any item has a text, with an item's texts; all of them if there is none
/// (`validateKeys`).
fn valid_keys(all: &[Vec<Str>], texts: &[Str], keys: &[Str]) -> (Vec<Str>, Vec<Str>) {
    let has_text = |at: usize| all.iter().any(|texts| texts.get(at).is_some_and(|text| !text.is_empty()));
    let used: Vec<usize> = (0..keys.len()).filter(|at| has_text(*at)).collect();
    if used.is_empty() {
        return (keys.to_vec(), texts.to_vec());
    }
    let pick = |from: &[Str]| used.iter().filter_map(|at| from.get(*at).cloned()).collect();
    (pick(keys), pick(texts))
}

/// Take items for the same of which one lacks a key and another that is common is equal
/// (`mergeValues`).
fn join(all: &mut [Vec<Str>]) {
    // Quadratic, as in the real program; only lists of ports and the like have two keys.
    for one in 0..all.len() {
        for other in 0..all.len() {
            if let Some(joined) = joined(&all[one], &all[other]) {
                all[one].clone_from(&joined);
                all[other] = joined;
            }
        }
    }
}

fn joined(one: &[Str], other: &[Str]) -> Option<Vec<Str>> {
    let mut common = false;
    let mut texts = Vec::with_capacity(one.len());
    for (one, other) in one.iter().zip(other) {
        common |= one == other;
        match (one.is_empty(), other.is_empty()) {
            (false, false) if one != other => return None,
            (true, _) => texts.push(other.clone()),
            (false, _) => texts.push(one.clone()),
        }
    }
    common.then_some(texts)
}

fn noun(kind: Kind) -> &'static str {
    match kind {
        Kind::Null => "null",
        Kind::Scalar => "a scalar",
        Kind::List => "a list",
        Kind::Map => "a map",
        Kind::Unknown => "something unknown",
    }
}
