//! `buildMetadata`: annotations that say where a resource comes from and what was done to it, and
//! the label of the program (`api/resource/origin.go`, `api/krusty/kustomizer.go`).
//!
//! The annotations are in the objects throughout a build, so that patches and selectors see them.

use super::super::accumulator::Accumulator;
use super::super::fault::{Fault, FaultKind};
use super::super::field_path::{Written, made_style};
use super::super::loader::Loader;
use super::super::resource::{Resource, is_hidden, text_pairs};
use crate::syntax::yaml::{self, Schema};
use crate::text::Span;
use crate::value::{Data, Entry, Map, Origin, Spelling, Step, Str, Tag, Value};

const ORIGIN: &str = "config.kubernetes.io/origin";
const TRANSFORMATIONS: &str = "alpha.config.kubernetes.io/transformations";
const MANAGED_BY: &str = "app.kubernetes.io/managed-by";

/// What the pinned release calls itself.
const PROGRAM: &str = "kustomize-v5.8.1";

/// Annotations of the real program's own that never leave a build.
const INTERNAL: [&str; 18] = [
    "config.k8s.io/id",
    "config.kubernetes.io/index",
    "config.kubernetes.io/path",
    "internal.config.kubernetes.io/allowKindChange",
    "internal.config.kubernetes.io/allowNameChange",
    "internal.config.kubernetes.io/annotations-migration-resource-id",
    "internal.config.kubernetes.io/generatorBehavior",
    "internal.config.kubernetes.io/helm-generated",
    "internal.config.kubernetes.io/id",
    "internal.config.kubernetes.io/index",
    "internal.config.kubernetes.io/needsHashSuffix",
    "internal.config.kubernetes.io/path",
    "internal.config.kubernetes.io/prefixes",
    "internal.config.kubernetes.io/previousKinds",
    "internal.config.kubernetes.io/previousNames",
    "internal.config.kubernetes.io/previousNamespaces",
    "internal.config.kubernetes.io/refBy",
    "internal.config.kubernetes.io/seqindent",
];
/// One more, of suffixes.
const SUFFIXES: &str = "internal.config.kubernetes.io/suffixes";

/// `buildMetadata` of the directory that is built, which counts for all that it includes, and where
/// the build is.
#[derive(Clone)]
pub(in super::super) struct Metadata<'a> {
    /// The options, if there is any: resources are annotated then, whatever is asked for.
    options: Option<Value>,
    /// Kustomizations being run, the root first: cleaned paths of their directories, counted from
    /// the root's, and names of their files.
    stack: Vec<(String, String)>,
    written: Written<'a>,
}

/// The text of an annotation: where a resource or a change comes from.
#[derive(Clone)]
pub(in super::super) struct Annotation<'a> {
    text: String,
    at: Span,
    by: Span,
    written: Written<'a>,
}

impl<'a> Metadata<'a> {
    /// Before a root is read.
    pub(in super::super) fn new(written: Written<'a>) -> Self {
        Self { options: None, stack: Vec::new(), written }
    }

    /// What the kustomization of a root asks for.
    pub(in super::super) fn of(kustomization: &Value, file_name: &str, written: Written<'a>) -> Self {
        let options = kustomization.get("buildMetadata").filter(|options| !options.items().is_empty());
        Self { options: options.cloned(), stack: vec![(String::new(), file_name.to_owned())], written }
    }

    /// Whether nothing is asked for, so that a build does not depend on its root.
    pub(in super::super) fn is_empty(&self) -> bool {
        self.options.is_none()
    }

    /// Go to the kustomization that an entry includes.
    pub(in super::super) fn enter(&mut self, entry: &Value, file_name: &str) {
        let directory = clean(self.directory(), entry.as_str().unwrap_or_default());
        self.stack.push((directory, file_name.to_owned()));
    }

    /// Go back.
    pub(in super::super) fn leave(&mut self) {
        self.stack.pop();
    }

