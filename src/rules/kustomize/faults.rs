//! What the rules about failing builds share: each kind of fault is spoken of by one rule, and each
//! fault once, however many overlays it breaks.

use std::collections::BTreeMap;

use crate::diagnostic::{Applicability, Diagnostic, RuleMeta, Severity};
use crate::graph::units::is_example;
use crate::graph::{Snapshot, UnitId};
use crate::render::kustomize::{Fault, FaultKind};
use crate::rules::{Context, support};
use crate::text::{RepoPath, Span};

/// Most other places that are shown with a finding.
const MAX_PLACES: usize = 4;

/// The rule that speaks of a kind of faults.
fn rule_of(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::Path => "dangling-kustomization-entry",
        // `duplicate-key` speaks of the other kind of them.
        FaultKind::Syntax => "invalid-yaml",
        FaultKind::LoadRestriction => "file-outside-kustomization",
        FaultKind::Cycle => "kustomization-cycle",
        FaultKind::UnknownField => "unknown-kustomization-field",
        FaultKind::WrongKind
        | FaultKind::InvalidField
        | FaultKind::InvalidResource
        | FaultKind::Configuration
        | FaultKind::Plugin => "invalid-kustomization",
        FaultKind::DuplicateResource => "duplicate-kustomize-resource",
        FaultKind::PatchTarget => "missing-patch-target",
        FaultKind::Patch => "inapplicable-patch",
        FaultKind::Generator => "generator-conflict",
        FaultKind::Override => "unmatched-override",
        FaultKind::Replacement => "broken-replacement",
        FaultKind::NameReference => "ambiguous-name-reference",
    }
}

/// A fault with everything that the builds of different overlays say about it.
pub(super) struct Found<'a> {
    /// The fault as one of them has it.
    pub(super) fault: &'a Fault,
    /// Other places, from all of them.
    pub(super) related: Vec<&'a (Span, String)>,
    /// The units that fail.
    pub(super) units: Vec<UnitId>,
}

/// What a rule says about a fault.
pub(super) struct Words {
    /// The finding in one line.
    pub(super) message: String,
    /// At the place.
    pub(super) primary: String,
}

/// The faults that a rule speaks of, one for each place and message, in order of place.
pub(super) fn of<'a>(snapshot: &'a Snapshot, meta: &RuleMeta) -> Vec<Found<'a>> {
    let mut found: BTreeMap<(Span, &str), Found<'a>> = BTreeMap::new();
    let own = snapshot.builds.faults.iter().filter(|(fault, _)| rule_of(fault.kind) == meta.id.as_str());
    for (fault, units) in own {
        let entry = found.entry((fault.at, fault.message.as_str()));
        let entry = entry.or_insert_with(|| Found { fault, related: Vec::new(), units: Vec::new() });
        if entry.fault.near.is_none() {
            entry.fault = fault;
        }
        for place in &fault.related {
            if place.0 != fault.at && !entry.related.iter().any(|other| other.0 == place.0) {
                entry.related.push(place);
            }
        }
        entry.units.extend(units);
    }
    found.into_values().collect()
}

/// Report every fault of a rule.
pub(super) fn report(cx: &Context<'_>, meta: &RuleMeta, words: impl Fn(&Fault) -> Words) {
    for found in of(cx.head, meta) {
        cx.report(finding(cx.head, meta, &found, words(found.fault)));
    }
}

/// A fault as a finding: other places, which builds fail, and what was very likely meant.
pub(super) fn finding(snapshot: &Snapshot, meta: &RuleMeta, found: &Found<'_>, words: Words) -> Diagnostic {
    let fault = found.fault;
    let subject = fault.message.clone();
    let mut diagnostic = Diagnostic::new(meta, fault.at, words.message, subject)
        .severity(level(snapshot, meta, fault.at, &found.units))
        .primary(words.primary);
    for (place, what) in found.related.iter().take(MAX_PLACES) {
        diagnostic = diagnostic.label(*place, what.clone());
    }
    diagnostic = diagnostic.note(failing(snapshot, &found.units));
    let Some(near) = &fault.near else { return diagnostic };
    let written = snapshot.repository.sources.slice(fault.at).trim_matches(['"', '\'']);
    diagnostic = diagnostic.help(format!("did you mean `{near}`?"));
    match support::replace_scalar(snapshot, fault.at, written, near, Applicability::Unsafe) {
        Some(fix) => diagnostic.fix(fix),
        None => diagnostic,
    }
}

/// The severity of something at which builds fail: a hint where nobody builds it as it is, in
/// examples and templates.
pub(super) fn level(snapshot: &Snapshot, meta: &RuleMeta, at: Span, units: &[UnitId]) -> Severity {
    let is_model = |path: &RepoPath| is_example(path) || path.components().any(|part| part == "templates");
    let only_models = || {
        !units.is_empty()
            && units.iter().all(|unit| {
                let unit = snapshot.unit(*unit);
                is_model(snapshot.repository.path_of(unit.at.file)) || unit.path.as_ref().is_some_and(is_model)
            })
    };
    if is_model(snapshot.repository.path_of(at.file)) || only_models() { Severity::Info } else { meta.level }
}

/// Which builds fail.
pub(super) fn failing(snapshot: &Snapshot, units: &[UnitId]) -> String {
    let names = names(snapshot, units);
    match names.as_slice() {
        [] => "`kustomize build` fails for this directory and everything that includes it".to_owned(),
        [first, second, third, rest @ ..] if rest.len() > 1 => {
            format!("`kustomize build` fails for {first}, {second}, {third} and {} more", rest.len())
        }
        names => format!("`kustomize build` fails for {}", support::and(names)),
    }
}

/// Names of units in backquotes, each once, in order.
pub(super) fn names(snapshot: &Snapshot, units: &[UnitId]) -> Vec<String> {
    let mut names: Vec<String> = units.iter().map(|unit| format!("`{}`", snapshot.unit(*unit).name)).collect();
    names.sort();
    names.dedup();
    names
}
