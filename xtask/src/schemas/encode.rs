//! The bytes of the bundle; `src/schema/bundle/read.rs` says what they mean.

use std::collections::BTreeMap;

use kate::schema::{Format, ListType};

use super::bundle::Source;
use super::kubernetes::MINORS;
use super::shape::{ALL, Definitions, Kind, Node, Shape};

/// The definition of `metadata`.
pub(super) const OBJECT_META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

/// The bytes of definitions and kinds.
pub(super) fn bundle(definitions: &Definitions, kinds: &[Kind], projects: &[Source]) -> Result<Vec<u8>, String> {
    let mut kinds: Vec<&Kind> = kinds.iter().collect();
    kinds.sort_by_key(|kind| (&kind.group, &kind.kind, kind.minors.trailing_zeros(), &kind.version));

    let mut encoder = Encoder::new(definitions);
    let projects: Vec<[&str; 3]> =
        projects.iter().map(|source| [&*source.project, &*source.version, &*source.date]).collect();
    encoder.collect(projects.iter().flatten().copied());
    for kind in &kinds {
        encoder.collect([&*kind.group, &*kind.version, &*kind.kind]);
    }
    encoder.number_strings();

    let mut out = Vec::new();
    varint(&mut out, encoder.strings.len() as u64);
    for text in encoder.strings.keys() {
        varint(&mut out, text.len() as u64);
    }
    for text in encoder.strings.keys() {
        out.extend(text.as_bytes());
    }
    varint(&mut out, u64::from(*MINORS.start()));
    varint(&mut out, MINORS.count() as u64);
    varint(&mut out, projects.len() as u64);
    for text in projects.iter().flatten() {
        varint(&mut out, encoder.string(text));
    }
    varint(&mut out, encoder.definition(OBJECT_META)?);
    varint(&mut out, kinds.len() as u64);
    for kind in &kinds {
        for text in [&kind.group, &kind.version, &kind.kind] {
            varint(&mut out, encoder.string(text));
        }
        varint(&mut out, (kind.source as u64) << 1 | u64::from(kind.cluster));
        varint(&mut out, u64::from(kind.minors));
        varint(&mut out, encoder.definition(&kind.definition)?);
    }
    let mut bodies = Vec::new();
    for node in definitions.values() {
        let mut body = Vec::new();
        encoder.node(&mut body, node)?;
        bodies.push(body);
    }
    varint(&mut out, bodies.len() as u64);
    for body in &bodies {
        varint(&mut out, body.len() as u64);
    }
    out.extend(bodies.into_iter().flatten());
    Ok(out)
}

struct Encoder<'a> {
    strings: BTreeMap<&'a str, u64>,
    definitions: BTreeMap<&'a str, u64>,
}

impl<'a> Encoder<'a> {
    fn new(definitions: &'a Definitions) -> Self {
        let numbers = definitions.keys().zip(0..).map(|(name, number)| (name.as_str(), number)).collect();
        let mut encoder = Self { strings: BTreeMap::new(), definitions: numbers };
        for node in definitions.values() {
            encoder.collect_node(node);
        }
        encoder
    }

    fn collect(&mut self, texts: impl IntoIterator<Item = &'a str>) {
        self.strings.extend(texts.into_iter().map(|text| (text, 0)));
    }

    fn collect_node(&mut self, node: &'a Node) {
        match &node.shape {
            Shape::String { values, .. } => self.collect(values.iter().map(String::as_str)),
            Shape::List { item, list_type } => {
                if let ListType::Map(keys) = list_type {
                    self.collect(keys.iter().map(|key| key.as_str()));
                }
                self.collect_node(item);
            }
            Shape::Map { value } => self.collect_node(value),
            Shape::Object { fields, others } => {
                for field in fields {
                    self.collect([field.name.as_str()]);
                    self.collect_node(&field.node);
                }
                if let Some(others) = others {
                    self.collect_node(others);
                }
            }
            _ => {}
        }
    }

    fn number_strings(&mut self) {
        for (number, slot) in (0..).zip(self.strings.values_mut()) {
            *slot = number;
        }
    }

    fn string(&self, text: &str) -> u64 {
        self.strings[text]
    }

    fn definition(&self, name: &str) -> Result<u64, String> {
        self.definitions.get(name).copied().ok_or_else(|| format!("no definition {name}"))
    }

    fn node(&self, out: &mut Vec<u8>, node: &Node) -> Result<(), String> {
        let flags = u8::from(node.nullable) << 5;
        let mut head = |tag: u8| out.push(tag | flags);
        match &node.shape {
            Shape::Any => head(0),
            Shape::String { format: None, values } if values.is_empty() => head(1),
            Shape::String { format: Some(format), values } if values.is_empty() => {
                head(2);
                out.push(format_number(*format));
            }
            Shape::String { format: None, values } => {
                head(3);
                varint(out, values.len() as u64);
                for value in values {
                    varint(out, self.string(value));
                }
            }
            Shape::String { .. } => return Err(format!("a format and values: {node:?}")),
            Shape::Integer { narrow } => head(if *narrow { 5 } else { 4 }),
            Shape::Number => head(6),
            Shape::Boolean => head(7),
            Shape::IntOrString => head(8),
            Shape::Quantity => head(9),
            Shape::List { item, list_type } => {
                match list_type {
                    ListType::Atomic => head(10),
                    ListType::Set => head(11),
                    ListType::Map(keys) => {
                        head(12);
                        varint(out, keys.len() as u64);
                        for key in keys.iter() {
                            varint(out, self.string(key));
                        }
                    }
                }
                self.node(out, item)?;
            }
            Shape::Map { value } => {
                head(13);
                self.node(out, value)?;
            }
            Shape::Object { fields, others } => {
                head(if others.is_some() { 15 } else { 14 });
                if let Some(others) = others {
                    self.node(out, others)?;
                }
                varint(out, fields.len() as u64);
                for field in fields {
                    let masked = field.minors != ALL;
                    varint(out, self.string(&field.name) << 2 | u64::from(field.required) << 1 | u64::from(masked));
                    if masked {
                        varint(out, u64::from(field.minors));
                    }
                    self.node(out, &field.node)?;
                }
            }
            Shape::Reference(name) => {
                head(17);
                varint(out, self.definition(name)?);
            }
        }
        Ok(())
    }
}

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

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value > 127 {
        out.push(value as u8 | 128);
        value >>= 7;
    }
    out.push(value as u8);
}
