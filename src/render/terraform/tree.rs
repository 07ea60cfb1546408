//! Module instances: variables, locals, resources and outputs, each evaluated once and on demand.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use super::convert;
use super::expression::{Bound, Evaluator, because, limit, open_map, pairs, unknown};
use super::operators;
use super::state::States;
use crate::model::Repository;
use crate::model::terraform::{Call, Merged, Mode, Module, Resource, Target, Use};
use crate::syntax::hcl::{Block, Expression, TraversalStep};
use crate::text::{RepoPath, Span};
use crate::value::{Data, Map, Origin, Reason, Str, Unknown, Value};

/// Module instances of one root, and how deep they may call each other.
const MAX_NODES: usize = 2000;
const MAX_MODULE_DEPTH: usize = 16;
/// Instances of one block.
const MAX_INSTANCES: usize = 1000;
/// Expressions evaluated for one root.
const MAX_STEPS: u64 = 2_000_000;
/// What an instance of a block costs of them.
const INSTANCE_STEPS: u64 = 20;
/// Parts of one value, and how deep it may be.
const MAX_PARTS: usize = 20_000;
const MAX_NESTING: usize = 80;

/// Something evaluated once.
enum Memo<T> {
    Running,
    Done(T),
}

/// Kind of block, type and name.
type ResourceKey<'a> = (Mode, &'a str, &'a str);
/// Instances by key, none if there is only one.
type Keys = Vec<(Option<Value>, Bound)>;
/// Nested blocks of one type.
type Blocks<'a> = (&'a str, Span, Result<Vec<Value>, Unknown>);

/// A module instance.
pub(super) struct Node<'a> {
    pub(super) module: &'a Module<'a>,
    /// `module.a.module.b`; empty for the root.
    pub(super) address: String,
    pub(super) depth: usize,
    /// The root's directory: what relative paths start from.
    pub(super) root: RepoPath,
    source: Source<'a>,
    variables: RefCell<BTreeMap<Str, Memo<Value>>>,
    locals: RefCell<BTreeMap<Str, Memo<Value>>>,
    outputs: RefCell<BTreeMap<Str, Memo<Value>>>,
    resources: RefCell<BTreeMap<ResourceKey<'a>, Memo<Rc<Instances>>>>,
    calls: RefCell<BTreeMap<&'a str, Memo<Rc<Called>>>>,
}

/// Where a module instance's inputs come from.
enum Source<'a> {
    /// Values given from outside, by variable.
    Given(BTreeMap<Str, Value>),
    /// A call in another instance, with what is bound there (`each`, `count`).
    Call { node: usize, call: Call<'a>, bound: Bound },
}

/// How often a block is there.
pub(super) enum Expansion {
    Single,
    Count(Vec<Value>),
    Each(Vec<(Value, Value)>, Option<Unknown>),
    Unknown(Unknown),
}

/// The instances of a resource.
pub(super) struct Instances {
    /// Key (none if there is only one) and attributes.
    pub(super) list: Vec<(Option<Value>, Value)>,
    /// Set if there may be others, or fewer.
    pub(super) open: Option<Unknown>,
    keyed: Keyed,
}

#[derive(Clone, Copy, PartialEq)]
enum Keyed {
    No,
    Count,
    Each,
}

/// The module instances of a call.
pub(super) struct Called {
    pub(super) nodes: Vec<(Option<Value>, usize)>,
    pub(super) open: Option<Unknown>,
    keyed: Keyed,
}

/// The instances of one root, and those of other roots whose outputs it reads.
pub(super) struct Tree<'a> {
    pub(super) repository: &'a Repository,
    pub(super) modules: &'a BTreeMap<RepoPath, Module<'a>>,
    pub(super) states: &'a States,
    pub(super) depth: Cell<usize>,
    steps: Cell<u64>,
    nodes: RefCell<Vec<Rc<Node<'a>>>>,
    others: RefCell<BTreeMap<RepoPath, usize>>,
}

