//! SARIF 2.1.0 as GitHub's code scanning reads it.
//!
//! GitHub shows the first location of a result, the steps of its code flow, the rule's page, and
//! links to related locations that the message names. It takes no more than 5 000 results, the worst
//! first. Excerpts are left out: GitHub shows the file itself, and secret lines stay where they are.

mod line_hash;
mod model;

use std::collections::BTreeMap;
use std::fmt::Write;

use self::line_hash::{LineHash, line_hashes};
use self::model::{
    ArtifactLocation, AutomationDetails, CodeFlow, Configuration, Driver, Finding, Fingerprints, Help, Invocation,
    Location, Log, Notification, PhysicalLocation, Region, Rule, RuleProperties, Run, Step, Text, ThreadFlow, Tool,
};
use super::anchor::Anchors;
use super::{Report, sanitize};
use crate::diagnostic::{Confidence, Diagnostic, Group, Label, Role, RuleMeta, Severity};
use crate::text::{FileId, Position, RepoPath, Side};

/// Results that GitHub takes.
const RESULTS: usize = 5000;
/// Related locations and steps per result that GitHub shows.
const LOCATIONS: usize = 100;
/// Characters of a description that GitHub takes.
const DESCRIPTION: usize = 1024;

pub(super) fn render(report: &Report<'_>) -> String {
    let mut diagnostics: Vec<&Diagnostic> = report.diagnostics.iter().collect();
    let left_out = diagnostics.len().saturating_sub(RESULTS);
    if left_out > 0 {
        // Stable, so findings of one severity stay in order.
        diagnostics.sort_by_key(|diagnostic| std::cmp::Reverse(diagnostic.severity));
        diagnostics.truncate(RESULTS);
    }
    let notification = || Notification {
        level: "warning",
        message: Text {
            text: format!("{left_out} findings of the lowest severity are left out: code scanning takes {RESULTS}."),
        },
    };
    let mut builder = Builder { report, anchors: Anchors::new(report), hashes: BTreeMap::new() };
    let log = Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: "kate",
                    semantic_version: env!("CARGO_PKG_VERSION"),
                    information_uri: "https://github.com/kate-linter/kate",
                    rules: report.rules.iter().map(|meta| rule(report, meta)).collect(),
                },
            },
            automation_details: AutomationDetails { id: "kate/" },
            invocations: [Invocation {
                execution_successful: true,
                tool_execution_notifications: (left_out > 0).then(notification).into_iter().collect(),
            }],
            column_kind: "unicodeCodePoints",
            results: diagnostics.into_iter().map(|diagnostic| builder.result(diagnostic)).collect(),
        }],
    };
    super::to_json(&log, true)
}

fn rule(report: &Report<'_>, meta: &RuleMeta) -> Rule {
    let id = sanitize::line(meta.id.as_str());
    let or_id = |text: &str| if text.trim().is_empty() { id.clone().into_owned() } else { text.to_owned() };
    let summary = or_id(&shortened(&sanitize::line(&meta.summary)));
    let docs = sanitize::block(&meta.docs);
    let page = if docs.trim().is_empty() { summary.clone() } else { docs.clone().into_owned() };
    let what = section(&docs, "What it does").map(|text| shortened(&text)).unwrap_or_default();
    let mut tags = vec![meta.group.as_str()];
    if meta.security_severity.is_some() && meta.group != Group::Security {
        tags.push(Group::Security.as_str());
    }
    Rule {
        id: format!("kate/{id}"),
        name: pascal_case(&id),
        full_description: Text { text: if what.is_empty() { summary.clone() } else { what } },
        short_description: Text { text: summary },
        default_configuration: Configuration { level: level(meta.level) },
        help_uri: report.url(&meta.id),
        help: Help { text: page.clone(), markdown: page },
        properties: RuleProperties {
            tags,
            precision: match meta.confidence {
                Confidence::High => "high",
                Confidence::Medium => "medium",
                Confidence::Low => "low",
            },
            problem_severity: match meta.level {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Info => "recommendation",
            },
            security_severity: meta.security_severity,
        },
    }
}

struct Builder<'a> {
    report: &'a Report<'a>,
    anchors: Anchors<'a>,
    hashes: BTreeMap<FileId, Vec<LineHash>>,
}

