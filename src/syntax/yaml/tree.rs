//! The flat tree of one document: nodes in document order, and a view that walks and edits by it.
//!
//! Invariant: positions and text only; what a scalar means is [`super::scalar`]'s business.

use std::sync::Arc;

use crate::text::{FileId, Span};
use crate::value::{Str, Unknown};

/// What a node of the tree is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum NodeKind {
    /// Text: a number, a word, a block of lines, or nothing at all.
    Scalar,
    /// A list.
    Sequence,
    /// A map.
    Mapping,
    /// `*name`
    Alias,
}

/// How a node is written.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Style {
    /// A scalar without quotes; also an alias and an absent scalar.
    Plain,
    /// `'text'`
    SingleQuoted,
    /// `"text"`
    DoubleQuoted,
    /// `|` and lines.
    Literal,
    /// `>` and lines.
    Folded,
    /// A collection by indentation.
    Block,
    /// A collection in brackets.
    Flow,
}

/// One node: 24 bytes. A subtree is the nodes from its index up to `next`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub(super) start: u32,
    pub(super) end: u32,
    /// Index of the first node after the subtree.
    pub(super) next: u32,
    /// Index of the collection that holds it; its own index for the root.
    pub(super) parent: u32,
    /// Scalar: 1 + index of its text in `Tree::texts`, 0 if the text is a slice of the source.
    /// Alias: index of the node it stands for, [`NO_TARGET`] if there is none.
    pub(super) extra: u32,
    pub(super) kind: NodeKind,
    pub(super) style: Style,
    /// Whether it has an entry in `Tree::properties`.
    pub(super) has_properties: bool,
    /// Whether another node stands for it (`*name`).
    pub(super) is_aliased: bool,
}

pub(super) const NO_TARGET: u32 = u32::MAX;

/// Anchor and tag of a node.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Properties {
    /// `&name`, with the ampersand.
    pub(super) anchor: Option<(u32, u32)>,
    /// The tag with its handle resolved (`tag:yaml.org,2002:str`, `!vault`) and where it stands.
    pub(super) tag: Option<(Str, u32, u32)>,
}

/// The nodes of one document.
#[derive(Debug)]
pub(super) struct Tree {
    pub(super) file: FileId,
    pub(super) source: Arc<str>,
    pub(super) nodes: Vec<Node>,
    pub(super) texts: Vec<Box<str>>,
    /// Sorted by node index.
    pub(super) properties: Vec<(u32, Properties)>,
}

impl Tree {
    pub(super) fn new(file: FileId, source: &Arc<str>) -> Self {
        let (nodes, texts, properties) = (Vec::new(), Vec::new(), Vec::new());
        Self { file, source: Arc::clone(source), nodes, texts, properties }
    }
}

/// A step from a collection to one of its members.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum PathSegment {
    /// The value of a key.
    Key(Str),
    /// An item of a list, from 0.
    Index(usize),
}

impl From<&str> for PathSegment {
    fn from(key: &str) -> Self {
        Self::Key(key.into())
    }
}

impl From<usize> for PathSegment {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

/// One document. Its text is shared with its file.
#[derive(Debug)]
pub struct Document {
    /// From its first to its last byte, without `---`.
    pub span: Span,
    /// Set if it could not be read; its value is then unknown.
    pub broken: Option<Unknown>,
    pub(super) tree: Tree,
}

impl Document {
    /// Its root, as written. `None` if it is broken.
    #[must_use]
    pub fn root(&self) -> Option<NodeRef<'_>> {
        let readable = self.broken.is_none() && !self.tree.nodes.is_empty();
        readable.then_some(NodeRef { tree: &self.tree, index: 0 })
    }

