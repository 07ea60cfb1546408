//! Quantities of Kubernetes: `100m`, `1.5Gi`, `1e3`.

use std::cmp::Ordering;

/// A quantity, exact to a billionth, as the API server keeps it: smaller parts are rounded up.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Quantity {
    nano: i128,
}

const NANO: i128 = 1_000_000_000;

impl Quantity {
    /// Nothing.
    pub const ZERO: Self = Self { nano: 0 };

    /// So many.
    #[must_use]
    pub fn new(number: i64) -> Self {
        Self { nano: i128::from(number) * NANO }
    }

    /// Read a quantity, as Kubernetes decodes one; `None` if it is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (negative, rest) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, suffix) = rest.split_at(end);
        let (whole, part) = number.split_once('.').unwrap_or((number, ""));
        if part.contains('.') || whole.is_empty() && part.is_empty() {
            return None;
        }
        let digits = format!("{whole}{part}");
        let digits = digits.trim_start_matches('0');
        // More digits than this are beyond every cap of the API server.
        let mantissa: i128 = if digits.is_empty() { 0 } else { digits.get(..digits.len().min(30))?.parse().ok()? };
        let dropped = i64::try_from(digits.len().saturating_sub(30)).ok()?;
        let mut tens = dropped - i64::try_from(part.len()).ok()? + 9;
        let twos = match suffix {
            "Ki" => 10,
            "Mi" => 20,
            "Gi" => 30,
            "Ti" => 40,
            "Pi" => 50,
            "Ei" => 60,
            _ => {
                tens += decimal(suffix)?;
                0
            }
        };
        let scaled = mantissa.saturating_mul(1i128 << twos);
        let nano = match tens.cmp(&0) {
            Ordering::Less => {
                let divisor = u32::try_from(-tens).ok().and_then(|tens| 10i128.checked_pow(tens));
                divisor.map_or_else(
                    || i128::from(scaled > 0),
                    |divisor| scaled / divisor + i128::from(scaled % divisor > 0),
                )
            }
            _ => {
                let factor = u32::try_from(tens).ok().and_then(|tens| 10i128.checked_pow(tens)).unwrap_or(i128::MAX);
                scaled.saturating_mul(factor)
            }
        };
        Some(Self { nano: if negative { -nano } else { nano } })
    }

    /// The number, if it is a whole one of 64 bits.
    #[must_use]
    pub fn whole(self) -> Option<i64> {
        if self.is_whole() { i64::try_from(self.nano / NANO).ok() } else { None }
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        self.nano.checked_add(other.nano).map(|nano| Self { nano })
    }

    /// The other way round.
    #[must_use]
    pub fn negated(self) -> Self {
        Self { nano: self.nano.saturating_neg() }
    }

    /// Whether it is a whole number.
    #[must_use]
    pub fn is_whole(self) -> bool {
        self.nano % NANO == 0
    }

    /// Whether it is a multiple of another.
    #[must_use]
    pub fn is_multiple_of(self, other: Self) -> bool {
        other.nano != 0 && self.nano % other.nano == 0
    }

    /// The ratio of it to another; `None` if that is zero.
    #[must_use]
    pub fn ratio(self, other: Self) -> Option<f64> {
        #[allow(clippy::cast_precision_loss, reason = "a ratio of quantities need not be exact")]
        (other.nano != 0).then(|| self.nano as f64 / other.nano as f64)
    }
}

/// The power of ten of a decimal suffix.
fn decimal(suffix: &str) -> Option<i64> {
    Some(match suffix {
        "" => 0,
        "n" => -9,
        "u" => -6,
        "m" => -3,
        "k" => 3,
        "M" => 6,
        "G" => 9,
        "T" => 12,
        "P" => 15,
        "E" => 18,
        _ => {
            let exponent = suffix.strip_prefix(['e', 'E'])?;
            let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            if digits.is_empty() || digits.len() > 9 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            exponent.trim_start_matches('+').parse().ok()?
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities() {
        let same = |a, b| assert_eq!(Quantity::parse(a), Quantity::parse(b), "{a} {b}");
        same("1000m", "1");
        same("0.5", "500m");
        same("1Ki", "1024");
        same("1.5Gi", "1536Mi");
        same("1e3", "1k");
        same("1E-1", "100m");
        same("1E", "1e18");
        same(".5", "500m");
        same("5.", "5");
        same("+1", "1");
        same("0.1n", "1n");
        same("00", "0");
        for text in ["", "1 Gi", "1gb", "1GB", "Gi", "-", ".", "1..2", "1mi", "1K", "1e", "1e1.5", "1Kib", "0x1"] {
            assert_eq!(Quantity::parse(text), None, "{text}");
        }
        assert!(Quantity::parse("-1").is_some_and(|quantity| quantity < Quantity::ZERO));
        assert!(Quantity::parse("512m").is_some_and(|quantity| quantity < Quantity::new(1) && !quantity.is_whole()));
        assert!(Quantity::parse(&"9".repeat(60)) > Quantity::parse("1Ei"));
        assert!(Quantity::parse("1e999999999").is_some() && Quantity::parse("1e-999999999").is_some());
        let (big, small) = (Quantity::parse("4Mi"), Quantity::parse("2Mi"));
        assert!(big.zip(small).is_some_and(|(big, small)| big.is_multiple_of(small) && !small.is_multiple_of(big)));
    }
}
