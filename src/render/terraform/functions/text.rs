//! Functions of text.

use super::{Arguments, Data, Map, Outcome, Stop, Text, Value, operators};
use crate::value::Origin;

pub(super) fn call(name: &str, arguments: &Arguments<'_>) -> Option<Outcome> {
    let map = |f: &dyn Fn(&str) -> String| arguments.text(0).map(|text| arguments.make_text(f(&text)));
    let with = |f: &dyn Fn(&str, &str) -> String| Ok(arguments.make_text(f(&arguments.text(0)?, &arguments.text(1)?)));
    let test =
        |f: &dyn Fn(&str, &str) -> bool| Ok(arguments.make(Data::Bool(f(&arguments.text(0)?, &arguments.text(1)?))));
    let result = match name {
        "lower" => map(&str::to_lowercase),
        "upper" => map(&str::to_uppercase),
        "title" => map(&title),
        "trimspace" => map(&|text| text.trim().to_owned()),
        "chomp" => map(&|text| text.trim_end_matches(['\n', '\r']).to_owned()),
        "strrev" => ascii(arguments).and_then(|()| map(&|text| text.chars().rev().collect())),
        "basename" => map(&base_name),
        "dirname" => map(&directory_name),
        "trim" => with(&|text, set| text.trim_matches(|c| set.contains(c)).to_owned()),
        "trimprefix" => with(&|text, prefix| text.strip_prefix(prefix).unwrap_or(text).to_owned()),
        "trimsuffix" => with(&|text, suffix| text.strip_suffix(suffix).unwrap_or(text).to_owned()),
        "startswith" => test(&|text, prefix| text.starts_with(prefix)),
        "endswith" => test(&|text, suffix| text.ends_with(suffix)),
        "strcontains" => test(&|text, part| text.contains(part)),
        "join" => join(arguments),
        "split" => split(arguments),
        "replace" => replace(arguments),
        "substr" => substr(arguments),
        "indent" => indent(arguments),
        "format" => format_text(arguments, arguments.values.get(1..).unwrap_or_default()),
        "formatlist" => format_list(arguments),
        "regex" => regex(arguments),
        "regexall" => regex_all(arguments),
        _ => return None,
    };
    Some(result.or_else(|stop: Stop| stop.outcome(arguments.at)))
}

type Answer = Result<Value, Stop>;

/// Go's `strings.Title`: a letter after what is no letter becomes a capital.
fn title(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut inside = false;
    for letter in text.chars() {
        if inside {
            out.push(letter);
        } else {
            out.extend(letter.to_uppercase());
        }
        inside = letter.is_alphanumeric() || letter == '_';
    }
    out
}

/// Go's `filepath.Base`.
fn base_name(path: &str) -> String {
    if path.is_empty() {
        return ".".to_owned();
    }
    let trimmed = path.trim_end_matches('/');
    if trimmed.is_empty() { "/".to_owned() } else { trimmed.rsplit('/').next().unwrap_or_default().to_owned() }
}

/// Go's `filepath.Dir`.
fn directory_name(path: &str) -> String {
    let directory = path.rfind('/').map_or("", |at| &path[..=at]);
    let rooted = directory.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in directory.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    match (rooted, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => parts.join("/"),
    }
}

/// Terraform counts grapheme clusters; bytes are the same only in ASCII.
fn ascii(arguments: &Arguments<'_>) -> Result<(), Stop> {
    if arguments.text(0)?.is_ascii() {
        return Ok(());
    }
    let why = crate::value::Unknown::new(
        crate::value::Reason::TerraformValue,
        "characters of text that is not ASCII",
        Some(arguments.at),
    );
    Err(Stop::Unknown(why))
}

fn join(arguments: &Arguments<'_>) -> Answer {
    let separator = arguments.text(0)?;
    let mut text = Text::default();
    let mut first = true;
    for index in 1..arguments.values.len() {
        for part in arguments.texts(index)? {
            if !first {
                text.push(&separator);
            }
            first = false;
            text.push(&part);
        }
    }
    Ok(text.value(arguments.at, &arguments.from()))
}

fn split(arguments: &Arguments<'_>) -> Answer {
    let (separator, text) = (arguments.text(0)?, arguments.text(1)?);
    if text.is_empty() {
        return Ok(arguments.make_texts([String::new()].into_iter().filter(|_| !separator.is_empty())));
    }
    let parts: Vec<String> = if separator.is_empty() {
        text.chars().map(String::from).collect()
    } else {
        text.split(separator.as_str()).map(str::to_owned).collect()
    };
    Ok(arguments.make_texts(parts))
}

