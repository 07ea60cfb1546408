//! `kate check`.

use std::fs;
use std::io::IsTerminal;
use std::path::Path;

use crate::cli::args::{CheckArgs, Global};
use crate::cli::commands::{baseline, fix};
use crate::cli::environment::{self, Environment, terminal_width};
use crate::cli::exit::Exit;
use crate::cli::output::{Failure, log, result};
use crate::cli::progress::Progress;
use crate::config::Selector;
use crate::diagnostic::Group;
use crate::pipeline::{self, Configuration, Outcome, Request, all_rules};
use crate::report::{Format, Report, Style, render};
use crate::suppress::Date;
use crate::text::{RepoPath, near_miss};
use crate::vfs::{DiskVfs, GitVfs, Vfs, prefix_of};

pub(in crate::cli) fn run(args: &CheckArgs, global: &Global, environment: &Environment) -> Result<Exit, Failure> {
    let root = super::root(args.path.as_deref())?;
    let head = DiskVfs::new(&root)?;
    let base = args.base.as_deref().map(|rev| GitVfs::open(head.root(), rev)).transpose()?;
    if global.verbose {
        log(&format!("checking {}", head.root().display()));
        if let Some(base) = &base {
            log(&format!("comparing with {}", base.commit()));
        }
    }
    let mut request = Request::new(&head);
    request.base = base.as_ref().map(|base| base as &dyn Vfs);
    request.configuration = configuration(args, head.root())?;
    request.own_urls = environment.own_urls(head.root());
    request.own_urls.extend(args.repository_url.iter().cloned());
    request.select = selectors(&args.select);
    request.extend_select = selectors(&args.extend_select);
    request.ignore = selectors(&args.ignore);
    for directory in &args.policy {
        match in_root(directory, head.root()) {
            // What the change does to policies of the repository itself must not count.
            Ok(inside) if args.config_from_base => request.policy_dirs.push(inside),
            _ => request.policies.extend(super::policy::read(directory)?),
        }
    }
    request.only = args.only.iter().map(|path| inside(path)).collect::<Result<_, _>>()?;
    request.only_changed = args.only_changed;
    request.ignores = !args.no_ignores;
    request.today = Some(today(args)?);
    request.baseline = baseline::used(args, head.root())?;
    if args.unsafe_fixes && !fix::is_wanted(args) {
        return Err(Failure::new("`--unsafe-fixes` alone does nothing").help("add `--fix` or `--diff`"));
    }

    let progress = Progress::start(environment.progress() && !args.no_progress && global.quiet == 0, "checking");
    let outcome = if fix::is_wanted(args) {
        let mended = in_pool(args.threads, || fix::find(args, &request))??;
        drop(progress);
        if args.diff && !mended.outcome.misconfigured {
            return fix::show(&mended);
        }
        fix::write(&head, mended, global.quiet > 0)?
    } else {
        let outcome = in_pool(args.threads, || pipeline::check(&request))??;
        drop(progress);
        outcome
    };
    if let Some(name) = outcome.unknown_rules.first() {
        return Err(unknown_rule(name));
    }
    if baseline::is_maintained(args) && !outcome.misconfigured {
        return baseline::maintain(args, head.root(), &outcome);
    }
    finish(args, global, environment, head.root(), outcome)
}

