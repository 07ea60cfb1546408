//! `cargo xtask oracle apiserver`: whether kate refuses what the API server refuses.
//!
//! With `--updates`, so does what may be changed once it is there.
//!
//! The API server's side is a program of its own, `xtask/oracles/apiserver/main.go`, which runs its
//! decoding, defaults and validation without a cluster. Seeds, the objects of repositories, and mutations
//! of both go through the two, and every difference is shown.
//!
//! The program needs a `go.mod` that requires `k8s.io/kubernetes` and replaces each of its staging modules
//! by the published one of the same release (`k8s.io/api => k8s.io/api v0.37.0` for `v1.37.0`); then
//! `go mod tidy && go build`.

mod cases;
mod mutations;
mod updates;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use kate::config::Selector;
use kate::diagnostic::Severity;
use kate::model::Manifest;
use kate::pipeline::{Request, check};
use kate::syntax;
use kate::syntax::yaml::Schema;
use kate::text::{FileId, RepoPath, Side, SourceFile};
use kate::vfs::MemoryVfs;
use serde_json::Value as Json;

use crate::opa;
use crate::random::Random;

/// What to compare.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The program that is built of `xtask/oracles/apiserver/main.go`
    #[arg(long, value_name = "PROGRAM")]
    binary: PathBuf,
    /// Compare the objects of the YAML files below these directories too
    #[arg(long, num_args = 1.., value_name = "DIRECTORY")]
    corpus: Vec<PathBuf>,
    /// Compare this many mutations
    #[arg(long, default_value_t = 5_000, value_name = "COUNT")]
    mutations: usize,
    /// Compare this many changes of objects too
    #[arg(long, default_value_t = 0, value_name = "COUNT")]
    updates: usize,
    /// Seed of the mutations
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Record what it says to the cases of `tests/data/validations`, and compare nothing
    #[arg(long)]
    cases: bool,
    /// Show every object that differs, not one of each sort
    #[arg(long)]
    all: bool,
}

const SEEDS: &str = "xtask/oracles/apiserver/seeds.yaml";

/// How many objects one check of kate looks at.
const BATCH: usize = 2_000;

/// Compare.
pub(crate) fn run(arguments: &Arguments) -> Result<(), String> {
    if arguments.cases {
        return cases::record(&arguments.binary);
    }
    let seeds = read(Path::new(SEEDS))?;
    let mut objects: Vec<Json> = seeds.clone();
    for directory in &arguments.corpus {
        for entry in kate_files(directory)? {
            objects.extend(read(&entry).unwrap_or_default());
        }
    }
    let mut table = Table { all: arguments.all, ..Table::default() };
    let fine = compare(arguments, &objects, &mut table)?;
    println!("{} objects as they are: {}", objects.len(), table.summary());
    table.show();
    // Mutations start from what both take.
    let mut random = Random::new(arguments.seed);
    let starts: Vec<&Json> = objects.iter().zip(&fine).filter(|(_, fine)| **fine).map(|(json, _)| json).collect();
    let pool = mutations::Pool::new(&objects);
    let mut mutated = Vec::new();
    while mutated.len() < arguments.mutations {
        // Seeds have every field; they are half of what is mutated.
        let start =
            if random.below(2) == 0 { &seeds[random.below(seeds.len())] } else { starts[random.below(starts.len())] };
        mutated.extend(pool.mutate(start, &mut random));
    }
    let mut table = Table { all: arguments.all, ..Table::default() };
    compare(arguments, &mutated, &mut table)?;
    println!("{} mutations: {}", mutated.len(), table.summary());
    table.show();
    if arguments.updates == 0 {
        return Ok(());
    }
    let changed = updates::draw(&arguments.binary, arguments.updates, || {
        let from =
            if random.below(3) > 0 { &seeds[random.below(seeds.len())] } else { starts[random.below(starts.len())] };
        pool.mutate(from, &mut random).map(|to| updates::Update { from: from.clone(), to })
    })?;
    updates::compare(&arguments.binary, &changed, arguments.all)
}

/// Compare the verdicts on some objects; true for those that both take.
fn compare(arguments: &Arguments, objects: &[Json], table: &mut Table) -> Result<Vec<bool>, String> {
    let mut both = Vec::new();
    for batch in objects.chunks(BATCH) {
        let answers = ask(&arguments.binary, batch)?;
        let found = kate(batch)?;
        for ((object, answer), findings) in batch.iter().zip(&answers).zip(&found) {
            both.push(table.add(object, answer, findings));
        }
    }
    Ok(both)
}

