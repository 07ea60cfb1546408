//! What users of the tree see: places, recovery, duplicate keys, aliases, messages.

use std::fmt::Write as _;
use std::sync::Arc;

use super::*;
use crate::syntax::{SyntaxError, SyntaxErrorKind};
use crate::text::FileId;
use crate::value::{Data, Origin, Step};

fn read(text: &str) -> Parsed {
    parse(FileId(0), &Arc::from(text))
}

fn slice(text: &str, span: Span) -> &str {
    &text[span.range()]
}

/// Kind and place of errors, with the related place.
fn faults(text: &str) -> Vec<String> {
    let show = |error: &SyntaxError| {
        let mut line =
            format!("{:?} `{}` at {}: {}", error.kind, slice(text, error.span), error.span.start, error.message);
        if let Some((span, why)) = &error.related {
            let _ = write!(line, " ({why}: {})", span.start);
        }
        line
    };
    read(text).errors.iter().map(show).collect()
}

/// All nodes of the first document, each as its source.
fn sources(text: &str) -> Vec<String> {
    fn walk(node: NodeRef<'_>, found: &mut Vec<String>) {
        found.push(node.source().to_owned());
        node.children().for_each(|child| walk(child, found));
    }
    let parsed = read(text);
    assert!(parsed.errors.is_empty(), "{text}: {:?}", parsed.errors);
    let mut found = Vec::new();
    walk(parsed.stream.documents[0].root().expect("a sound document"), &mut found);
    found
}

#[test]
fn spans_are_exact() {
    let cases: &[(&str, &[&str])] = &[
        ("a: 'it''s' # c\n", &["a: 'it''s'", "a", "'it''s'"]),
        (
            "a:\n- 1\n- x: 2\n\n# c\nb:\n",
            &["a:\n- 1\n- x: 2\n\n# c\nb:", "a", "- 1\n- x: 2", "1", "x: 2", "x", "2", "b", ""],
        ),
        ("a:\n  -\n  - - b\n", &["a:\n  -\n  - - b", "a", "-\n  - - b", "", "- b", "b"]),
        ("a: &x !!seq # -\n- 1\n", &["a: &x !!seq # -\n- 1", "a", "- 1", "1"]),
        (
            "a: | # why > not\n\n  x\n\n\nb: 1\n",
            &["a: | # why > not\n\n  x\n\n\nb: 1", "a", "| # why > not\n\n  x", "b", "1"],
        ),
        ("a: &x !!str\n  >2-\n   x\n", &["a: &x !!str\n  >2-\n   x", "a", ">2-\n   x"]),
        ("a: |\nb: >-\n", &["a: |\nb: >-", "a", "|", "b", ">-"]),
        ("{a: [1, {b: }], c}\n", &["{a: [1, {b: }], c}", "a", "[1, {b: }]", "1", "{b: }", "b", "", "c", ""]),
        ("\u{feff}a: é\r\nb: x\r\n  y\r\n", &["a: é\r\nb: x\r\n  y", "a", "é", "b", "x\r\n  y"]),
        ("--- # c\n&a !t\na: 1\n...\n", &["a: 1", "a", "1"]),
        ("a: 1\rb: 2\r", &["a: 1\rb: 2", "a", "1", "b", "2"]),
    ];
    for (text, expected) in cases {
        assert_eq!(sources(text), *expected, "{text:?}");
    }
}

#[test]
fn one_broken_document_does_not_lose_the_others() {
    let text = "a: 1\n---\nb: [1\n---\nc: 3\n---\nd: @\n";
    let parsed = read(text);
    let documents = &parsed.stream.documents;
    let shown: Vec<_> = documents.iter().map(|d| (slice(text, d.span), d.broken.is_some())).collect();
    assert_eq!(shown, [("a: 1", false), ("b: [1", true), ("c: 3", false), ("d: @", true)]);
    assert_eq!(documents[2].value(Schema::Kubernetes).at(&["c"]).and_then(Value::as_int), Some(3));
    assert!(documents[1].value(Schema::Kubernetes).unknown().is_some());
    assert_eq!(parsed.errors.len(), 2);
    assert_eq!(read("---\n---\n# c\n---\n").stream.documents.len(), 0);
    assert_eq!(read("{\"a\": 1}\n{\"a\": 2}\n").stream.documents.len(), 2);
}

#[test]
fn faults_are_explained_where_they_are() {
    let cases: &[(&str, &[&str])] = &[
        ("a: [1, 2\n", &["Invalid `[1,` at 3: this `[` is never closed"]),
        ("a:\n\t- b\n", &["Invalid `-` at 4: a tab is used for indentation; YAML allows spaces only"]),
        ("a: @x\n", &["Invalid `@x` at 3: a text that starts with `@` needs quotes"]),
        ("a: 'x\n", &["Invalid `'x` at 3: this quote is never closed"]),
        ("a: *b\n", &["Invalid `*b` at 3: no anchor `&b` before this alias"]),
        ("a: &a [*a]\n", &["Invalid `*a` at 7: alias `*a` stands for a node that holds the alias"]),
        ("a: \u{1}\n", &["Invalid `\u{1}` at 3: control character U+0001 is not allowed"]),
        ("a: 1\nb: 2\n\"a\": 3\n", &["DuplicateKey `\"a\"` at 10: key `a` is given twice (first given here: 0)"]),
        (
            "yes: 1\non: 2\n",
            &["DuplicateKey `on` at 7: keys `yes` and `on` are both read as `true` (first given here: 0)"],
        ),
        ("a: &x {<<: {}, <<: {}}\nb: &x 1\nc: {!!merge <<: {}}\n", &[]),
    ];
    for (text, expected) in cases {
        assert_eq!(faults(text), *expected, "{text:?}");
    }
    let many: String = (0..40).map(|at| format!("k{at}: 1\n")).chain(["k7: 2\n".to_owned()]).collect();
    assert_eq!(faults(&many).len(), 1);
}

