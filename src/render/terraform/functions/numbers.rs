//! Functions of numbers and network addresses.

use super::{Arguments, Data, Outcome, Stop, Value, operators};

pub(super) fn call(name: &str, arguments: &Arguments<'_>) -> Option<Outcome> {
    let one = |f: fn(f64) -> f64| arguments.number(0).map(|number| arguments.make(operators::normal(f(number))));
    let result = match name {
        "floor" => one(f64::floor),
        "ceil" => one(f64::ceil),
        "abs" => one(f64::abs),
        "signum" => one(|number| if number == 0.0 { 0.0 } else { number.signum() }),
        "min" => fold(arguments, f64::min),
        "max" => fold(arguments, f64::max),
        "sum" => sum(arguments),
        "pow" => pow(arguments),
        "parseint" => parse_int(arguments),
        "cidrsubnet" => subnet(arguments),
        "cidrhost" => host(arguments),
        "cidrnetmask" => network(arguments).map(|(_, bits)| arguments.make_text(dotted(mask(bits)))),
        _ => return None,
    };
    Some(result.or_else(|stop| stop.outcome(arguments.at)))
}

type Answer = Result<Value, Stop>;

fn fold(arguments: &Arguments<'_>, f: fn(f64, f64) -> f64) -> Answer {
    let mut result = arguments.number(0)?;
    for index in 1..arguments.values.len() {
        result = f(result, arguments.number(index)?);
    }
    Ok(arguments.make(operators::normal(result)))
}

fn sum(arguments: &Arguments<'_>) -> Answer {
    let items = arguments.known_list(0)?;
    if items.is_empty() {
        return arguments.fail("nothing to add");
    }
    let mut total = Value::new(Data::Int(0), arguments.at);
    for item in items {
        total = operators::binary(&total, "+", item, arguments.at).map_err(Stop::Failure)?;
    }
    Ok(total)
}

fn pow(arguments: &Arguments<'_>) -> Answer {
    let result = arguments.number(0)?.powf(arguments.number(1)?);
    let exact = result.is_finite() && result.fract() == 0.0 && result.abs() < 9e15;
    Ok(if exact {
        arguments.make(operators::normal(result))
    } else {
        super::unknown("an inexact number", arguments.at)
    })
}

fn parse_int(arguments: &Arguments<'_>) -> Answer {
    let base = u32::try_from(arguments.integer(1)?).ok().filter(|base| (2..=36).contains(base));
    let Some(base) = base else { return Ok(super::unknown("a base over 36", arguments.at)) };
    match i64::from_str_radix(&arguments.text(0)?, base) {
        Ok(number) => Ok(arguments.make(Data::Int(number))),
        Err(_) => arguments.fail("not a number"),
    }
}

/// An IPv4 network: its address without host bits, and the length of its prefix.
fn network(arguments: &Arguments<'_>) -> Result<(u32, u32), Stop> {
    let text = arguments.text(0)?;
    let parsed = text.split_once('/').and_then(|(address, bits)| {
        let address: std::net::Ipv4Addr = address.parse().ok()?;
        let bits: u32 = bits.parse().ok().filter(|bits| *bits <= 32)?;
        Some((u32::from(address) & mask(bits), bits))
    });
    match parsed {
        Some(parsed) => Ok(parsed),
        None if text.contains(':') => Err(Stop::Unknown(crate::value::Unknown::new(
            crate::value::Reason::TerraformValue,
            "an IPv6 network",
            Some(arguments.at),
        ))),
        None => arguments.fail("not a network"),
    }
}

fn mask(bits: u32) -> u32 {
    if bits == 0 { 0 } else { u32::MAX << (32 - bits.min(32)) }
}

fn dotted(address: u32) -> String {
    std::net::Ipv4Addr::from(address).to_string()
}

fn subnet(arguments: &Arguments<'_>) -> Answer {
    let (address, bits) = network(arguments)?;
    let (more, number) = (arguments.integer(1)?, arguments.integer(2)?);
    let length = u32::try_from(more).ok().and_then(|more| bits.checked_add(more)).filter(|length| *length <= 32);
    let (Some(length), Ok(number)) = (length, u32::try_from(number)) else {
        return arguments.fail("does not fit");
    };
    let room = length - bits;
    if room < 32 && number >> room != 0 {
        return arguments.fail("does not fit");
    }
    let part = number.checked_shl(32 - length).unwrap_or(0);
    Ok(arguments.make_text(format!("{}/{length}", dotted(address | part))))
}

fn host(arguments: &Arguments<'_>) -> Answer {
    let (address, bits) = network(arguments)?;
    let size = 1_i64 << (32 - bits);
    let number = arguments.integer(1)?;
    let number = if number < 0 { size + number } else { number };
    match u32::try_from(number) {
        Ok(number) if i64::from(number) < size => Ok(arguments.make_text(dotted(address | number))),
        _ => arguments.fail("does not fit"),
    }
}
