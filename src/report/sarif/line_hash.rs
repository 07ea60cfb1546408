//! `primaryLocationLineHash`: the fingerprint by which GitHub's code scanning recognises an alert
//! when its line moves.
//!
//! The hash of a line is a polynomial (base 37, modulo 2^64) over the 100 UTF-16 units from the
//! line's first on, blanks left out, every line break as line feed; behind the file's last unit
//! stands 65535, then zeros. After it stands how many lines of the file with this hash there have
//! been. Behaviour of `github/codeql-action`, `src/fingerprints.ts`.

use std::collections::BTreeMap;
use std::fmt;

const WINDOW: usize = 100;
const BASE: u64 = 37;
const END: u16 = u16::MAX;

/// A line's hash, and which of the lines with this hash it is, from 1.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct LineHash {
    hash: u64,
    count: u32,
}

impl fmt::Display for LineHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}:{}", self.hash, self.count)
    }
}

/// The hashes of all lines of a text, from the first on.
pub(super) fn line_hashes(text: &str) -> Vec<LineHash> {
    let units = significant_units(text);
    let leaving = (0..WINDOW).fold(1_u64, |power, _| power.wrapping_mul(BASE));
    let unit = |at: usize| units.get(at).copied().map_or(0, u64::from);
    let mut counts: BTreeMap<u64, u32> = BTreeMap::new();
    let mut hashes = Vec::new();
    let mut hash = 0_u64;
    for at in 0..units.len() + WINDOW - 1 {
        let left = at.checked_sub(WINDOW).map_or(0, unit);
        hash = hash.wrapping_mul(BASE).wrapping_add(unit(at)).wrapping_sub(leaving.wrapping_mul(left));
        let Some(start) = (at + 1).checked_sub(WINDOW) else { continue };
        if start == 0 || unit(start - 1) == u64::from(b'\n') {
            let count = counts.entry(hash).or_insert(0);
            *count += 1;
            hashes.push(LineHash { hash, count: *count });
        }
    }
    hashes
}

/// The units that count, with the sign for the end of the file.
fn significant_units(text: &str) -> Vec<u16> {
    let mut units = Vec::with_capacity(text.len() + 1);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' => {}
            '\r' => {
                chars.next_if_eq(&'\n');
                units.push(u16::from(b'\n'));
            }
            c => units.extend_from_slice(c.encode_utf16(&mut [0; 2])),
        }
    }
    units.push(END);
    units
}

#[cfg(test)]
mod tests {
    use super::line_hashes;

    /// Values that `github/codeql-action` computes for the same texts.
    #[test]
    fn equal_to_codeql_action() {
        let greetings = [
            "e9496ae3ebfced30:1",
            "fb7c023a8b9ccb3f:1",
            "ce8ba1a563dcdaca:1",
            "e20e36e16fcb0cc8:1",
            "b3edc88f2938467e:1",
            "c8e28b0b4002a3a0:1",
            "c129715d7a2bc9a3:1",
        ];
        let repeated = "Lorem ipsum dolor sit amet.\n".repeat(10);
        for (text, expected) in [
            ("", &["c129715d7a2bc9a3:1"][..]),
            (
                " a\nb\n  \t\tc\n d",
                &["271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"],
            ),
            (" hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End\n", &greetings),
            (" hello; \t\r\nworld!!!\r\n\r\n\r\n  \t\tGreetings\r\n End\r\n", &greetings),
            (" hello; \t\nworld!!!\r\n\n\r  \t\tGreetings\r End\r\n", &greetings),
            (
                &repeated,
                &[
                    "a7f2ff13bc495cf2:1",
                    "a7f2ff13bc495cf2:2",
                    "a7f2ff13bc495cf2:3",
                    "a7f2ff13bc495cf2:4",
                    "a7f2ff13bc495cf2:5",
                    "a7f2ff13bc495cf2:6",
                    "a7f2ff1481e87703:1",
                    "a9cf91f7bbf1862b:1",
                    "55ec222b86bcae53:1",
                    "cc97dc7b1d7d8f7b:1",
                    "c129715d7a2bc9a3:1",
                ],
            ),
        ] {
            let hashes: Vec<String> = line_hashes(text).iter().map(ToString::to_string).collect();
            assert_eq!(hashes, expected, "{text:?}");
        }
    }
}
