//! What Terraform makes for the other layers: remote secrets, cluster objects, Helm releases.

use std::collections::BTreeMap;

use super::apis::Api;
use super::expression::{Bound, Evaluator, MAX_TEXT};
use super::functions;
use super::operators;
use super::tree::{Tree, index_text};
use super::{Root, expression};
use crate::model::terraform::{Mode, Resource, Target, named};
use crate::syntax::hcl::{Expression, ExpressionKind, TemplatePart};
use crate::text::Span;
use crate::value::{Data, Known, Map, Origin, Reason, Str, Unknown, Value};

/// A name as far as it is known.
#[derive(Clone, PartialEq, Debug)]
pub enum Name {
    /// All of it, and where it comes from.
    Known(Str, Origin),
    /// How it begins (not empty), and why the rest is not known.
    Partial(Str, Unknown),
    /// Nothing of it.
    Unknown(Unknown),
}

impl Name {
    /// The text, if all of it is known.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Known(text, _) => Some(text),
            _ => None,
        }
    }

    /// Whether it may be this text.
    #[must_use]
    pub fn may_be(&self, text: &str) -> bool {
        match self {
            Self::Known(known, _) => known == text,
            Self::Partial(prefix, _) => text.starts_with(prefix.as_str()),
            Self::Unknown(_) => true,
        }
    }
}

/// A kind of secret store.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum SecretProvider {
    /// AWS Secrets Manager; no scope.
    AwsSecretsManager,
    /// AWS Systems Manager Parameter Store; no scope.
    AwsSsm,
    /// Google Secret Manager; the scope is the project.
    Gcp,
    /// Azure Key Vault; the scope is the vault's id; keys and certificates are `key/name` and
    /// `cert/name`.
    Azure,
    /// Vault; the scope is the mount where the resource names it (`vault_kv_secret_v2`), else the
    /// name begins with the mount.
    Vault,
}

impl SecretProvider {
    /// A stable name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AwsSecretsManager => "aws-secretsmanager",
            Self::AwsSsm => "aws-ssm",
            Self::Gcp => "gcp",
            Self::Azure => "azure",
            Self::Vault => "vault",
        }
    }
}

/// A secret that a resource puts into a store.
#[derive(Clone, Debug)]
pub struct RemoteSecret {
    /// The kind of store.
    pub provider: SecretProvider,
    /// Project, vault or mount; absent where the resource does not say.
    pub scope: Known<Str>,
    /// Its name in the store.
    pub name: Name,
    /// Its JSON properties and where each is written; `None` if its value is not a JSON object.
    pub properties: Option<BTreeMap<Str, Origin>>,
    /// Why it may have other properties than these.
    pub open: Option<Unknown>,
    /// The address within its root.
    pub address: String,
    /// Set if it stands for secrets whose number is not known.
    pub multiplicity: Option<Unknown>,
    /// The block.
    pub span: Span,
}

/// An object that a resource makes on a cluster that is not known.
#[derive(Clone, Debug)]
pub struct ClusterObject {
    /// API group; empty for core.
    pub group: Known<Str>,
    /// Kind.
    pub kind: Known<Str>,
    /// Namespace; absent if cluster-scoped.
    pub namespace: Known<Str>,
    /// Name.
    pub name: Name,
    /// Keys of a Secret or ConfigMap and where each is written; empty for other kinds.
    pub keys: BTreeMap<Str, Origin>,
    /// Why it may have other keys than these.
    pub open: Option<Unknown>,
    /// The APIs that it uses, as far as a manifest states them or its type does.
    pub apis: Vec<Api>,
    /// The manifest as YAML text (`kubectl_manifest`): group, kind, name and namespace are then
    /// unknown here, for whoever reads YAML to fill in.
    pub yaml: Option<Value>,
    /// The address within its root.
    pub address: String,
    /// Set if it stands for objects whose number is not known.
    pub multiplicity: Option<Unknown>,
    /// The block.
    pub span: Span,
}

