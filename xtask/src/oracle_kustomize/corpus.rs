//! Builds every kustomization of many repositories with the real program and with kate, and says
//! where they differ.
//!
//! A repository is read once, as `kate check` reads it: what its kustomizations share is built once.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use kate::model::kustomization;
use kate::pipeline::render::{Built, kustomizations};
use kate::text::RepoPath;
use kate::value::Reason;
use kate::vfs::{DiskVfs, EntryKind, Vfs, WalkOptions};
use rayon::prelude::*;

use super::archive::Verdict;
use super::cases::{difference, verdict};
use super::program::{Program, VERSION};
use super::verdict::compare;
use crate::corpus::repositories;
use crate::mutate::Format;
use crate::table;

/// Where the table is published, and between which lines.
const PUBLISHED: &str = "docs/accuracy.md";
const BEGIN: &str = "<!-- kustomize corpus: begin -->\n";
const END: &str = "<!-- kustomize corpus: end -->\n";

/// What a build of kate is beside one of the real program.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Outcome {
    /// The same bytes.
    Equal,
    /// Neither builds.
    BothFail,
    /// It needs a network or another program, be it one that makes a kustomization of a template, and
    /// kate says so.
    NeedsMore,
    /// kate cannot know, and the real program fails for something else.
    UnknownFails,
    /// kate cannot know, and the real program builds.
    Gap,
    /// Both build, and not the same.
    Differs,
    /// kate finds a fault where the real program builds.
    Surplus,
    /// kate builds where the real program fails.
    Missed,
}

/// Outcomes with their names in the table.
const OUTCOMES: [(Outcome, &str); 8] = [
    (Outcome::Equal, "equal"),
    (Outcome::BothFail, "fail alike"),
    (Outcome::NeedsMore, "need more"),
    (Outcome::UnknownFails, "unknown, fails"),
    (Outcome::Gap, "unknown, builds"),
    (Outcome::Differs, "differ"),
    (Outcome::Surplus, "only kate fails"),
    (Outcome::Missed, "only kate builds"),
];

impl Outcome {
    pub(super) fn of(built: &Built, verdict: &Verdict) -> Self {
        let unknown = built.unknown.is_some() || !built.opaque.is_empty();
        match verdict {
            Verdict::Failure(_) if !built.faults.is_empty() => Self::BothFail,
            Verdict::Failure(message) if unknown && (needs_more(message) || is_template(built)) => Self::NeedsMore,
            Verdict::Failure(_) if unknown => Self::UnknownFails,
            Verdict::Failure(_) => Self::Missed,
            Verdict::Expected(_) if unknown => Self::Gap,
            Verdict::Expected(_) if !built.faults.is_empty() => Self::Surplus,
            Verdict::Expected(_) if compare(built, verdict).is_ok() => Self::Equal,
            Verdict::Expected(_) => Self::Differs,
        }
    }

    /// Whether there is nothing to say about it.
    pub(super) fn is_fine(self) -> bool {
        matches!(self, Self::Equal | Self::BothFail | Self::NeedsMore)
    }
}

/// Whether another program makes the kustomization: it is not YAML yet.
fn is_template(built: &Built) -> bool {
    built.unknown.iter().chain(&built.opaque).any(|unknown| unknown.reason() == Reason::Templated)
}

/// Whether an error is that there is no network, plugin or other program.
fn needs_more(message: &str) -> bool {
    let signs = ["executable file not found", "unable to find plugin", "plugins disabled", "--enable-helm", "git"];
    signs.iter().chain(&["proxyconnect", "http", "HTTP", "HelmChart"]).any(|sign| message.contains(sign))
}

