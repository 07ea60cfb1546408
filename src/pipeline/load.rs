//! From a tree of files to parsed files: listed once, read and parsed in parallel.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::model::{Declared, Repository, kustomization};
use crate::syntax::yaml::Schema;
use crate::syntax::{self, ParsedFile, Syntax};
use crate::text::{ContentHash, FileId, RepoPath, Side, SourceFile, Sources};
use crate::value::{Unknown, Value};
use crate::vfs::{EntryKind, Vfs, VfsError, WalkOptions, opaque_content};

/// Parsed files of the other side, to share what is the same on both.
pub(super) type Shared = FxHashMap<(RepoPath, ContentHash), Arc<ParsedFile>>;

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
    hash: ContentHash,
    text: Result<syntax::Decoded, syntax::DecodeError>,
    /// Set if the bytes stand for content that is not here (git-crypt, LFS).
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
    let relevant: Vec<RepoPath> = listing
        .iter()
        .filter(|(path, entry)| matches!(entry.kind, EntryKind::File) && syntax::is_relevant(path))
        .map(|(path, _)| path.clone())
        .collect();
    let mut files = read(vfs, relevant, about.side, sources, shared);
    let named = env_files(&files);
    let named = named.into_iter().filter(|path| {
        !files.contains_key(path) && listing.get(path).is_some_and(|entry| matches!(entry.kind, EntryKind::File))
    });
    let more = read(vfs, named.collect(), about.side, sources, shared);
    files.extend(more);
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
            let hash = ContentHash::of(&bytes);
            let opaque = opaque_content(&bytes);
            let text = if opaque.is_some() {
                Ok(syntax::Decoded { text: String::new(), verbatim: false })
            } else {
                syntax::decode(bytes)
            };
            Some(Read { path, hash, text, opaque })
        })
        .collect();
    let mut files = BTreeMap::new();
    let mut fresh = Vec::new();
    for file in read {
        let key = (file.path, file.hash);
        if let Some(parsed) = shared.get(&key) {
            files.insert(key.0, Arc::clone(parsed));
            continue;
        }
        let (text, verbatim, fault) = match file.text {
            Ok(decoded) => (decoded.text, decoded.verbatim, None),
            Err(error) => (error.before.clone(), false, Some(error)),
        };
        let source = SourceFile::new(sources.next_id(), key.0, text.into(), key.1, side, verbatim);
        let source = Arc::new(source);
        sources.push(Arc::clone(&source));
        fresh.push((source, fault, file.opaque));
    }
    // Large files first, so that none is left alone at the end.
    fresh.sort_by_key(|(source, ..)| std::cmp::Reverse(source.text.len()));
    let parsed: Vec<ParsedFile> = fresh
        .into_par_iter()
        .with_max_len(16)
        .map(|(source, fault, opaque)| match (fault, opaque) {
            (Some(error), _) => syntax::undecodable(source, &error),
            (None, Some(why)) => {
                ParsedFile { source, syntax: Syntax::Opaque(why), errors: Vec::new(), comments: Vec::new() }
            }
            (None, None) => syntax::parse(source),
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
    let hash = ContentHash::of(text.as_bytes());
    sources.push(Arc::new(SourceFile::new(id, path, text, hash, Side::Head, true)));
    id
}

/// Files that kustomize generators read as lists of variables.
fn env_files(files: &BTreeMap<RepoPath, Arc<ParsedFile>>) -> Vec<RepoPath> {
    let mut found = Vec::new();
    for (path, file) in files.iter().filter(|(path, _)| kustomization::is_kustomization(path.file_name())) {
        let (Some(directory), Some(stream)) = (path.parent(), file.yaml()) else { continue };
        for document in &stream.documents {
            let value = document.value(Schema::Kustomize);
            for field in ["configMapGenerator", "secretGenerator"] {
                for generator in kustomization::list(&value, field) {
                    let entries = kustomization::list(generator, "envs").iter().chain(generator.get("env"));
                    found.extend(entries.filter_map(Value::as_str).filter_map(|entry| directory.join(entry)));
                }
            }
        }
    }
    found
}
