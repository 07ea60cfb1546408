//! Which modules are roots, and what values their variables get.

use std::collections::{BTreeMap, BTreeSet};

use super::expression::because;
use super::operators;
use super::tree::Tree;
use crate::model::Repository;
use crate::model::terraform::Module;
use crate::syntax::hcl::{Body, Expression, ExpressionKind};
use crate::text::RepoPath;
use crate::value::{Reason, Str, Unknown, Value};

/// Wrappers that generate Terraform or call it with inputs of their own.
#[derive(Debug, Default)]
pub(super) struct Wrappers {
    /// Why the inputs and further files of a module are not known, by its directory.
    pub(super) opens: BTreeMap<RepoPath, Unknown>,
    /// Modules that a wrapper copies and may add files to: what they name may be in those, while
    /// who calls the module itself sees only what is here.
    pub(super) generates: BTreeMap<RepoPath, Unknown>,
    /// Directories that a wrapper calls as modules.
    called: BTreeSet<RepoPath>,
}

impl Wrappers {
    /// Find Terragrunt, Terramate and CDKTF.
    pub(super) fn find(repository: &Repository, directories: &BTreeSet<RepoPath>) -> Self {
        let mut found = Self::default();
        for (path, _) in repository.listing.iter() {
            let name = path.file_name();
            let wrapper = match name {
                "terragrunt.hcl" | "terragrunt.hcl.json" | "root.hcl" | "terragrunt.stack.hcl" => "Terragrunt",
                "cdktf.json" => "CDKTF",
                _ if name.ends_with(".tm.hcl") || name == "terramate.tm" || name.ends_with(".tm") => "Terramate",
                _ => continue,
            };
            let Some(parent) = path.parent() else { continue };
            let why = Unknown::new(Reason::UnsupportedLanguage, format!("{wrapper} (`{path}`)"), None);
            for directory in directories.iter().filter(|directory| directory.is_within(&parent)) {
                found.opens.entry(directory.clone()).or_insert_with(|| why.clone());
            }
            if wrapper == "Terragrunt" {
                let adds_files = adds_files(repository, &parent);
                for directory in sources(repository, path, &parent, directories) {
                    if adds_files {
                        found.generates.entry(directory.clone()).or_insert_with(|| why.clone());
                    }
                    found.called.insert(directory);
                }
            }
        }
        found
    }
}

/// Whether Terragrunt may add files to the modules that it calls from a directory: it copies what
/// is there, and its files there and above may have `generate` or hooks, or are not here.
fn adds_files(repository: &Repository, directory: &RepoPath) -> bool {
    let is_terraform =
        |path: &&RepoPath| [".tf", ".tofu", ".tf.json", ".tofu.json"].iter().any(|end| path.file_name().ends_with(end));
    if repository.listing.files_in(directory).any(|path| is_terraform(&path)) {
        return true;
    }
    let above = std::iter::successors(Some(directory.clone()), RepoPath::parent);
    let files = above.flat_map(|directory| repository.listing.files_in(&directory).cloned().collect::<Vec<_>>());
    files.filter(|path| path.file_name().ends_with(".hcl") || path.file_name().ends_with(".hcl.json")).any(|path| {
        repository.file(&path).is_none_or(|file| {
            let text = &file.source.text;
            ["generate", "_hook", "read_terragrunt_config"].iter().any(|word| text.contains(word))
        })
    })
}

