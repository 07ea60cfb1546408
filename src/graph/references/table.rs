//! The table of fields that name an object, as `fields.txt` has it: parsed once, walked for every
//! object.

use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::graph::ReferenceKind;

/// The table.
pub(super) static TABLE: LazyLock<Table> = LazyLock::new(|| Table::parse(include_str!("fields.txt")));

/// Kinds that some field of the table names, unless it says otherwise.
static TARGETS: LazyLock<FxHashMap<&'static str, FxHashSet<&'static str>>> = LazyLock::new(|| TABLE.targets());

/// Whether a kind is one that fields of the table are for, and not any that somebody may name.
pub(in crate::graph) fn is_target(group: &str, kind: &str) -> bool {
    group.starts_with("kate.") || TARGETS.get(group).is_some_and(|kinds| kinds.contains(kind))
}

/// All sections.
#[derive(Debug, Default)]
pub(super) struct Table {
    holders: FxHashMap<&'static str, FxHashMap<&'static str, Node>>,
    parts: FxHashMap<&'static str, Node>,
}

/// A place in an object: what it names, and where paths lead from it.
#[derive(Debug, Default)]
pub(super) struct Node {
    /// What the value here names.
    pub(super) rows: Vec<Row>,
    /// Parts that go on here.
    pub(super) parts: Vec<&'static str>,
    /// What is below.
    pub(super) below: Vec<(Step, Node)>,
}

/// A step of a path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Step {
    /// A field.
    Name(&'static str),
    /// The first of some fields that is there.
    First(Vec<&'static str>),
    /// All fields that begin and end so.
    Glob(&'static str, &'static str),
    /// All items.
    Items,
}

/// What a field names.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) kind: ReferenceKind,
    pub(super) target: Target,
    pub(super) place: Place,
    pub(super) key: Option<Key>,
}

/// Which kind of object is named.
#[derive(Clone, Debug)]
pub(super) struct Target {
    /// Group, if nothing else says it.
    pub(super) group: &'static str,
    /// Kind, if nothing else says it; may be empty.
    pub(super) kind: &'static str,
    /// What else says it.
    pub(super) told: Told,
}

/// What tells the kind of the target.
#[derive(Clone, Debug)]
pub(super) enum Told {
    /// The table alone.
    Fixed,
    /// Fields beside the name: the one of the kind, and those of the group.
    Beside(&'static str, Option<&'static str>),
    /// It counts only if `kind` beside the name is the table's.
    Only,
    /// A field that makes it the cluster's.
    Scope(&'static str),
    /// It counts only if a field beside the name is a text.
    Where(&'static str, &'static str),
}

/// Which namespace is meant.
#[derive(Clone, Debug)]
pub(super) enum Place {
    /// The holder's.
    Same,
    /// None: it belongs to the cluster.
    Cluster,
    /// What a field beside the name says, else the holder's.
    Beside(&'static str),
    /// `namespace/name`, else the holder's.
    Slash,
    /// `name.namespace`, else the holder's.
    Dot,
    /// A host of the mesh.
    Host,
    /// Not known.
    Unknown,
}

/// Which key is wanted.
#[derive(Clone, Debug)]
pub(super) struct Key {
    /// A list beside the name whose items have the keys.
    pub(super) list: Option<&'static str>,
    /// Paths of which the first that is there holds the key.
    pub(super) paths: Vec<Vec<&'static str>>,
    /// What counts if none is there.
    pub(super) default: Option<&'static str>,
    /// Whether there is no reference without a key.
    pub(super) required: bool,
}

impl Table {
    /// The fields of a kind.
    pub(super) fn holder(&self, group: &str, kind: &str) -> Option<&Node> {
        self.holders.get(group)?.get(kind)
    }

    /// A part that fields of several kinds have.
    pub(super) fn part(&self, name: &str) -> Option<&Node> {
        self.parts.get(name)
    }

    fn targets(&self) -> FxHashMap<&'static str, FxHashSet<&'static str>> {
        let mut targets: FxHashMap<_, FxHashSet<_>> = FxHashMap::default();
        let mut stack: Vec<&Node> =
            self.holders.values().flat_map(FxHashMap::values).chain(self.parts.values()).collect();
        while let Some(node) = stack.pop() {
            for Row { target, .. } in &node.rows {
                targets.entry(target.group).or_default().insert(target.kind);
            }
            stack.extend(node.below.iter().map(|(_, node)| node));
        }
        // What is only ever named by a field that names many kinds.
        targets.entry("argoproj.io").or_default().extend([
            "Rollout",
            "ClusterAnalysisTemplate",
            "ClusterWorkflowTemplate",
        ]);
        targets.entry("keda.sh").or_default().insert("ClusterTriggerAuthentication");
        targets.entry("snapshot.storage.k8s.io").or_default().insert("VolumeSnapshot");
        targets.entry("templates.gatekeeper.sh").or_default().insert("ConstraintTemplate");
        targets
    }

    /// A line that cannot be read is left out: the test sees to it that there is none.
    fn parse(text: &'static str) -> Self {
        let mut table = Self::default();
        let mut section = "";
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            match line.strip_prefix("= ") {
                Some(name) => section = name,
                None => drop(table.read(section, line)),
            }
        }
        table
    }

