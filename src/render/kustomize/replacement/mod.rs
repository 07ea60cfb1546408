//! `replacements`: values of some fields in others (`api/filters/replacement`).

mod select;
mod splice;
mod structured;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use self::select::{Id, Pattern, ids, is_source, text};
use super::accumulator::Accumulator;
use super::fault::{Effect, Fault, FaultKind};
use super::field_path::{self, Failure, Fresh, Match, Matcher, Written, data, make, name, node, node_mut};
use super::loader::Loader;
use super::resource::Resource;
use super::selector::Selected;
use crate::text::{Span, near_miss};
use crate::value::{Data, Origin, Reason, Spelling, Step, Str, Style, Unknown, Value};

/// The field where neither a source nor a target says one.
const DEFAULT_PATH: &str = "metadata.name";

/// Most pairs of a target and a resource that are looked at in one build.
const MAX_PAIRS: usize = 100_000_000;

/// Run the entries of `replacements`, of a kustomization or of a `ReplacementTransformer`: each is
/// a replacement or the path of a file with one or several.
pub(super) fn run(out: &mut Accumulator, loader: &Loader<'_>, entries: &[Value]) {
    let written = Written::new(&loader.repository.sources);
    let complete = Complete { objects: out.has_all_objects(), content: out.is_complete() };
    let mut all = Vec::new();
    for entry in entries {
        read(entry, loader, &mut all, out);
    }
    let targets: usize = all.iter().map(|replacement| 1 + list(replacement, "targets").len()).sum();
    if targets.saturating_mul(out.resources.len()) > MAX_PAIRS {
        let at = entries.first().map(Value::span);
        return out.set_unknown(Unknown::new(Reason::Limit, "too many replacements", at));
    }
    for replacement in &all {
        run_one(replacement, complete, written, out);
    }
}

/// What is known of the resources before the first replacement.
#[derive(Clone, Copy)]
struct Complete {
    objects: bool,
    content: bool,
}

/// The replacements of an entry.
fn read(entry: &Value, loader: &Loader<'_>, all: &mut Vec<Value>, out: &mut Accumulator) {
    if let Some(why) = entry.unknown() {
        return out.set_unknown(why.clone());
    }
    let Some(path) = entry.get("path").filter(|path| !matches!(path.as_str(), Some("") | None)) else {
        return all.push(entry.clone());
    };
    if entry.get("source").is_some_and(|source| !source.is_null()) || !list(entry, "targets").is_empty() {
        let why = "a replacement with both a `path` and content of its own";
        return out.faults.push(Fault::new(FaultKind::Replacement, entry.span(), why));
    }
    let before = out.opaque.len();
    let documents = loader.yaml(path, FaultKind::Replacement, out);
    if let Some(why) = out.opaque.get(before).cloned() {
        out.set_unknown(why);
    }
    let Some(documents) = documents else { return };
    match documents.first() {
        Some(document) => match &document.data {
            Data::List(items) => all.extend(items.iter().cloned()),
            Data::Map(_) => all.push(document.clone()),
            Data::Unknown(why) => out.set_unknown(why.clone()),
            _ => out.faults.push(no_replacement(path)),
        },
        None => out.faults.push(no_replacement(path)),
    }
}

fn no_replacement(path: &Value) -> Fault {
    Fault::new(FaultKind::Replacement, path.span(), "a file that holds neither a replacement nor a list of them")
}

/// The items of a field.
fn list<'v>(value: &'v Value, field: &str) -> &'v [Value] {
    value.get(field).map(Value::items).unwrap_or_default()
}

