//! Records how kustomize prints tricky texts, numbers and structures: `tests/kustomize/printing.jsonl`.

use std::fmt::Write as _;
use std::path::Path;

use super::program::{Build, Program};
use crate::random::Random;

pub(crate) const TABLE: &str = "tests/kustomize/printing.jsonl";

/// Rows made at random.
const ROWS: usize = 1_000;

/// Rows of block texts: kustomize writes each once in its own style before it makes JSON of it.
const BLOCKS: usize = 120;

/// Pieces of texts that mean something to a reader or a printer of YAML.
const PIECES: &[&str] = &[
    " ",
    " ",
    " ",
    "  ",
    ":",
    ": ",
    " #",
    "#",
    "-",
    "- ",
    "?",
    "? ",
    "'",
    "\"",
    "\\",
    "\n",
    "\n",
    "\n\n",
    "\t",
    "\r",
    "\r\n",
    "a",
    "b",
    "Z",
    "word",
    "longer",
    "0",
    "1",
    "9",
    "07",
    ".",
    "..",
    "e",
    "E",
    "_",
    "yes",
    "no",
    "on",
    "Off",
    "null",
    "~",
    "true",
    "False",
    "é",
    "ß",
    "日本",
    "😀",
    "\u{85}",
    "\u{2028}",
    "\u{2029}",
    "\u{a0}",
    "\u{feff}",
    "{",
    "}",
    "[",
    "]",
    ",",
    "&",
    "*",
    "!",
    "|",
    ">",
    "%",
    "@",
    "`",
    "=",
    "<<",
    "---",
    "...",
    "0x",
    "0b",
    "0o",
    "+",
    "/",
    "2001-01-01",
    "T",
    "12:30",
    ":59",
    "\u{7}",
    "\u{1b}",
    "\0",
    "\u{1}",
    "$(A)",
    "${B}",
    "{{c}}",
    "\u{e000}",
    "٣",
    "\u{fffd}",
    ".inf",
    ".NaN",
    "1e3",
    "--- ",
    "- - ",
];

/// Texts that readers may take for something else, or that printers treat in a way of their own.
const TEXTS: &[&str] = &[
    "",
    " ",
    "\n",
    "\n\n",
    " \n",
    "\n ",
    "a\n",
    "a\n\n",
    "\na",
    " a\nb",
    "a \nb",
    "a\n b",
    "a\n\tb",
    "\ta",
    "a\t",
    "a\nb ",
    "a\r\nb\r\n",
    "a\u{85}b",
    "a \u{85} b",
    "\u{85}",
    "a\u{85}\u{85}b",
    "a\u{85}\u{85}\u{85}b\u{85}",
    "\u{85}a",
    "a\u{2028}b",
    "a\u{2028}b\n",
    "a\n\u{2028}",
    "\u{2029}",
    "a \u{2028}b",
    "a\u{2028} b",
    "\u{feff}",
    "\u{feff}ab c",
    "ab\u{feff}",
    "\u{a0}",
    "é",
    "日本",
    "😀",
    "a😀b\nc",
    "\u{7}",
    "\u{1b}[0m",
    "\0",
    "~",
    "null",
    "Null",
    "NULL",
    "nULL",
    "true",
    "True",
    "TRUE",
    "tRUE",
    "false",
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
    "OFF",
    "oFF",
    "y",
    "Y",
    "n",
    "N",
    "yess",
    "0",
    "1",
    "-1",
    "+1",
    "00",
    "01",
    "0777",
    "08",
    "09",
    "0o7",
    "0O7",
    "-0o7",
    "0o8",
    "0x1F",
    "0X1f",
    "-0x1f",
    "0x",
    "0xg",
    "0b101",
    "0B101",
    "-0b101",
    "0b2",
    "1_000",
    "1__000",
    "_1",
    "1_",
    "0x_1",
    "0b_1",
    "1_000.5",
    "-0",
    "--1",
    "9223372036854775808",
    "18446744073709551616",
    "-9223372036854775809",
    "12345678901234567890123",
    "0xFFFFFFFFFFFFFFFFF",
    "1.",
    "1.0",
    ".5",
    "-.5",
    "+.5",
    ".",
    "..",
    "...",
    "-",
    "--",
    "---",
    "--- a",
    "---a",
    "...a",
    "+",
    "-.",
    "1e3",
    "1E3",
    "1e+3",
    "1.e3",
    ".5e1",
    "1e",
    "1e400",
    "1e-400",
    ".inf",
    ".Inf",
    "-.inf",
    "+.INF",
    ".iNF",
    "inf",
    "infinity",
    ".nan",
    ".NaN",
    "nan",
    "0x1p4",
    "._5",
    ".5_0",
    "1.5_0",
    "1:30",
    "1:60",
    "190:20:30",
    "1:30.5",
    "-1:30",
    "1_0:30",
    "1:3:",
    "12:30:45",
    "1:5:5:5",
    "2001-01-01",
    "2001-1-1",
    "2001-12-14t21:59:43.10-05:00",
    "2001-12-14T21:59:43Z",
    "2001-12-14 21:59:43.10 -5",
    "2001-12-14 21:59:43.10",
    "2001-13-01",
    "2001-02-29",
    "2000-02-29",
    "201-01-01",
    "2001-12-14T21:59:43+24:00",
    "20010101",
    "2001-01",
    "<<",
    "=",
    "<",
    ">",
    "|",
    "|-",
    ">-",
    "!",
    "!a",
    "!!str",
    "&",
    "&a",
    "*",
    "*a",
    "*.example.com",
    "%",
    "%a",
    "@",
    "@a",
    "`",
    "`a",
    "'",
    "\"",
    "'a'",
    "\"a\"",
    "a'b",
    "a\"b",
    "{",
    "}",
    "{}",
    "[]",
    "[a]",
    "a]",
    "a}",
    "a,b",
    ",",
    ",a",
    "#",
    "#a",
    "a#b",
    "a #b",
    "a# b",
    ":",
    ":a",
    "a:",
    "a:b",
    "a: b",
    "a:\tb",
    "a :b",
    "?",
    "?a",
    "? a",
    "a?",
    "-a",
    "- a",
    "-\ta",
    "a -b",
    "a - b",
    "a ",
    " a",
    "  a",
    "a  b",
    "\\",
    "a\\b",
    "a\\",
    "/path",
    "http://x/y",
    "$(VAR)",
    "${VAR}",
    "{{ x }}",
    "100Mi",
    "10m",
    "1.2.3",
    "1,000",
];

