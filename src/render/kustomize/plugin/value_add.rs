//! `ValueAddTransformer`: one value into fields of many objects (`api/filters/valueadd`).

use std::sync::Arc;

use super::decode::{self, Wrong};
use crate::model::kustomization::list;
use crate::render::kustomize::accumulator::Accumulator;
use crate::render::kustomize::fault::{Fault, FaultKind};
use crate::render::kustomize::field_path::{Written, split_escaped, untagged};
use crate::render::kustomize::loader::Loader;
use crate::render::kustomize::selector::{Selected, Selector};
use crate::render::kustomize::transform::{self, namespace};
use crate::syntax::yaml::edit;
use crate::value::{Data, Entry, Map, Origin, Reason, Step, Unknown, Value};

/// The one field that is not simply set, as not all objects have it.
const NAMESPACE: &str = "metadata/namespace";

/// Most pairs of a target and a resource that are looked at.
const MAX_PAIRS: usize = 50_000_000;

/// Do what a configuration asks for.
pub(super) fn run(out: &mut Accumulator, loader: &Loader<'_>, config: &Value) -> Result<(), Wrong> {
    let given = config.get("value").filter(|value| value.as_str().is_some_and(|text| !text.trim().is_empty()));
    let value = match given {
        Some(value) => Value::string(value.as_str().unwrap_or_default().trim(), value.origin.clone()),
        // The directory's name; of the root of what is analysed it is not known.
        None => match loader.directory.file_name() {
            "" => {
                let why = "the name of the directory that is analysed";
                out.set_unknown(Unknown::new(Reason::External, why, Some(config.span())));
                return Ok(());
            }
            name => Value::string(name, config.origin.clone()),
        },
    };
    let mut targets = list(config, "targets").to_vec();
    if let Some(path) = config.get("targetFilePath").filter(|path| path.as_str() != Some("")) {
        let opaque = out.opaque.len();
        let documents = loader.yaml(path, FaultKind::Plugin, out);
        // What the file adds is a change, not a resource.
        for why in out.opaque.split_off(opaque) {
            out.set_unknown(why);
        }
        let Some(documents) = documents else { return Ok(()) };
        if let Some(document) = documents.first().filter(|document| !document.is_null()) {
            let decoded = decode::decode("ValueAddTransformer", document)?;
            targets.extend(list(&decoded, "targets").iter().cloned());
        }
    }
    if targets.len().saturating_mul(out.resources.len()) > MAX_PAIRS {
        out.set_unknown(Unknown::new(Reason::Limit, "too many targets of a value", Some(config.span())));
        return Ok(());
    }
    if targets.is_empty() {
        return Err((config.span(), "a value that is added without `targets`".to_owned()));
    }
    let targets: Result<Vec<Target<'_>>, Wrong> = targets.iter().map(Target::new).collect();
    let adder = Adder { value: &value, written: Written::new(&loader.repository.sources) };
    for target in targets? {
        for at in 0..out.resources.len() {
            let resource = &mut out.resources[at];
            match target.selector.selects(resource) {
                Selected::Yes => {}
                Selected::No => continue,
                Selected::Unknown(why) => {
                    out.set_unknown(why);
                    continue;
                }
            }
            let resource = &mut out.resources[at];
            if target.path == NAMESPACE {
                if let Err(fault) = namespace::set_one(resource, &value) {
                    out.faults.push(fault);
                }
                continue;
            }
            if let Err(why) = adder.add(&mut resource.value, &target) {
                let what = format!("`{}` of {} `{}`: {why}", target.path, resource.kind(), resource.name());
                let name = resource.value.at(&["metadata", "name"]).unwrap_or(&resource.value).span();
                let fault = Fault::new(FaultKind::Plugin, target.entry.span(), what);
                out.faults.push(fault.related(name, "in this object"));
            }
        }
    }
    Ok(())
}

/// Where a value goes.
struct Target<'v> {
    entry: &'v Value,
    selector: Selector,
    path: &'v str,
    parts: Vec<String>,
    /// Where in a file path the value is put in, counted from one; 0 replaces all.
    position: usize,
}

impl<'v> Target<'v> {
    fn new(entry: &'v Value) -> Result<Self, Wrong> {
        let path = entry.str_at(&["fieldPath"]).unwrap_or_default();
        if path.is_empty() {
            return Err((entry.span(), "a target without `fieldPath`".to_owned()));
        }
        let position = entry.get("filePathPosition").and_then(Value::as_int).unwrap_or_default();
        let position = usize::try_from(position)
            .map_err(|_| (entry.span(), "`filePathPosition` must not be below zero".to_owned()))?;
        let parts =
            split_escaped(path, '/').into_iter().map(|part| part.trim().to_owned()).filter(|part| !part.is_empty());
        let selector = match entry.get("selector") {
            Some(selector) => Selector::new(selector).map_err(|fault| (fault.at, fault.message))?,
            None => Selector::everything(),
        };
        Ok(Self { entry, selector, path, parts: parts.collect(), position })
    }
}

struct Adder<'a> {
    value: &'a Value,
    written: Written<'a>,
}