fn run_one(replacement: &Value, complete: Complete, written: Written<'_>, out: &mut Accumulator) {
    let mut fault = |at: &Value, why: &str| out.faults.push(Fault::new(FaultKind::Replacement, at.span(), why));
    let given = |field: &str| replacement.get(field).filter(|value| !value.is_null());
    let targets = given("targets");
    let Some(targets) = targets.filter(|targets| targets.unknown().is_some() || !targets.items().is_empty()) else {
        return fault(replacement, "a replacement without `targets`");
    };
    let value = match (given("source"), given("sourceValue")) {
        (None, None) => return fault(replacement, "a replacement without `source` or `sourceValue`"),
        (Some(_), Some(value)) => return fault(value, "both `source` and `sourceValue`"),
        (None, Some(value)) => Ok(Replacing::of_text(value, written)),
        (Some(source), None) => Replacing::of_source(source, written, &out.resources),
    };
    let mut value = match value {
        Ok(value) => value,
        Err(Missing::Unknown(why)) => Replacing::unknown(why, replacement.span()),
        Err(Missing::Fault(fault)) => {
            let is_here = given("source").is_some_and(|source| find_source(source, &out.resources).is_ok());
            let is_known = if is_here { complete.content } else { complete.objects };
            if is_known {
                out.faults.push(*fault);
                return;
            }
            // What is not here may be the source.
            let why = out.unknown.clone().or_else(|| out.opaque.first().cloned());
            let Some(why) = why else { return };
            Replacing::unknown(why, replacement.span())
        }
    };
    for target in targets.items() {
        run_target(target, &mut value, written, out);
    }
}

/// What is written to the targets.
struct Replacing {
    /// The value as it is copied over a list or map.
    data: Data,
    /// How it is written, if it is a scalar.
    spelling: Option<Spelling>,
    origin: Origin,
    /// Where it stands, if it is not a copy: the position of the resource and the steps to the field.
    /// A target that is the source itself changes what later targets get.
    live: Option<(usize, Vec<u32>)>,
}

/// Why there is no value.
enum Missing {
    Fault(Box<Fault>),
    Unknown(Unknown),
}

impl From<Fault> for Missing {
    fn from(fault: Fault) -> Self {
        Self::Fault(Box::new(fault))
    }
}

impl Replacing {
    fn unknown(why: Unknown, at: Span) -> Self {
        Self { data: Data::Unknown(why), spelling: None, origin: at.into(), live: None }
    }

    /// Take what now stands in a resource that was written to, if it is the source.
    fn follow(&mut self, position: usize, resource: &Resource, written: Written<'_>) {
        let Some((_, steps)) = self.live.as_ref().filter(|(source, _)| *source == position) else { return };
        let Some(value) = node(&resource.value, steps) else { return };
        if value.data != self.data {
            self.data = value.data.clone();
            self.spelling = spelling(value, written);
            self.origin = value.origin.clone();
        }
    }

    fn of_text(value: &Value, written: Written<'_>) -> Self {
        let text = Str::new(written.text(value));
        let spelling = Spelling { text: text.clone(), tag: None, style: Style::Plain };
        let data = match &value.data {
            Data::Unknown(_) => value.data.clone(),
            _ => data(&spelling).unwrap_or(Data::String(text)),
        };
        Self { data, spelling: Some(spelling), origin: value.origin.clone(), live: None }
    }

    /// The text as it is copied into a scalar; empty for lists and maps, as in kustomize.
    fn text(&self) -> &str {
        self.spelling.as_ref().map_or("", |spelling| &spelling.text)
    }

    fn of_source(source: &Value, written: Written<'_>, resources: &[Resource]) -> Result<Self, Missing> {
        let (at_resource, resource) = find_source(source, resources)?;
        let path = source.get("fieldPath").filter(|path| !matches!(path.as_str(), Some("") | None));
        let at = path.unwrap_or(source).span();
        let path = path.and_then(Value::as_str).unwrap_or(DEFAULT_PATH);
        let fault = |why: String| Fault::new(FaultKind::Replacement, at, why);
        let steps = field_path::lookup(&resource.value, &field_path::split(path), written);
        let steps = match steps {
            Ok(steps) => steps,
            Err(Failure::Unknown(why)) => return Err(Missing::Unknown(why)),
            Err(Failure::Mismatch(why)) => return Err(fault(why).related(name_span(resource), "in the source").into()),
        };
        let value = steps.as_ref().and_then(|steps| node(&resource.value, steps));
        let is_empty = |value: &Value| match &value.data {
            Data::Null => true,
            Data::List(items) => items.is_empty(),
            Data::Map(map) => map.is_empty() && map.open.is_none(),
            _ => false,
        };
        let Some(value) = value.filter(|value| !is_empty(value)) else {
            let why = format!("the source has no `{path}`, or nothing in it");
            return Err(fault(why).related(name_span(resource), "the source").into());
        };
        let mut spelling = spelling(value, written);
        if let (Data::Unknown(why), None) = (&value.data, &spelling) {
            return Err(Missing::Unknown(why.clone()));
        }
        let mut copied = value.data.clone();
        let options = Options::of(source);
        if !options.delimiter.is_empty() {
            let Some(spelling) = &mut spelling else {
                return Err(fault("a `delimiter` for something that is not a scalar".to_owned()).into());
            };
            let part = split(&spelling.text, options.delimiter);
            let part = usize::try_from(options.index).ok().and_then(|index| part.get(index));
            let Some(part) = part.map(|part| Str::new(part)) else {
                let why = format!("the source's value has no part {} between `{}`", options.index, options.delimiter);
                return Err(fault(why).related(value.span(), "the value").into());
            };
            spelling.text = part.clone();
            copied = data(spelling).unwrap_or(Data::String(part));
        }
        let live = options.delimiter.is_empty().then(|| steps.map(|steps| (at_resource, steps)));
        Ok(Self { data: copied, spelling, origin: value.origin.clone(), live: live.flatten() })
    }
}

