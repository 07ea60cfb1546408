//! The manifests that every tool can read, copied to where only they are.

use std::collections::BTreeSet;
use std::path::Path;

use kate::vfs::{DiskVfs, Vfs, WalkOptions};

/// The plain manifests of a repository, copied; their paths below `work`.
pub(super) fn copy(repository: &Path, work: &Path) -> Result<Vec<String>, String> {
    let name = repository.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let vfs = DiskVfs::new(repository).map_err(|error| error.to_string())?;
    let listing = vfs.list(&WalkOptions::default()).map_err(|error| error.to_string())?;
    let mut copied = Vec::new();
    for path in listing.iter().map(|(path, _)| path.as_str()) {
        let source = repository.join(path);
        let is_yaml = path.ends_with(".yaml") || path.ends_with(".yml");
        let Ok(text) = std::fs::read_to_string(&source) else { continue };
        if !is_yaml || !is_manifest(&text) {
            continue;
        }
        let relative = format!("{name}/{path}");
        let target = work.join(&relative);
        let parent = target.parent().expect("a file has a directory");
        std::fs::create_dir_all(parent).map_err(|error| error.to_string())?;
        std::fs::write(&target, text).map_err(|error| error.to_string())?;
        copied.push(relative);
    }
    Ok(copied)
}

/// The directory of a file.
pub(super) fn directory(file: &str) -> &str {
    file.rsplit_once('/').map_or(".", |(directory, _)| directory)
}

/// The directories that hold files, those in others before them.
pub(super) fn directories<'f>(files: impl Iterator<Item = &'f str>) -> Vec<&'f str> {
    let all: BTreeSet<&str> = files.map(directory).collect();
    let (root, below): (Vec<&str>, Vec<&str>) = all.into_iter().rev().partition(|directory| *directory == ".");
    [below, root].concat()
}

/// Whether each document of a file is an object of Kubernetes, without templates, and none is what
/// renders others.
fn is_manifest(text: &str) -> bool {
    let renders = ["kind: Kustomization", "kind: Component", "kind: Application", "kind: AppProject", "kind: List"];
    let of_kubernetes = |document: &str| {
        let has = |key: &str| document.lines().any(|line| line.starts_with(key));
        document.lines().all(|line| line.trim().is_empty() || line.starts_with('#'))
            || (has("apiVersion:") && has("kind:") && has("metadata:"))
    };
    !text.contains("{{")
        && !text.contains("${")
        && !text.contains(": <")
        && !renders.iter().any(|kind| text.lines().any(|line| line.starts_with(kind)))
        && text.split("\n---").all(|document| of_kubernetes(document.trim_start_matches("---")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_comes_after_those_in_it() {
        let files = ["a/b/c.yaml", "a/d.yaml", "a/b/e.yaml", "f.yaml"];
        assert_eq!(directories(files.into_iter()), ["a/b", "a", "."]);
    }

    #[test]
    fn templates_and_what_renders_are_left_out() {
        assert!(is_manifest("apiVersion: v1\nkind: Pod\nmetadata: {}\n---\n# nothing\n"));
        assert!(!is_manifest("apiVersion: v1\nkind: Pod\nmetadata: {name: '{{ name }}'}\n"));
        assert!(!is_manifest("apiVersion: v1\nkind: List\nmetadata: {}\n"));
        assert!(!is_manifest("a: 1\n"));
    }
}