impl<'a> Tree<'a> {
    pub(super) fn new(
        repository: &'a Repository,
        modules: &'a BTreeMap<RepoPath, Module<'a>>,
        states: &'a States,
    ) -> Self {
        Self {
            repository,
            modules,
            states,
            depth: Cell::new(0),
            steps: Cell::new(0),
            nodes: RefCell::new(Vec::new()),
            others: RefCell::new(BTreeMap::new()),
        }
    }

    /// Count a step; false if there were too many.
    pub(super) fn step(&self) -> bool {
        self.charge(1)
    }

    fn charge(&self, steps: u64) -> bool {
        self.steps.set(self.steps.get() + steps);
        self.steps.get() < MAX_STEPS
    }

    pub(super) fn node(&self, id: usize) -> Rc<Node<'a>> {
        Rc::clone(&self.nodes.borrow()[id])
    }

    fn add(&self, module: &'a Module<'a>, address: String, depth: usize, root: RepoPath, source: Source<'a>) -> usize {
        let node = Node {
            module,
            address,
            depth,
            root,
            source,
            variables: RefCell::default(),
            locals: RefCell::default(),
            outputs: RefCell::default(),
            resources: RefCell::default(),
            calls: RefCell::default(),
        };
        let mut nodes = self.nodes.borrow_mut();
        nodes.push(Rc::new(node));
        nodes.len() - 1
    }

    /// The instance of a root module.
    pub(super) fn root(&self, module: &'a Module<'a>, inputs: BTreeMap<Str, Value>) -> usize {
        self.add(module, String::new(), 0, module.directory.clone(), Source::Given(inputs))
    }

    pub(super) fn evaluator(&self, node: usize) -> Evaluator<'_, 'a> {
        Evaluator { tree: self, node, bound: Vec::new() }
    }

    /// The path from the root's directory to a module's.
    pub(super) fn relative_path(&self, node: usize) -> String {
        let node = self.node(node);
        node.module.directory.relative_to(&node.root)
    }

    /// `file(path)`, `fileexists(path)`.
    pub(super) fn file(&self, node: usize, name: &str, path: Option<&Value>, at: Span) -> Value {
        let Some(text) = path.and_then(Value::as_str) else { return unknown("a file", at) };
        let node = self.node(node);
        let file = node.root.join(text).filter(|_| !text.starts_with('/'));
        match file.and_then(|path| self.repository.file(&path)) {
            Some(_) if name == "fileexists" => Value::new(Data::Bool(true), at),
            Some(file) => Value::string(&*file.source.text, Span::start_of(file.source.id)),
            None => unknown(format!("the file `{text}`"), at),
        }
    }

    /// The value that a traversal names, and the steps that are left.
    pub(super) fn named(
        &self,
        evaluator: &mut Evaluator<'_, 'a>,
        found: &Use<'a>,
        at: Span,
    ) -> (Value, &'a [TraversalStep]) {
        let node = evaluator.node;
        match &found.target {
            Target::Variable(name) => (self.variable(node, name, at), found.rest),
            Target::Local(name) => (self.local(node, name, at), found.rest),
            Target::Resource(mode, kind, name) => (self.resource(node, *mode, kind, name, at), found.rest),
            Target::Module(name) => self.module(evaluator, name, found.rest, at),
        }
    }

    /// Refuse a value that is too large to go on with.
    fn settle(&self, value: Value, at: Span) -> Value {
        let mut left = MAX_PARTS;
        let fits = measure(&value, MAX_NESTING, &mut left);
        let small = self.charge((MAX_PARTS - left) as u64);
        if fits && small { value } else { limit("a value that is too large", at) }
    }

    pub(super) fn variable(&self, id: usize, name: &Str, at: Span) -> Value {
        let node = self.node(id);
        match node.variables.borrow().get(name) {
            Some(Memo::Done(value)) => return value.clone(),
            Some(Memo::Running) => return limit("the variable depends on itself", at),
            None => {}
        }
        node.variables.borrow_mut().insert(name.clone(), Memo::Running);
        let value = self.input(&node, id, name, at);
        let value = self.settle(value, at);
        node.variables.borrow_mut().insert(name.clone(), Memo::Done(value.clone()));
        value
    }

    fn input(&self, node: &Node<'a>, id: usize, name: &Str, at: Span) -> Value {
        let Some(variable) = node.module.declared.variables.get(name.as_str()) else {
            return unknown(format!("`var.{name}` is not declared"), at);
        };
        let given = match &node.source {
            Source::Given(values) => values.get(name).cloned(),
            Source::Call { node: caller, call, bound } => {
                call.arguments().into_iter().find(|argument| argument.name == *name).map(|argument| {
                    let mut evaluator = Evaluator { tree: self, node: *caller, bound: bound.clone() };
                    evaluator.value(&argument.value)
                })
            }
        };
        // A null for what may not be null means the default.
        let given = given.filter(|value| variable.nullable() || !value.is_null());
        let value = given.or_else(|| variable.default().map(|default| self.evaluator(id).value(default)));
        match (value, variable.type_constraint()) {
            (Some(value), Some(constraint)) => convert::convert(&mut self.evaluator(id), value, constraint),
            (Some(value), None) => value,
            (None, _) => {
                let why = Unknown::new(
                    Reason::TerraformValue,
                    format!("`var.{name}` has no value in this repository"),
                    Some(variable.name_span),
                );
                because(&why, variable.name_span)
            }
        }
    }

    pub(super) fn local(&self, id: usize, name: &Str, at: Span) -> Value {
        let node = self.node(id);
        match node.locals.borrow().get(name) {
            Some(Memo::Done(value)) => return value.clone(),
            Some(Memo::Running) => return limit("the local depends on itself", at),
            None => {}
        }
        let Some(local) = node.module.declared.locals.get(name.as_str()) else {
            return unknown(format!("`local.{name}` is not declared"), at);
        };
        node.locals.borrow_mut().insert(name.clone(), Memo::Running);
        let value = self.evaluator(id).value(&local.attribute.value);
        let value = self.settle(value, at);
        node.locals.borrow_mut().insert(name.clone(), Memo::Done(value.clone()));
        value
    }

    pub(super) fn output(&self, id: usize, name: &str, at: Span) -> Value {
        let node = self.node(id);
        match node.outputs.borrow().get(name) {
            Some(Memo::Done(value)) => return value.clone(),
            Some(Memo::Running) => return limit("the output depends on itself", at),
            None => {}
        }
        let Some(output) = node.module.declared.outputs.get(name) else {
            return match node.module.open.as_ref().or(node.module.generated.as_ref()) {
                Some(why) => because(why, at),
                None => unknown(format!("the module has no output `{name}`"), at),
            };
        };
        node.outputs.borrow_mut().insert(name.into(), Memo::Running);
        let value = output.value().map(|value| self.evaluator(id).value(value));
        let value = self.settle(value.unwrap_or_else(|| unknown("an output without a value", at)), at);
        node.outputs.borrow_mut().insert(name.into(), Memo::Done(value.clone()));
        value
    }

    /// All outputs of an instance.
    pub(super) fn outputs(&self, id: usize, at: Span) -> Value {
        let node = self.node(id);
        let mut map = open_map(node.module.open.clone());
        for (name, output) in &node.module.declared.outputs {
            map.insert(*name, Origin::Source(output.name_span), self.output(id, name, at));
        }
        Value::map(map, at)
    }

    fn module(
        &self,
        evaluator: &mut Evaluator<'_, 'a>,
        name: &Str,
        rest: &'a [TraversalStep],
        at: Span,
    ) -> (Value, &'a [TraversalStep]) {
        let called = match self.called(evaluator.node, name, at) {
            Ok(called) => called,
            Err(why) => return (because(&why, at), &[]),
        };
        if called.keyed == Keyed::No {
            let [(_, node)] = called.nodes.as_slice() else { return (unknown("a module", at), &[]) };
            return match rest.first() {
                Some(TraversalStep::Attribute(output, _)) => (self.output(*node, output, at), &rest[1..]),
                _ => (self.outputs(*node, at), rest),
            };
        }
        let list: Vec<_> = called.nodes.iter().map(|(key, node)| (key.clone(), *node)).collect();
        // One output of one instance, if that is what is asked for.
        if let (Some(TraversalStep::Index(key)), Some(TraversalStep::Attribute(output, _))) =
            (rest.first(), rest.get(1))
        {
            let key = evaluator.value(key);
            if let Some(why) = key.unknown() {
                return (because(why, at), &[]);
            }
            let same =
                |known: &Option<Value>| known.as_ref().is_some_and(|known| operators::equal(known, &key) == Some(true));
            if let Some((_, node)) = list.iter().find(|(known, _)| same(known)) {
                return (self.output(*node, output, at), &rest[2..]);
            }
        }
        let values = list.into_iter().map(|(key, node)| (key, self.outputs(node, at))).collect();
        (aggregate(values, called.open.as_ref(), called.keyed, at), rest)
    }

    /// The instances of a call, or why there are none to see.
    pub(super) fn called(&self, id: usize, name: &str, at: Span) -> Result<Rc<Called>, Unknown> {
        let node = self.node(id);
        match node.calls.borrow().get(name) {
            Some(Memo::Done(called)) => return Ok(Rc::clone(called)),
            Some(Memo::Running) => {
                return Err(Unknown::new(Reason::Limit, "the module depends on itself", Some(at)));
            }
            None => {}
        }
        let Some((name, call)) = node.module.declared.calls.get_key_value(name) else {
            return Err(Unknown::new(Reason::TerraformValue, format!("`module.{name}` is not declared"), Some(at)));
        };
        let source = call.local_source(&node.module.directory);
        let target = source.clone().flatten().and_then(|directory| self.modules.get(&directory));
        let Some(target) = target else {
            let text = call.source().map_or("a source that is not literal", |(text, _)| text);
            return Err(Unknown::new(Reason::RemoteModule, format!("`{text}`"), Some(call.name_span)));
        };
        if node.depth >= MAX_MODULE_DEPTH || self.nodes.borrow().len() >= MAX_NODES {
            return Err(Unknown::new(Reason::Limit, "too many modules", Some(call.name_span)));
        }
        node.calls.borrow_mut().insert(name, Memo::Running);
        let expansion = self.expansion(id, &call.block);
        let add = |key: Option<&Value>, bound: Bound| {
            let prefix = if node.address.is_empty() { String::new() } else { format!("{}.", node.address) };
            let address = format!("{prefix}module.{name}{}", key.map_or_else(String::new, index_text));
            let source = Source::Call { node: id, call: call.clone(), bound };
            self.add(target, address, node.depth + 1, node.root.clone(), source)
        };
        let (keyed, open, list) = instances_of(expansion, call.name_span);
        if !self.charge(INSTANCE_STEPS * list.len() as u64) || self.nodes.borrow().len() + list.len() > MAX_NODES {
            node.calls.borrow_mut().remove(name);
            return Err(Unknown::new(Reason::Limit, "too many modules", Some(call.name_span)));
        }
        let nodes = list.into_iter().map(|(key, bound)| (key.clone(), add(key.as_ref(), bound))).collect();
        let called = Rc::new(Called { nodes, open, keyed });
        node.calls.borrow_mut().insert(name, Memo::Done(Rc::clone(&called)));
        Ok(called)
    }

    /// How often a block with `count` or `for_each` is there.
    fn expansion(&self, id: usize, block: &Merged<'a>) -> Expansion {
        let mut evaluator = self.evaluator(id);
        if let Some(count) = block.attribute("count") {
            let value = evaluator.value(&count.value);
            return match (value.unknown(), operators::number(&value)) {
                (Some(why), _) => Expansion::Unknown(why.clone()),
                (None, Some(number)) if number >= 0.0 && number <= MAX_INSTANCES as f64 => {
                    let indices = (0_i64..).take_while(|index| (*index as f64) < number);
                    Expansion::Count(indices.map(|index| Value::new(Data::Int(index), count.value.span)).collect())
                }
                _ => Expansion::Unknown(Unknown::new(Reason::Limit, "`count`", Some(count.span))),
            };
        }
        let Some(each) = block.attribute("for_each") else { return Expansion::Single };
        let value = evaluator.value(&each.value);
        let open = value.as_map().and_then(|map| map.open.clone());
        let known = match &value.data {
            Data::Unknown(why) => return Expansion::Unknown(why.clone()),
            Data::Map(map) => {
                let mut closed = (**map).clone();
                closed.open = None;
                let closed = Value::map(closed, value.origin.clone());
                pairs(&closed, each.span)
            }
            // A set: each value is its own key.
            Data::List(items) if items.iter().all(|item| item.as_str().is_some()) => {
                Ok(Ok(items.iter().map(|item| (item.clone(), item.clone())).collect()))
            }
            _ => return Expansion::Unknown(Unknown::new(Reason::TerraformValue, "`for_each`", Some(each.span))),
        };
        match known {
            Ok(Ok(pairs)) if pairs.len() <= MAX_INSTANCES => Expansion::Each(pairs, open),
            _ => Expansion::Unknown(Unknown::new(Reason::Limit, "`for_each`", Some(each.span))),
        }
    }

    fn resource(&self, id: usize, mode: Mode, kind: &str, name: &str, at: Span) -> Value {
        if let Some(found) = self.instances(id, mode, kind, name, at) {
            match found {
                Ok(found) => aggregate(found.list.clone(), found.open.as_ref(), found.keyed, at),
                Err(why) => because(&why, at),
            }
        } else {
            unknown(format!("`{}{kind}.{name}` is not declared", mode.prefix()), at)
        }
    }

    /// The instances of a resource; `None` if it is not declared.
    pub(super) fn instances(
        &self,
        id: usize,
        mode: Mode,
        kind: &str,
        name: &str,
        at: Span,
    ) -> Option<Result<Rc<Instances>, Unknown>> {
        let node = self.node(id);
        let resource = node.module.declared.resources.get(&(mode, kind, name))?;
        let key = (mode, resource.kind.as_str(), resource.name.as_str());
        match node.resources.borrow().get(&key) {
            Some(Memo::Done(found)) => return Some(Ok(Rc::clone(found))),
            Some(Memo::Running) => {
                return Some(Err(Unknown::new(Reason::Limit, "the resource depends on itself", Some(at))));
            }
            None => {}
        }
        node.resources.borrow_mut().insert(key, Memo::Running);
        let expansion = self.expansion(id, &resource.block);
        let (keyed, open, list) = instances_of(expansion, resource.name_span);
        if !self.charge(INSTANCE_STEPS * list.len() as u64) {
            node.resources.borrow_mut().remove(&key);
            return Some(Err(Unknown::new(Reason::Limit, "too many instances", Some(resource.name_span))));
        }
        let list = list
            .into_iter()
            .map(|(key, bound)| {
                let mut evaluator = Evaluator { tree: self, node: id, bound };
                let value = evaluator.resource(resource);
                (key, self.settle(value, at))
            })
            .collect();
        let found = Rc::new(Instances { list, open, keyed });
        node.resources.borrow_mut().insert(key, Memo::Done(Rc::clone(&found)));
        Some(Ok(found))
    }

    /// The instance of another root whose outputs are read.
    pub(super) fn other_root(&self, directory: &RepoPath) -> Option<usize> {
        if let Some(id) = self.others.borrow().get(directory) {
            return Some(*id);
        }
        let module = self.modules.get(directory)?;
        if self.nodes.borrow().len() >= MAX_NODES {
            return None;
        }
        let id = self.root(module, super::roots::inputs(self, module));
        self.others.borrow_mut().insert(directory.clone(), id);
        Some(id)
    }

    /// Where an expression that is only a `var` or `local` comes from: the expression behind it,
    /// and who evaluates it.
    pub(super) fn behind<'t>(&'t self, id: usize, target: &Target) -> Option<(&'a Expression, Evaluator<'t, 'a>)> {
        let node = self.node(id);
        match target {
            Target::Local(name) => {
                let local = node.module.declared.locals.get(name.as_str())?;
                Some((&local.attribute.value, self.evaluator(id)))
            }
            Target::Variable(name) => match &node.source {
                Source::Call { node: caller, call, bound } => {
                    let argument = call.arguments().into_iter().find(|argument| argument.name == *name)?;
                    Some((&argument.value, Evaluator { tree: self, node: *caller, bound: bound.clone() }))
                }
                Source::Given(_) => None,
            },
            _ => None,
        }
    }
}

