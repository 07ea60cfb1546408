//! Ignores and the baseline, on files that the real parsers have read.
//!
//! A small rule stands in for all others: each word `bad` is a finding of `bad-value`, each `worse`
//! one of `worse-value`, each `fatal` one of `fatal-value`, which no comment may hide.

#[path = "../xtask/src/fuzz_suppress.rs"]
mod fuzz_suppress;

use std::borrow::Cow;
use std::sync::Arc;

use kate::diagnostic::{
    Applicability, Confidence, Diagnostic, Edit, FixAvailability, Group, RuleId, RuleMeta, Severity, Status,
};
use kate::suppress::{AnnotationIgnore, Baseline, Date, Filter, Filtered, RULES, Verdict, new_findings};
use kate::syntax::{self, ParsedFile};
use kate::text::{FileId, RepoPath, Side, SourceFile, Sources, Span};

struct Setup {
    files: Vec<(&'static str, String)>,
    annotations: Vec<(&'static str, &'static str)>,
    ignores: bool,
    ran: &'static [&'static str],
    off: &'static [&'static str],
    only: &'static [&'static str],
    baseline: Option<String>,
}

impl Default for Setup {
    fn default() -> Self {
        let ran = &["bad-value", "worse-value", "fatal-value"];
        let (files, annotations) = (Vec::new(), Vec::new());
        Self { files, annotations, ignores: true, ran, off: &[], only: &[], baseline: None }
    }
}

struct Done {
    sources: Sources,
    found: Vec<Diagnostic>,
    filtered: Filtered,
}

impl Done {
    /// "path:line rule" of each finding that is kept.
    fn kept(&self) -> Vec<String> {
        let tell = |diagnostic: &Diagnostic| {
            let file = self.sources.get(diagnostic.primary_span().file);
            let line = file.position(diagnostic.primary_span().start as usize).line;
            format!("{}:{line} {}", file.path, diagnostic.rule)
        };
        self.filtered.kept.iter().map(tell).collect()
    }
}

fn rules() -> Vec<RuleMeta> {
    let rule = |id: &'static str, ignorable| RuleMeta {
        id: RuleId::new(id),
        summary: Cow::Borrowed("a bad value"),
        group: Group::Kubernetes,
        level: Severity::Error,
        enabled: true,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "0.1.0",
        fix: FixAvailability::None,
        security_severity: None,
        ignorable,
        docs: Cow::Borrowed(""),
    };
    vec![rule("bad-value", true), rule("worse-value", true), rule("fatal-value", false), rule("silent-rule", true)]
}

fn run(setup: &Setup) -> Done {
    let rules = rules();
    let metas: Vec<&RuleMeta> = rules.iter().collect();
    let mut sources = Sources::default();
    let mut parsed: Vec<ParsedFile> = Vec::new();
    let mut found = Vec::new();
    let texts = setup.files.iter().map(|(path, text)| (*path, text.as_str()));
    for (path, text) in texts.chain(setup.baseline.as_deref().map(|text| ("kate-baseline.json", text))) {
        let path = RepoPath::new(path).expect("inside");
        let id = sources.next_id();
        let source = SourceFile::new(id, path, Arc::from(text), Side::Head, true);
        let source = Arc::new(source);
        sources.push(Arc::clone(&source));
        parsed.push(syntax::parse(source));
        for (meta, word) in metas.iter().zip(["bad", "worse", "fatal"]) {
            for (at, _) in text.match_indices(&format!(" {word}")) {
                let span = Span::new(id, at + 1, at + 1 + word.len());
                if text[span.range().end..].starts_with('-') {
                    continue; // the name of the rule
                }
                let block = text[at..].find("}").map_or(span.end as usize, |end| at + end);
                let hidden = Span::new(id, at + 1, if text[at + 1..].starts_with("bad {") { block } else { at + 1 });
                found.push(Diagnostic::new(meta, span, format!("{word} value"), "x").hidden(hidden));
            }
        }
    }
    let annotations: Vec<AnnotationIgnore> = setup
        .annotations
        .iter()
        .map(|(path, value)| {
            let file = sources.iter().find(|file| file.path.as_str() == *path).expect("added");
            let at = file.text.find(value).expect("the value is in the file");
            let covers = vec![Span::new(file.id, 0, file.text.len())];
            AnnotationIgnore {
                value: (*value).to_owned(),
                span: Span::new(file.id, at, at + value.len()),
                covers,
                peer: false,
            }
        })
        .collect();
    let baseline =
        setup.baseline.as_ref().map(|_| Baseline::read(&parsed[setup.files.len()].source).expect("a baseline"));
    let only: Vec<RepoPath> = setup.only.iter().map(|path| RepoPath::new(path).expect("inside")).collect();
    let filter = Filter {
        rules: &metas,
        ran: &|rule| setup.ran.contains(&rule.as_str()),
        verdict: &|rule, _| if setup.off.contains(&rule.id.as_str()) { Verdict::Off } else { Verdict::AsFound },
        files: &|id: FileId| parsed.get(id.0 as usize),
        annotations: &annotations,
        ignores: setup.ignores,
        peers: false,
        baseline: baseline.as_ref(),
        only: &only,
        today: Date::parse("2026-06-15"),
    };
    let filtered = filter.apply(&sources, found.clone());
    Done { sources, found, filtered }
}

