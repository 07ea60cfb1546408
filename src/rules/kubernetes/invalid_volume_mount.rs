//! Where and how volumes are mounted.

use std::collections::BTreeMap;

use super::judge::{Judge, declare_judge};
use crate::model::pod::Container;
use crate::model::{Field, names};
use crate::text::Span;
use crate::value::Known;

declare_judge! {
    InvalidVolumeMount = "invalid-volume-mount" {
        summary: "mount of a volume that the API server refuses",
        group: Kubernetes, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

fn check(judge: &mut Judge<'_>) {
    let Some(pod) = judge.pod() else { return };
    for container in pod.containers() {
        mounts(judge, container);
        devices(judge, container, pod);
    }
}

fn mounts<'a>(judge: &mut Judge<'a>, container: Container<'a>) {
    let title = container.title();
    let privileged = container.field.at(&["securityContext", "privileged"]);
    let mut paths = BTreeMap::new();
    for (_, mount) in container.field.get("volumeMounts").items() {
        once(judge, &mut paths, mount.get("mountPath"), &title);
        let (path, expression) = (mount.get("subPath"), mount.get("subPathExpr"));
        if mount.get("mountPath").raw_text() == Known::Value("") {
            judge.error(mount.get("mountPath"), format!("{title} mounts a volume nowhere"));
        }
        judge.form(path, "`subPath`", names::descending_path);
        // It may hold `$(NAME)`.
        if let Known::Value(text) = expression.raw_text() {
            if let Err(why) = names::descending_path(text) {
                judge.error(expression, format!("`{text}` is no valid `subPathExpr`")).primary(why);
            }
            if !text.is_empty() && path.text().value().is_some() {
                judge.error(expression, format!("{title} mounts with both `subPath` and `subPathExpr`"));
            }
        }
        let propagation = mount.get("mountPropagation");
        let is_privileged = !matches!(privileged.truth(), Known::Absent | Known::Value(false));
        if propagation.is_text("Bidirectional") && !is_privileged {
            judge
                .error(propagation, format!("{title} mounts with `Bidirectional` propagation and is not privileged"))
                .help("use `HostToContainer`, or make the container privileged");
        }
        let recursive = mount.get("recursiveReadOnly");
        if matches!(recursive.text(), Known::Value("Enabled" | "IfPossible")) {
            if matches!(mount.get("readOnly").truth(), Known::Absent | Known::Value(false)) {
                judge.error(recursive, "`recursiveReadOnly` needs `readOnly: true`");
            }
            if matches!(propagation.text(), Known::Value("HostToContainer" | "Bidirectional")) {
                judge
                    .error(recursive, "`recursiveReadOnly` needs mount propagation `None`")
                    .label(propagation.span(), "it is not");
            }
        }
    }
}

/// Report what stands twice.
fn once<'a>(judge: &mut Judge<'a>, seen: &mut BTreeMap<&'a str, Span>, field: Field<'a>, title: &str) {
    if let Known::Value(text) = field.text()
        && let Some(first) = seen.insert(text, field.span())
    {
        judge.error(field, format!("{title} has the {} `{text}` twice", field.key())).label(first, "first here");
    }
}

fn devices<'a>(judge: &mut Judge<'a>, container: Container<'a>, pod: crate::model::Pod<'a>) {
    let title = container.title();
    let (mut names, mut paths) = (BTreeMap::new(), BTreeMap::new());
    for (_, device) in container.field.get("volumeDevices").items() {
        once(judge, &mut names, device.get("name"), &title);
        once(judge, &mut paths, device.get("devicePath"), &title);
        let (name, path) = (device.get("name"), device.get("devicePath"));
        judge.form(path, "path of a device", names::no_backsteps);
        let Known::Value(wanted) = name.text() else { continue };
        let volume = pod.spec.get("volumes").items().find(|(_, volume)| volume.get("name").is_text(wanted));
        if let Some((_, volume)) = volume {
            let is_block = ["persistentVolumeClaim", "ephemeral"].iter().any(|source| !volume.get(source).is_absent());
            if !is_block {
                judge
                    .error(name, format!("{title} uses `{wanted}` as a device, and it is no claim"))
                    .label(volume.get("name").span(), "the volume");
            }
        }
        for (_, mount) in container.field.get("volumeMounts").items() {
            if mount.get("name").is_text(wanted) {
                judge
                    .error(name, format!("{title} has `{wanted}` both as a device and as a mount"))
                    .label(mount.get("name").span(), "the mount");
            }
            if let (Known::Value(one), Known::Value(two)) = (mount.get("mountPath").text(), path.text())
                && one == two
            {
                judge
                    .error(path, format!("{title} has both a device and a mount at `{one}`"))
                    .label(mount.get("mountPath").span(), "the mount");
            }
        }
    }
}
