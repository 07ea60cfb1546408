//! What Argo CD does to a kustomization before it builds it: `kustomize edit` with the options of
//! an Application (`spec.source.kustomize`; Argo CD `util/kustomize/kustomize.go`).

use std::collections::BTreeMap;

use super::fault::{Fault, FaultKind};
use crate::model::kustomization::list;
use crate::value::{Data, Map, Origin, Reason, Str, Unknown, Value};

/// Apply an Application's options to the kustomization that it builds, whose fields have their
/// canonical names. Returns what `kustomize edit` would refuse.
///
/// `namePrefix`, `nameSuffix` and `namespace` take the place of the kustomization's own; images,
/// replicas, and with the options that force it labels and annotations, take the place of its entries
/// of the same name; components and patches are added. `is_there` says whether there is something at
/// the path of a component.
pub fn apply_options(options: &Value, kustomization: &mut Value, is_there: impl Fn(&str) -> bool) -> Vec<Fault> {
    let mut faults = Vec::new();
    let Some(root) = kustomization.as_map_mut() else { return faults };
    for field in ["namePrefix", "nameSuffix", "namespace"] {
        if let Some(entry) = options.as_map().and_then(|map| map.entry(field)).filter(|entry| !is_blank(&entry.value)) {
            root.insert(field, entry.key_origin.clone(), entry.value.clone());
        }
    }
    let mut images = Vec::new();
    for option in list(options, "images") {
        let Some(written) = option.as_str() else { continue };
        match image(option, written) {
            Ok(image) => images.extend(image),
            Err(why) => faults.push(Fault::new(FaultKind::InvalidField, option.span(), why)),
        }
    }
    set_named(root, "images", images);
    let mut replicas = Vec::new();
    for option in list(options, "replicas") {
        match replica(option) {
            Ok(replica) => replicas.push(replica),
            Err(fault) => faults.push(fault),
        }
    }
    set_named(root, "replicas", replicas);
    labels(options, root, &mut faults);
    if let Some(annotations) = options.get("commonAnnotations") {
        let substitute = asks(options, "commonAnnotationsEnvsubst");
        let force = asks(options, "forceCommonAnnotations");
        add_pairs(map_of(root, "commonAnnotations", annotations), annotations, force, substitute, &mut faults);
    }
    let ignores_missing = asks(options, "ignoreMissingComponents");
    for entry in list(options, "components") {
        let is_listed = root.get("components").is_some_and(|all| all.items().iter().any(|is| is.data == entry.data));
        let is_dropped = ignores_missing && entry.as_str().is_some_and(|path| !is_there(path));
        if !is_listed && !is_dropped {
            push(root, "components", entry.clone());
        }
    }
    for entry in list(options, "patches") {
        push(root, "patches", entry.clone());
    }
    faults
}

fn asks(options: &Value, field: &str) -> bool {
    options.get(field).and_then(Value::as_bool).unwrap_or_default()
}

/// `kustomize edit add label`.
fn labels(options: &Value, root: &mut Map, faults: &mut Vec<Fault>) {
    let Some(labels) = options.get("commonLabels").filter(|labels| labels.entries().next().is_some()) else { return };
    let (without_selector, templates) = (asks(options, "labelWithoutSelector"), asks(options, "labelIncludeTemplates"));
    let force = asks(options, "forceCommonLabels");
    if !without_selector {
        if let Some(asked) = options.get("labelIncludeTemplates").filter(|_| templates) {
            let why = "`labelIncludeTemplates` without `labelWithoutSelector`, which kustomize refuses";
            faults.push(Fault::new(FaultKind::InvalidField, asked.span(), why));
        }
        return add_pairs(map_of(root, "commonLabels", labels), labels, force, true, faults);
    }
    // The first entry of the same kind takes them.
    let fits = |entry: &Value| !asks(entry, "includeSelectors") && asks(entry, "includeTemplates") == templates;
    let entries = root.get_mut("labels").and_then(Value::as_list_mut);
    let entry = entries.and_then(|entries| entries.iter_mut().find(|entry| fits(entry))).and_then(Value::as_map_mut);
    if let Some(entry) = entry {
        return add_pairs(map_of(entry, "pairs", labels), labels, force, true, faults);
    }
    let mut entry = Map::default();
    add_pairs(map_of(&mut entry, "pairs", labels), labels, force, true, faults);
    if templates {
        entry.insert("includeTemplates", labels.origin.clone(), Value::new(Data::Bool(true), labels.origin.clone()));
    }
    push(root, "labels", Value::map(entry, labels.origin.clone()));
}

