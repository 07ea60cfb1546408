//! One object must have one source of truth.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, RuleMeta, Severity};
use crate::graph::{Object, UnitKind, Universe};
use crate::render::kustomize::FaultKind;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule, support};
use crate::text::Span;
use crate::value::Known;

declare_rule! {
    DuplicateObject = "duplicate-object" {
        summary: "the same object is deployed twice to one cluster",
        group: Kubernetes, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

impl Rule for DuplicateObject {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn snapshot(&self, cx: &Context<'_>) {
        let mut identities: BTreeMap<_, Vec<&Object>> = BTreeMap::new();
        for object in cx.head.objects.iter().filter(|object| object.rendered) {
            let unit = cx.head.unit(object.unit);
            let Known::Value(name) = &object.name else { continue };
            // An object with a generated name is a new one each time; hooks and tests come and go.
            if !unit.deployed || unit.unknown.is_some() {
                continue;
            }
            let namespace = match &object.namespace {
                Known::Value(namespace) => namespace.as_str(),
                Known::Absent => "",
                // Within one unit, an unknown destination is one namespace.
                Known::Unknown(_) => "\u{0}",
            };
            let place = match &unit.universe {
                Universe::Cluster(cluster) if namespace != "\u{0}" => format!("cluster {cluster}"),
                // Who reads directories of loose files at will deploys them one by one.
                _ if unit.kind == UnitKind::Directory && unit.owner.is_none() => {
                    format!("file {}", object.value.span().file.0)
                }
                _ => format!("unit {}", object.unit.0),
            };
            identities
                .entry((place, object.group.as_str(), object.kind.as_str(), namespace, name.as_str()))
                .or_default()
                .push(object);
        }
        let mut within: BTreeMap<(Span, Span), Vec<(&Object, &Object)>> = BTreeMap::new();
        for objects in identities.into_values() {
            report(cx, &objects, &mut within);
        }
        for pairs in within.values() {
            report_within(cx, pairs);
        }
    }
}

/// Report objects that two units deploy; those that one unit deploys twice are collected by place, for
/// several overlays of one base deploy the same two.
fn report<'a>(
    cx: &Context<'_>,
    objects: &[&'a Object],
    within: &mut BTreeMap<(Span, Span), Vec<(&'a Object, &'a Object)>>,
) {
    let mut places: Vec<&Object> = Vec::new();
    for object in objects {
        if places.iter().all(|other| other.value.span() != object.value.span() || other.unit != object.unit) {
            places.push(object);
        }
    }
    let [first, rest @ ..] = places.as_slice() else { return };
    for other in rest {
        let (one, two) = (cx.head.unit(first.unit), cx.head.unit(other.unit));
        if first.unit == other.unit && is_refused(cx, first) {
            continue;
        }
        if first.unit == other.unit {
            within.entry((first.name_span(), other.name_span())).or_default().push((first, other));
            continue;
        }
        let message = format!("{} is deployed by both `{}` and `{}`", other.title(), one.name, two.name);
        let diagnostic = again(first, other, message)
            .severity(Severity::Warning)
            .note("each sync overwrites the other's object, and pruning one deletes it from under the other")
            .label(one.at, format!("deployed by `{}`", one.name))
            .label(two.at, format!("deployed by `{}`", two.name));
        cx.report(diagnostic);
    }
}

/// Report two objects at two places that stand in the same units.
fn report_within(cx: &Context<'_>, pairs: &[(&Object, &Object)]) {
    let Some((first, other)) = pairs.first() else { return };
    let mut units: Vec<String> = pairs.iter().map(|(first, _)| cx.head.unit(first.unit).name.clone()).collect();
    units.sort();
    units.dedup();
    let message = format!("{} stands twice in `{}`", other.title(), cx.head.unit(first.unit).name);
    let diagnostic = again(first, other, message).note("both are applied, and the last one wins");
    cx.report(support::affected(diagnostic, &units));
}

fn again(first: &Object, other: &Object, message: String) -> Diagnostic {
    let diagnostic = Diagnostic::new(&META, other.name_span(), message, other.subject()).primary("again here");
    if first.name_span() == other.name_span() {
        return diagnostic;
    }
    diagnostic.label(first.name_span(), "first here")
}

/// Whether kustomize refuses to build a unit for its duplicates, of which another rule speaks.
fn is_refused(cx: &Context<'_>, object: &Object) -> bool {
    let mut faults = cx.head.builds.faults.iter();
    faults.any(|(fault, units)| fault.kind == FaultKind::DuplicateResource && units.contains(&object.unit))
}
