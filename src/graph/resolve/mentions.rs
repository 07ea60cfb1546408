//! Which names stand in the texts of what makes objects that cannot be seen.
//!
//! All names are looked for at once, so that every text is read once, whatever number of references
//! asks for it.
//!
//! Invariant: only literal text counts here; what a mention proves is decided by whoever asks.

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::Opaque;
use crate::text::{FileId, Sources};
use crate::value::{Data, Str, Value};

/// Shorter tokens stand in too many names to say anything.
const SHORTEST_TOKEN: usize = 3;

/// Names by their number.
type Names = FxHashSet<u32>;

/// What is said about some names.
pub(super) struct Mentions {
    ids: FxHashMap<Str, u32>,
    /// Names that stand in its files, by index of the opaque source.
    in_files: Vec<Names>,
    /// Names that stand in its values or contain one of its tokens, by index of the opaque source.
    in_own: Vec<Names>,
}

impl Mentions {
    /// Look for names in everything that is opaque.
    pub(super) fn find(names: FxHashSet<Str>, opaque: &[Opaque], sources: &Sources) -> Self {
        let names: Vec<Str> = names.into_iter().filter(|name| !name.is_empty()).collect();
        let search = Search::new(&names);
        let hidden = || opaque.par_iter().map(|opaque| &opaque.hidden);
        let files: FxHashSet<FileId> = hidden().flat_map_iter(|hidden| hidden.files.iter().copied()).collect();
        let of_file = |file: FileId| (file, search.within(&sources.get(file).text).collect());
        let of_files: FxHashMap<FileId, Names> = files.into_par_iter().map(of_file).collect();
        let in_files = hidden().map(|hidden| union(hidden.files.iter().map(|file| &of_files[file]))).collect();

        let tokens: FxHashSet<&Str> = hidden().flat_map_iter(|hidden| &hidden.tokens).collect();
        let tokens: Vec<&Str> = tokens.into_iter().filter(|token| token.len() >= SHORTEST_TOKEN).collect();
        let with_token = containing(&tokens, &names);
        let in_own = hidden().map(|hidden| {
            let told = union(hidden.tokens.iter().filter_map(|token| with_token.get(token)));
            scalars(&hidden.values).flat_map(|text| search.within(text)).chain(told).collect()
        });
        let in_own = in_own.collect();
        let ids = (0u32..).zip(names).map(|(id, name)| (name, id)).collect();
        Self { ids, in_files, in_own }
    }

    /// Whether the files of an opaque source name it.
    pub(super) fn in_files(&self, index: usize, name: &str) -> bool {
        self.ids.get(name).is_some_and(|id| self.in_files[index].contains(id))
    }

    /// Whether anything that is known of an opaque source names it.
    pub(super) fn anywhere(&self, index: usize, name: &str) -> bool {
        let says = |id| self.in_files[index].contains(id) || self.in_own[index].contains(id);
        self.ids.get(name).is_some_and(says)
    }
}

/// A search for many texts at once; finds nothing if they are more than an automaton can hold.
struct Search(Option<AhoCorasick>);

impl Search {
    fn new(patterns: &[impl AsRef<[u8]>]) -> Self {
        Self(AhoCorasick::builder().kind(Some(AhoCorasickKind::ContiguousNFA)).build(patterns).ok())
    }

    /// The patterns that stand in a text, by number, as often as they do.
    fn within(&self, text: &str) -> impl Iterator<Item = u32> {
        let found = self.0.iter().flat_map(move |automaton| automaton.find_overlapping_iter(text));
        found.map(|found| found.pattern().as_u32())
    }
}

/// The names that contain a token, by token.
fn containing<'a>(tokens: &[&'a Str], names: &[Str]) -> FxHashMap<&'a Str, Names> {
    let patterns: Vec<&[u8]> = tokens.iter().map(|token| token.as_bytes()).collect();
    let search = Search::new(&patterns);
    let mut all: FxHashMap<&Str, Names> = FxHashMap::default();
    for (id, name) in (0u32..).zip(names) {
        for token in search.within(name) {
            all.entry(tokens[token as usize]).or_default().insert(id);
        }
    }
    all
}

fn union<'a>(all: impl Iterator<Item = &'a Names>) -> Names {
    all.flatten().copied().collect()
}

/// All texts in some values; bounded by the values themselves.
fn scalars(values: &[Value]) -> impl Iterator<Item = &str> {
    let mut stack: Vec<&Value> = values.iter().collect();
    std::iter::from_fn(move || {
        loop {
            match &stack.pop()?.data {
                Data::String(text) => return Some(text.as_str()),
                Data::List(items) => stack.extend(items.iter()),
                Data::Map(map) => stack.extend(map.iter().map(|entry| &entry.value)),
                _ => {}
            }
        }
    })
}
