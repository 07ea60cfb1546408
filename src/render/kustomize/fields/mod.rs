//! The fields of kustomization files and how strictly they are decoded (`Kustomization.Unmarshal`
//! and `FixKustomization` of kustomize's `api/types`).
//!
//! kustomize turns the YAML into JSON with sorted keys and decodes that with Go's `encoding/json`,
//! which knows neither unknown fields nor conversions between types, but takes keys in any case.
//!
//! Invariant: this module knows nothing of what the fields do.

mod table;
#[cfg(test)]
mod tests;

use super::fault::{Fault, FaultKind};
use crate::text::{Span, near_miss};
use crate::value::{Data, Entry, Map, Str, Value};

/// A field of an object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Field {
    /// Its name in canonical spelling.
    pub name: &'static str,
    /// The type of its value.
    pub kind: Kind,
    /// The field to use instead, if it is deprecated.
    pub instead: Option<&'static str>,
}

/// Types of values.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A text.
    Text,
    /// A truth value.
    Bool,
    /// An integer of 64 bits.
    Int,
    /// A map of texts.
    TextMap,
    /// A map of anything.
    AnyMap,
    /// A list.
    List(&'static Kind),
    /// A map with given fields.
    Object(&'static [Field]),
    /// The same, where the program breaks down at null as an item.
    Pointer(&'static [Field]),
}

/// A deprecated field in use.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Deprecated {
    /// The field in canonical spelling.
    pub field: &'static str,
    /// The field to use instead.
    pub instead: &'static str,
    /// Where its key is written.
    pub at: Span,
}

/// Push a fault for everything at which the program's decoding fails: fields that it does not
/// know, values of another type, a wrong `kind` or `apiVersion`, nothing at all. What is unknown is
/// taken for right.
pub(super) fn check(kustomization: &Value, out: &mut Vec<Fault>) {
    let before = out.len();
    let decoded = Decoder { faults: out }.root(kustomization);
    let Some(decoded) = decoded.as_map() else { return };
    if is_empty(decoded) && out.len() == before {
        out.push(empty(kustomization.span()));
    }
    header(decoded, out);
}

/// The fault of a kustomization file without content.
pub(super) fn empty(at: Span) -> Fault {
    Fault::new(FaultKind::InvalidField, at, "the kustomization is empty")
}

/// A kustomization as the program decodes it: fields in canonical spelling, of the right type and
/// not null, with the content of the oldest fields moved to those that replaced them (`bases`,
/// `imageTags`, `env`, `helmChartInflationGenerator`). What cannot be decoded is left out.
pub(super) fn normalise(kustomization: &Value) -> Value {
    let mut decoded = Decoder { faults: &mut Vec::new() }.root(kustomization);
    if let Some(fields) = decoded.as_map_mut() {
        append(fields, "bases", "resources");
        append(fields, "imageTags", "images");
        for generator in ["configMapGenerator", "secretGenerator"] {
            let generators = fields.get_mut(generator).and_then(Value::as_list_mut).into_iter().flatten();
            for generator in generators.filter(|generator| generator.get("env").is_some()) {
                if let Some(generator) = generator.as_map_mut() {
                    env(generator);
                }
            }
        }
        helm(fields);
    }
    decoded
}

/// The paths of all values that a kustomization can hold, such as `patches[].target.name` or
/// `commonLabels.*`.
#[must_use]
pub fn paths() -> Vec<String> {
    paths_of(table::KUSTOMIZATION)
}

/// The paths of all values that a file of `configurations` can hold.
#[must_use]
pub fn configuration_paths() -> Vec<String> {
    paths_of(table::CONFIGURATION)
}

/// The paths of all values that the configuration of a built-in plugin of a kind can hold;
/// `apiVersion`, `kind` and `metadata` apart.
pub fn plugin_paths() -> impl Iterator<Item = (&'static str, Vec<String>)> {
    table::PLUGINS.iter().map(|(kind, fields)| (*kind, paths_of(fields)))
}

/// The kinds of built-in plugins with the fields of their configurations.
pub(super) fn plugins() -> impl Iterator<Item = (&'static str, &'static [Field])> + Clone {
    table::PLUGINS.iter().copied()
}

/// A field by a name as it is written; any case fits unless it must be exact.
pub(super) fn find(fields: &'static [Field], key: &str, exact: bool) -> Option<&'static Field> {
    field_of(fields, key).filter(|field| !exact || field.name == key)
}

/// The deprecated fields that a kustomization uses, in the order in which they are written.
#[must_use]
pub fn deprecated(kustomization: &Value) -> Vec<Deprecated> {
    let mut found = Vec::new();
    find_deprecated(kustomization, table::KUSTOMIZATION, &mut found);
    found
}

fn find_deprecated(object: &Value, fields: &'static [Field], found: &mut Vec<Deprecated>) {
    for entry in object.entries().filter(|entry| !entry.value.is_null()) {
        let Some(field) = field_of(fields, &entry.key) else { continue };
        if let Some(instead) = field.instead {
            found.push(Deprecated { field: field.name, instead, at: entry.key_origin.span() });
        }
        match field.kind {
            Kind::Object(fields) => find_deprecated(&entry.value, fields, found),
            Kind::List(Kind::Object(fields)) => {
                entry.value.items().iter().for_each(|item| find_deprecated(item, fields, found));
            }
            _ => {}
        }
    }
}

fn paths_of(fields: &[Field]) -> Vec<String> {
    fn add(path: &str, kind: Kind, found: &mut Vec<String>) {
        match kind {
            Kind::Text | Kind::Bool | Kind::Int => found.push(path.to_owned()),
            Kind::TextMap | Kind::AnyMap => found.push(format!("{path}.*")),
            Kind::List(item) => add(&format!("{path}[]"), *item, found),
            Kind::Object(fields) | Kind::Pointer(fields) => {
                for field in fields {
                    add(&format!("{path}.{}", field.name), field.kind, found);
                }
            }
        }
    }
    let mut found = Vec::new();
    for field in fields {
        add(field.name, field.kind, &mut found);
    }
    found
}

/// A name as `encoding/json` compares it: by the simple case folding of Unicode, by which two
/// characters beyond ASCII are letters of ASCII.
fn fold(name: &str) -> impl Iterator<Item = char> {
    name.chars().map(|c| match c {
        'ſ' => 's',
        '\u{212a}' => 'k',
        c => c.to_ascii_lowercase(),
    })
}

fn field_of(fields: &'static [Field], key: &str) -> Option<&'static Field> {
    let exact = fields.iter().find(|field| field.name == key);
    exact.or_else(|| fields.iter().find(|field| fold(field.name).eq(fold(key))))
}

struct Decoder<'f> {
    faults: &'f mut Vec<Fault>,
}

impl Decoder<'_> {
    fn root(&mut self, kustomization: &Value) -> Value {
        if kustomization.is_null() {
            return Value::map(Map::default(), kustomization.origin.clone());
        }
        self.value(kustomization, "the kustomization", Kind::Object(table::KUSTOMIZATION))
            .unwrap_or_else(|| Value::new(Data::Null, kustomization.origin.clone()))
    }

    /// The value of a type; `None` if it is another one, after a fault.
    fn value(&mut self, value: &Value, name: &str, kind: Kind) -> Option<Value> {
        let data = match (kind, &value.data) {
            (_, Data::Unknown(_)) | (Kind::Text, Data::String(_)) | (Kind::Bool, Data::Bool(_)) => value.data.clone(),
            (Kind::Int, Data::Int(_)) => value.data.clone(),
            // JSON has one type of numbers: `1e3` and `3.0` are written as integers.
            (Kind::Int, Data::Float(number)) => match integer(*number) {
                Some(number) => Data::Int(number),
                None => return self.mismatch(value, name, kind),
            },
            (Kind::AnyMap, Data::Map(_)) => value.data.clone(),
            (Kind::TextMap, Data::Map(map)) => return Some(self.texts(value, map, name)),
            (Kind::List(item), Data::List(items)) => {
                let items = items.iter().filter_map(|value| self.item(value, name, *item));
                return Some(Value::list(items.collect(), value.origin.clone()));
            }
            (Kind::Object(fields) | Kind::Pointer(fields), Data::Map(map)) => {
                return Some(self.object(value, map, name, fields));
            }
            _ => return self.mismatch(value, name, kind),
        };
        Some(Value { data, origin: value.origin.clone() })
    }

    fn mismatch(&mut self, value: &Value, name: &str, kind: Kind) -> Option<Value> {
        let (wanted, given) = (kind.noun(), noun(&value.data));
        let message = if matches!(value.data, Data::Float(_)) && kind == Kind::Int {
            format!("`{name}` must be an integer of 64 bits")
        } else if name.starts_with("the ") {
            format!("{name} must be {wanted}, but is {given}")
        } else {
            format!("`{name}` must be {wanted}, but is {given}")
        };
        self.faults.push(Fault::new(FaultKind::InvalidField, value.span(), message));
        None
    }

    /// An item of a list. Null stands for the empty value of its type.
    fn item(&mut self, value: &Value, name: &str, kind: Kind) -> Option<Value> {
        match (&value.data, kind) {
            (Data::Null, Kind::Text) => Some(Value::string("", value.origin.clone())),
            (Data::Null, Kind::Object(_)) => Some(Value::map(Map::default(), value.origin.clone())),
            (Data::Null, Kind::Pointer(_)) => {
                let message = format!("an entry of `{name}` must be a map, but is null");
                self.faults.push(Fault::new(FaultKind::InvalidField, value.span(), message));
                None
            }
            _ => self.value(value, name, kind),
        }
    }

    fn texts(&mut self, value: &Value, map: &Map, name: &str) -> Value {
        if map.iter().all(|entry| matches!(entry.value.data, Data::String(_) | Data::Unknown(_))) {
            return value.clone();
        }
        let mut texts = Map::default();
        texts.open.clone_from(&map.open);
        for entry in map.iter() {
            let name = format!("{name}.{}", entry.key);
            if let Some(value) = self.item(&entry.value, &name, Kind::Text) {
                texts.push_unique(Entry { value, ..entry.clone() });
            }
        }
        Value::map(texts, value.origin.clone())
    }

    fn object(&mut self, value: &Value, map: &Map, name: &str, fields: &'static [Field]) -> Value {
        let mut object = Map::default();
        object.open.clone_from(&map.open);
        let mut entries: Vec<&Entry> = map.iter().collect();
        // Several spellings of one field are decoded one after the other, in the order in which
        // JSON sorts them.
        entries.sort_by(|one, two| one.key.cmp(&two.key));
        for entry in entries {
            let Some(field) = field_of(fields, &entry.key) else {
                self.unknown_field(entry, name, fields);
                continue;
            };
            if entry.value.is_null() {
                if !matches!(field.kind, Kind::Text | Kind::Bool | Kind::Int) {
                    object.remove(field.name);
                }
                continue;
            }
            let Some(mut value) = self.value(&entry.value, field.name, field.kind) else { continue };
            if matches!(field.kind, Kind::Object(_) | Kind::TextMap | Kind::AnyMap) {
                value = over(object.get(field.name), value);
            }
            object.insert(field.name, entry.key_origin.clone(), value);
        }
        Value::map(object, value.origin.clone())
    }

    fn unknown_field(&mut self, entry: &Entry, name: &str, fields: &'static [Field]) {
        let place = if name.starts_with("the ") { name.to_owned() } else { format!("`{name}`") };
        let message = format!("`{}` is not a field of {place}", entry.key);
        let near = near_miss(&entry.key, fields.iter().map(|field| field.name)).map(str::to_owned);
        self.faults.push(Fault::new(FaultKind::UnknownField, entry.key_origin.span(), message).near(near));
    }
}

impl Kind {
    fn noun(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Bool => "`true` or `false`",
            Self::Int => "an integer",
            Self::TextMap | Self::AnyMap | Self::Object(_) | Self::Pointer(_) => "a map",
            Self::List(_) => "a list",
        }
    }
}

