//! Type constraints of variables: what they add (defaults of optional attributes), drop and
//! convert.

use super::expression::{Evaluator, open_map, unknown};
use super::operators;
use crate::syntax::hcl::{Call, Expression, ExpressionKind};
use crate::value::{Data, Entry, Map, Origin, Value};

/// Convert a value to a type. What cannot be converted is refused by Terraform: unknown here.
pub(super) fn convert<'a>(evaluator: &mut Evaluator<'_, 'a>, value: Value, constraint: &'a Expression) -> Value {
    if matches!(value.data, Data::Unknown(_) | Data::Null) {
        return value;
    }
    match &constraint.kind {
        ExpressionKind::Variable(name) => scalar(value, name),
        // Terraform 0.11 wrote types as text.
        ExpressionKind::String(name) => match name.as_str() {
            "string" | "number" | "bool" => scalar(value, name),
            _ => value,
        },
        ExpressionKind::Call(call) => collection(evaluator, value, call),
        ExpressionKind::Parenthesis(inner) => convert(evaluator, value, inner),
        _ => value,
    }
}

fn scalar(value: Value, name: &str) -> Value {
    let data = match name {
        "string" => operators::text(&value).map(|text| Data::String(text.into())),
        "number" => match &value.data {
            Data::Bool(_) => None,
            _ => operators::number(&value).map(operators::normal),
        },
        "bool" => operators::truth(&value).map(Data::Bool),
        _ => return value,
    };
    match data {
        Some(data) => Value::new(data, value.origin),
        None => unknown(format!("not a {name}"), value.span()),
    }
}

fn collection<'a>(evaluator: &mut Evaluator<'_, 'a>, value: Value, call: &'a Call) -> Value {
    let Some(inner) = call.arguments.first() else { return value };
    match (call.name.as_str(), &value.data) {
        ("list" | "set", Data::List(items)) => {
            let items: Vec<Value> = items.iter().map(|item| convert(evaluator, item.clone(), inner)).collect();
            Value::list(items, value.origin)
        }
        ("tuple", Data::List(items)) => {
            let ExpressionKind::Tuple(types) = &inner.kind else { return value };
            if types.len() != items.len() {
                return unknown("a tuple of another length", value.span());
            }
            let items = items.iter().zip(types).map(|(item, inner)| convert(evaluator, item.clone(), inner));
            Value::list(items.collect(), value.origin.clone())
        }
        ("map", Data::Map(map)) => {
            let mut out = open_map(map.open.clone());
            for entry in map.iter() {
                let value = convert(evaluator, entry.value.clone(), inner);
                out.push_unique(Entry { value, ..entry.clone() });
            }
            Value::map(out, value.origin)
        }
        ("object", Data::Map(map)) => {
            let ExpressionKind::Object(attributes) = &inner.kind else { return value };
            let mut out = Map::default();
            for attribute in attributes {
                let (ExpressionKind::Variable(name) | ExpressionKind::String(name)) = &attribute.key.kind else {
                    return value;
                };
                let optional = match &attribute.value.kind {
                    ExpressionKind::Call(call) if call.name == "optional" => Some(call),
                    _ => None,
                };
                let constraint = optional.and_then(|call| call.arguments.first()).unwrap_or(&attribute.value);
                let given = map
                    .get(name)
                    .filter(|value| optional.is_none_or(|call| call.arguments.len() < 2) || !value.is_null());
                let made = match (given, optional, &map.open) {
                    (Some(given), ..) => convert(evaluator, given.clone(), constraint),
                    (None, _, Some(why)) => super::expression::because(why, attribute.key.span),
                    (None, Some(call), None) => match call.arguments.get(1) {
                        Some(default) => {
                            let default = evaluator.value(default);
                            convert(evaluator, default, constraint)
                        }
                        None => Value::new(Data::Null, attribute.key.span),
                    },
                    (None, None, None) => return unknown(format!("no attribute `{name}`"), value.span()),
                };
                let origin =
                    map.entry(name).map_or(Origin::Source(attribute.key.span), |entry| entry.key_origin.clone());
                out.insert(name.clone(), origin, made);
            }
            Value::map(out, value.origin)
        }
        ("list" | "set" | "tuple" | "map" | "object", _) => unknown(format!("not a {}", call.name), value.span()),
        _ => value,
    }
}
