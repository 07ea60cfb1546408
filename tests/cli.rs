//! The program as users meet it: arguments in; stdout, stderr, files and an exit code out.

#![allow(clippy::disallowed_methods, reason = "tests run the program")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

struct Run {
    code: i32,
    stdout: String,
    stderr: String,
}

/// A command whose environment says nothing about CI, colours or git.
fn command(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kate"));
    command.current_dir(directory).args(arguments).env_clear().stdin(Stdio::null());
    command
}

fn run_in(directory: &Path, arguments: &[&str]) -> Run {
    let output = command(directory, arguments).output().expect("the program can be started");
    Run {
        code: output.status.code().expect("the program exits by itself"),
        stdout: String::from_utf8(output.stdout).expect("output is UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("output is UTF-8"),
    }
}

fn run(arguments: &[&str]) -> Run {
    run_in(&root(), arguments)
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn exit_codes_and_messages() {
    for (arguments, code, stdout, stderr) in [
        (&["--help"][..], 0, "Usage: kate", ""),
        (&["--version"], 0, "kate 0.1.0", ""),
        (&[], 2, "", "Usage: kate"),
        (&["chekc"], 2, "", "unrecognized subcommand"),
        (&["check", "fixtures/clean"], 0, "Checked ", ""),
        (&["check", "fixtures/broken"], 1, "did you mean `platform`?", ""),
        (&["check", "fixtures/broken", "--exit-zero"], 0, "error[", ""),
        (&["check", "fixtures/broken", "--select", "meta"], 0, "Checked ", ""),
        (&["check", "fixtures/broken", "--ignore", "all"], 0, "No findings", ""),
        (&["check", "fixtures/broken", "--only", "docs"], 0, "No findings", ""),
        (&["check", "fixtures/broken", "--only", "../x"], 2, "", "not inside"),
        (&["check", "fixtures/broken", "--output-format", "xml"], 2, "", "possible values"),
        (&["check", "fixtures/broken", "--report", "sarif"], 2, "", "FORMAT=FILE"),
        (&["check", "fixtures/broken", "--select", "missing-secrt"], 2, "", "did you mean `missing-secret`?"),
        (&["check", "fixtures/broken", "--select", "terafform"], 2, "", "did you mean `terraform`?"),
        (&["check", "fixtures/broken", "--today", "2026-02-30"], 2, "", "is no date"),
        (&["check", "fixtures/broken", "--base", "no-such-revision"], 2, "", "no-such-revision"),
        (&["check", "fixtures/broken", "--only-changed"], 2, "", "--base"),
        (&["check", "fixtures/broken", "--base", ""], 2, "", "--base"),
        (&["check", "fixtures/broken", "--config", "Cargo.toml"], 2, "", "is outside"),
        (&["check", "fixtures/invalid-configuration"], 2, "unknown key `exlude`", ""),
        (&["check", "fixtures/invalid-configuration", "--isolated"], 0, "Checked ", ""),
        (&["check", "no/such/directory"], 2, "", "does not exist"),
        (&["check", "Cargo.toml"], 2, "", "--only PATH"),
        (&["explain", "missing-secret"], 0, "# missing-secret", ""),
        (&["explain", "missing-secrets"], 2, "", "did you mean `missing-secret`?"),
        (&["rules"], 0, "kubernetes\n", ""),
        (&["policy", "test", "fixtures/clean"], 2, "", "no .rego file"),
        (&["completions", "bash"], 0, "_kate()", ""),
        (&["schema"], 0, "\"kate.yaml\"", ""),
    ] {
        let run = run(arguments);
        let shown = format!("kate {arguments:?}\n{}\n{}", run.stdout, run.stderr);
        assert_eq!(run.code, code, "{shown}");
        assert!(run.stdout.contains(stdout), "stdout lacks {stdout:?}: {shown}");
        assert!(run.stderr.contains(stderr), "stderr lacks {stderr:?}: {shown}");
        assert!(code != 0 || run.stderr.is_empty(), "{shown}");
        assert!(!run.stdout.contains('\x1b') && !run.stderr.contains('\x1b'), "colours without a terminal: {shown}");
    }
}

#[test]
fn colours_when_asked_for() {
    let arguments = ["check", "fixtures/broken", "--output-format", "full"];
    let colored = |arguments: &[&str], variables: &[(&str, &str)]| {
        let output = command(&root(), arguments).envs(variables.iter().copied()).output().expect("starts");
        String::from_utf8_lossy(&output.stdout).contains('\x1b')
    };
    assert!(!colored(&arguments, &[]));
    assert!(colored(&arguments, &[("FORCE_COLOR", "1")]));
    assert!(colored(&arguments, &[("CLICOLOR_FORCE", "1")]));
    assert!(!colored(&arguments, &[("FORCE_COLOR", "1"), ("NO_COLOR", "1")]));
    assert!(colored(&[&arguments[..], &["--color", "always"]].concat(), &[("NO_COLOR", "1")]));
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let json = |threads| run(&["check", "fixtures/broken", "--output-format", "json", "--threads", threads]).stdout;
    let one = json("1");
    assert!(one.contains("\"diagnostics\""));
    assert_eq!(one, json("4"));
}

#[test]
fn rules_are_an_array() {
    let rules: serde_json::Value =
        serde_json::from_str(&run(&["rules", "--output-format", "json"]).stdout).expect("JSON");
    let ids: Vec<_> = rules.as_array().expect("an array").iter().map(|rule| rule["id"].as_str()).collect();
    assert!(ids.contains(&Some("missing-secret")) && !ids.contains(&None));
}

#[test]
fn reports_go_to_files() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let [sarif, junit, main] = ["kate.sarif", "junit.xml", "out.json"].map(|name| directory.path().join(name));
    let report = |format: &str, file: &Path| format!("--report={format}={}", file.display());
    let run = run(&[
        "check",
        "fixtures/broken",
        "--output-format=json",
        &format!("--output-file={}", main.display()),
        &report("sarif", &sarif),
        &report("junit", &junit),
    ]);
    assert_eq!((run.code, run.stdout.as_str()), (1, ""));
    let read = |path: &Path| fs::read_to_string(path).expect("the report was written");
    assert!(read(&sarif).contains("\"2.1.0\"") && read(&junit).contains("<testsuite") && read(&main).starts_with('{'));
    let missing = directory.path().join("no/such/file");
    assert_eq!(self::run(&["check", "fixtures/broken", &report("json", &missing)]).code, 2);
}

#[test]
fn a_closed_pipe_is_no_fault() {
    let mut child = command(&root(), &["check", "fixtures/broken"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program can be started");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn init_writes_new_files_only() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let at = directory.path();
    let dry = run_in(at, &["init", "--dry-run"]);
    assert_eq!(dry.code, 0);
    assert!(fs::read_dir(at).expect("readable").next().is_none(), "--dry-run writes nothing");
    fs::write(at.join(".pre-commit-config.yaml"), "repos: []\n").expect("writable");
    let first = run_in(at, &["init"]);
    assert_eq!(first.code, 0, "{}", first.stderr);
    assert!(first.stdout.contains("wrote kate.yaml") && first.stdout.contains("- id: kate"), "{}", first.stdout);
    assert_eq!(fs::read_to_string(at.join(".pre-commit-config.yaml")).expect("there"), "repos: []\n");
    fs::write(at.join("kate.yaml"), "exclude: [x]\n").expect("writable");
    let second = run_in(at, &["init"]);
    assert_eq!(second.code, 0);
    assert!(!second.stdout.contains("wrote"), "{}", second.stdout);
    assert_eq!(fs::read_to_string(at.join("kate.yaml")).expect("there"), "exclude: [x]\n");
    assert_eq!(run_in(at, &["check"]).code, 0);
}

#[test]
fn the_written_configuration_is_valid_with_every_example() {
    let text = run(&["init", "--dry-run"]).stdout;
    let text = text.split("# --- ").find_map(|part| part.strip_prefix("kate.yaml\n")).expect("kate.yaml is shown");
    // An example is a comment that reads as YAML: a key, or what is indented below one.
    let is_example = |rest: &str| {
        let key = rest.split(':').next().unwrap_or_default();
        rest.starts_with("  ") || (rest.contains(':') && key.bytes().all(|byte| byte.is_ascii_lowercase()))
    };
    let lines = text.lines().map(|line| line.strip_prefix("# ").filter(|rest| is_example(rest)).unwrap_or(line));
    let text: String = lines.map(|line| format!("{line}\n")).collect();
    assert!(text.contains("\nexclude:\n  - legacy/\n"), "{text}");
    let directory = tempfile::tempdir().expect("a temporary directory");
    fs::create_dir(directory.path().join("policies")).expect("writable");
    fs::write(directory.path().join("kate.yaml"), &text).expect("writable");
    let run = run_in(directory.path(), &["check", "--output-format", "concise"]);
    assert_eq!(run.code, 0, "{text}\n{}{}", run.stdout, run.stderr);
}

#[test]
fn a_baseline_accepts_what_is_there() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let at = directory.path();
    let manifest = |name: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: web}}\nspec:\n  serviceAccountName: \
             {name}\n  containers: [{{name: web, image: web}}]\n"
        )
    };
    fs::write(at.join("one.yaml"), manifest("one")).expect("writable");
    fs::write(at.join("kate.yaml"), "baseline: kate-baseline.json\n").expect("writable");
    assert_eq!(run_in(at, &["check", "--baseline", "none.json"]).code, 2, "a baseline that is asked for must exist");
    let written = run_in(at, &["check", "--write-baseline"]);
    assert_eq!((written.code, written.stderr.as_str()), (0, ""), "{}", written.stdout);
    assert_eq!(run_in(at, &["check"]).code, 0);
    fs::write(at.join("two.yaml"), manifest("two")).expect("writable");
    let new = run_in(at, &["check", "--output-format", "concise"]);
    assert_eq!(new.code, 1, "{}", new.stdout);
    assert!(new.stdout.contains("two.yaml") && !new.stdout.contains("one.yaml"), "{}", new.stdout);
    fs::remove_file(at.join("one.yaml")).expect("writable");
    fs::remove_file(at.join("two.yaml")).expect("writable");
    assert_eq!(run_in(at, &["check", "--prune-baseline"]).code, 0);
    let pruned = fs::read_to_string(at.join("kate-baseline.json")).expect("there");
    assert!(!pruned.contains("missing-service-account"), "{pruned}");
}

