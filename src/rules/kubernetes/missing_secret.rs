//! A Secret that is read should be made by something.

use std::collections::BTreeMap;

use super::generate_external_secret;
use crate::diagnostic::{Diagnostic, RuleMeta, Severity};
use crate::graph::{Node, Reference, ReferenceKind, Resolution, Symbol, Universe};
use crate::model::declared::Closed;
use crate::rules::declare::declare_rule;
use crate::rules::support::{self, Broken};
use crate::rules::{Context, Rule, Uses};
use crate::value::{Known, Str};

declare_rule! {
    MissingSecret = "missing-secret" {
        summary: "a Secret is read that nothing creates",
        group: Kubernetes, level: Error, confidence: High, fix: Sometimes, since: "0.1.0",
    }
}

impl Rule for MissingSecret {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    /// What can be said of one reference alone: near misses, and namespaces whose Secrets are in
    /// git.
    fn reference(&self, cx: &Context<'_>, uses: &Uses<'_>) {
        if uses.first().is_none_or(|first| !is_secret(first)) {
            return;
        }
        unmounted(cx, uses);
        let Some(broken) = support::broken_name(cx, uses) else { return };
        let Some(level) = level(cx, broken.reference) else { return };
        cx.report(finding(cx, &broken, level));
    }

    /// Namespaces without any Secret in git: somebody makes them by hand, all of them. One finding
    /// for each namespace.
    fn snapshot(&self, cx: &Context<'_>) {
        let mut namespaces: BTreeMap<String, Vec<&Reference>> = BTreeMap::new();
        for reference in &cx.head.references {
            let missing = is_secret(reference) && !reference.optional && reference.resolution.is_missing();
            let is_told = || level(cx, reference).is_some() || support::renamed(cx.head, reference).is_some();
            if !missing || !is_deployed(cx, reference) || is_told() {
                continue;
            }
            let Known::Value(namespace) = &reference.want.namespace else { continue };
            namespaces.entry(namespace.to_string()).or_default().push(reference);
        }
        // A repository that makes no Secret at all keeps them elsewhere: the summary says so once.
        if !cx.head.symbols.iter().any(is_secret_symbol) {
            return;
        }
        for (namespace, references) in namespaces {
            cx.report(by_namespace(cx, &namespace, &references));
        }
    }
}

fn is_secret(reference: &Reference) -> bool {
    let want = &reference.want;
    want.group.is_empty() && want.kind == "Secret"
}

/// Credentials that are made before anything can make Secrets, or by who runs the cluster.
fn is_bootstrap(kind: ReferenceKind) -> bool {
    matches!(
        kind,
        ReferenceKind::PullSecret
            | ReferenceKind::StoreCredentials
            | ReferenceKind::IngressTls
            | ReferenceKind::GatewayCertificate
            | ReferenceKind::MeshCredential
            | ReferenceKind::AccountSecret
            | ReferenceKind::StorageSecret
            | ReferenceKind::FluxSecret
    )
}

fn is_secret_symbol(symbol: &Symbol) -> bool {
    symbol.group.is_empty() && symbol.kind == "Secret"
}

fn is_deployed(cx: &Context<'_>, reference: &Reference) -> bool {
    reference.unit.is_none_or(|unit| cx.head.unit(unit).deployed)
}