/// A Helm release: its objects are not known.
#[derive(Clone, Debug)]
pub struct Release {
    /// Name of the release.
    pub name: Name,
    /// Its namespace.
    pub namespace: Known<Str>,
    /// The chart as written.
    pub chart: Known<Str>,
    /// The repository as written; absent if none is.
    pub repository: Known<Str>,
    /// The chart's version as written; null if none is.
    pub version: Value,
    /// Texts of values files and names and values of `set`, as far as they are known.
    pub values: Vec<Value>,
    /// Whether these are all its values, and every one of them is known.
    pub complete: bool,
    /// The address within its root.
    pub address: String,
    /// The block.
    pub span: Span,
}

/// Add what the resources of a module instance make.
pub(super) fn collect<'a>(tree: &Tree<'a>, id: usize, root: &mut Root) {
    let node = tree.node(id);
    for resource in node.module.declared.resources.values().filter(|resource| resource.mode == Mode::Managed) {
        if producer(resource.kind).is_none() && !is_object(resource.kind) {
            continue;
        }
        let found = tree.instances(id, resource.mode, resource.kind, resource.name, resource.name_span);
        let Some(Ok(found)) = found else { continue };
        for (key, attributes) in &found.list {
            let Some(map) = attributes.as_map() else { continue };
            let prefix = if node.address.is_empty() { String::new() } else { format!("{}.", node.address) };
            let index = key.as_ref().map_or_else(String::new, index_text);
            let mut maker = Maker {
                tree,
                node: id,
                resource,
                map,
                key: key.as_ref(),
                address: format!("{prefix}{}{index}", resource.address()),
                multiplicity: found.open.clone(),
            };
            if let Some(producer) = producer(resource.kind) {
                root.secrets.push(maker.secret(&producer));
            } else if resource.kind == "helm_release" {
                root.releases.push(maker.release());
            } else {
                root.objects.push(maker.object());
            }
        }
    }
}

/// How a resource type makes a secret.
struct Producer {
    provider: SecretProvider,
    scope: Option<&'static str>,
    /// Attributes that name it, the first that is set counts; a name ends where a prefix does.
    names: &'static [&'static str],
    prefix: Option<&'static str>,
    /// What stands before the name in references.
    before: &'static str,
    /// Attributes with its value.
    values: &'static [&'static str],
    /// The type and attribute that give it its value, if that is another resource.
    version: Option<(&'static str, &'static str)>,
}

fn producer(kind: &str) -> Option<Producer> {
    use SecretProvider::{AwsSecretsManager, AwsSsm, Azure, Gcp, Vault};
    let plain = |provider, scope, names, values| Producer {
        provider,
        scope,
        names,
        prefix: None,
        before: "",
        values,
        version: None,
    };
    Some(match kind {
        "aws_secretsmanager_secret" => Producer {
            prefix: Some("name_prefix"),
            version: Some(("aws_secretsmanager_secret_version", "secret_id")),
            ..plain(AwsSecretsManager, None, &["name"], &["secret_string", "secret_string_wo"])
        },
        "aws_ssm_parameter" => plain(AwsSsm, None, &["name"], &["value", "insecure_value", "value_wo"]),
        "google_secret_manager_secret" => Producer {
            version: Some(("google_secret_manager_secret_version", "secret")),
            ..plain(Gcp, Some("project"), &["secret_id"], &["secret_data", "secret_data_wo"])
        },
        "azurerm_key_vault_secret" => plain(Azure, Some("key_vault_id"), &["name"], &["value", "value_wo"]),
        "azurerm_key_vault_key" => Producer { before: "key/", ..plain(Azure, Some("key_vault_id"), &["name"], &[]) },
        "azurerm_key_vault_certificate" => {
            Producer { before: "cert/", ..plain(Azure, Some("key_vault_id"), &["name"], &[]) }
        }
        "vault_kv_secret_v2" => plain(Vault, Some("mount"), &["name"], &["data_json", "data_json_wo"]),
        "vault_kv_secret" | "vault_generic_secret" => plain(Vault, None, &["path"], &["data_json", "data_json_wo"]),
        _ => return None,
    })
}

