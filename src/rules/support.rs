//! What the rules about references share: who holds one, where its target is, what was meant.

use std::collections::BTreeSet;

use super::{Context, Uses};
use crate::diagnostic::{Applicability, Diagnostic, Fix, RuleMeta, Severity};
use crate::graph::selector::Selector;
use crate::graph::symbols::makes_nothing;
use crate::graph::{Node, Object, Reference, Resolution, Snapshot, Strength, Symbol, Unit, Universe};
use crate::text::{RepoPath, Span, near_miss};
use crate::value::{Known, Origin, Str};

/// What is wrong with the references of one place.
pub(super) struct Broken<'a> {
    /// One reference that is broken, of a deployed unit if there is one.
    pub(super) reference: &'a Reference,
    /// Whether any broken one is deployed.
    pub(super) deployed: bool,
    /// Whether the target is missing for certain, or only nearly so (an open world with a near miss).
    pub(super) certain: bool,
    /// Names of the units in which it is broken.
    pub(super) units: Vec<String>,
}

/// The broken ones among the references of a place by name; `None` if all hold or nothing can be
/// said.
pub(super) fn broken_name<'a>(cx: &Context<'a>, uses: &Uses<'a>) -> Option<Broken<'a>> {
    broken(cx, uses, |reference| match &reference.resolution {
        // `unrenamed-reference` knows why.
        _ if renamed(cx.head, reference).is_some() => None,
        Resolution::Missing { near, .. } if !reference.optional || near.is_some() => Some(true),
        Resolution::Unknown { strength: Strength::Weak, near: Some(_), .. } => Some(false),
        Resolution::Unknown { strength: Strength::Weak, .. } if reference.lost.is_some() => Some(false),
        _ => None,
    })
}

/// What an unfound reference means, if a prefix, a suffix or a hash of kustomize renamed that and the
/// reference did not follow: then the rule `unrenamed-reference` speaks of it, and no other.
pub(super) fn renamed<'a>(snapshot: &'a Snapshot, reference: &Reference) -> Option<&'a Symbol> {
    let (Known::Value(wanted), Some(unit)) = (&reference.want.name, reference.unit) else { return None };
    let is_open = matches!(reference.resolution, Resolution::Unknown { strength: Strength::Weak, .. });
    if !reference.resolution.is_missing() && !is_open {
        return None;
    }
    let place = |symbol: &Symbol| match (&symbol.namespace, &reference.want.namespace) {
        (Known::Value(one), Known::Value(two)) => one == two,
        _ => true,
    };
    snapshot.symbols_of(unit).find(|symbol| {
        symbol.kind == reference.want.kind
            && symbol.group == reference.want.group
            && symbol.name != *wanted
            && place(symbol)
            && symbol.name_within(reference.unit, &snapshot.repository.sources) == wanted.as_str()
    })
}

/// Whether everything is seen that a namespace of a cluster may hold: every unit that is deployed there is
/// known as a whole, and no controller makes further objects.
pub(super) fn is_all_seen(snapshot: &Snapshot, universe: &Universe, namespace: &Known<Str>) -> bool {
    let is_there = |other: &Known<Str>| match (namespace, other) {
        (Known::Value(one), Known::Value(two)) => one == two,
        _ => true,
    };
    let is_hidden = |unit: &Unit| unit.unknown.is_some() && unit.universe.may_be(universe) && is_there(&unit.namespace);
    let makes = |object: &Object| {
        !makes_nothing(&object.group, &object.kind)
            && is_there(&object.namespace)
            && snapshot.unit(object.unit).universe.may_be(universe)
    };
    !snapshot.units.iter().any(is_hidden) && !snapshot.objects.iter().any(makes)
}

/// The broken ones among the references of a place by key.
pub(super) fn broken_key<'a>(cx: &Context<'a>, uses: &Uses<'a>) -> Option<Broken<'a>> {
    broken(cx, uses, |reference| match &reference.key {
        Some(Resolution::Missing { near, .. }) if !reference.optional || near.is_some() => Some(true),
        _ => None,
    })
}

