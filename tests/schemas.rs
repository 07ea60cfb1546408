//! Schemas of the user's own: directories as kubeconform and the catalog of custom resources lay them
//! out, on disk, through the program.

#![allow(clippy::disallowed_methods, reason = "tests run the program")]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// Write the files into a directory of its own and check it; the exit code and what was printed.
fn check(files: &[(&str, &str)]) -> (i32, String) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    for (path, text) in files {
        let path = directory.path().join(path);
        fs::create_dir_all(path.parent().unwrap_or(Path::new(""))).expect("a directory");
        fs::write(path, text).expect("a file");
    }
    let output = Command::new(env!("CARGO_BIN_EXE_kate"))
        .current_dir(directory.path())
        .args(["check", "--output-format", "concise", "--fail-on", "warning"])
        .env_clear()
        .stdin(Stdio::null())
        .output()
        .expect("the program can be started");
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.code().expect("the program exits by itself"), text)
}

#[track_caller]
fn says(files: &[(&str, &str)], code: i32, wanted: &[&str], unwanted: &[&str]) {
    let (actual, text) = check(files);
    assert_eq!(actual, code, "{text}");
    for part in wanted {
        assert!(text.contains(part), "lacks {part:?}:\n{text}");
    }
    for part in unwanted {
        assert!(!text.contains(part), "has {part:?}:\n{text}");
    }
}

const CATALOG: &str = r##"{
  "type": "object",
  "required": ["spec"],
  "properties": {
    "apiVersion": {"type": "string"},
    "kind": {"type": "string"},
    "metadata": {"type": "object"},
    "spec": {
      "type": "object",
      "required": ["size"],
      "properties": {
        "size": {"type": "integer", "exclusiveMinimum": 0, "maximum": 9},
        "mode": {"type": ["string", "null"], "enum": ["fast", "slow", null]},
        "port": {"oneOf": [{"type": "string"}, {"type": "integer"}]},
        "tree": {"$ref": "shared.json#/definitions/tree"},
        "fixed": {"const": "yes"},
        "free": {"type": "object"}
      },
      "additionalProperties": false
    }
  },
  "additionalProperties": false
}"##;

const SHARED: &str = r##"{
  "definitions": {
    "tree": {
      "type": "object",
      "properties": {"name": {"type": "string"}, "below": {"type": "array", "items": {"$ref": "#/definitions/tree"}}},
      "additionalProperties": false
    }
  }
}"##;

const WIDGET: &str = "apiVersion: example.org/v1
kind: Widget
metadata: {name: a}
spec:
  size: 0
  mode: fats
  port: [1]
  tree: {name: a, below: [{name: b, below: [{nmae: c}]}]}
  fixed: no way
  free: {anything: goes}
  more: 1
";

#[test]
fn custom_resources_in_the_layout_of_the_catalog() {
    for location in ["schemas/", "schemas/{{ .Group }}/{{ .ResourceKind }}_{{ .ResourceAPIVersion }}.json"] {
        says(
            &[
                ("kate.yaml", &format!("schemas: ['{location}']\n")),
                ("schemas/example.org/widget_v1.json", CATALOG),
                ("schemas/example.org/shared.json", SHARED),
                ("schemas/example.org/broken_v1.json", "{ this is not read"),
                ("widget.yaml", WIDGET),
            ],
            1,
            &[
                "`spec.size` of Widget `a`",
                "`spec.mode` of Widget `a` is `fats`",
                "widget.yaml:7",
                "no field `spec.tree.below[0].below[0].nmae`",
                "`spec.fixed` of Widget `a` is `no way`",
                "no field `spec.more`",
            ],
            &["free", "broken_v1", "shared.json"],
        );
    }
}

