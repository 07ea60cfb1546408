//! The pipeline: the only module that knows all stages.
//!
//! configure → load → link → check → filter. Head and base go the same way and share what is the
//! same on both.
//!
//! Invariant: nothing here knows arguments, terminals or formats of output.

mod account;
mod filter;
mod load;
mod mend;
mod named;
mod policies;
pub mod render;
mod schemas;
mod secrets;

pub use mend::{Change, Mended, Shown, mend};

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::config::{self, Selector, Settings};
use crate::diagnostic::{Diagnostic, RuleMeta, sort_and_dedup};
use crate::graph::{Snapshot, link};
use crate::report::{Summary, Suppressed};
use crate::rules;
use crate::suppress::{self, Date, new_findings};
use crate::syntax::ParsedFile;
use crate::text::{RepoPath, Side, Sources, Span};
use crate::vfs::{Vfs, VfsError, WalkOptions};

/// Where the configuration may be, in order; the first that exists counts.
pub const CONFIG_FILES: [&str; 3] = ["kate.yaml", ".kate.yaml", ".github/kate.yaml"];

/// Which configuration to use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Configuration {
    /// That of the head tree, if it has one.
    #[default]
    Head,
    /// That of the base tree, and its policies and baseline: a change cannot weaken its own check.
    Base,
    /// This file of the head tree.
    File(RepoPath),
    /// None.
    Isolated,
}

/// What to check.
#[derive(Clone)]
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
    /// Directories of policies beside those of the configuration, in the tree that it comes from.
    pub policy_dirs: Vec<RepoPath>,
    /// Which file of accepted findings to use.
    pub baseline: BaselineFile,
    /// Whether ignore comments and annotations count.
    pub ignores: bool,
    /// Whether findings that base has as well are left out.
    pub only_changed: bool,
    /// If not empty, only findings in one of these paths are reported; everything is analysed.
    pub only: Vec<RepoPath>,
    /// The day on which ignores expire; `None`: they never do.
    pub today: Option<Date>,
}

