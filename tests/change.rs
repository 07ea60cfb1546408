//! Checking a change: `--base`, `--only-changed` and `--config-from-base` in scratch repositories.

#![allow(clippy::disallowed_methods, reason = "tests run git in scratch directories")]

#[path = "support/program.rs"]
mod program;

use std::fs;
use std::process::Command;

use git2::{IndexAddOption, Repository, Signature};
use program::{Scratch, run_in};

const CONFIG_MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web, namespace: web}\ndata:\n  PORT: \"80\"\n  \
                          HOST: example.org\n";
const SECRET: &str =
    "apiVersion: v1\nkind: Secret\nmetadata: {name: web, namespace: web}\nstringData: {TOKEN: changeme}\n";
const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: web}\nspec:\n  containers:\n    - name: \
                   web\n      image: web\n      env:\n        - name: PORT\n          valueFrom: {configMapKeyRef: {name: \
                   web, key: PORT}}\n        - name: TOKEN\n          valueFrom: {secretKeyRef: {name: web, key: \
                   TOKEN}}\n";
const BROKEN: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: old, namespace: web}\nspec:\n  serviceAccountName: \
                      nobody\n  containers: [{name: web, image: web}]\n";
const MAIN: &str = "module \"db\" {\n  source = \"./db\"\n}\n\noutput \"address\" {\n  value = module.db.address\n}\n";
const DB: &str = "output \"address\" {\n  value = \"db.internal\"\n}\n";

fn remove(scratch: &Scratch, path: &str) {
    fs::remove_file(scratch.path().join(path)).expect("writable");
}

/// Commit everything; the commit's id.
fn commit(scratch: &Scratch) -> String {
    let repository = Repository::init(scratch.path()).expect("a repository");
    let mut index = repository.index().expect("an index");
    index.add_all(["*"], IndexAddOption::DEFAULT, None).expect("added");
    index.update_all(["*"], None).expect("updated");
    index.write().expect("written");
    let tree = repository.find_tree(index.write_tree().expect("a tree")).expect("there");
    let who = Signature::now("a", "a@example.org").expect("a signature");
    let parent = repository.head().ok().and_then(|head| head.peel_to_commit().ok());
    let parents: Vec<_> = parent.iter().collect();
    repository.commit(Some("HEAD"), &who, &who, "change", &tree, &parents).expect("committed").to_string()
}

fn repository() -> (Scratch, String) {
    let scratch = Scratch::new(&[
        ("app/config.yaml", CONFIG_MAP),
        ("app/secret.yaml", SECRET),
        ("app/other.yaml", &SECRET.replace("name: web,", "name: other,")),
        ("app/pod.yaml", POD),
        ("app/old.yaml", BROKEN),
        ("terraform/main.tf", MAIN),
        ("terraform/db/outputs.tf", DB),
    ]);
    let base = commit(&scratch);
    (scratch, base)
}

#[test]
fn only_what_the_change_breaks() {
    type Change = fn(&Scratch);
    let cases: [(Change, &str, &str); 4] = [
        (|scratch| scratch.write(&[("app/config.yaml", &CONFIG_MAP.replace("PORT", "POTR"))]), "PORT", "app/pod.yaml"),
        (|scratch| remove(scratch, "app/secret.yaml"), "Secret", "app/pod.yaml"),
        (
            |scratch| scratch.write(&[("terraform/db/outputs.tf", &DB.replace("address", "host"))]),
            "address",
            "terraform/main.tf",
        ),
        (
            |scratch| scratch.write(&[("app/new.yaml", &BROKEN.replace("nobody", "somebody"))]),
            "somebody",
            "app/new.yaml",
        ),
    ];
    for (change, message, path) in cases {
        let (scratch, base) = repository();
        let arguments = ["check", "--output-format", "concise", "--fail-on", "info", "--base", &base];
        let only_changed = [&arguments[..], &["--only-changed"]].concat();
        let unchanged = scratch.run(&only_changed);
        assert_eq!(unchanged.code, 0, "{}", unchanged.shown());
        change(&scratch);
        let all = scratch.run(&arguments);
        assert!(all.code == 1 && all.stdout.contains("app/old.yaml"), "{}", all.shown());
        let new = scratch.run(&only_changed);
        let has = new.stdout.lines().any(|line| line.contains(message) && line.starts_with(path));
        assert!(new.code == 1 && has, "{path} {message}: {}", new.shown());
        assert!(!new.stdout.contains("app/old.yaml"), "{}", new.shown());
        // Committed or not, and seen from anywhere, it is the same change.
        commit(&scratch);
        assert_eq!(scratch.run(&only_changed).stdout, new.stdout);
    }
}

