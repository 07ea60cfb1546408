//! Custom resources from the Rust types that kopium makes of them (the `kcr_…` crates), where a
//! project's own definitions are in no registry.
//!
//! They say which fields there are, their types, which are required, and closed sets. What they do not
//! say is taken from a definition of the project's own, if there is an older one.

use std::collections::BTreeMap;

use kate::schema::ListType;

use super::shape::{ALL, Field, Node, Shape};

/// A kind in one version.
pub(super) struct Resource {
    pub(super) group: String,
    pub(super) version: String,
    pub(super) kind: String,
    pub(super) cluster: bool,
    pub(super) node: Node,
}

/// The fields of a struct, each with whether it is required; or the variants of an enum.
enum Type {
    Struct(Vec<(String, String, bool)>),
    Enum(Vec<String>),
}

/// The kind that a file is about; none in a file that only lists others.
pub(super) fn resource(source: &str) -> Result<Option<Resource>, String> {
    let mut types: BTreeMap<String, Type> = BTreeMap::new();
    let (mut kube, mut cluster, mut root, mut status) = (None, true, None, None);
    let mut rename = None;
    let mut inside: Option<String> = None;
    for line in source.lines().map(str::trim) {
        if let Some(about) = line.strip_prefix("#[kube(") {
            if about.starts_with("group") {
                kube = Some(["group", "version", "kind"].map(|key| attribute(about, key)));
            }
            cluster &= !about.starts_with("namespaced");
            status = status.or(attribute(about, "status"));
        } else if line.starts_with("#[serde(") {
            rename = attribute(line, "rename");
        } else if let Some(declared) = line.strip_prefix("pub struct ") {
            let name = declared.split([' ', '{']).next().unwrap_or_default().to_owned();
            // The root follows its attributes.
            if kube.is_some() && root.is_none() {
                root = Some(name.clone());
            }
            types.insert(name.clone(), Type::Struct(Vec::new()));
            inside = (!declared.ends_with('}')).then_some(name);
        } else if let Some(declared) = line.strip_prefix("pub enum ") {
            let name = declared.split([' ', '{']).next().unwrap_or_default().to_owned();
            types.insert(name.clone(), Type::Enum(Vec::new()));
            inside = Some(name);
        } else if line == "}" {
            inside = None;
        } else if let Some(of) = inside.as_ref().and_then(|name| types.get_mut(name))
            && !line.starts_with("//")
            && !line.starts_with("#[")
        {
            match of {
                Type::Struct(fields) => {
                    let (name, of) = line.trim_start_matches("pub ").split_once(": ").ok_or(line)?;
                    let name = rename.take().unwrap_or_else(|| name.trim_start_matches("r#").to_owned());
                    let of = of.trim_end_matches(',');
                    let optional = of.strip_prefix("Option<").and_then(|of| of.strip_suffix('>'));
                    fields.push((name, optional.unwrap_or(of).to_owned(), optional.is_none()));
                }
                Type::Enum(values) => {
                    values.push(rename.take().unwrap_or_else(|| line.trim_end_matches(',').to_owned()));
                }
            }
        }
    }
    let (Some([Some(group), Some(version), Some(kind)]), Some(root)) = (kube, root) else { return Ok(None) };
    let field = |name: &str, node: Node| Field { name: name.to_owned(), node, required: false, minors: ALL };
    let mut fields = vec![field("spec", node(&root, &types)?)];
    if let Some(status) = status {
        fields.push(field("status", node(&status, &types)?));
    }
    let node = Node::new(Shape::Object { fields, others: None });
    Ok(Some(Resource { group, version, kind, cluster, node }))
}

/// `key = "text"`, `key="text"`.
fn attribute(line: &str, key: &str) -> Option<String> {
    let at = line.find(&format!("{key} = \"")).map(|at| at + key.len() + 4);
    let at = at.or_else(|| line.find(&format!("{key}=\"")).map(|at| at + key.len() + 2))?;
    line[at..].split('"').next().map(str::to_owned)
}

