//! From a tree to its settings: finds `kate.yaml`, reads it, and knows the rules it may name.

use std::io::ErrorKind;
use std::sync::Arc;

use crate::config::{self, FILE_NAMES, Settings};
use crate::diagnostic::Diagnostic;
use crate::syntax;
use crate::text::{ContentHash, RepoPath, Side, SourceFile, Sources};
use crate::vfs::{EntryKind, Vfs, VfsError, WalkOptions};

/// The configuration of a run.
#[derive(Clone, Debug, Default)]
pub struct Configured {
    /// What it says; not to be used if there is any finding.
    pub settings: Settings,
    /// Its mistakes.
    pub diagnostics: Vec<Diagnostic>,
    /// The text of the file, which the findings point into.
    pub sources: Sources,
}

/// Read the configuration of a tree; the defaults if it has none. Names of rules are not judged
/// yet, because policies may bring more: see [`config::unknown_rules`].
///
/// # Errors
/// If there is a file that cannot be read.
pub fn configure(tree: &dyn Vfs) -> Result<Configured, VfsError> {
    for name in FILE_NAMES {
        let Some(path) = RepoPath::new(name) else { continue };
        if let Some(bytes) = read(tree, &path)? {
            return Ok(configure_with(path, bytes));
        }
    }
    Ok(Configured::default())
}

/// Read a configuration from bytes; `path` is for messages.
#[must_use]
pub fn configure_with(path: RepoPath, bytes: Vec<u8>) -> Configured {
    let mut sources = Sources::default();
    let hash = ContentHash::of(&bytes);
    let (text, verbatim, fault) = match syntax::decode(bytes) {
        Ok(decoded) => (decoded.text, decoded.verbatim, None),
        Err(error) => (error.before.clone(), false, Some(error)),
    };
    let source = Arc::new(SourceFile::new(sources.next_id(), path, text.into(), hash, Side::Head, verbatim));
    sources.push(Arc::clone(&source));
    let file = match fault {
        Some(error) => syntax::undecodable(source, &error),
        None => syntax::parse_yaml(source),
    };
    let (settings, diagnostics) = config::read(&file);
    Configured { settings, diagnostics, sources }
}

/// The bytes of a file, if there is such a file.
fn read(tree: &dyn Vfs, path: &RepoPath) -> Result<Option<Vec<u8>>, VfsError> {
    match tree.read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(VfsError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => {
            // Not every tree can tell why it cannot read.
            let options = WalkOptions { include: vec![format!("/{path}")], ..WalkOptions::default() };
            let exists = matches!(tree.list(&options)?.get(path).map(|e| &e.kind), Some(EntryKind::File));
            if exists { Err(error) } else { Ok(None) }
        }
    }
}
