//! The bytes of the bundle.
//!
//! Numbers are LEB128, texts and definitions are numbers of entries in a table. In order:
//!
//! - texts: how many, their lengths, their bytes;
//! - the oldest minor version of Kubernetes, and how many there are;
//! - projects: how many; name, versions and date (texts) of each. The first is Kubernetes; versions of
//!   others are releases, the newest first;
//! - kinds: how many; group, version and kind (texts), project × 2 + whether it is of the cluster, a bit
//!   for each minor version that serves it (of a custom resource: for each release that has it), definition;
//! - definitions: how many, their lengths, a node for each.
//!
//! A node is a byte, its tag with [`NULLABLE`] and [`CONSTRAINED`], what the tag has behind it (see
//! [`Reader::node`]), and the constraints: how many, and each a byte with what that has behind it.
//! A field is its name (a text) × 4 + 2 if it is required + 1 if it is not in every minor version (of a
//! custom resource: in every release that has its object); then a bit for each that has it, if so; then
//! its node. One name stands twice if minor versions differ.

use std::ops::Range;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::{Kind, Scope};
use crate::schema::{Constraints, Field, Format, ListType, Node, NodeId, Rule, Schema, Shape};
use crate::text::{FileId, Span};
use crate::value::{Data, Entry, Map, Str, Value};

/// Where everything is.
pub(super) struct Index {
    texts: Vec<&'static str>,
    pub(super) minors: Range<u32>,
    /// Name, versions and date.
    pub(super) sources: Vec<[&'static str; 3]>,
    pub(super) kinds: Vec<Kind>,
    definitions: Vec<&'static [u8]>,
}

impl Index {
    /// `None` if the bytes are no bundle.
    pub(super) fn read(bytes: &'static [u8]) -> Option<Self> {
        let mut cursor = Cursor(bytes);
        let texts =
            cursor.table()?.into_iter().map(|text| std::str::from_utf8(text).ok()).collect::<Option<Vec<_>>>()?;
        let oldest = cursor.small()?;
        let minors = oldest..oldest + cursor.small()?;
        let text = |cursor: &mut Cursor| texts.get(cursor.number()?).copied();
        let sources = cursor.many(|cursor| Some([text(cursor)?, text(cursor)?, text(cursor)?]))?;
        let mut place = 0..;
        let kinds = cursor.many(|cursor| {
            let (group, version, kind) = (text(cursor)?, text(cursor)?, text(cursor)?);
            let source = cursor.number()?;
            let scope = if source & 1 == 1 { Scope::Cluster } else { Scope::Namespaced };
            let minors = u16::try_from(cursor.number()?).ok()?;
            let definition = cursor.small()?;
            Some(Kind { group, version, kind, scope, source: source >> 1, minors, definition, place: place.next()? })
        })?;
        let definitions = cursor.table()?;
        let whole = cursor.0.is_empty() && kinds.iter().all(|kind| kind.source < sources.len());
        whole.then_some(Self { texts, minors, sources, kinds, definitions })
    }

    /// A definition and all that it leads to, as the versions of these bits have it between them.
    pub(super) fn schema(&self, definition: u32, versions: usize) -> Option<Schema> {
        let mut reader = Reader { index: self, versions, nodes: Vec::new(), known: FxHashMap::default() };
        let root = reader.definition(definition)?;
        Some(Schema { nodes: reader.nodes, root })
    }
}

/// Reads the nodes of one schema.
struct Reader<'a> {
    index: &'a Index,
    versions: usize,
    nodes: Vec<Node>,
    /// By definition.
    known: FxHashMap<u32, NodeId>,
}