fn is_object(kind: &str) -> bool {
    kind.starts_with("kubernetes_")
        || kind.starts_with("argocd_")
        || matches!(kind, "kubectl_manifest" | "helm_release")
}

/// Group and kind of a typed resource of the Kubernetes and Argo CD providers.
fn object_kind(kind: &str) -> Option<(&'static str, &'static str)> {
    let base = kind.trim_end_matches("_v1").trim_end_matches("_v2").trim_end_matches("_v1beta1");
    Some(match base {
        "kubernetes_secret" => ("", "Secret"),
        "kubernetes_config_map" => ("", "ConfigMap"),
        "kubernetes_namespace" => ("", "Namespace"),
        "kubernetes_service_account" => ("", "ServiceAccount"),
        "kubernetes_service" => ("", "Service"),
        "kubernetes_persistent_volume_claim" => ("", "PersistentVolumeClaim"),
        "kubernetes_persistent_volume" => ("", "PersistentVolume"),
        "kubernetes_deployment" => ("apps", "Deployment"),
        "kubernetes_stateful_set" => ("apps", "StatefulSet"),
        "kubernetes_daemonset" | "kubernetes_daemon_set" => ("apps", "DaemonSet"),
        "kubernetes_job" => ("batch", "Job"),
        "kubernetes_cron_job" => ("batch", "CronJob"),
        "kubernetes_ingress" => ("networking.k8s.io", "Ingress"),
        "kubernetes_network_policy" => ("networking.k8s.io", "NetworkPolicy"),
        "kubernetes_role" => ("rbac.authorization.k8s.io", "Role"),
        "kubernetes_role_binding" => ("rbac.authorization.k8s.io", "RoleBinding"),
        "kubernetes_cluster_role" => ("rbac.authorization.k8s.io", "ClusterRole"),
        "kubernetes_cluster_role_binding" => ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
        "kubernetes_storage_class" => ("storage.k8s.io", "StorageClass"),
        "kubernetes_priority_class" => ("scheduling.k8s.io", "PriorityClass"),
        "argocd_application" => ("argoproj.io", "Application"),
        "argocd_application_set" => ("argoproj.io", "ApplicationSet"),
        "argocd_project" => ("argoproj.io", "AppProject"),
        _ => return None,
    })
}

const CLUSTER_SCOPED: &[&str] = &[
    "ClusterRole",
    "ClusterRoleBinding",
    "Namespace",
    "PersistentVolume",
    "PriorityClass",
    "StorageClass",
    "CustomResourceDefinition",
    "ClusterSecretStore",
    "ClusterIssuer",
];

struct Maker<'m, 'a> {
    tree: &'m Tree<'a>,
    node: usize,
    resource: &'m Resource<'a>,
    map: &'m Map,
    key: Option<&'m Value>,
    address: String,
    multiplicity: Option<Unknown>,
}

