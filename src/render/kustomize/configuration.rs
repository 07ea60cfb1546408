//! Where names, labels, images and references stand in objects: kustomize's built-in tables, and
//! what `configurations` and `crds` add (`api/internal/plugins/builtinconfig`).

mod crds;
mod decode;

pub(super) use decode::{Decoder, field_specs, scalar_text};

use std::sync::{Arc, LazyLock};

use super::accumulator::Accumulator;
use super::fault::{Fault, FaultKind};
use super::field_spec::{FieldSpec, selects};
use super::loader::Loader;
use super::order::{FIRST, LAST};
use super::resource::Gvk;
use crate::model::kustomization::list;
use crate::text::Span;
use crate::value::Value;

/// Which fields hold the name of objects of a kind.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct NameReference {
    /// The kinds that are referred to; empty parts fit everything.
    pub(super) referent: Gvk,
    /// Where their names stand.
    pub(super) fields: Vec<FieldSpec>,
}

/// Places by what is done to them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Configuration {
    /// `namePrefix`.
    pub(super) name_prefix: Vec<FieldSpec>,
    /// `nameSuffix`.
    pub(super) name_suffix: Vec<FieldSpec>,
    /// `namespace`.
    pub(super) namespace: Vec<FieldSpec>,
    /// `commonLabels`, and `labels` with selectors.
    pub(super) common_labels: Vec<FieldSpec>,
    /// `labels`.
    pub(super) labels: Vec<FieldSpec>,
    /// `labels` with templates.
    pub(super) template_labels: Vec<FieldSpec>,
    /// `commonAnnotations`.
    pub(super) common_annotations: Vec<FieldSpec>,
    /// References by name.
    pub(super) name_references: Vec<NameReference>,
    /// Fields in which `$(NAME)` is replaced.
    pub(super) variable_references: Vec<FieldSpec>,
    /// `images`.
    pub(super) images: Vec<FieldSpec>,
    /// `replicas`.
    pub(super) replicas: Vec<FieldSpec>,
}

/// Two places with the same path, of which one is made if missing and one is not.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Conflict {
    /// The path.
    pub(super) path: crate::value::Str,
}

static BUILTIN: LazyLock<Arc<Configuration>> =
    LazyLock::new(|| Arc::new(parse(include_str!("configuration/builtin.tsv"))));

impl Configuration {
    /// What kustomize knows by itself.
    pub(super) fn builtin() -> Arc<Self> {
        Arc::clone(&BUILTIN)
    }

    /// This configuration and what another one adds (`TransformerConfig.Merge`).
    ///
    /// # Errors
    /// If a place of the other is there already, but made differently.
    pub(super) fn merge(&self, incoming: &Self) -> Result<Self, Conflict> {
        let mut merged = self.clone();
        for (list, incoming) in merged.lists_mut().into_iter().zip(incoming.lists()) {
            let before = list.len();
            merge_all(list, incoming)?;
            if list.len() > before {
                list.sort_by_cached_key(|spec| sort_key(&spec.gvk));
            }
        }
        let before = merged.name_references.len();
        for reference in &incoming.name_references {
            merge_reference(&mut merged.name_references, reference)?;
        }
        if merged.name_references.len() > before {
            merged.name_references.sort_by_cached_key(|reference| sort_key(&reference.referent));
        }
        Ok(merged)
    }

    /// The flat lists, with the names that they have in a file.
    fn lists(&self) -> [&Vec<FieldSpec>; 10] {
        [
            &self.name_prefix,
            &self.name_suffix,
            &self.namespace,
            &self.common_labels,
            &self.labels,
            &self.template_labels,
            &self.common_annotations,
            &self.variable_references,
            &self.images,
            &self.replicas,
        ]
    }

    fn lists_mut(&mut self) -> [&mut Vec<FieldSpec>; 10] {
        [
            &mut self.name_prefix,
            &mut self.name_suffix,
            &mut self.namespace,
            &mut self.common_labels,
            &mut self.labels,
            &mut self.template_labels,
            &mut self.common_annotations,
            &mut self.variable_references,
            &mut self.images,
            &mut self.replicas,
        ]
    }

    /// The list of a field of a file.
    fn list_mut(&mut self, field: &str) -> Option<&mut Vec<FieldSpec>> {
        let at = FIELDS.iter().position(|known| known.eq_ignore_ascii_case(field))?;
        self.lists_mut().into_iter().nth(at)
    }

    /// Sort as kustomize does. Its sort is not stable, but elements that it takes for equal differ
    /// by path only, which no merge compares.
    fn sort(&mut self) {
        for list in self.lists_mut() {
            list.sort_by_cached_key(|spec| sort_key(&spec.gvk));
        }
        self.name_references.sort_by_cached_key(|reference| sort_key(&reference.referent));
    }
}

/// The names of the flat lists in a file, in the order of [`Configuration::lists`].
const FIELDS: [&str; 10] = [
    "namePrefix",
    "nameSuffix",
    "namespace",
    "commonLabels",
    "labels",
    "templateLabels",
    "commonAnnotations",
    "varReference",
    "images",
    "replicas",
];

/// The field of references by name.
const NAME_REFERENCE: &str = "nameReference";

/// A configuration with what another one adds (`ResAccumulator.MergeConfig`); `entry` is what asks
/// for it.
pub(super) fn merge(
    own: &Arc<Configuration>,
    incoming: &Arc<Configuration>,
    entry: &Value,
    faults: &mut Vec<Fault>,
) -> Arc<Configuration> {
    // Nearly all builds have the built-in one, to which merging itself adds nothing.
    if Arc::ptr_eq(incoming, &BUILTIN) && (Arc::ptr_eq(own, incoming) || **own == Configuration::default()) {
        return Arc::clone(incoming);
    }
    match own.merge(incoming) {
        Ok(merged) => Arc::new(merged),
        Err(conflict) => {
            faults.push(conflict.fault(entry.span()));
            Arc::clone(own)
        }
    }
}

