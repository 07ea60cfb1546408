//! `kate render`.

use std::path::{Path, PathBuf};

use crate::cli::args::RenderArgs;
use crate::cli::commands::check::in_root;
use crate::cli::environment::Environment;
use crate::cli::exit::Exit;
use crate::cli::output::{Failure, log, result};
use crate::pipeline::Request;
use crate::pipeline::render::{self, Built, RenderError, Target};
use crate::render::print;
use crate::text::{Sources, Span};
use crate::value::Origin;
use crate::vfs::{self, DiskVfs};

pub(in crate::cli) fn run(args: &RenderArgs, environment: &Environment) -> Result<Exit, Failure> {
    let root = match &args.root {
        Some(root) => super::root(Some(root))?,
        None => root_of(&args.targets)?,
    };
    let head = DiskVfs::new(&root)?;
    let targets = args.targets.iter().map(|target| self::target(target, head.root())).collect::<Result<Vec<_>, _>>()?;
    let mut request = Request::new(&head);
    request.own_urls = environment.own_urls(head.root());
    request.own_urls.extend(args.repository_url.iter().cloned());
    let built = render::render(&request, &targets)?;
    let texts =
        built.iter().flat_map(|part| part.values.iter().map(move |value| (part, value))).map(|(part, value)| {
            if args.origins {
                print::annotated(value, &mut |origin| Some(origins(&part.sources, origin)))
            } else {
                print::yaml(value)
            }
        });
    result(&texts.collect::<Vec<_>>().join("---\n"))?;
    let exits: Vec<Exit> = built.iter().map(account).collect();
    Ok(if exits.contains(&Exit::Findings) { Exit::Findings } else { Exit::Clean })
}

/// The repository of the first target that is a directory, else of the current directory. Outside of
/// git, bases of a directory may be anywhere below the current one.
fn root_of(targets: &[String]) -> Result<PathBuf, Failure> {
    let Some(directory) = targets.iter().map(Path::new).find(|target| target.is_dir()) else {
        return super::root(None);
    };
    if let Some(top) = vfs::discover_top_level(directory) {
        return Ok(top);
    }
    let here = super::root(None)?;
    let is_here = in_root(&canonical(directory)?, &canonical(&here)?).is_ok();
    Ok(if is_here { here } else { directory.to_owned() })
}

fn canonical(path: &Path) -> Result<PathBuf, Failure> {
    path.canonicalize().map_err(|error| Failure::new(format!("{}: {error}", path.display())))
}

fn target(written: &str, root: &Path) -> Result<Target, Failure> {
    let path = Path::new(written);
    if !path.is_dir() {
        return Ok(Target::Application(written.to_owned()));
    }
    in_root(&canonical(path)?, root).map(Target::Directory)
}

/// The place to edit, then the steps that led from it to here, first to last.
fn origins(sources: &Sources, origin: &Origin) -> String {
    let place = |span: Span| {
        let source = sources.get(span.file);
        format!("{}:{}", source.path, source.position(span.start as usize).line)
    };
    let mut steps: Vec<String> =
        origin.steps().map(|step| format!("{} {}", step.step.label(), place(step.at))).collect();
    steps.reverse();
    steps.dedup();
    std::iter::once(place(origin.span())).chain(steps).collect::<Vec<_>>().join(", ")
}

/// Say what the real program would fail for and what is not known.
fn account(built: &Built) -> Exit {
    let place = |span: Span| {
        let source = built.sources.get(span.file);
        let at = source.position(span.start as usize);
        format!("{}:{}:{}", source.path, at.line, at.column)
    };
    let mut exit = Exit::Clean;
    for fault in &built.faults {
        log(&format!("{}: the build fails: {}", place(fault.at), fault.message));
        exit = Exit::Findings;
    }
    if let Some(unknown) = &built.unknown {
        log(&format!("not known as a whole: {unknown}"));
        exit = Exit::Findings;
    }
    for unknown in &built.opaque {
        let at = unknown.at().map_or_else(String::new, |span| format!("{}: ", place(span)));
        log(&format!("{at}a part is not rendered: {unknown}"));
    }
    exit
}

impl From<RenderError> for Failure {
    fn from(error: RenderError) -> Self {
        match error {
            RenderError::Vfs(error) => error.into(),
            RenderError::Configuration(_) => Self::new(error.to_string()).help("`kate check` shows all mistakes"),
            RenderError::NotFound { ref near, .. } => {
                let failure = Self::new(error.to_string());
                match near {
                    Some(near) => failure.help(format!("did you mean `{near}`?")),
                    None => failure.help("name a directory, or an Application that the repository declares"),
                }
            }
        }
    }
}
