//! Where built values come from: a scalar of a tree is changed, and the built nodes that name it among
//! their origins change with it, and no others.
//!
//! Tried on every scalar that a built scalar of a recorded case names: in objects, patches,
//! kustomizations, configurations and the files that generators read; numbers, truth values, texts in
//! quotes and blocks, names, kinds. What holds depends on what a scalar is for:
//!
//! - A scalar that is only content: a node changes or goes away only if it names the scalar.
//! - A scalar that decides which objects or items a field concerns (`apiVersion`, `kind`, names and
//!   keys of list items in trees whose fields select by them, anything in trees that select by labels,
//!   annotations or keys of their own, keys of maps, the service account `default`): other fields may now have made a
//!   node. So a node that is there before and after changes only if it names the scalar, or if what it
//!   names is not the same any more. Which nodes are there may change.
//! - Either way, a node that names the scalar, holds its text and comes from the same places before
//!   and after changes.
//!
//! A change that the build cannot take (a path that is not there) is counted, not judged.

use std::collections::{BTreeMap, BTreeSet};

use kate::pipeline::render::{Built, kustomization};
use kate::text::{RepoPath, Span};
use kate::value::{Data, Value};
use kate::vfs::MemoryVfs;
use rayon::prelude::*;

use super::archive::{self, Case, Verdict};
use super::here;

fn build(case: &Case, change: Option<(&str, &str)>) -> Built {
    let mut vfs: MemoryVfs = case.files.iter().map(|(path, bytes)| (path, bytes.clone())).collect();
    if let Some((path, text)) = change {
        vfs.insert(RepoPath::new(path).expect("a path of the case"), text);
    }
    kustomization(&vfs, &RepoPath::new(&case.build).expect("a directory")).expect("a tree in memory can be read")
}

/// A change of a text: what was there, and what it is now.
#[derive(Clone, Copy)]
struct Edit {
    old: Span,
    new_length: u32,
}

impl Edit {
    /// Where something that was written before the change stands after it.
    fn moved(self, span: Span) -> Span {
        let move_by =
            |at: u32| if at >= self.old.end { at - self.old.end + self.old.start + self.new_length } else { at };
        if span.file != self.old.file {
            return span;
        }
        Span { start: move_by(span.start), end: move_by(span.end), ..span }
    }

    fn is_in(self, span: Span) -> bool {
        span.file == self.old.file && span.start <= self.old.start && self.old.end <= span.end
    }
}

/// A node of what was built.
struct Node {
    is_scalar: bool,
    data: String,
    sources: BTreeSet<Span>,
}

/// The nodes by their paths. Objects go by where they were written, and then by where their names come
/// from: the names decide on the order, and may change.
fn nodes(built: &Built, moved: &dyn Fn(Span) -> Span) -> BTreeMap<String, Node> {
    let sources = |value: &Value| -> BTreeSet<Span> { value.origin.sources().into_iter().map(moved).collect() };
    let key = |value: &Value| (moved(value.span()), value.at(&["metadata", "name"]).map(sources));
    let mut values: Vec<&Value> = built.values.iter().collect();
    values.sort_by_cached_key(|value| key(value));
    let mut out = BTreeMap::new();
    let mut seen: BTreeMap<Span, usize> = BTreeMap::new();
    for value in values {
        let place = moved(value.span());
        let count = seen.entry(place).or_default();
        *count += 1;
        walk(value, format!("{place:?} {count}"), &sources, &mut out);
    }
    out
}

fn walk(value: &Value, path: String, sources: &dyn Fn(&Value) -> BTreeSet<Span>, out: &mut BTreeMap<String, Node>) {
    let (is_scalar, data) = match &value.data {
        Data::List(items) => (false, format!("list of {}", items.len())),
        Data::Map(_) => (false, String::new()),
        scalar => (true, format!("{scalar:?}")),
    };
    for (index, item) in value.items().iter().enumerate() {
        walk(item, format!("{path}[{index}]"), sources, out);
    }
    for entry in value.entries() {
        walk(&entry.value, format!("{path}.{}", entry.key), sources, out);
    }
    out.insert(path, Node { is_scalar, data, sources: sources(value) });
}

