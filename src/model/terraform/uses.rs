//! What the expressions of a module name.
//!
//! Knows the scopes of Terraform's language: `for` variables, iterators of `dynamic` blocks, type
//! constraints, provider aliases and the arguments that name attributes instead of values.

use super::module::{Merged, Mode, Module};
use crate::syntax::hcl::{
    Block, Body, Expression, ExpressionKind, ForExpression, TemplatePart, Traversal, TraversalStep,
};
use crate::text::Span;
use crate::value::Str;

/// What a traversal names.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Target {
    /// `var.x`
    Variable(Str),
    /// `local.x`
    Local(Str),
    /// `type.name`, `data.type.name`, `ephemeral.type.name`
    Resource(Mode, Str, Str),
    /// `module.x`
    Module(Str),
}

/// A traversal.
#[derive(Clone, Debug)]
pub struct Use<'a> {
    /// What it names.
    pub target: Target,
    /// From its first word to the name: `var.x`, `data.aws_x.y`.
    pub span: Span,
    /// The name.
    pub name_span: Span,
    /// The type, for resources.
    pub kind_span: Option<Span>,
    /// The steps after the name.
    pub rest: &'a [TraversalStep],
    /// Whether it stands where failing is allowed: in the arguments of `try` or `can`. A name that
    /// is not declared is refused there all the same, an attribute is not.
    pub tolerant: bool,
}

/// Every traversal of a module, in order of its blocks.
#[must_use]
pub fn uses<'a>(module: &Module<'a>) -> Vec<Use<'a>> {
    let mut walker = Walker { bound: Vec::new(), found: Vec::new(), tolerant: 0 };
    let declared = &module.declared;
    for variable in declared.variables.values() {
        walker.merged(&variable.block, &["type", "default"]);
    }
    for local in declared.locals.values() {
        walker.expression(&local.attribute.value);
    }
    for output in declared.outputs.values() {
        walker.merged(&output.block, &[]);
    }
    for resource in declared.resources.values() {
        walker.merged(&resource.block, &["provider"]);
    }
    for call in declared.calls.values() {
        walker.merged(&call.block, &["providers", "source", "version"]);
    }
    for provider in &declared.providers {
        walker.body(&provider.block.body, "provider", &["alias"]);
    }
    for refactoring in &declared.refactorings {
        // Addresses may name what is gone or not there yet.
        walker.body(&refactoring.block.body, "refactoring", &["from", "to", "provider"]);
    }
    for block in &declared.others {
        if block.kind == "check" {
            // Its scoped data are among the resources.
            for inner in block.body.blocks.iter().filter(|inner| inner.kind != "data") {
                walker.block(inner);
            }
        }
    }
    walker.found
}

struct Walker<'a> {
    /// Names bound by `for` and `dynamic`.
    bound: Vec<Str>,
    found: Vec<Use<'a>>,
    tolerant: usize,
}

impl<'a> Walker<'a> {
    /// What counts of a block and its overrides: what they replace is never evaluated.
    fn merged(&mut self, merged: &Merged<'a>, skip: &[&str]) {
        for attribute in merged.attributes() {
            if !skip.contains(&attribute.name.as_str()) {
                self.expression(&attribute.value);
            }
        }
        for block in merged.blocks() {
            self.block(block);
        }
    }

    fn body(&mut self, body: &'a Body, kind: &str, skip: &[&str]) {
        for attribute in &body.attributes {
            let skipped =
                skip.contains(&attribute.name.as_str()) || (kind == "lifecycle" && attribute.name == "ignore_changes");
            if !skipped {
                self.expression(&attribute.value);
            }
        }
        for block in &body.blocks {
            self.block(block);
        }
    }

    fn block(&mut self, block: &'a Block) {
        if block.kind != "dynamic" {
            self.body(&block.body, &block.kind, &[]);
            return;
        }
        let attribute = |name: &str| block.body.attributes.iter().find(|attribute| attribute.name == name);
        if let Some(each) = attribute("for_each") {
            self.expression(&each.value);
        }
        let named = attribute("iterator").and_then(|iterator| match &iterator.value.kind {
            ExpressionKind::Variable(name) | ExpressionKind::String(name) => Some(name.clone()),
            _ => None,
        });
        let iterator = named.or_else(|| block.labels.first().map(|label| label.text.clone()));
        self.bound.extend(iterator.clone());
        if let Some(labels) = attribute("labels") {
            self.expression(&labels.value);
        }
        for content in &block.body.blocks {
            self.block(content);
        }
        if iterator.is_some() {
            self.bound.pop();
        }
    }

    /// In JSON, what stands inside a block that only a provider knows looks like an object: a
    /// `dynamic` block in it binds its labels, or the iterators that it names.
    fn bind_iterators(&mut self, dynamic: &'a Expression) {
        match &dynamic.kind {
            ExpressionKind::Tuple(items) => items.iter().for_each(|item| self.bind_iterators(item)),
            ExpressionKind::Object(items) => {
                for item in items {
                    let iterator = match (&item.key.kind, &item.value.kind) {
                        (ExpressionKind::String(key), ExpressionKind::String(name)) if *key == "iterator" => name,
                        (ExpressionKind::String(label), _) => label,
                        _ => continue,
                    };
                    self.bound.push(iterator.clone());
                    if !matches!(&item.key.kind, ExpressionKind::String(key) if *key == "content") {
                        self.bind_iterators(&item.value);
                    }
                }
            }
            _ => {}
        }
    }

