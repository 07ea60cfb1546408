//! Candidates for secrets in plain text: where one stands, what its field is called, what its text
//! looks like. The text itself never leaves this module.

use std::collections::BTreeMap;

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::text::{Nature, entropy, is_credential, is_name_like, nature};
use super::{base64, hcl, tokens};
use crate::graph::{Object, Snapshot};
use crate::policy::document::Maker;
use crate::policy::input::{PolicyInput, path_of};
use crate::syntax::ParsedFile;
use crate::syntax::yaml::TextPlaces;
use crate::text::{Sources, Span};
use crate::value::{Data, Value};

/// Longest text whose inside is looked at.
const MAX_INSIDE: usize = 1 << 18;

/// What is known of one text.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    /// Where it is written.
    pub(super) at: Span,
    /// Kind of place: see `docs/policies.md`.
    pub(super) place: &'static str,
    /// Name of the field.
    pub(super) field: String,
    /// Stable name of what holds it.
    pub(super) holder: String,
    /// Whether the field is declared to be secret.
    pub(super) declared: bool,
    /// Whether what holds it is deployed, as far as is known.
    pub(super) deployed: bool,
    /// What the text looks like.
    pub(super) look: Look,
}

/// What a text looks like.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    nature: Nature,
    token: Option<&'static str>,
    entropy: f64,
    length: usize,
    mixed: bool,
    name_like: bool,
}

impl Look {
    /// Look at a text.
    pub(super) fn of(text: &str) -> Self {
        let token = tokens::find(text).into_iter().next();
        let nature = match &token {
            // The words around a token do not matter, only the token's own.
            Some(token) => match nature(&text[token.at.clone()]) {
                Nature::Placeholder => Nature::Placeholder,
                Nature::Encrypted => Nature::Encrypted,
                _ if entropy(&text[token.at.clone()]) < 3.0 => Nature::Placeholder,
                _ => Nature::Literal,
            },
            None => nature(text),
        };
        let has = |class: fn(&u8) -> bool| text.as_bytes().iter().any(class);
        let classes = [has(u8::is_ascii_lowercase), has(u8::is_ascii_uppercase), has(u8::is_ascii_digit)];
        Self {
            nature,
            token: token.map(|token| token.name),
            entropy: entropy(text),
            length: text.chars().count(),
            mixed: classes.into_iter().filter(|class| *class).count() > 1,
            name_like: is_name_like(text),
        }
    }
}

/// All candidates of head as maps: see `docs/policies.md`.
pub(in crate::policy) fn facts(input: &PolicyInput<'_>) -> Vec<Value> {
    let snapshot = input.head;
    let mut found: BTreeMap<(Span, String), Candidate> = BTreeMap::new();
    let in_text: Vec<Vec<Candidate>> =
        snapshot.repository.files.par_iter().map(|(_, file)| in_text(snapshot, file)).collect();
    let in_files: Vec<Vec<Candidate>> =
        snapshot.repository.files.par_iter().map(|(path, file)| hcl::candidates(path, file)).collect();
    let in_objects: Vec<Vec<Candidate>> =
        distinct(snapshot).into_par_iter().map(|object| in_object(snapshot, object)).collect();
    for candidate in in_objects.into_iter().flatten().chain(in_files.into_iter().flatten()) {
        found.entry((candidate.at, candidate.field.clone())).or_insert(candidate);
    }
    // A token in a field is one finding: that of the field, whose name says more.
    for candidate in in_text.into_iter().flatten() {
        let file = |start| (Span { file: candidate.at.file, start, end: start }, String::new());
        let before = found.range(..file(candidate.at.end)).rev().take(8);
        let within =
            before.filter(|((at, _), _)| at.contains(candidate.at)).any(|(_, field)| field.look.token.is_some());
        if !within {
            found.insert((candidate.at, candidate.field.clone()), candidate);
        }
    }
    found.into_values().map(|candidate| fact(snapshot, &candidate)).collect()
}

