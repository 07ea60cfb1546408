//! Label selectors, as text in Kubernetes' own form (`app=web,tier in (a,b),!legacy`) and as
//! something that matches labels.
//!
//! Invariant: knows labels, not what has them.

use crate::model::kubernetes::scalar;
use crate::value::{Data, Known, Reason, Str, Unknown, Value};

/// What labels must be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Selector<'a> {
    requirements: Vec<Requirement<'a>>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Requirement<'a> {
    key: &'a str,
    test: Test<'a>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Test<'a> {
    In(Vec<&'a str>),
    NotIn(Vec<&'a str>),
    Exists,
    Absent,
}

/// A map of labels as text; `None` if it is empty or no map.
#[must_use]
pub fn of_labels(labels: &Value) -> Option<Known<Str>> {
    let mut parts = Vec::new();
    if let Some(unknown) = add_labels(labels, &mut parts) {
        return Some(Known::Unknown(unknown));
    }
    (!parts.is_empty()).then(|| Known::Value(Str::from(parts.join(","))))
}

/// A `LabelSelector` as text; `None` if it is empty, which selects everything, or no map.
#[must_use]
pub fn of_label_selector(selector: &Value) -> Option<Known<Str>> {
    if let Data::Unknown(unknown) = &selector.data {
        return Some(Known::Unknown(unknown.clone()));
    }
    let mut parts = Vec::new();
    if let Some(unknown) = selector.get("matchLabels").and_then(|labels| add_labels(labels, &mut parts)) {
        return Some(Known::Unknown(unknown));
    }
    for expression in selector.get("matchExpressions").map(Value::items).unwrap_or_default() {
        let mut values = Vec::new();
        for value in expression.get("values").map(Value::items).unwrap_or_default() {
            match scalar(Some(value)) {
                Known::Value(value) => values.push(value),
                Known::Unknown(unknown) => return Some(Known::Unknown(unknown)),
                Known::Absent => values.push(Str::default()),
            }
        }
        let values = values.join(",");
        let key = expression.str_at(&["key"])?;
        parts.push(match expression.str_at(&["operator"])? {
            "In" => format!("{key} in ({values})"),
            "NotIn" => format!("{key} notin ({values})"),
            "Exists" => key.to_owned(),
            "DoesNotExist" => format!("!{key}"),
            _ => return None,
        });
    }
    (!parts.is_empty()).then(|| Known::Value(Str::from(parts.join(","))))
}

fn add_labels(labels: &Value, parts: &mut Vec<String>) -> Option<Unknown> {
    if let Data::Unknown(unknown) = &labels.data {
        return Some(unknown.clone());
    }
    let map = labels.as_map()?;
    for entry in map.iter() {
        match scalar(Some(&entry.value)) {
            Known::Value(value) => parts.push(format!("{}={value}", entry.key)),
            Known::Unknown(unknown) => return Some(unknown),
            Known::Absent => parts.push(format!("{}=", entry.key)),
        }
    }
    map.open.clone()
}

impl<'a> Selector<'a> {
    /// Read what [`of_labels`] and [`of_label_selector`] write.
    #[must_use]
    pub fn parse(text: &'a str) -> Self {
        let mut requirements = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            // A comma in parentheses separates values.
            let end = match (rest.find(','), rest.find('(')) {
                (Some(comma), Some(open)) if open < comma => rest.find(')').map_or(rest.len(), |at| at + 1),
                (Some(comma), _) => comma,
                (None, _) => rest.len(),
            };
            requirements.push(requirement(&rest[..end]));
            rest = rest[end..].trim_start_matches(',');
        }
        Self { requirements }
    }

    /// Labels that certainly must be there with one value, to look them up by.
    pub fn equalities(&self) -> impl Iterator<Item = (&'a str, &'a str)> + '_ {
        self.requirements.iter().filter_map(|requirement| match &requirement.test {
            Test::In(values) => match values.as_slice() {
                [only] => Some((requirement.key, *only)),
                _ => None,
            },
            _ => None,
        })
    }

    /// This, with another value for the labels that must be equal to one.
    #[must_use]
    pub fn with(mut self, label: (&str, &str), value: &'a str) -> Self {
        for requirement in self.requirements.iter_mut().filter(|requirement| requirement.key == label.0) {
            if matches!(&requirement.test, Test::In(values) if values.as_slice() == [label.1]) {
                requirement.test = Test::In(vec![value]);
            }
        }
        self
    }

    /// Keys of labels that certainly must be there.
    pub fn needed(&self) -> impl Iterator<Item = &'a str> + '_ {
        let is_needed = |requirement: &&Requirement<'_>| matches!(requirement.test, Test::In(_) | Test::Exists);
        self.requirements.iter().filter(is_needed).map(|requirement| requirement.key)
    }

    /// Whether labels are selected.
    #[must_use]
    pub fn matches(&self, labels: Option<&Value>) -> Known<()> {
        if let Some(unknown) = labels.and_then(Value::unknown) {
            return Known::Unknown(unknown.clone());
        }
        let open = labels.and_then(Value::as_map).and_then(|map| map.open.as_ref());
        let mut unknown = None;
        for Requirement { key, test } in &self.requirements {
            let value = labels.and_then(|labels| labels.get(key));
            if value.is_none()
                && let Some(open) = open
            {
                unknown.get_or_insert(open.clone());
                continue;
            }
            let holds = match (test, value) {
                (Test::Exists, value) => value.is_some(),
                (Test::Absent, value) => value.is_none(),
                (Test::In(_), None) => false,
                (Test::NotIn(_), None) => true,
                (Test::In(values) | Test::NotIn(values), Some(value)) => match scalar(Some(value)) {
                    Known::Unknown(why) => {
                        unknown.get_or_insert(why);
                        continue;
                    }
                    known => {
                        let text = known.value().map_or("", Str::as_str);
                        values.contains(&text) == matches!(test, Test::In(_))
                    }
                },
            };
            if !holds {
                return Known::Absent;
            }
        }
        unknown.map_or(Known::Value(()), Known::Unknown)
    }
}

fn requirement(text: &str) -> Requirement<'_> {
    if let Some(key) = text.strip_prefix('!') {
        return Requirement { key, test: Test::Absent };
    }
    if let Some((key, list)) = text.split_once(" notin ") {
        return Requirement { key, test: Test::NotIn(items(list)) };
    }
    if let Some((key, list)) = text.split_once(" in ") {
        return Requirement { key, test: Test::In(items(list)) };
    }
    match text.split_once('=') {
        Some((key, value)) => Requirement { key, test: Test::In(vec![value]) },
        None => Requirement { key: text, test: Test::Exists },
    }
}

