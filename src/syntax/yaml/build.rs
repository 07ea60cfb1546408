//! From a tree to the value that a reader makes of it: scalars resolved, aliases and merge keys
//! expanded.

use rustc_hash::FxHashMap;

use super::tree::{Document, NodeKind, NodeRef, Style};
use super::{Schema, scalar};
use crate::text::Span;
use crate::value::{self, Data, Entry, Map, Origin, Reason, Spelling, Step, Str, Tag, Unknown, Value};

/// Nodes of one value, those that aliases repeat counted each time.
const MAX_NODES: u64 = 1_000_000;
/// Levels of one value. Text cannot nest deeper than 255 block and 255 flow collections; aliases
/// can.
const MAX_DEPTH: u32 = 600;

/// Steps of one origin.
const MAX_STEPS: usize = 64;

pub(super) fn value(document: &Document, schema: Schema) -> Value {
    match document.root() {
        Some(root) => Builder { schema, nodes: 0, depth: 0, anchored: FxHashMap::default() }.node(root).value,
        None => {
            let why = document.broken.clone();
            let why = why.unwrap_or_else(|| Unknown::new(Reason::Unparsed, "", Some(document.span)));
            Value::new(Data::Unknown(why), document.span)
        }
    }
}

/// A value and what it costs to repeat it.
#[derive(Clone)]
struct Built {
    value: Value,
    /// Nodes, itself included.
    nodes: u64,
    /// Levels, itself included.
    height: u32,
}

struct Builder {
    schema: Schema,
    nodes: u64,
    /// Levels above the node being built.
    depth: u32,
    /// Values of anchored nodes by node index; an alias shares them.
    anchored: FxHashMap<u32, Built>,
}

impl Builder {
    fn node(&mut self, node: NodeRef<'_>) -> Built {
        let before = self.nodes;
        self.nodes += 1;
        self.depth += 1;
        let (data, height) = match node.kind() {
            NodeKind::Scalar => (scalar::data(node, self.schema), 0),
            NodeKind::Sequence => self.sequence(node),
            NodeKind::Mapping => self.mapping(node),
            NodeKind::Alias => {
                let built = self.alias(node);
                self.depth -= 1;
                return built;
            }
        };
        self.depth -= 1;
        let mut value = Value::new(data, node.span());
        // kustomize makes another text of a folded block only when it writes it.
        if node.style() == Style::Folded
            && let (Some(text), Data::String(written_anew)) = (node.text(), &value.data)
            && self.schema == Schema::Kustomize
            && text != written_anew
        {
            let spelling = Spelling { text: text.into(), tag: Some(Tag::Text), style: value::Style::Folded };
            value.origin = value.origin.spelled(node.span(), spelling);
        }
        // A float does not hold all of its digits.
        if self.schema == Schema::Kustomize
            && let (Some(text), Data::Float(_)) = (node.text(), &value.data)
            && scalar::unsigned(text).is_some()
        {
            let spelling = Spelling { text: text.into(), tag: Some(Tag::Int), style: value::Style::Plain };
            value.origin = value.origin.spelled(node.span(), spelling);
        }
        let built = Built { value, nodes: self.nodes - before, height: height + 1 };
        if node.is_target() {
            self.anchored.insert(node.index(), built.clone());
        }
        built
    }

    fn sequence(&mut self, node: NodeRef<'_>) -> (Data, u32) {
        let mut height = 0;
        let mut items = Vec::with_capacity(node.items().count());
        for item in node.items() {
            let built = self.node(item);
            height = height.max(built.height);
            items.push(built.value);
        }
        (Data::List(items.into()), height)
    }

    /// The value that an alias stands for, as derived at the alias.
    fn alias(&mut self, alias: NodeRef<'_>) -> Built {
        let unknown = |reason, detail: &str| {
            let why = Unknown::new(reason, detail, Some(alias.span()));
            Built { value: Value::new(Data::Unknown(why), alias.span()), nodes: 1, height: 1 }
        };
        let Some(target) = alias.target() else {
            return unknown(Reason::Unparsed, alias.source());
        };
        // An anchor within a key has not been built: keys are names, not values.
        if !self.anchored.contains_key(&target.index()) {
            self.node(target);
        }
        let Some(built) = self.anchored.get(&target.index()) else {
            return unknown(Reason::Unparsed, alias.source());
        };
        if self.nodes + built.nodes > MAX_NODES || self.depth + built.height > MAX_DEPTH {
            return unknown(Reason::Limit, "the aliases of this document expand to too much");
        }
        let mut built = built.clone();
        self.nodes += built.nodes;
        built.value.origin = included(&built.value.origin, alias.span());
        built
    }

