//! What the rules share that say what the API server and the kubelet say to one object.
//!
//! A check looks at an object and tells its problems; here they become findings, once for each place,
//! whatever number of units renders it.

use std::collections::BTreeMap;

use crate::diagnostic::{Applicability, Diagnostic, Fix, RuleMeta, Severity};
use crate::graph::{Object, Snapshot, UnitId};
use crate::model::kubernetes::is_builtin_group;
use crate::model::versions::{Project, Release};
use crate::model::{Field, Pod, names};
use crate::rules::{Context, Variant, support};
use crate::syntax::yaml::edit;
use crate::text::Span;
use crate::value::{Known, Origin};

/// Declare a rule whose function `check` looks at one object.
macro_rules! declare_judge {
    ($name:ident = $id:literal { $($declaration:tt)* }) => {
        $crate::rules::declare::declare_rule! { $name = $id { $($declaration)* } }

        impl $crate::rules::Rule for $name {
            fn meta(&self) -> &'static $crate::diagnostic::RuleMeta {
                &META
            }

            fn variants(&self, cx: &$crate::rules::Context<'_>, variants: &[$crate::rules::Variant<'_>]) {
                $crate::rules::kubernetes::judge::judge(cx, &META, variants, check);
            }
        }
    };
}

pub(super) use declare_judge;

/// Something that is wrong with an object.
pub(super) struct Problem {
    at: Span,
    message: String,
    severity: Severity,
    primary: String,
    labels: Vec<(Span, String)>,
    note: Option<String>,
    help: Option<String>,
    replace: Option<(String, String)>,
    origin: Option<Origin>,
    is_absence: bool,
}

impl Problem {
    /// Say something at the place.
    pub(super) fn primary(&mut self, text: impl Into<String>) -> &mut Self {
        self.primary = text.into();
        self
    }

    /// Show another place.
    pub(super) fn label(&mut self, at: Span, text: impl Into<String>) -> &mut Self {
        self.labels.push((at, text.into()));
        self
    }

    /// Say what breaks, where it is not that the object is refused.
    pub(super) fn note(&mut self, text: impl Into<String>) -> &mut Self {
        self.note = Some(text.into());
        self
    }

    /// Say what to do.
    pub(super) fn help(&mut self, text: impl Into<String>) -> &mut Self {
        self.help = Some(text.into());
        self
    }

    /// Offer to write another text at the place; what is deployed changes, so that a person decides.
    pub(super) fn replace(&mut self, old: impl Into<String>, new: impl Into<String>) -> &mut Self {
        self.replace = Some((old.into(), new.into()));
        self
    }
}

/// One object and what was found wrong with it.
pub(super) struct Judge<'a> {
    /// The object.
    pub(super) object: &'a Object,
    snapshot: &'a Snapshot,
    units: &'a [UnitId],
    problems: Vec<Problem>,
}

impl<'a> Judge<'a> {
    /// All of the object.
    pub(super) fn root(&self) -> Field<'a> {
        Field::new(&self.object.value)
    }

    /// A place in `spec`.
    pub(super) fn spec(&self) -> Field<'a> {
        self.root().get("spec")
    }

    /// The pod that it is or makes.
    pub(super) fn pod(&self) -> Option<Pod<'a>> {
        Pod::of(&self.object.group, &self.object.kind, &self.object.value)
    }

    /// Whether the API server knows the kind itself, rather than a controller of somebody.
    pub(super) fn is_builtin(&self) -> bool {
        is_builtin_group(&self.object.group)
    }

    /// The API server refuses the object, or its pods never run, for what stands in a field.
    pub(super) fn error(&mut self, field: Field<'a>, message: impl Into<String>) -> &mut Problem {
        self.problem(field, Severity::Error, message.into())
    }

    /// It is accepted and does not do what it says.
    pub(super) fn warning(&mut self, field: Field<'a>, message: impl Into<String>) -> &mut Problem {
        self.problem(field, Severity::Warning, message.into())
    }

    /// It may be meant, and may be not.
    pub(super) fn hint(&mut self, field: Field<'a>, message: impl Into<String>) -> &mut Problem {
        self.problem(field, Severity::Info, message.into())
    }

    fn problem(&mut self, field: Field<'a>, severity: Severity, message: String) -> &mut Problem {
        self.problems.push(Problem {
            at: field.span(),
            message,
            severity,
            primary: String::new(),
            labels: Vec::new(),
            note: None,
            help: None,
            replace: None,
            origin: field.value().map(|value| value.origin.clone()),
            is_absence: field.is_absent(),
        });
        self.problems.last_mut().expect("it was just pushed")
    }

    /// The newest release of Kubernetes that may get the object, if all are known, and before this one.
    pub(super) fn before(&self, minor: u32) -> Option<Release> {
        let releases: Option<Vec<Release>> =
            self.releases().map(|(release, at_least)| release.filter(|_| !at_least)).collect();
        releases?.into_iter().max().filter(|release| *release < Release { major: 1, minor, patch: None })
    }

    /// The oldest release of Kubernetes that may get the object, if all are known, and this one or a later.
    pub(super) fn since(&self, minor: u32) -> Option<Release> {
        let releases: Option<Vec<Release>> = self.releases().map(|(release, _)| release).collect();
        releases?.into_iter().min().filter(|release| *release >= Release { major: 1, minor, patch: None })
    }

    /// Every release that may get the object, and whether a later one may, too.
    fn releases(&self) -> impl Iterator<Item = (Option<Release>, bool)> {
        self.units.iter().flat_map(|unit| {
            let versions = self.snapshot.versions_of(Project::Kubernetes, Some(*unit));
            let unknown = versions.is_empty().then_some((None, true));
            let known = versions.into_iter().map(|version| version.required);
            known.map(|required| (required.map(|of| of.release), required.is_none_or(|of| of.at_least))).chain(unknown)
        })
    }

    /// The API server refuses the object before a release, and that is known to be so where it is deployed.
    pub(super) fn refused_before(
        &mut self,
        minor: u32,
        field: Field<'a>,
        message: impl Into<String>,
    ) -> Option<&mut Problem> {
        let release = self.before(minor)?;
        let note = format!("Kubernetes {release} refuses the object; 1.{minor} and later take it");
        Some(self.error(field, message).note(note))
    }

    /// The API server refuses the object since a release, and that is known to be so where it is deployed.
    pub(super) fn refused_since(
        &mut self,
        minor: u32,
        field: Field<'a>,
        message: impl Into<String>,
    ) -> Option<&mut Problem> {
        let release = self.since(minor)?;
        let note = format!("Kubernetes {release} refuses the object, as every release since 1.{minor} does");
        Some(self.error(field, message).note(note))
    }

    /// Report an address or a range of addresses that later releases do not take any more.
    pub(super) fn sloppy_address(&mut self, field: Field<'a>) {
        if let Known::Value(text) = field.text()
            && let Err(why) = names::strict_address(text.trim())
            && let Some(problem) = self.refused_since(36, field, format!("`{text}` is not written as addresses are"))
        {
            problem.primary(why);
        }
    }

    /// Report a text that is not of a form; `what` is a noun phrase.
    pub(super) fn form(
        &mut self,
        field: Field<'a>,
        what: &str,
        form: fn(&str) -> Result<(), &'static str>,
    ) -> Option<&mut Problem> {
        let Known::Value(text) = field.text() else { return None };
        let why = form(text).err()?;
        Some(self.error(field, format!("`{text}` is no valid {what}")).primary(why))
    }

    /// Report a number below the least that is allowed.
    pub(super) fn at_least(&mut self, field: Field<'a>, least: i64) {
        self.within(field, least, i64::MAX);
    }

    /// Report a number outside of what is allowed.
    pub(super) fn within(&mut self, field: Field<'a>, least: i64, most: i64) -> Option<&mut Problem> {
        let Known::Value(number) = field.int() else { return None };
        if (least..=most).contains(&number) {
            return None;
        }
        let range = match most {
            i64::MAX => format!("at least {least}"),
            _ => format!("from {least} to {most}"),
        };
        Some(self.error(field, format!("`{}` is {number}, and must be {range}", field.key())))
    }
}

