//! Deployment units: what is really deployed, by whom, where.
//!
//! Roots are kustomizations that nothing includes, charts, and loose manifests; Applications found
//! in what they render deploy further directories, whose Applications deploy further ones. A root
//! that some Application deploys is that Application's unit and no unit of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;

use super::identity::{self, Clusters, DeclaredClusters, OwnUrls};
use super::makes::Makes;
use super::types::{UnitKind, Universe};
use super::{chart, charts};
use crate::model::argocd::{self, Source};
use crate::model::kubernetes::scalar;
use crate::model::{Manifest, Repository, kustomization};
use crate::render::Rendered;
use crate::render::kustomize::{self, EntryLookup, Kustomize, PathEntry};
use crate::render::manifests::{self, DirectoryOptions, Documents};
use crate::text::{FileId, RepoPath, Span};
use crate::value::{Known, Reason, Str, Unknown, Value};
use crate::vfs::Lookup;

/// Most Applications followed in one repository; beyond it the rest is unknown.
const MAX_APPLICATIONS: usize = 20_000;

/// A source that makes objects which cannot be seen, with what is known about their names.
#[derive(Clone, Debug)]
pub struct Hidden {
    /// Why they cannot be seen.
    pub why: Unknown,
    /// Texts that objects' names are likely to contain: release, chart, Application.
    pub tokens: Vec<Str>,
    /// Texts in which names may stand literally: values given to a chart.
    pub values: Vec<Value>,
    /// Files whose text is such values.
    pub files: Vec<FileId>,
    /// Whether `files` hold everything that it is made of: a kind that stands in none of them is
    /// not made.
    pub complete: bool,
    /// Whether tokens and values name everything that it makes.
    pub named: bool,
    /// Whether it makes objects only in namespaces that stand in its files.
    pub placed: bool,
    /// Group and kind of all objects that it makes itself, if they are known: kustomize changes
    /// objects, it does not make them, and the templates of a chart say what they make.
    pub kinds: Option<BTreeSet<(Str, Str)>>,
    /// Everything that it makes, if that is known.
    pub makes: Option<Makes>,
}

impl Hidden {
    /// Something of which only some names are known.
    #[must_use]
    pub fn new(why: Unknown, tokens: Vec<Str>) -> Self {
        Self {
            why,
            tokens,
            values: Vec::new(),
            files: Vec::new(),
            complete: false,
            named: false,
            placed: false,
            kinds: None,
            makes: None,
        }
    }
}

/// A unit with what it renders, before objects get their identity.
#[derive(Clone, Debug)]
pub struct PlannedUnit {
    /// What makes it a unit.
    pub kind: UnitKind,
    /// Its name for people.
    pub name: String,
    /// The directory it renders.
    pub path: Option<RepoPath>,
    /// The Application (or Flux object) behind it.
    pub owner: Option<Manifest>,
    /// Where it is declared.
    pub at: Span,
    /// Whether anything deploys it.
    pub deployed: bool,
    /// Its cluster.
    pub universe: Universe,
    /// Its destination namespace.
    pub namespace: Known<Str>,
    /// What it renders.
    pub rendered: Arc<Rendered>,
    /// What else it makes that cannot be seen.
    pub hidden: Vec<Hidden>,
    /// Whether it creates its namespace.
    pub creates_namespace: bool,
}

/// All units of a repository, and what was learnt on the way.
pub struct Units {
    /// The units, Applications first.
    pub units: Vec<PlannedUnit>,
    /// Which URLs are this repository.
    pub own: OwnUrls,
    /// Declared clusters.
    pub clusters: Clusters,
    /// Every entry of every kustomization that names a path.
    pub entries: Vec<PathEntry>,
    /// ApplicationSets, which are not expanded.
    pub application_sets: Vec<Manifest>,
}

/// Whether a directory holds examples, documentation or tests, which nobody deploys by accident.
#[must_use]
pub fn is_example(path: &RepoPath) -> bool {
    path.as_str().contains("config/samples")
        || path.components().any(|part| {
            let part = part.to_ascii_lowercase();
            matches!(part.as_str(), "docs" | "doc" | "examples" | "example" | "samples" | "sample" | "testdata")
                || part.starts_with("test")
                || part.ends_with("-example")
        })
}

