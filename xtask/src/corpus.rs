//! `cargo xtask corpus DIR`: checks many repositories, each in a process of its own, and says what
//! was found, what it cost and what could not be known.

mod one;

pub(crate) use one::{references as known_references, units as known_units};

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::mutate::Format;
use crate::random::Random;
use crate::table;

/// Which repositories, and what to print.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A directory of repositories, or of `.tar.gz` archives of repositories
    directory: PathBuf,
    /// Check this directory as one repository and print a record of it
    #[arg(long, hide = true)]
    one: bool,
    /// Write every finding to this file, one a line: repository, level, rule, place, message
    #[arg(long)]
    findings: Option<PathBuf>,
    /// Print this many warnings of each repository with their source lines
    #[arg(long, default_value_t = 0)]
    sample: usize,
    /// Seed of the sample
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How to print the tables
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Check every repository and print what came of it.
pub(crate) fn run(arguments: &Arguments) -> Result<(), String> {
    if arguments.one {
        println!("{}", one::record(&arguments.directory)?);
        return Ok(());
    }
    let unpacked = tempfile::tempdir().map_err(|error| error.to_string())?;
    let mut rows = Vec::new();
    let mut rules: BTreeMap<(String, String), usize> = BTreeMap::new();
    let (mut findings, mut samples, mut crashes) = (String::new(), String::new(), Vec::new());
    for directory in repositories(&arguments.directory, unpacked.path())? {
        let name = directory.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        let record = match in_child(&directory) {
            Ok(record) => record,
            Err(error) => {
                crashes.push(format!("{name}: {error}"));
                continue;
            }
        };
        crashes.extend(strings(&record["crashed"]).map(|rule| format!("{name}: rule {rule}")));
        rows.push(row(&name, &record));
        let all = record["findings"].as_array().map(Vec::as_slice).unwrap_or_default();
        for finding in all {
            let text = |field: &str| finding[field].as_str().unwrap_or_default();
            *rules.entry((text("rule").to_owned(), text("level").to_owned())).or_default() += 1;
            let place = format!("{}:{}", text("path"), finding["line"]);
            let _ = writeln!(findings, "{name}\t{}\t{}\t{place}\t{}", text("level"), text("rule"), text("message"));
        }
        sample(&mut samples, &name, all, arguments);
        for (rule, count) in record["quality"].as_object().into_iter().flatten() {
            let _ = writeln!(samples, "{name}: quality: {rule} {count}");
        }
        let _ = writeln!(samples, "{name}: what could not be known");
        for line in strings(&record["unknown"]) {
            let _ = writeln!(samples, "  {line}");
        }
    }
    print!("{}", table::render(arguments.format, &HEAD, &rows));
    let by_rule: Vec<Vec<String>> =
        rules.into_iter().map(|((rule, level), count)| vec![rule, level, count.to_string()]).collect();
    print!("\n{}\n{samples}", table::render(arguments.format, &["rule", "level", "findings"], &by_rule));
    if let Some(path) = &arguments.findings {
        std::fs::write(path, findings).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    if crashes.is_empty() { Ok(()) } else { Err(format!("kate failed:\n{}", crashes.join("\n"))) }
}

const HEAD: [&str; 15] = [
    "repository",
    "files",
    "MB",
    "objects",
    "errors",
    "warnings",
    "hints",
    "workloads",
    "quality",
    "known units",
    "known references",
    "seconds",
    "reading",
    "peak MB",
    "peak/input",
];

fn row(name: &str, record: &Value) -> Vec<String> {
    let count = |field: &str| record[field].as_u64().unwrap_or_default();
    let number = |field: &str| record[field].as_f64().unwrap_or_default();
    let of = |field: &str| {
        let part = |index: usize| record[field][index].as_u64().unwrap_or_default();
        format!("{} of {} ({})", part(0), part(1), table::percent(part(0), part(1)))
    };
    let megabytes = |field: &str| number(field) / 1e6;
    vec![
        name.to_owned(),
        count("files").to_string(),
        format!("{:.1}", megabytes("bytes")),
        count("objects").to_string(),
        count("errors").to_string(),
        count("warnings").to_string(),
        count("infos").to_string(),
        count("workloads").to_string(),
        quality(record),
        of("known_units"),
        of("known_references"),
        format!("{:.2}", number("seconds")),
        format!("{:.2}", number("reading")),
        format!("{:.0}", megabytes("peak")),
        format!("{:.1}", (number("peak") - number("idle")) / number("bytes").max(1.0)),
    ]
}

/// Warnings about the quality of workloads; marked if there is more than one for five workloads.
fn quality(record: &Value) -> String {
    let warnings: u64 =
        record["quality"].as_object().into_iter().flat_map(|rules| rules.values()).filter_map(Value::as_u64).sum();
    let workloads = record["workloads"].as_u64().unwrap_or_default();
    let mark = if warnings * 5 > workloads { "!" } else { "" };
    format!("{mark}{warnings}")
}

fn strings(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// Some warnings, with the lines that they stand at.
fn sample(out: &mut String, name: &str, findings: &[Value], arguments: &Arguments) {
    let mut warnings: Vec<&Value> = findings.iter().filter(|finding| finding["level"] == "warning").collect();
    let mut random = Random::new(arguments.seed);
    random.shuffle(&mut warnings);
    for finding in warnings.into_iter().take(arguments.sample) {
        let text = |field: &str| finding[field].as_str().unwrap_or_default();
        let _ = writeln!(out, "{name}/{}:{} {}: {}", text("path"), finding["line"], text("rule"), text("message"));
        let _ = writeln!(out, "    {}", text("source").trim_end());
    }
}

/// The repositories below a directory; archives are unpacked first.
pub(crate) fn repositories(directory: &Path, unpacked: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = std::fs::read_dir(directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    let mut found = Vec::new();
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if let Some(name) = name.strip_suffix(".tar.gz") {
            found.push(unpack(&path, &unpacked.join(name))?);
        } else if path.is_dir() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn unpack(archive: &Path, into: &Path) -> Result<PathBuf, String> {
    std::fs::create_dir_all(into).map_err(|error| error.to_string())?;
    let status = Command::new("tar").arg("-xzf").arg(archive).arg("-C").arg(into).status();
    match status {
        Ok(status) if status.success() => {}
        Ok(status) => return Err(format!("{}: tar ended with {status}", archive.display())),
        Err(error) => return Err(format!("tar: {error}")),
    }
    // An archive of one directory of the same name is that directory.
    let inner: Vec<PathBuf> =
        std::fs::read_dir(into).map_err(|error| error.to_string())?.flatten().map(|entry| entry.path()).collect();
    match inner.as_slice() {
        [only] if only.file_name() == into.file_name() => Ok(only.clone()),
        _ => Ok(into.to_owned()),
    }
}

/// Check a repository in another process, so that a crash is one and its memory is its own.
/// Check a repository in a process of its own.
pub(crate) fn in_child(directory: &Path) -> Result<Value, String> {
    let this = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new(this).args(["corpus", "--one"]).arg(directory).output();
    let output = output.map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(format!("{}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim()));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())
}
