//! kate's kustomize beside the real one: recorded cases, compared byte for byte.
//!
//! `cargo xtask oracle kustomize` records them anew; `tests/kustomize/VERSION` names the program.

#![allow(clippy::disallowed_methods, reason = "tests read the checkout")]

#[path = "kustomize/archive.rs"]
mod archive;
#[path = "kustomize/coverage.rs"]
mod coverage;
#[path = "kustomize/verdict.rs"]
mod verdict;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kate::render::print;
use kate::syntax::parse_yaml;
use kate::syntax::yaml::Schema;
use kate::text::{ContentHash, FileId, RepoPath, Side, SourceFile};
use kate::value::Value;
use rayon::prelude::*;

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kustomize")
}

#[test]
fn cases_build_as_with_the_real_program() {
    let cases = archive::cases(&here().join("cases")).unwrap_or_else(|why| panic!("{why}"));
    let outcomes: Vec<(String, Result<(), String>)> =
        cases.par_iter().map(|(_, case)| (case.name.clone(), verdict::check(case))).collect();
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
    let hash = ContentHash::of(text.as_bytes());
    let source = SourceFile::new(FileId(0), path, text.into(), hash, Side::Head, true);
    let file = parse_yaml(Arc::new(source));
    let stream = file.yaml().expect("YAML");
    stream.documents.first().expect("a document").value(Schema::Kustomize)
}
