//! `generators`, `transformers` and `validators`: objects that configure plugins
//! (`api/internal/target`, `api/internal/plugins/loader`).
//!
//! The built-in plugins are the code of the kustomization's own fields. Any other is a program.
//!
//! Invariant: no program is ever run. What a generator would make is open, what a transformer would
//! change is unknown.

mod decode;
mod iam_policy;
mod transformer;
mod value_add;

use super::accumulator::Accumulator;
use super::fault::{Fault, FaultKind};
use super::generators::{self, Annotation, is_ksops, ksops};
use super::loader::Loader;
use super::patch::Schema;
use super::resource::Resource;
use super::target;
use crate::text::near_miss;
use crate::value::{Data, Map, Reason, Unknown, Value};

/// The label that a validator may set; it stays, which may not be what was meant.
const VALIDATED_BY: &str = "validated-by";

const HELM: &str = "HelmChartInflationGenerator";

/// What a plugin is used for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Role {
    /// It makes resources.
    Generator,
    /// It changes them.
    Transformer,
    /// It looks at them.
    Validator,
}

/// The configuration of a plugin.
pub(super) struct Config {
    /// The object.
    pub(super) value: Value,
    /// The entry of the kustomization that it comes from.
    pub(super) entry: Value,
}

impl Role {
    /// The field that lists the configurations.
    pub(super) fn field(self) -> &'static str {
        match self {
            Self::Generator => "generators",
            Self::Transformer => "transformers",
            Self::Validator => "validators",
        }
    }

    fn noun(self) -> &'static str {
        match self {
            Self::Generator => "generator",
            Self::Transformer => "transformer",
            Self::Validator => "validator",
        }
    }

    /// Say that it is not known what a plugin does. A validator changes nothing, but whether it
    /// lets the build pass is open.
    pub(super) fn unknown(self, out: &mut Accumulator, why: Unknown) {
        match self {
            Self::Generator | Self::Validator => out.opaque.push(why),
            Self::Transformer => out.set_unknown(why),
        }
    }
}

/// The configurations in an entry that is a text of YAML; `None` if it is a path. What is no
/// configuration and cannot be a path is a fault.
pub(super) fn inline(loader: &Loader<'_>, entry: &Value) -> Option<Result<Vec<Resource>, Fault>> {
    let text = entry.as_str()?;
    let mut faults = Vec::new();
    let why = match loader.inline(entry) {
        Some(documents) => {
            let resources = target::resources(&documents, entry, &mut faults);
            match faults.into_iter().next() {
                None => return Some(Ok(resources)),
                Some(fault) => fault.message,
            }
        }
        None => "the text is no YAML".to_owned(),
    };
    let is_template = text.contains("{{") || text.contains("${");
    let is_path = !text.contains('\n') || is_template;
    (!is_path).then(|| Err(Fault::new(FaultKind::Plugin, entry.span(), format!("an inline configuration: {why}"))))
}

/// Run generators.
pub(super) fn generators(out: &mut Accumulator, loader: &Loader<'_>, configs: &[Config]) {
    for config in configs {
        let annotation = Annotation::of_plugin(loader, &config.value);
        let role = Role::Generator;
        match config.built_in() {
            None if is_ksops(&config.value) => ksops(out, loader, &config.value, annotation.as_ref()),
            None => config.foreign(out, role),
            Some(HELM) => {
                let name = config.value.str_at(&["name"]).unwrap_or_default();
                out.opaque.push(Unknown::new(Reason::HelmChart, format!("`{name}`"), Some(config.entry.span())));
            }
            Some(kind) => {
                let Some(decoded) = config.decoded(out, role, kind) else { continue };
                if let Some(kind) = generators::Kind::of_plugin(kind) {
                    generators::from_config(out, loader, kind, &decoded, annotation.as_ref());
                } else {
                    iam_policy::generate(out, loader, &decoded, &config.entry, annotation.as_ref());
                }
            }
        }
    }
}

/// Run transformers.
pub(super) fn transformers(out: &mut Accumulator, loader: &Loader<'_>, configs: &[Config], schema: &Schema) {
    for config in configs {
        if config.transform(out, loader, schema, Role::Transformer)
            && let Some(annotation) = Annotation::of_plugin(loader, &config.value)
        {
            annotation.add_transformation(out);
        }
    }
}

/// Run validators: transformers that must not change anything.
pub(super) fn validators(out: &mut Accumulator, loader: &Loader<'_>, configs: &[Config], schema: &Schema) {
    for config in configs {
        let before = out.resources.clone();
        let effects = out.effects.len();
        if !config.transform(out, loader, schema, Role::Validator) {
            continue;
        }
        // A patch counts as a change even if it says what is there already.
        let is_patch = config.built_in().is_some_and(|kind| kind.starts_with("Patch"));
        let patched = is_patch && out.effects.iter().skip(effects).any(|effect| effect.hit);
        // An entry that must do nothing is not idle.
        out.effects.truncate(effects);
        // A replacement writes the text of a node, which is then the same node.
        let in_place = config.built_in() == Some("ReplacementTransformer");
        let changed = before.iter().zip(&out.resources).find(|(before, after)| !is_unchanged(before, after, in_place));
        let changed = changed.map(|(before, _)| before);
        if changed.is_none() && !patched && before.len() == out.resources.len() {
            continue;
        }
        if out.unknown.is_none() {
            let why = "a validator must not change anything";
            let mut fault = config.fault(why.to_owned());
            if let Some(resource) = changed {
                let name = resource.value.at(&["metadata", "name"]).unwrap_or(&resource.value);
                let what = format!("{} `{}` is changed", resource.kind(), resource.name());
                fault = fault.related(name.span(), what);
            }
            out.faults.push(fault);
        }
        out.resources = before;
    }
}

