//! What custom resources' schemas say beyond the shape.

use super::list::canonical;
use super::{Extent, Type, Walk, Wanted, near_value};
use crate::schema::{Constraints, ListType, NodeId, Shape};
use crate::value::{Data, Origin, Str, Value};

/// What came of an alternative.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Holds,
    Fails,
    Unknown,
}

impl<'v> Walk<'v> {
    pub(super) fn constraints(&mut self, id: NodeId, constraints: &'v Constraints, value: &'v Value, at: &'v Origin) {
        let at = if matches!(value.data, Data::Map(_) | Data::List(_)) { at } else { &value.origin };
        if value.unknown().is_some() || value.as_str().is_some_and(crate::text::has_placeholder) {
            self.uncertain = true;
            return;
        }
        self.values(constraints, value, at);
        match &value.data {
            Data::String(text) => self.text(constraints, text, value, at),
            Data::Int(number) => self.number(constraints, *number as f64, value, at),
            Data::Float(number) => self.number(constraints, *number, value, at),
            Data::List(items) => {
                self.size(constraints, items.len(), true, value, at);
                if constraints.unique_items {
                    self.duplicates(&ListType::Set, items);
                }
            }
            Data::Map(map) => self.size(constraints, map.len(), map.open.is_none(), value, at),
            _ => {}
        }
        self.logic(constraints, value, at);
        if constraints.embedded {
            self.embedded(value);
        }
        self.rules(id, &constraints.rules, value, at);
    }

    fn values(&mut self, constraints: &Constraints, value: &Value, at: &Origin) {
        if constraints.values.is_empty() {
            return;
        }
        let Some(text) = canonical(value) else {
            self.uncertain = true;
            return;
        };
        let allowed = constraints.values.iter().filter_map(canonical);
        if allowed.clone().any(|allowed| allowed == text) {
            return;
        }
        let values: Vec<Str> = allowed.map(|value| Str::from(value.trim_matches('"'))).collect();
        let near = value.as_str().and_then(|text| near_value(text, values.iter().map(Str::as_str)));
        self.invalid(value, at, Wanted::OneOf { values, near });
    }

    fn text(&mut self, constraints: &Constraints, text: &str, value: &Value, at: &Origin) {
        let (least, most) = constraints.length;
        let count = text.chars().count() as u64;
        if least.is_some_and(|least| count < least) || most.is_some_and(|most| count > most) {
            self.invalid(value, at, Wanted::Length(Extent { count, least, most }));
            return;
        }
        let Some(pattern) = &constraints.pattern else { return };
        match self.patterns.matches(pattern, text) {
            Some(true) => {}
            Some(false) => self.invalid(value, at, Wanted::Pattern(pattern.clone())),
            None => {
                self.uncertain = true;
                self.found.unchecked.push(format!("the pattern `{pattern}` uses what RE2 does not have"));
            }
        }
    }

    fn number(&mut self, constraints: &Constraints, number: f64, value: &Value, at: &Origin) {
        if let Some((least, excluded)) = constraints.minimum
            && (number < least || excluded && number == least)
        {
            self.invalid(value, at, Wanted::Minimum(least, excluded));
        } else if let Some((most, excluded)) = constraints.maximum
            && (number > most || excluded && number == most)
        {
            self.invalid(value, at, Wanted::Maximum(most, excluded));
        } else if let Some(multiple) = constraints.multiple_of
            && multiple > 0.0
            && (number / multiple).fract() != 0.0
        {
            self.invalid(value, at, Wanted::MultipleOf(multiple));
        }
    }

    /// `closed`: whether nothing but what is seen is there.
    fn size(&mut self, constraints: &Constraints, count: usize, closed: bool, value: &Value, at: &Origin) {
        let (least, most) = constraints.size;
        let count = count as u64;
        let too_few = least.is_some_and(|least| count < least);
        if too_few && !closed {
            self.uncertain = true;
        } else if too_few || most.is_some_and(|most| count > most) {
            self.invalid(value, at, Wanted::Size(Extent { count, least, most }));
        }
    }

