//! Every page of a rule is its test suite: `src/**/*.md`, `policies/**/*.md`, and the suites of
//! `tests/mdtest`. `CONTRIBUTING.md` describes the form. `KATE_TEST_FILTER=text` runs the cases
//! whose name contains the text; `KATE_UPDATE=1` rewrites snapshots and fixed blocks.

#![allow(clippy::disallowed_methods, reason = "tests read their own data")]

mod support;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use rayon::prelude::*;

use support::case::{Checker, run};
use support::kate::Kate;
use support::markdown::Page;
use support::pages;

#[test]
fn pages_hold() {
    let filter = std::env::var("KATE_TEST_FILTER").unwrap_or_default();
    let update = std::env::var_os("KATE_UPDATE").is_some_and(|value| !value.is_empty() && value != "0");
    // Who waits for a part of one check may start another: stacks must hold several.
    let pool = rayon::ThreadPoolBuilder::new().stack_size(256 << 20).build().expect("threads can be started");
    let run = || pages::all().into_par_iter().map(|path| check_page(&path, &filter, update, &Kate)).collect();
    let outcomes: Vec<Outcome> = pool.install(run);
    let failures: Vec<String> = outcomes.into_iter().flat_map(|outcome| outcome.failures).collect();
    assert!(failures.is_empty(), "{} failures\n\n{}\n", failures.len(), failures.join("\n"));
}

#[derive(Default)]
struct Outcome {
    failures: Vec<String>,
    text: Option<String>,
}

/// Run all sections of a page, and write it back if blocks were updated.
fn check_page(path: &str, filter: &str, update: bool, checker: &dyn Checker) -> Outcome {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect("a page that was listed");
    let outcome = check_text(path, text, filter, update, checker);
    if let Some(text) = &outcome.text {
        fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join(path), text).expect("the checkout is writable");
    }
    outcome
}

fn check_text(path: &str, text: String, filter: &str, update: bool, checker: &dyn Checker) -> Outcome {
    let mut outcome = Outcome::default();
    let page = match Page::parse(path, text) {
        Ok(page) => page,
        Err(why) => {
            outcome.failures.push(why);
            return outcome;
        }
    };
    let own = pages::own_rule(path);
    let mut updates = Vec::new();
    for section in &page.sections {
        let name = format!("{path}: {}", section.headings.join(" > "));
        if !name.contains(filter) {
            continue;
        }
        let verdict = catch_unwind(AssertUnwindSafe(|| run(&page, section, own.as_deref(), checker, update)));
        let Ok(verdict) = verdict else {
            outcome.failures.push(format!("{name}\n  {path}:{}: panicked, see above", section.line));
            continue;
        };
        let is_example = section.level == 2 && section.headings.last().is_some_and(|title| title == "Example");
        let mut failures = verdict.failures;
        if verdict.ran && is_example && own.is_some() && !verdict.asserts_own {
            failures.push((section.line, "the example asserts no finding of its rule".to_owned()));
        }
        if !failures.is_empty() {
            let mut text = format!("{name}\n");
            for (line, failure) in failures {
                let failure = failure.trim_end().replace('\n', "\n    ");
                writeln!(text, "  {path}:{line}: {failure}").expect("writing to a string");
            }
            outcome.failures.push(text);
        }
        updates.extend(verdict.updates);
    }
    if !updates.is_empty() {
        let mut text = page.text.clone();
        updates.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
        for (range, new) in updates {
            text.replace_range(range, &new);
        }
        outcome.text = Some(text);
    }
    outcome
}

/// The headings of a rule's page, in order; those marked may be left out.
const HEADINGS: &[(&str, bool)] = &[
    ("What it does", true),
    ("Why is this bad?", true),
    ("Example", true),
    ("Use instead", true),
    ("Known limits", false),
    ("Fix safety", false),
    ("References", false),
    ("Tests", false),
];

#[test]
fn pages_have_the_fixed_headings() {
    let mut failures = Vec::new();
    for path in pages::all() {
        let Some(rule) = pages::own_rule(&path) else { continue };
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(&path)).expect("a listed page");
        match Page::parse(&path, text) {
            Ok(page) => failures.extend(heading_faults(&page, &rule)),
            Err(why) => failures.push(why),
        }
    }
    assert!(failures.is_empty(), "\n{}\n", failures.join("\n"));
}

