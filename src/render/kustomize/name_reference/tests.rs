use super::super::fault::FaultKind;
use super::super::test_support::{build, namespace, prefix, references, show_at};
use super::*;

const BASE: &str = "
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: app}
spec:
  account: sa
  containers:
  - envFrom: [{configMapRef: {name: settings}}, {configMapRef: {name: other}}]
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: sa}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: rb}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: role}
subjects: [{kind: ServiceAccount, name: sa}, {kind: ServiceAccount, name: sa, namespace: default}, {kind: ServiceAccount, name: sa, namespace: elsewhere}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: role}
rules: [{resourceNames: [settings, other]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: role}
";

fn table() -> std::sync::Arc<super::super::configuration::Configuration> {
    references(&[
        ("v1/ConfigMap", &["Deployment spec/containers/envFrom/configMapRef/name", "Role rules/resourceNames"]),
        ("rbac.authorization.k8s.io//Role", &["RoleBinding roleRef/name"]),
        ("rbac.authorization.k8s.io//ClusterRole", &["RoleBinding roleRef/name"]),
        ("v1/ServiceAccount", &["RoleBinding subjects", "Deployment spec/account"]),
    ])
}

#[test]
fn references_follow_within_their_overlay() {
    // Two overlays of one base in one namespace.
    let mut out = build(&format!("{BASE}---{BASE}"));
    out.configuration = table();
    let (a, b): (Vec<_>, Vec<_>) = ((0..6).collect(), (6..12).collect());
    prefix(&mut out, &a, "a-");
    prefix(&mut out, &b, "b-");
    namespace(&mut out, &[0, 1, 2, 3, 4, 6, 7, 8, 9, 10], "one");
    fix(&mut out);
    assert_eq!(out.faults, []);
    for (first, prefix) in [(0, "a-"), (6, "b-")] {
        let show = |resource: usize, path: &str| show_at(&out, first + resource, path);
        assert_eq!(
            show(1, "spec"),
            format!(
                "{{account: \"{prefix}sa\", containers: [{{envFrom: [{{configMapRef: {{name: \"{prefix}settings\"}}}}, \
                 {{configMapRef: {{name: \"other\"}}}}]}}]}}"
            )
        );
        assert_eq!(show(3, "roleRef/name"), format!("\"{prefix}role\""));
        let subject = format!("{{kind: \"ServiceAccount\", name: \"{prefix}sa\", namespace: \"one\"}}");
        assert_eq!(show(3, "subjects/0"), subject);
        assert_eq!(show(3, "subjects/1"), subject);
        assert_eq!(show(3, "subjects/2"), r#"{kind: "ServiceAccount", name: "sa", namespace: "elsewhere"}"#);
        assert_eq!(show(4, "rules/0/resourceNames"), format!("[\"{prefix}settings\", \"other\"]"));
    }
}

#[test]
fn an_object_outside_of_two_overlays_refers_to_none_or_is_ambiguous() {
    let account = "{apiVersion: v1, kind: ServiceAccount, metadata: {name: sa}}";
    let extra = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: extra}, spec: {account: sa}}";
    let objects = format!("{account}\n---\n{account}\n---\n{extra}");
    let overlays = || {
        let mut out = build(&objects);
        out.configuration = table();
        prefix(&mut out, &[0], "a-");
        prefix(&mut out, &[1], "b-");
        out
    };
    let mut out = overlays();
    fix(&mut out);
    assert_eq!((show_at(&out, 2, "spec/account"), out.faults), ("\"sa\"".to_owned(), Vec::new()));

    let mut out = overlays();
    prefix(&mut out, &[0, 1, 2], "z-");
    fix(&mut out);
    let [fault] = &out.faults[..] else { panic!("{:?}", out.faults) };
    assert_eq!(fault.kind, FaultKind::NameReference);
    assert_eq!(&objects[fault.at.range()], "sa");
    assert_eq!(
        fault.related.iter().map(|(_, what)| what.as_str()).collect::<Vec<_>>(),
        ["ServiceAccount `z-a-sa`", "ServiceAccount `z-b-sa`"]
    );
}

#[test]
fn what_the_real_program_fails_for() {
    let binding = "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: rb}\n";
    for (object, at) in [
        (format!("{binding}subjects: [{{kind: ServiceAccount}}]"), "{kind: ServiceAccount}"),
        (format!("{binding}subjects: [{{kind: ServiceAccount, name: x, namespace: ~}}]"), "~"),
        (format!("{binding}subjects: [[x]]"), "[x]"),
        ("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\nspec: {containers: text}".to_owned(), "text"),
    ] {
        let mut out = build(&object);
        out.configuration = table();
        fix(&mut out);
        let [fault] = &out.faults[..] else { panic!("{object}: {:?}", out.faults) };
        assert_eq!(&object[fault.at.range()], at, "{object}");
    }
}

#[test]
fn the_origin_names_the_reference_first_and_the_rename() {
    let objects = "{apiVersion: v1, kind: ServiceAccount, metadata: {name: sa}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: app}, spec: {account: sa}}";
    let mut out = build(objects);
    out.configuration = table();
    prefix(&mut out, &[0], "a-");
    let before = out.resources[1].value.at(&["spec", "account"]).expect("there").origin.clone();
    let name = out.resources[0].value.at(&["metadata", "name"]).expect("there").origin.clone();
    fix(&mut out);
    let value = out.resources[1].value.at(&["spec", "account"]).expect("there");
    let rename = name.steps().next().expect("renamed").at;
    assert_eq!(value.origin, Origin::derived(Step::NameReference, rename, vec![before, name]));
}

#[test]
fn many_references_to_many_objects_of_one_name() {
    let mut out = build("{apiVersion: v1, kind: ServiceAccount, metadata: {name: sa}}");
    out.configuration = table();
    let account = out.resources.remove(0);
    let subjects: Vec<String> =
        (0..4000).map(|at| format!("- {{kind: ServiceAccount, name: sa, namespace: n{}}}\n", at % 2000)).collect();
    let binding = "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: rb}\nsubjects:\n";
    let binding = build(&format!("{binding}{}", subjects.concat())).resources.remove(0);
    out.resources = (0..2000).map(|_| account.clone()).collect();
    for at in 0..2000 {
        namespace(&mut out, &[at], &format!("n{at}"));
        prefix(&mut out, &[at], "p-");
    }
    out.resources.push(binding);
    fix(&mut out);
    assert_eq!(out.faults, []);
    assert_eq!(show_at(&out, 2000, "subjects/3999"), r#"{kind: "ServiceAccount", name: "p-sa", namespace: "n1999"}"#);
}