/// The one resource that a source names, with its position.
fn find_source<'r>(source: &Value, resources: &'r [Resource]) -> Result<(usize, &'r Resource), Missing> {
    if let Some(why) = source.entries().find_map(|entry| entry.value.unknown()) {
        return Err(Missing::Unknown(why.clone()));
    }
    let mut found =
        resources.iter().enumerate().filter(|(_, resource)| ids(resource).iter().any(|id| is_source(source, id)));
    let at = source.get("name").filter(|name| !name.is_null()).unwrap_or(source).span();
    match (found.next(), found.next()) {
        (Some(only), None) => Ok(only),
        (Some((_, first)), Some((_, second))) => {
            let fault = Fault::new(FaultKind::Replacement, at, "the source is several objects");
            let describe = |resource: &Resource| format!("{} `{}`", resource.kind(), resource.name());
            let fault = fault.related(name_span(first), describe(first));
            Err(fault.related(name_span(second), describe(second)).into())
        }
        (None, _) => {
            let name = text(source, "name");
            let kind = text(source, "kind");
            let names = resources.iter().filter(|resource| kind.is_empty() || resource.kind() == kind);
            let near = near_miss(name, names.map(Resource::name)).map(str::to_owned);
            let what = if kind.is_empty() { "object" } else { kind };
            let why = match name {
                "" => format!("the source is no {what} of this build"),
                _ => format!("the source is no {what} of this build: `{name}`"),
            };
            Err(Fault::new(FaultKind::Replacement, at, why).near(near).into())
        }
    }
}

fn name_span(resource: &Resource) -> Span {
    resource.value.at(&["metadata", "name"]).unwrap_or(&resource.value).span()
}

/// `options` of a source or a target.
struct Options<'v> {
    delimiter: &'v str,
    index: i64,
    create: bool,
}

impl<'v> Options<'v> {
    fn of(value: &'v Value) -> Self {
        let options = value.get("options");
        Self {
            delimiter: options.map_or("", |options| text(options, "delimiter")),
            index: options.and_then(|options| options.get("index")).and_then(Value::as_int).unwrap_or_default(),
            create: options.and_then(|options| options.get("create")).and_then(Value::as_bool).unwrap_or_default(),
        }
    }
}

/// One target with what is written to it.
struct Target<'a> {
    options: Options<'a>,
    value: &'a Replacing,
    written: Written<'a>,
    /// The path, and where it is written, or else the target.
    path: &'a str,
    at: Span,
}

