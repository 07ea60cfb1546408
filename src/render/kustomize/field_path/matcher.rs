//! All nodes at the end of a path, and places where such nodes can be made
//! (`kyaml/yaml.PathMatcher`).

use std::sync::Arc;

use regex::Regex;

use super::{Failure, Part, Written, describe, position};
use crate::render::kustomize::pattern;
use crate::syntax::yaml::{Schema, inline};
use crate::value::{Data, Entry, Map, Origin, Value};

/// A node that was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::render::kustomize) enum Match {
    /// It is there.
    At(Vec<u32>),
    /// The rest of the path can be made at this node; so many parts of the path are left.
    Missing(Vec<u32>, usize),
    /// kustomize writes to a copy, and so to nowhere.
    Nowhere,
}

/// What a node that was made is until it is set.
#[derive(Clone, PartialEq, Debug)]
pub(in crate::render::kustomize) enum Fresh {
    /// Nothing.
    Empty,
    /// The item that the last part of the path stands for.
    Item(Value),
}

/// Finds nodes.
pub(in crate::render::kustomize) struct Matcher<'a> {
    parts: &'a [String],
    /// Compiled parts such as `[name=nginx.*]`, by position; the expression stands anywhere in the
    /// text.
    patterns: Vec<Option<Result<Regex, String>>>,
    create: bool,
    written: Written<'a>,
}

impl<'a> Matcher<'a> {
    /// A matcher for a path, which finds places of missing nodes too if `create`.
    pub(in crate::render::kustomize) fn new(parts: &'a [String], create: bool, written: Written<'a>) -> Self {
        let compile = |part: &String| match Part::of(part) {
            Part::Item(_, text) => Some(pattern::compile(text)),
            _ => None,
        };
        Self { parts, patterns: parts.iter().map(compile).collect(), create, written }
    }

    /// All nodes of a value.
    ///
    /// # Errors
    /// If the path does not fit, or what is there is unknown.
    pub(in crate::render::kustomize) fn find(&self, root: &Value) -> Result<Vec<Match>, Failure> {
        let mut found = Vec::new();
        self.walk(root, 0, &mut Vec::new(), &mut found)?;
        Ok(found)
    }

    fn walk(&self, value: &Value, at: usize, steps: &mut Vec<u32>, found: &mut Vec<Match>) -> Result<(), Failure> {
        let Some(part) = self.parts.get(at) else {
            found.push(Match::At(steps.clone()));
            return Ok(());
        };
        if let Data::Unknown(why) = &value.data {
            return Err(Failure::Unknown(why.clone()));
        }
        match Part::of(part) {
            _ if part == "*" => {
                for (step, item) in (0..).zip(items(value, part)?) {
                    self.step(item, at + 1, step, steps, found)?;
                }
                Ok(())
            }
            Part::Index(index) => self.index(value, at, index, steps, found),
            Part::Item(field, _) => self.items(value, at, field, steps, found),
            Part::Invalid if part.starts_with('[') => Failure::mismatch(format!("`{part}` selects no item")),
            Part::Invalid => self.key(value, at, part, steps, found),
            Part::Key(key) => self.key(value, at, key, steps, found),
        }
    }

    fn step(
        &self,
        value: &Value,
        at: usize,
        step: u32,
        steps: &mut Vec<u32>,
        found: &mut Vec<Match>,
    ) -> Result<(), Failure> {
        steps.push(step);
        let result = self.walk(value, at, steps, found);
        steps.pop();
        result
    }

    fn index(
        &self,
        value: &Value,
        at: usize,
        index: u32,
        steps: &mut Vec<u32>,
        found: &mut Vec<Match>,
    ) -> Result<(), Failure> {
        let items = items(value, &self.parts[at])?;
        match items.get(index as usize) {
            Some(item) => self.step(item, at + 1, index, steps, found),
            None if self.create && items.len() == index as usize => {
                self.missing(value, at, steps, found);
                Ok(())
            }
            None => Failure::mismatch(format!("there is no item {index} in a list of {}", items.len())),
        }
    }

    fn items(
        &self,
        value: &Value,
        at: usize,
        field: &str,
        steps: &mut Vec<u32>,
        found: &mut Vec<Match>,
    ) -> Result<(), Failure> {
        let items = items(value, &self.parts[at])?;
        let before = found.len();
        for (step, item) in (0..).zip(items) {
            if let Data::Unknown(why) = &item.data {
                return Err(Failure::Unknown(why.clone()));
            }
            let text = if field.is_empty() { Some(item) } else { item.get(field) };
            let Some(text) = text else { continue };
            if let Data::Unknown(why) = &text.data {
                return Err(Failure::Unknown(why.clone()));
            }
            let pattern = match &self.patterns[at] {
                Some(Ok(pattern)) => pattern,
                Some(Err(why)) => return Failure::mismatch(why.clone()),
                None => continue,
            };
            if !pattern.is_match(self.written.printed(text).trim()) {
                continue;
            }
            if field.is_empty() {
                // What stands behind an item of scalars is not looked at.
                steps.push(step);
                found.push(Match::At(steps.clone()));
                steps.pop();
            } else {
                self.step(item, at + 1, step, steps, found)?;
            }
        }
        if self.create && found.len() == before {
            self.missing(value, at, steps, found);
        }
        Ok(())
    }

