//! Faults of policies that regorus shows only while it evaluates, or never.
//!
//! A call of a function that does not exist is an error only when it is reached, so a policy could
//! stay broken until the day it matters.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::builtins;
use super::lexer::TokenKind;
use super::metadata::Mistake;
use super::outline::Outline;
use super::sprintf;

/// Deepest nesting of an evaluation: it recurses along rules that use each other and along the
/// loops of each. Measured: about 4 KiB of stack per level, and [`STACK`](super::run::STACK) holds
/// several times this many.
const MAX_DEPTH: usize = 8_000;

/// Deepest nesting of brackets. regorus' parser tries each `[` and `{` as two things, so its time
/// doubles with each level.
const MAX_BRACKETS: usize = 14;

/// Tokens of a definition that may make one level.
const TOKENS_PER_LEVEL: usize = 6;

/// Names of everything that the loaded files define, as paths below `data`.
#[derive(Debug, Default)]
pub(super) struct Definitions {
    /// Path to: the places (file, index of definition) that define it.
    paths: BTreeMap<String, Vec<(usize, usize)>>,
}

impl Definitions {
    /// Collect what files define.
    pub(super) fn of<'a>(outlines: impl Iterator<Item = &'a Outline>) -> Self {
        let mut paths: BTreeMap<String, Vec<(usize, usize)>> = BTreeMap::new();
        for (file, outline) in outlines.enumerate() {
            for (index, head) in outline.heads.iter().enumerate() {
                let path = format!("{}.{}", outline.package_path(), head.name);
                paths.entry(path).or_default().push((file, index));
            }
        }
        Self { paths }
    }

    /// The definition that a name means in a file, as a path below `data`.
    fn resolve(&self, outline: &Outline, name: &str) -> Resolved {
        let (first, rest) = name.split_once('.').map_or((name, ""), |(first, rest)| (first, rest));
        let imported = outline.imports.iter().find(|(alias, path)| alias == first && path.starts_with("data."));
        let full = match imported {
            Some((_, path)) if rest.is_empty() => path.clone(),
            Some((_, path)) => format!("{path}.{rest}"),
            None if first == "data" => name.to_owned(),
            None => {
                let local = format!("{}.{first}", outline.package_path());
                return if self.paths.contains_key(&local) { Resolved::Defined(local) } else { Resolved::Other };
            }
        };
        // A rule's path may be longer than the head that the outline knows.
        let known = full.char_indices().filter(|(_, c)| *c == '.').map(|(at, _)| &full[..at]).chain([full.as_str()]);
        match known.rev_find(|path| self.paths.contains_key(*path)) {
            Some(path) => Resolved::Defined(path),
            None => Resolved::Missing(full),
        }
    }
}