/// Another text for a part of what is written at a place: the part and the text. The last letter or
/// digit of a line changes, or a truth value; `None` for what has neither.
fn other(written: &str) -> Option<(std::ops::Range<usize>, String)> {
    let truth = |word: &str| match word {
        "true" => Some("false"),
        "false" => Some("true"),
        _ => None,
    };
    if let Some(other) = truth(written) {
        return Some((0..written.len(), other.to_owned()));
    }
    if written.starts_with(['&', '*', '!', '{', '[']) || ["null", "yes", "no"].contains(&written) {
        return None;
    }
    // Of a block the first line below its head counts.
    let start = if written.starts_with(['|', '>']) { written.find('\n')? + 1 } else { 0 };
    let line = written[start..].lines().find(|line| !line.trim().is_empty())?;
    let start = start + line.as_ptr() as usize - written[start..].as_ptr() as usize;
    let (at, last) = line.char_indices().rev().find(|(_, c)| c.is_ascii_alphanumeric())?;
    // Numbers stay numbers, and no escape begins or ends.
    let is_escape = line[..at].ends_with('\\') || line[..at].ends_with('%');
    let new = match last {
        '7' => '8',
        '0'..='9' => '7',
        'q' => 'z',
        _ => 'q',
    };
    (!is_escape).then(|| (start + at..start + at + 1, new.to_string()))
}

/// Fields that say what an object is.
const IDENTITY: [&str; 2] = ["apiVersion", "kind"];

/// Fields by which objects and list items are found; items of lists have no key.
const FOUND_BY: [&str; 5] = ["name", "namespace", "namePrefix", "nameSuffix", ""];

/// Other fields by which a patch finds items.
const ITEMS_FOUND_BY: [&str; 8] =
    ["containerPort", "port", "protocol", "mountPath", "ip", "topologyKey", "whenUnsatisfiable", "uid"];

/// What selects by name, in kustomizations and elsewhere: a webhook names its service, a binding of a
/// role its account.
const SELECTING: [&str; 9] = [
    "patches",
    "replacements",
    "replicas",
    "vars:",
    "transformers",
    "generators:",
    "configurations",
    "subjects",
    "ebhook",
];

/// What selects by something else.
const BY_OTHERS: [&str; 5] =
    ["labelSelector", "annotationSelector", "local-config", "x-kubernetes-patch-merge-key", "/metadata/name"];

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
    content: usize,
    deciding: usize,
    blocks: usize,
    truths: usize,
    fails: usize,
    wrong: Vec<String>,
}

