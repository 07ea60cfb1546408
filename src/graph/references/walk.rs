//! Walks an object along the table of fields and makes a reference of each name.

use super::table::{Key, Node, Place, Row, Step, TABLE, Target, Told};
use super::{GRANTS, HOSTS, Holder, granted};
use crate::graph::scope::is_cluster_scoped;
use crate::graph::{Reference, ReferenceKind, Want};
use crate::model::kubernetes::{canonical_group, pod_template, scalar, split_api_version};
use crate::value::{Data, Known, Origin, Reason, Str, Unknown, Value};

/// Deepest nesting of parts: no part holds itself, this only says so.
const MAX_PARTS: usize = 8;

/// All references of an object that the table knows.
pub(super) fn all(holder: &mut Holder<'_>) {
    let object = holder.object;
    if let Some(node) = TABLE.holder(&object.group, &object.kind) {
        walk(holder, node, &object.value, &object.value, 0);
    }
    if let Some(path) = pod_template(&object.group, &object.kind)
        && let Some(spec) = object.value.at(path).and_then(|template| template.get("spec"))
        && let Some(node) = TABLE.part("pod")
    {
        walk(holder, node, spec, spec, 0);
    }
}

fn walk(holder: &mut Holder<'_>, node: &'static Node, value: &Value, beside: &Value, depth: usize) {
    for row in &node.rows {
        add(holder, row, value, beside);
    }
    if depth < MAX_PARTS {
        for part in node.parts.iter().filter_map(|part| TABLE.part(part)) {
            walk(holder, part, value, beside, depth + 1);
        }
    }
    for (step, below) in &node.below {
        match step {
            Step::Name(name) => {
                if let Some(field) = value.get(name) {
                    walk(holder, below, field, value, depth);
                }
            }
            Step::First(names) => {
                if let Some(field) = names.iter().find_map(|name| value.get(name).filter(|field| !field.is_null())) {
                    walk(holder, below, field, value, depth);
                }
            }
            Step::Glob(before, after) => {
                for entry in value.entries().filter(|entry| {
                    entry.key.len() >= before.len() + after.len()
                        && entry.key.starts_with(before)
                        && entry.key.ends_with(after)
                }) {
                    walk(holder, below, &entry.value, value, depth);
                }
            }
            Step::Items => {
                for item in value.items() {
                    walk(holder, below, item, beside, depth);
                }
            }
        }
    }
}

/// The reference that a name is, or one for each of its keys.
fn add(holder: &mut Holder<'_>, row: &Row, value: &Value, beside: &Value) {
    let name = scalar(Some(value));
    if name.is_absent() {
        return;
    }
    let Some((group, kind)) = kind_of(&row.target, beside) else { return };
    let (group, name, namespace) = match place(holder, &row.place, &group, &kind, name, value, beside) {
        Some((name, namespace)) => (group, name, namespace),
        // A host that is no Service's name.
        None if group.is_empty() => (Str::from(HOSTS), scalar(Some(value)), Known::Absent),
        None => return,
    };
    let kind = if group == HOSTS { Str::from("Host") } else { kind };
    let optional = beside.get("optional").and_then(Value::as_bool).unwrap_or(false);
    let keys = row.key.as_ref().map(|key| keys(key, beside)).unwrap_or_default();
    // The AWS load balancer controller reads such a port as the name of an action.
    if keys.iter().any(|(key, _)| key == "use-annotation")
        || row.key.as_ref().is_some_and(|key| key.required) && keys.is_empty()
    {
        return;
    }
    let want = Want { group, kind, name, namespace, key: None };
    if matches!(row.kind, ReferenceKind::GatewayCertificate | ReferenceKind::RouteBackend) {
        grant(holder, &want, value);
    }
    let mut add = |key: Option<(Str, Option<Origin>)>| {
        let mut reference: Reference = holder.unresolved(row.kind, want.clone(), value.origin.clone());
        reference.optional = optional;
        if let Some((key, origin)) = key {
            reference.want.key = Some(key);
            reference.key_origin = Some(origin.unwrap_or_else(|| value.origin.clone()));
        }
        holder.out.push(reference);
    };
    if keys.is_empty() {
        add(None);
    }
    keys.into_iter().for_each(|key| add(Some(key)));
}

/// The Gateway API allows a reference into another namespace only if something there grants it.
fn grant(holder: &mut Holder<'_>, want: &Want, value: &Value) {
    let (Known::Value(from), Known::Value(to)) = (&holder.object.namespace, &want.namespace) else { return };
    if from == to || holder.object.group != "gateway.networking.k8s.io" {
        return;
    }
    let kinds = granted(&holder.object.group, &holder.object.kind, &want.group, &want.kind);
    let granted = Want {
        group: Str::from(GRANTS),
        kind: Str::from(kinds),
        name: holder.object.namespace.clone(),
        namespace: want.namespace.clone(),
        key: want.name.value().cloned(),
    };
    let mut reference = holder.unresolved(ReferenceKind::ReferenceGrant, granted, value.origin.clone());
    reference.key_origin = Some(value.origin.clone());
    holder.out.push(reference);
}

