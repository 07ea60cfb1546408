//! Rules of custom resources' schemas in CEL (`x-kubernetes-validations`).
//!
//! A rule is judged only if everything that it may look at is known, and only its plain `false` counts:
//! what the interpreter cannot compile or evaluate is not checked, and told. Rules about `oldSelf` are
//! about changes and say nothing of one object.

mod library;
mod names;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, LazyLock, RwLock};

use cel::{Context, Env, Program, extensions};
use rustc_hash::FxHashMap;
use serde::ser::{Error as _, Serialize, SerializeMap, SerializeSeq, Serializer};

pub use names::{Reading, Uses, read};

use super::{Problem, ProblemKind, Walk, path_text};
use crate::schema::{Field, Format, NodeId, Rule, Schema, Shape};
use crate::text::has_placeholder;
use crate::value::{Data, Origin, Str, Value};

/// Longest expression that is compiled.
const MAX_LENGTH: usize = 4_096;
/// Most operators and nested brackets of an expression: its evaluation is recursive.
const MAX_OPERATORS: usize = 96;
const MAX_NESTING: usize = 24;
/// Most steps of all loops of an expression together.
const MAX_STEPS: usize = 1_000_000;
/// Deepest value that is handed to a rule.
const MAX_DEPTH: usize = 64;

/// The standard library and its extensions of text and lists.
static ENVIRONMENT: LazyLock<Option<Arc<Env>>> = LazyLock::new(|| {
    let mut env = Env::stdlib().with_optional_support(true);
    env.add_extension(extensions::strings).ok()?;
    env.add_extension(extensions::lists).ok()?;
    Some(Arc::new(env))
});

/// Compiled rules, shared by all threads.
#[derive(Default)]
pub(super) struct Programs(RwLock<FxHashMap<Str, Result<Arc<Program>, String>>>);

impl std::fmt::Debug for Programs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Programs")
    }
}

impl Programs {
    fn get(&self, expression: &Str) -> Result<Arc<Program>, String> {
        if let Some(known) = self.0.read().expect("no holder of the lock panics").get(expression) {
            return known.clone();
        }
        let compiled = compile(expression);
        self.0.write().expect("no holder of the lock panics").insert(expression.clone(), compiled.clone());
        compiled
    }
}

fn compile(expression: &str) -> Result<Arc<Program>, String> {
    if is_too_long(expression) {
        return Err("it is too long".to_owned());
    }
    let Some(env) = ENVIRONMENT.as_ref() else { return Err("no interpreter".to_owned()) };
    let compiled = catch_unwind(AssertUnwindSafe(|| env.compile(expression)));
    match compiled {
        Ok(Ok(program)) => Ok(Arc::new(program)),
        Ok(Err(_)) | Err(_) => Err("it does not compile".to_owned()),
    }
}

fn is_too_long(expression: &str) -> bool {
    expression.len() > MAX_LENGTH || operators(expression) > MAX_OPERATORS || nesting(expression) > MAX_NESTING
}

fn operators(expression: &str) -> usize {
    expression
        .bytes()
        .filter(|byte| matches!(byte, b'&' | b'|' | b'+' | b'-' | b'*' | b'?' | b'!' | b'.' | b'%'))
        .count()
}

fn nesting(expression: &str) -> usize {
    let (mut depth, mut most) = (0_usize, 0);
    for byte in expression.bytes() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        most = most.max(depth);
    }
    most
}

/// How often an expression goes through a list or a map.
fn loops(expression: &str) -> u32 {
    let macros = [".all(", ".exists(", ".exists_one(", ".map(", ".filter(", ".sortBy(", ".transform"];
    macros.iter().map(|name| u32::try_from(expression.matches(name).count()).unwrap_or(u32::MAX)).sum()
}

