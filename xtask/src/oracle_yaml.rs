//! Records how the real readers of manifests read YAML: `tests/data/yaml-scalars.tsv`.
//!
//! The readers are `kubectl annotate --local` (sigs.k8s.io/yaml, as in Argo CD and Helm) and
//! `kubectl kustomize`. Both must be on the PATH; the tests need the recording only.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rayon::prelude::*;
use serde_json::Value;

const TABLE: &str = "tests/data/yaml-scalars.tsv";

/// Scalars, each tried as the value of a key, in a list, and as a key.
const SCALARS: &[&str] = &[
    // Words.
    "",
    "~",
    "null",
    "Null",
    "NULL",
    "nULL",
    "nil",
    "None",
    "true",
    "True",
    "TRUE",
    "tRUE",
    "false",
    "False",
    "FALSE",
    "yes",
    "Yes",
    "YES",
    "yES",
    "no",
    "No",
    "NO",
    "on",
    "On",
    "ON",
    "off",
    "Off",
    "OFF",
    "oFF",
    "y",
    "Y",
    "n",
    "N",
    "t",
    "f",
    "T",
    "F",
    "o",
    "yess",
    "none",
    "trueish",
    // Integers.
    "0",
    "1",
    "-1",
    "+1",
    "00",
    "01",
    "007",
    "0777",
    "-0777",
    "+0777",
    "08",
    "09",
    "0888",
    "0o7",
    "0o777",
    "0O777",
    "-0o777",
    "+0o7",
    "0o8",
    "0o",
    "0x1F",
    "0X1f",
    "-0x1f",
    "+0x1f",
    "0x",
    "0xg",
    "0b101",
    "0B101",
    "-0b101",
    "+0b101",
    "0b",
    "0b2",
    "1_000",
    "1__000",
    "_1",
    "1_",
    "-1_0",
    "0_7",
    "0x_1",
    "0b_1",
    "0o_7",
    "1_000.5",
    "-0",
    "+0",
    "--1",
    "+-1",
    "- 1",
    "1 2",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "-9223372036854775809",
    "18446744073709551615",
    "18446744073709551616",
    "+9223372036854775808",
    "12345678901234567890123",
    "0xFFFFFFFFFFFFFFFF",
    "0xFFFFFFFFFFFFFFFFF",
    "0777777777777777777777",
    "07777777777777777777777",
    "0000000000000000000000001",
    "99999999999999999999",
    "1e18",
    "1e19",
    "9007199254740993",
    "9007199254740993.0",
    // Floats.
    "1.",
    "1.0",
    "1.5",
    "-1.5",
    "+1.5",
    ".5",
    "-.5",
    "+.5",
    ".",
    "..",
    "-",
    "+",
    "-.",
    "1e3",
    "1E3",
    "1e+3",
    "1e-3",
    "1.e3",
    ".5e1",
    "1e",
    "1e+",
    "e3",
    "1e400",
    "-1e400",
    "1e-400",
    "1e21",
    "1e20",
    "1e22",
    "1e-6",
    "1e-7",
    "1.7976931348623157e308",
    "0.1",
    "0.30000000000000004",
    "1.10",
    "1.1.1",
    "1.2.3.4",
    "1,000",
    "1.0e0",
    "-0.0",
    "0.0",
    "0e0",
    "00.5",
    "01.5",
    "08.5",
    ".inf",
    ".Inf",
    ".INF",
    "-.inf",
    "+.inf",
    ".iNF",
    "inf",
    "Inf",
    "infinity",
    "-inf",
    "+Infinity",
    ".nan",
    ".NaN",
    ".NAN",
    "nan",
    "NaN",
    "-nan",
    "0x1p4",
    "0x1.8p1",
    "1_0.0",
    "._5",
    ".5_0",
    "1.5_0",
    ".1e1_0",
    ".0x1",
    "123456789.125",
    "1:30",
    "190:20:30",
    "1:30.5",
    "12:30:45",
    "0.1f",
    "1d",
    "10m",
    "100Mi",
    "1.5Gi",
    "1e3Mi",
    "5s",
    // Times.
    "2001-01-01",
    "2001-1-1",
    "2001-12-14t21:59:43.10-05:00",
    "2001-12-14T21:59:43Z",
    "2001-12-14 21:59:43.10 -5",
    "2001-12-14 21:59:43.10",
    "2001-12-14 1:2:3",
    "2001-13-01",
    "2001-02-29",
    "2000-02-29",
    "1900-02-29",
    "2001-01-32",
    "2001-12-14T21:59:43",
    "2001-12-14T21:59:43+00:00",
    "2001-12-14T21:59:43.123456789012Z",
    "2001-12-14T24:00:00Z",
    "2001-12-14T21:59:60Z",
    "2001-12-14T21:59:43,5Z",
    "2001-12-14T21:59:43.Z",
    "2001-12-14T21:59:43+24:00",
    "2001-12-14T21:59:43+23:59",
    "2001-12-14T21:59:43+05",
    "2001-12-14T21:59:43-0500",
    "2001-12-14T21:59:43z",
    "2001-12",
    "2001-12-14T",
    "0000-01-01",
    "9999-12-31",
    "20010101",
    "2001-01-01x",
    "2001-001-01",
    "12001-01-01",
    "201-01-01",
    "2001-00-10",
    "2001-01-00",
    "2001-12-14  21:59:43",
    "2001-12-14T5:9:3Z",
    "2001-12-14T21:59:43.000Z",
    "2001-12-14T21:59:43.120Z",
    // Quoted and tagged.
    "\"yes\"",
    "'no'",
    "\"1\"",
    "'0777'",
    "\"\"",
    "''",
    "\"~\"",
    "'null'",
    "\"2001-01-01\"",
    "\"1e3\"",
    "'.inf'",
    "\"a\\nb\"",
    "\"\\u00e9\\x41\\t\"",
    "'it''s'",
    "\"\\uD83D\\uDE00\"",
    "\"\\/\"",
    "!!str 1",
    "!!str yes",
    "!!str",
    "!!str ~",
    "!!int 1",
    "!!int \"1\"",
    "!!int 1.5",
    "!!int 0x10",
    "!!int x",
    "!!int yes",
    "!!float 1",
    "!!float \"1.5\"",
    "!!float 1e3",
    "!!float x",
    "!!bool yes",
    "!!bool \"true\"",
    "!!bool 1",
    "!!bool \"yes\"",
    "!!null ~",
    "!!null \"\"",
    "!!null x",
    "!!null null",
    "!!binary aGVsbG8=",
    "!!binary \"aGVs bG8=\"",
    "!!binary x",
    "!!binary \"\"",
    "!!binary gIGC",
    "!!timestamp 2001-01-01",
    "!!timestamp \"2001-01-01\"",
    "!!timestamp x",
    "! 1",
    "! yes",
    "! \"1\"",
    "!custom 1",
    "!custom yes",
    "!custom \"x\"",
    "!Ref x",
    "!vault x",
    "!!custom 1",
    "!<tag:yaml.org,2002:int> 1",
    "!<tag:yaml.org,2002:str> 1",
    "!!merge 1",
    "!!map x",
    "!!seq x",
    // Texts.
    "a b",
    "a#b",
    "a #b",
    "a:b",
    "http://x/y",
    "<<",
    "=",
    "<TOKEN>",
    "${VAR}",
    "$(VAR)",
    "a{{b}}",
    "*.example.com",
    "-a",
    "-1a",
    "?a",
    ":a",
    "é",
    "日本",
    "/path",
    "a\\b",
    "a'b",
    "a\"b",
    "{}",
    "[]",
    "a]",
    "x,y",
    "1,2",
];

