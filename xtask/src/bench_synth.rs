//! `cargo xtask bench synth`: what a check takes as a repository grows.
//!
//! Generated repositories of growing size are checked, each in a process of its own. What one object
//! takes is printed as a multiple of what it takes in the smallest, so that 1.0 in every row means
//! that time or memory grow as the repository does.

use serde_json::Value;

use crate::corpus;
use crate::mutate::Format;
use crate::{synth, table};

/// Which sizes.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Objects of each repository
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 3_000, 10_000, 30_000, 100_000])]
    objects: Vec<usize>,
    /// Checks of each, of which the fastest counts
    #[arg(long, default_value_t = 3)]
    runs: usize,
    /// How to print the table
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

const HEAD: [&str; 8] =
    ["objects", "files", "MB", "seconds", "peak MB", "time of an object", "memory of an object", "peak/input"];

/// Measure and print.
///
/// # Errors
/// If a repository cannot be written or checked.
pub(crate) fn run(arguments: &Arguments) -> Result<(), String> {
    if cfg!(debug_assertions) {
        return Err("measure a release build: cargo xtask bench".to_owned());
    }
    let mut rows = Vec::new();
    let mut first: Option<(f64, f64)> = None;
    for objects in &arguments.objects {
        let directory = tempfile::tempdir().map_err(|error| error.to_string())?;
        synth::write(directory.path(), *objects)?;
        let records: Result<Vec<Value>, String> =
            (0..arguments.runs.max(1)).map(|_| corpus::in_child(directory.path())).collect();
        let fastest = records?.into_iter().min_by(|a, b| number(a, "seconds").total_cmp(&number(b, "seconds")));
        let Some(record) = fastest else { continue };
        if number(&record, "errors") + number(&record, "warnings") > 0.0 {
            return Err(format!("{objects} objects: there are findings where every reference holds"));
        }
        let count = number(&record, "objects").max(1.0);
        let (seconds, peak) = (number(&record, "seconds"), number(&record, "peak") - number(&record, "idle"));
        let each = (seconds / count, peak / count);
        let (time, memory) = *first.get_or_insert(each);
        rows.push(vec![
            format!("{count}"),
            format!("{}", number(&record, "files")),
            format!("{:.1}", number(&record, "bytes") / 1e6),
            format!("{seconds:.2}"),
            format!("{:.0}", number(&record, "peak") / 1e6),
            format!("{:.2}", each.0 / time),
            format!("{:.2}", each.1 / memory),
            format!("{:.1}", peak / number(&record, "bytes").max(1.0)),
        ]);
    }
    print!("{}", table::render(arguments.format, &HEAD, &rows));
    Ok(())
}

fn number(record: &Value, field: &str) -> f64 {
    record[field].as_f64().unwrap_or_default()
}
