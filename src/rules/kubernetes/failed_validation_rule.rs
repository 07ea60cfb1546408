//! A custom resource must keep the rules of its definition.

use super::structure::{self, Words};
use crate::diagnostic::RuleMeta;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule};
use crate::schema::validate::ProblemKind;

declare_rule! {
    FailedValidationRule = "failed-validation-rule" {
        summary: "custom resource breaks a rule of its definition",
        group: Kubernetes, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

impl Rule for FailedValidationRule {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn snapshot(&self, cx: &Context<'_>) {
        structure::report(cx, &META, |found| {
            let ProblemKind::FailedRule { message, expression } = &found.misfit.problem.kind else { return None };
            let message: String = message.split_whitespace().collect::<Vec<_>>().join(" ");
            let expression: String = expression.split_whitespace().collect::<Vec<_>>().join(" ");
            Some(Words {
                message: format!("{} breaks a rule: {}", found.place(), message.trim_end_matches('.')),
                primary: "does not hold here".to_owned(),
                note: format!("the API server refuses the object: `{expression}` has to be true"),
                help: None,
                fix: None,
            })
        });
    }
}
