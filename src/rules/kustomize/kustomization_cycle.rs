//! Kustomizations must not include each other in a circle.

use std::collections::{BTreeMap, BTreeSet};

use super::faults;
use crate::diagnostic::{Diagnostic, RuleMeta};
use crate::render::kustomize::{EntryLookup, PathEntry};
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule};
use crate::text::{RepoPath, Span};

declare_rule! {
    KustomizationCycle = "kustomization-cycle" {
        summary: "kustomization includes itself",
        group: Kustomize, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

impl Rule for KustomizationCycle {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    /// From the entries rather than from builds: nothing builds a circle that nothing else includes.
    fn snapshot(&self, cx: &Context<'_>) {
        let edges = Edges::find(&cx.head.builds.entries, |file| cx.head.repository.path_of(file).parent());
        let mut told: BTreeSet<Span> = BTreeSet::new();
        for found in faults::of(cx.head, &META) {
            let circle = edges.by_place.get(&found.fault.at).and_then(|edge| edges.circle(edge));
            if told.contains(&found.fault.at) {
                continue;
            }
            let units = &found.units;
            let target = edges.by_place.get(&found.fault.at).map(|edge| edge.to);
            told.insert(found.fault.at);
            let circle = circle.unwrap_or_default();
            told.extend(circle.iter().map(|edge| edge.entry.at));
            let message = target.map_or_else(
                || found.fault.message.clone(),
                |target| format!("kustomization includes itself through `{target}`"),
            );
            let diagnostic = finding(cx, found.fault.at, message, units.as_slice());
            cx.report(way(diagnostic, &circle));
        }
        for edge in edges.in_circles() {
            let Some(circle) = edges.circle(edge).filter(|_| !told.contains(&edge.entry.at)) else { continue };
            told.insert(edge.entry.at);
            told.extend(circle.iter().map(|edge| edge.entry.at));
            let message = format!("kustomization includes itself through `{}`", edge.to);
            cx.report(way(finding(cx, edge.entry.at, message, &[]), &circle));
        }
    }
}

fn finding(cx: &Context<'_>, at: Span, message: String, units: &[crate::graph::UnitId]) -> Diagnostic {
    let subject = message.clone();
    Diagnostic::new(&META, at, message, subject)
        .severity(faults::level(cx.head, &META, at, units))
        .primary("closes the circle")
        .note(faults::failing(cx.head, units))
}

/// Label the other entries of a circle.
fn way(diagnostic: Diagnostic, circle: &[&Edge<'_>]) -> Diagnostic {
    circle.iter().take(4).fold(diagnostic, |diagnostic, edge| {
        diagnostic.label(edge.entry.at, format!("`{}` includes `{}`", edge.from, edge.to))
    })
}

/// An entry that includes a directory.
struct Edge<'a> {
    from: RepoPath,
    to: &'a RepoPath,
    entry: &'a PathEntry,
}

struct Edges<'a> {
    by_place: BTreeMap<Span, Edge<'a>>,
    /// Places by the directory that has the entry.
    by_directory: BTreeMap<RepoPath, Vec<Span>>,
}

impl<'a> Edges<'a> {
    fn find(entries: &'a [PathEntry], directory: impl Fn(crate::text::FileId) -> Option<RepoPath>) -> Self {
        let includes = |entry: &&PathEntry| {
            matches!(entry.field, "resources" | "bases" | "components") && matches!(entry.lookup, EntryLookup::Found)
        };
        let edges = entries.iter().filter(includes).filter_map(|entry| {
            Some((entry.at, Edge { from: directory(entry.file)?, to: entry.path.as_ref()?, entry }))
        });
        let by_place: BTreeMap<Span, Edge<'a>> = edges.collect();
        let mut by_directory: BTreeMap<RepoPath, Vec<Span>> = BTreeMap::new();
        for (place, edge) in &by_place {
            by_directory.entry(edge.from.clone()).or_default().push(*place);
        }
        Self { by_place, by_directory }
    }

    /// The entries of a directory.
    fn from(&self, directory: &RepoPath) -> impl Iterator<Item = &Edge<'a>> {
        let places = self.by_directory.get(directory).map(Vec::as_slice).unwrap_or_default();
        places.iter().filter_map(|place| self.by_place.get(place))
    }

    /// The entries that may be part of a circle: none of those that lead to an end only.
    fn in_circles(&self) -> impl Iterator<Item = &Edge<'a>> {
        let mut ways_on: BTreeMap<&RepoPath, usize> = BTreeMap::new();
        let mut into: BTreeMap<&RepoPath, Vec<&RepoPath>> = BTreeMap::new();
        for edge in self.by_place.values() {
            *ways_on.entry(&edge.from).or_default() += 1;
            into.entry(edge.to).or_default().push(&edge.from);
        }
        let mut ends: Vec<&RepoPath> = into.keys().copied().filter(|to| !ways_on.contains_key(to)).collect();
        while let Some(end) = ends.pop() {
            for before in into.get(end).into_iter().flatten() {
                let Some(left) = ways_on.get_mut(before) else { continue };
                *left -= 1;
                if *left == 0 {
                    ways_on.remove(before);
                    ends.push(before);
                }
            }
        }
        self.by_place.values().filter(move |edge| ways_on.contains_key(edge.to) && ways_on.contains_key(&edge.from))
    }

    /// The way back from where an entry leads to the directory that has the entry, without the
    /// entry itself; `None` if there is none.
    fn circle(&self, edge: &Edge<'a>) -> Option<Vec<&Edge<'a>>> {
        if edge.to == &edge.from {
            return Some(Vec::new());
        }
        let mut from: BTreeMap<&RepoPath, &Edge<'a>> = BTreeMap::new();
        let mut queue = std::collections::VecDeque::from([edge.to]);
        while let Some(at) = queue.pop_front() {
            for next in self.from(at) {
                if next.to == &edge.from {
                    let mut way = vec![next];
                    let mut at = &next.from;
                    while let Some(before) = from.get(at) {
                        way.push(before);
                        at = &before.from;
                    }
                    way.reverse();
                    return Some(way);
                }
                if next.to != edge.to && !from.contains_key(next.to) {
                    from.insert(next.to, next);
                    queue.push_back(next.to);
                }
            }
        }
        None
    }
}