impl Tried {
    fn and(mut self, other: Self) -> Self {
        self.content += other.content;
        self.deciding += other.deciding;
        self.blocks += other.blocks;
        self.truths += other.truths;
        self.fails += other.fails;
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
    if !is_whole(&before) {
        return tried;
    }
    let nodes_before = nodes(&before, &|span| span);
    let scalars = nodes_before.values().filter(|node| node.is_scalar);
    let places: BTreeSet<Span> = scalars.flat_map(|node| node.sources.iter().copied()).collect();
    let (selects, selects_by_others) = (mentions(case, &SELECTING), mentions(case, &BY_OTHERS));
    for place in places {
        let file = before.sources.get(place.file);
        let written = before.sources.slice(place);
        // Places of steps, such as whole entries, are looked at by what stands in them.
        if written.contains('\n') && !written.starts_with(['|', '>', '"', '\'']) {
            continue;
        }
        let Some((part, new)) = other(written) else { continue };
        let start = place.start + u32::try_from(part.start).expect("texts are small");
        let end = place.start + u32::try_from(part.end).expect("texts are small");
        let edit =
            Edit { old: Span { start, end, ..place }, new_length: new.len().try_into().expect("texts are small") };
        let mut text = file.text.to_string();
        text.replace_range(edit.old.range(), &new);
        let after = build(case, Some((file.path.as_str(), &text)));
        if !is_whole(&after) {
            tried.fails += 1;
            continue;
        }
        let content = written.trim_matches(['"', '\'']);
        let line = written[..part.start].rfind('\n').map_or(0, |at| at + 1);
        let held = written[line..].lines().next().unwrap_or_default().trim().trim_matches(['"', '\'']);
        let key = key_before(&file.text, place);
        let is_kustomization = file.path.file_name().starts_with("kustomization");
        let finds = selects
            && (FOUND_BY.contains(&key) || ITEMS_FOUND_BY.contains(&key))
            && !(is_kustomization && key.is_empty());
        let is_key = file.text[place.end as usize..].starts_with(':');
        // Roles treat the service account of that name apart. A text may hold keys or a whole patch.
        let decides = IDENTITY.contains(&key)
            || finds
            || is_key
            || selects_by_others
            || content == "default"
            || content.contains(['\n', '=', ':', '{']);
        *(if decides { &mut tried.deciding } else { &mut tried.content }) += 1;
        tried.blocks += usize::from(written.starts_with(['|', '>']));
        tried.truths += usize::from(["true", "false"].contains(&written));
        let moved_before = nodes(&before, &|span| edit.moved(span));
        let nodes_after = nodes(&after, &|span| span);
        let mut wrong = |path: &str, data: &str, what: &str| {
            let number = file.position(place.start as usize).line;
            let path = path.rsplit(' ').next().unwrap_or_default();
            tried.wrong.push(format!("{}: {path} ({data}) {what} {}:{number} `{written}`", case.name, file.path));
        };
        let names = |node: &Node| node.sources.iter().any(|span| Edit { old: edit_now(edit), ..edit }.is_in(*span));
        if !decides {
            let gone = moved_before.iter().filter(|(path, node)| node.is_scalar && !nodes_after.contains_key(*path));
            for (path, node) in gone.filter(|(_, node)| !names(node)) {
                wrong(path, &node.data, "goes away and does not name");
            }
        }
        for (path, old) in &moved_before {
            let Some(new) = nodes_after.get(path) else { continue };
            // How long a list is comes from its items.
            let changes = old.data != new.data && (old.is_scalar || !decides);
            // Which item stands at an index is another matter in a list of another length.
            let lists = path.match_indices('[').map(|(at, _)| &path[..at]);
            let data =
                |nodes: &BTreeMap<String, Node>, list: &str| nodes.get(list).map(|node: &Node| node.data.clone());
            let mut lists = lists.filter(|list| data(&moved_before, list) != data(&nodes_after, list));
            if decides && lists.next().is_some() {
                continue;
            }
            let same_places = old.sources == new.sources;
            if changes && !names(old) && !names(new) && (same_places || !decides) {
                wrong(path, &old.data, "changes and does not name");
            }
            // A single character is in many texts.
            let holds = old.is_scalar && held.len() > 1 && old.data.contains(held);
            let is_truth = old.data.starts_with("Bool") && ["true", "false"].contains(&written);
            let names_it = old.sources.contains(&edit.moved(place));
            if !changes && names_it && same_places && (holds || is_truth) {
                wrong(path, &old.data, "names and does not change with");
            }
        }
    }
    tried
}

/// The place of a change after it.
fn edit_now(edit: Edit) -> Span {
    Span { end: edit.old.start + edit.new_length, ..edit.old }
}

#[test]
fn exactly_what_comes_from_a_scalar_changes_with_it() {
    let cases = archive::cases(&here().join("cases")).unwrap_or_else(|why| panic!("{why}"));
    let built = cases.par_iter().filter(|(_, case)| matches!(case.verdict, Some(Verdict::Expected(_))));
    let tried = built.map(|(_, case)| try_all(case)).reduce(Tried::default, Tried::and);
    let Tried { content, deciding, blocks, truths, fails, wrong } = tried;
    println!("{content} scalars of content and {deciding} that decide on something judged, {fails} fail");
    println!("{blocks} are blocks, {truths} truth values");
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
    assert!(content >= 1_600 && deciding >= 2_500, "only {content} and {deciding} scalars could be judged");
    assert!(blocks >= 20 && truths >= 20, "only {blocks} blocks and {truths} truth values");
}
