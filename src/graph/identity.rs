//! Which repository is this, and which cluster is meant.
//!
//! `linking.md`-style rules in one place: own URLs, the cluster of a destination, and which Argo CD
//! instance owns an Application.

use std::collections::{BTreeMap, BTreeSet};

use globset::{Glob, GlobSet};
use rustc_hash::FxHashMap;

use super::types::Universe;
use crate::model::argocd::{self, Source, loose_url};
use crate::model::declared::Cluster;
use crate::model::kubernetes::scalar;
use crate::model::{Declared, Manifest, Repository};
use crate::text::{RepoPath, Span};
use crate::value::{Known, Reason, Str, Unknown, Value};
use crate::vfs::Lookup;

/// Words that name an environment. Two directories that differ in one are two environments.
const ENVIRONMENTS: &[&str] = &[
    "dev",
    "develop",
    "development",
    "qa",
    "test",
    "testing",
    "stg",
    "stage",
    "staging",
    "uat",
    "preprod",
    "pre-prod",
    "prod",
    "prd",
    "production",
    "sandbox",
    "sbox",
    "int",
    "integration",
    "demo",
    "local",
    "nonprod",
];

/// The environment word of a path: a component that is one, or has one as a `-`/`_` part.
#[must_use]
pub fn environment(path: &RepoPath) -> Option<&str> {
    path.components().find_map(|component| {
        component.split(['-', '_', '.']).chain([component]).find(|word| ENVIRONMENTS.contains(word))
    })
}

/// Which URLs are this repository.
#[derive(Debug, Default)]
pub struct OwnUrls {
    urls: BTreeSet<String>,
    /// Revisions that mean the tree being checked, beside the usual ones.
    revision: Option<String>,
    /// Set if the URL was inferred from the Applications rather than told.
    pub assumed: Option<String>,
}

impl OwnUrls {
    /// From git remotes, the environment and `repository.aliases`; without any, the URL that most
    /// Applications share, if at least 80 % of its literal paths exist here.
    #[must_use]
    pub fn find(repository: &Repository, sources: &[Source<'_>]) -> Self {
        let told = repository.own_urls.iter().chain(&repository.declared.aliases);
        let mut own = Self { urls: told.map(|url| normal(url)).collect(), ..Self::default() };
        let mut by_url: BTreeMap<String, (usize, usize, usize, &str)> = BTreeMap::new();
        let mut revisions: BTreeMap<&str, usize> = BTreeMap::new();
        for source in sources {
            let Some(url) = source.field("repoURL").and_then(Value::as_str) else { continue };
            let counts = by_url.entry(normal(url)).or_insert((0, 0, 0, url));
            counts.0 += 1;
            let Some(path) = source.field("path").and_then(Value::as_str).filter(|path| !path.contains("{{")) else {
                continue;
            };
            counts.1 += 1;
            let exists =
                RepoPath::new(path).is_some_and(|path| matches!(repository.lookup(&path), Lookup::Directory(_)));
            counts.2 += usize::from(exists);
        }
        if own.urls.is_empty() {
            let best = by_url.iter().filter(|(_, (_, literal, exist, _))| *literal > 0 && exist * 5 >= literal * 4);
            if let Some((url, (_, _, _, written))) = best.max_by_key(|(_, (all, ..))| *all) {
                own.urls.insert(url.clone());
                own.assumed = Some((*written).to_owned());
            }
        }
        for source in sources.iter().filter(|source| own.is_own_url(source) == Some(true)) {
            if let Some(revision) = source.field("targetRevision").and_then(Value::as_str) {
                *revisions.entry(revision).or_default() += 1;
            }
        }
        let usual = revisions.into_iter().max_by_key(|(_, count)| *count);
        own.revision = usual.map(|(revision, _)| revision.to_owned()).filter(|revision| !looks_pinned(revision));
        own
    }

    /// Whether nothing at all is known about which repository this is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.urls.is_empty()
    }

    /// Whether a source's URL is this repository; `None` if it has no literal URL.
    #[must_use]
    pub fn is_own_url(&self, source: &Source<'_>) -> Option<bool> {
        let url = source.field("repoURL").and_then(Value::as_str)?;
        Some(self.urls.contains(&normal(url)))
    }

