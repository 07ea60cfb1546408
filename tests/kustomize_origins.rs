//! Where built values come from: a scalar of a tree is changed, and exactly the built nodes that name
//! it among their origins change with it.
//!
//! The rule is tried on every scalar that a built scalar of a recorded case names, in objects,
//! patches, kustomizations, configurations and the files that generators read. It cannot hold for
//! what decides which objects a field concerns: `apiVersion` and `kind` anywhere, names, namespaces
//! and keys of list items in trees whose fields select by them, everything in trees that select by
//! labels. Keys are names, not values. A change that the build cannot take (a path that is not there)
//! or that changes the shape of what is built (a key in an env file) is counted, not judged.
//!
//! A node may name what was there before, such as the value that a patch replaced. That changes
//! nothing; so of the nodes that name the scalar, those change that hold its text.

#![allow(clippy::disallowed_methods, reason = "tests read the checkout")]

#[path = "kustomize/archive.rs"]
mod archive;

use std::path::Path;

use archive::{Case, Verdict};
use kate::pipeline::render::{Built, kustomization};
use kate::text::{RepoPath, Span};
use kate::value::{Data, Value};
use kate::vfs::MemoryVfs;
use rayon::prelude::*;

fn build(case: &Case, change: Option<(&str, &str)>) -> Built {
    let mut vfs: MemoryVfs = case.files.iter().map(|(path, bytes)| (path, bytes.clone())).collect();
    if let Some((path, text)) = change {
        vfs.insert(RepoPath::new(path).expect("a path of the case"), text);
    }
    kustomization(&vfs, &RepoPath::new(&case.build).expect("a directory")).expect("a tree in memory can be read")
}

/// A node of what was built.
struct Node {
    path: String,
    is_scalar: bool,
    data: String,
    sources: Vec<Span>,
}

fn nodes(built: &Built) -> Vec<Node> {
    let mut out = Vec::new();
    // A name decides on the order; objects are compared in the order in which they are written.
    let mut values: Vec<&Value> = built.values.iter().collect();
    values.sort_by_key(|value| value.origin.span());
    for (index, value) in values.into_iter().enumerate() {
        walk(value, index.to_string(), &mut out);
    }
    out
}

fn walk(value: &Value, path: String, out: &mut Vec<Node>) {
    let (is_scalar, data) = match &value.data {
        Data::List(items) => (false, format!("list of {}", items.len())),
        Data::Map(map) => {
            (false, format!("map of {}", map.iter().map(|entry| entry.key.as_str()).collect::<Vec<_>>().join(",")))
        }
        scalar => (true, format!("{scalar:?}")),
    };
    for (index, item) in value.items().iter().enumerate() {
        walk(item, format!("{path}[{index}]"), out);
    }
    for entry in value.entries() {
        walk(&entry.value, format!("{path}.{}", entry.key), out);
    }
    out.push(Node { path, is_scalar, data, sources: value.origin.sources() });
}

/// Another text for what is written, of the same type; `None` for what is better left alone.
fn other(written: &str) -> Option<String> {
    if written.starts_with(['|', '>', '&', '*', '!', '{', '[']) || written.contains('\n') {
        return None;
    }
    if ["true", "false", "null", "~", "yes", "no"].contains(&written) {
        return None;
    }
    let quote = written.chars().last().filter(|last| ['"', '\''].contains(last));
    let inner = written.trim_end_matches(['"', '\'']);
    if !inner.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '-') {
        return None;
    }
    let more = if inner.bytes().all(|byte| byte.is_ascii_digit()) { '7' } else { 'q' };
    Some(format!("{inner}{more}{}", quote.map(String::from).unwrap_or_default()))
}

/// Fields that say what an object is.
const IDENTITY: [&str; 2] = ["apiVersion", "kind"];

/// Fields by which objects and list items are found; items of lists have no key.
const FOUND_BY: [&str; 3] = ["name", "namespace", ""];

/// What selects by name, in kustomizations and elsewhere: a webhook names its service.
const SELECTING: [&str; 9] = [
    "patches",
    "replacements",
    "replicas",
    "vars:",
    "transformers",
    "generators:",
    "configurations",
    "local-config",
    "ebhook",
];

