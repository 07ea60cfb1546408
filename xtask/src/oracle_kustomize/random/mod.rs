//! Builds random overlay trees with the real program and with kate, and makes the first difference
//! of each run as small as it gets.

mod objects;
mod spell;
mod trees;

use std::collections::{BTreeMap, BTreeSet};

use kate::pipeline::render::Built;
use rayon::prelude::*;
use serde_json::Value;

use self::trees::Tree;
use super::archive::{Case, Verdict};
use super::cases::{unpack, verdict, with};
use super::corpus::{Outcome, title};
use super::program::Program;
use super::verdict::{build, compare};

pub(crate) use self::trees::Extra;

/// Compare `count` trees from `seed` on.
///
/// # Errors
/// If the program cannot be run, or trees differ.
pub(super) fn run(program: &Program, count: u64, seed: u64, extras: &[Extra], patience: usize) -> Result<(), String> {
    let outcomes: Result<Vec<(u64, Difference)>, String> = (seed..seed.saturating_add(count))
        .into_par_iter()
        .map(|seed| Ok((seed, Difference::of(program, &Tree::random(seed, extras))?)))
        .collect();
    let mut counts: BTreeMap<Outcome, usize> = BTreeMap::new();
    let mut differing: BTreeMap<String, (u64, usize)> = BTreeMap::new();
    let mut failing: BTreeMap<String, (u64, usize)> = BTreeMap::new();
    for (seed, difference) in outcomes? {
        *counts.entry(difference.outcome).or_default() += 1;
        if !difference.outcome.is_fine() {
            differing.entry(difference.sign()).or_insert((seed, 0)).1 += 1;
        } else if let Verdict::Failure(message) = &difference.verdict {
            // The chain of bases comes first, the cause last.
            let cause =
                message.rsplit_once("recursed accumulation of path").map_or(message.as_str(), |(_, cause)| cause);
            failing.entry(plain(cause)).or_insert((seed, 0)).1 += 1;
        }
    }
    // Trees that fail say little about what is built: why most do shows what to make otherwise.
    for (sign, (seed, alike)) in &failing {
        println!("{alike:6} fail as seed {seed}: {sign}");
    }
    for (sign, (seed, alike)) in &differing {
        println!("{alike:6} differ as seed {seed}: {sign}");
    }
    // Those that look alike are likely the same bug: one of each is enough.
    let smallest: Result<Vec<String>, String> = differing
        .par_iter()
        .map(|(sign, (seed, alike))| {
            let tree = Tree::random(*seed, extras);
            let outcome = Difference::of(program, &tree)?.outcome;
            let tree = smallest(program, tree, outcome, sign, patience)?;
            let difference = Difference::of(program, &tree)?;
            let case = case(&tree, &difference, *seed)?;
            Ok(format!("seed {seed} and {} more: {sign}\n{}\n\n{case}\n", alike - 1, difference.why))
        })
        .collect();
    for difference in smallest? {
        println!("{difference}");
    }
    for (outcome, count) in &counts {
        println!("{count:6} {}", title(*outcome));
    }
    let wrong: usize = differing.values().map(|(_, alike)| alike).sum();
    if wrong == 0 { Ok(()) } else { Err(format!("{wrong} of {count} trees differ")) }
}

/// What became of a tree.
struct Difference {
    outcome: Outcome,
    verdict: Verdict,
    why: String,
}

impl Difference {
    fn of(program: &Program, tree: &Tree) -> Result<Self, String> {
        let files = tree.files();
        let built = build(&files, &tree.build)?;
        Self::between(program, tree, &files, &built)
    }

    /// Whether a tree differs with a sign. The real program, which takes far longer, is not asked
    /// where kate alone does not do what that difference has it do.
    fn has_sign(program: &Program, tree: &Tree, outcome: Outcome, sign: &str) -> Result<bool, String> {
        let files = tree.files();
        let built = build(&files, &tree.build)?;
        let fails = !built.faults.is_empty();
        let is_unknown = built.unknown.is_some() || !built.opaque.is_empty();
        let can_be = match outcome {
            Outcome::Missed | Outcome::Differs => !fails && !is_unknown,
            Outcome::Surplus => fails,
            _ => true,
        };
        Ok(can_be && Self::between(program, tree, &files, &built)?.sign() == sign)
    }

    fn between(program: &Program, tree: &Tree, files: &[(String, Vec<u8>)], built: &Built) -> Result<Self, String> {
        let disk = unpack(files)?;
        let verdict = verdict(program.build(disk.path(), &tree.build)?);
        let outcome = Outcome::of(built, &verdict);
        let why = if outcome.is_fine() { String::new() } else { compare(built, &verdict).err().unwrap_or_default() };
        Ok(Self { outcome, verdict, why })
    }

    /// What is alike in differences with one cause: how they differ and with which words.
    fn sign(&self) -> String {
        let words = match (&self.outcome, &self.verdict) {
            (Outcome::Missed, Verdict::Failure(message)) => message.as_str(),
            (Outcome::Surplus | Outcome::Gap, _) => self.why.lines().nth(1).unwrap_or(&self.why),
            (Outcome::Differs, _) => {
                let changed = self.why.lines().skip(1).filter(|line| line.starts_with(['+', '-']));
                changed.map(str::trim).next().unwrap_or_default()
            }
            _ => "",
        };
        format!("{}: {}", title(self.outcome), plain(words))
    }
}

