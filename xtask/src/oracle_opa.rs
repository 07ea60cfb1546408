//! `cargo xtask oracle opa`: the built-in policies in Open Policy Agent itself. Their own tests must
//! pass there, and on the objects of whole repositories it must find what kate's engine finds.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use kate::config::Selector;
use kate::graph::{Object, Snapshot, Universe};
use kate::model::kubernetes::pod_template;
use kate::pipeline::{Configuration, Request, check};
use kate::text::Span;
use kate::vfs::DiskVfs;
use serde_json::{Map, Value as Json, json};

use crate::opa::{self, Opa};

/// What to compare.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Program of Open Policy Agent
    #[arg(long, default_value = "opa")]
    opa: PathBuf,
    /// Repositories on whose objects the policies are evaluated
    #[arg(long, num_args = 1.., default_values = ["fixtures/clean", "fixtures/broken"])]
    repositories: Vec<PathBuf>,
}

/// Where the policies are.
const POLICIES: &str = "policies";

/// Rule sets of all wanted packages on all objects; `input` is a list of documents.
const DRIVER: &str = r#"package oracle

found contains [entry.id, document.subject, said(result)] if {
	some document in input
	some entry in data.entries
	some kind in document.kinds
	kind in entry.kinds
	some set in ["deny", "warn", "violation"]
	some result in data.kate[entry.package][set] with input as document.object
}

said(result) := result if is_string(result)

said(result) := result.msg
"#;

/// A policy about single objects.
struct Entry {
    id: String,
    package: String,
    kinds: Option<Vec<String>>,
}

/// What was found: rule, object, message.
type Found = BTreeSet<(String, String, String)>;

/// Run the tests and compare.
pub(crate) fn run(arguments: &Arguments) -> Result<(), String> {
    let scratch = tempfile::tempdir().map_err(|error| error.to_string())?;
    let opa = Opa(&arguments.opa);
    let (entries, params) = declared(&opa)?;
    let tables = std::fs::read(Path::new(POLICIES).join("data/instances.json")).map_err(|error| error.to_string())?;
    let tables: Json = serde_json::from_slice(&tables).map_err(|error| error.to_string())?;
    let data = scratch.path().join("data.json");
    write(&data, &json!({"kate": {"params": params, "instances": tables}}).to_string())?;
    let passed = tests(&opa, &data)?;
    println!("opa test: {passed} tests pass");
    let mut differences = Vec::new();
    for repository in &arguments.repositories {
        let (documents, own) = evaluated(repository, &entries)?;
        let theirs = evaluate(&opa, scratch.path(), &data, &entries, &documents)?;
        println!(
            "{}: {} objects, {} policies, kate finds {}, opa {}",
            repository.display(),
            documents.len(),
            entries.len(),
            own.len(),
            theirs.len()
        );
        let said = |who: &str, (rule, object, message): &(String, String, String)| {
            format!("only {who}: {rule}: {object}: {message}")
        };
        differences.extend(own.difference(&theirs).map(|finding| said("kate", finding)));
        differences.extend(theirs.difference(&own).map(|finding| said("opa", finding)));
    }
    if differences.is_empty() { Ok(()) } else { Err(differences.join("\n")) }
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}

/// The policies about objects and all parameters, as METADATA declares them.
fn declared(opa: &Opa<'_>) -> Result<(Vec<Entry>, Map<String, Json>), String> {
    let (mut entries, mut params) = (Vec::new(), Map::new());
    for found in opa.annotated(Path::new(POLICIES))? {
        let custom = &found.custom;
        let Some(id) = custom["id"].as_str() else { continue };
        if !custom["params"].is_null() {
            params.insert(id.to_owned(), custom["params"].clone());
        }
        if matches!(custom["input"].as_str(), None | Some("object")) {
            let kinds = custom["kinds"].as_array();
            let kinds = kinds.map(|kinds| kinds.iter().filter_map(Json::as_str).map(str::to_owned).collect());
            entries.push(Entry { id: id.to_owned(), package: found.package, kinds });
        }
    }
    if entries.is_empty() { Err("no policy declares itself".to_owned()) } else { Ok((entries, params)) }
}

