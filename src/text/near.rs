//! Near misses: the one name that was very likely meant.

/// Words that name an environment or a role: names that differ in them differ on purpose.
const ENVIRONMENTS: &[&str] = &[
    "dev",
    "develop",
    "development",
    "test",
    "tst",
    "testing",
    "qa",
    "uat",
    "int",
    "stg",
    "stage",
    "staging",
    "pre",
    "preprod",
    "prd",
    "prod",
    "production",
    "live",
    "sandbox",
    "demo",
    "lab",
    "ro",
    "rw",
    "read",
    "write",
    "primary",
    "replica",
    "blue",
    "green",
    "canary",
    "eu",
    "us",
    "ap",
    "east",
    "west",
    "north",
    "south",
];

/// The only candidate that `wanted` very likely stands for, or none.
///
/// A candidate is near if it differs only in case or in `-` and `_`, or if its edit distance
/// (insertion, deletion, substitution, transposition of neighbours) is 1, or 2 where both names
/// have at least 8 characters. Names that differ only in digits or in words such as `dev` and
/// `prod` are never near. Two near candidates are none: there is nothing to tell them apart.
#[must_use]
pub fn near_miss<'a>(wanted: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = Name::new(wanted)?;
    let mut found: Option<&'a str> = None;
    for candidate in candidates {
        if candidate == wanted.text || found == Some(candidate) || !is_near(&wanted, candidate) {
            continue;
        }
        if found.is_some() {
            return None;
        }
        found = Some(candidate);
    }
    found
}

/// A name and what tells most others apart from it at once.
struct Name<'a> {
    text: &'a str,
    /// In characters.
    length: usize,
    /// One bit for each character that is in it; characters share bits.
    letters: u64,
}

impl<'a> Name<'a> {
    /// `None` for what is no name: empty, or longer than any.
    fn new(text: &'a str) -> Option<Self> {
        const LONGEST: usize = 256;
        if text.is_empty() || text.len() > LONGEST {
            return None;
        }
        let bit = |letters, c: char| letters | 1 << (u32::from(c) % u64::BITS);
        Some(Self { text, length: text.chars().count(), letters: text.chars().fold(0, bit) })
    }
}

fn is_near(wanted: &Name<'_>, candidate: &str) -> bool {
    let Some(candidate) = Name::new(candidate) else { return false };
    let (a, b) = (wanted.text, candidate.text);
    if folded(a).eq(folded(b)) && numbers(a).eq(numbers(b)) {
        return true;
    }
    let limit: u32 = if wanted.length.min(candidate.length) < 8 { 1 } else { 2 };
    // An edit takes at most one character away and brings at most one.
    let apart = (wanted.letters ^ candidate.letters).count_ones();
    if wanted.length.abs_diff(candidate.length) > limit as usize || apart > 2 * limit {
        return false;
    }
    let (left, right): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    distance(&left, &right) <= limit as usize && purpose(a) != purpose(b)
}

/// The name without regard to case, `-` and `_`.
fn folded(name: &str) -> impl Iterator<Item = char> {
    name.chars().filter(|c| !matches!(c, '-' | '_')).flat_map(char::to_lowercase)
}

/// The numbers in a name, so that `app-1-1` stays apart from `app-11`.
fn numbers(name: &str) -> impl Iterator<Item = &str> {
    name.split(|c: char| !c.is_ascii_digit()).filter(|number| !number.is_empty())
}

/// The name with digits and separators taken out and environment words made equal.
fn purpose(name: &str) -> String {
    let undigited: String = name.chars().filter(|c| !c.is_ascii_digit()).collect();
    undigited
        .split_inclusive(|c: char| !c.is_alphanumeric())
        .map(|part| {
            let word = part.trim_end_matches(|c: char| !c.is_alphanumeric());
            if ENVIRONMENTS.iter().any(|environment| environment.eq_ignore_ascii_case(word)) {
                part.replacen(word, "\u{0}", 1)
            } else {
                part.to_owned()
            }
        })
        .flat_map(|part| part.chars().filter(|c| *c == '\u{0}' || c.is_alphanumeric()).collect::<Vec<_>>())
        .collect()
}

/// Optimal string alignment distance.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, &ca) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, &cb) in b.iter().enumerate() {
            let mut cost = (above[j] + usize::from(ca != cb)).min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && ca == b[j - 1] && a[i - 1] == cb {
                cost = cost.min(before[j - 1] + 1);
            }
            row.push(cost);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::near_miss;

    #[test]
    fn finds_the_one_name_that_was_meant() {
        for (wanted, candidates, expected) in [
            ("db-credntials", &["db-credentials", "tls"][..], Some("db-credentials")),
            ("db-credetnails", &["db-credentials"], Some("db-credentials")),
            ("tls", &["tsl"], Some("tsl")),
            ("tls", &["tss"], Some("tss")),
            ("tls", &["abs"], None),
            ("db_creds", &["db-creds"], Some("db-creds")),
            ("API_KEY", &["api-key"], Some("api-key")),
            ("apikey", &["api-key"], Some("api-key")),
            ("web", &["wep", "wet"], None),
            ("web", &["wep", "wep"], Some("wep")),
            ("web", &["web"], None),
            ("", &["a"], None),
        ] {
            assert_eq!(near_miss(wanted, candidates.iter().copied()), expected, "{wanted} in {candidates:?}");
        }
    }

    #[test]
    fn differences_on_purpose_are_not_near() {
        for (wanted, candidate) in [
            ("web-1", "web-2"),
            ("web-1", "web-12"),
            ("app-1-1", "app-11"),
            ("postgres-ro", "postgres-rw"),
            ("payments-prod", "payments-prd"),
            ("app-eu-west-1", "app-us-west-1"),
            ("qa-database", "ro-database"),
        ] {
            assert_eq!(near_miss(wanted, [candidate]), None, "{wanted} and {candidate}");
        }
    }
}
