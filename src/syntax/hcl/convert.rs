//! The library's tree to ours.

use std::collections::BTreeMap;
use std::ops::Range;

use hcl_edit::Span as _;
use hcl_edit::expr as lib;
use hcl_edit::structure as libs;
use hcl_edit::template as libt;

use super::{
    Attribute, Block, Body, Call, Expression, ExpressionKind, ForExpression, Label, ObjectItem, TemplateFor,
    TemplateIf, TemplatePart, Traversal, TraversalStep,
};
use crate::syntax::{SyntaxError, SyntaxErrorKind};
use crate::text::{FileId, Span};
use crate::value::Str;

/// A letter of a key that was changed before parsing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patch {
    /// Where, from the start of the parsed text.
    pub(super) at: usize,
    /// What stands there in the file.
    pub(super) original: u8,
}

/// Converts what was parsed from one text.
pub(super) struct Converter<'a> {
    file: FileId,
    text: &'a str,
    offset: usize,
    /// For text inside a JSON string: where each byte of it stands in the file.
    places: Option<&'a [u32]>,
    patches: &'a [Patch],
    pub(super) errors: Vec<SyntaxError>,
}

impl<'a> Converter<'a> {
    /// For a text that stands in the file at `offset`.
    pub(super) fn new(file: FileId, text: &'a str, offset: usize, patches: &'a [Patch]) -> Self {
        Self { file, text, offset, places: None, patches, errors: Vec::new() }
    }

    /// For a text of which each byte (and its end) stands in the file at `places`.
    pub(super) fn scattered(file: FileId, text: &'a str, places: &'a [u32]) -> Self {
        Self { file, text, offset: 0, places: Some(places), patches: &[], errors: Vec::new() }
    }

    fn span(&self, range: Option<Range<usize>>) -> Span {
        let range = range.unwrap_or(0..0);
        match self.places {
            Some(places) => {
                let place = |at: usize| places.get(at).or(places.last()).map_or(0, |place| *place as usize);
                Span::new(self.file, place(range.start), place(range.end))
            }
            None => Span::new(self.file, self.offset + range.start, self.offset + range.end),
        }
    }

