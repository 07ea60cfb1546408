//! What the names in modules refer to: plain facts, for whoever decides what to say about them.

use std::collections::{BTreeMap, BTreeSet};

use super::state;
use super::tree::Tree;
use crate::model::Repository;
use crate::model::kubernetes::literal;
use crate::model::terraform::{Call, Mode, Module, Target, Use, uses};
use crate::syntax::hcl::{ExpressionKind, TraversalStep};
use crate::text::{RepoPath, Span};
use crate::value::{Known, Reason, Str, Unknown, Value};
use crate::vfs::Lookup as PathLookup;

/// What kind of name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum FactKind {
    /// `var.x`
    Variable,
    /// `local.x`
    Local,
    /// `type.name`, `data.type.name`, `ephemeral.type.name`
    Resource,
    /// `module.x`
    Module,
    /// `module.x.output`
    ModuleOutput,
    /// `source` of a module call
    ModuleSource,
    /// An argument of a module call: the variable that it sets.
    ModuleArgument,
    /// A variable without a default: the argument of a module call that sets it.
    RequiredArgument,
    /// `data.terraform_remote_state.x.outputs.y`
    RemoteStateOutput,
}

/// A name and what it refers to.
#[derive(Clone, Debug)]
pub struct Fact {
    /// What kind of name.
    pub kind: FactKind,
    /// The directory of the module that it stands in.
    pub module: RepoPath,
    /// The name that is wanted: `x`, `type.name`, an output, an argument, a path.
    pub name: Str,
    /// What it is a name in: the module call for outputs and arguments, the data source for remote
    /// state; empty otherwise.
    pub within: Str,
    /// Where it stands: the whole traversal, the argument's name, the source, the call's name.
    pub span: Span,
    /// The part to blame and to replace by a candidate.
    pub name_span: Span,
    /// What it refers to.
    pub target: Lookup,
}

/// What a name refers to.
#[derive(Clone, Debug)]
pub enum Lookup {
    /// It is declared here.
    Found(Span),
    /// It is a directory of this repository.
    Directory(RepoPath),
    /// It is certainly not declared; what is, that could have been meant.
    Missing {
        /// Names of the same kind and, where it has one, the place of their declaration.
        candidates: Vec<(Str, Option<Span>)>,
    },
    /// It cannot be told.
    Unknown(Unknown),
}

impl Lookup {
    fn missing(open: Option<&Unknown>, candidates: impl IntoIterator<Item = (Str, Option<Span>)>) -> Self {
        match open {
            Some(why) => Self::Unknown(why.clone()),
            None => Self::Missing { candidates: candidates.into_iter().collect() },
        }
    }
}

/// Facts of all modules, remote state left out.
pub(super) fn modules(repository: &Repository, modules: &BTreeMap<RepoPath, Module<'_>>) -> Vec<Fact> {
    let mut all = Vec::new();
    let called: BTreeSet<RepoPath> = modules
        .values()
        .flat_map(|module| module.declared.calls.values().map(|call| call.local_source(&module.directory)))
        .flatten()
        .flatten()
        .collect();
    for module in modules.values() {
        let mut facts = Vec::new();
        let checker = Checker { repository, modules, module };
        for found in uses(module) {
            facts.extend(checker.declared(&found));
            facts.extend(checker.output(&found));
        }
        for (name, call) in &module.declared.calls {
            checker.call(name, call, &mut facts);
        }
        let said =
            module.directory.components().any(|part| matches!(part, "mixin" | "mixins" | "partials" | "snippets"));
        let alone = module.declared.backend.is_none() && !called.contains(&module.directory);
        if alone && (said || is_fragment(&facts)) {
            let detail = format!("`{}` is no module by itself: its files are copied elsewhere", module.directory);
            let why = Unknown::new(Reason::Templated, detail, None);
            for fact in facts.iter_mut().filter(|fact| matches!(fact.target, Lookup::Missing { .. })) {
                fact.target = Lookup::Unknown(why.clone());
            }
        }
        all.extend(facts);
    }
    all
}