/// Texts of a whole map, for what is not a scalar's matter.
const MAPS: &[&str] = &[
    "yes: 1\non: 2",
    "y: 1\ntrue: 2",
    "a: 1\na: 2",
    "a: 1\n\"a\": 2",
    "a: &x 1\nb: *x",
    "a: &x {p: 1, q: 2}\nb: {<<: *x, q: 3}",
    "a: &x {p: 1, q: 2}\nb: {q: 3, <<: *x}",
    "a: &x {p: 1}\nb: &y {p: 2, q: 2}\nc: {<<: [*x, *y]}",
    "a: &x {p: 1}\nb: &y {p: 2, q: 2}\nc: {<<: [*y, *x]}",
    "a: &x {p: 1}\nb: &y {q: 2}\nc: {<<: *x, <<: *y}",
    "a: &x {p: 1}\nb: {<<: {p: 2}, r: 1}",
    "a: &x {p: 1}\nb: {\"<<\": *x}",
    "a: &x {p: 1}\nb: {!!merge <<: *x}",
    "a: &x [1]\nb: {<<: *x}",
    "a: &x 1\nb: {<<: *x}",
    "a: {<<: null}",
    "a: {<<: }",
    "a: {<<: []}",
    "a: &x {p: {z: 1}}\nb: {<<: *x, p: {y: 2}}",
    "a: &x {p: 1}\nb: &y {<<: *x, q: 2}\nc: {<<: *y, r: 3}",
    "a: &x 1\nb: &x 2\nc: *x",
    "a: *x",
    "a: &x [*x]",
    "? a\n: b",
    "? [a]\n: b",
    "? {a: b}\n: c",
    "a: {{ x }}",
    "a: {b}",
    "a: {b: }",
    "a: {b: , c: 1}",
    "a: {b:}",
    "a: [b: ]",
    "a:\nb: 1",
    "a:\n-\n- 1",
    "a: &x\nb: *x",
    "a: {? b}",
    "a: \u{feff}x",
    "a: &x {p: 1}\nb: &y {p: 2}\nc: {<<: *x, <<: *y}",
    "a: &x {p: 1}\nb: {p: 3, <<: {p: 2}}",
    "a: &x {p: 1}\nb: &y {p: 2}\nc: {p: 0, <<: [*x, *y]}",
    "a: [b: c]",
    "a: !custom {b: c}",
    "a: !custom [b]",
    "a: !!set {b, c}",
    "a: !!omap [b: 1]",
    "&k a: 1\nb: *k",
    "a: &k b\n*k : 1",
    "a: |\n  x\n  y\nb: 1",
    "a: |-\n  x\n\nb: >\n  x\n  y\n\n  z",
    "a: |+\n  x\n\nb: 1",
    "a: >-\n  x\n   y\n  z",
    "a: |2\n    x\nb: 1",
    "a: \"x\n  y\n\n  z\"",
    "a: 'x\n  y'",
    "a: x\n  y\n\n  z",
    "a: \"x\\\n  y\"",
    "a: |\n  ---\n  x",
    "a: \"\\0\"",
    "a: \"\\e[0m\"",
    "a: \"\\q\"",
    "a: '\tx'",
    "a:\tx",
    "a: x\t# c",
    "a: [1,2,]",
    "a: [1,,2]",
    "a: {b: 1,}",
    "\"a\":1",
    "a: {\"b\":1}",
    "a: - b",
    "a: b: c",
    "- a\nb: c",
    "a: @x",
    "a: `x",
    "a: %x",
    "a: &x",
    "a: x\u{7f}y",
    "a: x\u{85}y",
    "a: x\u{2028}y",
    "a: x\u{feff}y",
];

