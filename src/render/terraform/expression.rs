//! Partial evaluation of expressions: what is known stays known, with its origin.
//!
//! A [`Failure`] is what Terraform itself would refuse (so `try` goes on to its next argument);
//! what kate cannot tell is an unknown value.

use super::functions;
use super::operators;
use super::tree::Tree;
use crate::model::terraform::named;
use crate::syntax::hcl::{
    Expression, ExpressionKind, ForExpression, ObjectItem, TemplatePart, Traversal, TraversalStep,
};
use crate::text::Span;
use crate::value::{Data, Entry, Map, Origin, Reason, Step, Str, Unknown, Value};

/// Terraform would refuse this.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    /// Why.
    pub(super) message: String,
    /// Where.
    pub(super) at: Span,
}

impl Failure {
    pub(super) fn new(message: impl Into<String>, at: Span) -> Self {
        Self { message: message.into(), at }
    }

    /// As a value for whoever cannot fail.
    pub(super) fn into_value(self) -> Value {
        Value::new(Data::Unknown(Unknown::new(Reason::TerraformValue, self.message, Some(self.at))), self.at)
    }
}

pub(super) type Outcome = Result<Value, Failure>;

/// Names bound here: `for` variables, iterators, `each`, `count`.
pub(super) type Bound = Vec<(Str, Value)>;

/// Levels of expressions, locals and modules within each other.
const MAX_DEPTH: usize = 250;
/// Longest text, in bytes, and most items of a collection that an expression may make.
pub(super) const MAX_TEXT: usize = 1 << 18;
pub(super) const MAX_ITEMS: usize = 20_000;

pub(super) fn unknown(detail: impl Into<String>, at: Span) -> Value {
    Value::new(Data::Unknown(Unknown::new(Reason::TerraformValue, detail, Some(at))), at)
}

pub(super) fn limit(detail: &str, at: Span) -> Value {
    Value::new(Data::Unknown(Unknown::new(Reason::Limit, detail, Some(at))), at)
}

/// A map that may have further keys.
pub(super) fn open_map(open: Option<Unknown>) -> Map {
    let mut map = Map::default();
    map.open = open;
    map
}

/// An unknown value for the same reason as `why`.
pub(super) fn because(why: &Unknown, at: Span) -> Value {
    Value::new(Data::Unknown(why.clone()), at)
}

/// A value computed at `at` from others.
pub(super) fn derived(data: Data, at: Span, from: &[&Value]) -> Value {
    let mut origins = vec![Origin::Source(at)];
    for value in from {
        origins.push(value.origin.clone());
        if let Data::List(items) = &value.data {
            origins.extend(items.iter().take(16).map(|item| item.origin.clone()));
        }
    }
    origins.truncate(32);
    Value::new(data, Origin::derived(Step::Expression, at, origins))
}

/// Evaluates expressions of one module instance.
pub(super) struct Evaluator<'t, 'a> {
    pub(super) tree: &'t Tree<'a>,
    /// The module instance.
    pub(super) node: usize,
    pub(super) bound: Bound,
}

