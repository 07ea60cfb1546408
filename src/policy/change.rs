//! What a change does to Terraform's resource instances, by address.
//!
//! Only what Terraform itself would do is decided here (which instance of head is which of base);
//! what it means is the policies' part.

use std::collections::{BTreeMap, BTreeSet};

use super::document::Maker;
use super::input::{TerraformMove, TerraformResource, resource};
use super::terraform;
use crate::graph::Snapshot;
use crate::text::{Sources, Span};
use crate::value::{Data, Origin, Str, Value};

/// Longest scalar that is handed to policies as "before" and "after".
const MAX_SHOWN: usize = 64;

/// Instances that differ, as maps: see `docs/policies.md`.
pub(super) fn changes(head: &Snapshot, base: &Snapshot) -> Vec<Value> {
    let (head_resources, base_resources) = (terraform::resources(head), terraform::resources(base));
    let moves = terraform::moves(head);
    let heads: BTreeMap<(&str, &str), &TerraformResource> =
        head_resources.iter().map(|resource| ((&*resource.root, &*resource.address), resource)).collect();
    let bases: BTreeSet<(&str, &str)> =
        base_resources.iter().map(|resource| (&*resource.root, &*resource.address)).collect();
    // Of these it can be told that something is gone.
    let complete = terraform::complete_roots(head);
    let uncertain: BTreeSet<(&str, String)> = head_resources
        .iter()
        .filter(|resource| resource.address.contains("[*]"))
        .map(|resource| (&*resource.root, stem(&resource.address)))
        .collect();
    let mut found = Vec::new();
    for before in &base_resources {
        let address = successor(before, &moves, &heads, &bases);
        match &address {
            Some(address) => {
                let Some(after) = heads.get(&(&*before.root, &**address)) else { continue };
                let differ = Differ { base: &base.repository.sources, head: &head.repository.sources };
                let mut differences = Vec::new();
                differ.compare(&before.attributes, &after.attributes, &mut String::new(), 0, &mut differences);
                if !differences.is_empty() {
                    let list = Value::list(differences, after.span);
                    found.push(item("update", before, Some(after)).value("differences", list).build());
                }
            }
            None if given_up(before, &moves) => {}
            None if before.address.contains("[*]") || uncertain.contains(&(&*before.root, stem(&before.address))) => {}
            None if complete.contains(&before.root) => found.push(item("delete", before, None).build()),
            None => {}
        }
    }
    found
}

/// An address without instance keys.
fn stem(address: &str) -> String {
    let mut depth = 0_usize;
    let keep = |character: &char| {
        match character {
            '[' => depth += 1,
            ']' => {
                depth = depth.saturating_sub(1);
                return false;
            }
            _ => {}
        }
        depth == 0
    };
    address.chars().filter(keep).collect()
}

fn item(action: &str, before: &TerraformResource, after: Option<&TerraformResource>) -> Maker {
    let now = after.unwrap_or(before);
    let item = Maker::at(now.span)
        .text("subject", format!("{}:{}", now.root, now.address))
        .text("action", action)
        .text("root", now.root.clone())
        .text("address", now.address.clone())
        .text("type", now.kind.clone())
        .value("before", resource(before));
    match after {
        Some(after) => item.value("after", resource(after)),
        None => item,
    }
}

/// The address in head of an instance of base: through `moved` blocks, else the same, else with
/// the index that Terraform adds or drops by itself when `count` comes or goes.
fn successor(
    before: &TerraformResource,
    moves: &[TerraformMove],
    heads: &BTreeMap<(&str, &str), &TerraformResource>,
    bases: &BTreeSet<(&str, &str)>,
) -> Option<Str> {
    let mut address = before.address.clone();
    for _ in 0..=moves.len().min(64) {
        let step = moves.iter().filter(|step| step.root == before.root).find_map(|step| {
            let rest = below(&address, &step.from)?;
            Some(Str::from(format!("{}{rest}", step.to.as_ref()?)))
        });
        match step {
            Some(next) if next != address => address = next,
            _ => break,
        }
    }
    let exists = |address: &str| heads.contains_key(&(&*before.root, address));
    if exists(&address) {
        return Some(address);
    }
    let other = address.strip_suffix("[0]").map_or_else(|| format!("{address}[0]"), str::to_owned);
    // Not if base has both: then the other one is itself.
    (exists(&other) && !bases.contains(&(&*before.root, other.as_str()))).then(|| other.into())
}