fn broken<'a>(cx: &Context<'a>, uses: &Uses<'a>, judge: impl Fn(&Reference) -> Option<bool>) -> Option<Broken<'a>> {
    let mut result: Option<Broken<'a>> = None;
    for reference in uses {
        let Some(certain) = judge(reference) else { continue };
        let unit = reference.unit.map(|unit| cx.head.unit(unit));
        let deployed = unit.is_none_or(|unit| unit.deployed);
        let rank = |broken: &Broken<'_>| (broken.deployed, broken.certain);
        let candidate = Broken { reference, deployed, certain, units: Vec::new() };
        match &mut result {
            None => result = Some(candidate),
            Some(best) if rank(&candidate) > rank(best) => *best = candidate,
            Some(_) => {}
        }
    }
    if let Some(best) = &mut result {
        let names = uses.iter().filter(|reference| judge(reference).is_some()).filter_map(|reference| reference.unit);
        let mut names: Vec<String> = names.map(|unit| cx.head.unit(unit).name.clone()).collect();
        names.sort();
        names.dedup();
        best.units = names;
    }
    result
}

impl Broken<'_> {
    /// The severity: `level` if it is deployed and certain, a warning if it is only nearly
    /// certain, or if a near miss explains what would be a hint; a hint if nothing deploys it or it
    /// is optional.
    pub(super) fn severity(&self, level: Severity) -> Severity {
        if !self.deployed || self.reference.optional {
            return Severity::Info;
        }
        let level = if self.certain { level } else { level.min(Severity::Warning) };
        let least = if self.reference.resolution.near().is_some() { Severity::Warning } else { Severity::Info };
        level.max(least)
    }
}

/// A finding at a broken reference: message, chain of origins, near miss, where else it exists.
pub(super) fn report(
    cx: &Context<'_>,
    meta: &RuleMeta,
    broken: &Broken<'_>,
    level: Severity,
    message: String,
    primary: String,
) -> Diagnostic {
    let reference = broken.reference;
    let mut diagnostic = Diagnostic::new(meta, reference.origin.span(), message, subject(cx.head, reference))
        .severity(broken.severity(level))
        .primary(primary);
    diagnostic = steps(diagnostic, &reference.origin);
    if !broken.certain {
        diagnostic = diagnostic.confidence(crate::diagnostic::Confidence::Medium);
    }
    if let Some(lost) = reference.lost {
        diagnostic = diagnostic.label(lost, "made here before this change");
        if let Resolution::Unknown { why, .. } = &reference.resolution {
            diagnostic = diagnostic.note(format!("nothing says that it is made elsewhere; it could be ({why})"));
        }
    }
    if let Some(near) = near_symbol(cx.head, &reference.resolution) {
        if !matches!(near.node, Node::Builtin) {
            let what = if reference.kind.is_selector() {
                "nearly has the labels".to_owned()
            } else {
                format!("{} of a near name", near.kind)
            };
            diagnostic = diagnostic.label(near.origin.span(), what);
        }
        let fix = if let Some((key, wanted, value)) = near_label(cx.head, reference, near) {
            diagnostic = diagnostic.help(format!("did you mean `{key}={value}`?"));
            relabel(cx.head, reference, (key, wanted), value)
        } else {
            let name = near.name_within(reference.unit, &cx.head.repository.sources);
            diagnostic = diagnostic.help(format!("did you mean `{name}`?"));
            rename(cx.head, reference, name)
        };
        if let Some(fix) = fix {
            diagnostic = diagnostic.fix(fix);
        }
    } else if let Resolution::Missing { elsewhere, .. } = &reference.resolution {
        for id in elsewhere.iter().take(3) {
            let symbol = cx.head.symbol(*id);
            diagnostic = diagnostic.label(symbol.origin.span(), format!("exists {}", place(symbol)));
        }
        if let Some(first) = elsewhere.first() {
            let symbol = cx.head.symbol(*first);
            let name = symbol.name_within(None, &cx.head.repository.sources);
            diagnostic = diagnostic.help(format!("{} `{name}` exists {}", symbol.kind, place(symbol)));
        }
    }
    affected(diagnostic, &broken.units)
}

