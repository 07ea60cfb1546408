//! The schemas that are part of the program: built-in kinds of several versions of Kubernetes, and
//! custom resources of other projects.
//!
//! `cargo xtask schemas bundle` writes the file. Its index is read once, a schema when it is first
//! asked for.

mod read;

use std::sync::{Arc, LazyLock, OnceLock};

use super::Schema;
use read::Index;

/// What the program was built with; `read` says what the bytes mean.
static BYTES: &[u8] = include_bytes!("../../../schemas/bundle.bin");

static BUNDLE: LazyLock<Bundle> = LazyLock::new(|| {
    let index = Index::read(BYTES).expect("a test reads all of it");
    let slots = index.kinds.len() * SLOTS;
    Bundle { index, schemas: (0..slots).map(|_| OnceLock::new()).collect() }
});

/// Most schemas of a kind: minor versions of Kubernetes, or choices of releases.
const SLOTS: usize = 16;

struct Bundle {
    index: Index,
    /// By kind and minor version; of a custom resource by choice of releases.
    schemas: Box<[OnceLock<Arc<Schema>>]>,
}

/// A kind of object in one version of its API.
#[derive(Clone, Debug)]
pub struct Kind {
    /// Group; empty for core.
    pub group: &'static str,
    /// Version of the group.
    pub version: &'static str,
    /// Kind.
    pub kind: &'static str,
    /// Whether its objects are in a namespace.
    pub scope: Scope,
    source: usize,
    /// The minor versions that have it, one bit each from the oldest; of a custom resource, the
    /// releases, from the newest.
    minors: u16,
    definition: u32,
    /// Among all kinds.
    place: usize,
}

/// Whether objects are in a namespace.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scope {
    /// They are.
    Namespaced,
    /// There is one of a name in the cluster.
    Cluster,
}

/// Whose kind it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Source {
    /// Kubernetes has it.
    BuiltIn,
    /// It is a custom resource of a project; the cluster may run another version of it.
    Bundled {
        /// The project's name.
        project: &'static str,
        /// The releases that the schema is made of, the newest first.
        versions: &'static str,
        /// The day of the newest.
        date: &'static str,
    },
}

impl Kind {
    /// The minor versions of Kubernetes that serve it, oldest first; for a custom resource, all.
    pub fn served(&self) -> impl Iterator<Item = u32> + use<> {
        let minors = if self.source == 0 { self.minors } else { u16::MAX };
        versions().enumerate().filter(move |(at, _)| minors >> at & 1 == 1).map(|(_, minor)| minor)
    }

    /// Whose it is.
    #[must_use]
    pub fn source(&self) -> Source {
        let [project, versions, date] = BUNDLE.index.sources[self.source];
        if self.source == 0 { Source::BuiltIn } else { Source::Bundled { project, versions, date } }
    }

    /// What its objects look like where a release of its project runs: as that release has them, or
    /// both that it is between. `None` of a built-in kind, and of what is older or newer than all.
    #[must_use]
    pub fn schema_of_release(&self, release: (u32, u32)) -> Option<(Arc<Schema>, String)> {
        let Source::Bundled { versions, .. } = self.source() else { return None };
        let versions: Vec<&str> = versions.split(' ').collect();
        let numbers = |version: &str| {
            let mut numbers = version.split('.').map_while(|number| number.parse::<u32>().ok());
            Some((numbers.next()?, numbers.next()?))
        };
        let at = versions.iter().position(|version| numbers(version).is_some_and(|known| known <= release))?;
        let exact = numbers(versions[at]) == Some(release);
        let (choice, named) = match at.checked_sub(1) {
            _ if exact => (1_usize << at, versions[at].to_owned()),
            Some(newer) => (0b11 << newer, format!("{} to {}", versions[at], versions[newer])),
            None => return None,
        };
        let choice = Some(choice & usize::from(self.minors)).filter(|choice| *choice != 0)?;
        // All of them, each, and each with the next older one.
        let slot = 1 + 2 * at + usize::from(exact);
        Some((self.slot((slot < SLOTS).then_some(slot)?, choice), named))
    }