/// Whether files that nobody calls name so much that is not there that they never were a module:
/// at least three names, and a quarter of all.
fn is_fragment(facts: &[Fact]) -> bool {
    let names = |missing: bool| {
        let kinds = [FactKind::Variable, FactKind::Local, FactKind::Resource, FactKind::Module];
        let named = facts.iter().filter(|fact| kinds.contains(&fact.kind));
        let named = named.filter(|fact| !missing || matches!(fact.target, Lookup::Missing { .. }));
        named.map(|fact| (fact.kind, fact.name.as_str())).collect::<BTreeSet<_>>().len()
    };
    let missing = names(true);
    missing >= 3 && missing * 4 >= names(false)
}

struct Checker<'c, 'a> {
    repository: &'c Repository,
    modules: &'c BTreeMap<RepoPath, Module<'a>>,
    module: &'c Module<'a>,
}

impl<'a> Checker<'_, 'a> {
    fn fact(&self, kind: FactKind, name: impl Into<Str>, spans: (Span, Span), target: Lookup) -> Fact {
        Fact {
            kind,
            module: self.module.directory.clone(),
            name: name.into(),
            within: Str::default(),
            span: spans.0,
            name_span: spans.1,
            target,
        }
    }

    /// Whether what a traversal names is declared.
    fn declared(&self, found: &Use<'_>) -> Option<Fact> {
        let declared = &self.module.declared;
        let open = self.module.open.as_ref().or(self.module.generated.as_ref());
        let spans = (found.span, found.name_span);
        Some(match &found.target {
            Target::Variable(name) => {
                let target = match declared.variables.get(name.as_str()) {
                    Some(variable) => Lookup::Found(variable.name_span),
                    None => {
                        let all = declared.variables.iter();
                        Lookup::missing(open, all.map(|(name, known)| ((*name).into(), Some(known.name_span))))
                    }
                };
                self.fact(FactKind::Variable, name.clone(), spans, target)
            }
            Target::Local(name) => {
                let target = match declared.locals.get(name.as_str()) {
                    Some(local) => Lookup::Found(local.attribute.name_span),
                    None => {
                        let all = declared.locals.iter();
                        Lookup::missing(
                            open,
                            all.map(|(name, known)| ((*name).into(), Some(known.attribute.name_span))),
                        )
                    }
                };
                self.fact(FactKind::Local, name.clone(), spans, target)
            }
            Target::Module(name) => {
                let target = match declared.calls.get(name.as_str()) {
                    Some(call) => Lookup::Found(call.name_span),
                    None => {
                        let all = declared.calls.iter();
                        Lookup::missing(open, all.map(|(name, known)| ((*name).into(), Some(known.name_span))))
                    }
                };
                self.fact(FactKind::Module, name.clone(), spans, target)
            }
            Target::Resource(mode, kind, name) => {
                let target = match declared.resources.get(&(*mode, kind.as_str(), name.as_str())) {
                    Some(resource) => Lookup::Found(resource.name_span),
                    None => {
                        // The same type under another name, or the same name under another type.
                        let near = declared
                            .resources
                            .values()
                            .filter(|known| known.mode == *mode && (*known.kind == *kind || *known.name == *name));
                        Lookup::missing(open, near.map(|known| (known.address().into(), Some(known.name_span))))
                    }
                };
                let address = format!("{}{kind}.{name}", mode.prefix());
                self.fact(FactKind::Resource, address, spans, target)
            }
        })
    }

    /// Whether the output that `module.x.y` names is declared.
    fn output(&self, found: &Use<'a>) -> Option<Fact> {
        let Target::Module(name) = &found.target else { return None };
        let call = self.module.declared.calls.get(name.as_str())?;
        let keyed = call.block.attribute("for_each").is_some() || call.block.attribute("count").is_some();
        let step = match found.rest {
            [TraversalStep::Attribute(..), ..] if !keyed => &found.rest[0],
            [_, step, ..] if keyed => step,
            _ => return None,
        };
        let TraversalStep::Attribute(output, span) = step else { return None };
        let target = match self.called(call) {
            Err(why) => Lookup::Unknown(why),
            Ok(module) => match module.declared.outputs.get(output.as_str()) {
                Some(known) => Lookup::Found(known.name_span),
                None if found.tolerant => {
                    let detail = "an attribute inside `try` or `can`";
                    Lookup::Unknown(Unknown::new(Reason::TerraformValue, detail, Some(found.span)))
                }
                None => {
                    let all = module.declared.outputs.iter();
                    let all = all.map(|(name, known)| ((*name).into(), Some(known.name_span)));
                    Lookup::missing(module.open.as_ref(), all)
                }
            },
        };
        let fact = self.fact(FactKind::ModuleOutput, output.clone(), (found.span.cover(*span), *span), target);
        Some(Fact { within: name.clone(), ..fact })
    }

    /// The module that a call calls.
    fn called(&self, call: &Call<'a>) -> Result<&Module<'a>, Unknown> {
        let source = call.local_source(&self.module.directory);
        let text = call.source().map_or("a source that is not literal", |(text, _)| text);
        let why = || Unknown::new(Reason::RemoteModule, format!("`{text}`"), Some(call.name_span));
        self.modules.get(&source.flatten().ok_or_else(why)?).ok_or_else(why)
    }

    fn call(&self, name: &str, call: &Call<'a>, facts: &mut Vec<Fact>) {
        if let (Some((text, span)), Some(source)) = (call.source(), call.local_source(&self.module.directory)) {
            let target = self.source(source.as_ref(), text, span);
            facts.push(self.fact(FactKind::ModuleSource, text.clone(), (span, span), target));
        }
        let Ok(module) = self.called(call) else { return };
        let variables = &module.declared.variables;
        let arguments = call.arguments();
        for argument in &arguments {
            let target = match variables.get(argument.name.as_str()) {
                Some(variable) => Lookup::Found(variable.name_span),
                None => {
                    // What the call sets already was not meant.
                    let unset = |name: &&str| !arguments.iter().any(|argument| argument.name == **name);
                    let all = variables.iter().filter(|(name, _)| unset(name));
                    let all = all.map(|(name, known)| ((*name).into(), Some(known.name_span)));
                    Lookup::missing(module.open.as_ref(), all)
                }
            };
            let spans = (argument.span, argument.name_span);
            let fact = self.fact(FactKind::ModuleArgument, argument.name.clone(), spans, target);
            facts.push(Fact { within: name.into(), ..fact });
        }
        for (required, variable) in variables {
            if variable.default().is_some() {
                continue;
            }
            let target = match arguments.iter().find(|argument| argument.name == *required) {
                Some(argument) => Lookup::Found(argument.name_span),
                // An override or a wrapper may still set it.
                None => Lookup::missing(
                    self.module.open.as_ref().or(module.open.as_ref()),
                    [(Str::from(*required), Some(variable.name_span))],
                ),
            };
            let spans = (call.name_span, call.name_span);
            let fact = self.fact(FactKind::RequiredArgument, *required, spans, target);
            facts.push(Fact { within: name.into(), ..fact });
        }
    }

    fn source(&self, source: Option<&RepoPath>, text: &str, at: Span) -> Lookup {
        if let Known::Unknown(why) = literal(text, at) {
            return Lookup::Unknown(why);
        }
        let Some(path) = source else {
            let detail = format!("`{text}` leads out of the repository");
            return Lookup::Unknown(Unknown::new(Reason::RemoteSource, detail, None));
        };
        if self.modules.contains_key(path) {
            return Lookup::Directory(path.clone());
        }
        match self.repository.lookup(path) {
            PathLookup::Unknown(why) => Lookup::Unknown(why),
            // Without Terraform files it is an empty module.
            PathLookup::Directory(real) => Lookup::Directory(real),
            _ => {
                // Modules whose directory has the same name, whatever its case, or is next to it.
                let name = path.file_name().to_lowercase();
                let parent = path.parent();
                let near = self.modules.keys().filter(|known| {
                    known.file_name().to_lowercase() == name || (parent.is_some() && known.parent() == parent)
                });
                let relative = |known: &RepoPath| {
                    let text = known.relative_to(&self.module.directory);
                    if text.starts_with('.') { text } else { format!("./{text}") }
                };
                Lookup::missing(None, near.map(|known| (Str::from(relative(known)), None)))
            }
        }
    }
}

