//! Functions of lists, sets and maps, and conversions between types.

use std::cmp::Ordering;

use super::{
    Arguments, Data, MAX_ITEMS, Map, Outcome, Stop, Value, any_unknown, because, limit, open_map, operators, sorted,
};
use crate::value::{Entry, Unknown};

pub(super) fn call(name: &str, arguments: &Arguments<'_>) -> Option<Outcome> {
    let result = match name {
        "merge" => merge(arguments),
        "lookup" => lookup(arguments),
        "element" => element(arguments),
        "length" => length(arguments),
        "keys" => arguments.closed_map(0).map(|map| {
            let key = |entry: &Entry| Value::string(entry.key.clone(), entry.key_origin.clone());
            arguments.make_list(sorted(map).into_iter().map(key).collect())
        }),
        "values" => arguments
            .closed_map(0)
            .map(|map| arguments.make_list(sorted(map).into_iter().map(|entry| entry.value.clone()).collect())),
        "contains" => contains(arguments),
        "concat" => concat(arguments),
        "flatten" => flatten(arguments),
        "distinct" => arguments.known_list(0).map(|items| arguments.make_list(distinct(&unified(items)))),
        "toset" => to_set(arguments),
        "tolist" => to_list(arguments),
        "tomap" => to_map(arguments),
        "compact" => compact(arguments),
        "zipmap" => zipmap(arguments),
        "setproduct" => product(arguments),
        "setunion" | "setintersection" | "setsubtract" => set_operation(name, arguments),
        "sort" => arguments.texts(0).map(|mut texts| {
            texts.sort();
            arguments.make_texts(texts)
        }),
        "reverse" => arguments.list(0).map(|items| arguments.make_list(items.iter().rev().cloned().collect())),
        "slice" => slice(arguments),
        "range" => range(arguments),
        "index" => index(arguments),
        "coalesce" => coalesce(arguments),
        "coalescelist" => coalesce_list(arguments),
        "chunklist" => chunks(arguments),
        "matchkeys" => match_keys(arguments),
        "one" => one(arguments),
        "alltrue" | "anytrue" => all_or_any(name, arguments),
        "transpose" => transpose(arguments),
        "sensitive" | "nonsensitive" | "ephemeralasnull" => arguments.value(0).cloned(),
        "tostring" => convert(arguments, |value| operators::text(value).map(|text| Data::String(text.into()))),
        "tonumber" => convert(arguments, |value| match &value.data {
            Data::Bool(_) => None,
            _ => operators::number(value).map(operators::normal),
        }),
        "tobool" => convert(arguments, |value| operators::truth(value).map(Data::Bool)),
        _ => return None,
    };
    Some(result.or_else(|stop| stop.outcome(arguments.at)))
}

type Answer = Result<Value, Stop>;

fn convert(arguments: &Arguments<'_>, to: impl Fn(&Value) -> Option<Data>) -> Answer {
    let value = arguments.value(0)?;
    if value.is_null() {
        return Ok(value.clone());
    }
    let data = to(value).map_or_else(|| arguments.fail("cannot be converted"), Ok)?;
    // The same thing in another type was still written where it was written.
    Ok(Value::new(data, value.origin.clone()))
}

fn merge(arguments: &Arguments<'_>) -> Answer {
    let mut out = Map::default();
    for value in arguments.values {
        match &value.data {
            Data::Null => {}
            Data::Map(map) => {
                hide(&mut out, map.open.as_ref());
                for entry in map.iter() {
                    out.insert(entry.key.clone(), entry.key_origin.clone(), entry.value.clone());
                }
            }
            Data::Unknown(why) => hide(&mut out, Some(why)),
            _ => return arguments.fail("a map is expected"),
        }
        if out.len() > MAX_ITEMS {
            return Ok(limit("a collection that is too large", arguments.at));
        }
    }
    if out.is_empty()
        && let Some(why) = &out.open
    {
        return Ok(because(why, arguments.at));
    }
    Ok(arguments.make(Data::Map(out.into())))
}

/// What comes later and cannot be seen may replace any value, but takes no key away.
fn hide(map: &mut Map, why: Option<&Unknown>) {
    if let Some(why) = why {
        for entry in map.iter_mut() {
            entry.value = Value::new(Data::Unknown(why.clone()), entry.value.origin.clone());
        }
        map.open = Some(why.clone());
    }
}