impl<'a> Maker<'_, 'a> {
    fn why(&self, detail: &str) -> Unknown {
        Unknown::new(Reason::TerraformValue, detail, Some(self.resource.name_span))
    }

    fn known(&self, value: Option<&Value>) -> Known<Str> {
        match value {
            None => Known::Absent,
            Some(value) => match (value.unknown(), operators::text(value)) {
                (Some(why), _) => Known::Unknown(why.clone()),
                (None, Some(text)) => Known::Value(text.into()),
                (None, None) if value.is_null() => Known::Absent,
                (None, None) => Known::Unknown(self.why("not text")),
            },
        }
    }

    /// A name from its value, or what its expression says of its beginning.
    fn name(&self, value: Option<&Value>, expression: Option<&'a Expression>) -> Name {
        let Some(value) = value.filter(|value| !value.is_null()) else {
            return Name::Unknown(self.why("the name is made up by the provider"));
        };
        match (value.unknown(), operators::text(value)) {
            (None, Some(text)) => Name::Known(text.into(), value.origin.clone()),
            (Some(why), _) => {
                let mut evaluator = self.evaluator();
                let prefix = expression.and_then(|expression| evaluator.beginning(expression, 0));
                match prefix.filter(|prefix| !prefix.is_empty()) {
                    Some(prefix) => Name::Partial(prefix.into(), why.clone()),
                    None => Name::Unknown(why.clone()),
                }
            }
            (None, None) => Name::Unknown(self.why("not text")),
        }
    }

    /// Evaluates as the instance at hand does, its `each` unknown where it is not needed.
    fn evaluator(&self) -> Evaluator<'_, 'a> {
        let mut evaluator = self.tree.evaluator(self.node);
        if let Some(key) = self.key {
            let at = self.resource.name_span;
            let mut each = expression::open_map(Some(self.why("`each`")));
            each.insert("key", key.origin.clone(), key.clone());
            evaluator.bound.push(("each".into(), Value::map(each, at)));
            let mut count = Map::default();
            count.insert("index", key.origin.clone(), key.clone());
            evaluator.bound.push(("count".into(), Value::map(count, at)));
        }
        evaluator
    }

    fn expression(&self, attribute: &str) -> Option<&'a Expression> {
        self.resource.block.attribute(attribute).map(|attribute| &attribute.value)
    }

    /// Whether `lifecycle { ignore_changes }` covers one of some attributes.
    fn ignores(resource: &Resource<'_>, attributes: &[&str]) -> Option<Span> {
        let attribute = resource
            .block
            .blocks_of("lifecycle")
            .find_map(|block| block.body.attributes.iter().find(|attribute| attribute.name == "ignore_changes"))?;
        let covers = |expression: &Expression| match &expression.kind {
            ExpressionKind::Variable(name) | ExpressionKind::String(name) => {
                name == "all" || attributes.contains(&name.as_str())
            }
            ExpressionKind::Traversal(traversal) => {
                matches!(&traversal.base.kind, ExpressionKind::Variable(name) if attributes.contains(&name.as_str()))
            }
            _ => false,
        };
        let covered = match &attribute.value.kind {
            ExpressionKind::Tuple(items) => items.iter().any(covers),
            _ => covers(&attribute.value),
        };
        covered.then_some(attribute.span)
    }

    fn secret(&mut self, producer: &Producer) -> RemoteSecret {
        let attribute = producer.names.iter().find(|name| self.map.get(name).is_some());
        let mut name = match (attribute, producer.prefix.and_then(|prefix| self.map.get(prefix))) {
            (Some(name), _) => self.name(self.map.get(name), self.expression(name)),
            (None, Some(prefix)) => match operators::text(prefix) {
                Some(text) => Name::Partial(text.into(), self.why("the provider adds a random end")),
                None => Name::Unknown(self.why("the name is made up by the provider")),
            },
            (None, None) => self.name(None, None),
        };
        if !producer.before.is_empty() {
            name = match name {
                Name::Known(text, origin) => Name::Known(format!("{}{text}", producer.before).into(), origin),
                Name::Partial(text, why) => Name::Partial(format!("{}{text}", producer.before).into(), why),
                Name::Unknown(why) => Name::Partial(producer.before.into(), why),
            };
        }
        let (properties, open) = match producer.version {
            Some((kind, reference)) => self.version(kind, reference, producer.values),
            None => self.properties(self.resource, self.map, producer.values, &mut self.evaluator()),
        };
        RemoteSecret {
            provider: producer.provider,
            scope: producer.scope.map_or(Known::Absent, |scope| self.known(self.map.get(scope))),
            name,
            properties,
            open,
            address: self.address.clone(),
            multiplicity: self.multiplicity.clone(),
            span: self.resource.block.span(),
        }
    }

    /// The properties that the version resources of a secret give it.
    fn version(
        &self,
        kind: &str,
        reference: &str,
        values: &[&str],
    ) -> (Option<BTreeMap<Str, Origin>>, Option<Unknown>) {
        let node = self.tree.node(self.node);
        let versions = node.module.declared.resources.values().filter(|version| {
            version.mode == Mode::Managed
                && version.kind == kind
                && version
                    .block
                    .attribute(reference)
                    .is_some_and(|attribute| names(&attribute.value, self.resource.kind, self.resource.name))
        });
        let versions: Vec<_> = versions.collect();
        if versions.is_empty() {
            return (None, Some(self.why("its value is not set here")));
        }
        // Which of several versions counts is not known; what none of them has is not there.
        let mut all: Option<BTreeMap<Str, Origin>> = Some(BTreeMap::new());
        let mut open = None;
        for version in versions {
            let (properties, why) = self.properties_of(version, values);
            all = all.zip(properties).map(|(mut all, properties)| {
                all.extend(properties);
                all
            });
            open = open.or(why);
        }
        (all, open)
    }

    /// The properties that one version resource gives.
    fn properties_of(
        &self,
        version: &Resource<'a>,
        values: &[&str],
    ) -> (Option<BTreeMap<Str, Origin>>, Option<Unknown>) {
        let found = self.tree.instances(self.node, version.mode, version.kind, version.name, version.name_span);
        let Some(Ok(found)) = found else { return (None, Some(self.why("its version"))) };
        let same = |key: &Option<Value>| match (key, self.key) {
            (Some(a), Some(b)) => operators::equal(a, b) == Some(true),
            (None, None) => true,
            _ => false,
        };
        let one = found.list.iter().find(|(key, _)| same(key));
        let one = one.or_else(|| found.list.first().filter(|_| found.list.len() == 1 && found.open.is_none()));
        let Some((_, attributes)) = one else { return (None, Some(self.why("which version"))) };
        let Some(map) = attributes.as_map() else { return (None, Some(self.why("its version"))) };
        self.properties(version, map, values, &mut self.evaluator())
    }

    /// The properties of the first of some attributes that is set.
    fn properties(
        &self,
        resource: &Resource<'a>,
        map: &Map,
        values: &[&str],
        evaluator: &mut Evaluator<'_, 'a>,
    ) -> (Option<BTreeMap<Str, Origin>>, Option<Unknown>) {
        let set = values.iter().find_map(|name| {
            let value = map.get(name).filter(|value| !value.is_null())?;
            Some((name, value, resource.block.attribute(name)))
        });
        let Some((_, value, attribute)) = set else {
            return (None, Some(self.why("its value is not set here")));
        };
        let ignored = Self::ignores(resource, values)
            .map(|span| Unknown::new(Reason::SecretStore, "`ignore_changes` covers the value", Some(span)));
        let structure = match attribute {
            Some(attribute) => evaluator.structure(&attribute.value, 0),
            None => value.as_str().and_then(|text| functions::json_from_text(text, value.span())),
        };
        match structure {
            Some(structure) => match structure.as_map() {
                Some(found) => (Some(keys(found)), ignored.or_else(|| found.open.clone())),
                None => (None, ignored.or_else(|| structure.unknown().cloned())),
            },
            None => {
                let placeholder = value
                    .as_str()
                    .filter(|text| is_placeholder(text))
                    .map(|_| Unknown::new(Reason::SecretStore, "a placeholder", Some(value.span())));
                (None, ignored.or(placeholder).or_else(|| value.unknown().cloned()))
            }
        }
    }

    fn object(&self) -> ClusterObject {
        let kind = self.resource.kind.as_str();
        let mut object = ClusterObject {
            group: Known::Unknown(self.why("its kind")),
            kind: Known::Unknown(self.why("its kind")),
            namespace: Known::Unknown(self.why("its namespace")),
            name: Name::Unknown(self.why("its name")),
            keys: BTreeMap::new(),
            open: None,
            apis: Api::of_type(self.resource).into_iter().collect(),
            yaml: None,
            address: self.address.clone(),
            multiplicity: self.multiplicity.clone(),
            span: self.resource.block.span(),
        };
        match kind {
            "kubernetes_manifest" => self.manifest(&mut object),
            "kubectl_manifest" => {
                object.yaml = self.map.get("yaml_body").cloned();
                object.apis =
                    object.yaml.iter().flat_map(|text| Api::of_text(&self.tree.repository.sources, text)).collect();
                object.open = Some(self.why("a manifest as text"));
            }
            _ => self.typed(kind, &mut object),
        }
        object
    }

    fn typed(&self, kind: &str, object: &mut ClusterObject) {
        let Some((group, kind)) = object_kind(kind) else { return };
        object.group = Known::Value(group.into());
        object.kind = Known::Value(kind.into());
        let metadata = self.map.get("metadata").and_then(|list| list.items().first().or(Some(list)));
        let Some(metadata) = metadata.and_then(Value::as_map) else { return };
        let block = self.resource.block.blocks_of("metadata").next();
        let expression =
            block.and_then(|block| block.body.attributes.iter().find(|attribute| attribute.name == "name"));
        object.name = match (metadata.get("name"), metadata.get("generate_name").map(operators::text)) {
            (None, Some(Some(prefix))) => Name::Partial(prefix.into(), self.why("the cluster adds a random end")),
            (name, _) => self.name(name, expression.map(|attribute| &attribute.value)),
        };
        object.namespace = if CLUSTER_SCOPED.contains(&kind) {
            Known::Absent
        } else {
            let default = if group == "argoproj.io" { "argocd" } else { "default" };
            self.known(metadata.get("namespace")).or_else(|| Known::Value(default.into()))
        };
        if matches!(kind, "Secret" | "ConfigMap") {
            self.data(object, self.map, &["data", "data_wo", "binary_data", "binary_data_wo", "string_data"]);
            if let Some(span) = Self::ignores(self.resource, &["data", "binary_data", "data_wo"]) {
                object.open = Some(Unknown::new(Reason::SecretStore, "`ignore_changes` covers the data", Some(span)));
            }
        }
    }

    fn data(&self, object: &mut ClusterObject, map: &Map, attributes: &[&str]) {
        for value in attributes.iter().filter_map(|name| map.get(name)) {
            match &value.data {
                Data::Map(data) => {
                    object.keys.extend(keys(data));
                    object.open = object.open.take().or_else(|| data.open.clone());
                }
                Data::Unknown(why) => object.open = Some(why.clone()),
                _ => {}
            }
        }
        let kind = map.get("type").and_then(Value::as_str);
        if kind == Some("kubernetes.io/service-account-token") {
            object.open = Some(self.why("filled in by the cluster"));
        }
    }

    fn manifest(&self, object: &mut ClusterObject) {
        let Some(manifest) = self.map.get("manifest").and_then(Value::as_map) else { return };
        object.apis = Api::of_manifest(manifest).into_iter().collect();
        let version = self.known(manifest.get("apiVersion"));
        object.group = version.map(|text| text.split_once('/').map_or("", |(group, _)| group).into());
        object.kind = self.known(manifest.get("kind"));
        let metadata = manifest.get("metadata");
        object.name = self.name(metadata.and_then(|metadata| metadata.get("name")), None);
        let scoped = object.kind.value().is_some_and(|kind| CLUSTER_SCOPED.contains(&kind.as_str()));
        if !scoped {
            object.namespace = self.known(metadata.and_then(|metadata| metadata.get("namespace")));
        } else {
            object.namespace = Known::Absent;
        }
        if matches!(object.kind.value().map(Str::as_str), Some("Secret" | "ConfigMap")) {
            self.data(object, manifest, &["data", "stringData", "binaryData"]);
        }
    }

    fn release(&self) -> Release {
        let is_known = |value: &Value| value.unknown().is_none();
        let mut complete = self.map.get("postrender").is_none();
        let mut values: Vec<Value> = Vec::new();
        for given in ["values", "set", "set_sensitive", "set_list"] {
            let Some(list) = self.map.get(given) else { continue };
            complete &= is_known(list);
            // Of a block's attributes only those that are written are known; these two make the value.
            complete &= given == "values"
                || list
                    .items()
                    .iter()
                    .all(|set| ["name", "value"].iter().all(|key| set.get(key).is_some_and(is_known)));
            complete &= list.items().iter().all(is_known);
            values.extend(list.items().iter().cloned());
        }
        Release {
            complete,
            name: self.name(self.map.get("name"), self.expression("name")),
            namespace: self.known(self.map.get("namespace")).or_else(|| Known::Value("default".into())),
            chart: self.known(self.map.get("chart")),
            repository: self.known(self.map.get("repository")),
            version: self
                .map
                .get("version")
                .cloned()
                .unwrap_or_else(|| Value::new(Data::Null, self.resource.name_span)),
            values,
            address: self.address.clone(),
            span: self.resource.block.span(),
        }
    }
}

