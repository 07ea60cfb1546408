//! A resource on its way through a build, with the identities that it had.

use super::field_path::{Written, set_style};
use super::{scope, transform};
use crate::model::kubernetes::split_api_version;
use crate::text::Span;
use crate::value::{Data, Entry, Map, Spelling, Str, Tag, Value};

/// Group, version and kind.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub(super) struct Gvk {
    /// API group; empty for core.
    pub(super) group: Str,
    /// Version without the group.
    pub(super) version: Str,
    /// Kind.
    pub(super) kind: Str,
}

/// Identity of a resource within a build (`kyaml/resid`).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct ResourceId {
    /// What it is.
    pub(super) gvk: Gvk,
    /// `metadata.name`.
    pub(super) name: Str,
    /// The *effective* namespace: `default` if none is stated, empty if the kind is certainly
    /// cluster-scoped.
    pub(super) namespace: Str,
}

/// What the generator of a resource does with one of the same identity.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Behavior {
    /// Fail if there is one.
    #[default]
    Create,
    /// Take its place; there must be one.
    Replace,
    /// Add to its data; there must be one.
    Merge,
}

/// A name, effective namespace and kind that a resource had before.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Previous {
    /// `metadata.name`.
    pub(super) name: Str,
    /// Effective namespace.
    pub(super) namespace: Str,
    /// Kind.
    pub(super) kind: Str,
}

/// A resource. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Resource {
    /// The object; always a map with text `kind` and (but for what patches leave) `apiVersion`.
    pub(super) value: Value,
    /// What it was called, oldest first.
    pub(super) previous: Vec<Previous>,
    /// Prefixes that were put before its name, innermost first.
    pub(super) prefixes: Vec<Str>,
    /// Suffixes that were put behind its name, innermost first.
    pub(super) suffixes: Vec<Str>,
    /// What its generator does with an existing one.
    pub(super) behavior: Behavior,
    /// Whether a hash of its content goes behind its name at the end.
    pub(super) needs_hash: bool,
    /// Names of the variables (`vars`) that read from it.
    pub(super) variables: Vec<Str>,
    /// The entry of the last patch that was merged into it.
    pub(super) merged: Option<Span>,
    /// Whether its YAML has the comments that it was written with: JSON in between has none.
    pub(super) has_comments: bool,
}

impl Resource {
    /// A resource as written.
    pub(super) fn new(value: Value) -> Self {
        Self {
            value,
            previous: Vec::new(),
            prefixes: Vec::new(),
            suffixes: Vec::new(),
            behavior: Behavior::default(),
            needs_hash: false,
            variables: Vec::new(),
            merged: None,
            has_comments: true,
        }
    }

    /// Its kind; empty if it has none.
    pub(super) fn kind(&self) -> &str {
        self.value.str_at(&["kind"]).unwrap_or_default()
    }

    /// Its name; empty if it has none or it is not known.
    pub(super) fn name(&self) -> &str {
        self.value.str_at(&["metadata", "name"]).unwrap_or_default()
    }

    /// Whether it may have a name that is not known.
    pub(super) fn has_unknown_name(&self) -> bool {
        let metadata = self.value.get("metadata");
        let name = metadata.and_then(|metadata| metadata.get("name"));
        let is_open = |value: &Value| value.unknown().is_some() || value.as_map().is_some_and(|map| map.open.is_some());
        name.or(metadata).unwrap_or(&self.value).unknown().is_some() || name.is_none() && metadata.is_none_or(is_open)
    }

    /// Its namespace as stated; empty if none is.
    pub(super) fn namespace(&self) -> &str {
        self.value.str_at(&["metadata", "namespace"]).unwrap_or_default()
    }

    /// Its group, version and kind.
    pub(super) fn gvk(&self) -> Gvk {
        let (group, version) = split_api_version(self.value.str_at(&["apiVersion"]).unwrap_or_default());
        Gvk { group: group.into(), version: version.into(), kind: self.kind().into() }
    }

