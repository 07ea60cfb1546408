//! What the rules about the shape of objects share: each kind of mistake is spoken of by one rule,
//! and each mistake once, however many units render it.

use std::collections::BTreeMap;

use crate::diagnostic::{Applicability, Diagnostic, Fix, RuleMeta, Severity};
use crate::graph::units::is_example;
use crate::graph::{Authority, Misfit, Object, Snapshot, Unit, UnitKind};
use crate::model::kustomization;
use crate::rules::{Context, support};
use crate::schema::validate::ProblemKind;
use crate::syntax::yaml::edit;
use crate::text::{Span, has_placeholder};
use crate::value::Data;

/// A mistake, with every unit that has it.
pub(super) struct Found<'a> {
    /// The mistake in the first of them, a deployed one if there is one.
    pub(super) misfit: &'a Misfit,
    /// The object there.
    pub(super) object: &'a Object,
    units: Vec<String>,
    live: bool,
}

/// What a rule says about a mistake.
pub(super) struct Words {
    /// The finding in one line.
    pub(super) message: String,
    /// At the place.
    pub(super) primary: String,
    /// What breaks, for built-in kinds and definitions in the repository.
    pub(super) note: String,
    /// What to do.
    pub(super) help: Option<String>,
    /// How to mend it.
    pub(super) fix: Option<Fix>,
}

/// Report every mistake about which `speak` has something to say.
pub(super) fn report(cx: &Context<'_>, meta: &RuleMeta, speak: impl Fn(&Found<'_>) -> Option<Words>) {
    let mut found: BTreeMap<(Span, String), Found<'_>> = BTreeMap::new();
    for misfit in &cx.head.structure.misfits {
        let object = cx.head.object(misfit.object);
        let unit = cx.head.unit(object.unit);
        let live = is_live(cx.head, unit, object);
        let name = match &misfit.problem.kind {
            ProblemKind::MissingField { name } => name.to_string(),
            other => format!("{:?}", std::mem::discriminant(other)),
        };
        let new = || Found { misfit, object, units: Vec::new(), live };
        let entry = found.entry((misfit.problem.at.span(), name)).or_insert_with(new);
        if live && !entry.live {
            *entry = Found { misfit, object, live, units: std::mem::take(&mut entry.units) };
        }
        entry.units.push(unit.name.clone());
    }
    for mut found in found.into_values() {
        let Some(words) = speak(&found) else { continue };
        found.units.sort();
        found.units.dedup();
        cx.report(finding(cx.head, meta, &found, words));
    }
}

fn finding(snapshot: &Snapshot, meta: &RuleMeta, found: &Found<'_>, words: Words) -> Diagnostic {
    let problem = &found.misfit.problem;
    let subject = format!("{} {}", found.object.subject(), problem.path);
    let mut diagnostic = Diagnostic::new(meta, problem.at.span(), words.message, subject)
        .severity(level(snapshot, meta, found))
        .primary(words.primary);
    diagnostic = support::steps(diagnostic, &problem.at);
    if found.is_secret() {
        diagnostic = diagnostic.redacted();
    }
    match &found.misfit.authority {
        Authority::BuiltIn(None) => {}
        Authority::BuiltIn(Some(minors)) => {
            let versions: Vec<String> = minors.iter().map(|minor| format!("1.{minor}")).collect();
            diagnostic = diagnostic.note(format!("the cluster runs Kubernetes {}", versions.join(" or ")));
        }
        Authority::Defined(definition) => {
            diagnostic = diagnostic.label(definition.span(), format!("{} is defined here", found.object.kind));
        }
        Authority::Local(path) => diagnostic = diagnostic.note(format!("by the schema `{path}`")),
        Authority::Bundled { project, versions, date } => {
            let date = date.map(|date| format!(" of {date}")).unwrap_or_default();
            diagnostic = diagnostic.note(format!("by the definition of {project} {versions}{date}"));
        }
    }
    diagnostic = diagnostic.note(match &problem.embedded {
        None => words.note,
        Some(kind) => format!("whoever makes a {kind} of it is refused, or the field is dropped"),
    });
    if let Some(help) = words.help {
        diagnostic = diagnostic.help(help);
    }
    if let Some(fix) = words.fix {
        diagnostic = diagnostic.fix(fix);
    }
    support::affected(diagnostic, &found.units)
}

