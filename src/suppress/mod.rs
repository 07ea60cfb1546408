//! The one filter between rules and reports: levels, ignores, baseline.
//!
//! Findings come in as rules made them. Those that are switched off go; those that a comment, an
//! annotation or the baseline hides are counted; ignores and baseline entries that do nothing become
//! findings themselves.
//!
//! Invariant: this module knows findings, comments and plain data. Which rules exist, what the
//! configuration says and what day it is, it is told.

mod baseline;
mod date;
mod directive;
mod ignores;
mod meta;
mod peers;

use std::collections::BTreeMap;

pub use baseline::{Baseline, BaselineError};
pub use date::Date;
pub use directive::{Directive, Malformed, Scope, read_annotation, read_comment};
pub use meta::{
    EXPIRED_IGNORE, IGNORE_WITHOUT_REASON, INVALID_IGNORE, RULES, STALE_BASELINE, UNKNOWN_RULE_IN_IGNORE, UNUSED_IGNORE,
};
pub use peers::{peer_annotation, peer_comment};

use self::ignores::{Ignores, Origin};
use crate::diagnostic::{Diagnostic, Fingerprint, RuleId, RuleMeta, Severity, sort_and_dedup};
use crate::syntax::ParsedFile;
use crate::text::{FileId, RepoPath, Sources, Span};

/// What is to be done with a rule's findings in a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Drop them.
    Off,
    /// Keep them as the rule made them.
    AsFound,
    /// Keep them at this severity.
    At(Severity),
}

/// An object's annotation `kate.dev/ignore`, for objects that have no place for a comment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AnnotationIgnore {
    /// Its value: `<rule>: <reason>` on each line.
    pub value: String,
    /// Where the value is written.
    pub span: Span,
    /// What it covers: the places that the object is made from.
    pub covers: Vec<Span>,
    /// Whether it was written for another tool, so that nothing is to be said about it.
    pub peer: bool,
}

/// What the filter goes by.
pub struct Filter<'a> {
    /// Every rule that kate knows, policies included, apart from those of this module.
    pub rules: &'a [&'a RuleMeta],
    /// Whether a rule has run: only then can it be said that an ignore hides nothing.
    pub ran: &'a dyn Fn(&RuleId) -> bool,
    /// What the configuration and the command line say about a rule in a file.
    pub verdict: &'a dyn Fn(&RuleMeta, &RepoPath) -> Verdict,
    /// The parsed files of head, for their comments.
    pub files: &'a dyn Fn(FileId) -> Option<&'a ParsedFile>,
    /// Annotations of the objects of head.
    pub annotations: &'a [AnnotationIgnore],
    /// Whether ignores count (`--no-ignores`: they do not).
    pub ignores: bool,
    /// Whether comments that were written for other tools count.
    pub peers: bool,
    /// Findings that have been accepted.
    pub baseline: Option<&'a Baseline>,
    /// If not empty, only findings with a shown place in one of these paths are kept (`--only`).
    pub only: &'a [RepoPath],
    /// The day on which ignores expire; `None`: they never do.
    pub today: Option<Date>,
}

/// What the filter leaves.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Filtered {
    /// Findings to report, in the order of reports.
    pub kept: Vec<Diagnostic>,
    /// How many findings a comment hides.
    pub by_comment: usize,
    /// How many findings an annotation hides.
    pub by_annotation: usize,
    /// How many findings the baseline hides.
    pub by_baseline: usize,
}

