//! What an AppProject lets its Applications make: Argo CD refuses to sync anything else
//! (`AppProject.IsGroupKindNamePermitted`).

use globset::{Glob, GlobMatcher};

use super::Object;
use crate::model::argocd;
use crate::value::{Str, Value};

/// The kinds that a project admits.
#[derive(Clone, Debug)]
pub(super) struct Permits {
    /// Cluster-scoped kinds: only these.
    cluster: List,
    cluster_denied: List,
    /// Namespaced kinds: all if none is listed.
    namespaced: List,
    namespaced_denied: List,
}

/// Globs of group and kind; `None` if something about it is not known.
type List = Option<Vec<(GlobMatcher, GlobMatcher)>>;

impl Permits {
    /// What the projects of a name admit, of which an Application has one; `None` if there is none
    /// or it is not known as the cluster has it.
    pub(super) fn of(objects: &[Object], project: &str) -> Option<Vec<Self>> {
        let projects = objects.iter().filter(|object| {
            object.is(argocd::GROUP, "AppProject") && object.name.value().is_some_and(|name| name == project)
        });
        let found: Vec<Self> = projects
            .map(|object| {
                let spec = object.value.get("spec").filter(|_| object.rendered)?;
                Self::read(spec, object.namespace.value().map_or("argocd", Str::as_str))
            })
            .collect::<Option<_>>()?;
        (!found.is_empty()).then_some(found)
    }

    fn read(spec: &Value, home: &str) -> Option<Self> {
        spec.as_map().filter(|map| map.open.is_none())?;
        // Who may make Applications may make them in another project.
        let namespaces = spec.get("destinations").map(Value::items).unwrap_or_default().iter();
        let mut namespaces = namespaces.map(|destination| Some(glob(destination, "namespace")?.is_match(home)));
        if namespaces.any(|matches| matches != Some(false)) {
            return None;
        }
        let list = |field| spec.get(field).filter(|list| !list.is_null()).map_or(Some(Vec::new()), globs);
        Some(Self {
            cluster: list("clusterResourceWhitelist"),
            cluster_denied: list("clusterResourceBlacklist"),
            namespaced: list("namespaceResourceWhitelist"),
            namespaced_denied: list("namespaceResourceBlacklist"),
        })
    }

    /// Whether objects of a kind may be made. What is not known may be.
    pub(super) fn admits(&self, group: &str, kind: &str, is_cluster_scoped: bool) -> bool {
        let listed = |list: &List, unknown: bool| match list {
            Some(globs) => globs.iter().any(|(groups, kinds)| groups.is_match(group) && kinds.is_match(kind)),
            None => unknown,
        };
        if is_cluster_scoped {
            return listed(&self.cluster, true) && !listed(&self.cluster_denied, false);
        }
        let all = self.namespaced.as_ref().is_some_and(Vec::is_empty);
        (all || listed(&self.namespaced, true)) && !listed(&self.namespaced_denied, false)
    }
}

fn globs(list: &Value) -> List {
    list.items().iter().map(|entry| Some((glob(entry, "group")?, glob(entry, "kind")?))).collect()
}

fn glob(entry: &Value, field: &str) -> Option<GlobMatcher> {
    Some(Glob::new(entry.str_at(&[field])?).ok()?.compile_matcher())
}