fn noun(data: &Data) -> &'static str {
    match data {
        Data::Null => "null",
        Data::Bool(_) => "a truth value; quotes make it a text",
        Data::Int(_) | Data::Float(_) => "a number; quotes make it a text",
        Data::String(_) => "a text",
        Data::List(_) => "a list",
        Data::Map(_) => "a map",
        Data::Unknown(_) => "unknown",
    }
}

/// The integer that a number is in JSON.
#[expect(clippy::cast_possible_truncation, reason = "the range is looked at before")]
fn integer(number: f64) -> Option<i64> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    (number.fract() == 0.0 && (-LIMIT..LIMIT).contains(&number)).then_some(number as i64)
}

/// A map decoded into one that is there already.
fn over(below: Option<&Value>, above: Value) -> Value {
    let Some(mut below) = below.cloned() else { return above };
    if let (Some(target), Some(source)) = (below.as_map_mut(), above.as_map()) {
        for entry in source.iter() {
            target.insert(entry.key.clone(), entry.key_origin.clone(), entry.value.clone());
        }
    }
    below
}

/// Whether there is nothing but `apiVersion` and `kind` (`Kustomization.CheckEmpty`, after
/// `FixKustomization`). An empty list or map counts as something, except in the fields that are
/// moved.
fn is_empty(decoded: &Map) -> bool {
    decoded.open.is_none()
        && decoded.iter().all(|entry| match entry.key.as_str() {
            "apiVersion" | "kind" => true,
            "bases" | "imageTags" | "helmChartInflationGenerator" => {
                entry.value.unknown().is_none() && entry.value.items().is_empty()
            }
            _ => entry.value.as_str() == Some(""),
        })
}

