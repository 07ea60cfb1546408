//! Terraform: the module tree of each root with its values, what its names refer to, and what it
//! makes for the other layers.
//!
//! Three-valued throughout: what depends on a provider, an input or another repository is unknown,
//! with the reason. Every value has its origin.
//!
//! Invariant: knows nothing of Kubernetes objects beyond the names that a resource type stands
//! for; reads no file that the repository has not read, and runs nothing.

mod apis;
mod checks;
mod clusters;
mod convert;
mod expression;
mod functions;
mod operators;
mod products;
mod roots;
mod state;
mod tree;

use std::collections::{BTreeMap, BTreeSet};

pub use apis::Api;
pub use checks::{Fact, FactKind, Lookup};
pub use clusters::ManagedCluster;
pub use products::{ClusterObject, Name, Release, RemoteSecret, SecretProvider};

use crate::model::Repository;
use crate::model::terraform::{Mode, Module as Declarations, directories};
use crate::syntax::hcl::Expression;
use crate::text::{FileId, RepoPath, Span};
use crate::value::{Entry, Map, Str, Unknown, Value};
use roots::Wrappers;
use state::States;
use tree::Tree;

/// Evaluation calls itself along the code; this is room for its limits.
const STACK: usize = 128 << 20;

/// All Terraform of a repository.
#[derive(Debug, Default)]
pub struct Terraform {
    /// Every directory with Terraform files, in order of path.
    pub modules: Vec<Module>,
    /// Root modules, in order of path.
    pub roots: Vec<Root>,
    /// What the names in the modules refer to, in order of module and place.
    pub facts: Vec<Fact>,
}

/// A module directory.
#[derive(Clone, Debug)]
pub struct Module {
    /// Where it is.
    pub directory: RepoPath,
    /// Its files.
    pub files: Vec<FileId>,
    /// Why it may declare more than can be seen.
    pub open: Option<Unknown>,
    /// Blocks that declare a name a second time: their place and the first.
    pub repeated: Vec<(Span, Span)>,
}

/// A root module and everything below it.
#[derive(Debug)]
pub struct Root {
    /// Its directory.
    pub directory: RepoPath,
    /// Files of variables that Terraform reads unasked, in order of precedence.
    pub variable_files: Vec<RepoPath>,
    /// Files of variables that may be given with `-var-file`.
    pub variants: Vec<RepoPath>,
    /// Its module instances; the first is the root itself.
    pub instances: Vec<Instance>,
    /// What it puts into secret stores.
    pub secrets: Vec<RemoteSecret>,
    /// What it makes on clusters.
    pub objects: Vec<ClusterObject>,
    /// Helm releases that it installs.
    pub releases: Vec<Release>,
    /// Kubernetes clusters that it makes.
    pub clusters: Vec<ManagedCluster>,
}

/// An instance of a module.
#[derive(Debug)]
pub struct Instance {
    /// `module.a.module.b["x"]`; empty for the root. `[*]` stands for instances that are not known.
    pub address: String,
    /// The module's directory.
    pub directory: RepoPath,
    /// Its variables.
    pub inputs: Map,
    /// Its locals.
    pub locals: Map,
    /// Its outputs.
    pub outputs: Map,
    /// Instances of its resources and data sources.
    pub resources: Vec<ResourceInstance>,
}

/// An instance of a resource or data source.
#[derive(Clone, Debug)]
pub struct ResourceInstance {
    /// Its address within the root: `module.a.aws_x.y["k"]`.
    pub address: String,
    /// What kind of block.
    pub mode: Mode,
    /// Its type.
    pub kind: Str,
    /// Its name.
    pub name: Str,
    /// What is written: attributes, and nested blocks as lists. The map is open: the provider adds
    /// the rest.
    pub attributes: Value,
    /// Set if it stands for instances whose number is not known.
    pub multiplicity: Option<Unknown>,
    /// The block.
    pub span: Span,
    /// Where its name stands.
    pub name_span: Span,
}

/// Evaluate everything.
#[must_use]
pub fn evaluate(repository: &Repository) -> Terraform {
    let found = directories(repository);
    let names: BTreeSet<RepoPath> = found.keys().cloned().collect();
    let wrappers = Wrappers::find(repository, &names);
    let mut modules: BTreeMap<RepoPath, Declarations<'_>> = found
        .into_iter()
        .map(|(directory, paths)| (directory.clone(), Declarations::read(repository, directory, &paths)))
        .collect();
    for (directory, why) in &wrappers.opens {
        if let Some(module) = modules.get_mut(directory) {
            module.open.get_or_insert_with(|| why.clone());
        }
    }
    for (directory, why) in &wrappers.generates {
        if let Some(module) = modules.get_mut(directory) {
            module.generated.get_or_insert_with(|| why.clone());
        }
    }
    let modules = modules;
    let directories = roots::roots(repository, &modules, &wrappers);
    let states = States::new(directories.iter().filter_map(|directory| modules.get(directory)));
    let results = in_parallel(&directories, |directory| root(repository, &modules, &states, directory));
    let mut facts = checks::modules(repository, &modules);
    let mut roots = Vec::new();
    let mut remote = Vec::new();
    for (root, found) in results.into_iter().flatten() {
        roots.push(root);
        remote.extend(found);
    }
    facts.extend(checks::merged(remote));
    facts.sort_by(|a, b| (&a.module, a.span, a.kind).cmp(&(&b.module, b.span, b.kind)));
    let modules = modules
        .into_values()
        .map(|module| Module {
            directory: module.directory,
            files: module.files,
            open: module.open,
            repeated: module.repeated.iter().map(|(block, first)| (block.span, *first)).collect(),
        })
        .collect();
    Terraform { modules, roots, facts }
}

