//! The list of built-in rules.

use std::sync::LazyLock;

use super::Rule;

/// The lists of the groups, in the order of [`Group::ALL`](crate::diagnostic::Group::ALL). A
/// group's `mod.rs` holds `mod` lines and `pub(super) const RULES: &[&dyn Rule]`, in order of id.
const GROUPS: &[&[&'static dyn Rule]] = &[];

/// Every built-in rule, in order of group and id.
#[must_use]
pub fn builtin() -> &'static [&'static dyn Rule] {
    static ALL: LazyLock<Vec<&'static dyn Rule>> = LazyLock::new(|| GROUPS.concat());
    &ALL
}