fn level(snapshot: &Snapshot, meta: &RuleMeta, found: &Found<'_>) -> Severity {
    let level = match (&found.misfit.authority, &found.misfit.problem.kind) {
        // A newer or an older release of a project may well know another field.
        (Authority::Bundled { .. }, ProblemKind::UnknownField { .. })
        // It depends on who applies the object.
        | (Authority::BuiltIn(_), ProblemKind::DuplicateItem { .. }) => meta.level.min(Severity::Warning),
        // The API server takes the object that holds it.
        _ if found.misfit.problem.embedded.is_some() => meta.level.min(Severity::Warning),
        _ => meta.level,
    };
    if found.live {
        return level;
    }
    let path = snapshot.repository.path_of(found.misfit.problem.at.span().file);
    let incomplete = matches!(found.misfit.problem.kind, ProblemKind::MissingField { .. });
    if incomplete || is_example(path) { Severity::Info } else { level.min(Severity::Warning) }
}

/// Whether an object is deployed as it is: not a file that lies beside or below a kustomization which
/// does not name it, as patches and samples do.
fn is_live(snapshot: &Snapshot, unit: &Unit, object: &Object) -> bool {
    let loose = unit.kind == UnitKind::Directory && unit.owner.is_none();
    let mut directory = snapshot.repository.path_of(object.value.span().file).parent();
    let mut beside = false;
    while let Some(holder) = directory.filter(|_| loose && !beside) {
        let mut files = snapshot.repository.listing.files_in(&holder);
        beside = files.any(|path| kustomization::is_kustomization(path.file_name()));
        directory = holder.parent();
    }
    unit.deployed && !(loose && beside)
}

impl Found<'_> {
    /// Whether the place may hold a secret, which must not be shown.
    pub(super) fn is_secret(&self) -> bool {
        let path = &self.misfit.problem.path;
        self.object.is("", "Secret") && (path.starts_with("data") || path.starts_with("stringData"))
    }

    /// Who is meant: "`spec.replicas` of Deployment `web`".
    pub(super) fn place(&self) -> String {
        match self.misfit.problem.path.as_str() {
            "" => self.object.title(),
            path => format!("`{path}` of {}", self.object.title()),
        }
    }
}

/// A fix that replaces a scalar, if it stands in the text as it is: with or without quotes.
pub(super) fn replace(
    snapshot: &Snapshot,
    span: Span,
    old: &str,
    new: &str,
    applicability: Applicability,
    title: String,
) -> Option<Fix> {
    let source = snapshot.repository.sources.get(span.file);
    let written = source.slice(span);
    let inner = written.strip_prefix(['"', '\'']).and_then(|rest| rest.strip_suffix(['"', '\''])).unwrap_or(written);
    if inner != old || has_placeholder(old) {
        return None;
    }
    let (span, text) = edit::replace_scalar(source, span, new);
    Some(Fix::replace(applicability, title, span, text))
}

/// A fix that puts a plain scalar in quotes.
pub(super) fn quote(snapshot: &Snapshot, span: Span, found: &Data) -> Option<Fix> {
    let written = snapshot.repository.sources.slice(span);
    let scalar = matches!(found, Data::Bool(_) | Data::Int(_) | Data::Float(_));
    let plain = !written.is_empty() && written.chars().all(|c| c.is_ascii_alphanumeric() || "+-._:~".contains(c));
    let title = || format!("put `{written}` in quotes");
    (scalar && plain).then(|| Fix::replace(Applicability::Safe, title(), span, format!("\"{written}\"")))
}

/// A fix that takes the quotes from a scalar that is a number or a boolean without them.
pub(super) fn unquote(snapshot: &Snapshot, span: Span, is_wanted: impl Fn(&str) -> bool) -> Option<Fix> {
    let written = snapshot.repository.sources.slice(span);
    let quoted = ['"', '\''].iter().find_map(|quote| written.strip_prefix(*quote)?.strip_suffix(*quote))?;
    let title = || format!("write `{quoted}` without quotes");
    is_wanted(quoted).then(|| Fix::replace(Applicability::Safe, title(), span, quoted))
}
