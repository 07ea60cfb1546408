//! `cargo xtask oracle kubeconform`: the same verdict as kubeconform for every document that both have
//! a schema for, or a reason why not.
//!
//! Both get the same documents, as JSON: those of repositories, and mutations of them. kubeconform's
//! schemas are made from the same sources as kate's (`cargo xtask schemas`), those of custom resources
//! from the definitions in the repositories, so that only the programs differ.

mod custom;
mod mutation;
mod reasons;
mod schemas;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use kate::model::Manifest;
use kate::schema::bundle::{self, Source};
use kate::schema::validate::{Patterns, Problem, Reader, is_accepted, validate};
use kate::syntax::yaml::Schema as Scalars;
use kate::text::{FileId, RepoPath, Side, SourceFile};
use kate::value::Value;
use rayon::prelude::*;
use serde_json::Value as Json;

use crate::opa;
use crate::random::Random;

use custom::Custom;
pub(crate) use schemas::write as write_schemas;

/// The minor version of Kubernetes that is compared.
pub(crate) const MINOR: u32 = 37;
/// Where the differences are told.
const TABLE: &str = "docs/differences.md";

/// What to compare.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Directories whose YAML and JSON files are compared
    #[arg(long, num_args = 1.., required = true, value_name = "DIRECTORY")]
    corpus: Vec<PathBuf>,
    /// The unpacked `kubernetes-validate` package, whose definitions become kubeconform's schemas
    #[arg(long, value_name = "DIRECTORY")]
    definitions: PathBuf,
    /// Number of mutations
    #[arg(long, default_value_t = 3000)]
    mutations: usize,
    /// Seed of the mutations
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The program
    #[arg(long, default_value = "kubeconform")]
    kubeconform: PathBuf,
    /// Publish the table
    #[arg(long)]
    write: bool,
}

/// A document and where it is from.
struct Document {
    from: String,
    json: Json,
}

/// What a program says of a document.
struct Verdict {
    valid: bool,
    words: Vec<String>,
    problems: Vec<Problem>,
    incomplete: bool,
    /// Whether the schema is of a definition.
    custom: bool,
}

/// Compare.
///
/// # Errors
/// If a program or a file is missing, or a difference has no reason.
pub(crate) fn run(arguments: &Arguments) -> Result<(), String> {
    let scratch = tempfile::tempdir().map_err(|error| error.to_string())?;
    let schemas = scratch.path().join("schemas");
    schemas::write(&arguments.definitions, MINOR, &schemas)?;
    let written = documents(&arguments.corpus)?;
    let custom = Custom::of(written.iter().map(|document| &document.json));
    custom.write(&schemas)?;
    let (resources, written): (Vec<Document>, Vec<Document>) =
        written.into_iter().partition(|document| custom.defines(&document.json));
    let mut random = Random::new(arguments.seed);
    let mut mutated = |documents: &[Document]| {
        let is_sound = |document: &&Document| ours(&document.json, &custom).is_some_and(|verdict| verdict.valid);
        let sound: Vec<&Json> = documents.iter().filter(is_sound).map(|document| &document.json).collect();
        mutation::all(&sound, arguments.mutations, &mut random)
    };
    let (mutations, mutated_resources) = (mutated(&written), mutated(&resources));
    let mut table = String::new();
    let mut unexplained = 0;
    for (name, documents) in [
        ("documents of the repositories", &written),
        ("mutations", &mutations),
        ("custom resources of the repositories", &resources),
        ("mutations of custom resources", &mutated_resources),
    ] {
        let scratch = scratch.path().join(name.replace(' ', "-"));
        let comparison = compare(&arguments.kubeconform, &schemas, &custom, documents, &scratch)?;
        unexplained += comparison.unexplained();
        table += &comparison.told(name);
    }
    print!("{table}");
    if arguments.write {
        let page = fs::read_to_string(TABLE).unwrap_or_default();
        let (head, old) = page.split_once("\n## Measured\n").unwrap_or((&page, ""));
        let rest = old.find("\n## ").map_or("", |at| old[at..].trim_end());
        let (head, table) = (head.trim_end(), table.trim_end());
        fs::write(TABLE, format!("{head}\n\n## Measured\n\n{table}\n{rest}\n"))
            .map_err(|error| format!("{TABLE}: {error}"))?;
    }
    if unexplained == 0 { Ok(()) } else { Err(format!("{unexplained} differences without a reason")) }
}

