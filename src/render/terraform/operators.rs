//! Numbers, truth, text and equality as Terraform converts and compares them.

use super::expression::{Failure, Outcome, because, derived, unknown};
use crate::text::Span;
use crate::value::{Data, Reason, Unknown, Value};

/// A number as written. Terraform has 512 bits; what does not fit ours is unknown.
pub(super) fn parse_number(text: &str, at: Span) -> Data {
    if let Ok(number) = text.parse::<i64>() {
        return Data::Int(number);
    }
    let digits = text.bytes().take_while(|byte| !matches!(byte, b'e' | b'E')).filter(u8::is_ascii_digit).count();
    match text.parse::<f64>() {
        Ok(number) if digits <= 15 && number.is_finite() => normal(number),
        _ => Data::Unknown(Unknown::new(Reason::TerraformValue, "an inexact number", Some(at))),
    }
}

/// A float as an integer if it is one.
pub(super) fn normal(number: f64) -> Data {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() < EXACT {
        // Exact: whole and below 2^53.
        Data::Int(number as i64)
    } else {
        Data::Float(number)
    }
}

/// Its number; text that is one counts.
pub(super) fn number(value: &Value) -> Option<f64> {
    match &value.data {
        Data::Int(number) => Some(*number as f64),
        Data::Float(number) => Some(*number),
        Data::String(text) => match parse_number(text, value.span()) {
            Data::Int(number) => Some(number as f64),
            Data::Float(number) => Some(number),
            _ => None,
        },
        _ => None,
    }
}

/// Its whole number.
pub(super) fn integer(value: &Value) -> Option<i64> {
    match &value.data {
        Data::Int(number) => Some(*number),
        Data::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// Its truth value; the texts `true` and `false` count.
pub(super) fn truth(value: &Value) -> Option<bool> {
    match &value.data {
        Data::Bool(truth) => Some(*truth),
        Data::String(text) if text == "true" => Some(true),
        Data::String(text) if text == "false" => Some(false),
        _ => None,
    }
}

/// Whether a number has more digits than we are sure of.
pub(super) fn is_inexact(value: &Value) -> bool {
    matches!(value.data, Data::Float(number) if format!("{number}").bytes().filter(u8::is_ascii_digit).count() > 15)
}

/// Its text, if it is a scalar.
pub(super) fn text(value: &Value) -> Option<String> {
    match &value.data {
        Data::String(text) => Some(text.to_string()),
        Data::Int(number) => Some(number.to_string()),
        Data::Float(number) => (!is_inexact(value)).then(|| number.to_string()),
        Data::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// Whether two values are equal; `None` if that cannot be told.
pub(super) fn equal(left: &Value, right: &Value) -> Option<bool> {
    let all = |results: &mut dyn Iterator<Item = Option<bool>>| {
        let mut all = Some(true);
        for result in results {
            match result {
                Some(false) => return Some(false),
                None => all = None,
                Some(true) => {}
            }
        }
        all
    };
    match (&left.data, &right.data) {
        (Data::Unknown(_), _) | (_, Data::Unknown(_)) => None,
        (Data::Null, Data::Null) => Some(true),
        (Data::Null, _) | (_, Data::Null) => Some(false),
        (Data::Bool(a), Data::Bool(b)) => Some(a == b),
        (Data::String(a), Data::String(b)) => Some(a == b),
        (Data::Int(_) | Data::Float(_), Data::Int(_) | Data::Float(_)) => Some(number(left) == number(right)),
        (Data::List(a), Data::List(b)) => {
            if a.len() != b.len() {
                return Some(false);
            }
            all(&mut a.iter().zip(b.iter()).map(|(a, b)| equal(a, b)))
        }
        (Data::Map(a), Data::Map(b)) => {
            if a.open.is_some() || b.open.is_some() {
                return None;
            }
            if a.len() != b.len() {
                return Some(false);
            }
            all(&mut a.iter().map(|entry| b.get(&entry.key).map_or(Some(false), |other| equal(&entry.value, other))))
        }
        // Values of different types are not equal, whatever they would convert to.
        _ => Some(false),
    }
}

pub(super) fn unary(operator: &str, operand: &Value, at: Span) -> Outcome {
    if let Some(why) = operand.unknown() {
        return Ok(because(why, at));
    }
    let data = match operator {
        "!" => truth(operand).map(|truth| Data::Bool(!truth)),
        "-" => number(operand).map(|number| normal(-number)),
        _ => None,
    };
    data.map(|data| derived(data, at, &[operand])).ok_or_else(|| Failure::new("the wrong type", at))
}

pub(super) fn binary(left: &Value, operator: &str, right: &Value, at: Span) -> Outcome {
    let from = [left, right];
    let done = |data| Ok(derived(data, at, &from));
    if matches!(operator, "&&" | "||") {
        let decisive = operator == "||";
        if truth(left) == Some(decisive) || truth(right) == Some(decisive) {
            return done(Data::Bool(decisive));
        }
    }
    if matches!(operator, "==" | "!=") {
        return match equal(left, right) {
            Some(equal) => done(Data::Bool(equal == (operator == "=="))),
            None => {
                let why = left.unknown().or(right.unknown());
                Ok(why.map_or_else(|| unknown("parts are not known", at), |why| because(why, at)))
            }
        };
    }
    if let Some(why) = left.unknown().or(right.unknown()) {
        return Ok(because(why, at));
    }
    if matches!(operator, "&&" | "||") {
        return match (truth(left), truth(right)) {
            (Some(_), Some(_)) => done(Data::Bool(operator == "&&")),
            _ => Err(Failure::new("not true or false", at)),
        };
    }
    let (Some(a), Some(b)) = (number(left), number(right)) else {
        return Err(Failure::new("not a number", at));
    };
    if let (Some(a), Some(b)) = (integer(left), integer(right)) {
        let exact = match operator {
            "+" => a.checked_add(b),
            "-" => a.checked_sub(b),
            "*" => a.checked_mul(b),
            "%" => a.checked_rem(b),
            _ => None,
        };
        if let Some(exact) = exact {
            return done(Data::Int(exact));
        }
    }
    let result = match operator {
        ">" => return done(Data::Bool(a > b)),
        "<" => return done(Data::Bool(a < b)),
        ">=" => return done(Data::Bool(a >= b)),
        "<=" => return done(Data::Bool(a <= b)),
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        "/" | "%" if b == 0.0 => return Err(Failure::new("division by zero", at)),
        "/" => a / b,
        "%" => a % b,
        _ => return Ok(unknown(format!("operator `{operator}`"), at)),
    };
    // Terraform calculates with 512 bits: fifteen digits are what both agree on.
    let rounded: f64 = format!("{result:.14e}").parse().unwrap_or(f64::NAN);
    let value = derived(normal(rounded), at, &from);
    let exact = result.is_finite() && (operator != "/" || (rounded * b - a).abs() <= a.abs() * 1e-16);
    Ok(if exact && !is_inexact(&value) { value } else { unknown("an inexact number", at) })
}
