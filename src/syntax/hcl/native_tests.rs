use super::super::{Body, Expression, ExpressionKind, TemplatePart, TraversalStep, parse};
use crate::syntax::{SyntaxError, SyntaxErrorKind};
use crate::text::{Comment, FileId, Span};

fn read(text: &str) -> (Body, Vec<SyntaxError>, Vec<Comment>) {
    let (mut errors, mut comments) = (Vec::new(), Vec::new());
    let body = parse(FileId(0), text, false, &mut errors, &mut comments);
    (body, errors, comments)
}

fn clean(text: &str) -> Body {
    let (body, errors, _) = read(text);
    assert!(errors.is_empty(), "{errors:?}\n{text}");
    body
}

fn slice(text: &str, span: Span) -> &str {
    &text[span.range()]
}

#[test]
fn spans_are_exact() {
    let text = "# é\r\nresource \"aws_s3_bucket\" \"b\" {\r\n  tags = { Name = \"x-${var.a.b[0]}\" }\r\n}\r\n";
    let body = clean(text);
    let block = &body.blocks[0];
    assert_eq!(slice(text, block.kind_span), "resource");
    assert_eq!(slice(text, block.labels[1].span), "b");
    assert!(slice(text, block.span).ends_with('}'));
    let tags = &block.body.attributes[0];
    assert_eq!(slice(text, tags.name_span), "tags");
    let ExpressionKind::Object(items) = &tags.value.kind else { panic!() };
    assert_eq!(slice(text, items[0].key.span), "Name");
    assert_eq!(slice(text, items[0].value.span), "\"x-${var.a.b[0]}\"");
    let ExpressionKind::Template(parts) = &items[0].value.kind else { panic!() };
    let TemplatePart::Interpolation(Expression { kind: ExpressionKind::Traversal(traversal), span }) = &parts[1] else {
        panic!()
    };
    assert_eq!(slice(text, *span), "var.a.b[0]");
    let TraversalStep::Attribute(name, at) = &traversal.steps[1] else { panic!() };
    assert_eq!((name.as_str(), slice(text, *at)), ("b", "b"));
}

#[test]
fn what_terraform_reads_is_read() {
    for text in [
        "\u{feff}a = 1\n",
        "a = [for k, v in var.x\n != null ? var.x\n : {} : k]\n",
        "a = [for\r\n k in var.x : k]\r\n",
        "a = (var.x\n  || var.y # why\n  && var.z)\n",
        "a = {\n for k, v in\n var.x : k\n => v\n if v\n != null }\n",
        "a = max(\n 1,\n 2,\n)\n",
        "a = <<EOT\n${var.x} \"{[\nEOT\nb = 1\n",
        "a = \"s3://b/*\" /* c */\n",
        "a = [<<A\nx\nA\n, <<B\ny\nB\n]\n",
        "a = \"${\"${\"x\"}\"}\"\n",
        "a = provider::x::f(1)\n",
        "a = [\"x\"]\n\n\n",
        "",
        "variable a {}\n",
        "a = var.x.*.y[0].z\n",
        "a = \"%{ if var.x ~} y %{ else }n%{ endif }\"\n",
    ] {
        clean(text);
    }
}

#[test]
fn repeated_keys_are_read_and_reported() {
    let text = "a = { x = 1, \"x\" = 2, y = { x = 1 }, x = 3 }\nb = 2\n";
    let (body, errors, _) = read(text);
    let ExpressionKind::Object(items) = &body.attributes[0].value.kind else { panic!() };
    assert_eq!(items.len(), 4);
    assert_eq!(items[3].key.kind, ExpressionKind::Variable("x".into()));
    assert_eq!(body.attributes.len(), 2);
    let kinds: Vec<_> = errors.iter().map(|error| (error.kind, slice(text, error.span))).collect();
    assert_eq!(kinds, [(SyntaxErrorKind::DuplicateKey, "\"x\""), (SyntaxErrorKind::DuplicateKey, "x")]);
    assert!(body.broken.is_empty());
}

