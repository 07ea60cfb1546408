//! The missing piece for a missing Secret: an ExternalSecret like those beside it.
//!
//! Everything is taken from what the namespace shows: the store, the API version and the refresh
//! interval from its other ExternalSecrets, the keys from who reads the Secret, the remote key
//! from their pattern. It is never safe: whether the remote secret exists is not known.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::diagnostic::{Applicability, Edit, Fix};
use crate::graph::{Node, Object, Reference, ReferenceKind, Snapshot};
use crate::model::external_secrets::GROUP;
use crate::model::kustomization;
use crate::syntax::yaml::Schema;
use crate::text::{RepoPath, Span};
use crate::value::{Known, Str, Value};

/// A fix that makes the Secret which `reference` wants, if the namespace has ExternalSecrets to
/// learn from.
pub(super) fn fix(snapshot: &Snapshot, reference: &Reference) -> Option<Fix> {
    let (Known::Value(name), Known::Value(namespace)) = (&reference.want.name, &reference.want.namespace) else {
        return None;
    };
    let workload = match &reference.from {
        Node::Object(id) => snapshot.object(*id),
        _ => return None,
    };
    // A renamed Secret would need the name before the rename.
    let plain_name =
        snapshot.repository.sources.slice(reference.origin.span()).trim_matches(['"', '\'']) == name.as_str();
    if !plain_name {
        return None;
    }
    let model = model(snapshot, reference, namespace)?;
    let store = model.value.at(&["spec", "secretStoreRef"])?;
    let remote = remote_key(model, name, namespace);
    let text = manifest(snapshot, reference, workload, model, store, &remote)?;

    let directory = snapshot.repository.path_of(reference.origin.span().file).parent()?;
    let path = directory.join(&format!("{name}-external-secret.yaml"))?;
    let mut edits = vec![Edit::Create { path: path.clone(), text }];
    edits.extend(entry(snapshot, &directory, path.file_name())?);
    let title = format!("create ExternalSecret `{name}` in `{path}`");
    Some(Fix { title, applicability: Applicability::Unsafe, edits })
}

/// The ExternalSecret of the same namespace (and unit, if there is one) to learn from.
fn model<'a>(snapshot: &'a Snapshot, reference: &Reference, namespace: &str) -> Option<&'a Object> {
    let candidates = snapshot.objects.iter().filter(|object| {
        object.is(GROUP, "ExternalSecret")
            && object.rendered
            && object.namespace.value().is_some_and(|other| other == namespace)
            && object.value.at(&["spec", "secretStoreRef"]).is_some()
    });
    candidates.min_by_key(|object| (Some(object.unit) != reference.unit, object.value.span()))
}

/// The model's remote key with its own name replaced by ours; else `<namespace>/<name>`.
fn remote_key(model: &Object, name: &str, namespace: &str) -> String {
    let entries = ["data", "dataFrom"].iter().filter_map(|field| model.value.at(&["spec", field]));
    let mut keys = entries
        .flat_map(Value::items)
        .filter_map(|entry| entry.str_at(&["remoteRef", "key"]).or_else(|| entry.str_at(&["extract", "key"])));
    let target = crate::graph::keys::external_secret_target("ExternalSecret", &model.value).and_then(Value::as_str);
    let from_model = keys.next().zip(target).filter(|(key, target)| key.contains(target));
    from_model.map_or_else(|| format!("{namespace}/{name}"), |(key, target)| key.replace(target, name))
}

fn manifest(
    snapshot: &Snapshot,
    reference: &Reference,
    workload: &Object,
    model: &Object,
    store: &Value,
    remote: &str,
) -> Option<String> {
    let name = reference.want.name.value()?;
    let mut text = format!("apiVersion: {GROUP}/{}\nkind: ExternalSecret\nmetadata:\n  name: {name}\n", model.version);
    // A namespace that the text does not state comes from the unit, for the new object as well.
    if let Some(namespace) = workload.value.str_at(&["metadata", "namespace"])
        && is_written(snapshot, workload.value.at(&["metadata", "namespace"])?, namespace)
    {
        let _ = writeln!(text, "  namespace: {namespace}");
    }
    text.push_str("spec:\n");
    if let Some(interval) = model.value.str_at(&["spec", "refreshInterval"]) {
        let _ = writeln!(text, "  refreshInterval: {interval}");
    }
    text.push_str("  secretStoreRef:\n");
    for field in ["name", "kind"] {
        if let Some(value) = store.str_at(&[field]) {
            let _ = writeln!(text, "    {field}: {value}");
        }
    }
    let _ = writeln!(text, "  target:\n    name: {name}");
    match keys(snapshot, reference) {
        Some(keys) => {
            text.push_str("  data:\n");
            for key in keys {
                let _ = write!(
                    text,
                    "    - secretKey: {key}\n      remoteRef:\n        key: {remote}\n        property: {key}\n"
                );
            }
        }
        None => {
            let _ = write!(text, "  dataFrom:\n    - extract:\n        key: {remote}\n");
        }
    }
    Some(text)
}

/// The keys that are read of the Secret; `None` if somebody takes all of it.
fn keys(snapshot: &Snapshot, wanted: &Reference) -> Option<BTreeSet<Str>> {
    let same = |reference: &&Reference| {
        matches!(reference.kind, ReferenceKind::SecretEnv | ReferenceKind::SecretEnvFrom | ReferenceKind::SecretVolume)
            && reference.want.name == wanted.want.name
            && reference.want.namespace == wanted.want.namespace
    };
    let readers = snapshot.references.iter().filter(same);
    readers.map(|reference| reference.want.key.clone()).collect::<Option<BTreeSet<_>>>().filter(|keys| {
        let plain = |key: &Str| key.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
        !keys.is_empty() && keys.iter().all(plain)
    })
}

fn is_written(snapshot: &Snapshot, value: &Value, text: &str) -> bool {
    matches!(value.origin, crate::value::Origin::Source(span) if snapshot.repository.sources.slice(span).trim_matches(['"', '\'']) == text)
}

/// The edit that adds a file to the kustomization of its directory. `Some(None)` if the directory
/// has none; `None` if it has one that cannot be edited.
fn entry(snapshot: &Snapshot, directory: &RepoPath, file: &str) -> Option<Option<Edit>> {
    let kustomization =
        kustomization::FILE_NAMES.iter().find_map(|name| snapshot.repository.file(&directory.join(name)?));
    let Some(kustomization) = kustomization else { return Some(None) };
    let value = kustomization.yaml()?.documents.first()?.value(Schema::Kustomize);
    let last = kustomization::list(&value, "resources").last()?.span();
    let text = &kustomization.source.text;
    let lines = kustomization.source.lines();
    let line = lines.line_range(lines.line(last.start as usize), text);
    let before = text.get(line.start..last.start as usize)?;
    // Block style only: `  - entry`.
    if before.trim() != "-" {
        return None;
    }
    let line_text = text.get(line.clone())?;
    let ending = if line_text.ends_with("\r\n") { "\r\n" } else { "\n" };
    let end = line.start + line_text.trim_end_matches(['\r', '\n']).len();
    let span = Span::new(kustomization.source.id, end, end);
    Some(Some(Edit::Replace { span, text: format!("{ending}{before}{file}") }))
}
