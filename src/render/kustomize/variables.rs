//! `vars`: names for fields of objects, and `$(NAME)` in other objects
//! (`api/internal/accumulator`, `api/filters/refvar`).
//!
//! What a variable names is found in the kustomization that declares it, what it says at the root
//! of the build, when all names are final.
//!
//! Invariant: a value that was put in is not looked at again, but for a field that two places of
//! the configuration lead to.

mod expand;
#[cfg(test)]
mod tests;

pub(super) use self::expand::float as go_float;
use self::expand::{Expander, Variable};
use super::accumulator::Accumulator;
use super::fault::{Effect, Fault, FaultKind};
use super::field_path::{self, Failure, Written};
use super::resource::{Gvk, Resource, ResourceId};
use crate::model::kubernetes::split_api_version;
use crate::model::kustomization::list;
use crate::text::{Sources, Span, near_miss};
use crate::value::{Data, Reason, Str, Tag, Unknown, Value};

/// The field where a variable does not say one.
const DEFAULT_PATH: &str = "metadata.name";

/// Most pairs of a variable and a resource, or of two variables, that are looked at in one
/// kustomization.
const MAX_PAIRS: usize = 50_000_000;

/// What a variable says.
enum Content {
    /// A scalar, with its text in other text; a list, map or null is none and replaces nothing.
    Known(Value, Option<String>),
    /// It cannot be told.
    Unknown(Unknown),
}

/// Take the variables of a kustomization, and note on the resources which of them they are
/// (`MergeVars`).
pub(super) fn gather(out: &mut Accumulator, kustomization: &Value) {
    let entries = list(kustomization, "vars");
    let others = out.resources.len() + out.variables.len() + entries.len();
    if entries.len().saturating_mul(others) > MAX_PAIRS {
        let at = entries.first().map(Value::span);
        return out.set_unknown(Unknown::new(Reason::Limit, "too many variables", at));
    }
    let mut clear = Vec::new();
    for entry in entries {
        let object = Object::of(entry);
        let found = out.find_any(|id| object.is(id));
        // What was done to the resources may have told them apart.
        if found.len() > 1 && out.unknown.is_none() {
            let at = entry.get("objref").unwrap_or(entry).span();
            let why = format!("the variable `{}` fits several objects", name_of(entry));
            let fault = found.iter().fold(Fault::new(FaultKind::Replacement, at, why), |fault, at| {
                let resource = &out.resources[*at];
                fault.related(name_span(resource), format!("{} `{}`", resource.kind(), resource.name()))
            });
            out.faults.push(fault);
            continue;
        }
        if let [only] = found.as_slice() {
            out.resources[*only].variables.push(name_of(entry).into());
        }
        clear.push(entry);
    }
    for entry in clear {
        add(out, entry, entry);
    }
}

/// Take the variables of a base that an entry includes; every name stands for one variable.
pub(super) fn merge(out: &mut Accumulator, base: &Accumulator, entry: &Value) {
    for variable in &base.variables {
        add(out, variable, entry);
    }
}

fn add(out: &mut Accumulator, variable: &Value, entry: &Value) {
    let name = name_of(variable);
    let Some(first) = out.variables.iter().find(|known| name_of(known) == name) else {
        return out.variables.push(variable.clone());
    };
    let why = format!("a second variable `{name}`");
    let mut fault = Fault::new(FaultKind::Replacement, entry.span(), why).related(first.span(), "the first");
    if variable.span() != entry.span() {
        fault = fault.related(variable.span(), "the second");
    }
    out.faults.push(fault);
}

/// Put what the variables say where they are referred to, at the root of a build (`ResolveVars`).
pub(super) fn resolve(out: &mut Accumulator, sources: &Sources) {
    let mut entries = std::mem::take(&mut out.variables);
    entries.sort_by(|one, two| name_of(one).cmp(name_of(two)));
    let written = Written::new(sources);
    let (complete, before) = (out.is_complete(), out.faults.len());
    let mut variables = Vec::with_capacity(entries.len());
    for entry in &entries {
        match content(entry, out, complete, written) {
            Ok(content) => variables.push(Variable::new(entry, name_of(entry), content)),
            Err(fault) => out.faults.push(*fault),
        }
    }
    // The real program replaces nothing if one of them fails; what the others say is as good.
    if variables.is_empty() {
        return out.variables = entries;
    }
    let configuration = out.configuration.clone();
    let mut expander = Expander::new(variables, written);
    for resource in &mut out.resources {
        if let Err(fault) = expander.run(resource, &configuration.variable_references) {
            out.faults.push(fault);
        }
    }
    // What cannot be told counts as done.
    let can_tell = complete && out.faults.len() == before;
    for (entry, hit) in expander.hits() {
        out.effects.push(Effect::new("vars", entry, hit || !can_tell));
    }
    out.variables = entries;
}

