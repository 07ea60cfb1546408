//! What Argo CD does with an Application's options before it builds its kustomization: the commands
//! of `kustomize edit` that it runs, and the patches that it writes itself (Argo CD
//! `util/kustomize/kustomize.go`).

use std::path::Path;

use serde_json::{Value, json};

use super::program::{Build, Program};

/// Change the kustomization of a directory as the Application in a file says. Returns what refused it,
/// if something did.
///
/// # Errors
/// If the Application cannot be read or the program cannot be run.
pub(super) fn edit(program: &Program, root: &Path, directory: &str, file: &str) -> Result<Option<Build>, String> {
    let text = std::fs::read_to_string(root.join(file)).map_err(|error| format!("{file}: {error}"))?;
    let application: Value = serde_json::from_str(&text).map_err(|error| format!("{file}: {error}"))?;
    let options = &application["spec"]["source"]["kustomize"];
    let place = root.join(directory);
    for command in commands(options, &place) {
        if let Build::Failed(why) = program.edit(root, directory, &command)? {
            return Ok(Some(Build::Failed(why)));
        }
    }
    if let Some(patches) = options["patches"].as_array() {
        append(&place.join("kustomization.yaml"), patches)?;
    }
    Ok(None)
}

/// The arguments of `kustomize edit`, in the order of Argo CD.
fn commands(options: &Value, directory: &Path) -> Vec<Vec<String>> {
    let text = |field: &str| options[field].as_str().filter(|text| !text.is_empty());
    let asks = |field: &str| options[field].as_bool() == Some(true);
    let list = |field: &str| options[field].as_array().cloned().unwrap_or_default();
    let mut commands: Vec<Vec<String>> = Vec::new();
    let mut push = |start: &[&str], more: Vec<String>| {
        let start = start.iter().map(|part| (*part).to_owned());
        commands.push(start.chain(more).collect());
    };
    for (field, name) in [("namePrefix", "nameprefix"), ("nameSuffix", "namesuffix")] {
        if let Some(text) = text(field) {
            push(&["set", name, "--"], vec![text.to_owned()]);
        }
    }
    let images: Vec<String> = list("images").iter().filter_map(Value::as_str).map(str::to_owned).collect();
    if !images.is_empty() {
        push(&["set", "image"], images);
    }
    let count = |replica: &Value| replica["count"].as_str().map_or_else(|| replica["count"].to_string(), str::to_owned);
    let name = |replica: &Value| replica["name"].as_str().unwrap_or_default().to_owned();
    let replicas: Vec<String> = list("replicas").iter().map(|one| format!("{}={}", name(one), count(one))).collect();
    if !replicas.is_empty() {
        push(&["set", "replicas"], replicas);
    }
    let flags = [
        ("label", "commonLabels", "--force", "forceCommonLabels"),
        ("label", "commonLabels", "--without-selector", "labelWithoutSelector"),
        ("label", "commonLabels", "--include-templates", "labelIncludeTemplates"),
        ("annotation", "commonAnnotations", "--force", "forceCommonAnnotations"),
    ];
    for (what, field) in [("label", "commonLabels"), ("annotation", "commonAnnotations")] {
        let given = flags.iter().filter(|(of, _, _, option)| *of == what && asks(option));
        let mut arguments: Vec<String> = given.map(|(_, _, flag, _)| (*flag).to_owned()).collect();
        let pairs = options[field].as_object().cloned().unwrap_or_default();
        let pair = |(key, value): (&String, &Value)| format!("{key}:{}", value.as_str().unwrap_or_default());
        arguments.extend(pairs.iter().map(pair));
        if !pairs.is_empty() {
            push(&["add", what], arguments);
        }
    }
    if let Some(namespace) = text("namespace") {
        push(&["set", "namespace", "--"], vec![namespace.to_owned()]);
    }
    let is_there = |path: &&str| !asks("ignoreMissingComponents") || directory.join(path).exists();
    let components = list("components");
    let components: Vec<&str> = components.iter().filter_map(Value::as_str).filter(is_there).collect();
    if !components.is_empty() {
        push(&["add", "component"], components.iter().map(|path| (*path).to_owned()).collect());
    }
    commands
}

/// Write patches behind those that a kustomization has, which is in JSON or has none.
fn append(file: &Path, patches: &[Value]) -> Result<(), String> {
    let fault = |error: std::io::Error| format!("{}: {error}", file.display());
    let text = std::fs::read_to_string(file).map_err(fault)?;
    let written = match serde_json::from_str::<Value>(&text) {
        Ok(mut root) => {
            let own = root["patches"].as_array().cloned().unwrap_or_default();
            root["patches"] = json!([own, patches.to_vec()].concat());
            root.to_string()
        }
        Err(_) if !text.contains("patches:") => format!("{}\npatches: {}\n", text.trim_end(), json!(patches)),
        Err(error) => return Err(format!("{}: {error}", file.display())),
    };
    std::fs::write(file, written).map_err(fault)
}