const NUMBERS: &[&str] = &[
    "0",
    "-0",
    "1",
    "-1",
    "+1",
    "0777",
    "0o17",
    "0x1F",
    "0b11",
    "1_000",
    "9223372036854775807",
    "-9223372036854775808",
    "9007199254740993",
    "12345678901234567890123",
    "-9223372036854775809",
    "1.0",
    "1.5",
    "-1.5",
    "+1.5",
    ".5",
    "-.5",
    "0.1",
    "0.30000000000000004",
    "100000.5",
    "999999.5",
    "1000000.5",
    "1234567.25",
    "-1234567.25",
    "123456789.125",
    "0.0001",
    "0.00012",
    "0.00001",
    "0.000001",
    "0.0000001",
    "0.00000012",
    "1e3",
    "1e5",
    "1e6",
    "1e7",
    "1e18",
    "1e19",
    "1e20",
    "1e21",
    "1e22",
    "1e100",
    "1.5e300",
    "1e-5",
    "1e-6",
    "1e-7",
    "1e-300",
    "5e-324",
    "1.7976931348623157e308",
    "-0.0",
    "0.0",
    "0e0",
    "1.152921504606847e18",
    "1152921504606846976.0",
    "9007199254740993.0",
    "123456789012345678.5",
    "1.10",
    "08.5",
    "1e400",
    "null",
    "~",
    "true",
    "TRUE",
    "false",
    "yes",
    "2001-01-01",
    "2001-12-14 21:59:43.10",
    "1:30",
];

/// Write the table anew, or compare.
///
/// # Errors
/// If the program cannot be run or refuses what it should print.
pub(crate) fn record(program: &Program, scratch: &Path) -> Result<String, String> {
    let mut random = Random::new(20);
    let mut sources: Vec<String> = Vec::new();
    for text in TEXTS {
        let quoted = quote(text);
        // In JSON, a key with a next-line character takes two lines, for which go-yaml refuses it.
        // A key `<<` vanishes.
        let refused = text.contains('\u{85}') || *text == "<<";
        let key = if refused { quote("b") } else { quoted.clone() };
        sources.push(format!("{{a: {quoted}, ? {key} : [{quoted}, [{quoted}]]}}"));
    }
    sources.extend(NUMBERS.iter().map(|number| format!("[{number}, {{a: {number}}}]")));
    sources.extend((0..ROWS).map(|_| value(&mut random, 0)));
    sources.extend((0..BLOCKS).map(|_| block(&mut random)));
    let objects: Vec<String> = sources
        .iter()
        .enumerate()
        .map(|(at, source)| {
            format!("apiVersion: example.com/v1\nkind: Probe\nmetadata: {{name: p{at:05}}}\nspec: {source}\n")
        })
        .collect();
    let write = |name: &str, text: &str| std::fs::write(scratch.join(name), text).map_err(|error| error.to_string());
    write("kustomization.yaml", "resources: [probes.yaml]\n")?;
    write("probes.yaml", &objects.join("---\n"))?;
    let printed = match program.build(scratch, ".")? {
        Build::Printed(printed) => printed,
        Build::Failed(why) => return Err(format!("kustomize refuses the table of texts: {why}")),
    };
    let mut table = String::new();
    let documents: Vec<&str> = printed.split("---\napiVersion: example.com/v1\n").collect();
    if documents.len() != sources.len() {
        return Err(format!("{} documents for {} values", documents.len(), sources.len()));
    }
    for (at, (source, document)) in sources.iter().zip(documents).enumerate() {
        let name = format!("  name: p{at:05}\n");
        let Some((_, spec)) = document.split_once(&name) else { return Err(format!("no {name} in {document}")) };
        let row = serde_json::to_string(&(source, spec)).map_err(|error| error.to_string())?;
        let _ = writeln!(table, "{row}");
    }
    Ok(table)
}

