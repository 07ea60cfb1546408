//! What Argo CD does to a kustomization before it builds it: `kustomize edit` with the options of
//! an Application (`spec.source.kustomize`; Argo CD `util/kustomize/kustomize.go`).

use crate::value::{Data, Map, Origin, Str, Value};

/// Apply an Application's options to the kustomization that it builds, whose fields have their
/// canonical names.
///
/// `namePrefix`, `nameSuffix` and `namespace` take the place of the kustomization's own; images,
/// replicas, labels and annotations take the place of its entries of the same name; components and
/// patches are added.
pub fn apply_options(options: &Value, kustomization: &mut Value) {
    let Some(root) = kustomization.as_map_mut() else { return };
    for field in ["namePrefix", "nameSuffix", "namespace"] {
        if let Some(entry) = options.as_map().and_then(|map| map.entry(field)).filter(|entry| !is_blank(&entry.value)) {
            root.insert(field, entry.key_origin.clone(), entry.value.clone());
        }
    }
    // `kustomize edit` writes the file anew, with these under their newer names.
    fold(root, "patchesJson6902", "patches", |patch| patch);
    fold(root, "patchesStrategicMerge", "patches", strategic);
    for image in options.get("images").map(Value::items).unwrap_or_default() {
        if let Some(image) = self::image(image) {
            replace_named(root, "images", image);
        }
    }
    for replica in options.get("replicas").map(Value::items).unwrap_or_default() {
        replace_named(root, "replicas", replica.clone());
    }
    let without_selector = options.get("labelWithoutSelector").and_then(Value::as_bool).unwrap_or(false);
    if let Some(labels) = options.get("commonLabels").filter(|labels| labels.as_map().is_some_and(|m| !m.is_empty())) {
        if without_selector {
            let mut entry = Map::default();
            entry.insert("pairs", labels.origin.clone(), labels.clone());
            if let Some(templates) = options.get("labelIncludeTemplates") {
                entry.insert("includeTemplates", labels.origin.clone(), templates.clone());
            }
            push(root, "labels", Value::map(entry, labels.origin.clone()));
        } else {
            add_pairs(root, "commonLabels", labels);
        }
    }
    if let Some(annotations) = options.get("commonAnnotations") {
        add_pairs(root, "commonAnnotations", annotations);
    }
    for field in ["components", "patches"] {
        for entry in options.get(field).map(Value::items).unwrap_or_default() {
            push(root, field, entry.clone());
        }
    }
}

fn is_blank(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(str::is_empty)
}

/// Move the entries of one list behind those of another.
fn fold(root: &mut Map, from: &str, to: &'static str, entry: impl Fn(Value) -> Value) {
    let Some(moved) = root.remove(from) else { return };
    for item in moved.value.items() {
        push(root, to, entry(item.clone()));
    }
}

/// An entry of `patchesStrategicMerge` as one of `patches`.
fn strategic(patch: Value) -> Value {
    let origin = patch.origin.clone();
    let is_text = patch.as_str().is_some_and(|text| text.contains('\n') || text.contains(": "));
    let mut entry = Map::default();
    entry.insert(if is_text { "patch" } else { "path" }, origin.clone(), patch);
    Value::map(entry, origin)
}

fn push(root: &mut Map, field: &'static str, item: Value) {
    match root.get_mut(field) {
        Some(list) if matches!(list.data, Data::List(_)) => {
            if let Some(items) = list.as_list_mut() {
                items.push(item);
            }
        }
        _ => {
            let origin = item.origin.clone();
            root.insert(field, origin.clone(), Value::list(vec![item], origin));
        }
    }
}

/// Put an entry with a `name` in the place of the one with the same name, or at the end.
fn replace_named(root: &mut Map, field: &'static str, item: Value) {
    let existing = root.get_mut(field).and_then(Value::as_list_mut);
    let same =
        existing.and_then(|items| items.iter_mut().find(|old| old.get("name").map(text) == item.get("name").map(text)));
    match same {
        Some(old) => *old = item,
        None => push(root, field, item),
    }
}

fn text(value: &Value) -> Option<&str> {
    value.as_str()
}

fn add_pairs(root: &mut Map, field: &'static str, pairs: &Value) {
    if root.get(field).is_none_or(|value| value.as_map().is_none()) {
        root.insert(field, pairs.origin.clone(), Value::map(Map::default(), pairs.origin.clone()));
    }
    let Some(map) = root.get_mut(field).and_then(Value::as_map_mut) else { return };
    for entry in pairs.entries() {
        map.insert(entry.key.clone(), entry.key_origin.clone(), entry.value.clone());
    }
}

/// `[name=]newName[:newTag][@digest]` as an entry of `images`; `None` if it changes nothing, which
/// `kustomize edit` refuses, or is not known.
fn image(option: &Value) -> Option<Value> {
    let written = option.as_str()?;
    let (key, image) = written.split_once('=').map_or((None, written), |(key, image)| (Some(key), image));
    let (rest, digest) = image.split_once('@').map_or((image, None), |(rest, digest)| (rest, Some(digest)));
    // A colon before a slash belongs to the registry's port.
    let (name, tag) = match rest.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
        _ => (rest, None),
    };
    if name == written {
        return None;
    }
    let mut entry = Map::default();
    let mut set = |field: &'static str, text: &str| {
        entry.insert(field, option.origin.clone(), Value::string(Str::from(text), option.origin.clone()));
    };
    set("name", key.unwrap_or(name));
    let fields = [("newName", key.map(|_| name)), ("newTag", tag), ("digest", digest)];
    for (field, text) in fields.into_iter().filter_map(|(field, text)| Some((field, text.filter(|text| *text != "*")?)))
    {
        set(field, text);
    }
    Some(Value::map(entry, Origin::clone(&option.origin)))
}
