//! A field must have a value of its type.

use super::structure::{self, Found, Words};
use crate::diagnostic::{Fix, RuleMeta};
use crate::graph::Snapshot;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule};
use crate::schema::validate::{ProblemKind, Type, type_name};
use crate::value::Data;

declare_rule! {
    InvalidFieldType = "invalid-field-type" {
        summary: "field has a value of another type",
        group: Kubernetes, level: Error, confidence: High, fix: Sometimes, since: "0.1.0",
    }
}

impl Rule for InvalidFieldType {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn snapshot(&self, cx: &Context<'_>) {
        structure::report(cx, &META, |found| {
            let ProblemKind::WrongType { expected, found: data } = &found.misfit.problem.kind else { return None };
            let (help, fix) = mend(cx.head, found, *expected, data);
            Some(Words {
                message: format!("{} is {}, not {expected}", found.place(), type_name(data)),
                primary: format!("has to be {expected}"),
                note: "the API server refuses the object".to_owned(),
                help,
                fix,
            })
        });
    }
}

fn mend(snapshot: &Snapshot, found: &Found<'_>, expected: Type, data: &Data) -> (Option<String>, Option<Fix>) {
    let span = found.misfit.problem.at.span();
    let fix = match (expected, data) {
        (Type::Text, _) => structure::quote(snapshot, span, data),
        (Type::Integer, Data::String(_)) => structure::unquote(snapshot, span, is_integer),
        (Type::Number, Data::String(_)) => structure::unquote(snapshot, span, is_number),
        (Type::Boolean, Data::String(_)) => structure::unquote(snapshot, span, |text| matches!(text, "true" | "false")),
        _ => None,
    };
    let help = match (&fix, expected) {
        (Some(_), Type::Text) => Some("quotes make it text".to_owned()),
        (Some(_), _) => Some(format!("without quotes it is {expected}")),
        (None, _) => None,
    };
    (help, fix)
}

fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let leading_zero = digits.len() > 1 && digits.starts_with('0');
    !digits.is_empty() && digits.len() < 19 && !leading_zero && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_number(text: &str) -> bool {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    is_integer(whole) && !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())
}