/// The module directories that a Terragrunt file may name as its source.
fn sources(
    repository: &Repository,
    path: &RepoPath,
    parent: &RepoPath,
    directories: &BTreeSet<RepoPath>,
) -> Vec<RepoPath> {
    let Some(file) = repository.file(path) else { return Vec::new() };
    let mut found = Vec::new();
    for line in file.source.text.lines() {
        let Some((name, value)) = line.split_once('=') else { continue };
        if !matches!(name.trim(), "source" | "base_source_url" | "source_base_url") {
            continue;
        }
        let text = value.trim().trim_matches('"');
        let literal = text.replace("//", "/");
        let local = parent.join(&literal).filter(|_| !text.contains("${"));
        // Of a computed source only the end is literal.
        let tail = text.rsplit(['}']).next().unwrap_or(text).split('?').next().unwrap_or_default();
        let tail = tail.rsplit("//").next().unwrap_or(tail).trim_matches(['/', '.']);
        for directory in directories {
            let ends = !tail.is_empty()
                && text.contains("${")
                && (directory.as_str() == tail || directory.as_str().ends_with(&format!("/{tail}")));
            if ends || local.as_ref() == Some(directory) {
                found.push(directory.clone());
            }
        }
    }
    found
}

/// Directories that are roots, in order.
pub(super) fn roots(
    repository: &Repository,
    modules: &BTreeMap<RepoPath, Module<'_>>,
    wrappers: &Wrappers,
) -> Vec<RepoPath> {
    let mut called: BTreeSet<RepoPath> = wrappers.called.clone();
    for module in modules.values() {
        for call in module.declared.calls.values() {
            called.extend(call.local_source(&module.directory).flatten().filter(|target| *target != module.directory));
        }
    }
    let is_root = |module: &&Module<'_>| {
        let directory = &module.directory;
        let library = directory.components().any(|part| matches!(part, "modules" | "examples"));
        let configured = module.declared.backend.is_some()
            || !module.declared.providers.is_empty()
            || variable_files(repository, directory).next().is_some();
        !called.contains(directory) && (configured || !library)
    };
    modules.values().filter(is_root).map(|module| module.directory.clone()).collect()
}

/// Files of variables directly in a directory.
fn variable_files<'a>(repository: &'a Repository, directory: &'a RepoPath) -> impl Iterator<Item = &'a RepoPath> {
    repository.listing.files_in(directory).filter(|path| is_variable_file(path))
}

fn is_variable_file(path: &RepoPath) -> bool {
    let name = path.file_name();
    name.ends_with(".tfvars") || name.ends_with(".tfvars.json")
}

/// Whether Terraform reads a file of variables unasked.
fn is_automatic(path: &RepoPath) -> bool {
    let name = path.file_name();
    let name = name.strip_suffix(".json").unwrap_or(name);
    name == "terraform.tfvars" || name.ends_with(".auto.tfvars")
}

/// The files of variables of a root: those that are always read, in order of precedence, and those
/// that may be given with `-var-file`.
pub(super) fn files(
    repository: &Repository,
    modules: &BTreeMap<RepoPath, Module<'_>>,
    root: &RepoPath,
) -> (Vec<RepoPath>, Vec<RepoPath>) {
    let mut automatic = Vec::new();
    let mut variants = Vec::new();
    for (path, _) in repository.below(root) {
        if !is_variable_file(path) {
            continue;
        }
        let Some(parent) = path.parent() else { continue };
        let here = parent == *root;
        if here && is_automatic(path) {
            automatic.push(path.clone());
        } else if here || !nested(modules, root, &parent) {
            variants.push(path.clone());
        }
    }
    // `terraform.tfvars` comes first, then the others by name.
    automatic.sort_by_key(|path| (!path.file_name().starts_with("terraform.tfvars"), path.clone()));
    (automatic, variants)
}

/// Whether another module lies on the way from a root to a directory.
fn nested(modules: &BTreeMap<RepoPath, Module<'_>>, root: &RepoPath, directory: &RepoPath) -> bool {
    let mut at = Some(directory.clone());
    while let Some(path) = at.filter(|path| path != root) {
        if modules.contains_key(&path) {
            return true;
        }
        at = path.parent();
    }
    false
}

