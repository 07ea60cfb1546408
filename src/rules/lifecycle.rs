//! What the rules about removed, deprecated and not yet served APIs share: which objects use one,
//! what the versions that they meet say of it, and how to move on.

use std::collections::{BTreeMap, BTreeSet};

use super::{Context, support};
use crate::diagnostic::{Applicability, Diagnostic, RuleMeta, Severity};
use crate::graph::{Evidence, Object, UnitId, Version};
use crate::model::api_lifecycle::{self, Compatible, Lifecycle, lifecycle};
use crate::model::versions::{Project, Release};
use crate::text::Span;
use crate::value::{Origin, Step, Value};

/// What is wrong with the use of an API.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Verdict {
    /// It is no longer served.
    Removed,
    /// It is served and will not be.
    Deprecated,
    /// It is not served yet.
    Early,
}

/// An object that uses an API, in one unit.
pub(super) struct Use<'a> {
    /// Where `apiVersion` is written.
    at: Span,
    /// Every place that would have to change with it: patches repeat it.
    places: Vec<Span>,
    /// `apiVersion` as text.
    text: &'a str,
    kind: &'a str,
    /// The object, if it is one that a unit deploys.
    object: Option<&'a Object>,
    /// The type of Terraform resource to use instead, if it is the type that decides.
    successor: Option<&'static str>,
    /// Its name for people, and its stable name.
    title: String,
    subject: String,
    unit: Option<UnitId>,
    life: &'static Lifecycle,
    verdict: Option<Verdict>,
    level: Severity,
    versions: Vec<&'a Version>,
}

/// All uses of APIs of some projects by the place of the `apiVersion`, where a verdict holds for one.
pub(super) fn uses<'a>(
    cx: &Context<'a>,
    verdict: Verdict,
    of: impl Fn(Project) -> bool,
) -> BTreeMap<Span, Vec<Use<'a>>> {
    let mut found: BTreeMap<Span, Vec<Use<'a>>> = BTreeMap::new();
    let mut add = |candidate: Use<'a>, deployed: bool, defined: bool| {
        let judged = judge(candidate.life, &candidate.versions);
        // What the repository itself defines is served.
        let judged = judged.filter(|(verdict, _)| !defined || *verdict == Verdict::Deprecated);
        let level = judged.map_or(Severity::Info, |(_, level)| if deployed { level } else { Severity::Info });
        let verdict = judged.map(|(verdict, _)| verdict);
        found.entry(candidate.at).or_default().push(Use { verdict, level, ..candidate });
    };
    let known = |text: &str, kind: &str| lifecycle(text, kind).filter(|life| of(life.project));
    for object in &cx.head.objects {
        let Some(api_version) = object.value.get("apiVersion") else { continue };
        let Some(text) = api_version.as_str() else { continue };
        let Some(life) = known(text, &object.kind) else { continue };
        let (at, places) = written(cx, api_version, text);
        let candidate = Use {
            at,
            places,
            text,
            kind: &object.kind,
            object: Some(object),
            successor: None,
            title: object.title(),
            subject: object.subject(),
            unit: Some(object.unit),
            life,
            verdict: None,
            level: Severity::Info,
            versions: cx.head.versions_of(life.project, Some(object.unit)),
        };
        add(candidate, cx.head.unit(object.unit).deployed, cx.head.is_defined(object));
    }
    let made = cx.head.terraform.roots.iter().flat_map(|root| &root.objects);
    for (object, api) in made.flat_map(|object| object.apis.iter().map(move |api| (object, api))) {
        let Some(text) = api.version.as_str() else { continue };
        let Some(life) = known(text, &api.kind) else { continue };
        let (at, places) = written(cx, &api.version, text);
        let candidate = Use {
            at,
            places,
            text,
            kind: &api.kind,
            object: None,
            successor: api.successor,
            title: format!("`{}`", object.address),
            subject: object.address.clone(),
            unit: None,
            life,
            verdict: None,
            level: Severity::Info,
            versions: cx.head.versions_of(life.project, None),
        };
        add(candidate, true, false);
    }
    found.retain(|_, uses| uses.iter().any(|one| one.verdict == Some(verdict)));
    found
}

/// What one version says of an API.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Removed,
    Deprecated,
    Served,
    Early,
    Unsure,
}

fn state(life: &Lifecycle, version: &Version) -> State {
    let Some(required) = version.required else { return State::Unsure };
    let reached = |release: Option<Release>| release.is_some_and(|release| required.release >= release);
    if reached(life.removed) {
        State::Removed
    } else if required.at_least {
        // What runs may be later than all that is known.
        State::Unsure
    } else if life.introduced.is_some_and(|release| required.release < release) {
        State::Early
    } else if reached(life.deprecated) {
        State::Deprecated
    } else {
        State::Served
    }
}

