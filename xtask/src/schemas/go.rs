//! What the sources of Kubernetes say that its OpenAPI documents leave out: whether a kind has
//! namespaces (`+genclient:nonNamespaced`), and closed sets of text (`+enum`).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::fetch;

/// The types of one package of an API.
#[derive(Default)]
struct Package {
    types: BTreeMap<String, Type>,
    /// The texts that constants of a type have, in order; `None` if one of them cannot be read.
    values: BTreeMap<String, Option<Vec<String>>>,
}

#[derive(Default)]
struct Type {
    /// Whether a client is generated, and without namespaces.
    cluster: Option<bool>,
    /// Whether its constants are all there is.
    is_enum: bool,
    fields: Vec<Field>,
}

struct Field {
    /// In JSON; empty if the fields of its type stand in its place.
    name: String,
    /// Package and name of its type, or of its items.
    of: (String, String),
    /// Whether empty text is as good as none: the field is left out where it is empty.
    may_be_empty: bool,
}

/// Packages by the prefix of their definitions: `io.k8s.api.core.v1`.
#[derive(Default)]
pub(super) struct Packages(BTreeMap<String, Package>);

impl Packages {
    /// Add the packages below a directory of a module whose definitions begin with a prefix.
    pub(super) fn read(&mut self, root: &Path, prefix: &str) -> Result<(), String> {
        let mut directories = vec![(root.to_owned(), prefix.to_owned())];
        while let Some((directory, name)) = directories.pop() {
            let package = self.0.entry(name.clone()).or_default();
            for path in entries(&directory)? {
                let file = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
                if path.is_dir() && file != "testdata" && !file.starts_with('.') {
                    directories.push((path, format!("{name}.{file}")));
                } else if file.ends_with(".go") && !file.ends_with("_test.go") && !file.contains("generated") {
                    package.read(&name, &fetch::read(&path)?);
                }
            }
        }
        Ok(())
    }

    fn get(&self, package: &str, name: &str) -> Option<&Type> {
        self.0.get(package)?.types.get(name)
    }

    /// Whether objects of a definition have no namespace, if a client for them is generated.
    pub(super) fn is_cluster(&self, definition: &str) -> Option<bool> {
        let (package, name) = definition.rsplit_once('.')?;
        self.get(package, name)?.cluster
    }

    /// The fields of a definition that hold one of a closed set of texts, or a list of them; `None` if
    /// the set cannot be read.
    pub(super) fn closed(&self, definition: &str) -> BTreeMap<String, Option<Vec<String>>> {
        let mut closed = BTreeMap::new();
        let Some((package, name)) = definition.rsplit_once('.') else { return closed };
        for field in self.get(package, name).map(|found| &found.fields[..]).unwrap_or_default() {
            let (package, of) = &field.of;
            if field.name.is_empty() {
                closed.extend(self.closed(&format!("{package}.{of}")));
            } else if self.get(package, of).is_some_and(|of| of.is_enum) {
                let mut values = self.0.get(package).and_then(|package| package.values.get(of)).cloned().flatten();
                if let Some(values) = &mut values
                    && field.may_be_empty
                    && !values.iter().any(String::is_empty)
                {
                    values.push(String::new());
                }
                closed.insert(field.name.clone(), values);
            }
        }
        closed
    }
}