struct Seed {
    kind: UnitKind,
    directory: RepoPath,
    at: Span,
    rendered: Arc<Rendered>,
    hidden: Vec<Hidden>,
}

/// An Application to be followed: the object, its Argo CD instance, how deep it was found.
struct Pending {
    manifest: Manifest,
    instance: Universe,
    depth: usize,
}

struct Finder<'a> {
    repository: &'a Repository,
    documents: &'a Documents,
    kustomize: &'a Kustomize<'a>,
    own: OwnUrls,
    clusters: Clusters,
}

/// Find all units.
#[must_use]
pub fn find(repository: &Repository, documents: &Documents, kustomize: &Kustomize<'_>) -> Units {
    let entries = kustomize.path_entries();
    let seeds = seeds(repository, documents, kustomize, &entries);
    let rendered = || seeds.iter().flat_map(|seed| seed.rendered.manifests.iter());
    let own = OwnUrls::find(repository, &identity::all_sources(rendered()));
    let clusters = Clusters::find(&repository.declared, rendered());
    let finder = Finder { repository, documents, kustomize, own, clusters };

    // First round: follow every Application of every seed, to learn which seeds are deployed by
    // Applications and so are no roots.
    let every: Vec<&Manifest> = rendered().filter(|manifest| manifest.is(argocd::GROUP, "Application")).collect();
    let single = Universe::Cluster(Str::from("in-cluster:"));
    let first = finder.follow(every.iter().map(|manifest| pending(manifest, &single)).collect());
    let read: BTreeSet<FileId> = first.iter().flat_map(|unit| unit.rendered.reads.iter().copied()).collect();
    let deployed_by_flux = flux_paths(&finder, &seeds);
    let remaining: Vec<&Seed> = seeds
        .iter()
        .filter(|seed| {
            let reads = &seed.rendered.reads;
            reads.is_empty() || !reads.iter().all(|file| read.contains(file))
        })
        .collect();

    // Second round: only from Applications that no Application deploys, each with its instance. A
    // cycle of Applications that deploy each other has no such root; its members are their own.
    let mut roots: Vec<&Manifest> = remaining
        .iter()
        .flat_map(|seed| seed.rendered.manifests.iter())
        .filter(|manifest| manifest.is(argocd::GROUP, "Application") && !read.contains(&manifest.value.span().file))
        .collect();
    let reached = finder.follow(roots.iter().map(|manifest| pending(manifest, &single)).collect());
    let reached: BTreeSet<FileId> = reached.iter().flat_map(|unit| unit.rendered.reads.iter().copied()).collect();
    roots.extend(every.iter().filter(|manifest| {
        let file = manifest.value.span().file;
        read.contains(&file) && !reached.contains(&file)
    }));
    let places: Vec<_> = roots
        .iter()
        .map(|manifest| {
            let path = repository.path_of(manifest.value.span().file).clone();
            (path, manifest.name(), manifest.namespace())
        })
        .collect();
    let instances = identity::instances(&places);
    let pending_roots = roots.iter().zip(&instances).map(|(manifest, instance)| pending(manifest, instance));
    let mut units = finder.follow(pending_roots.collect());

    let application_sets: Vec<Manifest> =
        distinct(units.iter().flat_map(|unit| unit.rendered.manifests.iter()).chain(rendered()));
    let matched = finder.paths_of_application_sets(&application_sets);
    let any_agent = !units.is_empty() || !application_sets.is_empty() || !deployed_by_flux.is_empty();
    let clusters = DeclaredClusters::new(&repository.declared);
    for seed in remaining {
        let directory = &seed.directory;
        let flux = deployed_by_flux.iter().find(|(path, _)| path == directory);
        let by_set = matched.iter().any(|glob| glob.is_match(directory.as_str()));
        let holds_applications = seed.rendered.manifests.iter().any(argocd::is_of_argo_cd);
        let deployed = flux.is_some()
            || by_set
            || (holds_applications && !is_example(directory))
            || (!any_agent && !is_example(directory));
        let at = Some(seed.at);
        let why = Unknown::new(Reason::NoDestination, format!("`{directory}` has no destination"), at);
        let cluster = clusters.of_directory(directory);
        let cluster = cluster.and_then(|index| repository.declared.clusters.get(index));
        let universe = cluster.map_or_else(|| Universe::Unknown(why.clone()), identity::universe_of_declared);
        let namespace = flux.and_then(|(_, namespace)| namespace.clone()).map_or(Known::Unknown(why), Known::Value);
        units.push(PlannedUnit {
            kind: if flux.is_some() { UnitKind::Flux } else { seed.kind },
            name: directory.to_string(),
            path: Some(directory.clone()),
            owner: None,
            at: seed.at,
            deployed,
            universe,
            namespace,
            rendered: Arc::clone(&seed.rendered),
            hidden: seed.hidden.clone(),
            creates_namespace: false,
        });
    }
    let Finder { own, clusters, .. } = finder;
    Units { units, own, clusters, entries, application_sets }
}