    /// What a source reads of this repository: `Value` if it is the tree being checked, `Absent`
    /// if it is another repository, `Unknown` if it cannot be told or is another revision.
    #[must_use]
    pub fn resolve(&self, source: &Source<'_>) -> Known<()> {
        let at = Some(source.value.span());
        match self.is_own_url(source) {
            Some(true) => {}
            Some(false) if self.is_empty() => {
                let url = source.field("repoURL").and_then(Value::as_str).unwrap_or_default();
                return Known::Unknown(Unknown::new(Reason::WhichRepository, format!("`{url}`"), at));
            }
            Some(false) => {
                let url = source.field("repoURL").and_then(Value::as_str).unwrap_or_default();
                if url.contains("{{") || url.contains("${") {
                    return Known::Unknown(Unknown::new(Reason::Templated, format!("`{url}`"), at));
                }
                return Known::Absent;
            }
            None => return Known::Unknown(Unknown::new(Reason::WhichRepository, "no literal repoURL", at)),
        }
        let revision = source.field("targetRevision").and_then(Value::as_str).unwrap_or("HEAD");
        let usual = matches!(revision, "" | "HEAD" | "main" | "master" | "refs/heads/main" | "refs/heads/master");
        if usual || self.revision.as_deref() == Some(revision) {
            Known::Value(())
        } else {
            Known::Unknown(Unknown::new(Reason::RemoteSource, format!("revision `{revision}`"), at))
        }
    }
}

fn normal(url: &str) -> String {
    let lower = url.trim().to_lowercase();
    if lower.contains('/') { loose_url(url) } else { lower }
}

/// Whether a revision is a commit or a version, which cannot be the tree being checked.
fn looks_pinned(revision: &str) -> bool {
    let hex = revision.len() >= 7 && revision.bytes().all(|byte| byte.is_ascii_hexdigit());
    let version = revision.trim_start_matches('v').starts_with(|first: char| first.is_ascii_digit());
    hex || version
}

/// Clusters by name and by server.
#[derive(Debug, Default)]
pub struct Clusters {
    /// Server, and where the cluster is declared if that is an object.
    server_of: BTreeMap<String, (String, Option<Span>)>,
}

impl Clusters {
    /// From `clusters:` in `kate.yaml` and from declared cluster Secrets.
    #[must_use]
    pub fn find<'m>(declared: &Declared, manifests: impl Iterator<Item = &'m Manifest>) -> Self {
        let mut server_of = BTreeMap::new();
        for manifest in manifests.filter(|manifest| manifest.is("", "Secret")) {
            let label = manifest.value.at(&["metadata", "labels", "argocd.argoproj.io/secret-type"]);
            if label.and_then(Value::as_str) != Some("cluster") {
                continue;
            }
            let text = |key| manifest.value.str_at(&["stringData", key]);
            if let (Some(name), Some(server)) = (text("name"), text("server")) {
                server_of.insert(name.to_owned(), (normal_server(server), Some(manifest.name_span())));
            }
        }
        for cluster in &declared.clusters {
            if let Some(server) = &cluster.server {
                server_of.insert(cluster.name.clone(), (normal_server(server), None));
            }
        }
        Self { server_of }
    }

    /// Whether a cluster of this name is declared.
    #[must_use]
    pub fn knows_name(&self, name: &str) -> bool {
        self.server_of.contains_key(name)
    }

    /// All declared names and servers, and where they are declared if by an object.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str, Option<Span>)> {
        self.server_of.iter().map(|(name, (server, at))| (name.as_str(), server.as_str(), *at))
    }

    /// The universe of a destination, seen by an Argo CD instance.
    #[must_use]
    pub fn universe(&self, destination: Option<&Value>, instance: &Universe, at: Span) -> Universe {
        let field = |name: &str| scalar(destination.and_then(|value| value.get(name)));
        match (field("server"), field("name")) {
            (Known::Unknown(unknown), _) | (_, Known::Unknown(unknown)) => Universe::Unknown(unknown),
            (Known::Value(server), _) => self.of_server(&server, instance),
            (_, Known::Value(name)) if name == "in-cluster" => instance.clone(),
            (_, Known::Value(name)) => match self.server_of.get(name.as_str()) {
                Some((server, _)) => self.of_server(server, instance),
                None => Universe::Cluster(Str::from(format!("name:{name}"))),
            },
            (Known::Absent, Known::Absent) => {
                Universe::Unknown(Unknown::new(Reason::NoDestination, "no destination", Some(at)))
            }
        }
    }

    fn of_server(&self, server: &str, instance: &Universe) -> Universe {
        let server = normal_server(server);
        if is_in_cluster(&server) {
            return instance.clone();
        }
        Universe::Cluster(Str::from(format!("server:{server}")))
    }
}

/// The clusters of `kate.yaml`, to be looked up.
pub(super) struct DeclaredClusters {
    by_id: FxHashMap<Str, usize>,
    /// By a directory whose whole tree is deployed to it.
    by_tree: FxHashMap<RepoPath, usize>,
    globs: GlobSet,
    /// The cluster of each glob.
    of_globs: Vec<usize>,
}

