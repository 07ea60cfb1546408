//! Timestamps as go-yaml recognises them, which is as Go's `time.Parse` does.

/// Whether go-yaml takes a text for a timestamp (`2001-1-2`, `2001-01-02 3:04:05.6`,
/// `2001-01-02T03:04:05+01:00`), and how Go writes it in JSON: as RFC 3339, the fraction without
/// trailing zeros; `Some(None)` if it refuses to, for an offset of a day.
pub(super) fn rfc3339(text: &str) -> Option<Option<String>> {
    let bytes = text.as_bytes();
    if bytes.len() < 8 || !bytes[..4].iter().all(u8::is_ascii_digit) || bytes[4] != b'-' {
        return None;
    }
    let mut rest = Rest(&text[5..]);
    let year = &text[..4];
    let month = rest.number()?;
    rest.expect('-')?;
    let day = rest.number()?;
    if month == 0 || month > 12 || day == 0 || day > days_in(month, year.parse().ok()?) {
        return None;
    }
    if rest.0.is_empty() {
        return Some(Some(format!("{year}-{month:02}-{day:02}T00:00:00Z")));
    }
    let with_zone = matches!(rest.0.as_bytes()[0], b'T' | b't');
    let letter = if with_zone { rest.0.chars().next()? } else { ' ' };
    rest.expect(letter)?;
    if !with_zone {
        rest.0 = rest.0.trim_start_matches(' ');
    }
    let hour = rest.number()?;
    rest.expect(':')?;
    let minute = rest.number()?;
    rest.expect(':')?;
    let second = rest.number()?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let fraction = rest.fraction();
    let zone = if with_zone { rest.zone()? } else { Some("Z".to_owned()) };
    if !rest.0.is_empty() {
        return None;
    }
    Some(zone.map(|zone| format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}{zone}")))
}

/// What is left to read.
struct Rest<'a>(&'a str);

impl Rest<'_> {
    /// One or two digits.
    fn number(&mut self) -> Option<u32> {
        let len = self.0.bytes().take(2).take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.0.split_at(len);
        self.0 = rest;
        digits.parse().ok()
    }

    fn expect(&mut self, c: char) -> Option<()> {
        self.0 = self.0.strip_prefix(c)?;
        Some(())
    }

    /// A fraction of a second, nine digits of which count.
    fn fraction(&mut self) -> String {
        let Some(digits) = self.0.strip_prefix(['.', ',']) else { return String::new() };
        let len = digits.bytes().take_while(u8::is_ascii_digit).count();
        if len == 0 {
            return String::new();
        }
        self.0 = &digits[len..];
        let significant = digits[..len.min(9)].trim_end_matches('0');
        if significant.is_empty() { String::new() } else { format!(".{significant}") }
    }

    /// `Z` or `±hh:mm`; `Some(None)` for 24 hours, which Go reads and does not write.
    fn zone(&mut self) -> Option<Option<String>> {
        if let Some(rest) = self.0.strip_prefix('Z') {
            self.0 = rest;
            return Some(Some("Z".to_owned()));
        }
        let sign = self.0.chars().next().filter(|c| matches!(c, '+' | '-'))?;
        self.expect(sign)?;
        let two = |rest: &mut Self| -> Option<u32> {
            let digits = rest.0.get(..2).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
            rest.0 = &rest.0[2..];
            digits.parse().ok()
        };
        let hour = two(self)?;
        self.expect(':')?;
        let minute = two(self)?;
        if hour > 24 || minute > 59 {
            return None;
        }
        if hour == 24 {
            return Some(None);
        }
        Some(Some(if hour == 0 && minute == 0 { "Z".to_owned() } else { format!("{sign}{hour:02}:{minute:02}") }))
    }
}

fn days_in(month: u32, year: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
