//! Evaluation: every rule set on every document of its kind, in parallel and within limits.
//!
//! A limit that is hit is a finding about the policy; what the policy found until then is dropped,
//! because how far it came depends on the machine. Any other error concerns one document only.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rayon::prelude::*;
use regorus::utils::limits::ExecutionTimerConfig;
use regorus::{Engine, Value as Rego};

use super::INVALID_POLICY;
use super::document::{Document, Inputs, Key, path_of};
use super::input::{self, PolicyInput};
use super::load::{Bundle, Entry, gist};
use super::metadata::{Input, confidence, severity};
use crate::diagnostic::{Confidence, Diagnostic, Severity};
use crate::rules::affected;
use crate::text::Span;

/// Longest time of one evaluation of one rule set on one document.
pub(super) const TIME_LIMIT: Duration = Duration::from_secs(2);

/// Longest time of one rule set on all documents, summed over threads.
const TOTAL_LIMIT: Duration = Duration::from_secs(20);

/// Stack of a thread that evaluates: regorus recurses along what a policy nests.
pub(super) const STACK: usize = 256 << 20;

/// Most results of one rule set on one document.
const MAX_RESULTS: usize = 10_000;

/// Longest message of a policy, in characters.
const MAX_MESSAGE: usize = 1_000;

/// regorus' timer: looks at the clock every 256 steps.
pub(super) fn timer(limit: Duration) -> ExecutionTimerConfig {
    ExecutionTimerConfig { limit, check_interval: NonZeroU32::new(256).unwrap_or(NonZeroU32::MIN) }
}

/// Run on threads whose stack is large enough; on the caller's if there can be none.
pub(super) fn on_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(rayon::current_num_threads()).stack_size(STACK).build();
    match pool {
        Ok(pool) => pool.install(work),
        Err(_) => work(),
    }
}

/// One result of a policy.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Finding {
    message: String,
    path: Option<Vec<Key>>,
    severity: Option<Severity>,
    confidence: Option<Confidence>,
    notes: Vec<String>,
    help: Option<String>,
    labels: Vec<(Vec<Key>, String)>,
}

/// What became of one rule set.
struct Outcome {
    findings: Vec<Diagnostic>,
    fault: Option<Fault>,
}

/// Why a rule set has no (complete) result on a document.
#[derive(Debug)]
struct Fault {
    message: String,
    is_limit: bool,
}

impl Fault {
    fn limit(message: impl Into<String>) -> Self {
        Self { message: message.into(), is_limit: true }
    }
}

