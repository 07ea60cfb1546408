//! kate's kustomize beside the real one: recorded cases, compared byte for byte.
//!
//! `cargo xtask oracle kustomize` records them anew; `tests/kustomize/VERSION` names the program.

#![allow(clippy::disallowed_methods, reason = "tests read the checkout")]

#[path = "kustomize/archive.rs"]
mod archive;
#[path = "kustomize/coverage.rs"]
mod coverage;
#[path = "support/kustomize_mutation.rs"]
mod kustomize_mutation;
#[path = "kustomize/mutation.rs"]
mod mutation;
#[path = "kustomize/origins.rs"]
mod origins;
#[path = "kustomize/verdict.rs"]
mod verdict;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kate::config::Selector;
use kate::diagnostic::Applicability;
use kate::pipeline::{Change, Request, mend, render};
use kate::render::print;
use kate::syntax::parse_yaml;
use kate::syntax::yaml::Schema;
use kate::text::{FileId, RepoPath, Side, SourceFile};
use kate::value::Value;
use kate::vfs::MemoryVfs;
use rayon::prelude::*;

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kustomize")
}

/// Build the one Application of a tree.
fn build_application(files: &[(String, Vec<u8>)]) -> Result<render::Built, String> {
    let vfs: MemoryVfs = files.iter().map(|(path, bytes)| (path, bytes.clone())).collect();
    let mut request = Request::new(&vfs);
    request.own_urls = vec!["https://github.com/example/repo".to_owned()];
    let built = render::render(&request, &[render::Target::Application("app".to_owned())])
        .map_err(|error| error.to_string())?;
    built.into_iter().next().ok_or_else(|| "nothing was rendered".to_owned())
}

/// Build a case and compare. The error says how kate differs.
fn check(case: &archive::Case) -> Result<(), String> {
    let Some(recorded) = &case.verdict else {
        return Err("is not recorded yet: cargo xtask oracle kustomize".to_owned());
    };
    let built = match case.application {
        Some(_) => build_application(&case.files)?,
        None => verdict::build(&case.files, &case.build)?,
    };
    if let Some(reason) = &case.unknown {
        let unknown: Vec<String> =
            built.unknown.iter().chain(&built.opaque).map(|why| format!("{:?}", why.reason())).collect();
        return if unknown.contains(reason) { Ok(()) } else { Err(format!("unknown: {unknown:?}, not {reason}")) };
    }
    verdict::compare(&built, recorded)?;
    if case.faults.is_empty() {
        return Ok(());
    }
    let mut expected: Vec<String> = case.faults.iter().map(|fault| folded(fault)).collect();
    let mut found: Vec<String> = built.faults.iter().map(|fault| folded(&verdict::place(fault, &built))).collect();
    expected.sort();
    found.sort();
    if expected == found {
        Ok(())
    } else {
        Err(format!("faults:{}\nnot: {}", verdict::list(&built), case.faults.join(", ")))
    }
}

/// `load-restriction` and `LoadRestriction` are the same kind.
fn folded(fault: &str) -> String {
    let (kind, place) = fault.split_once(' ').unwrap_or((fault, ""));
    format!("{} {}", kind.to_lowercase().replace(['-', '_'], ""), place.trim())
}

#[test]
fn cases_build_as_with_the_real_program() {
    let cases = archive::cases(&here().join("cases")).unwrap_or_else(|why| panic!("{why}"));
    let outcomes: Vec<(String, Result<(), String>)> =
        cases.par_iter().map(|(_, case)| (case.name.clone(), check(case))).collect();
    let mut groups: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (name, outcome) in &outcomes {
        let (passed, all) = groups.entry(name.split('/').next().unwrap_or_default()).or_default();
        *passed += usize::from(outcome.is_ok());
        *all += 1;
    }
    for (group, (passed, all)) in groups {
        println!("{group}: {passed} of {all}");
    }
    let differing: Vec<String> =
        outcomes.iter().filter_map(|(name, outcome)| Some(format!("{name}: {}", outcome.as_ref().err()?))).collect();
    assert!(differing.is_empty(), "{} of {} cases differ\n\n{}", differing.len(), cases.len(), differing.join("\n\n"));
}

/// What `--fix` makes of deprecated fields, on every case that has some.
#[test]
fn newer_forms_of_deprecated_fields_build_the_same() {
    let cases = archive::cases(&here().join("cases")).unwrap_or_else(|why| panic!("{why}"));
    let outcomes: Vec<(String, Result<bool, String>)> =
        cases.iter().map(|(_, case)| (case.name.clone(), rewritten(&case.files, &case.build))).collect();
    let failed: Vec<String> =
        outcomes.iter().filter_map(|(name, outcome)| Some(format!("{name}: {}", outcome.as_ref().err()?))).collect();
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
    let edited = outcomes.iter().filter(|(_, outcome)| outcome == &Ok(true)).count();
    assert!(edited >= 10, "only {edited} cases were rewritten");
}

