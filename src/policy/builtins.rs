//! The builtin functions that policies may call.
//!
//! regorus looks for an extension before its own builtin, so kate replaces what could grow without
//! bound (a text doubled forty times is a terabyte, made within any time limit) and what regorus
//! computes otherwise than OPA (`sprintf`), and adds some that it lacks. What would make a check
//! depend on anything but its input (network, clock, environment, chance) is not there at all.

use core::net::IpAddr;

use anyhow::bail;
use regorus::{Engine, Value};

use super::sprintf::{MAX_TEXT, sprintf};

/// Most items that a policy may make in one step.
const MAX_ITEMS: usize = 1 << 18;

/// Builtins of regorus as it is compiled into kate, those that [`install`] replaces included.
const REGORUS: &[&str] = &[
    "abs",
    "array.concat",
    "array.reverse",
    "array.slice",
    "base64.decode",
    "base64.encode",
    "base64.is_valid",
    "base64url.decode",
    "base64url.encode",
    "base64url.encode_no_pad",
    "bits.and",
    "bits.lsh",
    "bits.negate",
    "bits.or",
    "bits.rsh",
    "bits.xor",
    "ceil",
    "concat",
    "contains",
    "count",
    "endswith",
    "floor",
    "format_int",
    "glob.match",
    "glob.quote_meta",
    "graph.reachable",
    "graph.reachable_paths",
    "hex.decode",
    "hex.encode",
    "indexof",
    "indexof_n",
    "intersection",
    "is_array",
    "is_boolean",
    "is_null",
    "is_number",
    "is_object",
    "is_set",
    "is_string",
    "json.filter",
    "json.is_valid",
    "json.marshal",
    "json.marshal_with_options",
    "json.patch",
    "json.remove",
    "json.unmarshal",
    "lower",
    "max",
    "min",
    "numbers.range",
    "numbers.range_step",
    "object.filter",
    "object.get",
    "object.keys",
    "object.remove",
    "object.subset",
    "object.union",
    "object.union_n",
    "print",
    "product",
    "regex.find_all_string_submatch_n",
    "regex.find_n",
    "regex.is_valid",
    "regex.match",
    "regex.replace",
    "regex.split",
    "regex.template_match",
    "replace",
    "round",
    "semver.compare",
    "semver.is_valid",
    "sort",
    "split",
    "sprintf",
    "startswith",
    "strings.any_prefix_match",
    "strings.any_suffix_match",
    "strings.count",
    "strings.replace_n",
    "strings.reverse",
    "substring",
    "sum",
    "to_number",
    "trace",
    "trim",
    "trim_left",
    "trim_prefix",
    "trim_right",
    "trim_space",
    "trim_suffix",
    "type_name",
    "union",
    "units.parse",
    "units.parse_bytes",
    "upper",
    "walk",
    "yaml.is_valid",
    "yaml.marshal",
    "yaml.unmarshal",
];

/// Builtins that [`install`] adds.
const ADDED: &[&str] =
    &["all", "any", "array.flatten", "net.cidr_contains", "net.cidr_intersects", "net.cidr_is_valid", "re_match"];

/// Builtins of OPA (or prefixes of them, with a dot) that a sandbox must not have.
const REFUSED: &[(&str, &str)] = &[
    ("http.", "policies have no network"),
    ("net.lookup_ip_addr", "policies have no network"),
    ("opa.runtime", "policies do not see the environment"),
    ("rand.", "policies give the same answer every time"),
    ("time.", "policies have no clock"),
    ("uuid.rfc4122", "policies give the same answer every time"),
];

/// Whether a policy may call a builtin; if not, why.
pub(super) fn refusal(name: &str) -> Option<String> {
    if REGORUS.contains(&name) || ADDED.contains(&name) {
        return None;
    }
    let why = REFUSED.iter().find(|(prefix, _)| name == *prefix || (prefix.ends_with('.') && name.starts_with(prefix)));
    Some(match why {
        Some((_, why)) => format!("`{name}` is refused: {why}"),
        None => format!("`{name}` is neither a builtin that kate supports nor a function of the loaded policies"),
    })
}

/// Every builtin that a policy may call.
#[cfg(test)]
fn supported() -> impl Iterator<Item = &'static str> {
    REGORUS.iter().chain(ADDED).copied()
}

type Function = fn(&[Value]) -> anyhow::Result<Value>;

