//! Policies from texts to a compiled engine, and what is wrong with them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::num::{NonZeroU32, NonZeroUsize};
use std::ops::Range;

use regorus::{Engine, PolicyLengthConfig, Value};
use rustc_hash::FxHashSet;

use super::lint::{Definitions, chains, lint};
use super::metadata::{Annotations, Input, Metadata, Mistake};
use super::outline::{Outline, Version};
use super::run::{TIME_LIMIT, timer};
use super::{builtins, catalogue, embedded};
use crate::diagnostic::{FixAvailability, Group, RuleId, RuleMeta, Severity, Status};
use crate::text::{FileId, LineIndex, Span};

/// Largest policy file, in bytes.
const MAX_FILE: usize = 1 << 20;

/// A policy file that somebody has read.
#[derive(Clone, Debug)]
pub struct PolicyFile {
    /// Where it is, for messages; unique among the files of one load.
    pub path: String,
    /// Its text.
    pub text: std::sync::Arc<str>,
    /// Its identity in the run's sources.
    pub file: FileId,
}

/// A file while it is being loaded; built-in files have no identity.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) path: String,
    pub(super) text: std::sync::Arc<str>,
    pub(super) file: Option<FileId>,
    /// The page of a built-in policy.
    pub(super) page: Option<&'static str>,
}

impl Source {
    /// A place in it.
    pub(super) fn span(&self, at: &Range<usize>) -> Option<Span> {
        self.file.map(|file| Span::new(file, at.start, at.end))
    }
}

/// One rule set that is evaluated: `data.main.deny`.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// The path of its file.
    pub(super) file: Cow<'static, str>,
    /// What regorus evaluates.
    pub(super) path: String,
    /// Its rule.
    pub(super) meta: RuleMeta,
    /// Severity of a result that names none.
    pub(super) level: Severity,
    /// Whether source lines must not be shown with its findings.
    pub(super) redact: bool,
    /// What it is evaluated on.
    pub(super) input: Input,
    /// The kinds of objects that it speaks about; `None`: any.
    pub(super) kinds: Option<Vec<String>>,
    /// Whether it expects the object wrapped as an admission review.
    pub(super) review: bool,
    /// Values that it declares for its parameters.
    pub(super) params: Option<Value>,
    /// Where it is defined, if that is in the run's sources.
    pub(super) at: Option<Span>,
}

impl Entry {
    /// Whether it can speak about an object of a kind.
    pub(super) fn is_about(&self, kind: Option<&str>) -> bool {
        match (&self.kinds, kind) {
            (Some(kinds), Some(kind)) => kinds.iter().any(|wanted| wanted == kind),
            _ => true,
        }
    }
}

/// Files compiled together: they may import each other, and nothing else.
#[derive(Debug)]
pub(super) struct Bundle {
    pub(super) entries: Vec<Entry>,
    code: Code,
}

#[derive(Debug)]
enum Code {
    /// kate's own, with the parameters: a run needs few of them.
    Texts(Value),
    Compiled(Box<Engine>),
}

impl Bundle {
    /// kate's own policies, not compiled.
    pub(super) fn own(given: &Params) -> Self {
        let entries = catalogue::own();
        let params = parameters(&entries, given);
        Self { entries, code: Code::Texts(params) }
    }

    /// An engine that can evaluate some of the entries.
    pub(super) fn engine(&self, wanted: &[&Entry]) -> anyhow::Result<Engine> {
        let params = match &self.code {
            Code::Compiled(engine) => return Ok(engine.as_ref().clone()),
            Code::Texts(params) => params.clone(),
        };
        let wanted: FxHashSet<&str> = wanted.iter().map(|entry| entry.file.as_ref()).collect();
        // What has no page is a library.
        let is_needed = |source: &Source| source.page.is_none() || wanted.contains(source.path.as_str());
        let needed: Vec<Read> = embedded::sources().into_iter().filter(is_needed).map(read).collect();
        let tables = embedded::tables(|path| needed.iter().any(|(source, ..)| source.text.contains(path)));
        compile(&needed, &data(params, tables)).map_err(|(_, message)| anyhow::anyhow!(message))
    }
}

