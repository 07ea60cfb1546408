//! The bytes of the bundle; `src/schema/bundle/read.rs` says what they mean.
//!
//! A part that stands in several places is written once, as a definition, and so is what stands in one
//! place but has a name. Texts and definitions that are used most have the shortest numbers.

use std::collections::BTreeMap;

use kate::schema::{Format, ListType};
use serde_json::Value;

use super::kubernetes::MINORS;
use super::shape::{ALL, Constraints, Definitions, Kind, Node, Shape};

/// What is shorter is written wherever it stands: a reference to it would not be shorter.
const SHORTEST_SHARED: usize = 4;

/// The bytes of definitions and kinds.
pub(super) fn bundle(definitions: &Definitions, kinds: &[Kind], projects: &[[String; 3]]) -> Result<Vec<u8>, String> {
    let mut kinds: Vec<&Kind> = kinds.iter().collect();
    let since = |kind: &Kind| if kind.source == 0 { kind.minors.trailing_zeros() } else { 0 };
    kinds.sort_by_key(|kind| (&kind.group, &kind.kind, since(kind), &kind.version));
    let mut pool = Pool::default();
    for (name, node) in definitions {
        let part = pool.node(node)?;
        pool.roots.insert(name, part);
    }
    for kind in &kinds {
        [&kind.group, &kind.version, &kind.kind].into_iter().for_each(|text| pool.text(text));
    }
    projects.iter().flatten().for_each(|text| pool.text(text));
    Writer::new(&pool)?.bundle(&kinds, projects)
}

/// A piece of a part.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Piece {
    Byte(u8),
    Number(u64),
    Text(String),
    /// The name of a field, and two bits.
    Name(String, u8),
    Part(usize),
    Definition(String),
}

/// Every different node once.
#[derive(Default)]
struct Pool<'a> {
    parts: Vec<Vec<Piece>>,
    numbers: BTreeMap<Vec<Piece>, usize>,
    roots: BTreeMap<&'a str, usize>,
    texts: BTreeMap<String, usize>,
}

impl Pool<'_> {
    fn text(&mut self, text: &str) {
        *self.texts.entry(text.to_owned()).or_default() += 1;
    }

    fn part(&mut self, pieces: Vec<Piece>) -> usize {
        if let Some(number) = self.numbers.get(&pieces) {
            return *number;
        }
        let number = self.parts.len();
        self.numbers.insert(pieces.clone(), number);
        for piece in &pieces {
            if let Piece::Text(text) | Piece::Name(text, _) = piece {
                self.text(text);
            }
        }
        self.parts.push(pieces);
        number
    }

    fn node(&mut self, node: &Node) -> Result<usize, String> {
        let flags = u8::from(node.nullable) << 5 | u8::from(node.constraints.is_some()) << 6;
        let head = |tag: u8| Piece::Byte(tag | flags);
        let texts = |texts: &[String]| {
            let number = Piece::Number(texts.len() as u64);
            std::iter::once(number).chain(texts.iter().cloned().map(Piece::Text)).collect::<Vec<_>>()
        };
        let mut pieces = match &node.shape {
            Shape::Any => vec![head(0)],
            Shape::String { format: None, values } if values.is_empty() => vec![head(1)],
            Shape::String { format: Some(format), values } if values.is_empty() => {
                vec![head(2), Piece::Byte(format_number(*format))]
            }
            Shape::String { format: None, values } => [vec![head(3)], texts(values)].concat(),
            Shape::String { .. } => return Err(format!("a format and values: {node:?}")),
            Shape::Integer { narrow: false } => vec![head(4)],
            Shape::Integer { narrow: true } => vec![head(5)],
            Shape::Number => vec![head(6)],
            Shape::Boolean => vec![head(7)],
            Shape::IntOrString => vec![head(8)],
            Shape::Quantity => vec![head(9)],
            Shape::List { item, list_type } => {
                let item = Piece::Part(self.node(item)?);
                match list_type {
                    ListType::Atomic => vec![head(10), item],
                    ListType::Set => vec![head(11), item],
                    ListType::Map(keys) => {
                        let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
                        [vec![head(12)], texts(&keys), vec![item]].concat()
                    }
                }
            }
            Shape::Map { value } => vec![head(13), Piece::Part(self.node(value)?)],
            Shape::Object { fields, others } => {
                let mut pieces = vec![head(if others.is_some() { 15 } else { 14 })];
                if let Some(others) = others {
                    pieces.push(Piece::Part(self.node(others)?));
                }
                pieces.push(Piece::Number(fields.len() as u64));
                for field in fields {
                    let masked = field.minors != ALL;
                    let bits = u8::from(field.required) << 1 | u8::from(masked);
                    pieces.push(Piece::Name(field.name.clone(), bits));
                    if masked {
                        pieces.push(Piece::Number(u64::from(field.minors)));
                    }
                    pieces.push(Piece::Part(self.node(&field.node)?));
                }
                pieces
            }
            Shape::Reference(name) => vec![Piece::Byte(REFERENCE), Piece::Definition(name.clone())],
        };
        if let Some(constraints) = &node.constraints {
            self.constraints(constraints, &mut pieces)?;
        }
        Ok(self.part(pieces))
    }

    fn constraints(&mut self, constraints: &Constraints, pieces: &mut Vec<Piece>) -> Result<(), String> {
        let mut said: Vec<Vec<Piece>> = Vec::new();
        let mut say = |tag: u8, more: &[Piece]| said.push([&[Piece::Byte(tag)], more].concat());
        if !constraints.values.is_empty() {
            let mut values = vec![Piece::Number(constraints.values.len() as u64)];
            constraints.values.iter().for_each(|value| data(value, &mut values));
            say(0, &values);
        }
        if let Some(pattern) = &constraints.pattern {
            say(1, &[Piece::Text(pattern.clone())]);
        }
        let counts = [constraints.length.0, constraints.length.1, constraints.size.0, constraints.size.1];
        for (tag, count) in (2..).zip(counts) {
            if let Some(count) = count {
                say(tag, &[Piece::Number(count)]);
            }
        }
        for (tag, bound) in [(6, constraints.minimum), (7, constraints.maximum)] {
            if let Some((number, excluded)) = bound {
                say(tag, &[Piece::Byte(u8::from(excluded)), Piece::Text(number.to_string())]);
            }
        }
        if let Some(number) = constraints.multiple_of {
            say(8, &[Piece::Text(number.to_string())]);
        }
        if constraints.unique_items {
            say(9, &[]);
        }
        let Constraints { all_of, any_of, one_of, not, .. } = constraints;
        for (tag, nodes) in [(10, all_of.iter()), (11, any_of.iter()), (12, one_of.iter())] {
            for node in nodes {
                say(tag, &[Piece::Part(self.node(node)?)]);
            }
        }
        if let Some(node) = not {
            say(13, &[Piece::Part(self.node(node)?)]);
        }
        if let Some(default) = &constraints.default {
            let mut value = Vec::new();
            data(default, &mut value);
            say(14, &value);
        }
        for rule in &constraints.rules {
            let [_, message, message_expression] = rule;
            let tag = 15 + u8::from(message.is_some()) + 2 * u8::from(message_expression.is_some());
            say(tag, &rule.iter().flatten().cloned().map(Piece::Text).collect::<Vec<_>>());
        }
        if constraints.embedded {
            say(19, &[]);
        }
        pieces.push(Piece::Number(said.len() as u64));
        pieces.extend(said.into_iter().flatten());
        Ok(())
    }
}

