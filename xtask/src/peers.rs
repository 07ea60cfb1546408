//! `cargo xtask peers`: the same manifests for kate and for other linters, check by check.
//!
//! Only manifests that all can read are compared: plain YAML files, each at its path, without what
//! renders them. kate runs with every rule that stands for a check, and with parameters that let it
//! speak where it is silent by default. What only the other tool finds needs a reason that can be
//! checked; where more than one finding in twenty has none, the command fails.

mod manifests;
mod own;
mod pairs;
mod reasons;
mod tools;
mod trivy;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use kate::diagnostic::{PeerCheck, peer_checks};

use self::own::Own;
use self::reasons::Case;
use crate::corpus::repositories;
use crate::mutate::Format;
use crate::table;

/// What to compare.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Directories of repositories
    #[arg(long, required_unless_present = "pairs", num_args = 1..)]
    corpus: Vec<PathBuf>,
    /// Compare the examples of the rules' pages instead: one that both report, one that neither does
    #[arg(long, conflicts_with = "corpus")]
    pairs: bool,
    /// Program of kube-linter
    #[arg(long)]
    kube_linter: Option<PathBuf>,
    /// Program of kube-score
    #[arg(long)]
    kube_score: Option<PathBuf>,
    /// Program of checkov
    #[arg(long)]
    checkov: Option<PathBuf>,
    /// A checkout of trivy-checks, whose checks run in Open Policy Agent
    #[arg(long)]
    trivy_checks: Option<PathBuf>,
    /// Program of Open Policy Agent
    #[arg(long, default_value = "opa")]
    opa: PathBuf,
    /// Directory that keeps what the other tools find; what lies there is not asked for again
    #[arg(long)]
    keep: Option<PathBuf>,
    /// Print what only the other tool finds and nothing explains, this many for each check
    #[arg(long, default_value_t = 0)]
    list: usize,
    /// Print explained findings, too
    #[arg(long)]
    explained: bool,
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

/// Checks of a tool that are compared here: those that rules stand for. What schemas say is compared
/// with kubeconform, whose library kube-linter uses for it; one check of Trivy asks the cluster for its
/// version.
fn checks(tool: &str) -> impl Iterator<Item = &'static PeerCheck> {
    let is_compared = move |known: &&PeerCheck| known.tool == tool && !known.rules.is_empty();
    peer_checks().iter().filter(is_compared).filter(|known| !matches!(known.id, "schema-validation" | "KSV-01011"))
}

/// Compare and print.
pub(crate) fn run(arguments: &Arguments) -> Result<(), String> {
    let work = tempfile::tempdir().map_err(|error| error.to_string())?;
    if arguments.pairs {
        return compare_pairs(arguments, work.path());
    }
    let unpacked = tempfile::tempdir().map_err(|error| error.to_string())?;
    let mut files: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for corpus in &arguments.corpus {
        for repository in repositories(corpus, unpacked.path())? {
            let name = repository.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            files.entry(name.to_owned()).or_default().extend(manifests::copy(&repository, work.path())?);
        }
    }
    files.retain(|_, files| !files.is_empty());
    println!("{} manifests of {} repositories", files.values().map(Vec::len).sum::<usize>(), files.len());
    let mut own = BTreeMap::new();
    for (name, files) in &files {
        own.insert(name.as_str(), Own::check(work.path(), name, files)?);
    }
    let mut failures = Vec::new();
    for (tool, theirs) in theirs(arguments, work.path(), &files, &own)? {
        compare(tool, &theirs, &own, arguments, &mut failures);
    }
    if failures.is_empty() { Ok(()) } else { Err(failures.join("\n")) }
}

/// What each of the tools that are here finds.
fn theirs(
    arguments: &Arguments,
    work: &Path,
    files: &BTreeMap<String, Vec<String>>,
    own: &BTreeMap<&str, Own>,
) -> Result<Vec<(&'static str, Found)>, String> {
    let mut all = Vec::new();
    for (tool, program) in [
        ("kube-linter", &arguments.kube_linter),
        ("kube-score", &arguments.kube_score),
        ("checkov", &arguments.checkov),
    ] {
        if let Some(program) = program {
            all.push((tool, tools::found(tool, program, work, files, arguments.keep.as_deref())?));
        }
    }
    if let Some(checks) = &arguments.trivy_checks {
        all.push(("trivy", trivy::found(&arguments.opa, checks, own)?));
    }
    Ok(all)
}

