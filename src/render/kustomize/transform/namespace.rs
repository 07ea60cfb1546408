//! `namespace` (`api/filters/namespace`).

use rustc_hash::FxHashMap;

use super::super::accumulator::Accumulator;
use super::super::configuration::scalar_text;
use super::super::fault::{Fault, FaultKind};
use super::super::field_spec::{FieldSpec, Leaf, Mismatch};
use super::super::resource::{Resource, ResourceId};
use super::super::scope;
use super::mismatch;
use crate::text::Span;
use crate::value::{Data, Entry, Origin, Step, Value};

/// Which subjects of role bindings get the namespace.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(in crate::render::kustomize) enum Subjects {
    /// Those that are named `default`.
    #[default]
    DefaultOnly,
    /// Those of kind `ServiceAccount`.
    AllServiceAccounts,
    /// None.
    None,
}

/// How a namespace is set.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(in crate::render::kustomize) struct Options {
    /// Only where there is none.
    pub(in crate::render::kustomize) unset_only: bool,
    /// Which subjects of role bindings get it.
    pub(in crate::render::kustomize) subjects: Subjects,
}

/// What Helm made keeps its namespaces.
const HELM_GENERATED: &str = "internal.config.kubernetes.io/helm-generated";

/// Set the namespace of all resources that are not known to be cluster-scoped, and at some places.
pub(in crate::render::kustomize) fn set(
    out: &mut Accumulator,
    namespace: &Value,
    specs: &[FieldSpec],
    options: Options,
) {
    let setter = Setter::new(namespace, options);
    let mut touched = Vec::with_capacity(out.resources.len());
    for resource in &mut out.resources {
        let helm = resource.value.str_at(&["metadata", "annotations", HELM_GENERATED]) == Some("true");
        touched.push(!helm);
        if helm {
            continue;
        }
        resource.store_previous();
        if let Err(wrong) = setter.set(resource, specs) {
            let (path, found) = *wrong;
            out.faults.push(mismatch(found, &path, resource, namespace.span()));
        }
    }
    conflicts(out, &touched, namespace.span());
}

/// Set the namespace of one resource only.
pub(in crate::render::kustomize) fn set_one(resource: &mut Resource, namespace: &Value) -> Result<(), Fault> {
    let setter = Setter::new(namespace, Options::default());
    setter.set(resource, &[]).map_err(|wrong| mismatch(wrong.1, &wrong.0, resource, namespace.span()))
}

/// Two resources may not become one.
fn conflicts(out: &mut Accumulator, touched: &[bool], asked: Span) {
    let mut seen: FxHashMap<ResourceId, usize> =
        FxHashMap::with_capacity_and_hasher(out.resources.len(), Default::default());
    let mut faults = Vec::new();
    for (at, resource) in out.resources.iter().enumerate() {
        if resource.name().is_empty() {
            continue;
        }
        match seen.entry(resource.id()) {
            std::collections::hash_map::Entry::Vacant(place) => {
                place.insert(at);
            }
            std::collections::hash_map::Entry::Occupied(place) => {
                let first = *place.get();
                if touched[first] || touched[at] {
                    let id = place.key();
                    let place = if id.namespace.is_empty() { "" } else { &*format!(" in `{}`", id.namespace) };
                    let why = format!("{} `{}` is there twice{place} after this", id.gvk.kind, id.name);
                    let name = |at: usize| name_span(&out.resources[at]);
                    let fault = Fault::new(FaultKind::DuplicateResource, asked, why);
                    faults.push(fault.related(name(first), "one").related(name(at), "the other"));
                }
            }
        }
    }
    out.faults.extend(faults);
}

fn name_span(resource: &Resource) -> Span {
    resource.value.at(&["metadata", "name"]).unwrap_or(&resource.value).span()
}

struct Setter<'v> {
    namespace: &'v Value,
    origin: Origin,
    options: Options,
    own: FieldSpec,
    subjects: FieldSpec,
}

impl<'v> Setter<'v> {
    fn new(namespace: &'v Value, options: Options) -> Self {
        Self {
            namespace,
            origin: Origin::derived(Step::Namespace, namespace.span(), vec![namespace.origin.clone()]),
            options,
            own: FieldSpec::anywhere("metadata/namespace", true),
            subjects: FieldSpec::anywhere("subjects", false),
        }
    }

