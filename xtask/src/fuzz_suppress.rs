//! Mutation fuzzing of ignore comments: texts full of almost-ignores go through the real parsers
//! and the filter. Nothing may panic, every span must fit its text, every fix must be applicable,
//! and an ignore must never hide a rule that it does not name.

use std::borrow::Cow;
use std::sync::Arc;

use kate::diagnostic::{Confidence, Diagnostic, Edit, FixAvailability, Group, RuleId, RuleMeta, Severity, Status};
use kate::suppress::{AnnotationIgnore, Date, Filter, Verdict};
use kate::syntax;
use kate::text::{RepoPath, Side, SourceFile, Sources, Span};

const SEEDS: &[(&str, &str)] = &[
    ("f.yaml", "a: 1 # kate: ignore[some-rule] why\nb: 2\n"),
    ("f.yaml", "# kate: ignore-file[some-rule, other-rule] until=2026-12-31 why\n---\na:\n  - x\n"),
    (
        "f.yaml",
        "# kate: ignore[some-rule] why # kate: ignore[other-rule]\n# text\na: |\n  # kate: ignore[some-rule] x\n",
    ),
    ("f.tf", "/* kate: ignore[some-rule] why */\na = 1 // kate: ignore[other-rule] until=2020-01-01\n"),
    (
        "f.tf",
        "/*\n * kate: ignore[some-rule] why\n * kate: ignore-file[x]\n */\nb \"c\" {\n  # kate:ignore[some-rule]\n}\n",
    ),
];

const PIECES: &[&str] = &[
    "#",
    "//",
    "/*",
    "*/",
    " ",
    "\t",
    "\n",
    "\r\n",
    "\r",
    "kate:",
    "kate: ",
    "ignore",
    "ignore-file",
    "[",
    "]",
    ",",
    "some-rule",
    "other-rule",
    "until=",
    "2026-02-30",
    "9999-99-99",
    "é",
    "日本",
    "\u{feff}",
    "\u{202e}",
    "\0",
    "'",
    "\"",
    "|\n  ",
    ": ",
    "---\n",
];

/// Run so many mutated inputs; the same seed gives the same inputs.
///
/// # Panics
/// On the first input that breaks a promise; the message holds the input.
pub(crate) fn run(iterations: u64, seed: u64) {
    let rules = [rule("some-rule"), rule("other-rule"), rule("third-rule")];
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    for _ in 0..iterations {
        let (path, text) = SEEDS[random.below(SEEDS.len())];
        let text = mutate(text, &mut random);
        let complaint =
            std::panic::catch_unwind(|| check(path, &text, &rules)).unwrap_or_else(|_| Err("panic".to_owned()));
        assert_eq!(complaint, Ok(()), "seed {seed}, {path}: {text:?}");
    }
}

fn check(path: &str, text: &str, rules: &[RuleMeta]) -> Result<(), String> {
    let mut sources = Sources::default();
    let path = RepoPath::new(path).ok_or("a path inside the root")?;
    let id = sources.next_id();
    let source = Arc::new(SourceFile::new(id, path, Arc::from(text), Side::Head, true));
    sources.push(Arc::clone(&source));
    let parsed = syntax::parse(source);
    // One finding per rule and line, and one that spans the file.
    let mut found = Vec::new();
    for rule in rules {
        for line in 1..=sources.get(id).lines().line_count() {
            let range = sources.get(id).lines().line_range(line, text);
            found.push(Diagnostic::new(rule, Span::new(id, range.start, range.end), "message", line.to_string()));
        }
        found.push(Diagnostic::new(rule, Span::new(id, 0, text.len()), "whole", ""));
    }
    let whole = Span::new(id, 0, text.len());
    let annotation =
        AnnotationIgnore { value: text.to_owned(), span: whole, covers: vec![Span::start_of(id)], peer: false };
    let metas: Vec<&RuleMeta> = rules.iter().collect();
    let filtered = Filter {
        rules: &metas,
        ran: &|_| true,
        verdict: &|_, _| Verdict::AsFound,
        files: &|_| Some(&parsed),
        annotations: std::slice::from_ref(&annotation),
        ignores: true,
        peers: false,
        baseline: None,
        only: &[],
        today: Date::parse("2026-06-15"),
    }
    .apply(&sources, found.clone());
    let hidden = filtered.by_comment + filtered.by_annotation;
    let ours = |rule: &RuleId| rules.iter().any(|known| known.id == *rule);
    let kept = filtered.kept.iter().filter(|diagnostic| ours(&diagnostic.rule)).count();
    let mut distinct = found;
    kate::diagnostic::sort_and_dedup(&mut distinct, &sources);
    if kept + hidden != distinct.len() {
        return Err(format!("{} findings: {kept} kept, {hidden} hidden", distinct.len()));
    }
    for rule in rules.iter().filter(|rule| !text.contains(rule.id.as_str())) {
        let kept = filtered.kept.iter().filter(|diagnostic| diagnostic.rule == rule.id).count();
        if kept != distinct.iter().filter(|diagnostic| diagnostic.rule == rule.id).count() {
            return Err(format!("{} is hidden and not named", rule.id));
        }
    }
    for diagnostic in &filtered.kept {
        let labels = diagnostic.labels.iter().map(|label| label.span);
        let edits = diagnostic.fixes.iter().flat_map(|fix| &fix.edits).filter_map(|edit| match edit {
            Edit::Replace { span, .. } => Some(*span),
            Edit::Create { .. } => None,
        });
        if let Some(span) = labels.chain(edits).find(|span| text.get(span.range()).is_none()) {
            return Err(format!("{}: {span:?} does not fit", diagnostic.rule));
        }
    }
    Ok(())
}

fn mutate(text: &str, random: &mut Random) -> String {
    let mut text = text.to_owned();
    for _ in 0..=random.below(6) {
        let at = text.floor_char_boundary(random.below(text.len() + 1));
        let end = text.floor_char_boundary((at + random.below(12)).min(text.len())).max(at);
        match random.below(4) {
            0 => text.replace_range(at..end, ""),
            1 => text.insert_str(at, PIECES[random.below(PIECES.len())]),
            2 => text.replace_range(at..end, PIECES[random.below(PIECES.len())]),
            _ => {
                let copy = text[at..end].to_owned();
                let to = text.floor_char_boundary(random.below(text.len() + 1));
                text.insert_str(to, &copy);
            }
        }
    }
    text
}

fn rule(id: &'static str) -> RuleMeta {
    RuleMeta {
        id: RuleId::new(id),
        summary: Cow::Borrowed("a rule"),
        group: Group::Kubernetes,
        level: Severity::Error,
        enabled: true,
        confidence: Confidence::High,
        status: Status::Preview,
        since: "0.1.0",
        fix: FixAvailability::None,
        security_severity: None,
        ignorable: true,
        docs: Cow::Borrowed(""),
    }
}

/// xorshift64*: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(high).unwrap_or(0) % limit.max(1)
    }
}