fn data(value: &Value, pieces: &mut Vec<Piece>) {
    match value {
        Value::Null => pieces.push(Piece::Byte(0)),
        Value::Bool(truth) => pieces.push(Piece::Byte(1 + u8::from(*truth))),
        Value::Number(number) if number.is_i64() => {
            pieces.extend([Piece::Byte(3), Piece::Text(number.to_string())]);
        }
        Value::Number(number) => pieces.extend([Piece::Byte(4), Piece::Text(number.to_string())]),
        Value::String(text) => pieces.extend([Piece::Byte(5), Piece::Text(text.clone())]),
        Value::Array(items) => {
            pieces.extend([Piece::Byte(6), Piece::Number(items.len() as u64)]);
            items.iter().for_each(|item| data(item, pieces));
        }
        Value::Object(entries) => {
            pieces.extend([Piece::Byte(7), Piece::Number(entries.len() as u64)]);
            for (key, value) in entries {
                pieces.push(Piece::Text(key.clone()));
                data(value, pieces);
            }
        }
    }
}

/// Writes parts, once it is known what has which number.
struct Writer<'a> {
    pool: &'a Pool<'a>,
    texts: BTreeMap<&'a str, u64>,
    in_order: Vec<&'a str>,
    /// By part; none if it is written where it stands.
    definitions: Vec<Option<u64>>,
}

