//! Claims, volumes of the cluster and storage classes.

use std::collections::BTreeMap;

use super::invalid_resources::quantity;
use super::judge::{Judge, declare_judge};
use crate::model::{Field, names};
use crate::schema::Quantity;
use crate::text::{Span, has_placeholder};
use crate::value::Known;

declare_judge! {
    InvalidStorage = "invalid-storage" {
        summary: "claim, volume or storage class that the API server refuses",
        group: Kubernetes, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

/// Keys of a PersistentVolume that say what it is.
pub(super) const SOURCES: [&str; 22] = [
    "awsElasticBlockStore",
    "azureDisk",
    "azureFile",
    "cephfs",
    "cinder",
    "csi",
    "fc",
    "flexVolume",
    "flocker",
    "gcePersistentDisk",
    "glusterfs",
    "hostPath",
    "iscsi",
    "local",
    "nfs",
    "photonPersistentDisk",
    "portworxVolume",
    "quobyte",
    "rbd",
    "scaleIO",
    "storageos",
    "vsphereVolume",
];

fn check(judge: &mut Judge<'_>) {
    if let Some(pod) = judge.pod() {
        for (_, volume) in pod.spec.get("volumes").items() {
            claim(judge, volume.at(&["ephemeral", "volumeClaimTemplate", "spec"]));
        }
    }
    match (judge.object.group.as_str(), judge.object.kind.as_str()) {
        ("", "PersistentVolumeClaim") => claim(judge, judge.spec()),
        ("apps", "StatefulSet") => {
            for (_, template) in judge.spec().get("volumeClaimTemplates").items() {
                if template.get("spec").is_absent() {
                    judge.error(template, "a template of a claim has no `spec`");
                }
                claim(judge, template.get("spec"));
            }
        }
        ("", "PersistentVolume") => volume(judge, judge.spec()),
        ("storage.k8s.io", "StorageClass") => class(judge, judge.root()),
        ("storage.k8s.io", "CSIDriver") => driver(judge, judge.spec()),
        ("storage.k8s.io", "VolumeAttributesClass") => attributes(judge, judge.root()),
        _ => {}
    }
}

fn modes<'a>(judge: &mut Judge<'a>, spec: Field<'a>, what: &str) {
    let modes = spec.get("accessModes");
    if modes.is_empty() {
        judge
            .error(modes, format!("{what} has no `accessModes`"))
            .help("`ReadWriteOnce`, if one node at a time uses it");
    }
    let alone = modes.items().find(|(_, mode)| mode.is_text("ReadWriteOncePod"));
    if let Some((_, alone)) = alone
        && modes.items().any(|(_, mode)| matches!(mode.text(), Known::Value(text) if text != "ReadWriteOncePod"))
    {
        judge.error(alone, "`ReadWriteOncePod` cannot stand beside other access modes");
    }
}

fn claim<'a>(judge: &mut Judge<'a>, spec: Field<'a>) {
    if !spec.is_present() {
        return;
    }
    modes(judge, spec, "a claim");
    let storage = spec.at(&["resources", "requests", "storage"]);
    if storage.is_absent() {
        judge.error(storage, "a claim requests no storage").help("say how much in `resources.requests.storage`");
    } else if quantity(storage).is_some_and(|storage| storage <= Quantity::ZERO) {
        judge.error(storage, "a claim must request more than nothing");
    }
    for key in ["storageClassName", "volumeAttributesClassName"] {
        judge.form(spec.get(key), "name of a class", names::dns_subdomain);
    }
    let source = spec.get("dataSource");
    let named = matches!(source.get("kind").text(), Known::Value("PersistentVolumeClaim" | "VolumeSnapshot"));
    if named && matches!(source.get("name").raw_text(), Known::Absent | Known::Value("")) {
        judge.error(source.get("kind"), "a `dataSource` has no name");
    }
    reference(judge, source, spec.get("dataSourceRef"));
    if let (Known::Absent, Known::Value(kind)) = (source.get("apiGroup").raw_text(), source.get("kind").text())
        && kind != "PersistentVolumeClaim"
    {
        judge
            .warning(source.get("kind"), format!("a `dataSource` of kind `{kind}` needs `apiGroup`"))
            .note("the API server drops it: the volume is empty");
    }
}

