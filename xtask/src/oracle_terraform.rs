//! Records what the real Terraform answers: `tests/data/terraform-expressions.tsv`.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

/// Record the answers of `terraform console` again; `args` is the path of the table. Each line is
/// an expression, a tab, and what `jsonencode` makes of it or `error`; comments (`//`) stay, and so
/// does a third column.
///
/// # Errors
/// If the table cannot be read or written, or `terraform` cannot be run.
pub(crate) fn run(args: &[String]) -> Result<(), String> {
    let [path] = args else { return Err("usage: oracle-terraform TABLE".to_owned()) };
    let table = std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    let directory = std::env::temp_dir().join(format!("oracle-terraform-{}", std::process::id()));
    std::fs::create_dir_all(&directory).map_err(|error| error.to_string())?;
    let mut out = String::new();
    for line in table.lines() {
        if line.starts_with("//") || line.is_empty() {
            out.push_str(line);
        } else {
            let mut columns = line.split('\t');
            let expression = columns.next().unwrap_or_default();
            let answer = answer(expression, &directory)?;
            let _ = write!(out, "{expression}\t{answer}");
            if let Some(note) = columns.nth(1) {
                let _ = write!(out, "\t{note}");
            }
        }
        out.push('\n');
    }
    std::fs::remove_dir_all(&directory).map_err(|error| error.to_string())?;
    std::fs::write(path, out).map_err(|error| format!("{path}: {error}"))
}

/// What Terraform says of an expression, as JSON; `error` if it refuses it.
fn answer(expression: &str, directory: &std::path::Path) -> Result<String, String> {
    let mut child = Command::new("terraform")
        .arg("console")
        .current_dir(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("terraform: {error}"))?;
    if let Some(mut input) = child.stdin.take() {
        writeln!(input, "jsonencode({expression})").map_err(|error| error.to_string())?;
    }
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Ok("error".to_owned());
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let quoted = text.trim();
    // Terraform quotes as JSON does, as long as there are no line breaks.
    serde_json::from_str(quoted).map_err(|_| format!("`{expression}` gives `{quoted}`"))
}