/// `["a"]`, `[0]`
pub(super) fn index_text(key: &Value) -> String {
    match &key.data {
        Data::String(text) => format!("[{:?}]", text.as_str()),
        Data::Int(number) => format!("[{number}]"),
        _ => "[*]".to_owned(),
    }
}

/// What is bound in each instance of a block.
fn instances_of(expansion: Expansion, at: Span) -> (Keyed, Option<Unknown>, Keys) {
    let entry = |name: &str, parts: &[(&str, Value)]| {
        let mut map = Map::default();
        for (key, value) in parts {
            map.insert(*key, Origin::Source(at), value.clone());
        }
        (Str::from(name), Value::map(map, at))
    };
    match expansion {
        Expansion::Single => (Keyed::No, None, vec![(None, Vec::new())]),
        Expansion::Count(indices) => {
            let list =
                indices.into_iter().map(|index| (Some(index.clone()), vec![entry("count", &[("index", index)])]));
            (Keyed::Count, None, list.collect())
        }
        Expansion::Each(pairs, open) => {
            let list = pairs
                .into_iter()
                .map(|(key, value)| (Some(key.clone()), vec![entry("each", &[("key", key), ("value", value)])]));
            (Keyed::Each, open, list.collect())
        }
        // One that stands for all.
        Expansion::Unknown(why) => {
            let value = because(&why, at);
            let bound = vec![
                entry("each", &[("key", value.clone()), ("value", value.clone())]),
                entry("count", &[("index", value.clone())]),
            ];
            (Keyed::Each, Some(why), vec![(Some(value), bound)])
        }
    }
}

