//! One section of a page as a test case: its files, what is asserted of them, and the verdict.

use std::collections::BTreeMap;
use std::ops::Range;

use kate::diagnostic::Severity;
use kate::text::{RepoPath, Side};
use kate::vfs::MemoryVfs;

use super::assertion::{Assertion, Expected, assertions, without_assertions};
use super::markdown::{Block, Page, Place, Section};

/// What the harness needs of kate.
pub(crate) trait Checker: Sync {
    /// Check a tree, with `rule` switched on whatever its default. Findings of all rules come back;
    /// the rendering holds only those of `rule`, or all without one.
    fn check(&self, head: &MemoryVfs, base: Option<&MemoryVfs>, rule: Option<&str>) -> Checked;

    /// The tree after `--fix --unsafe-fixes`.
    fn fix(&self, head: &MemoryVfs, base: Option<&MemoryVfs>, rule: Option<&str>) -> MemoryVfs;
}

/// What a check gave.
#[derive(Default)]
pub(crate) struct Checked {
    /// All findings.
    pub(crate) findings: Vec<Finding>,
    /// Findings in the format `full`, plain style.
    pub(crate) rendering: String,
}

/// A finding as far as assertions can see it.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    pub(crate) rule: String,
    pub(crate) severity: Severity,
    pub(crate) path: String,
    pub(crate) side: Side,
    /// From 1.
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) message: String,
}

/// What a case has to say.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    /// Faults, each with the line of the page.
    pub(crate) failures: Vec<(usize, String)>,
    /// New contents for ranges of the page, if blocks are to be rewritten.
    pub(crate) updates: Vec<(Range<usize>, String)>,
    /// Whether the section was a test at all.
    pub(crate) ran: bool,
    /// Whether it asserts a finding of the page's own rule.
    pub(crate) asserts_own: bool,
}

/// A file made of blocks, and the page's line of each of its lines.
#[derive(Default)]
struct File {
    text: String,
    lines: Vec<usize>,
}

impl File {
    fn append(&mut self, page: &Page, block: &Block) {
        let content = page.content(block);
        self.text.push_str(content);
        self.lines.extend((0..content.lines().count()).map(|line| block.line + line));
    }

    /// The page's line of a line of the file.
    fn page_line(&self, line: usize) -> Option<usize> {
        self.lines.get(line.checked_sub(1)?).or(self.lines.last()).copied()
    }
}

#[derive(Default)]
struct Files<'a> {
    head: BTreeMap<String, File>,
    base: BTreeMap<String, File>,
    fixed: Vec<(String, &'a Block)>,
    unnamed_fixed: Option<&'a Block>,
    snapshot: Option<&'a Block>,
}

