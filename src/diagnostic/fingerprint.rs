//! A stable identity of a finding.

use std::fmt;

/// 128 bits over the parts of a finding that do not move with lines. Printed as 32 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(u128);

impl Fingerprint {
    /// Hash of length-delimited parts: FNV-1a, 128 bits. Stable for ever: baselines hold it.
    #[must_use]
    pub fn of(parts: &[&str]) -> Self {
        const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
        let mut hash: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
        let mut feed = |byte: u8| {
            hash ^= u128::from(byte);
            hash = hash.wrapping_mul(PRIME);
        };
        for part in parts {
            part.bytes().for_each(&mut feed);
            feed(0xff); // cannot occur in UTF-8, so parts never run into each other
        }
        Self(hash)
    }

    /// Read 32 lower-case hex digits, as printed.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        digits.then(|| u128::from_str_radix(text, 16).ok()).flatten().map(Self)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
