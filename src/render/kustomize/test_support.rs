//! Builds made by hand, for the tests of single steps.

use std::sync::Arc;

use super::accumulator::Accumulator;
use super::configuration::{Configuration, NameReference};
use super::field_path;
use super::field_spec::FieldSpec;
use super::resource::{Gvk, Resource};
use crate::syntax::parse_yaml;
use crate::syntax::yaml::Schema;
use crate::text::{FileId, RepoPath, Side, SourceFile};
use crate::value::{Data, Origin, Step, Value};

/// The documents of a text, as kustomize reads them.
pub(super) fn documents(text: &str) -> Vec<Value> {
    let path = RepoPath::new("test.yaml").expect("a good path");
    let source = SourceFile::new(FileId(0), path, text.into(), Side::Head, true);
    let parsed = parse_yaml(Arc::new(source));
    let stream = parsed.yaml().expect("YAML");
    stream.documents.iter().map(|document| document.value(Schema::Kustomize)).collect()
}

/// A build of some objects.
pub(super) fn build(objects: &str) -> Accumulator {
    Accumulator { resources: documents(objects).into_iter().map(Resource::new).collect(), ..Accumulator::default() }
}

/// Put a prefix before the names of some resources, as `namePrefix` does.
pub(super) fn prefix(out: &mut Accumulator, at: &[usize], prefix: &str) {
    for at in at {
        let resource = &mut out.resources[*at];
        resource.store_previous();
        resource.prefixes.push(prefix.into());
        let new = format!("{prefix}{}", resource.name());
        set(&mut resource.value, "name", &new, Step::NamePrefix);
    }
}

/// Set the namespace of some resources, as `namespace` does.
pub(super) fn namespace(out: &mut Accumulator, at: &[usize], namespace: &str) {
    for at in at {
        let resource = &mut out.resources[*at];
        resource.store_previous();
        set(&mut resource.value, "namespace", namespace, Step::Namespace);
    }
}

fn set(object: &mut Value, key: &str, new: &str, step: Step) {
    let metadata = object.as_map_mut().and_then(|map| map.get_mut("metadata")).expect("metadata");
    let old = metadata.get(key).unwrap_or(metadata).origin.clone();
    let origin = Origin::derived(step, old.span(), vec![old]);
    let map = metadata.as_map_mut().expect("a map");
    map.insert(key, origin.clone(), Value { data: Data::String(new.into()), origin });
}

/// A kind as `kind`, `version/kind` or `group/version/kind`.
pub(super) fn gvk(text: &str) -> Gvk {
    let parts: Vec<&str> = text.split('/').rev().collect();
    let part = |at: usize| parts.get(at).copied().unwrap_or_default().into();
    Gvk { kind: part(0), version: part(1), group: part(2) }
}

/// A table of references: referent, and places as `kind path`.
pub(super) fn references(table: &[(&str, &[&str])]) -> Arc<Configuration> {
    let name_references = table.iter().map(|(referent, fields)| NameReference {
        referent: gvk(referent),
        fields: fields.iter().map(|field| place(field)).collect(),
    });
    Arc::new(Configuration { name_references: name_references.collect(), ..Configuration::default() })
}

/// A place as `kind path`.
pub(super) fn place(text: &str) -> FieldSpec {
    let (kind, path) = text.split_once(' ').expect("kind and path");
    FieldSpec::new(gvk(kind), path, false)
}

/// A value in one line, as flow YAML with keys in their order.
pub(super) fn show(value: &Value) -> String {
    match &value.data {
        Data::Null => "null".to_owned(),
        Data::Bool(truth) => truth.to_string(),
        Data::Int(number) => number.to_string(),
        Data::Float(number) => format!("{number:?}"),
        Data::String(text) => format!("{text:?}"),
        Data::List(items) => format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(", ")),
        Data::Map(map) => {
            let entries: Vec<String> =
                map.iter().map(|entry| format!("{}: {}", entry.key, show(&entry.value))).collect();
            format!("{{{}}}", entries.join(", "))
        }
        Data::Unknown(why) => format!("unknown({why})"),
    }
}

/// A place of a resource in one line; keys are separated by slashes.
pub(super) fn show_at(out: &Accumulator, resource: usize, path: &str) -> String {
    let mut value = &out.resources[resource].value;
    for part in field_path::split_escaped(path, '/') {
        let next = part.parse().ok().and_then(|at: usize| value.items().get(at)).or_else(|| value.get(&part));
        match next {
            Some(next) => value = next,
            None => return "absent".to_owned(),
        }
    }
    show(value)
}
