//! `configMapGenerator`, `secretGenerator` and the plugins that make resources
//! (`api/internal/generators`, `resmap.AbsorbAll`).
//!
//! Invariant: nothing is read but through the loader, and never the environment. The content of a
//! file that is not here is an unknown value under a known key.

mod absorb;
mod hash;
mod json;
mod key_value;
mod ksops;
mod metadata;
#[cfg(test)]
mod tests;

pub(super) use absorb::absorb;
pub(super) use hash::suffix_hashes;
pub(super) use key_value::base64;
pub(super) use ksops::{is_ksops, ksops};
pub(super) use metadata::{Annotation, Metadata};

use std::sync::Arc;

use super::accumulator::Accumulator;
use super::fault::{Fault, FaultKind};
use super::field_path::Written;
use super::loader::Loader;
use super::resource::{Behavior, Resource};
use crate::model::kustomization;
use crate::text::Span;
use crate::value::{Data, Entry, Map, Origin, Reason, Step, Str, Unknown, Value};

/// What is generated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// A ConfigMap: text in `data`, other bytes in `binaryData`.
    ConfigMap,
    /// A Secret: everything in `data`, in base64.
    Secret,
}

impl Kind {
    /// The kind that a plugin configuration asks for.
    pub(super) fn of_plugin(kind: &str) -> Option<Self> {
        match kind {
            "ConfigMapGenerator" => Some(Self::ConfigMap),
            "SecretGenerator" => Some(Self::Secret),
            _ => None,
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::ConfigMap => "ConfigMap",
            Self::Secret => "Secret",
        }
    }

    fn generator(self) -> &'static str {
        match self {
            Self::ConfigMap => "ConfigMapGenerator",
            Self::Secret => "SecretGenerator",
        }
    }
}

/// Run the generators that stand in a kustomization, ConfigMaps first, and add what they make. The
/// kustomization is one with canonical names of fields.
pub(super) fn run(out: &mut Accumulator, loader: &Loader<'_>, kustomization: &Value, metadata: &Metadata) {
    let global = kustomization.get("generatorOptions");
    for (field, kind) in [("configMapGenerator", Kind::ConfigMap), ("secretGenerator", Kind::Secret)] {
        for entry in kustomization::list(kustomization, field) {
            let annotation = metadata.built_in(kind.generator(), entry.span());
            generate(out, loader, &Arguments::new(kind, entry, global), annotation.as_ref());
        }
    }
    for chart in kustomization::list(kustomization, "helmCharts") {
        let name = chart.str_at(&["name"]).unwrap_or_default();
        out.opaque.push(Unknown::new(Reason::HelmChart, format!("`{name}`"), Some(chart.span())));
    }
}

/// Run a generator that stands in an object of its own (`apiVersion: builtin`), with canonical
/// names of fields, and add what it makes. `generatorOptions` do not count for it.
pub(super) fn from_config(
    out: &mut Accumulator,
    loader: &Loader<'_>,
    kind: Kind,
    config: &Value,
    annotation: Option<&Annotation>,
) {
    let mut arguments = Arguments::new(kind, config, None);
    let metadata = |name| config.get("metadata").and_then(|metadata| text(metadata, name));
    arguments.name = arguments.name.or_else(|| metadata("name"));
    arguments.namespace = arguments.namespace.or_else(|| metadata("namespace"));
    generate(out, loader, &arguments, annotation);
}

fn generate(out: &mut Accumulator, loader: &Loader<'_>, arguments: &Arguments<'_>, annotation: Option<&Annotation>) {
    let Some(mut made) = make(out, loader, arguments) else { return };
    if let Some(annotation) = annotation {
        annotation.annotate(&mut made);
    }
    absorb(out, made, arguments.entry, Written::new(&loader.repository.sources));
}

/// A text field that says something, or of which it is not known what it says.
fn text<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    value.get(name).filter(|value| value.unknown().is_some() || value.as_str().is_some_and(|text| !text.is_empty()))
}

/// What one generator is asked for.
struct Arguments<'a> {
    kind: Kind,
    /// The whole entry.
    entry: &'a Value,
    name: Option<&'a Value>,
    namespace: Option<&'a Value>,
    labels: Vec<&'a Entry>,
    annotations: Vec<&'a Entry>,
    immutable: Option<&'a Value>,
    needs_hash: bool,
    behavior: Behavior,
}