impl<'a> Evaluator<'_, 'a> {
    /// Evaluate; what fails is unknown.
    pub(super) fn value(&mut self, expression: &'a Expression) -> Value {
        self.expression(expression).unwrap_or_else(Failure::into_value)
    }

    pub(super) fn expression(&mut self, expression: &'a Expression) -> Outcome {
        let at = expression.span;
        if !self.tree.step() {
            return Ok(limit("too many expressions", at));
        }
        if self.tree.depth.get() > MAX_DEPTH {
            return Ok(limit("expressions depend on each other too deeply", at));
        }
        self.tree.depth.set(self.tree.depth.get() + 1);
        let outcome = self.kind(expression, at);
        self.tree.depth.set(self.tree.depth.get() - 1);
        outcome
    }

    fn kind(&mut self, expression: &'a Expression, at: Span) -> Outcome {
        Ok(match &expression.kind {
            ExpressionKind::Null => Value::new(Data::Null, at),
            ExpressionKind::Bool(truth) => Value::new(Data::Bool(*truth), at),
            ExpressionKind::Number(text) => Value::new(operators::parse_number(text, at), at),
            ExpressionKind::String(text) => Value::string(text.clone(), at),
            ExpressionKind::Template(parts) => return self.template_value(parts, at),
            ExpressionKind::Tuple(items) => {
                let items: Result<Vec<_>, _> = items.iter().map(|item| self.expression(item)).collect();
                Value::list(items?, at)
            }
            ExpressionKind::Object(items) => return self.object(items, at),
            ExpressionKind::Traversal(traversal) => return self.traversal(traversal, at),
            ExpressionKind::Call(call) => return functions::call(self, call, at),
            ExpressionKind::Conditional(parts) => return self.conditional(parts, at),
            ExpressionKind::Binary(parts) => {
                let left = self.expression(&parts.0)?;
                let right = self.expression(&parts.2)?;
                return operators::binary(&left, &parts.1, &right, at);
            }
            ExpressionKind::Unary(parts) => {
                let operand = self.expression(&parts.1)?;
                return operators::unary(&parts.0, &operand, at);
            }
            ExpressionKind::Parenthesis(inner) => return self.expression(inner),
            ExpressionKind::For(each) => return self.for_expression(each, at),
            ExpressionKind::Variable(name) => match self.bound(name) {
                Some(value) => value,
                None => unknown(format!("`{name}` is not a value"), at),
            },
        })
    }

    fn bound(&self, name: &str) -> Option<Value> {
        self.bound.iter().rev().find(|(bound, _)| bound == name).map(|(_, value)| value.clone())
    }

    fn conditional(&mut self, parts: &'a [Expression; 3], at: Span) -> Outcome {
        let condition = self.expression(&parts[0])?;
        if let Some(why) = condition.unknown() {
            let then = self.expression(&parts[1])?;
            let otherwise = self.expression(&parts[2])?;
            // Both ways the same: known whatever the condition says.
            let same = then.unknown().is_none() && operators::equal(&then, &otherwise) == Some(true);
            return Ok(if same { then } else { because(why, at) });
        }
        let (chosen, other) = match operators::truth(&condition) {
            Some(true) => (&parts[1], &parts[2]),
            Some(false) => (&parts[2], &parts[1]),
            None => return Err(Failure::new("the condition is not true or false", parts[0].span)),
        };
        let value = self.expression(chosen)?;
        // Both ways have one type: beside text, a number is text.
        if matches!(value.data, Data::Int(_) | Data::Float(_) | Data::Bool(_))
            && matches!(self.expression(other), Ok(Value { data: Data::String(_), .. }))
            && let Some(text) = operators::text(&value)
        {
            return Ok(Value::string(text, value.origin));
        }
        Ok(value)
    }

    /// A template; one that is a single interpolation is its value.
    fn template_value(&mut self, parts: &'a [TemplatePart], at: Span) -> Outcome {
        if let [TemplatePart::Interpolation(inner)] = parts {
            return self.expression(inner);
        }
        let mut text = Text::default();
        let mut inputs = Vec::new();
        let mut why = None;
        self.template(parts, &mut text, &mut inputs, &mut why)?;
        if text.full {
            return Ok(limit("a text that is too long", at));
        }
        if let Some(why) = why {
            return Ok(because(&why, at));
        }
        Ok(derived(Data::String(text.text.into()), at, &inputs.iter().collect::<Vec<_>>()))
    }

    fn template(
        &mut self,
        parts: &'a [TemplatePart],
        text: &mut Text,
        inputs: &mut Vec<Value>,
        why: &mut Option<Unknown>,
    ) -> Result<(), Failure> {
        for part in parts {
            match part {
                TemplatePart::Literal(literal, _) => text.push(literal),
                TemplatePart::Interpolation(inner) => {
                    let value = self.expression(inner)?;
                    match (value.unknown(), operators::text(&value)) {
                        (Some(reason), _) => *why = why.take().or_else(|| Some(reason.clone())),
                        (None, Some(part)) => text.push(&part),
                        (None, None) if operators::is_inexact(&value) => {
                            *why = Some(Unknown::new(Reason::TerraformValue, "an inexact number", Some(inner.span)));
                        }
                        (None, None) => return Err(Failure::new("not text", inner.span)),
                    }
                    inputs.push(value);
                }
                TemplatePart::If(part) => {
                    let condition = self.expression(&part.condition)?;
                    match (condition.unknown(), operators::truth(&condition)) {
                        (Some(reason), _) => *why = why.take().or_else(|| Some(reason.clone())),
                        (None, Some(true)) => self.template(&part.then, text, inputs, why)?,
                        (None, Some(false)) => self.template(&part.otherwise, text, inputs, why)?,
                        (None, None) => return Err(Failure::new("not true or false", part.condition.span)),
                    }
                }
                TemplatePart::For(part) => {
                    let collection = self.expression(&part.collection)?;
                    match pairs(&collection, part.collection.span)? {
                        Ok(pairs) => {
                            for (key, value) in pairs {
                                let before = self.bound.len();
                                self.bind(part.key_variable.as_ref(), &part.value_variable, key, value);
                                let outcome = self.template(&part.body, text, inputs, why);
                                self.bound.truncate(before);
                                outcome?;
                            }
                        }
                        Err(reason) => *why = why.take().or(Some(reason)),
                    }
                }
            }
        }
        Ok(())
    }

    fn bind(&mut self, key_name: Option<&Str>, value_name: &Str, key: Value, value: Value) {
        if let Some(name) = key_name {
            self.bound.push((name.clone(), key));
        }
        self.bound.push((value_name.clone(), value));
    }

    fn object(&mut self, items: &'a [ObjectItem], at: Span) -> Outcome {
        let mut map = Map::default();
        for item in items {
            let key = match &item.key.kind {
                ExpressionKind::Variable(name) => Value::string(name.clone(), item.key.span),
                _ => self.expression(&item.key)?,
            };
            let value = self.expression(&item.value)?;
            match (key.unknown(), operators::text(&key)) {
                (Some(why), _) => map.open = Some(why.clone()),
                (None, Some(text)) => map.insert(text, key.origin.clone(), value),
                (None, None) => return Err(Failure::new("a key that is not text", item.key.span)),
            }
        }
        Ok(Value::map(map, at))
    }

    fn for_expression(&mut self, each: &'a ForExpression, at: Span) -> Outcome {
        let collection = self.expression(&each.collection)?;
        let open = collection.as_map().and_then(|map| map.open.clone());
        let pairs = match pairs_of_open(&collection, each.collection.span)? {
            Ok(pairs) => pairs,
            Err(why) => return Ok(because(&why, at)),
        };
        let mut list = Vec::new();
        let mut map = open_map(open.clone());
        let mut groups: Vec<(Str, Origin, Vec<Value>)> = Vec::new();
        for (key, value) in pairs {
            let before = self.bound.len();
            self.bind(each.key_variable.as_ref(), &each.value_variable, key, value);
            let one = self.for_item(each);
            self.bound.truncate(before);
            match one? {
                Item::Skipped => {}
                Item::MaybeSkipped(why) if each.key.is_none() => return Ok(because(&why, at)),
                Item::MaybeSkipped(why) => map.open = Some(why),
                Item::Value(value) => list.push(value),
                Item::Entry(key, origin, value) if each.grouping => {
                    match groups.iter_mut().find(|(known, ..)| *known == key) {
                        Some((_, _, values)) => values.push(value),
                        None => groups.push((key, origin, vec![value])),
                    }
                }
                Item::Entry(key, origin, value) => {
                    if map.get(&key).is_some() {
                        return Err(Failure::new(format!("two items produce the key \"{key}\""), at));
                    }
                    map.push_unique(Entry { key, key_origin: origin, value });
                }
            }
            if list.len() + map.len() > MAX_ITEMS {
                return Ok(limit("a collection that is too large", at));
            }
        }
        for (key, origin, values) in groups {
            map.insert(key, origin, Value::list(values, at));
        }
        match (&each.key, open) {
            (None, Some(why)) => Ok(because(&why, at)),
            (None, None) => Ok(Value::list(list, at)),
            (Some(_), _) => Ok(Value::map(map, at)),
        }
    }

    fn for_item(&mut self, each: &'a ForExpression) -> Result<Item, Failure> {
        if let Some(condition) = &each.condition {
            let value = self.expression(condition)?;
            match (value.unknown(), operators::truth(&value)) {
                (Some(why), _) => return Ok(Item::MaybeSkipped(why.clone())),
                (None, Some(true)) => {}
                (None, Some(false)) => return Ok(Item::Skipped),
                (None, None) => return Err(Failure::new("not true or false", condition.span)),
            }
        }
        let Some(key) = &each.key else { return Ok(Item::Value(self.expression(&each.value)?)) };
        let key_value = self.expression(key)?;
        let value = self.expression(&each.value)?;
        match (key_value.unknown(), operators::text(&key_value)) {
            (Some(why), _) => Ok(Item::MaybeSkipped(why.clone())),
            (None, Some(text)) => Ok(Item::Entry(text.into(), key_value.origin, value)),
            (None, None) => Err(Failure::new("a key that is not text", key.span)),
        }
    }

    fn traversal(&mut self, traversal: &'a Traversal, at: Span) -> Outcome {
        let steps = traversal.steps.as_slice();
        let ExpressionKind::Variable(root) = &traversal.base.kind else {
            let base = self.expression(&traversal.base)?;
            return self.steps(base, steps, at);
        };
        if let Some(value) = self.bound(root) {
            return self.steps(value, steps, at);
        }
        if let Some(found) = named(root, traversal) {
            let (value, rest) = self.tree.named(self, &found, at);
            return self.steps(value, rest, at);
        }
        let first = match steps.first() {
            Some(TraversalStep::Attribute(name, _)) => name.as_str(),
            _ => "",
        };
        let value = match (root.as_str(), first) {
            ("path", "module") => Value::string(self.tree.relative_path(self.node), at),
            ("path", "root") => Value::string(".", at),
            ("terraform" | "tofu", "workspace") => unknown("the workspace", at),
            _ => unknown(format!("`{root}.{first}`"), at),
        };
        self.steps(value, steps.get(1..).unwrap_or_default(), at)
    }

    fn steps(&mut self, base: Value, steps: &'a [TraversalStep], at: Span) -> Outcome {
        let mut value = base;
        for (index, step) in steps.iter().enumerate() {
            if value.unknown().is_some() {
                // Keep the reason, but say where it was asked for.
                return Ok(value);
            }
            value = match step {
                TraversalStep::Attribute(name, span) => attribute(&value, name, *span)?,
                TraversalStep::Index(key) => {
                    let key_value = self.expression(key)?;
                    element(&value, &key_value, key.span)?
                }
                TraversalStep::Splat(span) => {
                    return self.splat(&value, &steps[index + 1..], &[], *span, at);
                }
                TraversalStep::AttributeSplat(span) => {
                    let rest = &steps[index + 1..];
                    let attributes =
                        rest.iter().take_while(|step| matches!(step, TraversalStep::Attribute(..))).count();
                    return self.splat(&value, &rest[..attributes], &rest[attributes..], *span, at);
                }
            };
        }
        Ok(value)
    }

    /// `inner` is taken of each item, `outer` of the whole result.
    fn splat(
        &mut self,
        value: &Value,
        inner: &'a [TraversalStep],
        outer: &'a [TraversalStep],
        span: Span,
        at: Span,
    ) -> Outcome {
        let items = match &value.data {
            Data::List(items) => items.as_ref().clone(),
            Data::Null => Vec::new(),
            // A map or scalar is taken as a list of one.
            _ => vec![value.clone()],
        };
        let results: Result<Vec<_>, _> = items.into_iter().map(|item| self.steps(item, inner, at)).collect();
        self.steps(Value::list(results?, span), outer, at)
    }
}