#[test]
fn fixes_converge_and_diffs_write_nothing() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let at = directory.path();
    let text = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: payments, namespace: web}\n---\n\
                apiVersion: v1\nkind: Pod\nmetadata: {name: one, namespace: web}\nspec:\n  serviceAccountName: paymnets  \
                # kept\n  containers: [{name: web, image: web}]\n";
    fs::write(at.join("one.yaml"), text).expect("writable");
    let read = || fs::read_to_string(at.join("one.yaml")).expect("there");
    assert_eq!(run_in(at, &["check"]).code, 1);
    assert_eq!(run_in(at, &["check", "--unsafe-fixes"]).code, 2, "it needs --fix or --diff");
    let diff = run_in(at, &["check", "--unsafe-fixes", "--diff"]);
    assert_eq!(diff.code, 1, "{}", diff.stderr);
    assert!(diff.stdout.contains("+  serviceAccountName: payments  # kept"), "{}", diff.stdout);
    assert_eq!(read(), text);
    assert_eq!(run_in(at, &["check", "--fix"]).code, 1, "the fix is not safe");
    assert_eq!(read(), text);
    let fixed = run_in(at, &["check", "--fix", "--unsafe-fixes"]);
    assert_eq!(fixed.code, 0, "{}{}", fixed.stdout, fixed.stderr);
    assert_eq!(read(), text.replace("paymnets", "payments"));
    let again = run_in(at, &["check", "--unsafe-fixes", "--diff"]);
    assert_eq!((again.code, again.stdout.as_str()), (0, ""));
}

