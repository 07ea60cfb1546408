//! JSON patches (RFC 6902) as the library that kustomize uses applies them
//! (`gopkg.in/evanphx/json-patch.v4`): the first part of a path is not looked at, `replace` adds
//! what is missing in a map, negative indices count from the end.
//!
//! Invariant: knows one object and one list of operations.

use crate::text::Span;
use crate::value::{Data, Entry, Map, Origin, Step, Str, Value};

/// Why an operation cannot be applied.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Failure {
    /// The operation, or the part of it that is wrong.
    pub(super) at: Span,
    /// Why.
    pub(super) why: String,
}

/// Apply operations to an object, one after the other. `asked` is the entry that asks for it.
///
/// # Errors
/// At the first operation that cannot be applied; the object is changed by those before.
pub(super) fn apply(object: &mut Value, operations: &[Value], asked: Span) -> Result<(), Failure> {
    operations.iter().try_for_each(|operation| Operation { operation, asked }.apply(object))
}

/// Whether a value is a list of operations, as far as reading it goes.
pub(super) fn is_patch(value: &Value) -> bool {
    let is_operation = |item: &Value| matches!(item.data, Data::Map(_) | Data::Null | Data::Unknown(_));
    matches!(&value.data, Data::List(items) if items.iter().all(is_operation))
}

struct Operation<'v> {
    operation: &'v Value,
    asked: Span,
}

/// What is at a path.
enum Place<'v> {
    /// A map or list, and the key or index in it.
    In(&'v mut Value, String),
    /// Something on the way is not known; what is done to it is not known either.
    Unknown,
}

impl Operation<'_> {
    fn apply(&self, root: &mut Value) -> Result<(), Failure> {
        match self.text("op") {
            Some("add") => self.add(root),
            Some("remove") => self.remove(root, "path").map(drop),
            Some("replace") => self.replace(root),
            Some("move") => {
                let Some(mut moved) = self.remove(root, "from")? else { return Ok(()) };
                moved.origin = Origin::derived(Step::Patch, self.asked, vec![moved.origin]);
                self.insert(root, moved)
            }
            Some("copy") => {
                let Some(mut copied) = self.copied(root)? else { return Ok(()) };
                copied.origin = Origin::derived(Step::Patch, self.asked, vec![copied.origin]);
                self.insert(root, copied)
            }
            Some("test") => self.test(root),
            Some(other) => Err(self.failure("op", format!("`{other}` is no operation"))),
            None if self.operation.unknown().is_some() => Ok(()),
            None => Err(self.failure("op", "an operation without `op`".to_owned())),
        }
    }

    fn text(&self, field: &str) -> Option<&str> {
        self.operation.str_at(&[field])
    }

    fn failure(&self, field: &str, why: String) -> Failure {
        Failure { at: self.operation.get(field).unwrap_or(self.operation).span(), why }
    }

    /// The map or list that a path leads into.
    fn place<'v>(&self, root: &'v mut Value, field: &str) -> Result<Place<'v>, Failure> {
        let missing = || self.failure(field, format!("an operation without `{field}`"));
        let path = match self.operation.get(field) {
            Some(value) if value.unknown().is_some() => return Ok(Place::Unknown),
            value => value.and_then(Value::as_str).ok_or_else(missing)?,
        };
        let nowhere = || self.failure(field, format!("`{path}` does not exist"));
        let mut parts: Vec<String> = path.split('/').skip(1).map(decoded).collect();
        let key = parts.pop().ok_or_else(nowhere)?;
        let mut value = root;
        for part in &parts {
            if is_hidden(value, part) {
                return Ok(Place::Unknown);
            }
            value = child(value, part).filter(|value| !value.is_null()).ok_or_else(nowhere)?;
        }
        if is_hidden(value, &key) && !matches!(value.data, Data::Map(_)) {
            return Ok(Place::Unknown);
        }
        match &value.data {
            Data::Map(_) | Data::List(_) => Ok(Place::In(value, key)),
            _ => Err(nowhere()),
        }
    }

    fn value(&self) -> Value {
        match self.operation.get("value") {
            Some(value) => super::marked(value, self.asked),
            None => {
                Value::new(Data::Null, Origin::derived(Step::Patch, self.asked, vec![self.operation.origin.clone()]))
            }
        }
    }

    fn add(&self, root: &mut Value) -> Result<(), Failure> {
        self.insert(root, self.value())
    }

    fn insert(&self, root: &mut Value, value: Value) -> Result<(), Failure> {
        let Place::In(place, key) = self.place(root, "path")? else { return Ok(()) };
        if let Some(map) = place.as_map_mut() {
            set(map, &key, value);
            return Ok(());
        }
        let Some(items) = place.as_list_mut() else { return Ok(()) };
        if key == "-" {
            items.push(value);
            return Ok(());
        }
        let at = self.index(&key, items.len() + 1, "path")?;
        items.insert(at, value);
        Ok(())
    }

    fn replace(&self, root: &mut Value) -> Result<(), Failure> {
        if self.text("path") == Some("") {
            let value = self.value();
            if !matches!(value.data, Data::Map(_) | Data::List(_)) {
                return Err(self.failure("value", "only a map or a list can replace a whole object".to_owned()));
            }
            *root = value;
            return Ok(());
        }
        let Place::In(place, key) = self.place(root, "path")? else { return Ok(()) };
        let value = self.value();
        if let Some(map) = place.as_map_mut() {
            set(map, &key, value);
            return Ok(());
        }
        let Some(items) = place.as_list_mut() else { return Ok(()) };
        let at = self.index(&key, items.len(), "path")?;
        if let Some(item) = items.get_mut(at) {
            *item = over(value, item);
        }
        Ok(())
    }

    /// Take out what is at a path; `None` if that is not known.
    fn remove(&self, root: &mut Value, field: &str) -> Result<Option<Value>, Failure> {
        let Place::In(place, key) = self.place(root, field)? else { return Ok(None) };
        if is_hidden(place, &key) {
            return Ok(None);
        }
        if let Some(map) = place.as_map_mut() {
            let removed = map.remove(&key).map(|entry| entry.value);
            return removed.map(Some).ok_or_else(|| self.failure(field, format!("there is no `{key}` to remove")));
        }
        let Some(items) = place.as_list_mut() else { return Ok(None) };
        let at = self.index(&key, items.len(), field)?;
        Ok(Some(items.remove(at)))
    }

    /// What is at `from`; null if there is nothing in a map.
    fn copied(&self, root: &mut Value) -> Result<Option<Value>, Failure> {
        let Place::In(place, key) = self.place(root, "from")? else { return Ok(None) };
        if is_hidden(place, &key) {
            return Ok(None);
        }
        if place.as_map().is_some() {
            let nothing = || Value::new(Data::Null, self.operation.origin.clone());
            return Ok(Some(place.get(&key).cloned().unwrap_or_else(nothing)));
        }
        let at = self.index(&key, place.items().len(), "from")?;
        Ok(place.items().get(at).cloned())
    }

    fn test(&self, root: &mut Value) -> Result<(), Failure> {
        let null = Value::new(Data::Null, self.operation.origin.clone());
        let wanted = self.operation.get("value").unwrap_or(&null);
        let is = if self.text("path") == Some("") {
            Some(root)
        } else {
            let Place::In(place, key) = self.place(root, "path")? else { return Ok(()) };
            if is_hidden(place, &key) {
                return Ok(());
            }
            if place.as_list_mut().is_some() {
                let at = self.index(&key, place.items().len(), "path")?;
                place.as_list_mut().and_then(|items| items.get_mut(at))
            } else {
                place.as_map_mut().and_then(|map| map.get_mut(&key))
            }
        };
        let is = is.map_or(&null, |is| &*is);
        match equal(is, wanted) {
            Some(false) => {
                let path = self.text("path").unwrap_or_default();
                Err(self.failure("value", format!("the test of `{path}` fails")))
            }
            Some(true) | None => Ok(()),
        }
    }

    /// An index into a list of a length; below zero it counts from the end.
    fn index(&self, key: &str, length: usize, field: &str) -> Result<usize, Failure> {
        let wrong = |why: &str| self.failure(field, format!("`{key}` {why}"));
        let index: i64 = key.parse().map_err(|_| wrong("is no index"))?;
        let length = i64::try_from(length).unwrap_or(i64::MAX);
        let index = if index < 0 { index + length } else { index };
        if index < 0 || index >= length {
            return Err(wrong("is not in the list"));
        }
        usize::try_from(index).map_err(|_| wrong("is not in the list"))
    }
}

