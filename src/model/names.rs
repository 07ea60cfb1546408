//! The forms that Kubernetes requires of names, keys and addresses.
//!
//! Each function says why a text is not of the form, in words that follow "is no valid …: ".

use std::net::{IpAddr, Ipv6Addr};

/// `Ok` if a text is of the form, else why it is not.
pub type Verdict = Result<(), &'static str>;

fn check(holds: bool, why: &'static str) -> Verdict {
    if holds { Ok(()) } else { Err(why) }
}

fn lower(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

fn edges(text: &str, is: impl Fn(u8) -> bool) -> bool {
    let bytes = text.as_bytes();
    bytes.first().is_some_and(|byte| is(*byte)) && bytes.last().is_some_and(|byte| is(*byte))
}

/// A DNS label (RFC 1123).
pub fn dns_label(text: &str) -> Verdict {
    check(text.len() <= 63, "it is longer than 63 characters")?;
    check(
        edges(text, lower) && text.bytes().all(|byte| lower(byte) || byte == b'-'),
        "only lower-case letters, digits and `-` are allowed, with a letter or digit at both ends",
    )
}

/// A DNS label that starts with a letter (RFC 1035).
pub fn dns_1035_label(text: &str) -> Verdict {
    dns_label(text)?;
    check(text.starts_with(|c: char| c.is_ascii_lowercase()), "it must start with a letter")
}

/// A DNS subdomain: labels joined by `.`.
pub fn dns_subdomain(text: &str) -> Verdict {
    check(text.len() <= 253, "it is longer than 253 characters")?;
    let label = |label: &str| edges(label, lower) && label.bytes().all(|byte| lower(byte) || byte == b'-');
    check(
        text.split('.').all(label),
        "only lower-case letters, digits, `-` and `.` are allowed, with a letter or digit at both ends of each part",
    )
}

/// A DNS subdomain in which `_` is allowed too.
pub fn dns_subdomain_with_underscore(text: &str) -> Verdict {
    dns_subdomain(&text.replace('_', "a"))
}

/// A DNS subdomain, or `*.` and one.
pub fn dns_wildcard(text: &str) -> Verdict {
    match text.strip_prefix("*.") {
        Some(rest) => dns_subdomain(rest),
        None if text.contains('*') => Err("`*` may stand only as the whole first part"),
        None => dns_subdomain(text),
    }
}

/// A part of a path in the API.
pub fn path_segment(text: &str) -> Verdict {
    check(text != "." && text != "..", "it must not be `.` or `..`")?;
    check(!text.contains(['/', '%']), "`/` and `%` are not allowed")
}

/// A key of a label: a name, or a DNS subdomain, `/` and a name.
pub fn qualified_name(text: &str) -> Verdict {
    let (prefix, name) = match text.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, text),
    };
    check(!name.contains('/'), "there may be only one `/`")?;
    if let Some(prefix) = prefix {
        check(!prefix.is_empty(), "nothing stands before `/`")?;
        dns_subdomain(prefix).map_err(|_| "the part before `/` is no DNS subdomain")?;
    }
    check(!name.is_empty(), "the name is empty")?;
    check(name.len() <= 63, "the name is longer than 63 characters")?;
    check(
        edges(name, |byte| byte.is_ascii_alphanumeric()) && name.bytes().all(in_name),
        "only letters, digits, `-`, `_` and `.` are allowed, with a letter or digit at both ends",
    )
}

fn in_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}

/// The value of a label.
pub fn label_value(text: &str) -> Verdict {
    check(text.len() <= 63, "it is longer than 63 characters")?;
    check(
        text.is_empty() || edges(text, |byte| byte.is_ascii_alphanumeric()) && text.bytes().all(in_name),
        "only letters, digits, `-`, `_` and `.` are allowed, with a letter or digit at both ends",
    )
}

/// The name of a port.
pub fn port_name(text: &str) -> Verdict {
    check(text.len() <= 15, "it is longer than 15 characters")?;
    check(text.bytes().all(|byte| lower(byte) || byte == b'-'), "only lower-case letters, digits and `-` are allowed")?;
    check(text.bytes().any(|byte| byte.is_ascii_lowercase()), "it needs a letter")?;
    check(!text.contains("--") && edges(text, lower), "`-` may stand only alone between letters and digits")
}

