//! `IAMPolicyGenerator`: the ServiceAccount that stands for one of Google's
//! (`api/filters/iampolicygenerator`).

use crate::render::kustomize::accumulator::Accumulator;
use crate::render::kustomize::fault::{Fault, FaultKind};
use crate::render::kustomize::field_path::Written;
use crate::render::kustomize::generators::{Annotation, absorb};
use crate::render::kustomize::loader::Loader;
use crate::render::kustomize::resource::Resource;
use crate::syntax::yaml::{self, Schema};
use crate::value::{Origin, Step, Value};

const ANNOTATION: &str = "iam.gke.io/gcp-service-account";

/// Make the object that a configuration asks for, and add it.
pub(super) fn generate(
    out: &mut Accumulator,
    loader: &Loader<'_>,
    config: &Value,
    entry: &Value,
    annotation: Option<&Annotation>,
) {
    let text = |path: &[&str]| config.str_at(path).unwrap_or_default();
    let mut fault = |why: String| out.faults.push(Fault::new(FaultKind::Plugin, entry.span(), why));
    match text(&["cloud"]) {
        "gke" => {}
        other => return fault(format!("`{other}` is no cloud that kustomize knows: `gke`")),
    }
    let account = format!(
        "{}@{}.iam.gserviceaccount.com",
        text(&["serviceAccount", "name"]),
        text(&["serviceAccount", "projectId"])
    );
    let (name, namespace) = (text(&["kubernetesService", "name"]), text(&["kubernetesService", "namespace"]));
    // The real program writes a text without quotes and reads it again.
    let mut written = format!(
        "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  annotations:\n    {ANNOTATION}: {account}\n  name: {name}\n"
    );
    if !namespace.is_empty() {
        written.push_str(&format!("\n  namespace: {namespace}"));
    }
    let source = loader.repository.sources.get(config.span().file);
    let read =
        yaml::inline(source, config.span(), &written, Schema::Kustomize).and_then(|read| read.into_iter().next());
    let Some(mut value) = read else {
        return fault("the names of an IAM policy make no YAML".to_owned());
    };
    if value.at(&["metadata", "name"]).is_none_or(Value::is_null) {
        return fault("an IAM policy without `kubernetesService.name`".to_owned());
    }
    made(&mut value, &Origin::derived(Step::Generator, config.span(), Vec::new()));
    let places: [(&[&str], &[&[&str]]); 3] = [
        (&["metadata", "annotations", ANNOTATION], &[&["serviceAccount", "name"], &["serviceAccount", "projectId"]]),
        (&["metadata", "name"], &[&["kubernetesService", "name"]]),
        (&["metadata", "namespace"], &[&["kubernetesService", "namespace"]]),
    ];
    for (place, from) in places {
        let from = from.iter().filter_map(|path| config.at(path)).map(|value| value.origin.clone()).collect();
        if let Some(node) = value.at_mut(place) {
            node.origin = Origin::derived(Step::Generator, config.span(), from);
        }
    }
    let mut resource = Resource::new(value);
    if let Some(annotation) = annotation {
        annotation.annotate(&mut resource);
    }
    absorb(out, resource, entry, Written::new(&loader.repository.sources));
}

/// Give all nodes an origin.
fn made(value: &mut Value, origin: &Origin) {
    value.origin = origin.clone();
    for entry in value.as_map_mut().into_iter().flat_map(|map| map.iter_mut()) {
        entry.key_origin = origin.clone();
        made(&mut entry.value, origin);
    }
}