    /// The node at a path, as written: aliases and merge keys are not followed. Keys are compared
    /// by their text; of equal keys the last one is meant, as for most readers.
    #[must_use]
    pub fn node_at(&self, path: &[PathSegment]) -> Option<NodeRef<'_>> {
        path.iter().try_fold(self.root()?, |node, segment| match segment {
            PathSegment::Key(key) => node.get(key),
            PathSegment::Index(index) => node.items().nth(*index),
        })
    }

    /// The innermost node (a key counts) whose span holds all of `span`.
    #[must_use]
    pub fn node_covering(&self, span: Span) -> Option<NodeRef<'_>> {
        let mut node = self.root().filter(|root| root.span().contains(span))?;
        while let Some(child) = node.children().find(|child| child.span().contains(span)) {
            node = child;
        }
        Some(node)
    }

    /// The outermost node (a key counts) that has exactly this span.
    #[must_use]
    pub fn node_with_span(&self, span: Span) -> Option<NodeRef<'_>> {
        let mut node = self.node_covering(span).filter(|node| node.span() == span)?;
        while let Some(parent) = node.parent().filter(|parent| parent.span() == span) {
            node = parent;
        }
        Some(node)
    }

    /// Number of nodes, keys included.
    #[must_use]
    pub fn node_count(&self) -> usize {
        self.tree.nodes.len()
    }
}

/// A node of a document as it is written.
#[derive(Clone, Copy)]
pub struct NodeRef<'a> {
    tree: &'a Tree,
    index: u32,
}

impl PartialEq for NodeRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.tree, other.tree) && self.index == other.index
    }
}

impl std::fmt::Debug for NodeRef<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}({:?})", self.kind(), self.source())
    }
}

impl<'a> NodeRef<'a> {
    pub(super) fn new(tree: &'a Tree, index: u32) -> Self {
        Self { tree, index }
    }

