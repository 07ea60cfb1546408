//! The built-in transformers by kind (`api/internal/plugins/builtinhelpers`).

use super::decode::Wrong;
use super::value_add;
use crate::model::kustomization::list;
use crate::render::kustomize::accumulator::Accumulator;
use crate::render::kustomize::configuration::{Decoder, field_specs};
use crate::render::kustomize::fault::FaultKind;
use crate::render::kustomize::field_path::Written;
use crate::render::kustomize::field_spec::FieldSpec;
use crate::render::kustomize::loader::Loader;
use crate::render::kustomize::patch::{self, Schema};
use crate::render::kustomize::transform::names::{self, End};
use crate::render::kustomize::transform::namespace::{self, Options, Subjects};
use crate::render::kustomize::transform::{annotations, images, labels, replicas};
use crate::render::kustomize::{generators, replacement, target};
use crate::value::{Map, Step, Value};

/// Run a transformer as its configuration says, which has canonical names of fields. The error is
/// one of the configuration itself.
pub(super) fn run(
    out: &mut Accumulator,
    loader: &Loader<'_>,
    kind: &str,
    config: &Value,
    schema: &Schema,
) -> Result<(), Wrong> {
    let mut decoder = Decoder::new(FaultKind::Plugin, false);
    let specs = config.get("fieldSpecs").map(|specs| field_specs(specs, &mut decoder)).unwrap_or_default();
    if !decoder.is_clean() {
        decoder.finish(out);
        return Ok(());
    }
    let part = |field: &str| config.get(field).cloned().unwrap_or_else(|| nothing(config));
    match kind {
        "AnnotationsTransformer" => annotations::set(out, &part("annotations"), &specs),
        "HashTransformer" => generators::suffix_hashes(out),
        "ImageTagTransformer" => images::set(out, &part("imageTag"), &specs),
        "LabelTransformer" => {
            labels::set(out, &part("labels"), &specs, Step::Label);
        }
        "NamespaceTransformer" => set_namespace(out, config, &specs)?,
        "PatchTransformer" => patch::patch(out, loader, &patch_of(config), schema),
        "PatchStrategicMergeTransformer" => strategic_merge(out, loader, config, schema)?,
        "PatchJson6902Transformer" => patch::json6902(out, loader, &json_patch_of(config)),
        "PrefixTransformer" => rename(out, config, &specs, &[End::Prefix])?,
        "SuffixTransformer" => rename(out, config, &specs, &[End::Suffix])?,
        "PrefixSuffixTransformer" => rename(out, config, &specs, &[End::Prefix, End::Suffix])?,
        "ReplacementTransformer" => replacement::run(out, loader, list(config, "replacements")),
        "ReplicaCountTransformer" => {
            let written = Written::new(&loader.repository.sources);
            replicas::set(out, &part("replica"), &specs, written);
        }
        _ => value_add::run(out, loader, config)?,
    }
    Ok(())
}

/// An empty map in the place of what is not given.
fn nothing(config: &Value) -> Value {
    Value::map(Map::default(), config.origin.clone())
}

/// An entry of `patches`.
fn patch_of(config: &Value) -> Value {
    renamed(config, &[("path", "path"), ("patch", "patch"), ("target", "target"), ("options", "options")])
}

/// An entry of `patchesJson6902`.
fn json_patch_of(config: &Value) -> Value {
    renamed(config, &[("target", "target"), ("path", "path"), ("jsonOp", "patch")])
}

fn renamed(config: &Value, names: &[(&'static str, &'static str)]) -> Value {
    let mut map = Map::default();
    for (from, to) in names {
        if let Some(entry) = config.as_map().and_then(|config| config.entry(from)) {
            map.insert(*to, entry.key_origin.clone(), entry.value.clone());
        }
    }
    Value::map(map, config.origin.clone())
}

/// Patches of files and then of a text, which cannot be a path here.
fn strategic_merge(out: &mut Accumulator, loader: &Loader<'_>, config: &Value, schema: &Schema) -> Result<(), Wrong> {
    let mut patches = list(config, "paths").to_vec();
    if let Some(text) = config.get("patches").filter(|text| text.as_str() != Some("")) {
        let mut faults = Vec::new();
        let documents = loader.inline(text);
        let found = documents.map(|documents| target::resources(&documents, text, &mut faults).len());
        match found.filter(|_| faults.is_empty()) {
            None => return Err((text.span(), "`patches` of a strategic merge that is no patch".to_owned())),
            Some(0) if patches.is_empty() => return Err((text.span(), "`patches` holds no patch".to_owned())),
            Some(0) => {}
            Some(_) => patches.push(text.clone()),
        }
    } else if patches.is_empty() {
        return Err((config.span(), "a strategic merge without `paths` or `patches`".to_owned()));
    }
    patch::strategic_merge(out, loader, &patches, schema);
    Ok(())
}

fn set_namespace(out: &mut Accumulator, config: &Value, specs: &[FieldSpec]) -> Result<(), Wrong> {
    let subjects = match config.get("setRoleBindingSubjects").map(|mode| (mode, mode.as_str().unwrap_or_default())) {
        None | Some((_, "" | "defaultOnly")) => Subjects::DefaultOnly,
        Some((_, "allServiceAccounts")) => Subjects::AllServiceAccounts,
        Some((_, "none")) => Subjects::None,
        Some((mode, other)) => {
            let modes = "`defaultOnly`, `allServiceAccounts` or `none`";
            return Err((mode.span(), format!("`setRoleBindingSubjects` must be {modes}, but is `{other}`")));
        }
    };
    let unset_only = config.get("unsetOnly").and_then(Value::as_bool).unwrap_or_default();
    let namespace = config.at(&["metadata", "namespace"]);
    if let Some(namespace) = namespace.filter(|namespace| namespace.as_str().is_some_and(|text| !text.is_empty())) {
        namespace::set(out, namespace, specs, Options { unset_only, subjects });
    }
    Ok(())
}

/// Put texts at the ends of names. Without a list of places, be it an empty one, kustomize refuses.
fn rename(out: &mut Accumulator, config: &Value, specs: &[FieldSpec], ends: &[End]) -> Result<(), Wrong> {
    if config.get("fieldSpecs").is_none() {
        return Err((config.span(), "a prefix or suffix needs `fieldSpecs`".to_owned()));
    }
    for end in ends {
        let field = if *end == End::Prefix { "prefix" } else { "suffix" };
        // Even an empty text makes the places that are not there.
        let text = config.get(field).cloned().unwrap_or_else(|| Value::string("", config.origin.clone()));
        names::add(out, &text, *end, specs);
    }
    Ok(())
}