/// Compare every kustomization of every repository below some directories.
///
/// # Errors
/// If a directory cannot be read or the program cannot be run.
pub(super) fn run(program: &Program, directories: &[PathBuf], write: bool) -> Result<(), String> {
    let unpacked = tempfile::tempdir().map_err(|error| error.to_string())?;
    let mut rows: Vec<(String, BTreeMap<Outcome, u64>)> = Vec::new();
    let (mut shown, mut reasons) = (String::new(), BTreeMap::new());
    let second = Program::kubectl();
    let mut opinions = Opinions::default();
    for directory in directories {
        for repository in repositories(directory, unpacked.path())? {
            let name = repository.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
            let compared = differential(program, second.as_ref(), &repository)?;
            let mut counts: BTreeMap<Outcome, u64> = BTreeMap::new();
            for Compared { directory, outcome, why, reason, opinion } in compared {
                *counts.entry(outcome).or_default() += 1;
                if let Some(opinion) = opinion {
                    opinions.add(&opinion, &mut shown, &format!("{name}/{directory}"));
                }
                if !outcome.is_fine() {
                    let _ = writeln!(shown, "{name}/{directory}: {}: {why}\n", title(outcome));
                }
                if let Some(reason) = reason {
                    *reasons.entry((outcome, reason)).or_insert(0_u64) += 1;
                }
            }
            if !counts.is_empty() {
                rows.push((name, counts));
            }
        }
    }
    println!("{shown}");
    for ((outcome, reason), count) in &reasons {
        println!("{count:6} {}: {reason}", title(*outcome));
    }
    let opinions = opinions.said(second.and_then(|second| second.kubectl_version()));
    println!("\n{}\n{opinions}", tabulate(&rows, Format::Text));
    if write {
        publish(&(tabulate(&rows, Format::Markdown) + &opinions))?;
    }
    let wrong: u64 = rows.iter().flat_map(|(_, counts)| counts).filter(|(o, _)| !o.is_fine()).map(|(_, n)| n).sum();
    if wrong == 0 { Ok(()) } else { Err(format!("{wrong} kustomizations are not what kustomize {VERSION} builds")) }
}

/// Its name in tables.
pub(super) fn title(outcome: Outcome) -> &'static str {
    OUTCOMES.iter().find(|(known, _)| *known == outcome).map_or("", |(_, title)| title)
}

/// What the kustomize inside kubectl makes of the same kustomizations.
#[derive(Default)]
struct Opinions {
    equal: u64,
    both_fail: u64,
    others: u64,
}

impl Opinions {
    fn add(&mut self, opinion: &Opinion, shown: &mut String, place: &str) {
        match opinion {
            Opinion::Equal => self.equal += 1,
            Opinion::BothFail => self.both_fail += 1,
            Opinion::Other(difference) => {
                self.others += 1;
                let _ = writeln!(shown, "{place}: the kustomize inside kubectl {difference}\n");
            }
        }
    }

    /// A sentence; nothing without kubectl.
    fn said(&self, version: Option<String>) -> String {
        let Some(version) = version else { return String::new() };
        let Self { equal, both_fail, others } = self;
        format!(
            "\nThe kustomize {version} inside kubectl builds {equal} of them to the same bytes as {VERSION}, fails for the \
             same {both_fail}, and does something else for {others}.\n"
        )
    }
}

/// The second opinion on one kustomization.
enum Opinion {
    Equal,
    BothFail,
    /// What it does otherwise.
    Other(String),
}

/// One kustomization, built twice.
struct Compared {
    directory: RepoPath,
    outcome: Outcome,
    /// How kate differs.
    why: String,
    /// Why kate cannot know it.
    reason: Option<String>,
    /// What the kustomize inside kubectl does, if there is one.
    opinion: Option<Opinion>,
}