/// A text in YAML's double quotes, in ASCII.
fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        let code = u32::from(c);
        let _ = match c {
            '"' | '\\' => write!(quoted, "\\{c}"),
            ' '..='~' => write!(quoted, "{c}"),
            _ if code <= 0xff => write!(quoted, "\\x{code:02x}"),
            _ if code <= 0xffff => write!(quoted, "\\u{code:04x}"),
            _ => write!(quoted, "\\U{code:08x}"),
        };
    }
    quoted.push('"');
    quoted
}

fn text(random: &mut Random) -> String {
    let pieces = match random.below(10) {
        0..6 => 1 + random.below(4),
        6..9 => 4 + random.below(20),
        _ => 30 + random.below(40),
    };
    // Long texts of words, or of a few pieces only, meet the rules of folding more often.
    let few: Vec<&str> = (0..3).filter_map(|_| random.pick(PIECES).copied()).collect();
    let from_few = pieces > 6 && random.below(2) == 0;
    let mut text = String::new();
    for _ in 0..pieces {
        let piece = if from_few {
            match random.below(4) {
                0 => random.pick(&few),
                1 => Some(&" "),
                _ => Some(&"word"),
            }
        } else {
            random.pick(PIECES)
        };
        text.push_str(piece.copied().unwrap_or_default());
    }
    // Behind a next-line character in JSON these would end the document.
    text.replace("\u{85}-", "\u{85}").replace("\u{85}.", "\u{85}")
}

fn key(random: &mut Random) -> String {
    match random.below(8) {
        0 => text(random).chars().filter(|c| *c != '\u{85}').take(300).collect(),
        1 => "k".repeat(125 + random.below(8)),
        2 => {
            let words = 20 + random.below(20);
            (0..words).map(|_| "word").collect::<Vec<_>>().join(" ")
        }
        3..6 => format!("{}{}", random.pick(&["a", "b", "A", "-", "_", "é", ""]).unwrap_or(&""), random.below(200)),
        _ => format!(
            "{}{:0width$}{}",
            random.pick(&["", "a", ".", "1"]).unwrap_or(&""),
            random.below(30),
            random.pick(&["", "a", "-", "0"]).unwrap_or(&""),
            width = random.below(4)
        ),
    }
}

fn value(random: &mut Random, depth: usize) -> String {
    match random.below(if depth > 3 { 7 } else { 10 }) {
        0..6 => quote(&text(random)),
        6 => random.pick(&["null", "true", "1", "-2.5", "{}", "[]"]).unwrap_or(&"0").to_string(),
        7 => {
            let items: Vec<String> = (0..random.below(4)).map(|_| value(random, depth + 1)).collect();
            format!("[{}]", items.join(", "))
        }
        _ => {
            let mut entries = std::collections::BTreeMap::new();
            for _ in 0..random.below(6) {
                let key = key(random);
                // Where the order is none, the program's output depends on chance.
                if !entries.keys().any(|other: &String| other.chars().any(char::is_numeric) && clash(other, &key)) {
                    entries.insert(key, value(random, depth + 1));
                }
            }
            let entries: Vec<String> =
                entries.iter().map(|(key, value)| format!("? {} : {value}", quote(key))).collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

/// Whether two keys are among those for which go-yaml has no total order: equal but for zeros.
fn clash(a: &str, b: &str) -> bool {
    let without_zeros = |key: &str| key.replace('0', "").chars().take(2).collect::<String>();
    a != b && (a.contains('0') || b.contains('0')) && without_zeros(a) == without_zeros(b)
}

/// A map with texts over several lines.
fn block(random: &mut Random) -> String {
    let mut text = String::new();
    for at in 0..1 + random.below(3) {
        let head = random.pick(&["|", "|-", "|+", ">", ">-", ">+", "|2", ">2-", "", "'", "\""]).copied().unwrap_or("|");
        let quote = if head == "'" || head == "\"" { head } else { "" };
        let _ = write!(text, "\n  k{at}: {head}");
        if quote.is_empty() {
            text.push_str("\n    ");
        }
        let blank: &[&str] = if quote.is_empty() { &["", "", " ", "  "] } else { &[""] };
        for line in 0..1 + random.below(6) {
            if line > 0 {
                text.push_str("\n    ");
            }
            // Plain texts must not end by a comment, and what is indented deeper is another matter.
            let plain = head.is_empty();
            if line > 0 && !plain {
                text.push_str(random.pick(blank).copied().unwrap_or_default());
            }
            let words = if line == 0 { 1 + random.below(4) } else { random.below(25) };
            let pieces: &[&str] =
                if plain { &["a", "word", "x.y"] } else { &["a", "word", "x: y", "- b", "é", "#", "日本"] };
            let words: Vec<&str> = (0..words).filter_map(|_| random.pick(pieces).copied()).collect();
            text.push_str(words.join(" ").trim_end());
        }
        text.push_str(quote);
        if random.below(3) == 0 && quote.is_empty() {
            text.push_str("\n\n");
        }
    }
    text.trim_end_matches('\n').to_owned()
}
