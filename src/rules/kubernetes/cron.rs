//! Schedules of CronJobs, as the library that Kubernetes uses (robfig/cron) reads them.

/// A schedule.
#[derive(Clone, Copy, Debug)]
pub(super) enum Schedule {
    /// At the minutes that all fields allow; bit `n` of a field stands for its value `n`.
    Times {
        /// Days of the month.
        days: u64,
        /// Months.
        months: u64,
        /// Whether the day of the week narrows the days further, rather than adding to them.
        narrows: bool,
    },
    /// Again and again after a duration.
    Every,
}

struct Bounds {
    what: &'static str,
    least: u32,
    most: u32,
    names: &'static [&'static str],
}

const FIELDS: [Bounds; 5] = [
    Bounds { what: "minute", least: 0, most: 59, names: &[] },
    Bounds { what: "hour", least: 0, most: 23, names: &[] },
    Bounds { what: "day of the month", least: 1, most: 31, names: &[] },
    Bounds {
        what: "month",
        least: 1,
        most: 12,
        names: &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
    },
    Bounds { what: "day of the week", least: 0, most: 6, names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"] },
];

impl Schedule {
    /// Read a schedule, or say what is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if let Some(macro_name) = text.strip_prefix('@') {
            return match macro_name {
                "yearly" | "annually" | "monthly" | "weekly" | "daily" | "midnight" | "hourly" => Ok(Self::Every),
                _ => match macro_name.strip_prefix("every ") {
                    Some(duration) if is_duration(duration) => Ok(Self::Every),
                    Some(duration) => Err(format!("`{duration}` is no duration such as `1h30m`")),
                    None => Err(format!("there is no `@{macro_name}`")),
                },
            };
        }
        let parts: Vec<&str> = text.split_whitespace().collect();
        if parts.len() != FIELDS.len() {
            return Err(format!("it has {} fields instead of 5", parts.len()));
        }
        let mut bits = [0; 5];
        for ((part, bounds), bits) in parts.iter().zip(&FIELDS).zip(&mut bits) {
            *bits = field(part, bounds).map_err(|why| format!("{}: {why}", bounds.what))?;
        }
        let is_star = |part: &str| part.split(',').any(|part| matches!(part.trim_end_matches("/1"), "*" | "?"));
        Ok(Self::Times { days: bits[2], months: bits[3], narrows: is_star(parts[2]) || is_star(parts[4]) })
    }

    /// Whether a year has a day for it.
    pub(super) fn ever_runs(self) -> bool {
        const DAYS: [u32; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        match self {
            Self::Times { days, months, narrows: true } => DAYS
                .iter()
                .zip(1u32..)
                .any(|(last, month)| months >> month & 1 == 1 && days & ((1 << (last + 1)) - 2) != 0),
            Self::Times { narrows: false, .. } | Self::Every => true,
        }
    }
}

fn field(text: &str, bounds: &Bounds) -> Result<u64, String> {
    let mut bits = 0;
    for part in text.split(',').filter(|part| !part.is_empty()) {
        bits |= range(part, bounds)?;
    }
    Ok(bits)
}

fn range(text: &str, bounds: &Bounds) -> Result<u64, String> {
    let mut steps = text.split('/');
    let range = steps.next().unwrap_or_default();
    let step = steps.next();
    if steps.next().is_some() {
        return Err(format!("`{text}` has two `/`"));
    }
    let mut ends = range.split('-');
    let first = ends.next().unwrap_or_default();
    let second = ends.next();
    let (start, mut end) = if first == "*" || first == "?" {
        (bounds.least, bounds.most)
    } else {
        if ends.next().is_some() {
            return Err(format!("`{text}` has two `-`"));
        }
        let start = number(first, bounds.names)?;
        (start, second.map_or(Ok(start), |second| number(second, bounds.names))?)
    };
    let step = match step {
        Some(step) => {
            if second.is_none() {
                end = bounds.most;
            }
            number(step, &[])?
        }
        None => 1,
    };
    if start < bounds.least {
        return Err(format!("{start} is less than {}", bounds.least));
    }
    if end > bounds.most {
        let hint = if bounds.most == 6 && end == 7 { ": Sunday is 0" } else { "" };
        return Err(format!("{end} is more than {}{hint}", bounds.most));
    }
    if start > end {
        return Err(format!("`{range}` ends before it starts"));
    }
    if step == 0 {
        return Err("a step of 0 never moves".to_owned());
    }
    Ok((start..=end).step_by(step as usize).fold(0, |bits, value| bits | 1 << value))
}

fn number(text: &str, names: &[&str]) -> Result<u32, String> {
    if let Some(at) = names.iter().position(|name| name.eq_ignore_ascii_case(text)) {
        // Months start at 1, days of the week at 0.
        let at = u32::try_from(at).unwrap_or(0);
        return Ok(if names.len() == 12 { at + 1 } else { at });
    }
    let digits = text.strip_prefix('+').unwrap_or(text);
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| plain).ok_or_else(|| format!("`{text}` is no number"))
}

/// Whether a text is a duration as Go writes it.
fn is_duration(text: &str) -> bool {
    let mut rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    if rest == "0" {
        return true;
    }
    if rest.is_empty() {
        return false;
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, after) = rest.split_at(end);
        let plain = number.bytes().any(|byte| byte.is_ascii_digit()) && number.matches('.').count() < 2;
        let unit = ["ns", "us", "µs", "μs", "ms", "s", "m", "h"].into_iter().filter(|unit| after.starts_with(unit));
        let Some(unit) = unit.max_by_key(|unit| unit.len()).filter(|_| plain) else { return false };
        rest = &after[unit.len()..];
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules() {
        for text in [
            "* * * * *",
            "*/5 1-4,6 * JAN-mar,12 mon-fri/2",
            "? ? ? ? ?",
            "5/10 * * * *",
            "1,,2 * * * *",
            "@daily",
            "@every 1h30m",
            "@every 1.5h",
            "  0  0  1  1  0  ",
            "+5 * * * *",
            "*-5 * * * *",
            "0 0 29 2 *",
            "0 0 31 2 1",
        ] {
            assert!(Schedule::parse(text).is_ok_and(Schedule::ever_runs), "{text}");
        }
        for text in [
            "",
            "* * * *",
            "* * * * * *",
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "* * * 13 *",
            "* * * * 7",
            "5-1 * * * *",
            "*/0 * * * *",
            "1-2-3 * * * *",
            "1/2/3 * * * *",
            "a * * * *",
            "-1 * * * *",
            "* * * foo *",
            "@reboot",
            "@every",
            "@every 1d",
            "@every ",
            "@Daily",
            "L * * * *",
        ] {
            assert!(Schedule::parse(text).is_err(), "{text}");
        }
        for text in ["0 0 31 2 *", "0 0 31 4,6 *", "0 0 30 2 */1"] {
            assert!(Schedule::parse(text).is_ok_and(|schedule| !schedule.ever_runs()), "{text}");
        }
    }
}
