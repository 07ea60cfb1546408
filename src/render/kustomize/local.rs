//! Resources that are there for kustomize only and are not deployed.

use super::accumulator::Accumulator;
use super::resource::Resource;
use crate::value::Data;

const ANNOTATION: &str = "config.kubernetes.io/local-config";

/// Drop the resources that are annotated to be local (`DropLocalNodes`): with any value but
/// `false`. Done at the root of a build, when everything that reads from them is done.
pub(super) fn drop(out: &mut Accumulator) {
    out.resources.retain(|resource| !is_local(resource));
}

fn is_local(resource: &Resource) -> bool {
    let annotation = resource.value.at(&["metadata", "annotations", ANNOTATION]);
    annotation.is_some_and(|value| match &value.data {
        Data::String(text) => text != "false",
        Data::Bool(truth) => *truth,
        // What is not known is kept: a missing object would be worse than one too many.
        Data::Unknown(_) => false,
        _ => true,
    })
}
