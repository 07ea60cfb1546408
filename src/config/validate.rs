//! A value against the schema, told in the words of people who write YAML.

use std::sync::LazyLock;

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{ValidationError, Validator};
use serde_json::Value as Json;

use super::schema;
use crate::text::near_miss;

/// A mistake and where it is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mistake {
    /// JSON pointer of the value at fault.
    pub(super) pointer: String,
    /// The key below it that is at fault, if it is a key.
    pub(super) key: Option<String>,
    pub(super) message: String,
    pub(super) help: Option<String>,
}

/// All mistakes of a document.
pub(super) fn validate(document: &Json) -> Vec<Mistake> {
    static VALIDATOR: LazyLock<Validator> =
        LazyLock::new(|| jsonschema::validator_for(schema::inline()).expect("a generated schema is a schema"));
    let mut found = Vec::new();
    for error in VALIDATOR.iter_errors(document) {
        describe(&error, &mut found);
    }
    found
}

fn describe(error: &ValidationError<'_>, found: &mut Vec<Mistake>) {
    let mut push = |key: Option<String>, message: String, help: Option<String>| {
        found.push(Mistake { pointer: error.instance_path().to_string(), key, message, help });
    };
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            let known = known_keys(error);
            for key in unexpected {
                push(Some(key.clone()), format!("unknown key `{key}`"), Some(did_you_mean(key, &known)));
            }
        }
        ValidationErrorKind::Required { property } => {
            let property = property.as_str().unwrap_or_default();
            push(None, format!("`{property}` is missing"), None);
        }
        ValidationErrorKind::Type { kind } => {
            let mut expected = Vec::new();
            type_words(kind, &mut expected);
            push(None, wrong_type(&expected, error.instance()), quoting(&expected, error.instance()));
        }
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
            alternatives(error, context, found);
        }
        _ => push(None, error.to_string(), None),
    }
}

/// Say what is wrong where several forms are allowed and none fits.
fn alternatives(error: &ValidationError<'_>, context: &[Vec<ValidationError<'static>>], found: &mut Vec<Mistake>) {
    let here = error.instance_path().to_string();
    let mut push = |key: Option<String>, message: String, help: Option<String>| {
        found.push(Mistake { pointer: here.clone(), key, message, help });
    };
    let constants: Vec<&str> = context.iter().flatten().filter_map(constant).collect();
    let fitting: Vec<_> = context.iter().filter(|errors| !mismatched(errors, error.instance_path())).collect();
    if constants.len() == context.len()
        && let Some(text) = error.instance().as_str()
    {
        return push(None, format!("`{text}` is none of {}", list(&constants)), near_help(text, &constants));
    }
    match fitting[..] {
        [] => {
            let mut expected = Vec::new();
            expected_types(context, &mut expected);
            push(None, wrong_type(&expected, error.instance()), None);
        }
        [only] => only.iter().for_each(|error| describe(error, found)),
        _ => {
            let Some(map) = error.instance().as_object() else { return push(None, error.to_string(), None) };
            let keys: Vec<&str> = fitting.iter().copied().flatten().filter_map(required).collect();
            let unknown: Vec<&String> = map.keys().filter(|key| !keys.contains(&key.as_str())).collect();
            // The form whose key is there, with what is wrong inside it.
            let inner = fitting.iter().find(|errors| errors.iter().all(|e| e.instance_path() != error.instance_path()));
            match (unknown[..].first(), inner) {
                (Some(_), _) => {
                    for key in unknown {
                        push(Some(key.clone()), format!("unknown key `{key}`"), Some(did_you_mean(key, &keys)));
                    }
                }
                (None, Some(inner)) => inner.iter().for_each(|error| describe(error, found)),
                (None, None) => push(None, format!("expected exactly one of the keys {}", list(&keys)), None),
            }
        }
    }
}

/// Whether an alternative is of another type than the value, and so was not meant.
fn mismatched(errors: &[ValidationError<'_>], here: &jsonschema::paths::Location) -> bool {
    errors.iter().any(|error| {
        error.instance_path() == here
            && match error.kind() {
                ValidationErrorKind::Type { .. } => true,
                ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
                    context.iter().all(|errors| mismatched(errors, here))
                }
                _ => false,
            }
    })
}

fn constant<'a>(error: &'a ValidationError<'_>) -> Option<&'a str> {
    match error.kind() {
        ValidationErrorKind::Constant { expected_value } => expected_value.as_str(),
        _ => None,
    }
}

fn required<'a>(error: &'a ValidationError<'_>) -> Option<&'a str> {
    match error.kind() {
        ValidationErrorKind::Required { property } => property.as_str(),
        _ => None,
    }
}

fn expected_types(context: &[Vec<ValidationError<'_>>], words: &mut Vec<&'static str>) {
    for error in context.iter().flatten() {
        match error.kind() {
            ValidationErrorKind::Type { kind } => type_words(kind, words),
            ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
                expected_types(context, words);
            }
            _ => {}
        }
    }
}

fn type_words(kind: &TypeKind, words: &mut Vec<&'static str>) {
    let mut push = |name: &str| {
        let word = match name {
            "array" => "a list",
            "object" => "a map",
            "string" => "text",
            "boolean" => "true or false",
            "integer" => "a whole number",
            "number" => "a number",
            _ => return,
        };
        if !words.contains(&word) {
            words.push(word);
        }
    };
    match kind {
        TypeKind::Single(name) => push(&name.to_string()),
        TypeKind::Multiple(names) => names.iter().for_each(|name| push(&name.to_string())),
    }
}

fn wrong_type(expected: &[&str], instance: &Json) -> String {
    let actual = match instance {
        Json::Null => "nothing",
        Json::Bool(_) => "true or false",
        Json::Number(_) => "a number",
        Json::String(_) => "text",
        Json::Array(_) => "a list",
        Json::Object(_) => "a map",
    };
    format!("expected {}, found {actual}", expected.join(" or "))
}

/// `1.30` is a number, and as such 1.3: say how it becomes text.
fn quoting(expected: &[&str], instance: &Json) -> Option<String> {
    let scalar = matches!(instance, Json::Number(_) | Json::Bool(_));
    (scalar && expected.contains(&"text")).then(|| "put it in quotes".to_owned())
}

/// The keys that the schema knows where a key is unknown.
fn known_keys(error: &ValidationError<'_>) -> Vec<&'static str> {
    let place = error.schema_path().to_string();
    let parent = place.rsplit_once('/').map_or("", |(parent, _)| parent);
    let properties = schema::inline().pointer(&format!("{parent}/properties")).and_then(Json::as_object);
    properties.map(|properties| properties.keys().map(String::as_str).collect()).unwrap_or_default()
}

fn did_you_mean(name: &str, known: &[&str]) -> String {
    near_help(name, known).unwrap_or_else(|| format!("known keys are {}", list(known)))
}

fn near_help(name: &str, known: &[&str]) -> Option<String> {
    near_miss(name, known.iter().copied()).map(|near| format!("did you mean `{near}`?"))
}

fn list(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