/// A message without names, numbers and places, which are another in each tree.
fn plain(message: &str) -> String {
    let words = message.split_whitespace().filter(|word| !word.contains(['/', '\'', '`', '"', '{'])).take(9);
    let same = |c: char| if c.is_ascii_digit() { '0' } else { c };
    words.collect::<Vec<_>>().join(" ").chars().map(same).collect()
}

/// A smaller tree with a difference of the same sign.
fn smallest(program: &Program, mut tree: Tree, outcome: Outcome, sign: &str, patience: usize) -> Result<Tree, String> {
    let mut builds = 0;
    loop {
        let before = size_of_tree(&tree);
        // What could not be left out once is tried again only when all else was tried.
        let mut at = 0;
        while let Some(candidate) = smaller(&tree).into_iter().nth(at) {
            builds += 1;
            if builds > patience {
                return Ok(tree);
            }
            match Difference::has_sign(program, &candidate, outcome, sign)? {
                true => tree = candidate,
                false => at += 1,
            }
        }
        if size_of_tree(&tree) == before {
            return Ok(tree);
        }
    }
}

fn size_of_tree(tree: &Tree) -> usize {
    tree.files().iter().map(|(path, bytes)| path.len() + bytes.len()).sum()
}

/// Trees that lack one thing, those that lack most first.
fn smaller(tree: &Tree) -> Vec<Tree> {
    let mut found: Vec<(usize, Tree)> = Vec::new();
    let mut push = |lost: usize, candidate: Tree| found.push((lost, candidate));
    let inner = tree.documents.keys().filter_map(|path| Some(path.split_once('/')?.0));
    for directory in inner.filter(|directory| *directory != tree.build) {
        let candidate = Tree { build: directory.to_owned(), ..tree.clone() };
        push(10_000, candidate);
    }
    let directories: BTreeSet<&str> = tree.documents.keys().filter_map(|path| Some(path.split_once('/')?.0)).collect();
    for directory in directories {
        let mut candidate = tree.clone();
        let below = |path: &String| path.starts_with(&format!("{directory}/"));
        candidate.documents.retain(|path, _| !below(path));
        candidate.texts.retain(|path, _| !below(path));
        push(5_000, candidate);
    }
    for path in tree.documents.keys() {
        let mut candidate = tree.clone();
        let lost = candidate.documents.remove(path).map_or(0, |documents| size(&Value::Array(documents)));
        push(lost, candidate);
    }
    for path in tree.texts.keys() {
        let mut candidate = tree.clone();
        let lost = candidate.texts.remove(path).map_or(0, |text| text.len());
        push(lost, candidate);
    }
    for (path, documents) in &tree.documents {
        let whole = Value::Array(documents.clone());
        let mut without = Vec::new();
        parts(&whole, &mut Vec::new(), &mut |place, lost| without.push((place.to_vec(), lost)));
        for (place, lost) in without {
            let mut rest = whole.clone();
            remove(&mut rest, &place);
            let Value::Array(rest) = rest else { continue };
            let mut candidate = tree.clone();
            if rest.is_empty() {
                candidate.documents.remove(path);
            } else {
                candidate.documents.insert(path.clone(), rest);
            }
            push(lost, candidate);
        }
    }
    found.sort_by_key(|(lost, _)| std::cmp::Reverse(*lost));
    let reachable = |tree: &Tree| tree.documents.keys().any(|path| path.starts_with(&format!("{}/", tree.build)));
    found.into_iter().map(|(_, tree)| tree).filter(reachable).collect()
}

fn size(value: &Value) -> usize {
    value.to_string().len()
}

/// Call `found` with the place and size of each part of a value.
fn parts(value: &Value, place: &mut Vec<Place>, found: &mut impl FnMut(&[Place], usize)) {
    let mut part = |key: Place, value: &Value| {
        place.push(key);
        found(place, size(value));
        parts(value, place, found);
        place.pop();
    };
    match value {
        Value::Array(items) => items.iter().enumerate().for_each(|(at, item)| part(Place::Item(at), item)),
        Value::Object(map) => map.iter().for_each(|(key, value)| part(Place::Key(key.clone()), value)),
        _ => {}
    }
}

/// A step into a value.
#[derive(Clone)]
enum Place {
    Item(usize),
    Key(String),
}

fn remove(value: &mut Value, place: &[Place]) {
    match (place, value) {
        ([Place::Item(at)], Value::Array(items)) => drop(items.remove(*at)),
        ([Place::Key(key)], Value::Object(map)) => drop(map.remove(key)),
        ([Place::Item(at), rest @ ..], Value::Array(items)) => remove(&mut items[*at], rest),
        ([Place::Key(key), rest @ ..], Value::Object(map)) => {
            if let Some(value) = map.get_mut(key) {
                remove(value, rest);
            }
        }
        _ => {}
    }
}

/// A tree as a case that can be kept.
fn case(tree: &Tree, difference: &Difference, seed: u64) -> Result<String, String> {
    let mut text = format!("# Found in a random tree (seed {seed}).\nbuild: {}\n", tree.build);
    for (path, bytes) in tree.files() {
        let content = String::from_utf8_lossy(&bytes);
        let end = if content.is_empty() || content.ends_with('\n') { "" } else { "\n" };
        text.push_str(&format!("-- {path} --\n{content}{end}"));
    }
    Ok(with(&Case::parse("random", &text)?, &difference.verdict))
}
