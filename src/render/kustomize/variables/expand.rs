//! `$(NAME)` in texts (`api/filters/refvar`).

use super::Content;
use crate::render::kustomize::fault::{Fault, FaultKind};
use crate::render::kustomize::field_path::Written;
use crate::render::kustomize::field_spec::{FieldSpec, Mismatch};
use crate::render::kustomize::generators::base64;
use crate::render::kustomize::resource::Resource;
use crate::render::kustomize::transform;
use crate::text::Span;
use crate::value::{Data, Origin, Reason, Spelling, Step, Str, Style, Tag, Unknown, Value};

/// Longest text that is made of one field.
const MAX_TEXT: usize = 1 << 20;

/// Most text that is made in one build.
const MAX_TOTAL: usize = 1 << 26;

/// A variable with what it says.
pub(super) struct Variable<'v> {
    entry: &'v Value,
    name: &'v str,
    content: Content,
    hit: bool,
}

impl<'v> Variable<'v> {
    pub(super) fn new(entry: &'v Value, name: &'v str, content: Content) -> Self {
        Self { entry, name, content, hit: false }
    }
}

/// Replaces variables in objects.
pub(super) struct Expander<'v, 'a> {
    /// In order of their names.
    variables: Vec<Variable<'v>>,
    written: Written<'a>,
    /// How much text may still be made.
    left: usize,
}

/// Why a field cannot be expanded.
enum Trouble {
    /// The path does not fit the object.
    Mismatch(Mismatch),
    /// An item of a list that is no text.
    NoText(Span),
}

impl From<Mismatch> for Trouble {
    fn from(mismatch: Mismatch) -> Self {
        Self::Mismatch(mismatch)
    }
}

impl<'v, 'a> Expander<'v, 'a> {
    pub(super) fn new(variables: Vec<Variable<'v>>, written: Written<'a>) -> Self {
        Self { variables, written, left: MAX_TOTAL }
    }

    /// The variables' entries, with whether one was ever replaced.
    pub(super) fn hits(&self) -> impl Iterator<Item = (&'v Value, bool)> {
        self.variables.iter().map(|variable| (variable.entry, variable.hit))
    }

    /// Replace the variables in an object.
    pub(super) fn run(&mut self, resource: &mut Resource, specs: &[FieldSpec]) -> Result<(), Fault> {
        let gvk = resource.gvk();
        let written = self.written;
        for spec in specs.iter().filter(|spec| spec.selects(&gvk)) {
            let mut replaced = Vec::new();
            let result = spec.apply_to(&mut resource.value, None, &|value| concerns(value, written), &mut |value| {
                self.value(value, &mut replaced)
            });
            // A label can be one node in several places.
            for (old, new) in &replaced {
                transform::follow(&mut resource.value, old, new);
            }
            result.map_err(|trouble| trouble.fault(spec, resource, &self.variables))?;
        }
        Ok(())
    }

    /// Replace in a text, in the texts of a map or in those of a list.
    fn value(&mut self, value: &mut Value, replaced: &mut Vec<(Value, Value)>) -> Result<(), Trouble> {
        match &value.data {
            // A map with a key that is no text is refused as well, but never gets here.
            Data::Map(_) => {
                let entries = value.as_map_mut().into_iter().flat_map(|map| map.iter_mut());
                entries.for_each(|entry| self.text(&mut entry.value, replaced));
            }
            Data::List(items) => {
                let no_text = items.iter().position(|item| !is_text(item, self.written));
                let before = no_text.unwrap_or(items.len());
                let at = no_text.and_then(|at| items.get(at)).map(Value::span);
                let items = value.as_list_mut().into_iter().flatten();
                items.take(before).for_each(|item| self.text(item, replaced));
                if let Some(at) = at {
                    return Err(Trouble::NoText(at));
                }
            }
            _ => self.text(value, replaced),
        }
        Ok(())
    }

    fn text(&mut self, value: &mut Value, replaced: &mut Vec<(Value, Value)>) {
        if !is_set(value) {
            return;
        }
        let Data::String(text) = &value.data else { return };
        let text = if is_folded(value) { Str::new(self.written.text(value)) } else { text.clone() };
        let mut new = self.expanded(&text, value);
        match self.left.checked_sub(new.as_str().map_or(0, str::len)) {
            Some(left) => self.left = left,
            None => new.data = Data::Unknown(limit(value)),
        }
        if new.data == value.data && new.origin == value.origin {
            return;
        }
        let old = std::mem::replace(value, new.clone());
        replaced.push((old, new));
    }

