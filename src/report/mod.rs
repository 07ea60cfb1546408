//! Findings to bytes: every output format.
//!
//! The input is already filtered and sorted; the same input gives the same bytes.
//!
//! Invariant: a format decides nothing about findings. It knows only texts, findings, rules'
//! declarations and the summary, and lets no text out that has not passed `sanitize`.

mod anchor;
mod concise;
mod excerpt;
mod github;
mod gitlab;
mod json;
mod junit;
mod markdown;
pub mod sanitize;
mod sarif;
mod summary;
mod terminal;
mod versions;

use std::fmt;
use std::str::FromStr;

pub use summary::{References, Summary, Suppressed, UnknownLine};
pub use versions::KnownVersion;

use crate::diagnostic::{Diagnostic, Group, Role, RuleId, RuleMeta};
use crate::text::{RepoPath, Sources, Span};

/// All that a format may show.
#[derive(Clone, Copy)]
pub struct Report<'a> {
    /// The texts that spans point into.
    pub sources: &'a Sources,
    /// The findings, filtered and sorted.
    pub diagnostics: &'a [Diagnostic],
    /// Every enabled rule, whether it has fired or not.
    pub rules: &'a [&'a RuleMeta],
    /// The account of the run.
    pub summary: &'a Summary,
    /// The analysis root as seen from the top of the git work tree.
    pub root_in_git: &'a RepoPath,
    /// Text that is secret and must not be shown, beyond that of redacted findings.
    pub secrets: &'a [Span],
    /// How the terminal format looks.
    pub style: Style,
}

/// How the terminal format looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Style {
    /// Whether to use colours.
    pub color: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// Whether to make rules' names clickable (OSC 8).
    pub links: bool,
    /// Whether to draw with box characters instead of ASCII.
    pub unicode: bool,
    /// Whether the account of the run follows the findings.
    pub summary: bool,
    /// How many reasons for "could not be checked" it names.
    pub reasons: usize,
}

impl Default for Style {
    fn default() -> Self {
        Self { color: false, width: 100, links: false, unicode: true, summary: true, reasons: 5 }
    }
}

/// An output format.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Format {
    /// Source excerpts, for people.
    Full,
    /// One line per finding.
    Concise,
    /// kate's own JSON: `schemas/report.schema.json`.
    Json,
    /// kate's own JSON, one finding per line.
    JsonLines,
    /// SARIF 2.1.0 as GitHub's code scanning reads it.
    Sarif,
    /// Workflow commands of GitHub Actions.
    Github,
    /// GitLab's code quality report.
    Gitlab,
    /// JUnit XML.
    Junit,
    /// Job summary or comment.
    Markdown,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 9] = [
        Self::Full,
        Self::Concise,
        Self::Json,
        Self::JsonLines,
        Self::Sarif,
        Self::Github,
        Self::Gitlab,
        Self::Junit,
        Self::Markdown,
    ];

    /// Its name on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Concise => "concise",
            Self::Json => "json",
            Self::JsonLines => "json-lines",
            Self::Sarif => "sarif",
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Junit => "junit",
            Self::Markdown => "markdown",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|format| format.as_str() == text).ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|format| format.as_str()).collect();
            format!("unknown output format `{}`; there are {}", sanitize::line(text), names.join(", "))
        })
    }
}

/// The whole output of a run in one format; it ends with a line break unless it is empty.
#[must_use]
pub fn render(format: Format, report: &Report<'_>) -> String {
    match format {
        Format::Full => terminal::render(report),
        Format::Concise => concise::render(report),
        Format::Json => json::render(report),
        Format::JsonLines => json::render_lines(report),
        Format::Sarif => sarif::render(report),
        Format::Github => github::render(report),
        Format::Gitlab => gitlab::render(report),
        Format::Junit => junit::render(report),
        Format::Markdown => markdown::render(report),
    }
}

impl Report<'_> {
    fn rule(&self, id: &RuleId) -> Option<&RuleMeta> {
        self.rules.iter().copied().find(|rule| rule.id == *id)
    }

    /// Every span whose text must not be shown, in whatever finding's excerpt it would appear.
    fn secret_spans(&self) -> impl Iterator<Item = Span> {
        let redacted = self.diagnostics.iter().filter(|diagnostic| diagnostic.redact);
        let labels = redacted.flat_map(|diagnostic| &diagnostic.labels).filter(|label| label.role != Role::Hidden);
        self.secrets.iter().copied().chain(labels.map(|label| label.span))
    }

    /// The rule's page, if kate publishes one.
    fn url(&self, id: &RuleId) -> Option<String> {
        self.rule(id).filter(|rule| rule.group != Group::Policy).map(RuleMeta::url)
    }
}

/// A value as one line of JSON, or indented; with a line break at the end.
fn to_json(value: &impl serde::Serialize, pretty: bool) -> String {
    let text = if pretty { serde_json::to_string_pretty(value) } else { serde_json::to_string(value) };
    let mut text = text.expect("plain structs with string keys always serialise");
    text.push('\n');
    text
}
