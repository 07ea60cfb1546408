//! A patch with a `target` should select something.

use super::{faults, idle};
use crate::diagnostic::{Applicability, Confidence, Diagnostic, RuleMeta, Severity};
use crate::graph::{Object, Snapshot, UnitId};
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule, support};
use crate::syntax::yaml::NodeRef;
use crate::text::{Span, near_miss};

declare_rule! {
    IdlePatch = "idle-patch" {
        summary: "patch selects no object in any build",
        group: Kustomize, level: Warning, confidence: High, fix: Sometimes, since: "0.1.0",
    }
}

impl Rule for IdlePatch {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn snapshot(&self, cx: &Context<'_>) {
        for (effect, units) in &cx.head.builds.idle {
            if !matches!(effect.field, "patches" | "patchesJson6902") {
                continue;
            }
            if let Some(target) = idle::node(cx.head, effect.at).and_then(|entry| entry.get("target"))
                && let Some(finding) = finding(cx.head, effect.at, target, units)
            {
                cx.report(finding);
            }
        }
    }
}

fn finding(snapshot: &Snapshot, entry: Span, target: NodeRef<'_>, units: &[UnitId]) -> Option<Diagnostic> {
    let (kind, name) = (idle::text(target, "kind"), idle::text(target, "name"));
    let what = match (kind, name) {
        ("", "") => "object that fits its target".to_owned(),
        (kind, "") => format!("{kind} that fits its target"),
        ("", name) => format!("object `{name}`"),
        (kind, name) => format!("{kind} `{name}`"),
    };
    // A target that names no object is meant for whatever comes.
    let is_named = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    let level = if is_named { META.level } else { Severity::Info };
    let at = target.get("name").filter(|_| is_named).unwrap_or(target);
    let mut diagnostic = Diagnostic::new(&META, at.span(), format!("patch selects nothing: no {what}"), what)
        .severity(idle::level(snapshot, level, entry, units))
        .hidden(entry)
        .primary("selects nothing")
        .note(format!(
            "kustomize says nothing and leaves the patch out in {}",
            support::and(&faults::names(snapshot, units))
        ));
    if !is_named {
        // A component is for whoever includes it.
        return (!is_component(target)).then(|| diagnostic.confidence(Confidence::Medium));
    }
    let objects: Vec<&Object> = idle::objects(snapshot, units).collect();
    let of_kind = |object: &&&Object| kind.is_empty() || object.kind == kind;
    if let Some(twin) = objects.iter().find(|object| idle::names(snapshot, object).any(|is| is == name)) {
        let why = if twin.kind == kind || kind.is_empty() {
            differs(twin, target)
        } else {
            format!("this is a {}", twin.kind)
        };
        return Some(diagnostic.label(twin.name_span(), why));
    }
    let names: Vec<&str> = objects.iter().filter(of_kind).flat_map(|object| idle::names(snapshot, object)).collect();
    let near = near_miss(name, names.iter().copied()).filter(|near| !is_selected(target, near));
    let Some(near) = near else { return Some(diagnostic) };
    if let Some(object) =
        objects.iter().filter(of_kind).find(|object| idle::names(snapshot, object).any(|is| is == near))
    {
        diagnostic = diagnostic.label(object.name_span(), format!("{} of a near name", object.kind));
    }
    diagnostic = diagnostic.help(format!("did you mean `{near}`?"));
    Some(match support::replace_scalar(snapshot, at.span(), name, near, Applicability::Unsafe) {
        Some(fix) => diagnostic.fix(fix),
        None => diagnostic,
    })
}

/// Whether another patch of the same list selects a name.
fn is_selected(target: NodeRef<'_>, name: &str) -> bool {
    let list = target.parent().and_then(NodeRef::parent);
    let targets = list.into_iter().flat_map(NodeRef::items).filter_map(|entry| entry.get("target"));
    targets.into_iter().any(|target| idle::text(target, "name") == name)
}

fn is_component(mut node: NodeRef<'_>) -> bool {
    while let Some(parent) = node.parent() {
        node = parent;
    }
    idle::text(node, "kind") == "Component"
}

/// Why an object of the right name is not selected.
fn differs(object: &Object, target: NodeRef<'_>) -> String {
    let (group, version) = (idle::text(target, "group"), idle::text(target, "version"));
    if (!group.is_empty() && group != object.group) || (!version.is_empty() && version != object.version) {
        let slash = if object.group.is_empty() { "" } else { "/" };
        format!("this one is `{}{slash}{}`", object.group, object.version)
    } else if !idle::text(target, "namespace").is_empty() {
        "this one is in another namespace when the patch runs".to_owned()
    } else {
        "this one does not fit when the patch runs".to_owned()
    }
}
