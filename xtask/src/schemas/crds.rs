//! Custom resources of other projects: the definitions in their modules of Go, which
//! `schemas/crds.txt` lists.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use kate::schema::crd::Definition;
use kate::value::Value;

use super::bundle::{Read, Source};
use super::fetch;
use super::join::join;
use super::kopium::{self, Resource};
use super::shape::{Definitions, Kind, Minors, Node, json};

const LIST: &str = "schemas/crds.txt";

/// One release of a project, or one of its parts.
pub(super) struct Release {
    pub(super) project: String,
    pub(super) version: String,
    package: Source,
    /// Every `CustomResourceDefinition`.
    documents: Vec<Value>,
    /// Of a crate, every kind.
    resources: Vec<Resource>,
}

/// Every release that is listed, the newest of a project first.
pub(super) fn releases() -> Result<Vec<Release>, String> {
    let list = fetch::read(Path::new(LIST))?;
    list.lines().filter(|line| !line.starts_with('#')).map(release).collect()
}

fn release(line: &str) -> Result<Release, String> {
    let columns = line.split('\t').collect::<Vec<_>>();
    let ([project, licence, package, version, places] | [project, licence, package, version, places, _]) = columns[..]
    else {
        return Err(format!("{LIST}: {line}"));
    };
    let (mut documents, mut resources) = (Vec::new(), Vec::new());
    // A module has the version of the project; a crate says of which version it is made.
    let (origin, fetched, of) = match columns.get(5) {
        None => ("go", fetch::go(package, version)?, version.trim_start_matches('v')),
        Some(of) => ("crate", fetch::rust(package, version)?, *of),
    };
    for place in places.split(' ') {
        for path in files(&fetched.root.join(place))? {
            let text = fetch::read(&path)?;
            if path.extension().is_some_and(|end| end == "rs") {
                let resource = kopium::resource(&text).map_err(|error| format!("{}: {error}", path.display()))?;
                resources.extend(resource);
            } else {
                documents.extend(fetch::documents(&text)?);
            }
        }
    }
    documents.retain(|document| document.str_at(&["kind"]) == Some("CustomResourceDefinition"));
    if documents.is_empty() && resources.is_empty() {
        return Err(format!("{project}: no custom resource in {package} {version}"));
    }
    let source = Source {
        project: project.to_owned(),
        version: of.to_owned(),
        date: fetched.date,
        package: format!("{origin}:{package}@{version}"),
        sum: fetched.sum,
        licence: licence.to_owned(),
    };
    Ok(Release { project: project.to_owned(), version: of.to_owned(), package: source, documents, resources })
}

impl Release {
    /// Its definitions, as JSON.
    pub(super) fn definitions(&self) -> Vec<serde_json::Value> {
        self.documents.iter().map(json).collect()
    }
}

/// Add every kind of every project, and the projects.
pub(super) fn load(definitions: &mut Definitions, kinds: &mut Vec<Kind>, read: &mut Read) -> Result<(), String> {
    let mut projects: BTreeMap<String, Vec<Release>> = BTreeMap::new();
    for release in releases()? {
        projects.entry(release.project.clone()).or_default().push(release);
    }
    for (project, releases) in projects {
        let Some(newest) = releases.first() else { continue };
        let mut versions: Vec<&str> = releases.iter().map(|release| release.version.as_str()).collect();
        versions.dedup();
        read.projects.push([project, versions.join(" "), newest.package.date.clone()]);
        add(read.projects.len() - 1, &versions, &releases, definitions, kinds)?;
        read.packages.extend(releases.into_iter().map(|release| release.package));
    }
    Ok(())
}

/// A file, or the files in a directory.
fn files(place: &Path) -> Result<Vec<PathBuf>, String> {
    if place.is_file() {
        return Ok(vec![place.to_owned()]);
    }
    let entries = std::fs::read_dir(place).map_err(|error| format!("{}: {error}", place.display()))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|end| end == "yaml" || end == "yml" || end == "rs"));
    files.sort();
    Ok(files)
}

/// Group, version, kind.
type Name = (String, String, String);

/// What its objects look like, and whether they have no namespace.
type Crd = (Node, bool);

fn add(
    source: usize,
    versions: &[&str],
    releases: &[Release],
    definitions: &mut Definitions,
    kinds: &mut Vec<Kind>,
) -> Result<(), String> {
    let mut joined: BTreeMap<Name, Crd> = BTreeMap::new();
    let bit =
        |release: &Release| versions.iter().position(|version| *version == release.version).map_or(0, |at| 1 << at);
    // The releases that have a kind, one bit each from the newest.
    let mut having: BTreeMap<Name, Minors> = BTreeMap::new();
    for (release, document) in releases.iter().flat_map(|release| release.documents.iter().map(move |d| (release, d))) {
        for version in Definition::all(document).into_iter().filter(|version| version.served) {
            let name = (version.group.to_string(), version.version.to_string(), version.kind.to_string());
            let schema = version.compile().ok_or_else(|| format!("{name:?} has no schema"))?;
            let cluster = !version.namespaced.ok_or_else(|| format!("{name:?} has no scope"))?;
            let mut node = Node::of(&schema, schema.root);
            node.mark(bit(release));
            *having.entry(name.clone()).or_default() |= bit(release);
            let crd = match joined.remove(&name) {
                Some((_, was)) if was != cluster => return Err(format!("{name:?} is of two scopes")),
                Some((known, _)) => (join(known, node), cluster),
                None => (node, cluster),
            };
            joined.insert(name, crd);
        }
    }
    let own: BTreeSet<(String, String)> = joined.keys().map(|(group, _, kind)| (group.clone(), kind.clone())).collect();
    for (release, Resource { group, version, kind, cluster, node }) in
        releases.iter().flat_map(|release| release.resources.iter().map(move |r| (release, r)))
    {
        let (name, mut node) = ((group.clone(), version.clone(), kind.clone()), node.clone());
        node.mark(bit(release));
        *having.entry(name.clone()).or_default() |= bit(release);
        match joined.remove(&name) {
            Some((known, _)) => {
                kopium::complete_object(&mut node, &known);
                node.mark(bit(release));
                joined.insert(name, (join(known, node), *cluster));
            }
            // A version that the project's own definitions do not serve.
            None if own.contains(&(group.clone(), kind.clone())) => {}
            None => drop(joined.insert(name, (node, *cluster))),
        }
    }
    for ((group, version, kind), (mut node, cluster)) in joined {
        let minors = having[&(group.clone(), version.clone(), kind.clone())];
        node.simplify(minors);
        let definition = format!("{group}/{version}/{kind}");
        if definitions.insert(definition.clone(), node).is_some() {
            return Err(format!("{definition} is there already"));
        }
        kinds.push(Kind { group, version, kind, cluster, minors, definition, source });
    }
    Ok(())
}