impl<'a> Writer<'a> {
    fn new(pool: &'a Pool<'a>) -> Result<Self, String> {
        let mut in_order: Vec<(&str, usize)> = pool.texts.iter().map(|(text, uses)| (text.as_str(), *uses)).collect();
        in_order.sort_by_key(|(text, uses)| (std::cmp::Reverse(*uses), *text));
        let in_order: Vec<&str> = in_order.into_iter().map(|(text, _)| text).collect();
        let texts = in_order.iter().copied().zip(0..).collect();

        let mut uses = vec![0; pool.parts.len()];
        for piece in pool.parts.iter().flatten() {
            match piece {
                Piece::Part(part) => uses[*part] += 1,
                Piece::Definition(name) => {
                    let part = pool.roots.get(name.as_str()).ok_or_else(|| format!("no definition {name}"))?;
                    uses[*part] += 1;
                }
                _ => {}
            }
        }
        let mut is_root = vec![false; pool.parts.len()];
        pool.roots.values().for_each(|part| is_root[*part] = true);
        // What a part takes if it is written where it stands; inner ones come before outer ones.
        let mut sizes: Vec<usize> = Vec::with_capacity(pool.parts.len());
        let shared = |part: usize, size: usize| is_root[part] || (uses[part] > 1 && size >= SHORTEST_SHARED);
        for pieces in &pool.parts {
            let size = pieces.iter().map(|piece| match piece {
                Piece::Byte(_) | Piece::Number(_) => 1,
                Piece::Text(_) | Piece::Name(..) => 2,
                Piece::Part(part) if !shared(*part, sizes[*part]) => sizes[*part],
                Piece::Part(_) => 3,
                // With the byte before it too short to be shared: no definition is another one.
                Piece::Definition(_) => 2,
            });
            sizes.push(size.sum());
        }
        let mut order: Vec<usize> = (0..pool.parts.len()).filter(|part| shared(*part, sizes[*part])).collect();
        order.sort_by_key(|part| (std::cmp::Reverse(uses[*part]), *part));
        let mut definitions = vec![None; pool.parts.len()];
        for (number, part) in (0..).zip(order) {
            definitions[part] = Some(number);
        }
        Ok(Self { pool, texts, in_order, definitions })
    }

    fn text(&self, out: &mut Vec<u8>, text: &str) {
        varint(out, self.texts[text]);
    }

    fn definition(&self, out: &mut Vec<u8>, name: &str) -> Result<(), String> {
        let number = self.pool.roots.get(name).and_then(|part| self.definitions[*part]);
        varint(out, number.ok_or_else(|| format!("no definition {name}"))?);
        Ok(())
    }

    fn part(&self, out: &mut Vec<u8>, part: usize) -> Result<(), String> {
        for piece in &self.pool.parts[part] {
            match piece {
                Piece::Byte(byte) => out.push(*byte),
                Piece::Number(number) => varint(out, *number),
                Piece::Text(text) => self.text(out, text),
                Piece::Name(name, bits) => varint(out, self.texts[name.as_str()] << 2 | u64::from(*bits)),
                Piece::Definition(name) => self.definition(out, name)?,
                Piece::Part(part) => match self.definitions[*part] {
                    Some(number) => {
                        out.push(REFERENCE);
                        varint(out, number);
                    }
                    None => self.part(out, *part)?,
                },
            }
        }
        Ok(())
    }

    fn bundle(&self, kinds: &[&Kind], projects: &[[String; 3]]) -> Result<Vec<u8>, String> {
        let mut out = Vec::new();
        table(&mut out, self.in_order.iter().map(|text| text.as_bytes()));
        varint(&mut out, u64::from(*MINORS.start()));
        varint(&mut out, MINORS.count() as u64);
        varint(&mut out, projects.len() as u64);
        projects.iter().flatten().for_each(|text| self.text(&mut out, text));
        varint(&mut out, kinds.len() as u64);
        for kind in kinds {
            [&kind.group, &kind.version, &kind.kind].into_iter().for_each(|text| self.text(&mut out, text));
            varint(&mut out, (kind.source as u64) << 1 | u64::from(kind.cluster));
            varint(&mut out, u64::from(kind.minors));
            self.definition(&mut out, &kind.definition)?;
        }
        let mut bodies: BTreeMap<u64, Vec<u8>> = BTreeMap::new();
        for (part, number) in self.definitions.iter().enumerate() {
            if let Some(number) = number {
                self.part(bodies.entry(*number).or_default(), part)?;
            }
        }
        table(&mut out, bodies.values().map(Vec::as_slice));
        Ok(out)
    }
}

const REFERENCE: u8 = 17;

fn format_number(format: Format) -> u8 {
    match format {
        Format::Byte => 0,
        Format::DateTime => 1,
        Format::Date => 2,
        Format::Duration => 3,
        Format::Ipv4 => 4,
        Format::Ipv6 => 5,
        Format::Cidr => 6,
        Format::Uri => 7,
        Format::Email => 8,
        Format::Hostname => 9,
        Format::Uuid => 10,
    }
}

/// How many, their lengths, their bytes.
fn table<'b>(out: &mut Vec<u8>, entries: impl ExactSizeIterator<Item = &'b [u8]> + Clone) {
    varint(out, entries.len() as u64);
    entries.clone().for_each(|entry| varint(out, entry.len() as u64));
    entries.for_each(|entry| out.extend(entry));
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value > 127 {
        out.push(value as u8 | 128);
        value >>= 7;
    }
    out.push(value as u8);
}