/// The value of a block with all its instances.
fn aggregate(list: Vec<(Option<Value>, Value)>, open: Option<&Unknown>, keyed: Keyed, at: Span) -> Value {
    match keyed {
        Keyed::No => list.into_iter().next().map_or_else(|| unknown("a block", at), |(_, value)| value),
        Keyed::Count => Value::list(list.into_iter().map(|(_, value)| value).collect(), at),
        Keyed::Each => {
            let mut map = open_map(open.cloned());
            for (key, value) in list {
                if let Some(key) = key
                    && let Some(text) = operators::text(&key)
                {
                    map.insert(text, key.origin, value);
                }
            }
            match open {
                // It may be a list as well.
                Some(why) if map.is_empty() => because(why, at),
                _ => Value::map(map, at),
            }
        }
    }
}

/// Whether a value is within a nesting and a number of parts.
fn measure(value: &Value, nesting: usize, left: &mut usize) -> bool {
    if nesting == 0 || *left == 0 {
        return false;
    }
    *left -= 1;
    match &value.data {
        Data::List(items) => items.iter().all(|item| measure(item, nesting - 1, left)),
        Data::Map(map) => map.iter().all(|entry| measure(&entry.value, nesting - 1, left)),
        Data::String(text) => {
            *left = left.saturating_sub(text.len() / 64);
            true
        }
        _ => true,
    }
}

