//! Reads the texts of patches: which kind they are is seen by reading them.

use std::sync::Arc;

use super::json;
use crate::render::kustomize::accumulator::Accumulator;
use crate::render::kustomize::fault::{Fault, FaultKind};
use crate::render::kustomize::loader::Loader;
use crate::render::kustomize::target;
use crate::syntax::yaml::Schema;
use crate::value::Value;

/// A patch that was read.
pub(super) enum Patch {
    /// An empty text, which does nothing.
    Nothing,
    /// Objects to merge.
    Strategic(Vec<Value>),
    /// Operations.
    Json(Vec<Value>),
}

/// A text of patches as both readers see it: strategic merge patches are objects, a JSON patch is
/// the first document.
struct Text {
    documents: Arc<Vec<Value>>,
    first: Option<Value>,
    /// Whether it can be a JSON patch: a text that begins with a bracket must be JSON.
    is_json: bool,
}

/// The text of an entry of `patches`: `patch` or the file at `path`. `None` after a fault, or if it
/// is not known.
pub(super) fn patch(out: &mut Accumulator, loader: &Loader<'_>, entry: &Value) -> Option<Patch> {
    let is_said = |value: &Value| value.as_str().is_none_or(|text| !text.trim().is_empty());
    let (source, text) = text_of(out, loader, entry, is_said, &|text, schema| loader.inline_trimmed(text, schema))?;
    let mut faults = Vec::new();
    let strategic: Vec<Value> =
        target::resources(&text.documents, source, &mut faults).into_iter().map(|resource| resource.value).collect();
    if faults.is_empty() {
        return Some(if strategic.is_empty() { Patch::Nothing } else { Patch::Strategic(strategic) });
    }
    match text.first.filter(|first| text.is_json && json::is_patch(first)) {
        Some(first) => Some(Patch::Json(first.items().to_vec())),
        None => {
            let why = "neither an object to merge nor a list of JSON patch operations";
            let mut fault = Fault::new(FaultKind::Patch, source.span(), why);
            fault.related = faults.into_iter().flat_map(|fault| fault.related).collect();
            out.faults.push(fault);
            None
        }
    }
}

/// The patches of an entry of `patchesStrategicMerge`: objects in a text, else a file.
pub(super) fn strategic(out: &mut Accumulator, loader: &Loader<'_>, entry: &Value) -> Vec<Value> {
    let objects = |documents: &[Value], faults: &mut Vec<Fault>| -> Vec<Value> {
        target::resources(documents, entry, faults).into_iter().map(|resource| resource.value).collect()
    };
    if let Some(documents) = loader.inline(entry) {
        let mut faults = Vec::new();
        let found = objects(&documents, &mut faults);
        if faults.is_empty() {
            return found;
        }
    }
    if entry.as_str().is_some_and(|text| text.contains('\n')) {
        out.faults.push(Fault::new(FaultKind::Patch, entry.span(), "neither an object to merge nor a path"));
        return Vec::new();
    }
    let Some(documents) = loader.yaml(entry, FaultKind::Patch, out) else { return Vec::new() };
    let mut faults = Vec::new();
    let found = objects(&documents, &mut faults);
    out.faults.extend(faults.into_iter().map(|fault| Fault { kind: FaultKind::Patch, ..fault }));
    found
}

/// The operations of an entry of `patchesJson6902`. `None` after a fault, or if they are not known.
pub(super) fn operations(out: &mut Accumulator, loader: &Loader<'_>, entry: &Value) -> Option<Vec<Value>> {
    let is_said = |value: &Value| value.as_str() != Some("");
    let (source, text) = text_of(out, loader, entry, is_said, &|text, schema| loader.inline_as(text, schema))?;
    let first = text.first.filter(|first| text.is_json && json::is_patch(first));
    match first.filter(|first| !first.items().is_empty()) {
        Some(first) => Some(first.items().to_vec()),
        None => {
            out.faults.push(Fault::new(FaultKind::Patch, source.span(), "not a list of JSON patch operations"));
            None
        }
    }
}

/// The text of an entry that has either `patch` or `path`, and which of them it is. `None` after a
/// fault, or if it is not known.
fn text_of<'v>(
    out: &mut Accumulator,
    loader: &Loader<'_>,
    entry: &'v Value,
    is_said: impl Fn(&Value) -> bool,
    documents: Documents<'_>,
) -> Option<(&'v Value, Text)> {
    let field = |name| entry.get(name).filter(|value| is_said(value));
    match (field("patch"), field("path")) {
        (None, None) => {
            out.faults.push(Fault::new(FaultKind::Patch, entry.span(), "neither `path` nor `patch`"));
            None
        }
        (Some(patch), Some(path)) => {
            let fault = Fault::new(FaultKind::Patch, patch.span(), "both `path` and `patch`");
            out.faults.push(fault.related(path.span(), "the other one"));
            None
        }
        (Some(patch), None) => Some((patch, inline(out, patch, documents)?)),
        (None, Some(path)) => Some((path, file(out, loader, path)?)),
    }
}

/// Reads a text in a kustomization.
type Documents<'f> = &'f dyn Fn(&Value, Schema) -> Option<Vec<Value>>;

fn inline(out: &mut Accumulator, patch: &Value, documents: Documents<'_>) -> Option<Text> {
    if let Some(why) = patch.unknown() {
        out.set_unknown(why.clone());
        return None;
    }
    let text = patch.as_str().unwrap_or_default();
    let first = documents(patch, Schema::JsonPatch).and_then(|documents| documents.into_iter().next());
    let Some(documents) = documents(patch, Schema::Kustomize) else {
        out.faults.push(Fault::new(FaultKind::Patch, patch.span(), "not YAML"));
        return None;
    };
    Some(Text { documents: Arc::new(documents), first, is_json: may_be_json(text.trim()) })
}

fn file(out: &mut Accumulator, loader: &Loader<'_>, path: &Value) -> Option<Text> {
    let file = loader.file(path, out)?;
    let documents = loader.documents_of(file, path, FaultKind::Patch, out)?;
    let first = loader.first_document(file, Schema::JsonPatch);
    Some(Text { documents, first, is_json: may_be_json(&file.source.text) })
}

/// A text that begins with a bracket is read as JSON, not as YAML.
fn may_be_json(text: &str) -> bool {
    !text.starts_with('[') || serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}
