//! `sprintf` as OPA has it: Go's verbs over numbers and texts.
//!
//! regorus knows few verbs and gives nothing for the others, which would drop a finding in
//! silence. As in OPA, arguments that are neither numbers nor texts are printed as Rego first.

use regorus::Value;

/// Longest text that a policy may make in one step, in bytes.
pub(super) const MAX_TEXT: usize = 1 << 20;

/// Largest width or precision.
const MAX_WIDTH: usize = 4096;

/// Verbs that Go knows for numbers and texts.
pub(super) const VERBS: &str = "vTtdboOxXcqUeEfFgGs%";

/// An argument as OPA hands it to Go.
enum Argument {
    Int(i128),
    Float(f64),
    Text(String),
}

#[derive(Clone, Default)]
struct Spec {
    plus: bool,
    minus: bool,
    sharp: bool,
    space: bool,
    zero: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

/// Format; `None` if the result exceeds [`MAX_TEXT`].
pub(super) fn sprintf(format: &str, arguments: &[Value]) -> Option<String> {
    let arguments: Vec<Argument> = arguments.iter().map(argument).collect();
    let mut out = String::new();
    let (mut next, mut reordered) = (0, false);
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let (mut spec, mut bad_index) = (Spec::default(), false);
        rest = flags(rest, &mut spec);
        rest = index(rest, arguments.len(), &mut next, &mut reordered, &mut bad_index);
        (spec.width, rest) = size(rest, &arguments, &mut next, &mut spec.minus);
        if let Some(after) = rest.strip_prefix('.') {
            rest = index(after, arguments.len(), &mut next, &mut reordered, &mut bad_index);
            let (precision, after) = size(rest, &arguments, &mut next, &mut false);
            (spec.precision, rest) = (Some(precision.unwrap_or(0)), after);
        }
        rest = index(rest, arguments.len(), &mut next, &mut reordered, &mut bad_index);
        let Some(verb) = rest.chars().next() else {
            out.push_str("%!(NOVERB)");
            break;
        };
        rest = &rest[verb.len_utf8()..];
        if spec.width.unwrap_or(0).max(spec.precision.unwrap_or(0)) > MAX_WIDTH {
            return None;
        }
        match arguments.get(next) {
            _ if verb == '%' => out.push('%'),
            _ if bad_index => out.push_str(&format!("%!{verb}(BADINDEX)")),
            None => out.push_str(&format!("%!{verb}(MISSING)")),
            Some(argument) => {
                next += 1;
                out.push_str(&print(argument, verb, &spec));
            }
        }
        if out.len() > MAX_TEXT {
            return None;
        }
    }
    out.push_str(rest);
    if !reordered && next < arguments.len() {
        let extra: Vec<_> = arguments[next..].iter().map(|a| format!("{}={}", a.kind(), a.plain())).collect();
        out.push_str(&format!("%!(EXTRA {})", extra.join(", ")));
    }
    (out.len() <= MAX_TEXT).then_some(out)
}

/// Verbs of a format that Go does not know, with their byte offsets.
pub(super) fn unknown_verbs(format: &str) -> Vec<(usize, char)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(percent) = format[at..].find('%').map(|offset| at + offset) {
        let tail = &format[percent + 1..];
        let skip = tail.find(|c: char| !"+-# 0123456789.*[]".contains(c)).unwrap_or(tail.len());
        let Some(verb) = tail[skip..].chars().next() else { break };
        if !VERBS.contains(verb) {
            found.push((percent, verb));
        }
        at = percent + 1 + skip + verb.len_utf8();
    }
    found
}

fn argument(value: &Value) -> Argument {
    if let Ok(text) = value.as_string() {
        return Argument::Text(text.to_string());
    }
    if matches!(value, Value::Number(_)) {
        if let Ok(number) = value.as_i128() {
            return Argument::Int(number);
        }
        if let Ok(number) = value.as_f64() {
            return Argument::Float(number);
        }
    }
    Argument::Text(rego(value))
}

/// A value as OPA prints a term: `{"a": [1, true]}`, `{1, 2}`, `set()`.
pub(super) fn rego(value: &Value) -> String {
    let join = |items: Vec<String>| items.join(", ");
    match value {
        Value::Array(items) => format!("[{}]", join(items.iter().map(rego).collect())),
        Value::Set(items) if items.is_empty() => "set()".to_owned(),
        Value::Set(items) => format!("{{{}}}", join(items.iter().map(rego).collect())),
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort();
            format!("{{{}}}", join(entries.into_iter().map(|(k, v)| format!("{}: {}", rego(k), rego(v))).collect()))
        }
        Value::Undefined => String::new(),
        scalar => scalar.to_json_str().unwrap_or_default(),
    }
}

impl Argument {
    fn kind(&self) -> &'static str {
        match self {
            Self::Int(_) => "int",
            Self::Float(_) => "float64",
            Self::Text(_) => "string",
        }
    }

    fn plain(&self) -> String {
        match self {
            Self::Int(number) => number.to_string(),
            Self::Float(number) => general(*number, None, false),
            Self::Text(text) => text.clone(),
        }
    }
}