/// How loud a missing Secret is on its own; `None` if it belongs into its namespace's finding.
fn level(cx: &Context<'_>, reference: &Reference) -> Option<Severity> {
    let near = support::near_symbol(cx.head, &reference.resolution).is_some();
    if !reference.resolution.is_missing() {
        return near.then_some(Severity::Warning);
    }
    let namespace = reference.want.namespace.value();
    let closed = cx.head.repository.declared.closed.iter().any(|closed| match closed {
        Closed::Namespace(glob) => namespace.is_some_and(|name| crate::graph::resolve::glob_matches(glob, name)),
        Closed::Kind(kind) => kind == "Secret",
        Closed::Prefix(_) => false,
    });
    if closed {
        return Some(Severity::Error);
    }
    let Some(namespace) = namespace else { return near.then_some(Severity::Warning) };
    if removed_by_change(cx, reference, namespace) {
        return Some(Severity::Error);
    }
    if is_bootstrap(reference.kind) {
        return near.then_some(Severity::Warning);
    }
    let made_here = |symbol: &&Symbol| {
        is_secret_symbol(symbol)
            && matches!(&symbol.namespace, Known::Value(other) if other == namespace)
            && (symbol.universe.is_same(&reference.universe) || symbol.unit == reference.unit)
    };
    let declared = cx.head.symbols.iter().any(|symbol| made_here(&symbol));
    let proven = matches!(reference.universe, Universe::Cluster(_)) || declared;
    match (declared, near) {
        (true, _) if proven => Some(Severity::Error),
        (_, true) => Some(Severity::Warning),
        _ => None,
    }
}

/// The driver of the secrets store makes the Secret of a class while a pod mounts the class, and takes it
/// away with the last one.
fn unmounted(cx: &Context<'_>, uses: &Uses<'_>) {
    // Others than pods are served by what mounts the class somewhere else.
    let is_of_pod = |reference: &&&Reference| {
        let kinds = [ReferenceKind::SecretEnv, ReferenceKind::SecretEnvFrom, ReferenceKind::SecretVolume];
        kinds.contains(&reference.kind) && !reference.optional
    };
    let broken = uses.iter().filter(is_of_pod).find_map(|reference| {
        let Resolution::Found(found) = &reference.resolution else { return None };
        let [only] = found.as_slice() else { return None };
        let symbol = cx.head.symbol(*only);
        let Node::Object(id) = symbol.node else { return None };
        let class = cx.head.object(id);
        let is_class = class.is("secrets-store.csi.x-k8s.io", "SecretProviderClass");
        let mounts = |other: &Reference| {
            other.kind == ReferenceKind::SecretProviderClass
                && match &other.resolution {
                    Resolution::Found(found) => found.iter().any(|id| cx.head.symbol(*id).node == symbol.node),
                    _ => other.want.name.value().is_none_or(|name| class.name.value() == Some(name)),
                }
        };
        // What cannot be seen may mount it.
        let is_sure = is_class
            && !cx.head.references.iter().any(mounts)
            && support::is_all_seen(cx.head, &symbol.universe, &symbol.namespace);
        (is_sure && is_deployed(cx, reference)).then_some((*reference, symbol, class))
    });
    let Some((reference, symbol, class)) = broken else { return };
    let holder = support::holder(cx.head, &reference.from);
    let message = format!(
        "{holder} {} Secret `{}`, which {} makes only while a pod mounts it, and none does",
        reference.kind.verb(),
        symbol.name,
        class.title()
    );
    let subject = support::subject(cx.head, reference);
    let finding = Diagnostic::new(&META, reference.origin.span(), message, subject)
        .severity(Severity::Warning)
        .primary("this Secret never comes into being")
        .label(symbol.origin.span(), "made here, while the class is mounted")
        .note(consequence(reference.kind))
        .help("mount the class in the pod, as a volume of `csi.driver: secrets-store.csi.k8s.io`");
    cx.report(finding);
}

/// Whether base makes the Secret: then it is this change that takes it away.
fn removed_by_change(cx: &Context<'_>, reference: &Reference, namespace: &str) -> bool {
    cx.base.is_some_and(|base| {
        base.symbols.iter().filter(|symbol| is_secret_symbol(symbol)).any(|symbol| {
            reference.want.name.value() == Some(&symbol.name)
                && matches!(&symbol.namespace, Known::Value(other) if other == namespace)
        })
    })
}