fn is_blank(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(str::is_empty)
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

fn name(entry: &Value) -> Str {
    entry.str_at(&["name"]).unwrap_or_default().into()
}

/// An entry of `replicas`, whose count may be written as a text.
fn replica(option: &Value) -> Result<Value, Fault> {
    let mut replica = option.clone();
    if let Some(count) = replica.as_map_mut().and_then(|map| map.get_mut("count"))
        && let Data::String(text) = &count.data
    {
        let why = || Fault::new(FaultKind::InvalidField, option.span(), format!("`{text}` is no number of replicas"));
        count.data = Data::Int(text.parse().map_err(|_| why())?);
    }
    Ok(replica)
}

/// The map in a field, which is made if there is none.
fn map_of<'m>(root: &'m mut Map, field: &'static str, of: &Value) -> Option<&'m mut Map> {
    if root.get(field).is_none_or(|value| value.as_map().is_none()) {
        root.insert(field, of.origin.clone(), Value::map(Map::default(), of.origin.clone()));
    }
    root.get_mut(field).and_then(Value::as_map_mut)
}

/// Add pairs to a map. One that is there is replaced only by `force`.
fn add_pairs(map: Option<&mut Map>, pairs: &Value, force: bool, substitute: bool, faults: &mut Vec<Fault>) {
    let Some(map) = map else { return };
    for entry in pairs.entries() {
        if let Some(old) = map.entry(&entry.key).filter(|_| !force) {
            let why = format!("`{}` is in the kustomization already, and nothing forces it", entry.key);
            let fault = Fault::new(FaultKind::InvalidField, entry.key_origin.span(), why);
            faults.push(fault.related(old.key_origin.span(), "here"));
            continue;
        }
        let value = if substitute { substituted(&entry.value) } else { entry.value.clone() };
        map.insert(entry.key.clone(), entry.key_origin.clone(), value);
    }
}

/// A text in which Argo CD puts values of the build environment in the place of `$NAME`.
fn substituted(value: &Value) -> Value {
    if value.as_str().is_none_or(|text| !text.contains('$')) {
        return value.clone();
    }
    Value::new(Data::Unknown(environment(value)), value.origin.clone())
}

fn environment(value: &Value) -> Unknown {
    Unknown::new(Reason::Templated, "Argo CD fills in its build environment", Some(value.span()))
}

/// `[name=]newName[:newTag][@digest]` as an entry of `images`; `None` if it is not known which image
/// it is about.
///
/// # Errors
/// If it changes nothing, which `kustomize edit` refuses.
fn image(option: &Value, written: &str) -> Result<Option<Value>, String> {
    let (key, image) = written.split_once('=').map_or((None, written), |(key, image)| (Some(key), image));
    let (rest, digest) = image.split_once('@').map_or((image, None), |(rest, digest)| (rest, Some(digest)));
    // A colon before a slash belongs to the registry's port.
    let (name, tag) = match rest.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
        _ => (rest, None),
    };
    if name == written {
        return Err(format!("`{written}` gives the image neither a name nor a tag nor a digest"));
    }
    let own = key.unwrap_or(name);
    if own.contains('$') {
        return Ok(None);
    }
    let mut entry = Map::default();
    let mut set = |field: &'static str, text: &str| {
        let value = Value::string(Str::from(text), option.origin.clone());
        entry.insert(field, option.origin.clone(), substituted(&value));
    };
    set("name", own);
    let fields = [("newName", key.map(|_| name)), ("newTag", tag), ("digest", digest)];
    for (field, text) in fields {
        if let Some(text) = text {
            set(field, text);
        }
    }
    Ok(Some(Value::map(entry, Origin::clone(&option.origin))))
}

/// Put entries in the place of those with the same `name`, or beside them; the last of a name counts,
/// and all are sorted. What is `*` stays as it was (`kustomize edit set`).
fn set_named(root: &mut Map, field: &'static str, asked: Vec<Value>) {
    let Some(first) = asked.first() else { return };
    let origin = first.origin.clone();
    let mut all: BTreeMap<Str, Value> = BTreeMap::new();
    for entry in asked {
        all.insert(name(&entry), entry);
    }
    let asked: Vec<Str> = all.keys().cloned().collect();
    for own in root.get(field).map(Value::items).unwrap_or_default() {
        match all.get_mut(&name(own)).filter(|_| asked.contains(&name(own))) {
            Some(entry) => keep(entry, Some(own)),
            None => drop(all.insert(name(own), own.clone())),
        }
    }
    all.values_mut().for_each(|entry| keep(entry, None));
    root.insert(field, origin.clone(), Value::list(all.into_values().collect(), origin));
}

/// Let an entry have what another has where it says `*`, or nothing.
fn keep(entry: &mut Value, own: Option<&Value>) {
    let Some(map) = entry.as_map_mut() else { return };
    for field in ["newName", "newTag", "digest"] {
        if map.get(field).and_then(Value::as_str) != Some("*") {
            continue;
        }
        match own.and_then(|own| own.as_map()?.entry(field)) {
            Some(kept) => map.insert(field, kept.key_origin.clone(), kept.value.clone()),
            None => drop(map.remove(field)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{FileId, Span};

    fn text(text: &str) -> Value {
        Value::string(text, Span::start_of(FileId(0)))
    }

    #[test]
    fn what_argo_cd_fills_in_is_unknown() {
        for (written, name, unknown) in [
            ("web:$ARGOCD_APP_REVISION", Some("web"), &["newTag"][..]),
            ("web=${REPOSITORY}/web:1", Some("web"), &["newName"]),
            ("web=other:1", Some("web"), &[]),
            ("$REPOSITORY/web:1", None, &[]),
        ] {
            let image = image(&text(written), written).expect("it says something");
            assert_eq!(image.as_ref().and_then(|image| image.str_at(&["name"])), name, "{written}");
            let is_unknown =
                |field: &&str| image.as_ref().is_some_and(|i| i.get(field).and_then(Value::unknown).is_some());
            let fields: Vec<&str> = ["newName", "newTag", "digest"].into_iter().filter(is_unknown).collect();
            assert_eq!(fields, unknown, "{written}");
        }
    }
}