fn items(list: &str) -> Vec<&str> {
    list.trim_start_matches('(').trim_end_matches(')').split(',').collect()
}

/// Why labels that a program writes are not known.
#[must_use]
pub fn labels_of_operator() -> Unknown {
    Unknown::new(Reason::Operator, "labels that an operator sets", None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{FileId, Span};
    use crate::value::{Entry, Map, Origin};

    fn labels(pairs: &[(&str, &str)]) -> Value {
        let origin = Origin::Source(Span::start_of(FileId(0)));
        let entry = |(key, value): &(&str, &str)| Entry {
            key: Str::from(*key),
            key_origin: origin.clone(),
            value: Value::string(*value, origin.clone()),
        };
        Value::map(Map::from_unique(pairs.iter().map(entry).collect()), origin.clone())
    }

    fn matches(selector: &str, pairs: &[(&str, &str)]) -> bool {
        matches!(Selector::parse(selector).matches(Some(&labels(pairs))), Known::Value(()))
    }

    #[test]
    fn the_forms_of_kubernetes() {
        let web = [("app", "web"), ("tier", "front")];
        assert!(matches("app=web", &web));
        assert!(matches("app=web,tier in (front,back)", &web));
        assert!(matches("tier in (front,back),app=web", &web));
        assert!(matches("tier notin (back),app,!legacy", &web));
        assert!(!matches("tier notin (front)", &web));
        assert!(!matches("app=web,legacy", &web));
        assert!(!matches("!app", &web));
        assert!(matches("legacy notin (yes)", &web), "absent is not in");
    }
}