#[test]
fn a_directory_of_a_repository() {
    let (scratch, base) = repository();
    scratch.write(&[("app/config.yaml", &CONFIG_MAP.replace("PORT", "POTR"))]);
    let run = scratch.run(&["check", "app", "--base", &base, "--only-changed", "--output-format", "concise"]);
    assert!(run.code == 1 && run.stdout.starts_with("pod.yaml:"), "{}", run.shown());
    scratch.write(&[("new/pod.yaml", BROKEN)]);
    let new = scratch.run(&["check", "new", "--base", "HEAD", "--output-format", "concise"]);
    assert!(new.code == 1 && new.stdout.starts_with("pod.yaml:"), "base has no such directory: {}", new.shown());
}

#[test]
fn without_a_base_the_help_says_what_to_do() {
    let none = Scratch::new(&[("pod.yaml", BROKEN)]);
    let arguments = ["check", "--output-format", "concise"];
    let with_base = |rev| [&arguments[..], &["--base", rev]].concat();
    assert_eq!(none.run(&arguments).code, 1, "works without git");
    let run = none.run(&with_base("HEAD"));
    assert!(run.code == 2 && run.stderr.contains("is not in a git repository"), "{}", run.shown());

    Repository::init(none.path()).expect("a repository");
    assert_eq!(none.run(&arguments).code, 1, "works without a commit");
    let run = none.run(&with_base("HEAD"));
    assert!(run.code == 2 && run.stderr.contains("there is no commit yet"), "{}", run.shown());

    let (origin, base) = repository();
    origin.write(&[("app/old.yaml", "")]);
    commit(&origin);
    let work = tempfile::tempdir().expect("a temporary directory");
    let url = format!("file://{}", origin.path().display());
    let git = |arguments: &[&str]| {
        let output = Command::new("git").current_dir(work.path()).args(arguments).output().expect("git runs");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    git(&["clone", "--quiet", "--depth=1", &url, "."]);
    let run = run_in(work.path(), &with_base(&base));
    assert_eq!(run.code, 2, "{}", run.shown());
    assert!(run.stderr.contains("is not in this shallow clone"), "{}", run.shown());
    let command = format!("git fetch --depth=1 origin {base}");
    assert!(run.stderr.contains(&command), "{}", run.shown());
    // The command does what it promises.
    let words: Vec<&str> = command.split(' ').skip(1).collect();
    git(&[&["-c", "protocol.version=2"], &words[..]].concat());
    let fetched = run_in(work.path(), &with_base(&base));
    assert_eq!(fetched.code, 0, "{}", fetched.shown());
}

#[test]
fn a_change_cannot_weaken_its_own_check() {
    let policy = "# METADATA\n# title: no pods\npackage main\n\nimport rego.v1\n\ndeny contains msg if {\n  input.kind == \
                  \"Pod\"\n  msg := \"no bare pods\"\n}\n";
    let harmless = "package main\n\nimport rego.v1\n\ndeny contains msg if {\n  false\n  msg := \"never\"\n}\n";
    let scratch = Scratch::new(&[
        ("kate.yaml", "policies: {dirs: [policies]}\nbaseline: accepted.json\n"),
        ("accepted.json", "{\"version\": 1, \"findings\": {}}\n"),
        ("policies/pods.rego", policy),
        ("extra/pods.rego", &policy.replace("package main", "package extra").replace("bare", "naked")),
    ]);
    let base = commit(&scratch);
    scratch.write(&[("app/old.yaml", BROKEN)]);
    let arguments = ["check", "--output-format", "concise", "--base", &base, "--policy", "extra"];
    let from_base = [&arguments[..], &["--config-from-base"]].concat();
    let findings = || {
        let run = scratch.run(&from_base);
        assert_eq!(run.code, 1, "{}", run.shown());
        run.stdout.lines().filter(|line| line.contains("error[")).map(str::to_owned).collect::<Vec<_>>()
    };
    let before = findings().join("\n");
    for expected in ["nobody", "no bare pods", "no naked pods"] {
        assert!(before.contains(expected), "{expected}: {before}");
    }
    // Everything that could hide the findings is part of the change.
    let accept = scratch.run(&["check", "--write-baseline", "--policy", "extra"]);
    assert_eq!(accept.code, 0, "{}", accept.shown());
    assert_eq!(scratch.run(&arguments).code, 0, "head accepts them");
    assert_eq!(findings().join("\n"), before);
    scratch.write(&[
        ("kate.yaml", "exclude: [app/]\n"),
        ("policies/pods.rego", harmless),
        ("extra/pods.rego", &harmless.replace("package main", "package extra")),
    ]);
    assert_eq!(scratch.run(&arguments).code, 0, "{}", scratch.run(&arguments).shown());
    assert_eq!(findings().join("\n"), before);
    remove(&scratch, "accepted.json");
    scratch.write(&[("kate.yaml", "{")]);
    assert_eq!(scratch.run(&arguments).code, 2);
    assert_eq!(findings().join("\n"), before);
}