#[test]
fn a_broken_block_costs_only_itself() {
    for (text, at, kept) in [
        ("a \"x\" {\n  b = = 1\n}\nc \"y\" {\n  d = 2\n}\n", "=", vec!["c"]),
        ("resource \"x\" \"y\" {\n  b = [1\n\nvariable \"z\" {\n}\nlocals {\n}\n", "{", vec!["variable", "locals"]),
        ("resource \"x\" \"y\" {\n  b = \"abc\n}\nvariable \"z\" {\n}\n", "\"", vec!["variable"]),
        ("output \"a\" {\n  value = <<EOT\n x\n}\nvariable \"z\" {}\n", "{", vec!["variable"]),
        ("}\nvariable \"z\" {}\n", "}", vec!["variable"]),
        ("variable \"z\" {}\nlocals {\n  a = {\n}\n", "{", vec!["variable"]),
    ] {
        let (body, errors, _) = read(text);
        let kinds: Vec<_> = body.blocks.iter().map(|block| block.kind.as_str()).collect();
        assert_eq!(kinds, kept, "{text}");
        assert_eq!(errors.len(), 1, "{errors:?}\n{text}");
        assert_eq!(slice(text, errors[0].span), at, "{errors:?}\n{text}");
        assert_eq!(body.broken.len(), 1);
    }
}

#[test]
fn a_template_of_terraform_is_not_wrong() {
    let (body, errors, _) = read("a = <SERVERS>\nb = 1\n");
    assert!(errors.is_empty());
    assert_eq!((body.attributes.len(), body.broken.len()), (1, 1));
}

#[test]
fn comments_are_found_outside_of_strings() {
    let text = "# a\nb = \"#no\" // c\nd = <<E\n# no\nE\n/* e\nf */ g = \"${1 /* h */}\"\n";
    let (_, errors, comments) = read(text);
    assert!(errors.is_empty(), "{errors:?}");
    let found: Vec<_> = comments.iter().map(|comment| (slice(text, comment.span), comment.own_line)).collect();
    assert_eq!(found, [("# a", true), ("// c", false), ("/* e\nf */", true), ("/* h */", false)]);
}

#[test]
fn hostile_text_is_refused_cleanly() {
    for text in [
        format!("a = {}", "[".repeat(100_000)),
        format!("a = {}1{}", "(".repeat(5000), ")".repeat(5000)),
        "a {\n".repeat(20_000),
        format!("a = {}", "!".repeat(100_000)),
        format!("a = {}1", "1 + ".repeat(50_000)),
        format!("a = {}", "\"${".repeat(50_000)),
        format!("a = {}", "x ? ".repeat(20_000)),
        format!("a = {{{}}}", "x = 1, ".repeat(5_000)),
        format!("a = x{}", ".b".repeat(100_000)),
        "\0".to_owned(),
        "a = \"\\".to_owned(),
        "a = <<".to_owned(),
        "a = <<E\n".to_owned(),
        "a = \"$".to_owned(),
        "\u{feff}".to_owned(),
        "a = /*".to_owned(),
    ] {
        read(&text);
    }
}

/// Ten thousand mutations of a file that has everything: no panic, all spans within the text.
#[test]
fn mutated_text_never_panics() {
    let seed = include_str!("../../../tests/data/everything.tf");
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move |bound: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % (bound.max(1) as u64)).unwrap_or(0)
    };
    let pieces = [
        "{", "}", "[", "]", "(", ")", "\"", "${", "%{", "<<E\n", "\n", "\r\n", "#", "/*", "*/", "=", ".", "é", "\\",
        "for ", "?",
    ];
    let blocks: Vec<&str> = seed.split("\n\n").collect();
    for _ in 0..10_000 {
        let mut text: Vec<char> = blocks[next(blocks.len())].chars().collect();
        for _ in 0..=next(3) {
            let at = next(text.len());
            match next(3) {
                0 => drop(text.drain(at..(at + 1 + next(4)).min(text.len()))),
                1 => drop(text.splice(at..at, pieces[next(pieces.len())].chars())),
                _ => {
                    let from = next(text.len());
                    let copy: Vec<char> = text[from..(from + next(20)).min(text.len())].to_vec();
                    drop(text.splice(at..at, copy));
                }
            }
        }
        let text: String = text.into_iter().collect();
        for json in [false, true] {
            let (mut errors, mut comments) = (Vec::new(), Vec::new());
            let body = parse(FileId(0), &text, json, &mut errors, &mut comments);
            for span in errors.iter().map(|error| error.span).chain(comments.iter().map(|comment| comment.span)) {
                assert!(text.get(span.range()).is_some(), "{span:?} in {text:?}");
            }
            assert!(
                errors.iter().all(|error| error.kind == SyntaxErrorKind::DuplicateKey)
                    || !body.broken.is_empty()
                    || json
            );
        }
    }
}