/// Evaluate all wanted rule sets of all bundles.
pub(super) fn check(bundles: &[Bundle], input: &PolicyInput<'_>) -> Vec<Diagnostic> {
    let wanted: Vec<(usize, &Entry)> = bundles
        .iter()
        .enumerate()
        .flat_map(|(at, bundle)| bundle.entries.iter().map(move |entry| (at, entry)))
        .filter(|(_, entry)| (input.wanted)(&entry.meta))
        .collect();
    let kinds: BTreeSet<(Input, bool)> = wanted.iter().map(|(_, entry)| (entry.input, entry.review)).collect();
    let mut rounds = Vec::new();
    for (kind, review) in kinds {
        let mut entries: Vec<(usize, &Entry)> =
            wanted.iter().copied().filter(|(_, entry)| (entry.input, entry.review) == (kind, review)).collect();
        let documents: Vec<Document> = match kind {
            Input::Object => {
                let kinds: Option<Vec<&Vec<String>>> = entries.iter().map(|(_, entry)| entry.kinds.as_ref()).collect();
                let kinds: Option<BTreeSet<&str>> =
                    kinds.map(|kinds| kinds.into_iter().flatten().map(String::as_str).collect());
                input::objects(input, kinds.as_ref())
            }
            Input::Graph => input::graph(input).into_iter().collect(),
            Input::Change => input::change(input).into_iter().collect(),
            Input::Facts => input::candidates(input).into_iter().collect(),
        };
        let there: BTreeSet<Option<&str>> = documents.iter().map(|document| document.kind.as_deref()).collect();
        entries.retain(|(_, entry)| there.iter().any(|kind| entry.is_about(*kind)));
        rounds.push((review, entries, documents));
    }
    // Only what has something to look at is compiled.
    let used = |at| rounds.iter().flat_map(|(_, entries, _)| entries).filter(move |(of, _)| *of == at);
    let mut engines = Vec::new();
    for (at, bundle) in bundles.iter().enumerate() {
        let used: Vec<&Entry> = used(at).map(|(_, entry)| *entry).collect();
        if used.is_empty() {
            engines.push(None);
            continue;
        }
        // The user's policies are compiled when they are loaded, kate's own are tested; so this is
        // not reached.
        match bundle.engine(&used) {
            Ok(engine) => engines.push(Some(engine)),
            Err(error) => {
                debug_assert!(false, "{error:#}");
                return Vec::new();
            }
        }
    }
    let all: Vec<Vec<Found>> =
        rounds.par_iter().map(|(review, entries, documents)| evaluate(&engines, entries, documents, *review)).collect();
    // An object that several units render has one source; it is one finding.
    let mut known = BTreeMap::new();
    let mut distinct: Vec<Found> = Vec::new();
    for Found { diagnostic, units, gist } in all.into_iter().flatten() {
        let key = (diagnostic.rule.clone(), diagnostic.primary_span(), gist.clone());
        let at = *known.entry(key).or_insert(distinct.len());
        match distinct.get_mut(at) {
            Some(first) => first.units.extend(units),
            None => distinct.push(Found { diagnostic, units, gist }),
        }
    }
    let named = distinct.into_iter().map(|Found { diagnostic, mut units, .. }| {
        units.sort();
        units.dedup();
        affected(diagnostic, &units)
    });
    named.collect()
}

/// A finding, and the units in which it is so.
struct Found {
    diagnostic: Diagnostic,
    units: Vec<String>,
    /// Its message without the name of the object, which each overlay may change.
    gist: String,
}

impl Found {
    fn new(diagnostic: Diagnostic, document: &Document) -> Self {
        let mut gist = diagnostic.message.clone();
        let name = document.name.as_ref().map(|name| format!("`{name}`"));
        // A part of it, named before it, may have the same name.
        if let Some((name, at)) = name.and_then(|name| gist.rfind(&name).map(|at| (name, at))) {
            gist.replace_range(at..at + name.len(), "``");
        }
        Self { diagnostic, units: document.units.clone(), gist }
    }
}

fn evaluate(
    engines: &[Option<Engine>],
    entries: &[(usize, &Entry)],
    documents: &[Document],
    review: bool,
) -> Vec<Found> {
    let spent: Vec<AtomicU64> = entries.iter().map(|_| AtomicU64::new(0)).collect();
    let outcomes: Vec<Vec<Outcome>> = documents
        .par_iter()
        .map_init(
            || engines.to_vec(),
            |engines, document| {
                let Some(inputs) = document.inputs(review) else {
                    let fault = || Some(Fault::limit("the input is too large"));
                    return entries.iter().map(|_| Outcome { findings: Vec::new(), fault: fault() }).collect();
                };
                let run = |(at, (bundle, entry)): (usize, &(usize, &Entry))| match &mut engines[*bundle] {
                    Some(engine) if entry.is_about(document.kind.as_deref()) => {
                        one(engine, entry, document, &inputs, &spent[at])
                    }
                    _ => Outcome { findings: Vec::new(), fault: None },
                };
                entries.iter().enumerate().map(run).collect()
            },
        )
        .collect();
    let mut findings: Vec<Vec<Found>> = entries.iter().map(|_| Vec::new()).collect();
    let mut faults: BTreeMap<usize, (Fault, Span)> = BTreeMap::new();
    for (outcome, document) in outcomes.into_iter().zip(documents) {
        for (at, outcome) in outcome.into_iter().enumerate() {
            findings[at].extend(outcome.findings.into_iter().map(|found| Found::new(found, document)));
            if let Some(fault) = outcome.fault {
                // The first in order of documents; a limit is worse than an error.
                let worse = faults.get(&at).is_none_or(|(known, _)| !known.is_limit && fault.is_limit);
                if worse {
                    faults.insert(at, (fault, document.header));
                }
            }
        }
    }
    let mut diagnostics = Vec::new();
    for (at, (_, entry)) in entries.iter().enumerate() {
        let fault = faults.get(&at);
        if let Some((fault, place)) = fault {
            let diagnostic = failed(entry, *place, fault);
            diagnostics.push(Found { gist: diagnostic.message.clone(), diagnostic, units: Vec::new() });
        }
        if !fault.is_some_and(|(fault, _)| fault.is_limit) {
            diagnostics.append(&mut findings[at]);
        }
    }
    diagnostics
}