/// Run a section. `own` is the page's rule; `update` asks for new snapshot and fixed blocks
/// instead of failures about them.
pub(crate) fn run(page: &Page, section: &Section, own: Option<&str>, checker: &dyn Checker, update: bool) -> Verdict {
    let mut verdict = Verdict::default();
    let files = match collect(page, section) {
        Ok(files) => files,
        Err(failure) => {
            verdict.failures.push(failure);
            return verdict;
        }
    };
    if files.head.is_empty() && files.base.is_empty() {
        return verdict;
    }
    verdict.ran = true;
    let head = vfs(&files.head);
    let base = (!files.base.is_empty()).then(|| vfs(&files.base));

    let mut expected = Vec::new();
    for (side, tree) in [(Side::Head, &files.head), (Side::Base, &files.base)] {
        for (path, file) in tree {
            for assertion in assertions(&file.text) {
                match assertion {
                    Ok(assertion) => expected.push(Wanted { side, path, assertion }),
                    Err((line, why)) => verdict.failures.push((file.page_line(line).unwrap_or(section.line), why)),
                }
            }
        }
    }
    let place = |side: Side, path: &str, line: usize| {
        let tree = if side == Side::Head { &files.head } else { &files.base };
        tree.get(path).and_then(|file| file.page_line(line)).unwrap_or(section.line)
    };

    let mut checked = checker.check(&head, base.as_ref(), own);
    let has_snapshot = files.snapshot.is_some();
    // What a reader sees of a finding has no assertions in it.
    if has_snapshot || expected.iter().any(|wanted| matches!(wanted.assertion.expected, Expected::Snapshot)) {
        let bare = |tree: &BTreeMap<String, File>| -> MemoryVfs {
            tree.iter().map(|(path, file)| (path, without_assertions(&file.text))).collect()
        };
        let base = (!files.base.is_empty()).then(|| bare(&files.base));
        checked.rendering = checker.check(&bare(&files.head), base.as_ref(), own).rendering;
    }
    let mut taken = vec![false; checked.findings.len()];
    let mut wants_snapshot = None;
    for wanted in &expected {
        let at = place(wanted.side, wanted.path, wanted.assertion.line);
        let matching = (checked.findings.iter().zip(&taken)).position(|(f, taken)| !taken && wanted.matches(f, own));
        match (matching, &wanted.assertion.expected) {
            (Some(index), _) => {
                taken[index] = true;
                verdict.asserts_own |= own == Some(&*checked.findings[index].rule);
            }
            (None, Expected::Short { .. }) if own.is_none() => {
                verdict.failures.push((at, "an assertion without `[rule]` on a page without a rule".to_owned()));
            }
            (None, _) => verdict.failures.push((at, format!("no such finding: {}", wanted.assertion.describe(own)))),
        }
        if matches!(wanted.assertion.expected, Expected::Snapshot) {
            wants_snapshot.get_or_insert(at);
        }
    }
    verdict.asserts_own |= has_snapshot;
    for (finding, taken) in checked.findings.iter().zip(taken) {
        let ours = own.is_none_or(|own| own == finding.rule);
        if ours && !taken && !has_snapshot {
            verdict.failures.push((place(finding.side, &finding.path, finding.line), format!("unexpected: {finding}")));
        }
    }

    check_snapshot(page, section, &files, &checked, wants_snapshot, update, &mut verdict);
    check_fixed(page, section, &files, (&head, base.as_ref()), own, checker, update, &mut verdict);
    verdict
}

struct Wanted<'a> {
    side: Side,
    path: &'a str,
    assertion: Assertion,
}

impl Wanted<'_> {
    fn matches(&self, finding: &Finding, own: Option<&str>) -> bool {
        let here = finding.side == self.side && finding.path == self.path && finding.line == self.assertion.line;
        here && match &self.assertion.expected {
            Expected::Snapshot => own.is_none_or(|own| own == finding.rule),
            Expected::Short { severity, text } => {
                Some(&*finding.rule) == own && finding.severity == *severity && finding.message.contains(text)
            }
            Expected::Full { severity, rule, text } => {
                finding.rule == *rule && finding.severity == *severity && finding.message.contains(text)
            }
        }
    }
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { rule, severity, path, side, line, column, message } = self;
        let side = if *side == Side::Base { " (base)" } else { "" };
        write!(f, "{} [{rule}] \"{message}\" at {path}{side}:{line}:{column}", severity.as_str())
    }
}

fn check_snapshot(
    page: &Page,
    section: &Section,
    files: &Files<'_>,
    checked: &Checked,
    wanted: Option<usize>,
    update: bool,
    verdict: &mut Verdict,
) {
    let actual = tidy(&checked.rendering);
    match (files.snapshot, wanted) {
        (Some(block), _) => compare(page, block, &actual, "the snapshot", update, verdict),
        (None, Some(_)) if update => {
            let end = page.text[..section.end].trim_end().len();
            verdict.updates.push((end..end, format!("\n\n```snapshot\n{actual}```")));
        }
        (None, Some(line)) => {
            verdict.failures.push((line, "`# snapshot` without a `snapshot` block; run with KATE_UPDATE=1".to_owned()));
        }
        (None, None) => {}
    }
}