impl Reader<'_> {
    fn definition(&mut self, number: u32) -> Option<NodeId> {
        if let Some(id) = self.known.get(&number) {
            return Some(*id);
        }
        // It has its place before it is read: what is inside it may lead back to it.
        let id = self.push(Node { shape: Shape::Any, nullable: false, constraints: None })?;
        self.known.insert(number, id);
        let mut cursor = Cursor(self.index.definitions.get(number as usize)?);
        let node = self.node(&mut cursor)?;
        *self.nodes.get_mut(id.0 as usize)? = node;
        cursor.0.is_empty().then_some(id)
    }

    fn push(&mut self, node: Node) -> Option<NodeId> {
        let id = NodeId(u32::try_from(self.nodes.len()).ok()?);
        self.nodes.push(node);
        Some(id)
    }

    fn child(&mut self, cursor: &mut Cursor) -> Option<NodeId> {
        if cursor.0.first() == Some(&REFERENCE) {
            cursor.byte()?;
            return self.definition(cursor.small()?);
        }
        let node = self.node(cursor)?;
        self.push(node)
    }

    fn node(&mut self, cursor: &mut Cursor) -> Option<Node> {
        let head = cursor.byte()?;
        let shape = match head & TAG {
            0 => Shape::Any,
            1 => Shape::String { format: None, values: Arc::default() },
            2 => Shape::String { format: Some(format(cursor.byte()?)?), values: Arc::default() },
            3 => Shape::String { format: None, values: self.texts(cursor)? },
            4 => Shape::Integer { narrow: false },
            5 => Shape::Integer { narrow: true },
            6 => Shape::Number,
            7 => Shape::Boolean,
            8 => Shape::IntOrString,
            9 => Shape::Quantity,
            10 => Shape::List { list_type: ListType::Atomic, item: self.child(cursor)? },
            11 => Shape::List { list_type: ListType::Set, item: self.child(cursor)? },
            12 => Shape::List { list_type: ListType::Map(self.texts(cursor)?), item: self.child(cursor)? },
            13 => Shape::Map { value: self.child(cursor)? },
            14 => Shape::Object { others: None, fields: self.fields(cursor)? },
            15 => Shape::Object { others: Some(self.child(cursor)?), fields: self.fields(cursor)? },
            _ => return None,
        };
        let constraints = if head & CONSTRAINED == 0 { None } else { Some(Box::new(self.constraints(cursor)?)) };
        Some(Node { shape, nullable: head & NULLABLE != 0, constraints })
    }

    fn constraints(&mut self, cursor: &mut Cursor) -> Option<Constraints> {
        let mut constraints = Constraints::default();
        for _ in 0..cursor.number()? {
            match cursor.byte()? {
                0 => constraints.values = cursor.many(|cursor| self.value(cursor))?,
                1 => constraints.pattern = Some(self.text(cursor)?),
                2 => constraints.length.0 = Some(cursor.count()?),
                3 => constraints.length.1 = Some(cursor.count()?),
                4 => constraints.size.0 = Some(cursor.count()?),
                5 => constraints.size.1 = Some(cursor.count()?),
                6 => constraints.minimum = Some(self.bound(cursor)?),
                7 => constraints.maximum = Some(self.bound(cursor)?),
                8 => constraints.multiple_of = Some(self.text(cursor)?.parse().ok()?),
                9 => constraints.unique_items = true,
                10 => constraints.all_of.push(self.child(cursor)?),
                11 => constraints.any_of.push(self.child(cursor)?),
                12 => constraints.one_of.push(self.child(cursor)?),
                13 => constraints.not = Some(self.child(cursor)?),
                14 => constraints.default = Some(self.value(cursor)?),
                rule @ 15..=18 => {
                    let expression = self.text(cursor)?;
                    let message = if matches!(rule, 16 | 18) { Some(self.text(cursor)?) } else { None };
                    let message_expression = if matches!(rule, 17 | 18) { Some(self.text(cursor)?) } else { None };
                    constraints.rules.push(Rule { expression, message, message_expression });
                }
                19 => constraints.embedded = true,
                _ => return None,
            }
        }
        Some(constraints)
    }

    /// A number, and whether it is excluded.
    fn bound(&self, cursor: &mut Cursor) -> Option<(f64, bool)> {
        let excluded = cursor.byte()? == 1;
        Some((self.text(cursor)?.parse().ok()?, excluded))
    }

    fn value(&self, cursor: &mut Cursor) -> Option<Value> {
        let nowhere = Span::start_of(FileId(u32::MAX));
        let data = match cursor.byte()? {
            0 => Data::Null,
            1 => Data::Bool(false),
            2 => Data::Bool(true),
            3 => Data::Int(self.text(cursor)?.parse().ok()?),
            4 => Data::Float(self.text(cursor)?.parse().ok()?),
            5 => Data::String(self.text(cursor)?),
            6 => Data::List(Arc::new(cursor.many(|cursor| self.value(cursor))?)),
            7 => {
                let entry = |cursor: &mut Cursor| {
                    let key = self.text(cursor)?;
                    Some(Entry { key, key_origin: nowhere.into(), value: self.value(cursor)? })
                };
                Data::Map(Arc::new(Map::from_unique(cursor.many(entry)?)))
            }
            _ => return None,
        };
        Some(Value::new(data, nowhere))
    }

    fn text(&self, cursor: &mut Cursor) -> Option<Str> {
        self.index.texts.get(cursor.number()?).map(|text| Str::from(*text))
    }

    fn texts(&self, cursor: &mut Cursor) -> Option<Arc<[Str]>> {
        cursor.many(|cursor| self.text(cursor)).map(Arc::from)
    }

    fn fields(&mut self, cursor: &mut Cursor) -> Option<Arc<[Field]>> {
        let mut fields = Vec::new();
        for _ in 0..cursor.number()? {
            let head = cursor.number()?;
            let name = Str::from(*self.index.texts.get(head >> 2)?);
            let minors = if head & 1 == 1 { cursor.number()? } else { usize::MAX };
            if minors & self.versions != 0 {
                fields.push(Field { name, node: self.child(cursor)?, required: head & 2 == 2 });
            } else {
                self.skip(cursor)?;
            }
        }
        Some(fields.into())
    }

    /// Past a node of another version: what is written here is read, what it refers to is not.
    fn skip(&mut self, cursor: &mut Cursor) -> Option<()> {
        if cursor.0.first() == Some(&REFERENCE) {
            cursor.byte()?;
            cursor.number()?;
        } else {
            self.node(cursor)?;
        }
        Some(())
    }
}