fn run_target(target: &Value, value: &mut Replacing, written: Written<'_>, out: &mut Accumulator) {
    if let Some(why) = target.unknown() {
        return out.set_unknown(why.clone());
    }
    let Some(select) = target.get("select").filter(|select| !select.is_null()) else {
        let why = "a target without `select`";
        return out.faults.push(Fault::new(FaultKind::Replacement, target.span(), why));
    };
    let patterns = Pattern::new(select).and_then(|select| {
        let reject: Result<Vec<Pattern>, Fault> = list(target, "reject").iter().map(Pattern::new).collect();
        Ok((select, reject?))
    });
    let (select, reject) = match patterns {
        Ok(patterns) => patterns,
        Err(fault) => return out.faults.push(fault),
    };
    let is_target = |ids: &[Id]| {
        let rejects = |pattern: &Pattern| !pattern.is_empty() && ids.iter().any(|id| pattern.matches(id));
        !reject.iter().any(rejects) && ids.iter().any(|id| select.matches(id))
    };
    let given = list(target, "fieldPaths").iter().filter_map(|path| Some((path.as_str()?, path.span())));
    let mut paths: Vec<(&str, Span)> = given.collect();
    if paths.is_empty() {
        paths.push((DEFAULT_PATH, target.span()));
    }
    let paths: Vec<(Vec<String>, &str, Span)> =
        paths.into_iter().map(|(path, at)| (field_path::split(path), path, at)).collect();
    let mut failed: Vec<Option<Fault>> = paths.iter().map(|_| None).collect();
    let mut hit = false;
    let mut unknown = None;
    for (position, resource) in out.resources.iter_mut().enumerate() {
        // `reject` by labels counts whatever else it says, and by the rest whatever the labels are.
        let by_labels =
            reject.iter().filter(|pattern| pattern.has_selectors()).map(|pattern| match pattern.fits_pairs(resource) {
                Selected::Yes => Selected::No,
                Selected::No => Selected::Yes,
                unknown => unknown,
            });
        let by_labels =
            by_labels.chain([select.fits_pairs(resource)]).find(|selected| !matches!(selected, Selected::Yes));
        if matches!(by_labels, Some(Selected::No)) || !is_target(&ids(resource)) {
            continue;
        }
        if let Some(Selected::Unknown(why)) = by_labels {
            unknown = unknown.or(Some(why));
            continue;
        }
        hit = true;
        for ((parts, path, at), failed) in paths.iter().zip(&mut failed) {
            let target = Target { options: Options::of(target), value: &*value, written, path, at: *at };
            let written_to = target.write(&mut resource.value, parts);
            value.follow(position, resource, written);
            let what = format!("{} `{}`", resource.kind(), resource.name());
            let place = name_span(resource);
            let why = match written_to {
                Ok(unreadable) => {
                    out.unreadable.extend(unreadable.map(|fault| fault.related(place, what)));
                    continue;
                }
                Err(Failure::Unknown(_)) => continue,
                Err(Failure::Mismatch(why)) => why,
            };
            // One fault for each path, however many objects there are.
            let fault = || Fault::new(FaultKind::Replacement, *at, format!("`{path}` cannot be written: {why}"));
            *failed = Some(failed.take().unwrap_or_else(fault).related(place, what));
        }
    }
    if let Some(why) = unknown {
        hit = true;
        out.set_unknown(why);
    }
    out.faults.extend(failed.into_iter().flatten());
    out.effects.push(Effect::new("replacements", target, hit));
}

