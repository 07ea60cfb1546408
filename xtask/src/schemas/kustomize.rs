//! Writes `schemas/kustomize.txt`: the lists that kustomize merges by key, from the OpenAPI document
//! that is compiled into it (`kyaml/openapi/kubernetesapi`), in the Go module cache.
//!
//! One line for each type from which such a list can be reached:
//! `field:TYPE` a map of a type, `field=KEY,KEY:TYPE` a list merged by keys, `field=` a list of
//! scalars merged by value, `*:TYPE` any other field. Then, behind `---`, the kinds with their types.
//! A type is the number of its line, from 0.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::PathBuf;
use std::process::Command;

use kate::value::Value;

use super::fetch;

/// The version of kyaml that the pinned kustomize (v5.8.1) is built with.
const KYAML: &str = "v0.21.1";
/// The Kubernetes version of its default document.
const KUBERNETES: &str = "v1.21.2";
const TABLE: &str = "schemas/kustomize.txt";

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Fail if the table is not what would be written
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), String> {
    let openapi = module_cache()?.join(format!("sigs.k8s.io/kustomize/kyaml@{KYAML}/openapi"));
    let read = |name: &str| {
        let path = openapi.join(name);
        std::fs::read(&path).map_err(|error| {
            let get = format!("go mod download sigs.k8s.io/kustomize/kyaml@{KYAML}");
            format!("{}: {error}; run `{get}`", path.display())
        })
    };
    let mut definitions = BTreeMap::new();
    let kubernetes = read(&format!("kubernetesapi/{}/swagger.pb", KUBERNETES.replace('.', "_")))?;
    from_protobuf(&kubernetes, &mut definitions)?;
    from_json(&read("kustomizationapi/swagger.json")?, &mut definitions)?;
    let table = table(&definitions);
    if arguments.check {
        let written = std::fs::read_to_string(TABLE).map_err(|error| format!("{TABLE}: {error}"))?;
        return if written == table { Ok(()) } else { Err(format!("{TABLE} is not what kyaml {KYAML} gives")) };
    }
    std::fs::write(TABLE, &table).map_err(|error| format!("{TABLE}: {error}"))?;
    println!("{TABLE}: {} bytes", table.len());
    Ok(())
}

fn module_cache() -> Result<PathBuf, String> {
    let output = Command::new("go").args(["env", "GOMODCACHE"]).output();
    let output = output.map_err(|error| format!("`go env GOMODCACHE`: {error}"))?;
    let path = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if path.is_empty() { Err("`go env GOMODCACHE` says nothing".to_owned()) } else { Ok(path.into()) }
}

/// The part of an OpenAPI schema that merging depends on.
#[derive(Default, Debug)]
struct Definition {
    /// Name of the definition that stands in its place.
    reference: Option<String>,
    is_list: bool,
    items: Option<Box<Self>>,
    properties: BTreeMap<String, Self>,
    additional: Option<Box<Self>>,
    /// `x-kubernetes-patch-strategy`.
    strategy: Option<String>,
    /// `x-kubernetes-list-map-keys`.
    map_keys: Option<Vec<String>>,
    /// `x-kubernetes-patch-merge-key`.
    merge_key: Option<String>,
    /// `apiVersion kind` of the kinds that have this type.
    kinds: Vec<String>,
}

impl Definition {
    fn extension(&mut self, name: &str, value: &Value) {
        let text = || value.as_str().map(str::to_owned);
        let at = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        match name {
            "x-kubernetes-patch-strategy" => self.strategy = text(),
            "x-kubernetes-patch-merge-key" => self.merge_key = text(),
            "x-kubernetes-list-map-keys" => {
                self.map_keys = Some(value.items().iter().filter_map(Value::as_str).map(str::to_owned).collect());
            }
            "x-kubernetes-group-version-kind" => {
                self.kinds = value
                    .items()
                    .iter()
                    .map(|kind| {
                        let group = at(kind, "group");
                        let slash = if group.is_empty() { "" } else { "/" };
                        format!("{group}{slash}{} {}", at(kind, "version"), at(kind, "kind"))
                    })
                    .collect();
            }
            _ => {}
        }
    }