/// A file and what stands in it.
pub(super) type Read = (Source, Outline, Annotations);

pub(super) fn read(source: Source) -> Read {
    let outline = Outline::of(&source.text);
    let annotations = Annotations::of(&source.text, &outline);
    (source, outline, annotations)
}

/// A fault of a policy file.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) path: String,
    pub(super) at: Option<Span>,
    pub(super) message: String,
}

/// Compile files, leaving out those that are broken. `data` is the document `data.kate`; the
/// parameters of each rule that METADATA declares are added to it, overridden by `params`.
pub(super) fn load(sources: Vec<Source>, tables: Vec<(&str, Value)>, params: &Params) -> (Option<Bundle>, Vec<Fault>) {
    let mut faults = Vec::new();
    let mut sources: Vec<Read> = sources
        .into_iter()
        .filter_map(|source| {
            if source.text.len() > MAX_FILE {
                let message = format!("larger than {MAX_FILE} bytes");
                faults.push(Fault { at: source.span(&(0..0)), path: source.path.clone(), message });
                return None;
            }
            Some(read(source))
        })
        .collect();
    let all = Definitions::of(sources.iter().map(|(_, outline, _)| outline));
    let mut broken = vec![false; sources.len()];
    for (index, (source, outline, annotations)) in sources.iter().enumerate() {
        for mistake in annotations.mistakes.iter().cloned().chain(lint(&source.text, outline, &all)) {
            broken[index] = true;
            faults.push(fault(source, mistake));
        }
    }
    let files: Vec<(&str, &Outline)> = sources.iter().map(|(source, outline, _)| (&*source.text, outline)).collect();
    for (index, mistake) in chains(&files, &all) {
        broken[index] = true;
        faults.push(fault(&sources[index].0, mistake));
    }
    let mut keep = broken.into_iter().map(|broken| !broken);
    sources.retain(|_| keep.next().unwrap_or(true));

    let mut entries = entries(&sources);
    let data = data(parameters(&entries, params), tables);
    loop {
        match compile(&sources, &data) {
            Ok(engine) => {
                entries.retain(|entry| sources.iter().any(|(_, outline, _)| outline.defines(&entry.path)));
                let bundle =
                    (!sources.is_empty()).then_some(Bundle { entries, code: Code::Compiled(Box::new(engine)) });
                return (bundle, faults);
            }
            Err((culprit, message)) => {
                let at = culprit.unwrap_or(0);
                if sources.is_empty() {
                    return (None, faults);
                }
                let (source, ..) = sources.remove(at);
                faults.push(located(&source, &message));
            }
        }
    }
}

/// The document `data`.
fn data(params: Value, mut tables: Vec<(&str, Value)>) -> Value {
    tables.push(("params", params));
    let kate: BTreeMap<Value, Value> = tables.into_iter().map(|(key, value)| (key.into(), value)).collect();
    Value::from(BTreeMap::from([(Value::from("kate"), Value::from(kate))]))
}

/// Values for policies, by rule id. They override what METADATA declares under `custom.params`.
pub type Params = BTreeMap<String, BTreeMap<String, serde_json::Value>>;

fn fault(source: &Source, mistake: Mistake) -> Fault {
    Fault { path: source.path.clone(), at: source.span(&mistake.at), message: mistake.message }
}

/// Conftest's names: `deny`, `warn`, `violation`, each with an optional suffix after `_`.
fn level_of(name: &str) -> Option<Severity> {
    let word = name.split_once('_').map_or(name, |(word, _)| word);
    match word {
        "deny" | "violation" => Some(Severity::Error),
        "warn" => Some(Severity::Warning),
        _ => None,
    }
}