impl DeclaredClusters {
    /// Everything that clusters are looked up by. What is no glob matches nothing.
    pub(super) fn new(declared: &Declared) -> Self {
        let mut globs = GlobSet::builder();
        let (mut by_id, mut by_tree, mut of_globs) = (FxHashMap::default(), FxHashMap::default(), Vec::new());
        for (index, cluster) in declared.clusters.iter().enumerate() {
            for id in ids_of_declared(cluster) {
                by_id.entry(id).or_insert(index);
            }
            for path in &cluster.paths {
                if let Some(tree) = RepoPath::new(path.trim_end_matches("/**")) {
                    by_tree.entry(tree).or_insert(index);
                }
                if let Ok(glob) = Glob::new(path) {
                    globs.add(glob);
                    of_globs.push(index);
                }
            }
        }
        Self { by_id, by_tree, globs: globs.build().unwrap_or_default(), of_globs }
    }

    /// The first one that a universe is, by index.
    pub(super) fn of_id(&self, id: &Str) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    /// The first one whose `paths` cover a directory, by index.
    pub(super) fn of_directory(&self, directory: &RepoPath) -> Option<usize> {
        let above = std::iter::successors(Some(directory.clone()), RepoPath::parent);
        let trees = above.filter_map(|directory| self.by_tree.get(&directory).copied());
        let globs = self.globs.matches(directory.as_str()).into_iter().map(|glob| self.of_globs[glob]);
        trees.chain(globs).min()
    }
}

/// The universe of a declared cluster: its server's, as for a destination, else its name's.
#[must_use]
pub fn universe_of_declared(cluster: &Cluster) -> Universe {
    Universe::Cluster(ids_of_declared(cluster).last().unwrap_or_default())
}

/// The universes by which a destination may name a declared cluster; the server's is last.
pub fn ids_of_declared(cluster: &Cluster) -> impl Iterator<Item = Str> {
    let server = cluster.server.as_ref().map(|server| match is_in_cluster(server) {
        true => Str::from("in-cluster:"),
        false => Str::from(format!("server:{}", normal_server(server))),
    });
    [Str::from(format!("name:{}", cluster.name))].into_iter().chain(server)
}

/// Whether a server address means the cluster that Argo CD itself runs in.
#[must_use]
pub fn is_in_cluster(server: &str) -> bool {
    normal_server(server) == "https://kubernetes.default.svc"
}

fn normal_server(server: &str) -> String {
    server.trim().trim_end_matches('/').to_lowercase()
}

/// The Argo CD instances behind root Applications: which of them are one, which are proven two.
///
/// Two roots whose paths name different environments, or that have the same name and namespace,
/// prove two instances. If only some roots name an environment, the others' instance is unknown.
#[must_use]
pub fn instances(roots: &[(RepoPath, Known<Str>, Known<Str>)]) -> Vec<Universe> {
    let environments: Vec<Option<&str>> = roots.iter().map(|(path, ..)| environment(path)).collect();
    let distinct: BTreeSet<&str> = environments.iter().flatten().copied().collect();
    let split = distinct.len() > 1;
    let cluster = |name: &str| Universe::Cluster(Str::from(format!("in-cluster:{name}")));
    let unknown = || Universe::Unknown(Unknown::new(Reason::ArgoInstance, "which Argo CD owns this Application", None));
    roots
        .iter()
        .zip(&environments)
        .map(|((path, name, namespace), environment)| {
            if split {
                return environment.map_or_else(unknown, cluster);
            }
            let same = |other: &&(RepoPath, Known<Str>, Known<Str>)| {
                other.1 == *name && other.2 == *namespace && name.value().is_some()
            };
            let twins: Vec<_> = roots.iter().filter(same).collect();
            if twins.len() < 2 {
                let any_twins = roots.iter().any(|root| {
                    root.1.value().is_some()
                        && roots.iter().filter(|other| other.1 == root.1 && other.2 == root.2).count() > 1
                });
                return if any_twins { unknown() } else { cluster("") };
            }
            let directory = path.parent().unwrap_or_else(RepoPath::root);
            cluster(directory.as_str())
        })
        .collect()
}

/// The sources of every Application and ApplicationSet template among some objects.
#[must_use]
pub fn all_sources<'m>(manifests: impl Iterator<Item = &'m Manifest>) -> Vec<Source<'m>> {
    let mut found = Vec::new();
    for manifest in manifests.filter(|manifest| manifest.group == argocd::GROUP) {
        let spec = match manifest.kind.as_str() {
            "Application" => manifest.value.get("spec"),
            "ApplicationSet" => manifest.value.at(&["spec", "template", "spec"]),
            _ => None,
        };
        found.extend(spec.map(argocd::sources).unwrap_or_default());
    }
    found
}
