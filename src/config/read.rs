//! From a parsed `kate.yaml` to settings and findings.

use serde_json::Value as Json;

use super::globs::Globs;
use super::options::{Level, Options, RuleOptions};
use super::settings::{LevelEntry, Levels, Selector, Settings};
use super::validate::validate;
use crate::diagnostic::{Diagnostic, RuleMeta, declare_rule, rules_of_peer};
use crate::model::declared::DeclaredVersion;
use crate::model::versions::{Project, Release, Versions};
use crate::model::{Declared, SchemaLocation};
use crate::syntax::ParsedFile;
use crate::syntax::yaml::Schema;
use crate::text::{RepoPath, Span, near_miss};
use crate::value::{Data, Value};

declare_rule! {
    static INVALID_CONFIGURATION = "invalid-configuration" {
        summary: "kate.yaml has a key, rule or value that kate cannot use",
        group: Meta, level: Error, confidence: High, fix: None, since: "0.1.0",
        ignorable: false,
    }
}

/// The rules of this module.
#[must_use]
pub fn rules() -> &'static [&'static RuleMeta] {
    static RULES: [&RuleMeta; 1] = [&INVALID_CONFIGURATION];
    &RULES
}

/// Read a parsed `kate.yaml`. With any finding the settings are not to be used: half a
/// configuration is worse than none.
#[must_use]
pub fn read(file: &ParsedFile) -> (Settings, Vec<Diagnostic>) {
    let mut reader = Reader { file, found: Vec::new() };
    for error in &file.errors {
        let mut diagnostic = finding(error.span, &error.message);
        if let Some((span, message)) = &error.related {
            diagnostic = diagnostic.label(*span, message);
        }
        reader.found.push(diagnostic);
    }
    if file.yaml().is_none() && reader.found.is_empty() {
        reader.found.push(finding(Span::start_of(file.source.id), "this is not plain YAML"));
    }
    let documents = file.yaml().map_or(&[][..], |stream| &stream.documents);
    if let Some(second) = documents.get(1) {
        let start = Span::new(second.span.file, second.span.start as usize, second.span.start as usize);
        reader.found.push(finding(start, "kate reads only one document").help("put all keys in one document"));
    }
    let settings = match documents.first().map(|document| document.value(Schema::Kustomize)) {
        Some(value) if reader.found.is_empty() => reader.document(&value),
        _ => Settings::default(),
    };
    (settings, reader.found)
}

/// Names in the configuration that are no rule. `known` are all built-in rules and the rules of
/// all loaded policies.
#[must_use]
pub fn unknown_rules(levels: &Levels, known: &[&RuleMeta]) -> Vec<Diagnostic> {
    let is_known = |name: &str| known.iter().any(|rule| rule.id.as_str() == name);
    let unknown = levels.unknown(is_known).map(|(name, at)| {
        let diagnostic = finding(at, format!("unknown rule `{name}`"));
        if rules_of_peer(name).is_some() {
            return diagnostic.help(format!(
                "`{name}` is a check of another tool that no rule of kate stands for: see `docs/peers.md`"
            ));
        }
        match near_miss(name, known.iter().map(|rule| rule.id.as_str())) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None => diagnostic.help("`kate rules` lists all rules"),
        }
    });
    unknown.collect()
}

/// A mistake of the configuration, or of what it names.
#[must_use]
pub fn mistake(at: Span, message: impl Into<String>) -> Diagnostic {
    finding(at, message)
}

fn finding(at: Span, message: impl Into<String>) -> Diagnostic {
    let message = message.into();
    let subject = message.clone();
    Diagnostic::new(&INVALID_CONFIGURATION, at, message, subject)
}

