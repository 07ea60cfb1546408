//! The account of a run: how much was seen, how much could be checked, and what would help.

use std::collections::BTreeMap;

use crate::graph::references::REMOTE;
use crate::graph::{Reference, Resolution, Scope, Snapshot, Strength, Universe, Version};
use crate::report::{KnownVersion, References, Summary, UnknownLine};
use crate::syntax;
use crate::text::RepoPath;
use crate::value::{Reason, Unknown};
use crate::vfs::EntryKind;

/// Count a linked tree.
pub(super) fn summary(snapshot: &Snapshot) -> Summary {
    let mut summary = Summary {
        files: snapshot.repository.files.len(),
        objects: snapshot.objects.len(),
        units: snapshot.units.len(),
        references: References::default(),
        ..Summary::default()
    };
    let mut reasons: BTreeMap<(Reason, String), BTreeMap<&str, usize>> = BTreeMap::new();
    for reference in &snapshot.references {
        match outcome(reference) {
            Judged::Holds => summary.references.resolved += 1,
            Judged::Broken => summary.references.missing += 1,
            Judged::Unknown(why) => {
                summary.references.unknown += 1;
                let kinds = reasons.entry((why.reason(), why.detail().to_owned())).or_default();
                *kinds.entry(declarable(reference)).or_default() += 1;
            }
        }
    }
    let mut lines: Vec<_> =
        reasons.into_iter().map(|(reason, kinds)| (reason, kinds.values().sum::<usize>(), kinds)).collect();
    lines.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    summary.unknown = lines
        .into_iter()
        .map(|((reason, detail), count, kinds)| {
            // The kind that is wanted most.
            let kinds = kinds.iter().filter(|(kind, _)| !kind.is_empty());
            let kind = kinds.max_by(|a, b| a.1.cmp(b.1).then_with(|| b.0.cmp(a.0))).map(|(kind, _)| *kind);
            let text =
                if detail.is_empty() { reason.as_str().to_owned() } else { format!("{}: {detail}", reason.as_str()) };
            UnknownLine { reason: text, count, remedy: remedy(reason, kind) }
        })
        .collect();
    if let Some(url) = &snapshot.assumed_url {
        summary.notes.push(format!(
            "assumed that `{url}` is this repository; `repository: {{aliases: [...]}}` in kate.yaml says so"
        ));
    }
    for version in &snapshot.versions.all {
        let known = known_version(snapshot, version);
        match summary.versions.iter_mut().find(|other| other.says_the_same(&known)) {
            Some(other) => other.places += 1,
            None => summary.versions.push(known),
        }
    }
    unread(snapshot, &mut summary.notes);
    unjudged(snapshot, &mut summary.notes);
    if reads_secrets(snapshot) && !makes_secrets(snapshot) {
        summary.notes.push("nothing in this repository makes a Secret: missing Secrets are not reported".to_owned());
    }
    summary
}

fn known_version(snapshot: &Snapshot, version: &Version) -> KnownVersion {
    let repository = &snapshot.repository;
    let file = repository.sources.get(version.at.file);
    let cluster = match &version.scope {
        Scope::Declared(index) => repository.declared.clusters.get(*index).map(|cluster| cluster.name.clone()),
        // Without a name it is the only one that is known.
        Scope::In(Universe::Cluster(id)) => id.split_once(':').map(|(_, name)| name.to_owned()),
        Scope::In(Universe::Unknown(_)) | Scope::Rest => None,
    };
    KnownVersion {
        project: version.project.id(),
        version: version.required.map(|required| required.release.to_string()),
        minimum: version.required.is_some_and(|required| required.at_least),
        cluster: cluster.filter(|name| !name.is_empty()),
        evidence: version.evidence.as_str(),
        path: file.path.to_string(),
        line: file.position(version.at.start as usize).line,
        places: 1,
    }
}

