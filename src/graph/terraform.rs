//! Terraform among the other layers: what it makes becomes symbols or opaque sources, what its
//! names refer to becomes references.

use super::ReferenceKind;
use super::charts;
use super::references::{REMOTE, unresolved};
use super::resolve::Opaque;
use super::scope::is_cluster_scoped;
use super::types::{KeySet, Node, Reference, Resolution, Strength, Symbol, Universe, Want};
use super::units::Hidden;
use crate::model::Repository;
use crate::model::kubernetes::canonical_group;
use crate::render::terraform::{
    ClusterObject, Fact, FactKind, Lookup, Module, Name, RemoteSecret, Root, SecretProvider, Terraform,
};
use crate::syntax::hcl::{Block, ExpressionKind};
use crate::value::{Known, Origin, Reason, Str, Unknown};

/// Pseudo group of names inside Terraform.
pub const TERRAFORM: &str = "kate.terraform";

/// What all roots make.
pub(super) fn products(
    repository: &Repository,
    terraform: &Terraform,
    symbols: &mut Vec<Symbol>,
    opaque: &mut Vec<Opaque>,
) {
    for module in &terraform.modules {
        opaque.extend(remote_modules(repository, module));
    }
    for root in &terraform.roots {
        for secret in &root.secrets {
            remote_secret(root, secret, symbols, opaque);
        }
        for object in &root.objects {
            cluster_object(root, object, symbols, opaque);
        }
        for release in &root.releases {
            let why = Unknown::new(Reason::TerraformObjects, format!("`{}`", release.address), Some(release.span));
            let tokens = [release.name.text(), release.chart.value().map(Str::as_str)];
            let tokens = tokens.into_iter().flatten().map(|text| Str::from(text.rsplit('/').next().unwrap_or(text)));
            let (values, complete) = (release.values.clone(), release.complete);
            let mut hidden = Hidden { values, complete, ..Hidden::new(why.clone(), tokens.collect()) };
            let from = release.repository.value().map(Str::as_str).unwrap_or_default();
            if let (Known::Value(chart), None) = (&release.chart, release.repository.unknown()) {
                charts::tell(repository, from, chart, &mut hidden);
            }
            let namespace = namespace(&release.namespace, &why);
            opaque.push(Opaque::new(hidden, Universe::Unknown(why), namespace, None));
        }
    }
}

/// Modules from elsewhere make objects too, in namespaces that the directory names somewhere.
fn remote_modules(repository: &Repository, module: &Module) -> Option<Opaque> {
    let bodies = module.files.iter().filter_map(|file| repository.file(repository.path_of(*file))?.hcl());
    let calls = bodies.flat_map(|body| &body.blocks).filter(|block| block.kind == "module");
    let source = |block: &Block| {
        let attribute = block.body.attributes.iter().find(|attribute| attribute.name == "source")?;
        match &attribute.value.kind {
            ExpressionKind::String(text) => Some((text.clone(), block.kind_span)),
            _ => None,
        }
    };
    let (text, at) = calls.filter_map(source).find(|(text, _)| !text.starts_with("./") && !text.starts_with("../"))?;
    let why = Unknown::new(Reason::RemoteModule, format!("`{text}`"), Some(at));
    let hidden = Hidden { files: module.files.clone(), placed: true, ..Hidden::new(why.clone(), Vec::new()) };
    let namespace = Known::Unknown(why.clone());
    Some(Opaque::new(hidden, Universe::Unknown(why), namespace, None))
}

fn node(root: &Root, address: &str) -> Node {
    Node::Terraform(Str::from(format!("{}:{address}", root.directory)))
}

/// A namespace that is not given is the provider's: not known.
fn namespace(known: &Known<Str>, why: &Unknown) -> Known<Str> {
    match known {
        Known::Absent => Known::Unknown(why.clone()),
        known => known.clone(),
    }
}

fn remote_secret(root: &Root, secret: &RemoteSecret, symbols: &mut Vec<Symbol>, opaque: &mut Vec<Opaque>) {
    let why = Unknown::new(Reason::TerraformValue, format!("`{}`", secret.address), Some(secret.span));
    let kind = Str::from(secret.provider.as_str());
    let mount = match (&secret.provider, &secret.scope) {
        (SecretProvider::Vault, Known::Value(mount)) => format!("{}/", mount.trim_matches('/')),
        _ => String::new(),
    };
    let open_scope = secret.provider == SecretProvider::Vault && secret.scope.unknown().is_some();
    let (name, origin) = match &secret.name {
        Name::Known(name, origin) if secret.multiplicity.is_none() && !open_scope => (name, origin),
        other => {
            // Some of its name is known at best: it may be any secret that begins like it.
            let prefix = match other {
                Name::Known(name, _) | Name::Partial(name, _) if !open_scope => {
                    Some(Str::from(format!("{mount}{name}")))
                }
                _ => None,
            };
            let hidden = Hidden::new(why.clone(), Vec::new());
            let only = Some((Str::from(REMOTE), kind));
            opaque.push(Opaque { only, prefix, ..Opaque::new(hidden, Universe::Unknown(why), Known::Absent, None) });
            return;
        }
    };
    let keys = KeySet {
        keys: secret.properties.clone().unwrap_or_default(),
        open: match (&secret.open, &secret.properties) {
            (Some(open), _) => Some(open.clone()),
            // Not a JSON object: it has no properties at all, but it may not have been meant to.
            (None, None) => Some(Unknown::new(Reason::TerraformValue, "value is no JSON object", Some(secret.span))),
            (None, Some(_)) => None,
        },
    };
    symbols.push(Symbol {
        group: Str::from(REMOTE),
        kind,
        name: canonical(secret.provider, &format!("{mount}{name}")),
        namespace: Known::Absent,
        universe: Universe::Unknown(why),
        keys: Some(keys),
        node: node(root, &secret.address),
        unit: None,
        origin: origin.clone(),
    });
}

