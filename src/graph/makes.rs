//! What something that cannot be seen makes at most: kinds, and how the names of each begin, end
//! or read.
//!
//! Invariant: says no only where the whole of what is made is known.

use std::ops::Range;

use super::references::{GRANTS, HOSTS, PODS, SUBSETS};
use super::selector::Selector;
use super::types::{Strength, Want};
use crate::value::{Str, Value};

/// The kinds whose objects have pods.
const WORKLOADS: &[&str] =
    &["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job", "CronJob", "Pod"];

/// Everything that something makes.
#[derive(Clone, Default, Debug)]
pub struct Makes {
    pub(super) made: Vec<Made>,
    /// Whether a text in what configures it can be the name of something that it makes.
    pub(super) by_values: bool,
    /// The labels of its pods and Services, if their keys are known.
    pub(super) labels: Option<LabelKeys>,
}

/// Objects of one kind.
#[derive(Clone, Debug)]
pub(super) struct Made {
    group: Str,
    kind: Str,
    names: Names,
}

/// How the objects of a kind are called.
#[derive(Clone, Default, Debug)]
pub(super) struct Names {
    /// By any name.
    pub(super) any: bool,
    /// By names that hold the name of the release or of the chart.
    pub(super) token: bool,
    /// By these names, in which `*` is any text and `#` a digit.
    pub(super) globs: Vec<Str>,
}

/// Keys of labels: some that are known, with `*` for any text.
#[derive(Clone, Default, Debug)]
pub(super) struct LabelKeys {
    pub(super) globs: Vec<&'static str>,
    /// Keys that stand in what configures it.
    pub(super) written: Vec<Str>,
}

impl LabelKeys {
    /// Whether something with these labels may be selected.
    pub(super) fn may_match(&self, selector: &Selector<'_>) -> bool {
        let has =
            |key: &str| self.written.iter().any(|own| own == key) || self.globs.iter().any(|glob| matches(glob, key));
        selector.needed().all(has)
    }

    /// Every key of every map of labels in a value.
    pub(super) fn written_in(value: &Value) -> Vec<Str> {
        let mut found = Vec::new();
        let mut stack = vec![value];
        while let Some(value) = stack.pop() {
            stack.extend(value.items());
            for entry in value.entries() {
                if entry.key == "labels" || entry.key.ends_with("Labels") {
                    found.extend(entry.value.entries().map(|label| label.key.clone()));
                }
                stack.push(&entry.value);
            }
        }
        found
    }
}

impl Makes {
    /// Add a kind.
    pub(super) fn add(&mut self, group: &str, kind: &str, names: Names) {
        self.made.push(Made { group: Str::from(group), kind: Str::from(kind), names });
    }

    /// Whether it makes nothing at all.
    pub(super) fn is_nothing(&self) -> bool {
        self.made.is_empty()
    }

    /// Whether what is wanted may be among it; strong if its name says so. `is_token` tells
    /// whether a name holds the release's or the chart's, `is_value` whether it stands in values.
    pub(super) fn admits(
        &self,
        want: &Want,
        name: &str,
        is_token: impl Fn() -> bool,
        is_value: impl Fn() -> bool,
    ) -> Option<Strength> {
        let is_it = |made: &&Made| match (want.group.as_str(), want.kind.as_str()) {
            (PODS, _) => WORKLOADS.contains(&made.kind.as_str()),
            (SUBSETS, _) => made.kind == "DestinationRule",
            (HOSTS, _) => made.kind == "ServiceEntry",
            (GRANTS, _) => made.kind == "ReferenceGrant",
            (group, kind) => made.kind == kind && made.group == group,
        };
        let mut made = self.made.iter().filter(is_it).peekable();
        made.peek()?;
        // What has no name of its own in what is wanted.
        if matches!(want.group.as_str(), PODS | SUBSETS | HOSTS | GRANTS) {
            return Some(Strength::Weak);
        }
        if self.by_values && is_value() {
            return Some(Strength::Strong);
        }
        let mut any = false;
        for Made { names, .. } in made {
            if names.globs.iter().any(|glob| matches(glob, name)) || names.token && is_token() {
                return Some(Strength::Strong);
            }
            any |= names.any;
        }
        any.then_some(Strength::Weak)
    }

