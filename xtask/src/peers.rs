//! `cargo xtask peers`: the same manifests for kate and for other linters, check by check.
//!
//! Only manifests that all can read are compared: plain YAML files, each at its path, without what
//! renders them. kate runs with every rule that stands for a check, and with parameters that let it
//! speak where it is silent by default.

mod tools;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use kate::diagnostic::{PeerCheck, peer_checks};
use kate::pipeline::{Request, check};
use kate::vfs::{DiskVfs, Vfs, WalkOptions};

use crate::corpus::repositories;
use crate::mutate::Format;
use crate::table;

/// What to compare.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Directories of repositories
    #[arg(long, required = true, num_args = 1..)]
    corpus: Vec<PathBuf>,
    /// Program of kube-linter
    #[arg(long)]
    kube_linter: Option<PathBuf>,
    /// Program of kube-score
    #[arg(long)]
    kube_score: Option<PathBuf>,
    /// Program of checkov
    #[arg(long)]
    checkov: Option<PathBuf>,
    /// Print what only the other tool finds, this many for each check
    #[arg(long, default_value_t = 0)]
    list: usize,
    /// How to print the tables
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// An object that something is found in: file, kind, name.
pub(crate) type Place = (String, String, String);

/// Findings of a tool by check.
pub(crate) type Found = BTreeMap<String, BTreeSet<Place>>;

/// Largest share of a check's findings that kate may lack without a reason.
const TOLERANCE: f64 = 0.05;

/// Compare and print.
pub(crate) fn run(arguments: &Arguments) -> Result<(), String> {
    let work = tempfile::tempdir().map_err(|error| error.to_string())?;
    let unpacked = tempfile::tempdir().map_err(|error| error.to_string())?;
    let mut files = Vec::new();
    for corpus in &arguments.corpus {
        for repository in repositories(corpus, unpacked.path())? {
            files.extend(copy_manifests(&repository, work.path())?);
        }
    }
    println!("{} manifests", files.len());
    let own = kate(work.path())?;
    let mut failures = Vec::new();
    for (tool, program) in [
        ("kube-linter", &arguments.kube_linter),
        ("kube-score", &arguments.kube_score),
        ("checkov", &arguments.checkov),
    ] {
        let Some(program) = program else { continue };
        let theirs = tools::run(tool, program, work.path(), &files)?;
        compare(tool, &theirs, &own, arguments, &mut failures);
    }
    if failures.is_empty() { Ok(()) } else { Err(failures.join("\n")) }
}

/// One tool's table.
fn compare(tool: &str, theirs: &Found, own: &Found, arguments: &Arguments, failures: &mut Vec<String>) {
    let mut rows = Vec::new();
    let mut lists = String::new();
    for known in peer_checks().iter().filter(|known| known.tool == tool && !known.rules.is_empty()) {
        let peer = theirs.get(known.id).cloned().unwrap_or_default();
        let mine: BTreeSet<&Place> = known.rules.iter().filter_map(|rule| own.get(*rule)).flatten().collect();
        let missed: Vec<&Place> = peer.iter().filter(|place| !mine.contains(place)).collect();
        let more = mine.iter().filter(|place| !peer.contains(**place)).count();
        let count = |number: usize| number.to_string();
        rows.push(vec![
            known.id.to_owned(),
            known.rules.join(", "),
            count(peer.len()),
            count(peer.len() - missed.len()),
            count(missed.len()),
            count(more),
        ]);
        if is_unexplained(known, peer.len(), missed.len()) {
            failures.push(format!("{tool} {}: {} of {} findings are not kate's", known.id, missed.len(), peer.len()));
        }
        for (file, kind, name) in missed.iter().take(arguments.list) {
            lists.push_str(&format!("  {} {file}: {kind} {name}\n", known.id));
        }
    }
    let head = ["check", "rules", "findings", "both", "only there", "only here"];
    println!("\n{tool}\n\n{}\n{lists}", table::render(arguments.format, &head, &rows));
}

/// Whether kate lacks more than may be, and the table of checks has no note about it.
fn is_unexplained(known: &PeerCheck, all: usize, missed: usize) -> bool {
    known.note.is_empty() && missed as f64 > TOLERANCE * all as f64
}