#[test]
fn a_configuration_that_cannot_be_used_is_no_absent_one() {
    let pod = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a, namespace: b}\n";
    let baseline = |text: &str| vec![("kate.yaml", b"baseline: known.json\n".to_vec()), ("known.json", text.into())];
    let cases = [
        (vec![("kate.yaml", b"\xff\xfe\xff\xff\xff".to_vec())], "kate.yaml"),
        (vec![("kate.yaml", b"exclude: \xe6\n".to_vec())], "is not UTF-8"),
        (vec![("kate.yaml", b"a: [\n".to_vec())], "kate.yaml"),
        (vec![("kate.yaml", b"{{ x }}\n".to_vec())], "kate.yaml"),
        (vec![("kate.yaml/file", b"".to_vec())], "kate.yaml: is not a regular file"),
        (
            vec![("kate.yaml", b"policies: {dirs: [gone]}\n".to_vec())],
            "gone: this directory of policies does not exist",
        ),
        (vec![("kate.yaml", b"baseline: gone.json\n".to_vec())], "gone.json"),
        (baseline("{}"), "known.json:1:2: not a baseline: missing field `version`"),
        (baseline("{\"version\": 1,\n<<<<<<< HEAD\n"), "known.json:2:1: the baseline holds an unresolved merge"),
        (baseline("{\"version\": 9, \"findings\": {}}"), "the baseline has version 9"),
    ];
    for (files, message) in cases {
        let directory = tempfile::tempdir().expect("a temporary directory");
        fs::write(directory.path().join("pod.yaml"), pod).expect("writable");
        for (path, bytes) in &files {
            let file = directory.path().join(path);
            fs::create_dir_all(file.parent().expect("inside")).expect("writable");
            fs::write(file, bytes).expect("writable");
        }
        let run = run_in(directory.path(), &["check", "--output-format", "concise"]);
        let shown = format!("{}{}", run.stdout, run.stderr);
        assert!(run.code == 2 && shown.contains(message), "{message}: exit {}\n{shown}", run.code);
        assert_eq!(run_in(directory.path(), &["check", "--isolated"]).code, 0);
    }
}