impl<'v> Walk<'v> {
    /// Judge the rules of a node.
    pub(super) fn rules(&mut self, id: NodeId, rules: &'v [Rule], value: &'v Value, at: &'v Origin) {
        let about_one = |rule: &&Rule| !rule.expression.contains("oldSelf");
        let mut rules = rules.iter().filter(about_one).peekable();
        if rules.peek().is_none() {
            return;
        }
        let view = View { schema: self.schema, node: Some(id), value, root: self.path.is_empty(), depth: 0 };
        let Ok(this) = cel::to_value(&view) else {
            self.uncertain = true;
            return;
        };
        let size = size(value, 0);
        for rule in rules {
            match judge(&self.patterns.programs, &rule.expression, &this, size) {
                Ok(cel::Value::Bool(true)) => {}
                Ok(cel::Value::Bool(false)) => {
                    let made = rule.message_expression.as_ref().and_then(|expression| {
                        match evaluate(&self.patterns.programs, expression, &this, size) {
                            Ok(cel::Value::String(text)) => Some(text.to_string()),
                            _ => None,
                        }
                    });
                    let message = made.or_else(|| rule.message.as_ref().map(ToString::to_string));
                    let message = message.unwrap_or_else(|| format!("`{}`", rule.expression.trim()));
                    let kind = ProblemKind::FailedRule { message, expression: rule.expression.clone() };
                    self.found.problems.push(Problem {
                        kind,
                        path: path_text(&self.path),
                        at: at.clone(),
                        embedded: None,
                    });
                }
                Ok(_) => self.unchecked(&rule.expression, "it gives no truth value"),
                Err(why) => self.unchecked(&rule.expression, &why),
            }
        }
    }

    fn unchecked(&mut self, expression: &str, why: &str) {
        self.uncertain = true;
        self.found.unchecked.push(format!("the rule `{}`: {why}", expression.trim()));
    }
}

/// What comes of a rule.
fn judge(programs: &Programs, expression: &Str, this: &cel::Value, size: usize) -> Result<cel::Value, String> {
    // The interpreter writes lists and exponents in another way; for a message that is good enough.
    if expression.contains(".format(") {
        return Err("texts made by `format` are not compared".to_owned());
    }
    evaluate(programs, expression, this, size)
}

fn evaluate(programs: &Programs, expression: &Str, this: &cel::Value, size: usize) -> Result<cel::Value, String> {
    let steps = size.max(2).checked_pow(loops(expression));
    if steps.is_none_or(|steps| steps > MAX_STEPS) {
        return Err("it would take too long".to_owned());
    }
    let program = programs.get(expression)?;
    let Some(env) = ENVIRONMENT.as_ref() else { return Err("no interpreter".to_owned()) };
    let run = || {
        let mut context = Context::with_env(Arc::clone(env));
        context.add_variable_from_value("self", this.clone());
        library::add(&mut context).map_err(|error| error.to_string())?;
        program.execute(&context).map_err(|error| error.to_string())
    };
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| Err("the interpreter failed".to_owned()))
}

/// How many values there are in a value.
fn size(value: &Value, depth: usize) -> usize {
    if depth > MAX_DEPTH {
        return MAX_STEPS;
    }
    let below: usize = value.items().iter().map(|item| size(item, depth + 1)).sum();
    let entries: usize = value.entries().map(|entry| size(&entry.value, depth + 1)).sum();
    1 + below + entries
}

/// A value as rules see it: with defaults, without nulls that are nothing, keys that are no names in
/// CEL rewritten. What is not known cannot be seen.
struct View<'a> {
    schema: &'a Schema,
    /// None below what the schema does not describe.
    node: Option<NodeId>,
    value: &'a Value,
    /// Whether it is the whole object, of whose metadata only the name can be seen.
    root: bool,
    depth: usize,
}

impl<'a> View<'a> {
    fn inner(&self, node: Option<NodeId>, value: &'a Value) -> Self {
        Self { schema: self.schema, node, value, root: false, depth: self.depth + 1 }
    }

    fn is_nothing(&self, node: Option<NodeId>, value: &Value) -> bool {
        value.is_null() && node.is_none_or(|node| !self.schema.node(node).nullable)
    }
}

