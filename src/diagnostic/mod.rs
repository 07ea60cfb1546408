//! Findings as plain data: what a rule says, before anything filters, sorts or prints it.
//!
//! Invariant: this module knows nothing of how findings are made or shown.

mod declare;
mod fingerprint;
mod fix;
mod peers;
mod rule;

pub(crate) use declare::declare_rule;
pub use fingerprint::Fingerprint;
pub use fix::{Applicability, Edit, Fix};
pub use peers::{PeerCheck, peer_checks, rules_of_peer};
pub use rule::{FixAvailability, Group, RuleId, RuleMeta, Status};

use crate::text::{Side, Sources, Span};

/// What happens if the finding is ignored.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// A hint.
    Info,
    /// Silently ignored, dangerous, or very likely not what was meant.
    Warning,
    /// Apply, sync or reconcile will fail, or data or secrets are lost.
    Error,
}

impl Severity {
    /// The lower-case word used in every output format.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// How sure kate is that the finding is true.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// A heuristic.
    Low,
    /// Very likely.
    Medium,
    /// Follows from the documented behaviour of the real programs.
    High,
}

impl Confidence {
    /// The lower-case word used in every output format.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// What a label is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Role {
    /// The place that a person would edit. Exactly one per finding.
    Primary,
    /// Another end of the same fault.
    Related,
    /// A step of the chain that leads to the fault, in order.
    Flow,
    /// Not shown; widens the places where an ignore comment applies.
    Hidden,
}

/// A place in a file and what it has to do with the finding.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Label {
    /// As small as possible: the key or the scalar to blame.
    pub span: Span,
    /// Shorter than a line; may be empty for the primary label.
    pub message: String,
    /// What it is for.
    pub role: Role,
}

/// One finding.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    /// The rule that speaks.
    pub rule: RuleId,
    /// The consequence.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// One line that stands alone: what is wrong. No trailing full stop, no line breaks.
    pub message: String,
    /// Places; exactly one is [`Role::Primary`], and it comes first.
    pub labels: Vec<Label>,
    /// What breaks and why, a sentence each.
    pub notes: Vec<String>,
    /// What to do.
    pub help: Option<String>,
    /// Ways to mend it, best first.
    pub fixes: Vec<Fix>,
    /// Stable name of the thing at fault (an object, an address, a path), free of line numbers;
    /// the fingerprint is made of it.
    pub subject: String,
    /// Whether the text at the labels is secret: no output may show it.
    pub redact: bool,
}

impl Diagnostic {
    /// A finding with its primary place. `subject` names the thing at fault without line numbers.
    #[must_use]
    pub fn new(meta: &RuleMeta, at: Span, message: impl Into<String>, subject: impl Into<String>) -> Self {
        Self {
            rule: meta.id.clone(),
            severity: meta.level,
            confidence: meta.confidence,
            message: message.into(),
            labels: vec![Label { span: at, message: String::new(), role: Role::Primary }],
            notes: Vec::new(),
            help: None,
            fixes: Vec::new(),
            subject: subject.into(),
            redact: false,
        }
    }

    /// Replace the rule's default severity.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Replace the rule's default confidence.
    #[must_use]
    pub fn confidence(mut self, confidence: Confidence) -> Self {
        self.confidence = confidence;
        self
    }

    /// Say something at the primary place.
    #[must_use]
    pub fn primary(mut self, message: impl Into<String>) -> Self {
        self.labels[0].message = message.into();
        self
    }

    /// Add another place.
    #[must_use]
    pub fn label(mut self, span: Span, message: impl Into<String>) -> Self {
        self.labels.push(Label { span, message: message.into(), role: Role::Related });
        self
    }

    /// Add a step of the chain that leads to the fault.
    #[must_use]
    pub fn flow(mut self, span: Span, message: impl Into<String>) -> Self {
        self.labels.push(Label { span, message: message.into(), role: Role::Flow });
        self
    }

    /// Widen the places where an ignore comment applies.
    #[must_use]
    pub fn hidden(mut self, span: Span) -> Self {
        self.labels.push(Label { span, message: String::new(), role: Role::Hidden });
        self
    }

    /// Add a sentence.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Say what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Say that the text at the labels is secret and must not be shown.
    #[must_use]
    pub fn redacted(mut self) -> Self {
        self.redact = true;
        self
    }

    /// Offer a fix.
    #[must_use]
    pub fn fix(mut self, fix: Fix) -> Self {
        self.fixes.push(fix);
        self
    }

    /// The place that a person would edit.
    #[must_use]
    pub fn primary_span(&self) -> Span {
        self.labels[0].span
    }

    /// Which side the finding belongs to: that of its primary file.
    #[must_use]
    pub fn side(&self, sources: &Sources) -> Side {
        sources.get(self.primary_span().file).side
    }

    /// Identity that survives line moves: rule, file, subject and message.
    #[must_use]
    pub fn fingerprint(&self, sources: &Sources) -> Fingerprint {
        let path = &sources.get(self.primary_span().file).path;
        Fingerprint::of(&[self.rule.as_str(), path.as_str(), &self.subject, &self.message])
    }
}

/// Total order of findings for every output: path, place, severity (worst first), rule, message.
/// Sorts in place and drops exact repetitions.
pub fn sort_and_dedup(diagnostics: &mut Vec<Diagnostic>, sources: &Sources) {
    diagnostics.sort_by(|a, b| {
        let key = |d: &Diagnostic| {
            let span = d.primary_span();
            let file = sources.get(span.file);
            (file.path.clone(), file.side, span.start, span.end, std::cmp::Reverse(d.severity))
        };
        key(a)
            .cmp(&key(b))
            .then_with(|| a.rule.cmp(&b.rule))
            .then_with(|| a.message.cmp(&b.message))
            .then_with(|| a.subject.cmp(&b.subject))
    });
    diagnostics.dedup();
}
