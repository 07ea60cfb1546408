//! What selectors select: an index of labels, so that a selector looks only at what has one of its
//! labels.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::super::index::ByNamespace;
use super::super::makes::LabelKeys;
use super::super::references::PODS;
use super::super::selector::{Selector, labels_of_operator};
use super::super::symbols::labels_of_products;
use super::super::types::{Node, Object, Symbol, SymbolId};
use crate::model::kubernetes::{pod_template, scalar};
use crate::text::near_miss;
use crate::value::{Known, Str, Unknown, Value};

/// Group, kind, namespace (empty if it has none or none that is known), label, value.
type Label<'a> = (&'a str, &'a str, &'a str, &'a str, &'a str);

/// Symbols by label.
pub(super) struct Selection<'a> {
    symbols: &'a [Symbol],
    objects: &'a [Object],
    by_label: FxHashMap<Label<'a>, Vec<SymbolId>>,
    /// Those of which some label is not known, by group and kind.
    vague: FxHashMap<(&'a str, &'a str), Vec<SymbolId>>,
    all: FxHashMap<(&'a str, &'a str), ByNamespace<'a, SymbolId>>,
    /// The values that labels have, by group, kind, namespace and label.
    values: FxHashMap<(&'a str, &'a str, &'a str, &'a str), BTreeSet<&'a str>>,
}

/// What is known of the labels of a symbol.
enum Labels<'a> {
    Known(Option<&'a Value>),
    Unknown(Unknown),
    /// Only their keys are known.
    Keys(LabelKeys),
}

impl<'a> Selection<'a> {
    pub(super) fn new(symbols: &'a [Symbol], objects: &'a [Object]) -> Self {
        let mut selection = Self {
            symbols,
            objects,
            by_label: FxHashMap::default(),
            vague: FxHashMap::default(),
            all: FxHashMap::default(),
            values: FxHashMap::default(),
        };
        for (index, symbol) in symbols.iter().enumerate() {
            let set = (symbol.group.as_str(), symbol.kind.as_str());
            let is_selected = matches!(
                set,
                (PODS, _)
                    | ("", "Service")
                    | ("rbac.authorization.k8s.io", "ClusterRole")
                    | (
                        "monitoring.coreos.com",
                        "ServiceMonitor"
                            | "PodMonitor"
                            | "PrometheusRule"
                            | "Probe"
                            | "ScrapeConfig"
                            | "AlertmanagerConfig"
                    )
                    | ("grafana.integreatly.org", "Grafana")
            );
            if !is_selected || super::is_well_known(symbol) {
                continue;
            }
            let id = SymbolId(u32::try_from(index).unwrap_or(u32::MAX));
            selection.all.entry(set).or_default().push(&symbol.namespace, id);
            selection.add(id, symbol);
        }
        selection
    }

    fn add(&mut self, id: SymbolId, symbol: &'a Symbol) {
        let set = (symbol.group.as_str(), symbol.kind.as_str());
        let namespace = symbol.namespace.value().map_or("", Str::as_str);
        let mut vague = false;
        match self.labels(symbol) {
            Labels::Unknown(_) | Labels::Keys(_) => vague = true,
            Labels::Known(labels) => {
                vague |= labels.is_some_and(|labels| {
                    labels.unknown().is_some() || labels.as_map().is_some_and(|map| map.open.is_some())
                });
                for entry in labels.into_iter().flat_map(Value::entries) {
                    match scalar(Some(&entry.value)) {
                        Known::Unknown(_) => vague = true,
                        _ => {
                            let value = entry.value.as_str().unwrap_or_default();
                            let key = entry.key.as_str();
                            self.by_label.entry((set.0, set.1, namespace, key, value)).or_default().push(id);
                            self.values.entry((set.0, set.1, namespace, key)).or_default().insert(value);
                        }
                    }
                }
            }
        }
        if vague {
            self.vague.entry(set).or_default().push(id);
        }
    }

