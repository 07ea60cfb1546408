//! Regular expressions and rules of schemas, compiled once.

use std::sync::{Arc, RwLock};

use regex::{Regex, RegexBuilder};
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