/// Give an engine kate's own builtins.
pub(super) fn install(engine: &mut Engine) -> anyhow::Result<()> {
    let functions: &[(&str, u8, Function)] = &[
        ("sprintf", 2, |args| match (args[0].as_string(), args[1].as_array()) {
            (Ok(format), Ok(items)) => {
                let items: Vec<Value> = items.iter().cloned().collect();
                sprintf(format, &items).map_or_else(too_large, |text| Ok(text.into()))
            }
            _ => Ok(Value::Undefined),
        }),
        ("concat", 2, concat),
        ("replace", 3, |args| match (text(&args[0]), text(&args[1]), text(&args[2])) {
            (Some(subject), Some(old), Some(new)) => {
                let times = if old.is_empty() { subject.len() + 1 } else { subject.len() / old.len() };
                bounded(subject.len() + times.saturating_mul(new.len()), || subject.replace(old, new).into())
            }
            _ => Ok(Value::Undefined),
        }),
        ("strings.replace_n", 2, replace_n),
        ("regex.replace", 3, regex_replace),
        ("re_match", 2, |args| match (text(&args[0]), text(&args[1])) {
            (Some(pattern), Some(subject)) => Ok(regex(pattern)?.is_match(subject).into()),
            _ => Ok(Value::Undefined),
        }),
        ("array.concat", 2, |args| match (args[0].as_array(), args[1].as_array()) {
            (Ok(left), Ok(right)) if left.len() + right.len() > MAX_ITEMS => too_large(),
            (Ok(left), Ok(right)) => Ok(left.iter().chain(right.iter()).cloned().collect::<Vec<_>>().into()),
            _ => Ok(Value::Undefined),
        }),
        ("array.flatten", 1, |args| match args[0].as_array() {
            Ok(items) => flatten(items.iter()),
            Err(_) => Ok(Value::Undefined),
        }),
        ("numbers.range", 2, |args| range(args[0].as_i64().ok(), args[1].as_i64().ok(), Some(1))),
        ("numbers.range_step", 3, |args| {
            let step = args[2].as_i64().ok().filter(|step| *step > 0);
            range(args[0].as_i64().ok(), args[1].as_i64().ok(), step)
        }),
        ("bits.lsh", 2, |args| match (args[0].as_i64(), args[1].as_u32()) {
            (Ok(number), Ok(shift)) if shift < 64 => Ok((i128::from(number) << shift).into()),
            (Ok(_), Ok(_)) => too_large(),
            _ => Ok(Value::Undefined),
        }),
        ("rand.intn", 2, |_| bail!("`rand.intn` is refused: policies give the same answer every time")),
        ("any", 1, |args| Ok(members(&args[0]).map_or(Value::Undefined, |items| items.contains(&true).into()))),
        ("all", 1, |args| Ok(members(&args[0]).map_or(Value::Undefined, |items| (!items.contains(&false)).into()))),
        ("net.cidr_contains", 2, |args| match (network(&args[0]), network(&args[1])) {
            (Some(outer), Some(inner)) => Ok((outer.covers(inner.first) && outer.bits <= inner.bits).into()),
            _ => Ok(Value::Undefined),
        }),
        ("net.cidr_intersects", 2, |args| match (network(&args[0]), network(&args[1])) {
            (Some(a), Some(b)) => Ok((a.covers(b.first) || b.covers(a.first)).into()),
            _ => Ok(Value::Undefined),
        }),
        ("net.cidr_is_valid", 1, |args| {
            Ok(text(&args[0]).is_some_and(|text| text.contains('/') && network(&args[0]).is_some()).into())
        }),
    ];
    for (name, arity, function) in functions {
        let function = *function;
        engine.add_extension((*name).to_owned(), *arity, Box::new(move |args: Vec<Value>| function(&args)))?;
    }
    Ok(())
}

fn too_large() -> anyhow::Result<Value> {
    bail!("limit: a builtin's result is too large")
}

fn bounded(bytes: usize, make: impl FnOnce() -> Value) -> anyhow::Result<Value> {
    if bytes > MAX_TEXT { too_large() } else { Ok(make()) }
}

fn text(value: &Value) -> Option<&str> {
    value.as_string().ok().map(|text| &**text)
}

