//! From kate's values to the documents that policies see, and back from a path to a place.
//!
//! Every document is first a [`Value`], so that each node has an origin; a policy names a path and
//! gets a span. What is not known cannot be said to Rego, which knows only values and absence. So a
//! document with unknown parts is made twice: once with them left out (null in lists), once with a
//! text that nobody expects in their place. A result is believed only if both documents give it.

use regorus::Value as Rego;

use crate::text::Span;
use crate::value::{Data, Map, Origin, Str, Value};

/// Stands where a value is not known, in one of the two documents.
const MARKER: &str = "\u{1f}kate: not known\u{1f}";

/// Most nodes of one document.
const MAX_NODES: usize = 2_000_000;

/// Deepest nesting of one document.
const MAX_DEPTH: usize = 200;

/// Key under which kate tells about the document itself.
pub(super) const ABOUT: &str = "__kate__";

/// A step of a path.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum Key {
    /// Of a map.
    Name(String),
    /// Of a list.
    Index(usize),
}

/// One input.
#[derive(Debug)]
pub(super) struct Document {
    value: Value,
    /// What the finding is about if the path leads to nothing that says so.
    pub(super) subject: String,
    /// The place of a finding without a path.
    pub(super) header: Span,
    /// Names of the units that deploy it; empty if it is no object.
    pub(super) units: Vec<String>,
    /// The object's name, which overlays change.
    pub(super) name: Option<String>,
    /// The kind of object, if it is one.
    pub(super) kind: Option<Str>,
}

/// A document as regorus takes it.
#[derive(Debug)]
pub(super) struct Inputs {
    /// Unknown parts left out.
    pub(super) absent: Rego,
    /// Unknown parts as a text; only if there are any.
    pub(super) marked: Option<Rego>,
}

impl Document {
    /// A document; `header` is the place of a finding that names no path.
    pub(super) fn new(value: Value, subject: String, header: Span) -> Self {
        Self { value, subject, header, units: Vec::new(), name: None, kind: None }
    }

    /// The same, as an object of a kind.
    pub(super) fn of_kind(mut self, kind: Str) -> Self {
        self.kind = Some(kind);
        self
    }

    /// Its value.
    pub(super) fn into_value(self) -> Value {
        self.value
    }

    /// As regorus takes it; `review` wraps it as an admission review. `None` if it is too large.
    pub(super) fn inputs(&self, review: bool) -> Option<Inputs> {
        let mut unknown = Vec::new();
        unknown_paths(&self.value, &mut String::new(), 0, &mut unknown);
        let convert = |marker: Option<&str>| {
            let mut left = MAX_NODES;
            let mut rego = to_rego(&self.value, marker, 0, &mut left)?;
            if let Ok(about) = rego.as_object_mut().and_then(|map| match map.get_mut(&Rego::from(ABOUT)) {
                Some(about) => about.as_object_mut(),
                None => Err(anyhow::anyhow!("only objects have it")),
            }) {
                let paths: Vec<Rego> = unknown.iter().map(|path| Rego::from(path.as_str())).collect();
                about.insert("unknown".into(), paths.into());
            }
            Some(if review { as_review(rego) } else { rego })
        };
        let absent = convert(None)?;
        let marked = if unknown.is_empty() { None } else { Some(convert(Some(MARKER))?) };
        Some(Inputs { absent, marked })
    }

    /// The place of a path: of its key if it holds a map or a list, of its value if that is a
    /// scalar; of the longest part of the path that exists; the header without a path.
    pub(super) fn span(&self, path: &[Key]) -> Span {
        let mut value = &self.value;
        let mut best: Option<Span> = None;
        for key in path {
            let next = match key {
                Key::Name(name) => value.as_map().and_then(|map| map.entry(name)).map(|entry| {
                    let composite = matches!(entry.value.data, Data::Map(_) | Data::List(_));
                    let span = if composite { entry.key_origin.span() } else { entry.value.span() };
                    (&entry.value, span)
                }),
                Key::Index(index) => value.items().get(*index).map(|item| {
                    // An item's own first key or `name` is smaller than the whole item.
                    let named = item.get("name").filter(|name| name.as_str().is_some());
                    (item, named.unwrap_or(item).span())
                }),
            };
            let Some((inner, span)) = next else { break };
            (value, best) = (inner, Some(span));
        }
        best.unwrap_or(self.header)
    }

    /// Whether a path leads into something whose content is not (all) known.
    pub(super) fn is_unknown(&self, path: &[Key]) -> bool {
        let mut value = &self.value;
        for key in path {
            if value.unknown().is_some() {
                return true;
            }
            let next = match key {
                Key::Name(name) => value.get(name),
                Key::Index(index) => value.items().get(*index),
            };
            match next {
                Some(inner) => value = inner,
                None => return value.as_map().is_some_and(|map| map.open.is_some()),
            }
        }
        value.unknown().is_some()
    }

    /// A stable name of what a path leads to: the document's subject, or that of the innermost
    /// item that has a `subject`, followed by the rest of the path; list items by their names.
    pub(super) fn subject(&self, path: &[Key]) -> String {
        let mut subject = self.subject.clone();
        let mut value = Some(&self.value);
        for key in path {
            let inner = value.and_then(|value| match key {
                Key::Name(name) => value.get(name),
                Key::Index(index) => value.items().get(*index),
            });
            if let Some(own) =
                inner.and_then(|inner| inner.str_at(&["subject"])).filter(|_| matches!(key, Key::Index(_)))
            {
                subject = own.to_owned();
            } else {
                subject.push('/');
                match key {
                    Key::Name(name) => subject.push_str(name),
                    Key::Index(index) => match inner.and_then(|inner| inner.str_at(&["name"])) {
                        Some(name) => subject.push_str(name),
                        None => subject.push_str(&index.to_string()),
                    },
                }
            }
            value = inner;
        }
        subject
    }
}