/// Where a symbol is, for people.
fn place(symbol: &Symbol) -> String {
    match &symbol.namespace {
        Known::Value(namespace) => format!("in namespace `{namespace}`"),
        Known::Absent => "on another cluster".to_owned(),
        Known::Unknown(_) => "in a namespace that is not known".to_owned(),
    }
}

/// The symbol that was very likely meant.
pub(super) fn near_symbol<'a>(snapshot: &'a Snapshot, resolution: &Resolution) -> Option<&'a Symbol> {
    resolution.near().map(|id| snapshot.symbol(id))
}

/// Say in which units it is so, if there are several.
pub(crate) fn affected(diagnostic: Diagnostic, units: &[String]) -> Diagnostic {
    match units {
        [] | [_] => diagnostic,
        [first, second] => diagnostic.note(format!("in `{first}` and `{second}`")),
        [first, second, rest @ ..] => diagnostic.note(format!("in `{first}`, `{second}` and {} more", rest.len())),
    }
}

/// Labels for the steps of rendering that made a value, nearest to the source last.
pub(super) fn steps(mut diagnostic: Diagnostic, origin: &Origin) -> Diagnostic {
    let primary = diagnostic.primary_span();
    for step in origin.steps().filter(|step| step.at != primary).take(4) {
        diagnostic = diagnostic.label(step.at, step.step.label());
    }
    diagnostic
}

/// Who holds a reference, for people: "Deployment `web`".
pub(super) fn holder(snapshot: &Snapshot, node: &Node) -> String {
    match node {
        Node::Object(id) => snapshot.object(*id).title(),
        Node::Terraform(address) => {
            let address = address.split_once(':').map_or(address.as_str(), |(_, address)| address);
            format!("`{address}`")
        }
        Node::Path(path) => format!("`{path}`"),
        Node::Builtin | Node::External => "something outside".to_owned(),
    }
}

/// Stable identity of a reference for fingerprints.
pub(super) fn subject(snapshot: &Snapshot, reference: &Reference) -> String {
    let holder = match &reference.from {
        Node::Object(id) => snapshot.object(*id).subject(),
        Node::Terraform(address) => address.to_string(),
        Node::Path(path) => path.to_string(),
        Node::Builtin | Node::External => String::new(),
    };
    let name = reference.stable_name().unwrap_or_default();
    format!("{holder} {} {name} {}", reference.kind, reference.want.key.as_deref().unwrap_or_default())
}

/// In which namespace a target was looked for.
pub(super) fn in_namespace(reference: &Reference) -> String {
    match &reference.want.namespace {
        Known::Value(namespace) => format!(" in namespace `{namespace}`"),
        _ => String::new(),
    }
}

/// Replace the name of a reference where it stands literally; it may be another thing of that
/// name that is wanted, so the fix is never safe.
pub(super) fn rename(snapshot: &Snapshot, reference: &Reference, new: &str) -> Option<Fix> {
    let old = reference.want.name.value()?;
    replace_scalar(snapshot, reference.origin.span(), old, new, Applicability::Unsafe)
}

/// The label that a selector misses by one value: its key, the value that is wanted, and the one that
/// is there.
fn near_label<'a>(
    snapshot: &'a Snapshot,
    reference: &'a Reference,
    near: &Symbol,
) -> Option<(&'a str, &'a str, &'a str)> {
    let selector = reference.want.name.value().filter(|_| reference.kind.is_selector())?;
    let labels = snapshot.labels_of(near)?;
    let differs = |(key, wanted): (&'a str, &'a str)| {
        let value = labels.get(key)?.as_str()?;
        (value != wanted).then_some((key, wanted, value))
    };
    Selector::parse(selector).equalities().find_map(differs)
}

