//! Which names stand in the texts of what makes objects that cannot be seen.
//!
//! All names are looked for at once, so that every text is read once, whatever number of references
//! asks for it.
//!
//! Invariant: only literal text counts here; what a mention proves is decided by whoever asks.

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::super::makes::{KEPT, SHORTEST_TOKEN, holds_token, is_whole};
use super::Opaque;
use crate::text::{FileId, Sources};
use crate::value::{Data, Reason, Str, Value};

/// Names by their number.
type Names = FxHashSet<u32>;

/// What is said about some names.
pub(super) struct Mentions {
    ids: FxHashMap<Str, u32>,
    /// Names that stand in its files or values, by index of the opaque source.
    in_values: Vec<Names>,
    /// Names that hold one of its tokens, by index of the opaque source.
    by_token: Vec<Names>,
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
        let in_values = hidden().map(|hidden| {
            let written = scalars(&hidden.values).flat_map(|text| search.within(text));
            hidden.files.iter().flat_map(|file| of_files[file].iter().copied()).chain(written).collect()
        });
        let in_values = in_values.collect();

        let tokens: FxHashSet<&Str> = hidden().flat_map_iter(|hidden| &hidden.tokens).collect();
        let tokens: Vec<&Str> = tokens.into_iter().filter(|token| token.len() >= SHORTEST_TOKEN).collect();
        let held = Held::find(&tokens, &names);
        let by_token = hidden().map(|hidden| {
            // Prefixes and suffixes of kustomize need no dash.
            let in_parts =
                matches!(hidden.why.reason(), Reason::RemoteSource | Reason::HelmChart | Reason::TerraformObjects);
            let held = if in_parts { &held.as_parts } else { &held.anyhow };
            hidden.tokens.iter().filter_map(|token| held.get(token)).flatten().copied().collect()
        });
        let by_token = by_token.collect();
        let ids = (0u32..).zip(names).map(|(id, name)| (name, id)).collect();
        Self { ids, in_values, by_token }
    }

    /// Whether the files or values of an opaque source name it.
    pub(super) fn in_values(&self, index: usize, name: &str) -> bool {
        self.ids.get(name).is_some_and(|id| self.in_values[index].contains(id))
    }

    /// Whether it holds a token of an opaque source.
    pub(super) fn by_token(&self, index: usize, name: &str) -> bool {
        self.ids.get(name).is_some_and(|id| self.by_token[index].contains(id))
    }

    /// Whether anything that is known of an opaque source names it.
    pub(super) fn anywhere(&self, index: usize, name: &str) -> bool {
        self.in_values(index, name) || self.by_token(index, name)
    }
}

/// A search for many texts at once; finds nothing if they are more than an automaton can hold.
struct Search(Option<AhoCorasick>);

impl Search {
    fn new(patterns: &[impl AsRef<[u8]>]) -> Self {
        Self(AhoCorasick::builder().kind(Some(AhoCorasickKind::ContiguousNFA)).build(patterns).ok())
    }

    /// The patterns that stand in a text as whole names, by number, as often as they do.
    fn within(&self, text: &str) -> impl Iterator<Item = u32> {
        let found = self.0.iter().flat_map(move |automaton| automaton.find_overlapping_iter(text));
        found.filter(|found| is_whole(text, found.range())).map(|found| found.pattern().as_u32())
    }

    /// The patterns that stand in a text anyhow.
    fn anyhow(&self, text: &str) -> impl Iterator<Item = u32> {
        let found = self.0.iter().flat_map(move |automaton| automaton.find_overlapping_iter(text));
        found.map(|found| found.pattern().as_u32())
    }
}

/// The names that hold a token, by token.
#[derive(Default)]
struct Held<'a> {
    /// Between dashes and dots.
    as_parts: FxHashMap<&'a Str, Names>,
    /// Anywhere in the name.
    anyhow: FxHashMap<&'a Str, Names>,
}

impl<'a> Held<'a> {
    fn find(tokens: &[&'a Str], names: &[Str]) -> Self {
        let start = |token: &'a Str| token.char_indices().nth(KEPT).map_or(token.as_str(), |(at, _)| &token[..at]);
        let patterns: Vec<&str> = tokens.iter().map(|token| start(token)).collect();
        let search = Search::new(&patterns);
        let mut held = Self::default();
        for (id, name) in (0u32..).zip(names) {
            for token in search.anyhow(name).map(|token| tokens[token as usize]) {
                if name.contains(token.as_str()) {
                    held.anyhow.entry(token).or_default().insert(id);
                }
                if holds_token(name, token) {
                    held.as_parts.entry(token).or_default().insert(id);
                }
            }
        }
        held
    }
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
