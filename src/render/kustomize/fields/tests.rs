//! What is decoded and what is refused, as the real program does it.

use std::sync::Arc;

use super::*;
use crate::syntax::parse_yaml;
use crate::syntax::yaml::Schema;
use crate::text::{FileId, LineIndex, RepoPath, Side, SourceFile};

fn value(text: &str) -> Value {
    let path = RepoPath::new("kustomization.yaml").expect("it is a path");
    let source = SourceFile::new(FileId(0), path, Arc::from(text), Side::Head, true);
    let parsed = parse_yaml(Arc::new(source));
    parsed.yaml().expect("it is YAML").documents[0].value(Schema::Kubernetes)
}

/// `kind line: message (near)` of each fault.
fn faults(text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    check(&value(text), &mut faults);
    let lines = LineIndex::new(text);
    let show = |fault: Fault| {
        let line = lines.line(fault.at.start as usize);
        let near = fault.near.map(|near| format!(" ({near})")).unwrap_or_default();
        format!("{:?} {line}: {}{near}", fault.kind, fault.message)
    };
    faults.into_iter().map(show).collect()
}

fn json(value: &Value) -> String {
    match &value.data {
        Data::Null => "null".into(),
        Data::Bool(truth) => truth.to_string(),
        Data::Int(number) => number.to_string(),
        Data::Float(number) => number.to_string(),
        Data::String(text) => format!("{text:?}"),
        Data::List(items) => format!("[{}]", items.iter().map(json).collect::<Vec<_>>().join(",")),
        Data::Map(map) => {
            let entries = map.iter().map(|entry| format!("{}:{}", entry.key, json(&entry.value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
        }
        Data::Unknown(_) => "?".into(),
    }
}

#[test]
fn refuses_what_the_program_refuses() {
    for (text, expected) in [
        ("resources: [a]", &[][..]),
        ("Resources: [a]\nNAMESPACE: b", &[]),
        ("re\u{17f}ources: [a]", &[]),
        ("resource: [a]", &["UnknownField 1: `resource` is not a field of the kustomization (resources)"]),
        ("x: 1", &["UnknownField 1: `x` is not a field of the kustomization"]),
        (
            "namespace: yes",
            &["InvalidField 1: `namespace` must be a text, but is a truth value; quotes make it a text"],
        ),
        ("namePrefix: 1", &["InvalidField 1: `namePrefix` must be a text, but is a number; quotes make it a text"]),
        ("resources: a", &["InvalidField 1: `resources` must be a list, but is a text"]),
        ("resources:\n- a: b", &["InvalidField 2: `resources` must be a text, but is a map"]),
        (
            "commonLabels:\n  a: 1\n  b: null",
            &["InvalidField 2: `commonLabels.a` must be a text, but is a number; quotes make it a text"],
        ),
        ("replicas: [{name: a, count: 1e3}, {name: b, count: 3.0}]", &[]),
        ("replicas: [{name: a, count: 1.5}]", &["InvalidField 1: `count` must be an integer of 64 bits"]),
        ("replicas: [{name: a, count: '1'}]", &["InvalidField 1: `count` must be an integer, but is a text"]),
        (
            "labels: [{pairs: {a: b}, includeSelector: true}]",
            &["UnknownField 1: `includeSelector` is not a field of `labels` (includeSelectors)"],
        ),
        ("patches: [null]", &[]),
        ("replacements: [{targets: [null]}]", &["InvalidField 1: an entry of `targets` must be a map, but is null"]),
        ("[]", &["InvalidField 1: the kustomization must be a map, but is a list"]),
        ("null", &["InvalidField 1: the kustomization is empty"]),
        ("bases: []", &["InvalidField 1: the kustomization is empty"]),
        ("kind: Component\nnamePrefix: ''", &["InvalidField 1: the kustomization is empty"]),
        ("resources: []", &[]),
        ("metadata: {}", &[]),
        (
            "kind: Kustomisation\nresources: []",
            &["InvalidField 1: `kind` must be `Kustomization` or `Component`, but is `Kustomisation` (Kustomization)"],
        ),
        (
            "kind: Component\napiVersion: kustomize.config.k8s.io/v1beta1\nresources: []",
            &["InvalidField 2: `apiVersion` of a Component must be `kustomize.config.k8s.io/v1alpha1`, but is \
             `kustomize.config.k8s.io/v1beta1` (kustomize.config.k8s.io/v1alpha1)"],
        ),
        ("helmCharts: [{name: a, valuesInline: {a: [1, null]}}]", &[]),
    ] {
        assert_eq!(faults(text), expected, "{text}");
    }
}

#[test]
fn brings_fields_into_one_form() {
    for (text, expected) in [
        ("Resources: [a]\nbases: [b]\nnamePrefix: null", "{resources:[\"a\",\"b\"]}"),
        ("bases: [b]", "{resources:[\"b\"]}"),
        ("imageTags: [{NAME: a}]\nimages: [{name: b}]", "{images:[{name:\"b\"},{name:\"a\"}]}"),
        ("namePrefix: low\nNAMEPREFIX: up", "{namePrefix:\"low\"}"),
        ("commonLabels: {a: b}\ncommonlabels: {c: null}", "{commonLabels:{a:\"b\",c:\"\"}}"),
        (
            "configMapGenerator: [{env: e, envs: [f]}, {Env: g}]",
            "{configMapGenerator:[{envs:[\"f\",\"e\"]},{envs:[\"g\"]}]}",
        ),
        ("replicas: [{count: 1e3}]", "{replicas:[{count:1000}]}"),
        ("resources: [null, a, 1]\nx: y", "{resources:[\"\",\"a\"]}"),
        (
            "helmChartInflationGenerator: [{chartName: a, chartHome: h, values: v}]\nhelmCharts: [{name: b}]",
            "{helmCharts:[{name:\"b\"},{name:\"a\",valuesFile:\"v\"}],helmGlobals:{chartHome:\"h\"}}",
        ),
    ] {
        assert_eq!(json(&normalise(&value(text))), expected, "{text}");
    }
}

#[test]
fn finds_deprecated_fields() {
    let kustomization = value("Bases: [a]\nvars: null\nsecretGenerator: [{env: a}]\nresources: []");
    let found: Vec<_> = deprecated(&kustomization).into_iter().map(|found| (found.field, found.instead)).collect();
    assert_eq!(found, [("bases", "resources"), ("env", "envs")]);
}

#[test]
fn paths_reach_every_value() {
    let paths = paths();
    for path in ["namespace", "commonLabels.*", "patches[].target.kind", "resources[]", "openapi.*"] {
        assert!(paths.iter().any(|known| known == path), "{path}");
    }
}
