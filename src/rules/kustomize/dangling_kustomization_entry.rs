//! What a kustomization includes must exist.

use std::collections::BTreeSet;

use super::faults::{self, Words};
use crate::diagnostic::{Applicability, Diagnostic, RuleMeta};
use crate::graph::{Node, ReferenceKind};
use crate::render::kustomize::FaultKind;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule, Uses, support};
use crate::text::{RepoPath, Span};
use crate::vfs::Lookup;

declare_rule! {
    DanglingKustomizationEntry = "dangling-kustomization-entry" {
        summary: "kustomization includes a path that does not exist",
        group: Kustomize, level: Error, confidence: High, fix: Sometimes, since: "0.1.0",
    }
}

impl Rule for DanglingKustomizationEntry {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn reference(&self, cx: &Context<'_>, uses: &Uses<'_>) {
        let Some(reference) = uses.first().filter(|first| first.kind == ReferenceKind::KustomizationEntry) else {
            return;
        };
        let (true, Node::Path(file)) = (reference.resolution.is_missing(), &reference.from) else { return };
        let Some(target) = reference.want.name.value() else { return };
        let directory = file.parent().unwrap_or_else(RepoPath::root);
        let written = cx.head.repository.sources.slice(reference.origin.span()).trim_matches(['"', '\'']);
        let written = written.split_once('=').map_or(written, |(_, path)| path);
        let is_directory =
            RepoPath::new(target).is_some_and(|path| matches!(cx.head.repository.lookup(&path), Lookup::Directory(_)));
        let (message, primary) = if is_directory {
            (format!("kustomization includes `{written}`, which has no kustomization file"), "directory without one")
        } else {
            (format!("kustomization includes `{written}`, which does not exist"), "no such file or directory")
        };
        let at = reference.origin.span();
        let mut units: Vec<_> = cx.head.builds.faults.iter().filter(|(fault, _)| fault.at == at).collect();
        units.retain(|(fault, _)| fault.kind == FaultKind::Path);
        let units: Vec<_> = units.into_iter().flat_map(|(_, units)| units.iter().copied()).collect();
        let subject = support::subject(cx.head, reference);
        let mut diagnostic = Diagnostic::new(&META, at, message, subject)
            .severity(faults::level(cx.head, &META, at, &units))
            .primary(primary)
            .note(faults::failing(cx.head, &units));
        if let Some(near) = support::near_path(cx.head, target) {
            let new = near.relative_to(&directory);
            let fix = support::replace_scalar(cx.head, reference.origin.span(), written, &new, Applicability::Unsafe);
            diagnostic = diagnostic.help(format!("did you mean `{new}`?"));
            if let Some(fix) = fix {
                diagnostic = diagnostic.fix(fix);
            }
        }
        cx.report(diagnostic);
    }

    /// What only a build shows: paths in the configurations of plugins, directories where a file
    /// must be.
    fn snapshot(&self, cx: &Context<'_>) {
        let entries = cx.head.references.iter().filter(|reference| reference.kind == ReferenceKind::KustomizationEntry);
        let told: BTreeSet<Span> = entries
            .filter(|reference| reference.resolution.is_missing())
            .map(|reference| reference.origin.span())
            .collect();
        for found in faults::of(cx.head, &META).iter().filter(|found| !told.contains(&found.fault.at)) {
            let words = Words {
                message: format!("kustomization cannot read a path: {}", found.fault.message),
                primary: "nothing to read".to_owned(),
            };
            cx.report(faults::finding(cx.head, &META, found, words));
        }
    }
}