/// What came of some documents.
#[derive(Default)]
struct Comparison {
    same_valid: usize,
    same_invalid: usize,
    /// By reason, with an example of each.
    differences: BTreeMap<String, (usize, String)>,
    without_schema: usize,
}

impl Comparison {
    fn unexplained(&self) -> usize {
        self.differences.iter().filter(|(reason, _)| reason.starts_with('?')).map(|(_, (count, _))| count).sum()
    }

    fn told(&self, name: &str) -> String {
        let different: usize = self.differences.values().map(|(count, _)| count).sum();
        let mut text = format!(
            "{} {name}: {} valid for both, {} invalid for both, {different} different; {} more have no schema.\n\n",
            self.same_valid + self.same_invalid + different,
            self.same_valid,
            self.same_invalid,
            self.without_schema,
        );
        if different > 0 {
            text += "| difference | documents | such as |\n|---|---|---|\n";
            for (reason, (count, example)) in &self.differences {
                let _ = writeln!(text, "| {reason} | {count} | {} |", example.replace('|', "\\|"));
            }
            text.push('\n');
        }
        text
    }
}

fn compare(
    program: &Path,
    schemas: &Path,
    custom: &Custom,
    documents: &[Document],
    scratch: &Path,
) -> Result<Comparison, String> {
    fs::create_dir_all(scratch).map_err(|error| error.to_string())?;
    for (index, document) in documents.iter().enumerate() {
        let text = document.json.to_string();
        fs::write(scratch.join(format!("{index}.json")), text).map_err(|error| error.to_string())?;
    }
    let theirs = theirs(program, schemas, scratch)?;
    let ours: Vec<Option<Verdict>> = documents.par_iter().map(|document| ours(&document.json, custom)).collect();
    let mut comparison = Comparison::default();
    for (index, (ours, document)) in ours.iter().zip(documents).enumerate() {
        let (Some(ours), Some(theirs)) = (ours, theirs.get(&index)) else {
            comparison.without_schema += 1;
            continue;
        };
        match (ours.valid, theirs.valid) {
            (true, true) => comparison.same_valid += 1,
            (false, false) => comparison.same_invalid += 1,
            _ => {
                let reason = reasons::reason(ours, theirs);
                let words = if ours.valid { theirs.words.join("; ") } else { ours.words.join("; ") };
                let words: String = words.chars().take(400).collect();
                let example = format!("{}: {words}", document.from);
                if reason.starts_with('?') {
                    println!("{reason}: {example}");
                }
                comparison.differences.entry(reason).or_insert((0, example)).0 += 1;
            }
        }
    }
    Ok(comparison)
}

/// The documents of all files, each text once.
fn documents(directories: &[PathBuf]) -> Result<Vec<Document>, String> {
    let mut files = Vec::new();
    for directory in directories {
        walk(directory, &mut files)?;
    }
    files.sort();
    let read: Vec<Vec<Document>> = files.par_iter().map(|path| read(path)).collect();
    let mut seen = BTreeSet::new();
    Ok(read.into_iter().flatten().filter(|document| seen.insert(document.json.to_string())).collect())
}