/// A `dataSourceRef`, beside which a `dataSource` must say the same.
fn reference<'a>(judge: &mut Judge<'a>, source: Field<'a>, reference: Field<'a>) {
    if !reference.is_present() {
        return;
    }
    for key in ["kind", "name"] {
        if reference.get(key).raw_text() == Known::Value("") {
            judge.error(reference.get(key), format!("`dataSourceRef` has no `{key}`"));
        }
    }
    let [group, kind] = ["apiGroup", "kind"].map(|key| reference.get(key));
    if let (Known::Absent | Known::Value(""), Known::Value(text)) = (group.raw_text(), kind.text())
        && text != "PersistentVolumeClaim"
    {
        judge.error(kind, format!("a `dataSourceRef` of kind `{text}` needs `apiGroup`"));
    }
    let differs = |key: &str| match (source.get(key).text(), reference.get(key).text()) {
        (Known::Value(one), Known::Value(other)) => one != other,
        _ => false,
    };
    if let Some(key) = ["apiGroup", "kind", "name"].into_iter().find(|key| differs(key)) {
        judge
            .error(source.get(key), "`dataSource` and `dataSourceRef` are not the same")
            .label(reference.get(key).span(), "another one")
            .help("keep `dataSourceRef`");
    }
}

fn volume<'a>(judge: &mut Judge<'a>, spec: Field<'a>) {
    if !spec.is_present() {
        return;
    }
    modes(judge, spec, "it");
    let storage = spec.at(&["capacity", "storage"]);
    if storage.is_absent() {
        judge.error(storage, "it has no `capacity.storage`");
    } else if quantity(storage).is_some_and(|storage| storage <= Quantity::ZERO) {
        judge.error(storage, "its capacity must be more than nothing");
    }
    for entry in spec.get("capacity").entries().filter(|entry| entry.key != "storage" && !has_placeholder(&entry.key)) {
        let key = Field::of_entry(entry).moved(entry.key_origin.span());
        judge.error(key, format!("`{}` is no capacity of a volume: only `storage` is", entry.key));
    }
    let mut given = SOURCES.iter().filter(|source| spec.get(source).is_present());
    match (given.next(), given.next()) {
        (Some(first), Some(second)) => {
            judge
                .error(spec.get(second), format!("it is both `{first}` and `{second}`"))
                .label(spec.get(first).span(), "the other one");
        }
        (None, _) if spec.is_complete() => {
            judge.error(spec, "it does not say where its data are").help("`csi`, `nfs`, `local` or the like");
        }
        _ => {}
    }
    let affinity = spec.at(&["nodeAffinity", "required"]);
    if spec.get("local").is_present() && affinity.is_absent() {
        judge
            .error(spec.get("local"), "a `local` volume needs `nodeAffinity.required`")
            .help("say on which node it is");
    }
    let driver = spec.at(&["csi", "driver"]);
    judge.form(driver, "name of a driver", |name| names::dns_subdomain(&name.to_lowercase()));
    for path in [
        ["csi", "driver"],
        ["csi", "volumeHandle"],
        ["nfs", "server"],
        ["nfs", "path"],
        ["hostPath", "path"],
        ["local", "path"],
    ] {
        let source = spec.get(path[0]);
        if source.is_present() && matches!(source.get(path[1]).raw_text(), Known::Absent | Known::Value("")) {
            judge.error(source.get(path[1]), format!("it has no `{}.{}`", path[0], path[1]));
        }
    }
    judge.form(spec.at(&["nfs", "path"]), "path of an export", |path| {
        if path.starts_with('/') { Ok(()) } else { Err("it must be absolute") }
    });
    for path in [["hostPath", "path"], ["local", "path"]] {
        judge.form(spec.at(&path), "path on the node", names::no_backsteps);
    }
    let policy = spec.get("persistentVolumeReclaimPolicy");
    if policy.is_text("Recycle") && spec.at(&["hostPath", "path"]).is_text("/") {
        judge
            .error(policy, "`Recycle` would delete the whole disk of a node")
            .label(spec.at(&["hostPath", "path"]).span(), "its root");
    }
    judge.form(spec.get("storageClassName"), "name of a class", names::dns_subdomain);
    super::invalid_scheduling::node_terms(judge, affinity);
}

