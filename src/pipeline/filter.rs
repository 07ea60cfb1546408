//! Hands the filter what it needs to know.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Request, load};
use crate::config::{self, Setting, Settings};
use crate::diagnostic::{Diagnostic, Group, RuleId, RuleMeta};
use crate::graph::Snapshot;
use crate::suppress::{AnnotationIgnore, Baseline, Filter, Filtered, Verdict};
use crate::text::{FileId, RepoPath, Side, Sources, Span};
use crate::vfs::Vfs;

/// The annotation that ignores findings about an object.
const ANNOTATION: &str = "kate.dev/ignore";

/// The baseline of the tree that the configuration comes from; a file that does not exist accepts
/// nothing.
pub(super) fn baseline(
    vfs: &dyn Vfs,
    path: Option<&RepoPath>,
    side: Side,
    sources: &mut Sources,
    shared: &mut load::Shared,
) -> Result<Baseline, Vec<Diagnostic>> {
    let Some(path) = path else { return Ok(Baseline::default()) };
    let Ok(file) = load::one(vfs, path.clone(), side, sources) else { return Ok(Baseline::default()) };
    shared.insert((path.clone(), file.source.hash), Arc::clone(&file));
    Baseline::read(&file.source).map_err(|error| {
        config::rules()
            .iter()
            .map(|meta| Diagnostic::new(meta, error.span, error.message.clone(), path.as_str()))
            .collect()
    })
}

/// Filter the findings of one check.
pub(super) fn apply(
    request: &Request<'_>,
    settings: &Settings,
    baseline: &Baseline,
    rules: &[RuleMeta],
    head: &Snapshot,
    sources: &Sources,
    diagnostics: Vec<Diagnostic>,
) -> Filtered {
    let rules: Vec<&RuleMeta> = rules.iter().collect();
    let by_id: BTreeMap<&str, &RuleMeta> = rules.iter().map(|rule| (rule.id.as_str(), *rule)).collect();
    let files: BTreeMap<FileId, _> = head.repository.files.values().map(|file| (file.source.id, &**file)).collect();
    let ran = |id: &RuleId| {
        let runs =
            |rule: &&RuleMeta| settings.levels.runs(rule) && (rule.group != Group::Change || request.base.is_some());
        by_id.get(id.as_str()).is_some_and(runs)
    };
    let verdict = |rule: &RuleMeta, path: &RepoPath| match settings.levels.setting(rule, path) {
        Setting::Off => Verdict::Off,
        Setting::AsReported => Verdict::AsFound,
        Setting::Level(level) => level.severity().map_or(Verdict::Off, Verdict::At),
    };
    let annotations = annotations(head);
    Filter {
        rules: &rules,
        ran: &ran,
        verdict: &verdict,
        files: &|id| files.get(&id).copied(),
        annotations: &annotations,
        ignores: request.ignores,
        baseline: Some(baseline),
        only: &request.only,
        today: request.today,
    }
    .apply(sources, diagnostics)
}

/// The annotations of all objects. One that several objects have, because their template is
/// rendered several times, covers all of them.
fn annotations(head: &Snapshot) -> Vec<AnnotationIgnore> {
    let mut found: BTreeMap<(Span, &str), Vec<Span>> = BTreeMap::new();
    for object in &head.objects {
        let Some(value) = object.value.at(&["metadata", "annotations", ANNOTATION]) else { continue };
        let Some(text) = value.as_str() else { continue };
        found.entry((value.span(), text)).or_default().extend(object.value.origin.sources());
    }
    let ignore =
        |((span, value), covers): ((Span, &str), Vec<Span>)| AnnotationIgnore { value: value.to_owned(), span, covers };
    found.into_iter().map(ignore).collect()
}
