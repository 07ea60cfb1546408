//! The list of built-in rules.

use super::Rule;

/// Every built-in rule, in order of group and id.
#[must_use]
pub fn builtin() -> &'static [&'static dyn Rule] {
    &[]
}