fn flags<'a>(mut rest: &'a str, spec: &mut Spec) -> &'a str {
    while let Some(flag) = rest.chars().next() {
        match flag {
            '+' => spec.plus = true,
            '-' => spec.minus = true,
            '#' => spec.sharp = true,
            ' ' => spec.space = true,
            '0' => spec.zero = true,
            _ => break,
        }
        rest = &rest[1..];
    }
    rest
}

/// `[n]`: the next argument is the n-th.
fn index<'a>(rest: &'a str, count: usize, next: &mut usize, reordered: &mut bool, bad: &mut bool) -> &'a str {
    let Some(inner) = rest.strip_prefix('[') else { return rest };
    *reordered = true;
    let Some((number, after)) = inner.split_once(']') else {
        *bad = true;
        return rest;
    };
    match number.parse::<usize>() {
        Ok(number) if (1..=count).contains(&number) => *next = number - 1,
        _ => *bad = true,
    }
    after
}

/// A width or precision: digits or `*`.
fn size<'a>(rest: &'a str, arguments: &[Argument], next: &mut usize, minus: &mut bool) -> (Option<usize>, &'a str) {
    if let Some(after) = rest.strip_prefix('*') {
        let number = match arguments.get(*next) {
            Some(Argument::Int(number)) => Some(*number),
            _ => None,
        };
        *next += 1;
        *minus |= number.is_some_and(|number| number < 0);
        return (number.and_then(|number| usize::try_from(number.unsigned_abs()).ok()), after);
    }
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    (rest[..digits].parse().ok().or((digits > 0).then_some(usize::MAX)), &rest[digits..])
}

fn print(argument: &Argument, verb: char, spec: &Spec) -> String {
    let wrong = || format!("%!{verb}({}={})", argument.kind(), argument.plain());
    match (argument, verb) {
        (_, 'T') => pad(argument.kind().to_owned(), spec, false),
        (Argument::Int(number), _) => integer(*number, verb, spec).unwrap_or_else(wrong),
        (Argument::Float(number), _) => float(*number, verb, spec).unwrap_or_else(wrong),
        (Argument::Text(text), _) => string(text, verb, spec).unwrap_or_else(wrong),
    }
}

fn integer(number: i128, verb: char, spec: &Spec) -> Option<String> {
    let magnitude = number.unsigned_abs();
    let (digits, prefix) = match verb {
        'v' | 'd' => (magnitude.to_string(), ""),
        'b' => (format!("{magnitude:b}"), "0b"),
        'o' => (format!("{magnitude:o}"), "0"),
        'O' => (format!("0o{magnitude:o}"), ""),
        'x' => (format!("{magnitude:x}"), "0x"),
        'X' => (format!("{magnitude:X}"), "0X"),
        'c' | 'q' => {
            let character = u32::try_from(number).ok().and_then(char::from_u32).unwrap_or('\u{fffd}');
            let text =
                if verb == 'c' { character.to_string() } else { format!("'{}'", escape(&character.to_string(), '\'')) };
            return Some(pad(text, spec, false));
        }
        'U' => return Some(pad(format!("U+{magnitude:04X}"), spec, false)),
        _ => return None,
    };
    let mut digits = digits;
    if let Some(precision) = spec.precision {
        digits = if precision == 0 && number == 0 { String::new() } else { format!("{digits:0>precision$}") };
    }
    let prefix = if spec.sharp { prefix } else { "" };
    Some(signed(number < 0, &format!("{prefix}{digits}"), spec, spec.precision.is_none()))
}

fn float(number: f64, verb: char, spec: &Spec) -> Option<String> {
    let magnitude = number.abs();
    let text = match verb {
        'v' | 'g' | 'G' => general(magnitude, spec.precision, verb == 'G'),
        'f' | 'F' => format!("{magnitude:.*}", spec.precision.unwrap_or(6)),
        'e' | 'E' => exponent(magnitude, spec.precision.unwrap_or(6), verb == 'E'),
        _ => return None,
    };
    Some(signed(number.is_sign_negative(), &text, spec, true))
}

fn string(text: &str, verb: char, spec: &Spec) -> Option<String> {
    let cut: String = match spec.precision {
        Some(precision) if matches!(verb, 'v' | 's' | 'q') => text.chars().take(precision).collect(),
        _ => text.to_owned(),
    };
    let shown = match verb {
        'v' if spec.sharp => format!("\"{}\"", escape(&cut, '"')),
        'v' | 's' => cut,
        'q' => format!("\"{}\"", escape(&cut, '"')),
        'x' => cut.bytes().map(|byte| format!("{byte:02x}")).collect(),
        'X' => cut.bytes().map(|byte| format!("{byte:02X}")).collect(),
        _ => return None,
    };
    Some(pad(shown, spec, spec.zero && !spec.minus))
}

