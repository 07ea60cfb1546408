//! Matches findings with ignores, and says which ignores are wrong or useless.

use std::collections::{BTreeMap, BTreeSet};

use super::directive::{Directive, Malformed, Scope, read_annotation, read_comment};
use super::peers::peer_comment;
use super::{AnnotationIgnore, Date, meta};
use crate::diagnostic::{Applicability, Diagnostic, Fix, Role, RuleMeta, peer_checks, rules_of_peer};
use crate::syntax::{ParsedFile, Syntax, SyntaxErrorKind};
use crate::text::{Comment, FileId, RepoPath, Side, SourceFile, Sources, Span, near_miss};

/// Where an ignore is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Origin {
    Comment,
    Annotation,
}

/// What an ignore covers.
enum Cover {
    /// Places that its line is in, and places that begin on the line `below`.
    Lines { line: u32, below: Option<u32> },
    /// Its file.
    File,
    /// Places within these.
    Spans(Vec<Span>),
}

struct Ignore {
    origin: Origin,
    cover: Cover,
    /// The whole of it.
    span: Span,
    until: Option<Date>,
    reason: bool,
    entries: Vec<Entry>,
    /// What has to go to remove it, if it can be removed alone.
    removal: Option<Span>,
    /// Whether all of the file was read, so that a finding cannot have been lost.
    complete: bool,
    /// Whether it was written for another tool.
    peer: bool,
}

/// One rule of an ignore.
struct Entry {
    rule: String,
    span: Span,
    used: bool,
}

/// All ignores of a run.
#[derive(Default)]
pub(super) struct Ignores {
    all: Vec<Ignore>,
    malformed: Vec<(Span, String)>,
    /// Ignores and entries by the file that they cover something in, and by rule.
    index: BTreeMap<(FileId, String), Vec<(usize, usize)>>,
}

