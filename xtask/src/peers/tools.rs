//! Other linters: how each is started, and what it prints.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::{Found, Place};

/// Run a tool on the files below a directory.
pub(super) fn run(tool: &str, program: &Path, work: &Path, files: &[String]) -> Result<Found, String> {
    match tool {
        "kube-linter" => kube_linter(program, work),
        "kube-score" => kube_score(program, work, files),
        _ => checkov(program, work),
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

fn kube_linter(program: &Path, work: &Path) -> Result<Found, String> {
    let mut command = Command::new(program);
    // Schemas would come from the network, and are another comparison.
    command.args(["lint", "--add-all-built-in", "--exclude", "schema-validation", "--format", "json", "."]);
    let report: Value = serde_json::from_slice(&start(&mut command, work)?).map_err(|error| error.to_string())?;
    let mut found = Found::new();
    for item in items(&report, "/Reports") {
        let file = text(item, "/Object/Metadata/FilePath");
        let file = file.strip_prefix(&format!("{}/", work.display())).unwrap_or(file).trim_start_matches("./");
        let kind = text(item, "/Object/K8sObject/GroupVersionKind/Kind");
        let place: Place = (file.to_owned(), kind.to_owned(), text(item, "/Object/K8sObject/Name").to_owned());
        found.entry(text(item, "/Check").to_owned()).or_default().insert(place);
    }
    Ok(found)
}

fn kube_score(program: &Path, work: &Path, files: &[String]) -> Result<Found, String> {
    let mut found = Found::new();
    // A file that it cannot read ends the run, and files must not select each other's pods across
    // repositories.
    for file in files {
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
        let Ok(output) = start(command.arg(file), work) else { continue };
        let Ok(report) = serde_json::from_slice::<Value>(&output) else { continue };
        for object in items(&report, "") {
            let place = (
                file.clone(),
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
    }
    Ok(found)
}

fn checkov(program: &Path, work: &Path) -> Result<Found, String> {
    let mut command = Command::new(program);
    command.args(["-d", ".", "--framework", "kubernetes", "-o", "json", "--compact", "--quiet", "--skip-download"]);
    let report: Value = serde_json::from_slice(&start(&mut command, work)?).map_err(|error| error.to_string())?;
    let mut found = Found::new();
    for item in items(&report, "/results/failed_checks") {
        let file = text(item, "/file_path").trim_start_matches('/').to_owned();
        // `Deployment.prod.web`; of a pod in a template `Pod.prod.web.…` is left to its workload.
        let resource = text(item, "/resource");
        let mut parts = resource.splitn(3, '.');
        let (Some(kind), Some(_), Some(name)) = (parts.next(), parts.next(), parts.next()) else { continue };
        found.entry(text(item, "/check_id").to_owned()).or_default().insert((file, kind.to_owned(), name.to_owned()));
    }
    Ok(found)
}
