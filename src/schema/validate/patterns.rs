//! Regular expressions and rules of schemas, compiled once.

use std::sync::{Arc, RwLock};

use regex::{Regex, RegexBuilder};
use regex_syntax::ast::ErrorKind;
use rustc_hash::FxHashMap;

use super::cel::Programs;
use crate::value::Str;

/// Largest compiled expression, in bytes.
const MAX_SIZE: usize = 2 << 20;

/// Compiled expressions and rules, shared by all threads. Go's syntax is that of the regex crate but for a few
/// escapes; what does not compile is not checked.
#[derive(Debug, Default)]
pub struct Patterns {
    compiled: RwLock<FxHashMap<Str, Option<Arc<Regex>>>>,
    pub(super) programs: Programs,
}

impl Patterns {
    /// Whether a text matches; `None` if the pattern cannot be checked.
    pub(super) fn matches(&self, pattern: &Str, text: &str) -> Option<bool> {
        self.regex(pattern).map(|regex| regex.is_match(text))
    }

    fn regex(&self, pattern: &Str) -> Option<Arc<Regex>> {
        if let Some(known) = self.compiled.read().expect("no holder of the lock panics").get(pattern) {
            return known.clone();
        }
        let compiled = RegexBuilder::new(pattern).size_limit(MAX_SIZE).build().ok().map(Arc::new);
        self.compiled.write().expect("no holder of the lock panics").insert(pattern.clone(), compiled.clone());
        compiled
    }
}

/// Why Go cannot compile a regular expression either; none if it may.
#[must_use]
pub fn regex_error(pattern: &str) -> Option<&'static str> {
    // A bracket within brackets means another thing here.
    let mut chars = pattern.chars().peekable();
    let mut inside = false;
    while let Some(c) = chars.next() {
        match c {
            '\\' => drop(chars.next()),
            '[' if inside && chars.peek() != Some(&':') => return None,
            '[' => inside = true,
            ']' => inside = false,
            _ => {}
        }
    }
    let error = regex_syntax::ast::parse::ParserBuilder::new().nest_limit(100).build().parse(pattern).err()?;
    Some(match error.kind() {
        ErrorKind::GroupUnclosed => "a group is not closed",
        ErrorKind::GroupUnopened => "a group is closed that is not open",
        ErrorKind::UnsupportedLookAround => "it looks ahead or behind, which is not supported",
        ErrorKind::UnsupportedBackreference => "it refers back to a group, which is not supported",
        ErrorKind::RepetitionMissing => "there is nothing to repeat",
        ErrorKind::RepetitionCountInvalid => "the least number of repetitions is more than the most",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::regex_error;

    #[test]
    fn what_go_cannot_compile() {
        for wrong in ["(", "a)", "^(?!b)", "(?<=a)b", r"(a)\1", "*a", "a{3,1}"] {
            assert!(regex_error(wrong).is_some(), "{wrong}");
        }
        for right in ["^a{2,}$", r"\Q(\E", "[[(]", "a{,5}", "(?P<n>a)", r"^\d+\z", "[^(]", "^*"] {
            assert!(regex_error(right).is_none(), "{right}");
        }
    }
}
