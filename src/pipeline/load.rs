//! From a tree of files to parsed files: listed once, read and parsed in parallel.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::{named, schemas};
use crate::model::{Declared, Repository};
use crate::syntax::{self, ParsedFile, Syntax};
use crate::text::{FileId, RepoPath, Side, SourceFile, Sources};
use crate::value::Unknown;
use crate::vfs::{EntryKind, Vfs, VfsError, WalkOptions, opaque_content};

/// Parsed files of the other side, to share what is the same on both.
#[derive(Default)]
pub(super) struct Shared(FxHashMap<RepoPath, Vec<Arc<ParsedFile>>>);

impl Shared {
    pub(super) fn add(&mut self, file: &Arc<ParsedFile>) {
        self.0.entry(file.source.path.clone()).or_default().push(Arc::clone(file));
    }

    /// The parsed file of the same path and content. What stands for content that is not here has none.
    fn of(&self, read: &Read) -> Option<&Arc<ParsedFile>> {
        let same = |file: &&Arc<ParsedFile>| {
            (&file.source.text, file.source.verbatim, &file.raw) == (&read.text, read.verbatim, &read.raw)
        };
        self.0.get(&read.path)?.iter().find(same).filter(|_| read.opaque.is_none())
    }
}

/// Most rounds of reading what was named by what was read.
const MAX_ROUNDS: usize = 4;

/// What is known beside the tree itself.
pub(super) struct About {
    /// Head or base.
    pub(super) side: Side,
    /// URLs of the repository.
    pub(super) own_urls: Vec<String>,
    /// What `kate.yaml` declares.
    pub(super) declared: Declared,
}

/// A file that was read, before it has an identity.
struct Read {
    path: RepoPath,
    text: Arc<str>,
    /// Whether the text is byte for byte the file.
    verbatim: bool,
    fault: Option<syntax::DecodeError>,
    /// The bytes, if they are not those of the text.
    raw: Option<Arc<[u8]>>,
    /// Set if the bytes stand for content that is not here (git-crypt, LFS).
    opaque: Option<Unknown>,
}

/// A file with an identity, before it is parsed.
struct Fresh {
    source: Arc<SourceFile>,
    fault: Option<syntax::DecodeError>,
    raw: Option<Arc<[u8]>>,
    opaque: Option<Unknown>,
}

/// Read and parse a tree. New files get ids in `sources`, in order of path.
///
/// # Errors
/// If the tree cannot be listed.
pub(super) fn load(
    vfs: &dyn Vfs,
    options: &WalkOptions,
    about: About,
    sources: &mut Sources,
    shared: &Shared,
) -> Result<Repository, VfsError> {
    let listing = vfs.list(options)?;
    let locations = &about.declared.schemas;
    // Of a directory of schemas only those are read that something needs.
    let is_schema = |path: &RepoPath| locations.iter().any(|location| location.holds(path));
    let relevant: Vec<RepoPath> = listing
        .iter()
        .filter(|(path, entry)| matches!(entry.kind, EntryKind::File) && syntax::is_relevant(path) && !is_schema(path))
        .map(|(path, _)| path.clone())
        .collect();
    let mut files = read(vfs, relevant, about.side, sources, shared);
    // A plugin configuration that was not read before may name further files.
    for _ in 0..MAX_ROUNDS {
        let mut named: Vec<RepoPath> = named::files(&listing, &files).into_iter().collect();
        named.retain(|path| listing.get(path).is_some_and(|entry| matches!(entry.kind, EntryKind::File)));
        named.extend(schemas::files(locations, &listing, &files).into_iter().filter(|path| !files.contains_key(path)));
        let more = read(vfs, named, about.side, sources, shared);
        if more.is_empty() {
            break;
        }
        files.extend(more);
    }
    Ok(Repository {
        side: about.side,
        sources: Arc::new(sources.clone()),
        listing,
        files,
        own_urls: about.own_urls,
        declared: about.declared,
    })
}

fn read(
    vfs: &dyn Vfs,
    paths: Vec<RepoPath>,
    side: Side,
    sources: &mut Sources,
    shared: &Shared,
) -> BTreeMap<RepoPath, Arc<ParsedFile>> {
    // A file that vanished or cannot be read since it was listed is as good as not there.
    let read: Vec<Read> = paths
        .into_par_iter()
        .filter_map(|path| {
            let bytes = vfs.read(&path).ok()?;
            let opaque = opaque_content(&bytes);
            let decoded = opaque.is_none().then(|| syntax::decode(&bytes));
            let (text, verbatim, fault): (Arc<str>, _, _) = match decoded {
                None => (Arc::from(""), false, None),
                Some(Ok(decoded)) => (Arc::from(&*decoded.text), decoded.verbatim, None),
                Some(Err(error)) => (Arc::from(error.before.as_str()), false, Some(error)),
            };
            let raw = (!verbatim && opaque.is_none()).then(|| bytes.into());
            Some(Read { path, text, verbatim, fault, raw, opaque })
        })
        .collect();
    let mut files = BTreeMap::new();
    let mut fresh = Vec::new();
    for file in read {
        if let Some(parsed) = shared.of(&file) {
            files.insert(file.path, Arc::clone(parsed));
            continue;
        }
        let source = SourceFile::new(sources.next_id(), file.path, file.text, side, file.verbatim);
        let source = Arc::new(source);
        sources.push(Arc::clone(&source));
        fresh.push(Fresh { source, fault: file.fault, raw: file.raw, opaque: file.opaque });
    }
    // Large files first, so that none is left alone at the end.
    fresh.sort_by_key(|file| std::cmp::Reverse(file.source.text.len()));
    let parsed: Vec<ParsedFile> = fresh
        .into_par_iter()
        .with_max_len(16)
        .map(|Fresh { source, fault, raw, opaque }| match (fault, opaque) {
            (Some(error), _) => ParsedFile { raw, ..syntax::undecodable(source, &error) },
            (None, Some(why)) => {
                ParsedFile { source, syntax: Syntax::Opaque(why), errors: Vec::new(), comments: Vec::new(), raw }
            }
            (None, None) => ParsedFile { raw, ..syntax::parse(source) },
        })
        .collect();
    files.extend(parsed.into_iter().map(|file| (file.source.path.clone(), Arc::new(file))));
    files
}

/// Read and parse one file, whatever its name says.
///
/// # Errors
/// If it cannot be read.
pub(super) fn one(
    vfs: &dyn Vfs,
    path: RepoPath,
    side: Side,
    sources: &mut Sources,
) -> Result<Arc<ParsedFile>, VfsError> {
    vfs.read(&path)?;
    let mut files = read(vfs, vec![path.clone()], side, sources, &Shared::default());
    files.remove(&path).ok_or_else(|| VfsError::Io {
        path: path.to_string(),
        source: std::io::Error::from(std::io::ErrorKind::NotFound),
    })
}

/// Give a text from elsewhere an identity.
pub(super) fn text(path: RepoPath, text: Arc<str>, sources: &mut Sources) -> FileId {
    let id = sources.next_id();
    sources.push(Arc::new(SourceFile::new(id, path, text, Side::Head, true)));
    id
}