/// The name in the form of `remote::Provider::name`.
fn canonical(provider: SecretProvider, name: &str) -> Str {
    match provider {
        SecretProvider::Vault => {
            let name = name.trim_matches('/');
            let plain = name
                .split_once('/')
                .map(|(mount, path)| format!("{mount}/{}", path.strip_prefix("data/").unwrap_or(path)));
            plain.map_or_else(|| Str::from(name), Str::from)
        }
        _ => Str::from(name),
    }
}

fn cluster_object(root: &Root, object: &ClusterObject, symbols: &mut Vec<Symbol>, opaque: &mut Vec<Opaque>) {
    let why = Unknown::new(Reason::TerraformObjects, format!("`{}`", object.address), Some(object.span));
    let universe = Universe::Unknown(why.clone());
    let (Known::Value(group), Known::Value(kind)) = (&object.group, &object.kind) else {
        let tokens = object.name.text().map(Str::from).into_iter().collect();
        let hidden = Hidden { values: object.yaml.clone().into_iter().collect(), ..Hidden::new(why.clone(), tokens) };
        let namespace = namespace(&object.namespace, &why);
        opaque.push(Opaque::new(hidden, universe, namespace, None));
        return;
    };
    let group = Str::from(canonical_group(group, kind));
    let namespace =
        if is_cluster_scoped(&group, kind) == Some(true) { Known::Absent } else { namespace(&object.namespace, &why) };
    match &object.name {
        Name::Known(name, origin) if object.multiplicity.is_none() => {
            let has_keys = matches!(kind.as_str(), "Secret" | "ConfigMap") && group.is_empty();
            symbols.push(Symbol {
                group,
                kind: kind.clone(),
                name: name.clone(),
                namespace,
                universe,
                keys: has_keys.then(|| KeySet { keys: object.keys.clone(), open: object.open.clone() }),
                node: node(root, &object.address),
                unit: None,
                origin: origin.clone(),
            });
        }
        other => {
            let prefix = match other {
                Name::Known(name, _) | Name::Partial(name, _) => Some(name.clone()),
                Name::Unknown(_) => None,
            };
            let hidden = Hidden::new(why, Vec::new());
            opaque.push(Opaque {
                only: Some((group, kind.clone())),
                prefix,
                ..Opaque::new(hidden, universe, namespace, None)
            });
        }
    }
}

/// The reference kind of a fact.
#[must_use]
pub fn reference_kind(kind: FactKind) -> ReferenceKind {
    match kind {
        FactKind::Variable => ReferenceKind::TerraformVariable,
        FactKind::Local => ReferenceKind::TerraformLocal,
        FactKind::Resource => ReferenceKind::TerraformResource,
        FactKind::Module => ReferenceKind::TerraformModule,
        FactKind::ModuleOutput => ReferenceKind::TerraformModuleOutput,
        FactKind::ModuleSource => ReferenceKind::TerraformModuleSource,
        FactKind::ModuleArgument | FactKind::RequiredArgument => ReferenceKind::TerraformModuleArgument,
        FactKind::RemoteStateOutput => ReferenceKind::TerraformRemoteState,
    }
}

/// What names inside Terraform refer to, for the account of what could be checked.
pub(super) fn references(repository: &Repository, facts: &[Fact]) -> Vec<Reference> {
    facts.iter().map(|fact| reference(repository, fact)).collect()
}

fn reference(repository: &Repository, fact: &Fact) -> Reference {
    let name =
        if fact.within.is_empty() { fact.name.clone() } else { Str::from(format!("{}.{}", fact.within, fact.name)) };
    let want = Want {
        group: Str::from(TERRAFORM),
        kind: Str::default(),
        name: Known::Value(name),
        namespace: Known::Absent,
        key: None,
    };
    let from = Node::Path(repository.path_of(fact.span.file).clone());
    let universe = Universe::Unknown(Unknown::new(Reason::NoDestination, "Terraform", None));
    let kind = reference_kind(fact.kind);
    let mut reference = unresolved(kind, from, universe, want, Origin::Source(fact.name_span));
    reference.resolution = match &fact.target {
        Lookup::Found(_) | Lookup::Directory(_) => Resolution::Found(Vec::new()),
        Lookup::Missing { .. } => Resolution::Missing { near: None, elsewhere: Vec::new() },
        Lookup::Unknown(why) => Resolution::Unknown { why: why.clone(), strength: Strength::Strong, near: None },
    };
    reference
}