/// Whether a validator left a resource alone. kustomize compares nodes, not what they say, so that
/// setting what is there already is a change; and so is the label that it lets pass, if there are
/// others, as the map of labels is written anew without it.
fn is_unchanged(before: &Resource, after: &Resource, in_place: bool) -> bool {
    let value = match after.value.at(&["metadata", "labels"]).and_then(Value::as_map) {
        Some(labels) if labels.get(VALIDATED_BY).is_some() => {
            if labels.len() > 1 {
                return false;
            }
            let mut value = after.value.clone();
            if let Some(metadata) = value.at_mut(&["metadata"]).and_then(Value::as_map_mut) {
                metadata.remove("labels");
            }
            value
        }
        _ => after.value.clone(),
    };
    (value == before.value || in_place && says_the_same(&before.value, &value))
        && before.previous == after.previous
        && before.prefixes == after.prefixes
        && before.suffixes == after.suffixes
}

/// Whether two values are equal wherever they come from.
fn says_the_same(one: &Value, other: &Value) -> bool {
    match (&one.data, &other.data) {
        (Data::Map(one), Data::Map(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other.iter())
                    .all(|(one, other)| one.key == other.key && says_the_same(&one.value, &other.value))
        }
        (Data::List(one), Data::List(other)) => {
            one.len() == other.len() && one.iter().zip(other.iter()).all(|(one, other)| says_the_same(one, other))
        }
        (one, other) => one == other,
    }
}

impl Config {
    fn kind(&self) -> &str {
        self.value.str_at(&["kind"]).unwrap_or_default()
    }

    /// The kind, if the plugin is one of kustomize's own.
    fn built_in(&self) -> Option<&str> {
        (self.value.str_at(&["apiVersion"]) == Some("builtin")).then(|| self.kind())
    }

    /// Say that a plugin is a program.
    fn foreign(&self, out: &mut Accumulator, role: Role) {
        let why = format!("the {} `{}`", role.noun(), self.kind());
        role.unknown(out, Unknown::new(Reason::UnsupportedLanguage, why, Some(self.entry.span())));
    }

    /// A fault at the entry, with the configuration if that stands in another file.
    fn fault(&self, why: String) -> Fault {
        let fault = Fault::new(FaultKind::Plugin, self.entry.span(), why);
        if self.value.span().file == self.entry.span().file {
            fault
        } else {
            fault.related(self.value.span(), "configured here")
        }
    }

    /// The configuration of a built-in plugin with canonical names of fields; `None` after a fault,
    /// or if it is not all known.
    fn decoded(&self, out: &mut Accumulator, role: Role, kind: &str) -> Option<Value> {
        let is_generator = kind.ends_with("Generator");
        let known = decode::kinds();
        let fault = if !known.clone().chain([HELM]).any(|known| known == kind) {
            let near = near_miss(kind, known).map(str::to_owned);
            self.fault(format!("kustomize has no plugin `{kind}`")).near(near)
        } else if is_generator != (role == Role::Generator) {
            let is = if is_generator { "generator" } else { "transformer" };
            self.fault(format!("`{kind}` is a {is}, which does not belong under `{}`", role.field()))
        } else if let Some(why) = unknown_in(&self.value) {
            role.unknown(out, why);
            return None;
        } else {
            match decode::decode(kind, &self.value) {
                Ok(decoded) => return Some(decoded),
                Err((at, why)) => self.fault(why).related(at, "this one"),
            }
        };
        out.faults.push(fault);
        None
    }

    /// Run a transformer; false if it is none that can be run.
    fn transform(&self, out: &mut Accumulator, loader: &Loader<'_>, schema: &Schema, role: Role) -> bool {
        let Some(kind) = self.built_in() else {
            self.foreign(out, role);
            return false;
        };
        let Some(decoded) = self.decoded(out, role, kind) else { return false };
        match transformer::run(out, loader, kind, &decoded, schema) {
            Ok(()) => true,
            Err((at, why)) => {
                let fault = self.fault(why);
                out.faults.push(if at == self.entry.span() { fault } else { fault.related(at, "this one") });
                false
            }
        }
    }
}

/// The first thing in a value that is not known.
fn unknown_in(value: &Value) -> Option<Unknown> {
    let in_map = |map: &Map| map.open.clone().or_else(|| map.iter().find_map(|entry| unknown_in(&entry.value)));
    match &value.data {
        Data::Unknown(why) => Some(why.clone()),
        Data::List(items) => items.iter().find_map(unknown_in),
        Data::Map(map) => in_map(map),
        _ => None,
    }
}