fn heading_faults(page: &Page, rule: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let mut fault = |line: usize, what: String| faults.push(format!("{}:{line}: {what}", page.path));
    let titles = |level: usize| page.sections.iter().filter(move |section| section.level == level);
    match titles(1).collect::<Vec<_>>()[..] {
        [only] if only.line == 1 && only.headings == [rule] => {}
        _ => fault(1, format!("the page must start with its only first-level heading, `# {rule}`")),
    }
    let found: Vec<&str> = titles(2).filter_map(|section| section.headings.last()).map(String::as_str).collect();
    for section in titles(2) {
        let title = section.headings.last().expect("a section has a title");
        if !HEADINGS.iter().any(|(known, _)| known == title) {
            fault(
                section.line,
                format!("`## {title}` is none of the fixed headings; tests are `###` below `## Tests`"),
            );
        }
    }
    for (title, required) in HEADINGS {
        if *required && !found.contains(title) {
            fault(1, format!("`## {title}` is missing"));
        }
    }
    let order: Vec<&str> = HEADINGS.iter().map(|(title, _)| *title).filter(|title| found.contains(title)).collect();
    if found.iter().filter(|title| order.contains(title)).ne(&order) {
        fault(1, format!("the headings must stand in this order, each once: {}", order.join(", ")));
    }
    let words = rule.split('-');
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    if !words.clone().all(is_word) || words.count() > 4 {
        fault(1, format!("`{rule}` must be at most four lower-case words joined by `-`"));
    }
    faults
}

#[test]
fn every_page_belongs_to_a_rule_and_every_rule_has_a_page() {
    let files: BTreeSet<String> = pages::all().iter().filter_map(|path| pages::own_rule(path)).collect();
    let mut rules = BTreeSet::new();
    for meta in support::kate::rules() {
        assert!(rules.insert(meta.id.to_string()), "two rules are called `{}`", meta.id);
        assert!(!meta.summary.ends_with('.'), "the summary of `{}` must not end with a full stop", meta.id);
    }
    let without_rule: Vec<_> = files.difference(&rules).collect();
    let without_page: Vec<_> = rules.difference(&files).collect();
    assert!(
        without_rule.is_empty() && without_page.is_empty(),
        "pages without a rule (add it to its group's list): {without_rule:?}; rules without a page: {without_page:?}"
    );
}

mod harness {
    //! The harness itself must be able to fail.

    use std::collections::BTreeMap;

    use kate::diagnostic::Severity;
    use kate::text::{RepoPath, Side};
    use kate::vfs::MemoryVfs;

    use super::check_text;
    use super::support::case::{Checked, Checker, Finding};

    /// Reports every line that contains `bad`, warns about every line that contains `odd`, and
    /// mends `bad` to `good`.
    struct Fake;

    impl Checker for Fake {
        fn check(&self, head: &MemoryVfs, base: Option<&MemoryVfs>, _rule: Option<&str>) -> Checked {
            let mut checked = Checked::default();
            let trees = [(Some(head), Side::Head), (base, Side::Base)];
            for (path, bytes, side) in trees
                .iter()
                .flat_map(|(tree, side)| tree.iter().flat_map(|t| t.iter()).map(move |(p, b)| (p, b, *side)))
            {
                for (index, line) in String::from_utf8_lossy(bytes).lines().enumerate() {
                    for (word, rule, severity) in
                        [("bad", "bad-word", Severity::Error), ("odd", "odd-word", Severity::Warning)]
                    {
                        let text = line.split('#').next().unwrap_or_default();
                        if let Some(column) = text.find(word) {
                            let message = format!("`{word}` is {word}");
                            checked.rendering.push_str(&format!("{path}:{}: {message}\n", index + 1));
                            checked.findings.push(Finding {
                                rule: rule.to_owned(),
                                severity,
                                path: path.to_string(),
                                side,
                                line: index + 1,
                                column: column + 1,
                                message,
                            });
                        }
                    }
                }
            }
            checked
        }

        fn fix(&self, head: &MemoryVfs, _base: Option<&MemoryVfs>, _rule: Option<&str>) -> MemoryVfs {
            let files: BTreeMap<&RepoPath, String> = head
                .iter()
                .map(|(path, bytes)| (path, String::from_utf8_lossy(bytes).replace(": bad", ": good")))
                .collect();
            files.into_iter().map(|(path, text)| (path.as_str(), text)).collect()
        }
    }

    fn failures(section: &str) -> String {
        let page = format!("# bad-word\n{section}");
        check_text("src/bad-word.md", page, "", false, &Fake).failures.join("\n")
    }

    fn updated(section: &str) -> String {
        check_text("src/bad-word.md", section.to_owned(), "", true, &Fake).text.expect("something to rewrite")
    }

    #[test]
    fn right_pages_pass() {
        for section in [
            "prose\n",
            "```yaml\na: good\n```\n",
            "```yaml\na: bad  # error \"is bad\"\n```\n",
            "```yaml\n# error \"is bad\"\na: bad\n```\n",
            "```yaml\n# error [bad-word] \"is bad\"\n# warning [odd-word] \"odd\"\na: [bad, odd]\n```\n",
            "```yaml\na: odd\n```\n",
            "`x/y.tf`:\n\n```hcl\na = bad # error \"bad\"\n```\n",
            "`x.yaml` (base):\n```yaml\na: bad # error \"bad\"\n```\n`x.yaml`:\n```yaml\na: good\n```\n",
            "```yaml\na: good\n```\nand\n```yaml\nb: bad # error \"bad\"\n```\n",
            "`a.json`:\n```json\n{\"a\": \"bad\"}\n```\n```snapshot\na.json:1: `bad` is bad\n```\n",
            "```yaml\na: bad # error \"bad\"\n```\n```fixed\na: good\n```\n",
        ] {
            assert_eq!(failures(section), "", "{section}");
        }
    }

