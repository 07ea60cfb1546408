//! What controllers make of custom resources, as `products.txt` has it.

use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::graph::makes::{LabelKeys, Makes, Names};
use crate::graph::{KeySet, Object};
use crate::model::kubernetes::scalar;
use crate::value::{Data, Known, Origin, Reason, Step, Str, Unknown, Value};

static TABLE: LazyLock<Sections> = LazyLock::new(|| read(include_str!("products.txt")).0);

static GROUPS: LazyLock<FxHashSet<&'static str>> = LazyLock::new(|| TABLE.keys().map(|(group, _)| *group).collect());

/// Most things that one line makes of one resource.
const MAX_EACH: usize = 256;

/// What is said of the resources of one kind.
#[derive(Default, Debug)]
struct Section {
    lines: Vec<Line>,
    /// The labels of what is made, if the lines say everything that is.
    only: Option<Vec<&'static str>>,
    /// Fields with which more is made than the lines say.
    unless: Vec<Vec<&'static str>>,
}

impl Section {
    /// The labels of what is made of an object, if the lines say everything that is.
    fn only(&self, object: &Object) -> Option<&Vec<&'static str>> {
        let says_all = |path: &Vec<&'static str>| !may_have(&object.value, path);
        self.only.as_ref().filter(|_| self.unless.iter().all(says_all))
    }
}

/// Whether a value may have a field, in one of the items where there is a list on the way.
fn may_have(value: &Value, path: &[&str]) -> bool {
    let Some((first, rest)) = path.split_first() else { return true };
    match &value.data {
        Data::Unknown(_) => true,
        Data::List(items) => items.iter().any(|item| may_have(item, path)),
        Data::Map(map) => map.get(first).map_or(map.open.is_some(), |value| may_have(value, rest)),
        _ => false,
    }
}

/// Something that a controller makes.
pub(super) struct Product {
    pub(super) group: &'static str,
    pub(super) kind: &'static str,
    pub(super) name: Str,
    pub(super) namespace: Known<Str>,
    pub(super) keys: Option<KeySet>,
    pub(super) origin: Origin,
}

#[derive(Debug)]
struct Line {
    controller: &'static str,
    group: &'static str,
    kind: &'static str,
    name: Vec<Part>,
    /// The list or map that makes one of every item.
    each: Option<Each>,
    keys: Option<Keys>,
    namespace: Namespace,
}

#[derive(Debug)]
struct Each {
    path: Vec<&'static str>,
}

#[derive(Debug)]
struct Keys {
    known: Vec<&'static str>,
    open: bool,
}