/// Load the `configurations` and `crds` of a kustomization.
pub(super) fn load(out: &mut Accumulator, loader: &Loader, kustomization: &Value) {
    let own = load_files(out, loader, kustomization);
    let at = kustomization.get("configurations").unwrap_or(kustomization);
    let own = own.unwrap_or_else(Configuration::builtin);
    out.configuration = merge(&out.configuration, &own, at, &mut out.faults);
    let mut from_crds = Configuration::default();
    for entry in list(kustomization, "crds") {
        let read = crds::load(out, loader, entry);
        match from_crds.merge(&read) {
            Ok(merged) => from_crds = merged,
            Err(conflict) => out.faults.push(conflict.fault(entry.span())),
        }
    }
    if from_crds != Configuration::default() {
        let at = kustomization.get("crds").unwrap_or(kustomization);
        out.configuration = merge(&out.configuration, &Arc::new(from_crds), at, &mut out.faults);
    }
}

/// The built-in configuration with what the files of `configurations` add; `None` if nothing.
fn load_files(out: &mut Accumulator, loader: &Loader, kustomization: &Value) -> Option<Arc<Configuration>> {
    let mut own = Configuration::default();
    for entry in list(kustomization, "configurations") {
        let Some(documents) = loader.yaml(entry, FaultKind::Configuration, out) else { continue };
        // Only the first document of a file is read.
        let Some(document) = documents.first().filter(|document| !document.is_null()) else { continue };
        let mut decoder = Decoder::new(FaultKind::Configuration, true);
        let read = decode::configuration(document, &mut decoder);
        decoder.finish(out);
        match own.merge(&read) {
            Ok(merged) => own = merged,
            Err(conflict) => out.faults.push(conflict.fault(entry.span())),
        }
    }
    if own == Configuration::default() {
        return None;
    }
    let at = kustomization.get("configurations").map_or_else(|| kustomization.span(), Value::span);
    match BUILTIN.merge(&own) {
        Ok(merged) => Some(Arc::new(merged)),
        Err(conflict) => {
            out.faults.push(conflict.fault(at));
            None
        }
    }
}

impl Conflict {
    /// As a fault at the entry that brings it.
    pub(super) fn fault(&self, at: Span) -> Fault {
        let why = format!("`{}` is configured twice, with `create` and without", self.path);
        Fault::new(FaultKind::Configuration, at, why)
    }
}

/// Add places that are not there yet (`FsSlice.MergeAll`). A place is there if one with the same
/// path is for the same kinds or for fewer, which is a bug of kustomize's: what is for more kinds
/// is lost.
pub(super) fn merge_all(list: &mut Vec<FieldSpec>, incoming: &[FieldSpec]) -> Result<(), Conflict> {
    incoming.iter().try_for_each(|spec| merge_one(list, spec))
}

/// Add a place; see [`merge_all`].
pub(super) fn merge_one(list: &mut Vec<FieldSpec>, incoming: &FieldSpec) -> Result<(), Conflict> {
    let same = |spec: &&FieldSpec| spec.path == incoming.path && selects(&incoming.gvk, &spec.gvk);
    match list.iter().find(same) {
        None => list.push(incoming.clone()),
        Some(spec) if spec.create == incoming.create => {}
        Some(spec) => return Err(Conflict { path: spec.path.clone() }),
    }
    Ok(())
}

fn merge_reference(list: &mut Vec<NameReference>, incoming: &NameReference) -> Result<(), Conflict> {
    let mut is_there = false;
    for reference in list.iter_mut().filter(|reference| reference.referent == incoming.referent) {
        merge_all(&mut reference.fields, &incoming.fields)?;
        is_there = true;
    }
    if !is_there {
        list.push(incoming.clone());
    }
    Ok(())
}

/// What kinds are compared by (`Gvk.IsLessThan`).
fn sort_key(gvk: &Gvk) -> (usize, String) {
    let first = FIRST.iter().position(|kind| gvk.kind == *kind);
    let last = || LAST.iter().position(|kind| gvk.kind == *kind).map_or(0, |at| at + 1);
    let part = |text: &str, empty: &str| if text.is_empty() { empty.to_owned() } else { text.to_owned() };
    let text = [part(&gvk.group, "~G"), part(&gvk.version, "~V"), part(&gvk.kind, "~K")].join("_");
    (first.unwrap_or_else(|| FIRST.len() + last()), text)
}

/// Parse the table of built-in places.
fn parse(table: &str) -> Configuration {
    let mut configuration = Configuration::default();
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let columns: Vec<&str> = line.split('\t').collect();
        let [list, create, group, version, kind, path, referent @ ..] = columns.as_slice() else { continue };
        let gvk = |group: &str, version: &str, kind: &str| Gvk {
            group: group.into(),
            version: version.into(),
            kind: kind.into(),
        };
        let spec = FieldSpec::new(gvk(group, version, kind), path, *create == "create");
        match (referent, configuration.list_mut(list)) {
            ([group, version, kind], _) => {
                let referent = gvk(group, version, kind);
                match configuration.name_references.last_mut().filter(|last| last.referent == referent) {
                    Some(last) => last.fields.push(spec),
                    None => configuration.name_references.push(NameReference { referent, fields: vec![spec] }),
                }
            }
            (_, Some(list)) => list.push(spec),
            (_, None) => {}
        }
    }
    configuration.sort();
    configuration
}
