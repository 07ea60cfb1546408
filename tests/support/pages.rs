//! Which pages there are.

use std::fs;
use std::path::Path;

/// Paths of all pages from the repository's root, in order.
pub(crate) fn all() -> Vec<String> {
    let mut found = Vec::new();
    for directory in ["src", "policies", "tests/mdtest"] {
        walk(directory, &mut found);
    }
    found.sort();
    found
}

fn walk(directory: &str, found: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(directory)) else { return };
    for entry in entries {
        let entry = entry.expect("a readable checkout");
        let path = format!("{directory}/{}", entry.file_name().to_string_lossy());
        if entry.file_type().expect("a readable checkout").is_dir() {
            walk(&path, found);
        } else if path.ends_with(".md") && !path.ends_with("/README.md") {
            found.push(path);
        }
    }
}

/// The rule that a page documents: its file name. Pages of `tests/mdtest` document none.
pub(crate) fn own_rule(path: &str) -> Option<String> {
    if path.starts_with("tests/") {
        return None;
    }
    path.rsplit('/').next()?.strip_suffix(".md").map(str::to_owned)
}
