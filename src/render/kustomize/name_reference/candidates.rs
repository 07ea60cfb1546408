//! Objects that were renamed, by what they were called.

use std::collections::BTreeSet;

use rustc_hash::{FxHashMap, FxHashSet};

use super::places::Reference;
use crate::render::kustomize::resource::{Gvk, Resource};
use crate::text::Span;
use crate::value::{Str, Value};

/// An object that has or had another identity.
pub(super) struct Candidate {
    /// What it is now.
    pub(super) gvk: Gvk,
    /// `metadata.name` as it is now.
    pub(super) name: Value,
    /// `metadata.namespace` as it is now, unless empty.
    pub(super) namespace: Option<Value>,
    scope: Scope,
    original_namespace: Str,
    previous: Vec<(Str, Gvk)>,
    prefixes: Vec<Str>,
    suffixes: Vec<Str>,
}

/// Where an object is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Scope {
    /// The effective namespace; empty if the object is cluster-scoped.
    effective: Str,
    /// The namespace as written.
    stated: Str,
}

impl Scope {
    fn is_cluster(&self) -> bool {
        self.effective.is_empty()
    }
}

/// The object that refers.
pub(super) struct Referrer {
    scope: Scope,
    /// Namespaces of service accounts that a role binding names.
    binding_namespaces: FxHashSet<Str>,
    /// Group and kind in `roleRef`.
    role: Option<Gvk>,
    prefixes: Vec<Str>,
    suffixes: Vec<Str>,
}

/// What a reference leads to.
#[derive(Clone)]
pub(super) enum Choice {
    /// Nothing that was renamed.
    Nothing,
    /// This one.
    One(u32),
    /// It cannot be told; the first two.
    Ambiguous(u32, u32),
}

/// All candidates of a build.
pub(super) struct Candidates {
    all: Vec<Candidate>,
    /// By a name that they had, in order.
    by_name: FxHashMap<Str, Vec<u32>>,
    /// By a name that they had and the effective namespace that they have.
    by_namespace: FxHashMap<(Str, Str), Vec<u32>>,
    /// By a name that they had and the effective namespace that they had at first.
    by_original: FxHashMap<(Str, Str), Vec<u32>>,
    /// Where the objects are now (renamed or not) that had an effective namespace at first.
    scopes: FxHashMap<Str, BTreeSet<Scope>>,
}

impl Referrer {
    /// What matters of an object that refers.
    ///
    /// # Errors
    /// If it is a role binding with a service account whose namespace is not text; where.
    pub(super) fn new(resource: &Resource) -> Result<Self, Span> {
        let scope = scope_of(resource);
        let binding_namespaces = if scope.is_cluster() { FxHashSet::default() } else { binding_namespaces(resource)? };
        Ok(Self {
            scope,
            binding_namespaces,
            role: role_of(&resource.value),
            prefixes: resource.prefixes.clone(),
            suffixes: resource.suffixes.clone(),
        })
    }

    /// Whether an object that is there can be referred to at all
    /// (`SubsetThatCouldBeReferencedByResource`).
    fn reaches(&self, scope: &Scope) -> bool {
        self.scope.is_cluster()
            || scope.is_cluster()
            || scope.effective == self.scope.effective
            || self.binding_namespaces.contains(&scope.stated)
    }

    /// Whether it was built in the same context. What has no prefix fits all if `lenient`.
    fn fits(&self, candidate: &Candidate, lenient: bool) -> bool {
        let fits = |a: &[Str], b: &[Str]| (lenient && (a.is_empty() || b.is_empty())) || same_ending(a, b);
        fits(&self.prefixes, &candidate.prefixes) && fits(&self.suffixes, &candidate.suffixes)
    }
}

impl Candidates {
    /// Index the resources of a build.
    pub(super) fn new(resources: &[Resource]) -> Self {
        let mut index = Self {
            all: Vec::new(),
            by_name: FxHashMap::default(),
            by_namespace: FxHashMap::default(),
            by_original: FxHashMap::default(),
            scopes: FxHashMap::default(),
        };
        for resource in resources {
            index.push(resource);
        }
        index
    }

