//! What well-known charts make, as `charts.txt` has it from their templates.
//!
//! Invariant: a chart is known by its name and where it comes from; any other may make anything.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::makes::{Makes, Names};
use super::units::Hidden;
use crate::model::Repository;
use crate::model::kubernetes::{canonical_group, split_api_version};
use crate::value::{Str, Value};

/// The sections of the table by the name of the chart: where it comes from, and its lines.
static TABLE: LazyLock<Sections> = LazyLock::new(|| sections(include_str!("charts.txt")));

type Sections = BTreeMap<&'static str, Vec<(&'static str, &'static str)>>;

fn sections(text: &'static str) -> Sections {
    let mut table = Sections::new();
    for section in text.split("\n= ").skip(1) {
        let (head, lines) = section.split_once('\n').unwrap_or((section, ""));
        let (chart, places) = head.split_once(' ').unwrap_or((head, ""));
        table.entry(chart).or_default().push((places, lines));
    }
    table
}

/// Tell of a hidden chart what it makes, if it is a well-known one and all its values are here.
pub(super) fn tell(repository: &Repository, url: &str, chart: &str, hidden: &mut Hidden) {
    let Some(makes) = find(url, chart).filter(|_| hidden.complete) else { return };
    let texts: Vec<&str> = hidden.files.iter().map(|file| &*repository.sources.get(*file).text).collect();
    let Some(overrides) = overrides(&hidden.values, &texts) else { return };
    hidden.makes = with_objects_of_values(makes, &hidden.values, &texts);
    hidden.tokens.extend(overrides);
}

/// What values put in place of the chart's name and the names of its objects; `None` if it cannot
/// be told.
fn overrides(values: &[Value], texts: &[&str]) -> Option<Vec<Str>> {
    let mut found = Vec::new();
    let mut add = |text: &str| {
        let text = text.split(" #").next().unwrap_or_default().trim().trim_matches(['"', '\'']);
        // Shorter than a token: it may be in any name.
        if text.contains("{{") || (1..3).contains(&text.len()) {
            return None;
        }
        found.extend((!text.is_empty()).then(|| Str::from(text)));
        Some(())
    };
    let mut stack: Vec<&Value> = values.iter().collect();
    let mut written: Vec<&str> = texts.to_vec();
    while let Some(value) = stack.pop() {
        written.extend(value.as_str());
        for entry in value.entries() {
            if entry.key.ends_with("ameOverride") {
                add(entry.value.as_str().filter(|_| entry.value.unknown().is_none())?)?;
            }
            stack.push(&entry.value);
        }
        // A parameter: its name is a path of values.
        if let (Some(name), Some(text)) = (value.str_at(&["name"]), value.str_at(&["value"]))
            && name.ends_with("ameOverride")
        {
            add(text)?;
        }
        stack.extend(value.items());
    }
    let lines = written.iter().flat_map(|text| text.lines());
    for (_, text) in lines.filter_map(|line| line.split_once("ameOverride:")) {
        add(text)?;
    }
    Some(found)
}

/// What a chart makes, if it is known; nothing is said of its values.
fn find(repository: &str, chart: &str) -> Option<Makes> {
    let (parent, name) = chart.rsplit_once('/').unwrap_or(("", chart));
    let place =
        [repository, parent].map(bare).into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/");
    let is_from = |from: &str| place == from || place.strip_prefix(from).is_some_and(|rest| rest.starts_with('/'));
    let sections = TABLE.get(name)?;
    let (_, lines) = sections.iter().find(|(places, _)| places.split_whitespace().any(is_from))?;
    let mut makes = Makes { by_values: true, ..Makes::default() };
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (names, kinds) = line.split_once(' ')?;
        for kind in kinds.split_whitespace() {
            let (group, kind) = kind.rsplit_once('/').unwrap_or(("", kind));
            makes.add(group, kind, read_names(names));
        }
    }
    Some(makes)
}

/// A URL without scheme and slash at the end.
fn bare(url: &str) -> &str {
    url.split_once("://").map_or(url, |(_, rest)| rest).trim_matches('/')
}

fn read_names(text: &str) -> Names {
    let mut names = Names::default();
    for name in text.split(',') {
        match name {
            "*" => names.any = true,
            "~" => names.token = true,
            glob => names.globs.push(glob.into()),
        }
    }
    names
}

