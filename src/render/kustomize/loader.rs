//! What a kustomization may read: files at or below its own directory, directories anywhere in the
//! repository (`api/internal/loader`, `LoadRestrictionsRootOnly`).

use std::sync::Arc;

use super::accumulator::Accumulator;
use super::fault::{Fault, FaultKind};
use crate::model::{Repository, kustomization};
use crate::render::manifests::Documents;
use crate::syntax::yaml::{self, Schema};
use crate::syntax::{ParsedFile, Syntax, SyntaxErrorKind, parse_yaml};
use crate::text::{RepoPath, near_miss};
use crate::value::{Reason, Unknown, Value};
use crate::vfs::Lookup;

/// Reads for one kustomization.
#[derive(Clone)]
pub(super) struct Loader<'a> {
    /// Everything that was read.
    pub(super) repository: &'a Repository,
    /// The documents of the YAML files.
    pub(super) documents: &'a Documents,
    /// The directory of the kustomization, after links.
    pub(super) directory: RepoPath,
}

/// What an entry leads to.
pub(super) enum Target {
    /// A file, at this path after links.
    File(RepoPath),
    /// A directory, at this path after links.
    Directory(RepoPath),
    /// It cannot be told.
    Unknown(Unknown),
    /// Nothing; the fault says so.
    Fault(Fault),
}

impl<'a> Loader<'a> {
    /// What an entry leads to, whatever it may be used for.
    pub(super) fn target(&self, entry: &Value) -> Target {
        let at = entry.span();
        let unknown = |reason, why: String| Target::Unknown(Unknown::new(reason, why, Some(at)));
        let Some(text) = entry.as_str() else {
            return match entry.unknown() {
                Some(why) => Target::Unknown(why.clone()),
                None => Target::Fault(Fault::new(FaultKind::InvalidField, at, "an entry that is not text")),
            };
        };
        if kustomization::is_remote(text) {
            return unknown(Reason::RemoteSource, format!("`{text}`"));
        }
        if text.contains("{{") || text.contains("${") {
            return unknown(Reason::Templated, format!("`{text}`"));
        }
        if text.is_empty() {
            return Target::Fault(Fault::new(FaultKind::Path, at, "an empty path"));
        }
        if text.starts_with('/') {
            let why = format!("`{text}` is an absolute path");
            return Target::Fault(Fault::new(FaultKind::LoadRestriction, at, why));
        }
        let Some(path) = self.directory.join(text) else {
            // What is analysed may be a part of a repository.
            return unknown(Reason::NotInGit, format!("`{text}` is outside of what is analysed"));
        };
        match self.repository.lookup(&path) {
            Lookup::File(path) => Target::File(path),
            Lookup::Directory(path) => Target::Directory(path),
            Lookup::Unknown(why) => Target::Unknown(why),
            Lookup::Missing => {
                let near = self.near(&path);
                Target::Fault(Fault::new(FaultKind::Path, at, format!("`{text}` does not exist")).near(near))
            }
        }
    }

    /// The directory in this repository that stands for a remote one (`vendored` of `kate.yaml`).
    pub(super) fn vendored(&self, entry: &Value) -> Option<RepoPath> {
        let wanted = kustomization::remote_path(entry.as_str()?);
        self.repository.declared.vendored.iter().find_map(|copy| {
            let url = kustomization::remote_path(&copy.url);
            let rest = wanted.strip_prefix(url.as_str())?;
            let rest = rest.strip_prefix('/').or_else(|| rest.is_empty().then_some(""))?;
            match self.repository.lookup(&RepoPath::new(&copy.path)?.join(rest)?) {
                Lookup::Directory(path) => Some(path),
                _ => None,
            }
        })
    }

    /// The one sibling of a path whose name is nearly its name, relative to the directory.
    fn near(&self, path: &RepoPath) -> Option<String> {
        let parent = path.parent()?;
        let below = self.repository.listing.below(&parent);
        let mut names: Vec<String> =
            below.filter_map(|(path, _)| path.relative_to(&parent).split('/').next().map(str::to_owned)).collect();
        names.dedup();
        let near = near_miss(path.file_name(), names.iter().map(String::as_str))?;
        Some(parent.join(near)?.relative_to(&self.directory))
    }