    fn read(&mut self, section: &'static str, line: &'static str) -> Option<()> {
        let columns: Vec<&'static str> = line.split_whitespace().collect();
        let (path, what) = match columns.as_slice() {
            [path, part] => (path, What::Part(part.strip_prefix('@')?)),
            [path, kind, target, place, key] => (path, What::Row(row(kind, target, place, key)?)),
            _ => return None,
        };
        let paths = steps(path);
        if let Some(part) = section.strip_prefix("part ") {
            let node = self.parts.entry(part).or_default();
            paths.iter().for_each(|path| node.add(path, &what));
            return Some(());
        }
        let (group, kinds) = section.split_once('/')?;
        for kind in kinds.split('|') {
            let node = self.holders.entry(group).or_default().entry(kind).or_default();
            paths.iter().for_each(|path| node.add(path, &what));
        }
        Some(())
    }
}

enum What {
    Row(Row),
    Part(&'static str),
}

impl Node {
    fn add(&mut self, path: &[Step], what: &What) {
        let Some((step, rest)) = path.split_first() else {
            match what {
                What::Row(row) => self.rows.push(row.clone()),
                What::Part(name) => self.parts.push(name),
            }
            return;
        };
        let at = self.below.iter().position(|(other, _)| other == step).unwrap_or_else(|| {
            self.below.push((step.clone(), Self::default()));
            self.below.len() - 1
        });
        self.below[at].1.add(rest, what);
    }
}

/// All paths that a text with alternatives stands for.
fn steps(path: &'static str) -> Vec<Vec<Step>> {
    let mut paths: Vec<Vec<Step>> = vec![Vec::new()];
    for segment in segments(path) {
        let bare = segment.trim_end_matches("[]");
        let items = (segment.len() - bare.len()) / 2;
        let choices: Vec<Step> = bare.split('|').map(step).collect();
        paths = paths
            .into_iter()
            .flat_map(|path| {
                choices.iter().map(move |choice| {
                    let mut path = path.clone();
                    path.push(choice.clone());
                    path.extend(std::iter::repeat_n(Step::Items, items));
                    path
                })
            })
            .collect();
    }
    paths
}

fn step(text: &'static str) -> Step {
    if let Some(name) = quoted(text) {
        Step::Name(name)
    } else if text.contains('?') {
        Step::First(text.split('?').collect())
    } else if let Some((before, after)) = text.split_once('*') {
        Step::Glob(before, after)
    } else {
        Step::Name(text)
    }
}

fn quoted(text: &'static str) -> Option<&'static str> {
    text.strip_prefix('"')?.strip_suffix('"')
}

/// The parts of a path between dots that are not quoted.
fn segments(path: &'static str) -> Vec<&'static str> {
    let mut found = Vec::new();
    let (mut start, mut protected) = (0, false);
    for (at, c) in path.char_indices() {
        match c {
            '"' => protected = !protected,
            '.' if !protected => {
                found.push(&path[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push(&path[start..]);
    found
}

fn row(kind: &str, to: &'static str, place: &'static str, wanted: &'static str) -> Option<Row> {
    let kind = ReferenceKind::ALL.iter().copied().find(|other| other.as_str() == kind)?;
    let place = match place {
        "same" => Place::Same,
        "cluster" => Place::Cluster,
        "ns/name" => Place::Slash,
        "name.ns" => Place::Dot,
        "host" => Place::Host,
        "?" => Place::Unknown,
        field => {
            let field = field.strip_prefix('=')?;
            Place::Beside(quoted(field).unwrap_or(field))
        }
    };
    Some(Row { kind, target: target(to), place, key: key(wanted) })
}

fn target(text: &'static str) -> Target {
    let (text, told) = if let Some(text) = text.strip_prefix('@') {
        let mut parts = text.split(':');
        let text = parts.next().unwrap_or_default();
        (text, Told::Beside(parts.next().unwrap_or("kind"), parts.next()))
    } else if let Some(text) = text.strip_prefix('=') {
        (text, Told::Only)
    } else if let Some((text, field)) = text.split_once('^') {
        (text, Told::Scope(field))
    } else if let Some((text, (field, wanted))) =
        text.split_once('&').and_then(|(text, test)| Some((text, test.split_once('=')?)))
    {
        (text, Told::Where(field, wanted))
    } else {
        (text, Told::Fixed)
    };
    let (group, kind) = text.split_once('/').unwrap_or(("", text));
    Target { group, kind, told }
}

fn key(text: &'static str) -> Option<Key> {
    if text == "-" {
        return None;
    }
    let (text, default) = text.split_once('=').map_or((text, None), |(text, default)| (text, Some(default)));
    let (text, required) = text.strip_suffix('!').map_or((text, false), |text| (text, true));
    let (list, text) = text.split_once("[].").map_or((None, text), |(list, text)| (Some(list), text));
    let paths = text.split('?').map(|path| path.split('.').collect()).collect();
    Some(Key { list, paths, default, required })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_line_can_be_read() {
        let text = include_str!("fields.txt");
        let mut table = Table::default();
        let mut section = "";
        for line in text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
            if let Some(name) = line.strip_prefix("= ") {
                section = name;
            } else {
                assert!(table.read(section, line).is_some(), "{line}");
            }
        }
        let all = table.holders.values().flat_map(FxHashMap::values).chain(table.parts.values());
        let mut stack: Vec<&Node> = all.collect();
        let mut used = BTreeSet::new();
        while let Some(node) = stack.pop() {
            used.extend(node.parts.iter().copied());
            stack.extend(node.below.iter().map(|(_, node)| node));
        }
        used.insert("pod");
        assert_eq!(used, table.parts.keys().copied().collect(), "parts that are used and that there are");
    }

    #[test]
    fn paths_with_all_forms() {
        let paths = steps("a|b[].\"c.d/e\".f?g.*Ref");
        let tail = || vec![Step::Items, Step::Name("c.d/e"), Step::First(vec!["f", "g"]), Step::Glob("", "Ref")];
        let path = |first| [vec![Step::Name(first)], tail()].concat();
        // Both alternatives are lists.
        assert_eq!(paths, [path("a"), path("b")]);
    }
}
