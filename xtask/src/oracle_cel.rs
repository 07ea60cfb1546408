//! `cargo xtask oracle cel`: what the CEL of the API server makes of expressions,
//! `tests/data/cel-expressions.tsv`, and which functions it has.
//!
//! Its side is a program of its own, `xtask/oracles/cel/main.go`; it is built in a module that requires
//! `k8s.io/apiserver`, with `go mod tidy && go build`.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What to record.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The program that is built of `xtask/oracles/cel/main.go`
    #[arg(long, value_name = "PROGRAM")]
    binary: PathBuf,
    /// The table: an expression, a tab, and what comes of it; a third column and comments (`//`) stay
    #[arg(long, default_value = "tests/data/cel-expressions.tsv")]
    table: PathBuf,
}

/// Where kate has the names of the functions.
const NAMES: &str = "src/schema/validate/cel/functions.txt";
/// What only mutating admission policies have.
const NOT_OF_RULES: &str = "escapeKey";

/// Record the table anew, and compare the names of the functions.
pub(crate) fn run(arguments: &Arguments) -> Result<(), String> {
    let read = |path: &Path| std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()));
    let table = read(&arguments.table)?;
    let is_expression = |line: &&str| !line.starts_with("//") && !line.is_empty();
    let expressions = table.lines().filter(is_expression).map(|line| line.split('\t').next().unwrap_or_default());
    let mut input = String::new();
    for expression in expressions {
        let _ = writeln!(input, "{}", serde_json::json!({ "rule": expression, "self": null }));
    }
    let answers = ask(&arguments.binary, &[], &input)?;
    let mut answers = answers.lines();
    let mut out = String::new();
    for line in table.lines() {
        if is_expression(&line) {
            let mut columns = line.split('\t');
            let expression = columns.next().unwrap_or_default();
            let answer = answers.next().ok_or("the program answered less than it was asked")?;
            let _ = write!(out, "{expression}\t{}", verdict(answer));
            if let Some(note) = columns.nth(1) {
                let _ = write!(out, "\t{note}");
            }
        } else {
            out.push_str(line);
        }
        out.push('\n');
    }
    std::fs::write(&arguments.table, out).map_err(|error| format!("{}: {error}", arguments.table.display()))?;

    let there = ask(&arguments.binary, &["functions"], "")?;
    let known = read(Path::new(NAMES))?;
    let known: Vec<&str> =
        known.lines().filter(|line| !line.starts_with('#') && *line != NOT_OF_RULES && !line.is_empty()).collect();
    let there: Vec<&str> = there.lines().collect();
    if known == there {
        return Ok(());
    }
    let of = |one: &[&str], other: &[&str]| {
        one.iter().filter(|name| !other.contains(name)).copied().collect::<Vec<_>>().join(", ")
    };
    Err(format!("{NAMES} lacks [{}] and has [{}] too many", of(&there, &known), of(&known, &there)))
}

/// An answer without the message, which is not kate's to have.
fn verdict(answer: &str) -> &str {
    match answer {
        "true" | "false" => answer,
        _ if answer.starts_with("does not compile") => "does not compile",
        _ if answer.starts_with("error") => "error",
        _ => "no truth value",
    }
}

fn ask(binary: &Path, arguments: &[&str], input: &str) -> Result<String, String> {
    let failed = |error: std::io::Error| format!("{}: {error}", binary.display());
    let mut child =
        Command::new(binary).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(failed)?;
    let mut stdin = child.stdin.take().ok_or("no input")?;
    let given = input.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(given.as_bytes()));
    let output = child.wait_with_output().map_err(failed)?;
    // A program that ends early is told by its status.
    drop(writer.join());
    if !output.status.success() {
        return Err(format!("{} fails", binary.display()));
    }
    String::from_utf8(output.stdout).map_err(|error| error.to_string())
}
