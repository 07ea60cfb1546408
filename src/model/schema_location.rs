//! Where a repository keeps JSON schemas of its own: `schemas` of `kate.yaml`, as kubeconform's
//! `-schema-location` is written.

use std::collections::BTreeSet;

use crate::text::{RepoPath, Span};
use crate::vfs::{Entry, EntryKind, Listing};

/// How kubeconform lays out the built-in kinds below a directory, and the catalog of custom resources
/// its kinds.
const LAYOUTS: [&str; 2] = [
    "{{.NormalizedKubernetesVersion}}-standalone{{.StrictSuffix}}/{{.ResourceKind}}{{.KindSuffix}}.json",
    "{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json",
];

/// A directory or template of `kate.yaml`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SchemaLocation {
    /// The directory that everything is in.
    pub directory: RepoPath,
    /// Where it is written.
    pub at: Span,
    templates: Vec<Vec<Part>>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Part {
    Text(String),
    KubernetesVersion,
    StrictSuffix,
    ResourceKind,
    KindSuffix,
    ResourceApiVersion,
    Group,
}

const VARIABLES: [(&str, Part); 6] = [
    ("NormalizedKubernetesVersion", Part::KubernetesVersion),
    ("StrictSuffix", Part::StrictSuffix),
    ("ResourceKind", Part::ResourceKind),
    ("KindSuffix", Part::KindSuffix),
    ("ResourceAPIVersion", Part::ResourceApiVersion),
    ("Group", Part::Group),
];

impl SchemaLocation {
    /// Read a directory, or a template that ends in `.json`.
    ///
    /// # Errors
    /// What is wrong with it, and what to do.
    pub fn parse(text: &str, at: Span) -> Result<Self, (String, String)> {
        if text == "default" {
            let help = "kate's own schemas count wherever no other is found; leave it out".to_owned();
            return Err(("`default` is no directory".to_owned(), help));
        }
        if text.contains("://") {
            let help = "name a directory of this repository that holds a copy".to_owned();
            return Err(("kate fetches no schemas".to_owned(), help));
        }
        let text = text.trim_end_matches('/');
        let written: Vec<String> = match text.ends_with(".json") {
            true => vec![text.to_owned()],
            false => LAYOUTS.iter().map(|layout| format!("{text}/{layout}")).collect(),
        };
        let templates = written.iter().map(|text| parts(text)).collect::<Result<Vec<_>, _>>()?;
        let start = match templates.first().and_then(|parts| parts.first()) {
            Some(Part::Text(start)) => start.rsplit_once('/').map_or("", |(directory, _)| directory),
            _ => "",
        };
        let outside = || {
            let help = "write it relative to the repository's root, without `..` or a leading `/`".to_owned();
            ("this path leads outside the repository".to_owned(), help)
        };
        let directory = RepoPath::new(start).ok_or_else(outside)?;
        Ok(Self { directory, at, templates })
    }

    /// The schemas of a kind that there are in the first layout that has any, with the minor version of
    /// Kubernetes that each is of; none if it says nothing of that.
    #[must_use]
    pub fn files(&self, listing: &Listing, group: &str, version: &str, kind: &str) -> Vec<(Option<u32>, RepoPath)> {
        let mut found = Vec::new();
        for template in &self.templates {
            let versions = match template.contains(&Part::KubernetesVersion) {
                true => self.versions(listing),
                false => BTreeSet::from([String::new()]),
            };
            for kubernetes in &versions {
                let exists = |strict: &str| {
                    let path = RepoPath::new(&fill(template, kubernetes, strict, (group, version, kind)))?;
                    listing.get(&path).is_some_and(is_readable).then_some(path)
                };
                if let Some(path) = exists("-strict").or_else(|| exists("")) {
                    found.push((minor(kubernetes), path));
                }
            }
            if !found.is_empty() {
                break;
            }
        }
        found
    }

    /// The versions of Kubernetes that paths below the directory name.
    fn versions(&self, listing: &Listing) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for (path, _) in listing.below(&self.directory) {
            for part in path.relative_to(&self.directory).split('/') {
                let version = part.split_once("-standalone").map_or(part, |(version, _)| version);
                if version == "master" || minor(version).is_some() {
                    found.insert(version.to_owned());
                }
            }
        }
        found
    }

    /// Whether anything can be read below the directory.
    #[must_use]
    pub fn exists(&self, listing: &Listing) -> bool {
        listing.below(&self.directory).any(|(_, entry)| is_readable(entry))
    }

    /// Whether a file is in a directory that holds nothing but schemas.
    #[must_use]
    pub fn holds(&self, path: &RepoPath) -> bool {
        !self.directory.is_root() && path.extension() == Some("json") && path.is_within(&self.directory)
    }
}