fn compiled(arguments: &Arguments<'_>, pattern: &str) -> Result<regex::Regex, Stop> {
    regex::RegexBuilder::new(pattern).size_limit(1 << 20).build().map_err(|_| {
        let why = crate::value::Unknown::new(crate::value::Reason::TerraformValue, "a pattern", Some(arguments.at));
        Stop::Unknown(why)
    })
}

fn replace(arguments: &Arguments<'_>) -> Answer {
    let (text, from, to) = (arguments.text(0)?, arguments.text(1)?, arguments.text(2)?);
    if from.len() > 1 && from.starts_with('/') && from.ends_with('/') {
        let pattern = compiled(arguments, &from[1..from.len() - 1])?;
        if text.len().saturating_mul(to.len().max(1)) > 1 << 24 {
            return Ok(super::limit("a text that is too long", arguments.at));
        }
        return Ok(arguments.make_text(pattern.replace_all(&text, to.as_str()).into_owned()));
    }
    let count = if from.is_empty() { text.len() + 1 } else { text.matches(from.as_str()).count() };
    if count.saturating_mul(to.len()) > super::MAX_TEXT {
        return Ok(super::limit("a text that is too long", arguments.at));
    }
    Ok(arguments.make_text(text.replace(from.as_str(), &to)))
}

fn substr(arguments: &Arguments<'_>) -> Answer {
    ascii(arguments)?;
    let text = arguments.text(0)?;
    let (offset, length) = (arguments.integer(1)?, arguments.integer(2)?);
    let size = i64::try_from(text.len()).unwrap_or(i64::MAX);
    let start = if offset < 0 { (size + offset).max(0) } else { offset.min(size) };
    let end = if length < 0 { size } else { start.saturating_add(length).min(size) };
    let at = |number: i64| usize::try_from(number).unwrap_or(0);
    Ok(arguments.make_text(&text[at(start)..at(end)]))
}

fn indent(arguments: &Arguments<'_>) -> Answer {
    let Ok(spaces) = usize::try_from(arguments.integer(0)?) else { return arguments.fail("a negative number") };
    let text = arguments.text(1)?;
    if text.matches('\n').count().saturating_mul(spaces) > super::MAX_TEXT {
        return Ok(super::limit("a text that is too long", arguments.at));
    }
    Ok(arguments.make_text(text.replace('\n', &format!("\n{}", " ".repeat(spaces)))))
}

/// A verb of `format` with its flags.
#[derive(Default)]
struct Verb {
    left: bool,
    zero: bool,
    plus: bool,
    width: usize,
    precision: Option<usize>,
}

fn format_text(arguments: &Arguments<'_>, values: &[Value]) -> Answer {
    let pattern = arguments.text(0)?;
    let mut out = Text::default();
    let mut letters = pattern.chars().peekable();
    let mut next = 0;
    while let Some(letter) = letters.next() {
        if letter != '%' {
            out.push(letter.encode_utf8(&mut [0; 4]));
            continue;
        }
        let mut verb = Verb::default();
        while let Some(flag) = letters.next_if(|letter| matches!(letter, '-' | '0' | '+')) {
            match flag {
                '-' => verb.left = true,
                '0' => verb.zero = true,
                _ => verb.plus = true,
            }
        }
        let digits = |letters: &mut std::iter::Peekable<std::str::Chars<'_>>| {
            let mut number = 0_usize;
            while let Some(digit) = letters.next_if(char::is_ascii_digit) {
                number = (number * 10 + digit as usize - '0' as usize).min(super::MAX_TEXT);
            }
            number
        };
        verb.width = digits(&mut letters);
        if letters.next_if_eq(&'.').is_some() {
            verb.precision = Some(digits(&mut letters).min(100));
        }
        let kind = letters.next().unwrap_or(' ');
        if kind == '%' {
            out.push("%");
            continue;
        }
        let Some(value) = values.get(next) else { return arguments.fail("not enough arguments") };
        next += 1;
        if let Some(why) = super::any_unknown(value) {
            return Err(Stop::Unknown(why));
        }
        let Some(text) = verb_text(&verb, kind, value) else {
            return Ok(super::unknown(format!("`%{kind}` of this value"), arguments.at));
        };
        let pad = verb.width.saturating_sub(text.chars().count());
        if out.text.len() + pad + text.len() > super::MAX_TEXT {
            out.full = true;
            break;
        }
        match (verb.left, verb.zero && kind != 's' && kind != 'v' && kind != 'q') {
            (true, _) => out.push(&format!("{text}{}", " ".repeat(pad))),
            (false, true) => {
                let (sign, number) = text.split_at(usize::from(text.starts_with(['-', '+'])));
                out.push(&format!("{sign}{}{number}", "0".repeat(pad)));
            }
            (false, false) => out.push(&format!("{}{text}", " ".repeat(pad))),
        }
    }
    if !out.full && next < values.len() {
        return arguments.fail("too many arguments");
    }
    Ok(out.value(arguments.at, &arguments.from()))
}