/// A key of a ConfigMap or of a Secret.
pub fn data_key(text: &str) -> Verdict {
    check(text.len() <= 253, "it is longer than 253 characters")?;
    check(!text.starts_with("..") && text != ".", "it must not be `.` or start with `..`")?;
    check(!text.is_empty() && text.bytes().all(in_name), "only letters, digits, `-`, `_` and `.` are allowed")
}

/// The name of an environment variable.
pub fn variable(text: &str) -> Verdict {
    check(
        !text.is_empty() && text.bytes().all(|byte| (0x20..0x7f).contains(&byte) && byte != b'='),
        "only printable ASCII without `=` is allowed",
    )
}

/// The name of an environment variable, as Kubernetes had it before 1.32.
pub fn strict_variable(text: &str) -> Verdict {
    let starts = !text.starts_with(|c: char| c.is_ascii_digit());
    check(
        starts && !text.is_empty() && text.bytes().all(in_name),
        "only letters, digits, `-`, `_` and `.` are allowed, and no digit at the start",
    )
}

/// The name of a header of HTTP.
pub fn http_header(text: &str) -> Verdict {
    check(
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'),
        "only letters, digits and `-` are allowed",
    )
}

/// A path that stays below where it starts.
pub fn descending_path(text: &str) -> Verdict {
    check(!text.starts_with('/'), "it must be relative")?;
    no_backsteps(text)
}

/// A path below where it starts that is not one of the names that the kubelet keeps for itself.
pub fn file_path(text: &str) -> Verdict {
    descending_path(text)?;
    check(!text.starts_with(".."), "it must not start with `..`")
}

/// A path without `..`.
pub fn no_backsteps(text: &str) -> Verdict {
    check(text.split('/').all(|part| part != ".."), "it must not contain `..`")
}

/// An address, as leniently as the API server reads it: numbers of IPv4 may have leading zeros.
#[must_use]
pub fn ip(text: &str) -> Option<IpAddr> {
    if text.contains(':') {
        return text.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
    }
    let mut octets = [0u8; 4];
    let mut parts = text.split('.');
    for octet in &mut octets {
        let part = parts.next().filter(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))?;
        let part = part.trim_start_matches('0');
        *octet = if part.is_empty() { 0 } else { part.parse().ok()? };
    }
    parts.next().is_none().then(|| IpAddr::from(octets))
}

/// An address or a range of addresses, as Kubernetes wants both since 1.36; whether it is one at all is
/// another matter.
pub fn strict_address(text: &str) -> Verdict {
    let (address, length) = text.split_once('/').map_or((text, None), |(address, length)| (address, Some(length)));
    let zero = |number: &str| number.len() > 1 && number.starts_with('0');
    let v4 = !address.contains(':');
    check(!(v4 && address.split('.').any(zero) || length.is_some_and(zero)), "numbers must not start with 0")?;
    check(
        !address.parse::<Ipv6Addr>().is_ok_and(|ip| ip.to_ipv4_mapped().is_some()),
        "it is an address of IPv4 in one of IPv6",
    )?;
    let bits = match ip(address) {
        Some(IpAddr::V4(ip)) => u128::from(ip.to_bits()) << 96,
        Some(IpAddr::V6(ip)) => ip.to_bits(),
        None => return Ok(()),
    };
    let network = length.and_then(|_| cidr(text)).is_none_or(|cidr| cidr.network == bits);
    check(network, "it has bits set beyond the prefix length")
}

/// A range of addresses: the network as bits from the left, and how many of them count.
#[must_use]
pub fn cidr(text: &str) -> Option<Cidr> {
    let (address, length) = text.split_once('/')?;
    let plain = !length.is_empty() && length.len() <= 3 && length.bytes().all(|byte| byte.is_ascii_digit());
    let length: u32 = length.parse().ok().filter(|_| plain)?;
    let (bits, most, v4) = match ip(address)? {
        IpAddr::V4(v4) => (u128::from(v4.to_bits()) << 96, 32, true),
        IpAddr::V6(v6) => (v6.to_bits(), 128, false),
    };
    let mask = if length == 0 { 0 } else { u128::MAX << (128 - length.min(128)) };
    (length <= most).then_some(Cidr { network: bits & mask, length, v4 })
}

