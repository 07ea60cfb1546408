//! The shape of the house: which module may use which, and what every file owes its readers.
//! Each failure says how to mend it.

#![allow(clippy::disallowed_methods, reason = "tests read the checkout")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Every module and the modules that it may use. A module may use only modules above it.
const MAY_USE: &[(&str, &[&str])] = &[
    ("text", &[]),
    ("value", &["text"]),
    ("schema", &["text", "value"]),
    ("diagnostic", &["text"]),
    ("vfs", &["text", "value"]),
    ("syntax", &["text", "value"]),
    ("model", &["text", "value", "diagnostic", "vfs", "syntax"]),
    ("render", &["text", "value", "schema", "diagnostic", "vfs", "syntax", "model"]),
    ("graph", &["text", "value", "schema", "diagnostic", "vfs", "syntax", "model", "render"]),
    ("rules", &["text", "value", "schema", "diagnostic", "vfs", "syntax", "model", "render", "graph"]),
    // A policy must not take the name of a rule.
    ("policy", &["text", "value", "schema", "diagnostic", "vfs", "syntax", "model", "render", "graph", "rules"]),
    ("config", &["text", "value", "diagnostic", "syntax", "model"]),
    ("suppress", &["text", "value", "diagnostic", "syntax"]),
    ("fix", &["text", "value", "diagnostic", "vfs", "syntax"]),
    ("report", &["text", "diagnostic"]),
    (
        "pipeline",
        &[
            "text",
            "value",
            "schema",
            "diagnostic",
            "vfs",
            "syntax",
            "model",
            "render",
            "graph",
            "rules",
            "policy",
            "config",
            "suppress",
            "fix",
            "report",
        ],
    ),
    (
        "cli",
        &[
            "text",
            "value",
            "schema",
            "diagnostic",
            "vfs",
            "syntax",
            "model",
            "render",
            "graph",
            "rules",
            "policy",
            "config",
            "suppress",
            "fix",
            "report",
            "pipeline",
        ],
    ),
];

/// Why a layer sees so little, for those where it surprises.
const WHY: &[(&str, &str)] = &[
    ("report", "reports see only findings: pass what they need in a label, a note or the summary"),
    ("suppress", "suppression sees only findings and comments: pass the rest as plain data from the pipeline"),
    ("config", "the configuration does not know which rules exist: pass their declarations in"),
    ("fix", "fixes edit text: whatever depends on meaning is decided by the rule that offers the fix"),
    ("diagnostic", "a finding is plain data: whoever makes it fills it in"),
    ("syntax", "a tree is made from one file only: look at several in `graph`"),
    ("text", "text knows nothing of what it says"),
];

/// Words that reach outside the process, and the only modules that may use them.
const OUTSIDE: &[&str] = &["std::fs", "std::env", "std::process", "TcpStream", "TcpListener", "UdpSocket", "git2"];
const OUTSIDE_ALLOWED: &[&str] = &["vfs", "cli", "main"];

/// Uses that reach nowhere.
const HARMLESS: &[(&str, &str)] = &[
    // Git's object id of bytes in memory.
    ("src/text/hash.rs", "git2"),
];

const MAX_LINES: usize = 800;

#[test]
fn modules_use_only_the_layers_below_them() {
    let mut faults = Vec::new();
    for file in sources() {
        let Some((_, may_use)) = MAY_USE.iter().find(|(name, _)| *name == file.module) else {
            if !["lib", "main"].contains(&file.module.as_str()) {
                faults.push(format!("{}: module `{}` has no layer; add it to MAY_USE", file.path, file.module));
            }
            continue;
        };
        for (line, used) in file.uses() {
            if used == file.module || may_use.contains(&used.as_str()) {
                continue;
            }
            let why = WHY.iter().find(|(name, _)| *name == file.module).map_or(
                "move the code to a layer that may see both, or pass plain data down".to_owned(),
                |(_, why)| (*why).to_owned(),
            );
            faults.push(format!("{}:{line}: `{}` may not use `crate::{used}`; {why}", file.path, file.module));
        }
    }
    report(&faults);
}

#[test]
fn layers_are_in_one_order() {
    for (index, (name, may_use)) in MAY_USE.iter().enumerate() {
        for used in *may_use {
            let below = MAY_USE.iter().position(|(other, _)| other == used).expect("MAY_USE names only modules");
            assert!(below < index, "`{name}` stands before `{used}` in MAY_USE and cannot use it");
        }
    }
}

#[test]
fn only_vfs_and_cli_reach_outside() {
    let mut faults = Vec::new();
    for file in sources() {
        if OUTSIDE_ALLOWED.contains(&file.module.as_str()) {
            continue;
        }
        for (line, text) in file.code() {
            for word in OUTSIDE {
                if HARMLESS.contains(&(file.path.as_str(), word)) {
                    continue;
                }
                if text.match_indices(word).any(|(at, _)| ends_word(&text, at + word.len()) && starts_word(&text, at)) {
                    faults.push(format!(
                        "{}:{line}: `{word}`; only `vfs` and `cli` reach outside the process: take a `Vfs`, or let \
                         `cli` read it and pass it in",
                        file.path
                    ));
                }
            }
        }
    }
    report(&faults);
}

#[test]
fn files_say_what_they_are_for_and_stay_small() {
    let mut faults = Vec::new();
    for file in sources() {
        if !file.text.starts_with("//! ") {
            faults.push(format!("{}:1: start the file with `//!` and what it is for", file.path));
        }
        let is_module = file.path.ends_with("/mod.rs") && file.path.matches('/').count() == 2;
        if is_module && !file.head().contains("Invariant:") {
            faults.push(format!("{}:1: say under `Invariant:` what the module must not know", file.path));
        }
        let lines = file.text.lines().count();
        if lines > MAX_LINES {
            faults.push(format!("{}:{MAX_LINES}: {lines} lines; cut it where its sections are", file.path));
        }
    }
    report(&faults);
}