fn pending(manifest: &Manifest, instance: &Universe) -> Pending {
    Pending { manifest: manifest.clone(), instance: instance.clone(), depth: 0 }
}

/// ApplicationSets, each place once.
fn distinct<'m>(manifests: impl Iterator<Item = &'m Manifest>) -> Vec<Manifest> {
    let mut seen = BTreeSet::new();
    manifests
        .filter(|manifest| manifest.is(argocd::GROUP, "ApplicationSet") && seen.insert(manifest.value.span()))
        .cloned()
        .collect()
}

/// Flux sync roots: directories that a Flux Kustomization of this repository names.
fn flux_paths(finder: &Finder<'_>, seeds: &[Seed]) -> Vec<(RepoPath, Option<Str>)> {
    let manifests = seeds.iter().flat_map(|seed| seed.rendered.manifests.iter());
    let flux = manifests.filter(|manifest| manifest.is("kustomize.toolkit.fluxcd.io", "Kustomization"));
    flux.filter_map(|manifest| {
        let path = manifest.value.str_at(&["spec", "path"])?;
        let path = RepoPath::new(path.trim_start_matches("./").trim_start_matches('/'))?;
        let namespace = scalar(manifest.value.at(&["spec", "targetNamespace"])).value().cloned();
        matches!(finder.repository.lookup(&path), Lookup::Directory(_)).then_some((path, namespace))
    })
    .collect()
}

/// The candidates for roots: kustomizations that none includes, charts, directories with loose
/// manifests.
fn seeds(
    repository: &Repository,
    documents: &Documents,
    kustomize: &Kustomize<'_>,
    entries: &[PathEntry],
) -> Vec<Seed> {
    let included: BTreeSet<&RepoPath> = entries
        .iter()
        .filter(|entry| matches!(entry.field, "resources" | "bases" | "components"))
        .filter(|entry| matches!(entry.lookup, EntryLookup::Found))
        .filter_map(|entry| entry.path.as_ref())
        .collect();
    // Of a copy of another repository, only what a kustomization names is deployed from here.
    let copies: Vec<RepoPath> =
        repository.declared.vendored.iter().filter_map(|copy| RepoPath::new(&copy.path)).collect();
    let is_copy = |path: &RepoPath| copies.iter().any(|copy| path.is_within(copy));
    let directories: Vec<(RepoPath, Span)> = documents
        .iter()
        .filter(|(path, _)| kustomization::is_kustomization(path.file_name()) && !is_copy(path))
        .filter_map(|(path, _)| {
            let directory = path.parent()?;
            let value = kustomize.kustomization(path);
            let kind = value.as_ref().and_then(|value| value.str_at(&["kind"])).unwrap_or("Kustomization").to_owned();
            let file = repository.file(path)?.source.id;
            (kind != "Component" && !included.contains(&directory)).then(|| (directory, Span::start_of(file)))
        })
        .collect();
    let mut seeds: Vec<Seed> = directories
        .par_iter()
        .map(|(directory, at)| Seed {
            kind: UnitKind::Kustomization,
            directory: directory.clone(),
            at: *at,
            rendered: kustomize.build(directory),
            hidden: Vec::new(),
        })
        .collect();
    let mut read: BTreeSet<FileId> = seeds.iter().flat_map(|seed| seed.rendered.reads.iter().copied()).collect();
    let named: BTreeSet<&RepoPath> = entries.iter().filter_map(|entry| entry.path.as_ref()).collect();

    let charts = chart_directories(documents);
    for (directory, at) in charts.iter().filter(|(directory, _)| !is_copy(directory)) {
        let reads =
            repository.below(directory).filter_map(|(path, _)| Some(repository.file(path)?.source.id)).collect();
        let rendered = Rendered { reads, ..Rendered::default() };
        read.extend(rendered.reads.iter().copied());
        let name = directory.file_name().to_owned();
        let hidden = vec![chart_hidden(repository, directory, &[Str::from(name)], Some(*at))];
        seeds.push(Seed {
            kind: UnitKind::HelmChart,
            directory: directory.clone(),
            at: *at,
            rendered: Arc::new(rendered),
            hidden,
        });
    }

    let mut loose: BTreeMap<RepoPath, Rendered> = BTreeMap::new();
    for (path, file) in documents.iter() {
        let Some(source) = repository.file(path).map(|parsed| &parsed.source) else { continue };
        let skip = read.contains(&source.id)
            || named.contains(path)
            || kustomization::is_kustomization(path.file_name())
            || is_copy(path)
            || file.manifests.is_empty();
        if skip {
            continue;
        }
        let Some(directory) = path.parent() else { continue };
        manifests::file(repository, documents, path, loose.entry(directory).or_default());
    }
    for (directory, rendered) in loose {
        let Some(file) = rendered.reads.iter().next().copied() else { continue };
        seeds.push(Seed {
            kind: UnitKind::Directory,
            directory,
            at: Span::start_of(file),
            rendered: Arc::new(rendered),
            hidden: Vec::new(),
        });
    }
    seeds
}

