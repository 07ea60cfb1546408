//! The last stages: run the wanted rules and policies, and filter what they find.

use std::collections::BTreeSet;

use super::{BaselineFile, Request, load, policies::Loaded, rules_with};
use crate::config::{Setting, Settings};
use crate::diagnostic::{Diagnostic, Group, RuleMeta};
use crate::graph::Snapshot;
use crate::rules::{self, Findings, Rule};
use crate::suppress::{AnnotationIgnore, Baseline, Filter, Filtered, Verdict, peer_annotation};
use crate::text::Sources;
use crate::value::Value;
use crate::vfs::VfsError;

/// What runs, and what the filter goes by.
pub(super) struct Stage<'a> {
    request: &'a Request<'a>,
    settings: &'a Settings,
    policies: &'a Loaded,
    rules: Vec<RuleMeta>,
    baseline: Option<Baseline>,
}

impl<'a> Stage<'a> {
    /// Read the baseline, if there is one.
    ///
    /// # Errors
    /// If the baseline was asked for and cannot be read.
    pub(super) fn new(
        request: &'a Request<'a>,
        settings: &'a Settings,
        policies: &'a Loaded,
        sources: &mut Sources,
    ) -> Result<Self, VfsError> {
        let path = match &request.baseline {
            BaselineFile::Unused => None,
            BaselineFile::File(path) => Some(path),
            BaselineFile::Configured => settings.baseline.as_ref(),
        };
        let baseline = match path {
            None => None,
            Some(path) => {
                let (vfs, side) = request.authority();
                let file = load::one(vfs, path.clone(), side, sources)?;
                let read = Baseline::read(&file.source).map_err(|error| {
                    let at = file.source.position(error.span.start as usize);
                    VfsError::Io {
                        path: format!("{path}:{}:{}", at.line, at.column),
                        source: std::io::Error::new(std::io::ErrorKind::InvalidData, error.message),
                    }
                })?;
                Some(read)
            }
        };
        Ok(Self { request, settings, policies, rules: rules_with(policies), baseline })
    }

    /// Run every wanted rule and policy on a snapshot.
    pub(super) fn find(&self, head: &Snapshot, base: Option<&Snapshot>) -> Findings {
        let runs = |rule: &RuleMeta| self.settings.levels.runs(rule);
        let running: Vec<&dyn Rule> = rules::builtin().iter().copied().filter(|rule| runs(rule.meta())).collect();
        let mut found = rules::run(&running, head, base);
        found.diagnostics.extend(self.policies.check(head, base, &runs));
        found
    }

    /// Filter what was found in a snapshot.
    pub(super) fn filter(&self, snapshot: &Snapshot, diagnostics: Vec<Diagnostic>, sources: &Sources) -> Filtered {
        let rules: Vec<&RuleMeta> = self.rules.iter().collect();
        let by_id = |id: &crate::diagnostic::RuleId| self.rules.iter().find(|rule| rule.id == *id);
        let filter = Filter {
            rules: &rules,
            ran: &|id| by_id(id).is_some_and(|rule| self.ran(rule)),
            verdict: &|rule, path| match self.settings.levels.setting(rule, path) {
                Setting::Off => Verdict::Off,
                Setting::AsReported => Verdict::AsFound,
                Setting::Level(level) => level.severity().map_or(Verdict::Off, Verdict::At),
            },
            files: &|id| {
                snapshot
                    .repository
                    .files
                    .get(&sources.get(id).path)
                    .map(|file| &**file)
                    .filter(|file| file.source.id == id)
            },
            annotations: &annotations(snapshot, self.settings.peer_ignores),
            ignores: self.request.ignores,
            peers: self.settings.peer_ignores,
            baseline: self.baseline.as_ref(),
            only: &self.request.only,
            today: self.request.today,
        };
        filter.apply(sources, diagnostics)
    }

    /// Whether a rule had all that it needs: those about changes need a base.
    fn ran(&self, rule: &RuleMeta) -> bool {
        self.settings.levels.runs(rule) && (rule.group != Group::Change || self.request.base.is_some())
    }

    /// Every rule that could report.
    pub(super) fn rules(&self) -> Vec<RuleMeta> {
        self.rules.iter().filter(|rule| self.settings.levels.runs(rule)).cloned().collect()
    }
}

/// `kate.dev/ignore` on objects, and what was written for other tools if that counts: it covers the
/// object as written.
fn annotations(snapshot: &Snapshot, peers: bool) -> Vec<AnnotationIgnore> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for object in &snapshot.objects {
        let annotations = object.value.at(&["metadata", "annotations"]);
        for entry in annotations.into_iter().flat_map(Value::entries) {
            let Some(text) = entry.value.as_str() else { continue };
            let own = (&*entry.key == "kate.dev/ignore").then(|| text.to_owned());
            let peer = || peers.then(|| peer_annotation(&entry.key, text)).filter(|rules| !rules.is_empty());
            let (value, peer) = match own {
                Some(value) => (value, false),
                None => match peer() {
                    Some(rules) => (rules.join(","), true),
                    None => continue,
                },
            };
            let covers = vec![object.value.span()];
            if seen.insert((value.clone(), entry.value.span(), covers.clone())) {
                found.push(AnnotationIgnore { value, span: entry.value.span(), covers, peer });
            }
        }
    }
    found
}