    fn set(&self, resource: &mut Resource, specs: &[FieldSpec]) -> Result<(), Box<(FieldSpec, Mismatch)>> {
        let gvk = resource.gvk();
        if !scope::is_cluster_scoped(&gvk) {
            self.set_at(resource, &self.own).map_err(|found| Box::new((self.own.clone(), found)))?;
        }
        let binds_role = is_role_binding(&gvk.kind);
        if binds_role {
            self.set_subjects(resource).map_err(|found| Box::new((self.subjects.clone(), found)))?;
        }
        let is_v1 = resource.value.str_at(&["apiVersion"]) == Some("v1");
        for spec in specs.iter().filter(|spec| spec.selects(&gvk)) {
            let done = match spec.path.as_str() {
                "metadata/namespace" => true,
                "metadata/name" => !is_v1,
                "subjects/namespace" => binds_role && is_role_binding(&spec.gvk.kind),
                _ => false,
            };
            if !done {
                self.set_at(resource, spec).map_err(|found| Box::new((spec.clone(), found)))?;
            }
        }
        Ok(())
    }

    fn set_at(&self, resource: &mut Resource, spec: &FieldSpec) -> Result<(), Mismatch> {
        let place = Some((Leaf::Scalar, &self.origin));
        spec.apply_to(&mut resource.value, place, &|value| self.wants(value), &mut |value| self.write(value))
    }

    /// Whether a value is to be set, or cannot be.
    fn wants(&self, value: &Value) -> bool {
        match &value.data {
            Data::Unknown(_) => !self.options.unset_only,
            Data::Map(_) | Data::List(_) => true,
            _ => !self.options.unset_only || scalar_text(value).is_none_or(|text| text.is_empty()),
        }
    }

    fn write(&self, value: &mut Value) -> Result<(), Mismatch> {
        if matches!(value.data, Data::Map(_) | Data::List(_)) {
            return Err(Mismatch { at: value.span() });
        }
        *value = Value::new(self.namespace.data.clone(), self.origin.clone());
        Ok(())
    }

    /// Set the namespace of some subjects of a role binding.
    fn set_subjects(&self, resource: &mut Resource) -> Result<(), Mismatch> {
        let (key, wanted) = match self.options.subjects {
            Subjects::None => return Ok(()),
            Subjects::DefaultOnly => ("name", "default"),
            Subjects::AllServiceAccounts => ("kind", "ServiceAccount"),
        };
        let Some(subjects) = resource.value.get("subjects") else { return Ok(()) };
        match &subjects.data {
            Data::List(items) => {
                for item in items.iter() {
                    let is_scalar = |value: &Value| !matches!(value.data, Data::Map(_) | Data::List(_));
                    match &item.data {
                        Data::Null | Data::Unknown(_) => {}
                        Data::Map(map) if map.get(key).is_none_or(is_scalar) => {}
                        _ => return Err(Mismatch { at: item.span() }),
                    }
                }
                if !items.iter().any(|item| self.is_subject(item, key, wanted)) {
                    return Ok(());
                }
            }
            Data::Null | Data::Unknown(_) => return Ok(()),
            _ => return Err(Mismatch { at: subjects.span() }),
        }
        let subjects = resource.value.at_mut(&["subjects"]).and_then(Value::as_list_mut);
        for subject in subjects.into_iter().flatten().filter(|item| self.is_subject(item, key, wanted)) {
            let Some(map) = subject.as_map_mut() else { continue };
            match map.get_mut("namespace") {
                Some(value) => self.write(value)?,
                None => map.push_unique(Entry {
                    key: "namespace".into(),
                    key_origin: self.origin.clone(),
                    value: Value::new(self.namespace.data.clone(), self.origin.clone()),
                }),
            }
        }
        Ok(())
    }

    /// Whether a subject is one to set.
    fn is_subject(&self, subject: &Value, key: &str, wanted: &str) -> bool {
        subject.get(key).and_then(scalar_text).is_some_and(|text| text == wanted)
            && subject.get("namespace").is_none_or(|namespace| self.wants(namespace))
    }
}

fn is_role_binding(kind: &str) -> bool {
    matches!(kind, "RoleBinding" | "ClusterRoleBinding")
}
