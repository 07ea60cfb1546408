//! YAML and JSON must parse.

use crate::diagnostic::{Diagnostic, RuleMeta, Severity};
use crate::model::kustomization::is_kustomization;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule};
use crate::syntax::{ParsedFile, Syntax, SyntaxErrorKind};

declare_rule! {
    InvalidYaml = "invalid-yaml" {
        summary: "YAML or JSON that cannot be read",
        group: Syntax, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

impl Rule for InvalidYaml {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn file(&self, cx: &Context<'_>, file: &ParsedFile) {
        if matches!(file.syntax, Syntax::Hcl(_)) {
            return;
        }
        let severity = severity(cx, file);
        for error in file.errors.iter().filter(|error| error.kind != SyntaxErrorKind::DuplicateKey) {
            let message = format!("cannot read this file: {}", error.message);
            let mut diagnostic = Diagnostic::new(&META, error.span, message, file.source.path.as_str())
                .severity(severity)
                .primary("here")
                .note("nothing in the broken document is checked; the file's other documents are");
            if let Some((span, message)) = &error.related {
                diagnostic = diagnostic.label(*span, message);
            }
            cx.report(diagnostic);
        }
    }
}

/// An error if something deploys the file or it is clearly meant to be deployed; a hint for files
/// of other programs.
fn severity(cx: &Context<'_>, file: &ParsedFile) -> Severity {
    let path = &file.source.path;
    let read = cx.head.units.iter().any(|unit| unit.deployed && unit.reads.binary_search(&file.source.id).is_ok());
    let text = &file.source.text;
    let manifest = text.contains("apiVersion:") && text.contains("kind:");
    let known = is_kustomization(path.file_name()) || path.file_name() == "Chart.yaml";
    if read || ((manifest || known) && !crate::graph::units::is_example(path)) {
        Severity::Error
    } else {
        Severity::Info
    }
}