    fn mapping(&mut self, node: NodeRef<'_>) -> (Data, u32) {
        let mut height = 0;
        let mut entries = Entries { list: Vec::with_capacity(node.entries().count()), index: FxHashMap::default() };
        let mut merges = Vec::new();
        let in_order = self.schema.is_v2();
        let mut open = None;
        for (key, value) in node.entries() {
            let built = self.node(value);
            if scalar::is_merge_key(key) {
                height = height.max(built.height);
                // go-yaml v2 merges where `<<` stands, over what stands before it.
                if in_order {
                    self.merge(&mut entries, &mut open, value.span(), &built.value, true);
                } else {
                    merges.push((value, built));
                }
                continue;
            }
            let name = match key.target().unwrap_or(key) {
                key if key.kind() == NodeKind::Scalar => scalar::key(key, self.schema),
                _ => None,
            };
            let Some(name) = name else {
                open = Some(Unknown::new(Reason::Unparsed, "a key that is not text", Some(key.span())));
                continue;
            };
            height = height.max(built.height);
            entries.set(name, key.span().into(), built.value);
        }
        for (at, built) in merges {
            self.merge(&mut entries, &mut open, at.span(), &built.value, false);
        }
        let mut map = Map::from_unique(entries.list);
        map.open = open;
        (Data::Map(map.into()), height)
    }

    /// Add what a merge key brings in: the entries of a map, or of the maps of a list, of which the
    /// earlier ones win. `over`: keys that are there already are replaced.
    fn merge(&mut self, entries: &mut Entries, open: &mut Option<Unknown>, at: Span, from: &Value, over: bool) {
        match &from.data {
            Data::Map(map) => {
                if open.is_none() {
                    open.clone_from(&map.open);
                }
                for entry in map.iter() {
                    self.nodes += 1;
                    if self.nodes > MAX_NODES {
                        let why = "the merge keys of this document expand to too much";
                        *open = Some(Unknown::new(Reason::Limit, why, Some(at)));
                        return;
                    }
                    if over || !entries.has(&entry.key) {
                        let origin = included(&entry.value.origin, at);
                        let value = Value { data: entry.value.data.clone(), origin };
                        entries.set(entry.key.clone(), included(&entry.key_origin, at), value);
                    }
                }
            }
            Data::List(items) => {
                let mut item = |item: &Value| match item.data {
                    Data::Map(_) | Data::Unknown(_) => self.merge(entries, open, at, item, over),
                    _ => *open = Some(Unknown::new(Reason::Unparsed, "`<<` of what is not a map", Some(at))),
                };
                if over { items.iter().rev().for_each(&mut item) } else { items.iter().for_each(&mut item) }
            }
            Data::Unknown(why) => *open = Some(why.clone()),
            _ => *open = Some(Unknown::new(Reason::Unparsed, "`<<` of what is not a map", Some(at))),
        }
    }
}

/// The origin of what an alias or a merge key at `at` brings in. Chains of them are cut short.
fn included(origin: &Origin, at: Span) -> Origin {
    let before = origin.steps().take(MAX_STEPS).count();
    let same = matches!(origin, Origin::Derived(step) if step.at == at);
    if same || before == MAX_STEPS { origin.clone() } else { Origin::derived(Step::Alias, at, vec![origin.clone()]) }
}

/// Entries with unique keys; large maps get an index.
struct Entries {
    list: Vec<Entry>,
    index: FxHashMap<Str, usize>,
}

impl Entries {
    const LINEAR: usize = 24;

    fn find(&self, key: &str) -> Option<usize> {
        if self.list.len() <= Self::LINEAR {
            self.list.iter().position(|entry| entry.key == key)
        } else {
            self.index.get(key).copied()
        }
    }

    fn has(&self, key: &str) -> bool {
        self.find(key).is_some()
    }

    /// Set a key; one that is there keeps its place and takes the new value.
    fn set(&mut self, key: Str, key_origin: Origin, value: Value) {
        match self.find(&key) {
            Some(at) => self.list[at] = Entry { key, key_origin, value },
            None => {
                let at = self.list.len();
                if at == Self::LINEAR {
                    self.index = self.list.iter().enumerate().map(|(at, entry)| (entry.key.clone(), at)).collect();
                }
                if at >= Self::LINEAR {
                    self.index.insert(key.clone(), at);
                }
                self.list.push(Entry { key, key_origin, value });
            }
        }
    }
}
