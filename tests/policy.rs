//! Policies as users meet them: loading, faults, limits, tests, and kate's own policies.

#![allow(clippy::disallowed_methods, reason = "tests read the checkout")]

use std::sync::Arc;

use kate::policy::{Params, Policies, PolicyFile, TestOutcome, run_tests};
use kate::text::FileId;

fn files(texts: &[(&str, &str)]) -> Vec<PolicyFile> {
    let file = |(index, (path, text)): (usize, &(&str, &str))| PolicyFile {
        path: (*path).to_owned(),
        text: Arc::from(*text),
        file: FileId(u32::try_from(index).expect("few files")),
    };
    texts.iter().enumerate().map(file).collect()
}

/// Every file below `policies/` with an extension, as path and text.
fn on_disk(extension: &str) -> Vec<(String, String)> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
    let mut found = Vec::new();
    let mut stack = vec![root];
    while let Some(directory) = stack.pop() {
        for entry in std::fs::read_dir(directory).expect("policies exist") {
            let path = entry.expect("a readable entry").path();
            if path.is_dir() {
                stack.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                let text = std::fs::read_to_string(&path).expect("a readable file");
                found.push((path.display().to_string(), text));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn builtin_policies_pass_their_own_tests() {
    let texts = on_disk("rego");
    let borrowed: Vec<(&str, &str)> = texts.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let report = run_tests(&files(&borrowed));
    assert_eq!(report.broken, []);
    let failed: Vec<_> = report.tests.iter().filter(|test| test.outcome != TestOutcome::Pass).collect();
    assert!(failed.is_empty(), "{failed:#?}");
    assert!(report.tests.len() > 30, "{}", report.tests.len());
}

#[test]
fn every_policy_on_disk_is_built_in() {
    let (policies, faults) = Policies::load(&[], &Params::new());
    assert_eq!(faults, []);
    let rules = policies.rules();
    for (path, _) in on_disk("rego").iter().filter(|(path, _)| !path.ends_with("_test.rego")) {
        let id = std::path::Path::new(path).file_stem().and_then(|stem| stem.to_str()).expect("a name");
        let group = std::path::Path::new(path).parent().and_then(|parent| parent.file_name()).expect("a directory");
        if group == "policies" {
            continue; // what policies share
        }
        let rule = rules.iter().find(|rule| rule.id.as_str() == id).unwrap_or_else(|| panic!("{id} is not built in"));
        assert_eq!(Some(rule.group.as_str()), group.to_str(), "{id}");
        assert!(rule.docs.starts_with(&format!("# {id}\n")), "{id}: its page");
        for heading in ["## What it does", "## Why is this bad?", "## Example", "## Use instead", "## Known limits"] {
            assert!(rule.docs.contains(heading), "{id}: {heading}");
        }
    }
    for (path, _) in on_disk("md") {
        let id = std::path::Path::new(&path).file_stem().and_then(|stem| stem.to_str()).expect("a name");
        assert!(rules.iter().any(|rule| rule.id.as_str() == id), "{id} has a page but no policy");
    }
}

#[test]
fn every_parameter_is_on_the_page() {
    let mut seen = 0;
    for (path, text) in on_disk("rego") {
        let metadata = text.lines().take_while(|line| line.starts_with('#'));
        let params =
            metadata.skip_while(|line| *line != "#   params:").skip(1).filter_map(|line| line.strip_prefix("#     "));
        for name in params.filter_map(|line| line.split_once(':')).map(|(name, _)| name) {
            let page = std::fs::read_to_string(path.replace(".rego", ".md")).expect("a page");
            assert!(page.contains(&format!("`{name}")) || page.contains(&format!("{name}:")), "{path}: `{name}`");
            seen += 1;
        }
    }
    assert!(seen > 20, "{seen}");
}

/// A policy, the text at which kate points, and part of what it says.
const FAULTS: &[(&str, &str, &str)] = &[
    ("package p\ndeny contains x if { x := http.send({}) }", "http.send", "refused: policies have no network"),
    ("package p\ndeny contains x if { x := time.now_ns() }", "time.now_ns", "refused: policies have no clock"),
    (
        "package p\ndeny contains x if { x := opa.runtime() }",
        "opa.runtime",
        "refused: policies do not see the environment",
    ),
    ("package p\ndeny contains x if { x := rand.intn(\"a\", 3) }", "rand.intn", "refused"),
    ("package p\ndeny contains x if { x := uuid.rfc4122(\"a\") }", "uuid.rfc4122", "refused"),
    ("package p\ndeny contains x if { x := net.lookup_ip_addr(\"a\") }", "net.lookup_ip_addr", "refused"),
    ("package p\ndeny contains x if { x := frobnicate(1) }", "frobnicate", "neither a builtin"),
    (
        "package p\nimport data.lib\ndeny contains x if { x := lib.name(1) }",
        "lib.name",
        "no loaded policy defines `data.lib.name`",
    ),
    ("package p\ndeny contains x if { x := sprintf(\"%s is %y\", [1, 2]) }", "%", "no verb `%y`"),
    ("package p\ndeny contains x if { x := }", ":", "expecting `}`"),
    ("package p\ndeny contains x if { y == 3; x := 1 }", "y", "unsafe"),
    ("package p\nf(x) := f(x + 1)\ndeny contains f(1)", "f", "calls itself"),
    ("package p\nf(x) := g(x)\ng(x) := f(x)\ndeny contains f(1)", "f", "calls itself"),
    ("# METADATA\n# custom:\n#   level: loud\npackage p\ndeny contains 1", "level: loud", "cannot be `loud`"),
    ("# METADATA\n# custom: [\npackage p\ndeny contains 1", "# METADATA", "not YAML"),
    ("# METADATA\n# custom:\n#   id: plaintext-secret\npackage p\ndeny contains 1", "deny", "a rule of kate's own"),
];

#[test]
fn faults_are_found_at_load_and_at_their_place() {
    for (text, place, message) in FAULTS {
        let (policies, found) = Policies::load(&files(&[("p.rego", text)]), &Params::new());
        let texts: Vec<_> = found.iter().map(|d| (&text[d.primary_span().range()], d.message.as_str())).collect();
        assert!(texts.iter().any(|(at, said)| at == place && said.contains(message)), "{text}\n{texts:?}");
        assert!(found.iter().all(|d| d.rule.as_str() == "invalid-policy"), "{text}");
        assert!(!policies.rules().iter().any(|rule| rule.id.as_str().starts_with("policy/")), "{text}");
    }
}

#[test]
fn a_broken_file_does_not_take_others_with_it() {
    let (policies, found) = Policies::load(
        &files(&[
            ("a.rego", "package a\ndeny contains \"x\" if input.x"),
            ("b.rego", "package b\ndeny contains x if { y == 3; x := 1 }"),
            ("c.rego", "package main\n\ndeny_root[msg] { input.x; msg = \"old syntax\" }"),
        ]),
        &Params::new(),
    );
    assert_eq!(found.len(), 1, "{found:?}");
    let ids: Vec<String> = policies.rules().iter().map(|rule| rule.id.to_string()).collect();
    assert!(ids.contains(&"policy/a/deny".to_owned()) && ids.contains(&"policy/main/deny-root".to_owned()), "{ids:?}");
}

#[test]
fn tests_are_run_and_reported_with_their_lines() {
    let report = run_tests(&files(&[
        ("p.rego", "package p\n\ndeny contains \"x\" if input.x\n"),
        (
            "p_test.rego",
            "package p\n\ntest_good if {\n\tprint(\"hello\")\n\tdeny with input as {\"x\": true}\n}\n\ntest_bad if false\n\ntodo_test_later if false\n",
        ),
    ]));
    let seen: Vec<_> = report.tests.iter().map(|test| (test.name.as_str(), test.line, test.outcome.clone())).collect();
    assert_eq!(
        seen,
        [
            ("data.p.test_good", 3, TestOutcome::Pass),
            ("data.p.test_bad", 8, TestOutcome::Fail),
            ("data.p.todo_test_later", 10, TestOutcome::Skipped),
        ]
    );
    assert!(report.tests[0].prints[0].contains("hello"), "{:?}", report.tests[0].prints);
    assert!(!report.is_success());
    assert_eq!(report.counts(), [1, 1, 0, 1]);
}

/// Policies that mean harm. Each must end, and say so.
const HOSTILE: &[(&str, &str)] = &[
    ("endless loops", "n := numbers.range(1, 100000)\ndeny contains x if { x := count([1 | n[_]; n[_]; n[_]]) }"),
    ("doubled text", "a0 := \"0123456789\"\n{DOUBLE}deny contains a40"),
    ("huge range", "deny contains x if { x := count(numbers.range(1, 100000000000)) }"),
    ("huge padding", "deny contains sprintf(\"%1000000000d\", [1])"),
    ("huge shift", "deny contains bits.lsh(1, 4000000000)"),
    ("regular expression bomb", "deny contains x if { x := regex.match(`((a{1,100}){1,100}){1,100}`, \"aaaa\") }"),
    ("many results", "deny contains sprintf(\"%d\", [n]) if { some n in numbers.range(1, 20000) }"),
];

#[test]
fn hostile_policies_end_with_a_finding() {
    for (name, body) in HOSTILE {
        let doubles: String = (1..=40).map(|n| format!("a{n} := concat(\"\", [a{0}, a{0}])\n", n - 1)).collect();
        let test = body.replace("{DOUBLE}", &doubles).replace("deny contains ", "test_it contains ");
        let report = run_tests(&files(&[("p.rego", &format!("package p\n{test}"))]));
        assert_eq!(report.broken, [], "{name}");
        let outcome = &report.tests[0].outcome;
        // Ending is what matters; only the last one has a result that is no test's.
        assert!(matches!(outcome, TestOutcome::Error(_)) || *name == "many results", "{name}: {outcome:?}");
    }
}

#[test]
fn deep_nesting_is_refused_not_run() {
    let mut chain = String::from("package p\nr0 := 1\n");
    for n in 1..9_000 {
        chain.push_str(&format!("r{n} := [r{}]\n", n - 1));
    }
    let loops = format!("package p\ndeny contains x if {{\n x := 1\n{}}}\n", " [1][_]\n".repeat(9_000));
    let brackets = format!("package p\nx := {}1{}\n", "[".repeat(5_000), "]".repeat(5_000));
    let long = format!("package p\nx := \"{}\"\n", "a".repeat(2 << 20));
    let braces = format!("package p\nx := {}1{}\n", "[[{".repeat(4), "}]]".repeat(4));
    assert_eq!(Policies::load(&files(&[("p.rego", &braces)]), &Params::new()).1, []);
    for text in [chain, loops, brackets, long] {
        let (_, found) = Policies::load(&files(&[("p.rego", &text)]), &Params::new());
        assert_eq!(found.len(), 1, "{}", &text[..40]);
    }
}