const TAG: u8 = 31;
const REFERENCE: u8 = 17;
const NULLABLE: u8 = 32;
const CONSTRAINED: u8 = 64;

fn format(number: u8) -> Option<Format> {
    Some(match number {
        0 => Format::Byte,
        1 => Format::DateTime,
        2 => Format::Date,
        3 => Format::Duration,
        4 => Format::Ipv4,
        5 => Format::Ipv6,
        6 => Format::Cidr,
        7 => Format::Uri,
        8 => Format::Email,
        9 => Format::Hostname,
        10 => Format::Uuid,
        _ => return None,
    })
}

/// What is left to read.
struct Cursor(&'static [u8]);

impl Cursor {
    fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*byte)
    }

    fn number(&mut self) -> Option<usize> {
        let mut number = 0;
        for shift in (0..usize::BITS).step_by(7) {
            let byte = self.byte()?;
            number |= usize::from(byte & 127) << shift;
            if byte & 128 == 0 {
                return Some(number);
            }
        }
        None
    }

    fn count(&mut self) -> Option<u64> {
        u64::try_from(self.number()?).ok()
    }

    fn small(&mut self) -> Option<u32> {
        u32::try_from(self.number()?).ok()
    }

    /// As many as the next number says.
    fn many<T>(&mut self, mut read: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        (0..self.number()?).map(|_| read(self)).collect()
    }

    /// How many, their lengths, their bytes.
    fn table(&mut self) -> Option<Vec<&'static [u8]>> {
        let lengths = self.many(Self::number)?;
        let mut entries = Vec::with_capacity(lengths.len());
        for length in lengths {
            let (entry, rest) = self.0.split_at_checked(length)?;
            self.0 = rest;
            entries.push(entry);
        }
        Some(entries)
    }
}