fn chart_directories(documents: &Documents) -> BTreeMap<RepoPath, Span> {
    let charts = documents.iter().filter(|(path, _)| path.file_name() == "Chart.yaml");
    charts
        .filter_map(|(path, file)| {
            let at = file.plain.first().map(Value::span).or_else(|| file.unknown.as_ref()?.at())?;
            Some((path.parent()?, at))
        })
        .collect()
}

fn chart_hidden(repository: &Repository, directory: &RepoPath, tokens: &[Str], at: Option<Span>) -> Hidden {
    let why = Unknown::new(Reason::HelmChart, format!("chart `{directory}`"), at);
    let files = repository.below(directory).filter_map(|(path, _)| Some(repository.file(path)?.source.id)).collect();
    let has = |name: &str| directory.join(name).is_some_and(|path| repository.lookup(&path) != Lookup::Missing);
    let metadata = directory.join("Chart.yaml").and_then(|path| repository.file(&path));
    let alone = metadata.is_some_and(|chart| !chart.source.text.contains("dependencies:"));
    let complete = alone && !has("charts") && !has("requirements.yaml");
    let mut hidden = Hidden { files, complete, ..Hidden::new(why, tokens.to_vec()) };
    let name = metadata.and_then(|chart| chart.source.text.lines().find_map(|line| line.strip_prefix("name:")));
    hidden.tokens.extend(name.map(|name| Str::from(name.trim().trim_matches(['"', '\'']))));
    if let Some(found) = directory.join("templates").filter(|_| complete).and_then(|path| templates(repository, &path))
    {
        hidden.kinds = Some(found.kinds);
        // A short token says nothing, and what values put in its place is not among the tokens.
        let override_in = |file: &FileId| {
            let lines = repository.sources.get(*file).text.lines();
            lines.filter_map(|line| line.split_once("ameOverride:")).any(|(_, value)| {
                let value = value.split('#').next().unwrap_or_default();
                !value.contains("{{") && !value.trim().trim_matches(['"', '\'']).is_empty()
            })
        };
        let told = hidden.tokens.iter().all(|token| token.len() >= 3) && !hidden.files.iter().any(override_in);
        hidden.named = found.named && told;
    }
    hidden
}

/// Whether values given to a chart change how its objects are called.
fn overrides_names(values: &Value) -> bool {
    let is_override = |text: &str| text.contains("ameOverride");
    values.as_str().is_some_and(is_override)
        || values.items().iter().any(overrides_names)
        || values.entries().any(|entry| is_override(&entry.key) || overrides_names(&entry.value))
}

/// What the templates of a chart say; `None` if one of them is not here or says too little.
fn templates(repository: &Repository, directory: &RepoPath) -> Option<chart::Templates> {
    let mut texts = Vec::new();
    for (path, _) in repository.below(directory) {
        let name = path.file_name();
        // What begins with `_` makes nothing by itself, the notes are for people.
        if !name.starts_with('_') && name != "NOTES.txt" {
            texts.push(&*repository.file(path)?.source.text);
        }
    }
    chart::read(texts)
}