    /// A file that an entry names, which must be at or below the directory. Pushes a fault, or an
    /// opaque part where it cannot be told, and returns `None` if there is no such file. A file
    /// elsewhere in the repository is a fault too, and is read all the same.
    pub(super) fn file(&self, entry: &Value, out: &mut Accumulator) -> Option<&'a Arc<ParsedFile>> {
        let path = match self.target(entry) {
            Target::File(path) => path,
            Target::Directory(path) => {
                let why = format!("`{path}` is a directory, not a file");
                out.faults.push(Fault::new(FaultKind::Path, entry.span(), why));
                return None;
            }
            Target::Unknown(why) => {
                out.opaque.push(why);
                return None;
            }
            Target::Fault(fault) => {
                out.faults.push(fault);
                return None;
            }
        };
        self.read(&path, entry, out)
    }

    /// A file by its path after links; see [`file`](Self::file).
    pub(super) fn read(&self, path: &RepoPath, entry: &Value, out: &mut Accumulator) -> Option<&'a Arc<ParsedFile>> {
        if !path.is_within(&self.directory) {
            let why = format!("`{path}` is not in or below `{}`", self.directory);
            out.faults.push(Fault::new(FaultKind::LoadRestriction, entry.span(), why));
        }
        let parsed = self.repository.file(path);
        match parsed {
            Some(parsed) => {
                out.reads.insert(parsed.source.id);
            }
            None => {
                out.opaque.push(Unknown::new(Reason::NotInGit, format!("`{path}` is not read"), Some(entry.span())))
            }
        }
        parsed
    }

    /// The documents of a YAML file that an entry names, as kustomize reads them; see
    /// [`file`](Self::file). A file that cannot be parsed is a fault; one that is not yet YAML (a
    /// template) makes the build unknown.
    pub(super) fn yaml(&self, entry: &Value, kind: FaultKind, out: &mut Accumulator) -> Option<Arc<Vec<Value>>> {
        let file = self.file(entry, out)?;
        self.documents_of(file, entry, kind, out)
    }

    /// The documents of a file; see [`yaml`](Self::yaml).
    pub(super) fn documents_of(
        &self,
        file: &Arc<ParsedFile>,
        entry: &Value,
        kind: FaultKind,
        out: &mut Accumulator,
    ) -> Option<Arc<Vec<Value>>> {
        let path = &file.source.path;
        match &file.syntax {
            Syntax::Opaque(why) => {
                out.set_unknown(why.clone());
                return None;
            }
            Syntax::Yaml(stream) => {
                if let Some(broken) = stream.documents.iter().find_map(|document| document.broken.as_ref()) {
                    out.faults.push(Fault::new(FaultKind::Syntax, entry.span(), format!("`{path}` cannot be parsed")));
                    out.set_unknown(broken.clone());
                    return None;
                }
                if file.errors.iter().any(|error| error.kind == SyntaxErrorKind::DuplicateKey) {
                    let why = format!("`{path}` has a key twice");
                    out.faults.push(Fault::new(FaultKind::Syntax, entry.span(), why));
                }
                return Some(self.documents.for_kustomize(path, stream));
            }
            Syntax::Other | Syntax::Hcl(_) => {}
        }
        // A file of another name, such as `patch.tmpl`, was not read as YAML before.
        let parsed = parse_yaml(Arc::clone(&file.source));
        let documents = parsed
            .yaml()
            .map(|stream| &stream.documents)
            .filter(|documents| !documents.is_empty() && documents.iter().all(|document| document.broken.is_none()));
        let Some(documents) = documents else {
            out.faults.push(Fault::new(kind, entry.span(), format!("`{path}` is not YAML")));
            return None;
        };
        Some(Arc::new(documents.iter().map(|document| document.value(Schema::Kustomize)).collect()))
    }

    /// The documents of a text that stands in a kustomization, such as an inline patch. Their
    /// origins are the lines within the text where it stands there as it is, else the whole text.
    /// `None` if the text is no YAML.
    pub(super) fn inline(&self, text: &Value) -> Option<Vec<Value>> {
        self.inline_as(text, Schema::Kustomize)
    }

    /// The same as another reader sees it.
    pub(super) fn inline_as(&self, text: &Value, schema: Schema) -> Option<Vec<Value>> {
        let source = self.repository.sources.get(text.span().file);
        yaml::inline(source, text.span(), text.as_str()?, schema)
    }

    /// The same of a text of which the space around it goes away first.
    pub(super) fn inline_trimmed(&self, text: &Value, schema: Schema) -> Option<Vec<Value>> {
        let source = self.repository.sources.get(text.span().file);
        yaml::inline_trimmed(source, text.span(), text.as_str()?, schema)
    }

    /// The first document of a file as a reader sees it; `None` if it is no YAML or broken.
    pub(super) fn first_document(&self, file: &Arc<ParsedFile>, schema: Schema) -> Option<Value> {
        let first = |file: &ParsedFile| {
            let document = file.yaml()?.documents.first()?;
            document.broken.is_none().then(|| document.value(schema))
        };
        first(file).or_else(|| first(&parse_yaml(Arc::clone(&file.source))))
    }
}
