//! What several releases of a project accept between them.
//!
//! Which release a cluster runs is rarely known, so a custom resource has one schema: an object is
//! refused by it only if every release refuses it. Fields know the releases that have them.

use std::collections::BTreeMap;

use kate::schema::ListType;

use super::shape::{Constraints, Field, Node, Shape};

/// What either accepts.
pub(super) fn join(a: Node, b: Node) -> Node {
    if a == b {
        return a;
    }
    let nullable = a.nullable || b.nullable;
    let shape = shapes(a.shape, b.shape);
    let constraints = match (a.constraints, b.constraints) {
        (Some(a), Some(b)) if shape != Shape::Any => constraints(*a, *b),
        // A default stands in for what is missing, even if only one release has it.
        (Some(one), None) | (None, Some(one)) if shape != Shape::Any => {
            one.default.map(|default| Box::new(Constraints { default: Some(default), ..Constraints::default() }))
        }
        _ => None,
    };
    Node { shape, nullable, constraints }
}

fn shapes(a: Shape, b: Shape) -> Shape {
    match (a, b) {
        (a, b) if a == b => a,
        (Shape::String { format, values }, Shape::String { format: other, values: more }) => {
            let format = format.filter(|format| Some(*format) == other);
            Shape::String { format, values: either(values, more) }
        }
        (Shape::Integer { .. }, Shape::Integer { .. }) => Shape::Integer { narrow: false },
        (Shape::Integer { .. }, Shape::Number) | (Shape::Number, Shape::Integer { .. }) => Shape::Number,
        (Shape::IntOrString, Shape::String { .. } | Shape::Integer { .. })
        | (Shape::String { .. } | Shape::Integer { .. }, Shape::IntOrString) => Shape::IntOrString,
        (Shape::List { item, list_type }, Shape::List { item: other, list_type: other_type }) => Shape::List {
            item: Box::new(join(*item, *other)),
            list_type: if list_type == other_type { list_type } else { ListType::Atomic },
        },
        (Shape::Map { value }, Shape::Map { value: other }) => Shape::Map { value: Box::new(join(*value, *other)) },
        (Shape::Map { value }, Shape::Object { fields, others })
        | (Shape::Object { fields, others }, Shape::Map { value }) => {
            objects((Vec::new(), Some(value)), (fields, others))
        }
        (Shape::Object { fields, others }, Shape::Object { fields: more, others: more_others }) => {
            objects((fields, others), (more, more_others))
        }
        _ => Shape::Any,
    }
}

type Object = (Vec<Field>, Option<Box<Node>>);

fn objects(a: Object, b: Object) -> Shape {
    let mut fields: BTreeMap<String, Field> = BTreeMap::new();
    let mut right: BTreeMap<String, Field> = b.0.into_iter().map(|field| (field.name.clone(), field)).collect();
    // A key that only one declares may hold what the other lets any key hold.
    let alone = |field: Field, others: &Option<Box<Node>>| {
        let node = match others {
            Some(others) => join(field.node, (**others).clone()),
            None => field.node,
        };
        Field { node, required: false, ..field }
    };
    for field in a.0 {
        let joined = match right.remove(&field.name) {
            Some(other) => Field {
                required: field.required && other.required,
                minors: field.minors | other.minors,
                node: join(field.node, other.node),
                ..other
            },
            None => alone(field, &b.1),
        };
        fields.insert(joined.name.clone(), joined);
    }
    for (name, field) in right {
        fields.insert(name, alone(field, &a.1));
    }
    let others = match (a.1, b.1) {
        (Some(a), Some(b)) => Some(Box::new(join(*a, *b))),
        (a, b) => a.or(b),
    };
    Shape::Object { fields: fields.into_values().collect(), others }
}

/// The values of both sets; an empty one allows any.
fn either<T: PartialEq>(mut a: Vec<T>, b: Vec<T>) -> Vec<T> {
    if a.is_empty() || b.is_empty() {
        return Vec::new();
    }
    for value in b {
        if !a.contains(&value) {
            a.push(value);
        }
    }
    a
}