    /// Whether what a selector of pods or Services wants may be among it.
    pub(super) fn admits_selected(&self, want: &Want, selector: &str) -> bool {
        let of_kind = self.admits(want, "", || true, || true).is_some();
        of_kind && self.labels.as_ref().is_none_or(|labels| labels.may_match(&Selector::parse(selector)))
    }
}

/// A pattern in which `*` matches any text and `#` a digit.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let (mut pattern, mut text) = (pattern.as_bytes(), text.as_bytes());
    // Where to go on if the text behind the last `*` does not fit.
    let mut again: Option<(&[u8], &[u8])> = None;
    loop {
        match (pattern.split_first(), text.split_first()) {
            (Some((b'*', rest)), _) => {
                pattern = rest;
                again = Some((rest, text));
            }
            (Some((b'#', rest)), Some((digit, behind))) if digit.is_ascii_digit() => (pattern, text) = (rest, behind),
            (Some((one, rest)), Some((other, behind))) if one == other => (pattern, text) = (rest, behind),
            (None, None) => return true,
            _ => {
                let Some((rest, [_, behind @ ..])) = again else { return false };
                again = Some((rest, behind));
                (pattern, text) = (rest, behind);
            }
        }
    }
}

/// Shorter tokens stand in too many names to say anything.
pub(super) const SHORTEST_TOKEN: usize = 3;
/// How much of a token is left in a name that a chart cuts to make room for more.
pub(super) const KEPT: usize = 20;

/// Whether what stands at a place of a text is a whole name: between what can be no part of one.
pub(super) fn is_whole(text: &str, place: Range<usize>) -> bool {
    let is_part = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte));
    !is_part(text.as_bytes()[..place.start].last()) && !is_part(text.as_bytes().get(place.end))
}

/// Whether a name holds a token between dashes, dots or its ends. Long names are cut short, so that
/// only the beginning of a long token has to be there.
pub(super) fn holds_token(name: &str, token: &str) -> bool {
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let cut = token.char_indices().nth(KEPT).map_or(token, |(at, _)| &token[..at]);
    let whole = cut.len() == token.len();
    token.len() >= SHORTEST_TOKEN
        && name.match_indices(cut).any(|(at, _)| {
            !is_part(name[..at].chars().next_back()) && (!whole || !is_part(name[at + cut.len()..].chars().next()))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        assert!(matches("receipts-#*", "receipts-1"));
        assert!(matches("receipts-#*", "receipts-12-wal"));
        assert!(!matches("receipts-#*", "receipts-archive"));
        assert!(matches("*.cnpg.io/*", "x.cnpg.io/cluster"));
        assert!(matches("a*b*c", "aXbXbXc"));
        assert!(!matches("a*b*c", "aXbX"));
        assert!(matches("*", ""));
    }

    #[test]
    fn names_in_texts() {
        let holds_name = |text: &str| is_whole(text, text.find("web").map_or(0..0, |at| at..at + 3));
        assert!(holds_name("secretName: web\n"));
        assert!(holds_name("http://web.apps.svc"));
        assert!(!holds_name("name: web-tls"));
        assert!(!holds_name("name: webhooks"));
    }

    #[test]
    fn tokens_in_names() {
        assert!(holds_token("web-tls", "web"));
        assert!(!holds_token("webhooks", "web"));
        assert!(holds_token("x-kube-prometheus-stack-g", "kube-prometheus-stack"));
        assert!(holds_token("kube-prometheus-stac", "kube-prometheus-stack"));
        assert!(!holds_token("ab-tls", "ab"));
    }

    #[test]
    fn labels_that_are_known() {
        let keys = LabelKeys { globs: vec!["cnpg.io/*"], written: vec![Str::from("team")] };
        assert!(keys.may_match(&Selector::parse("cnpg.io/cluster=db,team=a")));
        assert!(keys.may_match(&Selector::parse("team notin (b),!old")));
        assert!(!keys.may_match(&Selector::parse("app=db")));
    }
}