    fn node(self) -> &'a Node {
        &self.tree.nodes[self.index as usize]
    }

    pub(super) fn index(self) -> u32 {
        self.index
    }

    /// Whether its last line is the last of the file and has no line break.
    pub(super) fn ends_file(self) -> bool {
        let rest = self.tree.source.get(self.node().end as usize..).unwrap_or_default();
        rest.bytes().all(|byte| matches!(byte, b' ' | b'\t'))
    }

    /// Whether an alias stands for it.
    pub(super) fn is_target(self) -> bool {
        self.node().is_aliased
    }

    fn at(self, index: u32) -> Self {
        Self { tree: self.tree, index }
    }

    fn span_of(self, (start, end): (u32, u32)) -> Span {
        Span { file: self.tree.file, start, end }
    }

    fn properties(self) -> Option<&'a Properties> {
        if !self.node().has_properties {
            return None;
        }
        let at = self.tree.properties.binary_search_by_key(&self.index, |(index, _)| *index).ok()?;
        Some(&self.tree.properties[at].1)
    }

    /// What it is.
    #[must_use]
    pub fn kind(self) -> NodeKind {
        self.node().kind
    }

    /// How it is written.
    #[must_use]
    pub fn style(self) -> Style {
        self.node().style
    }

    /// The node itself, without anchor and tag. A scalar with its quotes, or with its `|`; a
    /// collection from its first to its last byte; empty for an absent scalar (`key:`).
    #[must_use]
    pub fn span(self) -> Span {
        self.span_of((self.node().start, self.node().end))
    }

    /// The node with its anchor and tag.
    #[must_use]
    pub fn full_span(self) -> Span {
        let mut span = self.span();
        if let Some(anchor) = self.anchor_span() {
            span = span.cover(anchor);
        }
        if let Some((_, tag)) = self.tag() {
            span = span.cover(tag);
        }
        span
    }

    /// The text of its span.
    #[must_use]
    pub fn source(self) -> &'a str {
        self.tree.source.get(self.span().range()).unwrap_or_default()
    }

    /// Whether it is a scalar of which nothing is written (`key:`).
    #[must_use]
    pub fn is_absent(self) -> bool {
        self.kind() == NodeKind::Scalar && self.node().start == self.node().end
    }

    /// The text of a scalar, without quotes, escapes undone and lines folded.
    #[must_use]
    pub fn text(self) -> Option<&'a str> {
        let node = self.node();
        if node.kind != NodeKind::Scalar {
            return None;
        }
        match node.extra.checked_sub(1) {
            Some(at) => self.tree.texts.get(at as usize).map(|text| &**text),
            None => Some(match node.style {
                Style::SingleQuoted | Style::DoubleQuoted => {
                    self.tree.source.get(node.start as usize + 1..node.end as usize - 1).unwrap_or_default()
                }
                _ => self.source(),
            }),
        }
    }

    /// Its `&name`, with the ampersand.
    #[must_use]
    pub fn anchor_span(self) -> Option<Span> {
        self.properties()?.anchor.map(|anchor| self.span_of(anchor))
    }

    /// Its tag (`tag:yaml.org,2002:str`, `!vault`) and where it stands.
    #[must_use]
    pub fn tag(self) -> Option<(&'a str, Span)> {
        let (tag, start, end) = self.properties()?.tag.as_ref()?;
        Some((tag, self.span_of((*start, *end))))
    }

    /// The node that an alias stands for. It is never one that holds the alias itself.
    #[must_use]
    pub fn target(self) -> Option<Self> {
        let node = self.node();
        (node.kind == NodeKind::Alias && node.extra != NO_TARGET).then(|| self.at(node.extra))
    }

    /// Whether an edit here can change more than this place, or another place than this: it is an
    /// alias, or it or a collection that holds it has an anchor that is used.
    #[must_use]
    pub fn is_anchored_or_alias(self) -> bool {
        self.kind() == NodeKind::Alias
            || self.node().is_aliased
            || self.parent().is_some_and(Self::is_anchored_or_alias)
    }

    /// The collection that holds it.
    #[must_use]
    pub fn parent(self) -> Option<Self> {
        let parent = self.node().parent;
        (parent != self.index).then(|| self.at(parent))
    }

    /// Its direct members: items of a sequence; keys and values of a mapping in turn.
    pub fn children(self) -> impl Iterator<Item = NodeRef<'a>> {
        let end = self.node().next;
        let mut at = self.index + 1;
        std::iter::from_fn(move || {
            if at >= end {
                return None;
            }
            let child = self.at(at);
            at = child.node().next;
            Some(child)
        })
    }

    /// The items of a sequence; nothing for other nodes.
    pub fn items(self) -> impl Iterator<Item = NodeRef<'a>> {
        let all = if self.kind() == NodeKind::Sequence { usize::MAX } else { 0 };
        self.children().take(all)
    }

    /// The keys and values of a mapping; nothing for other nodes.
    pub fn entries(self) -> impl Iterator<Item = (NodeRef<'a>, NodeRef<'a>)> {
        let mut children = self.children();
        let mapping = self.kind() == NodeKind::Mapping;
        std::iter::from_fn(move || if mapping { Some((children.next()?, children.next()?)) } else { None })
    }

    /// The value of a key, compared by its text; the last one if there are several.
    #[must_use]
    pub fn get(self, key: &str) -> Option<Self> {
        self.entries().filter(|(name, _)| name.text() == Some(key)).last().map(|(_, value)| value)
    }

    /// The key of which it is the value, if its parent is a mapping and it is not itself a key.
    #[must_use]
    pub fn key(self) -> Option<Self> {
        let (key, _) = self.parent()?.entries().find(|(_, value)| value.index == self.index)?;
        Some(key)
    }

    /// Where its key stands; see [`key`](Self::key).
    #[must_use]
    pub fn key_span(self) -> Option<Span> {
        self.key().map(Self::span)
    }

    /// The blanks before the first member of a block collection, on its line; for other nodes the
    /// blanks before the line on which it starts. New members of a block collection that is not
    /// nested in the line of its parent (`- a: 1`) go at this depth.
    #[must_use]
    pub fn column(self) -> usize {
        let start = self.node().start as usize;
        let before = self.tree.source.get(..start).unwrap_or_default();
        let line = before.rfind(['\n', '\r']).map_or(0, |at| at + 1);
        before[line..].trim_start_matches('\u{feff}').chars().count()
    }
}
