//! One mistake in a sound document.

use serde_json::{Map, Value as Json};

use super::Document;
use crate::random::Random;

/// Many mutations of some documents.
pub(super) fn all(sound: &[&Json], count: usize, random: &mut Random) -> Vec<Document> {
    let mut made = Vec::with_capacity(count);
    let mut attempts = 0;
    while made.len() < count && attempts < count * 20 {
        attempts += 1;
        let Some(original) = random.pick(sound) else { break };
        let mut json = (*original).clone();
        let places = maps(&json, &mut Vec::new());
        let Some(place) = random.pick(&places).cloned() else { continue };
        let Some(map) = json.pointer_mut(&place).and_then(Json::as_object_mut) else { continue };
        let Some(what) = mutate(map, random) else { continue };
        // Another kind would only have no schema.
        if place.is_empty() && (json["apiVersion"] != original["apiVersion"] || json["kind"] != original["kind"]) {
            continue;
        }
        made.push(Document {
            from: format!("{what} in {}{place}", original["kind"].as_str().unwrap_or_default()),
            json,
        });
    }
    made
}

/// Pointers to all maps.
fn maps(json: &Json, path: &mut Vec<String>) -> Vec<String> {
    let mut found = Vec::new();
    let pointer = |path: &[String]| path.iter().map(|part| format!("/{part}")).collect::<String>();
    match json {
        Json::Object(map) => {
            if !map.is_empty() {
                found.push(pointer(path));
            }
            for (key, value) in map {
                path.push(key.replace('~', "~0").replace('/', "~1"));
                found.extend(maps(value, path));
                path.pop();
            }
        }
        Json::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                path.push(index.to_string());
                found.extend(maps(value, path));
                path.pop();
            }
        }
        _ => {}
    }
    found
}

/// Change one thing in a map; says what.
fn mutate(map: &mut Map<String, Json>, random: &mut Random) -> Option<String> {
    let keys: Vec<String> = map.keys().cloned().collect();
    let key = random.pick(&keys)?.clone();
    let value = map.get(&key)?.clone();
    Some(match random.below(11) {
        0 => {
            map.remove(&key);
            format!("drop {key}")
        }
        1 => {
            let mut letters: Vec<char> = key.chars().collect();
            letters.remove(random.below(letters.len()));
            let typo: String = letters.into_iter().collect();
            if typo.is_empty() || map.contains_key(&typo) {
                return None;
            }
            let value = map.remove(&key)?;
            map.insert(typo.clone(), value);
            format!("{typo} for {key}")
        }
        2 => {
            map.insert(key.clone(), Json::Null);
            format!("null {key}")
        }
        3 => {
            let turned = match &value {
                Json::Number(number) => Json::String(number.to_string()),
                Json::Bool(truth) => Json::String(truth.to_string()),
                Json::String(text) => text.parse::<i64>().map_or(Json::Bool(true), Json::from),
                Json::Array(items) => items.first().cloned().unwrap_or(Json::Bool(false)),
                Json::Object(_) => Json::Array(vec![value.clone()]),
                Json::Null => return None,
            };
            map.insert(key.clone(), turned);
            format!("type of {key}")
        }
        4 => {
            map.insert("unknownField".to_owned(), value);
            "unknownField".to_owned()
        }
        5 => {
            let items = map.get_mut(&key)?.as_array_mut()?;
            let item = items.first()?.clone();
            items.push(item);
            format!("repeat in {key}")
        }
        6 => {
            let number = map.get(&key)?.as_i64()?;
            let changed = if random.below(2) == 0 { Json::from(number as f64 + 0.5) } else { Json::from(number << 40) };
            map.insert(key.clone(), changed);
            format!("number {key}")
        }
        7 => {
            let text = value.as_str()?;
            map.insert(key.clone(), Json::String(text.to_lowercase()));
            format!("case of {key}")
        }
        8 => {
            let text = value.as_str()?;
            map.insert(key.clone(), Json::String(format!("{text}!")));
            format!("text {key}")
        }
        9 => {
            let items = map.get_mut(&key)?.as_array_mut()?;
            items.push(Json::Null);
            format!("null in {key}")
        }
        _ => {
            let inner: Vec<(String, Json)> = value.as_object()?.clone().into_iter().collect();
            let (name, moved) = random.pick(&inner)?.clone();
            if map.contains_key(&name) {
                return None;
            }
            map.get_mut(&key)?.as_object_mut()?.remove(&name);
            map.insert(name.clone(), moved);
            format!("{name} one level up")
        }
    })
}
