//! `cargo xtask mutate DIR`: breaks one thing at a time and counts what kate notices.
//!
//! A trial misspells one reference, or renames, deletes or moves what it refers to, and checks the
//! repository again. It counts as caught if a finding at warning or error that was not there
//! before blames it. That kate cannot know counts as a miss.

mod edit;
mod judge;
mod make;
mod report;
mod sites;
mod text;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};

use kate::graph::Snapshot;
use kate::pipeline::Outcome;
use kate::vfs::Vfs;

use self::judge::{Before, Verdict, judge};
use self::make::{Mutation, Names, Way};
use self::sites::{Row, Site};
use crate::random::Random;
use crate::tree::Tree;

/// What to break.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The repository
    directory: PathBuf,
    /// Seed of the choice of places and mistakes
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Trials of each way of breaking each kind of reference
    #[arg(long, default_value_t = 20)]
    trials: usize,
    /// Misses to show
    #[arg(long, default_value_t = 40)]
    misses: usize,
    /// Check each broken repository as a change of the whole one, as for a pull request
    #[arg(long)]
    base: bool,
    /// How to print the tables
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// How to print tables.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// Columns of text.
    Text,
    /// Markdown.
    Markdown,
}

/// One thing to break.
struct Trial<'a> {
    site: Site<'a>,
    way: Way,
    mutation: Mutation,
}

/// Break a repository in many ways and print how many kate noticed.
pub(crate) fn run(arguments: &Arguments) -> Result<(), String> {
    let tree = Tree::open(&arguments.directory)?;
    let outcome = tree.check(&tree)?;
    let head = outcome.head.as_ref().ok_or("the configuration of the repository is refused")?;
    let (trials, skipped) = plan(head, arguments);
    let verdicts = try_all(&tree, &outcome, head, &trials, arguments.base);
    let table = report::Table::new(head, &trials, &verdicts, skipped);
    print!("{}", table.print(arguments.format, arguments.misses));
    let crashed = verdicts.iter().filter(|verdict| matches!(verdict, Verdict::Crashed(_))).count();
    if crashed > 0 { Err(format!("kate crashed in {crashed} trials")) } else { Ok(()) }
}

/// Choose places and mistakes.
fn plan<'a>(head: &'a Snapshot, arguments: &Arguments) -> (Vec<Trial<'a>>, BTreeMap<&'static str, usize>) {
    let names = Names::of(head);
    let mut trials = Vec::new();
    let mut skipped: BTreeMap<&'static str, usize> = BTreeMap::new();
    for (row, sites) in sites::find(head) {
        for way in Way::ALL {
            // Each cell has its own numbers, so that one does not change when another does.
            let mut random = Random::new(arguments.seed ^ cell(row, way));
            let mut order: Vec<usize> = (0..sites.len()).collect();
            random.shuffle(&mut order);
            let mut made = 0;
            let mut at = 0;
            // A place can be misspelt in more than one way: small repositories get several rounds.
            let rounds = if way == Way::Misspell { 4 } else { 1 };
            while made < arguments.trials && at < order.len() * rounds {
                let site = &sites[order[at % order.len()]];
                match make::mutate(&names, site, way, &mut random) {
                    Ok(mutation) => {
                        trials.push(Trial { site: site.clone(), way, mutation });
                        made += 1;
                    }
                    Err(why) => *skipped.entry(why).or_default() += usize::from(at < order.len()),
                }
                at += 1;
            }
        }
    }
    (trials, skipped)
}

fn cell(row: Row, way: Way) -> u64 {
    let text = format!("{} {}", row.title(), way.as_str());
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Check every mutated repository. Each worker has a pool of one thread: a check that waits for
/// its own parts must not begin another check meanwhile, or memory would know no bound.
fn try_all(tree: &Tree, outcome: &Outcome, head: &Snapshot, trials: &[Trial<'_>], with_base: bool) -> Vec<Verdict> {
    let before = Before::of(outcome);
    let verdicts: Vec<Mutex<Option<Verdict>>> = trials.iter().map(|_| Mutex::default()).collect();
    let next = AtomicUsize::new(0);
    let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                let Ok(pool) = rayon::ThreadPoolBuilder::new().num_threads(1).stack_size(16 << 20).build() else {
                    return;
                };
                pool.install(|| {
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        let (Some(trial), Some(slot)) = (trials.get(index), verdicts.get(index)) else { break };
                        let verdict = attempt(tree, &before, head, trial, with_base);
                        *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(verdict);
                    }
                });
            });
        }
    });
    let untried = || Verdict::Crashed("no thread could be started".to_owned());
    verdicts
        .into_iter()
        .map(|verdict| verdict.into_inner().unwrap_or_else(PoisonError::into_inner).unwrap_or_else(untried))
        .collect()
}

fn attempt(tree: &Tree, before: &Before, head: &Snapshot, trial: &Trial<'_>, with_base: bool) -> Verdict {
    let Some(changed) = trial.mutation.edits.apply(tree, head) else {
        return Verdict::Crashed("the mutation does not fit the text".to_owned());
    };
    match catch_unwind(AssertUnwindSafe(|| tree.check_change(&changed, with_base.then_some(tree as &dyn Vfs)))) {
        Ok(Ok(after)) => judge(before, head, &trial.site, &trial.mutation, &after),
        Ok(Err(error)) => Verdict::Crashed(error),
        Err(_) => Verdict::Crashed("panic".to_owned()),
    }
}
