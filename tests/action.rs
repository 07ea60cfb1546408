//! The GitHub Action's script, run by bash with the environment that GitHub sets; with the program,
//! and with a stand-in for it that records its arguments.

#![cfg(unix)]
#![allow(clippy::disallowed_methods, reason = "tests run a script in a scratch directory")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

const PROGRAM: &str = r#"#!/usr/bin/env bash
if [ "$1" = --version ]; then echo "kate 1.2.3"; exit 0; fi
pwd > "$RECORD.pwd"
printf '%s\n' "$@" > "$RECORD"
while [ $# -gt 0 ]; do
  case $1 in
    --report)
      case $2 in
        sarif=*) echo '{}' > "${2#*=}" ;;
        json=*) echo '{"summary": {"files": 3, "errors": 2, "warnings": 1, "infos": 0}}' > "${2#*=}" ;;
        markdown=*) echo '# Findings' > "${2#*=}" ;;
      esac ;;
  esac
  shift
done
exit "${STAND_IN_EXIT:-0}"
"#;

struct Run {
    output: Output,
    arguments: Vec<String>,
    outputs: String,
    summary: String,
    directory: String,
}

fn run(inputs: &[(&str, &str)], prepare: impl FnOnce(&Path)) -> Run {
    let scratch = TempDir::new().expect("scratch directory");
    let at = |name: &str| scratch.path().join(name);
    for directory in ["bin", "work/deploy dir", "temp"] {
        fs::create_dir_all(at(directory)).expect("directory");
    }
    fs::write(at("bin/kate"), PROGRAM).expect("stand-in");
    fs::set_permissions(at("bin/kate"), fs::Permissions::from_mode(0o755)).expect("executable");
    prepare(&at("work"));
    let path = format!("{}:{}", at("bin").display(), std::env::var("PATH").unwrap_or_default());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("action/check.sh");
    let output = Command::new("bash")
        .arg(script)
        .env_clear()
        .env("PATH", path)
        .env("HOME", scratch.path())
        .env("RECORD", at("record"))
        .env("RUNNER_TEMP", at("temp"))
        .env("GITHUB_WORKSPACE", at("work"))
        .env("GITHUB_OUTPUT", at("output"))
        .env("GITHUB_STEP_SUMMARY", at("summary"))
        .envs(inputs.iter().copied())
        .output()
        .expect("bash runs");
    let text = |name: &str| fs::read_to_string(at(name)).unwrap_or_default();
    let arguments = text("record").lines().map(str::to_owned).collect();
    Run { output, arguments, outputs: text("output"), summary: text("summary"), directory: text("record.pwd") }
}

fn said(run: &Run) -> String {
    String::from_utf8_lossy(&run.output.stdout).into_owned() + &String::from_utf8_lossy(&run.output.stderr)
}

#[test]
fn one_run_gives_everything_and_keeps_the_exit_code() {
    let run = run(&[("STAND_IN_EXIT", "1")], |_| {});
    assert!(run.output.status.success(), "{}", said(&run));
    assert_eq!(run.arguments[0], "check");
    assert!(run.arguments.iter().any(|argument| argument.starts_with("sarif=")), "{:?}", run.arguments);
    assert!(run.arguments.windows(2).any(|pair| pair == ["--output-format", "github"]), "{:?}", run.arguments);
    assert!(run.arguments.ends_with(&["--".to_owned(), ".".to_owned()]), "{:?}", run.arguments);
    for expected in ["exit-code=1\n", "errors=2\n", "warnings=1\n", "findings=3\n", "version=1.2.3\n", "sarif-file=/"] {
        assert!(run.outputs.contains(expected), "{expected}: {}", run.outputs);
    }
    assert_eq!(run.summary, "# Findings\n");
}

