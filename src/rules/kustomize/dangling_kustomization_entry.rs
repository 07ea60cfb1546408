//! What a kustomization includes must exist.

use crate::diagnostic::{Applicability, Diagnostic, RuleMeta, Severity};
use crate::graph::{Node, ReferenceKind};
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule, Uses, support};
use crate::text::RepoPath;
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
        // A template of a directory is copied to where its entries exist.
        let template = file.components().any(|part| part == "templates");
        let level = if template || crate::graph::units::is_example(file) { Severity::Info } else { META.level };
        let subject = support::subject(cx.head, reference);
        let mut diagnostic = Diagnostic::new(&META, reference.origin.span(), message, subject)
            .severity(level)
            .primary(primary)
            .note("`kustomize build` fails for this directory and everything that includes it");
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
}
