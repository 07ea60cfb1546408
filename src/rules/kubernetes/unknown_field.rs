//! A field must be one that the kind has.

use super::structure::{self, Words};
use crate::diagnostic::{Applicability, RuleMeta};
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule};
use crate::schema::validate::{Belongs, ProblemKind};

declare_rule! {
    UnknownField = "unknown-field" {
        summary: "object has a field that its kind does not have",
        group: Kubernetes, level: Error, confidence: High, fix: Sometimes, since: "0.1.0",
    }
}

impl Rule for UnknownField {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn snapshot(&self, cx: &Context<'_>) {
        structure::report(cx, &META, |found| {
            let problem = &found.misfit.problem;
            let ProblemKind::UnknownField { name, belongs } = &problem.kind else { return None };
            let help = belongs.as_ref().map(|belongs| match belongs {
                Belongs::Near(near) => format!("did you mean `{near}`?"),
                Belongs::Above(path) if path.is_empty() => "it belongs to the object itself".to_owned(),
                Belongs::Above(path) => format!("it belongs to `{path}`"),
                Belongs::Below(key) => format!("it belongs to `{key}` beside it"),
            });
            let fix = match belongs {
                Some(Belongs::Near(near)) => {
                    let title = format!("rename to `{near}`");
                    structure::replace(cx.head, problem.at.span(), name, near, Applicability::Safe, title)
                }
                _ => None,
            };
            Some(Words {
                message: format!("{} has no field `{}`", found.object.title(), problem.path),
                primary: "no such field".to_owned(),
                note: "the API server refuses the object, or drops the field where validation is turned off".to_owned(),
                help,
                fix,
            })
        });
    }
}