    fn labels(&self, symbol: &Symbol) -> Labels<'a> {
        let Node::Object(id) = &symbol.node else { return Labels::Unknown(labels_of_operator()) };
        let object = &self.objects[id.index()];
        if let Some(labels) = labels_of(object, symbol) {
            return Labels::Known(labels);
        }
        let keys = labels_of_products(object).map(Labels::Keys);
        keys.unwrap_or_else(|| Labels::Unknown(labels_of_operator()))
    }

    /// What a selector selects among the symbols of a group and kind that `fits` admits. If there is
    /// none: why that is not known, or nothing.
    pub(super) fn select(
        &self,
        set: (&str, &str),
        namespace: &Known<Str>,
        selector: &Selector<'_>,
        fits: impl Fn(&Symbol) -> bool,
    ) -> Result<Vec<SymbolId>, Unknown> {
        let mut found = Vec::new();
        let mut unknown = None;
        for id in self.candidates(set, namespace, selector) {
            let symbol = &self.symbols[id.index()];
            if !fits(symbol) {
                continue;
            }
            match self.labels(symbol) {
                Labels::Unknown(why) => drop(unknown.get_or_insert(why)),
                Labels::Keys(keys) if !keys.may_match(selector) => {}
                Labels::Keys(_) => drop(unknown.get_or_insert_with(labels_of_operator)),
                Labels::Known(labels) => match selector.matches(labels) {
                    Known::Value(()) => found.push(id),
                    Known::Unknown(why) => drop(unknown.get_or_insert(why)),
                    Known::Absent => {}
                },
            }
        }
        found.sort_unstable();
        found.dedup();
        match unknown {
            Some(why) if found.is_empty() => Err(why),
            _ => Ok(found),
        }
    }

    /// What a selector selects with a near miss in place of one of the values that it wants.
    pub(super) fn near(
        &self,
        set: (&str, &str),
        namespace: &Known<Str>,
        selector: &Selector<'_>,
        fits: impl Fn(&Symbol) -> bool,
    ) -> Vec<SymbolId> {
        let place = match namespace {
            Known::Value(namespace) => namespace.as_str(),
            Known::Absent => "",
            Known::Unknown(_) => return Vec::new(),
        };
        let mut near = Vec::new();
        for (key, wanted) in selector.equalities() {
            let there = [place, ""].into_iter().filter_map(|place| self.values.get(&(set.0, set.1, place, key)));
            let Some(value) = near_miss(wanted, there.flatten().copied()) else { continue };
            let meant = selector.clone().with((key, wanted), value);
            near.push(self.select(set, namespace, &meant, &fits).unwrap_or_default());
        }
        near.retain(|found| !found.is_empty());
        // Two ways to mend it: nothing tells which was meant.
        if near.len() == 1 { near.swap_remove(0) } else { Vec::new() }
    }

    /// Symbols among which are all that are selected.
    fn candidates<'s>(
        &'s self,
        set: (&'s str, &'s str),
        namespace: &'s Known<Str>,
        selector: &Selector<'s>,
    ) -> Vec<SymbolId> {
        let all = || self.all.get(&set).into_iter().flat_map(|all| all.within(namespace)).collect();
        let Known::Value(namespace) = namespace else { return all() };
        let with = |(key, value)| {
            let at = |namespace| self.with_label((set.0, set.1, namespace, key, value));
            (at(namespace.as_str()), at(""))
        };
        let fewest = selector.equalities().map(with).min_by_key(|(here, anywhere)| here.len() + anywhere.len());
        let Some((here, anywhere)) = fewest else { return all() };
        let vague = self.vague.get(&set).map(Vec::as_slice).unwrap_or_default();
        [here, anywhere, vague].concat()
    }

    fn with_label<'s>(&'s self, label: Label<'s>) -> &'s [SymbolId] {
        self.by_label.get(&label).map(Vec::as_slice).unwrap_or_default()
    }
}

/// The labels by which a symbol is selected, if they stand in its object; `None` if a controller
/// gives them.
pub(in crate::graph) fn labels_of<'o>(object: &'o Object, symbol: &Symbol) -> Option<Option<&'o Value>> {
    if symbol.group == PODS {
        let template = pod_template(&object.group, &object.kind).and_then(|path| object.value.at(path));
        return Some(template.and_then(|template| template.at(&["metadata", "labels"])));
    }
    let is_itself = object.kind == symbol.kind && object.group == symbol.group;
    is_itself.then(|| object.value.at(&["metadata", "labels"]))
}