fn lookup(arguments: &Arguments<'_>) -> Answer {
    let map = arguments.map(0)?;
    let key = arguments.text(1)?;
    match (map.get(&key), &map.open, arguments.values.get(2)) {
        (Some(value), ..) => Ok(value.clone()),
        (None, Some(why), _) => Err(Stop::Unknown(why.clone())),
        (None, None, Some(default)) => Ok(default.clone()),
        (None, None, None) => arguments.fail("no such key"),
    }
}

fn element(arguments: &Arguments<'_>) -> Answer {
    let items = arguments.list(0)?;
    let index = arguments.integer(1)?;
    match (usize::try_from(index), items.len()) {
        (Ok(index), len @ 1..) => Ok(items[index % len].clone()),
        _ => arguments.fail("no such element"),
    }
}

fn length(arguments: &Arguments<'_>) -> Answer {
    let value = arguments.value(0)?;
    let length = match &value.data {
        Data::List(items) => items.len(),
        Data::Map(_) => arguments.closed_map(0)?.len(),
        // Terraform counts grapheme clusters.
        Data::String(text) if text.is_ascii() => text.len(),
        Data::String(_) => return Ok(super::unknown("length of text that is not ASCII", arguments.at)),
        _ => return arguments.fail("a collection is expected"),
    };
    Ok(arguments.make(Data::Int(i64::try_from(length).unwrap_or(i64::MAX))))
}

fn contains(arguments: &Arguments<'_>) -> Answer {
    let items = arguments.list(0)?;
    let wanted = arguments.value(1)?;
    let mut why = None;
    for item in items {
        match operators::equal(item, wanted) {
            Some(true) => return Ok(arguments.make(Data::Bool(true))),
            Some(false) => {}
            None => why = why.or_else(|| any_unknown(item)).or_else(|| any_unknown(wanted)),
        }
    }
    why.map_or_else(|| Ok(arguments.make(Data::Bool(false))), |why| Err(Stop::Unknown(why)))
}

fn concat(arguments: &Arguments<'_>) -> Answer {
    let mut out = Vec::new();
    for index in 0..arguments.values.len() {
        out.extend_from_slice(arguments.list(index)?);
        if out.len() > MAX_ITEMS {
            break;
        }
    }
    Ok(arguments.make_list(out))
}

fn flatten(arguments: &Arguments<'_>) -> Answer {
    let mut out = Vec::new();
    // Depth first with an explicit stack: lists may be nested deeply.
    let mut stack: Vec<&Value> = arguments.list(0)?.iter().rev().collect();
    while let Some(value) = stack.pop() {
        match &value.data {
            Data::List(items) => stack.extend(items.iter().rev()),
            Data::Unknown(why) => return Err(Stop::Unknown(why.clone())),
            _ => out.push(value.clone()),
        }
        if out.len() > MAX_ITEMS || stack.len() > 4 * MAX_ITEMS {
            return Ok(limit("a collection that is too large", arguments.at));
        }
    }
    Ok(arguments.make_list(out))
}

fn distinct(items: &[Value]) -> Vec<Value> {
    let mut out: Vec<Value> = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for item in items {
        let fresh = match operators::text(item) {
            Some(text) => seen.insert((matches!(item.data, Data::String(_)), matches!(item.data, Data::Bool(_)), text)),
            None => !out.iter().any(|known| operators::equal(known, item) == Some(true)),
        };
        if fresh {
            out.push(item.clone());
        }
    }
    out
}

/// One type for all items: if some are text, all scalars are.
fn unified(items: &[Value]) -> Vec<Value> {
    let some_text = items.iter().any(|item| matches!(item.data, Data::String(_)));
    let as_text = |item: &Value| match (&item.data, operators::text(item)) {
        (Data::Int(_) | Data::Float(_) | Data::Bool(_), Some(text)) if some_text => {
            Value::string(text, item.origin.clone())
        }
        _ => item.clone(),
    };
    items.iter().map(as_text).collect()
}

fn order(a: &Value, b: &Value) -> Ordering {
    match (&a.data, &b.data) {
        (Data::String(a), Data::String(b)) => a.cmp(b),
        _ => operators::number(a).partial_cmp(&operators::number(b)).unwrap_or(Ordering::Equal),
    }
}