fn keys(map: &Map) -> BTreeMap<Str, Origin> {
    map.iter().map(|entry| (entry.key.clone(), entry.key_origin.clone())).collect()
}

/// Text that stands where somebody else puts a value.
fn is_placeholder(text: &str) -> bool {
    let text = text.trim().to_ascii_lowercase();
    let words =
        ["placeholder", "changeme", "change_me", "change-me", "replace", "todo", "tbd", "dummy", "initial", "<"];
    text.is_empty() || text == "{}" || words.iter().any(|word| text.starts_with(word))
}

/// Whether an expression is a reference to a resource, whatever part of it.
fn names(expression: &Expression, kind: &str, name: &str) -> bool {
    match &expression.kind {
        ExpressionKind::Parenthesis(inner) => names(inner, kind, name),
        ExpressionKind::Template(parts) => match parts.as_slice() {
            [TemplatePart::Interpolation(inner)] => names(inner, kind, name),
            _ => false,
        },
        ExpressionKind::Traversal(traversal) => match &traversal.base.kind {
            ExpressionKind::Variable(root) => named(root, traversal)
                .is_some_and(|found| found.target == Target::Resource(Mode::Managed, kind.into(), name.into())),
            _ => false,
        },
        _ => false,
    }
}

impl<'a> Evaluator<'_, 'a> {
    /// The text that the value of an expression certainly begins with.
    fn beginning(&mut self, expression: &'a Expression, depth: usize) -> Option<String> {
        if depth > 16 {
            return None;
        }
        let value = self.value(expression);
        if value.unknown().is_none() {
            return operators::text(&value);
        }
        match &expression.kind {
            ExpressionKind::Parenthesis(inner) => self.beginning(inner, depth + 1),
            ExpressionKind::Template(parts) => {
                let mut out = String::new();
                for part in parts {
                    match part {
                        TemplatePart::Literal(text, _) => out.push_str(text),
                        TemplatePart::Interpolation(inner) => {
                            let value = self.value(inner);
                            match operators::text(&value) {
                                Some(text) => out.push_str(&text),
                                None => {
                                    out.push_str(&self.beginning(inner, depth + 1).unwrap_or_default());
                                    return Some(out);
                                }
                            }
                        }
                        TemplatePart::If(_) | TemplatePart::For(_) => return Some(out),
                    }
                    if out.len() > MAX_TEXT {
                        return None;
                    }
                }
                Some(out)
            }
            ExpressionKind::Traversal(_) => {
                let (inner, node, bound) = self.behind(expression)?;
                Evaluator { tree: self.tree, node, bound }.beginning(inner, depth + 1)
            }
            _ => None,
        }
    }

    /// What stands behind an expression that is only a variable or a local.
    fn behind(&self, expression: &'a Expression) -> Option<(&'a Expression, usize, Bound)> {
        let ExpressionKind::Traversal(traversal) = &expression.kind else { return None };
        let ExpressionKind::Variable(root) = &traversal.base.kind else { return None };
        let found = named(root, traversal).filter(|found| found.rest.is_empty())?;
        let (inner, evaluator) = self.tree.behind(self.node, &found.target)?;
        Some((inner, evaluator.node, evaluator.bound))
    }

    /// The value of which an expression's text is the JSON: `jsonencode`'s argument, or what a
    /// template spells out. Its leaves may be unknown where the text as a whole is. `None` if the
    /// text is not JSON.
    fn structure(&mut self, expression: &'a Expression, depth: usize) -> Option<Value> {
        if depth > 16 {
            return None;
        }
        match &expression.kind {
            ExpressionKind::Parenthesis(inner) => self.structure(inner, depth + 1),
            ExpressionKind::Call(call) if matches!(call.name.as_str(), "jsonencode" | "sensitive" | "nonsensitive") => {
                let argument = call.arguments.first()?;
                if call.name == "jsonencode" { Some(self.value(argument)) } else { self.structure(argument, depth + 1) }
            }
            ExpressionKind::Conditional(parts) => match operators::truth(&self.value(&parts[0])) {
                Some(true) => self.structure(&parts[1], depth + 1),
                Some(false) => self.structure(&parts[2], depth + 1),
                None => None,
            },
            ExpressionKind::Template(parts) => match parts.as_slice() {
                [TemplatePart::Interpolation(inner)] => self.structure(inner, depth + 1),
                parts => spelled(parts, expression.span),
            },
            ExpressionKind::Traversal(_) => {
                let value = self.value(expression);
                if let Some(text) = value.as_str() {
                    return functions::json_from_text(text, value.span());
                }
                let (inner, node, bound) = self.behind(expression)?;
                Evaluator { tree: self.tree, node, bound }.structure(inner, depth + 1)
            }
            _ => {
                let value = self.value(expression);
                functions::json_from_text(value.as_str()?, value.span())
            }
        }
    }
}

