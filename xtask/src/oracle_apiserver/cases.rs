//! What the API server says to each case of `tests/data/validations`, recorded beside it.

use std::path::Path;

use serde_json::Value as Json;

use super::ask;

#[path = "../../../tests/support/validations.rs"]
mod validations;

const TABLE: &str = "tests/data/validations/cases.tsv";

/// Record.
pub(super) fn record(binary: &Path) -> Result<(), String> {
    let table = std::fs::read_to_string(TABLE).map_err(|error| format!("{TABLE}: {error}"))?;
    let lines = validations::read(&table);
    let objects: Vec<Json> = lines.iter().flatten().map(|case| case.object.clone()).collect();
    let answers = ask(binary, &objects)?;
    let mut answers = answers.iter().map(verdict);
    let mut out = String::new();
    let mut changed = 0;
    for line in &lines {
        match line {
            Ok(case) => {
                let answer = answers.next().unwrap_or_default();
                changed += usize::from(answer != case.answer);
                out.push_str(&validations::line(case, case.rules, &answer));
            }
            Err(heading) => {
                out.push_str(heading);
                out.push('\n');
            }
        }
    }
    println!("{} cases, {changed} answers are others than before", objects.len());
    std::fs::write(TABLE, out).map_err(|error| format!("{TABLE}: {error}"))
}

/// An answer in short: what is wrong, and where.
fn verdict(answer: &Json) -> String {
    let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
    if answer.get("unserved").is_some() {
        return "unserved".to_owned();
    }
    if answer.get("decode").is_some() {
        return "cannot be decoded".to_owned();
    }
    if let Some(why) = answer["strict"].get(0) {
        return text(why);
    }
    match answer["errors"].get(0) {
        None => "taken".to_owned(),
        Some(error) => format!("{} {}", text(&error["type"]).trim_start_matches("FieldValue"), text(&error["field"])),
    }
}