impl Finder<'_> {
    /// Follow Applications to what they deploy, and the Applications in that.
    fn follow(&self, mut pending: Vec<Pending>) -> Vec<PlannedUnit> {
        let mut units = Vec::new();
        let mut seen = BTreeSet::new();
        while !pending.is_empty() && units.len() < MAX_APPLICATIONS {
            pending.retain(|application| {
                let instance = format!("{:?}", application.instance);
                seen.insert((application.manifest.value.span(), format!("{:?}", application.manifest.name()), instance))
            });
            let rendered: Vec<(Pending, Vec<PlannedUnit>)> = pending
                .into_par_iter()
                .map(|application| {
                    let units = self.units_of(&application);
                    (application, units)
                })
                .collect();
            pending = Vec::new();
            for (application, made) in rendered {
                for unit in &made {
                    let children =
                        unit.rendered.manifests.iter().filter(|child| child.is(argocd::GROUP, "Application"));
                    if application.depth < 32 {
                        pending.extend(children.map(|child| Pending {
                            manifest: child.clone(),
                            // An app of apps is applied to the cluster of the Argo CD that will
                            // read its children.
                            instance: unit.universe.clone(),
                            depth: application.depth + 1,
                        }));
                    }
                }
                units.extend(made);
            }
        }
        units
    }

    /// One unit for each source of an Application that makes objects.
    fn units_of(&self, application: &Pending) -> Vec<PlannedUnit> {
        let manifest = &application.manifest;
        let Some(spec) = manifest.value.get("spec") else { return Vec::new() };
        let destination = spec.get("destination");
        let universe = self.clusters.universe(destination, &application.instance, manifest.value.span());
        let namespace = match scalar(destination.and_then(|value| value.get("namespace"))) {
            Known::Absent => {
                let why = Unknown::new(Reason::NoDestination, "no destination namespace", Some(manifest.name_span()));
                Known::Unknown(why)
            }
            known => known,
        };
        let sources = argocd::sources(spec);
        let name = manifest.name().value().map_or_else(|| "?".to_owned(), ToString::to_string);
        let creates_namespace = argocd::has_sync_option(spec, "CreateNamespace=true");
        let example = is_example(self.repository.path_of(manifest.value.span().file));
        let mut units = Vec::new();
        for source in &sources {
            let only_reference =
                source.field("ref").is_some() && source.field("path").is_none() && source.field("chart").is_none();
            if only_reference {
                continue;
            }
            let (path, rendered, hidden) = self.render(&name, source, &sources);
            units.push(PlannedUnit {
                kind: UnitKind::Application,
                name: name.clone(),
                path,
                owner: Some(manifest.clone()),
                at: manifest.name_span(),
                deployed: !example,
                universe: universe.clone(),
                namespace: namespace.clone(),
                rendered,
                hidden,
                creates_namespace,
            });
        }
        units
    }

    fn render(
        &self,
        name: &str,
        source: &Source<'_>,
        all: &[Source<'_>],
    ) -> (Option<RepoPath>, Arc<Rendered>, Vec<Hidden>) {
        let nothing = |unknown: Unknown, hidden: Vec<Hidden>| {
            (None, Arc::new(Rendered { unknown: Some(unknown), ..Rendered::default() }), hidden)
        };
        let at = Some(source.value.span());
        let release = source.value.str_at(&["helm", "releaseName"]).unwrap_or(name);
        let mut tokens = vec![Str::from(release), Str::from(name)];
        if let Some(chart) = source.field("chart").and_then(Value::as_str) {
            tokens.push(Str::from(chart.rsplit('/').next().unwrap_or(chart)));
            let why = Unknown::new(Reason::RemoteSource, format!("Helm chart `{chart}`"), at);
            let mut hidden = self.helm_hidden(why.clone(), tokens, source, all);
            let repository = source.field("repoURL").and_then(Value::as_str).unwrap_or_default();
            if source.value.at(&["helm", "fileParameters"]).is_none() {
                charts::tell(self.repository, repository, chart, &mut hidden);
            }
            return nothing(why, vec![hidden]);
        }
        match self.own.resolve(source) {
            Known::Value(()) => {}
            Known::Unknown(unknown) => {
                let hidden = self.helm_hidden(unknown.clone(), tokens, source, all);
                return nothing(unknown, vec![hidden]);
            }
            Known::Absent => {
                let url = source.field("repoURL").and_then(Value::as_str).unwrap_or_default();
                let why = Unknown::new(Reason::RemoteSource, format!("`{url}`"), at);
                let hidden = self.helm_hidden(why.clone(), tokens, source, all);
                return nothing(why, vec![hidden]);
            }
        }
        let directory = match source.text("path") {
            Known::Value(path) => RepoPath::new(path.trim_start_matches('/')),
            Known::Unknown(unknown) => {
                let hidden = self.helm_hidden(unknown.clone(), tokens, source, all);
                return nothing(unknown, vec![hidden]);
            }
            Known::Absent => None,
        };
        let directory = match directory.as_ref().map(|path| self.repository.lookup(path)) {
            Some(Lookup::Directory(directory)) => directory,
            Some(Lookup::Unknown(why)) => {
                let hidden = self.helm_hidden(why.clone(), tokens, source, all);
                return nothing(why, vec![hidden]);
            }
            // Argo CD stops here: nothing is deployed, so nothing is hidden.
            Some(Lookup::Missing | Lookup::File(_)) | None => return (None, Arc::default(), Vec::new()),
        };
        let (rendered, hidden) = self.render_directory(&directory, tokens, source, all);
        (Some(directory), rendered, hidden)
    }

    /// Decide the tool as Argo CD does (explicit, else by files) and render.
    fn render_directory(
        &self,
        directory: &RepoPath,
        mut tokens: Vec<Str>,
        source: &Source<'_>,
        all: &[Source<'_>],
    ) -> (Arc<Rendered>, Vec<Hidden>) {
        let at = Some(source.value.span());
        let is_chart = directory.join("Chart.yaml").is_some_and(|path| self.repository.listing.get(&path).is_some());
        let explicit = |field: &str| source.field(field).is_some();
        let overridden =
            directory.join(".argocd-source.yaml").is_some_and(|path| self.repository.listing.get(&path).is_some());
        if explicit("plugin") || overridden {
            let what = if overridden { ".argocd-source.yaml" } else { "config management plugin" };
            let why = Unknown::new(Reason::UnsupportedLanguage, what, at);
            let hidden = self.helm_hidden(why.clone(), tokens, source, all);
            return (Arc::new(Rendered { unknown: Some(why), ..Rendered::default() }), vec![hidden]);
        }
        if explicit("directory") {
            let options = DirectoryOptions::new(source.field("directory"));
            return (Arc::new(manifests::directory(self.repository, self.documents, directory, &options)), Vec::new());
        }
        let has_kustomization = self.kustomize.file_of(directory).is_some();
        if explicit("helm") && is_chart || is_chart && !has_kustomization && !explicit("kustomize") {
            tokens.push(Str::from(directory.file_name()));
            let why = Unknown::new(Reason::HelmChart, format!("chart `{directory}`"), at);
            let mut hidden = self.helm_hidden(why.clone(), tokens.clone(), source, all);
            let chart = chart_hidden(self.repository, directory, &tokens, at);
            hidden.files.extend(chart.files);
            hidden.complete = chart.complete && hidden.complete;
            hidden.tokens.clone_from(&chart.tokens);
            if hidden.complete {
                hidden.named = chart.named && !hidden.values.iter().any(overrides_names);
                hidden.kinds = chart.kinds;
            }
            let reads = hidden.files.iter().copied().collect();
            return (Arc::new(Rendered { unknown: Some(why), reads, ..Rendered::default() }), vec![hidden]);
        }
        if !has_kustomization {
            let options = DirectoryOptions::default();
            return (Arc::new(manifests::directory(self.repository, self.documents, directory, &options)), Vec::new());
        }
        let Some(options) = source.field("kustomize").filter(|options| options.entries().next().is_some()) else {
            return (self.kustomize.build(directory), Vec::new());
        };
        let is_there = |component: &str| {
            let path = directory.join(component);
            path.is_some_and(|path| self.repository.lookup(&path) != Lookup::Missing)
        };
        let edit = |root: &mut Value| kustomize::apply_options(options, root, is_there);
        let rendered = self.kustomize.build_edited(directory, edit);
        (Arc::new(rendered), Vec::new())
    }

    /// What is known about the names that a chart (or anything not rendered) makes: its values.
    fn helm_hidden(&self, why: Unknown, tokens: Vec<Str>, source: &Source<'_>, all: &[Source<'_>]) -> Hidden {
        let fields = ["values", "valuesObject", "parameters"];
        let values = fields.iter().filter_map(|field| source.value.at(&["helm", field]).cloned()).collect();
        let paths: Vec<Option<RepoPath>> =
            source.value_files().iter().map(|file| value_file_path(&self.own, source, all, file.as_str()?)).collect();
        // Values from elsewhere may hold whole objects; what does not exist holds none.
        let read =
            |path: &RepoPath| self.repository.file(path).is_some() || self.repository.lookup(path) == Lookup::Missing;
        let complete = paths.iter().all(|path| path.as_ref().is_some_and(read));
        let files = paths.iter().flatten().filter_map(|path| Some(self.repository.file(path)?.source.id)).collect();
        Hidden { values, files, complete, ..Hidden::new(why, tokens) }
    }

    /// Globs of the directories that ApplicationSets may deploy: their paths with every template
    /// expression as a wildcard, and the patterns of their git directory generators.
    fn paths_of_application_sets(&self, sets: &[Manifest]) -> Vec<globset::GlobMatcher> {
        let mut globs = Vec::new();
        for set in sets {
            let Some(template) = set.value.at(&["spec", "template", "spec"]) else { continue };
            let generated = git_directories(set.value.at(&["spec", "generators"]), 0);
            for source in argocd::sources(template) {
                let Some(path) = source.field("path").and_then(Value::as_str) else { continue };
                let pattern = wildcards(path);
                if pattern.chars().all(|c| matches!(c, '*' | '/')) {
                    globs.extend(generated.iter().filter_map(|pattern| glob(pattern)));
                } else {
                    globs.extend(glob(&pattern));
                }
            }
        }
        globs
    }
}