    /// A text with its variables replaced. One that is nothing but a variable becomes the value
    /// with its type.
    fn expanded(&mut self, text: &str, value: &Value) -> Value {
        let mut new: Vec<u8> = Vec::with_capacity(text.len());
        let mut used: Vec<usize> = Vec::new();
        let mut unknown = None;
        let mut rest = text;
        // A search that finds no bracket need not be done again.
        let mut closes = true;
        while let Some(at) = rest.find('$') {
            let (before, reference) = rest.split_at(at);
            new.extend(before.as_bytes());
            let behind = &reference[1..];
            let Some(next) = behind.chars().next() else {
                rest = reference;
                break;
            };
            let inner = behind.strip_prefix('(').filter(|_| closes);
            let name = inner.and_then(|inner| inner.split_once(')'));
            closes &= inner.is_none() || name.is_some();
            let Some((name, after)) = name else {
                // An escape, or a dollar that begins nothing. kustomize takes the next byte for a
                // character, which breaks those beyond ASCII.
                match next {
                    '$' => new.push(b'$'),
                    _ if next.is_ascii() => new.extend(&reference.as_bytes()[..2]),
                    _ => {
                        new.push(b'$');
                        new.extend(char::from(behind.as_bytes()[0]).to_string().as_bytes());
                        new.extend(&behind.as_bytes()[1..next.len_utf8()]);
                    }
                }
                rest = &behind[next.len_utf8()..];
                continue;
            };
            rest = after;
            let found = self.variables.binary_search_by(|variable| variable.name.cmp(name));
            let variable = found.ok().map(|at| (at, &mut self.variables[at]));
            match variable {
                Some((at, Variable { content: Content::Known(of, Some(inner)), hit, entry, .. })) => {
                    *hit = true;
                    if reference.len() == text.len() && after.is_empty() {
                        let from = vec![of.origin.clone(), value.origin.clone()];
                        return Value::new(of.data.clone(), Origin::derived(Step::Variable, entry.span(), from));
                    }
                    note(&mut used, at);
                    new.extend(inner.as_bytes());
                }
                Some((at, Variable { content: Content::Unknown(why), hit, .. })) => {
                    *hit = true;
                    note(&mut used, at);
                    unknown.get_or_insert_with(|| why.clone());
                }
                // A variable that is a list or map says nothing either.
                _ => new.extend(&reference.as_bytes()[..reference.len() - after.len()]),
            }
            if new.len() > MAX_TEXT {
                unknown = Some(limit(value));
                break;
            }
        }
        new.extend(rest.as_bytes());
        // What is no text any more is printed in base64.
        let new = String::from_utf8(new).unwrap_or_else(|error| base64(error.as_bytes()));
        let origin = match used.first().copied() {
            None if is_folded(value) => {
                let at = self.variables.first().map_or(value.span(), |variable| variable.entry.span());
                let spelling = Spelling { text: Str::new(&new), tag: Some(Tag::Text), style: Style::Plain };
                value.origin.clone().spelled(at, spelling)
            }
            None => value.origin.clone(),
            Some(first) => {
                let origins = used.iter().filter_map(|at| match &self.variables[*at].content {
                    Content::Known(of, _) => Some(of.origin.clone()),
                    Content::Unknown(_) => None,
                });
                // Most of the text stands where it was written.
                let from = std::iter::once(value.origin.clone()).chain(origins).collect();
                Origin::derived(Step::Variable, self.variables[first].entry.span(), from)
            }
        };
        let data = unknown.map_or_else(|| Data::String(new.into()), Data::Unknown);
        Value::new(data, origin)
    }
}

impl Trouble {
    fn fault(self, spec: &FieldSpec, resource: &Resource, variables: &[Variable<'_>]) -> Fault {
        let (path, what) = (&spec.path, format!("{} `{}`", resource.kind(), resource.name()));
        let (at, why) = match self {
            Self::Mismatch(Mismatch { at }) => (at, format!("`{path}` of {what} leads into a scalar")),
            Self::NoText(at) => (at, format!("`{path}` of {what} holds an item that is no text")),
        };
        let fault = Fault::new(FaultKind::Replacement, at, why);
        match variables.first() {
            Some(first) => fault.related(first.entry.span(), "variables are replaced there"),
            None => fault,
        }
    }
}

/// Remember a variable that a text depends on; so many that nobody looks at them are left out.
fn note(used: &mut Vec<usize>, variable: usize) {
    if used.len() < 16 && !used.contains(&variable) {
        used.push(variable);
    }
}

fn limit(value: &Value) -> Unknown {
    Unknown::new(Reason::Limit, "too many variables in one text or build", Some(value.span()))
}

/// Whether there is anything to replace in a value, or a failure.
fn concerns(value: &Value, written: Written<'_>) -> bool {
    match &value.data {
        Data::Map(map) => map.iter().any(|entry| is_set(&entry.value)),
        Data::List(items) => items.iter().any(|item| is_set(item) || !is_text(item, written)),
        _ => is_set(value),
    }
}

/// Whether a text becomes another one.
fn is_set(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.contains('$')) || is_folded(value)
}

/// Whether a text is a block that is folded again when it is written: all texts are set anew, not
/// as blocks.
fn is_folded(value: &Value) -> bool {
    let spelling = value.origin.steps().find_map(|step| step.spelling.as_ref());
    spelling.is_some_and(|spelling| spelling.style == Style::Folded)
}

fn is_text(value: &Value, written: Written<'_>) -> bool {
    // Without quotes, `<<` has a tag of its own.
    let is_merge_sign = || value.as_str() == Some("<<") && written.style(value) == Style::Plain;
    let is_known_text = || written.scalar(value).is_some_and(|scalar| scalar.tag == Tag::Text) && !is_merge_sign();
    value.unknown().is_some() || is_known_text()
}

/// A number as Go's `%v` writes it.
pub(in crate::render::kustomize) fn float(number: f64) -> String {
    let digits = format!("{number:e}");
    let Some((mantissa, exponent)) = digits.split_once('e') else { return digits };
    match exponent.parse::<i32>() {
        Ok(-4..6) => number.to_string(),
        Ok(exponent) => format!("{mantissa}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs()),
        Err(_) => digits,
    }
}