fn attributes<'a>(judge: &mut Judge<'a>, root: Field<'a>) {
    let driver = root.get("driverName");
    judge.form(driver, "name of a driver", |name| names::qualified_name(&name.to_lowercase()));
    if driver.raw_text() == Known::Value("") {
        judge.error(driver, "it names no driver");
    }
    if root.get("parameters").is_empty() {
        judge.error(root.get("parameters"), "it has no `parameters`: it changes nothing of a volume");
    }
    parameters(judge, root);
}

/// What a driver is told, of which the API server takes so much.
fn parameters<'a>(judge: &mut Judge<'a>, root: Field<'a>) {
    let parameters = root.get("parameters");
    let mut size = 0;
    for entry in parameters.entries() {
        size += entry.key.len() + Field::of_entry(entry).raw_text().value().map_or(0, |text| text.len());
        if entry.key.is_empty() {
            judge.error(Field::of_entry(entry).moved(entry.key_origin.span()), "a parameter has no name");
        }
    }
    if size > 256 << 10 || parameters.entries().count() > 512 {
        judge.error(parameters, "its parameters are too many or too large").primary("more than 512, or than 256 KiB");
    }
}

fn class<'a>(judge: &mut Judge<'a>, root: Field<'a>) {
    parameters(judge, root);
    let provisioner = root.get("provisioner");
    judge.form(provisioner, "provisioner", |name| names::qualified_name(&name.to_lowercase()));
    if provisioner.raw_text() == Known::Value("") {
        judge
            .error(provisioner, "it names no provisioner")
            .help("`kubernetes.io/no-provisioner`, if volumes are made by hand");
    }
    let policy = root.get("reclaimPolicy");
    if policy.is_text("Recycle") {
        judge.error(policy, "a storage class may only say `Delete` or `Retain`");
    }
    let mut terms: Vec<(String, Span)> = Vec::new();
    for (_, term) in root.get("allowedTopologies").items() {
        // Terms that say the same, in whatever order.
        if let Some(text) = said(term) {
            match terms.iter().find(|(known, _)| *known == text) {
                Some((_, first)) => {
                    judge.error(term, "a topology stands twice").label(*first, "first here");
                }
                None => terms.push((text, term.span())),
            }
        }
        if term.get("matchLabelExpressions").is_empty() {
            judge.error(term, "a topology has no expressions");
        }
        let mut keys = BTreeMap::new();
        for (_, expression) in term.get("matchLabelExpressions").items() {
            once(judge, &mut keys, expression.get("key"), "the key");
            let mut values = BTreeMap::new();
            for (_, value) in expression.get("values").items() {
                once(judge, &mut values, value, "the value");
            }
            judge.form(expression.get("key"), "key of a label", names::qualified_name);
            if expression.get("values").is_empty() {
                judge.error(expression, "an expression about a topology has no values");
            }
        }
    }
}

/// What a topology says, in order; `None` if not all of it is known.
fn said(term: Field<'_>) -> Option<String> {
    let expressions = term.get("matchLabelExpressions");
    let mut parts = Vec::new();
    for (_, expression) in expressions.items().filter(|_| expressions.is_complete()) {
        let values = expression.get("values");
        let texts: Option<Vec<&str>> = values.items().map(|(_, value)| value.text().value().copied()).collect();
        let mut texts = texts.filter(|_| values.is_complete())?;
        texts.sort_unstable();
        parts.push(format!("{} {}", expression.get("key").text().value()?, texts.join(",")));
    }
    parts.sort();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// Report a text that was there before.
fn once<'a>(judge: &mut Judge<'a>, seen: &mut BTreeMap<&'a str, Span>, field: Field<'a>, what: &str) {
    if let Known::Value(text) = field.text()
        && let Some(first) = seen.insert(text, field.span())
    {
        judge.error(field, format!("{what} `{text}` stands twice")).label(first, "first here");
    }
}

fn driver<'a>(judge: &mut Judge<'a>, spec: Field<'a>) {
    let mut audiences = BTreeMap::new();
    for (_, request) in spec.get("tokenRequests").items() {
        let audience = request.get("audience");
        once(judge, &mut audiences, audience, "the audience");
        judge.within(request.get("expirationSeconds"), 600, 1 << 32);
    }
}
