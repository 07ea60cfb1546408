//! The JSON schema of `kate.yaml`, generated from [`Options`].

use std::sync::LazyLock;

use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use super::Options;
use crate::diagnostic::{Group, RuleMeta};

/// The schema as published in `schemas/kate.schema.json`: names of rules and groups are offered,
/// other names (of policies) allowed.
#[must_use]
pub fn published(rules: &[RuleMeta]) -> Value {
    let mut schema: Value = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Options>().into();
    schema["$id"] = json!("https://raw.githubusercontent.com/kate-linter/kate/main/schemas/kate.schema.json");
    let mut names = serde_json::Map::new();
    names.insert("all".to_owned(), named("Every rule."));
    for group in Group::ALL {
        names.insert(group.as_str().to_owned(), named(&format!("The rules of the group `{}`.", group.as_str())));
    }
    for rule in rules {
        names.insert(rule.id.to_string(), named(&rule.summary));
    }
    for place in ["/properties/rules", "/$defs/Override/properties/rules"] {
        if let Some(Value::Object(levels)) = schema.pointer_mut(place) {
            levels.insert("properties".to_owned(), Value::Object(names.clone()));
        }
    }
    schema
}

fn named(description: &str) -> Value {
    json!({ "description": description, "$ref": "#/$defs/RuleOptions" })
}

/// The schema for validation: without references, so that a place in it is a plain path.
pub(super) fn inline() -> &'static Value {
    static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
        let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
        settings.into_generator().into_root_schema_for::<Options>().into()
    });
    &SCHEMA
}
