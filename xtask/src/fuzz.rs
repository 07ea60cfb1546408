//! `cargo xtask fuzz TARGET`: the long runs of the mutation tests.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use crate::{fuzz_fix, fuzz_hcl, fuzz_kustomize, fuzz_suppress, fuzz_yaml};

/// What to feed, how long, from which seed.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The reader that gets the inputs
    target: Target,
    /// Number of inputs
    #[arg(long, default_value_t = 1_000_000)]
    iterations: u64,
    /// Seed of the inputs
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Target {
    /// The YAML reader.
    Yaml,
    /// The reader of Terraform files.
    Hcl,
    /// The kustomize engine.
    Kustomize,
    /// Ignore comments.
    Suppress,
    /// Application of fixes.
    Fix,
}

/// Run one target. An input that breaks an invariant ends the run.
pub(crate) fn run(arguments: &Arguments) -> Result<(), String> {
    let &Arguments { target, iterations, seed } = arguments;
    let begin = Instant::now();
    let outcome = catch_unwind(AssertUnwindSafe(|| match target {
        Target::Yaml => fuzz_yaml::run(iterations, seed),
        Target::Hcl => {
            fuzz_hcl::run(iterations, seed);
            Ok(())
        }
        Target::Kustomize => fuzz_kustomize::run(iterations, seed),
        Target::Suppress => {
            fuzz_suppress::run(iterations, seed);
            Ok(())
        }
        Target::Fix => {
            fuzz_fix::run(iterations, seed);
            Ok(())
        }
    }));
    outcome.map_err(|_| "an input made it panic".to_owned())??;
    println!("{iterations} inputs from seed {seed} in {:.1} s: no fault", begin.elapsed().as_secs_f64());
    Ok(())
}
