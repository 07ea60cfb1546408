//! Resolved configuration: plain data that the pipeline uses.

use std::collections::BTreeMap;

use super::globs::Globs;
use super::options::Level;
use crate::diagnostic::{Group, RuleMeta, rules_of_peer};
use crate::model::Declared;
use crate::text::{RepoPath, Span};

/// Everything that a check needs to know beyond the tree itself.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Globs of paths to read; empty: all.
    pub include: Vec<String>,
    /// Globs of paths that are not read.
    pub exclude: Vec<String>,
    /// What is declared about the world outside the repository.
    pub declared: Declared,
    /// How loud each rule is, and where.
    pub levels: Levels,
    /// Directories of the user's policies.
    pub policy_dirs: Vec<RepoPath>,
    /// Parameters by policy id.
    pub policy_parameters: BTreeMap<String, serde_json::Map<String, serde_json::Value>>,
    /// Whether ignores that were written for other tools count.
    pub peer_ignores: bool,
    /// File of accepted findings.
    pub baseline: Option<RepoPath>,
}

/// Names one rule, the rules of a group, or all.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Selector {
    /// Every rule.
    All,
    /// The rules of a group.
    Group(Group),
    /// One rule, whether or not there is such a rule.
    Rule(String),
    /// The rules that find what a check of another tool finds, by that tool's name for it.
    Peer(String, &'static [&'static str]),
}

impl Selector {
    /// Read `all`, a group, or a rule id.
    #[must_use]
    pub fn new(name: &str) -> Self {
        if name == "all" {
            return Self::All;
        }
        match Group::ALL.into_iter().find(|group| group.as_str() == name) {
            Some(group) => Self::Group(group),
            None => match rules_of_peer(name) {
                Some(rules) => Self::Peer(name.to_owned(), rules),
                None => Self::Rule(name.to_owned()),
            },
        }
    }

    /// Whether it names a rule.
    #[must_use]
    pub fn matches(&self, rule: &RuleMeta) -> bool {
        match self {
            Self::All => true,
            Self::Group(group) => rule.group == *group,
            Self::Rule(id) => rule.id.as_str() == id,
            // A name that kate has itself means kate's rule too.
            Self::Peer(id, rules) => rule.id.as_str() == id || rules.contains(&rule.id.as_str()),
        }
    }

    /// How much it narrows: a rule more than a group, a group more than all.
    fn rank(&self) -> u8 {
        match self {
            Self::All => 0,
            Self::Group(_) => 1,
            Self::Peer(..) => 2,
            Self::Rule(_) => 3,
        }
    }
}

/// What is to be done with a rule's findings in a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Setting {
    /// Drop them.
    Off,
    /// Keep them as the rule made them.
    AsReported,
    /// Keep them with the severity of this level.
    Level(Level),
}

/// A level that is set for a selector.
#[derive(Clone, Debug)]
pub(super) struct LevelEntry {
    pub(super) selector: Selector,
    pub(super) level: Level,
    /// Where the selector was written.
    pub(super) at: Span,
}

/// How loud each rule is, and where: the configuration, then the command line.
#[derive(Clone, Debug, Default)]
pub struct Levels {
    pub(super) rules: Vec<LevelEntry>,
    pub(super) overrides: Vec<(Globs, Vec<LevelEntry>)>,
    /// Only these rules run, if any is given (`--select`).
    pub select: Vec<Selector>,
    /// These run in addition (`--extend-select`).
    pub extend_select: Vec<Selector>,
    /// These do not run (`--ignore`).
    pub ignore: Vec<Selector>,
}

impl Levels {
    /// What is to be done with a rule's findings in a file.
    #[must_use]
    pub fn setting(&self, rule: &RuleMeta, path: &RepoPath) -> Setting {
        let mut level = narrowest(&self.rules, rule);
        for (globs, entries) in &self.overrides {
            if globs.matches(path) {
                level = narrowest(entries, rule).or(level);
            }
        }
        self.decide(rule, level)
    }

    /// Whether a rule can report anywhere; if not it need not run.
    #[must_use]
    pub fn runs(&self, rule: &RuleMeta) -> bool {
        let entries = std::iter::once(&self.rules).chain(self.overrides.iter().map(|(_, entries)| entries));
        let mut levels = entries.map(|entries| narrowest(entries, rule)).collect::<Vec<_>>();
        if levels[0].is_some() {
            levels.retain(Option::is_some);
        }
        levels.into_iter().any(|level| self.decide(rule, level) != Setting::Off)
    }

    fn decide(&self, rule: &RuleMeta, level: Option<Level>) -> Setting {
        let named = |selectors: &[Selector]| selectors.iter().filter(|s| s.matches(rule)).map(Selector::rank).max();
        let wanted = named(&self.select).max(named(&self.extend_select));
        if named(&self.ignore) >= wanted.or(Some(0)) {
            return Setting::Off;
        }
        match (wanted, level) {
            (None, _) if !self.select.is_empty() => Setting::Off,
            (None, Some(Level::Off)) => Setting::Off,
            (None, None) if !rule.enabled => Setting::Off,
            (_, None | Some(Level::Off)) => Setting::AsReported,
            (_, Some(level)) => Setting::Level(level),
        }
    }

    /// Every name of a rule in the configuration that is neither a rule, a group nor `all`, and
    /// where it was written. Known names are those of built-in rules and of all loaded policies.
    pub fn unknown<'a>(&'a self, known: impl Fn(&str) -> bool + 'a) -> impl Iterator<Item = (&'a str, Span)> {
        let entries = self.rules.iter().chain(self.overrides.iter().flat_map(|(_, entries)| entries));
        entries.filter_map(move |entry| match &entry.selector {
            Selector::Rule(id) if !known(id) => Some((id.as_str(), entry.at)),
            Selector::Peer(id, []) if !known(id) => Some((id.as_str(), entry.at)),
            _ => None,
        })
    }
}

/// The level of the entry that names a rule most narrowly; of two equally narrow, the last.
fn narrowest(entries: &[LevelEntry], rule: &RuleMeta) -> Option<Level> {
    let matching = entries.iter().filter(|entry| entry.selector.matches(rule));
    matching.max_by_key(|entry| entry.selector.rank()).map(|entry| entry.level)
}