    #[test]
    fn wrong_pages_fail() {
        for (section, expected) in [
            (
                "```yaml\na: bad\n```\n",
                "src/bad-word.md:3: unexpected: error [bad-word] \"`bad` is bad\" at repo.yaml:1:4",
            ),
            ("```yaml\na: good # error \"bad\"\n```\n", "src/bad-word.md:3: no such finding: error [bad-word] \"bad\""),
            ("```yaml\na: bad # warning \"bad\"\n```\n", "no such finding: warning"),
            ("```yaml\na: bad # error \"evil\"\n```\n", "no such finding"),
            ("```yaml\na: bad # error [odd-word] \"bad\"\n```\n", "no such finding"),
            ("```yaml\na: bad # error bad\n```\n", "unexpected"),
            ("```yaml\na: bad # error \"bad\n```\n", "malformed assertion"),
            ("```yaml\na: bad # error\n```\n", "malformed assertion"),
            ("```yaml\na: good\n# error \"bad\"\n```\n", "no line below"),
            ("```yaml\na: bad # error \"bad\"\n# error \"bad\"\n```\n", "no line below"),
            ("```yaml\na: bad # snapshot\n```\n", "without a `snapshot` block"),
            ("```yaml\na: bad\n```\n```snapshot\nother\n```\n", "the snapshot differs"),
            ("```yaml\na: good\n```\n```snapshot\nother\n```\n", "the snapshot differs"),
            ("```yaml\na: bad # error \"bad\"\n```\n```fixed\na: bad\n```\n", "after fixing differs"),
            (
                "```yaml\n- a: bad # error \"bad\"\n- bad # error \"bad\"\n```\n```fixed\n- a: good\n- bad\n```\n",
                "remains after fixing",
            ),
            (
                "`a.yaml`:\n```yaml\na: bad # error \"bad\"\n```\n`b.yaml` (fixed):\n```yaml\na: good\n```\n",
                "no `b.yaml` after fixing",
            ),
            (
                "`a.yaml`:\n```yaml\na: bad # error \"bad\"\n```\n`b.yaml`:\n```yaml\na: bad # error \"bad\"\n```\n\
                 `b.yaml` (fixed):\n```yaml\na: good\n```\n",
                "also changes `a.yaml`",
            ),
            ("`../a.yaml`:\n```yaml\n```\n", "no plain relative path"),
            ("`a.yaml`:\n```yaml\n```\n`a.yaml`:\n```yaml\n```\n", "twice"),
            ("`a.yaml` (bse):\n```yaml\n```\n", "no mark of a file"),
            ("```yaml\n", "not closed"),
            ("## Example\n```yaml\na: good\n```\n", "asserts no finding"),
        ] {
            let actual = failures(section);
            assert!(actual.contains(expected), "{section}\nexpected {expected}\ngot {actual}");
        }
    }

    #[test]
    fn snapshots_and_fixed_blocks_are_rewritten() {
        assert_eq!(
            updated("# bad-word\n```yaml\na: bad # snapshot\n```\n\n# b\n```yaml\nb: bad\n```\n```snapshot\n```\n"),
            "# bad-word\n```yaml\na: bad # snapshot\n```\n\n```snapshot\nrepo.yaml:1: `bad` is bad\n```\n\n\
             # b\n```yaml\nb: bad\n```\n```snapshot\nrepo.yaml:1: `bad` is bad\n```\n",
        );
        assert_eq!(
            updated("# bad-word\n```yaml\na: bad # error \"bad\"\n```\n```fixed\n?\n```\n"),
            "# bad-word\n```yaml\na: bad # error \"bad\"\n```\n```fixed\na: good\n```\n",
        );
    }
}

/// What objects name otherwise than by the name of an object has a case in the page of its rule.
#[test]
fn every_case_of_the_table_of_references_stands_in_a_page() {
    let mut failures = String::new();
    let pages = pages::all();
    let text = include_str!("data/reference-cases.tsv");
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let columns: Vec<&str> = line.split('\t').collect();
        let [_, rule, heading] = columns[..] else { panic!("three columns: {line}") };
        if rule == "-" {
            continue;
        }
        let page = pages.iter().find(|page| pages::own_rule(page).as_deref() == Some(rule));
        let read = |page: &String| {
            fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(page)).expect("a page that was listed")
        };
        let text = page.map(read).unwrap_or_default();
        let at = text.find(&format!("## {heading}\n"));
        let case = at.map(|at| text[at..].split("\n## ").next().unwrap_or_default());
        let case = case.map(|case| case.split("\n### ").next().unwrap_or_default());
        let is_asserted = |case: &str| ["# error", "# warning", "# info"].iter().any(|mark| case.contains(mark));
        if !case.is_some_and(is_asserted) {
            writeln!(failures, "{line}: the page of `{rule}` has no such case with a finding")
                .expect("writing to a string");
        }
    }
    assert!(failures.is_empty(), "\n{failures}");
}
