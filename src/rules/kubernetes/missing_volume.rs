//! Mounts need a volume of the pod.

use super::judge::{Judge, declare_judge};
use crate::text::near_miss;
use crate::value::Known;

declare_judge! {
    MissingVolume = "missing-volume" {
        summary: "container mounts a volume that its pod does not have",
        group: Kubernetes, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

fn check(judge: &mut Judge<'_>) {
    let Some(pod) = judge.pod() else { return };
    let volumes = pod.spec.get("volumes");
    // The controller adds the claims that it makes.
    let templates = judge.spec().get("volumeClaimTemplates");
    if !volumes.is_complete() || !templates.is_complete() {
        return;
    }
    let templates = templates.items().map(|(_, template)| template.at(&["metadata", "name"]));
    let templates = templates.filter(|name| !name.is_absent());
    let names: Vec<_> = volumes.items().map(|(_, volume)| volume.get("name")).chain(templates).collect();
    // A name that is not known may be the one.
    let Some(known) = names.iter().map(|name| name.text().value().copied()).collect::<Option<Vec<&str>>>() else {
        return;
    };
    for container in pod.containers() {
        let named = |list, field: &'static [&'static str]| {
            container.field.get(list).items().map(move |(_, item)| item.at(field))
        };
        let mounts = named("volumeMounts", &["name"]).map(|name| (name, "mounts"));
        let devices = named("volumeDevices", &["name"]).map(|name| (name, "uses"));
        let files = named("env", &["valueFrom", "fileKeyRef", "volumeName"]).map(|name| (name, "reads a file of"));
        for (name, verb) in mounts.chain(devices).chain(files) {
            let (Known::Value(wanted), true) = (name.raw_text(), name.text().unknown().is_none()) else { continue };
            if known.contains(&wanted) {
                continue;
            }
            let message = format!("{} {verb} the volume `{wanted}`, which the pod does not have", container.title());
            let problem = judge.error(name, message);
            match near_miss(wanted, known.iter().copied()) {
                Some(near) => {
                    problem.help(format!("did you mean `{near}`?"));
                    if let Some(at) = names.iter().find(|name| name.is_text(near)) {
                        problem.label(at.span(), "a volume of a near name");
                    }
                }
                None => {
                    problem.help("add a volume of this name to `volumes` of the pod");
                }
            }
        }
    }
}
