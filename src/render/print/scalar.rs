//! Scalars in the styles of go-yaml v2.

use std::borrow::Cow;

use super::Output;
use crate::syntax::yaml::{Schema, is_special_scalar};

/// Lines are folded at the first single space behind this column.
const WIDTH: usize = 80;

/// Longest key in bytes that stands before its colon without `? `.
const LONGEST_SIMPLE_KEY: usize = 128;

/// A style of scalars.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    Literal,
}

/// What a text contains that a style cannot hold.
#[derive(Default)]
struct Traits {
    /// A character or a place of a character that means something to YAML.
    indicator: bool,
    /// A character that has to be escaped.
    special: bool,
    line_break: bool,
    /// A space or a line break at either end.
    blank_end: bool,
    /// A space at the end.
    trailing_space: bool,
    /// A space behind a line break.
    break_space: bool,
    /// A space before a line break.
    space_break: bool,
}

impl Style {
    /// The style of a text as a value, or as a key behind `? `, where quotes are left out if they
    /// can be.
    pub(super) fn shortest(text: &str) -> Self {
        let traits = Traits::of(text);
        if text.contains('\n') {
            return traits.block();
        }
        if is_special_scalar(text, Schema::Kubernetes) || is_base_60(text) {
            return Self::DoubleQuoted;
        }
        if !(traits.indicator || traits.special || traits.line_break || traits.blank_end) {
            return Self::Plain;
        }
        if traits.break_space || traits.space_break || traits.special { Self::DoubleQuoted } else { Self::SingleQuoted }
    }

    /// The style of a text where it is quoted if it is no block.
    pub(super) fn quoted(text: &str) -> Self {
        if text.contains('\n') { Traits::of(text).block() } else { Self::DoubleQuoted }
    }

    /// The style where a block is not possible.
    pub(super) fn for_simple_key(self) -> Self {
        if self == Self::Literal { Self::DoubleQuoted } else { self }
    }
}

impl Traits {
    fn of(text: &str) -> Self {
        let mut traits = Self { indicator: text.starts_with("---") || text.starts_with("..."), ..Self::default() };
        let (mut after_space, mut after_break, mut after_blank) = (false, false, true);
        let mut chars = text.chars().peekable();
        let mut first = true;
        while let Some(c) = chars.next() {
            let last = chars.peek().is_none();
            let before_blank = chars.peek().is_none_or(|next| matches!(next, ' ' | '\t'));
            traits.indicator |= match c {
                ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' => first,
                '?' | '-' => first && before_blank,
                ':' => before_blank,
                '#' => after_blank,
                _ => false,
            };
            traits.special |= !is_printable(c);
            if c == ' ' {
                traits.blank_end |= first || last;
                traits.trailing_space |= last;
                traits.break_space |= after_break;
            } else if is_break(c) {
                traits.line_break = true;
                traits.blank_end |= first || last;
                traits.space_break |= after_space;
            }
            after_space = c == ' ';
            after_break = is_break(c);
            after_blank = matches!(c, ' ' | '\t' | '\0') || after_break;
            first = false;
        }
        traits
    }

    /// The style of a text of several lines.
    fn block(&self) -> Style {
        let block = !(self.trailing_space || self.space_break || self.special);
        if block { Style::Literal } else { Style::DoubleQuoted }
    }
}

/// Whether a key can stand before its colon without `? `.
pub(super) fn is_simple_key(key: &str) -> bool {
    key.len() <= LONGEST_SIMPLE_KEY && !key.contains(is_break)
}

/// Write a text. Where it is folded or broken, it goes on at `indent`.
pub(super) fn write(out: &mut Output, text: &str, style: Style, indent: usize, fold: bool) {
    match style {
        Style::Plain => write_flowing(out, text, indent, fold, false),
        Style::SingleQuoted => {
            out.push('\'');
            write_flowing(out, text, indent, fold, true);
            out.push('\'');
        }
        Style::DoubleQuoted => write_double_quoted(out, text, indent, fold),
        Style::Literal => {
            write_literal_head(out, text);
            write_literal_lines(out, text, indent);
        }
    }
}

/// A plain text, or one between single quotes.
fn write_flowing(out: &mut Output, text: &str, indent: usize, fold: bool, quoted: bool) {
    let (mut after_space, mut after_break) = (false, false);
    let mut chars = text.chars().peekable();
    let mut first = true;
    while let Some(c) = chars.next() {
        if c == ' ' {
            let single = !after_space && chars.peek().is_some_and(|next| *next != ' ');
            if fold && single && !first && out.column > WIDTH {
                out.indent(indent);
            } else {
                out.push(' ');
            }
            after_space = true;
        } else if is_break(c) {
            write_break(out, c);
            after_break = true;
        } else {
            if std::mem::take(&mut after_break) {
                out.indent(indent);
            }
            if quoted && c == '\'' {
                out.push('\'');
            }
            out.push(c);
            after_space = false;
        }
        first = false;
    }
}