/// A rule set that could not be evaluated on everything.
fn failed(entry: &Entry, document: Span, fault: &Fault) -> Diagnostic {
    let message = format!("policy `{}` was not evaluated: {}", entry.path, clean(&fault.message));
    let failed = match entry.at {
        Some(at) => Diagnostic::new(&INVALID_POLICY, at, message, entry.path.clone()).label(document, "on this input"),
        None => Diagnostic::new(&INVALID_POLICY, document, message, entry.path.clone()),
    };
    if fault.is_limit {
        failed.note("findings of this policy are left out, because they would not be complete")
    } else {
        failed.note("it may fail on other inputs too; what it finds on the rest is reported")
    }
}

fn one(engine: &mut Engine, entry: &Entry, document: &Document, inputs: &Inputs, spent: &AtomicU64) -> Outcome {
    let failed = |fault: Fault| Outcome { findings: Vec::new(), fault: Some(fault) };
    if Duration::from_micros(spent.load(Ordering::Relaxed)) > TOTAL_LIMIT {
        return failed(Fault::limit(format!("it took more than {} seconds on all inputs", TOTAL_LIMIT.as_secs())));
    }
    let start = Instant::now();
    let mut results = match ask(engine, entry, &inputs.absent) {
        Ok(results) => results,
        Err(fault) => return failed(fault),
    };
    if let (Some(marked), false) = (&inputs.marked, results.is_empty()) {
        match ask(engine, entry, marked) {
            Ok(others) => results.retain(|result| others.contains(result)),
            Err(fault) => return failed(fault),
        }
        results.retain(|result| result.path.as_ref().is_none_or(|path| !document.is_unknown(path)));
    }
    spent.fetch_add(u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    Outcome { findings: results.into_iter().map(|result| diagnostic(entry, document, result)).collect(), fault: None }
}

/// Evaluate a rule set on one input.
fn ask(engine: &mut Engine, entry: &Entry, input: &Rego) -> Result<Vec<Finding>, Fault> {
    let value = match evaluate_rule(engine, entry, input) {
        // To iterate null is an error to regorus and undefined to OPA, as to iterate what is absent.
        Err(fault) if fault.message.contains("Got `null`") => evaluate_rule(engine, entry, &without_nulls(input))?,
        other => other?,
    };
    let mut found = Vec::new();
    findings(&value, entry, &mut found);
    if found.len() > MAX_RESULTS {
        return Err(Fault::limit(format!("more than {MAX_RESULTS} results on one input")));
    }
    Ok(found)
}

fn evaluate_rule(engine: &mut Engine, entry: &Entry, input: &Rego) -> Result<Rego, Fault> {
    engine.set_input(input.clone());
    let value = engine.eval_rule(entry.path.clone());
    // Prints are gathered so that they do not reach stderr; nobody reads them here.
    let _ = engine.take_prints();
    value.map_err(|error| {
        let text = format!("{error:#}");
        let gist = gist(&text);
        if gist.contains("exceeded time limit") {
            return Fault::limit(format!("it took more than {} seconds on one input", TIME_LIMIT.as_secs()));
        }
        match gist.strip_prefix("limit: ") {
            Some(limit) => Fault::limit(limit),
            None => Fault { message: gist.to_owned(), is_limit: gist.contains("exceeded") },
        }
    })
}

/// The same without entries of maps that are null.
fn without_nulls(value: &Rego) -> Rego {
    match value {
        Rego::Object(map) => {
            let kept = map.iter().filter(|(_, inner)| **inner != Rego::Null);
            let kept: BTreeMap<Rego, Rego> = kept.map(|(key, inner)| (key.clone(), without_nulls(inner))).collect();
            kept.into()
        }
        Rego::Array(items) => items.iter().map(without_nulls).collect::<Vec<_>>().into(),
        other => other.clone(),
    }
}

/// Results as policies give them: a set, list or map of them, a text, an object, or `true`.
fn findings(value: &Rego, entry: &Entry, found: &mut Vec<Finding>) {
    match value {
        Rego::Set(items) => items.iter().for_each(|item| findings(item, entry, found)),
        Rego::Array(items) => items.iter().for_each(|item| findings(item, entry, found)),
        Rego::Bool(true) => found.push(plain(&entry.meta.summary)),
        Rego::String(text) => found.push(plain(text)),
        Rego::Object(_) => found.push(detailed(value, entry)),
        _ => {}
    }
}

fn plain(message: &str) -> Finding {
    Finding {
        message: clean(message),
        path: None,
        severity: None,
        confidence: None,
        notes: Vec::new(),
        help: None,
        labels: Vec::new(),
    }
}

fn detailed(value: &Rego, entry: &Entry) -> Finding {
    let text = |keys: &[&str]| keys.iter().find_map(|key| value[*key].as_string().ok());
    let first = |key: &str| value[key].as_array().ok().and_then(|items| items.first().cloned());
    let path = path_of(&value["path"])
        .or_else(|| path_of(&value["metadata"]["path"]))
        .or_else(|| first("failedPaths").and_then(|path| path_of(&path)));
    let message = text(&["msg", "message", "alertMessage"]).map_or(&*entry.meta.summary, |text| &**text);
    let mut finding = Finding { path, ..plain(message) };
    finding.severity = text(&["severity", "level"]).and_then(|word| severity(word));
    finding.confidence = text(&["confidence"]).and_then(|word| confidence(word));
    finding.help = text(&["help"]).map(|text| clean(text));
    if let Ok(notes) = value["notes"].as_array() {
        finding.notes = notes.iter().filter_map(|note| note.as_string().ok()).map(|note| clean(note)).collect();
    }
    if let Ok(labels) = value["labels"].as_array() {
        let label = |label: &Rego| {
            let message = label["msg"].as_string().map(|text| clean(text)).unwrap_or_default();
            Some((path_of(&label["path"])?, message))
        };
        finding.labels = labels.iter().filter_map(label).collect();
    }
    finding
}

fn diagnostic(entry: &Entry, document: &Document, finding: Finding) -> Diagnostic {
    let path = finding.path.unwrap_or_default();
    let mut diagnostic = Diagnostic::new(&entry.meta, document.span(&path), finding.message, document.subject(&path))
        .severity(finding.severity.unwrap_or(entry.level))
        .confidence(finding.confidence.unwrap_or(entry.meta.confidence));
    for (path, message) in finding.labels {
        diagnostic = diagnostic.label(document.span(&path), message);
    }
    for note in finding.notes {
        diagnostic = diagnostic.note(note);
    }
    if let Some(help) = finding.help {
        diagnostic = diagnostic.help(help);
    }
    // An ignore comment at the object's name holds for the whole object.
    diagnostic = diagnostic.hidden(document.header);
    if entry.redact { diagnostic.redacted() } else { diagnostic }
}

/// One line of bounded length.
fn clean(text: &str) -> String {
    let mut line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = line.char_indices().nth(MAX_MESSAGE) {
        line.truncate(end);
        line.push('…');
    }
    line
}