/// Whether the text of any file has one of some words.
fn mentions(case: &Case, words: &[&str]) -> bool {
    let texts = case.files.iter().map(|(_, bytes)| String::from_utf8_lossy(bytes));
    texts.into_iter().any(|text| words.iter().any(|word| text.contains(word)))
}

/// The key whose value begins at a place; empty for an item of a list.
fn key_before(text: &str, place: Span) -> &str {
    let before = text[..place.start as usize].trim_end();
    let Some(before) = before.strip_suffix(':') else { return "" };
    let start = before.rfind(|c: char| " {,\n\"".contains(c)).map_or(0, |at| at + 1);
    &before[start..]
}

/// Scalars that were changed, by what came of it.
#[derive(Default)]
struct Tried {
    judged: usize,
    fails: usize,
    other_shape: usize,
    wrong: Vec<String>,
}

impl Tried {
    fn and(mut self, other: Self) -> Self {
        self.judged += other.judged;
        self.fails += other.fails;
        self.other_shape += other.other_shape;
        self.wrong.extend(other.wrong);
        self
    }
}

fn is_whole(built: &Built) -> bool {
    built.faults.is_empty() && built.unknown.is_none() && built.opaque.is_empty()
}

fn try_all(case: &Case) -> Tried {
    let mut tried = Tried::default();
    let before = build(case, None);
    if !is_whole(&before) || mentions(case, &["labelSelector", "annotationSelector"]) {
        return tried;
    }
    let nodes_before = nodes(&before);
    let scalars = nodes_before.iter().filter(|node| node.is_scalar);
    let mut places: Vec<Span> = scalars.flat_map(|node| node.sources.clone()).collect();
    places.sort();
    places.dedup();
    let selects = mentions(case, &SELECTING);
    for place in places {
        let file = before.sources.get(place.file);
        let written = before.sources.slice(place);
        let Some(new) = other(written) else { continue };
        let content = written.trim_matches(['"', '\'']);
        let key = key_before(&file.text, place);
        let is_kustomization = file.path.file_name().starts_with("kustomization");
        let finds = selects && FOUND_BY.contains(&key) && !(is_kustomization && key.is_empty());
        let is_key = file.text[place.end as usize..].starts_with(':');
        // Roles treat the service account of that name apart.
        if IDENTITY.contains(&key) || finds || is_key || content == "default" {
            continue;
        }
        let mut text = file.text.to_string();
        text.replace_range(place.range(), &new);
        let after = build(case, Some((file.path.as_str(), &text)));
        if !is_whole(&after) {
            tried.fails += 1;
            continue;
        }
        let nodes_after = nodes(&after);
        let same = |(old, new): (&Node, &Node)| old.path == new.path && (old.is_scalar || old.data == new.data);
        if nodes_before.len() != nodes_after.len() || !nodes_before.iter().zip(&nodes_after).all(same) {
            tried.other_shape += 1;
            continue;
        }
        tried.judged += 1;
        for (old, new) in nodes_before.iter().zip(&nodes_after).filter(|(old, _)| old.is_scalar) {
            let named = old.sources.contains(&place);
            // A single character is in many texts.
            let holds = content.len() > 1 && old.data.contains(content);
            let changes = old.data != new.data;
            if changes && !named || !changes && named && holds {
                let line = file.position(place.start as usize).line;
                let what = if changes { "changes and does not name" } else { "names and does not change with" };
                let Node { path, data, .. } = old;
                tried.wrong.push(format!("{}: {path} ({data}) {what} {}:{line} `{written}`", case.name, file.path));
            }
        }
    }
    tried
}

#[test]
fn exactly_what_comes_from_a_scalar_changes_with_it() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kustomize/cases");
    let cases = archive::cases(&directory).unwrap_or_else(|why| panic!("{why}"));
    let built = cases.par_iter().filter(|(_, case)| matches!(case.verdict, Some(Verdict::Expected(_))));
    let tried = built.map(|(_, case)| try_all(case)).reduce(Tried::default, Tried::and);
    println!("{} judged, {} fail, {} of another shape", tried.judged, tried.fails, tried.other_shape);
    assert!(tried.wrong.is_empty(), "{} wrong\n{}", tried.wrong.len(), tried.wrong.join("\n"));
    assert!(tried.judged >= 1_500, "only {} scalars could be judged", tried.judged);
}
