//! Remote state: which root's outputs a `terraform_remote_state` reads.

use std::collections::BTreeMap;

use super::expression::{Evaluator, because};
use super::operators;
use crate::model::terraform::{Module, Resource};
use crate::syntax::hcl::{Expression, ExpressionKind};
use crate::text::{RepoPath, Span};
use crate::value::{Map, Reason, Unknown, Value};

/// Where roots keep their state: a key that is equal exactly if the place is.
#[derive(Debug, Default)]
pub(super) struct States {
    roots: BTreeMap<String, Vec<RepoPath>>,
}

impl States {
    /// The states of the given roots, as far as their backends are complete and literal.
    pub(super) fn new<'a>(roots: impl Iterator<Item = &'a Module<'a>>) -> Self {
        let mut states = Self::default();
        for root in roots {
            if let Some(key) = key_of_root(root) {
                states.roots.entry(key).or_default().push(root.directory.clone());
            }
        }
        states
    }

    fn root(&self, key: &str) -> Option<&RepoPath> {
        match self.roots.get(key)?.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }
}

fn literal(expression: &Expression) -> Option<String> {
    match &expression.kind {
        ExpressionKind::String(text) => Some(text.to_string()),
        _ => None,
    }
}

/// The key of a place, from the settings of a backend.
fn key(kind: &str, setting: impl Fn(&str) -> Option<String>, directory: &RepoPath) -> Option<String> {
    let parts = |names: &[&str]| {
        let values: Option<Vec<String>> = names.iter().map(|name| setting(name)).collect();
        Some(format!("{kind} {:?}", values?))
    };
    match kind {
        "s3" => parts(&["bucket", "key"]),
        "gcs" => Some(format!("gcs {:?} {:?}", setting("bucket")?, setting("prefix").unwrap_or_default())),
        "azurerm" => parts(&["storage_account_name", "container_name", "key"]),
        "http" => parts(&["address"]),
        "consul" => parts(&["path"]),
        "local" => {
            let path = setting("path").unwrap_or_else(|| "terraform.tfstate".to_owned());
            if path.starts_with('/') {
                return None;
            }
            Some(format!("local {}", directory.join(&path)?))
        }
        _ => None,
    }
}

fn key_of_root(root: &Module<'_>) -> Option<String> {
    if root.open.is_some() {
        return None;
    }
    let Some(backend) = root.declared.backend else {
        return key("local", |_| None, &root.directory);
    };
    let attributes = &backend.block.body.attributes;
    // A setting that is there and not literal makes the place unknown.
    if attributes
        .iter()
        .any(|attribute| matches!(attribute.value.kind, ExpressionKind::Template(_) | ExpressionKind::Traversal(_)))
    {
        return None;
    }
    let setting = |name: &str| literal(&attributes.iter().find(|attribute| attribute.name == name)?.value);
    match backend.kind {
        "cloud" => {
            let workspaces = backend.block.body.blocks.iter().find(|block| block.kind == "workspaces")?;
            let name = workspaces.body.attributes.iter().find(|attribute| attribute.name == "name")?;
            Some(format!("remote {:?} {:?}", setting("organization")?, literal(&name.value)?))
        }
        "remote" => {
            let workspaces = backend.block.body.blocks.iter().find(|block| block.kind == "workspaces")?;
            let name = workspaces.body.attributes.iter().find(|attribute| attribute.name == "name")?;
            Some(format!("remote {:?} {:?}", setting("organization")?, literal(&name.value)?))
        }
        kind => key(kind, setting, &root.directory),
    }
}

/// The root that a `data "terraform_remote_state"` reads, given its evaluated arguments.
pub(super) fn bound<'t>(
    states: &'t States,
    reader: &RepoPath,
    arguments: &Map,
    at: Span,
) -> Result<&'t RepoPath, Unknown> {
    let why = |detail: &str| Unknown::new(Reason::Backend, detail, Some(at));
    if arguments.get("workspace").is_some_and(|workspace| workspace.as_str() != Some("default")) {
        return Err(why("another workspace"));
    }
    let kind = arguments.get("backend").and_then(Value::as_str).ok_or_else(|| why("`backend` is not known"))?;
    let config = arguments.get("config");
    let setting = |name: &str| config?.get(name).and_then(operators::text);
    if let Some(unknown) = config.and_then(Value::unknown) {
        return Err(why(unknown.detail()));
    }
    let open = |name: &&str| config.and_then(|config| config.get(name)).is_some_and(|value| value.unknown().is_some());
    if ["bucket", "key", "prefix", "path", "container_name", "storage_account_name"].iter().any(open) {
        return Err(why("its place is not known"));
    }
    let key = match kind {
        "remote" => {
            let workspace = config.and_then(|config| config.at(&["workspaces", "name"])).and_then(operators::text);
            setting("organization")
                .zip(workspace)
                .map(|(organization, name)| format!("remote {organization:?} {name:?}"))
        }
        kind => key(kind, setting, reader),
    };
    let key = key.ok_or_else(|| why("its place is not known"))?;
    states.root(&key).ok_or_else(|| why("no root of this repository keeps its state there"))
}

/// The outputs that a `data "terraform_remote_state"` has.
pub(super) fn outputs<'a>(evaluator: &mut Evaluator<'_, 'a>, resource: &Resource<'a>, arguments: &Map) -> Value {
    let tree = evaluator.tree;
    let at = resource.name_span;
    let reader = tree.node(evaluator.node).root.clone();
    let root = match bound(tree.states, &reader, arguments, at) {
        Ok(root) => root,
        Err(why) => return because(&why, at),
    };
    match tree.other_root(root) {
        Some(node) => with_defaults(tree.outputs(node, at), arguments.get("defaults")),
        None => because(&Unknown::new(Reason::Limit, "too many modules", Some(at)), at),
    }
}

/// Outputs with the data source's `defaults` for those that the state does not have.
fn with_defaults(mut outputs: Value, defaults: Option<&Value>) -> Value {
    if let (Some(defaults), Some(map)) = (defaults, outputs.as_map_mut()) {
        let given = defaults.as_map();
        for entry in given.into_iter().flat_map(Map::iter) {
            if map.get(&entry.key).is_none() {
                map.push_unique(entry.clone());
            }
        }
        let why = given.and_then(|given| given.open.as_ref()).or(defaults.unknown());
        map.open = map.open.take().or(why.cloned());
    }
    outputs
}