/// Work on all items with threads that have a large stack; results in order of items.
fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(items.len().max(1));
    let next = std::sync::atomic::AtomicUsize::new(0);
    let run = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let Some(item) = items.get(index) else { return done };
            done.push((index, work(item)));
        }
    };
    let mut results = Vec::with_capacity(items.len());
    std::thread::scope(|scope| {
        let spawn = || std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, run);
        let handles: Vec<_> = (0..threads).filter_map(|_| spawn().ok()).collect();
        for handle in handles {
            match handle.join() {
                Ok(done) => results.extend(done),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
    });
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

/// One root, and what its reads of remote state refer to.
fn root<'a>(
    repository: &'a Repository,
    modules: &'a BTreeMap<RepoPath, Declarations<'a>>,
    states: &'a States,
    directory: &RepoPath,
) -> Option<(Root, Vec<Fact>)> {
    let module = modules.get(directory)?;
    let tree = Tree::new(repository, modules, states);
    let first = tree.root(module, roots::inputs(&tree, module));
    let mut queue = vec![first];
    let (variable_files, variants) = roots::files(repository, modules, directory);
    let mut root = Root {
        directory: directory.clone(),
        variable_files,
        variants,
        instances: Vec::new(),
        secrets: Vec::new(),
        objects: Vec::new(),
        releases: Vec::new(),
        clusters: Vec::new(),
    };
    let mut facts = Vec::new();
    let mut at = 0;
    while let Some(&id) = queue.get(at) {
        at += 1;
        let node = tree.node(id);
        for (name, call) in &node.module.declared.calls {
            if let Ok(called) = tree.called(id, name, call.name_span) {
                queue.extend(called.nodes.iter().map(|(_, node)| *node));
            }
        }
        root.instances.push(instance(&tree, id));
        facts.extend(checks::remote_states(&tree, id));
        products::collect(&tree, id, &mut root);
        clusters::collect(&tree, id, &mut root.clusters);
    }
    Some((root, facts))
}

fn instance(tree: &Tree<'_>, id: usize) -> Instance {
    let node = tree.node(id);
    let declared = &node.module.declared;
    let entry = |name: &str, span: Span, value| Entry { key: name.into(), key_origin: span.into(), value };
    let mut inputs = Map::default();
    for (name, variable) in &declared.variables {
        let value = tree.variable(id, &Str::from(*name), variable.name_span);
        inputs.push_unique(entry(name, variable.name_span, value));
    }
    let mut locals = Map::default();
    for (name, local) in &declared.locals {
        let value = tree.local(id, &Str::from(*name), local.attribute.name_span);
        locals.push_unique(entry(name, local.attribute.name_span, value));
    }
    let mut outputs = Map::default();
    for (name, output) in &declared.outputs {
        outputs.push_unique(entry(name, output.name_span, tree.output(id, name, output.name_span)));
    }
    let mut resources = Vec::new();
    for resource in declared.resources.values() {
        let found = tree.instances(id, resource.mode, resource.kind, resource.name, resource.name_span);
        let Some(Ok(found)) = found else { continue };
        for (key, attributes) in &found.list {
            let prefix = if node.address.is_empty() { String::new() } else { format!("{}.", node.address) };
            let index = key.as_ref().map_or_else(String::new, tree::index_text);
            resources.push(ResourceInstance {
                address: format!("{prefix}{}{index}", resource.address()),
                mode: resource.mode,
                kind: resource.kind.clone(),
                name: resource.name.clone(),
                attributes: attributes.clone(),
                multiplicity: found.open.clone(),
                span: resource.block.span(),
                name_span: resource.name_span,
            });
        }
    }
    Instance {
        address: node.address.clone(),
        directory: node.module.directory.clone(),
        inputs,
        locals,
        outputs,
        resources,
    }
}

/// Evaluate an expression that stands in no module, as `terraform console` does in an empty
/// directory. An expression that Terraform would refuse is an error with the reason.
///
/// # Errors
/// If Terraform would refuse the expression.
pub fn evaluate_alone(repository: &Repository, expression: &Expression) -> Result<Value, String> {
    let module = Declarations::read(repository, RepoPath::root(), &[]);
    let (modules, states) = (BTreeMap::new(), States::default());
    let tree = Tree::new(repository, &modules, &states);
    let node = tree.root(&module, BTreeMap::new());
    tree.evaluator(node).expression(expression).map_err(|failure| failure.message)
}

/// A known value as `jsonencode` writes it; `None` if some part of it is unknown.
#[must_use]
pub fn to_json(value: &Value) -> Option<String> {
    functions::json_text(value)
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