impl<'a> Evaluator<'_, 'a> {
    /// The attributes and nested blocks of a resource. What is not written is set by the provider.
    pub(super) fn resource(&mut self, resource: &Resource<'a>) -> Value {
        const OWN: &[&str] = &["count", "depends_on", "for_each", "provider"];
        let detail = format!("`{}` has values that only its provider knows", resource.address());
        let why = Unknown::new(Reason::TerraformValue, detail, Some(resource.name_span));
        let mut map = open_map(Some(why.clone()));
        for attribute in resource.block.attributes() {
            if !OWN.contains(&attribute.name.as_str()) {
                let value = self.value(&attribute.value);
                map.insert(attribute.name.clone(), Origin::Source(attribute.name_span), value);
            }
        }
        self.blocks(&resource.block.blocks(), &mut map, &why);
        if resource.kind == "terraform_data"
            && let Some(input) = map.get("input").cloned()
        {
            map.insert("output", input.origin.clone(), input);
        }
        if resource.mode == Mode::Data && resource.kind == "terraform_remote_state" {
            let outputs = super::state::outputs(self, resource, &map);
            map.insert("outputs", Origin::Source(resource.name_span), outputs);
        }
        Value::map(map, resource.block.span())
    }

    fn blocks(&mut self, blocks: &[&'a Block], map: &mut Map, why: &Unknown) {
        const OWN: &[&str] = &["lifecycle", "connection", "provisioner"];
        let mut lists: Vec<Blocks<'a>> = Vec::new();
        for block in blocks {
            let kind = match (block.kind.as_str(), block.labels.first()) {
                ("dynamic", Some(label)) => label.text.as_str(),
                (kind, _) if OWN.contains(&kind) => continue,
                (kind, _) => kind,
            };
            let made =
                if block.kind == "dynamic" { self.dynamic(block, kind, why) } else { Ok(vec![self.block(block, why)]) };
            match lists.iter_mut().find(|(known, ..)| *known == kind) {
                Some((.., list)) => match (list.as_mut(), made) {
                    (Ok(list), Ok(made)) => list.extend(made),
                    (Ok(_), Err(why)) => *list = Err(why),
                    (Err(_), _) => {}
                },
                None => lists.push((kind, block.kind_span, made)),
            }
        }
        for (kind, span, list) in lists {
            let value = match list {
                Ok(list) => Value::list(list, span),
                Err(why) => because(&why, span),
            };
            map.insert(kind, Origin::Source(span), value);
        }
    }

    fn block(&mut self, block: &'a Block, why: &Unknown) -> Value {
        let mut map = open_map(Some(why.clone()));
        for attribute in &block.body.attributes {
            let value = self.value(&attribute.value);
            map.insert(attribute.name.clone(), Origin::Source(attribute.name_span), value);
        }
        if self.tree.depth.get() < 200 {
            self.tree.depth.set(self.tree.depth.get() + 1);
            let blocks: Vec<&Block> = block.body.blocks.iter().collect();
            self.blocks(&blocks, &mut map, why);
            self.tree.depth.set(self.tree.depth.get() - 1);
        }
        Value::map(map, block.span)
    }

    fn dynamic(&mut self, block: &'a Block, kind: &str, why: &Unknown) -> Result<Vec<Value>, Unknown> {
        let attribute = |name: &str| block.body.attributes.iter().find(|attribute| attribute.name == name);
        let lost = |detail: &str| Unknown::new(Reason::TerraformValue, detail, Some(block.span));
        let each = attribute("for_each").ok_or_else(|| lost("a dynamic block without `for_each`"))?;
        let iterator = attribute("iterator").map_or_else(
            || Str::from(kind),
            |iterator| match &iterator.value.kind {
                crate::syntax::hcl::ExpressionKind::Variable(name) => name.clone(),
                _ => Str::from(kind),
            },
        );
        let collection = self.value(&each.value);
        let pairs = pairs(&collection, each.span).map_err(|failure| lost(&failure.message))??;
        let content = block.body.blocks.iter().find(|inner| inner.kind == "content");
        let content = content.ok_or_else(|| lost("a dynamic block without `content`"))?;
        let mut made = Vec::new();
        for (key, value) in pairs.into_iter().take(MAX_INSTANCES) {
            let mut map = Map::default();
            map.insert("key", key.origin.clone(), key);
            map.insert("value", value.origin.clone(), value);
            self.bound.push((iterator.clone(), Value::map(map, each.span)));
            made.push(self.block(content, why));
            self.bound.pop();
        }
        Ok(made)
    }
}