impl Builder<'_> {
    fn result(&mut self, diagnostic: &Diagnostic) -> Finding {
        let report = self.report;
        let anchor = self.anchors.of(diagnostic);
        let here = self.location(&anchor.file.path, anchor.start, anchor.end);
        let index = report.rules.iter().position(|rule| rule.id == diagnostic.rule);
        // The hash covers the whole line, and one of a short secret can be guessed.
        let hash = (anchor.file.side == Side::Head && !diagnostic.redact).then(|| {
            let hashes = self.hashes.entry(anchor.file.id).or_insert_with(|| line_hashes(&anchor.file.text));
            hashes.get(anchor.start.line.saturating_sub(1) as usize).map(ToString::to_string)
        });
        let (text, related_locations) = self.message(diagnostic);
        Finding {
            rule_id: format!("kate/{}", sanitize::line(diagnostic.rule.as_str())),
            rule_index: index,
            level: level(diagnostic.severity),
            message: Text { text },
            code_flows: self.code_flow(diagnostic, anchor.exact.then_some(&here)).into_iter().collect(),
            locations: [here],
            related_locations,
            partial_fingerprints: Fingerprints {
                primary_location_line_hash: hash.flatten(),
                kate: diagnostic.fingerprint(report.sources).to_string(),
            },
        }
    }

    /// The message with a line for each other place; those in head are linked.
    fn message(&self, diagnostic: &Diagnostic) -> (String, Vec<Location>) {
        let mut text = format!("{}.", unlinked(&self.anchors.message(diagnostic)));
        let mut related = Vec::new();
        let others = diagnostic.labels.iter().filter(|label| label.role == Role::Related);
        for label in others.take(LOCATIONS) {
            let file = self.report.sources.get(label.span.file);
            let (start, end) = self.report.sources.positions(label.span);
            let place = unlinked(&sanitize::line(file.path.as_str()));
            let said = unlinked(&sanitize::line(&label.message));
            let colon = if said.is_empty() { "" } else { ": " };
            if file.side == Side::Base {
                let _ = write!(text, "\n{place}:{} (in the base revision){colon}{said}", start.line);
                continue;
            }
            let id = related.len() + 1;
            let link = place.replace('[', "\\[").replace(']', "\\]");
            let _ = write!(text, "\n[{link}:{}]({id}){colon}{said}", start.line);
            let message = Text { text: if said.is_empty() { "see also".to_owned() } else { said } };
            related.push(Location { id: Some(id), message: Some(message), ..self.location(&file.path, start, end) });
        }
        for note in &diagnostic.notes {
            let _ = write!(text, "\n{}", unlinked(&sanitize::line(note)));
        }
        if let Some(help) = &diagnostic.help {
            let _ = write!(text, "\nHelp: {}", unlinked(&sanitize::line(help)));
        }
        (text, related)
    }

    /// The chain that leads to the fault, with the fault as its last step.
    fn code_flow(&self, diagnostic: &Diagnostic, fault: Option<&Location>) -> Option<CodeFlow> {
        let sources = self.report.sources;
        let in_head = |label: &&Label| sources.get(label.span.file).side == Side::Head;
        let step = |label: &Label| {
            let (start, end) = sources.positions(label.span);
            let said = sanitize::line(&label.message);
            let text = if said.is_empty() { "through here".to_owned() } else { unlinked(&said) };
            let location = self.location(&sources.get(label.span.file).path, start, end);
            Step { location: Location { message: Some(Text { text }), ..location } }
        };
        let flow = diagnostic.labels.iter().filter(|label| label.role == Role::Flow).filter(in_head);
        let mut steps: Vec<Step> = flow.take(LOCATIONS - 1).map(step).collect();
        if steps.is_empty() {
            return None;
        }
        if let Some(fault) = fault {
            let said = sanitize::line(&diagnostic.labels[0].message);
            let said = if said.is_empty() { sanitize::line(&diagnostic.message) } else { said };
            steps.push(Step { location: Location { message: Some(Text { text: unlinked(&said) }), ..fault.clone() } });
        }
        Some(CodeFlow { thread_flows: [ThreadFlow { locations: steps }] })
    }

    fn location(&self, path: &RepoPath, start: Position, end: Position) -> Location {
        Location {
            id: None,
            physical_location: PhysicalLocation {
                artifact_location: ArtifactLocation { uri: percent_encoded(&self.report.path_in_git(path)) },
                region: Region {
                    start_line: start.line,
                    start_column: start.column,
                    end_line: end.line,
                    end_column: end.column,
                },
            },
            message: None,
        }
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

/// Text in which nothing is a link: SARIF reads `[text](target)` also in plain messages.
fn unlinked(text: &str) -> String {
    text.replace("](", "] (")
}

/// A relative reference (RFC 3986): everything but unreserved characters and `/` is encoded.
fn percent_encoded(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => uri.push(char::from(byte)),
            _ => {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    uri
}

/// `dangling-secret` as `DanglingSecret`.
fn pascal_case(id: &str) -> String {
    let word = |word: &str| {
        let mut chars = word.chars();
        chars.next().map(|first| first.to_uppercase().chain(chars).collect::<String>())
    };
    id.split(|c: char| !c.is_alphanumeric()).filter_map(word).collect()
}

/// No longer than a description may be.
fn shortened(text: &str) -> String {
    if text.chars().count() <= DESCRIPTION {
        return text.trim().to_owned();
    }
    let start: String = text.trim().chars().take(DESCRIPTION - 1).collect();
    format!("{}…", start.trim_end())
}

/// The first paragraph of a page's section, as one line.
fn section(docs: &str, heading: &str) -> Option<String> {
    let mut lines = docs.lines().skip_while(|line| line.strip_prefix("## ") != Some(heading)).skip(1);
    let first = lines.by_ref().find(|line| !line.trim().is_empty())?;
    let rest = lines.take_while(|line| !line.trim().is_empty());
    let paragraph: Vec<&str> = std::iter::once(first).chain(rest).map(str::trim).collect();
    (!first.starts_with('#')).then(|| paragraph.join(" "))
}
