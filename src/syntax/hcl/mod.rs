//! HCL: Terraform's and OpenTofu's language, native and JSON, with spans and recovery by block.
//!
//! Our own small tree, so that nothing else depends on the parser library.

mod convert;
mod json;
mod native;
mod scan;

use super::SyntaxError;
use crate::text::{Comment, FileId, Span};
use crate::value::Str;

/// Parse a file of Terraform's language; `json` for its JSON form (`.tf.json`, `.tfvars.json`).
///
/// Never fails: what cannot be read is an error and a [`Body::broken`] part, and costs only its own
/// top-level block. Accepts what Terraform 1.11 accepts, within 64 levels of nesting and 128
/// operators in a row. Errors and comments are added in order of place.
pub fn parse(file: FileId, text: &str, json: bool, errors: &mut Vec<SyntaxError>, comments: &mut Vec<Comment>) -> Body {
    let first = errors.len();
    let body = if json { json::parse(file, text, errors) } else { native::parse(file, text, errors, comments) };
    errors[first..].sort_by_key(|error| error.span.start);
    body
}

/// Attributes and blocks of a file or a block, in order.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Body {
    /// `name = expression`.
    pub attributes: Vec<Attribute>,
    /// `type "label" { … }`.
    pub blocks: Vec<Block>,
    /// Parts of the text that could not be parsed: nothing can be said to be missing from a body
    /// that has one.
    pub broken: Vec<Span>,
}

/// `name = expression`.
#[derive(Clone, PartialEq, Debug)]
pub struct Attribute {
    /// Its name.
    pub name: Str,
    /// Where the name stands.
    pub name_span: Span,
    /// Its expression.
    pub value: Expression,
    /// The whole attribute.
    pub span: Span,
}

/// `type "label" { … }`.
#[derive(Clone, PartialEq, Debug)]
pub struct Block {
    /// Its type: `resource`, `module`, …
    pub kind: Str,
    /// Where the type stands.
    pub kind_span: Span,
    /// Its labels, unquoted.
    pub labels: Vec<Label>,
    /// What it holds.
    pub body: Body,
    /// The whole block.
    pub span: Span,
}

/// A block's label.
#[derive(Clone, PartialEq, Debug)]
pub struct Label {
    /// Its text.
    pub text: Str,
    /// Where it stands, without quotes.
    pub span: Span,
}

/// An expression and where it stands.
#[derive(Clone, PartialEq, Debug)]
pub struct Expression {
    /// What it is.
    pub kind: ExpressionKind,
    /// Where.
    pub span: Span,
}

/// Kinds of expressions.
#[derive(Clone, PartialEq, Debug)]
pub enum ExpressionKind {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number, as written.
    Number(Str),
    /// A string or heredoc without interpolation, unescaped.
    String(Str),
    /// A string or heredoc with interpolations or directives.
    Template(Vec<TemplatePart>),
    /// `[a, b]`
    Tuple(Vec<Expression>),
    /// `{ a = b }`
    Object(Vec<ObjectItem>),
    /// `var.a.b[0]`, `local.x`, `aws_s3_bucket.b[each.key].arn`, `f(x).y`: something and steps.
    Traversal(Box<Traversal>),
    /// `f(a, b...)`
    Call(Box<Call>),
    /// `a ? b : c`
    Conditional(Box<[Expression; 3]>),
    /// `a + b` and the like; the operator as written.
    Binary(Box<(Expression, Str, Expression)>),
    /// `!a`, `-a`; the operator as written.
    Unary(Box<(Str, Expression)>),
    /// `(a)`
    Parenthesis(Box<Expression>),
    /// `[for …]`, `{for …}`
    For(Box<ForExpression>),
    /// A bare word: `each`, a type keyword, or an object key.
    Variable(Str),
}

/// Part of a template. Strip markers (`~`) and the indentation of `<<-` are already applied.
#[derive(Clone, PartialEq, Debug)]
pub enum TemplatePart {
    /// Text, unescaped.
    Literal(Str, Span),
    /// `${ expression }`
    Interpolation(Expression),
    /// `%{ if }…%{ else }…%{ endif }`
    If(Box<TemplateIf>),
    /// `%{ for }…%{ endfor }`
    For(Box<TemplateFor>),
}

/// `%{ if condition }then%{ else }otherwise%{ endif }`
#[derive(Clone, PartialEq, Debug)]
pub struct TemplateIf {
    /// The condition.
    pub condition: Expression,
    /// What stands there if it holds.
    pub then: Vec<TemplatePart>,
    /// What stands there if it does not.
    pub otherwise: Vec<TemplatePart>,
    /// The whole directive.
    pub span: Span,
}

/// `%{ for key, value in collection }body%{ endfor }`
#[derive(Clone, PartialEq, Debug)]
pub struct TemplateFor {
    /// The key variable, if there are two.
    pub key_variable: Option<Str>,
    /// The value variable.
    pub value_variable: Str,
    /// What is iterated.
    pub collection: Expression,
    /// What is repeated.
    pub body: Vec<TemplatePart>,
    /// The whole directive.
    pub span: Span,
}

/// An entry of an object.
#[derive(Clone, PartialEq, Debug)]
pub struct ObjectItem {
    /// Its key; a bare word is [`ExpressionKind::Variable`] and stands for its own text.
    pub key: Expression,
    /// Its value.
    pub value: Expression,
}

/// Something and steps into it.
#[derive(Clone, PartialEq, Debug)]
pub struct Traversal {
    /// What is stepped into.
    pub base: Expression,
    /// The steps.
    pub steps: Vec<TraversalStep>,
}

/// A step of a traversal.
#[derive(Clone, PartialEq, Debug)]
pub enum TraversalStep {
    /// `.name`
    Attribute(Str, Span),
    /// `[expression]` or `.0`
    Index(Expression),
    /// `[*]`
    Splat(Span),
    /// `.*`, which reaches over attributes only: an index after it is taken of the whole result.
    AttributeSplat(Span),
}

/// A function call.
#[derive(Clone, PartialEq, Debug)]
pub struct Call {
    /// The function's name, with `::` for provider functions.
    pub name: Str,
    /// Where the name stands.
    pub name_span: Span,
    /// Its arguments.
    pub arguments: Vec<Expression>,
    /// Whether the last argument is expanded with `...`.
    pub expand_last: bool,
}

/// `for k, v in collection : key => value... if condition`
#[derive(Clone, PartialEq, Debug)]
pub struct ForExpression {
    /// The key variable, if there are two.
    pub key_variable: Option<Str>,
    /// The value variable.
    pub value_variable: Str,
    /// What is iterated.
    pub collection: Expression,
    /// The key expression, for objects.
    pub key: Option<Expression>,
    /// The value expression.
    pub value: Expression,
    /// Whether values are grouped (`...`).
    pub grouping: bool,
    /// The filter.
    pub condition: Option<Expression>,
}