fn set(items: &[Value]) -> Vec<Value> {
    let mut out = distinct(&unified(items));
    out.sort_by(order);
    out
}

fn to_set(arguments: &Arguments<'_>) -> Answer {
    if arguments.value(0)?.is_null() {
        return Ok(arguments.value(0)?.clone());
    }
    let items = set(arguments.known_list(0)?);
    Ok(arguments.make_list(items))
}

fn to_list(arguments: &Arguments<'_>) -> Answer {
    if arguments.value(0)?.is_null() {
        return Ok(arguments.value(0)?.clone());
    }
    Ok(arguments.make_list(unified(arguments.list(0)?)))
}

fn to_map(arguments: &Arguments<'_>) -> Answer {
    if arguments.value(0)?.is_null() {
        return Ok(arguments.value(0)?.clone());
    }
    let map = arguments.map(0)?;
    let values: Vec<Value> = map.iter().map(|entry| entry.value.clone()).collect();
    let mut out = open_map(map.open.clone());
    for (entry, value) in map.iter().zip(unified(&values)) {
        out.push_unique(Entry { key: entry.key.clone(), key_origin: entry.key_origin.clone(), value });
    }
    Ok(arguments.make(Data::Map(out.into())))
}

fn compact(arguments: &Arguments<'_>) -> Answer {
    let items = arguments.known_list(0)?;
    let full = |item: &&Value| !item.is_null() && item.as_str() != Some("");
    Ok(arguments.make_list(items.iter().filter(full).cloned().collect()))
}

fn zipmap(arguments: &Arguments<'_>) -> Answer {
    let keys = arguments.known_list(0)?;
    let values = arguments.list(1)?;
    if keys.len() != values.len() {
        return arguments.fail("keys and values differ in number");
    }
    let mut out = Map::default();
    for (key, value) in keys.iter().zip(values) {
        let Some(text) = operators::text(key) else { return arguments.fail("a key that is not text") };
        out.insert(text, key.origin.clone(), value.clone());
    }
    Ok(arguments.make(Data::Map(out.into())))
}

fn product(arguments: &Arguments<'_>) -> Answer {
    let mut out: Vec<Vec<Value>> = vec![Vec::new()];
    for index in 0..arguments.values.len() {
        let items = arguments.list(index)?;
        if out.len().saturating_mul(items.len()) > MAX_ITEMS {
            return Ok(limit("a collection that is too large", arguments.at));
        }
        let with = |start: &Vec<Value>, item: &Value| start.iter().chain([item]).cloned().collect();
        out = out.iter().flat_map(|start| items.iter().map(move |item| with(start, item))).collect();
    }
    Ok(arguments.make_list(out.into_iter().map(|items| arguments.make_list(items)).collect()))
}

fn set_operation(name: &str, arguments: &Arguments<'_>) -> Answer {
    let mut out = set(arguments.known_list(0)?);
    for index in 1..arguments.values.len() {
        let other = set(arguments.known_list(index)?);
        let has = |item: &Value| other.iter().any(|known| operators::equal(known, item) == Some(true));
        match name {
            "setunion" => out.extend(other),
            "setintersection" => out.retain(has),
            _ => out.retain(|item| !has(item)),
        }
    }
    Ok(arguments.make_list(set(&out)))
}

fn slice(arguments: &Arguments<'_>) -> Answer {
    let items = arguments.list(0)?;
    let bounds = (usize::try_from(arguments.integer(1)?), usize::try_from(arguments.integer(2)?));
    let (Ok(start), Ok(end)) = bounds else { return arguments.fail("out of range") };
    items
        .get(start..end)
        .map_or_else(|| arguments.fail("out of range"), |items| Ok(arguments.make_list(items.to_vec())))
}