pub(super) fn entries(sources: &[Read]) -> Vec<Entry> {
    let mut found: Vec<Entry> = Vec::new();
    for (source, outline, annotations) in sources {
        for head in &outline.heads {
            let Some(by_name) = level_of(&head.name).filter(|_| !head.is_function) else { continue };
            let path = format!("{}.{}", outline.package_path(), head.name);
            let metadata = annotations.rule(outline, &head.name);
            if let Some(known) = found.iter_mut().find(|entry| entry.path == path) {
                known.params = merged([known.params.take(), metadata.params]);
                continue;
            }
            let level = metadata
                .level
                .map_or(by_name, |level| if by_name == Severity::Warning { level.min(by_name) } else { level });
            found.push(Entry {
                file: source.path.clone().into(),
                level,
                redact: metadata.redact.unwrap_or(false),
                input: metadata.input.unwrap_or_default(),
                kinds: metadata.kinds.clone(),
                review: outline.reads(&source.text, &["input", "review"]),
                at: source.span(&head.at),
                meta: meta(source, outline, &head.name, &metadata, level),
                params: metadata.params,
                path,
            });
        }
    }
    // Rule sets with one id are one rule: its level is the highest of theirs.
    let metas: Vec<RuleMeta> = found.iter().map(|entry| entry.meta.clone()).collect();
    for entry in &mut found {
        let same = metas.iter().filter(|meta| meta.id == entry.meta.id);
        entry.meta.level = same.map(|meta| meta.level).max().unwrap_or(entry.meta.level);
    }
    found
}

fn meta(source: &Source, outline: &Outline, rule: &str, metadata: &Metadata, level: Severity) -> RuleMeta {
    let derived = || {
        let package: Vec<String> = outline.package.iter().filter_map(|part| super::metadata::rule_id(part)).collect();
        format!("policy/{}/{}", package.join("/"), rule.replace('_', "-"))
    };
    let id = metadata.id.clone().unwrap_or_else(derived);
    let summary = metadata.title.clone().unwrap_or_else(|| format!("`{rule}` of policy {}", source.path));
    let docs = match source.page {
        Some(page) => page.into(),
        None => format!(
            "# {id}\n\n{}\n\nDefined in `{}`.\n",
            metadata.description.as_deref().unwrap_or(&summary),
            source.path
        )
        .into(),
    };
    RuleMeta {
        id: RuleId::owned(id),
        summary: summary.into(),
        group: metadata.group.unwrap_or(Group::Policy),
        level,
        enabled: metadata.enabled.unwrap_or(true),
        confidence: metadata.confidence.unwrap_or(crate::diagnostic::Confidence::High),
        status: Status::Preview,
        since: if source.page.is_some() { "0.1.0" } else { "" },
        fix: FixAvailability::None,
        security_severity: metadata.security_severity,
        ignorable: true,
        docs,
    }
}

/// `data.kate.params`: by rule id.
fn parameters(entries: &[Entry], given: &Params) -> Value {
    let mut all: BTreeMap<Value, Value> = BTreeMap::new();
    for entry in entries {
        let id = entry.meta.id.as_str();
        let given = given.get(id).into_iter().flatten();
        let given: BTreeMap<Value, Value> =
            given.map(|(key, value)| (key.as_str().into(), value.clone().into())).collect();
        let values = merged([all.remove(&id.into()), entry.params.clone(), Some(given.into())]);
        all.insert(id.into(), values.unwrap_or_else(Value::new_object));
    }
    all.into()
}

/// The entries of all, those of later ones if several have them.
fn merged<const N: usize>(all: [Option<Value>; N]) -> Option<Value> {
    all.into_iter().flatten().reduce(|mut sum, more| {
        if let (Ok(sum), Ok(more)) = (sum.as_object_mut(), more.as_object()) {
            sum.extend(more.iter().map(|(key, value)| (key.clone(), value.clone())));
        }
        sum
    })
}

