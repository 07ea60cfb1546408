//! Properties of whole checks: where values come from, that the order of work does not show, and
//! what the fixtures promise.

#![allow(clippy::disallowed_methods, reason = "tests read the fixtures of the checkout")]

use std::collections::BTreeSet;
use std::path::Path;

use kate::diagnostic::Severity;
use kate::graph::{ReferenceKind, Snapshot};
use kate::pipeline::{Outcome, Request, check};
use kate::report::{Format, Report, Style, render};
use kate::text::{RepoPath, Span};
use kate::value::{Data, Origin, Value};
use kate::vfs::{DiskVfs, EntryKind, MemoryVfs, Vfs, WalkOptions};

/// A fixture in memory.
fn fixture(name: &str) -> MemoryVfs {
    let disk = DiskVfs::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name));
    let disk = disk.expect("the fixture is there");
    let listing = disk.list(&WalkOptions::default()).expect("the fixture can be listed");
    let files = listing.iter().filter(|(_, entry)| matches!(entry.kind, EntryKind::File));
    let mut memory = MemoryVfs::default();
    for (path, _) in files {
        memory.insert(path.clone(), disk.read(path).expect("the fixture can be read"));
    }
    memory
}

fn checked(vfs: &dyn Vfs) -> Outcome {
    let outcome = check(&Request::new(vfs)).expect("the fixture can be listed");
    assert_eq!(outcome.crashed, Vec::<String>::new(), "rules crashed");
    outcome
}

fn json(outcome: &Outcome) -> String {
    let report = Report {
        sources: &outcome.sources,
        diagnostics: &outcome.diagnostics,
        rules: &outcome.rules.iter().collect::<Vec<_>>(),
        summary: &outcome.summary,
        root_in_git: &RepoPath::root(),
        secrets: &[],
        style: Style::default(),
    };
    render(Format::Json, &report)
}

#[test]
fn the_order_of_work_does_not_show() {
    for name in ["clean", "broken"] {
        let vfs = fixture(name);
        let mut outputs = BTreeSet::new();
        for threads in [1, 2, 8] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(16 << 20).build();
            let pool = pool.expect("threads can be started");
            outputs.insert(pool.install(|| json(&checked(&vfs))));
        }
        assert_eq!(outputs.len(), 1, "{name} has several outputs");
    }
}

#[test]
fn every_kind_of_reference_stands_in_the_clean_fixture() {
    let outcome = checked(&fixture("clean"));
    let head = outcome.head.expect("the fixture is linked");
    let seen: BTreeSet<ReferenceKind> = head.references.iter().map(|reference| reference.kind).collect();
    let unseen: Vec<_> = ReferenceKind::ALL.iter().filter(|kind| !seen.contains(kind)).collect();
    assert_eq!(unseen, Vec::<&ReferenceKind>::new());
}

/// A node of a rendered object: where it is, what it is (of lists and maps only the shape), and
/// every place that it comes from.
struct Node {
    path: String,
    data: String,
    sources: Vec<Span>,
}

/// All nodes of all rendered objects in order.
fn nodes(snapshot: &Snapshot) -> Vec<Node> {
    let mut out = Vec::new();
    for (index, object) in snapshot.objects.iter().enumerate() {
        walk(&object.value, format!("{index}:{}", object.kind), &mut out);
    }
    out
}

fn walk(value: &Value, path: String, out: &mut Vec<Node>) {
    let data = match &value.data {
        Data::List(items) => format!("list of {}", items.len()),
        Data::Map(map) => {
            format!("map of {}", map.iter().map(|entry| entry.key.as_str()).collect::<Vec<_>>().join(","))
        }
        scalar => format!("{scalar:?}"),
    };
    for (index, item) in value.items().iter().enumerate() {
        walk(item, format!("{path}[{index}]"), out);
    }
    for entry in value.entries() {
        walk(&entry.value, format!("{path}.{}", entry.key), out);
    }
    out.push(Node { path, data, sources: value.origin.sources() });
}

/// Scalars to change: text of manifests that is neither identity nor a name of something, so that
/// the change cannot bring other things about.
fn is_inert(path: &str) -> bool {
    let field = path.rsplit(['.']).next().unwrap_or_default();
    let field = field.split('[').next().unwrap_or_default();
    path.contains(".metadata.annotations.description")
        || path.contains(".env[") && field == "value"
        || matches!(field, "mountPath" | "image" | "command" | "args" | "schedule" | "storage" | "cpu" | "memory")
}

