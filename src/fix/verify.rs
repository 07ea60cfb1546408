//! Whether an edited text means what it meant, but for the edits.

use std::hash::{Hash, Hasher};
use std::ops::Range;

use crate::syntax::hcl::{Body, Expression, ExpressionKind, TemplatePart, TraversalStep};
use crate::syntax::yaml::{NodeKind, NodeRef};
use crate::syntax::{ParsedFile, Syntax};
use crate::text::Span;

/// One replaced range of bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Splice {
    pub(super) range: Range<usize>,
    pub(super) text: String,
}

impl Splice {
    /// Whether two splices cannot both be applied, or only in an order that nobody has given.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        let (a, b) = (&self.range, &other.range);
        a.start < b.end && b.start < a.end
            || a.start == b.start
            || (a.is_empty() && a.start == b.end)
            || (b.is_empty() && b.start == a.end)
    }
}

/// Something of a tree that must be found again.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Token {
    start: usize,
    /// End of a leaf; collections are known by their start.
    end: Option<usize>,
    depth: u32,
    kind: u8,
    /// Hash of what a scalar says: blank lines behind a block of text can change it from outside.
    text: u64,
}

/// Compare the trees of an old and a new text. The error is a reason for a person.
pub(super) fn verify(old: &ParsedFile, new: &ParsedFile, splices: &[Splice]) -> Result<(), &'static str> {
    if std::mem::discriminant(&old.syntax) != std::mem::discriminant(&new.syntax) {
        return Err("the result is another language");
    }
    if new.errors.len() > old.errors.len() {
        return Err("the result is not valid");
    }
    let sites = Sites::new(splices);
    if let Some(stream) = old.yaml() {
        let shared = |node: NodeRef<'_>| node.is_anchored_or_alias() && sites.old_touched(node.full_span().range());
        let touched = |span: Span| {
            sites.old.iter().any(|site| site.start <= span.end as usize && span.start as usize <= site.end)
        };
        let documents = stream.documents.iter().filter(|document| touched(document.span));
        if documents.filter_map(|document| document.root()).any(|root| any_node(root, &shared)) {
            return Err("the edit touches an anchor or an alias");
        }
    }
    let comments = |file: &ParsedFile| -> Vec<Token> {
        let token = |span: Span| leaf(span, 0, 0);
        file.comments.iter().map(|comment| token(comment.span)).collect()
    };
    if !sites.same(comments(old), comments(new)) {
        return Err("the result loses or changes a comment");
    }
    if sites.same(tokens(old), tokens(new)) { Ok(()) } else { Err("the result differs in more than was meant") }
}

fn any_node(root: NodeRef<'_>, test: &dyn Fn(NodeRef<'_>) -> bool) -> bool {
    let mut open = vec![root];
    while let Some(node) = open.pop() {
        if test(node) {
            return true;
        }
        open.extend(node.children());
    }
    false
}

fn leaf(span: Span, depth: u32, kind: u8) -> Token {
    Token { start: span.start as usize, end: Some(span.end as usize), depth, kind, text: 0 }
}

fn hash(text: &str) -> u64 {
    let mut hasher = rustc_hash::FxHasher::default();
    text.hash(&mut hasher);
    hasher.finish()
}

/// Where the splices are in the old and in the new text.
struct Sites {
    old: Vec<Range<usize>>,
    new: Vec<Range<usize>>,
}

impl Sites {
    fn new(splices: &[Splice]) -> Self {
        let (mut grown, mut shrunk) = (0, 0);
        let new = splices.iter().map(|splice| {
            let start = splice.range.start + grown - shrunk;
            grown += splice.text.len();
            shrunk += splice.range.len();
            start..start + splice.text.len()
        });
        let new = new.collect();
        Self { old: splices.iter().map(|splice| splice.range.clone()).collect(), new }
    }

    fn old_touched(&self, range: Range<usize>) -> bool {
        touched(&self.old, &range)
    }

    /// Where an old offset outside of all splices is now.
    fn moved(&self, offset: usize) -> usize {
        let pairs = self.old.iter().zip(&self.new);
        let (old, new) =
            pairs.take_while(|(old, _)| old.end <= offset).fold((0, 0), |_, (old, new)| (old.end, new.end));
        offset - old + new
    }

    /// Whether what the splices do not touch is the same before and after.
    fn same(&self, old: Vec<Token>, new: Vec<Token>) -> bool {
        let kept = |sites: &[Range<usize>], token: &Token| match token.end {
            Some(end) => !touched(sites, &(token.start..end)),
            None => !sites.iter().any(|site| site.start <= token.start && token.start <= site.end),
        };
        // A leaf that is kept has kept its length, also if something was put right behind it.
        let moved = |token: Token| {
            let start = self.moved(token.start);
            Token { start, end: token.end.map(|end| start + (end - token.start)), ..token }
        };
        let old = old.into_iter().filter(|token| kept(&self.old, token)).map(moved);
        old.eq(new.into_iter().filter(|token| kept(&self.new, token)))
    }
}

/// Whether a range shares a byte with a site. An empty range is touched at both ends of a site.
fn touched(sites: &[Range<usize>], range: &Range<usize>) -> bool {
    sites.iter().any(|site| {
        if range.is_empty() {
            site.start <= range.start && range.start <= site.end
        } else if site.is_empty() {
            range.start < site.start && site.start < range.end
        } else {
            site.start < range.end && range.start < site.end
        }
    })
}

