//! A target of a replacement should select something.

use super::{faults, idle};
use crate::diagnostic::{Applicability, Diagnostic, RuleMeta, Severity};
use crate::graph::{Object, Snapshot, UnitId};
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule, support};
use crate::syntax::yaml::NodeRef;
use crate::text::{Span, near_miss};

declare_rule! {
    IdleReplacement = "idle-replacement" {
        summary: "target of a replacement selects no object in any build",
        group: Kustomize, level: Warning, confidence: High, fix: Sometimes, since: "0.1.0",
    }
}

impl Rule for IdleReplacement {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn snapshot(&self, cx: &Context<'_>) {
        for (effect, units) in cx.head.builds.idle.iter().filter(|(effect, _)| effect.field == "replacements") {
            if let Some(select) = idle::node(cx.head, effect.at).and_then(|target| target.get("select")) {
                cx.report(finding(cx.head, effect.at, select, units));
            }
        }
    }
}

fn finding(snapshot: &Snapshot, target: Span, select: NodeRef<'_>, units: &[UnitId]) -> Diagnostic {
    let (kind, name) = (idle::text(select, "kind"), idle::text(select, "name"));
    let what = match (kind, name) {
        ("", "") => "object that fits".to_owned(),
        (kind, "") => kind.to_owned(),
        ("", name) => format!("object `{name}`"),
        (kind, name) => format!("{kind} `{name}`"),
    };
    let is_named = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    let level = if is_named { META.level } else { Severity::Info };
    let at = select.get("name").filter(|_| is_named).unwrap_or(select);
    let builds = support::and(&faults::names(snapshot, units));
    let diagnostic = Diagnostic::new(&META, at.span(), format!("replacement writes to nothing: no {what}"), what)
        .severity(idle::level(snapshot, level, target, units))
        .hidden(target)
        .primary("selects nothing")
        .note(format!("kustomize says nothing and leaves the target out in {builds}"));
    if !is_named {
        return diagnostic;
    }
    let of_kind: Vec<&Object> =
        idle::objects(snapshot, units).filter(|object| kind.is_empty() || object.kind == kind).collect();
    let names: Vec<&str> = of_kind.iter().flat_map(|object| idle::names(snapshot, object)).collect();
    let Some(near) = near_miss(name, names.iter().copied()) else { return diagnostic };
    let object = of_kind.iter().find(|object| idle::names(snapshot, object).any(|is| is == near));
    let diagnostic = object.into_iter().fold(diagnostic, |diagnostic, object| {
        diagnostic.label(object.name_span(), format!("{} of a near name", object.kind))
    });
    let diagnostic = diagnostic.help(format!("did you mean `{near}`?"));
    match support::replace_scalar(snapshot, at.span(), name, near, Applicability::Unsafe) {
        Some(fix) => diagnostic.fix(fix),
        None => diagnostic,
    }
}
