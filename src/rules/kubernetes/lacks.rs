//! What rules about missing targets share: a table of references, how loud each is and what breaks,
//! and the finding that says so.

use crate::diagnostic::{Applicability, Diagnostic, RuleMeta, Severity};
use crate::graph::{Reference, ReferenceKind};
use crate::rules::support::{self, Broken};
use crate::rules::{Context, Uses};

/// A reference that a rule speaks of.
pub(super) struct Lack {
    /// Which reference.
    pub(super) kind: ReferenceKind,
    /// How loud it is if its target is missing.
    pub(super) level: Severity,
    /// What breaks then.
    pub(super) breaks: &'static str,
}

/// A line of a rule's table.
pub(super) const fn lack(kind: ReferenceKind, level: Severity, breaks: &'static str) -> Lack {
    Lack { kind, level, breaks }
}

/// The line of a table for the references of a place.
pub(super) fn of<'t>(table: &'t [Lack], uses: &Uses<'_>) -> Option<&'t Lack> {
    let kind = uses.first()?.kind;
    table.iter().find(|lack| lack.kind == kind)
}

/// Report the references of a place if nothing creates what they name.
pub(super) fn report_name(cx: &Context<'_>, meta: &RuleMeta, uses: &Uses<'_>, table: &[Lack]) {
    if let Some(lack) = of(table, uses)
        && let Some(broken) = support::broken_name(cx, uses)
        && let Some(finding) = missing(cx, meta, &broken, lack.level, lack.breaks)
    {
        cx.report(finding);
    }
}

/// The finding that nothing creates what a reference names.
pub(super) fn missing(
    cx: &Context<'_>,
    meta: &RuleMeta,
    broken: &Broken<'_>,
    level: Severity,
    breaks: &str,
) -> Option<Diagnostic> {
    let reference = broken.reference;
    let name = reference.want.name.value()?;
    let (holder, kind) = (support::holder(cx.head, &reference.from), &reference.want.kind);
    let message = format!("{holder} {} {kind} `{name}`, which nothing creates", reference.kind.verb());
    let primary = format!("no {kind} of this name{}", support::in_namespace(reference));
    Some(support::report(cx, meta, broken, level, message, primary).note(breaks))
}

/// Report the references of a place if what they name lacks the part that they want: a key, a port,
/// a listener.
pub(super) fn report_part(cx: &Context<'_>, meta: &RuleMeta, uses: &Uses<'_>, part: &str, breaks: &str) {
    let Some(broken) = support::broken_key(cx, uses) else { return };
    let reference = broken.reference;
    let Some(name) = reference.stable_name() else { return };
    let Some(wanted) = &reference.want.key else { return };
    let holder = support::holder(cx.head, &reference.from);
    let kind = &reference.want.kind;
    let message =
        format!("{holder} {} {part} `{wanted}` of {kind} `{name}`, which does not have it", reference.kind.verb());
    let primary =
        if is_written(cx, reference) { format!("no such {part}") } else { format!("has no {part} `{wanted}`") };
    let finding = lacking(cx, meta, &broken, message, primary, "has");
    if let Some(finding) = finding {
        cx.report(support::affected(finding.note(breaks), &broken.units));
    }
}

/// The finding that what a reference names lacks a part, with what it has instead.
pub(super) fn lacking(
    cx: &Context<'_>,
    meta: &RuleMeta,
    broken: &Broken<'_>,
    message: String,
    primary: String,
    has: &str,
) -> Option<Diagnostic> {
    let reference = broken.reference;
    let (wanted, origin) = (reference.want.key.as_ref()?, reference.key_origin.as_ref()?);
    let mut finding = Diagnostic::new(meta, origin.span(), message, support::subject(cx.head, reference))
        .severity(broken.severity(meta.level))
        .primary(primary);
    finding = support::keys_instead(finding, cx.head, reference, has);
    if let Some((near, near_origin)) = support::near_key(cx.head, reference).filter(|_| is_written(cx, reference)) {
        finding = finding.label(near_origin.span(), "written here").help(format!("did you mean `{near}`?"));
        if let Some(fix) = support::replace_scalar(cx.head, origin.span(), wanted, near, Applicability::Unsafe) {
            finding = finding.fix(fix);
        }
    }
    Some(finding)
}

/// Whether the wanted part is written, and not what counts where nothing is.
fn is_written(cx: &Context<'_>, reference: &Reference) -> bool {
    let (Some(key), Some(origin)) = (&reference.want.key, &reference.key_origin) else { return false };
    origin.span() != reference.origin.span() || cx.head.repository.sources.slice(origin.span()).contains(key.as_str())
}