fn glob(pattern: &str) -> Option<globset::GlobMatcher> {
    let pattern = pattern.trim_start_matches("./").trim_matches('/');
    Some(globset::GlobBuilder::new(pattern).literal_separator(true).build().ok()?.compile_matcher())
}

/// A template with each `{{ … }}` as `*`.
fn wildcards(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        out.push('*');
        rest = after.split_once("}}").map_or("", |(_, rest)| rest);
    }
    out + rest
}

/// Patterns of `git.directories` in generators, nested ones included.
fn git_directories(generators: Option<&Value>, depth: usize) -> Vec<String> {
    let mut found = Vec::new();
    for generator in generators.map(Value::items).unwrap_or_default() {
        for entry in generator.at(&["git", "directories"]).map(Value::items).unwrap_or_default() {
            let excluded = entry.get("exclude").and_then(Value::as_bool).unwrap_or(false);
            found.extend(entry.str_at(&["path"]).filter(|_| !excluded).map(str::to_owned));
        }
        for nested in ["matrix", "merge"] {
            if depth < 3 {
                found.extend(git_directories(generator.at(&[nested, "generators"]), depth + 1));
            }
        }
    }
    found
}

/// Whether a text is not yet final: a template, or variables of Argo CD's build environment.
#[must_use]
pub fn is_substituted(text: &str) -> bool {
    ["{{", "${", "$ARGOCD_"].iter().any(|start| text.contains(start))
}

/// Where a value file of a source is in this repository, by Argo CD's rules: `$ref/…` from the
/// root of the source with that `ref`, `/…` from the root, else from the source's own path.
/// `None` if it is not (certainly) in this repository.
#[must_use]
pub fn value_file_path(own: &OwnUrls, source: &Source<'_>, all: &[Source<'_>], text: &str) -> Option<RepoPath> {
    if text.contains("://") || is_substituted(text) {
        return None;
    }
    if let Some(reference) = text.strip_prefix('$') {
        let (name, rest) = reference.split_once('/')?;
        let target = all.iter().find(|source| source.field("ref").and_then(Value::as_str) == Some(name))?;
        own.resolve(target).value()?;
        return RepoPath::new(rest.trim_start_matches('/'));
    }
    own.resolve(source).value()?;
    let directory = RepoPath::new(source.field("path")?.as_str()?.trim_start_matches('/'))?;
    directory.join(text)
}