fn fact(snapshot: &Snapshot, candidate: &Candidate) -> Value {
    let path = path_of(snapshot, candidate.at.file);
    let look = candidate.look;
    let class = match look.token {
        Some("private key") => "private-key",
        Some(_) => "token",
        None if is_credential(&candidate.field) => "credential",
        None => "other",
    };
    let fact = Maker::at(candidate.at)
        .text("subject", format!("{}/{}", candidate.holder, candidate.field))
        .text("place", candidate.place)
        .text("path", path.clone())
        .text("field", candidate.field.as_str())
        .text("class", class)
        .text("nature", look.nature.as_str())
        .data("entropy", Data::Float((look.entropy * 100.0).round() / 100.0))
        .data("length", Data::Int(i64::try_from(look.length).unwrap_or(i64::MAX)))
        .data("mixed", Data::Bool(look.mixed))
        .data("name_like", Data::Bool(look.name_like))
        .data("declared", Data::Bool(candidate.declared))
        .data("deployed", Data::Bool(candidate.deployed))
        .data("example", Data::Bool(is_example(&path)))
        .data("allowed", Data::Bool(is_allowed(snapshot, candidate.at)));
    match look.token {
        Some(token) => fact.text("token", token).build(),
        None => fact.build(),
    }
}

/// Whether somebody has looked at the line and told another scanner that it is no leak.
fn is_allowed(snapshot: &Snapshot, at: Span) -> bool {
    let file = snapshot.repository.sources.get(at.file);
    let line = file.lines().line_range(file.lines().line(at.start as usize), &file.text);
    let text = file.text.get(line).unwrap_or_default();
    ["gitleaks:allow", "pragma: allowlist secret", "trufflehog:ignore", "ggignore", "notsecret"]
        .iter()
        .any(|mark| text.contains(mark))
}

/// Whether a path says that what it holds is not used in earnest.
fn is_example(path: &str) -> bool {
    const WORDS: &[&str] = &[
        "test", "tests", "testdata", "e2e", "example", "examples", "sample", "samples", "fixture", "fixtures", "mock",
        "mocks", "docs", "doc", "demo", "demos", "snippets",
    ];
    path.split(['/', '.', '_', '-']).any(|part| WORDS.contains(&part.to_ascii_lowercase().as_str()))
}

/// Tokens anywhere in a file's text.
fn in_text(snapshot: &Snapshot, file: &ParsedFile) -> Vec<Candidate> {
    let source = &file.source;
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    let candidate = |token: tokens::Token| {
        let number = count.entry(token.name).or_default();
        *number += 1;
        Candidate {
            at: Span::new(source.id, token.at.start, token.at.end),
            place: "text",
            field: format!("{} {number}", token.name),
            holder: path_of(snapshot, source.id).to_string(),
            declared: false,
            deployed: true,
            look: Look::of(&source.text[token.at]),
        }
    };
    tokens::find(&source.text).into_iter().map(candidate).collect()
}

/// Objects with texts of their own: what several overlays take over from one base unchanged is one
/// and the same, and is looked at once, in an object that is deployed if there is one.
fn distinct(snapshot: &Snapshot) -> Vec<&Object> {
    let mut seen = FxHashSet::default();
    let is_deployed = |object: &&Object| snapshot.unit(object.unit).deployed;
    let all = || snapshot.objects.iter();
    let objects = all().filter(is_deployed).chain(all().filter(|object| !is_deployed(object)));
    objects
        .filter(|object| {
            let paths: &[&[&str]] = match (object.group.as_str(), object.kind.as_str()) {
                ("", "Secret") => &[&["data"], &["stringData"]],
                ("", "ConfigMap") => &[&["data"]],
                _ => &[&["spec"]],
            };
            let parts = paths.iter().filter_map(|path| object.value.at(path));
            let maps: Vec<_> = parts.filter_map(Value::as_map).map(std::ptr::from_ref).collect();
            let own = maps.iter().filter(|map| seen.insert(**map)).count();
            maps.is_empty() || own > 0
        })
        .collect()
}

