//! One class of a sort is the default of a cluster.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, RuleMeta, Severity};
use crate::graph::{Object, Universe};
use crate::model::Field;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule, support};
use crate::text::Span;
use crate::value::Known;

declare_rule! {
    SecondDefaultClass = "second-default-class" {
        summary: "two classes of one cluster are the default",
        group: Kubernetes, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

/// A mark that makes a class the default.
struct Mark<'a> {
    object: &'a Object,
    at: Span,
}

impl Rule for SecondDefaultClass {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn snapshot(&self, cx: &Context<'_>) {
        let mut marks: BTreeMap<(&str, &str, &str), Vec<Mark<'_>>> = BTreeMap::new();
        for object in cx.head.objects.iter().filter(|object| object.rendered && object.name.value().is_some()) {
            let Some((at, of)) = mark(object) else { continue };
            let unit = cx.head.unit(object.unit);
            let place = match &unit.universe {
                Universe::Cluster(cluster) if unit.deployed => cluster.as_str(),
                _ => unit.name.as_str(),
            };
            marks.entry((&object.kind, place, of)).or_default().push(Mark { object, at });
        }
        let mut reported = Vec::new();
        for ((kind, ..), mut marks) in marks {
            marks.sort_by_key(|mark| mark.at);
            let Some((first, rest)) = marks.split_first() else { continue };
            // What several units render is one class.
            for second in rest.iter().filter(|second| second.object.name != first.object.name) {
                if reported.contains(&second.at) {
                    continue;
                }
                reported.push(second.at);
                let message = format!("{} is the default too, as is {}", second.object.title(), first.object.title());
                let deployed = [first, second].iter().all(|mark| cx.head.unit(mark.object.unit).deployed);
                let (level, breaks) = breaks(kind);
                let finding = Diagnostic::new(&META, second.at, message, second.object.subject())
                    .severity(if deployed { level } else { Severity::Info })
                    .primary("a second default")
                    .label(first.at, "the first one")
                    .note(breaks)
                    .help("leave one default");
                cx.report(support::affected(finding, &[]));
            }
        }
    }
}

/// What becomes of two defaults.
fn breaks(kind: &str) -> (Severity, &'static str) {
    match kind {
        "PriorityClass" => (Severity::Error, "the API server refuses the second one"),
        "VolumeSnapshotClass" => (Severity::Warning, "snapshots without a class are never taken"),
        _ => (Severity::Warning, "whichever was made last counts, which is another one in a new cluster"),
    }
}

/// Where a class is said to be the default, and of what.
fn mark(object: &Object) -> Option<(Span, &str)> {
    let root = Field::new(&object.value);
    let annotation = |names: &[&str]| {
        let annotations = root.at(&["metadata", "annotations"]);
        names.iter().map(|name| annotations.get(name)).find(|field| field.is_text("true")).map(Field::span)
    };
    match (object.group.as_str(), object.kind.as_str()) {
        ("scheduling.k8s.io", "PriorityClass") => {
            let field = root.get("globalDefault");
            field.is_true().then(|| (field.span(), ""))
        }
        ("networking.k8s.io", "IngressClass") => {
            annotation(&["ingressclass.kubernetes.io/is-default-class"]).map(|at| (at, ""))
        }
        ("storage.k8s.io", "StorageClass") => {
            let names =
                ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"];
            annotation(&names).map(|at| (at, ""))
        }
        // One for each driver.
        ("snapshot.storage.k8s.io", "VolumeSnapshotClass") => {
            let Known::Value(driver) = root.get("driver").text() else { return None };
            annotation(&["snapshot.storage.kubernetes.io/is-default-class"]).map(|at| (at, driver))
        }
        _ => None,
    }
}
