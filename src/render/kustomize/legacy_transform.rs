//! The namespace, prefix and suffix transformers, and references that follow a rename.

use std::collections::BTreeMap;

use super::legacy_name_reference;
use crate::model::Manifest;
use crate::model::kubernetes::{is_builtin_group, is_cluster_scoped};
use crate::value::{Data, Known, Map, Origin, Step, Str, Value};

/// Set the namespace of every object that is not known to be cluster-scoped.
///
/// kustomize does not know the scope of custom resources and sets theirs too; the API server
/// ignores it on cluster-scoped ones, and so does whoever reads the result.
pub(super) fn namespace(namespace: Option<&Value>, manifests: &mut [Manifest]) {
    let Some(namespace) = namespace.filter(|value| value.as_str().is_some_and(|text| !text.is_empty())) else { return };
    for manifest in manifests {
        let target: &[&str] = if manifest.is("", "Namespace") {
            &["metadata", "name"]
        } else if is_builtin_group(&manifest.group) && is_cluster_scoped(&manifest.group, &manifest.kind) == Some(true)
        {
            continue;
        } else {
            &["metadata", "namespace"]
        };
        let Some(metadata) = manifest.value.at_mut(&["metadata"]).and_then(Value::as_map_mut) else { continue };
        let old = metadata.get(target[1]).map(|value| value.origin.clone());
        let mut from = vec![namespace.origin.clone()];
        from.extend(old);
        let origin = Origin::derived(Step::Namespace, namespace.span(), from);
        let key_origin = metadata.entry(target[1]).map_or_else(|| origin.clone(), |entry| entry.key_origin.clone());
        metadata.insert(target[1], key_origin, Value { data: namespace.data.clone(), origin });
    }
}

/// Prefix and suffix the names of all objects but Namespaces, CRDs and APIServices, and let the
/// references follow that kustomize knows.
pub(super) fn names(prefix: Option<&Value>, suffix: Option<&Value>, manifests: &mut [Manifest]) {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    let (prefix_text, suffix_text) = (text(prefix), text(suffix));
    if prefix_text.is_empty() && suffix_text.is_empty() {
        return;
    }
    let mut renames: Renames = BTreeMap::new();
    for manifest in &mut *manifests {
        if matches!(manifest.kind.as_str(), "Namespace" | "CustomResourceDefinition" | "APIService") {
            continue;
        }
        let Known::Value(old) = manifest.name() else { continue };
        let namespace = manifest.namespace();
        let Some(name) = manifest.value.at_mut(&["metadata", "name"]) else { continue };
        let new = Str::from(format!("{prefix_text}{old}{suffix_text}"));
        for (value, step) in [(prefix, Step::NamePrefix), (suffix, Step::NameSuffix)] {
            let Some(value) = value.filter(|value| value.as_str().is_some_and(|text| !text.is_empty())) else {
                continue;
            };
            name.origin = Origin::derived(step, value.span(), vec![name.origin.clone(), value.origin.clone()]);
        }
        name.data = Data::String(new.clone());
        let at = prefix.or(suffix).map_or_else(|| name.span(), Value::span);
        let key = (manifest.group.clone(), manifest.kind.clone(), old);
        renames.entry(key).or_default().push(Rename { namespace, new, at });
    }
    legacy_name_reference::follow(&renames, manifests);
}

/// Old (group, kind, name) to the renamed objects.
pub(super) type Renames = BTreeMap<(Str, Str, Str), Vec<Rename>>;

/// One renamed object.
pub(super) struct Rename {
    /// Its namespace after the namespace transformer.
    pub(super) namespace: Known<Str>,
    /// Its new name.
    pub(super) new: Str,
    /// Where the rename was asked for.
    pub(super) at: crate::text::Span,
}

/// Call `f` on every scalar at a path of keys; lists on the way are taken item by item.
pub(super) fn each_at(value: &mut Value, path: &[&str], f: &mut dyn FnMut(&mut Value)) {
    if matches!(value.data, Data::List(_)) {
        if !leads_somewhere(value, path) {
            return;
        }
        for item in value.as_list_mut().into_iter().flatten() {
            each_at(item, path, f);
        }
        return;
    }
    let Some((first, rest)) = path.split_first() else { return f(value) };
    // Look before copying a shared map.
    if !leads_somewhere(value, path) {
        return;
    }
    if let Some(next) = value.as_map_mut().and_then(|map: &mut Map| map.get_mut(first)) {
        each_at(next, rest, f);
    }
}

fn leads_somewhere(value: &Value, path: &[&str]) -> bool {
    match (&value.data, path.split_first()) {
        (Data::List(items), _) => items.iter().any(|item| leads_somewhere(item, path)),
        (_, None) => true,
        (Data::Map(map), Some((first, rest))) => map.get(first).is_some_and(|next| leads_somewhere(next, rest)),
        _ => false,
    }
}