impl Serialize for View<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.depth > MAX_DEPTH {
            return Err(S::Error::custom("too deep"));
        }
        let shape = self.node.map(|node| &self.schema.node(node).shape);
        match &self.value.data {
            Data::Unknown(_) => Err(S::Error::custom("not known")),
            Data::Null => serializer.serialize_unit(),
            Data::Bool(truth) => serializer.serialize_bool(*truth),
            Data::Int(number) if matches!(shape, Some(Shape::Number)) => serializer.serialize_f64(*number as f64),
            Data::Int(number) => serializer.serialize_i64(*number),
            Data::Float(number) => serializer.serialize_f64(*number),
            Data::String(text) if has_placeholder(text) => Err(S::Error::custom("not known")),
            // Rules see times and bytes here, not text.
            Data::String(_) if matches!(shape, Some(Shape::String { format: Some(format), .. }) if is_typed(*format)) => {
                Err(S::Error::custom("not text"))
            }
            Data::String(text) => serializer.serialize_str(text),
            Data::List(items) => {
                let node = match shape {
                    Some(Shape::List { item, .. }) => Some(*item),
                    _ => None,
                };
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items.iter() {
                    list.serialize_element(&self.inner(node, item))?;
                }
                list.end()
            }
            Data::Map(map) if map.open.is_some() => Err(S::Error::custom("not known")),
            Data::Map(map) => {
                let mut out = serializer.serialize_map(None)?;
                match shape {
                    Some(Shape::Object { fields, others }) => {
                        for entry in map.iter() {
                            let declared = fields.iter().find(|field| field.name == entry.key).map(|field| field.node);
                            let node = declared.or(*others);
                            if self.is_nothing(node, &entry.value) {
                                continue;
                            }
                            if self.root && entry.key == "metadata" {
                                out.serialize_entry("metadata", &Name { of: &entry.value })?;
                            } else {
                                out.serialize_entry(&escaped(&entry.key), &self.inner(node, &entry.value))?;
                            }
                        }
                        for (field, default) in defaults(self.schema, fields, map) {
                            out.serialize_entry(&escaped(&field.name), &self.inner(Some(field.node), default))?;
                        }
                    }
                    shape => {
                        let node = match shape {
                            Some(Shape::Map { value }) => Some(*value),
                            _ => None,
                        };
                        for entry in map.iter().filter(|entry| !self.is_nothing(node, &entry.value)) {
                            out.serialize_entry(entry.key.as_str(), &self.inner(node, &entry.value))?;
                        }
                    }
                }
                out.end()
            }
        }
    }
}

/// The fields that are missing and have a default.
fn defaults<'a>(
    schema: &'a Schema,
    fields: &'a [Field],
    map: &crate::value::Map,
) -> impl Iterator<Item = (&'a Field, &'a Value)> {
    fields.iter().filter_map(move |field| {
        let node = schema.node(field.node);
        let missing = map.get(&field.name).is_none_or(|value| value.is_null() && !node.nullable);
        let default = node.constraints.as_ref()?.default.as_ref()?;
        missing.then_some((field, default))
    })
}

/// What rules may see of metadata.
struct Name<'a> {
    of: &'a Value,
}

impl Serialize for Name<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_map(None)?;
        for key in ["name", "generateName"] {
            match self.of.get(key).map(|value| &value.data) {
                Some(Data::String(text)) if !has_placeholder(text) => out.serialize_entry(key, text.as_str())?,
                None | Some(Data::Null) => {}
                Some(_) => return Err(S::Error::custom("not known")),
            }
        }
        out.end()
    }
}

fn is_typed(format: Format) -> bool {
    matches!(format, Format::DateTime | Format::Date | Format::Duration | Format::Byte)
}

/// The words that are no names in CEL.
pub const RESERVED: [&str; 21] = [
    "true",
    "false",
    "null",
    "in",
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];

/// A key as a name in CEL.
#[must_use]
pub fn escaped(key: &str) -> String {
    if RESERVED.contains(&key) {
        return format!("__{key}__");
    }
    if !key.contains("__") && !key.contains(['.', '-', '/']) {
        return key.to_owned();
    }
    let key = key.replace("__", "__underscores__");
    key.replace('.', "__dot__").replace('-', "__dash__").replace('/', "__slash__")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The differential test: the table was recorded from the API server's own CEL.
    #[test]
    fn expressions_give_what_the_api_server_makes_of_them() {
        let table = include_str!("../../../../tests/data/cel-expressions.tsv");
        let programs = Programs::default();
        let mut wrong = Vec::new();
        let mut count = 0;
        for line in table.lines().filter(|line| !line.starts_with("//")) {
            let columns: Vec<&str> = line.split('\t').collect();
            let (expression, wanted, may_be_unchecked) = (columns[0], columns[1], columns.get(2) == Some(&"unchecked"));
            count += 1;
            let got = match judge(&programs, &Str::from(expression), &cel::Value::Null, 1) {
                Ok(cel::Value::Bool(truth)) => truth.to_string(),
                _ => "unchecked".to_owned(),
            };
            let is_right = match wanted {
                "true" | "false" => got == wanted || got == "unchecked" && may_be_unchecked,
                // Types are not checked: what does not compile there may hold here, but nothing is said
                // to fail that does not.
                "does not compile" => got != "false",
                _ => got == "unchecked",
            };
            if !is_right {
                wrong.push(format!("{expression}: {got}, wanted {wanted}"));
            }
        }
        assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
        assert!(count >= 150);
    }
}
