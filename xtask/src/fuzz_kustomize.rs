//! The long run of the mutation test of the kustomize engine.

#[path = "../../tests/support/kustomize_mutation.rs"]
mod kustomize_mutation;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use kustomize_mutation::{Mutator, Tree, check, told};
use rayon::prelude::*;

use crate::oracle_kustomize::cases;

/// Build `iterations` mutated trees on all cores; the same seed gives the same trees.
///
/// # Errors
/// The first tree that breaks an invariant, and which one.
pub(crate) fn run(iterations: u64, seed: u64) -> Result<(), String> {
    const BATCH: u64 = 1_000;
    let cases = cases(Path::new("tests/kustomize/cases"))?;
    let trees: Vec<Tree> = cases.into_iter().map(|(_, case)| (case.build, case.files)).collect();
    (0..iterations.div_ceil(BATCH)).into_par_iter().try_for_each(|batch| {
        let mut mutator = Mutator::new(&trees, seed.wrapping_add(batch.wrapping_mul(0x1_0001)));
        (0..BATCH.min(iterations - batch * BATCH)).try_for_each(|_| {
            let tree = mutator.tree();
            let outcome = catch_unwind(AssertUnwindSafe(|| check(&tree)));
            outcome.unwrap_or_else(|_| Err(format!("a panic: {}", told(&tree.0, &tree.1))))
        })
    })
}