#[test]
fn differences_show_no_secrets() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: web, namespace: web}\ndata: {a: aHVudGVyMg==}\nstringData:\n  \
                  token: hunter2-one # kept\n  file: |\n    hunter2-two\n    hunter2-three\n";
    let pod = "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: payments, namespace: web}\n---\napiVersion: \
               v1\nkind: Pod\nmetadata: {name: one, namespace: web}\nspec:\n  serviceAccountName: paymnets\n  containers: \
               [{name: web, image: web, env: [{name: PASSWORD, value: Zx8kQ2vLp0TmWn4RyB7s}]}]\n";
    fs::write(directory.path().join("one.yaml"), format!("{secret}{pod}")).expect("writable");
    let run = run_in(directory.path(), &["check", "--unsafe-fixes", "--diff"]);
    assert!(run.stdout.contains("+  serviceAccountName: payments"), "{}{}", run.stdout, run.stderr);
    let full = run_in(directory.path(), &["check"]).stdout;
    for hidden in ["hunter2", "aHVudGVyMg", "Zx8kQ2vLp0TmWn4RyB7s"] {
        assert!(!run.stdout.contains(hidden), "{}", run.stdout);
        assert!(!full.contains(hidden), "{full}");
    }
}

/// A tree outside of git: an overlay of a base, and the Application that deploys it with options.
fn overlay() -> tempfile::TempDir {
    let tree = tempfile::tempdir().expect("a directory");
    let application = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: shop, namespace: argocd}\nspec:\n  \
                       source:\n    repoURL: https://github.com/example/repo\n    path: overlays/prod\n    kustomize:\n      \
                       namePrefix: app-\n  destination: {server: https://kubernetes.default.svc, namespace: shop}\n";
    for (path, text) in [
        ("base/kustomization.yaml", "resources:\n- map.yaml\n"),
        ("base/map.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: map\ndata:\n  a: b\n"),
        (
            "overlays/prod/kustomization.yaml",
            "resources:\n- ../../base\nnameSuffix: -prod\npatches:\n- path: patch.yaml\ncommonAnnotations:\n  x: \"y\"\n",
        ),
        ("overlays/prod/patch.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: map}\ndata:\n  a: c\n"),
        ("argocd/shop.yaml", application),
    ] {
        let path = tree.path().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        fs::write(path, text).expect("a file");
    }
    tree
}