/// A new engine with kate's limits and builtins.
pub(super) fn engine() -> anyhow::Result<Engine> {
    let mut engine = Engine::new();
    engine.set_strict_builtin_errors(false);
    engine.set_gather_prints(true);
    engine.set_execution_timer_config(timer(TIME_LIMIT));
    engine.set_policy_length_config(PolicyLengthConfig {
        max_col: NonZeroU32::new(1 << 16).unwrap_or(NonZeroU32::MAX),
        max_file_bytes: NonZeroUsize::new(MAX_FILE).unwrap_or(NonZeroUsize::MAX),
        max_lines: NonZeroUsize::new(100_000).unwrap_or(NonZeroUsize::MAX),
    });
    builtins::install(&mut engine)?;
    Ok(engine)
}

/// Add a file in the syntax that it seems to have, else in the other; the error of the likelier.
pub(super) fn add(engine: &mut Engine, path: &str, text: &str, outline: &Outline) -> anyhow::Result<()> {
    let likely = outline.version == Version::V0;
    engine.set_rego_v0(likely);
    let Err(error) = engine.add_policy(path.to_owned(), text.to_owned()) else { return Ok(()) };
    if outline.is_surely_v1 {
        return Err(error);
    }
    engine.set_rego_v0(!likely);
    engine.add_policy(path.to_owned(), text.to_owned()).map_err(|_| error)?;
    Ok(())
}

/// Compile all; the error names the culprit's index, if it can be told.
fn compile(sources: &[Read], data: &Value) -> Result<Engine, (Option<usize>, String)> {
    let plain = |error: anyhow::Error| (None, format!("{error:#}"));
    let mut engine = engine().map_err(plain)?;
    engine.add_data(data.clone()).map_err(plain)?;
    for (index, (source, outline, _)) in sources.iter().enumerate() {
        add(&mut engine, &source.path, &source.text, outline).map_err(|error| (Some(index), format!("{error:#}")))?;
    }
    // The first query analyses all modules together.
    engine.eval_query("true".to_owned(), false).map_err(|error| {
        let message = format!("{error:#}");
        let culprit =
            place(&message).and_then(|(path, ..)| sources.iter().position(|(source, ..)| source.path == path));
        (culprit, message)
    })?;
    Ok(engine)
}

/// `--> file:line:column` of regorus' message.
pub(super) fn place(message: &str) -> Option<(&str, u32, u32)> {
    let line = message.lines().find_map(|line| line.trim_start().strip_prefix("--> "))?;
    let (rest, column) = line.rsplit_once(':')?;
    let (path, line) = rest.rsplit_once(':')?;
    Some((path, line.parse().ok()?, column.parse().ok()?))
}

/// What regorus' message says, without the excerpt of the source.
pub(super) fn gist(message: &str) -> &str {
    let line = message.lines().rev().find_map(|line| line.strip_prefix("error: "));
    line.unwrap_or_else(|| message.lines().find(|line| !line.trim().is_empty()).unwrap_or_default()).trim()
}

/// A message of regorus about a file, at its place.
pub(super) fn located(source: &Source, message: &str) -> Fault {
    let at = place(message).filter(|(path, ..)| *path == source.path).map_or(0..0, |(_, line, column)| {
        let range = LineIndex::new(&source.text).line_range(line, &source.text);
        let text = source.text.get(range.clone()).unwrap_or_default();
        let offset =
            text.char_indices().nth(column.saturating_sub(1) as usize).map_or(text.trim_end().len(), |(at, _)| at);
        let width = text[offset..]
            .chars()
            .take_while(|c| c.is_alphanumeric() || "_.".contains(*c))
            .map(char::len_utf8)
            .sum::<usize>()
            .max(text[offset..].trim_end().chars().next().map_or(0, char::len_utf8));
        range.start + offset..range.start + offset + width
    });
    Fault { path: source.path.clone(), at: source.span(&at), message: gist(message).to_owned() }
}