/// Say which files were left out for their size or could not be read.
fn unread(snapshot: &Snapshot, notes: &mut Vec<String>) {
    let listing = &snapshot.repository.listing;
    for (kind, what) in [(EntryKind::TooLarge, "too large"), (EntryKind::Unreadable, "unreadable")] {
        let of_kind = listing.iter().filter(|(path, entry)| entry.kind == kind && syntax::is_relevant(path));
        let paths: Vec<&RepoPath> = of_kind.map(|(path, _)| path).collect();
        let Some(first) = paths.first() else { continue };
        let more = if paths.len() > 1 { format!(" and {} more", paths.len() - 1) } else { String::new() };
        notes.push(format!("not read because {what}: `{first}`{more}"));
    }
    if listing.unnamed() > 0 {
        notes.push(format!("not read because their names are no text: {} files", listing.unnamed()));
    }
}

/// Say which kinds have no schema and what of the schemas could not be checked.
fn unjudged(snapshot: &Snapshot, notes: &mut Vec<String>) {
    let structure = &snapshot.structure;
    let mut kinds: Vec<(&String, &usize)> = structure.unknown_kinds.iter().collect();
    kinds.sort_by(|a, b| b.1.cmp(a.1).then_with(|| a.0.cmp(b.0)));
    if !kinds.is_empty() {
        let objects: usize = kinds.iter().map(|(_, count)| **count).sum();
        let named: Vec<String> = kinds.iter().take(5).map(|(kind, _)| format!("`{kind}`")).collect();
        let more = if kinds.len() > 5 { format!(" and {} more", kinds.len() - 5) } else { String::new() };
        let objects = if objects == 1 { "1 object".to_owned() } else { format!("{objects} objects") };
        notes.push(format!("no schema for {objects} of {}{more}", named.join(", ")));
    }
    for (kind, what) in &structure.unchecked {
        let Some(first) = what.first() else { continue };
        let more = if what.len() > 1 { format!(" and {} more", what.len() - 1) } else { String::new() };
        notes.push(format!("not checked in `{kind}`: {first}{more}"));
    }
}

enum Judged<'a> {
    Holds,
    Broken,
    Unknown(&'a Unknown),
}

/// A reference holds if its name and its key do.
fn outcome(reference: &Reference) -> Judged<'_> {
    match (&reference.resolution, &reference.key) {
        (Resolution::Missing { .. }, _) | (_, Some(Resolution::Missing { .. })) => {
            if reference.optional {
                Judged::Holds
            } else {
                Judged::Broken
            }
        }
        (Resolution::Unknown { why, .. }, _) | (_, Some(Resolution::Unknown { why, .. })) => Judged::Unknown(why),
        (Resolution::Found(_), _) => Judged::Holds,
    }
}

/// The kind by which `kate.yaml` declares what a reference wants; empty if it cannot.
fn declarable(reference: &Reference) -> &str {
    match reference.want.group.as_str() {
        REMOTE => "RemoteSecret",
        group if group.starts_with("kate.") || reference.kind.is_selector() => "",
        _ => &reference.want.kind,
    }
}

/// The line of `kate.yaml` that would remove a reason, for the kind that is wanted.
fn remedy(reason: Reason, kind: Option<&str>) -> Option<String> {
    Some(match reason {
        Reason::WhichRepository => "repository: {aliases: [<this repository's URL>]}".to_owned(),
        Reason::NoDestination | Reason::ArgoInstance => {
            "clusters: [{name: <cluster>, paths: [<directories>]}]".to_owned()
        }
        Reason::RemoteSource
        | Reason::HelmChart
        | Reason::Operator
        | Reason::TerraformObjects
        | Reason::SecretStore
        | Reason::External => match kind? {
            "RemoteSecret" => "external: [{kind: RemoteSecret, name: <key>}]".to_owned(),
            kind => format!("external: [{{kind: {kind}, namespace: <namespace>, name: <name>}}]"),
        },
        _ => return None,
    })
}

fn is_secret(kind: &str, group: &str) -> bool {
    kind == "Secret" && group.is_empty()
}

fn reads_secrets(snapshot: &Snapshot) -> bool {
    snapshot.references.iter().any(|reference| {
        is_secret(&reference.want.kind, &reference.want.group)
            && matches!(
                reference.resolution,
                Resolution::Missing { .. } | Resolution::Unknown { strength: Strength::Weak, .. }
            )
    })
}

fn makes_secrets(snapshot: &Snapshot) -> bool {
    snapshot.symbols.iter().any(|symbol| is_secret(&symbol.kind, &symbol.group))
}