/// Whether each check and its rules agree on a guilty and an innocent manifest.
fn compare_pairs(arguments: &Arguments, work: &Path) -> Result<(), String> {
    let files = BTreeMap::from([(pairs::REPOSITORY.to_owned(), pairs::write(work)?)]);
    let files_of_pairs = &files[pairs::REPOSITORY];
    let own = BTreeMap::from([(pairs::REPOSITORY, Own::check(work, pairs::REPOSITORY, files_of_pairs)?)]);
    let mut rows = Vec::new();
    let mut failures = Vec::new();
    for (tool, theirs) in theirs(arguments, work, &files, &own)? {
        for check in checks(tool) {
            let pair = pairs::judge(check, &theirs, &own[pairs::REPOSITORY], files_of_pairs);
            for (side, directory) in [("guilty", &pair.guilty), ("innocent", &pair.innocent)] {
                if directory.is_none() {
                    failures.push(format!("{tool} {}: no {side} example that both see so", check.id));
                }
            }
            let directory = |directory: Option<String>| directory.unwrap_or_else(|| "-".to_owned());
            rows.push(vec![tool.to_owned(), check.id.to_owned(), directory(pair.guilty), directory(pair.innocent)]);
        }
    }
    println!("{}", table::render(arguments.format, &["tool", "check", "both report", "neither reports"], &rows));
    if failures.is_empty() { Ok(()) } else { Err(failures.join("\n")) }
}

/// One tool's table.
fn compare(tool: &str, theirs: &Found, own: &BTreeMap<&str, Own>, arguments: &Arguments, failures: &mut Vec<String>) {
    let mut rows = Vec::new();
    let mut lists = String::new();
    for known in checks(tool) {
        let of_place = |place: &Place| own.get(place.0.split('/').next().unwrap_or_default());
        let peer = theirs.get(known.id).into_iter().flatten();
        let peer =
            peer.map(|place| of_place(place).and_then(|own| own.workload(place)).unwrap_or_else(|| place.clone()));
        let peer: BTreeSet<Place> = peer.collect();
        let of_rules =
            |own: &Own| known.rules.iter().filter_map(|rule| own.found.get(*rule)).flatten().cloned().collect();
        let mine: BTreeSet<Place> = own.values().flat_map(|own| -> BTreeSet<Place> { of_rules(own) }).collect();
        let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
        let (mut listed, mut unexplained) = (0, 0);
        for place in peer.difference(&mine) {
            let case = of_place(place).map(|own| Case { rules: &known.rules, place, own });
            let reason = case.as_ref().and_then(|case| reasons::of(known.id, case));
            match reason {
                Some(reason) => *reasons.entry(reason).or_default() += 1,
                None => unexplained += 1,
            }
            if (reason.is_none() || arguments.explained) && listed < arguments.list {
                listed += 1;
                let (file, kind, name) = place;
                let account = case.map(|case| case.account()).unwrap_or_default();
                let reason = reason.unwrap_or("-");
                lists.push_str(&format!("  {} {reason}: {file}: {kind} {name} [{account}]\n", known.id));
            }
        }
        let count = |number: usize| number.to_string();
        let reasons: Vec<String> = reasons.iter().map(|(reason, count)| format!("{reason} {count}")).collect();
        rows.push(vec![
            known.id.to_owned(),
            count(peer.len()),
            count(peer.intersection(&mine).count()),
            reasons.join(", "),
            count(unexplained),
            count(mine.difference(&peer).count()),
            known.rules.join(", "),
        ]);
        if unexplained as f64 > TOLERANCE * peer.len() as f64 {
            failures.push(format!("{tool} {}: kate lacks {unexplained} of {} findings", known.id, peer.len()));
        }
    }
    let head = ["check", "findings", "both", "explained", "unexplained", "only here", "rules"];
    println!("\n{tool}\n\n{}\n{lists}", table::render(arguments.format, &head, &rows));
}
