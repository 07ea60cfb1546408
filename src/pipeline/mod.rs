//! The pipeline: the only module that knows all stages.
//!
//! configure → load → link → check → filter. Head and base go the same way and share what is the
//! same on both.

mod account;
mod load;
mod policies;

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::config::{self, Selector, Setting, Settings};
use crate::diagnostic::{Diagnostic, RuleMeta, sort_and_dedup};
use crate::graph::{Snapshot, link};
use crate::report::Summary;
use crate::rules::{self, Rule};
use crate::text::{RepoPath, Side, Sources};
use crate::vfs::{Vfs, VfsError, WalkOptions};

/// Where the configuration may be, in order; the first that exists counts.
pub const CONFIG_FILES: [&str; 3] = ["kate.yaml", ".kate.yaml", ".github/kate.yaml"];

/// Which configuration to use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Configuration {
    /// That of the head tree, if it has one.
    #[default]
    Head,
    /// That of the base tree: a change cannot weaken its own check.
    Base,
    /// This file of the head tree.
    File(RepoPath),
    /// None.
    Isolated,
}

/// What to check.
pub struct Request<'a> {
    /// The tree being checked.
    pub head: &'a dyn Vfs,
    /// The tree it is compared with.
    pub base: Option<&'a dyn Vfs>,
    /// Which configuration to use.
    pub configuration: Configuration,
    /// URLs under which the repository is known.
    pub own_urls: Vec<String>,
    /// Only these rules run (`--select`).
    pub select: Vec<Selector>,
    /// These run in addition (`--extend-select`).
    pub extend_select: Vec<Selector>,
    /// These do not run (`--ignore`).
    pub ignore: Vec<Selector>,
    /// Policy files beside those of the configuration (`--policy`): path and text.
    pub policies: Vec<(RepoPath, Arc<str>)>,
}

impl<'a> Request<'a> {
    /// A check of one tree with its own configuration.
    #[must_use]
    pub fn new(head: &'a dyn Vfs) -> Self {
        Self {
            head,
            base: None,
            configuration: Configuration::Head,
            own_urls: Vec::new(),
            select: Vec::new(),
            extend_select: Vec::new(),
            ignore: Vec::new(),
            policies: Vec::new(),
        }
    }
}

/// What a check found.
pub struct Outcome {
    /// All texts, of head and base.
    pub sources: Arc<Sources>,
    /// Findings, filtered and sorted.
    pub diagnostics: Vec<Diagnostic>,
    /// Every rule that could report.
    pub rules: Vec<RuleMeta>,
    /// The account of the run.
    pub summary: Summary,
    /// Whether the configuration could not be used: the findings are about it, nothing else was
    /// checked.
    pub misconfigured: bool,
    /// Rules that crashed: bugs of kate.
    pub crashed: Vec<String>,
    /// The linked head, if it was linked.
    pub head: Option<Snapshot>,
}

/// Check a tree.
///
/// # Errors
/// If a tree or the configuration cannot be read.
pub fn check(request: &Request<'_>) -> Result<Outcome, VfsError> {
    let mut clock = Clock::default();
    let mut sources = Sources::default();
    let mut shared = load::Shared::default();
    let (settings, policies, mistakes) = configure(request, &mut sources, &mut shared)?;
    if !mistakes.is_empty() {
        return Ok(misconfigured(sources, mistakes));
    }
    let walk =
        WalkOptions { include: settings.include.clone(), exclude: settings.exclude.clone(), ..WalkOptions::default() };
    let about = |side| load::About { side, own_urls: request.own_urls.clone(), declared: settings.declared.clone() };
    let head = load::load(request.head, &walk, about(Side::Head), &mut sources, &shared)?;
    clock.lap("read and parse");
    shared.extend(head.files.iter().map(|(path, file)| ((path.clone(), file.source.hash), Arc::clone(file))));
    let base = match request.base {
        Some(vfs) => Some(load::load(vfs, &walk, about(Side::Base), &mut sources, &shared)?),
        None => None,
    };
    let head = link(Arc::new(head));
    let base = base.map(|base| link(Arc::new(base)));
    clock.lap("render and link");

    let runs = |rule: &RuleMeta| settings.levels.runs(rule);
    let running: Vec<&dyn Rule> = rules::builtin().iter().copied().filter(|rule| runs(rule.meta())).collect();
    let found = rules::run(&running, &head, base.as_ref());
    clock.lap("rules");
    let mut diagnostics = found.diagnostics;
    diagnostics.extend(policies.check(&head, base.as_ref(), &runs));
    clock.lap("policies");
    let metas: Vec<RuleMeta> = rules_with(&policies).into_iter().filter(runs).collect();
    apply_levels(&mut diagnostics, &metas, &settings, &sources);
    sort_and_dedup(&mut diagnostics, &sources);
    let mut summary = account::summary(&head).counting(&diagnostics);
    summary.timings = clock.laps;
    Ok(Outcome {
        sources: Arc::new(sources),
        diagnostics,
        rules: metas,
        summary,
        misconfigured: false,
        crashed: found.crashed,
        head: Some(head),
    })
}

