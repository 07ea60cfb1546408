//! Which resources a selector selects (`resmap.Select`): by what they were called at first or are
//! called now, by their kind, and by labels and annotations.

use regex::Regex;

use super::decode::Wrong;
use crate::render::kustomize::configuration::scalar_text;
use crate::render::kustomize::pattern;
use crate::render::kustomize::resource::{Resource, ResourceId};
use crate::value::Value;

/// A selector.
pub(super) struct Selector {
    group: Option<Regex>,
    version: Option<Regex>,
    kind: Option<Regex>,
    name: Option<Regex>,
    namespace: Option<Regex>,
    labels: Vec<Requirement>,
    annotations: Vec<Requirement>,
}

impl Selector {
    /// Read a selector; nothing fits everything.
    pub(super) fn new(selector: Option<&Value>) -> Result<Self, Wrong> {
        let text = |field: &str| {
            let value = selector?.get(field)?;
            value.as_str().filter(|text| !text.is_empty()).map(|text| (value, text))
        };
        let regex = |field: &str| match text(field) {
            None => Ok(None),
            Some((value, text)) => pattern::compile_whole(text).map(Some).map_err(|why| (value.span(), why)),
        };
        let requirements = |field: &str| match text(field) {
            None => Ok(Vec::new()),
            Some((value, text)) => parse(text).ok_or_else(|| (value.span(), format!("`{text}` is no selector"))),
        };
        Ok(Self {
            group: regex("group")?,
            version: regex("version")?,
            kind: regex("kind")?,
            name: regex("name")?,
            namespace: regex("namespace")?,
            labels: requirements("labelSelector")?,
            annotations: requirements("annotationSelector")?,
        })
    }

    /// Whether a resource is selected.
    pub(super) fn selects(&self, resource: &Resource) -> bool {
        let fits = |regex: &Option<Regex>, text: &str| regex.as_ref().is_none_or(|regex| regex.is_match(text));
        let (original, current) = (resource.original_id(), resource.id());
        let either = |regex: &Option<Regex>, of: fn(&ResourceId) -> &str| {
            fits(regex, of(&original)) || fits(regex, of(&current))
        };
        let namespace = |id: &ResourceId| match id.namespace.as_str() {
            // What kustomize takes for the namespace of what has none.
            "" => "_non_namespaceable_".to_owned(),
            namespace => namespace.to_owned(),
        };
        let gvk = resource.gvk();
        let all = |requirements: &[Requirement], field: &str| {
            let map = resource.value.at(&["metadata", field]);
            requirements.iter().all(|requirement| requirement.holds(map))
        };
        (fits(&self.namespace, &namespace(&original)) || fits(&self.namespace, &namespace(&current)))
            && either(&self.name, |id| &id.name)
            && fits(&self.group, &gvk.group)
            && fits(&self.version, &gvk.version)
            && fits(&self.kind, &gvk.kind)
            && all(&self.labels, "labels")
            && all(&self.annotations, "annotations")
    }
}

/// One condition of a label selector.
#[derive(Debug, PartialEq, Eq)]
struct Requirement {
    key: String,
    is: Condition,
}

#[derive(Debug, PartialEq, Eq)]
enum Condition {
    Present,
    Absent,
    In(Vec<String>),
    NotIn(Vec<String>),
    Above(i64),
    Below(i64),
}

impl Requirement {
    fn holds(&self, map: Option<&Value>) -> bool {
        let value = map.and_then(|map| map.get(&self.key)).map(|value| scalar_text(value).unwrap_or_default());
        let number = || value.as_ref().and_then(|value| value.parse::<i64>().ok());
        match (&self.is, &value) {
            (Condition::Present, value) => value.is_some(),
            (Condition::Absent, value) => value.is_none(),
            (Condition::In(values), value) => value.as_ref().is_some_and(|value| values.iter().any(|one| one == value)),
            (Condition::NotIn(values), value) => {
                value.as_ref().is_none_or(|value| values.iter().all(|one| one != value))
            }
            (Condition::Above(limit), _) => number().is_some_and(|number| number > *limit),
            (Condition::Below(limit), _) => number().is_some_and(|number| number < *limit),
        }
    }
}

/// The conditions of a text (`k8s.io/apimachinery/pkg/labels.Parse`); `None` if it is no selector.
fn parse(text: &str) -> Option<Vec<Requirement>> {
    let mut found = Vec::new();
    let mut rest = text;
    loop {
        let end = match (rest.find('('), rest.find(',')) {
            (Some(open), Some(comma)) if open < comma => {
                let close = rest.find(')')?;
                close + rest[close..].find(',').unwrap_or(rest.len() - close)
            }
            (_, Some(comma)) => comma,
            _ => rest.len(),
        };
        found.push(requirement(rest[..end].trim())?);
        match rest.get(end + 1..) {
            Some(next) => rest = next,
            None => return Some(found),
        }
    }
}

fn requirement(text: &str) -> Option<Requirement> {
    if let Some(key) = text.strip_prefix('!') {
        return Some(Requirement { key: key_of(key)?, is: Condition::Absent });
    }
    if let Some((head, values)) = text.split_once('(') {
        let values: Option<Vec<String>> = values.strip_suffix(')')?.split(',').map(value_of).collect();
        let (key, operator) = head.trim().rsplit_once(char::is_whitespace)?;
        let is = match operator {
            "in" => Condition::In(values?),
            "notin" => Condition::NotIn(values?),
            _ => return None,
        };
        return Some(Requirement { key: key_of(key)?, is });
    }
    let Some(at) = text.find(['=', '!', '<', '>']) else {
        return Some(Requirement { key: key_of(text)?, is: Condition::Present });
    };
    let (key, operation) = text.split_at(at);
    let operators = [("==", 0), ("!=", 1), ("=", 0), (">", 2), ("<", 3)];
    let (operator, code) = operators.into_iter().find(|(operator, _)| operation.starts_with(operator))?;
    let value = value_of(&operation[operator.len()..])?;
    let is = match code {
        0 => Condition::In(vec![value]),
        1 => Condition::NotIn(vec![value]),
        2 => Condition::Above(value.parse().ok()?),
        _ => Condition::Below(value.parse().ok()?),
    };
    Some(Requirement { key: key_of(key)?, is })
}

fn is_word(text: &str) -> bool {
    text.len() <= 63
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.ends_with(|c: char| c.is_ascii_alphanumeric())
}

/// A key: a name, behind a domain and a slash if there is one.
fn key_of(text: &str) -> Option<String> {
    let key = text.trim();
    let (domain, name) = key.split_once('/').map_or((None, key), |(domain, name)| (Some(domain), name));
    let is_domain = |domain: &str| {
        !domain.is_empty()
            && domain.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte))
    };
    (is_word(name) && domain.is_none_or(is_domain)).then(|| key.to_owned())
}

fn value_of(text: &str) -> Option<String> {
    let value = text.trim();
    (value.is_empty() || is_word(value)).then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_are_lists_of_conditions() {
        let conditions = parse("a in (b, c),d/e!=f , !g,h,i>3").expect("a selector");
        assert_eq!(conditions.len(), 5);
        assert_eq!(conditions[0].is, Condition::In(vec!["b".to_owned(), "c".to_owned()]));
        assert_eq!(conditions[1].is, Condition::NotIn(vec!["f".to_owned()]));
        assert_eq!(conditions[1].key, "d/e");
        assert_eq!(conditions[4].is, Condition::Above(3));
        for text in ["a=b=c", "a in b", "a in (b", "=b", "a,", "a>b", "a like (b)"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