impl Adder<'_> {
    fn origin(&self, old: Option<&Value>) -> Origin {
        let from = std::iter::once(self.value.origin.clone()).chain(old.map(|old| old.origin.clone()));
        Origin::derived(Step::Replacement, self.value.span(), from.collect())
    }

    /// Put the value into a field, which is made if it is not there.
    fn add(&self, root: &mut Value, target: &Target<'_>) -> Result<(), String> {
        let (Some(node), is_new) = self.place(root, &target.parts)? else {
            // kustomize breaks down where it has no path to put the value into.
            return if target.position == 0 { Ok(()) } else { Err("there is no such item".to_owned()) };
        };
        if node.unknown().is_some() {
            return Ok(());
        }
        if matches!(node.data, Data::List(_) | Data::Map(_)) {
            return Err("there is a list or map in the place of the value".to_owned());
        }
        let value = self.value.as_str().unwrap_or_default();
        let there = if is_new { "".into() } else { self.written.text(node) };
        let text = match target.position {
            0 => value.to_owned(),
            position => insert_part(&there, position - 1, value),
        };
        let old = (!is_new && target.position > 0).then_some(&*node);
        // The quotes that were there stay.
        let data = if !is_new && self.is_quoted(node) {
            Data::String(text.as_str().into())
        } else {
            untagged(&text).ok_or("the value cannot be printed")?
        };
        let new = Value::new(data, self.origin(old));
        let old = std::mem::replace(node, new.clone());
        transform::follow(root, &old, &new);
        Ok(())
    }

    fn is_quoted(&self, value: &Value) -> bool {
        let Some(text) = value.as_str() else { return false };
        let source = self.written.source(value.span());
        source.starts_with(['"', '\'', '|', '>']) || edit::scalar(text) != text
    }

    /// The node at the end of a path (`PathGetter` with `Create`), and whether it was made. `None`
    /// if there is none and none can be made.
    fn place<'v>(&self, root: &'v mut Value, parts: &[String]) -> Result<(Option<&'v mut Value>, bool), String> {
        let mut value = root;
        let mut is_new = false;
        for (at, part) in parts.iter().enumerate() {
            if value.unknown().is_some() {
                return Ok((None, false));
            }
            let kind = Kind::of(part)?;
            let empty = match parts.get(at + 1).map(|next| Kind::of(next)) {
                None => Data::Null,
                Some(Ok(Kind::Index(_) | Kind::Item(..))) => Data::List(Arc::default()),
                Some(_) => Data::Map(Arc::default()),
            };
            if value.is_null() {
                return Ok((None, false));
            }
            let fits = match kind {
                Kind::Index(_) | Kind::Last | Kind::Item(..) => matches!(value.data, Data::List(_)),
                Kind::Key(_) => value.as_map().is_some(),
            };
            if !fits {
                return Err(format!("`{part}` does not fit there"));
            }
            let step = match kind {
                Kind::Index(index) => index,
                Kind::Last => value.items().len().checked_sub(1).ok_or("there is no item")?,
                Kind::Item(field, text) => {
                    let found = value.items().iter().position(|item| {
                        let field = if field.is_empty() { Some(item) } else { item.get(field) };
                        field.is_some_and(|value| self.written.text(value) == text)
                    });
                    found.unwrap_or_else(|| {
                        is_new = true;
                        self.push(value, field, text)
                    })
                }
                Kind::Key(key) => {
                    let map = value.as_map_mut().ok_or("no map")?;
                    let known = map.iter().position(|entry| entry.key == key);
                    match known {
                        Some(at) => at,
                        None => {
                            is_new = true;
                            let made = self.origin(None);
                            let value = Value::new(empty, made.clone());
                            map.push_unique(Entry { key: key.into(), key_origin: made, value });
                            map.len() - 1
                        }
                    }
                }
            };
            let next = if value.as_map().is_some() {
                value.as_map_mut().and_then(|map| map.iter_mut().nth(step)).map(|entry| &mut entry.value)
            } else {
                value.as_list_mut().and_then(|items| items.get_mut(step))
            };
            match next {
                Some(next) => value = next,
                None => return Ok((None, false)),
            }
        }
        Ok((Some(value), is_new))
    }

    /// Add the item that is looked for, and return its position.
    fn push(&self, list: &mut Value, field: &str, text: &str) -> usize {
        let made = self.origin(None);
        let value = Value::new(untagged(text).unwrap_or(Data::Null), made.clone());
        let item = if field.is_empty() {
            value
        } else {
            let entry = Entry { key: field.into(), key_origin: made.clone(), value };
            Value::map(Map::from_unique(vec![entry]), made)
        };
        let items = list.as_list_mut();
        items.map_or(0, |items| {
            items.push(item);
            items.len() - 1
        })
    }
}

/// What a part of a path stands for.
enum Kind<'p> {
    Index(usize),
    Last,
    Item(&'p str, &'p str),
    Key(&'p str),
}

impl<'p> Kind<'p> {
    fn of(part: &'p str) -> Result<Self, String> {
        if let Ok(index) = part.parse::<i64>() {
            return usize::try_from(index).map(Self::Index).map_err(|_| format!("`{part}` is below zero"));
        }
        match part {
            "-" => Ok(Self::Last),
            "*" => Err("`*` cannot stand here".to_owned()),
            _ => match part.strip_prefix('[').and_then(|part| part.strip_suffix(']')) {
                None => Ok(Self::Key(part)),
                Some(inner) => {
                    let (field, text) = inner.split_once('=').ok_or(format!("`{part}` selects no item"))?;
                    Ok(Self::Item(field, text))
                }
            },
        }
    }
}

/// A file path with one more component (`filesys.InsertPathPart`). An absolute one stays absolute.
fn insert_part(path: &str, position: usize, part: &str) -> String {
    let absolute = path.starts_with('/');
    let mut parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    parts.insert(position.min(parts.len()), part);
    let mut clean: Vec<&str> = Vec::new();
    for part in parts.iter().flat_map(|part| part.split('/')) {
        match part {
            "" | "." => {}
            ".." if clean.last().is_some_and(|last| *last != "..") => drop(clean.pop()),
            ".." if absolute => {}
            part => clean.push(part),
        }
    }
    let joined = clean.join("/");
    match (absolute, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}