/// What the API server says to each object.
fn ask(binary: &Path, objects: &[Json]) -> Result<Vec<Json>, String> {
    let mut child = Command::new(binary)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("{}: {error}", binary.display()))?;
    let mut input = child.stdin.take().ok_or("no input")?;
    let output = BufReader::new(child.stdout.take().ok_or("no output")?);
    let lines: Vec<String> = objects.iter().map(Json::to_string).collect();
    let writer = std::thread::spawn(move || lines.iter().all(|line| writeln!(input, "{line}").is_ok()));
    let answers: Result<Vec<Json>, String> = output
        .lines()
        .map(|line| {
            line.map_err(|error| error.to_string())
                .and_then(|line| serde_json::from_str(&line).map_err(|error| error.to_string()))
        })
        .collect();
    let _ = writer.join();
    child.wait().map_err(|error| error.to_string())?;
    let answers = answers?;
    if answers.len() == objects.len() {
        Ok(answers)
    } else {
        Err(format!("{} answers to {} objects", answers.len(), objects.len()))
    }
}

/// A finding of kate.
struct Finding {
    rule: String,
    severity: Severity,
    message: String,
}

/// What kate says to each object, each in a file of its own.
fn kate(objects: &[Json]) -> Result<Vec<Vec<Finding>>, String> {
    let path = |index: usize| format!("o{index:06}.json");
    let files = objects.iter().enumerate().map(|(index, object)| (path(index), object.to_string()));
    // The release that is asked.
    let configuration = ("kate.yaml".to_owned(), "versions: {kubernetes: \"1.37\"}\n".to_owned());
    let vfs: MemoryVfs = files.chain([configuration]).collect();
    let mut request = Request::new(&vfs);
    request.select = vec![Selector::new("kubernetes")];
    request.ignores = false;
    let outcome = check(&request).map_err(|error| error.to_string())?;
    let mut found: Vec<Vec<Finding>> = objects.iter().map(|_| Vec::new()).collect();
    for diagnostic in &outcome.diagnostics {
        let file = outcome.sources.get(diagnostic.primary_span().file).path.to_string();
        let index: Option<usize> =
            file.strip_prefix('o').and_then(|name| name.strip_suffix(".json")).and_then(|name| name.parse().ok());
        let Some(list) = index.and_then(|index| found.get_mut(index)) else { continue };
        list.push(Finding {
            rule: diagnostic.rule.to_string(),
            severity: diagnostic.severity,
            message: diagnostic.message.clone(),
        });
    }
    Ok(found)
}

/// Rules about other things than the object itself.
fn is_about_others(rule: &str) -> bool {
    let others = [
        "competing-scalers",
        "duplicate-object",
        "removed-api",
        "deprecated-api",
        "unserved-api",
        "second-default-class",
        "duplicate-node-port",
    ];
    let own = ["missing-volume", "missing-required-field"];
    others.contains(&rule) || rule.starts_with("missing-") && !own.contains(&rule)
}

/// What kate refuses for another reason than the program sees: rule, what its message says, why.
const EXPLAINED: [(&str, &str, &str); 3] = [
    (
        "invalid-object-name",
        "it has no name",
        "the API server makes up a name, which `kubectl apply` and Argo CD do not wait for",
    ),
    (
        "invalid-container-port",
        "two containers take port",
        "the workload is taken, and every pod that it makes is refused",
    ),
    (
        "invalid-service",
        "`nodePort` is",
        "the range of ports is checked where they are handed out, which the program does not run",
    ),
];

/// Counts, and an example of each sort of difference.
#[derive(Default)]
struct Table {
    all: bool,
    taken: usize,
    refused: usize,
    not_asked: usize,
    /// Of what needs the schema alone.
    structural: usize,
    missed: BTreeMap<String, (usize, String)>,
    explained: BTreeMap<&'static str, usize>,
    wrong: BTreeMap<String, (usize, String)>,
}

