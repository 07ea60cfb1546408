//! What a module declares.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::files::{ModuleFile, module_files, template};
use crate::model::Repository;
use crate::syntax::hcl::{Attribute, Block, Body, Expression, ExpressionKind};
use crate::text::{FileId, RepoPath, Span};
use crate::value::{Reason, Str, Unknown};

/// A block with the blocks of override files that are merged into it.
#[derive(Clone, Debug)]
pub struct Merged<'a> {
    /// The block itself.
    pub block: &'a Block,
    /// Blocks of override files, in the order in which they are merged.
    pub overrides: Vec<&'a Block>,
}

impl<'a> Merged<'a> {
    /// Bodies, the one that wins first.
    fn bodies(&self) -> impl Iterator<Item = &'a Body> {
        self.overrides.iter().rev().map(|block| &block.body).chain([&self.block.body])
    }

    /// An attribute by name.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&'a Attribute> {
        self.bodies().find_map(|body| body.attributes.iter().find(|attribute| attribute.name == name))
    }

    /// All attributes that count, in order of the block, then of the overrides.
    #[must_use]
    pub fn attributes(&self) -> Vec<&'a Attribute> {
        let mut out: Vec<&Attribute> = self.block.body.attributes.iter().collect();
        for block in &self.overrides {
            for attribute in &block.body.attributes {
                match out.iter_mut().find(|earlier| earlier.name == attribute.name) {
                    Some(earlier) => *earlier = attribute,
                    None => out.push(attribute),
                }
            }
        }
        out
    }

    /// The nested blocks that count: those of an override replace all of the same type (a
    /// `dynamic` block counts as the type that it makes).
    #[must_use]
    pub fn blocks(&self) -> Vec<&'a Block> {
        let mut out: Vec<&Block> = self.block.body.blocks.iter().collect();
        for block in &self.overrides {
            let replaced: Vec<&str> = block.body.blocks.iter().map(made_type).collect();
            out.retain(|earlier| !replaced.contains(&made_type(earlier)) || earlier.kind == "lifecycle");
            out.extend(&block.body.blocks);
        }
        out
    }

    /// The nested blocks of a type, `dynamic` ones left out.
    pub fn blocks_of(&self, kind: &str) -> impl Iterator<Item = &'a Block> {
        self.blocks().into_iter().filter(move |block| block.kind == kind)
    }

    /// The whole block.
    #[must_use]
    pub fn span(&self) -> Span {
        self.block.span
    }
}

/// The type of block that a block makes.
fn made_type(block: &Block) -> &str {
    match (block.kind.as_str(), block.labels.first()) {
        ("dynamic", Some(label)) => &label.text,
        (kind, _) => kind,
    }
}

/// `variable "name" {}`
#[derive(Clone, Debug)]
pub struct Variable<'a> {
    /// The block.
    pub block: Merged<'a>,
    /// Where its name stands.
    pub name_span: Span,
}

impl<'a> Variable<'a> {
    /// Its default.
    #[must_use]
    pub fn default(&self) -> Option<&'a Expression> {
        self.block.attribute("default").map(|attribute| &attribute.value)
    }

    /// Its type constraint.
    #[must_use]
    pub fn type_constraint(&self) -> Option<&'a Expression> {
        self.block.attribute("type").map(|attribute| &attribute.value)
    }

    /// Whether a caller may pass null; true unless `nullable = false`.
    #[must_use]
    pub fn nullable(&self) -> bool {
        let nullable = self.block.attribute("nullable").map(|attribute| &attribute.value.kind);
        !matches!(nullable, Some(ExpressionKind::Bool(false)))
    }
}

/// An entry of `locals {}`.
#[derive(Clone, Copy, Debug)]
pub struct Local<'a> {
    /// Its name and expression.
    pub attribute: &'a Attribute,
}

/// `output "name" {}`
#[derive(Clone, Debug)]
pub struct Output<'a> {
    /// The block.
    pub block: Merged<'a>,
    /// Where its name stands.
    pub name_span: Span,
}

impl<'a> Output<'a> {
    /// Its value; every valid output has one.
    #[must_use]
    pub fn value(&self) -> Option<&'a Expression> {
        self.block.attribute("value").map(|attribute| &attribute.value)
    }
}

/// What kind of resource block.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Mode {
    /// `resource`
    Managed,
    /// `data`
    Data,
    /// `ephemeral`
    Ephemeral,
}

impl Mode {
    /// What stands before the type in an address.
    #[must_use]
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Managed => "",
            Self::Data => "data.",
            Self::Ephemeral => "ephemeral.",
        }
    }
}

/// `resource "kind" "name" {}`, `data`, `ephemeral`
#[derive(Clone, Debug)]
pub struct Resource<'a> {
    /// Which of the three.
    pub mode: Mode,
    /// Its type, such as `aws_s3_bucket`.
    pub kind: &'a Str,
    /// Its name.
    pub name: &'a Str,
    /// The block.
    pub block: Merged<'a>,
    /// Where its type stands.
    pub kind_span: Span,
    /// Where its name stands.
    pub name_span: Span,
}