fn entries(directory: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = std::fs::read_dir(directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    Ok(paths)
}

impl Package {
    /// Read a file of a package of this name. It is formatted by gofmt: what stands at the start of a
    /// line is at the top.
    fn read(&mut self, package: &str, source: &str) {
        let mut imports: BTreeMap<String, String> = BTreeMap::new();
        let mut markers: Vec<&str> = Vec::new();
        let mut inside: Option<String> = None;
        for line in source.lines() {
            if let Some(comment) = line.strip_prefix("//") {
                markers.extend(comment.trim().strip_prefix('+'));
            } else if let Some(declared) = line.strip_prefix("type ") {
                let name = declared.split([' ', '[']).next().unwrap_or_default().to_owned();
                let client = markers.iter().any(|marker| marker.split(':').next() == Some("genclient"));
                let cluster = markers.contains(&"genclient:nonNamespaced");
                let is_enum = markers.contains(&"enum");
                let found = Type { cluster: client.then_some(cluster), is_enum, fields: Vec::new() };
                self.types.insert(name.clone(), found);
                inside = declared.ends_with("struct {").then_some(name);
                markers.clear();
            } else if line.starts_with('}') {
                inside = None;
            } else if let Some(inner) = line.strip_prefix('\t') {
                if let Some(name) = &inside {
                    let field = field(inner, package, &imports);
                    self.types.entry(name.clone()).or_default().fields.extend(field);
                } else if let Some((alias, path)) = import(inner) {
                    imports.insert(alias, path);
                } else {
                    self.constant(inner);
                }
            } else if !line.is_empty() {
                self.constant(line.trim_start_matches("const "));
                markers.clear();
            }
        }
    }

    /// `Name Type = "text"`, `Name = Type("text")`.
    fn constant(&mut self, line: &str) {
        let Some((declared, value)) = line.split_once('=') else { return };
        let (of, value) = match declared.split_whitespace().collect::<Vec<_>>()[..] {
            [_, of] => (of, value.trim()),
            [_] => value.trim().split_once('(').unwrap_or_default(),
            _ => return,
        };
        let values = self.values.entry(of.to_owned()).or_insert_with(|| Some(Vec::new()));
        match (values, value.strip_prefix('"').and_then(|value| value.split_once('"'))) {
            (Some(values), Some((value, _))) if !values.iter().any(|known| known == value) => {
                values.push(value.to_owned());
            }
            (values, None) => *values = None,
            _ => {}
        }
    }
}

/// `alias "path"`, `"path"`: the name in the file, and the prefix of definitions.
fn import(line: &str) -> Option<(String, String)> {
    let (alias, path) = line.strip_suffix('"')?.split_once('"')?;
    if alias.contains('=') {
        return None;
    }
    let last = path.rsplit('/').next()?;
    let alias = if alias.is_empty() { last } else { alias.trim() };
    let (host, rest) = path.split_once('/')?;
    let host: Vec<&str> = host.rsplit('.').collect();
    Some((alias.to_owned(), format!("{}.{}", host.join("."), rest.replace('/', "."))))
}

/// ``Name Type `json:"name,omitempty"` ``, ``Type `json:",inline"` ``.
fn field(line: &str, package: &str, imports: &BTreeMap<String, String>) -> Option<Field> {
    let (declared, tags) = line.split_once('`')?;
    let (_, json) = tags.split_once("json:\"")?;
    let name = json.split(['"', ',']).next()?;
    let of = declared.split_whitespace().last()?;
    let may_be_empty = json.starts_with(&format!("{name},omitempty")) && !of.starts_with(['*', '[']);
    let of = of.trim_start_matches(['*', '[', ']']);
    let of = match of.split_once('.') {
        Some((alias, of)) => (imports.get(alias)?.clone(), of.to_owned()),
        None => (package.to_owned(), of.to_owned()),
    };
    Some(Field { name: name.to_owned(), of, may_be_empty })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_and_closed_sets_are_read() {
        let mut packages = Packages::default();
        packages.0.entry("io.k8s.api.core.v1".to_owned()).or_default().read("io.k8s.api.core.v1", CORE);
        packages.0.entry("io.k8s.api.apps.v1".to_owned()).or_default().read("io.k8s.api.apps.v1", APPS);
        assert_eq!(packages.is_cluster("io.k8s.api.core.v1.Node"), Some(true));
        assert_eq!(packages.is_cluster("io.k8s.api.core.v1.Pod"), Some(false));
        assert_eq!(packages.is_cluster("io.k8s.api.core.v1.Port"), None);
        let closed = packages.closed("io.k8s.api.core.v1.Pod");
        let texts = |texts: &[&str]| Some(texts.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(closed.get("protocol"), Some(&texts(&["TCP", "UDP", ""])));
        assert_eq!(closed.get("pointer"), Some(&texts(&["TCP", "UDP"])));
        assert_eq!(closed.get("unread"), Some(&None));
        assert_eq!(closed.get("free"), None);
        assert_eq!(packages.closed("io.k8s.api.apps.v1.Other").get("all"), Some(&texts(&["TCP", "UDP"])));
    }

    const CORE: &str = r#"
// +enum
type Protocol string

const (
	// TCP.
	ProtocolTCP Protocol = "TCP"
	ProtocolUDP          = Protocol("UDP")
)

// +enum
type Computed string

const ComputedOne Computed = prefix + "one"

type Free string

const FreeOne Free = "one"

// +genclient
// +genclient:nonNamespaced

// Node is of the cluster.
type Node struct {
}

// +genclient
type Pod struct {
	Port `json:",inline"`
	Unread Computed `json:"unread"`
	Free Free `json:"free"`
}

type Port struct {
	Protocol Protocol `json:"protocol,omitempty" protobuf:"x"`
	Pointer *Protocol `json:"pointer,omitempty"`
}
"#;

    const APPS: &str = r#"
import (
	v1 "k8s.io/api/core/v1"
)

type Other struct {
	All []v1.Protocol `json:"all,omitempty"`
}
"#;
}
