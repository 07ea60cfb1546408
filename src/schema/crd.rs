//! Schemas of custom resources, from their definitions.

use std::sync::Arc;

use super::{Schema, compile};
use crate::value::{Origin, Str, Value};

/// One version of a custom resource, as a `CustomResourceDefinition` declares it.
#[derive(Clone, Debug)]
pub struct Definition {
    /// Group.
    pub group: Str,
    /// Version.
    pub version: Str,
    /// Kind.
    pub kind: Str,
    /// Whether its objects are in a namespace, if that is known.
    pub namespaced: Option<bool>,
    /// Whether the API server serves it.
    pub served: bool,
    /// Where the definition's name is written.
    pub at: Origin,
    schema: Option<Value>,
    /// Whether unknown fields are kept everywhere.
    keeps_unknown: bool,
}

impl Definition {
    /// The versions that a `CustomResourceDefinition` declares. Of what cannot be read there is none.
    #[must_use]
    pub fn all(definition: &Value) -> Vec<Self> {
        let text = |path: &[&str]| definition.str_at(path).map(Str::from);
        let (Some(group), Some(kind)) = (text(&["spec", "group"]), text(&["spec", "names", "kind"])) else {
            return Vec::new();
        };
        let namespaced = match definition.str_at(&["spec", "scope"]) {
            Some("Namespaced") => Some(true),
            Some("Cluster") => Some(false),
            _ => None,
        };
        let old = definition.str_at(&["apiVersion"]) == Some("apiextensions.k8s.io/v1beta1");
        let keeps = definition.at(&["spec", "preserveUnknownFields"]).map_or(Some(old), Value::as_bool);
        let at = definition.at(&["metadata", "name"]).unwrap_or(definition).origin.clone();
        let shared = definition.at(&["spec", "validation", "openAPIV3Schema"]);
        let one = |version: Str, served, schema: Option<&Value>| Self {
            group: group.clone(),
            version,
            kind: kind.clone(),
            namespaced,
            served,
            at: at.clone(),
            schema: schema.cloned(),
            keeps_unknown: keeps.unwrap_or(true),
        };
        let versions = definition.at(&["spec", "versions"]).map(Value::items).unwrap_or_default();
        let mut all: Vec<Self> = versions
            .iter()
            .filter_map(|version| {
                let name = Str::from(version.str_at(&["name"])?);
                let served = version.get("served").and_then(Value::as_bool).unwrap_or(true);
                Some(one(name, served, version.at(&["schema", "openAPIV3Schema"]).or(shared)))
            })
            .collect();
        if let (true, Some(version)) = (versions.is_empty(), text(&["spec", "version"])) {
            all.push(one(version, true, shared));
        }
        all
    }

    /// The schema of its objects; `None` if it has none.
    #[must_use]
    pub fn compile(&self) -> Option<Arc<Schema>> {
        let schema = self.schema.as_ref().filter(|schema| schema.as_map().is_some())?;
        Some(Arc::new(compile::structural(schema, self.keeps_unknown)))
    }
}

#[cfg(test)]
mod tests;