impl Resource<'_> {
    /// Its address in the module: `aws_s3_bucket.b`, `data.aws_x.y`.
    #[must_use]
    pub fn address(&self) -> String {
        format!("{}{}.{}", self.mode.prefix(), self.kind, self.name)
    }
}

/// `module "name" {}`
#[derive(Clone, Debug)]
pub struct Call<'a> {
    /// The block.
    pub block: Merged<'a>,
    /// Where its name stands.
    pub name_span: Span,
}

impl<'a> Call<'a> {
    /// Its source, if it is literal text.
    #[must_use]
    pub fn source(&self) -> Option<(&'a Str, Span)> {
        let value = &self.block.attribute("source")?.value;
        match &value.kind {
            ExpressionKind::String(text) => Some((text, value.span)),
            _ => None,
        }
    }

    /// The directory that it calls, if its source is a local path (`./` or `../`). `None` inside
    /// if the path leaves the repository.
    #[must_use]
    pub fn local_source(&self, from: &RepoPath) -> Option<Option<RepoPath>> {
        let (text, _) = self.source()?;
        let local = text.starts_with("./") || text.starts_with("../") || *text == "." || *text == "..";
        local.then(|| from.join(text))
    }

    /// Its arguments: attributes without those that are Terraform's own.
    #[must_use]
    pub fn arguments(&self) -> Vec<&'a Attribute> {
        const OWN: &[&str] = &["count", "depends_on", "for_each", "providers", "source", "version"];
        self.block.attributes().into_iter().filter(|attribute| !OWN.contains(&attribute.name.as_str())).collect()
    }
}

/// `provider "name" {}`
#[derive(Clone, Debug)]
pub struct Provider<'a> {
    /// The block.
    pub block: &'a Block,
    /// Its local name.
    pub name: &'a Str,
    /// Its alias, if that is literal.
    pub alias: Option<&'a Str>,
}

/// `backend "kind" {}` or `cloud {}`
#[derive(Clone, Copy, Debug)]
pub struct Backend<'a> {
    /// `s3`, `gcs`, …, or `cloud`.
    pub kind: &'a str,
    /// Its settings.
    pub block: &'a Block,
}

/// `moved {}`, `removed {}`, `import {}`
#[derive(Clone, Copy, Debug)]
pub struct Refactoring<'a> {
    /// The block; its `kind` tells which.
    pub block: &'a Block,
}

impl<'a> Refactoring<'a> {
    /// `from` or `to`.
    #[must_use]
    pub fn side(&self, name: &str) -> Option<&'a Expression> {
        let attribute = self.block.body.attributes.iter().find(|attribute| attribute.name == name)?;
        Some(&attribute.value)
    }
}

/// Everything that a module's directory declares.
#[derive(Debug, Default)]
pub struct Declared<'a> {
    /// Variables by name.
    pub variables: BTreeMap<&'a str, Variable<'a>>,
    /// Locals by name.
    pub locals: BTreeMap<&'a str, Local<'a>>,
    /// Outputs by name.
    pub outputs: BTreeMap<&'a str, Output<'a>>,
    /// Resources by kind of block, type and name; those scoped to a `check` block are among them.
    pub resources: BTreeMap<(Mode, &'a str, &'a str), Resource<'a>>,
    /// Module calls by name.
    pub calls: BTreeMap<&'a str, Call<'a>>,
    /// Provider configurations.
    pub providers: Vec<Provider<'a>>,
    /// `required_providers`: local name to its entry.
    pub required_providers: BTreeMap<&'a str, &'a Attribute>,
    /// The last backend or `cloud` block.
    pub backend: Option<Backend<'a>>,
    /// `moved`, `removed` and `import` blocks.
    pub refactorings: Vec<Refactoring<'a>>,
    /// Blocks that stand at the top and are none of the above: `terraform`, `check`, `locals`, ….
    pub others: Vec<&'a Block>,
}

/// A module: the directory, what it declares, and whether there may be more.
#[derive(Debug)]
pub struct Module<'a> {
    /// Its directory.
    pub directory: RepoPath,
    /// The files that were read.
    pub files: Vec<FileId>,
    /// What they declare.
    pub declared: Declared<'a>,
    /// Set if the directory has a file, or part of one, that could not be read: it may declare
    /// anything.
    pub open: Option<Unknown>,
    /// Set if a program may copy the module and add files before it is run: its own names may be
    /// declared there.
    pub generated: Option<Unknown>,
    /// Blocks that declare a name that is declared already, and the first place.
    pub repeated: Vec<(&'a Block, Span)>,
}