/// The plain manifests of a repository, copied to where only they are.
fn copy_manifests(repository: &Path, work: &Path) -> Result<Vec<String>, String> {
    let name = repository.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let vfs = DiskVfs::new(repository).map_err(|error| error.to_string())?;
    let listing = vfs.list(&WalkOptions::default()).map_err(|error| error.to_string())?;
    let mut copied = Vec::new();
    for path in listing.iter().map(|(path, _)| path.as_str()) {
        let source = repository.join(path);
        let is_yaml = path.ends_with(".yaml") || path.ends_with(".yml");
        let Ok(text) = std::fs::read_to_string(&source) else { continue };
        if !is_yaml || !is_manifest(&text) {
            continue;
        }
        let relative = format!("{name}/{path}");
        let target = work.join(&relative);
        let parent = target.parent().expect("a file has a directory");
        std::fs::create_dir_all(parent).map_err(|error| error.to_string())?;
        std::fs::write(&target, text).map_err(|error| error.to_string())?;
        copied.push(relative);
    }
    Ok(copied)
}

/// Whether each document of a file is an object of Kubernetes, without templates, and none is what
/// renders others.
fn is_manifest(text: &str) -> bool {
    let renders = ["kind: Kustomization", "kind: Component", "kind: Application", "kind: AppProject", "kind: List"];
    let of_kubernetes = |document: &str| {
        let has = |key: &str| document.lines().any(|line| line.starts_with(key));
        document.lines().all(|line| line.trim().is_empty() || line.starts_with('#'))
            || (has("apiVersion:") && has("kind:") && has("metadata:"))
    };
    !text.contains("{{")
        && !text.contains("${")
        && !text.contains(": <")
        && !renders.iter().any(|kind| text.lines().any(|line| line.starts_with(kind)))
        && text.split("\n---").all(|document| of_kubernetes(document.trim_start_matches("---")))
}

/// kate's findings, with all rules that stand for a check.
fn kate(work: &Path) -> Result<Found, String> {
    let rules: BTreeSet<&str> = peer_checks().iter().flat_map(|check| check.rules.iter().copied()).collect();
    let existing = kate::pipeline::all_rules();
    let levels = rules.iter().filter(|rule| existing.iter().any(|known| known.id.as_str() == **rule));
    let levels: Vec<String> = levels.map(|rule| format!("  {rule}: warning\n")).collect();
    let everywhere = [
        "blocking-disruption-budget",
        "container-runtime-socket",
        "dangerous-capability",
        "host-ipc",
        "host-pid",
        "privileged-container",
    ];
    let mut parameters: String =
        everywhere.iter().map(|rule| format!("    {rule}: {{ everywhere: true }}\n")).collect();
    parameters.push_str("    host-network: { node_agents: true }\n    single-replica: { minimum: 3 }\n");
    parameters.push_str("    low-autoscaler-minimum: { minimum: 3 }\n    unspread-replicas: { constraints: false }\n");
    parameters.push_str("    missing-required-metadata: { labels: { owner: .+ }, annotations: { email: .+ } }\n");
    let text = format!("rules:\n{}policies:\n  parameters:\n{parameters}", levels.concat());
    std::fs::write(work.join("kate.yaml"), text).map_err(|error| error.to_string())?;
    let vfs = DiskVfs::new(work).map_err(|error| error.to_string())?;
    let mut request = Request::new(&vfs);
    request.ignores = false;
    let outcome = check(&request).map_err(|error| error.to_string())?;
    if outcome.misconfigured {
        let said: Vec<&str> = outcome.diagnostics.iter().map(|finding| finding.message.as_str()).collect();
        return Err(format!("kate.yaml: {said:?}"));
    }
    let mut found = Found::new();
    for finding in &outcome.diagnostics {
        let file = outcome.sources.get(finding.primary_span().file).path.to_string();
        let Some((kind, name)) = object_of(&finding.subject) else { continue };
        found.entry(finding.rule.to_string()).or_default().insert((file, kind, name));
    }
    Ok(found)
}

/// `apps/Deployment prod/web/spec/…` as kind and name.
fn object_of(subject: &str) -> Option<(String, String)> {
    let (group_kind, rest) = subject.split_once(' ')?;
    let (_, kind) = group_kind.rsplit_once('/')?;
    let name = rest.split('/').nth(1)?;
    Some((kind.to_owned(), name.to_owned()))
}