    fn push(&mut self, resource: &Resource) {
        let scope = scope_of(resource);
        let original_namespace = resource.original_id().namespace;
        if !original_namespace.is_empty() {
            self.scopes.entry(original_namespace.clone()).or_default().insert(scope.clone());
        }
        let previous: Vec<(Str, Gvk)> = resource.previous_ids().map(|id| (id.name, id.gvk)).collect();
        let Some(name) = resource.value.at(&["metadata", "name"]).filter(|_| !previous.is_empty()) else { return };
        let at = self.all.len() as u32;
        let mut names: Vec<&Str> = previous.iter().map(|(name, _)| name).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            self.by_name.entry(name.clone()).or_default().push(at);
            self.by_namespace.entry((name.clone(), scope.effective.clone())).or_default().push(at);
            self.by_original.entry((name.clone(), original_namespace.clone())).or_default().push(at);
        }
        let namespace = resource.value.at(&["metadata", "namespace"]);
        self.all.push(Candidate {
            gvk: resource.gvk(),
            name: name.clone(),
            namespace: namespace.filter(|value| value.as_str().is_some_and(|text| !text.is_empty())).cloned(),
            scope,
            original_namespace,
            previous,
            prefixes: resource.prefixes.clone(),
            suffixes: resource.suffixes.clone(),
        });
    }

    /// Whether any object was called so.
    pub(super) fn had_name(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    /// A candidate by position.
    pub(super) fn get(&self, at: u32) -> &Candidate {
        &self.all[at as usize]
    }

    /// The object that a reference leads to. `namespace` is the one beside the name in a map.
    pub(super) fn choose(
        &self,
        referrer: &Referrer,
        reference: &Reference<'_>,
        name: &Str,
        namespace: Option<&str>,
        is_map: bool,
    ) -> Choice {
        let role = referrer.role.as_ref().filter(|_| reference.is_role);
        let mut found = self.named(referrer, name, namespace);
        found.retain(|at| {
            let candidate = self.get(*at);
            let was = |gvk: &Gvk| candidate.previous.iter().any(|(_, was)| selects(gvk, was));
            let is_near = referrer.scope.is_cluster()
                || candidate.scope.is_cluster()
                || candidate.gvk.kind == "ServiceAccount"
                || candidate.scope.effective == referrer.scope.effective;
            referrer.reaches(&candidate.scope) && was(reference.referent) && role.is_none_or(was) && is_near
        });
        if found.len() > 1 {
            found.retain(|at| referrer.fits(self.get(*at), true));
        } else if let [only] = found[..] {
            return Choice::One(only);
        }
        if found.len() > 1 {
            found.retain(|at| referrer.fits(self.get(*at), false));
        }
        match found[..] {
            [] => Choice::Nothing,
            [only] => Choice::One(only),
            [first, second, ..] => {
                let same = |at: &u32| {
                    let (first, other) = (self.get(first), self.get(*at));
                    let name = first.name.data == other.name.data;
                    let namespace = first.namespace.as_ref().map(|value| &value.data);
                    name && (!is_map || namespace == other.namespace.as_ref().map(|value| &value.data))
                };
                if found.iter().all(same) { Choice::One(first) } else { Choice::Ambiguous(first, second) }
            }
        }
    }

    /// A superset of those that were called so and are or were in a namespace, in order.
    fn named(&self, referrer: &Referrer, name: &Str, namespace: Option<&str>) -> Vec<u32> {
        let of = |index: &FxHashMap<(Str, Str), Vec<u32>>, namespace: &str| {
            index.get(&(name.clone(), namespace.into())).cloned().unwrap_or_default()
        };
        let Some(namespace) = namespace else {
            if referrer.scope.is_cluster() || !referrer.binding_namespaces.is_empty() {
                return self.by_name.get(name).cloned().unwrap_or_default();
            }
            let mut found = of(&self.by_namespace, &referrer.scope.effective);
            found.extend(of(&self.by_namespace, ""));
            found.sort_unstable();
            return found;
        };
        // Cluster-scoped objects are in no namespace.
        if namespace.is_empty() {
            return Vec::new();
        }
        // All that can be referred to are grouped by the namespace that they had at first. Only if
        // there is no such group, the current namespaces count, even if none of the group fits.
        let had = self.scopes.get(namespace).is_some_and(|scopes| scopes.iter().any(|scope| referrer.reaches(scope)));
        let mut found = of(if had { &self.by_original } else { &self.by_namespace }, namespace);
        if had {
            found.retain(|at| self.get(*at).original_namespace == namespace);
        }
        found
    }
}

fn scope_of(resource: &Resource) -> Scope {
    Scope { effective: resource.id().namespace, stated: resource.namespace().into() }
}

/// Namespaces of the service accounts that a role binding names (`getNamespacesForRoleBinding`).
fn binding_namespaces(resource: &Resource) -> Result<FxHashSet<Str>, Span> {
    let mut found = FxHashSet::default();
    if resource.kind() != "RoleBinding" {
        return Ok(found);
    }
    for subject in resource.value.get("subjects").map(Value::items).unwrap_or_default() {
        let Some(namespace) = subject.get("namespace") else { continue };
        if subject.str_at(&["kind"]) != Some("ServiceAccount") || namespace.unknown().is_some() {
            continue;
        }
        found.insert(Str::from(namespace.as_str().ok_or_else(|| namespace.span())?));
    }
    Ok(found)
}

/// Group and kind of `roleRef`; `None` if one of both is missing, and all fits then.
fn role_of(value: &Value) -> Option<Gvk> {
    let role = value.get("roleRef")?;
    let (group, kind) = (role.get("apiGroup")?, role.get("kind")?);
    let text = |value: &Value| Str::from(value.as_str().unwrap_or_default());
    Some(Gvk { group: text(group), version: Str::default(), kind: text(kind) })
}

/// Whether a kind fits; empty parts fit everything.
fn selects(want: &Gvk, is: &Gvk) -> bool {
    let fits = |want: &Str, is: &Str| want.is_empty() || want == is;
    fits(&want.kind, &is.kind) && fits(&want.group, &is.group) && fits(&want.version, &is.version)
}

/// Whether the shorter list is the end of the longer one; an empty list is the end of an empty
/// one only.
fn same_ending(a: &[Str], b: &[Str]) -> bool {
    a.is_empty() == b.is_empty() && (a.ends_with(b) || b.ends_with(a))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings() {
        let list = |text: &str| -> Vec<Str> { text.split_terminator(',').map(Str::from).collect() };
        for (a, b, same) in
            [("a,b", "b", true), ("", "", true), ("a,b", "b,a", false), ("a", "", false), ("a,b", "a", false)]
        {
            assert_eq!(same_ending(&list(a), &list(b)), same, "{a} {b}");
            assert_eq!(same_ending(&list(b), &list(a)), same, "{b} {a}");
        }
    }
}