fn verb_text(verb: &Verb, kind: char, value: &Value) -> Option<String> {
    let signed = |text: String| if verb.plus && !text.starts_with('-') { format!("+{text}") } else { text };
    match kind {
        's' | 'v' if verb.precision.is_none() => match &value.data {
            Data::String(_) | Data::Int(_) | Data::Float(_) | Data::Bool(_) => operators::text(value),
            Data::Null if kind == 'v' => Some("null".to_owned()),
            Data::List(_) | Data::Map(_) if kind == 'v' => super::json_text(value),
            _ => None,
        },
        'd' if verb.precision.is_none() => operators::integer(value).map(|number| signed(number.to_string())),
        'f' => {
            let number = operators::number(value)?;
            Some(signed(format!("{number:.*}", verb.precision.unwrap_or(6))))
        }
        't' => operators::truth(value).map(|truth| truth.to_string()),
        'x' => operators::integer(value).filter(|number| *number >= 0).map(|number| format!("{number:x}")),
        'X' => operators::integer(value).filter(|number| *number >= 0).map(|number| format!("{number:X}")),
        'q' => {
            let text = operators::text(value)?;
            let plain =
                text.chars().all(|letter| !letter.is_control() && letter != '<' && letter != '>' && letter != '&');
            plain.then(|| format!("{text:?}").replace("\\'", "'"))
        }
        _ => None,
    }
}

fn format_list(arguments: &Arguments<'_>) -> Answer {
    let values = arguments.values.get(1..).unwrap_or_default();
    if let Some(why) = values.iter().find_map(Value::unknown) {
        return Err(Stop::Unknown(why.clone()));
    }
    let lengths: Vec<usize> =
        values.iter().filter(|value| matches!(value.data, Data::List(_))).map(|value| value.items().len()).collect();
    let length = lengths.first().copied().unwrap_or(1);
    if lengths.iter().any(|other| *other != length) {
        return arguments.fail("lists differ in length");
    }
    let mut out = Vec::with_capacity(length);
    for index in 0..length {
        let row: Vec<Value> = values
            .iter()
            .map(|value| match &value.data {
                Data::List(items) => items[index].clone(),
                _ => value.clone(),
            })
            .collect();
        out.push(format_text(arguments, &row)?);
    }
    Ok(arguments.make_list(out))
}

/// What a match gives: its text, a list of its groups, or a map of its named groups.
fn matched(arguments: &Arguments<'_>, pattern: &regex::Regex, captures: &regex::Captures<'_>) -> Value {
    let group = |found: Option<regex::Match<'_>>| match found {
        Some(found) => arguments.make_text(found.as_str()),
        None => Value::new(Data::Null, arguments.at),
    };
    let names: Vec<Option<&str>> = pattern.capture_names().collect();
    if names.len() == 1 {
        return group(captures.get(0));
    }
    if names.iter().any(Option::is_some) {
        let mut map = Map::default();
        for name in names.into_iter().flatten() {
            map.insert(name, Origin::Source(arguments.at), group(captures.name(name)));
        }
        return arguments.make(Data::Map(map.into()));
    }
    arguments.make_list((1..names.len()).map(|index| group(captures.get(index))).collect())
}

fn regex(arguments: &Arguments<'_>) -> Answer {
    let (pattern, text) = (arguments.text(0)?, arguments.text(1)?);
    let pattern = compiled(arguments, &pattern)?;
    match pattern.captures(&text) {
        Some(captures) => Ok(matched(arguments, &pattern, &captures)),
        None => arguments.fail("no match"),
    }
}

fn regex_all(arguments: &Arguments<'_>) -> Answer {
    let (pattern, text) = (arguments.text(0)?, arguments.text(1)?);
    let pattern = compiled(arguments, &pattern)?;
    let all = pattern.captures_iter(&text).take(super::MAX_ITEMS + 1);
    Ok(arguments.make_list(all.map(|captures| matched(arguments, &pattern, &captures)).collect()))
}
