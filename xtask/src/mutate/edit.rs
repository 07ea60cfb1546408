//! One mutation as changes of files, and where places of the original are afterwards.

use std::collections::BTreeMap;
use std::ops::Range;

use kate::graph::Snapshot;
use kate::text::{RepoPath, Span};

use crate::tree::{Changed, Tree};

/// Changes of one mutation.
#[derive(Clone, Debug, Default)]
pub(super) struct Edits {
    /// Replacements by file, in order of place, not overlapping.
    replaced: BTreeMap<RepoPath, Vec<(Range<usize>, String)>>,
    removed: Vec<RepoPath>,
    moved: Vec<(RepoPath, RepoPath)>,
}

impl Edits {
    /// Replace a span.
    pub(super) fn replace(&mut self, snapshot: &Snapshot, span: Span, text: impl Into<String>) {
        let edits = self.replaced.entry(snapshot.repository.path_of(span.file).clone()).or_default();
        edits.push((span.range(), text.into()));
        edits.sort_by_key(|(range, _)| range.start);
    }

    /// Take a file or directory away.
    pub(super) fn remove(&mut self, path: RepoPath) {
        self.removed.push(path);
    }

    /// Give a file or directory another path.
    pub(super) fn rename(&mut self, from: RepoPath, to: RepoPath) {
        self.moved.push((from, to));
    }

    /// Places that the edits touch, as they are in the original.
    pub(super) fn places(&self) -> impl Iterator<Item = (&RepoPath, usize)> {
        self.replaced.iter().flat_map(|(path, edits)| edits.iter().map(move |(range, _)| (path, range.start)))
    }

    /// Where an offset of the original is afterwards.
    pub(super) fn moved_to(&self, path: &RepoPath, offset: usize) -> usize {
        let mut shifted = offset;
        for (range, text) in self.replaced.get(path).into_iter().flatten() {
            if range.end <= offset {
                shifted = shifted + text.len() - range.len();
            } else if range.start < offset {
                shifted = shifted - offset + range.start;
            }
        }
        shifted
    }

    /// The tree with these changes; `None` if a text does not fit them (it is not stored byte for
    /// byte as it was read).
    pub(super) fn apply<'a>(&self, tree: &'a Tree, snapshot: &Snapshot) -> Option<Changed<'a>> {
        let mut changed = Changed::new(tree);
        for (path, edits) in &self.replaced {
            let source = &snapshot.repository.file(path)?.source;
            if !source.verbatim {
                return None;
            }
            let mut text = source.text.to_string();
            for (range, new) in edits.iter().rev() {
                text.get(range.clone())?;
                text.replace_range(range.clone(), new);
            }
            changed.write(path.clone(), text.into_bytes());
        }
        for path in &self.removed {
            changed.remove(path.clone());
        }
        for (from, to) in &self.moved {
            let below: Vec<RepoPath> = snapshot.repository.listing.below(from).map(|(path, _)| path.clone()).collect();
            for path in below {
                let bytes = kate::vfs::Vfs::read(tree, &path).ok()?;
                let target = if &path == from { Some(to.clone()) } else { to.join(&path.relative_to(from)) };
                changed.write(target?, bytes);
            }
            changed.remove(from.clone());
        }
        Some(changed)
    }
}