fn walk(directory: &Path, files: &mut Vec<PathBuf>) -> Result<(), String> {
    let entries = fs::read_dir(directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    for entry in entries.filter_map(Result::ok) {
        let path = entry.path();
        let kind = entry.file_type().map_err(|error| error.to_string())?;
        if kind.is_dir() && entry.file_name() != ".git" {
            walk(&path, files)?;
        } else if kind.is_file() && path.extension().is_some_and(|end| end == "yaml" || end == "yml" || end == "json") {
            files.push(path);
        }
    }
    Ok(())
}

fn read(path: &Path) -> Vec<Document> {
    let Ok(text) = fs::read_to_string(path) else { return Vec::new() };
    let mut found = Vec::new();
    for value in values(&path.to_string_lossy(), &text) {
        for manifest in Manifest::all(value) {
            if let Some(json) = opa::json(&manifest.value) {
                let name = path.components().rev().take(2).map(|part| part.as_os_str().to_string_lossy().into_owned());
                let name: Vec<String> = name.collect();
                found.push(Document { from: name.into_iter().rev().collect::<Vec<_>>().join("/"), json });
            }
        }
    }
    found
}

/// The documents of a text as kate reads them.
fn values(path: &str, text: &str) -> Vec<Value> {
    let path = RepoPath::new(path.trim_start_matches('/')).unwrap_or_else(RepoPath::root);
    let file = kate::syntax::parse(Arc::new(SourceFile::new(FileId(0), path, text.into(), Side::Head, true)));
    let documents = file.yaml().map(|stream| stream.documents.as_slice()).unwrap_or_default();
    let sound = documents.iter().filter(|document| document.broken.is_none());
    sound.map(|document| document.value(Scalars::Kubernetes)).collect()
}

/// Copy the files of which every document is of a built-in kind; gives how many files and documents.
///
/// # Errors
/// If a file cannot be read or written.
pub(crate) fn copy_built_in(from: &Path, to: &Path) -> Result<(usize, usize), String> {
    let mut paths = Vec::new();
    walk(from, &mut paths)?;
    paths.sort();
    let (mut files, mut documents) = (0, 0);
    for path in paths {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let found = read(&path);
        let known = |document: &Document| ours(&document.json, &Custom::default()).is_some();
        if found.is_empty() || found.len() != values("x.yaml", &text).len() || !found.iter().all(known) {
            continue;
        }
        let name = format!("{files}.{}", path.extension().and_then(|end| end.to_str()).unwrap_or("yaml"));
        fs::write(to.join(name), text).map_err(|error| error.to_string())?;
        files += 1;
        documents += found.len();
    }
    Ok((files, documents))
}

/// kate's verdict; none if it has no schema of a built-in kind and there is no definition.
fn ours(json: &Json, custom: &Custom) -> Option<Verdict> {
    let value = values("x.json", &json.to_string()).pop()?;
    let manifest = Manifest::new(value)?;
    let defined = custom.schema(&manifest.group, &manifest.version, &manifest.kind);
    let verdict = match defined {
        Some(schema) => validate(schema, Reader::Custom, &custom.patterns, &manifest.value),
        None => {
            let kind = bundle::find(&manifest.group, &manifest.version, &manifest.kind)?;
            if kind.source() != Source::BuiltIn {
                return None;
            }
            let mut verdict = validate(&*kind.schema(MINOR)?, Reader::BuiltIn, &Patterns::default(), &manifest.value);
            verdict.problems.retain(|problem| !is_accepted(&manifest.kind, problem));
            verdict
        }
    };
    let problems = verdict.problems;
    let words = problems.iter().map(|problem| format!("`{}`: {:?}", problem.path, problem.kind)).collect();
    Some(Verdict {
        valid: problems.is_empty(),
        words,
        problems,
        incomplete: verdict.incomplete,
        custom: defined.is_some(),
    })
}

/// kubeconform's verdicts by document; none where it has no schema.
fn theirs(program: &Path, schemas: &Path, directory: &Path) -> Result<BTreeMap<usize, Verdict>, String> {
    let location =
        format!("{}/{{{{.Group}}}}/{{{{.ResourceKind}}}}_{{{{.ResourceAPIVersion}}}}.json", schemas.display());
    let output = Command::new(program)
        .args([
            "-strict",
            "-output",
            "json",
            "-verbose",
            "-ignore-missing-schemas",
            "-n",
            "2",
            "-schema-location",
            &location,
        ])
        .arg(directory)
        .output()
        .map_err(|error| format!("{}: {error}", program.display()))?;
    let told: Json = serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("kubeconform: {error}: {}", String::from_utf8_lossy(&output.stderr)))?;
    let mut verdicts = BTreeMap::new();
    for resource in told["resources"].as_array().into_iter().flatten() {
        let name = Path::new(resource["filename"].as_str().unwrap_or_default()).file_stem();
        let Some(index) = name.and_then(|name| name.to_str()?.parse().ok()) else { continue };
        let valid = match resource["status"].as_str() {
            Some("statusValid") => true,
            Some("statusInvalid") => false,
            Some("statusSkipped") => continue,
            // What it cannot read, kate would have to refuse as well.
            _ => false,
        };
        let errors = resource["validationErrors"].as_array().into_iter().flatten();
        let mut words: Vec<String> = errors.map(|error| format!("{}: {}", error["path"], error["msg"])).collect();
        // Where the schemas lie for this run says nothing.
        let told = resource["msg"].as_str().unwrap_or_default();
        let told = told.rsplit_once("#'").map_or(told, |(_, rest)| rest);
        if !valid && words.iter().all(|words| words.contains("validation failed")) {
            words = told.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect();
        }
        verdicts.insert(index, Verdict { valid, words, problems: Vec::new(), incomplete: false, custom: false });
    }
    Ok(verdicts)
}
