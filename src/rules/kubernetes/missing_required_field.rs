//! A field that a kind needs must be there.

use super::structure::{self, Words};
use crate::diagnostic::RuleMeta;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule};
use crate::schema::validate::ProblemKind;

declare_rule! {
    MissingRequiredField = "missing-required-field" {
        summary: "object lacks a field that its kind needs",
        group: Kubernetes, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

impl Rule for MissingRequiredField {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn snapshot(&self, cx: &Context<'_>) {
        structure::report(cx, &META, |found| {
            let problem = &found.misfit.problem;
            let ProblemKind::MissingField { name } = &problem.kind else { return None };
            let field = if problem.path.is_empty() { name.to_string() } else { format!("{}.{name}", problem.path) };
            Some(Words {
                message: format!("{} lacks `{field}`", found.object.title()),
                primary: format!("`{name}` is missing"),
                note: "the API server refuses the object".to_owned(),
                help: None,
                fix: None,
            })
        });
    }
}
