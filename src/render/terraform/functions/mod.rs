//! Terraform's built-in functions, as far as they are pure.
//!
//! Semantics follow Terraform 1.11; `tests/data/terraform-expressions.tsv` records what it answers.
//! A function that is not here gives an unknown value.

mod collections;
mod encoding;
mod numbers;
mod text;

use super::expression::{
    Evaluator, Failure, MAX_ITEMS, MAX_TEXT, Outcome, Text, because, derived, limit, open_map, pairs, sorted, unknown,
};
use super::operators;
use crate::syntax::hcl::Call;
use crate::text::Span;
use crate::value::{Data, Map, Unknown, Value};

pub(super) use encoding::{json_from_text, json_text};

/// The arguments of a call, and where it stands.
struct Arguments<'v> {
    values: &'v [Value],
    at: Span,
}

/// Evaluate a call.
pub(super) fn call<'a>(evaluator: &mut Evaluator<'_, 'a>, call: &'a Call, at: Span) -> Outcome {
    match call.name.as_str() {
        "try" => return first_that_works(evaluator, call, at),
        "can" => {
            let Some(argument) = call.arguments.first() else { return Err(Failure::new("no argument", at)) };
            return Ok(match evaluator.expression(argument) {
                Ok(value) => match any_unknown(&value) {
                    // What kate does not know may still fail.
                    Some(why) => because(&why, at),
                    None => derived(Data::Bool(true), at, &[&value]),
                },
                Err(_) => Value::new(Data::Bool(false), at),
            });
        }
        _ => {}
    }
    let mut values = Vec::with_capacity(call.arguments.len());
    for argument in &call.arguments {
        values.push(evaluator.expression(argument)?);
    }
    if call.expand_last
        && let Some(last) = values.pop()
    {
        match pairs(&last, at)? {
            Ok(pairs) => values.extend(pairs.into_iter().map(|(_, value)| value)),
            Err(why) => return Ok(because(&why, at)),
        }
    }
    if matches!(call.name.as_str(), "file" | "fileexists") {
        return Ok(evaluator.tree.file(evaluator.node, &call.name, values.first(), at));
    }
    let arguments = Arguments { values: &values, at };
    let name = call.name.strip_prefix("core::").unwrap_or(&call.name);
    let outcome = collections::call(name, &arguments)
        .or_else(|| text::call(name, &arguments))
        .or_else(|| numbers::call(name, &arguments))
        .or_else(|| encoding::call(name, &arguments));
    let outcome = outcome.unwrap_or_else(|| Ok(unknown(format!("`{name}()`"), at)));
    // A function that is given less than all gives less than an answer, not an error.
    match outcome {
        Err(_) if values.iter().any(|value| any_unknown(value).is_some()) => {
            let why = values.iter().find_map(any_unknown);
            Ok(why.map_or_else(|| unknown(format!("`{name}()`"), at), |why| because(&why, at)))
        }
        outcome => outcome,
    }
}

fn first_that_works<'a>(evaluator: &mut Evaluator<'_, 'a>, call: &'a Call, at: Span) -> Outcome {
    for argument in &call.arguments {
        if let Ok(value) = evaluator.expression(argument) {
            return Ok(value);
        }
    }
    Err(Failure::new("no argument of `try` works", at))
}

/// The first unknown part of a value.
pub(super) fn any_unknown(value: &Value) -> Option<Unknown> {
    match &value.data {
        Data::Unknown(why) => Some(why.clone()),
        Data::List(items) => items.iter().find_map(any_unknown),
        Data::Map(map) => map.open.clone().or_else(|| map.iter().find_map(|entry| any_unknown(&entry.value))),
        _ => None,
    }
}

/// An argument that turned out to be unknown, or one that Terraform refuses.
enum Stop {
    Unknown(Unknown),
    Failure(Failure),
}

impl Stop {
    fn outcome(self, at: Span) -> Outcome {
        match self {
            Self::Unknown(why) => Ok(because(&why, at)),
            Self::Failure(failure) => Err(failure),
        }
    }
}

impl Arguments<'_> {
    fn fail<T>(&self, message: &str) -> Result<T, Stop> {
        Err(Stop::Failure(Failure::new(message, self.at)))
    }

    fn value(&self, index: usize) -> Result<&Value, Stop> {
        match self.values.get(index) {
            Some(value) => match value.unknown() {
                Some(why) => Err(Stop::Unknown(why.clone())),
                None => Ok(value),
            },
            None => self.fail("an argument is missing"),
        }
    }

    fn text(&self, index: usize) -> Result<String, Stop> {
        let value = self.value(index)?;
        match operators::text(value) {
            Some(text) => Ok(text),
            None => self.fail("text is expected"),
        }
    }

    fn number(&self, index: usize) -> Result<f64, Stop> {
        let value = self.value(index)?;
        operators::number(value).map_or_else(|| self.fail("a number is expected"), Ok)
    }

    fn integer(&self, index: usize) -> Result<i64, Stop> {
        let value = self.value(index)?;
        operators::integer(value).map_or_else(|| self.fail("a whole number is expected"), Ok)
    }

    fn list(&self, index: usize) -> Result<&[Value], Stop> {
        match &self.value(index)?.data {
            Data::List(items) => Ok(items),
            _ => self.fail("a list is expected"),
        }
    }

    fn map(&self, index: usize) -> Result<&Map, Stop> {
        match &self.value(index)?.data {
            Data::Map(map) => Ok(map),
            _ => self.fail("a map is expected"),
        }
    }

    /// A map all keys of which are known.
    fn closed_map(&self, index: usize) -> Result<&Map, Stop> {
        let map = self.map(index)?;
        match &map.open {
            Some(why) => Err(Stop::Unknown(why.clone())),
            None => Ok(map),
        }
    }

    /// Items of a list, each known through and through.
    fn known_list(&self, index: usize) -> Result<&[Value], Stop> {
        let items = self.list(index)?;
        match items.iter().find_map(any_unknown) {
            Some(why) => Err(Stop::Unknown(why)),
            None => Ok(items),
        }
    }

    fn texts(&self, index: usize) -> Result<Vec<String>, Stop> {
        let items = self.known_list(index)?;
        let texts: Option<Vec<String>> = items.iter().map(operators::text).collect();
        texts.map_or_else(|| self.fail("a list of text is expected"), Ok)
    }

    fn from(&self) -> Vec<&Value> {
        self.values.iter().take(8).collect()
    }

    fn make(&self, data: Data) -> Value {
        derived(data, self.at, &self.from())
    }

    fn make_text(&self, text: impl Into<String>) -> Value {
        let text = text.into();
        if text.len() > MAX_TEXT {
            return limit("a text that is too long", self.at);
        }
        self.make(Data::String(text.into()))
    }

    fn make_list(&self, items: Vec<Value>) -> Value {
        if items.len() > MAX_ITEMS {
            return limit("a collection that is too large", self.at);
        }
        self.make(Data::List(items.into()))
    }

    fn make_texts(&self, items: impl IntoIterator<Item = String>) -> Value {
        self.make_list(items.into_iter().map(|text| self.make_text(text)).collect())
    }
}