/// `exclude` says what is no manifest, and schemas are none.
fn is_readable(entry: &Entry) -> bool {
    matches!(entry.kind, EntryKind::File | EntryKind::Excluded)
}

fn parts(text: &str) -> Result<Vec<Part>, (String, String)> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((variable, after)) = after.split_once("}}") else {
            return Err(("`{{` is not closed".to_owned(), "close it with `}}`".to_owned()));
        };
        let name = variable.trim().trim_start_matches('.');
        let Some((_, part)) = VARIABLES.iter().find(|(known, _)| *known == name) else {
            let known: Vec<String> = VARIABLES.iter().map(|(name, _)| format!("`{name}`")).collect();
            return Err((
                format!("`{name}` is no variable of schema locations"),
                format!("there are {}", known.join(", ")),
            ));
        };
        if !before.is_empty() {
            parts.push(Part::Text(before.to_owned()));
        }
        parts.push(part.clone());
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest.to_owned()));
    }
    Ok(parts)
}

fn fill(template: &[Part], kubernetes: &str, strict: &str, (group, version, kind): (&str, &str, &str)) -> String {
    // The program takes the version for the group of the core kinds.
    let group = if group.is_empty() { version } else { group };
    let suffix = || {
        let first = group.split('.').next().unwrap_or_default().to_lowercase();
        if group == version { format!("-{first}") } else { format!("-{first}-{}", version.to_lowercase()) }
    };
    let filled = template.iter().map(|part| match part {
        Part::Text(text) => text.clone(),
        Part::KubernetesVersion => kubernetes.to_owned(),
        Part::StrictSuffix => strict.to_owned(),
        Part::ResourceKind => kind.to_lowercase(),
        Part::KindSuffix => suffix(),
        Part::ResourceApiVersion => version.to_owned(),
        Part::Group => group.to_owned(),
    });
    filled.collect()
}

/// The minor version of `v1.33.0`.
fn minor(version: &str) -> Option<u32> {
    let mut numbers = version.strip_prefix("v1.")?.split('.');
    let minor = numbers.next()?.parse().ok()?;
    let is_patch = |patch: &str| !patch.is_empty() && patch.bytes().all(|byte| byte.is_ascii_digit());
    (numbers.next().is_some_and(is_patch) && numbers.next().is_none()).then_some(minor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::FileId;

    fn files(location: &str, paths: &[&str], kind: (&str, &str, &str)) -> Vec<(Option<u32>, String)> {
        let location = SchemaLocation::parse(location, Span::start_of(FileId(0))).expect("well-formed");
        let mut listing = Listing::default();
        for path in paths {
            let entry = Entry { kind: EntryKind::File, size: 1 };
            listing.insert(RepoPath::new(path).expect("inside"), entry);
        }
        let found = location.files(&listing, kind.0, kind.1, kind.2);
        found.into_iter().map(|(minor, path)| (minor, path.to_string())).collect()
    }

    #[test]
    fn files_stand_where_kubeconform_looks() {
        let paths = [
            "s/v1.33.0-standalone-strict/deployment-apps-v1.json",
            "s/v1.33.0-standalone/deployment-apps-v1.json",
            "s/master-standalone/pod-v1.json",
            "s/external-secrets.io/externalsecret_v1.json",
        ];
        let found = files("s/", &paths, ("apps", "v1", "Deployment"));
        assert_eq!(found, [(Some(33), paths[0].to_owned())]);
        assert_eq!(files("s", &paths, ("", "v1", "Pod")), [(None, paths[2].to_owned())]);
        assert_eq!(files("s", &paths, ("external-secrets.io", "v1", "ExternalSecret")), [(None, paths[3].to_owned())]);
        let template = "s/{{ .Group }}/{{.ResourceKind}}_{{ .ResourceAPIVersion }}.json";
        assert_eq!(files(template, &paths, ("external-secrets.io", "v1", "ExternalSecret")).len(), 1);
        assert!(files(template, &paths, ("apps", "v1", "Deployment")).is_empty());
    }

    #[test]
    fn mistakes_are_told() {
        let why = |text: &str| SchemaLocation::parse(text, Span::start_of(FileId(0))).expect_err("a mistake").0;
        assert!(why("https://example.com/x").contains("fetches"));
        assert!(why("default").contains("no directory"));
        assert!(why("../x").contains("outside"));
        assert!(why("a/{{.Kind}}.json").contains("`Kind`"));
        assert!(why("a/{{.Group.json").contains("not closed"));
    }
}