fn concat(args: &[Value]) -> anyhow::Result<Value> {
    let items: Option<Vec<&str>> = match &args[1] {
        Value::Array(items) => items.iter().map(text).collect(),
        Value::Set(items) => items.iter().map(text).collect(),
        _ => None,
    };
    match (text(&args[0]), items) {
        (Some(between), Some(items)) => {
            let bytes = items.iter().fold(between.len().saturating_mul(items.len()), |sum, item| sum + item.len());
            bounded(bytes, || items.join(between).into())
        }
        _ => Ok(Value::Undefined),
    }
}

fn replace_n(args: &[Value]) -> anyhow::Result<Value> {
    let (Ok(patterns), Some(subject)) = (args[0].as_object(), text(&args[1])) else { return Ok(Value::Undefined) };
    let mut pairs: Vec<(&str, &str)> = Vec::new();
    for (old, new) in patterns.iter() {
        let (Some(old), Some(new)) = (text(old), text(new)) else { return Ok(Value::Undefined) };
        pairs.push((old, new));
    }
    pairs.sort_unstable();
    // As Go's strings.Replacer: at each place the first pattern in order that matches, no rescans.
    let mut out = String::new();
    let mut rest = subject;
    'text: while !rest.is_empty() {
        for (old, new) in &pairs {
            if let Some(after) = rest.strip_prefix(old).filter(|_| !old.is_empty()) {
                out.push_str(new);
                rest = after;
                if out.len() > MAX_TEXT {
                    return too_large();
                }
                continue 'text;
            }
        }
        let mut characters = rest.chars();
        out.extend(characters.next());
        rest = characters.as_str();
    }
    bounded(out.len(), || out.into())
}

fn regex(pattern: &str) -> anyhow::Result<regex::Regex> {
    Ok(regex::RegexBuilder::new(pattern).size_limit(1 << 20).dfa_size_limit(1 << 20).build()?)
}

fn regex_replace(args: &[Value]) -> anyhow::Result<Value> {
    let (Some(subject), Some(pattern), Some(new)) = (text(&args[0]), text(&args[1]), text(&args[2])) else {
        return Ok(Value::Undefined);
    };
    let pattern = regex(pattern)?;
    let mut out = String::new();
    let mut last = 0;
    for found in pattern.captures_iter(subject) {
        let whole = found.get_match();
        out.push_str(&subject[last..whole.start()]);
        // One expansion holds at most one group's text per `$`, so it is bounded before it is made.
        if out.len() + new.len().saturating_mul(whole.len() + 1) > MAX_TEXT * 16 {
            return too_large();
        }
        found.expand(new, &mut out);
        last = whole.end();
        if out.len() > MAX_TEXT {
            return too_large();
        }
    }
    out.push_str(&subject[last..]);
    bounded(out.len(), || out.into())
}

fn flatten<'a>(items: impl Iterator<Item = &'a Value>) -> anyhow::Result<Value> {
    let mut out = Vec::new();
    for item in items {
        match item.as_array() {
            Ok(inner) => out.extend(inner.iter().cloned()),
            Err(_) => out.push(item.clone()),
        }
        if out.len() > MAX_ITEMS {
            return too_large();
        }
    }
    Ok(out.into())
}

fn range(from: Option<i64>, to: Option<i64>, step: Option<i64>) -> anyhow::Result<Value> {
    let (Some(from), Some(to), Some(step)) = (from, to, step) else { return Ok(Value::Undefined) };
    let count = from.abs_diff(to) / step.unsigned_abs() + 1;
    if count > MAX_ITEMS as u64 {
        return too_large();
    }
    let step = i128::from(if to >= from { step } else { -step });
    let items: Vec<Value> = (0..i128::from(count)).map(|at| Value::from(i128::from(from) + at * step)).collect();
    Ok(items.into())
}

fn members(value: &Value) -> Option<Vec<bool>> {
    let truth = |item: &Value| *item == Value::Bool(true);
    match value {
        Value::Array(items) => Some(items.iter().map(truth).collect()),
        Value::Set(items) => Some(items.iter().map(truth).collect()),
        _ => None,
    }
}

/// A network as its first address and the number of bits that are fixed.
#[derive(Clone, Copy)]
struct Network {
    first: IpAddr,
    bits: u32,
}

