//! What the rules about names share: a certain miss becomes a finding.

use crate::diagnostic::{Applicability, Diagnostic, RuleMeta, Severity};
use crate::graph::units::is_example;
use crate::render::terraform::{Fact, FactKind, Lookup};
use crate::rules::{Context, support};
use crate::text::near_miss;
use crate::value::Str;

/// The parts of a name for messages.
pub(super) struct Parts<'a> {
    /// The name that is wanted.
    pub(super) name: &'a str,
    /// What it is a name in, if anything.
    pub(super) within: &'a str,
    /// The directory of the module in backticks, or "this module".
    pub(super) module: String,
}

/// What a rule says about a name.
pub(super) struct Words {
    /// The finding in one line.
    pub(super) message: String,
    /// At the place.
    pub(super) primary: String,
    /// What breaks.
    pub(super) consequence: &'static str,
}

/// Report every name of a kind that is certainly not declared.
pub(super) fn report(cx: &Context<'_>, meta: &RuleMeta, kind: FactKind, words: impl Fn(&Parts<'_>) -> Words) {
    for fact in cx.head.terraform.facts.iter().filter(|fact| fact.kind == kind) {
        let Lookup::Missing { candidates } = &fact.target else { continue };
        cx.report(finding(cx, meta, fact, candidates, &words));
    }
}

fn finding(
    cx: &Context<'_>,
    meta: &RuleMeta,
    fact: &Fact,
    candidates: &[(Str, Option<crate::text::Span>)],
    words: &impl Fn(&Parts<'_>) -> Words,
) -> Diagnostic {
    let parts = Parts {
        name: &fact.name,
        within: &fact.within,
        module: if fact.module.is_root() { "this module".to_owned() } else { format!("`{}`", fact.module) },
    };
    let said = words(&parts);
    // Examples are run by hand, with whatever is around them.
    let level = if is_example(&fact.module) { Severity::Warning } else { meta.level };
    let subject = format!("{} {}.{}", fact.module, fact.within, fact.name);
    let mut diagnostic = Diagnostic::new(meta, fact.name_span, said.message, subject)
        .severity(level)
        .primary(said.primary)
        .hidden(fact.span)
        .note(said.consequence);
    let near = near_miss(&fact.name, candidates.iter().map(|(name, _)| name.as_str()));
    let Some((near, place)) = candidates.iter().find(|(name, _)| near == Some(name.as_str())) else {
        return diagnostic;
    };
    diagnostic = diagnostic.help(format!("did you mean `{near}`?"));
    if let Some(place) = place {
        diagnostic = diagnostic.label(*place, format!("`{near}` is declared here"));
    }
    // `type.name` stands in one traversal: only its last part is replaced.
    let last = |name: &str| name.rsplit('.').next().unwrap_or(name).to_owned();
    let written = cx.head.repository.sources.slice(fact.name_span);
    let (old, new) = if written == fact.name.as_str() {
        (fact.name.to_string(), near.to_string())
    } else {
        (last(&fact.name), last(near))
    };
    match support::replace_scalar(cx.head, fact.name_span, &old, &new, Applicability::Unsafe) {
        Some(fix) => diagnostic.fix(fix),
        None => diagnostic,
    }
}