struct Reader<'a> {
    file: &'a ParsedFile,
    found: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn document(&mut self, value: &Value) -> Settings {
        if value.is_null() {
            return Settings::default();
        }
        let document = match self.json(value) {
            Some(document) => document,
            None => return Settings::default(),
        };
        for mistake in validate(&document) {
            let holder = pointer(value, &mistake.pointer).unwrap_or(value);
            let at = match &mistake.key {
                Some(key) => holder.as_map().and_then(|map| map.entry(key)).map(|entry| entry.key_origin.span()),
                None => None,
            };
            let mut diagnostic = finding(at.unwrap_or_else(|| place(holder)), mistake.message);
            diagnostic.help = mistake.help;
            self.found.push(diagnostic);
        }
        if !self.found.is_empty() {
            // Names of rules can still be judged.
            return Settings { levels: levels(value), ..Settings::default() };
        }
        match serde_json::from_value::<Options>(document) {
            Ok(options) => self.resolve(value, options),
            Err(error) => {
                self.found.push(finding(Span::start_of(self.file.source.id), error.to_string()));
                Settings::default()
            }
        }
    }

    /// The document as JSON; none if a part of it cannot be known, which is reported.
    fn json(&mut self, value: &Value) -> Option<Json> {
        Some(match &value.data {
            Data::Null => Json::Null,
            Data::Bool(truth) => Json::Bool(*truth),
            Data::Int(number) => Json::from(*number),
            Data::Float(number) => Json::from(*number),
            Data::String(text) => Json::from(text.as_str()),
            Data::List(items) => Json::Array(items.iter().map(|item| self.json(item)).collect::<Option<_>>()?),
            Data::Map(map) => Json::Object(
                map.iter()
                    .map(|entry| Some((entry.key.to_string(), self.json(&entry.value)?)))
                    .collect::<Option<_>>()?,
            ),
            Data::Unknown(unknown) => {
                self.found.push(finding(value.span(), unknown.detail()));
                return None;
            }
        })
    }

    fn resolve(&mut self, value: &Value, options: Options) -> Settings {
        for key in ["include", "exclude"] {
            self.globs(value.get(key));
        }
        let mut versions = self.versions(value.get("versions"), &options.versions, None);
        let clusters = value.get("clusters").map_or(&[][..], Value::items);
        for (index, (written, cluster)) in clusters.iter().zip(&options.clusters).enumerate() {
            self.globs(written.get("paths"));
            versions.extend(self.versions(written.get("versions"), &cluster.versions, Some(index)));
        }
        for written in value.get("overrides").map_or(&[][..], Value::items) {
            self.globs(written.get("include"));
        }
        for copy in value.get("vendored").map_or(&[][..], Value::items) {
            copy.get("path").and_then(|path| self.path(path));
        }
        let schemas = value.get("schemas").map_or(&[][..], Value::items);
        let schemas = schemas.iter().filter_map(|location| self.schemas(location)).collect();
        let written_dirs = value.at(&["policies", "dirs"]).map_or(&[][..], Value::items);
        let policy_dirs = written_dirs.iter().filter_map(|dir| self.path(dir)).collect();
        let baseline = value.get("baseline").filter(|path| !path.is_null()).and_then(|path| self.path(path));
        Settings {
            include: options.include,
            exclude: options.exclude,
            declared: Declared {
                aliases: options.repository.aliases,
                clusters: options.clusters,
                external: options.external,
                closed: options.closed,
                vendored: options.vendored,
                versions,
                schemas,
            },
            levels: levels(value),
            policy_dirs,
            policy_parameters: options.policies.parameters,
            peer_ignores: options.ignores.peers,
            baseline,
        }
    }

    /// Report a list of globs of which one is not well-formed.
    fn globs(&mut self, written: Option<&Value>) {
        let Some(written) = written else { return };
        if let Err((index, why)) = globs(written) {
            let at = written.items().get(index).unwrap_or(written).span();
            self.found.push(finding(at, format!("this is no glob: {why}")));
        }
    }

    /// A path inside the repository; one that leads out of it is reported.
    fn path(&mut self, written: &Value) -> Option<RepoPath> {
        let path = RepoPath::new(written.as_str()?);
        if path.is_none() {
            let diagnostic = finding(written.span(), "this path leads outside the repository");
            self.found
                .push(diagnostic.help("write it relative to the repository's root, without `..` or a leading `/`"));
        }
        path
    }

    fn schemas(&mut self, written: &Value) -> Option<SchemaLocation> {
        match SchemaLocation::parse(written.as_str()?, written.span()) {
            Ok(location) => Some(location),
            Err((message, help)) => {
                self.found.push(finding(written.span(), message).help(help));
                None
            }
        }
    }

    fn versions(
        &mut self,
        written: Option<&Value>,
        versions: &Versions,
        cluster: Option<usize>,
    ) -> Vec<DeclaredVersion> {
        let mut found = Vec::new();
        for project in Project::ALL.iter().copied() {
            let (Some(version), Some(value)) = (versions.get(project), written.and_then(|map| map.get(project.id())))
            else {
                continue;
            };
            let at = value.span();
            match Release::parse(version) {
                Some(release) => found.push(DeclaredVersion { project, release, cluster, at }),
                None => {
                    self.found.push(finding(at, format!("`{version}` is no version")).help("write it as `1.33`"));
                }
            }
        }
        found
    }
}

/// Where a mistake about a whole value is shown: its first key, or all of a scalar.
fn place(value: &Value) -> Span {
    match value.entries().next() {
        Some(first) => first.key_origin.span(),
        None => value.span(),
    }
}

fn globs(written: &Value) -> Result<Globs, (usize, String)> {
    Globs::new(written.items().iter().filter_map(Value::as_str))
}

/// The levels of a configuration, as far as they can be read.
fn levels(value: &Value) -> Levels {
    let overrides = value.get("overrides").map_or(&[][..], Value::items).iter();
    let overrides = overrides.filter_map(|written| {
        let globs = globs(written.get("include")?).ok()?;
        Some((globs, entries(written.get("rules"))))
    });
    Levels { overrides: overrides.collect(), rules: entries(value.get("rules")), ..Levels::default() }
}

/// The levels of a map of rules, in order of writing; one that is no level, which has been
/// reported, is as good as `off`.
fn entries(written: Option<&Value>) -> Vec<LevelEntry> {
    let written = written.into_iter().flat_map(Value::entries);
    written
        .map(|entry| {
            let level = entry.value.as_str().or_else(|| entry.value.str_at(&["level"])).unwrap_or_default();
            let options = serde_json::from_value(Json::from(level)).unwrap_or(RuleOptions::Level(Level::Off));
            let selector = Selector::new(&entry.key);
            LevelEntry { selector, level: options.level(), at: entry.key_origin.span() }
        })
        .collect()
}

/// The value at a JSON pointer.
fn pointer<'a>(value: &'a Value, pointer: &str) -> Option<&'a Value> {
    pointer.split('/').skip(1).try_fold(value, |value, part| {
        let part = part.replace("~1", "/").replace("~0", "~");
        match &value.data {
            Data::List(items) => items.get(part.parse::<usize>().ok()?),
            _ => value.get(&part),
        }
    })
}
