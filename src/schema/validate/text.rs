//! What text says: formats and quantities, as the API server reads them.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use crate::schema::Format;

/// Whether text is of a format. What is not checked exactly is accepted.
pub(super) fn is_format(text: &str, format: Format) -> bool {
    match format {
        Format::Byte => is_base64(text),
        Format::DateTime => is_date_time(text),
        Format::Date => is_date(text),
        Format::Duration => is_duration(text),
        Format::Ipv4 => Ipv4Addr::from_str(text).is_ok(),
        Format::Ipv6 => Ipv6Addr::from_str(text).is_ok(),
        Format::Cidr => is_cidr(text),
        Format::Uri => is_uri(text),
        Format::Email => text.split_once('@').is_some_and(|(user, host)| !user.is_empty() && !host.is_empty()),
        Format::Hostname => is_hostname(text),
        Format::Uuid => is_uuid(text),
    }
}

/// Go's `base64.StdEncoding`: padded, line breaks are skipped.
fn is_base64(text: &str) -> bool {
    let symbols: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect();
    let padding = symbols.iter().rev().take_while(|byte| **byte == b'=').count();
    symbols.len().is_multiple_of(4)
        && padding <= 2
        && symbols[..symbols.len() - padding]
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
}

fn number(text: &str, least: u32, most: u32) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
        && text.parse().is_ok_and(|number: u32| (least..=most).contains(&number))
}

fn is_date(text: &str) -> bool {
    let mut parts = text.split('-');
    let (Some(year), Some(month), Some(day), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    if year.len() != 4 || month.len() != 2 || day.len() != 2 || !number(year, 0, 9999) || !number(month, 1, 12) {
        return false;
    }
    let year: u32 = year.parse().unwrap_or(0);
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        "02" if leap => 29,
        "02" => 28,
        "04" | "06" | "09" | "11" => 30,
        _ => 31,
    };
    number(day, 1, days)
}

/// RFC 3339 as Go's `time.Parse(time.RFC3339, …)` has it: fractions of seconds are allowed.
fn is_date_time(text: &str) -> bool {
    let Some((date, time)) = text.split_once(['T', 't']) else { return false };
    let Some(at) = time.find(['Z', 'z', '+', '-']) else { return false };
    let (clock, zone) = time.split_at(at);
    let (clock, fraction) = clock.split_once('.').map_or((clock, None), |(clock, fraction)| (clock, Some(fraction)));
    let parts: Vec<&str> = clock.split(':').collect();
    let [hour, minute, second] = parts.as_slice() else { return false };
    let sound = |text: &str, most| text.len() == 2 && number(text, 0, most);
    let zone = matches!(zone, "Z" | "z")
        || zone[1..].split_once(':').is_some_and(|(hours, minutes)| sound(hours, 24) && sound(minutes, 59));
    let fraction = fraction.is_none_or(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()));
    is_date(date) && sound(hour, 23) && sound(minute, 59) && sound(second, 60) && fraction && zone
}

/// Go's `time.ParseDuration`, and a number with a unit spelt out, as the API server's own reader.
fn is_duration(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if unsigned == "0" {
        return true;
    }
    let mut rest = unsigned;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
        let (number, after) = rest.split_at(digits);
        if !number.bytes().any(|byte| byte.is_ascii_digit()) || number.matches('.').count() > 1 {
            return false;
        }
        let after = after.trim_start();
        let unit = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at(unit);
        if !UNITS.contains(&unit.trim()) {
            return false;
        }
        rest = after;
    }
    !unsigned.is_empty()
}

const UNITS: [&str; 36] = [
    "ns",
    "us",
    "µs",
    "μs",
    "ms",
    "s",
    "m",
    "h",
    "d",
    "w",
    "nano",
    "nanos",
    "nanosecond",
    "nanoseconds",
    "micro",
    "micros",
    "microsecond",
    "microseconds",
    "milli",
    "millis",
    "millisecond",
    "milliseconds",
    "sec",
    "secs",
    "second",
    "seconds",
    "min",
    "mins",
    "minute",
    "minutes",
    "hour",
    "hours",
    "hr",
    "day",
    "days",
    "week",
];

fn is_cidr(text: &str) -> bool {
    let Some((address, bits)) = text.split_once('/') else { return false };
    let most = match (Ipv4Addr::from_str(address), Ipv6Addr::from_str(address)) {
        (Ok(_), _) => 32,
        (_, Ok(_)) => 128,
        _ => return false,
    };
    number(bits, 0, most) && !bits.is_empty()
}

/// Go's `url.ParseRequestURI`: an absolute URI or an absolute path.
fn is_uri(text: &str) -> bool {
    if text.is_empty() || text.chars().any(|c| c.is_control() || c == ' ') {
        return false;
    }
    let scheme = text.split_once(':').is_some_and(|(scheme, rest)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
            && !rest.is_empty()
    });
    scheme || text.starts_with('/')
}

fn is_hostname(text: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= 255 && text.strip_suffix('.').unwrap_or(text).split('.').all(label)
}

fn is_uuid(text: &str) -> bool {
    let digits: String = text.chars().filter(|c| *c != '-').collect();
    digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Quantity;

    #[test]
    fn quantities_are_read_as_kubernetes_does() {
        for text in ["1", "100m", "1Gi", "0.5", ".5", "5.", "1e3", "1E3", "1E", "-1", "+1", "12e-3", "1u", "1n"] {
            assert!(Quantity::parse(text).is_some(), "{text}");
        }
        for text in ["", "1GB", "1gi", "1 Gi", "one", "1.2.3", "e3", "1e", "Gi", "1Mb", "1K", "."] {
            assert!(Quantity::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn formats_are_read_as_the_api_server_does() {
        let cases: &[(Format, &[&str], &[&str])] = &[
            (Format::Byte, &["", "YQ==", "YWI=", "YWJj", "YW\nJj"], &["a", "YQ", "YQ===", "!!!!", "YWJ-"]),
            (
                Format::DateTime,
                &["2026-01-31T12:00:00Z", "2024-02-29T00:00:00.123+02:00"],
                &["2026-01-31", "2026-02-29T00:00:00Z", "2026-01-31 12:00:00", "2026-01-31T25:00:00Z", "T-"],
            ),
            (Format::Date, &["2026-01-31"], &["2026-1-31", "2026-04-31", "31.1.2026"]),
            (
                Format::Duration,
                &["1h30m", "0", "1.5s", "-10ms", "22 ns", "10 seconds"],
                &["", "1", "1x", "h", "1.2.3s"],
            ),
            (Format::Cidr, &["10.0.0.0/8", "fd00::/64"], &["10.0.0.0", "10.0.0.0/33", "10.0.0/8"]),
            (Format::Ipv4, &["10.0.0.1"], &["10.0.0", "::1"]),
            (Format::Ipv6, &["::1"], &["10.0.0.1"]),
            (Format::Uri, &["https://example.com", "/x"], &["", "example.com", "a b"]),
            (Format::Hostname, &["example.com", "a"], &["", "a..b", "-a"]),
            (Format::Uuid, &["123e4567-e89b-12d3-a456-426614174000"], &["123"]),
            (Format::Email, &["a@b.c"], &["a", "@b"]),
        ];
        for (format, good, bad) in cases {
            for text in *good {
                assert!(is_format(text, *format), "{format:?}: {text}");
            }
            for text in *bad {
                assert!(!is_format(text, *format), "{format:?}: {text}");
            }
        }
    }
}
