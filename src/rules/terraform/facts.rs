//! What the rules about names share: a certain miss becomes a finding.

use crate::diagnostic::{Applicability, Diagnostic, RuleMeta, Severity};
use crate::graph::units::is_example;
use crate::render::terraform::{Fact, FactKind, Lookup};
use crate::rules::{Context, support};
use crate::text::{Span, near_miss};
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
    candidates: &[(Str, Option<Span>)],
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
    if fact.kind == FactKind::RequiredArgument {
        let declared = candidates.iter().find_map(|(name, place)| place.filter(|_| *name == fact.name));
        return declared.into_iter().fold(diagnostic, |found, place| {
            found.label(place, format!("`{}` is declared here, without a default", fact.name))
        });
    }
    let near = near_miss(&fact.name, candidates.iter().map(|(name, _)| name.as_str()));
    let near = near.or_else(|| if fact.kind == FactKind::ModuleSource { moved(&fact.name, candidates) } else { None });
    let Some((near, place)) = candidates.iter().find(|(name, _)| near == Some(name.as_str())) else {
        return diagnostic;
    };
    diagnostic = diagnostic.help(format!("did you mean `{near}`?"));
    if let Some(place) = place {
        diagnostic = diagnostic.label(*place, format!("`{near}` is declared here"));
    }
    // The name of a resource is its whole address, which is more than the place to blame.
    let whole = cx.head.repository.sources.slice(fact.span) == fact.name.as_str();
    let span = if whole { fact.span } else { fact.name_span };
    match support::replace_scalar(cx.head, span, &fact.name, near, Applicability::Unsafe) {
        Some(fix) => diagnostic.fix(fix),
        None => diagnostic,
    }
}

/// The only directory that differs from a path in how many levels it goes up.
fn moved<'a>(wanted: &str, candidates: &'a [(Str, Option<Span>)]) -> Option<&'a str> {
    fn down(path: &str) -> &str {
        path.trim_start_matches(['.', '/']).trim_end_matches('/')
    }
    let mut same = candidates.iter().map(|(name, _)| name.as_str()).filter(|name| down(name) == down(wanted));
    let only = same.next().filter(|name| !down(name).is_empty())?;
    same.next().is_none().then_some(only)
}