/// Replace the value of a label where a selector wants it.
fn relabel(snapshot: &Snapshot, reference: &Reference, (key, old): (&str, &str), new: &str) -> Option<Fix> {
    let Node::Object(id) = &reference.from else { return None };
    let at = reference.origin.span();
    let mut stack = vec![&snapshot.object(*id).value];
    while let Some(value) = stack.pop() {
        if value.as_map().is_some() && value.span() == at {
            let wanted = value.at(&["matchLabels", key]).or_else(|| value.get(key))?;
            return replace_scalar(snapshot, wanted.span(), old, new, Applicability::Unsafe);
        }
        stack.extend(value.entries().map(|entry| &entry.value).chain(value.items()));
    }
    None
}

/// A fix that replaces a whole literal scalar (with or without quotes) by another.
pub(super) fn replace_scalar(
    snapshot: &Snapshot,
    span: Span,
    old: &str,
    new: &str,
    applicability: Applicability,
) -> Option<Fix> {
    let text = snapshot.repository.sources.slice(span);
    let inner = if text == old {
        span
    } else {
        let quoted = text.len() == old.len() + 2 && text.get(1..text.len() - 1) == Some(old);
        if !quoted || !text.starts_with(['"', '\'']) {
            return None;
        }
        Span { start: span.start + 1, end: span.end - 1, ..span }
    };
    // Only characters that need no quotes and no escapes in any style.
    let plain = new.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c));
    let relative = new.starts_with("./") || new.starts_with("../");
    let plain = plain && (relative || new.starts_with(|c: char| c.is_ascii_alphabetic()));
    plain.then(|| Fix::replace(applicability, format!("replace `{old}` by `{new}`"), inner, new))
}

/// The key that was very likely meant, among the keys of the objects that lack it.
pub(super) fn near_key<'a>(snapshot: &'a Snapshot, reference: &Reference) -> Option<(&'a Str, &'a Origin)> {
    let Some(Resolution::Missing { elsewhere, .. }) = &reference.key else { return None };
    let wanted = reference.want.key.as_deref()?;
    let [only] = elsewhere.as_slice() else { return None };
    let keys = &snapshot.symbol(*only).keys.as_ref()?.keys;
    let near = near_miss(wanted, keys.keys().map(Str::as_str))?;
    keys.get_key_value(near)
}

/// The one sibling of a path whose name is nearly its name.
pub(super) fn near_path(snapshot: &Snapshot, target: &str) -> Option<RepoPath> {
    let wanted = RepoPath::new(target)?;
    let parent = wanted.parent()?;
    let below = snapshot.repository.listing.below(&parent);
    let siblings: BTreeSet<String> =
        below.filter_map(|(path, _)| path.relative_to(&parent).split('/').next().map(str::to_owned)).collect();
    let near = near_miss(wanted.file_name(), siblings.iter().map(String::as_str))?;
    parent.join(near)
}

/// A list for people: "`a`, `b` and `c`"; long ones are cut.
pub(super) fn and(items: &[String]) -> String {
    match items {
        [] => "none".to_owned(),
        [one] => one.clone(),
        [first @ .., last] if items.len() <= 8 => format!("{} and {last}", first.join(", ")),
        _ => format!("{} and {} more", items[..7].join(", "), items.len() - 7),
    }
}

/// Label the objects that lack the wanted key with the keys that they have, after a word or two.
pub(super) fn keys_instead(
    mut diagnostic: Diagnostic,
    snapshot: &Snapshot,
    reference: &Reference,
    has: &str,
) -> Diagnostic {
    let Some(Resolution::Missing { elsewhere, .. }) = &reference.key else { return diagnostic };
    for id in elsewhere.iter().take(3) {
        let symbol = snapshot.symbol(*id);
        let keys = symbol.keys.iter().flat_map(|keys| keys.keys.keys());
        let keys: Vec<String> = keys.map(|key| format!("`{key}`")).collect();
        diagnostic = diagnostic.label(symbol.origin.span(), format!("{has} {}", and(&keys)));
    }
    diagnostic
}