/// Add the objects that values hold as a whole, which most charts make as they stand; `None` if
/// their kinds cannot be told.
fn with_objects_of_values(mut makes: Makes, values: &[Value], texts: &[&str]) -> Option<Makes> {
    let mut stack: Vec<&Value> = values.iter().collect();
    while let Some(value) = stack.pop() {
        if let Some(text) = value.as_str() {
            add_objects_of_text(&mut makes, text)?;
        }
        // Anything that has a kind may be an object, whatever else it has.
        if let (Some(kind), Some(version)) = (value.get("kind"), value.get("apiVersion")) {
            add_object(&mut makes, kind.as_str()?, version.as_str()?)?;
        }
        stack.extend(value.items());
        stack.extend(value.entries().map(|entry| &entry.value));
    }
    for text in texts {
        add_objects_of_text(&mut makes, text)?;
    }
    Some(makes)
}

/// The objects whose text stands in a text: every `kind:` with the `apiVersion:` nearest to it.
fn add_objects_of_text(makes: &mut Makes, text: &str) -> Option<()> {
    let field = |line: &str, name: &str| {
        let line = line.trim_start_matches([' ', '-']);
        let value = line.strip_prefix(name)?.strip_prefix(':')?;
        Some(value.split(" #").next().unwrap_or_default().trim().trim_matches(['"', '\'']).to_owned())
    };
    if !text.contains("apiVersion") {
        return Some(());
    }
    let versions: Vec<(usize, String)> =
        text.lines().enumerate().filter_map(|(at, line)| Some((at, field(line, "apiVersion")?))).collect();
    for (at, line) in text.lines().enumerate() {
        let Some(kind) = field(line, "kind") else { continue };
        let nearest = versions.iter().min_by_key(|(version, _)| version.abs_diff(at));
        if let Some((_, version)) = nearest.filter(|(version, _)| version.abs_diff(at) <= 4) {
            add_object(makes, &kind, version)?;
        }
    }
    Some(())
}

fn add_object(makes: &mut Makes, kind: &str, version: &str) -> Option<()> {
    if kind.contains("{{") || version.contains("{{") {
        return None;
    }
    let group = canonical_group(split_api_version(version).0, kind);
    makes.add(group, kind, Names { any: true, ..Names::default() });
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::types::{Strength, Want};
    use crate::model::kubernetes::is_builtin_group;
    use crate::value::Known;

    fn admits(makes: &Makes, kind: &str, name: &str, tokens: &[&str]) -> Option<Strength> {
        let (group, kind) = kind.rsplit_once('/').unwrap_or(("", kind));
        let want = Want {
            group: group.into(),
            kind: kind.into(),
            name: Known::Value(name.into()),
            namespace: Known::Absent,
            key: None,
        };
        makes.admits(&want, name, || tokens.iter().any(|token| name.contains(token)), || false)
    }

    #[test]
    fn charts_are_known_by_where_they_come_from() {
        assert!(find("https://charts.external-secrets.io/", "external-secrets").is_some());
        assert!(find("oci://ghcr.io/external-secrets/charts", "external-secrets").is_some());
        assert!(find("", "oci://ghcr.io/external-secrets/charts/external-secrets").is_some());
        assert!(find("https://charts.external-secrets.io.evil.example", "external-secrets").is_none());
        assert!(find("https://charts.example.com", "external-secrets").is_none());
        assert!(find("https://charts.external-secrets.io", "cert-manager").is_none());
    }

    #[test]
    fn what_charts_make() {
        let makes = find("https://charts.external-secrets.io", "external-secrets").expect("known");
        assert_eq!(admits(&makes, "storage.k8s.io/StorageClass", "fast", &[]), None);
        let nginx = find("https://kubernetes.github.io/ingress-nginx", "ingress-nginx").expect("known");
        assert_eq!(admits(&nginx, "networking.k8s.io/IngressClass", "nginx", &[]), Some(Strength::Strong));
        assert_eq!(admits(&nginx, "networking.k8s.io/IngressClass", "internal", &[]), None);
    }

    #[test]
    fn every_line_can_be_read() {
        for (chart, sections) in TABLE.iter() {
            for (places, lines) in sections {
                let first = places.split_whitespace().next().expect("a chart comes from somewhere");
                assert!(find(first, chart).is_some(), "{chart}");
                for line in lines.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
                    let (_, kinds) = line.split_once(' ').expect("names and kinds");
                    for kind in kinds.split_whitespace() {
                        let (group, kind) = kind.rsplit_once('/').unwrap_or(("", kind));
                        assert!(group.is_empty() || group.contains('.') || is_builtin_group(group), "{chart}: {kind}");
                        assert!(kind.starts_with(|c: char| c.is_ascii_uppercase()), "{chart}: {kind}");
                    }
                }
            }
        }
    }
}