    /// Its identity as it is now.
    pub(super) fn id(&self) -> ResourceId {
        let gvk = self.gvk();
        let namespace = effective_namespace(&gvk, self.namespace());
        ResourceId { gvk, name: name_text(&self.value), namespace }
    }

    /// Every identity that it had, oldest first, without the current one.
    pub(super) fn previous_ids(&self) -> impl Iterator<Item = ResourceId> {
        let gvk = self.gvk();
        self.previous.iter().map(move |previous| {
            let gvk = Gvk { kind: previous.kind.clone(), ..gvk.clone() };
            let namespace = effective_namespace(&gvk, &previous.namespace);
            ResourceId { gvk, name: previous.name.clone(), namespace }
        })
    }

    /// Every identity that it has or had.
    pub(super) fn any_ids(&self) -> impl Iterator<Item = ResourceId> {
        self.previous_ids().chain(std::iter::once(self.id()))
    }

    /// The identity that it was written with.
    pub(super) fn original_id(&self) -> ResourceId {
        self.previous_ids().next().unwrap_or_else(|| self.id())
    }

    /// Remember what it is called now. Call it before a change of name, namespace or kind.
    pub(super) fn store_previous(&mut self) {
        let id = self.id();
        self.previous.push(Previous { name: id.name, namespace: id.namespace, kind: id.gvk.kind });
    }
}

/// The namespace that identities compare by (`resid.EffectiveNamespace`).
pub(super) fn effective_namespace(gvk: &Gvk, namespace: &str) -> Str {
    if scope::is_cluster_scoped(gvk) {
        Str::default()
    } else if namespace.is_empty() {
        Str::from("default")
    } else {
        namespace.into()
    }
}

/// Whether not even the text of something unknown is known: a scalar of which only the type is wrong
/// is a text where all are made texts.
pub(super) fn is_hidden(value: &Value) -> bool {
    value.origin.spelling().is_none()
}

/// The text of a name, which may have been written as a number.
fn name_text(value: &Value) -> Str {
    match value.at(&["metadata", "name"]).map(|name| &name.data) {
        Some(Data::String(text)) => text.clone(),
        Some(Data::Int(number)) => number.to_string().into(),
        Some(Data::Float(number)) => number.to_string().into(),
        Some(Data::Bool(truth)) => truth.to_string().into(),
        _ => Str::default(),
    }
}

/// Set labels or annotations anew, as kustomize does to change one of them: all values become texts
/// and nodes of their own, and there is no empty map.
pub(super) fn text_pairs(object: &mut Value, field: &str, written: Written<'_>, asked: Span) {
    let Some(pairs) = object.at(&["metadata", field]) else { return };
    let is_empty = match &pairs.data {
        Data::Unknown(_) => return,
        Data::Map(map) if map.open.is_some() => false,
        Data::Map(map) => map.is_empty(),
        _ => true,
    };
    let spelling = |value: &Value| {
        let text = Str::new(written.text(value));
        let style = set_style(&text);
        Spelling { text, tag: Some(Tag::Text), style }
    };
    let is_text = |entry: &Entry| match &entry.value.data {
        Data::String(text) => {
            let spelling = spelling(&entry.value);
            *text == spelling.text && written.style(&entry.value) == spelling.style
        }
        Data::Unknown(_) => is_hidden(&entry.value),
        _ => false,
    };
    let Some(metadata) = object.at_mut(&["metadata"]).and_then(Value::as_map_mut) else { return };
    if is_empty {
        metadata.remove(field);
        return;
    }
    let Some(pairs) = metadata.get_mut(field) else { return };
    transform::separate(pairs);
    if pairs.entries().all(is_text) {
        return;
    }
    for entry in pairs.as_map_mut().into_iter().flat_map(Map::iter_mut).filter(|entry| !is_text(entry)) {
        let spelling = spelling(&entry.value);
        entry.value.data = Data::String(spelling.text.clone());
        entry.value.origin = entry.value.origin.clone().spelled(asked, spelling);
    }
}
