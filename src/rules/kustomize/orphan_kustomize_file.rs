//! A manifest beside a kustomization should be part of it.

use std::collections::BTreeSet;

use crate::diagnostic::{Confidence, Diagnostic, RuleMeta};
use crate::graph::units::is_example;
use crate::graph::{Snapshot, UnitKind};
use crate::model::kustomization;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule};
use crate::syntax::ParsedFile;
use crate::syntax::yaml::{NodeKind, NodeRef};
use crate::text::{FileId, RepoPath, Span};

declare_rule! {
    OrphanKustomizeFile = "orphan-kustomize-file" {
        summary: "manifest, patch or component beside a kustomization that no build reads",
        group: Kustomize, level: Info, confidence: Medium, fix: None, since: "0.1.0", enabled: false,
    }
}

impl Rule for OrphanKustomizeFile {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn snapshot(&self, cx: &Context<'_>) {
        let used = Used::of(cx.head);
        for (path, file) in &cx.head.repository.files {
            if used.read.contains(&file.source.id) || is_model(path) {
                continue;
            }
            let Some(at) = kind_of(file) else { continue };
            let is_component = kustomization::is_kustomization(path.file_name());
            let Some(directory) = path.parent() else { continue };
            let finding = if is_component {
                if at.source() != "Component"
                    || used.named.contains(&directory)
                    || used.is_mentioned(cx.head, &directory)
                {
                    continue;
                }
                let message = format!("component `{directory}` is part of no kustomization");
                Diagnostic::new(&META, at.span(), message, path.to_string())
                    .primary("nothing lists it under `components`")
            } else {
                let Some(nearest) = nearest(cx.head, &directory) else { continue };
                if has_script(cx.head, &directory, &nearest.source.path) {
                    continue;
                }
                // A directory of which nothing is read is applied by hand, such as a runbook.
                let mut siblings = cx.head.repository.files_in(&directory);
                if !siblings.any(|sibling| used.read.contains(&sibling.source.id)) {
                    continue;
                }
                let is_built = used.read.contains(&nearest.source.id);
                if !is_built || used.unclear.contains(&nearest.source.id) {
                    continue;
                }
                if used.named.contains(path) || used.is_mentioned(cx.head, path) {
                    continue;
                }
                let message = format!("`{path}` is part of no kustomization");
                Diagnostic::new(&META, at.span(), message, path.to_string())
                    .primary("no build reads this file")
                    .label(Span::start_of(nearest.source.id), "the nearest kustomization does not list it")
            };
            cx.report(finding.confidence(Confidence::Medium).help("list it, or take it away"));
        }
    }
}

/// Templates, charts and examples are read by something else.
fn is_model(path: &RepoPath) -> bool {
    let directory = |part: &str| {
        matches!(part, "templates" | "charts" | "crds" | "hack" | "scripts")
            || part.starts_with('.')
            || part.contains("test")
    };
    is_example(path) || path.components().any(directory)
}

/// The kind of the first object of a YAML file.
fn kind_of(file: &ParsedFile) -> Option<NodeRef<'_>> {
    if !matches!(file.source.path.extension(), Some("yaml" | "yml"))
        && !file.source.path.as_str().ends_with("Kustomization")
    {
        return None;
    }
    let root = file.yaml()?.documents.first()?.root()?;
    let version = root.get("apiVersion").and_then(NodeRef::text)?;
    // A kustomization of another name is put in place by something.
    if version.starts_with("kustomize.config.k8s.io/") && !kustomization::is_kustomization(file.source.path.file_name())
    {
        return None;
    }
    root.get("kind").filter(|kind| kind.kind() == NodeKind::Scalar)
}

/// Whether a program that may read a file lies beside it, or beside its kustomization, or between.
fn has_script(snapshot: &Snapshot, directory: &RepoPath, kustomization: &RepoPath) -> bool {
    let is_script = |path: &RepoPath| {
        matches!(path.extension(), Some("sh" | "bash" | "py" | "mk"))
            || ["Makefile", "Taskfile", "Justfile", "justfile", "Tiltfile", "skaffold"]
                .iter()
                .any(|name| path.file_name().starts_with(name))
    };
    let top = kustomization.parent().unwrap_or_else(RepoPath::root);
    let mut at = Some(directory.clone());
    while let Some(directory) = at.filter(|at| at.is_within(&top)) {
        if snapshot.repository.listing.files_in(&directory).any(is_script) {
            return true;
        }
        at = directory.parent();
    }
    false
}

/// The kustomization file of a directory or of the nearest one above.
fn nearest<'a>(snapshot: &'a Snapshot, directory: &RepoPath) -> Option<&'a ParsedFile> {
    let mut at = Some(directory.clone());
    while let Some(directory) = at {
        // A chart in between reads its own files.
        if directory.join("Chart.yaml").is_some_and(|path| snapshot.repository.file(&path).is_some()) {
            return None;
        }
        let names = kustomization::FILE_NAMES.iter().filter_map(|name| directory.join(name));
        if let Some(file) = names.filter_map(|path| snapshot.repository.file(&path)).next() {
            return Some(file);
        }
        at = directory.parent();
    }
    None
}

/// What is read, named or not known.
struct Used {
    read: BTreeSet<FileId>,
    /// Kustomizations of builds of which not everything is known.
    unclear: BTreeSet<FileId>,
    /// Paths that kustomizations name.
    named: BTreeSet<RepoPath>,
    /// Files that an agent reads beside builds are read by their directory.
    directories: Vec<RepoPath>,
}

impl Used {
    fn of(snapshot: &Snapshot) -> Self {
        let mut used = Self {
            read: snapshot.builds.reads.clone(),
            unclear: BTreeSet::new(),
            named: snapshot.builds.entries.iter().filter_map(|entry| entry.path.clone()).collect(),
            directories: Vec::new(),
        };
        for unit in &snapshot.units {
            // Loose files are their own unit because nothing reads them.
            let is_loose = unit.kind == UnitKind::Directory && unit.owner.is_none();
            for file in &unit.reads {
                if is_loose {
                    used.read.remove(file);
                }
                if unit.unknown.is_some() {
                    used.unclear.insert(*file);
                }
            }
        }
        for unit in snapshot.units.iter().filter(|unit| unit.kind != UnitKind::Directory || unit.owner.is_some()) {
            used.read.extend(&unit.reads);
            // Below what is not rendered, anything may be read.
            if unit.unknown.is_some() || unit.owner.is_some() && unit.kind == UnitKind::Directory {
                used.directories.extend(unit.path.clone());
            }
        }
        used
    }

    /// Whether something else speaks of a path: a script, a pipeline, a plugin, an Application.
    fn is_mentioned(&self, snapshot: &Snapshot, path: &RepoPath) -> bool {
        if self.directories.iter().any(|directory| path.is_within(directory)) {
            return true;
        }
        let name = path.file_name();
        let own = |other: &RepoPath| other == path || other.is_within(path);
        snapshot.repository.files.values().any(|file| {
            !own(&file.source.path) && file.source.path.extension() != Some("md") && file.source.text.contains(name)
        })
    }
}
