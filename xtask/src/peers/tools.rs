//! Other linters: how each is started, and what it prints.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::{Found, Place, manifests};

/// What a tool finds in the files of repositories below a directory, or has found before.
pub(super) fn found(
    tool: &str,
    program: &Path,
    work: &Path,
    files: &BTreeMap<String, Vec<String>>,
    keep: Option<&Path>,
) -> Result<Found, String> {
    let mut found = Found::new();
    for (repository, files) in files {
        let kept = keep.map(|keep| keep.join(format!("{tool}-{repository}.json")));
        let known = kept.as_ref().and_then(|kept| serde_json::from_slice(&std::fs::read(kept).ok()?).ok());
        let one: BTreeMap<String, Vec<Place>> = match known {
            Some(known) => known,
            None => {
                let one = run(tool, program, work, repository, files)?;
                let lists = one.into_iter().map(|(check, places)| (check, places.into_iter().collect()));
                let lists: BTreeMap<String, Vec<Place>> = lists.collect();
                if let Some(kept) = kept {
                    let text = serde_json::to_string(&lists).map_err(|error| error.to_string())?;
                    std::fs::write(&kept, text).map_err(|error| format!("{}: {error}", kept.display()))?;
                }
                lists
            }
        };
        for (check, places) in one {
            found.entry(check).or_default().extend(places);
        }
    }
    Ok(found)
}

fn run(tool: &str, program: &Path, work: &Path, repository: &str, files: &[String]) -> Result<Found, String> {
    match tool {
        "kube-linter" => kube_linter(program, work, repository),
        "kube-score" => Ok(kube_score(program, work, files)),
        _ => checkov(program, work, repository),
    }
}

fn start(command: &mut Command, work: &Path) -> Result<Vec<u8>, String> {
    let output = command.current_dir(work).output().map_err(|error| format!("{command:?}: {error}"))?;
    // All of them end with another code than 0 when they find something.
    if output.stdout.is_empty() {
        return Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)));
    }
    Ok(output.stdout)
}

fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    value.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

fn items<'a>(value: &'a Value, path: &str) -> impl Iterator<Item = &'a Value> {
    value.pointer(path).and_then(Value::as_array).into_iter().flatten()
}

/// A path as it is below the directory that a tool ran in.
fn relative(file: &str, work: &Path) -> String {
    file.strip_prefix(&format!("{}/", work.display())).unwrap_or(file).trim_start_matches("./").to_owned()
}

fn kube_linter(program: &Path, work: &Path, repository: &str) -> Result<Found, String> {
    let mut command = Command::new(program);
    // Schemas would come from the network, and are another comparison.
    command.args(["lint", "--add-all-built-in", "--exclude", "schema-validation", "--format", "json", repository]);
    let report = match start(&mut command, work) {
        Err(error) if error.contains("no valid objects found") => return Ok(Found::new()),
        output => output?,
    };
    let report: Value = serde_json::from_slice(&report).map_err(|error| error.to_string())?;
    let mut found = Found::new();
    for item in items(&report, "/Reports") {
        let file = text(item, "/Object/Metadata/FilePath");
        let file = relative(file, work);
        let kind = text(item, "/Object/K8sObject/GroupVersionKind/Kind");
        let place: Place = (file, kind.to_owned(), text(item, "/Object/K8sObject/Name").to_owned());
        found.entry(text(item, "/Check").to_owned()).or_default().insert(place);
    }
    Ok(found)
}

/// kube-score takes what it is given for the world: a directory, as kube-linter does. A file that it
/// cannot read ends its run; then the files of the directory are given to it one by one.
fn kube_score(program: &Path, work: &Path, files: &[String]) -> Found {
    let mut found = Found::new();
    for directory in manifests::directories(files.iter().map(String::as_str)) {
        let is_in = |file: &&String| manifests::directory(file) == directory;
        let here: Vec<&String> = files.iter().filter(is_in).collect();
        if score(program, work, &here, &mut found).is_none() {
            for file in here {
                score(program, work, &[file], &mut found);
            }
        }
    }
    found
}

fn score(program: &Path, work: &Path, files: &[&String], found: &mut Found) -> Option<()> {
    let mut command = Command::new(program);
    command.args(["score", "--output-format", "json", "--output-version", "v2"]);
    for test in [
        "container-resource-requests-equal-limits",
        "container-cpu-requests-equal-limits",
        "container-memory-requests-equal-limits",
        "container-ephemeral-storage-request-equals-limit",
        "container-ports-check",
        "container-seccomp-profile",
    ] {
        command.args(["--enable-optional-test", test]);
    }
    let output = start(command.args(files), work).ok()?;
    let report: Value = serde_json::from_slice(&output).ok()?;
    for object in items(&report, "") {
        let place = (
            relative(text(object, "/file_name"), work),
            text(object, "/type_meta/kind").to_owned(),
            text(object, "/object_meta/name").to_owned(),
        );
        for check in items(object, "/checks") {
            let skipped = check["skipped"].as_bool() == Some(true);
            if !skipped && check["grade"].as_i64().is_some_and(|grade| grade < 7) {
                found.entry(text(check, "/check/id").to_owned()).or_default().insert(place.clone());
            }
        }
    }
    Some(())
}

fn checkov(program: &Path, work: &Path, repository: &str) -> Result<Found, String> {
    let mut command = Command::new(program);
    command.args(["-d", repository, "--framework", "kubernetes", "-o", "json"]);
    command.args(["--compact", "--quiet", "--skip-download"]);
    let report: Value = serde_json::from_slice(&start(&mut command, work)?).map_err(|error| error.to_string())?;
    let mut found = Found::new();
    for item in items(&report, "/results/failed_checks") {
        let file = text(item, "/file_path").trim_start_matches('/');
        let file =
            if file.starts_with(&format!("{repository}/")) { file.to_owned() } else { format!("{repository}/{file}") };
        // `Deployment.prod.web`.
        let resource = text(item, "/resource");
        let mut parts = resource.splitn(3, '.');
        let (Some(kind), Some(_), Some(name)) = (parts.next(), parts.next(), parts.next()) else { continue };
        found.entry(text(item, "/check_id").to_owned()).or_default().insert((file, kind.to_owned(), name.to_owned()));
    }
    Ok(found)
}
