//! The long run of the mutation test of the YAML reader.

#[path = "../../tests/support/yaml_mutation.rs"]
mod yaml_mutation;

use rayon::prelude::*;
use yaml_mutation::{Mutator, check};

/// Check `iterations` mutated texts on all cores; the same seed gives the same texts.
///
/// # Errors
/// The first text that breaks an invariant, and which one.
pub(crate) fn run(iterations: u64, seed: u64) -> Result<(), String> {
    const BATCH: u64 = 1_000;
    (0..iterations.div_ceil(BATCH)).into_par_iter().try_for_each(|batch| {
        let mut mutator = Mutator::new(seed.wrapping_add(batch.wrapping_mul(0x1_0001)));
        (0..BATCH.min(iterations - batch * BATCH)).try_for_each(|_| check(&mutator.text()))
    })
}