impl Table {
    /// Count an object; whether both take it.
    fn add(&mut self, object: &Json, answer: &Json, findings: &[Finding]) -> bool {
        let list = |key: &str| answer.get(key).and_then(Json::as_array).cloned().unwrap_or_default();
        let mut errors = list("errors");
        // kubectl and Argo CD validate fields strictly.
        errors.extend(list("strict").into_iter().map(|why| serde_json::json!({"type": "Strict", "detail": why})));
        // It knows a version of definitions that is served no more.
        let old = object["apiVersion"] == "apiextensions.k8s.io/v1beta1";
        if answer.get("unserved").is_some() || answer.get("decode").is_some() || old {
            self.not_asked += 1;
            return false;
        }
        let refusing =
            findings.iter().find(|finding| finding.severity == Severity::Error && !is_about_others(&finding.rule));
        let text = object.to_string();
        let is_unknown = ["${", "{{", "$(", "\"(", "\"$patch\"", "\"sops\""].iter().any(|mark| text.contains(mark))
            || has_placeholder(&text);
        match (errors.is_empty(), refusing) {
            (true, None) => self.taken += 1,
            (false, Some(_)) => self.refused += 1,
            (false, None) if is_unknown => self.not_asked += 1,
            (false, None) => {
                let get =
                    |error: &Json, key: &str| error.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
                let is_structural = |error: &Json| {
                    matches!(
                        &*get(error, "type"),
                        "FieldValueRequired" | "FieldValueNotSupported" | "FieldValueDuplicate"
                    )
                };
                if errors.iter().all(is_structural) {
                    self.structural += 1;
                }
                let sorts = errors.iter().map(|error| {
                    let detail = get(error, "detail");
                    let detail = detail.rsplit("\": ").next().unwrap_or_default();
                    format!(
                        "{} {} {}: {}",
                        object["kind"].as_str().unwrap_or_default(),
                        get(error, "type"),
                        general(&get(error, "field")),
                        detail.chars().take(120).collect::<String>()
                    )
                });
                let sort = sorts.min().unwrap_or_default();
                self.missed.entry(sort).or_insert((0, text)).0 += 1;
            }
            (true, Some(finding))
                if let Some((.., why)) = EXPLAINED
                    .iter()
                    .find(|(rule, said, _)| finding.rule == *rule && finding.message.contains(said)) =>
            {
                *self.explained.entry(why).or_default() += 1;
            }
            (true, Some(finding)) => {
                let message = finding.message.split_once(": ").map_or(&*finding.message, |(_, message)| message);
                let sort = format!(
                    "{} [{}] {}",
                    object["kind"].as_str().unwrap_or_default(),
                    finding.rule,
                    quoted_out(message)
                );
                self.wrong.entry(sort).or_insert((0, text)).0 += 1;
            }
        }
        errors.is_empty() && refusing.is_none()
    }

    fn summary(&self) -> String {
        let count = |map: &BTreeMap<String, (usize, String)>| map.values().map(|(count, _)| count).sum::<usize>();
        format!(
            "{} taken by both, {} refused by both, {} refused by the API server only ({} for structure), {} by kate only, {} of them explained, {} not comparable",
            self.taken,
            self.refused,
            count(&self.missed),
            self.structural,
            count(&self.wrong) + self.explained.values().sum::<usize>(),
            self.explained.values().sum::<usize>(),
            self.not_asked
        )
    }

    fn show(&self) {
        for (why, count) in &self.explained {
            println!("kate, explained {count:5}  {why}");
        }
        for (title, map) in [("API server only", &self.missed), ("kate only", &self.wrong)] {
            let mut sorts: Vec<_> = map.iter().collect();
            sorts.sort_by_key(|(_, (count, _))| std::cmp::Reverse(*count));
            for (sort, (count, example)) in sorts {
                println!("{title} {count:5}  {sort}");
                if self.all {
                    println!("    {example}");
                }
            }
        }
    }
}

/// Whether a text has something to be filled in: `<name>`.
fn has_placeholder(text: &str) -> bool {
    text.split('<').skip(1).any(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()))
}

/// A path without indices and keys.
fn general(path: &str) -> String {
    let mut result = String::new();
    let mut depth = 0usize;
    for c in path.chars() {
        match c {
            '[' => {
                depth += 1;
                result.push_str("[]");
            }
            ']' => depth = depth.saturating_sub(1),
            _ if depth == 0 => result.push(c),
            _ => {}
        }
    }
    result
}

/// A message without what stands in quotes.
fn quoted_out(message: &str) -> String {
    message.split('`').enumerate().map(|(index, part)| if index % 2 == 0 { part } else { "_" }).collect()
}

/// The objects of a YAML file.
fn read(path: &Path) -> Result<Vec<Json>, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let name = RepoPath::new("file.yaml").ok_or("a plain name")?;
    let parsed = syntax::parse(std::sync::Arc::new(SourceFile::new(FileId(0), name, text.into(), Side::Head, true)));
    let Some(stream) = parsed.yaml() else { return Ok(Vec::new()) };
    let documents = stream.documents.iter().filter(|document| document.broken.is_none());
    let manifests = documents.flat_map(|document| Manifest::all(document.value(Schema::Kubernetes)));
    Ok(manifests.filter_map(|manifest| opa::json(&manifest.value)).collect())
}

/// YAML files below a directory, in order.
fn kate_files(directory: &Path) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    let mut waiting = vec![directory.to_owned()];
    while let Some(directory) = waiting.pop() {
        let entries = std::fs::read_dir(&directory).map_err(|error| format!("{}: {error}", directory.display()))?;
        for entry in entries.flatten() {
            let path = entry.path();
            let kind = entry.file_type().map_err(|error| error.to_string())?;
            if kind.is_dir() && entry.file_name() != ".git" {
                waiting.push(path);
            } else if kind.is_file()
                && path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
            {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}