/// `~1` is a slash, `~0` a tilde.
fn decoded(part: &str) -> String {
    part.replace("~1", "/").replace("~0", "~")
}

fn child<'v>(value: &'v mut Value, part: &str) -> Option<&'v mut Value> {
    if value.as_map().is_some() {
        return value.as_map_mut()?.get_mut(part);
    }
    let items = value.as_list_mut()?;
    let index: i64 = part.parse().ok()?;
    let length = i64::try_from(items.len()).ok()?;
    let index = if index < 0 { index + length } else { index };
    items.get_mut(usize::try_from(index).ok()?)
}

/// Whether what a key leads to is not known.
fn is_hidden(value: &Value, key: &str) -> bool {
    match &value.data {
        Data::Unknown(_) => true,
        Data::Map(map) => match map.get(key) {
            Some(value) => value.unknown().is_some(),
            None => map.open.is_some(),
        },
        _ => false,
    }
}

/// Set a key; a new one stands where its value does.
fn set(map: &mut Map, key: &str, value: Value) {
    match map.get_mut(key) {
        Some(old) => *old = over(value, old),
        None => map.push_unique(Entry { key: Str::from(key), key_origin: value.origin.clone(), value }),
    }
}

/// A value in the place of another one.
fn over(mut value: Value, old: &Value) -> Value {
    if let Origin::Derived(derivation) = &value.origin {
        let from = derivation.from.clone();
        value.origin = Origin::replacing(derivation.step, derivation.at, from, old.origin.clone());
    }
    value
}

/// Whether two values are the same; `None` if that is not known.
fn equal(a: &Value, b: &Value) -> Option<bool> {
    let all = |pairs: &mut dyn Iterator<Item = Option<bool>>| {
        let mut known = Some(true);
        for pair in pairs {
            match pair {
                Some(false) => return Some(false),
                Some(true) => {}
                None => known = None,
            }
        }
        known
    };
    match (&a.data, &b.data) {
        (Data::Unknown(_), _) | (_, Data::Unknown(_)) => None,
        (Data::List(a), Data::List(b)) if a.len() == b.len() => {
            all(&mut a.iter().zip(b.iter()).map(|(a, b)| equal(a, b)))
        }
        (Data::Map(a), Data::Map(b)) if a.open.is_some() || b.open.is_some() => None,
        (Data::Map(a), Data::Map(b)) if a.len() == b.len() => all(&mut a.iter().map(|entry| match b.get(&entry.key) {
            Some(other) => equal(&entry.value, other),
            None => Some(false),
        })),
        (a, b) => Some(a == b),
    }
}