/// Stands for an interpolation inside quotes; private use, so no text has it by itself.
const HOLE: char = '\u{e000}';

/// The JSON that a template spells out; what it interpolates is unknown.
fn spelled(parts: &[TemplatePart], at: Span) -> Option<Value> {
    let mut text = String::new();
    let mut quoted = false;
    for part in parts {
        match part {
            TemplatePart::Literal(literal, _) => {
                let mut escaped = false;
                for letter in literal.chars() {
                    quoted ^= letter == '"' && !escaped;
                    escaped = letter == '\\' && !escaped;
                    text.push(letter);
                }
            }
            TemplatePart::Interpolation(_) if quoted => text.push(HOLE),
            TemplatePart::Interpolation(_) => text.push('0'),
            TemplatePart::If(_) | TemplatePart::For(_) => return None,
        }
    }
    let mut value = functions::json_from_text(&text, at)?;
    let why = Unknown::new(Reason::TerraformValue, "interpolated", Some(at));
    if let Some(map) = value.as_map_mut() {
        let holes: Vec<Str> =
            map.iter().filter(|entry| entry.key.contains(HOLE)).map(|entry| entry.key.clone()).collect();
        for hole in holes {
            map.remove(&hole);
            map.open = Some(why.clone());
        }
        for entry in map.iter_mut() {
            entry.value = Value::new(Data::Unknown(why.clone()), at);
        }
    }
    Some(value)
}