fn write_double_quoted(out: &mut Output, text: &str, indent: usize, fold: bool) {
    out.push('"');
    // The library looks for a byte order mark at the start of the text instead of at the place
    // that it is about to write: after one, everything is escaped.
    let escape_all = text.starts_with('\u{feff}');
    let mut after_space = false;
    let mut chars = text.chars().peekable();
    let mut first = true;
    while let Some(c) = chars.next() {
        if escape_all || !is_printable(c) || is_break(c) || matches!(c, '"' | '\\') {
            write_escaped(out, c);
            after_space = false;
        } else if c == ' ' {
            let last = chars.peek().is_none();
            if fold && !after_space && !first && !last && out.column > WIDTH {
                out.indent(indent);
                if chars.peek() == Some(&' ') {
                    out.push('\\');
                }
            } else {
                out.push(' ');
            }
            after_space = true;
        } else {
            out.push(c);
            after_space = false;
        }
        first = false;
    }
    out.push('"');
}

fn write_escaped(out: &mut Output, c: char) {
    out.push('\\');
    let short = match c {
        '\0' => '0',
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{b}' => 'v',
        '\u{c}' => 'f',
        '\r' => 'r',
        '\u{1b}' => 'e',
        '"' | '\\' => c,
        '\u{85}' => 'N',
        '\u{a0}' => '_',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        _ => {
            let code = u32::from(c);
            return out.push_str(&match code {
                0..=0xff => format!("x{code:02X}"),
                0x100..=0xffff => format!("u{code:04X}"),
                _ => format!("U{code:08X}"),
            });
        }
    };
    out.push(short);
}

/// The `|` of a literal block with its hints: for the indentation if the text begins with a blank,
/// and for what is at the end.
pub(super) fn write_literal_head(out: &mut Output, text: &str) {
    out.push('|');
    if text.starts_with(|c| c == ' ' || is_break(c)) {
        out.push('2');
    }
    let mut ending = text.chars().rev();
    match (ending.next(), ending.next()) {
        (Some(last), _) if !is_break(last) => out.push('-'),
        (Some(_), Some(before)) if !is_break(before) => {}
        _ => out.push('+'),
    }
}

/// The lines of a literal block.
pub(super) fn write_literal_lines(out: &mut Output, text: &str, indent: usize) {
    out.line_break();
    let mut after_break = true;
    for c in text.chars() {
        if is_break(c) {
            write_break(out, c);
            after_break = true;
        } else {
            if std::mem::take(&mut after_break) {
                out.indent(indent);
            }
            out.push(c);
        }
    }
}

fn write_break(out: &mut Output, c: char) {
    out.text.push(c);
    out.column = 0;
}

/// Whether a character stands unescaped. Characters beyond the basic plane do not.
fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}') && c != '\u{feff}'
}

fn is_break(c: char) -> bool {
    matches!(c, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Whether a text is a float in base 60: `[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?`. go-yaml
/// does not read these but quotes them.
fn is_base_60(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut places = whole.split(':');
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let first = places.next().unwrap_or_default();
    let mut further = places.peekable();
    first.starts_with(|c: char| c.is_ascii_digit())
        && digits(first)
        && digits(fraction)
        && further.peek().is_some()
        && further.all(|place| match place.as_bytes() {
            [ones] => ones.is_ascii_digit(),
            [b'0'..=b'5', ones] => ones.is_ascii_digit(),
            _ => false,
        })
}

/// A text as go-yaml v2 reads it in JSON. A next-line character is the only one that JSON does not
/// escape and YAML folds: alone it becomes a space, of several the first goes, and the spaces
/// around them go as well.
pub(super) fn as_read_from_json(text: &str) -> Cow<'_, str> {
    if !text.contains('\u{85}') {
        return text.into();
    }
    let mut read = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\u{85}') {
        read.push_str(rest[..at].trim_end_matches(' '));
        let behind = rest[at..].trim_start_matches([' ', '\u{85}']);
        match rest[at..rest.len() - behind.len()].matches('\u{85}').count() {
            1 => read.push(' '),
            breaks => read.extend(std::iter::repeat_n('\n', breaks - 1)),
        }
        rest = behind;
    }
    read.push_str(rest);
    read.into()
}

/// A number that is no 64-bit integer. It goes through JSON, which writes whole numbers below
/// 1e21 without an exponent, so that those that fit 64 bits are integers again.
pub(super) fn float(number: f64) -> String {
    if !number.is_finite() {
        // There is no JSON for these: no build prints them.
        return if number.is_nan() {
            ".nan"
        } else if number > 0.0 {
            ".inf"
        } else {
            "-.inf"
        }
        .to_owned();
    }
    if number.fract() == 0.0 && number.abs() < 1e21 {
        let json = format!("{number}");
        let integer = json.trim_start_matches('-') == "0" || json.parse::<i64>().is_ok() || json.parse::<u64>().is_ok();
        if integer {
            return if number == 0.0 { "0".to_owned() } else { json };
        }
    }
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..6).contains(&exponent) {
        return format!("{number}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}
