//! Field specs from YAML, as sigs.k8s.io/yaml decodes them: keys without regard to case, scalars
//! of any type where text is expected, unknown keys refused where the file is read strictly.

use std::borrow::Cow;

use super::super::accumulator::Accumulator;
use super::super::fault::{Fault, FaultKind};
use super::super::field_spec::FieldSpec;
use super::super::resource::Gvk;
use super::{Configuration, FIELDS, NAME_REFERENCE, NameReference};
use crate::text::near_miss;
use crate::value::{Data, Entry, Reason, Unknown, Value};

/// Longest path of keys.
const MAX_KEYS: usize = 64;

/// Decodes values and gathers what is wrong with them.
pub(in crate::render::kustomize) struct Decoder {
    kind: FaultKind,
    /// Whether unknown keys are faults.
    strict: bool,
    faults: Vec<Fault>,
    unknown: Option<Unknown>,
}

impl Decoder {
    /// A decoder whose faults are of a kind.
    pub(in crate::render::kustomize) fn new(kind: FaultKind, strict: bool) -> Self {
        Self { kind, strict, faults: Vec::new(), unknown: None }
    }

    /// Whether everything was as it should be so far.
    pub(in crate::render::kustomize) fn is_clean(&self) -> bool {
        self.faults.is_empty() && self.unknown.is_none()
    }

    /// Hand over what was found.
    pub(in crate::render::kustomize) fn finish(self, out: &mut Accumulator) {
        out.faults.extend(self.faults);
        if let Some(unknown) = self.unknown {
            out.set_unknown(unknown);
        }
    }

    /// Say that a value is wrong.
    pub(in crate::render::kustomize) fn fault(&mut self, at: &Value, why: impl Into<String>) {
        self.faults.push(Fault::new(self.kind, at.span(), why));
    }

    fn wrong_type(&mut self, value: &Value, expected: &str) {
        match value.unknown() {
            Some(unknown) => self.unknown = self.unknown.take().or_else(|| Some(unknown.clone())),
            None => self.fault(value, format!("expected {expected}")),
        }
    }

    /// The items of a list; null is an empty one.
    pub(in crate::render::kustomize) fn items<'v>(&mut self, value: &'v Value) -> &'v [Value] {
        if !matches!(value.data, Data::List(_) | Data::Null) {
            self.wrong_type(value, "a list");
        }
        value.items()
    }

    /// The entries of a map; null is an empty one.
    pub(in crate::render::kustomize) fn entries<'v>(
        &mut self,
        value: &'v Value,
    ) -> impl Iterator<Item = &'v Entry> + use<'v> {
        if !matches!(value.data, Data::Map(_) | Data::Null) {
            self.wrong_type(value, "a map");
        }
        value.entries()
    }

    /// The text of a scalar; null is empty.
    pub(in crate::render::kustomize) fn text<'v>(&mut self, value: &'v Value) -> Cow<'v, str> {
        scalar_text(value).unwrap_or_else(|| {
            self.wrong_type(value, "text");
            Cow::Borrowed("")
        })
    }

    /// A truth value; null is false.
    pub(in crate::render::kustomize) fn truth(&mut self, value: &Value) -> bool {
        match value.data {
            Data::Bool(truth) => return truth,
            Data::Null => {}
            _ => self.wrong_type(value, "`true` or `false`"),
        }
        false
    }

    /// Say that a key is not known, if that matters.
    pub(in crate::render::kustomize) fn unknown_key(&mut self, entry: &Entry, known: &[&str]) {
        if self.strict {
            let near = near_miss(&entry.key, known.iter().copied()).map(str::to_owned);
            let why = format!("unknown field `{}`", entry.key);
            self.faults.push(Fault::new(self.kind, entry.key_origin.span(), why).near(near));
        }
    }
}

/// The text of a scalar as it is converted to where text is expected; null is empty.
pub(in crate::render::kustomize) fn scalar_text(value: &Value) -> Option<Cow<'_, str>> {
    Some(match &value.data {
        Data::String(text) => Cow::Borrowed(text.as_str()),
        Data::Int(number) => Cow::Owned(number.to_string()),
        Data::Float(number) => Cow::Owned(number.to_string()),
        Data::Bool(truth) => Cow::Borrowed(if *truth { "true" } else { "false" }),
        Data::Null => Cow::Borrowed(""),
        Data::List(_) | Data::Map(_) | Data::Unknown(_) => return None,
    })
}

/// A transformer configuration.
pub(super) fn configuration(document: &Value, decoder: &mut Decoder) -> Configuration {
    let mut read = Configuration::default();
    for entry in decoder.entries(document) {
        if entry.key.eq_ignore_ascii_case(NAME_REFERENCE) {
            for item in decoder.items(&entry.value) {
                read.name_references.push(name_reference(item, decoder));
            }
        } else if let Some(list) = read.list_mut(&entry.key) {
            *list = field_specs(&entry.value, decoder);
        } else {
            decoder.unknown_key(entry, &FIELDS);
        }
    }
    read.sort();
    read
}

fn name_reference(item: &Value, decoder: &mut Decoder) -> NameReference {
    let mut reference = NameReference { referent: Gvk::default(), fields: Vec::new() };
    for entry in decoder.entries(item) {
        if entry.key.eq_ignore_ascii_case("fieldSpecs") {
            reference.fields = field_specs(&entry.value, decoder);
        } else if !gvk_part(&mut reference.referent, entry, decoder) {
            decoder.unknown_key(entry, &["group", "version", "kind", "fieldSpecs"]);
        }
    }
    reference
}

/// A list of field specs.
pub(in crate::render::kustomize) fn field_specs(list: &Value, decoder: &mut Decoder) -> Vec<FieldSpec> {
    decoder.items(list).iter().filter_map(|item| field_spec(item, decoder)).collect()
}

fn field_spec(item: &Value, decoder: &mut Decoder) -> Option<FieldSpec> {
    let (mut gvk, mut path, mut create) = (Gvk::default(), Cow::Borrowed(""), false);
    for entry in decoder.entries(item) {
        match entry.key.to_ascii_lowercase().as_str() {
            "path" => path = decoder.text(&entry.value),
            "create" => create = decoder.truth(&entry.value),
            _ if gvk_part(&mut gvk, entry, decoder) => {}
            _ => decoder.unknown_key(entry, &["group", "version", "kind", "path", "create"]),
        }
    }
    if path.split('/').count() > MAX_KEYS {
        let why = Unknown::new(Reason::Limit, "a path of too many keys", Some(item.span()));
        decoder.unknown.get_or_insert(why);
        return None;
    }
    Some(FieldSpec::new(gvk, &path, create))
}

/// Take an entry that is a part of a kind; false if it is none.
fn gvk_part(gvk: &mut Gvk, entry: &Entry, decoder: &mut Decoder) -> bool {
    let part = match entry.key.to_ascii_lowercase().as_str() {
        "group" => &mut gvk.group,
        "version" => &mut gvk.version,
        "kind" => &mut gvk.kind,
        _ => return false,
    };
    *part = decoder.text(&entry.value).into();
    true
}