#[test]
fn mixed_forms_are_rewritten_to_the_same_build() {
    let object = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {a: b}}\n  \
                  template:\n    metadata: {labels: {a: b}}\n    spec: {containers: [{name: c, image: \"web:1\"}]}\n";
    let patch =
        |field: &str| format!("apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec: {{{field}}}\n");
    let json = "- target: {group: apps, version: v1, kind: Deployment, name: web}\n  patch: |-\n    - op: add\n      path: \
                /spec/replicas\n      value: 7\n";
    for kustomization in [
        "bases:\n  - base\nresources:\n- web.yaml\n",
        "resources:\n    - web.yaml\nbases:\n- base # why\n# end",
        "resources: # all\n  - web.yaml\n\n# below\nbases: # some\n  # one\n  - base\n\nnamespace: x\n",
        "resources:\n- web.yaml\ncommonLabels:\n  x: 'y'\n  z: \"1\"\nlabels:\n- pairs: {x: first}\n  includeTemplates: true\n",
        "commonLabels: # all\n    x: y\nresources:\n  - web.yaml\n",
        "resources:\n- web.yaml\npatches:\n- path: two.yaml\npatchesStrategicMerge:\n- one.yaml\n",
        "resources:\n- web.yaml\npatchesStrategicMerge:\n  - one.yaml\n  - |\n    apiVersion: apps/v1\n    kind: Deployment\n    \
         metadata:\n      name: web\n    spec:\n      replicas: 5\npatches:\n  # keep\n  - path: two.yaml\n",
        "resources:\n- web.yaml\npatchesStrategicMerge:\n- one.yaml\npatchesJson6902:\n{json}",
        "resources:\n- web.yaml\nnamespace: shop\npatches:\n    - path: one.yaml\npatchesJson6902:\n{json}commonAnnotations: {a: b}\n",
        "resources:\n- web.yaml\nnamespace: shop\npatches:\n    - path: one.yaml\npatchesJson6902:\n{json}",
        "resources:\n- web.yaml\nimageTags:\n  - name: web\n    newTag: '2'\nimages:\n- name: web\n  newName: other\n",
        "resources:\n- web.yaml\nconfigMapGenerator:\n- name: a\n  env: a.env\n- {name: b, env: a.env}\n",
    ] {
        let kustomization = kustomization.replace("{json}", json);
        let files: [(&str, String); 7] = [
            ("kustomization.yaml", kustomization.clone()),
            ("web.yaml", object.to_owned()),
            ("one.yaml", patch("replicas: 1, paused: true")),
            ("two.yaml", patch("replicas: 2")),
            ("a.env", "A=b\n".to_owned()),
            ("base/kustomization.yaml", "resources: [cm.yaml]\n".to_owned()),
            ("base/cm.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, annotations: {c: d}}\n".to_owned()),
        ];
        let files: Vec<(String, Vec<u8>)> =
            files.into_iter().map(|(path, text)| (path.to_owned(), text.into_bytes())).collect();
        let outcome = rewritten(&files, "");
        let edits = !kustomization.contains("commonAnnotations");
        assert_eq!(outcome, Ok(edits), "{kustomization}");
    }
}

/// Whether a tree was rewritten; the error says how its build changed.
fn rewritten(files: &[(String, Vec<u8>)], directory: &str) -> Result<bool, String> {
    let vfs: MemoryVfs = files.iter().map(|(path, bytes)| (path, bytes.clone())).collect();
    let mut request = Request::new(&vfs);
    request.select = vec![Selector::new("deprecated-kustomize-field")];
    let mended = mend(&request, Applicability::Safe).map_err(|error| error.to_string())?;
    if mended.changes.is_empty() {
        return Ok(false);
    }
    let mut newer = files.to_vec();
    for Change { path, bytes, .. } in mended.changes {
        newer.retain(|(other, _)| other != path.as_str());
        newer.push((path.to_string(), bytes));
    }
    let built = |files: &[(String, Vec<u8>)]| {
        let built = verdict::build(files, directory)?;
        let fails = !built.faults.is_empty();
        // What a build that fails would have made is nobody's.
        let printed = if fails { String::new() } else { print::documents(&built.values) };
        Ok::<_, String>((fails, built.unknown.is_some(), printed))
    };
    let (before, after) = (built(files)?, built(&newer)?);
    if before == after { Ok(true) } else { Err(format!("{before:?}\nis not\n{after:?}")) }
}

#[test]
fn every_path_of_every_field_has_a_case() {
    let cases = archive::cases(&here().join("cases")).unwrap_or_else(|why| panic!("{why}"));
    let cases: Vec<archive::Case> = cases.into_iter().map(|(_, case)| case).collect();
    assert!(cases.len() >= 400, "only {} cases", cases.len());
    let unused = coverage::unused(&cases);
    assert!(
        unused.is_empty(),
        "{} paths are used by no case that builds, or are no exceptions\n{}",
        unused.len(),
        unused.join("\n")
    );
}

#[test]
fn values_print_as_with_the_real_program() {
    let table = std::fs::read_to_string(here().join("printing.jsonl")).expect("the table is recorded");
    let mut differing = Vec::new();
    for (at, line) in table.lines().enumerate() {
        let (source, expected): (String, String) = serde_json::from_str(line).expect("a pair of texts");
        let printed = print::yaml(&read(&format!("spec: {source}\n")));
        if printed != expected {
            differing.push(format!("line {}: {source}\n{expected:?}\n{printed:?}", at + 1));
        }
    }
    assert!(table.lines().count() > 1_000);
    let shown = differing.iter().take(20).cloned().collect::<Vec<_>>().join("\n\n");
    assert!(differing.is_empty(), "{} of {} differ\n\n{shown}", differing.len(), table.lines().count());
}

/// The first document of a text, as kustomize reads it.
fn read(text: &str) -> Value {
    let path = RepoPath::new("x.yaml").expect("a path");
    let source = SourceFile::new(FileId(0), path, text.into(), Side::Head, true);
    let file = parse_yaml(Arc::new(source));
    let stream = file.yaml().expect("YAML");
    stream.documents.first().expect("a document").value(Schema::Kustomize)
}
