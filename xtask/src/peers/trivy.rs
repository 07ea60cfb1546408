//! Trivy's checks: they are Rego, and run in Open Policy Agent as they are. What Trivy gives them
//! beside Rego itself is defined here, but for its search for secrets in texts.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};

use super::Found;
use super::own::Own;
use crate::opa::{self, Opa};

/// Functions that are Trivy's own, by what stands for them.
const FUNCTIONS: &[(&str, &str)] = &[
    ("result.new(", "data.trivy.new("),
    ("isManaged(", "data.trivy.managed("),
    ("squealer.scan_string(", "data.trivy.scan("),
];

const DRIVER: &str = r#"package trivy

new(message, cause) := {"msg": message}

managed(cause) := true

scan(text) := {"transgressionFound": false}

found contains [name, place] if {
	some place, document in input
	some name
	some result in data.builtin.kubernetes[name].deny with input as document
}

found contains [name, place] if {
	some place, document in input
	some name
	some result in data.appshield.kubernetes[name].deny with input as document
}

found contains [name, place] if {
	some place, document in input
	some name
	some result in data.defsec.kubernetes[name].deny with input as document
}
"#;

/// What the checks of a checkout of trivy-checks find in the objects.
pub(super) fn found(program: &Path, checks: &Path, own: &BTreeMap<&str, Own>) -> Result<Found, String> {
    let scratch = tempfile::tempdir().map_err(|error| error.to_string())?;
    let rules = scratch.path().join("rules");
    for directory in ["checks/kubernetes", "lib/kubernetes", "lib/cloud"] {
        copy(&checks.join(directory), &rules.join(directory))?;
    }
    write(&rules.join("driver.rego"), DRIVER)?;
    let opa = Opa(program);
    let ids: BTreeMap<String, String> = opa
        .annotated(&checks.join("checks/kubernetes"))?
        .into_iter()
        .filter_map(|annotated| Some((annotated.package, annotated.custom["id"].as_str()?.to_owned())))
        .collect();
    let mut found = Found::new();
    for own in own.values() {
        let mut documents: BTreeMap<String, Json> = BTreeMap::new();
        let mut places = BTreeMap::new();
        for (index, object) in own.all().iter().enumerate() {
            if let Some(document) = opa::json(&object.value) {
                documents.insert(index.to_string(), document);
                places.insert(index.to_string(), own.place(object));
            }
        }
        let input = scratch.path().join("input.json");
        write(&input, &json!(documents).to_string())?;
        for item in opa.set("data.trivy.found", &input, std::slice::from_ref(&rules))? {
            let (package, index) = (item[0].as_str().unwrap_or_default(), item[1].as_str().unwrap_or_default());
            if let (Some(id), Some(place)) = (ids.get(package), places.get(index)) {
                found.entry(id.clone()).or_default().insert(place.clone());
            }
        }
    }
    Ok(found)
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}

/// Copy the Rego files of a directory without their tests, with Trivy's functions renamed.
fn copy(from: &Path, to: &Path) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{}: {error}", from.display());
    std::fs::create_dir_all(to).map_err(failed)?;
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(from).map_err(failed)?.flatten().map(|entry| entry.path()).collect();
    entries.sort();
    for path in entries {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        if path.is_dir() {
            copy(&path, &to.join(name))?;
        } else if name.ends_with(".rego") && !name.ends_with("_test.rego") {
            let text = std::fs::read_to_string(&path).map_err(failed)?;
            let text = FUNCTIONS.iter().fold(text, |text, (theirs, ours)| text.replace(theirs, ours));
            write(&to.join(name), &text)?;
        }
    }
    Ok(())
}