    fn key(
        &self,
        value: &Value,
        at: usize,
        key: &str,
        steps: &mut Vec<u32>,
        found: &mut Vec<Match>,
    ) -> Result<(), Failure> {
        let map = match &value.data {
            // A null is never a map. What is made in it is lost.
            Data::Null => {
                if self.create {
                    found.push(Match::Nowhere);
                }
                return Ok(());
            }
            Data::Map(map) if !key.is_empty() => map,
            _ => return Failure::mismatch(format!("`{key}` does not fit {}", describe(value))),
        };
        let Some((step, next)) = position(map, key).zip(map.get(key)) else {
            if let Some(why) = &map.open {
                return Err(Failure::Unknown(why.clone()));
            }
            if self.create {
                self.missing(value, at, steps, found);
            }
            return Ok(());
        };
        let is_scalar = !matches!(next.data, Data::List(_) | Data::Map(_) | Data::Unknown(_));
        if is_scalar && at + 1 < self.parts.len() {
            return self.within(next, at + 1, found);
        }
        self.step(next, at + 1, step, steps, found)
    }

    /// The path leads into the text of a scalar: kustomize parses it and writes to what it parsed.
    fn within(&self, scalar: &Value, at: usize, found: &mut Vec<Match>) -> Result<(), Failure> {
        let Some(parsed) = parse(scalar, self.written) else {
            return Failure::mismatch(format!("`{}` does not fit a scalar", self.parts[at]));
        };
        let mut inner = Vec::new();
        self.walk(&parsed, at, &mut Vec::new(), &mut inner)?;
        found.extend(inner.iter().map(|_| Match::Nowhere));
        Ok(())
    }

    fn missing(&self, value: &Value, at: usize, steps: &[u32], found: &mut Vec<Match>) {
        let left = self.parts.len() - at;
        found.push(if value.is_null() { Match::Nowhere } else { Match::Missing(steps.to_vec(), left) });
    }
}

/// The first document in the text of a scalar; `None` if it is no YAML or empty.
pub(in crate::render::kustomize) fn parse(scalar: &Value, written: Written<'_>) -> Option<Value> {
    let text = written.text(scalar);
    inline(written.file(scalar), scalar.span(), &text, Schema::Kustomize)?.into_iter().next()
}

fn items<'v>(value: &'v Value, part: &str) -> Result<&'v [Value], Failure> {
    match &value.data {
        Data::List(_) | Data::Null => Ok(value.items()),
        _ => Failure::mismatch(format!("`{part}` does not fit {}", describe(value))),
    }
}

/// Make the parts of a path in a map or list, and return the way from it to the new leaf.
///
/// # Errors
/// If kustomize cannot make them.
pub(in crate::render::kustomize) fn make(
    value: &mut Value,
    parts: &[String],
    made: &Origin,
) -> Result<(Vec<u32>, Fresh), Failure> {
    let mut steps = Vec::new();
    let mut value = value;
    let mut fresh = Fresh::Empty;
    for (at, part) in parts.iter().enumerate() {
        let next = parts.get(at + 1).map(|part| Part::of(part));
        let empty = match next {
            None => Data::Null,
            Some(Part::Index(_) | Part::Item(..)) => Data::List(Arc::default()),
            Some(Part::Invalid) if parts[at + 1].starts_with('[') => {
                return Failure::mismatch(format!("`{}` selects no item", parts[at + 1]));
            }
            Some(Part::Invalid | Part::Key(_)) => Data::Map(Arc::default()),
        };
        let node = |data| Value { data, origin: made.clone() };
        let text = |text: &str| node(super::untagged(text).unwrap_or(Data::Null));
        let part = part.as_str();
        if part == "*" {
            return Failure::mismatch("`*` in what would have to be made");
        }
        let kind = Part::of(part);
        let step = match (kind, &mut value.data) {
            (Part::Index(_) | Part::Item(..), Data::List(items)) => {
                let items = Arc::make_mut(items);
                let step = items.len();
                match kind {
                    Part::Item("", item) => {
                        items.push(text(item));
                        steps.push(step as u32);
                        return Ok((steps, Fresh::Item(text(item))));
                    }
                    Part::Item(field, item) => {
                        let entry = Entry { key: field.into(), key_origin: made.clone(), value: text(item) };
                        items.push(node(Data::Map(Arc::new(Map::from_unique(vec![entry])))));
                    }
                    Part::Index(index) if index as usize != step => {
                        return Failure::mismatch(format!("there is no item {index} in a list of {step}"));
                    }
                    _ => items.push(node(empty)),
                }
                step
            }
            (Part::Key(_) | Part::Invalid, Data::Map(map)) => {
                let map = Arc::make_mut(map);
                let known = map.iter().position(|entry| entry.key == part);
                match known {
                    // The field by which an item was selected.
                    Some(at) => at,
                    None => {
                        map.push_unique(Entry { key: part.into(), key_origin: made.clone(), value: node(empty) });
                        map.len() - 1
                    }
                }
            }
            _ => return Failure::mismatch(format!("`{part}` does not fit {}", describe(value))),
        };
        steps.push(step as u32);
        value = super::node_mut(value, &[step as u32]).ok_or(Failure::Mismatch(String::new()))?;
        let is_item = matches!(kind, Part::Item(..)) && at + 1 == parts.len();
        fresh = if is_item { Fresh::Item(value.clone()) } else { Fresh::Empty };
    }
    Ok((steps, fresh))
}