impl Ignores {
    /// Read the comments of all files of head, and the annotations.
    pub(super) fn collect<'a>(
        sources: &Sources,
        files: &dyn Fn(FileId) -> Option<&'a ParsedFile>,
        annotations: &[AnnotationIgnore],
        peers: bool,
    ) -> Self {
        let mut ignores = Self::default();
        for source in sources.iter().filter(|source| source.side == Side::Head) {
            if let Some(file) = files(source.id) {
                ignores.read_comments(source, file);
                if peers {
                    ignores.read_peers(source, file);
                }
            }
        }
        for annotation in annotations {
            ignores.read_annotation(sources, annotation);
        }
        for (at, ignore) in ignores.all.iter().enumerate() {
            let covered: BTreeSet<FileId> = match &ignore.cover {
                Cover::Spans(spans) => spans.iter().map(|span| span.file).collect(),
                Cover::File | Cover::Lines { .. } => BTreeSet::from([ignore.span.file]),
            };
            for (index, entry) in ignore.entries.iter().enumerate() {
                for file in &covered {
                    ignores.index.entry((*file, entry.rule.clone())).or_default().push((at, index));
                }
            }
        }
        ignores
    }

    fn read_comments(&mut self, source: &SourceFile, file: &ParsedFile) {
        let complete = is_complete(file);
        let below = lines_below(source, &file.comments);
        let mut top = true;
        let mut after = 0;
        for (comment, below) in file.comments.iter().zip(below) {
            let (start, end) = (comment.span.start as usize, comment.span.end as usize);
            top = top && source.text.get(after..start).is_some_and(is_preamble);
            after = end;
            let Some(text) = source.text.get(start..end) else { continue };
            for found in read_comment(text) {
                let place =
                    |range: std::ops::Range<usize>| Span::new(source.id, start + range.start, start + range.end);
                let directive = match found {
                    Ok(directive) => directive,
                    Err(Malformed { range, message }) => {
                        self.malformed.push((place(range), message));
                        continue;
                    }
                };
                let span = place(directive.range.clone());
                let cover = match directive.scope {
                    Scope::Place => {
                        let line = source.lines().line(span.start as usize);
                        Cover::Lines { line, below: comment.own_line.then_some(below) }
                    }
                    Scope::File if top && comment.own_line => Cover::File,
                    Scope::File => {
                        let message = "`ignore-file` stands at the top of a file, before everything else";
                        self.malformed.push((span, message.to_owned()));
                        continue;
                    }
                };
                let alone = span.end as usize == end || text[directive.range.end..].trim().is_empty();
                let removal = alone.then(|| removal(source, comment, span)).flatten();
                self.push(Origin::Comment, cover, span, directive, &place, removal, complete);
            }
        }
    }

    /// Comments that were written for other tools hold for the document that they stand in.
    fn read_peers(&mut self, source: &SourceFile, file: &ParsedFile) {
        let documents = file.yaml().map(|stream| stream.documents.as_slice()).unwrap_or_default();
        for comment in &file.comments {
            let text = source.text.get(comment.span.start as usize..comment.span.end as usize).unwrap_or_default();
            let rules = peer_comment(text);
            if rules.is_empty() {
                continue;
            }
            // Behind the last word of a document, before the mark of the next.
            let next = documents.partition_point(|document| document.span.start <= comment.span.start);
            let between = |before: Span| {
                source
                    .text
                    .get(before.end as usize..comment.span.start as usize)
                    .is_some_and(|text| text.contains("\n---"))
            };
            let before = next.checked_sub(1).and_then(|at| documents.get(at)).map(|document| document.span);
            let after = documents.get(next).map(|document| document.span);
            if let Some(document) = before.filter(|before| !between(*before)).or(after) {
                self.push_peer(Origin::Comment, vec![document], comment.span, rules);
            }
        }
    }

    fn push_peer(&mut self, origin: Origin, covers: Vec<Span>, span: Span, rules: Vec<&'static str>) {
        let entry = |rule: &str| Entry { rule: rule.to_owned(), span, used: false };
        let entries = rules.into_iter().map(entry).collect();
        let cover = Cover::Spans(covers);
        let (until, removal) = (None, None);
        self.all.push(Ignore {
            origin,
            cover,
            span,
            until,
            reason: true,
            entries,
            removal,
            complete: true,
            peer: true,
        });
    }

    fn read_annotation(&mut self, sources: &Sources, annotation: &AnnotationIgnore) {
        if annotation.peer {
            let rules = annotation.value.split(',').filter_map(known).collect();
            return self.push_peer(Origin::Annotation, annotation.covers.clone(), annotation.span, rules);
        }
        // The value may be quoted or folded, so places in it are only known if it is written as it is.
        let literal = sources.slice(annotation.span) == annotation.value;
        let start = annotation.span.start as usize;
        let place = |range: std::ops::Range<usize>| {
            if literal {
                Span::new(annotation.span.file, start + range.start, start + range.end)
            } else {
                annotation.span
            }
        };
        for found in read_annotation(&annotation.value) {
            match found {
                Ok(directive) => {
                    let cover = Cover::Spans(annotation.covers.clone());
                    let span = place(directive.range.clone());
                    self.push(Origin::Annotation, cover, span, directive, &place, None, true);
                }
                Err(Malformed { range, message }) => self.malformed.push((place(range), message)),
            }
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn push(
        &mut self,
        origin: Origin,
        cover: Cover,
        span: Span,
        directive: Directive,
        place: &dyn Fn(std::ops::Range<usize>) -> Span,
        removal: Option<Span>,
        complete: bool,
    ) {
        let entry = |(rule, range)| Entry { rule, span: place(range), used: false };
        let entries = directive.rules.into_iter().map(entry).collect();
        let Directive { until, reason, .. } = Directive { rules: Vec::new(), ..directive };
        self.all.push(Ignore { origin, cover, span, until, reason, entries, removal, complete, peer: false });
    }

    /// Whether an ignore hides a finding; every ignore that does is then in use. Steps of a chain
    /// are not its places: an ignore there may be about something else.
    pub(super) fn hide(&mut self, sources: &Sources, diagnostic: &Diagnostic, today: Option<Date>) -> Option<Origin> {
        let mut hidden = None;
        for label in diagnostic.labels.iter().filter(|label| label.role != Role::Flow) {
            let Some(entries) = self.index.get(&(label.span.file, diagnostic.rule.as_str().to_owned())) else {
                continue;
            };
            let lines = lines_of(sources.get(label.span.file), label.span);
            for (at, entry) in entries {
                let ignore = &mut self.all[*at];
                let covers = match &ignore.cover {
                    Cover::File => true,
                    Cover::Lines { line, below } => lines.contains(line) || *below == Some(*lines.start()),
                    Cover::Spans(spans) => spans.iter().any(|span| span.contains(label.span)),
                };
                if covers {
                    ignore.entries[*entry].used = true;
                    if !is_expired(ignore.until, today) {
                        hidden = hidden.or(Some(ignore.origin));
                    }
                }
            }
        }
        hidden
    }

    /// Findings about the ignores themselves. `reports`: whether a rule has run and is on in a file.
    pub(super) fn report(
        self,
        sources: &Sources,
        rules: &BTreeMap<&str, &RuleMeta>,
        reports: &dyn Fn(&RuleMeta, &RepoPath) -> bool,
        today: Option<Date>,
    ) -> Vec<Diagnostic> {
        let mut found: Vec<Diagnostic> = self
            .malformed
            .into_iter()
            .map(|(span, message)| {
                let subject = message.clone();
                Diagnostic::new(&meta::INVALID_IGNORE, span, format!("this ignore has no effect: {message}"), subject)
            })
            .collect();
        for ignore in self.all.iter().filter(|ignore| !ignore.peer) {
            about(&mut found, sources, ignore, rules, reports, today);
        }
        found
    }
}

fn about(
    found: &mut Vec<Diagnostic>,
    sources: &Sources,
    ignore: &Ignore,
    rules: &BTreeMap<&str, &RuleMeta>,
    reports: &dyn Fn(&RuleMeta, &RepoPath) -> bool,
    today: Option<Date>,
) {
    let path = &sources.get(ignore.span.file).path;
    let names: Vec<&str> = ignore.entries.iter().map(|entry| entry.rule.as_str()).collect();
    let names = names.join(", ");
    let mut unused = Vec::new();
    for entry in &ignore.entries {
        let name = &entry.rule;
        match rules.get(name.as_str()) {
            None => found.push(unknown_rule(entry, rules)),
            Some(rule) if !rule.ignorable => found.push(
                Diagnostic::new(
                    &meta::INVALID_IGNORE,
                    entry.span,
                    format!("this ignore has no effect: `{name}` can only be switched off in kate.yaml"),
                    name,
                )
                .help(format!("write `{name}: off` under `rules` or under an override")),
            ),
            Some(rule) if !entry.used && ignore.complete && reports(rule, path) => unused.push(entry),
            Some(_) => {}
        }
    }
    if !ignore.reason {
        let message = format!("this ignore of {} does not say why", quoted(&names));
        let finding = Diagnostic::new(&meta::IGNORE_WITHOUT_REASON, ignore.span, message, &names);
        found.push(finding.help("write the reason behind it: the next reader has to judge whether it still holds"));
    }
    if let Some(until) = ignore.until.filter(|until| is_expired(Some(*until), today)) {
        let message = format!("this ignore of {} has expired", quoted(&names));
        let finding = Diagnostic::new(&meta::EXPIRED_IGNORE, ignore.span, message, &names);
        found.push(finding.primary(format!("held until {until}")).help("mend what it hid, or give it a new day"));
        return; // whether it would still hide something is beside the point
    }
    if unused.len() == ignore.entries.len() {
        let message = format!("this ignore of {} hides nothing", quoted(&names));
        let finding = Diagnostic::new(&meta::UNUSED_IGNORE, ignore.span, message, &names);
        let fix = ignore.removal.map(|span| Fix::replace(Applicability::Safe, "remove it", span, ""));
        found.push(match fix {
            Some(fix) => finding.fix(fix),
            None => finding.help("remove it"),
        });
    } else {
        for entry in unused {
            let message = format!("this ignore of `{}` hides nothing", entry.rule);
            let finding = Diagnostic::new(&meta::UNUSED_IGNORE, entry.span, message, &entry.rule);
            found.push(finding.help("remove the rule from the list"));
        }
    }
}

fn unknown_rule(entry: &Entry, rules: &BTreeMap<&str, &RuleMeta>) -> Diagnostic {
    let name = &entry.rule;
    let finding =
        Diagnostic::new(&meta::UNKNOWN_RULE_IN_IGNORE, entry.span, format!("there is no rule named `{name}`"), name);
    let peer = rules_of_peer(name).and_then(<[&str]>::first).copied();
    match peer.or_else(|| near_miss(name, rules.keys().copied())) {
        Some(near) => finding.help(format!("did you mean `{near}`?")).fix(Fix::replace(
            Applicability::Safe,
            format!("rename to `{near}`"),
            entry.span,
            near,
        )),
        None => finding.help("`kate rules` lists all rules"),
    }
}

/// A rule's name, as long as the table of other tools' checks lives.
fn known(name: &str) -> Option<&'static str> {
    peer_checks().iter().flat_map(|check| &check.rules).copied().find(|rule| *rule == name)
}