enum Item {
    Skipped,
    MaybeSkipped(Unknown),
    Value(Value),
    Entry(Str, Origin, Value),
}

/// Text with a limit.
#[derive(Default)]
pub(super) struct Text {
    pub(super) text: String,
    /// Whether something did not fit.
    pub(super) full: bool,
}

impl Text {
    pub(super) fn push(&mut self, part: &str) {
        if self.text.len() + part.len() > MAX_TEXT {
            self.full = true;
        } else {
            self.text.push_str(part);
        }
    }

    pub(super) fn value(self, at: Span, from: &[&Value]) -> Value {
        if self.full { limit("a text that is too long", at) } else { derived(Data::String(self.text.into()), at, from) }
    }
}

/// Keys and values of a collection, in the order in which Terraform goes over them.
pub(super) fn pairs(collection: &Value, at: Span) -> Result<Result<Vec<(Value, Value)>, Unknown>, Failure> {
    match collection.as_map().and_then(|map| map.open.clone()) {
        Some(why) => Ok(Err(why)),
        None => pairs_of_open(collection, at),
    }
}

/// The same for what is known of an open map.
fn pairs_of_open(collection: &Value, at: Span) -> Result<Result<Vec<(Value, Value)>, Unknown>, Failure> {
    Ok(Ok(match &collection.data {
        Data::List(items) => items
            .iter()
            .zip(0..)
            .map(|(item, index)| (Value::new(Data::Int(index), item.origin.clone()), item.clone()))
            .collect(),
        Data::Map(map) => sorted(map)
            .into_iter()
            .map(|entry| (Value::string(entry.key.clone(), entry.key_origin.clone()), entry.value.clone()))
            .collect(),
        Data::Unknown(why) => return Ok(Err(why.clone())),
        _ => return Err(Failure::new("not a collection", at)),
    }))
}

