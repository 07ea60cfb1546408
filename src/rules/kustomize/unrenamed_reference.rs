//! A name that kustomize changes must be changed wherever it is used.

use crate::diagnostic::{Diagnostic, RuleMeta, Severity};
use crate::graph::{Node, Resolution, Snapshot, Symbol};
use crate::render::kustomize::FaultKind;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule, Uses, support};
use crate::value::Known;

declare_rule! {
    UnrenamedReference = "unrenamed-reference" {
        summary: "reference keeps a name that kustomize has changed",
        group: Kustomize, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

impl Rule for UnrenamedReference {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn reference(&self, cx: &Context<'_>, uses: &Uses<'_>) {
        let explained = uses.iter().find_map(|reference| Some((reference, support::renamed(cx.head, reference)?)));
        let Some((reference, target)) = explained else { return };
        let Known::Value(wanted) = &reference.want.name else { return };
        // `ambiguous-name-reference` says why kustomize renames none.
        let at = reference.origin.span();
        if cx.head.builds.faults.iter().any(|(fault, _)| fault.kind == FaultKind::NameReference && fault.at == at) {
            return;
        }
        let deployed = reference.unit.is_none_or(|unit| cx.head.unit(unit).deployed);
        let level = match (deployed, reference.optional, &reference.resolution) {
            (false, _, _) => Severity::Info,
            (true, false, Resolution::Missing { .. }) => META.level,
            _ => Severity::Warning,
        };
        let holder = support::holder(cx.head, &reference.from);
        let message = format!(
            "{holder} {} {} `{wanted}`, which kustomize renames to `{}`",
            reference.kind.verb(),
            target.kind,
            target.name
        );
        let units: Vec<String> =
            uses.iter().filter_map(|reference| Some(cx.head.unit(reference.unit?).name.clone())).collect();
        let diagnostic = finding(cx.head, at, message, support::subject(cx.head, reference), target).severity(level);
        cx.report(support::affected(diagnostic, &units));
    }
}

fn finding(
    snapshot: &Snapshot,
    at: crate::text::Span,
    message: String,
    subject: String,
    target: &Symbol,
) -> Diagnostic {
    let mut diagnostic = Diagnostic::new(&META, at, message, subject)
        .primary("keeps the old name")
        .label(target.origin.span(), format!("becomes `{}`", target.name));
    diagnostic = support::steps(diagnostic, &target.origin);
    let maker = match &target.node {
        Node::Object(id) => Some(snapshot.object(*id)).filter(|object| object.kind != target.kind.as_str()),
        _ => None,
    };
    match maker {
        Some(maker) => diagnostic
            .note(format!(
                "kustomize follows names of objects, not of the {} that {} makes",
                target.kind,
                maker.title()
            ))
            .help(format!("name the {} in the {}, so that no prefix or suffix changes it", target.kind, maker.kind)),
        None => diagnostic
            .note("kustomize knows the references of built-in kinds only; this field is none of them")
            .help(format!("list the field under `nameReference` of {} in a file of `configurations`", target.kind)),
    }
}