    /// The keys by which it is merged, if it is (`PatchStrategyAndKeyList`).
    fn keys(&self) -> Option<Vec<String>> {
        let merged = self.is_list && self.strategy.as_ref()?.split(',').any(|strategy| strategy == "merge");
        merged.then(|| self.map_keys.clone().unwrap_or_else(|| self.merge_key.iter().cloned().collect()))
    }
}

/// The definitions of an `openapi.v2.Document`.
fn from_protobuf(document: &[u8], definitions: &mut BTreeMap<String, Definition>) -> Result<(), String> {
    for field in fields(document)?.into_iter().filter(|field| field.number == 9) {
        for named in fields(field.bytes)? {
            let (name, definition) = named_schema(named.bytes)?;
            definitions.insert(name, definition);
        }
    }
    if definitions.is_empty() { Err("a document without definitions".to_owned()) } else { Ok(()) }
}

fn named_schema(message: &[u8]) -> Result<(String, Definition), String> {
    let (mut name, mut definition) = (String::new(), Definition::default());
    for field in fields(message)? {
        match field.number {
            1 => name = text(field.bytes),
            2 => definition = schema(field.bytes)?,
            _ => {}
        }
    }
    Ok((name, definition))
}

fn schema(message: &[u8]) -> Result<Definition, String> {
    let mut definition = Definition::default();
    for field in fields(message)? {
        match field.number {
            1 => definition.reference = Some(reference(&text(field.bytes))),
            21 => {
                let schemas = fields(field.bytes)?.into_iter().find(|field| field.number == 1);
                definition.additional = schemas.map(|field| schema(field.bytes)).transpose()?.map(Box::new);
            }
            22 => definition.is_list = fields(field.bytes)?.iter().any(|field| field.bytes == b"array"),
            23 => {
                let item = fields(field.bytes)?.into_iter().next();
                definition.items = item.map(|field| schema(field.bytes)).transpose()?.map(Box::new);
            }
            25 => {
                for property in fields(field.bytes)? {
                    let (name, property) = named_schema(property.bytes)?;
                    definition.properties.insert(name, property);
                }
            }
            31 => {
                let (mut name, mut value) = (String::new(), String::new());
                for part in fields(field.bytes)? {
                    match part.number {
                        1 => name = text(part.bytes),
                        2 => {
                            value = fields(part.bytes)?
                                .iter()
                                .filter(|field| field.number == 2)
                                .map(|field| text(field.bytes))
                                .collect()
                        }
                        _ => {}
                    }
                }
                definition.extension(&name, &yaml(&value)?);
            }
            _ => {}
        }
    }
    Ok(definition)
}

/// The definitions of a Swagger document in JSON.
fn from_json(document: &[u8], definitions: &mut BTreeMap<String, Definition>) -> Result<(), String> {
    fn definition(value: &Value) -> Definition {
        let boxed = |key: &str| {
            value.get(key).filter(|value| value.as_map().is_some()).map(|value| Box::new(definition(value)))
        };
        let properties = value.get("properties").into_iter().flat_map(Value::entries);
        let mut found = Definition {
            reference: value.get("$ref").and_then(Value::as_str).map(reference),
            is_list: value.get("type").and_then(Value::as_str) == Some("array"),
            items: boxed("items"),
            properties: properties.map(|entry| (entry.key.to_string(), definition(&entry.value))).collect(),
            additional: boxed("additionalProperties"),
            ..Definition::default()
        };
        for entry in value.entries() {
            found.extension(&entry.key, &entry.value);
        }
        found
    }
    let document = yaml(&text(document))?;
    for entry in document.get("definitions").into_iter().flat_map(Value::entries) {
        definitions.insert(entry.key.to_string(), definition(&entry.value));
    }
    Ok(())
}

fn reference(text: &str) -> String {
    text.trim_start_matches("#/definitions/").to_owned()
}

fn yaml(text: &str) -> Result<Value, String> {
    fetch::documents(text)?.into_iter().next().ok_or_else(|| format!("not YAML: {text}"))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A field of a protobuf message; `bytes` is empty for numbers.
struct Field<'a> {
    number: u64,
    bytes: &'a [u8],
}

