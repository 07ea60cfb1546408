//! Which routes the listeners of a Gateway allow to be attached.

use crate::diagnostic::{Diagnostic, RuleMeta, Severity};
use crate::graph::selector::{Selector, of_label_selector};
use crate::graph::{Node, Object, Reference, Resolution, Symbol};
use crate::model::Field;
use crate::rules::{Context, Uses, support};
use crate::text::Span;
use crate::value::{Known, Value};

/// The label that the API server gives every namespace.
const NAME: &str = "kubernetes.io/metadata.name";

/// Why a listener does not take a route.
struct Refusal {
    at: Span,
    why: String,
    /// Whether it could be otherwise where somebody adds labels to a namespace.
    by_labels: bool,
}

/// Report routes that no listener of their Gateway allows.
pub(super) fn check(cx: &Context<'_>, meta: &RuleMeta, uses: &Uses<'_>) {
    let deployed = |reference: &Reference| reference.unit.is_none_or(|unit| cx.head.unit(unit).deployed);
    let refused: Vec<_> = uses.iter().filter_map(|one| Some((*one, refused(cx, one)?))).collect();
    let Some((reference, (route, gateway, refusals))) = refused.iter().max_by_key(|(one, _)| deployed(one)) else {
        return;
    };
    let level = match deployed(reference) {
        false => Severity::Info,
        true if refusals.iter().any(|refusal| refusal.by_labels) => Severity::Warning,
        true => meta.level,
    };
    let message = format!("{} is attached to {}, none of whose listeners allows it", route.title(), gateway.title());
    let mut finding = Diagnostic::new(meta, reference.origin.span(), message, support::subject(cx.head, reference))
        .severity(level)
        .primary("not allowed there")
        .note("the route serves nothing: `NotAllowedByListeners`");
    for refusal in refusals.iter().take(3) {
        finding = finding.label(refusal.at, refusal.why.as_str());
    }
    let mut units: Vec<String> =
        refused.iter().filter_map(|(one, _)| one.unit).map(|unit| cx.head.unit(unit).name.clone()).collect();
    units.sort();
    units.dedup();
    cx.report(support::affected(finding, &units));
}

/// The route, its Gateway, and why none of its listeners takes the route; nothing if one may.
fn refused<'a>(cx: &Context<'a>, reference: &Reference) -> Option<(&'a Object, &'a Object, Vec<Refusal>)> {
    let (Node::Object(route), Resolution::Found(found)) = (&reference.from, &reference.resolution) else { return None };
    let [only] = found.as_slice() else { return None };
    let symbol = cx.head.symbol(*only);
    let Node::Object(gateway) = symbol.node else { return None };
    let (route, gateway) = (cx.head.object(*route), cx.head.object(gateway));
    let is_certain = reference.unit == symbol.unit || reference.universe.is_same(&symbol.universe);
    if !is_certain || !route.rendered || !gateway.rendered || !gateway.is("gateway.networking.k8s.io", "Gateway") {
        return None;
    }
    let listeners = Field::new(&gateway.value).at(&["spec", "listeners"]);
    let port = parent(&route.value, reference).and_then(|parent| parent.get("port")).and_then(Value::as_int);
    let mut refusals = Vec::new();
    for (_, listener) in listeners.items() {
        let is_meant = match (&reference.want.key, listener.get("name").text()) {
            (Some(section), Known::Value(name)) => section == name,
            (Some(_), _) => return None,
            (None, _) => true,
        };
        let is_at_port = port.is_none_or(|port| listener.get("port").int().value().is_none_or(|own| *own == port));
        if is_meant && is_at_port {
            refusals.push(by_namespace(cx, route, gateway, listener).or_else(|| by_kind(route, listener))?);
        }
    }
    (listeners.is_complete() && !refusals.is_empty()).then_some((route, gateway, refusals))
}