#[test]
fn the_real_program_on_a_broken_repository() {
    let scratch = TempDir::new().expect("scratch directory");
    let at = |name: &str| scratch.path().join(name);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let program = Path::new(env!("CARGO_BIN_EXE_kate")).parent().expect("a directory");
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap_or_default());
    fs::create_dir(at("temp")).expect("directory");
    git2::Repository::init(at("work")).expect("a repository");
    let broken = root.join("fixtures/broken");
    let copied = Command::new("cp").arg("-R").arg(broken).arg(at("work/deploy")).status().expect("cp runs");
    assert!(copied.success());
    let output = Command::new("bash")
        .args(["--noprofile", "--norc", "-eo", "pipefail"])
        .arg(root.join("action/check.sh"))
        .env_clear()
        .env("PATH", path)
        .env("HOME", scratch.path())
        .envs([("CI", "true"), ("GITHUB_ACTIONS", "true"), ("INPUT_WORKING_DIRECTORY", "deploy")])
        .env("RUNNER_TEMP", at("temp"))
        .env("GITHUB_WORKSPACE", at("work"))
        .env("GITHUB_OUTPUT", at("output"))
        .env("GITHUB_STEP_SUMMARY", at("summary"))
        .output()
        .expect("bash runs");
    let (said, complained) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && complained.is_empty(), "{said}{complained}");
    let outputs = fs::read_to_string(at("output")).expect("outputs");
    let value = |name: &str| {
        let line = outputs.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        line.unwrap_or_else(|| panic!("no {name}: {outputs}")).to_owned()
    };
    assert_eq!((value("exit-code"), value("version")), ("1".to_owned(), env!("CARGO_PKG_VERSION").to_owned()));
    let [errors, findings] = ["errors", "findings"].map(|name| value(name).parse::<usize>().expect("a number"));
    let sarif: serde_json::Value =
        serde_json::from_slice(&fs::read(value("sarif-file")).expect("SARIF")).expect("JSON");
    let results = sarif["runs"][0]["results"].as_array().expect("results");
    assert!(errors > 10 && results.len() == findings, "{outputs}");
    // Places are as seen from the top of the work tree, where annotations and alerts look for them.
    let uri = &results[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert!(uri.as_str().is_some_and(|uri| at("work").join(uri).is_file()), "{uri}");
    let annotation = said.lines().find(|line| line.starts_with("::error file=deploy/")).expect("annotations");
    assert!(annotation.contains(",line=") && said.lines().all(|line| line.starts_with("::")), "{said}");
    let summary = fs::read_to_string(at("summary")).expect("a summary");
    assert!(summary.contains(&format!("{errors} errors")), "{summary}");
}

#[test]
fn inputs_are_data() {
    let inputs = [
        ("INPUT_ARGS", "--unsafe-fixes $(touch pwned) `id` *"),
        ("INPUT_ONLY", "apps/a b\n\nenv;x"),
        ("INPUT_CONFIG", "a b.yaml"),
        ("INPUT_WORKING_DIRECTORY", "deploy dir"),
        ("INPUT_ANNOTATIONS", "false"),
        ("INPUT_SUMMARY", "false"),
        ("INPUT_FAIL_ON", "warning"),
    ];
    let run = run(&inputs, |work| fs::write(work.join("deploy dir/file"), "").expect("file"));
    assert!(run.output.status.success(), "{}", said(&run));
    for pair in [["--only", "apps/a b"], ["--only", "env;x"], ["--config", "a b.yaml"], ["--fail-on", "warning"]] {
        assert!(run.arguments.windows(2).any(|found| found == pair), "{pair:?}: {:?}", run.arguments);
    }
    assert!(run.arguments.contains(&"$(touch".to_owned()) && run.arguments.contains(&"*".to_owned()));
    assert!(run.directory.trim().ends_with("/deploy dir"), "{}", run.directory);
    assert_eq!(run.summary, "");
}

#[test]
fn a_base_that_is_no_revision_is_refused() {
    for base in ["--upload-pack=touch x", "a;b", "$(id)", "a b"] {
        let run = run(&[("INPUT_BASE", base)], |_| {});
        assert!(said(&run).contains("::error"), "{base}: {}", said(&run));
        assert_eq!(run.outputs, "exit-code=2\n");
        assert!(run.arguments.is_empty());
    }
}

#[test]
fn an_absent_base_is_fetched() {
    let git = |directory: &Path, arguments: &[&str]| {
        let output = Command::new("git")
            .current_dir(directory)
            .args(["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main"])
            .args(arguments)
            .output()
            .expect("git runs");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    };
    let origin = TempDir::new().expect("scratch directory");
    git(origin.path(), &["init", "-q"]);
    git(origin.path(), &["commit", "-q", "--allow-empty", "-m", "one"]);
    let base = git(origin.path(), &["rev-parse", "HEAD"]);
    git(origin.path(), &["commit", "-q", "--allow-empty", "-m", "two"]);
    git(origin.path(), &["config", "uploadpack.allowAnySHA1InWant", "true"]);
    let url = format!("file://{}", origin.path().display());
    let clone = |work: &Path| {
        fs::remove_dir_all(work).expect("emptied");
        git(origin.path(), &["clone", "-q", "--depth=1", &url, work.to_str().expect("UTF-8")]);
    };
    let found = run(&[("INPUT_BASE", &base)], clone);
    assert!(
        found.arguments.windows(2).any(|pair| pair == ["--base", &*base]),
        "{:?} {}",
        found.arguments,
        said(&found)
    );
    let missing = "0123456789012345678901234567890123456789";
    let lost = run(&[("INPUT_BASE", missing)], clone);
    assert!(said(&lost).contains("fetch-depth: 0"), "{}", said(&lost));
    assert_eq!(lost.outputs, "exit-code=2\n");
}

#[test]
fn the_cache_key_is_a_hash() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("action/source-key.sh");
    let output = Command::new("bash").arg(script).output().expect("bash runs");
    let text = String::from_utf8(output.stdout).expect("text");
    let key = text.trim().strip_prefix("key=").expect("a key");
    assert!(key.len() == 40 && key.bytes().all(|byte| byte.is_ascii_hexdigit()), "{text}");
}