fn fields(mut message: &[u8]) -> Result<Vec<Field<'_>>, String> {
    let mut found = Vec::new();
    while !message.is_empty() {
        let tag = varint(&mut message)?;
        let skip = match tag & 7 {
            0 => {
                varint(&mut message)?;
                0
            }
            1 => 8,
            2 => usize::try_from(varint(&mut message)?).map_err(|error| error.to_string())?,
            5 => 4,
            wire => return Err(format!("protobuf wire type {wire}")),
        };
        let (bytes, rest) = message.split_at_checked(skip).ok_or("a protobuf message that ends early")?;
        found.push(Field { number: tag >> 3, bytes });
        message = rest;
    }
    Ok(found)
}

fn varint(message: &mut &[u8]) -> Result<u64, String> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = message.split_first().ok_or("a protobuf message that ends early")?;
        *message = rest;
        value |= u64::from(byte & 127) << shift;
        if byte & 128 == 0 {
            return Ok(value);
        }
    }
    Err("a protobuf number that is too long".to_owned())
}

/// A type of the table: what can be reached from it.
struct Types<'a> {
    definitions: &'a BTreeMap<String, Definition>,
    /// Definitions from which a merged list can be reached.
    useful: BTreeSet<&'a str>,
    /// Lines of the table by content: types that look the same are one.
    numbers: BTreeMap<&'a str, usize>,
    lines: Vec<String>,
}

fn table(definitions: &BTreeMap<String, Definition>) -> String {
    let mut types = Types { definitions, useful: BTreeSet::new(), numbers: BTreeMap::new(), lines: Vec::new() };
    types.find_useful();
    let mut kinds = BTreeMap::new();
    for (name, definition) in definitions {
        if types.useful.contains(name.as_str()) {
            for kind in &definition.kinds {
                kinds.insert(kind.clone(), types.number(name));
            }
        }
    }
    let mut out = format!(
        "# Lists that kustomize merges, from kyaml {KYAML} (Kubernetes {KUBERNETES}); `cargo xtask schemas kustomize` writes this.\n"
    );
    for line in &types.lines {
        let _ = writeln!(out, "{line}");
    }
    out.push_str("---\n");
    for (kind, number) in kinds {
        let _ = writeln!(out, "{kind} {number}");
    }
    out
}

impl<'a> Types<'a> {
    fn find_useful(&mut self) {
        loop {
            let before = self.useful.len();
            for (name, definition) in self.definitions {
                if !self.useful.contains(name.as_str()) && self.leads_to_list(definition) {
                    self.useful.insert(name);
                }
            }
            if self.useful.len() == before {
                return;
            }
        }
    }

    fn leads_to_list(&self, definition: &Definition) -> bool {
        let children = definition.properties.values().chain(definition.additional.as_deref());
        children.into_iter().any(|child| {
            child.keys().is_some()
                || child.reference.as_ref().is_some_and(|name| self.useful.contains(name.as_str()))
                || self.leads_to_list(child)
        })
    }

    /// The line of a definition, which is written if it is not there yet.
    fn number(&mut self, name: &'a str) -> usize {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = self.lines.len();
        self.numbers.insert(name, number);
        self.lines.push(String::new());
        let definitions = self.definitions;
        if let Some(definition) = definitions.get(name) {
            self.lines[number] = self.line(definition);
        }
        number
    }

    fn line(&mut self, definition: &'a Definition) -> String {
        let named = definition.properties.iter().map(|(name, child)| (name.as_str(), child));
        let other = definition.additional.as_deref().map(|child| ("*", child));
        let fields: Vec<String> = named.chain(other).filter_map(|(name, child)| self.field(name, child)).collect();
        fields.join(" ")
    }

    fn field(&mut self, name: &str, definition: &'a Definition) -> Option<String> {
        if let Some(reference) = &definition.reference {
            let number = self.useful.contains(reference.as_str()).then(|| self.number(reference))?;
            return Some(format!("{name}:{number}"));
        }
        if let Some(keys) = definition.keys() {
            let item = definition.items.as_deref().and_then(|item| item.reference.as_deref());
            let item = item.filter(|item| self.useful.contains(item)).map(|item| format!(":{}", self.number(item)));
            return Some(format!("{name}={}{}", keys.join(","), item.unwrap_or_default()));
        }
        if self.leads_to_list(definition) {
            let line = self.line(definition);
            self.lines.push(line);
            return Some(format!("{name}:{}", self.lines.len() - 1));
        }
        None
    }
}