#[derive(Debug)]
enum Namespace {
    Own,
    Field(Vec<&'static str>),
    Any,
}

#[derive(Debug)]
enum Part {
    Text(&'static str),
    Name,
    Field(Vec<&'static str>),
    /// A field of the item.
    OfItem(Vec<&'static str>),
    /// The key of the item.
    Key,
}

/// Whether the table says what is made of the kinds of a group: of all of them, but that of Argo's
/// many controllers.
pub(super) fn is_tabled(group: &str) -> bool {
    group != "argoproj.io" && GROUPS.contains(group)
}

/// What is made of an object.
pub(super) fn of(object: &Object) -> Vec<Product> {
    let mut out = Vec::new();
    let section = TABLE.get(&(object.group.as_str(), object.kind.as_str())).or_else(|| TABLE.get(&("*", "*")));
    for line in section.into_iter().flat_map(|section| &section.lines).filter(|line| !line.is_pattern()) {
        line.add(object, &mut out);
    }
    out
}

/// Everything that is made of an object beside what [`of`] says; `None` if that is not known.
pub(super) fn beside(object: &Object) -> Option<Makes> {
    let section = TABLE.get(&(object.group.as_str(), object.kind.as_str()))?;
    let mut makes = Makes { labels: Some(label_keys(object)?), ..Makes::default() };
    for line in section.lines.iter().filter(|line| line.is_pattern()) {
        let mut made = Vec::new();
        line.add(object, &mut made);
        for product in made {
            makes.add(product.group, product.kind, Names { globs: vec![product.name], ..Names::default() });
        }
    }
    Some(makes)
}

/// The labels of what is made of an object; `None` if they are not known.
pub(super) fn label_keys(object: &Object) -> Option<LabelKeys> {
    let section = TABLE.get(&(object.group.as_str(), object.kind.as_str()))?;
    let globs = section.only(object)?.clone();
    Some(LabelKeys { globs, written: LabelKeys::written_in(&object.value) })
}

impl Line {
    /// Whether the name is only a pattern.
    fn is_pattern(&self) -> bool {
        self.name.iter().any(|part| matches!(part, Part::Text(text) if text.contains(['*', '#'])))
    }

    fn add(&self, object: &Object, out: &mut Vec<Product>) {
        let Some(each) = &self.each else {
            out.extend(self.make(object, None, None));
            return;
        };
        let Some(all) = object.value.at(&each.path) else { return };
        out.extend(all.items().iter().take(MAX_EACH).filter_map(|item| self.make(object, Some(item), None)));
        let entries = all.entries().take(MAX_EACH);
        out.extend(entries.filter_map(|entry| self.make(object, Some(&entry.value), Some(&entry.key))));
    }

    fn make(&self, object: &Object, item: Option<&Value>, key: Option<&Str>) -> Option<Product> {
        let mut name = String::new();
        let mut written = None;
        for part in &self.name {
            let field = match part {
                Part::Text(text) => {
                    name.push_str(text);
                    continue;
                }
                Part::Key => {
                    // Users may have underscores, names may not.
                    name.push_str(&key?.replace('_', "-"));
                    continue;
                }
                Part::Name => object.value.at(&["metadata", "name"])?,
                Part::Field(path) => object.value.at(path)?,
                Part::OfItem(path) => item?.at(path)?,
            };
            name.push_str(scalar(Some(field)).value()?);
            written.get_or_insert(field);
        }
        let origin = match (self.name.as_slice(), written) {
            ([Part::Field(_) | Part::OfItem(_)], Some(field)) => field.origin.clone(),
            (_, field) => {
                let from = field.unwrap_or(&object.value);
                Origin::derived(Step::Default, from.span(), vec![from.origin.clone()])
            }
        };
        let at = Some(object.name_span());
        let keys = self.keys.as_ref().map(|keys| KeySet {
            keys: keys.known.iter().map(|key| (Str::from(*key), origin.clone())).collect(),
            open: keys.open.then(|| Unknown::new(Reason::Operator, self.controller, at)),
        });
        let namespace = match &self.namespace {
            Namespace::Own => object.namespace.clone(),
            Namespace::Field(path) => scalar(object.value.at(path)).or_else(|| object.namespace.clone()),
            Namespace::Any => Known::Unknown(Unknown::new(Reason::Operator, self.controller, at)),
        };
        Some(Product { group: self.group, kind: self.kind, name: Str::from(name), namespace, keys, origin })
    }
}

type Sections = FxHashMap<(&'static str, &'static str), Section>;

/// The table, and the lines that cannot be read.
fn read(text: &'static str) -> (Sections, Vec<&'static str>) {
    let mut table = Sections::default();
    let mut bad = Vec::new();
    let (mut holder, mut controller) = (("", ""), "");
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(section) = line.strip_prefix("= ") {
            let (kinds, name) = section.split_once(' ').unwrap_or((section, ""));
            holder = kinds.split_once('/').unwrap_or(("*", "*"));
            controller = name;
            continue;
        }
        for kind in holder.1.split('|') {
            let section = table.entry((holder.0, kind)).or_default();
            if let Some(labels) = line.strip_prefix("only ") {
                section.only = Some(labels.split_whitespace().filter(|label| *label != "-").collect());
                continue;
            }
            if let Some(fields) = line.strip_prefix("unless ") {
                section.unless = fields.split_whitespace().map(|field| field.split('.').collect()).collect();
                continue;
            }
            match read_line(line, controller) {
                Some(line) => section.lines.push(line),
                None => bad.push(line),
            }
        }
    }
    (table, bad)
}

fn read_line(line: &'static str, controller: &'static str) -> Option<Line> {
    let columns: Vec<&'static str> = line.split_whitespace().collect();
    let (made, pattern, keys) = (*columns.first()?, *columns.get(1)?, *columns.get(2)?);
    let namespace = match columns.get(3) {
        None => Namespace::Own,
        Some(&"?") => Namespace::Any,
        Some(field) => Namespace::Field(field.strip_prefix('=')?.split('.').collect()),
    };
    let (group, kind) = made.split_once('/').unwrap_or(("", made));
    let keys = (keys != "-").then(|| Keys {
        known: keys.split(',').filter(|key| *key != "*").collect(),
        open: keys.split(',').any(|key| key == "*"),
    });
    let mut name = Vec::new();
    let mut each = None;
    let mut rest = pattern;
    while let Some((before, field)) = rest.split_once('{') {
        let (field, after) = field.split_once('}')?;
        if !before.is_empty() {
            name.push(Part::Text(before));
        }
        rest = after;
        let path = |text: &'static str| text.split('.').collect::<Vec<_>>();
        name.push(if field == "name" {
            Part::Name
        } else if let Some((list, field)) = field.split_once("[].") {
            each = Some(Each { path: path(list) });
            Part::OfItem(path(field))
        } else if let Some(map) = field.strip_suffix(".%") {
            each = Some(Each { path: path(map) });
            Part::Key
        } else {
            Part::Field(path(field))
        });
    }
    if !rest.is_empty() {
        name.push(Part::Text(rest));
    }
    Some(Line { controller, group, kind, name, each, keys, namespace })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_can_be_read() {
        let (table, bad) = read(include_str!("products.txt"));
        assert_eq!(bad, Vec::<&str>::new());
        assert!(table.contains_key(&("postgresql.cnpg.io", "Cluster")));
        assert!(table.contains_key(&("*", "*")));
    }
}
