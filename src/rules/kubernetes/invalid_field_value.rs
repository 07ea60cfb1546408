//! A field must have a value that is allowed.

use super::structure::{self, Words};
use crate::diagnostic::{Applicability, RuleMeta};
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule};
use crate::schema::validate::{ProblemKind, Wanted, shown};
use crate::value::Data;

declare_rule! {
    InvalidFieldValue = "invalid-field-value" {
        summary: "field has a value that is not allowed",
        group: Kubernetes, level: Error, confidence: High, fix: Sometimes, since: "0.1.0",
    }
}

impl Rule for InvalidFieldValue {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn snapshot(&self, cx: &Context<'_>) {
        structure::report(cx, &META, |found| {
            let problem = &found.misfit.problem;
            let ProblemKind::InvalidValue { found: data, wanted } = &problem.kind else { return None };
            let compound = matches!(data, Data::Map(_) | Data::List(_));
            let place = found.place();
            let message = match wanted {
                Wanted::Size(extent) => format!("{place} has {}, not {extent}", entries(extent.count)),
                Wanted::Length(extent) => format!("{place} has {} characters, not {extent}", extent.count),
                _ if compound || found.is_secret() => format!("{place} is not {wanted}"),
                _ => format!("{place} is {}, not {wanted}", shown(data)),
            };
            let near = match (wanted, data) {
                (Wanted::OneOf { near: Some(near), .. }, Data::String(text)) => Some((text, near)),
                _ => None,
            };
            let fix = near.and_then(|(text, near)| {
                let safe = text.eq_ignore_ascii_case(near);
                let applicability = if safe { Applicability::Safe } else { Applicability::Unsafe };
                let title = format!("replace `{text}` by `{near}`");
                structure::replace(cx.head, problem.at.span(), text, near, applicability, title)
            });
            Some(Words {
                message,
                primary: "not allowed".to_owned(),
                note: "the API server refuses the object".to_owned(),
                help: near.map(|(_, near)| format!("did you mean `{near}`?")),
                fix,
            })
        });
    }
}

fn entries(count: u64) -> String {
    match count {
        0 => "no entry".to_owned(),
        1 => "1 entry".to_owned(),
        count => format!("{count} entries"),
    }
}
