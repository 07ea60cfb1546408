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
    let slots = (index.kinds.len() + 1) * index.minors.len();
    Bundle { index, schemas: (0..slots).map(|_| OnceLock::new()).collect() }
});

struct Bundle {
    index: Index,
    /// By kind and minor version; behind the kinds, the metadata of objects.
    schemas: Box<[OnceLock<Arc<Schema>>]>,
}

impl Bundle {
    fn schema(&self, place: usize, definition: u32, minor: u32) -> Arc<Schema> {
        let at = (minor - self.index.minors.start) as usize;
        let slot = &self.schemas[place * self.index.minors.len() + at];
        let read = || Arc::new(self.index.schema(definition, at).expect("a test reads all of it"));
        Arc::clone(slot.get_or_init(read))
    }
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
    /// The minor versions that have it, one bit each from the oldest.
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
        /// The version whose schema this is.
        version: &'static str,
        /// The day of its release.
        date: &'static str,
    },
}

impl Kind {
    /// The minor versions of Kubernetes that serve it, oldest first; for a custom resource, all.
    pub fn served(&self) -> impl Iterator<Item = u32> + use<> {
        let minors = self.minors;
        versions().enumerate().filter(move |(at, _)| minors >> at & 1 == 1).map(|(_, minor)| minor)
    }

    /// Whose it is.
    #[must_use]
    pub fn source(&self) -> Source {
        let [project, version, date] = BUNDLE.index.sources[self.source];
        if self.source == 0 { Source::BuiltIn } else { Source::Bundled { project, version, date } }
    }

    /// What its objects look like in a minor version of Kubernetes, if that serves it.
    #[must_use]
    pub fn schema(&self, minor: u32) -> Option<Arc<Schema>> {
        self.served().any(|served| served == minor).then(|| BUNDLE.schema(self.place, self.definition, minor))
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

/// What `metadata` of any object looks like in a minor version of Kubernetes.
#[must_use]
pub fn object_meta(minor: u32) -> Option<Arc<Schema>> {
    let index = &BUNDLE.index;
    index.minors.contains(&minor).then(|| BUNDLE.schema(index.kinds.len(), index.object_meta, minor))
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
        assert!(versions().all(|minor| object_meta(minor).is_some()));
        assert!(object_meta(versions().end).is_none());
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
    fn broken_bytes_are_no_bundle() {
        for end in [0, 1, 100, BYTES.len() - 1] {
            assert!(Index::read(&BYTES[..end]).is_none(), "{end}");
        }
    }
}
