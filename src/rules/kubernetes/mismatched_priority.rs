//! A pod that says its priority itself must say that of its class.

use crate::diagnostic::{Diagnostic, RuleMeta, Severity};
use crate::graph::{Node, Object, Reference, ReferenceKind, Resolution, Snapshot, Symbol};
use crate::model::{Field, Pod};
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule, Uses, support};
use crate::value::Known;

declare_rule! {
    MismatchedPriority = "mismatched-priority" {
        summary: "pod says another priority than its class",
        group: Kubernetes, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

impl Rule for MismatchedPriority {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn reference(&self, cx: &Context<'_>, uses: &Uses<'_>) {
        if uses.first().is_none_or(|first| first.kind != ReferenceKind::PriorityClass) {
            return;
        }
        for key in ["priority", "preemptionPolicy"] {
            let found: Vec<_> = uses.iter().filter_map(|reference| mismatch(cx.head, reference, key)).collect();
            let Some(worst) = found.iter().max_by_key(|found| found.deployed) else { continue };
            let mut units: Vec<String> = found.iter().filter_map(|found| found.unit.clone()).collect();
            units.sort();
            units.dedup();
            let message = format!(
                "{} says `{key}` {}, and its PriorityClass `{}` {}",
                worst.holder.title(),
                worst.says,
                worst.class,
                worst.wants
            );
            let mut finding =
                Diagnostic::new(&META, worst.field.span(), message, format!("{} {key}", worst.holder.subject()))
                    .severity(if worst.deployed { META.level } else { Severity::Info })
                    .primary("not that of the class")
                    .note("the API server refuses to create the pods")
                    .help(format!("drop `{key}`: the class sets it"));
            if let Some(at) = &worst.at {
                finding = finding.label(at.origin.span(), "the class");
            }
            cx.report(support::affected(finding, &units));
        }
    }
}

struct Mismatch<'a> {
    holder: &'a Object,
    field: Field<'a>,
    says: String,
    class: String,
    wants: String,
    at: Option<&'a Symbol>,
    unit: Option<String>,
    deployed: bool,
}

/// A pod whose field says otherwise than every class that may be meant.
fn mismatch<'a>(snapshot: &'a Snapshot, reference: &'a Reference, key: &str) -> Option<Mismatch<'a>> {
    let Node::Object(id) = reference.from else { return None };
    let holder = snapshot.object(id);
    let field = Pod::of(&holder.group, &holder.kind, &holder.value).filter(|_| holder.rendered)?.spec.get(key);
    let says = text(field)?;
    let Resolution::Found(classes) = &reference.resolution else { return None };
    let name = reference.want.name.value()?;
    // What every cluster has is made by nobody.
    let mut wanted = if classes.is_empty() { Some((builtin(name, key)?, None)) } else { None };
    for class in classes.iter().map(|id| snapshot.symbol(*id)) {
        wanted = Some((wants(snapshot, class, key)?, Some(class)));
        if wanted.as_ref().is_some_and(|(wants, _)| *wants == says) {
            return None;
        }
    }
    let (wants, class) = wanted.filter(|(wants, _)| *wants != says)?;
    let unit = reference.unit.map(|unit| snapshot.unit(unit));
    Some(Mismatch {
        holder,
        field,
        says,
        class: name.to_string(),
        wants,
        at: class,
        unit: unit.map(|unit| unit.name.clone()),
        deployed: unit.is_none_or(|unit| unit.deployed),
    })
}

/// What the classes that every cluster has make of a field of a pod.
fn builtin(name: &str, key: &str) -> Option<String> {
    let value = match (key, name) {
        ("preemptionPolicy", _) => "PreemptLowerPriority",
        (_, "system-cluster-critical") => "2000000000",
        (_, "system-node-critical") => "2000001000",
        _ => return None,
    };
    Some(value.to_owned())
}

/// What a class makes of a field of a pod.
fn wants(snapshot: &Snapshot, class: &Symbol, key: &str) -> Option<String> {
    let Node::Object(id) = class.node else { return None };
    let object = snapshot.object(id);
    let field = Field::new(&object.value).get(if key == "priority" { "value" } else { key });
    if key == "preemptionPolicy" && field.is_absent() {
        return object.rendered.then(|| "PreemptLowerPriority".to_owned());
    }
    text(field).filter(|_| object.rendered)
}

fn text(field: Field<'_>) -> Option<String> {
    match (field.int(), field.text()) {
        (Known::Value(number), _) => Some(number.to_string()),
        (_, Known::Value(text)) => Some(text.to_owned()),
        _ => None,
    }
}
