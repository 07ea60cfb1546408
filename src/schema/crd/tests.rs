//! Definitions as people write them.

use std::sync::Arc;

use super::*;
use crate::syntax::parse;
use crate::syntax::yaml::Schema as Scalars;
use crate::text::{FileId, RepoPath, Side, SourceFile};

fn all(text: &str) -> Vec<Definition> {
    let path = RepoPath::new("x.yaml").expect("a path");
    let parsed = parse(Arc::new(SourceFile::new(FileId(0), path, text.into(), Side::Head, true)));
    Definition::all(&parsed.yaml().expect("YAML").documents[0].value(Scalars::Kubernetes))
}

#[test]
fn versions_of_both_api_versions_are_read() {
    let new = all(
        "{apiVersion: apiextensions.k8s.io/v1, spec: {group: g, names: {kind: K}, scope: Cluster, versions: [{name: v1, \
                   served: true, schema: {openAPIV3Schema: {type: object}}}, {name: v2, served: false}]}}",
    );
    let told: Vec<_> =
        new.iter().map(|one| (one.version.as_str(), one.served, one.namespaced, one.compile().is_some())).collect();
    assert_eq!(told, [("v1", true, Some(false), true), ("v2", false, Some(false), false)]);
    let old =
        all("{apiVersion: apiextensions.k8s.io/v1beta1, spec: {group: g, names: {kind: K}, version: v1, validation: \
                   {openAPIV3Schema: {type: object}}}}");
    assert_eq!(old.len(), 1);
    assert!(old[0].compile().is_some());
}

#[test]
fn what_cannot_be_read_defines_nothing() {
    assert!(all("{spec: {group: g}}").is_empty());
    assert!(all("[]").is_empty());
    let odd =
        all("{spec: {group: g, names: {kind: K}, versions: [{name: v1, schema: {openAPIV3Schema: {type: object, \
                   properties: {a: 1, b: {type: [string]}, c: {type: array}, d: {enum: x, required: y}}}}}]}}");
    assert!(odd[0].compile().is_some());
}