#[test]
fn render_prints_directories_and_applications() {
    let tree = overlay();
    let printed = |name: &str| {
        format!(
            "apiVersion: v1\ndata:\n  a: c\nkind: ConfigMap\nmetadata:\n  annotations:\n    x: \"y\"\n  name: {name}\n"
        )
    };
    let root = tree.path().to_str().expect("UTF-8");
    let shop = ["render", "shop", "--repository-url", "https://github.com/example/repo"];
    for (arguments, expected) in [
        (&["render", "overlays/prod"][..], printed("map-prod")),
        (&["render", "overlays/prod", "--root", root], printed("map-prod")),
        (&["render", "overlays/prod", "base"], {
            let base = "apiVersion: v1\ndata:\n  a: b\nkind: ConfigMap\nmetadata:\n  name: map\n";
            format!("{}---\n{base}", printed("map-prod"))
        }),
        (&shop, printed("app-map-prod")),
    ] {
        let run = run_in(tree.path(), arguments);
        assert_eq!((run.code, &*run.stdout, &*run.stderr), (0, &*expected, ""), "kate {arguments:?}");
    }
}

#[test]
fn render_says_where_each_line_comes_from() {
    let tree = overlay();
    let run =
        run_in(tree.path(), &["render", "shop", "--origins", "--repository-url", "https://github.com/example/repo"]);
    let expected = "\
apiVersion: v1 # overlays/prod/patch.yaml:1, patched here overlays/prod/kustomization.yaml:5
data: # base/map.yaml:5
  a: c # overlays/prod/patch.yaml:5, patched here overlays/prod/kustomization.yaml:5
kind: ConfigMap # base/map.yaml:2
metadata: # base/map.yaml:3
  annotations: # overlays/prod/kustomization.yaml:7, annotated here overlays/prod/kustomization.yaml:7
    x: \"y\" # overlays/prod/kustomization.yaml:7, annotated here overlays/prod/kustomization.yaml:7
  name: app-map-prod # base/map.yaml:4, prefixed here argocd/shop.yaml:9, suffixed here overlays/prod/kustomization.yaml:3
";
    assert_eq!(run.stdout, expected);
    assert_eq!(run.code, 0, "{}", run.stderr);
}

#[test]
fn render_says_what_fails() {
    let tree = overlay();
    fs::write(tree.path().join("base/map.yaml"), "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: mapp}\n")
        .expect("a file");
    for (arguments, code, stderr) in [
        (
            &["render", "overlays/prod"][..],
            1,
            "overlays/prod/patch.yaml:3:18: the build fails: there is no ConfigMap `map`",
        ),
        (&["render", "overlays/prd"], 2, "there is no directory or Application `overlays/prd`"),
        (&["render", "shopp", "--repository-url", "https://github.com/example/repo"], 2, "did you mean `shop`?"),
        (&["render", "overlays/prod", "--root", "overlays"], 0, "is outside of what is analysed"),
    ] {
        let run = run_in(tree.path(), arguments);
        assert_eq!(run.code, code, "kate {arguments:?}\n{}\n{}", run.stdout, run.stderr);
        assert!(run.stderr.contains(stderr), "kate {arguments:?}\n{}", run.stderr);
    }
    fs::write(tree.path().join("kate.yaml"), "vendored:\n- source: https://example.com/x\n").expect("a file");
    let run = run_in(tree.path(), &["render", "overlays/prod"]);
    assert_eq!((run.code, &*run.stdout), (2, ""), "{}", run.stderr);
    assert!(run.stderr.contains("kate.yaml:2: `url` is missing"), "{}", run.stderr);
}