fn one(path: &'static str, text: &str) -> Setup {
    Setup { files: vec![(path, text.to_owned())], ..Setup::default() }
}

#[test]
fn comments_in_yaml() {
    for (text, expected) in [
        ("a: bad\n", &["f.yaml:1 bad-value"][..]),
        ("a: bad # kate: ignore[bad-value] why\n", &[]),
        ("# kate: ignore[bad-value] why\na: bad\n", &[]),
        ("a: bad # kate: ignore[worse-value] why\n", &["f.yaml:1 bad-value", "f.yaml:1 unused-ignore"]),
        ("a: bad # kate: ignore[bad-value, worse-value] why\n", &["f.yaml:1 unused-ignore"]),
        ("# kate: ignore[bad-value] why\n# kate: ignore[worse-value] why\na: [ bad, worse]\n", &[]),
        ("# kate: ignore[bad-value] why\n# a word of explanation\na: bad\n", &[]),
        ("# kate: ignore[bad-value] why\n\na: bad\n", &["f.yaml:1 unused-ignore", "f.yaml:3 bad-value"]),
        ("a: 1 # kate: ignore[bad-value] why\nb: bad\n", &["f.yaml:1 unused-ignore", "f.yaml:2 bad-value"]),
        ("a: bad # kate: ignore[bad-value]\n", &["f.yaml:1 ignore-without-reason"]),
        ("a: bad # kate: ignore[bda-value] why\n", &["f.yaml:1 bad-value", "f.yaml:1 unknown-rule-in-ignore"]),
        ("a: bad # kate: ignore why\n", &["f.yaml:1 bad-value", "f.yaml:1 invalid-ignore"]),
        ("a: fatal # kate: ignore[fatal-value] why\n", &["f.yaml:1 fatal-value", "f.yaml:1 invalid-ignore"]),
        ("a: 1 # kate: ignore[silent-rule] why\n", &[]),
        ("a: bad # kate: ignore[bad-value] until=2026-06-15 why\n", &[]),
        ("a: bad # kate: ignore[bad-value] until=2026-06-14 why\n", &["f.yaml:1 bad-value", "f.yaml:1 expired-ignore"]),
        // Text that looks like a comment is text.
        ("a: |\n  # kate: ignore[bad-value] why\n  x: bad\n", &["f.yaml:3 bad-value"]),
        ("a: \"# kate: ignore[bad-value] why\"\nb: bad\n", &["f.yaml:2 bad-value"]),
        ("# kate: ignore-file[bad-value] why\na: bad\nb: [ bad]\n", &[]),
        ("---\n# licence\n\n# kate: ignore-file[bad-value] why\na: bad\n", &[]),
        ("a: bad\n# kate: ignore-file[bad-value] why\n", &["f.yaml:1 bad-value", "f.yaml:2 invalid-ignore"]),
        ("a: bad\r\n# kate: ignore[bad-value] why\r\nb: bad\r\n", &["f.yaml:1 bad-value"]),
        // What was lost may be what the ignore hides.
        ("a: 1 # kate: ignore[bad-value] why\n---\nb: [\n", &[]),
    ] {
        assert_eq!(run(&one("f.yaml", text)).kept(), expected, "{text}");
    }
}

