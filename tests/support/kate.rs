//! kate itself, as the harness sees it.

use kate::diagnostic::RuleMeta;
use kate::vfs::MemoryVfs;

use super::case::{Checked, Checker};

/// The real program, on trees in memory.
pub(crate) struct Kate;

impl Checker for Kate {
    fn check(&self, _head: &MemoryVfs, _base: Option<&MemoryVfs>, _rule: Option<&str>) -> Checked {
        Checked::default()
    }

    fn fix(&self, head: &MemoryVfs, _base: Option<&MemoryVfs>, _rule: Option<&str>) -> MemoryVfs {
        head.clone()
    }
}

/// The declarations of all rules.
pub(crate) fn rules() -> Vec<&'static RuleMeta> {
    kate::rules::builtin().iter().map(|rule| rule.meta()).collect()
}