/// What becomes of an object that the API server does not take.
pub(super) const REFUSED: &str = "the API server refuses the object: it is neither created nor updated";

/// What becomes of an object whose pods the API server does not take.
const UNUSABLE: &str = "its controller cannot make pods of it";

/// A problem, an object that has it, whether anything deploys it, and the units in which it is.
type Found<'a> = (Problem, &'a Object, bool, Vec<String>);

/// Judge what was written at one place in every way in which units render it, and report.
pub(super) fn judge(cx: &Context<'_>, meta: &RuleMeta, variants: &[Variant<'_>], check: impl Fn(&mut Judge<'_>)) {
    let mut found: BTreeMap<(Span, String), Found<'_>> = BTreeMap::new();
    // What rendering may still change is not judged.
    for Variant { object, units } in variants.iter().filter(|variant| variant.object.rendered) {
        let mut judge = Judge { object, snapshot: cx.head, units, problems: Vec::new() };
        check(&mut judge);
        for problem in judge.problems {
            let key = (problem.at, problem.message.clone());
            let (.., deployed, names) = found.entry(key).or_insert((problem, object, false, Vec::new()));
            for unit in units.iter().map(|unit| cx.head.unit(*unit)) {
                *deployed |= unit.deployed;
                names.push(unit.name.clone());
            }
        }
    }
    for (problem, object, deployed, mut units) in found.into_values() {
        // What nothing deploys may be a part that something completes, or a copy of a running object.
        if !deployed && (problem.is_absence || problem.severity < Severity::Error) {
            continue;
        }
        units.sort();
        units.dedup();
        let severity = if deployed { problem.severity } else { Severity::Info };
        let refused = || (if is_builtin_group(&object.group) { REFUSED } else { UNUSABLE }).to_owned();
        let note = problem.note.or_else(|| (problem.severity == Severity::Error).then(refused));
        let message = format!("{}: {}", object.title(), problem.message);
        let mut diagnostic =
            Diagnostic::new(meta, problem.at, message, object.subject()).severity(severity).primary(problem.primary);
        for (at, text) in problem.labels {
            diagnostic = diagnostic.label(at, text);
        }
        if let Some(origin) = &problem.origin {
            diagnostic = support::steps(diagnostic, origin);
        }
        diagnostic.notes.extend(note);
        diagnostic.help = problem.help;
        if let Some((old, new)) = problem.replace {
            diagnostic.fixes.extend(replacement(cx, problem.at, &old, &new));
        }
        cx.report(support::affected(diagnostic, &units));
    }
}

/// Another text instead of a scalar that is written so.
fn replacement(cx: &Context<'_>, at: Span, old: &str, new: &str) -> Option<Fix> {
    let source = cx.head.repository.sources.get(at.file);
    if source.slice(at).trim_matches(['"', '\'']) != old || source.path.extension() == Some("json") {
        return None;
    }
    let (span, text) = edit::replace_scalar(source, at, new);
    Some(Fix::replace(Applicability::Unsafe, format!("replace `{old}` by `{new}`"), span, text))
}