/// `kind` and `apiVersion`, if given, must be those of a kustomization or a component.
fn header(decoded: &Map, out: &mut Vec<Fault>) {
    let given = |field| decoded.get(field).filter(|value| value.as_str() != Some(""));
    let mut kind = "Kustomization";
    if let Some(value) = given("kind") {
        let Some(text) = value.as_str() else { return };
        if text != "Kustomization" && text != "Component" {
            let near = near_miss(text, ["Kustomization", "Component"]).map(str::to_owned);
            let message = format!("`kind` must be `Kustomization` or `Component`, but is `{text}`");
            out.push(Fault::new(FaultKind::InvalidField, value.span(), message).near(near));
            return;
        }
        if text == "Component" {
            kind = "Component";
        }
    }
    let version = match kind {
        "Component" => "kustomize.config.k8s.io/v1alpha1",
        _ => "kustomize.config.k8s.io/v1beta1",
    };
    if let Some((value, text)) = given("apiVersion").and_then(|value| Some((value, value.as_str()?)))
        && text != version
    {
        let message = format!("`apiVersion` of a {kind} must be `{version}`, but is `{text}`");
        out.push(Fault::new(FaultKind::InvalidField, value.span(), message).near(Some(version.to_owned())));
    }
}

/// Move the items of a list behind those of another.
fn append(fields: &mut Map, from: &str, to: &str) {
    let Some(moved) = fields.remove(from) else { return };
    match fields.get_mut(to) {
        Some(list) => {
            if moved.value.unknown().is_some() {
                *list = moved.value;
            } else if let Some(list) = list.as_list_mut() {
                list.extend(moved.value.items().iter().cloned());
            }
        }
        None => fields.push_unique(Entry { key: to.into(), ..moved }),
    }
}