/// Report what was found and decide how the run ended.
fn finish(
    args: &CheckArgs,
    global: &Global,
    environment: &Environment,
    root: &Path,
    mut outcome: Outcome,
) -> Result<Exit, Failure> {
    if !args.timings {
        outcome.summary.timings.clear();
    }
    let root_in_git = prefix_of(root).unwrap_or_else(RepoPath::root);
    let to_terminal = args.output_file.is_none() && std::io::stdout().is_terminal();
    let style = Style {
        color: environment.color(to_terminal),
        width: terminal_width().unwrap_or(Style::default().width),
        links: to_terminal && environment.color(true),
        summary: global.quiet == 0,
        reasons: if args.show_unknown { usize::MAX } else { Style::default().reasons },
        ..Style::default()
    };
    let report = Report {
        sources: &outcome.sources,
        diagnostics: &outcome.diagnostics,
        rules: &outcome.rules.iter().collect::<Vec<_>>(),
        summary: &outcome.summary,
        root_in_git: &root_in_git,
        secrets: &outcome.secrets,
        style,
    };
    for (format, file) in &args.report {
        write(file, &render(*format, &Report { style: Style { color: false, links: false, ..style }, ..report }))?;
    }
    let text = render(args.output_format, &report);
    match &args.output_file {
        Some(file) => write(file, &text)?,
        None if global.quiet < 2 => result(&text)?,
        None => {}
    }
    if args.show_unknown && !matches!(args.output_format, Format::Full | Format::Concise | Format::Markdown) {
        for line in &outcome.summary.unknown {
            log(&format!("{} references could not be checked: {}", line.count, line.reason));
        }
    }
    for rule in &outcome.crashed {
        log(&format!("internal error: the rule `{rule}` crashed; its findings are missing"));
    }
    let exit = if !outcome.crashed.is_empty() {
        Exit::Internal
    } else if outcome.misconfigured {
        Exit::Usage
    } else if !args.exit_zero && outcome.diagnostics.iter().any(|found| found.severity >= args.fail_on) {
        Exit::Findings
    } else {
        Exit::Clean
    };
    // The process ends, and its memory with it, faster than node by node.
    std::mem::forget(outcome);
    Ok(exit)
}

fn configuration(args: &CheckArgs, root: &Path) -> Result<Configuration, Failure> {
    if args.isolated {
        return Ok(Configuration::Isolated);
    }
    if args.config_from_base {
        return Ok(Configuration::Base);
    }
    let Some(file) = &args.config else { return Ok(Configuration::Head) };
    in_root(file, root).map(Configuration::File)
}

/// The path of a file below the checked directory, given as the shell sees it.
pub(super) fn in_root(file: &Path, root: &Path) -> Result<RepoPath, Failure> {
    let absolute = std::path::absolute(file).map_err(|error| Failure::new(format!("{}: {error}", file.display())))?;
    let directory = absolute.parent().and_then(|directory| directory.canonicalize().ok());
    let absolute = match (directory, absolute.file_name()) {
        (Some(directory), Some(name)) => directory.join(name),
        _ => absolute,
    };
    let relative = absolute.strip_prefix(root).ok().and_then(Path::to_str).and_then(RepoPath::new);
    relative.ok_or_else(|| {
        Failure::new(format!("`{}` is outside `{}`", file.display(), root.display()))
            .help("kate reads nothing outside the directory that it checks")
    })
}

fn today(args: &CheckArgs) -> Result<Date, Failure> {
    let given = args.today.clone().unwrap_or_else(environment::today);
    Date::parse(&given).ok_or_else(|| Failure::new(format!("`{given}` is no date")).help("write it as 2026-12-31"))
}

fn selectors(names: &[String]) -> Vec<Selector> {
    names.iter().map(|name| Selector::new(name)).collect()
}

/// A name of the command line that is no rule and no group.
fn unknown_rule(name: &str) -> Failure {
    let rules = all_rules();
    let names = rules.iter().map(|rule| rule.id.as_str()).chain(Group::ALL.map(Group::as_str));
    let failure = Failure::new(format!("there is no rule or group `{name}`"));
    match near_miss(name, names) {
        Some(near) => failure.help(format!("did you mean `{near}`?")),
        None => failure.help("`kate rules` lists all rules and groups"),
    }
}

fn inside(path: &str) -> Result<RepoPath, Failure> {
    RepoPath::new(path).ok_or_else(|| {
        Failure::new(format!("`{path}` is not inside the checked directory"))
            .help("write it relative to the directory that is checked")
    })
}

/// Run on a number of threads of its own, if one is given.
fn in_pool<T: Send>(threads: Option<usize>, work: impl FnOnce() -> T + Send) -> Result<T, Failure> {
    let Some(threads) = threads else { return Ok(work()) };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    pool.map(|pool| pool.install(work)).map_err(|error| Failure::new(format!("{threads} threads: {error}")))
}

fn write(file: &Path, text: &str) -> Result<(), Failure> {
    fs::write(file, text).map_err(|error| Failure::new(format!("{}: {error}", file.display())))
}