#[test]
fn built_in_kinds_in_the_layout_of_kubeconform() {
    let schema = |field: &str| {
        format!(
            r#"{{"type": "object", "properties": {{"apiVersion": {{"type": ["string", "null"], "enum": ["v1"]}},
            "kind": {{"type": ["string", "null"]}}, "metadata": {{"type": "object"}}, "spec": {{"type": ["object", "null"],
            "properties": {{"{field}": {{"type": "string"}}}}, "additionalProperties": false}}}},
            "additionalProperties": false}}"#
        )
    };
    let object = "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\nspec: {later: x}\n";
    let versions = "schemas: [s]\nversions: {kubernetes: '1.33'}\n";
    let (old, new) = (schema("now"), schema("later"));
    let files = |version: &'static str| {
        [
            ("kate.yaml", version),
            ("s/v1.33.0-standalone-strict/namespace-v1.json", &*old),
            ("s/v1.34.1-standalone-strict/namespace-v1.json", &*new),
            ("a.yaml", object),
        ]
    };
    says(&files(versions), 1, &["no field `spec.later`"], &[]);
    says(&files("schemas: [s]\nversions: {kubernetes: '1.34'}\n"), 0, &[], &["spec.later"]);
    // Only what all refuse is wrong where the version is not known.
    says(&files("schemas: [s]\n"), 0, &[], &["spec.later"]);
}

#[test]
fn definitions_in_the_repository_come_first() {
    let definition = "apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.org}
spec:
  group: example.org
  names: {kind: Widget, plural: widgets}
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
";
    says(
        &[
            ("kate.yaml", "schemas: [schemas]\n"),
            ("schemas/example.org/widget_v1.json", CATALOG),
            ("crd.yaml", definition),
            ("widget.yaml", WIDGET),
        ],
        0,
        &[],
        &["Widget"],
    );
}

#[test]
fn mistakes_are_told_where_they_are() {
    let widget = ("widget.yaml", "apiVersion: example.org/v1\nkind: Widget\nmetadata: {name: a}\n");
    for (configuration, wanted) in [
        (
            "schemas:\n  - https://example.com/{{.Group}}.json\n",
            "kate.yaml:2:5: error[invalid-configuration] kate fetches",
        ),
        ("schemas:\n  - ../schemas\n", "outside the repository"),
        ("schemas:\n  - default\n", "`default` is no directory"),
        ("schemas:\n  - s/{{ .Kind }}.json\n", "`Kind` is no variable"),
        ("schemas:\n  - nowhere\n", "there is no schema in `nowhere`"),
    ] {
        says(&[("kate.yaml", configuration), widget], 2, &[wanted], &[]);
    }
    let dangling = r##"{"type": "object", "properties": {"spec": {"$ref": "#/definitions/none"}}}"##;
    for (schema, wanted) in [(dangling, "`#/definitions/none` leads to no schema"), ("[1]", "of no object")] {
        says(
            &[("kate.yaml", "schemas: [s]\n"), ("s/example.org/widget_v1.json", schema), widget],
            2,
            &["s/example.org/widget_v1.json:1", wanted],
            &[],
        );
    }
}

#[test]
fn what_is_not_checked_is_told() {
    let schema = r#"{"type": "object", "if": {}, "then": {}}"#;
    let widget = ("widget.yaml", "apiVersion: example.org/v1\nkind: Widget\nmetadata: {name: a}\n");
    let files = [("kate.yaml", "schemas: [s]\n"), ("s/example.org/widget_v1.json", schema), widget];
    says(&files, 0, &["not checked in `example.org/Widget`: the keyword `if`"], &["no schema for"]);
}

#[test]
fn schemas_that_lead_far_or_nowhere_end() {
    let mut definitions: Vec<String> =
        (0..20_000).map(|at| format!(r##""d{at}": {{"$ref": "#/definitions/d{}"}}"##, at + 1)).collect();
    definitions.push(r#""d20000": {"type": "string"}"#.to_owned());
    let chain = format!(
        r##"{{"type": "object", "properties": {{"spec": {{"$ref": "#/definitions/d0"}}}}, "definitions": {{{}}}}}"##,
        definitions.join(",")
    );
    let itself = r##"{"type": "object", "properties": {"spec": {"$ref": "#"}, "x": {"allOf": [{"$ref": "#"}]}}}"##;
    let widget = ("w.yaml", "apiVersion: example.org/v1\nkind: Widget\nmetadata: {name: a}\nspec: {spec: {x: {}}}\n");
    for schema in [&*chain, itself] {
        let (code, text) = check(&[("kate.yaml", "schemas: [s]\n"), ("s/example.org/widget_v1.json", schema), widget]);
        assert!(code < 2, "{code}: {text}");
    }
}
