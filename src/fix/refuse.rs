//! Files that must not be edited.

use crate::syntax::{ParsedFile, Syntax};
use crate::text::Side;

/// Words in a comment at the top of a file that a program writes.
const GENERATED: [&str; 5] =
    ["do not edit", "code generated", "@generated", "maintained automatically", "automatically generated"];
/// Files that programs write without saying so in a comment.
const LOCK_FILES: [&str; 3] = ["Chart.lock", "requirements.lock", ".terraform.lock.hcl"];
/// Directories of other people's text.
const VENDORED: [&str; 5] = ["vendor", "vendored", "third_party", "node_modules", ".terraform"];
/// Lines from the top in which a comment speaks of the whole file.
const HEAD_LINES: u32 = 20;

/// Why a file must not be edited; `None` if it may be.
#[must_use]
pub fn refusal(file: &ParsedFile) -> Option<&'static str> {
    let source = &file.source;
    if source.side == Side::Base {
        return Some("it is of the base revision");
    }
    if !source.verbatim {
        return Some("its encoding is not UTF-8");
    }
    if !matches!(file.syntax, Syntax::Yaml(_) | Syntax::Hcl(_)) {
        return Some("it is templated or in a language that is not read");
    }
    if LOCK_FILES.contains(&source.path.file_name()) {
        return Some("it is a lock file");
    }
    if source.path.components().any(|part| VENDORED.contains(&part)) {
        return Some("it is vendored");
    }
    let head =
        file.comments.iter().take_while(|comment| source.lines().line(comment.span.start as usize) <= HEAD_LINES);
    if head
        .map(|comment| source.slice(comment.span).to_ascii_lowercase())
        .any(|text| GENERATED.iter().any(|words| text.contains(words)))
    {
        return Some("it is generated");
    }
    // A message authentication code covers the whole file, also what is not encrypted.
    let mut roots = file.yaml().into_iter().flat_map(|stream| &stream.documents).filter_map(|document| document.root());
    if roots.any(|root| root.get("sops").is_some()) || source.text.contains("ENC[AES256_GCM") {
        return Some("it is encrypted with SOPS");
    }
    None
}