fn quoted(names: &str) -> String {
    names.split(", ").map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn is_expired(until: Option<Date>, today: Option<Date>) -> bool {
    matches!((until, today), (Some(until), Some(today)) if today > until)
}

/// Whether everything in a file was read. What was not may be what an ignore hides.
fn is_complete(file: &ParsedFile) -> bool {
    let lost = |kind| !matches!(kind, SyntaxErrorKind::DuplicateKey);
    !matches!(file.syntax, Syntax::Opaque(_)) && !file.errors.iter().any(|error| lost(error.kind))
}

/// The lines that a span is on.
fn lines_of(source: &SourceFile, span: Span) -> std::ops::RangeInclusive<u32> {
    let (start, end) = (span.start as usize, (span.end as usize).saturating_sub(1));
    source.lines().line(start)..=source.lines().line(end.max(start))
}

/// For each comment the first line below it that is not a comment's own.
fn lines_below(source: &SourceFile, comments: &[Comment]) -> Vec<u32> {
    let mut below = vec![0; comments.len()];
    for (at, comment) in comments.iter().enumerate().rev() {
        let line = lines_of(source, comment.span).end() + 1;
        let next = comments.get(at + 1).filter(|next| next.own_line);
        let stacked = next.is_some_and(|next| source.lines().line(next.span.start as usize) == line);
        below[at] = if stacked { below[at + 1] } else { line };
    }
    below
}

/// Whether text before a comment may stand before `ignore-file`: nothing but blanks, document
/// markers and YAML directives.
fn is_preamble(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}');
    text.lines().map(str::trim_end).all(|line| line.trim().is_empty() || line == "---" || line.starts_with('%'))
}

/// What has to go to remove an ignore that ends its comment: the whole line if nothing else is on
/// it, else the ignore and the blanks before it. `None` inside block comments.
fn removal(source: &SourceFile, comment: &Comment, ignore: Span) -> Option<Span> {
    let text = &source.text;
    if !source.verbatim || text.get(comment.span.range())?.starts_with("/*") {
        return None;
    }
    if comment.own_line && ignore.start == comment.span.start {
        let line = source.lines().line(ignore.start as usize);
        let range = source.lines().line_range(line, text);
        return Some(Span::new(source.id, range.start, range.end));
    }
    let start = text.get(..ignore.start as usize)?.trim_end_matches([' ', '\t']).len();
    Some(Span::new(source.id, start, comment.span.end as usize))
}
