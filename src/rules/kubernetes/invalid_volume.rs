//! Volumes of a pod.

use std::collections::BTreeMap;

use super::invalid_environment::{pod_field, resource_field};
use super::judge::{Judge, declare_judge};
use crate::model::{Field, names};
use crate::value::Known;

declare_judge! {
    InvalidVolume = "invalid-volume" {
        summary: "volume that the API server refuses",
        group: Kubernetes, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

/// Keys of a volume that say what it is.
const SOURCES: [&str; 30] = [
    "awsElasticBlockStore",
    "azureDisk",
    "azureFile",
    "cephfs",
    "cinder",
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "fc",
    "flexVolume",
    "flocker",
    "gcePersistentDisk",
    "gitRepo",
    "glusterfs",
    "hostPath",
    "image",
    "iscsi",
    "nfs",
    "persistentVolumeClaim",
    "photonPersistentDisk",
    "portworxVolume",
    "projected",
    "quobyte",
    "rbd",
    "scaleIO",
    "secret",
    "storageos",
    "vsphereVolume",
];

fn check(judge: &mut Judge<'_>) {
    let Some(pod) = judge.pod() else { return };
    let mut names = BTreeMap::new();
    for (_, volume) in pod.spec.get("volumes").items() {
        let name = volume.get("name");
        judge.form(name, "name of a volume", names::dns_label);
        if name.raw_text() == Known::Value("") {
            judge.error(name, "a volume has no name");
        }
        if let Known::Value(text) = name.text() {
            match names.get(text) {
                Some(first) => {
                    judge.error(name, format!("two volumes are named `{text}`")).label(*first, "first here");
                }
                None => drop(names.insert(text, name.span())),
            }
        }
        let title = name.text().value().map_or("a volume".to_owned(), |name| format!("volume `{name}`"));
        let mut given = volume.entries().filter(|entry| SOURCES.contains(&&*entry.key) && !entry.value.is_null());
        if let (Some(first), Some(second)) = (given.next(), given.next()) {
            judge
                .error(
                    Field::of_entry(second).moved(second.key_origin.span()),
                    format!("{title} is both `{}` and `{}`", first.key, second.key),
                )
                .label(first.key_origin.span(), "the other one")
                .help("make two volumes of it");
        }
        source(judge, volume, &title);
    }
}

fn source<'a>(judge: &mut Judge<'a>, volume: Field<'a>, title: &str) {
    for (kind, key) in [
        ("secret", "secretName"),
        ("configMap", "name"),
        ("persistentVolumeClaim", "claimName"),
        ("hostPath", "path"),
        ("nfs", "server"),
        ("nfs", "path"),
        ("csi", "driver"),
        ("azureDisk", "diskName"),
        ("azureDisk", "diskURI"),
        ("azureFile", "secretName"),
        ("azureFile", "shareName"),
        ("flexVolume", "driver"),
        ("gitRepo", "repository"),
        ("glusterfs", "endpoints"),
        ("glusterfs", "path"),
        ("image", "reference"),
        ("iscsi", "targetPortal"),
        ("iscsi", "iqn"),
        ("rbd", "image"),
    ] {
        let source = volume.get(kind);
        if source.is_present() && matches!(source.get(key).raw_text(), Known::Absent | Known::Value("")) {
            judge.error(source.get(key), format!("{title} has no `{kind}.{key}`"));
        }
    }
    for kind in ["secret", "configMap"] {
        let source = volume.get(kind);
        mode(judge, source.get("defaultMode"));
        items(judge, source.get("items"));
    }
    let downward = volume.get("downwardAPI");
    mode(judge, downward.get("defaultMode"));
    for (_, file) in downward.get("items").items() {
        downward_file(judge, file);
    }
    projected(judge, volume.get("projected"), title);
    judge.form(volume.at(&["hostPath", "path"]), "path on the node", names::no_backsteps);
    judge.form(volume.at(&["nfs", "path"]), "path of an export", |path| {
        if path.starts_with('/') { Ok(()) } else { Err("it must be absolute") }
    });
    judge.form(volume.at(&["csi", "driver"]), "name of a driver", |name| names::dns_subdomain(&name.to_lowercase()));
    judge.form(volume.at(&["gitRepo", "directory"]), "path in a volume", names::descending_path);
    judge.within(volume.at(&["iscsi", "lun"]), 0, 255);
    judge.form(volume.at(&["iscsi", "iqn"]), "name of an iSCSI target", iscsi_name);
    let (fibre, named) = (volume.get("fc"), |key: &str| !volume.at(&["fc", key]).is_empty());
    if fibre.is_present() && named("targetWWNs") == named("wwids") {
        judge.error(fibre, format!("{title} needs one of `fc.targetWWNs` and `fc.wwids`"));
    }
    let limit = volume.at(&["emptyDir", "sizeLimit"]);
    if super::invalid_resources::quantity(limit).is_some_and(|limit| limit < crate::schema::Quantity::ZERO) {
        judge.error(limit, format!("{title} has a negative `sizeLimit`"));
    }
    let ephemeral = volume.get("ephemeral");
    if ephemeral.is_present() && ephemeral.get("volumeClaimTemplate").is_absent() {
        judge.error(ephemeral, format!("{title} has no `ephemeral.volumeClaimTemplate`"));
    }
}

/// As the API server has them: `iqn.2001-04.com.example:disk`, `eui.` and 16 or `naa.` and 32 digits.
fn iscsi_name(name: &str) -> names::Verdict {
    let digits = |text: &str, count| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    let plain = |text: &str, count| text.len() == count && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_name = match name.split_once('.') {
        Some(("iqn", rest)) => rest.split_once('.').is_some_and(|(date, rest)| {
            let dated = date.split_once('-').is_some_and(|(year, month)| digits(year, 4) && digits(month, 2));
            let (owner, part) = rest.split_once(':').unwrap_or((rest, ""));
            let named = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
            let wrong = |c: char| ",;*&$|".contains(c) || c.is_whitespace();
            dated && !owner.is_empty() && owner.bytes().all(named) && !part.is_empty() && !part.contains(wrong)
        }),
        Some(("eui", rest)) => plain(rest, 16),
        Some(("naa", rest)) => plain(rest, 32),
        _ => false,
    };
    if is_name { Ok(()) } else { Err("such as `iqn.2001-04.com.example:disk`") }
}

/// Files that keys become.
fn items<'a>(judge: &mut Judge<'a>, items: Field<'a>) {
    for (_, item) in items.items() {
        for key in ["key", "path"] {
            if item.get(key).raw_text() == Known::Value("") {
                judge.error(item.get(key), format!("an item of a volume has no `{key}`"));
            }
        }
        judge.form(item.get("path"), "path of a file in a volume", names::file_path);
        mode(judge, item.get("mode"));
    }
}