#[expect(clippy::too_many_arguments, reason = "one step of `run`, cut out to be read alone")]
fn check_fixed(
    page: &Page,
    section: &Section,
    files: &Files<'_>,
    (head, base): (&MemoryVfs, Option<&MemoryVfs>),
    own: Option<&str>,
    checker: &dyn Checker,
    update: bool,
    verdict: &mut Verdict,
) {
    let mut expected: Vec<(String, &Block)> = files.fixed.clone();
    if let Some(block) = files.unnamed_fixed {
        let mut paths = files.head.keys().filter(|path| !path.ends_with("kate.yaml"));
        match (paths.next(), paths.next()) {
            (Some(path), None) => expected.push((path.clone(), block)),
            _ => verdict.failures.push((block.line, "several files: name the one that is fixed".to_owned())),
        }
    }
    if expected.is_empty() {
        return;
    }
    let fixed = checker.fix(head, base, own);
    for (path, block) in &expected {
        let found = fixed.iter().find(|(other, _)| other.as_str() == path);
        match found.and_then(|(_, bytes)| std::str::from_utf8(bytes).ok()) {
            Some(text) => {
                let actual = tidy(&without_assertions(text));
                compare(page, block, &actual, &format!("`{path}` after fixing"), update, verdict);
            }
            None => verdict.failures.push((block.line, format!("there is no `{path}` after fixing"))),
        }
    }
    for (path, bytes) in fixed.iter() {
        let before = head.iter().find(|(other, _)| *other == path).map(|(_, bytes)| bytes);
        if before != Some(bytes) && !expected.iter().any(|(other, _)| other == path.as_str()) {
            verdict
                .failures
                .push((section.line, format!("fixing also changes `{path}`, which has no block `(fixed)`")));
        }
    }
    for finding in checker.check(&fixed, base, own).findings {
        if own.is_none_or(|own| own == finding.rule) {
            verdict.failures.push((section.line, format!("remains after fixing: {finding}")));
        }
    }
}

/// Compare a block of the page with what it should hold.
fn compare(page: &Page, block: &Block, actual: &str, what: &str, update: bool, verdict: &mut Verdict) {
    if tidy(page.content(block)) == actual {
        return;
    }
    if update {
        verdict.updates.push((block.content.clone(), actual.to_owned()));
    } else {
        let diff = similar::TextDiff::from_lines(page.content(block), actual);
        let diff = diff.unified_diff().context_radius(2).to_string();
        verdict.failures.push((block.line, format!("{what} differs (KATE_UPDATE=1 rewrites it):\n{diff}")));
    }
}

/// Without blanks at line ends, with exactly one line break at the end.
fn tidy(text: &str) -> String {
    let lines: Vec<&str> = text.trim_end().lines().map(str::trim_end).collect();
    lines.join("\n").trim_start_matches('\n').to_owned() + "\n"
}

fn vfs(files: &BTreeMap<String, File>) -> MemoryVfs {
    files.iter().map(|(path, file)| (path, file.text.clone())).collect()
}

/// Sort the blocks of a section into files.
fn collect<'a>(page: &'a Page, section: &'a Section) -> Result<Files<'a>, (usize, String)> {
    let mut files = Files::default();
    for block in &section.blocks {
        let twice = |what: &str| (block.line, format!("{what} twice in one section"));
        match (&block.place, block.language.as_str()) {
            (Place::Unnamed, "snapshot") => {
                if files.snapshot.replace(block).is_some() {
                    return Err(twice("a snapshot"));
                }
            }
            (Place::Unnamed, "fixed") => {
                if files.unnamed_fixed.replace(block).is_some() {
                    return Err(twice("an unnamed fixed file"));
                }
            }
            (Place::Unnamed, "yaml" | "yml") => {
                let file = files.head.entry("repo.yaml".to_owned()).or_default();
                if !file.text.is_empty() && !page.content(block).starts_with("---") {
                    file.text.push_str("---\n");
                    file.lines.push(block.line);
                }
                file.append(page, block);
            }
            (Place::Unnamed, "hcl" | "terraform" | "tf") => {
                files.head.entry("main.tf".to_owned()).or_default().append(page, block);
            }
            (Place::Unnamed, _) => {}
            (Place::Head(path) | Place::Base(path), _) => {
                let tree = if matches!(block.place, Place::Head(_)) { &mut files.head } else { &mut files.base };
                if RepoPath::new(path).is_none_or(|normal| normal.as_str() != path) {
                    return Err((block.line, format!("`{path}` is no plain relative path")));
                }
                if tree.contains_key(path) {
                    return Err(twice(&format!("`{path}`")));
                }
                tree.entry(path.clone()).or_default().append(page, block);
            }
            (Place::Fixed(path), _) => {
                if files.fixed.iter().any(|(other, _)| other == path) {
                    return Err(twice(&format!("`{path}` (fixed)")));
                }
                files.fixed.push((path.clone(), block));
            }
        }
    }
    Ok(files)
}
