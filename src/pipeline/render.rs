//! What a directory or an Application deploys, for people: `kate render`.

use std::sync::Arc;

use rayon::prelude::*;

use super::{Request, configure, load};
use crate::graph::units::{self, PlannedUnit};
use crate::model::Repository;
use crate::render::Rendered;
use crate::render::kustomize::{Fault, Kustomize};
use crate::render::manifests::{self, DirectoryOptions, Documents};
use crate::text::{RepoPath, Side, Sources, near_miss};
use crate::value::{Unknown, Value};
use crate::vfs::{Lookup, Vfs, VfsError, WalkOptions};

/// One rendered directory.
pub struct Built {
    /// The objects, in the order of the real program.
    pub values: Vec<Value>,
    /// What the real program would fail for.
    pub faults: Vec<Fault>,
    /// Why the result as a whole is not known, if it is not.
    pub unknown: Option<Unknown>,
    /// Parts that could not be rendered.
    pub opaque: Vec<Unknown>,
    /// All texts.
    pub sources: Arc<Sources>,
}

impl Built {
    fn new(rendered: &Rendered, sources: &Arc<Sources>) -> Self {
        // Faults make a build open; they are told apart here.
        let is_fault = |unknown: &Unknown| rendered.faults.iter().any(|fault| fault.is(unknown));
        Self {
            values: rendered.manifests.iter().map(|manifest| manifest.value.clone()).collect(),
            faults: rendered.faults.clone(),
            unknown: rendered.unknown.clone(),
            opaque: rendered.opaque.iter().filter(|unknown| !is_fault(unknown)).cloned().collect(),
            sources: Arc::clone(sources),
        }
    }
}

/// What to render.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A directory: a kustomization, or plain manifests.
    Directory(RepoPath),
    /// The Application of this name, wherever it is declared.
    Application(String),
}

/// Why nothing was rendered.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The tree or the configuration cannot be read.
    #[error(transparent)]
    Vfs(#[from] VfsError),
    /// The configuration has mistakes: this is the first, with its place.
    #[error("{0}")]
    Configuration(String),
    /// There is no such directory or Application.
    #[error("there is no {what} `{name}`")]
    NotFound {
        /// Directory or Application.
        what: &'static str,
        /// Its name.
        name: String,
        /// One that there is.
        near: Option<String>,
    },
}

/// Render targets of a tree, in their order; what they share is rendered once. An Application with
/// several sources gives one result for each.
///
/// # Errors
/// If the tree or its configuration cannot be read, or it has no such target.
pub fn render(request: &Request<'_>, targets: &[Target]) -> Result<Vec<Built>, RenderError> {
    let (mut sources, mut shared) = (Sources::default(), load::Shared::default());
    let (settings, _, mistakes) = configure(request, &mut sources, &mut shared)?;
    if let Some(mistake) = mistakes.first() {
        let span = mistake.primary_span();
        let file = sources.get(span.file);
        let line = file.position(span.start as usize).line;
        return Err(RenderError::Configuration(format!("{}:{line}: {}", file.path, mistake.message)));
    }
    let walk = WalkOptions { include: settings.include, exclude: settings.exclude, ..WalkOptions::default() };
    let about = load::About { side: Side::Head, own_urls: request.own_urls.clone(), declared: settings.declared };
    let repository = load::load(request.head, &walk, about, &mut sources, &shared)?;
    let documents = Documents::read(&repository);
    let kustomize = Kustomize::new(&repository, &documents);
    let rendered = targets.par_iter().map(|target| match target {
        Target::Directory(path) => Ok(vec![directory(&repository, &documents, &kustomize, path)?]),
        Target::Application(name) => application(&repository, &documents, &kustomize, name),
    });
    let rendered: Vec<Vec<Arc<Rendered>>> = rendered.collect::<Result<_, RenderError>>()?;
    let sources = Arc::new(sources);
    Ok(rendered.iter().flatten().map(|part| Built::new(part, &sources)).collect())
}

/// Build one kustomization of a tree, without configuration.
///
/// # Errors
/// If the tree cannot be read.
pub fn kustomization(vfs: &dyn Vfs, directory: &RepoPath) -> Result<Built, VfsError> {
    let mut built = kustomizations(vfs, std::slice::from_ref(directory))?;
    Ok(built.pop().expect("one directory gives one result"))
}

/// Build kustomizations of a tree, without configuration; what they share is built once.
///
/// # Errors
/// If the tree cannot be read.
pub fn kustomizations(vfs: &dyn Vfs, directories: &[RepoPath]) -> Result<Vec<Built>, VfsError> {
    let mut sources = Sources::default();
    let about = load::About { side: Side::Head, own_urls: Vec::new(), declared: Default::default() };
    let repository = load::load(vfs, &WalkOptions::default(), about, &mut sources, &load::Shared::default())?;
    let documents = Documents::read(&repository);
    let kustomize = Kustomize::new(&repository, &documents);
    let sources = Arc::new(sources);
    Ok(directories.par_iter().map(|directory| Built::new(&kustomize.build(directory), &sources)).collect())
}

fn directory(
    repository: &Repository,
    documents: &Documents,
    kustomize: &Kustomize<'_>,
    path: &RepoPath,
) -> Result<Arc<Rendered>, RenderError> {
    let Lookup::Directory(path) = repository.lookup(path) else {
        return Err(RenderError::NotFound { what: "directory", name: path.to_string(), near: None });
    };
    if kustomize.file_of(&path).is_some() {
        return Ok(kustomize.build(&path));
    }
    let options = DirectoryOptions::default();
    Ok(Arc::new(manifests::directory(repository, documents, &path, &options)))
}

fn application(
    repository: &Repository,
    documents: &Documents,
    kustomize: &Kustomize<'_>,
    name: &str,
) -> Result<Vec<Arc<Rendered>>, RenderError> {
    let all = units::find(repository, documents, kustomize).units;
    let owned = || all.iter().filter(|unit: &&PlannedUnit| unit.owner.is_some());
    let found: Vec<_> = owned().filter(|unit| unit.name == name).map(|unit| Arc::clone(&unit.rendered)).collect();
    if found.is_empty() {
        let near = near_miss(name, owned().map(|unit| unit.name.as_str())).map(str::to_owned);
        return Err(RenderError::NotFound { what: "directory or Application", name: name.to_owned(), near });
    }
    Ok(found)
}