fn downward_file<'a>(judge: &mut Judge<'a>, file: Field<'a>) {
    const FIELDS: [&str; 5] =
        ["metadata.name", "metadata.namespace", "metadata.labels", "metadata.annotations", "metadata.uid"];
    judge.form(file.get("path"), "path of a file in a volume", names::file_path);
    mode(judge, file.get("mode"));
    let (field, resource) = (file.get("fieldRef"), file.get("resourceFieldRef"));
    if field.is_present() && resource.is_present() {
        judge.error(resource, "a file has both `fieldRef` and `resourceFieldRef`").label(field.span(), "the other one");
    }
    if field.is_absent() && resource.is_absent() {
        judge.error(file, "a file has neither `fieldRef` nor `resourceFieldRef`");
    }
    pod_field(judge, field, &FIELDS, "a file of a volume");
    if field.is_absent() && resource.is_present() {
        if resource.get("containerName").is_absent() {
            judge.error(resource, "`resourceFieldRef` of a file has no `containerName`");
        } else {
            resource_field(judge, resource);
        }
    }
}

fn projected<'a>(judge: &mut Judge<'a>, projected: Field<'a>, title: &str) {
    const KINDS: [&str; 6] =
        ["secret", "configMap", "downwardAPI", "serviceAccountToken", "clusterTrustBundle", "podCertificate"];
    mode(judge, projected.get("defaultMode"));
    let mut paths = BTreeMap::new();
    for (_, source) in projected.get("sources").items() {
        let mut given = KINDS.into_iter().filter(|kind| source.get(kind).is_present());
        if let (Some(first), Some(second)) = (given.next(), given.next()) {
            judge
                .error(source.get(second), format!("a source of {title} is both `{first}` and `{second}`"))
                .help("make two sources of it");
        }
        for kind in ["secret", "configMap"] {
            let source = source.get(kind);
            if source.is_present() && matches!(source.get("name").raw_text(), Known::Absent | Known::Value("")) {
                judge.error(source.get("name"), format!("a `{kind}` of {title} has no `name`"));
            }
            items(judge, source.get("items"));
        }
        for (_, file) in source.at(&["downwardAPI", "items"]).items() {
            downward_file(judge, file);
        }
        let token = source.get("serviceAccountToken");
        judge.within(token.get("expirationSeconds"), 600, 1 << 32);
        if token.is_present() && matches!(token.get("path").raw_text(), Known::Absent | Known::Value("")) {
            judge.error(token.get("path"), format!("a token of {title} has no `path`"));
        }
        judge.form(token.get("path"), "path of a file in a volume", names::file_path);
        for kind in ["secret", "configMap", "downwardAPI"] {
            for (_, item) in source.at(&[kind, "items"]).items() {
                let path = item.get("path");
                let Known::Value(text) = path.text() else { continue };
                match paths.get(text) {
                    Some(first) => {
                        judge.error(path, format!("{title} has two files `{text}`")).label(*first, "first here");
                    }
                    None => drop(paths.insert(text, path.span())),
                }
            }
        }
    }
}

fn mode<'a>(judge: &mut Judge<'a>, mode: Field<'a>) {
    let Known::Value(number) = mode.int() else { return };
    if (0..=0o777).contains(&number) {
        return;
    }
    let problem = judge.error(mode, format!("{number} is no mode of a file"));
    problem.primary(format!("it is {number:o} in octal, and 777 is the most"));
    // `644` was meant as octal digits.
    match i64::from_str_radix(&number.to_string(), 8) {
        Ok(octal) if octal <= 0o777 => problem.help(format!("write `0{number}`, or {octal} in JSON")),
        _ => problem.help("write an octal number such as `0644`"),
    };
}
