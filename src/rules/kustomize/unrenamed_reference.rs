//! A name that kustomize changes must be changed wherever it is used.

use crate::diagnostic::{Diagnostic, RuleMeta, Severity};
use crate::graph::{Node, Object, Resolution, Snapshot, Symbol};
use crate::render::kustomize::FaultKind;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule, Uses, support};
use crate::value::{Known, Step, Value};

declare_rule! {
    UnrenamedReference = "unrenamed-reference" {
        summary: "reference keeps a name that kustomize has changed",
        group: Kustomize, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

/// A field of a custom resource that names an object: group and kind of its holder, the path with
/// `[]` for all items, group and kind of the target. No kind: a field `kind` beside it says it.
type Field = (&'static str, &'static str, &'static [&'static str], &'static str, &'static str);

const GATEWAY: &str = "gateway.networking.k8s.io";

/// Fields that are no references to the linker, and that kustomize does not follow.
const FIELDS: &[Field] = &[
    (GATEWAY, "HTTPRoute", &["spec", "rules", "[]", "backendRefs", "[]", "name"], "", "Service"),
    (GATEWAY, "GRPCRoute", &["spec", "rules", "[]", "backendRefs", "[]", "name"], "", "Service"),
    (GATEWAY, "TLSRoute", &["spec", "rules", "[]", "backendRefs", "[]", "name"], "", "Service"),
    (GATEWAY, "TCPRoute", &["spec", "rules", "[]", "backendRefs", "[]", "name"], "", "Service"),
    (GATEWAY, "HTTPRoute", &["spec", "parentRefs", "[]", "name"], GATEWAY, "Gateway"),
    ("cert-manager.io", "Certificate", &["spec", "issuerRef", "name"], "cert-manager.io", ""),
    ("argoproj.io", "Rollout", &["spec", "strategy", "canary", "stableService"], "", "Service"),
    ("argoproj.io", "Rollout", &["spec", "strategy", "canary", "canaryService"], "", "Service"),
    ("argoproj.io", "Rollout", &["spec", "strategy", "blueGreen", "activeService"], "", "Service"),
    ("argoproj.io", "Rollout", &["spec", "strategy", "blueGreen", "previewService"], "", "Service"),
    ("argoproj.io", "Rollout", &["spec", "workloadRef", "name"], "apps", ""),
    ("keda.sh", "ScaledObject", &["spec", "scaleTargetRef", "name"], "apps", "Deployment"),
    (
        "keda.sh",
        "ScaledObject",
        &["spec", "triggers", "[]", "authenticationRef", "name"],
        "keda.sh",
        "TriggerAuthentication",
    ),
    ("keda.sh", "TriggerAuthentication", &["spec", "secretTargetRef", "[]", "name"], "", "Secret"),
    ("autoscaling.k8s.io", "VerticalPodAutoscaler", &["spec", "targetRef", "name"], "apps", ""),
    ("flagger.app", "Canary", &["spec", "targetRef", "name"], "apps", ""),
    (
        "monitoring.coreos.com",
        "ServiceMonitor",
        &["spec", "endpoints", "[]", "basicAuth", "username", "name"],
        "",
        "Secret",
    ),
    (
        "monitoring.coreos.com",
        "ServiceMonitor",
        &["spec", "endpoints", "[]", "bearerTokenSecret", "name"],
        "",
        "Secret",
    ),
    (
        "networking.istio.io",
        "VirtualService",
        &["spec", "http", "[]", "route", "[]", "destination", "host"],
        "",
        "Service",
    ),
    ("networking.istio.io", "DestinationRule", &["spec", "host"], "", "Service"),
    ("traefik.io", "IngressRoute", &["spec", "routes", "[]", "services", "[]", "name"], "", "Service"),
    ("traefik.io", "IngressRoute", &["spec", "routes", "[]", "middlewares", "[]", "name"], "traefik.io", "Middleware"),
];

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

    fn object(&self, cx: &Context<'_>, object: &Object) {
        let unit = cx.head.unit(object.unit);
        if !object.rendered || unit.unknown.is_some() {
            return;
        }
        for (_, _, path, group, kind) in FIELDS.iter().filter(|field| object.is(field.0, field.1)) {
            let mut names = Vec::new();
            collect(&object.value, path, None, &mut names);
            for (holder, name) in names {
                let kind = if kind.is_empty() { holder.str_at(&["kind"]).unwrap_or_default() } else { kind };
                if let Some(target) = kept(cx.head, object, holder, name, group, kind) {
                    let wanted = name.as_str().unwrap_or_default();
                    let message = format!(
                        "{} names {kind} `{wanted}`, which kustomize renames to `{}`",
                        object.title(),
                        target.name
                    );
                    let subject = format!("{} {} {wanted}", object.subject(), path.join("."));
                    let level = if unit.deployed { Severity::Warning } else { Severity::Info };
                    cx.report(finding(cx.head, name.span(), message, subject, target).severity(level));
                }
            }
        }
    }
}

/// The names at a path, each with the map that holds it.
fn collect<'v>(value: &'v Value, path: &[&str], holder: Option<&'v Value>, names: &mut Vec<(&'v Value, &'v Value)>) {
    match path {
        [] => names.extend(holder.map(|holder| (holder, value))),
        ["[]", rest @ ..] => value.items().iter().for_each(|item| collect(item, rest, holder, names)),
        [key, rest @ ..] => {
            if let Some(inner) = value.get(key) {
                collect(inner, rest, Some(value), names);
            }
        }
    }
}

/// The object that a field of a custom resource names by the name that it had.
fn kept<'a>(
    snapshot: &'a Snapshot,
    object: &Object,
    holder: &Value,
    name: &Value,
    group: &str,
    kind: &str,
) -> Option<&'a Symbol> {
    let wanted = name.as_str()?;
    let renames = [Step::NameReference, Step::NamePrefix, Step::NameSuffix, Step::Replacement];
    let explicit = |field: &str| holder.str_at(&[field]).filter(|text| !text.is_empty());
    let elsewhere = explicit("namespace").is_some()
        || explicit("kind").is_some_and(|other| other != kind)
        || explicit("group").is_some_and(|other| other != group);
    if elsewhere || name.origin.steps().any(|step| renames.contains(&step.step)) {
        return None;
    }
    let is_kind = |symbol: &&Symbol| symbol.kind == kind && symbol.group == group;
    let place = |symbol: &Symbol| match (&symbol.namespace, &object.namespace) {
        (Known::Value(one), Known::Value(two)) => one == two,
        _ => true,
    };
    let mut of_kind = snapshot.symbols.iter().filter(is_kind).filter(|symbol| place(symbol));
    if of_kind.clone().any(|symbol| symbol.name == wanted) {
        return None;
    }
    of_kind.find(|symbol| symbol.unit == Some(object.unit) && is_renamed(snapshot, symbol, wanted))
}

fn is_renamed(snapshot: &Snapshot, symbol: &Symbol, wanted: &str) -> bool {
    symbol.name != wanted && symbol.name_within(symbol.unit, &snapshot.repository.sources) == wanted
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