    fn slice(&self, range: Option<Range<usize>>) -> &'a str {
        range.and_then(|range| self.text.get(range)).unwrap_or_default()
    }

    /// The text of a word or string that may have been patched; `quote` bytes stand before it.
    fn restored(&self, text: &str, range: Option<Range<usize>>, quote: usize) -> Str {
        let patch = range.and_then(|range| self.patches.iter().find(|patch| patch.at == range.start + quote));
        match patch {
            Some(patch) if !text.is_empty() => {
                let mut restored = Str::default();
                restored.push(char::from(patch.original));
                restored.push_str(&text[1..]);
                restored
            }
            _ => text.into(),
        }
    }

    pub(super) fn body(&mut self, body: &libs::Body) -> Body {
        let mut out = Body::default();
        for structure in body {
            match structure {
                libs::Structure::Attribute(attribute) => out.attributes.push(Attribute {
                    name: attribute.key.as_str().into(),
                    name_span: self.span(attribute.key.span()),
                    value: self.expression(&attribute.value),
                    span: self.span(attribute.span()),
                }),
                libs::Structure::Block(block) => {
                    let labels = block.labels.iter().map(|label| self.label(label)).collect();
                    out.blocks.push(Block {
                        kind: block.ident.as_str().into(),
                        kind_span: self.span(block.ident.span()),
                        labels,
                        body: self.body(&block.body),
                        span: self.span(block.span()),
                    });
                }
            }
        }
        out
    }

    fn label(&self, label: &libs::BlockLabel) -> Label {
        let range = label.span();
        let quoted = matches!(label, libs::BlockLabel::String(_));
        let range = match range {
            Some(range) if quoted && range.len() >= 2 => Some(range.start + 1..range.end - 1),
            range => range,
        };
        Label { text: label.as_str().into(), span: self.span(range) }
    }

    pub(super) fn expression(&mut self, expression: &lib::Expression) -> Expression {
        let range = expression.span();
        let kind = match expression {
            lib::Expression::Null(_) => ExpressionKind::Null,
            lib::Expression::Bool(truth) => ExpressionKind::Bool(*truth.value()),
            lib::Expression::Number(_) => {
                ExpressionKind::Number(self.slice(range.clone()).split_whitespace().collect::<String>().into())
            }
            lib::Expression::String(text) => ExpressionKind::String(self.restored(text.as_str(), range.clone(), 1)),
            lib::Expression::Array(array) => {
                ExpressionKind::Tuple(array.iter().map(|item| self.expression(item)).collect())
            }
            lib::Expression::Object(object) => self.object(object),
            lib::Expression::StringTemplate(template) => {
                let elements: Vec<_> = template.iter().collect();
                self.template_kind(&elements, false)
            }
            lib::Expression::HeredocTemplate(heredoc) => {
                let elements: Vec<_> = heredoc.template.iter().collect();
                self.template_kind(&elements, true)
            }
            lib::Expression::Parenthesis(inner) => {
                ExpressionKind::Parenthesis(Box::new(self.expression(inner.inner())))
            }
            lib::Expression::Variable(name) => ExpressionKind::Variable(self.restored(name.as_str(), range.clone(), 0)),
            lib::Expression::Conditional(conditional) => ExpressionKind::Conditional(Box::new([
                self.expression(&conditional.cond_expr),
                self.expression(&conditional.true_expr),
                self.expression(&conditional.false_expr),
            ])),
            lib::Expression::FuncCall(call) => {
                let mut name = Str::default();
                for part in &call.name.namespace {
                    name.push_str(part.as_str());
                    name.push_str("::");
                }
                name.push_str(call.name.name.as_str());
                let first = call.name.namespace.first().unwrap_or(&call.name.name);
                let last = call.name.name.span().unwrap_or_default();
                let start = first.span().map_or(last.start, |range| range.start);
                ExpressionKind::Call(Box::new(Call {
                    name,
                    name_span: self.span(Some(start..last.end.max(start))),
                    arguments: call.args.iter().map(|argument| self.expression(argument)).collect(),
                    expand_last: call.args.expand_final(),
                }))
            }
            lib::Expression::Traversal(traversal) => ExpressionKind::Traversal(Box::new(Traversal {
                base: self.expression(&traversal.expr),
                steps: traversal.operators.iter().map(|step| self.step(step.value(), step.span())).collect(),
            })),
            lib::Expression::UnaryOp(unary) => {
                ExpressionKind::Unary(Box::new((unary.operator.as_str().into(), self.expression(&unary.expr))))
            }
            lib::Expression::BinaryOp(binary) => ExpressionKind::Binary(Box::new((
                self.expression(&binary.lhs_expr),
                binary.operator.as_str().into(),
                self.expression(&binary.rhs_expr),
            ))),
            lib::Expression::ForExpr(for_expression) => self.for_expression(for_expression),
        };
        Expression { kind, span: self.span(range) }
    }

    fn for_expression(&mut self, expression: &lib::ForExpr) -> ExpressionKind {
        ExpressionKind::For(Box::new(ForExpression {
            key_variable: expression.intro.key_var.as_ref().map(|name| name.as_str().into()),
            value_variable: expression.intro.value_var.as_str().into(),
            collection: self.expression(&expression.intro.collection_expr),
            key: expression.key_expr.as_ref().map(|key| self.expression(key)),
            value: self.expression(&expression.value_expr),
            grouping: expression.grouping,
            condition: expression.cond.as_ref().map(|condition| self.expression(&condition.expr)),
        }))
    }

    fn object(&mut self, object: &lib::Object) -> ExpressionKind {
        let mut items = Vec::with_capacity(object.len());
        let mut seen: BTreeMap<Str, Span> = BTreeMap::new();
        for (key, value) in object {
            let key = match key {
                lib::ObjectKey::Ident(name) => {
                    let range = name.span().or_else(|| key.span());
                    let kind = ExpressionKind::Variable(self.restored(name.as_str(), range.clone(), 0));
                    Expression { kind, span: self.span(range) }
                }
                lib::ObjectKey::Expression(key) => self.expression(key),
            };
            if let ExpressionKind::Variable(text) | ExpressionKind::String(text) = &key.kind
                && let Some(first) = seen.insert(text.clone(), key.span)
            {
                self.errors.push(SyntaxError {
                    kind: SyntaxErrorKind::DuplicateKey,
                    span: key.span,
                    message: format!("key `{text}` stands twice in this object"),
                    related: Some((first, "first here".to_owned())),
                });
            }
            items.push(ObjectItem { key, value: self.expression(value.expr()) });
        }
        ExpressionKind::Object(items)
    }

    fn step(&mut self, step: &lib::TraversalOperator, range: Option<Range<usize>>) -> TraversalStep {
        match step {
            lib::TraversalOperator::AttrSplat(splat) => {
                TraversalStep::AttributeSplat(self.span(splat.span().or(range)))
            }
            lib::TraversalOperator::FullSplat(splat) => TraversalStep::Splat(self.span(splat.span().or(range))),
            lib::TraversalOperator::GetAttr(name) => {
                TraversalStep::Attribute(name.as_str().into(), self.span(name.span().or(range)))
            }
            lib::TraversalOperator::Index(index) => TraversalStep::Index(self.expression(index)),
            lib::TraversalOperator::LegacyIndex(index) => TraversalStep::Index(Expression {
                kind: ExpressionKind::Number(index.value().to_string().into()),
                span: self.span(index.span().or(range)),
            }),
        }
    }

    /// A template; one that is only text is a string.
    fn template_kind(&mut self, elements: &[&libt::Element], heredoc: bool) -> ExpressionKind {
        let mut parts = self.template_parts(elements, heredoc, false, false);
        match parts.as_mut_slice() {
            [] => ExpressionKind::String(Str::default()),
            [TemplatePart::Literal(text, _)] => ExpressionKind::String(std::mem::take(text)),
            _ => ExpressionKind::Template(parts),
        }
    }

    /// Converts a whole template that stands alone (a JSON string).
    pub(super) fn template(&mut self, template: &libt::Template) -> ExpressionKind {
        let elements: Vec<_> = template.iter().collect();
        self.template_kind(&elements, false)
    }

    /// `trim_start` and `trim_end`: whether the markers around these elements strip them.
    fn template_parts(
        &mut self,
        elements: &[&libt::Element],
        heredoc: bool,
        trim_start: bool,
        trim_end: bool,
    ) -> Vec<TemplatePart> {
        let mut parts = Vec::with_capacity(elements.len());
        for (at, element) in elements.iter().enumerate() {
            let part = match element {
                libt::Element::Literal(literal) => {
                    let before = if at == 0 {
                        trim_start
                    } else {
                        elements.get(at - 1).is_some_and(|element| strips(element).1)
                    };
                    let after = elements.get(at + 1).map_or(trim_end, |element| strips(element).0);
                    let text = trimmed(literal.as_str(), heredoc, before, after);
                    if text.is_empty() {
                        continue;
                    }
                    TemplatePart::Literal(text.into(), self.span(literal.span()))
                }
                libt::Element::Interpolation(interpolation) => {
                    TemplatePart::Interpolation(self.expression(&interpolation.expr))
                }
                libt::Element::Directive(directive) => {
                    let span = self.span(directive.span().or_else(|| element.span()));
                    self.directive(directive, heredoc, span)
                }
            };
            parts.push(part);
        }
        parts
    }

    fn directive(&mut self, directive: &libt::Directive, heredoc: bool, span: Span) -> TemplatePart {
        match directive {
            libt::Directive::If(directive) => {
                let then: Vec<_> = directive.if_expr.template.iter().collect();
                let end = directive.endif_expr.strip;
                let middle = directive.else_expr.as_ref().map_or(end, |part| part.strip);
                let condition = self.expression(&directive.if_expr.cond_expr);
                let then =
                    self.template_parts(&then, heredoc, directive.if_expr.strip.strip_end(), middle.strip_start());
                let otherwise = directive.else_expr.as_ref().map_or_else(Vec::new, |part| {
                    let elements: Vec<_> = part.template.iter().collect();
                    self.template_parts(&elements, heredoc, part.strip.strip_end(), end.strip_start())
                });
                TemplatePart::If(Box::new(TemplateIf { condition, then, otherwise, span }))
            }
            libt::Directive::For(directive) => {
                let head = &directive.for_expr;
                let body: Vec<_> = head.template.iter().collect();
                TemplatePart::For(Box::new(TemplateFor {
                    key_variable: head.key_var.as_ref().map(|name| name.as_str().into()),
                    value_variable: head.value_var.as_str().into(),
                    collection: self.expression(&head.collection_expr),
                    body: self.template_parts(
                        &body,
                        heredoc,
                        head.strip.strip_end(),
                        directive.endfor_expr.strip.strip_start(),
                    ),
                    span,
                }))
            }
        }
    }
}

/// Whether an element strips the text before it and the text after it.
fn strips(element: &libt::Element) -> (bool, bool) {
    match element {
        libt::Element::Literal(_) => (false, false),
        libt::Element::Interpolation(part) => (part.strip.strip_start(), part.strip.strip_end()),
        libt::Element::Directive(directive) => match &**directive {
            libt::Directive::If(part) => (part.if_expr.strip.strip_start(), part.endif_expr.strip.strip_end()),
            libt::Directive::For(part) => (part.for_expr.strip.strip_start(), part.endfor_expr.strip.strip_end()),
        },
    }
}

/// Text after strip markers. Terraform's scanner makes one token of each line of a heredoc, and a
/// marker strips one token.
fn trimmed(text: &str, heredoc: bool, before: bool, after: bool) -> String {
    let mut lines: Vec<&str> = if heredoc { text.split_inclusive('\n').collect() } else { vec![text] };
    if before && let Some(first) = lines.first_mut() {
        *first = first.trim_start();
    }
    if after && let Some(last) = lines.last_mut() {
        *last = last.trim_end();
    }
    lines.concat()
}
