//! The store of all texts of one run.

use std::sync::{Arc, OnceLock};

use super::{FileId, LineIndex, Position, RepoPath, Side, Span};

/// One file's text. Its `LineIndex` is made on first use.
#[derive(Debug)]
pub struct SourceFile {
    /// Its identity.
    pub id: FileId,
    /// Where it is in the tree.
    pub path: RepoPath,
    /// Its text, as on disk except that UTF-16 has become UTF-8.
    pub text: Arc<str>,
    /// `Base` only if the head tree has no file with this path and content.
    pub side: Side,
    /// Whether `text` is byte for byte what is on disk; if not, it must not be edited.
    pub verbatim: bool,
    lines: OnceLock<LineIndex>,
}

impl SourceFile {
    /// A file; see the fields.
    #[must_use]
    pub fn new(id: FileId, path: RepoPath, text: Arc<str>, side: Side, verbatim: bool) -> Self {
        Self { id, path, text, side, verbatim, lines: OnceLock::new() }
    }

    /// Starts of its lines.
    pub fn lines(&self) -> &LineIndex {
        self.lines.get_or_init(|| LineIndex::new(&self.text))
    }

    /// Line and column of a byte offset.
    #[must_use]
    pub fn position(&self, offset: usize) -> Position {
        self.lines().position(&self.text, offset)
    }

    /// The text of a span of this file; empty if the span does not fit the text.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or_default()
    }
}

/// All files of a run, of head and (with `--base`) of base. Grows only; a file with the same path
/// and content on both sides is stored once.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<Arc<SourceFile>>,
}

impl Sources {
    /// Number of files; also the number of the next [`FileId`].
    #[must_use]
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is no file.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The id that the next [`push`](Self::push) must use.
    #[must_use]
    pub fn next_id(&self) -> FileId {
        FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX))
    }

    /// Add a file whose id is [`next_id`](Self::next_id).
    pub fn push(&mut self, file: Arc<SourceFile>) {
        debug_assert_eq!(file.id, self.next_id());
        self.files.push(file);
    }

    /// A file by id. Ids come from this store only.
    #[must_use]
    pub fn get(&self, id: FileId) -> &Arc<SourceFile> {
        &self.files[id.0 as usize]
    }

    /// All files in order of id.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<SourceFile>> {
        self.files.iter()
    }

    /// The text of a span.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        self.get(span.file).slice(span)
    }

    /// Start and end of a span as line and column.
    #[must_use]
    pub fn positions(&self, span: Span) -> (Position, Position) {
        let file = self.get(span.file);
        (file.position(span.start as usize), file.position(span.end as usize))
    }
}
