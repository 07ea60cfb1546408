//! Configurations of built-in plugins as their own decoders read them, which are laxer than that of
//! a kustomization: unknown fields are passed over, and scalars become text where text is expected.

use crate::render::kustomize::configuration::scalar_text;
use crate::render::kustomize::fields::{self, Field, Kind};
use crate::text::Span;
use crate::value::{Data, Entry, Map, Str, Value};

/// What is wrong, and where.
pub(super) type Wrong = (Span, String);

/// The kinds that have a table of fields.
pub(super) fn kinds() -> impl Iterator<Item = &'static str> + Clone {
    fields::plugins().map(|(kind, _)| kind)
}

/// A configuration with fields in canonical spelling, of the right type and not null.
pub(super) fn decode(kind: &str, config: &Value) -> Result<Value, Wrong> {
    let fields = fields::plugins().find(|(known, _)| *known == kind).map_or(&[][..], |(_, fields)| fields);
    // These are decoded by another library, which wants names as they are.
    let exact = matches!(kind, "PrefixTransformer" | "SuffixTransformer" | "PrefixSuffixTransformer");
    // The fields of these come from embedded types, for which the library converts nothing.
    let strict =
        matches!(kind, "ConfigMapGenerator" | "SecretGenerator" | "IAMPolicyGenerator" | "ReplacementTransformer");
    let mut decoded = Decoder { exact }.object(config, fields, strict)?;
    if let (Some(map), Some(entry)) =
        (decoded.as_map_mut(), config.as_map().and_then(|config| config.entry("metadata")))
    {
        map.insert("metadata", entry.key_origin.clone(), entry.value.clone());
    }
    Ok(decoded)
}

struct Decoder {
    exact: bool,
}

impl Decoder {
    fn object(&self, value: &Value, fields: &'static [Field], strict: bool) -> Result<Value, Wrong> {
        let Some(map) = value.as_map() else { return Err(mismatch(value, "a map")) };
        let mut entries: Vec<&Entry> = map.iter().collect();
        entries.sort_by(|one, two| one.key.cmp(&two.key));
        let mut object = Map::default();
        for entry in entries {
            let Some(field) = fields::find(fields, &entry.key, self.exact) else { continue };
            if entry.value.is_null() {
                continue;
            }
            let strict = strict || !self.exact && is_embedded(fields, field.name);
            let value = self.value(&entry.value, field.kind, strict)?;
            object.insert(field.name, entry.key_origin.clone(), value);
        }
        Ok(Value::map(object, value.origin.clone()))
    }

    fn value(&self, value: &Value, kind: Kind, strict: bool) -> Result<Value, Wrong> {
        let data = match (kind, &value.data) {
            (Kind::Text, Data::String(_)) | (Kind::Bool, Data::Bool(_)) | (Kind::Int, Data::Int(_)) => {
                value.data.clone()
            }
            (Kind::Text, _) => match scalar_text(value).filter(|_| !strict) {
                Some(text) => Data::String(Str::new(text)),
                None => return Err(mismatch(value, "a text")),
            },
            (Kind::Bool, _) => return Err(mismatch(value, "`true` or `false`")),
            (Kind::Int, _) => return Err(mismatch(value, "an integer")),
            (Kind::AnyMap, Data::Map(_)) => value.data.clone(),
            (Kind::AnyMap, _) => return Err(mismatch(value, "a map")),
            (Kind::TextMap, Data::Map(map)) => {
                let texts = map.iter().map(|entry| {
                    let value = self.item(&entry.value, &Kind::Text, strict)?;
                    Ok(Entry { value, ..entry.clone() })
                });
                let texts: Result<Vec<Entry>, Wrong> = texts.collect();
                return Ok(Value::map(Map::from_unique(texts?), value.origin.clone()));
            }
            (Kind::TextMap, _) => return Err(mismatch(value, "a map of texts")),
            (Kind::List(item), Data::List(items)) => {
                let items: Result<Vec<Value>, Wrong> =
                    items.iter().map(|value| self.item(value, item, strict)).collect();
                return Ok(Value::list(items?, value.origin.clone()));
            }
            (Kind::List(_), _) => return Err(mismatch(value, "a list")),
            (Kind::Object(fields) | Kind::Pointer(fields), _) => return self.object(value, fields, strict),
        };
        Ok(Value::new(data, value.origin.clone()))
    }

    /// An item of a list or map. Null stands for the empty value of its type.
    fn item(&self, value: &Value, kind: &Kind, strict: bool) -> Result<Value, Wrong> {
        match (&value.data, kind) {
            (Data::Null, Kind::Text) => Ok(Value::string("", value.origin.clone())),
            (Data::Null, Kind::Object(_)) => Ok(Value::map(Map::default(), value.origin.clone())),
            _ => self.value(value, *kind, strict),
        }
    }
}

/// Whether a field of a nested object comes from a type that is embedded there, as the parts of an
/// identity do.
fn is_embedded(fields: &[Field], name: &str) -> bool {
    let is_selector = fields.iter().any(|field| field.name == "labelSelector");
    matches!(name, "group" | "version" | "kind") || is_selector && matches!(name, "name" | "namespace")
}

fn mismatch(value: &Value, wanted: &str) -> Wrong {
    (value.span(), format!("a plugin is configured with something else than {wanted}"))
}
