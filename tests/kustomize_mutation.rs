//! No tree of files makes the kustomize engine panic, hang or point outside of the texts.

#![allow(clippy::disallowed_methods, reason = "tests read the checkout")]

#[path = "kustomize/archive.rs"]
#[allow(dead_code, reason = "of a case, only the tree is needed here")]
mod archive;
#[path = "support/kustomize_mutation.rs"]
mod kustomize_mutation;

use std::path::Path;

use kustomize_mutation::{Mutator, Tree, check, told};
use rayon::prelude::*;

fn trees() -> Vec<Tree> {
    let cases = archive::cases(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kustomize/cases"));
    let cases = cases.unwrap_or_else(|why| panic!("{why}"));
    cases.into_iter().map(|(_, case)| (case.build, case.files)).collect()
}

#[test]
fn any_tree_is_built_soundly() {
    let trees = trees();
    (0..10_u64).into_par_iter().for_each(|seed| {
        let mut mutator = Mutator::new(&trees, seed + 1);
        for _ in 0..1_000 {
            let tree = mutator.tree();
            // A panic tells the place in kate, not the tree.
            let outcome = std::panic::catch_unwind(|| check(&tree));
            let outcome = outcome.unwrap_or_else(|_| Err(format!("a panic: {}", told(&tree.0, &tree.1))));
            outcome.unwrap_or_else(|why| panic!("{why}"));
        }
    });
}