    fn slot(&self, at: usize, versions: usize) -> Arc<Schema> {
        let slot = &BUNDLE.schemas[self.place * SLOTS + at];
        let read = || Arc::new(BUNDLE.index.schema(self.definition, versions).expect("a test reads all of it"));
        Arc::clone(slot.get_or_init(read))
    }

    /// What its objects look like in a minor version of Kubernetes, if that serves it.
    #[must_use]
    pub fn schema(&self, minor: u32) -> Option<Arc<Schema>> {
        if !self.served().any(|served| served == minor) {
            return None;
        }
        // A custom resource looks the same in every minor version.
        let at = (minor - BUNDLE.index.minors.start) as usize;
        Some(if self.source == 0 { self.slot(at, 1 << at) } else { self.slot(0, usize::MAX) })
    }
}

/// Every kind, sorted by group and kind; of these, the longest served first.
#[must_use]
pub fn kinds() -> &'static [Kind] {
    &BUNDLE.index.kinds
}

/// The versions of a kind.
#[must_use]
pub fn of(group: &str, kind: &str) -> &'static [Kind] {
    let wanted = (group, kind);
    let start = kinds().partition_point(|kind| (kind.group, kind.kind) < wanted);
    let rest = &kinds()[start..];
    &rest[..rest.partition_point(|kind| (kind.group, kind.kind) == wanted)]
}

/// A kind in one version.
#[must_use]
pub fn find(group: &str, version: &str, kind: &str) -> Option<&'static Kind> {
    of(group, kind).iter().find(|kind| kind.version == version)
}

/// What objects of a kind look like in a minor version of Kubernetes.
#[must_use]
pub fn schema(group: &str, version: &str, kind: &str, minor: u32) -> Option<Arc<Schema>> {
    find(group, version, kind)?.schema(minor)
}

/// Whether objects of a kind are in a namespace. It never depends on the version.
#[must_use]
pub fn scope(group: &str, kind: &str) -> Option<Scope> {
    of(group, kind).first().map(|kind| kind.scope)
}