/// What follows `prefix` in an address, if the address is it or lies in it.
fn below<'a>(address: &'a str, prefix: &str) -> Option<&'a str> {
    address.strip_prefix(prefix).filter(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// Whether a `removed` block says that the instance lives on without Terraform.
fn given_up(before: &TerraformResource, moves: &[TerraformMove]) -> bool {
    moves
        .iter()
        .any(|step| step.root == before.root && step.to.is_none() && below(&before.address, &step.from).is_some())
}

struct Differ<'a> {
    base: &'a Sources,
    head: &'a Sources,
}

impl Differ<'_> {
    /// Paths that differ, without indices of blocks, as provider schemas name them.
    fn compare(&self, before: &Value, after: &Value, path: &mut String, depth: usize, found: &mut Vec<Value>) {
        if depth > 32 || found.len() >= 1_000 {
            return;
        }
        match (&before.data, &after.data) {
            (Data::Unknown(_), Data::Unknown(_)) => {}
            (Data::Unknown(_), _) | (_, Data::Unknown(_)) => {
                // The same expression is unknown for another reason; nobody changed it.
                if self.text(before.span(), true) != self.text(after.span(), false) {
                    found.push(difference("maybe", path, before, after));
                }
            }
            (Data::Map(left), Data::Map(right)) => {
                let keys = left.iter().chain(right.iter()).map(|entry| &entry.key).collect::<BTreeSet<_>>();
                for key in keys {
                    let length = path.len();
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(key);
                    match (left.get(key).filter(|v| !v.is_null()), right.get(key).filter(|v| !v.is_null())) {
                        (Some(left), Some(right)) => self.compare(left, right, path, depth + 1, found),
                        (Some(gone), None) => {
                            let place = Value::new(Data::Null, after.origin.clone());
                            found.push(difference("removed", path, gone, &place));
                        }
                        (None, Some(new)) => {
                            let place = Value::new(Data::Null, before.origin.clone());
                            found.push(difference("added", path, &place, new));
                        }
                        (None, None) => {}
                    }
                    path.truncate(length);
                }
            }
            (Data::List(left), Data::List(right)) if left.len() == right.len() => {
                for (left, right) in left.iter().zip(right.iter()) {
                    self.compare(left, right, path, depth + 1, found);
                }
            }
            (left, right) => {
                if !same_scalar(left, right) {
                    found.push(difference("changed", path, before, after));
                }
            }
        }
    }

    fn text(&self, span: Span, of_base: bool) -> &str {
        if of_base { self.base.slice(span) } else { self.head.slice(span) }
    }
}

/// Equality as Terraform converts scalars: `"5"` is `5` and `"true"` is `true`.
fn same_scalar(left: &Data, right: &Data) -> bool {
    match (scalar(left), scalar(right)) {
        (Some(left), Some(right)) => left == right,
        (None, None) => matches!((left, right), (Data::Null, Data::Null)),
        _ => false,
    }
}

fn scalar(data: &Data) -> Option<String> {
    Some(match data {
        Data::Bool(truth) => truth.to_string(),
        Data::Int(number) => number.to_string(),
        Data::Float(number) => number.to_string(),
        Data::String(text) => text.to_string(),
        _ => return None,
    })
}

fn difference(kind: &str, path: &str, before: &Value, after: &Value) -> Value {
    let at: Origin = if kind == "removed" { before.origin.clone() } else { after.origin.clone() };
    let mut item = Maker::at(at).text("kind", kind).text("path", path).text("name", path);
    for (key, value) in [("before", before), ("after", after)] {
        if let Some(text) = scalar(&value.data).filter(|text| text.len() <= MAX_SHOWN) {
            item = item.text(key, text);
        }
    }
    item.build()
}