/// The entry of `parentRefs` that a reference stands in.
fn parent<'a>(route: &'a Value, reference: &Reference) -> Option<&'a Value> {
    let parents = route.at(&["spec", "parentRefs"]).map(Value::items).unwrap_or_default();
    parents.iter().find(|parent| parent.get("name").is_some_and(|name| name.span() == reference.origin.span()))
}

fn by_namespace(cx: &Context<'_>, route: &Object, gateway: &Object, listener: Field<'_>) -> Option<Refusal> {
    let namespaces = listener.at(&["allowedRoutes", "namespaces"]);
    let (own, other) = (route.namespace.value()?, gateway.namespace.value()?);
    let from = namespaces.get("from");
    match from.text() {
        Known::Value("Same") | Known::Absent if own != other => {
            let at = if from.is_present() { from.span() } else { listener.span() };
            let why = format!("routes of namespace `{other}` alone are allowed here");
            Some(Refusal { at, why, by_labels: false })
        }
        Known::Value("None") => {
            Some(Refusal { at: from.span(), why: "no routes are allowed here".to_owned(), by_labels: false })
        }
        Known::Value("Selector") => {
            let selector = namespaces.get("selector");
            let Some(Known::Value(text)) = of_label_selector(selector.value()?) else { return None };
            let parsed = Selector::parse(&text);
            let is_selected = selected(cx, route, own, &parsed)?;
            let by_labels = parsed.needed().any(|key| key != NAME);
            let why = format!("namespace `{own}` does not have the labels `{text}`");
            (!is_selected).then(|| Refusal { at: selector.span(), why, by_labels })
        }
        _ => None,
    }
}

/// Whether the namespace of a route has certain labels; nothing if its labels are not known.
fn selected(cx: &Context<'_>, route: &Object, name: &str, selector: &Selector<'_>) -> Option<bool> {
    if selector.needed().all(|key| key == NAME) {
        let mut wanted = selector.equalities().peekable();
        return wanted.peek().is_some().then(|| wanted.all(|(_, value)| value == name));
    }
    let universe = &cx.head.unit(route.unit).universe;
    let is_it = |symbol: &&Symbol| {
        symbol.kind == "Namespace"
            && symbol.group.is_empty()
            && symbol.name == name
            && (symbol.unit == Some(route.unit) || symbol.universe.may_be(universe))
    };
    let mut found = cx.head.symbols.iter().filter(is_it);
    let (only, None) = (found.next()?, found.next()) else { return None };
    let Node::Object(id) = only.node else { return None };
    let object = cx.head.object(id);
    let labels = object.value.at(&["metadata", "labels"]);
    if !object.is("", "Namespace") || !object.rendered || selector.needed().any(|key| key == NAME) {
        return None;
    }
    match selector.matches(labels) {
        Known::Value(()) => Some(true),
        Known::Absent => Some(false),
        Known::Unknown(_) => None,
    }
}

fn by_kind(route: &Object, listener: Field<'_>) -> Option<Refusal> {
    let kinds = listener.at(&["allowedRoutes", "kinds"]);
    if kinds.is_empty() {
        let protocol = listener.get("protocol");
        let allowed: &[&str] = match protocol.text() {
            Known::Value("HTTP" | "HTTPS") => &["HTTPRoute", "GRPCRoute"],
            Known::Value("TCP") => &["TCPRoute"],
            Known::Value("UDP") => &["UDPRoute"],
            _ => return None,
        };
        let why = format!("takes {} alone", allowed.join(" and "));
        return (!allowed.contains(&route.kind.as_str())).then(|| Refusal {
            at: protocol.span(),
            why,
            by_labels: false,
        });
    }
    for (_, kind) in kinds.items() {
        let Known::Value(name) = kind.get("kind").text() else { return None };
        let is_other = matches!(kind.get("group").raw_text(), Known::Value(group) if group != route.group.as_str());
        if name == route.kind && !is_other {
            return None;
        }
    }
    let why = format!("{} is not among the kinds that are allowed here", route.kind);
    kinds.is_complete().then(|| Refusal { at: kinds.span(), why, by_labels: false })
}