fn finding(cx: &Context<'_>, broken: &Broken<'_>, level: Severity) -> Diagnostic {
    let reference = broken.reference;
    let name = reference.want.name.value().map_or("", Str::as_str);
    let holder = support::holder(cx.head, &reference.from);
    let message = format!("{holder} {} Secret `{name}`, which nothing creates", reference.kind.verb());
    let primary = format!("no Secret of this name{}", support::in_namespace(reference));
    let consequence = consequence(reference.kind);
    let diagnostic = support::report(cx, &META, broken, level, message, primary).note(consequence);
    if support::near_symbol(cx.head, &reference.resolution).is_some() || is_bootstrap(reference.kind) {
        return diagnostic;
    }
    match generate_external_secret::fix(cx.head, reference) {
        Some(fix) => diagnostic.fix(fix),
        None => diagnostic,
    }
}

/// What breaks without the Secret.
fn consequence(kind: ReferenceKind) -> &'static str {
    match kind {
        ReferenceKind::StoreCredentials => "the store cannot authenticate",
        ReferenceKind::PullSecret => "private images cannot be pulled",
        ReferenceKind::IngressTls => "the controller serves its default certificate",
        ReferenceKind::SecretEnv | ReferenceKind::SecretEnvFrom | ReferenceKind::SecretVolume => {
            "the pod does not start until it exists"
        }
        ReferenceKind::GatewayCertificate | ReferenceKind::MeshCredential => "the listener serves nothing",
        ReferenceKind::IngressSecret => "the controller refuses all requests, or does not ask for credentials",
        ReferenceKind::StorageSecret => "the volume cannot be mounted",
        ReferenceKind::AccountSecret => "who runs as the account cannot use it",
        ReferenceKind::IssuerSecret => "the issuer is not ready, and no certificate is issued",
        ReferenceKind::DatabaseSecret => "the operator does not make the database, or not its backups",
        _ => "the controller that reads it reports an error and does nothing",
    }
}

fn by_namespace(cx: &Context<'_>, namespace: &str, references: &[&Reference]) -> Diagnostic {
    let mut names: Vec<String> =
        references.iter().filter_map(|reference| reference.want.name.value()).map(|name| format!("`{name}`")).collect();
    names.sort();
    names.dedup();
    let bootstrap = references.iter().all(|reference| is_bootstrap(reference.kind));
    let level = if bootstrap { Severity::Info } else { Severity::Warning };
    let message = format!(
        "namespace `{namespace}` reads {}, and nothing in this repository makes a Secret there",
        support::and(&names)
    );
    let mut places: Vec<&&Reference> = references.iter().collect();
    places.sort_by_key(|reference| (is_bootstrap(reference.kind), reference.origin.span()));
    places.dedup_by_key(|reference| reference.origin.span());
    let mut diagnostic = Diagnostic::new(&META, places[0].origin.span(), message, format!("namespace {namespace}"))
        .severity(level)
        .confidence(crate::diagnostic::Confidence::Medium)
        .primary("read here")
        .note("if they are made by hand or by another repository, say so in `kate.yaml` under `external:`")
        .help(format!("or declare the namespace with `closed: [namespace: {namespace}]` to make this an error"));
    for reference in places.iter().skip(1).take(8) {
        diagnostic = diagnostic
            .label(reference.origin.span(), format!("{} reads it", support::holder(cx.head, &reference.from)));
    }
    for reference in references {
        if let Resolution::Missing { elsewhere, .. } = &reference.resolution
            && let Some(id) = elsewhere.first()
        {
            let symbol = cx.head.symbol(*id);
            let other = symbol.namespace.value().map_or("another cluster", Str::as_str).to_owned();
            diagnostic = diagnostic.label(symbol.origin.span(), format!("`{}` is made in `{other}`", symbol.name));
            break;
        }
    }
    let units = references.iter().filter_map(|reference| reference.unit);
    let mut units: Vec<String> = units.map(|unit| cx.head.unit(unit).name.clone()).collect();
    units.sort();
    units.dedup();
    support::affected(diagnostic, &units)
}