/// How many tests there are, if all pass.
fn tests(opa: &Opa<'_>, data: &Path) -> Result<usize, String> {
    let arguments = ["test", "-f", "json", "--ignore", "data", POLICIES].map(std::ffi::OsStr::new);
    let report = opa.start(&[&arguments[..], &[data.as_os_str()]].concat())?;
    let all = report.as_array().filter(|all| !all.is_empty()).ok_or_else(|| format!("no tests: {report}"))?;
    let is_bad = |test: &&Json| test["fail"] == json!(true) || !test["error"].is_null();
    let bad: Vec<String> =
        all.iter().filter(is_bad).map(|test| format!("{}.{}", test["package"], test["name"])).collect();
    if bad.is_empty() { Ok(all.len()) } else { Err(format!("opa test: {}", bad.join(", "))) }
}

/// Every object that is known to its last field, as policies see it, and what kate finds in it.
fn evaluated(repository: &Path, entries: &[Entry]) -> Result<(Vec<Json>, Found), String> {
    let vfs = DiskVfs::new(repository).map_err(|error| error.to_string())?;
    let mut request = Request::new(&vfs);
    request.ignores = false;
    request.configuration = Configuration::Isolated;
    request.select = vec![Selector::All];
    let outcome = check(&request).map_err(|error| error.to_string())?;
    let head = outcome.head.ok_or("nothing was read")?;
    // What several units render is one finding, which names one of them.
    let mut rendered: BTreeMap<Span, usize> = BTreeMap::new();
    for object in &head.objects {
        *rendered.entry(object.value.span()).or_default() += 1;
    }
    let mut documents: BTreeMap<String, Json> = BTreeMap::new();
    let mut left_out = BTreeSet::new();
    for object in &head.objects {
        let subject = object.subject();
        let document = document(&head, object).filter(|_| rendered[&object.value.span()] == 1);
        let Some(document) = document.filter(|_| !documents.contains_key(&subject)) else {
            left_out.insert(subject);
            continue;
        };
        let kind = if pod_template(&object.group, &object.kind).is_some() { "workload" } else { "" };
        let kinds = json!([object.kind.as_str(), kind]);
        documents.insert(subject.clone(), json!({"subject": subject, "object": document, "kinds": kinds}));
    }
    documents.retain(|subject, _| !left_out.contains(subject));
    let mut found = Found::new();
    for finding in
        outcome.diagnostics.iter().filter(|finding| entries.iter().any(|entry| finding.rule.as_str() == entry.id))
    {
        let subject: Vec<&str> = finding.subject.splitn(4, '/').take(3).collect();
        let subject = subject.join("/");
        if documents.contains_key(&subject) {
            found.insert((finding.rule.to_string(), subject, finding.message.clone()));
        }
    }
    Ok((documents.into_values().collect(), found))
}

/// An object as policies see it; `None` if something in it is not known.
fn document(head: &Snapshot, object: &Object) -> Option<Json> {
    if !object.rendered {
        return None;
    }
    let mut document = opa::json(&object.value)?;
    let unit = head.unit(object.unit);
    let cluster = match &unit.universe {
        Universe::Cluster(cluster) => Some(cluster.as_str()),
        Universe::Unknown(_) => None,
    };
    let about = json!({
        "version": 1,
        "path": head.repository.path_of(object.value.span().file).as_str(),
        "unit": unit.name,
        "deployed": unit.deployed,
        "cluster": cluster,
        "namespace": object.namespace.value().map(|name| name.as_str()),
        "unknown": [],
    });
    document.as_object_mut()?.insert("__kate__".to_owned(), about);
    Some(document)
}

/// What OPA finds.
fn evaluate(
    opa: &Opa<'_>,
    scratch: &Path,
    data: &Path,
    entries: &[Entry],
    documents: &[Json],
) -> Result<Found, String> {
    let all: BTreeSet<&str> = documents.iter().filter_map(|document| document["kinds"][0].as_str()).collect();
    let entry = |entry: &Entry| {
        let kinds = entry.kinds.as_ref().map_or_else(|| json!(all), |kinds| json!(kinds));
        json!({"id": entry.id, "package": entry.package, "kinds": kinds})
    };
    let entries: Vec<Json> = entries.iter().map(entry).collect();
    let (driver, list, input) = (scratch.join("driver.rego"), scratch.join("entries.json"), scratch.join("input.json"));
    write(&driver, DRIVER)?;
    write(&list, &json!({"entries": entries}).to_string())?;
    write(&input, &json!(documents).to_string())?;
    let found = opa.set("data.oracle.found", &input, &[PathBuf::from(POLICIES), data.to_owned(), driver, list])?;
    let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
    let line = |value: &Json| text(value).split_whitespace().collect::<Vec<_>>().join(" ");
    Ok(found.iter().map(|item| (text(&item[0]), text(&item[1]), line(&item[2]))).collect())
}