fn range(arguments: &Arguments<'_>) -> Answer {
    let (start, end, step) = match arguments.values.len() {
        1 => (0, arguments.integer(0)?, None),
        2 => (arguments.integer(0)?, arguments.integer(1)?, None),
        _ => (arguments.integer(0)?, arguments.integer(1)?, Some(arguments.integer(2)?)),
    };
    let step = step.unwrap_or(if end < start { -1 } else { 1 });
    if step == 0 || (step > 0) != (end > start) && end != start {
        return arguments.fail("a step that does not lead to the end");
    }
    let mut out = Vec::new();
    let mut at = start;
    while (step > 0 && at < end) || (step < 0 && at > end) {
        // Terraform's own limit.
        if out.len() >= 1024 {
            return arguments.fail("more than 1024 values");
        }
        out.push(arguments.make(Data::Int(at)));
        at = at.saturating_add(step);
    }
    Ok(arguments.make_list(out))
}

fn index(arguments: &Arguments<'_>) -> Answer {
    let items = arguments.known_list(0)?;
    let wanted = arguments.value(1)?;
    match items.iter().position(|item| operators::equal(item, wanted) == Some(true)) {
        Some(at) => Ok(arguments.make(Data::Int(i64::try_from(at).unwrap_or(i64::MAX)))),
        None => arguments.fail("no such item"),
    }
}

fn coalesce(arguments: &Arguments<'_>) -> Answer {
    for value in arguments.values {
        match &value.data {
            Data::Unknown(why) => return Err(Stop::Unknown(why.clone())),
            Data::Null => {}
            Data::String(text) if text.is_empty() => {}
            _ => {
                let all = unified(arguments.values);
                let at = arguments.values.iter().position(|other| std::ptr::eq(other, value)).unwrap_or(0);
                return Ok(all[at].clone());
            }
        }
    }
    arguments.fail("no argument has a value")
}

fn coalesce_list(arguments: &Arguments<'_>) -> Answer {
    for index in 0..arguments.values.len() {
        if !arguments.value(index)?.is_null() && !arguments.list(index)?.is_empty() {
            return Ok(arguments.values[index].clone());
        }
    }
    arguments.fail("no argument has items")
}

fn chunks(arguments: &Arguments<'_>) -> Answer {
    let items = arguments.list(0)?;
    let Ok(size) = usize::try_from(arguments.integer(1)?) else { return arguments.fail("a negative size") };
    let size = if size == 0 { items.len().max(1) } else { size };
    Ok(arguments.make_list(items.chunks(size).map(|chunk| arguments.make_list(chunk.to_vec())).collect()))
}

fn match_keys(arguments: &Arguments<'_>) -> Answer {
    let (values, keys, wanted) = (arguments.list(0)?, arguments.known_list(1)?, arguments.known_list(2)?);
    if values.len() != keys.len() {
        return arguments.fail("keys and values differ in number");
    }
    let is_wanted = |key: &Value| wanted.iter().any(|other| operators::equal(key, other) == Some(true));
    let chosen = values.iter().zip(keys).filter(|(_, key)| is_wanted(key)).map(|(value, _)| value.clone());
    Ok(arguments.make_list(chosen.collect()))
}

fn one(arguments: &Arguments<'_>) -> Answer {
    match arguments.list(0)? {
        [] => Ok(Value::new(Data::Null, arguments.at)),
        [only] => Ok(only.clone()),
        _ => arguments.fail("more than one item"),
    }
}

fn all_or_any(name: &str, arguments: &Arguments<'_>) -> Answer {
    let decisive = name == "anytrue";
    let items = arguments.list(0)?;
    if items.iter().any(|item| item.unknown().is_none() && operators::truth(item).unwrap_or(false) == decisive) {
        return Ok(arguments.make(Data::Bool(decisive)));
    }
    arguments.known_list(0)?;
    Ok(arguments.make(Data::Bool(!decisive)))
}

fn transpose(arguments: &Arguments<'_>) -> Answer {
    let map = arguments.closed_map(0)?;
    if let Some(why) = any_unknown(arguments.value(0)?) {
        return Err(Stop::Unknown(why));
    }
    let mut out = Map::default();
    for entry in sorted(map) {
        for item in entry.value.items() {
            let Some(text) = operators::text(item) else { return arguments.fail("text is expected") };
            let mut values = out.get(&text).map(|known| known.items().to_vec()).unwrap_or_default();
            values.push(Value::string(entry.key.clone(), entry.key_origin.clone()));
            out.insert(text, item.origin.clone(), arguments.make_list(values));
        }
    }
    Ok(arguments.make(Data::Map(out.into())))
}
