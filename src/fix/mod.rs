//! Fixes become new text: chosen, spliced into the source, and checked against the tree.
//!
//! A fix is applied whole or not at all. What is not edited keeps every byte, and the text that
//! results is parsed again: wherever the tree differs outside the edits, the fix is left out.
//!
//! Invariant: this module knows text and trees; it reads and writes no file and knows no rule.

mod apply;
mod diff;
mod refuse;
mod verify;

pub use apply::{Plan, Skipped, apply};
pub use diff::{Masked, unified_diff};
pub use refuse::refusal;

use crate::diagnostic::{Applicability, Edit, Fix};
use crate::text::FileId;

/// Whether a fix edits a file that more than one unit reads, so that mending one may harm another.
#[must_use]
pub fn is_shared(fix: &Fix, units_reading: &dyn Fn(FileId) -> usize) -> bool {
    fix.edits.iter().filter_map(Edit::file).any(|file| units_reading(file) > 1)
}

/// When a fix may be applied, given who reads the files that it edits: a safe one is not safe in a
/// file that is shared.
#[must_use]
pub fn effective_applicability(fix: &Fix, units_reading: &dyn Fn(FileId) -> usize) -> Applicability {
    if fix.applicability == Applicability::Safe && is_shared(fix, units_reading) {
        Applicability::Unsafe
    } else {
        fix.applicability
    }
}