    /// The annotation of resources from a file that an entry names; `None` if none is asked for.
    pub(in super::super) fn file(&self, entry: &Value) -> Option<Annotation<'a>> {
        self.annotation(path(&clean(self.directory(), entry.as_str().unwrap_or_default())), entry.span())
    }

    /// The annotation of plugin configurations that stand in the kustomization itself.
    pub(in super::super) fn inline(&self, entry: &Value) -> Option<Annotation<'a>> {
        self.annotation(path(&self.kustomization()), entry.span())
    }

    /// The annotation of what a built-in generator or transformer of the kustomization makes or
    /// changes; `kind` is its kind as a plugin, such as `PrefixTransformer`, and `by` where it is
    /// asked for.
    pub(in super::super) fn built_in(&self, kind: &str, by: Span) -> Option<Annotation<'a>> {
        self.annotation(configured(&self.kustomization(), "builtin", kind, "", ""), by)
    }

    fn annotation(&self, text: String, by: Span) -> Option<Annotation<'a>> {
        let at = self.options.as_ref()?.span();
        Some(Annotation { text, at, by, written: self.written })
    }

    fn directory(&self) -> &str {
        self.stack.last().map_or("", |(directory, _)| directory)
    }

    fn kustomization(&self) -> String {
        self.stack.last().map(|(directory, file)| clean(directory, file)).unwrap_or_default()
    }

    /// Finish the resources of the root: add the label of the program, take away annotations that
    /// were not asked for. What else is annotated becomes text, as it does in the real program.
    pub(in super::super) fn finish(&self, out: &mut Accumulator) {
        let written = self.written;
        let options = self.options.as_ref().map(Value::items).unwrap_or_default();
        let asked = |name: &str| options.iter().find(|option| option.as_str() == Some(name));
        let label = asked("managedByLabel");
        let drop_origin = asked("originAnnotations").is_none();
        let drop_transformations = asked("transformerAnnotations").is_none();
        let dropped = |key: &str| {
            INTERNAL.contains(&key)
                || key == SUFFIXES
                || key == ORIGIN && drop_origin
                || key == TRANSFORMATIONS && drop_transformations
        };
        for resource in &mut out.resources {
            if let Some(label) = label {
                let origin = Origin::derived(Step::Label, label.span(), vec![label.origin.clone()]);
                set_pair(&mut resource.value, "labels", MANAGED_BY, Value::string(PROGRAM, origin));
            }
            let Some(annotations) = resource.value.at(&["metadata", "annotations"]) else { continue };
            // All annotations are written anew, and keys without quotes.
            out.faults.extend(annotations.entries().filter(|entry| is_special(&entry.key)).map(|entry| {
                let message = format!("the annotation `{}` is no text in YAML", entry.key);
                Fault::new(FaultKind::InvalidResource, entry.key_origin.span(), message)
            }));
            let (is_map, is_unknown) = (annotations.as_map().is_some(), annotations.unknown().is_some());
            let is_text = |value: &Value| value.as_str().is_some() || value.unknown().is_some() && is_hidden(value);
            let is_other_text = |value: &Value| value.as_str().is_some_and(|text| written.text(value) != text);
            let stays = |entry: &Entry| !dropped(&entry.key) && is_text(&entry.value) && !is_other_text(&entry.value);
            let is_open = annotations.as_map().is_some_and(|map| map.open.is_some());
            let is_empty = is_map && !is_open && annotations.entries().all(|entry| dropped(&entry.key));
            if is_unknown || is_map && !is_empty && annotations.entries().all(stays) {
                continue;
            }
            let Some(metadata) = resource.value.at_mut(&["metadata"]).and_then(Value::as_map_mut) else { continue };
            if is_empty || !is_map {
                metadata.remove("annotations");
                continue;
            }
            let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_map_mut) else { continue };
            let kept = annotations.iter().filter(|entry| !dropped(&entry.key));
            let kept = kept.map(|entry| Entry { value: as_text(&entry.value, written), ..entry.clone() }).collect();
            let open = annotations.open.take();
            *annotations = Map::from_unique(kept);
            annotations.open = open;
        }
    }
}

impl<'a> Annotation<'a> {
    /// The annotation of what a plugin makes or changes, from that of its configuration; none if
    /// the configuration has none.
    pub(in super::super) fn of_plugin(loader: &Loader<'a>, config: &Value) -> Option<Self> {
        let origin = config.at(&["metadata", "annotations", ORIGIN])?;
        let documents = loader.inline(origin)?;
        let path = documents.first().and_then(|document| document.str_at(&["path"])).unwrap_or_default();
        let text = |path: &[&str]| config.str_at(path).unwrap_or_default();
        let (name, namespace) = (text(&["metadata", "name"]), text(&["metadata", "namespace"]));
        let text = configured(path, text(&["apiVersion"]), text(&["kind"]), name, namespace);
        let written = Written::new(&loader.repository.sources);
        Some(Self { text, at: origin.span(), by: config.span(), written })
    }

    /// Put it on a resource from a file, whatever it says of itself (`AnnotateAll`).
    pub(in super::super) fn set(&self, resource: &mut Resource) {
        annotate(&mut resource.value, ORIGIN, self.value(self.text.clone()));
    }

    /// Put it on a generated resource that does not say where it comes from
    /// (`AddOriginAnnotation`).
    pub(in super::super) fn annotate(&self, resource: &mut Resource) {
        if annotation(&resource.value, ORIGIN).is_none() {
            self.put(resource, ORIGIN, self.text.clone());
        }
    }

