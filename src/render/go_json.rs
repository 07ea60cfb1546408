//! Scalars as Go's `encoding/json` writes them: `<`, `>` and `&` are escaped, numbers have the fewest
//! digits.
//!
//! Invariant: knows texts and numbers only.

use std::fmt::Write;

/// Write a text in quotes.
pub(super) fn text(plain: &str, out: &mut String) {
    out.push('"');
    for c in plain.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\0'..='\x1f' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                // Writing to a text cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Write a number: with an exponent below 1e-6 and from 1e21 on.
pub(super) fn float(number: f64, out: &mut String) {
    let size = number.abs();
    let _ = if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let digits = format!("{number:e}");
        match digits.split_once('e') {
            // Go writes the sign of the exponent.
            Some((digits, exponent)) if !exponent.starts_with('-') => write!(out, "{digits}e+{exponent}"),
            _ => write!(out, "{digits}"),
        }
    } else {
        write!(out, "{number}")
    };
}
