//! Input that was made to hurt: the program ends by itself, says nothing that steers a terminal, a
//! log or a page, and reads nothing outside the checked directory.

#![cfg(unix)]
#![allow(clippy::disallowed_methods, reason = "tests run the program")]

#[path = "support/program.rs"]
mod program;

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::process::Command;

use program::{Run, Scratch};

const FORMATS: [&str; 9] = ["full", "concise", "json", "json-lines", "sarif", "github", "gitlab", "junit", "markdown"];

/// No panic, no error of usage, and nothing but text.
fn assert_harmless(run: &Run, what: &str) {
    let start: String = run.shown().chars().take(2000).collect();
    assert!(matches!(run.code, 0 | 1), "{what}: {}", start.escape_debug());
    for text in [&run.stdout, &run.stderr] {
        let raw = text
            .chars()
            .find(|c| (c.is_control() && !matches!(c, '\n' | '\t')) || ('\u{202a}'..='\u{202e}').contains(c));
        assert_eq!(raw, None, "{what}: {}", start.escape_debug());
    }
}

fn pod(name: &str, account: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: web}}\nspec:\n  serviceAccountName: {account}\n  \
         containers: [{{name: web, image: web}}]\n"
    )
}

#[test]
fn strange_trees() {
    let scratch = Scratch::new(&[("ok.yaml", &pod("ok", "nobody")), (".git", "gitdir: /nonexistent\n")]);
    let at = |name: &str| scratch.path().join(name);
    assert!(Command::new("mkfifo").arg(at("pipe.yaml")).status().expect("mkfifo runs").success());
    symlink(".", at("loop")).expect("a link");
    symlink("b", at("a")).expect("a link");
    symlink("a", at("b")).expect("a link");
    symlink("/etc", at("out")).expect("a link");
    symlink("/etc/passwd", at("passwd.yaml")).expect("a link");
    symlink("/dev/zero", at("zero.yaml")).expect("a link");
    fs::write(scratch.path().join(OsStr::from_bytes(b"bad\xff\xfe.yaml")), "a: 1\n").expect("writable");
    fs::create_dir(scratch.path().join(OsStr::from_bytes(b"dir\xff"))).expect("writable");
    fs::write(scratch.path().join("esc\u{1b}[31m\n::error::x.yaml"), pod("file", "nobody")).expect("writable");
    for format in FORMATS {
        let run = scratch.run(&["check", "--output-format", format]);
        assert_harmless(&run, format);
        assert!(run.stdout.contains("nobody"), "{format}: {}", run.shown());
        assert!(!run.stdout.contains("root:x"), "{format}: {}", run.shown());
    }
    // What a kustomization with such entries makes is not known; nothing else may happen.
    let entries = "resources: [../loop, ../a, ../out, ../.., ../pipe.yaml, ../zero.yaml, /etc/passwd, .]\n";
    scratch.write(&[("k/kustomization.yaml", entries)]);
    for format in FORMATS {
        let run = scratch.run(&["check", "--output-format", format]);
        assert_harmless(&run, format);
        assert!(!run.stdout.contains("root:x"), "{format}: {}", run.shown());
    }
}

#[test]
fn strange_files() {
    let deep = 100_000;
    let utf16: Vec<u8> = pod("wide", "nobody").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..30 {
        let previous = format!("*a{}, ", level - 1).repeat(10);
        bomb.push_str(&format!("a{level}: &a{level} [{}]\n", previous.trim_end_matches(", ")));
    }
    let nested: String = (0..2000).map(|level| format!("{}a:\n", " ".repeat(level))).collect();
    let files: Vec<(&str, Vec<u8>)> = vec![
        ("large.yaml", b"a: 1\n".repeat(2 << 20)),
        ("deep.yaml", "[".repeat(deep).into()),
        ("closed.yaml", format!("{}{}", "[".repeat(deep), "]".repeat(deep)).into()),
        ("maps.yaml", "{a: ".repeat(deep).into()),
        ("items.yaml", "- ".repeat(deep).into()),
        ("deep.json", format!("{}1{}", "{\"a\":".repeat(deep), "}".repeat(deep)).into()),
        ("nested.yaml", nested.into()),
        ("bomb.yaml", bomb.into()),
        ("merge.yaml", b"a: &a\n  <<: *a\n  b: *a\n".to_vec()),
        ("nul.yaml", b"apiVersion: v1\0\nkind: \0Pod\n".to_vec()),
        ("nul.tf", b"variable \"a\0b\" {}\n".to_vec()),
        ("deep.tf", format!("a = {}", "[".repeat(deep)).into()),
        ("parens.tf", format!("locals {{\n  a = {}1{}\n}}\n", "(".repeat(deep), ")".repeat(deep)).into()),
        ("unary.tf", format!("locals {{\n  a = {}1\n}}\n", "!".repeat(deep)).into()),
        ("template.tf", format!("locals {{\n  a = {}\n}}\n", "\"${".repeat(20_000)).into()),
        ("blocks.tf", format!("{}{}", "a {\n".repeat(deep), "}\n".repeat(deep)).into()),
        ("deep.tf.json", "[".repeat(deep).into()),
        ("wide.yaml", [b"\xff\xfe".to_vec(), utf16].concat()),
        ("half.yaml", b"\xff\xfea".to_vec()),
        ("latin.yaml", b"a: \xe9\n".to_vec()),
        ("policy/deep.rego", format!("package a\n\na := {}", "[".repeat(deep)).into()),
        ("chart/Chart.yaml", b"name: [\n".to_vec()),
        ("ignore.yaml", format!("# kate: ignore[{}\na: 1\n", "[".repeat(deep)).into()),
    ];
    for (path, bytes) in files {
        let scratch = Scratch::new(&[("ok.yaml", &pod("ok", "nobody"))]);
        let file = scratch.path().join(path);
        fs::create_dir_all(file.parent().expect("inside")).expect("writable");
        fs::write(file, bytes).expect("writable");
        let mut arguments = vec!["check", "--output-format", "concise"];
        if path.starts_with("policy/") {
            arguments.extend(["--policy", "policy"]);
        }
        let run = scratch.run(&arguments);
        assert_harmless(&run, path);
        // What a broken chart makes is not known: it could be the ServiceAccount.
        let known = run.stdout.contains("nobody") || path.ends_with("Chart.yaml");
        assert!(known, "{path}: the other file is checked: {}", run.shown());
    }
}