impl Network {
    fn covers(self, address: IpAddr) -> bool {
        match (self.first, address) {
            (IpAddr::V4(a), IpAddr::V4(b)) => {
                masked_eq(u128::from(a.to_bits()) << 96, u128::from(b.to_bits()) << 96, self.bits)
            }
            (IpAddr::V6(a), IpAddr::V6(b)) => masked_eq(a.to_bits(), b.to_bits(), self.bits),
            _ => false,
        }
    }
}

fn masked_eq(a: u128, b: u128, bits: u32) -> bool {
    bits == 0 || (a ^ b) >> (128 - bits.min(128)) == 0
}

/// An address or a CIDR.
fn network(value: &Value) -> Option<Network> {
    let text = text(value)?;
    let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
    let first: IpAddr = address.parse().ok()?;
    let width = if first.is_ipv4() { 32 } else { 128 };
    let bits = bits.map_or(Some(width), |bits| bits.parse().ok().filter(|bits| *bits <= width))?;
    Some(Network { first, bits })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evaluate(expression: &str) -> Result<String, String> {
        let mut engine = Engine::new();
        engine.set_strict_builtin_errors(false);
        install(&mut engine).expect("new names");
        let results = engine.eval_query(expression.to_owned(), false).map_err(|error| error.to_string())?;
        Ok(results.result.first().map_or("undefined".to_owned(), |row| row.expressions[0].value.to_string()))
    }

    #[test]
    fn every_supported_builtin_exists() {
        for name in supported() {
            // Called with no arguments: whatever is wrong with that, the function must be found.
            let error = evaluate(&format!("{name}()")).err().unwrap_or_default();
            assert!(!error.contains("could not find function"), "{name}: {error}");
        }
    }

    #[test]
    fn what_leaves_the_sandbox_does_not_exist() {
        for name in ["http.send", "opa.runtime", "time.now_ns", "time.clock", "uuid.rfc4122", "net.lookup_ip_addr"] {
            let error = evaluate(&format!("{name}(1)")).expect_err(name);
            assert!(error.contains("could not find function"), "{name}: {error}");
            assert!(refusal(name).is_some_and(|why| why.contains("refused")), "{name}");
        }
        // regorus has this one whatever its features are.
        assert!(evaluate("rand.intn(\"x\", 5)").is_err_and(|error| error.contains("refused")));
        assert_eq!(refusal("count"), None);
    }

    #[test]
    fn replaced_builtins_answer_as_opa_does() {
        for (expression, expected) in [
            ("concat(\",\", [\"a\", \"b\"])", "\"a,b\""),
            ("concat(\",\", [1])", "undefined"),
            ("replace(\"aXbX\", \"X\", \"-\")", "\"a-b-\""),
            ("strings.replace_n({\"<\": \"&lt;\", \">\": \"&gt;\"}, \"<b>\")", "\"&lt;b&gt;\""),
            ("regex.replace(\"foo bar\", \"(o+)\", \"<$1>\")", "\"f<oo> bar\""),
            ("numbers.range(3, 1)", "[3, 2, 1]"),
            ("numbers.range_step(0, 10, 4)", "[0, 4, 8]"),
            ("array.concat([1], [2])", "[1, 2]"),
            ("any([false, true])", "true"),
            ("all([])", "true"),
            ("bits.lsh(1, 4)", "16"),
            ("net.cidr_contains(\"10.0.0.0/8\", \"10.1.0.0/16\")", "true"),
            ("net.cidr_contains(\"10.0.0.0/8\", \"11.1.0.1\")", "false"),
            ("net.cidr_intersects(\"10.0.0.0/8\", \"10.9.0.0/16\")", "true"),
            ("net.cidr_is_valid(\"10.0.0.0\")", "false"),
            ("array.flatten([[1], 2])", "[1, 2]"),
        ] {
            let compact = |text: &str| text.replace(' ', "");
            assert_eq!(evaluate(expression).map(|text| compact(&text)), Ok(compact(expected)), "{expression}");
        }
    }

    #[test]
    fn results_are_bounded() {
        for expression in [
            "numbers.range(1, 1000000000000)",
            "bits.lsh(1, 4000000000)",
            "sprintf(\"%999999999d\", [1])",
            "regex.replace(concat(\"\", [\"a\" | numbers.range(1, 200000)[_]]), \"a\", \"0123456789\")",
        ] {
            assert!(evaluate(expression).is_err_and(|error| error.contains("limit: ")), "{expression}");
        }
    }
}