fn constraints(a: Constraints, b: Constraints) -> Option<Box<Constraints>> {
    fn least<T: PartialOrd>(a: Option<T>, b: Option<T>) -> Option<T> {
        a.zip(b).map(|(a, b)| if b < a { b } else { a })
    }
    fn greatest<T: PartialOrd>(a: Option<T>, b: Option<T>) -> Option<T> {
        a.zip(b).map(|(a, b)| if b > a { b } else { a })
    }
    fn same<T: PartialEq + Default>(a: T, b: T) -> T {
        if a == b { a } else { T::default() }
    }
    let joined = Constraints {
        values: either(a.values, b.values),
        pattern: same(a.pattern, b.pattern),
        length: (least(a.length.0, b.length.0), greatest(a.length.1, b.length.1)),
        size: (least(a.size.0, b.size.0), greatest(a.size.1, b.size.1)),
        minimum: same(a.minimum, b.minimum),
        maximum: same(a.maximum, b.maximum),
        multiple_of: same(a.multiple_of, b.multiple_of),
        unique_items: a.unique_items && b.unique_items,
        all_of: same(a.all_of, b.all_of),
        any_of: same(a.any_of, b.any_of),
        one_of: same(a.one_of, b.one_of),
        not: same(a.not, b.not),
        default: a.default.or(b.default),
        rules: a.rules.into_iter().filter(|rule| b.rules.contains(rule)).collect(),
        embedded: a.embedded && b.embedded,
    };
    (joined != Constraints::default()).then(|| Box::new(joined))
}

#[cfg(test)]
mod tests {
    use super::super::shape::ALL;
    use super::*;

    fn field(name: &str, node: Node, required: bool) -> Field {
        Field { name: name.to_owned(), node, required, minors: ALL }
    }

    fn text(values: &[&str], constraints: Constraints) -> Node {
        let values = values.iter().map(ToString::to_string).collect();
        let shape = Shape::String { format: None, values };
        Node { constraints: Some(Box::new(constraints)), ..Node::new(shape) }
    }

    fn object(fields: Vec<Field>) -> Node {
        Node::new(Shape::Object { fields, others: None })
    }

    #[test]
    fn is_no_stricter_than_either() {
        let pattern = |pattern: &str| Constraints { pattern: Some(pattern.to_owned()), ..Constraints::default() };
        let bounds = |least, most| Constraints { length: (least, most), ..Constraints::default() };
        let plain = || Node::new(Shape::Boolean);
        let old = object(vec![
            field("bounds", text(&[], bounds(Some(1), Some(5))), true),
            field("gone", plain(), true),
            field("pattern", text(&["a"], pattern("^a$")), true),
            field("same", text(&["a"], pattern("^a$")), true),
            field("type", plain(), false),
        ]);
        let new = object(vec![
            field("added", plain(), true),
            field("bounds", text(&[], bounds(Some(2), None)), true),
            field("pattern", text(&["b"], pattern("^b$")), false),
            field("same", text(&["a"], pattern("^a$")), true),
            field("type", Node::new(Shape::Number), false),
        ]);
        let expected = object(vec![
            field("added", plain(), false),
            field("bounds", text(&[], bounds(Some(1), None)), true),
            field("gone", plain(), false),
            field("pattern", Node { constraints: None, ..text(&["a", "b"], Constraints::default()) }, false),
            field("same", text(&["a"], pattern("^a$")), true),
            field("type", Node::new(Shape::Any), false),
        ]);
        assert_eq!(join(old.clone(), new.clone()), expected);
        assert_eq!(join(expected.clone(), old), expected);
        assert_eq!(join(expected.clone(), new), expected);
    }

    #[test]
    fn free_keys_stay_free() {
        let map = Node::new(Shape::Map { value: Box::new(Node::new(Shape::Any)) });
        let known = object(vec![field("a", Node::new(Shape::Boolean), true)]);
        let expected = Node::new(Shape::Object {
            fields: vec![field("a", Node::new(Shape::Any), false)],
            others: Some(Box::new(Node::new(Shape::Any))),
        });
        assert_eq!(join(map.clone(), known.clone()), expected);
        assert_eq!(join(known, map), expected);
    }
}