/// Sign and width of a number; zeros go between both.
fn signed(negative: bool, text: &str, spec: &Spec, zeros: bool) -> String {
    let sign = match () {
        () if negative => "-",
        () if spec.plus => "+",
        () if spec.space => " ",
        () => "",
    };
    match spec.width {
        Some(width) if spec.zero && zeros && !spec.minus => {
            let width = width.saturating_sub(sign.len());
            format!("{sign}{text:0>width$}")
        }
        _ => pad(format!("{sign}{text}"), spec, false),
    }
}

fn pad(text: String, spec: &Spec, zeros: bool) -> String {
    match spec.width {
        Some(width) if spec.minus => format!("{text:<width$}"),
        Some(width) if zeros => format!("{text:0>width$}"),
        Some(width) => format!("{text:>width$}"),
        None => text,
    }
}

/// Go's `%e`: at least two digits of exponent, always with a sign.
fn exponent(number: f64, precision: usize, upper: bool) -> String {
    let text = format!("{number:.precision$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, digits) = exponent.strip_prefix('-').map_or(('+', exponent), |digits| ('-', digits));
    format!("{mantissa}{}{sign}{digits:0>2}", if upper { 'E' } else { 'e' })
}

/// Go's `%g`: the shortest text that reads back, with an exponent below -4 and from 21 on.
fn general(number: f64, precision: Option<usize>, upper: bool) -> String {
    if number == 0.0 || !number.is_finite() {
        return if number == 0.0 { "0".to_owned() } else { number.to_string() };
    }
    let digits = precision.map(|precision| precision.max(1));
    let scientific = match digits {
        Some(digits) => format!("{number:.*e}", digits - 1),
        None => format!("{number:e}"),
    };
    let (mantissa, power) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let power: i32 = power.parse().unwrap_or(0);
    let limit = digits.map_or(21, |digits| i32::try_from(digits).unwrap_or(i32::MAX));
    let trim = |text: &str| {
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text.to_owned() }
    };
    if power < -4 || power >= limit {
        let sign = if power < 0 { '-' } else { '+' };
        return format!("{}{}{sign}{:02}", trim(mantissa), if upper { 'E' } else { 'e' }, power.abs());
    }
    match digits {
        Some(_) => {
            let places = usize::try_from(limit - 1 - power).unwrap_or(0);
            trim(&format!("{number:.places$}"))
        }
        None => number.to_string(),
    }
}

fn escape(text: &str, quote: char) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => out.extend(['\\', c]),
            c if u32::from(c) < 0x80 && c.is_control() => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Format, arguments as JSON, and what `opa eval` (1.10) prints.
    const CASES: &[(&str, &str, &str)] = &[
        ("%v %v %v", r#"["a", 1, true]"#, "a 1 true"),
        ("%d%%", "[5]", "5%"),
        ("%s", r#"[{"a": [1, "x"], "b": null}]"#, r#"{"a": [1, "x"], "b": null}"#),
        ("%s", "[1]", "%!s(int=1)"),
        ("%d", r#"["a"]"#, "%!d(string=a)"),
        ("%t", "[true]", "%!t(string=true)"),
        ("%T %T %T", r#"[1, 1.5, "a"]"#, "int float64 string"),
        ("%5.2f|%05.1f|%-6s|%6s|", r#"[3.14159, 2.5, "ab", "cd"]"#, " 3.14|002.5|ab    |    cd|"),
        ("%+d % d %x %X %#x %o %b", "[1, 2, 255, 255, 255, 8, 5]", "+1  2 ff FF 0xff 10 101"),
        ("%x %q", r#"["hi", "a\"b"]"#, r#"6869 "a\"b""#),
        ("%[2]v %[1]v", "[1, 2]", "2 1"),
        ("%v %v", "[1]", "1 %!v(MISSING)"),
        ("%v", "[1, \"b\"]", "1%!(EXTRA string=b)"),
        ("%e %g %v %v", "[1234.5, 0.00001, 0.00000015, 100.5]", "1.234500e+03 1e-05 1.5e-07 100.5"),
        ("%z", "[1]", "%!z(int=1)"),
        ("100%", "[]", "100%!(NOVERB)"),
        ("%*d", "[5, 42]", "   42"),
        ("%c %U", "[65, 8364]", "A U+20AC"),
        ("%03d", "[7]", "007"),
    ];

    #[test]
    fn prints_as_opa_does() {
        for (format, arguments, expected) in CASES {
            let arguments = Value::from_json_str(arguments).expect("JSON");
            let arguments: Vec<Value> = arguments.as_array().expect("an array").iter().cloned().collect();
            assert_eq!(sprintf(format, &arguments).as_deref(), Some(*expected), "{format}");
        }
    }

    #[test]
    fn refuses_to_grow() {
        assert_eq!(sprintf("%999999999d", &[Value::from(1_u64)]), None);
        assert_eq!(sprintf("%99999999999999999999d", &[Value::from(1_u64)]), None);
    }

    #[test]
    fn finds_verbs_that_do_not_exist() {
        assert_eq!(unknown_verbs("%s %5.2f %% %[1]v %y %w"), [(18, 'y'), (21, 'w')]);
    }
}