fn tokens(file: &ParsedFile) -> Vec<Token> {
    let mut tokens = Vec::new();
    match &file.syntax {
        Syntax::Yaml(stream) => {
            for document in &stream.documents {
                let Some(root) = document.root() else {
                    tokens.push(Token { end: None, ..leaf(document.span, 0, 9) });
                    continue;
                };
                let mut open = vec![(root, 1)];
                while let Some((node, depth)) = open.pop() {
                    let span = node.span().range();
                    let (end, kind) = match node.kind() {
                        NodeKind::Scalar => (Some(span.end), 1),
                        NodeKind::Alias => (Some(span.end), 2),
                        NodeKind::Sequence => (None, 3),
                        NodeKind::Mapping => (None, 4),
                    };
                    let text = node.text().map_or(0, hash);
                    tokens.push(Token { start: span.start, end, depth, kind, text });
                    let at = open.len();
                    open.extend(node.children().map(|child| (child, depth + 1)));
                    open[at..].reverse();
                }
            }
        }
        Syntax::Hcl(body) => body_tokens(body, 0, &mut tokens),
        Syntax::Opaque(_) | Syntax::Other => {}
    }
    // Attributes and blocks are kept apart in a body; their order in the text is what counts.
    tokens.sort_by_key(|token| (token.start, token.depth, token.end.is_some()));
    tokens
}

fn body_tokens(body: &Body, depth: u32, tokens: &mut Vec<Token>) {
    let leaf = |span: Span, kind| self::leaf(span, depth, kind);
    for attribute in &body.attributes {
        tokens.push(leaf(attribute.name_span, 1));
        expression_tokens(&attribute.value, depth + 1, tokens);
    }
    for block in &body.blocks {
        tokens.push(leaf(block.kind_span, 2));
        tokens.extend(block.labels.iter().map(|label| leaf(label.span, 3)));
        body_tokens(&block.body, depth + 1, tokens);
    }
    tokens.extend(body.broken.iter().map(|span| Token { end: None, ..leaf(*span, 4) }));
}

fn expression_tokens(expression: &Expression, depth: u32, tokens: &mut Vec<Token>) {
    let mut inner: Vec<&Expression> = Vec::new();
    let mut leaves: Vec<(Span, u8)> = Vec::new();
    let kind = match &expression.kind {
        ExpressionKind::Null => 10,
        ExpressionKind::Bool(_) => 11,
        ExpressionKind::Number(_) => 12,
        ExpressionKind::String(_) => 13,
        ExpressionKind::Variable(_) => 14,
        ExpressionKind::Template(parts) => {
            template_tokens(parts, &mut inner, &mut leaves);
            15
        }
        ExpressionKind::Tuple(items) => {
            inner.extend(items);
            16
        }
        ExpressionKind::Object(items) => {
            inner.extend(items.iter().flat_map(|item| [&item.key, &item.value]));
            17
        }
        ExpressionKind::Traversal(traversal) => {
            inner.push(&traversal.base);
            for step in &traversal.steps {
                match step {
                    TraversalStep::Attribute(_, span) => leaves.push((*span, 31)),
                    TraversalStep::Index(index) => inner.push(index),
                    TraversalStep::Splat(span) | TraversalStep::AttributeSplat(span) => leaves.push((*span, 32)),
                }
            }
            18
        }
        ExpressionKind::Call(call) => {
            leaves.push((call.name_span, 33));
            inner.extend(&call.arguments);
            19
        }
        ExpressionKind::Conditional(parts) => {
            inner.extend(parts.iter());
            20
        }
        ExpressionKind::Binary(parts) => {
            inner.extend([&parts.0, &parts.2]);
            21
        }
        ExpressionKind::Unary(parts) => {
            inner.push(&parts.1);
            22
        }
        ExpressionKind::Parenthesis(value) => {
            inner.push(value);
            23
        }
        ExpressionKind::For(of) => {
            inner.push(&of.collection);
            inner.extend(of.key.iter().chain([&of.value]).chain(&of.condition));
            24
        }
    };
    let is_leaf = inner.is_empty() && leaves.is_empty() && kind < 15;
    let (start, end) = (expression.span.start as usize, expression.span.end as usize);
    tokens.push(Token { start, end: is_leaf.then_some(end), depth, kind, text: 0 });
    let leaf = |(span, kind): (Span, u8)| self::leaf(span, depth + 1, kind);
    tokens.extend(leaves.into_iter().map(leaf));
    for value in inner {
        expression_tokens(value, depth + 1, tokens);
    }
}

fn template_tokens<'a>(parts: &'a [TemplatePart], inner: &mut Vec<&'a Expression>, leaves: &mut Vec<(Span, u8)>) {
    for part in parts {
        match part {
            TemplatePart::Literal(_, span) => leaves.push((*span, 30)),
            TemplatePart::Interpolation(value) => inner.push(value),
            TemplatePart::If(of) => {
                inner.push(&of.condition);
                template_tokens(&of.then, inner, leaves);
                template_tokens(&of.otherwise, inner, leaves);
            }
            TemplatePart::For(of) => {
                inner.push(&of.collection);
                template_tokens(&of.body, inner, leaves);
            }
        }
    }
}
