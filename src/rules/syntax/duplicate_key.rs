//! A key must stand once in a map.

use crate::diagnostic::{Diagnostic, RuleMeta, Severity};
use crate::graph::UnitKind;
use crate::model::kustomization::is_kustomization;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule};
use crate::syntax::{ParsedFile, SyntaxErrorKind};

declare_rule! {
    DuplicateKey = "duplicate-key" {
        summary: "a key stands twice in one map",
        group: Syntax, level: Warning, confidence: High, fix: None, since: "0.1.0",
    }
}

impl Rule for DuplicateKey {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn file(&self, cx: &Context<'_>, file: &ParsedFile) {
        if !file.errors.iter().any(|error| error.kind == SyntaxErrorKind::DuplicateKey) {
            return;
        }
        let by_kustomize = read_by_kustomize(cx, file);
        for error in file.errors.iter().filter(|error| error.kind == SyntaxErrorKind::DuplicateKey) {
            let note = if by_kustomize {
                "kustomize refuses the file; kubectl and Argo CD silently take the last one"
            } else {
                "the last one wins, silently"
            };
            let level = if by_kustomize { Severity::Error } else { Severity::Warning };
            let mut diagnostic = Diagnostic::new(&META, error.span, error.message.clone(), file.source.path.as_str())
                .severity(level)
                .primary("again here")
                .note(note);
            if let Some((span, message)) = &error.related {
                diagnostic = diagnostic.label(*span, message);
            }
            cx.report(diagnostic);
        }
    }
}

fn read_by_kustomize(cx: &Context<'_>, file: &ParsedFile) -> bool {
    is_kustomization(file.source.path.file_name())
        || cx.head.units.iter().any(|unit| {
            let kustomization = |path| {
                let names = crate::model::kustomization::FILE_NAMES;
                let path: &crate::text::RepoPath = path;
                names.iter().any(|name| path.join(name).is_some_and(|path| cx.head.repository.file(&path).is_some()))
            };
            unit.kind != UnitKind::HelmChart
                && unit.path.as_ref().is_some_and(kustomization)
                && unit.reads.binary_search(&file.source.id).is_ok()
        })
}