#[test]
fn nothing_is_left_half_done() {
    let words: &[(&[&str], &str)] = &[
        (&[".unwrap()"], "say why it holds with `expect`, or handle it"),
        (&["TO", "DO"], "do it, or write it down as an issue"),
        (&["FIX", "ME"], "mend it, or write it down as an issue"),
        (&["todo", "!("], "write it"),
        (&["unimplemented", "!("], "write it"),
        (&["allow(", "dead_code"], "use it or remove it"),
        (&["#[", "ignore"], "run it or remove it"),
    ];
    let mut faults = Vec::new();
    for file in sources().into_iter().chain(tests()) {
        for (number, line) in file.code() {
            for (word, mend) in words {
                let word = word.concat();
                if word == ".unwrap()" && file.module == "tests" {
                    continue;
                }
                if line.contains(&word) {
                    faults.push(format!("{}:{number}: `{word}`; {mend}", file.path));
                }
            }
        }
    }
    report(&faults);
}

#[test]
fn the_map_is_complete() {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let modules: BTreeSet<String> = sources().into_iter().map(|file| file.module).collect();
    for module in modules {
        if ["lib", "main"].contains(&module.as_str()) {
            continue;
        }
        assert!(text.contains(&format!("`src/{module}")), "ARCHITECTURE.md does not describe `src/{module}`");
    }
}

#[test]
fn the_checks_can_fail() {
    let file = Source::new(
        "src/report/json.rs".to_owned(),
        "//! x\nuse crate::{graph::Node, text};\nfn f() { crate::rules::builtin(); } // crate::cli\n\
         #[cfg(test)]\nmod tests {\n    use crate::model::X;\n}\n"
            .to_owned(),
    );
    assert_eq!(
        file.uses(),
        [(2, "graph".to_owned()), (2, "text".to_owned()), (3, "rules".to_owned())],
        "comments and tests do not count"
    );
}

fn report(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

/// A source file of the library.
struct Source {
    path: String,
    /// The top-level module that it belongs to.
    module: String,
    text: String,
}

impl Source {
    fn new(path: String, text: String) -> Self {
        let mut parts = path.split('/');
        let module = match parts.next() {
            Some("src") => parts.next().unwrap_or_default().trim_end_matches(".rs").to_owned(),
            _ => "tests".to_owned(),
        };
        Self { path, module, text }
    }

    /// The leading `//!` comment.
    fn head(&self) -> String {
        self.text.lines().take_while(|line| line.starts_with("//!")).collect::<Vec<_>>().join("\n")
    }

    /// Lines without comments, up to the file's test module.
    fn code(&self) -> Vec<(usize, String)> {
        let mut lines = Vec::new();
        let mut all = self.text.lines().enumerate().peekable();
        while let Some((index, line)) = all.next() {
            if line == "#[cfg(test)]" && all.peek().is_some_and(|(_, next)| next.starts_with("mod ")) {
                if all.peek().is_some_and(|(_, next)| next.ends_with(';')) {
                    all.next();
                    continue;
                }
                break;
            }
            let code = match line.find("//") {
                Some(at) if line[..at].trim().is_empty() || line[..at].ends_with(' ') => &line[..at],
                _ => line,
            };
            lines.push((index + 1, code.to_owned()));
        }
        lines
    }

    /// Top-level modules that are named after `crate::`, with their lines.
    fn uses(&self) -> Vec<(usize, String)> {
        let mut found = Vec::new();
        for (number, line) in self.code() {
            for (at, _) in line.match_indices("crate::") {
                if !starts_word(&line, at) || line[..at].ends_with('$') && line.contains("macro_rules") {
                    continue;
                }
                let rest = &line[at + "crate::".len()..];
                match rest.strip_prefix('{') {
                    Some(list) => found.extend(top_level(list).into_iter().map(|name| (number, name))),
                    None => found.push((number, word(rest))),
                }
            }
        }
        found
    }
}

/// The first word of each item of a `use` list on one line.
fn top_level(list: &str) -> Vec<String> {
    let mut depth = 0;
    let mut names = Vec::new();
    let mut expects = true;
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => expects = true,
            c if expects && c.is_alphabetic() => {
                names.push(word(&list[at..]));
                expects = false;
            }
            _ => {}
        }
    }
    names
}

fn word(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

fn starts_word(text: &str, at: usize) -> bool {
    !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_')
}

fn ends_word(text: &str, at: usize) -> bool {
    !text[at..].starts_with(|c: char| c.is_alphanumeric() || c == '_')
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sources() -> Vec<Source> {
    files("src").into_iter().filter(|file| !file.path.contains("/tests/") && !file.path.ends_with("tests.rs")).collect()
}

fn tests() -> Vec<Source> {
    let mut files: Vec<Source> = ["tests", "benches"].into_iter().flat_map(files).collect();
    files.retain(|file| file.path != "tests/architecture.rs");
    files
}

fn files(directory: &str) -> Vec<Source> {
    let mut found = Vec::new();
    walk(&root().join(directory), directory, &mut found);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn walk(directory: &Path, name: &str, found: &mut Vec<Source>) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries {
        let entry = entry.expect("a readable checkout");
        let name = format!("{name}/{}", entry.file_name().to_string_lossy());
        if entry.file_type().expect("a readable checkout").is_dir() {
            walk(&entry.path(), &name, found);
        } else if name.ends_with(".rs") {
            let text = fs::read_to_string(entry.path()).expect("source files are UTF-8");
            found.push(Source::new(name, text));
        }
    }
}
