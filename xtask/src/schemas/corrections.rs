//! What the API server does that the OpenAPI documents of Kubernetes do not say: closed sets of texts
//! from the sources, and `schemas/kubernetes.txt`, which says what not even they do.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::fetch;
use super::go::Packages;
use super::shape::{Field, Node, Shape};

const LIST: &str = "schemas/kubernetes.txt";

/// Definition and field.
type Place = (String, String);

#[derive(Default)]
pub(super) struct Corrections {
    /// The texts, each with the first minor version that has it.
    values: BTreeMap<Place, Vec<(String, u32)>>,
    optional: BTreeSet<Place>,
    unused: BTreeSet<Place>,
}

impl Corrections {
    pub(super) fn read() -> Result<Self, String> {
        let mut corrections = Self::default();
        for line in fetch::read(Path::new(LIST))?.lines().filter(|line| !line.starts_with('#')) {
            let wrong = || format!("{LIST}: {line}");
            let place = match line.split('\t').collect::<Vec<_>>()[..] {
                ["optional", definition, field] => {
                    let place = (definition.to_owned(), field.to_owned());
                    corrections.optional.insert(place.clone());
                    place
                }
                ["values", definition, field, values] => {
                    let place = (definition.to_owned(), field.to_owned());
                    let values = values.split('|').map(value).collect::<Option<_>>().ok_or_else(wrong)?;
                    corrections.values.insert(place.clone(), values);
                    place
                }
                _ => return Err(wrong()),
            };
            corrections.unused.insert(place);
        }
        Ok(corrections)
    }

    /// The fields of a definition that hold one of a closed set of texts in a minor version, or a list of
    /// them.
    pub(super) fn closed(
        &self,
        definition: &str,
        packages: &Packages,
        minor: u32,
    ) -> Result<BTreeMap<String, Vec<String>>, String> {
        let mut closed = BTreeMap::new();
        let listed = self.values.range((definition.to_owned(), String::new())..);
        for ((_, field), values) in listed.take_while(|((of, _), _)| of == definition) {
            let values = values.iter().filter(|(_, since)| *since <= minor);
            closed.insert(field.clone(), values.map(|(value, _)| value.clone()).collect());
        }
        for (field, values) in packages.closed(definition) {
            if closed.contains_key(&field) {
                continue;
            }
            let unread = || format!("1.{minor}: {LIST} has to say what {field} of {definition} allows");
            closed.insert(field.clone(), values.ok_or_else(unread)?);
        }
        Ok(closed)
    }

    /// Whether nothing refuses an object without a field that is said to be required.
    pub(super) fn is_optional(&self, definition: &str, field: &str) -> bool {
        self.optional.contains(&(definition.to_owned(), field.to_owned()))
    }

    /// Correct what a definition says in a minor version.
    pub(super) fn apply(
        &mut self,
        definition: &str,
        packages: &Packages,
        minor: u32,
        node: &mut Node,
    ) -> Result<(), String> {
        let Shape::Object { fields, .. } = &mut node.shape else { return Ok(()) };
        let mut closed = self.closed(definition, packages, minor)?;
        for field in fields {
            self.unused.remove(&(definition.to_owned(), field.name.clone()));
            if self.is_optional(definition, &field.name) {
                field.required = false;
            }
            if let Some(values) = closed.remove(&field.name) {
                close(field, values).map_err(|error| format!("1.{minor}: {definition}: {error}"))?;
            }
        }
        Ok(())
    }

    /// A row that corrects nothing is a mistake, or is not needed any more.
    pub(super) fn were_used(&self) -> Result<(), String> {
        if self.unused.is_empty() { Ok(()) } else { Err(format!("{LIST}: nothing has {:?}", self.unused)) }
    }
}

/// `text`, `text@33`, `""`.
fn value(text: &str) -> Option<(String, u32)> {
    let (value, since) = text.split_once('@').unwrap_or((text, "0"));
    Some((if value == "\"\"" { String::new() } else { value.to_owned() }, since.parse().ok()?))
}

fn close(field: &mut Field, closed: Vec<String>) -> Result<(), String> {
    let shape = match &mut field.node.shape {
        Shape::List { item, .. } => &mut item.shape,
        shape => shape,
    };
    match shape {
        Shape::String { format: None, values } => {
            *values = closed;
            Ok(())
        }
        shape => Err(format!("{shape:?} cannot be a closed set of texts")),
    }
}
