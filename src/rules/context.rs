//! What a rule sees, and where it reports.

use std::cell::RefCell;

use crate::diagnostic::Diagnostic;
use crate::graph::Snapshot;

/// Read-only knowledge for one call of one rule, and its findings.
pub struct Context<'a> {
    /// The tree being checked.
    pub head: &'a Snapshot,
    /// The tree it is compared with.
    pub base: Option<&'a Snapshot>,
    found: RefCell<Vec<Diagnostic>>,
}

impl<'a> Context<'a> {
    /// A context without findings.
    #[must_use]
    pub fn new(head: &'a Snapshot, base: Option<&'a Snapshot>) -> Self {
        Self { head, base, found: RefCell::default() }
    }

    /// Report a finding.
    pub fn report(&self, diagnostic: Diagnostic) {
        self.found.borrow_mut().push(diagnostic);
    }

    /// The findings.
    #[must_use]
    pub fn into_findings(self) -> Vec<Diagnostic> {
        self.found.into_inner()
    }
}
