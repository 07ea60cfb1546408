//! Choosing fixes that do not get in each other's way, and splicing them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::refuse::refusal;
use super::verify::{Splice, verify};
use crate::diagnostic::{Applicability, Edit, Fix};
use crate::syntax::{ParsedFile, parse};
use crate::text::{FileId, RepoPath, SourceFile};

/// What fixes make of the files.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// New text of edited files.
    pub edited: BTreeMap<FileId, String>,
    /// Text of new files.
    pub created: BTreeMap<RepoPath, String>,
    /// Number of fixes that are in it.
    pub applied: usize,
    /// Fixes of a sufficient level that are not, in order.
    pub skipped: Vec<Skipped>,
}

/// A fix that was left out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Skipped {
    /// Its index among the fixes given.
    pub index: usize,
    /// What it would have done.
    pub title: String,
    /// Why it was not applied.
    pub reason: String,
}

/// Edits of one file in order of place, and the replaced text with the file's line ending.
type Edits = BTreeMap<FileId, Vec<Splice>>;

/// Choose fixes of at least a level, in order, and make the new texts. `files` gives the parsed
/// files to edit; `taken` tells whether a path exists, so that no file is created over another.
///
/// All fixes that do not overlap are tried together; if the result is not what was meant, one by
/// one. A fix that overlaps one before it is skipped: the next round sees it again.
#[must_use]
pub fn apply(
    files: &dyn Fn(FileId) -> Arc<ParsedFile>,
    taken: &dyn Fn(&RepoPath) -> bool,
    fixes: &[&Fix],
    level: Applicability,
) -> Plan {
    let level = level.max(Applicability::Unsafe);
    let mut chosen = Chosen { files, taken, edits: Edits::new(), created: BTreeMap::new() };
    let mut plan = Plan::default();
    let mut candidates = Vec::new();
    for (index, fix) in fixes.iter().enumerate().filter(|(_, fix)| fix.applicability >= level && !fix.edits.is_empty())
    {
        match chosen.add(fix) {
            Ok(()) => candidates.push(index),
            Err(reason) => plan.skip(index, fix, reason),
        }
    }
    let texts = chosen.texts();
    if let Ok(edited) = texts {
        plan.applied = candidates.len();
        plan.edited = edited;
        plan.created = chosen.created;
        return plan;
    }
    let mut chosen = Chosen { files, taken, edits: Edits::new(), created: BTreeMap::new() };
    for index in candidates {
        let fix = fixes[index];
        let before = (chosen.edits.clone(), chosen.created.clone());
        match chosen.add(fix).and_then(|()| chosen.texts()) {
            Ok(edited) => {
                plan.edited = edited;
                plan.applied += 1;
            }
            Err(reason) => {
                (chosen.edits, chosen.created) = before;
                plan.skip(index, fix, reason);
            }
        }
    }
    plan.created = chosen.created;
    plan.skipped.sort_by_key(|skipped| skipped.index);
    plan
}

impl Plan {
    fn skip(&mut self, index: usize, fix: &Fix, reason: String) {
        self.skipped.push(Skipped { index, title: fix.title.clone(), reason });
    }
}

struct Chosen<'a> {
    files: &'a dyn Fn(FileId) -> Arc<ParsedFile>,
    taken: &'a dyn Fn(&RepoPath) -> bool,
    edits: Edits,
    created: BTreeMap<RepoPath, String>,
}

impl Chosen<'_> {
    /// Add all edits of a fix, or none and the reason.
    fn add(&mut self, fix: &Fix) -> Result<(), String> {
        let (mut edits, mut created) = (Edits::new(), BTreeMap::new());
        for edit in &fix.edits {
            match edit {
                Edit::Create { path, .. } if created.contains_key(path) || (self.taken)(path) => {
                    return Err(format!("`{path}` exists already"));
                }
                Edit::Create { path, text } => drop(created.insert(path.clone(), text.clone())),
                Edit::Replace { span, text } => {
                    let file = (self.files)(span.file);
                    let path = &file.source.path;
                    if let Some(reason) = refusal(&file) {
                        return Err(format!("`{path}` is not edited: {reason}"));
                    }
                    if file.source.text.get(span.range()).is_none() {
                        return Err(format!("the edit is not inside the text of `{path}`"));
                    }
                    let splice = Splice { range: span.range(), text: with_line_ending(&file.source, text) };
                    let own = edits.entry(span.file).or_default();
                    if own.iter().any(|other: &Splice| other.overlaps(&splice)) {
                        return Err("its own edits overlap".to_owned());
                    }
                    own.push(splice);
                }
            }
        }
        // Two findings may offer the same fix; once is enough.
        let same = |file: &FileId, splice: &Splice| self.edits.get(file).is_some_and(|known| known.contains(splice));
        let repeats = edits.iter().all(|(file, own)| own.iter().all(|splice| same(file, splice)))
            && created.iter().all(|(path, text)| self.created.get(path) == Some(text));
        if repeats {
            return Ok(());
        }
        let clash = |(file, own): (&FileId, &Vec<Splice>)| {
            self.edits
                .get(file)
                .is_some_and(|known| known.iter().any(|known| own.iter().any(|new| new.overlaps(known))))
        };
        if edits.iter().any(clash) || created.keys().any(|path| self.created.contains_key(path)) {
            return Err("it overlaps another fix".to_owned());
        }
        for (file, own) in edits {
            let all = self.edits.entry(file).or_default();
            all.extend(own);
            all.sort_by_key(|splice| (splice.range.start, splice.range.end));
        }
        self.created.extend(created);
        Ok(())
    }

    /// The new texts, if each parses to what was meant.
    fn texts(&self) -> Result<BTreeMap<FileId, String>, String> {
        let text = |(id, splices): (&FileId, &Vec<Splice>)| {
            let old = (self.files)(*id);
            let text = splice(&old.source.text, splices);
            let source = &old.source;
            let new = SourceFile::new(*id, source.path.clone(), text.as_str().into(), source.side, true);
            let new = parse(Arc::new(new));
            verify(&old, &new, splices).map_err(|reason| format!("`{}`: {reason}", source.path))?;
            Ok((*id, text))
        };
        self.edits.iter().map(text).collect()
    }
}

/// The text with splices put in, which are sorted and do not overlap.
fn splice(text: &str, splices: &[Splice]) -> String {
    let mut result = String::with_capacity(text.len() + splices.iter().map(|splice| splice.text.len()).sum::<usize>());
    let mut at = 0;
    for splice in splices {
        result.push_str(&text[at..splice.range.start]);
        result.push_str(&splice.text);
        at = splice.range.end;
    }
    result.push_str(&text[at..]);
    result
}

/// New text with the line ending that the file's first line has.
fn with_line_ending(source: &SourceFile, text: &str) -> String {
    let crlf = source.text.find('\n').is_some_and(|at| source.text[..at].ends_with('\r'));
    let text = text.replace("\r\n", "\n");
    if crlf { text.replace('\n', "\r\n") } else { text }
}
