//! Where names, labels, images and references stand in objects: kustomize's built-in tables, and
//! what `configurations` and `crds` add (`api/internal/plugins/builtinconfig`).

use super::field_spec::FieldSpec;
use super::resource::Gvk;

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