/// Entries in order of key.
pub(super) fn sorted(map: &Map) -> Vec<&Entry> {
    let mut entries: Vec<&Entry> = map.iter().collect();
    entries.sort_by(|a, b| a.key.cmp(&b.key));
    entries
}

/// `.name`
pub(super) fn attribute(value: &Value, name: &str, at: Span) -> Outcome {
    match &value.data {
        Data::Map(map) => match (map.get(name), &map.open) {
            (Some(value), _) => Ok(value.clone()),
            (None, Some(why)) => Ok(because(why, at)),
            (None, None) => Err(Failure::new(format!("no attribute `{name}`"), at)),
        },
        Data::Unknown(_) => Ok(value.clone()),
        Data::List(items) => match name.parse::<usize>().ok().and_then(|index| items.get(index)) {
            Some(item) => Ok(item.clone()),
            None => Err(Failure::new(format!("no attribute `{name}`"), at)),
        },
        _ => Err(Failure::new(format!("no attribute `{name}`"), at)),
    }
}

/// `[key]`
pub(super) fn element(value: &Value, key: &Value, at: Span) -> Outcome {
    if let Some(why) = value.unknown().or(key.unknown()) {
        return Ok(because(why, at));
    }
    match &value.data {
        Data::List(items) => {
            let index = operators::integer(key).and_then(|index| usize::try_from(index).ok());
            match index.and_then(|index| items.get(index)) {
                Some(item) => Ok(item.clone()),
                None => Err(Failure::new("no such element", at)),
            }
        }
        Data::Map(_) => match operators::text(key) {
            Some(name) => attribute(value, &name, at),
            None => Err(Failure::new("a key that is not text", at)),
        },
        _ => Err(Failure::new("not a collection", at)),
    }
}
