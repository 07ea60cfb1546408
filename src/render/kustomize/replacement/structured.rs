//! Fields within JSON or YAML that stands in a scalar, such as a file in a config map.

use super::{Target, splice};
use crate::render::go_json::{float, text};
use crate::render::kustomize::field_path::{Failure, Match, Matcher, lookup, node, node_mut, parse};
use crate::value::{Data, Origin, Reason, Step, Unknown, Value};

/// Write to a field within the text of a scalar. `None` if the path does not lead into one, or
/// kustomize cannot write there.
pub(super) fn write(target: &Target<'_>, root: &mut Value, parts: &[String]) -> Option<Result<(), Failure>> {
    let (steps, used) = find_scalar(target, root, parts)?;
    let scalar = node(root, &steps)?;
    let mut parsed = parse(scalar, target.written)?;
    let below = &parts[used..];
    let found = match Matcher::new(below, target.options.create, target.written).find(&parsed) {
        Ok(found) if found.is_empty() => return None,
        Ok(found) => found,
        Err(Failure::Unknown(why)) => return Some(Err(Failure::Unknown(why))),
        Err(Failure::Mismatch(_)) => return None,
    };
    let old = target.written.text(scalar).into_owned();
    let is_json = old.trim_start().starts_with(['{', '[']);
    for found in &found {
        if target.write_match(&mut parsed, below, found, false).ok()?.is_some() {
            return None;
        }
    }
    let from = vec![target.value.origin.clone(), scalar.origin.clone()];
    let origin = Origin::derived(Step::Replacement, target.at, from);
    let data = if let Data::Unknown(_) = &target.value.data {
        target.value.data.clone()
    } else if is_json {
        let indented = old.contains('\n') && old.contains("  ");
        Data::String(json(&parsed, indented)?.into())
    } else if let Some(text) = respelled(target, &old, &found) {
        Data::String(text.into())
    } else {
        let why = "kustomize prints YAML in a text anew";
        Data::Unknown(Unknown::new(Reason::UnsupportedField, why, Some(target.at)))
    };
    *node_mut(root, &steps)? = Value { data, origin };
    Some(Ok(()))
}

/// The text with the value in the places that were found.
fn respelled(target: &Target<'_>, old: &str, found: &[Match]) -> Option<String> {
    let steps = found.iter().map(|found| match found {
        Match::At(steps) => Some(steps.as_slice()),
        Match::Nowhere | Match::Missing(..) => None,
    });
    let is_text = matches!(target.value.data, Data::String(_));
    splice::spliced(old, &steps.collect::<Option<Vec<_>>>()?, target.value.text()).filter(|_| is_text)
}

/// The first scalar on the way of a path that leads on, and how many parts lead to it.
fn find_scalar(target: &Target<'_>, root: &Value, parts: &[String]) -> Option<(Vec<u32>, usize)> {
    let mut steps = Vec::new();
    for used in 1..parts.len() {
        let value = node(root, &steps)?;
        let below = lookup(value, &parts[used - 1..used], target.written).ok()??;
        steps.extend(below);
        if !matches!(node(root, &steps)?.data, Data::List(_) | Data::Map(_) | Data::Unknown(_)) {
            return Some((steps, used));
        }
    }
    None
}

/// JSON as Go's `encoding/json` writes it: keys in order, `<`, `>` and `&` escaped.
fn json(value: &Value, indented: bool) -> Option<String> {
    let mut out = String::new();
    print(value, indented.then_some(0), &mut out)?;
    Some(out)
}

fn print(value: &Value, depth: Option<usize>, out: &mut String) -> Option<()> {
    let inner = depth.map(|depth| depth + 1);
    let line = |depth: Option<usize>, out: &mut String| {
        if let Some(depth) = depth {
            out.push('\n');
            out.extend(std::iter::repeat_n("  ", depth));
        }
    };
    match &value.data {
        Data::Null => out.push_str("null"),
        Data::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
        Data::Int(number) => out.push_str(&number.to_string()),
        Data::Float(number) => float(*number, out),
        Data::String(plain) => text(plain, out),
        Data::Unknown(_) => return None,
        Data::List(items) if items.is_empty() => out.push_str("[]"),
        Data::List(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                line(inner, out);
                print(item, inner, out)?;
            }
            line(depth, out);
            out.push(']');
        }
        Data::Map(map) if map.is_empty() => out.push_str("{}"),
        Data::Map(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by(|a, b| a.key.cmp(&b.key));
            out.push('{');
            for (at, entry) in entries.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                line(inner, out);
                text(&entry.key, out);
                out.push_str(if depth.is_some() { ": " } else { ":" });
                print(&entry.value, inner, out)?;
            }
            line(depth, out);
            out.push('}');
        }
    }
    Some(())
}