fn node(of: &str, types: &BTreeMap<String, Type>) -> Result<Node, String> {
    let inner = |start: &str| of.strip_prefix(start).and_then(|of| of.strip_suffix('>'));
    if let Some(inner) = inner("Box<") {
        return node(inner, types);
    }
    let shape = if let Some(inner) = inner("Vec<") {
        Shape::List { item: Box::new(node(inner, types)?), list_type: ListType::Atomic }
    } else if let Some(inner) = inner("BTreeMap<String, ") {
        Shape::Map { value: Box::new(node(inner, types)?) }
    } else {
        match of {
            "String" => Shape::String { format: None, values: Vec::new() },
            "i32" | "u32" => Shape::Integer { narrow: true },
            "i64" | "u64" => Shape::Integer { narrow: false },
            "f64" => Shape::Number,
            "bool" => Shape::Boolean,
            "IntOrString" => Shape::IntOrString,
            "serde_json::Value" | "Condition" => Shape::Any,
            _ => match types.get(of).ok_or_else(|| format!("an unknown type {of}"))? {
                Type::Enum(values) => Shape::String { format: None, values: values.clone() },
                Type::Struct(fields) => {
                    let field = |(name, of, required): &(String, String, bool)| {
                        Ok(Field { name: name.clone(), node: node(of, types)?, required: *required, minors: ALL })
                    };
                    let mut fields = fields.iter().map(field).collect::<Result<Vec<_>, String>>()?;
                    fields.sort_by(|a, b| a.name.cmp(&b.name));
                    // A struct of nothing stands for an object of which nothing is said.
                    match fields.is_empty() {
                        true => Shape::Map { value: Box::new(Node::new(Shape::Any)) },
                        false => Shape::Object { fields, others: None },
                    }
                }
            },
        }
    };
    Ok(Node::new(shape))
}

/// Say of `node` what kopium leaves out, as an older definition says it.
pub(super) fn complete(node: &mut Node, older: &Node) {
    node.nullable = older.nullable;
    node.constraints.clone_from(&older.constraints);
    match (&mut node.shape, &older.shape) {
        (Shape::Any, _) | (Shape::IntOrString, Shape::Quantity) => node.shape = older.shape.clone(),
        (Shape::String { format, .. }, Shape::String { format: known, .. }) => *format = *known,
        (Shape::Integer { narrow }, Shape::Integer { narrow: known }) => *narrow = *known,
        (Shape::List { item, list_type }, Shape::List { item: older, list_type: known }) => {
            *list_type = known.clone();
            complete(item, older);
        }
        (Shape::Map { value }, Shape::Map { value: older }) => complete(value, older),
        (Shape::Object { fields, others }, Shape::Object { fields: known, others: known_others }) => {
            others.clone_from(known_others);
            for field in fields {
                if let Some(known) = known.iter().find(|known| known.name == field.name) {
                    complete(&mut field.node, &known.node);
                }
            }
        }
        _ => {}
    }
}

/// [`complete`] for a whole object, of which kopium knows no more than `spec` and `status`.
pub(super) fn complete_object(node: &mut Node, older: &Node) {
    complete(node, older);
    if let (Shape::Object { fields, .. }, Shape::Object { fields: known, .. }) = (&mut node.shape, &older.shape) {
        for field in known {
            match fields.iter_mut().find(|own| own.name == field.name) {
                Some(own) => own.required = field.required,
                None => fields.push(field.clone()),
            }
        }
        fields.sort_by(|a, b| a.name.cmp(&b.name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = r#"
/// About it.
#[derive(CustomResource)]
#[kube(group = "example.com", version = "v1", kind = "Thing", plural = "things")]
#[kube(namespaced)]
#[kube(status = "ThingStatus")]
pub struct ThingSpec {
    /// Text, "quoted".
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "apiUrl")]
    pub api_url: Option<String>,
    pub r#type: ThingType,
    pub parts: Vec<ThingParts>,
}

pub enum ThingType {
    #[serde(rename = "")]
    KopiumEmpty,
    Plain,
}

pub struct ThingParts {
    pub labels: BTreeMap<String, String>,
}

pub struct ThingStatus {
}
"#;

    #[test]
    fn types_are_read() {
        let Resource { group, version, kind, cluster, node } = resource(SOURCE).unwrap().unwrap();
        assert_eq!((&*group, &*version, &*kind, cluster), ("example.com", "v1", "Thing", false));
        let Shape::Object { fields, .. } = node.shape else { panic!("an object") };
        let [spec, status] = &fields[..] else { panic!("{fields:?}") };
        assert!(matches!(status.node.shape, Shape::Map { .. }));
        let Shape::Object { fields, .. } = &spec.node.shape else { panic!("an object") };
        let told: Vec<_> = fields.iter().map(|field| (field.name.as_str(), field.required)).collect();
        assert_eq!(told, [("apiUrl", false), ("parts", true), ("type", true)]);
        let values = ["", "Plain"].map(str::to_owned).to_vec();
        assert_eq!(fields[2].node.shape, Shape::String { format: None, values });
        assert!(resource("pub mod v1;").unwrap().is_none());
        assert!(resource(&SOURCE.replace("ThingType,", "Unknown,")).is_err());
    }
}
