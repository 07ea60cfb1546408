//! What the sources of Kubernetes say that its OpenAPI documents leave out: whether a kind has
//! namespaces (`+genclient:nonNamespaced`), and closed sets of text (`+enum`).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::fetch;

/// The types of one package of an API.
#[derive(Default)]
pub(super) struct Package {
    types: BTreeMap<String, Type>,
}

#[derive(Default)]
struct Type {
    /// Whether a client is generated, and without namespaces.
    cluster: Option<bool>,
}

/// Packages by the prefix of their definitions: `io.k8s.api.core.v1`.
pub(super) type Packages = BTreeMap<String, Package>;

/// The packages below a directory of a module whose definitions begin with a prefix.
pub(super) fn packages(root: &Path, prefix: &str) -> Result<Packages, String> {
    let mut packages = Packages::new();
    let mut directories = vec![(root.to_owned(), prefix.to_owned())];
    while let Some((directory, name)) = directories.pop() {
        let package = packages.entry(name.clone()).or_default();
        for path in entries(&directory)? {
            let file = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
            if path.is_dir() && file != "testdata" && !file.starts_with('.') {
                directories.push((path, format!("{name}.{file}")));
            } else if file.ends_with(".go") && !file.ends_with("_test.go") && !file.starts_with("zz_generated") {
                package.read(&fetch::read(&path)?);
            }
        }
    }
    packages.retain(|_, package| !package.types.is_empty());
    Ok(packages)
}

fn entries(directory: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = std::fs::read_dir(directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    Ok(paths)
}

impl Package {
    fn read(&mut self, source: &str) {
        let mut markers: Vec<&str> = Vec::new();
        for line in source.lines() {
            if let Some(comment) = line.strip_prefix("//") {
                markers.extend(comment.trim().strip_prefix('+'));
            } else if let Some(declared) = line.strip_prefix("type ") {
                let name = declared.split([' ', '[']).next().unwrap_or_default();
                let client = markers.iter().any(|marker| marker.split(':').next() == Some("genclient"));
                let cluster = markers.contains(&"genclient:nonNamespaced");
                self.types.insert(name.to_owned(), Type { cluster: client.then_some(cluster) });
                markers.clear();
            } else if !line.trim().is_empty() {
                markers.clear();
            }
        }
    }

    /// Whether objects of a type have no namespace, if a client for them is generated.
    pub(super) fn is_cluster(&self, name: &str) -> Option<bool> {
        self.types.get(name)?.cluster
    }
}