    fn logic(&mut self, constraints: &'v Constraints, value: &'v Value, at: &'v Origin) {
        for id in &constraints.all_of {
            self.value(*id, value, at);
        }
        if !constraints.any_of.is_empty() {
            let outcomes: Vec<Outcome> = constraints.any_of.iter().map(|id| self.attempt(*id, value, at)).collect();
            if outcomes.iter().all(|outcome| *outcome == Outcome::Fails) {
                let words = self.alternatives(&constraints.any_of, "at least one");
                self.invalid(value, at, Wanted::Condition(words));
            } else if !outcomes.contains(&Outcome::Holds) {
                self.uncertain = true;
            }
        }
        if !constraints.one_of.is_empty() {
            let outcomes: Vec<Outcome> = constraints.one_of.iter().map(|id| self.attempt(*id, value, at)).collect();
            let count = |wanted| outcomes.iter().filter(|outcome| **outcome == wanted).count();
            match (count(Outcome::Holds), count(Outcome::Unknown)) {
                (1, 0) => {}
                (0, 0) | (2.., _) => {
                    let words = self.alternatives(&constraints.one_of, "exactly one");
                    self.invalid(value, at, Wanted::Condition(words));
                }
                _ => self.uncertain = true,
            }
        }
        if let Some(id) = constraints.not {
            match self.attempt(id, value, at) {
                Outcome::Holds => {
                    let words = self.exclusion(id);
                    self.invalid(value, at, Wanted::Condition(words));
                }
                Outcome::Unknown => self.uncertain = true,
                Outcome::Fails => {}
            }
        }
    }

    /// Try an alternative without reporting what it finds.
    fn attempt(&mut self, id: NodeId, value: &'v Value, at: &'v Origin) -> Outcome {
        let outer = std::mem::take(&mut self.found);
        let uncertain = std::mem::replace(&mut self.uncertain, false);
        self.value(id, value, at);
        let inner = std::mem::replace(&mut self.found, outer);
        let unknown = std::mem::replace(&mut self.uncertain, uncertain);
        self.found.unchecked.extend(inner.unchecked);
        if !inner.problems.is_empty() {
            Outcome::Fails
        } else if unknown {
            Outcome::Unknown
        } else {
            Outcome::Holds
        }
    }

    /// What alternatives ask for, in words.
    fn alternatives(&self, ids: &[NodeId], how_many: &str) -> String {
        let fields: Option<Vec<String>> = ids.iter().map(|id| self.required(*id)).collect();
        if let Some(fields) = fields {
            return format!("a map with {how_many} of {}", fields.join(", "));
        }
        let types: Option<Vec<Type>> = ids.iter().map(|id| super::expected(&self.schema.node(*id).shape)).collect();
        match types {
            Some(types) if types.iter().all(|kind| *kind != Type::Map) => {
                let types: Vec<String> = types.iter().map(ToString::to_string).collect();
                types.join(" or ")
            }
            _ => format!("what holds for {how_many} of {} alternatives of the schema", ids.len()),
        }
    }

    /// The keys that an alternative requires, if it asks for nothing else.
    fn required(&self, id: NodeId) -> Option<String> {
        let node = self.schema.node(id);
        let Shape::Object { fields, .. } = &node.shape else { return None };
        let names: Vec<String> =
            fields.iter().filter(|field| field.required).map(|field| format!("`{}`", field.name)).collect();
        (node.constraints.is_none() && !names.is_empty()).then(|| names.join(" and "))
    }

    /// What must not hold, in words.
    fn exclusion(&self, id: NodeId) -> String {
        if let Some(fields) = self.required(id) {
            return format!("a map without {fields}");
        }
        let any_of = self.schema.node(id).constraints.iter().flat_map(|constraints| &constraints.any_of);
        let fields: Option<Vec<String>> = any_of.map(|id| self.required(*id)).collect();
        match fields {
            Some(fields) if !fields.is_empty() => format!("a map without {}", fields.join(", ")),
            _ => "what the schema does not exclude".to_owned(),
        }
    }
}