#[test]
fn a_configuration_of_garbage() {
    for text in [&b"\0\0\0"[..], b"{{{{", b"- a", b"rules: {\"\\e[31m\\n::error::x`\": error}", b"&a [*a]", b"a: *b"] {
        let scratch = Scratch::new(&[]);
        fs::write(scratch.path().join("kate.yaml"), text).expect("writable");
        for format in FORMATS {
            let run = scratch.run(&["check", "--output-format", format]);
            assert_eq!(run.code, 2, "{format}: {}", run.shown().escape_debug());
            assert_harmless(&Run { code: 1, ..run }, format);
        }
    }
    let scratch = Scratch::new(&[]);
    fs::write(scratch.path().join("kate.yaml"), "[".repeat(100_000)).expect("writable");
    assert_eq!(scratch.run(&["check"]).code, 2);
}

#[test]
fn text_that_pretends() {
    let hostile = "x\\e[31m\\r\\n::error file=a::forged\\n`</code><script>&\\u202eevil\\0\\t|]]>";
    let scratch = Scratch::new(&[
        ("a.yaml", &pod(&format!("\"{hostile}\""), &format!("\"{hostile}\""))),
        (
            "b.yaml",
            &format!("apiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: \"{hostile}e\", namespace: web}}\n"),
        ),
        ("raw.yaml", "a: \u{1b}]8;;http://evil\u{7}\nkind: \u{9b}31m\n"),
        ("::error::x.yaml", &pod("z", "`nobody`")),
        ("main.tf", "locals {\n  a = local.b\u{202e}evil\n  \"::error::\" = var.x\n  c = var.y # \u{1b}[31m\n}\n"),
        ("ignore.yaml", "# kate: ignore[\u{1b}[31m`<b>`] ::error::\na: 1\n"),
    ]);
    for format in FORMATS {
        let run = scratch.run(&["check", "--output-format", format]);
        assert_harmless(&run, format);
        let forged = run.stdout.lines().any(|line| line.trim_start().starts_with("::error file=a::"));
        assert!(!forged, "{format}: {}", run.shown());
        let commands = run.stdout.lines().filter(|line| line.trim_start().starts_with("::"));
        assert!(format == "github" || format == "concise" || commands.count() == 0, "{format}: {}", run.shown());
        if format == "markdown" {
            assert!(!run.stdout.contains("<script") && !run.stdout.contains("<b>"), "{}", run.shown());
        }
        if format == "junit" {
            assert!(!run.stdout.contains("<script"), "{}", run.shown());
        }
    }
    for arguments in [&["check", "--unsafe-fixes", "--diff"][..], &["check", "--show-unknown", "--no-ignores"]] {
        assert_harmless(&scratch.run(arguments), &arguments.join(" "));
    }
    // Arguments come from scripts that pass on what others wrote.
    for arguments in [&["check", "\u{1b}[31m"][..], &["check", "--base", "\u{1b}[31m"], &["explain", "\u{1b}[31m"]] {
        let run = scratch.run(arguments);
        assert_eq!(run.code, 2, "{}", run.shown());
        assert_harmless(&Run { code: 1, ..run }, &arguments.join(" "));
    }
}