/// Read the configuration and put the request's selection on top of it.
fn configure(
    request: &Request<'_>,
    sources: &mut Sources,
    shared: &mut load::Shared,
) -> Result<(Settings, policies::Loaded, Vec<Diagnostic>), VfsError> {
    let (vfs, side) = match (&request.configuration, request.base) {
        (Configuration::Base, Some(base)) => (base, Side::Base),
        _ => (request.head, Side::Head),
    };
    let file = match &request.configuration {
        Configuration::Isolated => None,
        Configuration::File(path) => Some(load::one(vfs, path.clone(), side, sources)?),
        Configuration::Head | Configuration::Base => CONFIG_FILES
            .iter()
            .filter_map(|name| RepoPath::new(name))
            .find_map(|path| load::one(vfs, path, side, sources).ok()),
    };
    let (mut settings, mut mistakes) = match &file {
        Some(file) => config::read(file),
        None => (Settings::default(), Vec::new()),
    };
    let policies = policies::load(request, &settings, sources)?;
    let rules = rules_with(&policies);
    mistakes.extend(config::unknown_rules(&settings.levels, &rules.iter().collect::<Vec<_>>()));
    if let Some(file) = file {
        shared.insert((file.source.path.clone(), file.source.hash), file);
    }
    settings.levels.select.extend(request.select.iter().cloned());
    settings.levels.extend_select.extend(request.extend_select.iter().cloned());
    settings.levels.ignore.extend(request.ignore.iter().cloned());
    Ok((settings, policies, mistakes))
}

/// Every rule that there is: kate's own and those of policies.
fn rules_with(policies: &policies::Loaded) -> Vec<RuleMeta> {
    let builtin = rules::builtin().iter().map(|rule| rule.meta());
    let mut all: Vec<RuleMeta> = builtin.chain(config::rules().iter().copied()).cloned().collect();
    all.extend(policies.rules());
    all
}

/// Every rule of kate's own, built-in policies included, by id.
#[must_use]
pub fn all_rules() -> Vec<RuleMeta> {
    let mut all = rules_with(&policies::Loaded::builtin());
    all.sort_by(|a, b| a.id.cmp(&b.id));
    all
}

fn misconfigured(sources: Sources, mut diagnostics: Vec<Diagnostic>) -> Outcome {
    sort_and_dedup(&mut diagnostics, &sources);
    Outcome {
        summary: Summary::default().counting(&diagnostics),
        sources: Arc::new(sources),
        diagnostics,
        rules: config::rules().iter().copied().cloned().collect(),
        misconfigured: true,
        crashed: Vec::new(),
        head: None,
    }
}

/// Drop findings that are switched off where they stand, and give the others the level that is
/// set there.
fn apply_levels(diagnostics: &mut Vec<Diagnostic>, rules: &[RuleMeta], settings: &Settings, sources: &Sources) {
    diagnostics.retain_mut(|diagnostic| {
        let Some(rule) = rules.iter().find(|rule| rule.id == diagnostic.rule) else { return true };
        let path = &sources.get(diagnostic.primary_span().file).path;
        match settings.levels.setting(rule, path) {
            Setting::Off => false,
            Setting::AsReported => true,
            Setting::Level(level) => match level.severity() {
                Some(severity) => {
                    diagnostic.severity = severity;
                    true
                }
                None => false,
            },
        }
    });
}

/// Time per stage.
struct Clock {
    last: Instant,
    laps: Vec<(String, Duration)>,
}

impl Default for Clock {
    fn default() -> Self {
        Self { last: Instant::now(), laps: Vec::new() }
    }
}

impl Clock {
    fn lap(&mut self, stage: &str) {
        self.laps.push((stage.to_owned(), self.last.elapsed()));
        self.last = Instant::now();
    }
}