/// Fields of an object that hold secrets or often do.
fn in_object(snapshot: &Snapshot, object: &Object) -> Vec<Candidate> {
    let mut found = Vec::new();
    let mut collector = Collector {
        holder: object.subject(),
        deployed: snapshot.unit(object.unit).deployed,
        place: "",
        sources: &snapshot.repository.sources,
        found: &mut found,
    };
    let value = &object.value;
    match (object.group.as_str(), object.kind.as_str()) {
        ("", "Secret") => {
            collector.place = "secret";
            collector.encoded(value.at(&["data"]));
            collector.fields(value.at(&["stringData"]));
        }
        ("", "ConfigMap") => {
            collector.place = "config-map";
            collector.fields(value.at(&["data"]));
        }
        ("external-secrets.io", "ExternalSecret" | "ClusterExternalSecret") => {
            collector.place = "external-secret-template";
            collector.fields(value.at(&["spec", "target", "template", "data"]));
        }
        ("argoproj.io", "Application" | "ApplicationSet") => {
            collector.place = "helm-values";
            helm(value, &mut collector, 0);
        }
        _ => {
            collector.place = "env";
            environment(value, &mut collector, 0);
        }
    }
    found
}

/// Where candidates of one holder go.
struct Collector<'a> {
    holder: String,
    deployed: bool,
    place: &'static str,
    sources: &'a Sources,
    found: &'a mut Vec<Candidate>,
}

impl Collector<'_> {
    fn push(&mut self, field: &str, text: &str, at: Span) {
        self.found.push(Candidate {
            at,
            place: self.place,
            field: field.to_owned(),
            holder: self.holder.clone(),
            declared: false,
            deployed: self.deployed,
            look: Look::of(text),
        });
    }

    /// A text, and the fields written in it if it is a small file.
    fn text(&mut self, field: &str, text: &str, at: Span) {
        let inside = if text.len() <= MAX_INSIDE { inside(text) } else { Vec::new() };
        if inside.is_empty() || Look::of(text).token.is_some() {
            self.push(field, text, at);
        }
        self.inside(&inside, &format!("{field}:"), text, at);
    }

    /// Credentials among the fields of a small file, each at its own line.
    fn inside(&mut self, fields: &[Inside], prefix: &str, text: &str, at: Span) {
        let credentials: Vec<&Inside> = fields.iter().filter(|field| is_credential(&field.name)).collect();
        if credentials.is_empty() {
            return;
        }
        let places = TextPlaces::find(self.sources.get(at.file), at, text);
        for field in credentials {
            let part = field.at.clone().or_else(|| only_place(text, &field.text));
            let place = part.map_or(at, |part| places.of(Span::new(at.file, part.start, part.end)));
            self.push(&format!("{prefix}{}", field.name), &field.text, place);
        }
    }

    /// Texts of a map.
    fn fields(&mut self, map: Option<&Value>) {
        for entry in map.into_iter().flat_map(Value::entries) {
            if let Some(text) = entry.value.as_str() {
                self.text(&entry.key, text, entry.value.span());
            }
        }
    }

    /// Texts of a map of base64.
    fn encoded(&mut self, map: Option<&Value>) {
        for entry in map.into_iter().flat_map(Value::entries) {
            let Some(text) = entry.value.as_str() else { continue };
            match base64::decode(text).map(String::from_utf8) {
                Some(Ok(decoded)) => self.text(&entry.key, &decoded, entry.value.span()),
                // Bytes that are no text: a keystore, or something compressed.
                Some(Err(_)) => {}
                None => self.push(&entry.key, text, entry.value.span()),
            }
        }
    }

    /// Credentials anywhere in a tree, by the names of their fields.
    fn tree(&mut self, value: &Value, depth: usize) {
        if depth > 64 {
            return;
        }
        for entry in value.entries() {
            match entry.value.as_str() {
                Some(text) if is_credential(&entry.key) || Look::of(text).token.is_some() => {
                    self.push(&entry.key, text, entry.value.span());
                }
                _ => self.tree(&entry.value, depth + 1),
            }
        }
        for item in value.items() {
            self.tree(item, depth + 1);
        }
    }
}