impl Target<'_> {
    /// Write the value to all fields of an object at a path. Returns a fault if what is written cannot
    /// be read: the real program notices when it reads the object.
    fn write(&self, root: &mut Value, parts: &[String]) -> Result<Option<Fault>, Failure> {
        if let Some(result) = structured::write(self, root, parts) {
            return result.map(|()| None);
        }
        let found = Matcher::new(parts, self.options.create, self.written).find(root)?;
        if found.is_empty() {
            return Err(Failure::Mismatch("there is no such field".to_owned()));
        }
        let mut unreadable = None;
        for found in &found {
            unreadable = self.write_match(root, parts, found, true)?.or(unreadable);
        }
        Ok(unreadable)
    }

    /// Write the value to one place, in the parts between delimiters if there are some and they
    /// count.
    fn write_match(
        &self,
        root: &mut Value,
        parts: &[String],
        found: &Match,
        delimited: bool,
    ) -> Result<Option<Fault>, Failure> {
        let (steps, fresh) = match found {
            Match::Nowhere => return Ok(None),
            Match::At(steps) => (Cow::Borrowed(steps), None),
            Match::Missing(steps, left) => {
                let made = Origin::derived(Step::Replacement, self.at, vec![self.value.origin.clone()]);
                let Some(place) = node_mut(root, steps) else { return Ok(None) };
                let (below, fresh) = make(place, &parts[parts.len() - left..], &made)?;
                (Cow::Owned([&steps[..], &below[..]].concat()), Some(fresh))
            }
        };
        let Some(old) = node(root, &steps) else { return Ok(None) };
        let (new, unreadable) = self.new_value(old, fresh.as_ref(), delimited)?;
        if let Some(old) = node_mut(root, &steps) {
            *old = new;
        }
        Ok(unreadable)
    }

    /// The value that takes the place of another one.
    fn new_value(
        &self,
        old: &Value,
        fresh: Option<&Fresh>,
        delimited: bool,
    ) -> Result<(Value, Option<Fault>), Failure> {
        let delimiter = if delimited { self.options.delimiter } else { "" };
        let mut from = vec![self.value.origin.clone()];
        let origin = if fresh.is_some() {
            Origin::derived(Step::Replacement, self.at, from)
        } else if delimiter.is_empty() {
            Origin::replacing(Step::Replacement, self.at, from, old.origin.clone())
        } else {
            from.push(old.origin.clone());
            Origin::derived(Step::Replacement, self.at, from)
        };
        // What stands there: its text, and its tag unless kustomize just made it.
        let is_value_scalar = !matches!(self.value.data, Data::List(_) | Data::Map(_));
        let made = |text: Str| Spelling { text, tag: None, style: Style::Plain };
        let there = match fresh {
            Some(Fresh::Empty) if is_value_scalar => Some(made(Str::default())),
            Some(Fresh::Empty) => None,
            Some(Fresh::Item(item)) => spelling(item, self.written).map(|spelling| made(spelling.text)),
            None => spelling(old, self.written),
        };
        let is_unknown = |data: &Data| matches!(data, Data::Unknown(_));
        if self.value.spelling.is_none() && is_unknown(&self.value.data) {
            return Ok((Value { data: self.value.data.clone(), origin }, None));
        }
        if there.is_none() && is_unknown(&old.data) {
            return Ok((Value { data: old.data.clone(), origin }, None));
        }
        let Some(there) = there else {
            if !delimiter.is_empty() {
                return Err(Failure::Mismatch("a `delimiter` for something that is not a scalar".to_owned()));
            }
            // The node itself is copied.
            let origin = match &self.value.spelling {
                Some(spelling) => origin.spelled(self.at, spelling.clone()),
                None => origin,
            };
            return Ok((Value { data: self.value.data.clone(), origin }, None));
        };
        let text = if delimiter.is_empty() { self.value.text().into() } else { self.joined(&there.text).into() };
        let spelling = Spelling { text, ..there };
        if let Some(data) = data(&spelling) {
            return Ok((Value { data, origin: origin.spelled(self.at, spelling) }, None));
        }
        let (path, text) = (self.path, &spelling.text);
        let why = match spelling.tag {
            Some(tag) => format!("{} stands there, for which `{text}` is none", name(tag)),
            None => format!("`{text}` cannot be printed"),
        };
        let why = format!("`{path}` cannot be written: {why}");
        let mut fault = Fault::new(FaultKind::Replacement, self.at, why);
        fault.only_content = true;
        let data = Data::Unknown(fault.unknown());
        Ok((Value { data, origin: origin.spelled(self.at, spelling) }, Some(fault)))
    }

    /// The text with one part replaced, or one more at either end.
    fn joined(&self, text: &str) -> String {
        let Options { delimiter, index, .. } = self.options;
        let mut parts = split(text, delimiter);
        let value = self.value.text();
        match usize::try_from(index) {
            Err(_) => parts.insert(0, value),
            Ok(index) => match parts.get_mut(index) {
                Some(part) => *part = value,
                None => parts.push(value),
            },
        }
        parts.join(delimiter)
    }
}

/// How a scalar is written; `None` for anything else.
fn spelling(value: &Value, written: Written<'_>) -> Option<Spelling> {
    let scalar = written.scalar(value)?;
    Some(Spelling { text: Str::new(&scalar.text), tag: Some(scalar.tag), style: written.style(value) })
}

/// Go's `strings.Split`.
fn split<'t>(text: &'t str, delimiter: &str) -> Vec<&'t str> {
    text.split(delimiter).collect()
}