/// The values given to a root's variables.
pub(super) fn inputs<'a>(tree: &Tree<'a>, module: &'a Module<'a>) -> BTreeMap<Str, Value> {
    let (automatic, variants) = files(tree.repository, tree.modules, &module.directory);
    let mut given = BTreeMap::new();
    let mut lost = None;
    for path in &automatic {
        lost = read(tree, path, &mut given).or(lost);
    }
    let mut each: Vec<BTreeMap<Str, Value>> = Vec::new();
    for path in &variants {
        let mut values = BTreeMap::new();
        lost = read(tree, path, &mut values).or(lost);
        each.push(values);
    }
    if let Some(why) = lost.or_else(|| module.open.clone().filter(|why| why.reason() == Reason::UnsupportedLanguage)) {
        let at = |name: &str| module.declared.variables.get(name).map(|variable| variable.name_span);
        return module
            .declared
            .variables
            .keys()
            .filter_map(|name| Some(((*name).into(), because(&why, at(name)?))))
            .collect();
    }
    for (name, variable) in &module.declared.variables {
        let base = given.get(*name).cloned();
        let base = base.or_else(|| variable.default().map(|default| constant(tree, module, default)));
        let set = each.iter().filter(|values| values.contains_key(*name)).count();
        if set == 0 {
            continue;
        }
        let mut candidates: Vec<Value> = each.iter().filter_map(|values| values.get(*name).cloned()).collect();
        candidates.extend(base);
        let same = candidates.windows(2).all(|pair| operators::equal(&pair[0], &pair[1]) == Some(true));
        let value = if same {
            candidates.swap_remove(0)
        } else {
            let detail = format!("`var.{name}` differs between files of variables");
            let at = candidates[0].span();
            because(&Unknown::new(Reason::TerraformValue, detail, Some(at)), at)
        };
        given.insert((*name).into(), value);
    }
    given
}

fn constant<'a>(tree: &Tree<'a>, module: &'a Module<'a>, expression: &'a Expression) -> Value {
    let node = tree.root(module, BTreeMap::new());
    tree.evaluator(node).value(expression)
}

/// Add what a file of variables sets; why something in it cannot be read.
fn read<'a>(tree: &Tree<'a>, path: &RepoPath, values: &mut BTreeMap<Str, Value>) -> Option<Unknown> {
    let body: Option<&'a Body> = tree.repository.file(path).and_then(|file| file.hcl());
    let Some(body) = body else {
        return Some(Unknown::new(Reason::Unparsed, format!("`{path}`"), None));
    };
    for attribute in &body.attributes {
        values.insert(attribute.name.clone(), fixed(&attribute.value));
    }
    // In JSON, a variable named as a block is read as one.
    let block = body.blocks.first().map(|block| &block.span);
    let span = body.broken.first().or(block)?;
    Some(Unknown::new(Reason::Unparsed, format!("`{path}`"), Some(*span)))
}

/// The value of an expression without names, as files of variables have.
fn fixed(expression: &Expression) -> Value {
    use crate::value::{Data, Map};
    let at = expression.span;
    let data = match &expression.kind {
        ExpressionKind::Null => Data::Null,
        ExpressionKind::Bool(truth) => Data::Bool(*truth),
        ExpressionKind::Number(text) => operators::parse_number(text, at),
        ExpressionKind::String(text) => Data::String(text.clone()),
        ExpressionKind::Tuple(items) => Data::List(items.iter().map(fixed).collect::<Vec<_>>().into()),
        ExpressionKind::Object(items) => {
            let mut map = Map::default();
            for item in items {
                let key = match &item.key.kind {
                    ExpressionKind::Variable(text) | ExpressionKind::String(text) | ExpressionKind::Number(text) => {
                        text
                    }
                    _ => continue,
                };
                map.insert(key.clone(), item.key.span.into(), fixed(&item.value));
            }
            Data::Map(map.into())
        }
        ExpressionKind::Parenthesis(inner) => return fixed(inner),
        ExpressionKind::Unary(parts) => {
            let inner = fixed(&parts.1);
            return operators::unary(&parts.0, &inner, at).unwrap_or_else(super::expression::Failure::into_value);
        }
        _ => Data::Unknown(Unknown::new(Reason::TerraformValue, "an expression", Some(at))),
    };
    Value::new(data, at)
}