impl<'a> Arguments<'a> {
    fn new(kind: Kind, entry: &'a Value, global: Option<&'a Value>) -> Self {
        let local = entry.get("options");
        // What is true for all cannot be false for one (`MergeGlobalOptionsIntoLocal`).
        let flag = |name: &str| {
            let options = [local, global].into_iter().flatten();
            options.filter_map(|options| options.get(name)).find(|value| value.as_bool() == Some(true))
        };
        let pairs = |name: &str| {
            let mut pairs: Vec<&Entry> = Vec::new();
            for options in [local, global].into_iter().flatten() {
                for entry in options.get(name).into_iter().flat_map(Value::entries) {
                    if !pairs.iter().any(|pair| pair.key == entry.key) {
                        pairs.push(entry);
                    }
                }
            }
            pairs
        };
        let behavior = match text(entry, "behavior").and_then(Value::as_str) {
            Some("replace") => Behavior::Replace,
            Some("merge") => Behavior::Merge,
            _ => Behavior::Create,
        };
        Self {
            kind,
            entry,
            name: text(entry, "name"),
            namespace: text(entry, "namespace"),
            labels: pairs("labels"),
            annotations: pairs("annotations"),
            immutable: flag("immutable"),
            needs_hash: flag("disableNameSuffixHash").is_none(),
            behavior,
        }
    }
}

/// Builds the nodes of a generated object.
struct Maker {
    at: Span,
    /// The origin of what the generator makes out of nothing.
    own: Origin,
}

impl Maker {
    fn new(entry: &Value) -> Self {
        let at = entry.span();
        Self { at, own: Origin::derived(Step::Generator, at, Vec::new()) }
    }

    /// The origin of what is made from something written.
    fn from(&self, origin: &Origin) -> Origin {
        Origin::derived(Step::Generator, self.at, vec![origin.clone()])
    }

    fn text(&self, map: &mut Map, key: &'static str, value: Option<&Value>, default: &'static str) {
        let value = match value {
            Some(value) => Value::new(value.data.clone(), self.from(&value.origin)),
            None => Value::string(default, self.own.clone()),
        };
        map.insert(key, self.own.clone(), value);
    }

    /// Pairs of an option as text; none makes no field.
    fn pairs(&self, map: &mut Map, key: &'static str, pairs: &[&Entry]) {
        if pairs.is_empty() {
            return;
        }
        let made = pairs.iter().map(|pair| {
            // The decoder reads null as the empty text.
            let data = if pair.value.is_null() { Data::String(Str::default()) } else { pair.value.data.clone() };
            let value = Value::new(data, self.from(&pair.value.origin));
            Entry { key: pair.key.clone(), key_origin: self.from(&pair.key_origin), value }
        });
        map.insert(key, self.own.clone(), Value::map(Map::from_unique(made.collect()), self.own.clone()));
    }
}

/// The resource that a generator makes, however much of it is faulty; `None` if it has no name.
fn make(out: &mut Accumulator, loader: &Loader<'_>, arguments: &Arguments<'_>) -> Option<Resource> {
    let maker = Maker::new(arguments.entry);
    let Some(name) = arguments.name else {
        let message = format!("a {} generator without `name`", arguments.kind.as_str());
        out.faults.push(Fault::new(FaultKind::Generator, maker.at, message));
        return None;
    };
    let data = key_value::load(out, loader, arguments, &maker);
    let mut metadata = Map::default();
    maker.text(&mut metadata, "name", Some(name), "");
    if arguments.namespace.is_some() {
        maker.text(&mut metadata, "namespace", arguments.namespace, "");
    }
    maker.pairs(&mut metadata, "labels", &arguments.labels);
    maker.pairs(&mut metadata, "annotations", &arguments.annotations);

    let mut root = Map::default();
    maker.text(&mut root, "apiVersion", None, "v1");
    maker.text(&mut root, "kind", None, arguments.kind.as_str());
    root.insert("metadata", maker.own.clone(), Value::map(metadata, maker.own.clone()));
    if arguments.kind == Kind::Secret {
        maker.text(&mut root, "type", text(arguments.entry, "type"), "Opaque");
    }
    let is_secret = arguments.kind == Kind::Secret;
    for (key, map) in [("data", data.text), ("binaryData", data.binary)] {
        // A Secret has `data` even if there is none.
        if !map.is_empty() || map.open.is_some() || is_secret && key == "data" {
            root.insert(key, maker.own.clone(), Value::map(map, maker.own.clone()));
        }
    }
    if let Some(immutable) = arguments.immutable {
        let value = Value::new(Data::Bool(true), maker.from(&immutable.origin));
        root.insert("immutable", maker.own.clone(), value);
    }
    let mut made = Resource::new(Value::new(Data::Map(Arc::new(root)), maker.own));
    made.needs_hash = arguments.needs_hash;
    made.behavior = arguments.behavior;
    Some(made)
}