    /// Say on every resource that a transformer ran, whether or not it changed anything
    /// (`AddTransformerAnnotation`).
    pub(in super::super) fn add_transformation(&self, out: &mut Accumulator) {
        for resource in &mut out.resources {
            if annotation(&resource.value, ORIGIN).is_none() {
                self.put(resource, ORIGIN, self.text.clone());
                continue;
            }
            let before = annotation(&resource.value, TRANSFORMATIONS).and_then(Value::as_str).unwrap_or_default();
            let mut text = before.to_owned();
            for (at, line) in self.text.lines().enumerate() {
                text.push_str(if at == 0 { "- " } else { "  " });
                text.push_str(line);
                text.push('\n');
            }
            self.put(resource, TRANSFORMATIONS, text);
        }
    }

    /// Set an annotation by setting all of them anew (`SetAnnotations`).
    fn put(&self, resource: &mut Resource, key: &'static str, text: String) {
        text_pairs(&mut resource.value, "annotations", self.written, self.by);
        annotate(&mut resource.value, key, self.value(text));
    }

    fn value(&self, text: String) -> Value {
        Value::string(text, Origin::derived(Step::Annotation, self.by, vec![self.at.into()]))
    }
}

/// Let a merged resource keep the origin of the one that it merged with.
pub(super) fn keep_origin(made: &mut Value, old: &Value) {
    if let Some(origin) = annotation(old, ORIGIN) {
        let origin = origin.clone();
        annotate(made, ORIGIN, origin);
    }
}

/// A value as the text that a map of texts holds of it: as it was written, collections as nothing.
pub(super) fn as_text(value: &Value, written: Written<'_>) -> Value {
    let text = match &value.data {
        Data::Unknown(_) if is_hidden(value) => return value.clone(),
        Data::List(_) | Data::Map(_) => Str::default(),
        _ => Str::new(written.text(value)),
    };
    let style = made_style(&text);
    if value.as_str() == Some(text.as_str()) && written.style(value) == style {
        return value.clone();
    }
    let spelling = Spelling { style, tag: Some(Tag::Text), text: text.clone() };
    Value::new(Data::String(text), value.origin.clone().spelled(value.span(), spelling))
}

fn annotation<'v>(object: &'v Value, key: &str) -> Option<&'v Value> {
    object.at(&["metadata", "annotations", key])
}

fn annotate(object: &mut Value, key: &'static str, value: Value) {
    set_pair(object, "annotations", key, value);
}

/// Set a label or an annotation.
fn set_pair(object: &mut Value, field: &'static str, key: &'static str, value: Value) {
    let Some(metadata) = object.at_mut(&["metadata"]).and_then(Value::as_map_mut) else { return };
    let origin = value.origin.clone();
    if metadata.get(field).is_some_and(|value| value.unknown().is_some()) {
        return;
    }
    match metadata.get_mut(field).and_then(Value::as_map_mut) {
        Some(map) => map.insert(key, origin, value),
        None => {
            let entry = Entry { key: key.into(), key_origin: origin.clone(), value };
            metadata.insert(field, origin.clone(), Value::map(Map::from_unique(vec![entry]), origin));
        }
    }
}

/// The text of an origin that names a file.
fn path(path: &str) -> String {
    format!("path: {}\n", scalar(path))
}

/// The text of an origin that names a configuration.
fn configured(path: &str, version: &str, kind: &str, name: &str, namespace: &str) -> String {
    let mut text = String::new();
    if !path.is_empty() {
        text.push_str(&format!("configuredIn: {}\n", scalar(path)));
    }
    text.push_str("configuredBy:\n");
    for (key, value) in [("apiVersion", version), ("kind", kind), ("name", name), ("namespace", namespace)] {
        if !value.is_empty() {
            text.push_str(&format!("  {key}: {}\n", scalar(value)));
        }
    }
    text
}

/// A path joined to a directory and cleaned (`filepath.Join`).
fn clean(directory: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in directory.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    match (parts.is_empty(), directory.is_empty() && path.is_empty()) {
        (true, true) => String::new(),
        (true, false) => ".".to_owned(),
        _ => parts.join("/"),
    }
}

/// A text as a YAML scalar. Paths and names hold little that needs quotes.
fn scalar(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+=@~".contains(c);
    if is_special(text) || yaml::is_special_scalar(text, Schema::Kubernetes) {
        format!("\"{text}\"")
    } else if text.chars().all(is_plain) && !text.starts_with(['@', '=', '~']) && text != "-" {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "''"))
    }
}

/// Whether a text without quotes is something else to kustomize.
fn is_special(text: &str) -> bool {
    yaml::is_special_scalar(text, Schema::Kustomize)
}