/// Which file of accepted findings to use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum BaselineFile {
    /// That of the configuration.
    #[default]
    Configured,
    /// This file of the tree that the configuration comes from.
    File(RepoPath),
    /// None: every finding is reported.
    Unused,
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
            policy_dirs: Vec::new(),
            baseline: BaselineFile::Configured,
            ignores: true,
            only_changed: false,
            only: Vec::new(),
            today: None,
        }
    }

    /// The tree that says how to check: configuration, policies and baseline come from it.
    fn authority(&self) -> (&'a dyn Vfs, Side) {
        match (&self.configuration, self.base) {
            (Configuration::Base, Some(base)) => (base, Side::Base),
            _ => (self.head, Side::Head),
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
    /// Text that is secret and must not be shown, also where no finding is about it.
    pub secrets: Vec<Span>,
    /// The file of accepted findings that the configuration names.
    pub baseline: Option<RepoPath>,
    /// Names in the request's selection that are no rule.
    pub unknown_rules: Vec<String>,
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
    let mistakes = schemas::mistakes(&head);
    if !mistakes.is_empty() {
        return Ok(misconfigured(sources, mistakes));
    }
    clock.lap("read and parse");
    head.files.values().for_each(|file| shared.add(file));
    let base = match request.base {
        Some(vfs) => Some(load::load(vfs, &walk, about(Side::Base), &mut sources, &shared)?),
        None => None,
    };
    let head = link(Arc::new(head));
    let base = base.map(|base| link(Arc::new(base)));
    let head = match &base {
        Some(base) => head.with_losses(base),
        None => head,
    };
    let mistakes = schemas::faults(&head);
    if !mistakes.is_empty() {
        return Ok(misconfigured(sources, mistakes));
    }
    clock.lap("render and link");

    let unknown_rules = unknown_rules(request, &rules_with(&policies));
    let stage = filter::Stage::new(request, &settings, &policies, &mut sources)?;
    let found = stage.find(&head, base.as_ref());
    clock.lap("rules and policies");
    let secrets = secrets::spans(&head, base.as_ref(), &found.diagnostics);
    let mut filtered = stage.filter(&head, found.diagnostics, &sources);
    if let (true, Some(base)) = (request.only_changed, &base) {
        let known = stage.filter(base, stage.find(base, None).diagnostics, &sources).kept;
        let known = known.iter().map(|diagnostic| diagnostic.fingerprint(&sources));
        filtered.kept = new_findings(filtered.kept, &sources, known);
    }
    let diagnostics = filtered.kept;
    let mut summary = account::summary(&head).counting(&diagnostics);
    summary.suppressed = Suppressed {
        comments: filtered.by_comment,
        annotations: filtered.by_annotation,
        baseline: filtered.by_baseline,
    };
    clock.lap("filter");
    summary.timings = clock.laps;
    Ok(Outcome {
        sources: Arc::new(sources),
        diagnostics,
        rules: stage.rules(),
        summary,
        secrets,
        baseline: settings.baseline.clone(),
        unknown_rules,
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
    let (vfs, side) = request.authority();
    let file = match &request.configuration {
        Configuration::Isolated => None,
        Configuration::File(path) => Some(load::one(vfs, path.clone(), side, sources)?),
        Configuration::Head | Configuration::Base => first_configuration(vfs, side, sources)?,
    };
    let (mut settings, mut mistakes) = match &file {
        Some(file) => config::read(file),
        None => (Settings::default(), Vec::new()),
    };
    let policies = policies::load(request, &settings, sources)?;
    let rules = rules_with(&policies);
    mistakes.extend(config::unknown_rules(&settings.levels, &rules.iter().collect::<Vec<_>>()));
    if let Some(file) = file {
        shared.add(&file);
    }
    settings.levels.select.extend(request.select.iter().cloned());
    settings.levels.extend_select.extend(request.extend_select.iter().cloned());
    settings.levels.ignore.extend(request.ignore.iter().cloned());
    Ok((settings, policies, mistakes))
}

/// The first configuration file that there is. One that cannot be read is not absent.
fn first_configuration(vfs: &dyn Vfs, side: Side, sources: &mut Sources) -> Result<Option<Arc<ParsedFile>>, VfsError> {
    for path in CONFIG_FILES.iter().filter_map(|name| RepoPath::new(name)) {
        match load::one(vfs, path, side, sources) {
            Ok(file) => return Ok(Some(file)),
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// Every rule that there is: kate's own and those of policies.
fn rules_with(policies: &policies::Loaded) -> Vec<RuleMeta> {
    let builtin = rules::builtin().iter().map(|rule| rule.meta());
    let meta = config::rules().iter().copied().chain(suppress::RULES.iter().copied());
    let mut all: Vec<RuleMeta> = builtin.chain(meta).cloned().collect();
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

fn unknown_rules(request: &Request<'_>, known: &[RuleMeta]) -> Vec<String> {
    let named = request.select.iter().chain(&request.extend_select).chain(&request.ignore);
    let unknown = named.filter_map(|selector| match selector {
        Selector::Rule(id) if !known.iter().any(|rule| rule.id.as_str() == id) => Some(id.clone()),
        _ => None,
    });
    unknown.collect()
}

fn misconfigured(sources: Sources, mut diagnostics: Vec<Diagnostic>) -> Outcome {
    sort_and_dedup(&mut diagnostics, &sources);
    Outcome {
        summary: Summary::default().counting(&diagnostics),
        sources: Arc::new(sources),
        diagnostics,
        rules: config::rules().iter().copied().cloned().collect(),
        secrets: Vec::new(),
        baseline: None,
        unknown_rules: Vec::new(),
        misconfigured: true,
        crashed: Vec::new(),
        head: None,
    }
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