/// Environment variables of containers, wherever they stand.
fn environment(value: &Value, collector: &mut Collector<'_>, depth: usize) {
    if depth > 64 {
        return;
    }
    for entry in value.entries() {
        if entry.key == "env" {
            for variable in entry.value.items() {
                let given = variable.get("value");
                if let (Some(name), Some(text)) = (variable.str_at(&["name"]), given.and_then(Value::as_str)) {
                    collector.push(name, text, given.map_or(variable.span(), Value::span));
                }
            }
        }
        environment(&entry.value, collector, depth + 1);
    }
    for item in value.items() {
        environment(item, collector, depth + 1);
    }
}

/// `helm` of an Application's sources: inline values and parameters.
fn helm(value: &Value, collector: &mut Collector<'_>, depth: usize) {
    if depth > 64 {
        return;
    }
    for entry in value.entries() {
        if entry.key == "helm" {
            if let Some(values) = entry.value.get("valuesObject") {
                collector.tree(values, 0);
            }
            if let Some(values) = entry.value.get("values") {
                let text = values.as_str().unwrap_or_default();
                collector.inside(&inside(text), "", text, values.span());
            }
            for parameter in entry.value.get("parameters").map(Value::items).unwrap_or_default() {
                if let (Some(name), Some(given)) = (parameter.str_at(&["name"]), parameter.get("value")) {
                    let last = name.rsplit('.').next().unwrap_or(name);
                    if let (Some(text), true) = (given.as_str(), is_credential(last)) {
                        collector.push(last, text, given.span());
                    }
                }
            }
        }
        helm(&entry.value, collector, depth + 1);
    }
    for item in value.items() {
        helm(item, collector, depth + 1);
    }
}

/// A field of a small file.
struct Inside {
    name: String,
    text: String,
    /// Where in the file, if that can be told.
    at: Option<std::ops::Range<usize>>,
}

/// Fields of a small file: JSON, `key: value` or `KEY=value` lines. Empty if it is none of them.
fn inside(text: &str) -> Vec<Inside> {
    let mut found = Vec::new();
    let is_json = text.trim_start().starts_with('{');
    if let Some(json) = is_json.then(|| serde_json::from_str::<serde_json::Value>(text).ok()).flatten() {
        leaves(&json, &mut found);
        return found;
    }
    if !text.contains('\n') {
        return found;
    }
    let offset = |part: &str| part.as_ptr() as usize - text.as_ptr() as usize;
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with(['#', ';', '/'])) {
        let Some(at) = line.find(['=', ':']) else { continue };
        let name = line[..at].trim().trim_start_matches("- ").trim_start_matches("export ").trim_matches(['"', '\'']);
        let value = line[at + 1..].trim().trim_end_matches(',').trim_matches(['"', '\'']);
        let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b));
        // Code reads secrets (`token = get()`), prose speaks of them.
        if is_name && !value.is_empty() && !value.contains([' ', '(', '[', '`', '<', '|']) {
            let start = offset(value);
            let name = name.rsplit('.').next().unwrap_or(name).to_owned();
            found.push(Inside { name, text: value.to_owned(), at: Some(start..start + value.len()) });
        }
    }
    found
}

/// Where a part stands in a text, if it stands there once.
fn only_place(text: &str, part: &str) -> Option<std::ops::Range<usize>> {
    let mut places = text.match_indices(part).filter(|_| !part.is_empty());
    let (start, _) = places.next()?;
    places.next().is_none().then(|| start..start + part.len())
}

fn leaves(json: &serde_json::Value, found: &mut Vec<Inside>) {
    match json {
        serde_json::Value::Object(map) => {
            for (key, value) in map {
                match value {
                    serde_json::Value::String(text) => {
                        found.push(Inside { name: key.clone(), text: text.clone(), at: None });
                    }
                    other => leaves(other, found),
                }
            }
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| leaves(item, found)),
        _ => {}
    }
}