fn to_rego(value: &Value, marker: Option<&str>, depth: usize, left: &mut usize) -> Option<Rego> {
    *left = left.checked_sub(1)?;
    Some(match &value.data {
        Data::Null => Rego::Null,
        Data::Bool(truth) => Rego::from(*truth),
        Data::Int(number) => Rego::from(*number),
        Data::Float(number) if number.is_finite() => Rego::from(*number),
        Data::String(text) => Rego::from(text.as_str()),
        Data::List(items) if depth < MAX_DEPTH => {
            let items: Option<Vec<Rego>> = items.iter().map(|item| to_rego(item, marker, depth + 1, left)).collect();
            items?.into()
        }
        Data::Map(map) if depth < MAX_DEPTH => {
            let mut rego = Rego::new_object();
            let target = rego.as_object_mut().ok()?;
            for entry in map.iter() {
                if marker.is_some() || !is_unknown(&entry.value, depth + 1) {
                    target.insert(entry.key.as_str().into(), to_rego(&entry.value, marker, depth + 1, left)?);
                }
            }
            rego
        }
        Data::Float(_) | Data::List(_) | Data::Map(_) | Data::Unknown(_) => match marker {
            Some(marker) => marker.into(),
            None => Rego::Null,
        },
    })
}

/// Whether a node has no value that Rego can hold.
fn is_unknown(value: &Value, depth: usize) -> bool {
    match &value.data {
        Data::Unknown(_) => true,
        Data::Float(number) => !number.is_finite(),
        Data::List(_) | Data::Map(_) => depth >= MAX_DEPTH,
        _ => false,
    }
}

/// JSON pointers of what is not known; `/*` at the end of one stands for keys not known.
fn unknown_paths(value: &Value, path: &mut String, depth: usize, found: &mut Vec<String>) {
    if found.len() >= 1_000 {
        return;
    }
    if is_unknown(value, depth) {
        found.push(path.clone());
        return;
    }
    let length = path.len();
    if let Some(map) = value.as_map() {
        if map.open.is_some() {
            found.push(format!("{path}/*"));
        }
        for entry in map.iter() {
            path.push('/');
            path.push_str(&entry.key.replace('~', "~0").replace('/', "~1"));
            unknown_paths(&entry.value, path, depth + 1, found);
            path.truncate(length);
        }
    }
    for (index, item) in value.items().iter().enumerate() {
        path.push_str(&format!("/{index}"));
        unknown_paths(item, path, depth + 1, found);
        path.truncate(length);
    }
}

/// The input that Gatekeeper's policies read.
fn as_review(object: Rego) -> Rego {
    let api = object["apiVersion"].as_string().map(|text| text.to_string()).unwrap_or_default();
    let (group, version) = api.split_once('/').unwrap_or(("", &api));
    let map = |entries: &[(&str, Rego)]| {
        let mut map = Rego::new_object();
        if let Ok(target) = map.as_object_mut() {
            for (key, value) in entries.iter().filter(|(_, value)| *value != Rego::Undefined) {
                target.insert((*key).into(), value.clone());
            }
        }
        map
    };
    let kind = map(&[("group", group.into()), ("version", version.into()), ("kind", object["kind"].clone())]);
    let metadata = object["metadata"].clone();
    let review = map(&[
        ("kind", kind),
        ("name", metadata["name"].clone()),
        ("namespace", metadata["namespace"].clone()),
        ("operation", "CREATE".into()),
        ("object", object),
    ]);
    map(&[("review", review), ("parameters", Rego::new_object())])
}

/// A path as a policy names it: a list of keys, a JSON pointer, or `spec.containers[0].image`.
pub(super) fn path_of(value: &Rego) -> Option<Vec<Key>> {
    let word = |text: &str| text.parse().map_or_else(|_| Key::Name(text.to_owned()), Key::Index);
    if let Ok(keys) = value.as_array() {
        let key = |key: &Rego| match key.as_string() {
            Ok(name) => Some(Key::Name(name.to_string())),
            Err(_) => key.as_u32().ok().map(|index| Key::Index(index as usize)),
        };
        return keys.iter().map(key).collect();
    }
    let text = value.as_string().ok()?;
    if let Some(pointer) = text.strip_prefix('/') {
        return Some(pointer.split('/').map(|part| word(&part.replace("~1", "/").replace("~0", "~"))).collect());
    }
    let parts = text.split(['.', '[', ']']).filter(|part| !part.is_empty());
    Some(parts.map(|part| word(part.trim_matches(['"', '\'']))).collect())
}

/// Builds maps whose keys and values are at one place.
#[derive(Debug)]
pub(super) struct Maker {
    map: Map,
    origin: Origin,
}

impl Maker {
    /// An empty map at a place.
    pub(super) fn at(origin: impl Into<Origin>) -> Self {
        Self { map: Map::default(), origin: origin.into() }
    }

    /// Add a text.
    pub(super) fn text(self, key: &str, text: impl Into<Str>) -> Self {
        let value = Value::string(text, self.origin.clone());
        self.value(key, value)
    }

    /// Add anything.
    pub(super) fn value(mut self, key: &str, value: Value) -> Self {
        self.map.insert(key, self.origin.clone(), value);
        self
    }

    /// Add a truth value, a number or null.
    pub(super) fn data(self, key: &str, data: Data) -> Self {
        let value = Value::new(data, self.origin.clone());
        self.value(key, value)
    }

    /// The map.
    pub(super) fn build(self) -> Value {
        Value::map(self.map, self.origin)
    }
}
