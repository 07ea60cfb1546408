//! Whether a check and the rules that stand for it mean the same, shown by two manifests each: one
//! that both report and one that neither does.
//!
//! The manifests are the example of a rule's page and what the page says to use instead. Where those
//! say nothing to the other tool, `xtask/oracles/peers/<tool>/<check>/` has `guilty.yaml` and
//! `innocent.yaml`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use kate::diagnostic::{PeerCheck, peer_checks};

use super::own::Own;
use super::{Found, Place};

/// The repository that the manifests make.
pub(super) const REPOSITORY: &str = "pairs";

/// Write the manifests: a directory for each rule or check and side. Their paths.
pub(super) fn write(work: &Path) -> Result<Vec<String>, String> {
    let rules: BTreeSet<&str> = peer_checks().iter().flat_map(|check| check.rules.iter().copied()).collect();
    let mut files = Vec::new();
    for rule in kate::pipeline::all_rules() {
        if rules.contains(rule.id.as_str()) {
            for (side, heading) in [("guilty", "Example"), ("innocent", "Use instead")] {
                for (path, text) in blocks(&rule.docs, heading) {
                    files.push(put(work, &format!("{}/{side}/{path}", rule.id), &text)?);
                }
            }
        }
    }
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("oracles/peers");
    for check in peer_checks() {
        for side in ["guilty", "innocent"] {
            let path = own.join(check.tool).join(check.id).join(format!("{side}.yaml"));
            if let Ok(text) = std::fs::read_to_string(path) {
                files.push(put(work, &format!("{}/{side}/{side}.yaml", special(check)), &text)?);
            }
        }
    }
    Ok(files)
}

fn special(check: &PeerCheck) -> String {
    format!("{}.{}", check.tool, check.id)
}

fn put(work: &Path, path: &str, text: &str) -> Result<String, String> {
    let path = format!("{REPOSITORY}/{path}");
    let target = work.join(&path);
    std::fs::create_dir_all(target.parent().expect("a file has a directory")).map_err(|error| error.to_string())?;
    std::fs::write(target, text).map_err(|error| error.to_string())?;
    Ok(path)
}

/// The manifests below a heading of a page, by path; unnamed blocks are one file.
fn blocks(page: &str, heading: &str) -> BTreeMap<String, String> {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    let mut lines = page.lines().skip_while(|line| *line != format!("## {heading}")).skip(1);
    let mut name: Option<&str> = None;
    while let Some(line) = lines.next().filter(|line| !line.starts_with("## ")) {
        if let Some(path) = line.strip_prefix('`').and_then(|line| line.strip_suffix("`:")) {
            name = Some(path);
        } else if line == "```yaml" {
            let text: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            let path = name.take().unwrap_or("repo.yaml");
            if path.ends_with(".yaml") && !path.ends_with("kustomization.yaml") && path != "kate.yaml" {
                let file = files.entry(path.replace('/', "-")).or_default();
                if !file.is_empty() {
                    file.push_str("---\n");
                }
                file.push_str(&text.join("\n"));
                file.push('\n');
            }
        }
    }
    files
}

/// One check: the directory of a manifest that both report, and of one that neither does.
pub(super) struct Pair {
    pub(super) guilty: Option<String>,
    pub(super) innocent: Option<String>,
}

/// What a tool and kate say of the manifests for a check.
pub(super) fn judge(check: &PeerCheck, theirs: &Found, own: &Own, files: &[String]) -> Pair {
    let none = BTreeSet::new();
    let peer = theirs.get(check.id).unwrap_or(&none);
    let in_directory = |places: &BTreeSet<Place>, directory: &str| {
        let prefix = format!("{REPOSITORY}/{directory}/");
        places.iter().any(|(file, ..)| file.starts_with(&prefix))
    };
    let agree = |side: &str, expected: bool| {
        let names = check.rules.iter().map(|rule| (*rule).to_owned()).chain([special(check)]);
        let directories = names.map(|name| format!("{name}/{side}"));
        let exists = |directory: &String| {
            let prefix = format!("{REPOSITORY}/{directory}/");
            files.iter().any(|file| file.starts_with(&prefix))
        };
        let mut directories = directories.filter(exists);
        directories.find(|directory| {
            let mut rules = check.rules.iter().filter_map(|rule| own.found.get(*rule));
            in_directory(peer, directory) == expected && rules.any(|places| in_directory(places, directory)) == expected
        })
    };
    Pair { guilty: agree("guilty", true), innocent: agree("innocent", false) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_of_a_page() {
        let page = "# a\n\n## Example\n\n```yaml\na: 1\n```\n\n`b/c.yaml`:\n\n```yaml\nb: 2\n```\n\n## Use instead\n\n```yaml\na: 2\n```\n";
        let files = blocks(page, "Example");
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        assert_eq!(files, [("b-c.yaml", "b: 2\n"), ("repo.yaml", "a: 1\n")]);
    }
}
