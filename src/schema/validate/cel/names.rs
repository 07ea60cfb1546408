//! What an expression names, without running it.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;

use cel::common::ast::{EntryExpr, Expr, IdedExpr};
use rustc_hash::FxHashSet;

use super::{ENVIRONMENT, is_too_long};

/// Every function and macro.
static FUNCTIONS: LazyLock<FxHashSet<&str>> =
    LazyLock::new(|| include_str!("functions.txt").lines().filter(|line| !line.starts_with('#')).collect());

/// Types, and what stands before the dot of a function's name.
const BUILT_IN: &[&str] = &[
    "base64",
    "bool",
    "bytes",
    "cel",
    "cidr",
    "double",
    "dyn",
    "format",
    "google",
    "int",
    "ip",
    "jsonpatch",
    "kubernetes",
    "list",
    "lists",
    "map",
    "math",
    "net",
    "null_type",
    "optional",
    "optional_type",
    "regex",
    "sets",
    "string",
    "strings",
    "type",
    "uint",
];

/// Macros whose first arguments are new names, which the parser leaves as calls.
const BINDING: &[&str] = &[
    "all",
    "bind",
    "exists",
    "existsOne",
    "exists_one",
    "filter",
    "map",
    "optFlatMap",
    "optMap",
    "sortBy",
    "transformList",
    "transformMap",
    "transformMapEntry",
];

/// What an expression uses.
#[derive(Clone, Default, Debug)]
pub struct Uses {
    /// Names that it does not declare itself and that are no types.
    pub names: BTreeSet<String>,
    /// Fields that it reads of these names directly: `variables.a` is `("variables", "a")`.
    pub fields: BTreeSet<(String, String)>,
    /// Functions that Kubernetes does not have.
    pub unknown_functions: BTreeSet<String>,
}

/// What an expression says.
#[derive(Clone, Debug)]
pub enum Reading {
    /// It is too long to be read here.
    Unread,
    /// It is no expression, and why.
    Broken(String),
    /// What it uses.
    Uses(Uses),
}

/// Read an expression.
#[must_use]
pub fn read(expression: &str) -> Reading {
    let Some(env) = ENVIRONMENT.as_ref().filter(|_| !is_too_long(expression)) else { return Reading::Unread };
    match catch_unwind(AssertUnwindSafe(|| env.compile(expression))) {
        Err(_) => Reading::Unread,
        Ok(Ok(program)) => {
            let mut uses = Uses::default();
            walk(program.expression(), &mut Vec::new(), &mut uses);
            Reading::Uses(uses)
        }
        Ok(Err(errors)) => match errors.errors.first() {
            None => Reading::Unread,
            Some(first) => {
                let why: String = first.msg.split_whitespace().collect::<Vec<_>>().join(" ");
                let why = why.trim_start_matches("Syntax error: ");
                Reading::Broken(format!("line {}, column {}: {why}", first.pos.0, first.pos.1))
            }
        },
    }
}

/// The nesting of brackets and the number of operators are bounded, and so is the depth.
fn walk<'e>(of: &'e IdedExpr, bound: &mut Vec<&'e str>, uses: &mut Uses) {
    let known = bound.len();
    match &of.expr {
        Expr::Ident(name) => {
            if !name.starts_with('@') && !bound.contains(&name.as_str()) && !BUILT_IN.contains(&name.as_str()) {
                uses.names.insert(name.trim_start_matches('.').to_owned());
            }
        }
        Expr::Call(call) => {
            let name = call.func_name.as_str();
            let plain = name.starts_with(|c: char| c.is_ascii_alphabetic());
            if plain && !FUNCTIONS.contains(name.rsplit('.').next().unwrap_or(name)) {
                uses.unknown_functions.insert(name.to_owned());
            }
            if let Some(target) = &call.target {
                walk(target, bound, uses);
            }
            if BINDING.contains(&name) {
                bound.extend(call.args.iter().filter_map(|argument| match &argument.expr {
                    Expr::Ident(name) => Some(name.as_str()),
                    _ => None,
                }));
            }
            call.args.iter().for_each(|argument| walk(argument, bound, uses));
        }
        Expr::Comprehension(loops) => {
            walk(&loops.iter_range, bound, uses);
            walk(&loops.accu_init, bound, uses);
            bound.push(&loops.iter_var);
            bound.push(&loops.accu_var);
            bound.extend(loops.iter_var2.as_deref());
            for part in [&loops.loop_cond, &loops.loop_step, &loops.result] {
                walk(part, bound, uses);
            }
        }
        Expr::Select(select) => {
            if let Expr::Ident(name) = &select.operand.expr
                && !bound.contains(&name.as_str())
            {
                uses.fields.insert((name.clone(), select.field.clone()));
            }
            walk(&select.operand, bound, uses);
        }
        Expr::List(list) => list.elements.iter().for_each(|element| walk(element, bound, uses)),
        Expr::Map(map) => map.entries.iter().for_each(|entry| entry_of(&entry.expr, bound, uses)),
        Expr::Struct(made) => made.entries.iter().for_each(|entry| entry_of(&entry.expr, bound, uses)),
        Expr::Literal(_) | Expr::Unspecified => {}
    }
    bound.truncate(known);
}

fn entry_of<'e>(entry: &'e EntryExpr, bound: &mut Vec<&'e str>, uses: &mut Uses) {
    match entry {
        EntryExpr::StructField(field) => walk(&field.value, bound, uses),
        EntryExpr::MapEntry(entry) => {
            walk(&entry.key, bound, uses);
            walk(&entry.value, bound, uses);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uses(expression: &str) -> Uses {
        match read(expression) {
            Reading::Uses(uses) => uses,
            other => panic!("{expression}: {other:?}"),
        }
    }

    #[test]
    fn what_is_declared_within_is_not_named() {
        for expression in [
            "self.all(x, x > 0) && self.exists(y, self.map(z, z + y).size() > int('1'))",
            "self.?a.optMap(v, v.b).orValue(0) > 1",
            "self.sortBy(e, e.name) == self",
            "self.all(i, v, i < v)",
            "optional.of(self).hasValue() && type(self) == string",
            "format.dns1123Label().validate(self).hasValue()",
            "Type{a: self}.a == [self, {'k': self}]",
        ] {
            let uses = uses(expression);
            assert_eq!(uses.names.iter().collect::<Vec<_>>(), ["self"], "{expression}");
            assert!(uses.unknown_functions.is_empty(), "{expression}: {:?}", uses.unknown_functions);
        }
        let uses = uses("variables.a.b > params.c && self.all(x, y.d) && frob(x)");
        assert_eq!(uses.names.iter().collect::<Vec<_>>(), ["params", "self", "variables", "x", "y"]);
        assert_eq!(uses.unknown_functions.iter().collect::<Vec<_>>(), ["frob"]);
        assert!(uses.fields.contains(&("variables".to_owned(), "a".to_owned())));
    }

    #[test]
    fn what_is_no_expression() {
        assert!(matches!(read("self >"), Reading::Broken(_)));
        assert!(matches!(read(&"(".repeat(9_000)), Reading::Unread));
    }
}