#[test]
fn nesting_has_a_clear_limit() {
    for open in ["[", "- ", "{a: ", "? "] {
        let parsed = read(&open.repeat(10_000));
        assert_eq!(parsed.errors.len(), 1, "{open}");
        assert_eq!(parsed.errors[0].kind, SyntaxErrorKind::Limit, "{open}");
        assert!(parsed.stream.documents[0].value(Schema::Kubernetes).unknown().is_some());
    }
}

#[test]
fn comments_are_kept_in_order() {
    let text = "# one\na: 1 # two\n# three\n---\n  # four\nb: '# no'\nc: |\n  # no\n";
    let parsed = read(text);
    let shown: Vec<_> = parsed.comments.iter().map(|c| (slice(text, c.span), c.own_line)).collect();
    assert_eq!(shown, [("# one", true), ("# two", false), ("# three", true), ("# four", true)]);
    let many = format!("a:\n{}  b: 1\n", "  # x\n".repeat(1_000));
    assert_eq!(read(&many).comments.len(), 1_000);
    assert!(read(&many).errors.is_empty());
}

#[test]
fn aliases_and_merge_keys_keep_their_origins() {
    let text = "a: &x\n  p: 1\n  q: 2\nb: *x\nc:\n  <<: *x\n  q: 3\n";
    let parsed = read(text);
    let value = parsed.stream.documents[0].value(Schema::Kubernetes);
    let b = value.get("b").expect("b");
    let Origin::Derived(step) = &b.origin else { panic!("{:?}", b.origin) };
    assert_eq!((step.step, slice(text, step.at), slice(text, b.span())), (Step::Alias, "*x", "p: 1\n  q: 2"));
    assert_eq!(value.at(&["b", "p"]).map(|p| slice(text, p.span())), Some("1"));
    let merged = value.get("c").and_then(Value::as_map).and_then(|c| c.entry("p")).expect("p");
    let Origin::Derived(step) = &merged.key_origin else { panic!("{:?}", merged.key_origin) };
    assert_eq!((slice(text, step.at), slice(text, merged.key_origin.span())), ("*x", "p"));
    assert_eq!(value.at(&["c", "q"]).and_then(Value::as_int), Some(3));
}

#[test]
fn the_last_line_of_a_file_ends_for_kubectl_only() {
    for (text, kubernetes, kustomize) in [
        ("a: |\n  x", "x\n", "x"),
        ("a: |-\n  x", "x", "x"),
        ("a: >2+\n  x  ", "x  \n", "x  "),
        ("a: |\n  x\n", "x\n", "x\n"),
    ] {
        let parsed = read(text);
        let a = |schema| parsed.stream.documents[0].value(schema).str_at(&["a"]).map(str::to_owned);
        assert_eq!(a(Schema::Kubernetes).as_deref(), Some(kubernetes), "{text:?}");
        assert_eq!(a(Schema::Kustomize).as_deref(), Some(kustomize), "{text:?}");
    }
}

#[test]
fn alias_bombs_cost_little() {
    let mut text = "a0: &a0 x\n".to_owned();
    for at in 1..30 {
        let _ = writeln!(text, "a{at}: &a{at} [{}]", vec![format!("*a{}", at - 1); 10].join(", "));
    }
    let value = read(&text).stream.documents[0].value(Schema::Kubernetes);
    let last = value.get("a29").and_then(|list| list.items().first());
    assert!(matches!(last.map(|item| &item.data), Some(Data::Unknown(_))), "{last:?}");
    assert_eq!(value.get("a3").map(|list| list.items().len()), Some(10));
}

#[test]
fn nodes_are_found_for_editing() {
    let text =
        "spec:\n  list:\n    - name: a\n      image: 'x'\n  flow: {k: [1, v]}\n  base: &b\n    k: 1\n  use: *b\n";
    let parsed = read(text);
    let document = &parsed.stream.documents[0];
    let node = document.node_at(&["spec".into(), "list".into(), 0.into(), "image".into()]).expect("a node");
    assert_eq!((node.text(), node.style(), node.source()), (Some("x"), Style::SingleQuoted, "'x'"));
    assert_eq!(slice(text, scalar_content_span(text, node.span())), "x");
    assert_eq!(node.key_span().map(|span| slice(text, span)), Some("image"));
    let parent = node.parent().expect("a map");
    assert_eq!((parent.kind(), parent.style(), parent.column()), (NodeKind::Mapping, Style::Block, 6));
    assert_eq!(document.node_with_span(node.span()), Some(node));
    assert!(!node.is_anchored_or_alias());

    let v = document.node_at(&["spec".into(), "flow".into(), "k".into(), 1.into()]).expect("a node");
    assert_eq!((v.text(), v.parent().map(NodeRef::style)), (Some("v"), Some(Style::Flow)));
    let shared = document.node_at(&["spec".into(), "base".into(), "k".into()]).expect("a node");
    assert!(shared.is_anchored_or_alias());
    let base = shared.parent().expect("a map");
    assert_eq!(base.anchor_span().map(|span| slice(text, span)), Some("&b"));
    let alias = document.node_at(&["spec".into(), "use".into()]).expect("a node");
    assert_eq!((alias.kind(), alias.target()), (NodeKind::Alias, Some(base)));
    assert_eq!(document.node_at(&["spec".into(), "none".into()]), None);
}

#[test]
fn a_node_stays_small() {
    assert!(size_of::<tree::Node>() <= 24, "{}", size_of::<tree::Node>());
}