/// What a variable says. A fault if its object or the field is not there.
fn content(entry: &Value, out: &Accumulator, complete: bool, written: Written<'_>) -> Result<Content, Box<Fault>> {
    let name = name_of(entry);
    let object = out.resources.iter().find(|resource| resource.variables.iter().any(|known| known == name));
    let Some(resource) = object else {
        // What is not here may be the object.
        let why = out.unknown.clone().or_else(|| out.opaque.first().cloned());
        let why = why.or_else(|| out.faults.first().map(Fault::unknown)).filter(|_| !complete);
        return why.map(Content::Unknown).ok_or_else(|| Box::new(missing_object(entry, &out.resources)));
    };
    let field = entry.at(&["fieldref", "fieldPath"]).filter(|path| !matches!(path.as_str(), Some("") | None));
    let path = field.and_then(Value::as_str).unwrap_or(DEFAULT_PATH);
    let fault = |why: String| {
        let fault = Fault::new(FaultKind::Replacement, entry.span(), why);
        let what = format!("{} `{}`", resource.kind(), resource.name());
        Box::new(fault.related(name_span(resource), what))
    };
    let steps = field_path::lookup(&resource.value, &parts(path), written);
    let value = match steps {
        Ok(Some(steps)) => field_path::node(&resource.value, &steps),
        Ok(None) => None,
        Err(Failure::Unknown(why)) => return Ok(Content::Unknown(why)),
        Err(Failure::Mismatch(why)) => return Err(fault(format!("`{path}` of the variable `{name}`: {why}"))),
    };
    let Some(value) = value else {
        return Err(fault(format!("the object of the variable `{name}` has no `{path}`")));
    };
    match &value.data {
        Data::Unknown(why) => Ok(Content::Unknown(why.clone())),
        Data::List(_) | Data::Map(_) => Ok(Content::Known(value.clone(), None)),
        _ => scalar(value, written).ok_or_else(|| {
            fault(format!("`{path}` of the variable `{name}` is a number in a form that kustomize cannot read"))
        }),
    }
}

/// A scalar as Go reads its text, which knows fewer forms of numbers than YAML and no octal ones:
/// `010` is ten.
fn scalar(value: &Value, written: Written<'_>) -> Option<Content> {
    let scalar = written.scalar(value)?;
    let (data, text) = match scalar.tag {
        Tag::Int => {
            let number: i64 = scalar.text.parse().ok()?;
            (Data::Int(number), number.to_string())
        }
        Tag::Float => {
            let is_go = scalar.text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
            let number: f64 = scalar.text.parse().ok().filter(|number: &f64| is_go && number.is_finite())?;
            (Data::Float(number), expand::float(number))
        }
        Tag::Bool => (value.data.clone(), matches!(value.data, Data::Bool(true)).to_string()),
        // Of all others the text counts, be it `null`.
        Tag::Null | Tag::Text | Tag::Timestamp => (Data::String(Str::new(&scalar.text)), scalar.text.into_owned()),
    };
    Some(Content::Known(Value::new(data, value.origin.clone()), Some(text)))
}

/// The parts of a path, with an index behind a name (`ports[0]`) as a part of its own.
fn parts(path: &str) -> Vec<String> {
    let mut parts = Vec::new();
    for part in field_path::split(path) {
        let index = part.strip_suffix(']').and_then(|rest| rest.rsplit_once('['));
        match index.filter(|(_, index)| !index.is_empty() && index.bytes().all(|byte| byte.is_ascii_digit())) {
            Some((name, index)) => {
                if !name.is_empty() {
                    parts.push(name.to_owned());
                }
                parts.push(index.to_owned());
            }
            None => parts.push(part),
        }
    }
    parts
}

fn missing_object(entry: &Value, resources: &[Resource]) -> Fault {
    let object = Object::of(entry);
    let (variable, at) = (name_of(entry), entry.at(&["objref", "name"]).unwrap_or(entry).span());
    let fault = |why: String| Fault::new(FaultKind::Replacement, entry.span(), why);
    let alike = |resource: &&Resource| resource.original_id().gvk.kind == object.gvk.kind;
    let named = resources.iter().filter(alike).find(|resource| resource.original_id().name == object.name);
    match named {
        Some(resource) if resource.gvk() == object.gvk => {
            let why = format!("the variable `{variable}` names an object of another namespace");
            fault(why).related(name_span(resource), "this object")
        }
        Some(resource) => {
            let version = resource.value.str_at(&["apiVersion"]).unwrap_or_default();
            let why = format!("the variable `{variable}` must name its object with `apiVersion: {version}`");
            fault(why).related(name_span(resource), "this object")
        }
        None => {
            let what = if object.gvk.kind.is_empty() { "object" } else { object.gvk.kind.as_str() };
            let why = format!("the variable `{variable}` is no {what} of this build: `{}`", object.name);
            let names: Vec<Str> = resources.iter().filter(alike).map(|resource| resource.original_id().name).collect();
            match near_miss(&object.name, names.iter().map(Str::as_str)) {
                Some(near) => fault(why).related(at, format!("very likely `{near}`")),
                None => fault(why),
            }
        }
    }
}

/// The object that a variable names (`types.Target`).
struct Object {
    gvk: Gvk,
    name: Str,
    namespace: Str,
}

impl Object {
    fn of(entry: &Value) -> Self {
        let text = |field: &str| entry.str_at(&["objref", field]).unwrap_or_default();
        let (mut group, mut version) = (text("group"), text("version"));
        // `apiVersion` without a group leaves that of `group`; with two slashes it says nothing.
        match (text("apiVersion"), split_api_version(text("apiVersion"))) {
            ("", _) => {}
            (given, _) if given.matches('/').count() > 1 => {}
            (given, (_, of)) if !given.contains('/') => version = of,
            (_, (of_group, of)) => (group, version) = (of_group, of),
        }
        let gvk = Gvk { group: group.into(), version: version.into(), kind: text("kind").into() };
        Self { gvk, name: text("name").into(), namespace: text("namespace").into() }
    }

    /// Whether an identity is this object's. Without a namespace it is in any.
    fn is(&self, id: &ResourceId) -> bool {
        self.name == id.name
            && self.gvk == id.gvk
            && (self.namespace.is_empty() || !id.namespace.is_empty() && self.namespace == id.namespace)
    }
}

fn name_of(entry: &Value) -> &str {
    entry.str_at(&["name"]).unwrap_or_default()
}

fn name_span(resource: &Resource) -> Span {
    resource.value.at(&["metadata", "name"]).unwrap_or(&resource.value).span()
}
