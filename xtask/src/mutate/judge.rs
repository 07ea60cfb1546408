//! Whether kate noticed a mutation, and if not, why.

use std::collections::BTreeMap;

use kate::diagnostic::{Diagnostic, Fingerprint, Severity};
use kate::graph::{Reference, Resolution, Snapshot, Strength};
use kate::pipeline::Outcome;
use kate::text::{RepoPath, Sources};

use super::make::Mutation;
use super::sites::Site;

/// What came of one trial.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Verdict {
    /// A new error or warning blames the mutation.
    Caught,
    /// Only a hint does: of this rule.
    Hinted(String),
    /// Nothing does, and what kate knows about the reference.
    Missed(String),
    /// kate itself failed.
    Crashed(String),
}

/// The findings of the unbroken repository: how often each, and with how many labels at most.
pub(super) struct Before(BTreeMap<Fingerprint, usize>);

impl Before {
    pub(super) fn of(outcome: &Outcome) -> Self {
        let mut labels = BTreeMap::new();
        for finding in &outcome.diagnostics {
            let most = labels.entry(finding.fingerprint(&outcome.sources)).or_insert(0);
            *most = finding.labels.len().max(*most);
        }
        Self(labels)
    }

    /// A finding that grew counts as new: some rules gather faults in one finding.
    fn has(&self, finding: &Diagnostic, sources: &Sources) -> bool {
        self.0.get(&finding.fingerprint(sources)).is_some_and(|labels| finding.labels.len() <= *labels)
    }
}

/// Judge the check of a mutated repository.
pub(super) fn judge(
    before: &Before,
    original: &Snapshot,
    site: &Site<'_>,
    mutation: &Mutation,
    after: &Outcome,
) -> Verdict {
    if let Some(rule) = after.crashed.first() {
        return Verdict::Crashed(format!("rule {rule}"));
    }
    let Some(head) = &after.head else { return Verdict::Missed("the configuration is refused".to_owned()) };
    let places = places(original, site, mutation);
    let new = after.diagnostics.iter().filter(|finding| !before.has(finding, &after.sources)).peekable();
    let mut loud = 0;
    let mut hint = None;
    for finding in new {
        let blames = blames(finding, &after.sources, &places, &mutation.names);
        if finding.severity >= Severity::Warning {
            if blames {
                return Verdict::Caught;
            }
            loud += 1;
        } else if blames {
            hint.get_or_insert_with(|| finding.rule.to_string());
        }
    }
    if let Some(rule) = hint {
        return Verdict::Hinted(rule);
    }
    let known = explain(original, site, mutation, head);
    let other = if loud > 0 { " (other findings are new)" } else { "" };
    Verdict::Missed(format!("{known}{other}"))
}

/// Lines that a finding may point at, as path and line of the mutated repository's text.
fn places(original: &Snapshot, site: &Site<'_>, mutation: &Mutation) -> Vec<(RepoPath, usize)> {
    let mut places: Vec<(RepoPath, usize)> =
        mutation.edits.places().map(|(path, start)| (path.clone(), start)).collect();
    for used in &site.uses {
        for origin in [Some(&used.origin), used.key_origin.as_ref()].into_iter().flatten() {
            let span = origin.span();
            let path = original.repository.path_of(span.file);
            places.push((path.clone(), mutation.edits.moved_to(path, span.start as usize)));
        }
    }
    places
}

fn blames(finding: &Diagnostic, sources: &Sources, places: &[(RepoPath, usize)], names: &[String]) -> bool {
    let at_place = finding.labels.iter().any(|label| {
        let source = sources.get(label.span.file);
        let line = source.lines().line(label.span.start as usize);
        places
            .iter()
            .any(|(path, offset)| *path == source.path && source.lines().line((*offset).min(source.text.len())) == line)
    });
    let said = || {
        let quoted = |text: &str| names.iter().any(|name| !name.is_empty() && text.contains(&format!("`{name}`")));
        quoted(&finding.message) || finding.labels.iter().any(|label| quoted(&label.message))
    };
    at_place || said()
}

/// What kate knows about the broken reference.
fn explain(original: &Snapshot, site: &Site<'_>, mutation: &Mutation, head: &Snapshot) -> String {
    let is_it = |reference: &&Reference| {
        site.uses.iter().any(|used| {
            let span = used.origin.span();
            let path = original.repository.path_of(span.file);
            let at = reference.origin.span();
            reference.kind == site.row.kind
                && head.repository.path_of(at.file) == path
                && at.start as usize == mutation.edits.moved_to(path, span.start as usize)
                && (!site.row.key || reference.key_origin.is_some())
        })
    };
    let Some(reference) = head.references.iter().find(is_it) else {
        return "the reference is not seen any more".to_owned();
    };
    let said = |resolution: &Resolution| match resolution {
        Resolution::Found(_) => "it is found".to_owned(),
        Resolution::Missing { .. } => "it is missing, but no rule says so".to_owned(),
        Resolution::Unknown { why, strength, near } => {
            let strength = if *strength == Strength::Strong { "strong" } else { "weak" };
            let near = if near.is_some() { ", near" } else { "" };
            format!("{strength}{near}: {why}")
        }
    };
    match (&reference.resolution, &reference.key) {
        (Resolution::Found(_), Some(key)) if site.row.key => said(key),
        (resolution, _) => said(resolution),
    }
}