/// The minor versions of Kubernetes that the bundle has, oldest first: `28..38`.
#[must_use]
pub fn versions() -> std::ops::Range<u32> {
    BUNDLE.index.minors.clone()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Field, ListType, Node, Shape};

    fn field<'a>(schema: &'a Schema, node: &'a Node, name: &str) -> Option<(&'a Field, &'a Node)> {
        let Shape::Object { fields, .. } = &node.shape else { return None };
        let field = &fields[fields.binary_search_by(|field| field.name.as_str().cmp(name)).ok()?];
        Some((field, schema.node(field.node)))
    }

    /// The node below a path; `[]` are the items of a list.
    fn at<'a>(schema: &'a Schema, path: &str) -> Option<&'a Node> {
        path.split('.').try_fold(schema.node(schema.root), |node, name| match (&node.shape, name) {
            (Shape::List { item, .. }, "[]") => Some(schema.node(*item)),
            _ => field(schema, node, name).map(|(_, node)| node),
        })
    }

    #[test]
    fn every_schema_can_be_read() {
        for kind in kinds() {
            assert!(kind.served().count() > 0, "{kind:?}");
            for minor in kind.served() {
                let schema = kind.schema(minor).expect("it is served");
                for node in &schema.nodes {
                    let Shape::Object { fields, .. } = &node.shape else { continue };
                    assert!(fields.is_sorted_by(|a, b| a.name < b.name), "{kind:?} {minor}: {fields:?}");
                }
                assert!(schema.nodes.len() > 10, "{kind:?} {minor}");
            }
        }
    }

    #[test]
    fn kinds_are_sorted() {
        assert!(kinds().is_sorted_by_key(|kind| (kind.group, kind.kind)));
        assert!(kinds().iter().all(|kind| std::ptr::eq(find(kind.group, kind.version, kind.kind).unwrap(), kind)));
    }

    #[test]
    fn fields_belong_to_versions() {
        let has = |minor: u32, path: &str| at(&schema("apps", "v1", "Deployment", minor).unwrap(), path).is_some();
        let container = "spec.template.spec.containers.[].";
        assert!(has(28, &format!("{container}resources.limits")));
        assert!(!has(33, &format!("{container}restartPolicyRules")));
        assert!(has(34, &format!("{container}restartPolicyRules")));
    }

    #[test]
    fn kinds_belong_to_versions() {
        let minors = |group, version, kind| find(group, version, kind).unwrap().served().collect::<Vec<_>>();
        assert_eq!(minors("flowcontrol.apiserver.k8s.io", "v1beta2", "FlowSchema"), [28]);
        assert_eq!(minors("flowcontrol.apiserver.k8s.io", "v1", "FlowSchema"), (29..38).collect::<Vec<_>>());
        assert!(schema("flowcontrol.apiserver.k8s.io", "v1", "FlowSchema", 28).is_none());
        assert!(find("policy", "v1beta1", "PodSecurityPolicy").is_none());
    }

    #[test]
    fn shapes() {
        let pod = schema("", "v1", "Pod", 37).unwrap();
        let shape = |path: &str| format!("{:?}", at(&pod, path).unwrap().shape);
        assert_eq!(shape("spec.containers.[].livenessProbe.httpGet.port"), "IntOrString");
        assert_eq!(shape("spec.hostNetwork"), "Boolean");
        assert_eq!(shape("spec.priority"), "Integer { narrow: true }");
        assert_eq!(shape("metadata.creationTimestamp"), "String { format: Some(DateTime), values: [] }");
        let Shape::List { list_type: ListType::Map(keys), .. } = &at(&pod, "spec.containers.[].ports").unwrap().shape
        else {
            panic!("a list");
        };
        assert_eq!(keys[..], ["containerPort", "protocol"]);
        let (spec, node) = field(&pod, pod.node(pod.root), "spec").unwrap();
        assert!(!spec.required);
        assert!(field(&pod, node, "containers").unwrap().0.required);
    }

    #[test]
    fn a_definition_may_lead_to_itself() {
        let crd = schema("apiextensions.k8s.io", "v1", "CustomResourceDefinition", 37).unwrap();
        let path = "spec.versions.[].schema.openAPIV3Schema";
        assert!(std::ptr::eq(at(&crd, path).unwrap(), at(&crd, &format!("{path}.items.not")).unwrap()));
    }

    #[test]
    fn scopes() {
        assert_eq!(scope("", "Namespace"), Some(Scope::Cluster));
        assert_eq!(scope("apps", "Deployment"), Some(Scope::Namespaced));
        assert_eq!(scope("apps", "Nothing"), None);
        assert_eq!(find("apps", "v1", "Deployment").unwrap().source(), Source::BuiltIn);
    }

    #[test]
    fn closed_sets_belong_to_versions() {
        let values = |kind: (&str, &str), minor: u32, path: &str| {
            let schema = schema(kind.0, "v1", kind.1, minor).unwrap();
            match &at(&schema, path).unwrap().shape {
                Shape::String { values, .. } => values.to_vec(),
                shape => panic!("{shape:?}"),
            }
        };
        let distribution = |minor| values(("", "Service"), minor, "spec.trafficDistribution");
        assert_eq!(distribution(30), ["PreferClose"]);
        assert_eq!(distribution(33), ["PreferClose", "PreferSameZone", "PreferSameNode"]);
        let operator = |minor| values(("", "Pod"), minor, "spec.tolerations.[].operator");
        assert_eq!(operator(28), ["Exists", "Equal", ""]);
        assert_eq!(operator(35), ["Exists", "Equal", "Lt", "Gt", ""]);
        assert_eq!(values(("storage.k8s.io", "StorageClass"), 37, "reclaimPolicy"), ["Delete", "Retain"]);
        let modes = "spec.accessModes.[]";
        assert!(values(("", "PersistentVolumeClaim"), 28, modes).contains(&"ReadWriteOncePod".into()));
    }

    #[test]
    fn nothing_is_required_that_nobody_asks_for() {
        let set = schema("apps", "v1", "StatefulSet", 28).unwrap();
        let required = |name: &str| field(&set, at(&set, "spec").unwrap(), name).unwrap().0.required;
        assert!(required("template"));
        assert!(!required("serviceName"));
    }

    #[test]
    fn custom_resources() {
        let kind = find("external-secrets.io", "v1", "ExternalSecret").unwrap();
        let Source::Bundled { project, versions, date } = kind.source() else { panic!("{kind:?}") };
        assert_eq!(project, "External Secrets");
        assert!(versions.ends_with(" 0.9.20") && date.starts_with("20"), "{versions} {date}");
        assert!(kind.served().eq(super::versions()));
        let schema = kind.schema(30).unwrap();
        assert!(Arc::ptr_eq(&schema, &kind.schema(37).unwrap()));
        let key = at(&schema, "spec.data.[].remoteRef.key").unwrap();
        assert!(matches!(key.shape, Shape::String { .. }));
        assert_eq!(scope("external-secrets.io", "ClusterSecretStore"), Some(Scope::Cluster));
        let route = super::schema("gateway.networking.k8s.io", "v1", "HTTPRoute", 37).unwrap();
        let path = at(&route, "spec.rules.[].matches.[].path").unwrap();
        let constraints = path.constraints.as_ref().unwrap();
        assert!(constraints.default.is_some() && !constraints.rules.is_empty(), "{constraints:?}");
    }

    #[test]
    fn fields_belong_to_releases() {
        let store = find("external-secrets.io", "v1beta1", "SecretStore").unwrap();
        let of = |release| {
            store.schema_of_release(release).map(|(schema, named)| {
                (at(&schema, "spec.provider.github").is_some(), at(&schema, "spec.provider.aws").is_some(), named)
            })
        };
        assert_eq!(of((0, 9)), Some((false, true, "0.9.20".to_owned())));
        assert_eq!(of((0, 16)), Some((true, true, "0.16.2".to_owned())));
        assert_eq!(of((0, 12)), Some((true, true, "0.9.20 to 0.16.2".to_owned())));
        assert_eq!((of((0, 8)), of((99, 0))), (None, None));
        for kind in kinds() {
            let Source::Bundled { versions, .. } = kind.source() else { continue };
            assert!(versions.split(' ').count() < SLOTS / 2, "{versions}");
            let schemas = versions.split(' ').filter_map(|version| {
                let mut numbers = version.split('.').map(|number| number.parse().unwrap());
                kind.schema_of_release((numbers.next().unwrap(), numbers.next().unwrap()))
            });
            let schemas: Vec<_> = schemas.collect();
            let joined = kind.schema(37).unwrap();
            for (schema, named) in &schemas {
                let has = |name: &str| at(schema, name).is_some() || at(&joined, name).is_none();
                assert!(["apiVersion", "kind", "metadata"].into_iter().all(has), "{kind:?} {named}");
            }
            assert_eq!(schemas.len(), kind.minors.count_ones() as usize, "{kind:?}");
        }
    }

    #[test]
    fn it_is_small() {
        assert!(BYTES.len() < 200_000, "{} bytes", BYTES.len());
    }

    #[test]
    fn broken_bytes_are_no_bundle() {
        for end in [0, 1, 100, BYTES.len() - 1] {
            assert!(Index::read(&BYTES[..end]).is_none(), "{end}");
        }
    }
}
