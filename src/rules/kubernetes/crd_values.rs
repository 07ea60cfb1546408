//! What a schema of a definition says of values: defaults, patterns and rules in CEL.

use super::judge::Judge;
use crate::model::Field;
use crate::schema::compile::part;
use crate::schema::validate::{
    Patterns, ProblemKind, Reader, Reading, escaped, read_expression, regex_error, validate,
};
use crate::text::has_placeholder;
use crate::value::{Data, Known, Value};

/// Deepest default that is looked at.
const MAX_DEPTH: usize = 32;

/// Check one part of a schema; `root` if it is of the whole object.
pub(super) fn check<'a>(judge: &mut Judge<'a>, schema: Field<'a>, root: bool) {
    let pattern = schema.get("pattern");
    if let Known::Value(text) = pattern.raw_text()
        && !has_placeholder(text)
        && let Some(why) = regex_error(text)
    {
        judge.error(pattern, "`pattern` is no regular expression of Go").primary(why);
    }
    if !root {
        default(judge, schema);
    }
    for (_, rule) in schema.get("x-kubernetes-validations").items() {
        self::rule(judge, schema, rule, root);
    }
}

/// A default has to be a value that the schema takes.
fn default<'a>(judge: &mut Judge<'a>, schema: Field<'a>) {
    let field = schema.get("default");
    let (Some(whole), Some(value)) = (schema.value(), field.value()) else { return };
    if schema.get("x-kubernetes-embedded-resource").is_true() || !is_known(whole, 0) {
        return;
    }
    let verdict = validate(&part(whole), Reader::Custom, &Patterns::default(), value);
    let Some(first) = verdict.problems.first() else { return };
    let at = if first.path.is_empty() { String::new() } else { format!("`{}`: ", first.path) };
    let why = match &first.kind {
        ProblemKind::UnknownField { name, .. } => format!("{at}`{name}` is no field"),
        ProblemKind::MissingField { name } => format!("{at}`{name}` is missing"),
        ProblemKind::WrongType { expected, .. } => format!("{at}it must be {expected}"),
        ProblemKind::InvalidValue { wanted, .. } => format!("{at}it must be {wanted}"),
        ProblemKind::DuplicateItem { .. } => format!("{at}an item stands twice"),
        ProblemKind::FailedRule { message, .. } => format!("{at}it breaks a rule: {message}"),
    };
    judge.error(field, "a default does not fit its own schema").primary(why);
}

/// Whether all of a value is known.
fn is_known(value: &Value, depth: usize) -> bool {
    depth < MAX_DEPTH
        && match &value.data {
            Data::Unknown(_) => false,
            Data::String(text) => !has_placeholder(text),
            Data::List(items) => items.iter().all(|item| is_known(item, depth + 1)),
            Data::Map(map) => map.open.is_none() && map.iter().all(|entry| is_known(&entry.value, depth + 1)),
            _ => true,
        }
}

fn rule<'a>(judge: &mut Judge<'a>, schema: Field<'a>, rule: Field<'a>, root: bool) {
    let (expression, message, made) = (rule.get("rule"), rule.get("message"), rule.get("messageExpression"));
    let lines = |field: Field<'_>| matches!(field.raw_text(), Known::Value(text) if text.trim().contains(['\n', '\r']));
    if matches!(expression.raw_text(), Known::Value(text) if text.trim().is_empty()) {
        judge.error(expression, "a rule is empty");
    }
    for field in [message, made] {
        if matches!(field.raw_text(), Known::Value(text) if !text.is_empty() && text.trim().is_empty()) {
            judge.error(field, format!("`{}` is only blanks", field.key()));
        }
    }
    if lines(message) {
        judge.error(message, "`message` may not have several lines").help("fold it: `>-` instead of `|`");
    }
    if lines(expression) && matches!(message.raw_text(), Known::Absent | Known::Value("")) {
        judge.error(expression, "a rule of several lines needs `message`");
    }
    says(judge, schema, expression, root);
    says(judge, schema, made, root);
}

/// Report an expression that is none, or that names what is not there.
fn says<'a>(judge: &mut Judge<'a>, schema: Field<'a>, field: Field<'a>, root: bool) {
    let Known::Value(text) = field.raw_text() else { return };
    if text.trim().is_empty() || has_placeholder(text) {
        return;
    }
    let uses = match read_expression(text) {
        Reading::Unread => return,
        Reading::Broken(why) => {
            judge.error(field, format!("`{}` is no expression of CEL", field.key())).primary(why);
            return;
        }
        Reading::Uses(uses) => uses,
    };
    for name in uses.names.iter().filter(|name| !matches!(name.as_str(), "self" | "oldSelf")) {
        judge
            .error(field, format!("`{}` names `{name}`, which is nothing here", field.key()))
            .help("there is `self`, the value, and `oldSelf`, what it was before");
    }
    for name in &uses.unknown_functions {
        judge.error(field, format!("`{}` calls `{name}`, which is no function of Kubernetes", field.key()));
    }
    let properties = schema.get("properties");
    let closed = schema.get("type").is_text("object")
        && properties.is_present()
        && properties.is_complete()
        && ["x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource", "additionalProperties"]
            .iter()
            .all(|key| schema.get(key).is_absent());
    for (_, name) in uses.fields.iter().filter(|(of, _)| closed && matches!(of.as_str(), "self" | "oldSelf")) {
        let always = root && matches!(name.as_str(), "apiVersion" | "kind" | "metadata");
        if !always && !properties.entries().any(|entry| escaped(&entry.key) == *name) {
            judge
                .error(field, format!("`{}` reads `self.{name}`, which the schema does not have", field.key()))
                .label(properties.span(), "what it has");
        }
    }
}