/// Group and kind of what is named; `None` if it does not count or is not known.
fn kind_of(target: &Target, beside: &Value) -> Option<(Str, Str)> {
    let (group, kind) = match &target.told {
        Told::Fixed => (target.group, Str::from(target.kind)),
        Told::Only if beside.str_at(&["kind"]) == Some(target.kind) => (target.group, Str::from(target.kind)),
        Told::Only => return None,
        Told::Where(field, wanted) if beside.str_at(&[field]) == Some(wanted) => (target.group, Str::from(target.kind)),
        Told::Where(..) => return None,
        Told::Scope(field) => match beside.get(field).map(|scope| &scope.data) {
            None | Some(Data::Bool(false) | Data::Null) => (target.group, Str::from(target.kind)),
            Some(Data::Bool(true)) => (target.group, Str::from(format!("Cluster{}", target.kind))),
            Some(_) => return None,
        },
        Told::Beside(field, group) => {
            let kind = match scalar(beside.get(field)) {
                Known::Value(kind) => kind,
                Known::Absent if !target.kind.is_empty() => Str::from(target.kind),
                Known::Absent | Known::Unknown(_) => return None,
            };
            let fields = ["apiGroup", "group"];
            let told = match (group, beside.get("apiVersion")) {
                (Some(field), _) => beside.get(field),
                (None, Some(version)) => {
                    let group = split_api_version(version.as_str()?).0;
                    return Some((Str::from(canonical_group(group, &kind)), kind));
                }
                (None, None) => fields.iter().find_map(|field| beside.get(field)),
            };
            let group = match told {
                Some(told) if told.is_null() => target.group,
                Some(told) => told.as_str()?,
                None => target.group,
            };
            (group, kind)
        }
    };
    Some((Str::from(canonical_group(group, &kind)), kind))
}

/// Name and namespace of what is named; `None` if it is a host of something else.
fn place(
    holder: &Holder<'_>,
    place: &Place,
    group: &str,
    kind: &str,
    name: Known<Str>,
    value: &Value,
    beside: &Value,
) -> Option<(Known<Str>, Known<Str>)> {
    if matches!(place, Place::Cluster) || is_cluster_scoped(group, kind) == Some(true) {
        return Some((name, Known::Absent));
    }
    let own = || match &holder.object.namespace {
        Known::Absent => {
            Known::Unknown(Unknown::new(Reason::NoDestination, "the namespace of whoever uses it", Some(value.span())))
        }
        namespace => namespace.clone(),
    };
    let split = |separator: char| match &name {
        Known::Value(text) => text.split_once(separator).map(|(one, two)| (Str::from(one), Str::from(two))),
        _ => None,
    };
    Some(match place {
        Place::Same | Place::Cluster => (name, own()),
        Place::Unknown => {
            let why = Unknown::new(Reason::NoDestination, "the namespace of whoever reads it", Some(value.span()));
            (name, Known::Unknown(why))
        }
        Place::Beside(field) => {
            let namespace = scalar(beside.get(field));
            (name, if namespace.is_absent() { own() } else { namespace })
        }
        Place::Slash => match split('/') {
            Some((namespace, name)) => (Known::Value(name), Known::Value(namespace)),
            None => (name, own()),
        },
        Place::Dot => match split('.') {
            Some((name, namespace)) => (Known::Value(name), Known::Value(namespace)),
            None => (name, own()),
        },
        Place::Host => {
            let Known::Value(host) = &name else { return Some((name, own())) };
            return service_of(host).map(|(service, namespace)| {
                (
                    Known::Value(Str::from(service)),
                    namespace.map_or_else(own, |namespace| Known::Value(namespace.into())),
                )
            });
        }
    })
}

/// The Service that a host of the mesh is, and its namespace if the host has it. A name with dots
/// is only a Service's if it is the whole name (`ResolveShortnameToFQDN`).
pub(in crate::graph) fn service_of(host: &str) -> Option<(&str, Option<&str>)> {
    let Some((service, rest)) = host.split_once('.') else { return Some((host, None)) };
    let namespace = rest.strip_suffix(".svc.cluster.local")?;
    (!namespace.contains('.') && !host.contains('*')).then_some((service, Some(namespace)))
}

/// The keys that are wanted, each with its place if it is written.
fn keys(key: &Key, beside: &Value) -> Vec<(Str, Option<Origin>)> {
    if let Some(list) = key.list {
        let items = beside.get(list).map(Value::items).unwrap_or_default();
        return items.iter().filter_map(|item| written(key, item)).collect();
    }
    let found = written(key, beside);
    let default = || key.default.filter(|_| key.paths.iter().all(|path| beside.at(path).is_none()));
    found.or_else(|| default().map(|text| (Str::from(text), None))).into_iter().collect()
}

fn written(key: &Key, beside: &Value) -> Option<(Str, Option<Origin>)> {
    let value = key.paths.iter().find_map(|path| beside.at(path).filter(|value| !value.is_null()))?;
    let text = match &value.data {
        Data::String(_) => scalar(Some(value)).value()?.clone(),
        Data::Int(number) => Str::from(number.to_string()),
        _ => return None,
    };
    Some((text, Some(value.origin.clone())))
}