/// The directories of a tree that have a kustomization file.
///
/// # Errors
/// If the tree cannot be listed.
pub(crate) fn kustomization_directories(vfs: &DiskVfs) -> Result<Vec<RepoPath>, String> {
    let listing = vfs.list(&WalkOptions::default()).map_err(|error| error.to_string())?;
    let is_kustomization = |path: &RepoPath| kustomization::FILE_NAMES.contains(&path.file_name());
    let mut directories: Vec<RepoPath> = listing
        .iter()
        .filter(|(path, entry)| matches!(entry.kind, EntryKind::File) && is_kustomization(path))
        .filter_map(|(path, _)| path.parent())
        .collect();
    directories.dedup();
    Ok(directories)
}

fn differential(program: &Program, second: Option<&Program>, repository: &Path) -> Result<Vec<Compared>, String> {
    let vfs = DiskVfs::new(repository).map_err(|error| error.to_string())?;
    let directories = kustomization_directories(&vfs)?;
    let built = kustomizations(&vfs, &directories).map_err(|error| error.to_string())?;
    let pairs = directories.into_par_iter().zip(built);
    let compared = pairs.map(|(directory, built)| {
        let path = if directory.as_str().is_empty() { "." } else { directory.as_str() };
        let real = verdict(program.build(vfs.root(), path)?);
        let other = second.map(|second| second.build(vfs.root(), path)).transpose()?.map(verdict);
        let opinion = other.map(|other| match (difference(&real, &other), &real) {
            (Some(difference), _) => Opinion::Other(difference),
            (None, Verdict::Expected(_)) => Opinion::Equal,
            (None, Verdict::Failure(_)) => Opinion::BothFail,
        });
        let outcome = Outcome::of(&built, &real);
        let mut why = if outcome.is_fine() { String::new() } else { compare(&built, &real).err().unwrap_or_default() };
        if let (Outcome::UnknownFails, Verdict::Failure(message)) = (outcome, &real) {
            let _ = write!(why, "; the real program: {message}");
        }
        let unknown = built.unknown.iter().chain(&built.opaque).next();
        let reason = unknown.map(|unknown| format!("{:?}", unknown.reason()));
        Ok(Compared { directory, outcome, why, reason, opinion })
    });
    compared.collect()
}

/// The table; its last column is the share of what needs nothing else that is the same.
fn tabulate(rows: &[(String, BTreeMap<Outcome, u64>)], format: Format) -> String {
    let mut total: BTreeMap<Outcome, u64> = BTreeMap::new();
    for (outcome, count) in rows.iter().flat_map(|(_, counts)| counts) {
        *total.entry(*outcome).or_default() += count;
    }
    let row = |name: &str, counts: &BTreeMap<Outcome, u64>| {
        let count = |outcome| counts.get(&outcome).copied().unwrap_or_default();
        let all: u64 = counts.values().sum();
        let numbers = OUTCOMES.iter().map(|(outcome, _)| count(*outcome).to_string());
        let same = count(Outcome::Equal) + count(Outcome::BothFail);
        let rate = table::percent(same, all - count(Outcome::NeedsMore));
        [name.replace("__", "/"), all.to_string()].into_iter().chain(numbers).chain([rate]).collect::<Vec<_>>()
    };
    let mut lines: Vec<Vec<String>> = rows.iter().map(|(name, counts)| row(name, counts)).collect();
    lines.push(row("all", &total));
    let head = ["repository", "kustomizations"].into_iter().chain(OUTCOMES.map(|(_, title)| title)).chain(["the same"]);
    table::render(format, &head.collect::<Vec<_>>(), &lines)
}

/// Put the table into the documentation.
fn publish(table: &str) -> Result<(), String> {
    let fault = |error: std::io::Error| format!("{PUBLISHED}: {error}");
    let text = std::fs::read_to_string(PUBLISHED).map_err(fault)?;
    let missing = || format!("{PUBLISHED} has no line `{}`", BEGIN.trim());
    let (before, rest) = text.split_once(BEGIN).ok_or_else(missing)?;
    let (_, after) = rest.split_once(END).ok_or_else(missing)?;
    std::fs::write(PUBLISHED, format!("{before}{BEGIN}{table}{END}{after}")).map_err(fault)
}
