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
use super::shape::{ALL, Definitions, Kind, Node, json};

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
        let Some((newest, oldest)) = releases.first().zip(releases.last()) else { continue };
        let range = if oldest.version == newest.version { String::new() } else { format!("{} to ", oldest.version) };
        read.projects.push([project, format!("{range}{}", newest.version), newest.package.date.clone()]);
        add(read.projects.len() - 1, &releases, definitions, kinds)?;
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
    releases: &[Release],
    definitions: &mut Definitions,
    kinds: &mut Vec<Kind>,
) -> Result<(), String> {
    let mut joined: BTreeMap<Name, Crd> = BTreeMap::new();
    for document in releases.iter().flat_map(|release| &release.documents) {
        for version in Definition::all(document).into_iter().filter(|version| version.served) {
            let name = (version.group.to_string(), version.version.to_string(), version.kind.to_string());
            let schema = version.compile().ok_or_else(|| format!("{name:?} has no schema"))?;
            let cluster = !version.namespaced.ok_or_else(|| format!("{name:?} has no scope"))?;
            let node = Node::of(&schema, schema.root);
            let crd = match joined.remove(&name) {
                Some((_, was)) if was != cluster => return Err(format!("{name:?} is of two scopes")),
                Some((known, _)) => (join(known, node), cluster),
                None => (node, cluster),
            };
            joined.insert(name, crd);
        }
    }
    let own: BTreeSet<(String, String)> = joined.keys().map(|(group, _, kind)| (group.clone(), kind.clone())).collect();
    for Resource { group, version, kind, cluster, node } in releases.iter().flat_map(|release| &release.resources) {
        let (name, mut node) = ((group.clone(), version.clone(), kind.clone()), node.clone());
        match joined.remove(&name) {
            Some((known, _)) => {
                kopium::complete_object(&mut node, &known);
                joined.insert(name, (join(known, node), *cluster));
            }
            // A version that the project's own definitions do not serve.
            None if own.contains(&(group.clone(), kind.clone())) => {}
            None => drop(joined.insert(name, (node, *cluster))),
        }
    }
    for ((group, version, kind), (node, cluster)) in joined {
        let definition = format!("{group}/{version}/{kind}");
        if definitions.insert(definition.clone(), node).is_some() {
            return Err(format!("{definition} is there already"));
        }
        kinds.push(Kind { group, version, kind, cluster, minors: ALL, definition, source });
    }
    Ok(())
}