trait RevFind<'a> {
    fn rev_find(self, test: impl Fn(&&'a str) -> bool) -> Option<String>;
}

impl<'a, I: Iterator<Item = &'a str>> RevFind<'a> for I {
    fn rev_find(self, test: impl Fn(&&'a str) -> bool) -> Option<String> {
        self.filter(test).last().map(str::to_owned)
    }
}

enum Resolved {
    Defined(String),
    Missing(String),
    Other,
}

/// Faults of one file among all.
pub(super) fn lint(source: &str, outline: &Outline, all: &Definitions) -> Vec<Mistake> {
    let mut found: Vec<Mistake> = too_nested(outline).into_iter().collect();
    for call in &outline.calls {
        if matches!(call.name.as_str(), "if" | "not" | "in" | "else" | "with" | "every" | "some" | "as" | "set") {
            continue;
        }
        let why = match all.resolve(outline, &call.name) {
            Resolved::Defined(_) => None,
            Resolved::Missing(path) => Some(format!("no loaded policy defines `{path}`")),
            Resolved::Other => builtins::refusal(&call.name),
        };
        if let Some(message) = why {
            found.push(Mistake { at: call.at.clone(), message });
        } else if call.name == "sprintf" {
            found.extend(verbs(source, outline, call.text));
        }
    }
    found
}

/// The first bracket that is nested too deeply.
fn too_nested(outline: &Outline) -> Option<Mistake> {
    let mut depth = 0_usize;
    let token = outline.tokens.iter().find(|token| {
        match token.kind {
            TokenKind::Punctuation(b'(' | b'[' | b'{') => depth += 1,
            TokenKind::Punctuation(b')' | b']' | b'}') => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > MAX_BRACKETS
    })?;
    Some(Mistake { at: token.start..token.end, message: format!("brackets are nested more than {MAX_BRACKETS} deep") })
}

fn verbs(source: &str, outline: &Outline, format: Option<usize>) -> Vec<Mistake> {
    let Some(token) = format.map(|index| outline.tokens[index]) else { return Vec::new() };
    // Offsets count in the text as written: an escape sequence holds no `%`.
    let wrong = sprintf::unknown_verbs(token.text(source)).into_iter().map(|(at, verb)| Mistake {
        at: token.start + at..token.start + at + 1,
        message: format!("`sprintf` has no verb `%{verb}`"),
    });
    wrong.collect()
}

/// Functions that call themselves, and chains that are too deep to evaluate, as (file, fault).
pub(super) fn chains(files: &[(&str, &Outline)], all: &Definitions) -> Vec<(usize, Mistake)> {
    let edges = edges(files, all);
    let is_function = |path: &str| {
        all.paths
            .get(path)
            .is_some_and(|places| places.iter().any(|(file, head)| files[*file].1.heads[*head].is_function))
    };
    let place = |path: &str| {
        let (file, head) = all.paths[path][0];
        (file, files[file].1.heads[head].at.clone())
    };
    let weight = |path: &str| {
        let places = all.paths.get(path).into_iter().flatten();
        1 + places.map(|(file, head)| files[*file].1.heads[*head].tokens.len() / TOKENS_PER_LEVEL).max().unwrap_or(0)
    };
    let mut found = Vec::new();
    let mut report = |path: &str, message: String| {
        let (file, at): (usize, Range<usize>) = place(path);
        found.push((file, Mistake { at, message }));
    };
    // Depth-first without recursion: the input is hostile.
    let mut depth: BTreeMap<&str, usize> = BTreeMap::new();
    for start in edges.keys() {
        let mut stack: Vec<(&str, Vec<&str>, usize)> = Vec::new();
        let mut open: BTreeSet<&str> = BTreeSet::new();
        if depth.contains_key(start.as_str()) {
            continue;
        }
        stack.push((start, targets(&edges, start), 0));
        open.insert(start);
        while let Some((path, rest, deepest)) = stack.last_mut() {
            let path = *path;
            match rest.pop() {
                Some(next) => {
                    if let Some(known) = depth.get(next) {
                        *deepest = (*deepest).max(*known);
                    } else if open.contains(next) {
                        // Rules that depend on themselves are regorus' own error.
                        let cycle = stack.iter().skip_while(|(path, ..)| *path != next);
                        if cycle.map(|(path, ..)| *path).all(is_function) {
                            report(next, format!("`{next}` calls itself"));
                        }
                    } else {
                        open.insert(next);
                        stack.push((next, targets(&edges, next), 0));
                    }
                }
                None => {
                    let deepest = *deepest;
                    let below = deepest + weight(path);
                    stack.pop();
                    open.remove(path);
                    depth.insert(path, below);
                    if let Some((.., outer)) = stack.last_mut() {
                        *outer = (*outer).max(below);
                    }
                    if below > MAX_DEPTH && deepest <= MAX_DEPTH {
                        report(path, format!("`{path}` nests rules and loops too deeply to evaluate"));
                    }
                }
            }
        }
    }
    found
}

fn targets<'a>(edges: &'a BTreeMap<String, BTreeSet<String>>, path: &str) -> Vec<&'a str> {
    edges.get(path).into_iter().flatten().map(String::as_str).collect()
}

/// Which definition mentions which: an over-approximation, since a local variable may have the
/// name of a rule.
fn edges(files: &[(&str, &Outline)], all: &Definitions) -> BTreeMap<String, BTreeSet<String>> {
    let mut edges: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (source, outline) in files {
        let package = outline.package_path();
        for head in &outline.heads {
            let from = edges.entry(format!("{package}.{}", head.name)).or_default();
            for name in outline.paths_in(source, head.tokens.start + 1..head.tokens.end) {
                if let Resolved::Defined(path) = all.resolve(outline, &name) {
                    from.insert(path);
                }
            }
        }
        for call in &outline.calls {
            if let (Some(head), Resolved::Defined(path)) =
                (outline.head_of(call.token), all.resolve(outline, &call.name))
            {
                edges.entry(format!("{package}.{}", head.name)).or_default().insert(path);
            }
        }
    }
    edges
}