/// Rewrite the table. No arguments.
///
/// # Errors
/// If kubectl cannot be run or the table cannot be written.
pub(crate) fn run(arguments: &[String]) -> Result<(), String> {
    if !arguments.is_empty() {
        return Err("oracle-yaml takes no arguments".to_owned());
    }
    let mut cases: Vec<String> = Vec::new();
    for scalar in SCALARS {
        cases.push(format!("v: {scalar}"));
        cases.push(format!("? {scalar}\n: v"));
    }
    cases.extend(MAPS.iter().map(|map| (*map).to_owned()));
    let scratch = std::env::temp_dir().join(format!("oracle-yaml-{}", std::process::id()));
    let rows: Result<Vec<String>, String> =
        cases.par_iter().enumerate().map(|(at, case)| row(&scratch.join(at.to_string()), case)).collect();
    let removed = std::fs::remove_dir_all(&scratch);
    let mut table = String::from(
        "# How real readers read a map: source, kubectl annotate --local, kubectl kustomize; each as JSON.\n\
         # `refused` means that the reader reports an error. Refresh with: cargo xtask oracle-yaml\n",
    );
    for row in rows? {
        table.push_str(&row);
        table.push('\n');
    }
    removed.map_err(|error| error.to_string())?;
    std::fs::write(TABLE, table).map_err(|error| format!("{TABLE}: {error}"))
}

fn row(scratch: &Path, case: &str) -> Result<String, String> {
    let mut manifest = String::from("apiVersion: example.com/v1\nkind: Probe\nmetadata:\n  name: probe\ndata:\n");
    for line in case.split('\n') {
        manifest.push_str("  ");
        manifest.push_str(line);
        manifest.push('\n');
    }
    let directory: PathBuf = scratch.to_owned();
    let write = |name: &str, text: &str| {
        std::fs::write(directory.join(name), text).map_err(|error| format!("{}: {error}", directory.display()))
    };
    std::fs::create_dir_all(&directory).map_err(|error| error.to_string())?;
    write("probe.yaml", &manifest)?;
    write("kustomization.yaml", "resources: [probe.yaml]\n")?;
    let source = serde_json::to_string(case).map_err(|error| error.to_string())?;
    let kubernetes = read(&manifest)?;
    let kustomize = match output(Command::new("kubectl").arg("kustomize").arg(&directory), None)? {
        Some(built) => read(&built)?,
        None => None,
    };
    let cell = |value: Option<Value>| value.map_or_else(|| "refused".to_owned(), |value| value.to_string());
    Ok(format!("{source}\t{}\t{}", cell(kubernetes), cell(kustomize)))
}

/// The `data` of a manifest as kubectl reads it; `None` if it refuses it.
fn read(manifest: &str) -> Result<Option<Value>, String> {
    let mut command = Command::new("kubectl");
    command.args(["annotate", "--local", "-f", "-", "x=y", "-o", "json"]);
    let Some(json) = output(&mut command, Some(manifest))? else { return Ok(None) };
    let object: Value = serde_json::from_str(&json).map_err(|error| format!("{error} in {json}"))?;
    Ok(Some(object.get("data").cloned().unwrap_or(Value::Null)))
}

fn output(command: &mut Command, input: Option<&str>) -> Result<Option<String>, String> {
    let spawned = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let mut child = spawned.map_err(|error| format!("kubectl: {error}"))?;
    if let Some(mut stdin) = child.stdin.take()
        && let Some(input) = input
    {
        // A reader that refuses early may close its input; its exit code tells.
        let _ = stdin.write_all(input.as_bytes());
    }
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    Ok(output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned()))
}