/// What the reads of remote state in one module instance refer to.
pub(super) fn remote_states(tree: &Tree<'_>, id: usize) -> Vec<Fact> {
    let node = tree.node(id);
    let mut facts = Vec::new();
    let reads = node.module.declared.resources.values();
    if !reads.into_iter().any(|known| known.mode == Mode::Data && known.kind == "terraform_remote_state") {
        return facts;
    }
    for found in uses(node.module) {
        let Target::Resource(Mode::Data, kind, name) = &found.target else { continue };
        if kind != "terraform_remote_state" {
            continue;
        }
        let rest = match found.rest {
            [TraversalStep::Index(_) | TraversalStep::Splat(_), rest @ ..] => rest,
            rest => rest,
        };
        let [TraversalStep::Attribute(outputs, _), step, ..] = rest else { continue };
        if outputs != "outputs" {
            continue;
        }
        let (output, span) = match step {
            TraversalStep::Attribute(output, span) => (output.clone(), *span),
            TraversalStep::Index(key) => match &key.kind {
                ExpressionKind::String(text) => (text.clone(), key.span),
                _ => continue,
            },
            _ => continue,
        };
        let Some(Ok(instances)) = tree.instances(id, Mode::Data, kind, name, found.span) else { continue };
        let arguments = instances.list.first().and_then(|(_, value)| value.as_map());
        let indefinite = instances.list.len() != 1 || instances.open.is_some();
        let target = match arguments.map(|map| state::bound(tree.states, &node.root, map, found.span)) {
            Some(Ok(_)) if indefinite => {
                Lookup::Unknown(Unknown::new(Reason::Backend, "several states", Some(found.span)))
            }
            Some(Ok(root)) => match tree.modules.get(root) {
                Some(module) => match module.declared.outputs.get(output.as_str()) {
                    Some(known) => Lookup::Found(known.name_span),
                    None if found.tolerant => {
                        let detail = "an attribute inside `try` or `can`";
                        Lookup::Unknown(Unknown::new(Reason::TerraformValue, detail, Some(found.span)))
                    }
                    None => {
                        match arguments.and_then(|map| map.get("defaults")).and_then(|all| by_default(all, &output)) {
                            Some(target) => target,
                            None => {
                                let all = module.declared.outputs.iter();
                                let all = all.map(|(name, known)| ((*name).into(), Some(known.name_span)));
                                Lookup::missing(module.open.as_ref(), all)
                            }
                        }
                    }
                },
                None => continue,
            },
            Some(Err(why)) => Lookup::Unknown(why),
            None => continue,
        };
        facts.push(Fact {
            kind: FactKind::RemoteStateOutput,
            module: node.module.directory.clone(),
            name: output,
            within: name.clone(),
            span: found.span.cover(span),
            name_span: span,
            target,
        });
    }
    facts
}

/// Whether the `defaults` of a read of remote state have an output that the state lacks.
fn by_default(defaults: &Value, output: &str) -> Option<Lookup> {
    if let Some(value) = defaults.get(output) {
        return Some(Lookup::Found(value.span()));
    }
    let open = defaults.as_map().and_then(|map| map.open.as_ref()).or(defaults.unknown());
    open.map(|why| Lookup::Unknown(why.clone()))
}

/// One fact for each place: a module may be in several roots, and is only wrong if it is in all.
pub(super) fn merged(mut facts: Vec<Fact>) -> Vec<Fact> {
    let worth = |fact: &Fact| match fact.target {
        Lookup::Found(_) | Lookup::Directory(_) => 0,
        Lookup::Unknown(_) => 1,
        Lookup::Missing { .. } => 2,
    };
    facts.sort_by_key(|fact| (fact.span, worth(fact)));
    facts.dedup_by_key(|fact| fact.span);
    facts
}
