//! Literals in Terraform files: arguments, defaults of variables, tfvars.

use super::secrets::{Candidate, Look};
use super::text::is_credential;
use crate::syntax::ParsedFile;
use crate::syntax::hcl::{Block, Body, Expression, ExpressionKind};
use crate::text::{RepoPath, Span};

/// Candidates of one file.
pub(super) fn candidates(path: &RepoPath, file: &ParsedFile) -> Vec<Candidate> {
    let Some(body) = file.hcl() else { return Vec::new() };
    let mut found = Vec::new();
    let name = path.file_name();
    if name.ends_with(".tfvars") || name.ends_with(".tfvars.json") {
        for attribute in &body.attributes {
            expression(&attribute.name, &attribute.value, "tfvars", path.as_str(), false, 0, &mut found);
        }
        return found;
    }
    for block in &body.blocks {
        let labels: Vec<&str> = block.labels.iter().map(|label| label.text.as_str()).collect();
        let holder = format!("{path}:{}.{}", block.kind, labels.join("."));
        match (block.kind.as_str(), labels.as_slice()) {
            ("variable", [variable]) => variable_default(variable, block, &holder, &mut found),
            ("resource" | "data", ["kubernetes_secret" | "kubernetes_secret_v1", ..]) => {
                secret(block, &holder, &mut found)
            }
            ("check" | "moved" | "removed" | "import" | "output", _) => {}
            _ => arguments(&block.body, &holder, 0, &mut found),
        }
    }
    found
}

fn variable_default(name: &str, block: &Block, holder: &str, found: &mut Vec<Candidate>) {
    let attribute = |key: &str| block.body.attributes.iter().find(|attribute| attribute.name == key);
    let declared = attribute("sensitive").is_some_and(|a| matches!(a.value.kind, ExpressionKind::Bool(true)));
    if let Some(default) = attribute("default") {
        expression(name, &default.value, "variable-default", holder, declared, 0, found);
    }
}

/// A Secret made by Terraform: each value of `data` is one.
fn secret(block: &Block, holder: &str, found: &mut Vec<Candidate>) {
    for attribute in &block.body.attributes {
        if let (true, ExpressionKind::Object(items)) = (attribute.name == "data", &attribute.value.kind) {
            for item in items {
                if let (Some(name), Some(text)) = (literal(&item.key), string(&item.value)) {
                    found.push(candidate(name, text, item.value.span, "secret", holder, true));
                }
            }
        }
    }
}

fn arguments(body: &Body, holder: &str, depth: usize, found: &mut Vec<Candidate>) {
    if depth > 64 {
        return;
    }
    for attribute in &body.attributes {
        expression(&attribute.name, &attribute.value, "argument", holder, false, 0, found);
    }
    for block in &body.blocks {
        arguments(&block.body, holder, depth + 1, found);
    }
}

/// A literal under a credential's name, at any depth of objects and lists.
fn expression(
    name: &str,
    value: &Expression,
    place: &'static str,
    holder: &str,
    declared: bool,
    depth: usize,
    found: &mut Vec<Candidate>,
) {
    if depth > 64 {
        return;
    }
    match &value.kind {
        ExpressionKind::String(text) if declared || is_credential(name) => {
            found.push(candidate(name, text, value.span, place, holder, declared));
        }
        ExpressionKind::Object(items) => {
            for item in items {
                let name = literal(&item.key).unwrap_or(name);
                expression(name, &item.value, place, holder, declared, depth + 1, found);
            }
        }
        ExpressionKind::Tuple(items) => {
            for item in items {
                expression(name, item, place, holder, declared, depth + 1, found);
            }
        }
        _ => {}
    }
}

fn candidate(name: &str, text: &str, at: Span, place: &'static str, holder: &str, declared: bool) -> Candidate {
    let (field, holder) = (name.to_owned(), holder.to_owned());
    Candidate { at, place, field, holder, declared, deployed: true, look: Look::of(text) }
}

fn literal(key: &Expression) -> Option<&str> {
    match &key.kind {
        ExpressionKind::Variable(name) => Some(name),
        ExpressionKind::String(text) => Some(text),
        _ => None,
    }
}

fn string(value: &Expression) -> Option<&str> {
    match &value.kind {
        ExpressionKind::String(text) => Some(text),
        _ => None,
    }
}
