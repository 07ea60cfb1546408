//! What kate makes of a tree, beside what the real program makes of it.

use kate::pipeline::render::{Built, kustomization};
use kate::render::kustomize::Fault;
use kate::render::print;
use kate::text::RepoPath;
use kate::vfs::MemoryVfs;
use similar::{ChangeTag, TextDiff};

use super::archive::Verdict;

/// Most lines of a difference that are shown.
const SHOWN: usize = 40;

/// Build a directory of a tree.
pub(crate) fn build(files: &[(String, Vec<u8>)], directory: &str) -> Result<Built, String> {
    let vfs: MemoryVfs = files.iter().map(|(path, bytes)| (path, bytes.clone())).collect();
    let directory = RepoPath::new(directory).ok_or_else(|| format!("`{directory}` is no directory"))?;
    kustomization(&vfs, &directory).map_err(|error| error.to_string())
}

/// Compare what was built with what the real program does.
pub(crate) fn compare(built: &Built, verdict: &Verdict) -> Result<(), String> {
    if let Some(why) = built.unknown.iter().chain(&built.opaque).next() {
        return Err(format!("unknown: {why}"));
    }
    match verdict {
        Verdict::Failure(message) if built.faults.is_empty() => Err(format!("builds; the real program: {message}")),
        Verdict::Failure(_) => Ok(()),
        Verdict::Expected(_) if !built.faults.is_empty() => Err(format!("faults:{}", list(built))),
        Verdict::Expected(expected) => {
            let printed = print::documents(&built.values);
            if printed == *expected { Ok(()) } else { Err(difference(expected, &printed)) }
        }
    }
}

/// A fault as cases name it: kind, file and line.
pub(crate) fn place(fault: &Fault, built: &Built) -> String {
    let file = built.sources.get(fault.at.file);
    format!("{:?} {}:{}", fault.kind, file.path, built.sources.positions(fault.at).0.line)
}

pub(crate) fn list(built: &Built) -> String {
    let lines = built.faults.iter().map(|fault| format!("\n  {}: {}", place(fault, built), fault.message));
    lines.collect()
}

/// The first lines in which two texts differ.
fn difference(expected: &str, printed: &str) -> String {
    let diff = TextDiff::from_lines(expected, printed);
    let mut shown = String::from("expected (-), printed (+)\n");
    let mut lines = 0;
    for group in diff.grouped_ops(2) {
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            lines += 1;
            if lines > SHOWN {
                shown.push_str("  …\n");
                return shown;
            }
            let sign = match change.tag() {
                ChangeTag::Equal => ' ',
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
            };
            shown.push(sign);
            shown.push_str(change.value().trim_end_matches('\n'));
            shown.push('\n');
        }
    }
    shown
}