impl Filter<'_> {
    /// Filter the findings of one run. Findings of rules that nobody knows are kept as they are.
    #[must_use]
    pub fn apply(&self, sources: &Sources, mut diagnostics: Vec<Diagnostic>) -> Filtered {
        let rules: BTreeMap<&str, &RuleMeta> =
            self.rules.iter().copied().chain(RULES).map(|rule| (rule.id.as_str(), rule)).collect();
        let mut filtered = Filtered::default();
        sort_and_dedup(&mut diagnostics, sources);
        self.set_levels(sources, &rules, &mut diagnostics);

        let mut kept = Vec::with_capacity(diagnostics.len());
        let mut about: Vec<Diagnostic> = Vec::new();
        if self.ignores {
            let mut ignores = Ignores::collect(sources, self.files, self.annotations, self.peers);
            for diagnostic in diagnostics {
                let ignorable = rules.get(diagnostic.rule.as_str()).is_none_or(|rule| rule.ignorable);
                match if ignorable { ignores.hide(sources, &diagnostic, self.today) } else { None } {
                    Some(origin) if self.is_wanted(sources, &diagnostic) => match origin {
                        Origin::Comment => filtered.by_comment += 1,
                        Origin::Annotation => filtered.by_annotation += 1,
                    },
                    Some(_) => {}
                    None => kept.push(diagnostic),
                }
            }
            let reports =
                |rule: &RuleMeta, path: &RepoPath| (self.ran)(&rule.id) && (self.verdict)(rule, path) != Verdict::Off;
            about = ignores.report(sources, &rules, &reports, self.today);
        } else {
            kept = diagnostics;
        }
        self.set_levels(sources, &rules, &mut about);
        kept.append(&mut about);

        if let Some(baseline) = self.baseline {
            let mut left = baseline.counts();
            kept.retain(|diagnostic| {
                let known = take(&mut left, diagnostic.fingerprint(sources));
                filtered.by_baseline += usize::from(known && self.is_wanted(sources, diagnostic));
                !known
            });
            let gone = |rule: &str| rules.get(rule).is_none_or(|rule| (self.ran)(&rule.id) || is_ours(rule));
            let mut stale = baseline.stale(&left, &gone);
            self.set_levels(sources, &rules, &mut stale);
            kept.append(&mut stale);
        }
        kept.retain(|diagnostic| self.is_wanted(sources, diagnostic));
        sort_and_dedup(&mut kept, sources);
        filtered.kept = kept;
        filtered
    }

    /// Drop what is switched off where it stands, and set the others' severities.
    fn set_levels(&self, sources: &Sources, rules: &BTreeMap<&str, &RuleMeta>, diagnostics: &mut Vec<Diagnostic>) {
        diagnostics.retain_mut(|diagnostic| {
            let Some(rule) = rules.get(diagnostic.rule.as_str()) else { return true };
            match (self.verdict)(rule, &sources.get(diagnostic.primary_span().file).path) {
                Verdict::Off => return false,
                Verdict::AsFound => {}
                Verdict::At(severity) => diagnostic.severity = severity,
            }
            true
        });
    }

    fn is_wanted(&self, sources: &Sources, diagnostic: &Diagnostic) -> bool {
        let within = |span: Span| self.only.iter().any(|path| sources.get(span.file).path.is_within(path));
        let shown = |role| role != crate::diagnostic::Role::Hidden;
        self.only.is_empty() || diagnostic.labels.iter().any(|label| shown(label.role) && within(label.span))
    }
}

fn is_ours(rule: &RuleMeta) -> bool {
    RULES.iter().any(|ours| ours.id == rule.id)
}

/// Take one of a fingerprint, if there is one left.
fn take(left: &mut BTreeMap<Fingerprint, usize>, fingerprint: Fingerprint) -> bool {
    match left.get_mut(&fingerprint) {
        Some(count) if *count > 0 => {
            *count -= 1;
            true
        }
        _ => false,
    }
}

/// The findings of head that base does not have (`--only-changed`). A finding that base has twice
/// takes two of head away.
#[must_use]
pub fn new_findings(
    head: Vec<Diagnostic>,
    sources: &Sources,
    base: impl IntoIterator<Item = Fingerprint>,
) -> Vec<Diagnostic> {
    let mut left: BTreeMap<Fingerprint, usize> = BTreeMap::new();
    for fingerprint in base {
        *left.entry(fingerprint).or_insert(0) += 1;
    }
    head.into_iter().filter(|diagnostic| !take(&mut left, diagnostic.fingerprint(sources))).collect()
}
