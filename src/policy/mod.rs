//! Rego: kate's own policies and the user's, evaluated in a sandbox.
//!
//! Policies come as texts and see documents made of a snapshot; a result is a finding at the span
//! that its path leads to. No policy reaches a network, a clock, the environment or chance, and
//! none runs or grows without bound.
//!
//! Invariant: nothing here reads files or knows where policies come from, and nobody outside knows
//! which engine evaluates them.

mod builtins;
mod catalogue;
mod change;
mod document;
mod embedded;
mod facts;
mod input;
mod lexer;
mod lint;
mod load;
mod metadata;
mod outline;
mod run;
mod sprintf;
mod terraform;
mod test_runner;

use std::borrow::Cow;
use std::collections::BTreeSet;

pub use catalogue::catalogue;
pub use input::PolicyInput;
pub use load::{Params, PolicyFile};
pub use metadata::Input;
pub use test_runner::{TestOutcome, TestReport, TestResult, run_tests};

use crate::diagnostic::{Confidence, Diagnostic, FixAvailability, Group, RuleId, RuleMeta, Severity, Status};
use crate::text::Span;
use load::{Bundle, Source};

/// A policy file that cannot be used, or a policy that could not be evaluated to its end.
pub static INVALID_POLICY: RuleMeta = RuleMeta {
    id: RuleId::new("invalid-policy"),
    summary: Cow::Borrowed("A policy cannot be loaded or evaluated"),
    group: Group::Meta,
    level: Severity::Error,
    enabled: true,
    confidence: Confidence::High,
    status: Status::Preview,
    since: "0.1.0",
    fix: FixAvailability::None,
    security_severity: None,
    ignorable: false,
    docs: Cow::Borrowed(include_str!("invalid-policy.md")),
};

/// Loaded policies: kate's own and the user's.
#[derive(Debug)]
pub struct Policies {
    bundles: Vec<Bundle>,
    rules: Vec<RuleMeta>,
}

impl Policies {
    /// Compile the built-in policies and the user's files (files named `*_test.rego` hold tests
    /// and are left out). Files that cannot be used are left out and reported.
    #[must_use]
    pub fn load(files: &[PolicyFile], params: &Params) -> (Self, Vec<Diagnostic>) {
        let user: Vec<Source> = files
            .iter()
            .filter(|file| !file.path.ends_with("_test.rego"))
            .map(|file| Source { path: file.path.clone(), text: file.text.clone(), file: Some(file.file), page: None })
            .collect();
        let own = Bundle::own(params);
        let (mut users, mut faults) = if user.is_empty() {
            (None, Vec::new())
        } else {
            run::on_large_stack(|| load::load(embedded::with_library(user), Vec::new(), params))
        };
        if let Some(users) = &mut users {
            // A policy must not speak in the name of another rule.
            let taken: BTreeSet<&RuleId> = own.entries.iter().map(|entry| &entry.meta.id).collect();
            users.entries.retain(|entry| {
                let clash = taken.contains(&entry.meta.id);
                if clash {
                    let message = format!("`{}` is the name of a rule of kate's own", entry.meta.id);
                    faults.push(load::Fault { path: entry.path.clone(), at: entry.at, message });
                }
                !clash
            });
        }
        let bundles: Vec<Bundle> = std::iter::once(own).chain(users).collect();
        let mut known: BTreeSet<&RuleId> = BTreeSet::new();
        let metas = bundles.iter().flat_map(|bundle| &bundle.entries).map(|entry| &entry.meta);
        let metas = std::iter::once(&INVALID_POLICY).chain(metas).filter(|meta| known.insert(&meta.id));
        let rules = metas.cloned().collect();
        let report = |fault: load::Fault| {
            let at = fault.at.or_else(|| files.first().map(|file| Span::start_of(file.file)))?;
            Some(Diagnostic::new(&INVALID_POLICY, at, fault.message, fault.path))
        };
        (Self { bundles, rules }, faults.into_iter().filter_map(report).collect())
    }

    /// Every rule that the policies make, and `invalid-policy`.
    #[must_use]
    pub fn rules(&self) -> Vec<RuleMeta> {
        self.rules.clone()
    }

    /// Evaluate all wanted policies. Findings are in no particular order.
    #[must_use]
    pub fn check(&self, input: &PolicyInput<'_>) -> Vec<Diagnostic> {
        run::on_large_stack(|| run::check(&self.bundles, input))
    }
}