/// Move `env` of a generator behind its `envs`.
fn env(generator: &mut Map) {
    let Some(moved) = generator.remove("env").filter(|moved| moved.value.as_str() != Some("")) else { return };
    let origin = moved.value.origin.clone();
    generator.push_unique(Entry {
        key: "env".into(),
        key_origin: moved.key_origin,
        value: Value::list(vec![moved.value], origin),
    });
    append(generator, "env", "envs");
}

/// Turn `helmChartInflationGenerator` into `helmCharts` and, if there is none, `helmGlobals`.
fn helm(fields: &mut Map) {
    const RENAMED: [(&str, &str); 7] = [
        ("chartName", "name"),
        ("chartVersion", "version"),
        ("chartRepoUrl", "repo"),
        ("values", "valuesFile"),
        ("valuesLocal", "valuesInline"),
        ("valuesMerge", "valuesMerge"),
        ("releaseName", "releaseName"),
    ];
    let Some(old) = fields.get("helmChartInflationGenerator").cloned() else { return };
    let mut globals = Map::default();
    let mut charts = Vec::new();
    for chart in old.items() {
        let set = |entry: &Entry, names: &[(&'static str, &'static str)], into: &mut Map| {
            let name = names.iter().find(|(from, _)| entry.key == *from);
            if let Some((_, to)) = name.filter(|_| entry.value.as_str() != Some("")) {
                into.insert(Str::const_new(to), entry.key_origin.clone(), entry.value.clone());
            }
        };
        let mut fields = Map::default();
        for entry in chart.entries() {
            set(entry, &RENAMED, &mut fields);
            set(entry, &[("helmHome", "configHome"), ("chartHome", "chartHome")], &mut globals);
        }
        charts.push(Value::map(fields, chart.origin.clone()));
    }
    let key_origin =
        fields.remove("helmChartInflationGenerator").map_or_else(|| old.origin.clone(), |old| old.key_origin);
    if fields.get("helmGlobals").is_none() && !globals.is_empty() {
        let value = Value::map(globals, old.origin.clone());
        fields.push_unique(Entry { key: "helmGlobals".into(), key_origin: key_origin.clone(), value });
    }
    let value = if old.unknown().is_some() { old } else { Value::list(charts, old.origin) };
    fields.push_unique(Entry { key: "".into(), key_origin, value });
    append(fields, "", "helmCharts");
}