    fn expression(&mut self, expression: &'a Expression) {
        match &expression.kind {
            ExpressionKind::Null
            | ExpressionKind::Bool(_)
            | ExpressionKind::Number(_)
            | ExpressionKind::String(_)
            | ExpressionKind::Variable(_) => {}
            ExpressionKind::Template(parts) => self.template(parts),
            ExpressionKind::Tuple(items) => items.iter().for_each(|item| self.expression(item)),
            ExpressionKind::Object(items) => {
                for item in items {
                    // A bare key is its own text.
                    if !matches!(item.key.kind, ExpressionKind::Traversal(_)) {
                        self.expression(&item.key);
                    }
                    let before = self.bound.len();
                    if matches!(&item.key.kind, ExpressionKind::String(key) if *key == "dynamic") {
                        self.bind_iterators(&item.value);
                    }
                    self.expression(&item.value);
                    self.bound.truncate(before);
                }
            }
            ExpressionKind::Traversal(traversal) => self.traversal(traversal),
            ExpressionKind::Call(call) => {
                let tolerant = usize::from(matches!(call.name.as_str(), "try" | "can"));
                self.tolerant += tolerant;
                call.arguments.iter().for_each(|argument| self.expression(argument));
                self.tolerant -= tolerant;
            }
            ExpressionKind::Conditional(parts) => parts.iter().for_each(|part| self.expression(part)),
            ExpressionKind::Binary(parts) => {
                self.expression(&parts.0);
                self.expression(&parts.2);
            }
            ExpressionKind::Unary(parts) => self.expression(&parts.1),
            ExpressionKind::Parenthesis(inner) => self.expression(inner),
            ExpressionKind::For(each) => self.for_expression(each),
        }
    }

    fn for_expression(&mut self, each: &'a ForExpression) {
        self.expression(&each.collection);
        let before = self.bound.len();
        self.bound.extend(each.key_variable.clone());
        self.bound.push(each.value_variable.clone());
        for part in [each.key.as_ref(), Some(&each.value), each.condition.as_ref()].into_iter().flatten() {
            self.expression(part);
        }
        self.bound.truncate(before);
    }

    fn template(&mut self, parts: &'a [TemplatePart]) {
        for part in parts {
            match part {
                TemplatePart::Literal(..) => {}
                TemplatePart::Interpolation(expression) => self.expression(expression),
                TemplatePart::If(part) => {
                    self.expression(&part.condition);
                    self.template(&part.then);
                    self.template(&part.otherwise);
                }
                TemplatePart::For(part) => {
                    self.expression(&part.collection);
                    let before = self.bound.len();
                    self.bound.extend(part.key_variable.clone());
                    self.bound.push(part.value_variable.clone());
                    self.template(&part.body);
                    self.bound.truncate(before);
                }
            }
        }
    }

    fn traversal(&mut self, traversal: &'a Traversal) {
        for step in &traversal.steps {
            if let TraversalStep::Index(index) = step {
                self.expression(index);
            }
        }
        let ExpressionKind::Variable(root) = &traversal.base.kind else {
            self.expression(&traversal.base);
            return;
        };
        if !self.bound.contains(root) {
            let tolerant = self.tolerant > 0;
            self.found.extend(named(root, traversal).map(|found| Use { tolerant, ..found }));
        }
    }
}

/// What a traversal from an unbound word names, if it is something that a module declares.
pub(crate) fn named<'a>(root: &str, traversal: &'a Traversal) -> Option<Use<'a>> {
    let steps = traversal.steps.as_slice();
    let name = |at: usize| match steps.get(at) {
        Some(TraversalStep::Attribute(name, span)) => Some((name, *span)),
        _ => None,
    };
    let start = traversal.base.span;
    let found = |target, span: Span, kind_span, used: usize| Use {
        target,
        span: start.cover(span),
        name_span: span,
        kind_span,
        rest: &steps[used..],
        tolerant: false,
    };
    let (first, first_span) = name(0)?;
    Some(match root {
        "var" => found(Target::Variable(first.clone()), first_span, None, 1),
        "local" => found(Target::Local(first.clone()), first_span, None, 1),
        "module" => found(Target::Module(first.clone()), first_span, None, 1),
        "each" | "count" | "self" | "path" | "terraform" | "tofu" => return None,
        // Not types of resources: actions, and words that Terraform reserves.
        "action" | "template" | "lazy" | "arg" => return None,
        "data" | "ephemeral" | "resource" => {
            let mode = match root {
                "data" => Mode::Data,
                "ephemeral" => Mode::Ephemeral,
                _ => Mode::Managed,
            };
            let (second, second_span) = name(1)?;
            found(Target::Resource(mode, first.clone(), second.clone()), second_span, Some(first_span), 2)
        }
        kind => found(Target::Resource(Mode::Managed, kind.into(), first.clone()), first_span, Some(start), 1),
    })
}
