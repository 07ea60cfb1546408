//! Text that must not be shown in any excerpt or difference, whether or not a finding is about it.

use rayon::prelude::*;

use crate::diagnostic::{Diagnostic, Role};
use crate::graph::Snapshot;
use crate::syntax::ParsedFile;
use crate::syntax::yaml::{NodeRef, Schema};
use crate::text::Span;
use crate::value::Value;

/// Deepest `List` in a `List` that is looked into.
const MAX_LISTS: u8 = 4;

/// The values of Secret manifests, deployed or not, and what redacted findings point at, those
/// included that are not reported.
pub(super) fn spans(head: &Snapshot, base: Option<&Snapshot>, found: &[Diagnostic]) -> Vec<Span> {
    let files = |snapshot: &Snapshot| snapshot.repository.files.values().cloned().collect::<Vec<_>>();
    let mut files: Vec<_> = std::iter::once(head).chain(base).flat_map(files).collect();
    files.dedup_by_key(|file| file.source.id);
    let mut spans: Vec<Span> = files.par_iter().flat_map_iter(|file| of_manifests(file)).collect();
    let redacted = found.iter().filter(|diagnostic| diagnostic.redact);
    let labels = redacted.flat_map(|diagnostic| &diagnostic.labels).filter(|label| label.role != Role::Hidden);
    spans.extend(labels.map(|label| label.span));
    spans.sort_by_key(|span| (span.file, span.start, span.end));
    spans.dedup();
    spans
}

/// The values of the Secrets that a file holds.
fn of_manifests(file: &ParsedFile) -> Vec<Span> {
    let mut spans = Vec::new();
    // Most files hold none, and their trees are not needed.
    if !file.source.text.contains("Secret") {
        return spans;
    }
    for document in file.yaml().map_or(&[][..], |stream| &stream.documents) {
        let kind = document.root().and_then(|root| root.get("kind")).and_then(NodeRef::text);
        if kind.is_none_or(|kind| kind == "Secret" || kind.ends_with("List")) {
            of_object(&document.value(Schema::Kubernetes), MAX_LISTS, &mut spans);
        }
    }
    spans
}

fn of_object(object: &Value, lists: u8, spans: &mut Vec<Span>) {
    let kind = object.str_at(&["kind"]).unwrap_or_default();
    if kind == "Secret" && object.str_at(&["apiVersion"]) == Some("v1") {
        for field in ["data", "stringData"] {
            match object.get(field) {
                Some(values) if values.as_map().is_some() => {
                    spans.extend(values.entries().map(|entry| entry.value.span()));
                }
                Some(value) => spans.push(value.span()),
                None => {}
            }
        }
    } else if kind.ends_with("List") && lists > 0 {
        for item in object.get("items").map_or(&[][..], Value::items) {
            of_object(item, lists - 1, spans);
        }
    }
}
