//! What OpenAPI definitions of custom resources say about references, labels and annotations
//! (`api/internal/accumulator/loadconfigfromcrds.go`).

use super::super::accumulator::Accumulator;
use super::super::fault::{Fault, FaultKind};
use super::super::field_spec::FieldSpec;
use super::super::loader::Loader;
use super::super::resource::Gvk;
use super::{Configuration, Conflict, NameReference, merge_one, merge_reference};
use crate::value::{Reason, Unknown, Value};

/// Most places that are taken from one file.
const MAX_PLACES: usize = 10_000;

/// Why a file is not used further.
enum Stop {
    Conflict(Conflict),
    /// A definition includes itself; kustomize runs out of stack.
    Cycle(String),
    Limit,
}

impl From<Conflict> for Stop {
    fn from(conflict: Conflict) -> Self {
        Self::Conflict(conflict)
    }
}

struct Crds<'a> {
    definitions: &'a Value,
    places: usize,
    found: Configuration,
}

/// Load an entry of `crds`.
pub(super) fn load(out: &mut Accumulator, loader: &Loader, entry: &Value) -> Configuration {
    let Some(documents) = loader.yaml(entry, FaultKind::Configuration, out) else { return Configuration::default() };
    let fault = |out: &mut Accumulator, why: String| {
        out.faults.push(Fault::new(FaultKind::Configuration, entry.span(), why));
    };
    let Some(definitions) = documents.first() else { return Configuration::default() };
    // The file maps names of types to definitions. A manifest of a CustomResourceDefinition is not
    // such a map, and kustomize refuses it.
    let is_map = definitions.is_null() || definitions.as_map().is_some();
    if !is_map || definitions.entries().any(|entry| entry.value.as_map().is_none() && !entry.value.is_null()) {
        fault(out, "the file does not map type names to OpenAPI definitions".to_owned());
        return Configuration::default();
    }
    let mut crds = Crds { definitions, places: 0, found: Configuration::default() };
    for definition in definitions.entries() {
        let Some(properties) = properties(&definition.value) else { continue };
        if !["kind", "apiVersion", "metadata"].iter().all(|field| properties.get(field).is_some()) {
            continue;
        }
        let kind = definition.key.rsplit('.').next().unwrap_or_default();
        let gvk = Gvk { kind: kind.into(), ..Gvk::default() };
        match crds.walk(&gvk, &definition.key, &mut Vec::new(), &mut Vec::new()) {
            Ok(()) => {}
            Err(Stop::Conflict(conflict)) => out.faults.push(conflict.fault(entry.span())),
            Err(Stop::Cycle(name)) => fault(out, format!("the definition `{name}` includes itself")),
            Err(Stop::Limit) => {
                out.set_unknown(Unknown::new(Reason::Limit, "too many properties", Some(entry.span())));
                break;
            }
        }
    }
    crds.found.sort();
    crds.found
}

/// `Schema.properties` of a definition.
fn properties(definition: &Value) -> Option<&Value> {
    let schema = definition.entries().rfind(|entry| entry.key.eq_ignore_ascii_case("schema"))?;
    schema.value.get("properties").filter(|properties| properties.as_map().is_some())
}

impl<'a> Crds<'a> {
    fn walk(
        &mut self,
        gvk: &Gvk,
        name: &'a str,
        path: &mut Vec<&'a str>,
        within: &mut Vec<&'a str>,
    ) -> Result<(), Stop> {
        if within.contains(&name) {
            return Err(Stop::Cycle(name.to_owned()));
        }
        let Some(properties) = self.definitions.get(name).and_then(properties) else { return Ok(()) };
        within.push(name);
        for property in properties.entries() {
            self.places += 1;
            if self.places > MAX_PLACES {
                return Err(Stop::Limit);
            }
            path.push(&property.key);
            let place = |path: &[&str]| FieldSpec::new(gvk.clone(), &path.join("/"), false);
            let extension = |name: &str| {
                let found = property.value.entries().rfind(|entry| entry.key.eq_ignore_ascii_case(name));
                found.and_then(|entry| entry.value.as_str())
            };
            if extension("x-kubernetes-annotation").is_some() {
                merge_one(&mut self.found.common_annotations, &place(path))?;
            }
            if extension("x-kubernetes-label-selector").is_some() {
                merge_one(&mut self.found.common_labels, &place(path))?;
            }
            if extension("x-kubernetes-identity").is_some() {
                merge_one(&mut self.found.name_prefix, &place(path))?;
            }
            let version = extension("x-kubernetes-object-ref-api-version");
            if let (Some(version), Some(kind)) = (version, extension("x-kubernetes-object-ref-kind")) {
                path.push(extension("x-kubernetes-object-ref-name-key").unwrap_or("name"));
                let referent = Gvk { version: version.into(), kind: kind.into(), ..Gvk::default() };
                let reference = NameReference { referent, fields: vec![place(path)] };
                path.pop();
                merge_reference(&mut self.found.name_references, &reference)?;
            }
            if let Some(reference) = property.value.get("$ref").and_then(Value::as_str) {
                self.walk(gvk, reference, path, within)?;
            }
            path.pop();
        }
        within.pop();
        Ok(())
    }
}
