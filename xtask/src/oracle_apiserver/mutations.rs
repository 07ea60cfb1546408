//! One small mistake in an object, of the sorts that people make.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json};

use crate::random::Random;

/// Texts that are wrong in most places, and right in some.
const TEXTS: &[&str] = &[
    "",
    "A_b",
    "a b",
    "-a",
    "a-",
    "a.b",
    "a/b",
    "a//b",
    "../x",
    "/abs",
    "0",
    "1",
    "80",
    "-1",
    "70000",
    "Always",
    "None",
    "Never",
    "100%",
    "150%",
    "0%",
    "5",
    "1.5",
    "100m",
    "512m",
    "1Gi",
    "-1Gi",
    "http",
    "HTTP",
    "*.a",
    "*",
    "a.example.com",
    "10.0.0.0/8",
    "10.0.0.256",
    "fd00::/8",
    "system:a",
    "metadata.name",
    "status.phase",
    "limits.cpu",
    "abcdefghijklmnopq",
    "kubernetes.io/a",
    "ServiceAccount",
    "Localhost",
    "Exists",
    "@daily",
    "* * * * *",
    "60 * * * *",
    "Local",
];

const NUMBERS: &[i64] = &[-1, 0, 1, 2, 3, 80, 100, 101, 511, 512, 644, 65535, 65536, 86401, 2_147_483_647];

/// What stands at each place of each kind in all objects.
pub(crate) struct Pool {
    values: BTreeMap<(String, String), Vec<Json>>,
}

impl Pool {
    /// The values of some objects.
    pub(crate) fn new(objects: &[Json]) -> Self {
        let mut seen = BTreeSet::new();
        let mut values: BTreeMap<(String, String), Vec<Json>> = BTreeMap::new();
        for object in objects {
            visit(object, &mut Vec::new(), &mut |path, value| {
                let place = (kind(object), general(path));
                let list = values.entry(place.clone()).or_default();
                if list.len() < 200 && seen.insert((place, value.to_string())) {
                    list.push(value.clone());
                }
            });
        }
        Self { values }
    }

    /// A changed copy; `None` if there was nothing to change at the place that was drawn.
    pub(crate) fn mutate(&self, object: &Json, random: &mut Random) -> Option<Json> {
        let mut paths = Vec::new();
        visit(object, &mut Vec::new(), &mut |path, _| paths.push(path.to_vec()));
        paths.retain(|path| !matches!(path.first(), None | Some(Step::Key(_))) || !is_head(path));
        let path = random.pick(&paths)?.clone();
        let mut changed = object.clone();
        match random.below(4) {
            // Put something that stands elsewhere at this place.
            0 => {
                let values = self.values.get(&(kind(object), general(&path)))?;
                *at(&mut changed, &path)? = random.pick(values)?.clone();
            }
            // Add a key that others of the kind have here.
            1 => {
                let target = at(&mut changed, &path)?.as_object_mut()?;
                let prefix = format!("{}.", general(&path));
                let found: Vec<_> = self
                    .values
                    .range((kind(object), prefix.clone())..)
                    .take_while(|((of, place), _)| *of == kind(object) && place.starts_with(&prefix))
                    .filter(|((_, place), _)| !place[prefix.len()..].contains(['.', '[']))
                    .collect();
                let ((_, place), values) = random.pick(&found)?;
                target.insert(place[prefix.len()..].to_owned(), random.pick(values)?.clone());
            }
            2 => remove(&mut changed, &path)?,
            _ => scalar(at(&mut changed, &path)?, random)?,
        }
        (changed != *object).then_some(changed)
    }
}

/// Whether a path is one that says what the object is.
fn is_head(path: &[Step]) -> bool {
    matches!(path, [Step::Key(key)] if key == "apiVersion" || key == "kind")
}

fn kind(object: &Json) -> String {
    format!("{}/{}", object["apiVersion"].as_str().unwrap_or_default(), object["kind"].as_str().unwrap_or_default())
}

#[derive(Clone)]
enum Step {
    Key(String),
    Index(usize),
}

fn visit(value: &Json, path: &mut Vec<Step>, see: &mut dyn FnMut(&[Step], &Json)) {
    see(path, value);
    match value {
        Json::Object(map) => {
            for (key, value) in map {
                path.push(Step::Key(key.clone()));
                visit(value, path, see);
                path.pop();
            }
        }
        Json::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                path.push(Step::Index(index));
                visit(value, path, see);
                path.pop();
            }
        }
        _ => {}
    }
}

fn general(path: &[Step]) -> String {
    path.iter()
        .map(|step| match step {
            Step::Key(key) => format!(".{key}"),
            Step::Index(_) => "[]".to_owned(),
        })
        .collect()
}

fn at<'a>(value: &'a mut Json, path: &[Step]) -> Option<&'a mut Json> {
    path.iter().try_fold(value, |value, step| match step {
        Step::Key(key) => value.get_mut(key),
        Step::Index(index) => value.get_mut(index),
    })
}

fn remove(value: &mut Json, path: &[Step]) -> Option<()> {
    let (last, parent) = path.split_last()?;
    match (at(value, parent)?, last) {
        (Json::Object(map), Step::Key(key)) => map.remove(key).map(drop),
        (Json::Array(items), Step::Index(index)) if *index < items.len() => {
            items.remove(*index);
            Some(())
        }
        _ => None,
    }
}

fn scalar(value: &mut Json, random: &mut Random) -> Option<()> {
    match value {
        Json::String(text) => {
            *text = match random.below(8) {
                0 => "x".repeat(64),
                1 => "x".repeat(254),
                2 => format!("{text}_"),
                3 => text.to_uppercase(),
                _ => (*random.pick(TEXTS)?).to_owned(),
            };
        }
        Json::Number(_) => *value = Json::from(*random.pick(NUMBERS)?),
        Json::Bool(truth) => *truth = !*truth,
        Json::Array(items) => match random.below(2) {
            0 => items.clear(),
            _ => items.push(items.first()?.clone()),
        },
        Json::Object(map) => match random.below(3) {
            0 => *map = Map::new(),
            1 => {
                let text = (*random.pick(TEXTS)?).to_owned();
                let first = map.values().next()?.clone();
                map.insert(text, first);
            }
            _ => {
                let key = map.keys().next()?.clone();
                let value = map.remove(&key)?;
                map.insert(format!("{key}x"), value);
            }
        },
        Json::Null => return None,
    }
    Some(())
}