#[test]
fn comments_in_terraform() {
    for (text, expected) in [
        ("a = bad # kate: ignore[bad-value] why\n", &[][..]),
        ("// kate: ignore[bad-value] why\na = bad\n", &[]),
        ("/* kate: ignore[bad-value] why */ a = bad\n", &[]),
        ("/* kate: ignore[bad-value] why\n   and more */\na = bad\n", &[]),
        // Anywhere within a place of the finding, also one that is not shown.
        ("x bad {\n  a = 1\n  # kate: ignore[bad-value] why\n}\n", &[]),
        ("a = <<E\n# kate: ignore[bad-value] why\n bad\nE\n", &["f.tf:3 bad-value"]),
    ] {
        assert_eq!(run(&one("f.tf", text)).kept(), expected, "{text}");
    }
}

#[test]
fn ignores_count_and_can_be_switched_off() {
    let text = "a: bad # kate: ignore[bad-value] why\nb: worse # kate: ignore[bad-value]\n";
    let done = run(&one("f.yaml", text));
    assert_eq!((done.filtered.by_comment, done.filtered.by_annotation), (1, 0));
    let done = run(&Setup { ignores: false, ..one("f.yaml", text) });
    assert_eq!(done.kept(), ["f.yaml:1 bad-value", "f.yaml:2 worse-value"]);
    let done = run(&Setup { ran: &["worse-value"], ..one("f.yaml", text) });
    assert!(!done.kept().iter().any(|finding| finding.ends_with("unused-ignore")), "the rule has not run");
    let done = run(&Setup { off: &["bad-value", "ignore-without-reason"], ..one("f.yaml", text) });
    assert_eq!(done.kept(), ["f.yaml:2 worse-value"], "a rule that is off has no unused ignores");
}

#[test]
fn annotations() {
    let text = "metadata:\n  annotations:\n    kate.dev/ignore: bad-value: made by hand\nspec: bad\n";
    let setup = Setup { annotations: vec![("f.txt", "bad-value: made by hand")], ..one("f.txt", text) };
    let done = run(&setup);
    assert_eq!((done.kept().as_slice(), done.filtered.by_annotation), (&[][..], 1));
    let setup =
        Setup { annotations: vec![("f.txt", "bad-value: made by hand")], ..one("f.txt", "bad-value: made by hand") };
    assert_eq!(run(&setup).kept(), ["f.txt:1 unused-ignore"]);
}

#[test]
fn only_filters_what_is_reported() {
    let files = vec![
        ("a/f.yaml", "a: bad\n".to_owned()),
        ("b/f.yaml", "a: bad\nb: bad # kate: ignore[bad-value] x\n".to_owned()),
    ];
    let done = run(&Setup { files, only: &["a"], ..Setup::default() });
    assert_eq!((done.kept(), done.filtered.by_comment), (vec!["a/f.yaml:1 bad-value".to_owned()], 0));
}

/// Removing what `unused-ignore` says leaves a file that says nothing.
#[test]
fn fixes_of_unused_ignores_remove_just_them() {
    for (text, expected) in [
        ("a: 1\n# kate: ignore[bad-value] why\nb: 2\n", "a: 1\nb: 2\n"),
        ("a: 1 # kate: ignore[bad-value] why\r\nb: 2\r\n", "a: 1\r\nb: 2\r\n"),
        ("a: 1 # see below # kate: ignore[bad-value] why\n", "a: 1 # see below\n"),
        ("a: bad # kate: ignore[bda-value] why\n", "a: bad # kate: ignore[bad-value] why\n"),
    ] {
        let done = run(&one("f.yaml", text));
        let fix = done.filtered.kept.iter().flat_map(|diagnostic| &diagnostic.fixes).next().expect("a fix");
        let [Edit::Replace { span, text: new }] = &fix.edits[..] else { panic!("one edit") };
        let mut mended = text.to_owned();
        mended.replace_range(span.range(), new);
        assert_eq!((mended.as_str(), fix.applicability), (expected, Applicability::Safe));
    }
}