impl<'a> Module<'a> {
    /// Read a directory; `paths` are the paths directly in it.
    #[must_use]
    pub fn read(repository: &'a Repository, directory: RepoPath, paths: &[&'a RepoPath]) -> Self {
        let mut module = Self {
            directory,
            files: Vec::new(),
            declared: Declared::default(),
            open: None,
            generated: None,
            repeated: Vec::new(),
        };
        let files = module_files(repository, paths);
        // Overrides come last, in order of name.
        for file in files.iter().filter(|file| !file.is_override).chain(files.iter().filter(|file| file.is_override)) {
            module.add(file);
        }
        if let Some(path) = template(paths) {
            let detail = format!("`{path}` makes a file of the module");
            module.open.get_or_insert_with(|| Unknown::new(Reason::Templated, detail, None));
        }
        module
    }

    fn add(&mut self, file: &ModuleFile<'a>) {
        let parsed = match &file.file {
            Ok(parsed) => parsed,
            Err(unknown) => {
                self.open.get_or_insert_with(|| unknown.clone());
                return;
            }
        };
        let Some(body) = parsed.hcl() else { return };
        self.files.push(parsed.source.id);
        if let Some(span) = body.broken.first() {
            let detail = format!("`{}` has a part that cannot be parsed", file.path);
            self.open.get_or_insert_with(|| Unknown::new(Reason::Unparsed, detail, Some(*span)));
        }
        for block in &body.blocks {
            self.block(block, file.is_override);
        }
    }

    fn block(&mut self, block: &'a Block, is_override: bool) {
        let declared = &mut self.declared;
        let name = block.labels.last();
        let merged = Merged { block, overrides: Vec::new() };
        let repeated = match (block.kind.as_str(), name) {
            ("variable", Some(name)) => {
                let variable = Variable { block: merged, name_span: name.span };
                declare(&mut declared.variables, &name.text, variable, is_override, |known| &mut known.block)
            }
            ("output", Some(name)) => {
                let output = Output { block: merged, name_span: name.span };
                declare(&mut declared.outputs, &name.text, output, is_override, |known| &mut known.block)
            }
            ("module", Some(name)) => {
                let call = Call { block: merged, name_span: name.span };
                declare(&mut declared.calls, &name.text, call, is_override, |known| &mut known.block)
            }
            ("resource" | "data" | "ephemeral", _) => {
                let [kind, name] = block.labels.as_slice() else { return };
                let mode = match block.kind.as_str() {
                    "resource" => Mode::Managed,
                    "data" => Mode::Data,
                    _ => Mode::Ephemeral,
                };
                let resource = Resource {
                    mode,
                    kind: &kind.text,
                    name: &name.text,
                    block: merged,
                    kind_span: kind.span,
                    name_span: name.span,
                };
                let key = (mode, kind.text.as_str(), name.text.as_str());
                declare(&mut declared.resources, key, resource, is_override, |known| &mut known.block)
            }
            ("locals", _) => {
                for attribute in &block.body.attributes {
                    if is_override || !declared.locals.contains_key(attribute.name.as_str()) {
                        declared.locals.insert(&attribute.name, Local { attribute });
                    }
                }
                None
            }
            _ => {
                self.other(block);
                None
            }
        };
        self.repeated.extend(repeated.map(|first| (block, first)));
    }

    /// A block that declares no name.
    fn other(&mut self, block: &'a Block) {
        let declared = &mut self.declared;
        match (block.kind.as_str(), block.labels.last()) {
            ("provider", Some(name)) => {
                let alias = block.body.attributes.iter().find(|attribute| attribute.name == "alias");
                let alias = alias.and_then(|attribute| match &attribute.value.kind {
                    ExpressionKind::String(text) => Some(text),
                    _ => None,
                });
                declared.providers.push(Provider { block, name: &name.text, alias });
            }
            ("moved" | "removed" | "import", _) => declared.refactorings.push(Refactoring { block }),
            ("terraform", _) => {
                for inner in &block.body.blocks {
                    match (inner.kind.as_str(), inner.labels.first()) {
                        ("backend", Some(kind)) => {
                            declared.backend = Some(Backend { kind: &kind.text, block: inner });
                        }
                        ("cloud", _) => declared.backend = Some(Backend { kind: "cloud", block: inner }),
                        ("required_providers", _) => {
                            let entries = inner.body.attributes.iter();
                            declared.required_providers.extend(entries.map(|entry| (entry.name.as_str(), entry)));
                        }
                        _ => {}
                    }
                }
                declared.others.push(block);
            }
            ("check", _) => {
                declared.others.push(block);
                for inner in block.body.blocks.iter().filter(|inner| inner.kind == "data") {
                    self.block(inner, false);
                }
            }
            _ => declared.others.push(block),
        }
    }
}

/// Declare a name, or merge an override into it. Gives the first place of a name that is declared
/// twice.
fn declare<'a, K: Ord, T>(
    map: &mut BTreeMap<K, T>,
    key: K,
    new: T,
    is_override: bool,
    merged: impl Fn(&mut T) -> &mut Merged<'a>,
) -> Option<Span> {
    match map.entry(key) {
        Entry::Vacant(place) => {
            place.insert(new);
            None
        }
        Entry::Occupied(known) => {
            let mut new = new;
            let block = merged(&mut new).block;
            let known = merged(known.into_mut());
            if is_override {
                known.overrides.push(block);
                None
            } else {
                Some(known.block.span)
            }
        }
    }
}