/// The verdict on an API for everything that may run, and how loud it is.
pub(super) fn judge(life: &Lifecycle, versions: &[&Version]) -> Option<(Verdict, Severity)> {
    let project = life.project;
    let states: Vec<State> = versions.iter().map(|version| state(life, version)).collect();
    let all = |state| !states.is_empty() && states.iter().all(|is| *is == state);
    let any = |state| states.contains(&state);
    let declared = versions.iter().all(|version| version.evidence == Evidence::Declared);
    if all(State::Removed) {
        return Some((Verdict::Removed, Severity::Error));
    }
    if all(State::Early) {
        return Some((Verdict::Early, Severity::Error));
    }
    if states.is_empty() || any(State::Unsure) {
        if any(State::Served) || any(State::Deprecated) || any(State::Early) {
            return None;
        }
        let installed = !states.is_empty() && project != Project::Kubernetes;
        return match (life.removed, life.deprecated) {
            (Some(removed), _) if removed <= project.oldest() => {
                Some((Verdict::Removed, if installed { Severity::Info } else { Severity::Warning }))
            }
            (None, None) => None,
            _ => Some((Verdict::Deprecated, Severity::Info)),
        };
    }
    // Declared clusters are all there are, others may be only some.
    if declared && any(State::Removed) {
        return Some((Verdict::Removed, Severity::Warning));
    }
    if declared && any(State::Early) {
        return Some((Verdict::Early, Severity::Warning));
    }
    all(State::Deprecated).then_some((Verdict::Deprecated, Severity::Warning))
}

/// One finding for all uses at one place.
pub(super) fn report(cx: &Context<'_>, meta: &RuleMeta, verdict: Verdict, uses: &[Use<'_>]) {
    let affected = || uses.iter().filter(|one| one.verdict == Some(verdict));
    let Some(worst) = affected().max_by_key(|one| (one.level, std::cmp::Reverse(one.unit))) else { return };
    let life = worst.life;
    let title = life.project.title();
    let what = match verdict {
        Verdict::Removed => format!("{title} no longer serves"),
        Verdict::Deprecated => "is deprecated".to_owned(),
        Verdict::Early => format!("{title} does not serve yet"),
    };
    let message = format!("{} uses {}, which {what}", worst.title, worst.text);
    let since = |release: Option<Release>| release.map(|release| release.to_string()).unwrap_or_default();
    let primary = match verdict {
        Verdict::Removed => format!("not served since {}", since(life.removed)),
        Verdict::Early => format!("served since {}", since(life.introduced)),
        Verdict::Deprecated => match (life.deprecated, life.removed) {
            (Some(deprecated), Some(removed)) => format!("deprecated since {deprecated}, not served since {removed}"),
            (Some(deprecated), None) => format!("deprecated since {deprecated}"),
            (None, _) => format!("not served since {}", since(life.removed)),
        },
    };
    let mut diagnostic =
        Diagnostic::new(meta, worst.at, message, worst.subject.clone()).severity(worst.level).primary(primary);
    for version in worst.versions.iter().filter(|version| says(life, verdict, version)).take(3) {
        diagnostic = diagnostic.label(version.at, told(version));
    }
    if verdict != Verdict::Deprecated {
        diagnostic = diagnostic.note("the API server refuses the object: `no matches for kind`");
    }
    if worst.versions.iter().all(|version| version.required.is_none()) {
        let id = life.project.id();
        diagnostic = diagnostic.note(format!(
            "which version of {title} runs is not known; in kate.yaml, `versions: {{{id}: \"…\"}}` says it"
        ));
    }
    if let Some(help) = help(worst, verdict) {
        diagnostic = diagnostic.help(help);
    }
    if verdict != Verdict::Early
        && let Some(fix) = fix(cx, uses, worst)
    {
        diagnostic = diagnostic.fix(fix);
    }
    let mut units: Vec<String> =
        affected().filter_map(|one| one.unit).map(|unit| cx.head.unit(unit).name.clone()).collect();
    units.sort();
    units.dedup();
    cx.report(support::affected(diagnostic, &units));
}

/// Whether a version is a reason for a verdict.
fn says(life: &Lifecycle, verdict: Verdict, version: &Version) -> bool {
    match state(life, version) {
        State::Removed => verdict == Verdict::Removed,
        State::Deprecated => verdict == Verdict::Deprecated,
        State::Early => verdict == Verdict::Early,
        State::Served | State::Unsure => false,
    }
}

/// "Kubernetes 1.31 is declared here".
pub(super) fn told(version: &Version) -> String {
    let release = match version.required {
        Some(required) if required.at_least => format!(" {} or later", required.release),
        Some(required) => format!(" {}", required.release),
        None => String::new(),
    };
    let how = match version.evidence {
        Evidence::Declared => "is declared here",
        Evidence::Terraform | Evidence::Setting => "is set here",
        Evidence::Chart | Evidence::Manifests => "is installed here",
        Evidence::Image => "runs here",
    };
    format!("{}{release} {how}", version.project.title())
}