#[test]
fn exactly_what_comes_from_a_scalar_changes_with_it() {
    const MARK: &str = "kateproperty";
    let vfs = fixture("clean");
    let before = checked(&vfs);
    let head = before.head.as_ref().expect("the fixture is linked");
    let nodes_before = nodes(head);
    let mut places: Vec<Span> = nodes_before
        .iter()
        .filter(|node| is_inert(&node.path))
        .flat_map(|node| node.sources.first().copied())
        .filter(|span| {
            let text = before.sources.slice(*span);
            !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-./:".contains(&byte))
        })
        .collect();
    places.sort();
    places.dedup();
    assert!(places.len() >= 40, "only {} places to change", places.len());
    // A fixed spread over all files; every place is tried within a few runs of any other test.
    let step = places.len().div_ceil(60);
    for place in places.iter().step_by(step) {
        let file = before.sources.get(place.file);
        let mut text = file.text.to_string();
        text.replace_range(place.range(), MARK);
        let mut changed = vfs.clone();
        changed.insert(file.path.clone(), text);
        let after = checked(&changed);
        let nodes_after = nodes(after.head.as_ref().expect("the fixture is linked"));
        let at = format!("{}:{}", file.path, file.position(place.start as usize).line);
        assert_eq!(nodes_before.len(), nodes_after.len(), "{at}: the change made or removed nodes");
        for (old, new) in nodes_before.iter().zip(&nodes_after) {
            assert_eq!(old.path, new.path, "{at}");
            let is_scalar = !old.data.starts_with("list of") && !old.data.starts_with("map of");
            let named = is_scalar && old.sources.contains(place);
            // What was already the mark cannot change to it; nothing in the fixture is.
            assert_eq!(old.data != new.data, named, "{at}: {} is {} and was {}", old.path, new.data, old.data);
        }
    }
}

#[test]
fn an_origin_names_a_place_with_text() {
    let outcome = checked(&fixture("clean"));
    let head = outcome.head.expect("the fixture is linked");
    for reference in &head.references {
        for origin in std::iter::once(&reference.origin).chain(&reference.key_origin) {
            assert!(!outcome.sources.slice(Origin::span(origin)).is_empty(), "{} has no place", reference.kind);
        }
    }
}

/// Findings as the lists beside the fixtures have them: `path:line rule`, sorted.
fn listed(outcome: &Outcome, least: Severity) -> Vec<String> {
    let findings = outcome.diagnostics.iter().filter(|finding| finding.severity >= least);
    let mut lines: Vec<String> = findings
        .map(|finding| {
            let span = finding.primary_span();
            let file = outcome.sources.get(span.file);
            format!("{}:{} {}", file.path, file.position(span.start as usize).line, finding.rule)
        })
        .collect();
    lines.sort();
    lines
}

/// What is in one list and not in the other, each line marked.
fn difference(expected: &[String], found: &[String]) -> String {
    let missing = expected.iter().filter(|line| !found.contains(line)).map(|line| format!("missing: {line}\n"));
    let more = found.iter().filter(|line| !expected.contains(line)).map(|line| format!("surplus: {line}\n"));
    missing.chain(more).collect()
}

#[test]
fn the_clean_fixture_is_clean() {
    let found = listed(&checked(&fixture("clean")), Severity::Warning);
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn the_broken_fixture_is_broken_exactly_as_listed() {
    let list = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/broken.expect");
    let list = std::fs::read_to_string(list).expect("the list is there");
    let expected: Vec<String> = list.lines().map(str::to_owned).collect();
    let found = listed(&checked(&fixture("broken")), Severity::Info);
    let difference = difference(&expected, &found);
    assert!(difference.is_empty(), "{difference}");
}

#[test]
fn changes_are_judged_exactly_as_listed() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/change");
    let mut failures = Vec::new();
    let mut names: Vec<String> = std::fs::read_dir(&cases)
        .expect("there are cases")
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.strip_suffix(".expect").map(str::to_owned))
        .collect();
    names.sort();
    assert!(names.len() >= 20, "only {} cases", names.len());
    for name in names {
        let expected = std::fs::read_to_string(cases.join(format!("{name}.expect"))).expect("a list");
        let expected: Vec<String> = expected.lines().map(str::to_owned).collect();
        let (base, head) = (fixture(&format!("change/{name}/base")), fixture(&format!("change/{name}/head")));
        let mut request = Request::new(&head);
        request.base = Some(&base);
        request.only_changed = true;
        request.own_urls = vec!["https://github.com/northgate-pay/platform".to_owned()];
        let outcome = check(&request).expect("trees in memory can be listed");
        let found = listed(&outcome, Severity::Warning);
        if found != expected {
            failures.push(format!("{name}:\n{}", difference(&expected, &found)));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