/// A range of addresses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cidr {
    network: u128,
    length: u32,
    v4: bool,
}

impl Cidr {
    /// Whether another range is a part of it, and not all of it.
    #[must_use]
    pub fn strictly_contains(&self, other: &Self) -> bool {
        let mask = if self.length == 0 { 0 } else { u128::MAX << (128 - self.length) };
        self.v4 == other.v4 && other.length > self.length && other.network & mask == self.network
    }
}

/// The percentage in a text such as `25%`.
#[must_use]
pub fn percent(text: &str) -> Option<i64> {
    let digits = text.strip_suffix('%')?;
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        type Form = fn(&str) -> Verdict;
        let table: &[(Form, &[&str], &[&str])] = &[
            (dns_label, &["a", "1a", "a-1"], &["", "A", "a.b", "-a", "a-", "a_b", "é"]),
            (dns_1035_label, &["a1"], &["1a"]),
            (dns_subdomain, &["a", "a.b-c.1"], &["a..b", ".a", "a.", "a-.b", "A.b"]),
            (dns_subdomain_with_underscore, &["_tcp.a", "a_b"], &["a..b"]),
            (dns_wildcard, &["*.a.b", "a"], &["*", "*a.b", "a.*.b", "*.*.a"]),
            (path_segment, &["system:a", "A_b"], &[".", "..", "a/b", "a%b"]),
            (qualified_name, &["a", "a.b/C_d", "A"], &["", "/a", "a/", "a/b/c", "A.b/c", "a b", "-a"]),
            (label_value, &["", "A_b.c", "1"], &["-", "a b", "a/b", "a-"]),
            (
                port_name,
                &["http", "a1", "1-a"],
                &["", "1", "a--b", "-a", "HTTP", "sixteen-letters-", "abcdefghijklmnop"],
            ),
            (data_key, &["a", ".a", "A_b.c", "-"], &["", ".", "..", "..a", "a/b", "a b"]),
            (variable, &["A", "a b", "1"], &["", "A=B", "é"]),
            (http_header, &["X-A"], &["", "X_A", "a b"]),
            (file_path, &["a/b", ".a"], &["/a", "a/../b", "..a"]),
        ];
        for (form, good, bad) in table {
            for text in *good {
                assert_eq!(form(text), Ok(()), "{text}");
            }
            for text in *bad {
                assert!(form(text).is_err(), "{text}");
            }
        }
        assert!(dns_label(&"a".repeat(64)).is_err() && label_value(&"a".repeat(64)).is_err());
    }

    #[test]
    fn addresses() {
        assert!(ip("010.2.3.4").is_some() && ip("::1").is_some() && ip("::ffff:1.2.3.4").is_some());
        for text in ["", "1.2.3", "1.2.3.4.5", "1.2.3.256", "a", "1.2.3.x", ":"] {
            assert!(ip(text).is_none(), "{text}");
        }
        for text in ["10.0.0.0", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/x", "::/129", "10.0.0.0/0008"] {
            assert!(cidr(text).is_none(), "{text}");
        }
        let inside = |outer, inner| cidr(outer).zip(cidr(inner)).is_some_and(|(a, b)| a.strictly_contains(&b));
        assert!(
            inside("10.0.0.0/8", "10.1.0.0/16") && inside("0.0.0.0/0", "1.2.3.4/32") && inside("fd00::/8", "fd01::/16")
        );
        assert!(
            !inside("10.0.0.0/8", "10.0.0.0/8")
                && !inside("10.0.0.0/8", "11.0.0.0/16")
                && !inside("::/0", "10.0.0.0/8")
        );
        assert_eq!((percent("25%"), percent("25"), percent("-5%"), percent("%")), (Some(25), None, None, None));
    }
}