fn help(worst: &Use<'_>, verdict: Verdict) -> Option<String> {
    let life = worst.life;
    if verdict == Verdict::Early {
        let serves = |life: &Lifecycle| {
            let versions = || worst.versions.iter();
            versions().all(|version| matches!(state(life, version), State::Served | State::Deprecated))
        };
        let older = api_lifecycle::rows()
            .filter(|(_, life)| life.replacement == Some((worst.text, worst.kind)) && serves(life))
            .max_by_key(|(_, life)| life.introduced)
            .map(|((api_version, kind), _)| api_version_of(api_version, kind, worst.kind));
        let introduced = life.introduced?;
        return Some(match older {
            Some(older) => format!("use {older} until {} {introduced} runs", life.project.title()),
            None => format!("it needs {} {introduced}", life.project.title()),
        });
    }
    let (api_version, kind) = life.replacement?;
    let used = match worst.successor {
        Some(successor) => format!("`{successor}`, which uses {api_version}"),
        None => api_version_of(api_version, kind, worst.kind),
    };
    let later = lifecycle(api_version, kind).and_then(|life| life.introduced);
    // Where no version is known, the replacement may be too new.
    let is_told = worst.versions.iter().any(|version| version.required.is_some());
    Some(match later.filter(|release| !is_told && *release > life.project.oldest()) {
        Some(release) => format!("use {used}, which {} serves since {release}", life.project.title()),
        None => format!("use {used}"),
    })
}

fn api_version_of(api_version: &str, kind: &str, instead_of: &str) -> String {
    if kind == instead_of { api_version.to_owned() } else { format!("{kind} of {api_version}") }
}

/// Write the replacement where its fields are the same and everything that may run serves it.
fn fix(cx: &Context<'_>, uses: &[Use<'_>], worst: &Use<'_>) -> Option<crate::diagnostic::Fix> {
    let (new, kind) = worst.life.replacement.filter(|(_, kind)| *kind == worst.kind)?;
    let compatible = worst.life.compatible?;
    let replacement = lifecycle(new, kind);
    let is_served = |version: &&Version| match (replacement, version.required) {
        (Some(life), Some(required)) => life.introduced.is_none_or(|release| required.release >= release),
        _ => true,
    };
    if !uses.iter().flat_map(|one| &one.versions).all(is_served) {
        return None;
    }
    let mut applicability = match compatible {
        Compatible::Same => Applicability::Safe,
        Compatible::Mostly => Applicability::Unsafe,
    };
    let mut all_select = (worst.text, worst.kind) == ("policy/v1beta1", "PodDisruptionBudget");
    for object in uses.iter().filter_map(|one| one.object) {
        let has = |path: &[&str]| object.value.at(path).is_some_and(|value| !value.is_null());
        match (worst.text, worst.kind) {
            // An empty selector selected nothing and now selects everything.
            ("policy/v1beta1", "PodDisruptionBudget") => all_select &= selects(&object.value),
            // The selector had a default.
            ("apps/v1beta1" | "extensions/v1beta1", "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet")
                if !has(&["spec", "selector"]) =>
            {
                return None;
            }
            ("external-secrets.io/v1alpha1", "ExternalSecret") if has(&["spec", "dataFrom"]) => return None,
            _ => {}
        }
    }
    if all_select && worst.object.is_some() {
        applicability = Applicability::Safe;
    }
    // Whatever patches it may name it by its old version.
    if uses.iter().filter_map(|one| one.object).any(|object| is_patched(&object.value)) {
        applicability = Applicability::Unsafe;
    }
    let places: BTreeSet<Span> = uses.iter().flat_map(|one| one.places.iter().copied()).collect();
    let edit = |at| support::replace_scalar(cx.head, at, worst.text, new, applicability);
    let mut fix = edit(worst.at)?;
    for at in places.into_iter().filter(|at| *at != worst.at) {
        fix.edits.extend(edit(at)?.edits);
    }
    Some(fix)
}

/// Where an `apiVersion` is written: at the object itself, where patches only repeat it; and all
/// places that say the same.
fn written(cx: &Context<'_>, value: &Value, text: &str) -> (Span, Vec<Span>) {
    let says = |at: &Span| cx.head.repository.sources.slice(*at).trim_matches(['"', '\'']) == text;
    let mut origin = &value.origin;
    while let Origin::Derived(derivation) = origin {
        let before = derivation.over.as_ref().or_else(|| derivation.from.last());
        let Some(before) = before.filter(|_| derivation.step == Step::Patch) else { break };
        origin = before;
    }
    let at = Some(origin.span()).filter(says).unwrap_or_else(|| value.span());
    (at, value.origin.sources_and_replaced().into_iter().filter(says).collect())
}

/// Whether a selector says something.
fn selects(object: &Value) -> bool {
    let labels = object.at(&["spec", "selector", "matchLabels"]);
    let expressions = object.at(&["spec", "selector", "matchExpressions"]);
    labels.is_some_and(|labels| labels.entries().next().is_some())
        || expressions.is_some_and(|expressions| !expressions.items().is_empty())
}

/// Whether any part of an object comes from a patch.
fn is_patched(value: &Value) -> bool {
    value.origin.steps().any(|step| step.step == Step::Patch)
        || value.items().iter().any(is_patched)
        || value.entries().any(|entry| is_patched(&entry.value))
}
