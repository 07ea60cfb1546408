//! Terraform files must parse.

use crate::diagnostic::{Diagnostic, RuleMeta};
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule};
use crate::syntax::{ParsedFile, Syntax, SyntaxErrorKind};

declare_rule! {
    InvalidHcl = "invalid-hcl" {
        summary: "Terraform or OpenTofu text that cannot be read",
        group: Syntax, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

impl Rule for InvalidHcl {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn file(&self, cx: &Context<'_>, file: &ParsedFile) {
        if !matches!(file.syntax, Syntax::Hcl(_)) {
            return;
        }
        for error in file.errors.iter().filter(|error| error.kind != SyntaxErrorKind::DuplicateKey) {
            let message = format!("cannot read this block: {}", error.message);
            let mut diagnostic = Diagnostic::new(&META, error.span, message, file.source.path.as_str())
                .primary("here")
                .note("Terraform refuses the whole directory; kate checks its other blocks");
            if let Some((span, message)) = &error.related {
                diagnostic = diagnostic.label(*span, message);
            }
            cx.report(diagnostic);
        }
    }
}