#[test]
fn a_baseline_hides_what_it_holds_and_no_more() {
    let before = run(&one("f.yaml", "a: bad\nb: bad\nc: worse\n"));
    let baseline = Baseline::write(&before.found, &before.sources);
    assert!(!baseline.contains("line") && baseline.lines().filter(|line| line.contains("\"rule\"")).count() == 2);

    let now = |text: &str| run(&Setup { baseline: Some(baseline.clone()), ..one("f.yaml", text) });
    let same = now("# moved\n\na: bad\nb: bad\nc: worse\n");
    assert_eq!((same.kept().len(), same.filtered.by_baseline), (0, 3));
    assert_eq!(now("a: bad\nb: bad\nc: worse\nd: bad\n").kept(), ["f.yaml:4 bad-value"]);
    let less = now("a: bad\nb: bad\n");
    assert_eq!(less.kept().len(), 1);
    assert!(less.kept()[0].starts_with("kate-baseline.json:") && less.kept()[0].ends_with("stale-baseline"));

    let file = less.sources.iter().last().expect("the baseline's file");
    let loaded = Baseline::read(file).expect("a baseline");
    let pruned = loaded.prune(&less.found, &less.sources, &|_| true);
    assert_eq!(run(&Setup { baseline: Some(pruned), ..one("f.yaml", "a: bad\nb: bad\n") }).kept().len(), 0);
    assert_eq!(loaded.prune(&[], &less.sources, &|_| false), baseline, "what has not run is not gone");
    assert_eq!(Baseline::write(&[], &less.sources), "{\n  \"version\": 1,\n  \"findings\": {}\n}\n");
}

#[test]
fn a_broken_baseline_is_explained() {
    for (text, line, expected) in [
        ("", 1, "not a baseline: EOF while parsing a value"),
        ("{\"version\": 2, \"findings\": {}}", 1, "the baseline has version 2; this kate reads 1"),
        ("{\n  \"findings\": []\n}", 2, "not a baseline: invalid type: sequence, expected a map"),
        ("{\n<<<<<<< HEAD\n", 2, "the baseline holds an unresolved merge"),
        (
            "{\"version\": 1, \"findings\": {\"x\": {\"rule\": 1}}}",
            1,
            "not a baseline: invalid type: integer `1`, expected a string",
        ),
    ] {
        let path = RepoPath::new("kate-baseline.json").expect("inside");
        let file = SourceFile::new(FileId(0), path, Arc::from(text), Side::Head, true);
        let error = Baseline::read(&file).expect_err("not a baseline");
        assert_eq!((error.message.as_str(), file.position(error.span.start as usize).line), (expected, line));
    }
}

#[test]
fn only_changed_counts() {
    let base = run(&one("f.yaml", "a: bad\nb: worse\n"));
    let head = run(&one("f.yaml", "x: 1\na: bad\nc: bad\n"));
    let base = base.found.iter().map(|diagnostic| diagnostic.fingerprint(&base.sources)).collect::<Vec<_>>();
    let new = new_findings(head.found.clone(), &head.sources, base);
    assert_eq!(new, head.found[1..], "base has one of the two");
}

#[test]
fn rules_about_ignores_are_ordered_and_explained() {
    assert!(RULES.is_sorted_by_key(|rule| rule.id.as_str()));
    for rule in RULES {
        for heading in ["What it does", "Why is this bad?", "Example", "Use instead", "Known limits"] {
            assert!(rule.docs.contains(&format!("\n## {heading}\n")), "{}: {heading}", rule.id);
        }
    }
}

#[test]
fn mutated_comments_neither_crash_nor_mislead() {
    fuzz_suppress::run(10_000, 1);
}
