//! That kate refuses what the API server refuses, statement by statement: `tests/data/validations`.
//!
//! `KATE_UPDATE=1` writes what kate says anew, `cargo xtask oracle apiserver --cases` what the API server says.

#![allow(clippy::disallowed_methods, reason = "tests read the checkout")]

#[path = "support/validations.rs"]
mod validations;

use std::collections::BTreeSet;

use kate::config::Selector;
use kate::diagnostic::Severity;
use kate::pipeline::{Request, check};
use kate::vfs::MemoryVfs;
use serde_json::Value as Json;

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/validations/cases.tsv");

/// The release that was asked.
const CONFIGURATION: &str = "versions: {kubernetes: \"1.37\"}\n";

/// Rules about an object alone, beside those that start with `invalid-`.
const OWN: [&str; 6] = [
    "duplicate-list-key",
    "managed-metadata",
    "mismatched-selector",
    "missing-required-field",
    "missing-volume",
    "unknown-field",
];

/// The rules that speak of each object, warnings with `~`.
fn said(objects: &[&Json]) -> Vec<String> {
    let path = |index: usize| format!("o{index:06}.json");
    let files = objects.iter().enumerate().map(|(index, object)| (path(index), object.to_string()));
    let vfs: MemoryVfs = files.chain([("kate.yaml".to_owned(), CONFIGURATION.to_owned())]).collect();
    let mut request = Request::new(&vfs);
    request.select = vec![Selector::new("kubernetes")];
    request.ignores = false;
    let outcome = check(&request).expect("trees in memory can be listed");
    assert!(outcome.crashed.is_empty(), "rules crashed: {:?}", outcome.crashed);
    let mut found: Vec<BTreeSet<String>> = objects.iter().map(|_| BTreeSet::new()).collect();
    for diagnostic in &outcome.diagnostics {
        let rule = diagnostic.rule.as_str();
        if !rule.starts_with("invalid-") && !OWN.contains(&rule) {
            continue;
        }
        let file = outcome.sources.get(diagnostic.primary_span().file).path.as_str();
        assert_ne!(file, "kate.yaml", "{}", diagnostic.message);
        let index: usize = file[1..7].parse().expect("the files have numbers");
        let mark = if diagnostic.severity == Severity::Error { "" } else { "~" };
        found[index].insert(format!("{mark}{rule}"));
    }
    found
        .into_iter()
        .map(|rules| if rules.is_empty() { "-".to_owned() } else { Vec::from_iter(rules).join(" ") })
        .collect()
}

#[test]
fn what_the_api_server_refuses_is_refused() {
    let table = std::fs::read_to_string(TABLE).expect("the table is there");
    let lines = validations::read(&table);
    let objects: Vec<&Json> = lines.iter().flatten().map(|case| &case.object).collect();
    let said = said(&objects);
    let mut answers = said.iter();
    if std::env::var_os("KATE_UPDATE").is_some() {
        let out: String = lines
            .iter()
            .map(|line| match line {
                Ok(case) => validations::line(case, answers.next().expect("one for each"), case.answer),
                Err(heading) => format!("{heading}\n"),
            })
            .collect();
        std::fs::write(TABLE, out).expect("the table can be written");
        return;
    }
    let mut wrong = Vec::new();
    for (case, said) in lines.iter().flatten().zip(&said) {
        if case.rules != said {
            wrong.push(format!("{}: {said}, not {}", case.text, case.rules));
        }
        let refuses = said.split(' ').any(|rule| !rule.starts_with(['-', '~']));
        // Warnings have the truth of their own: what is taken and does not do what it says.
        if (refuses != (case.answer != "taken")) != case.why.is_some() {
            wrong.push(format!("{}: {said}, the API server: {}, why: {:?}", case.text, case.answer, case.why));
        }
    }
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), said.len(), wrong.join("\n"));
}
