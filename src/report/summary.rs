//! What a run saw, and how much of it could be checked.

use std::fmt::Write;
use std::time::Duration;

use super::versions::{self, KnownVersion};
use super::{Style, sanitize};
use crate::diagnostic::{Diagnostic, Severity};

/// Counts of references by what became of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Serialize)]
pub struct References {
    /// They lead to something that exists.
    pub resolved: usize,
    /// They lead nowhere.
    pub missing: usize,
    /// It could not be known.
    pub unknown: usize,
}

impl References {
    /// All of them.
    #[must_use]
    pub fn total(self) -> usize {
        self.resolved + self.missing + self.unknown
    }
}

/// One reason why references could not be checked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnknownLine {
    /// The reason, without a full stop: "the chart `redis` is fetched from elsewhere".
    pub reason: String,
    /// How many references it hides.
    pub count: usize,
    /// The line of `kate.yaml` that would remove it.
    pub remedy: Option<String>,
}

/// Findings that were not reported, by what hid them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Suppressed {
    /// Ignore comments.
    pub comments: usize,
    /// Annotations of objects.
    pub annotations: usize,
    /// The baseline.
    pub baseline: usize,
}

impl Suppressed {
    /// All of them.
    #[must_use]
    pub fn total(self) -> usize {
        self.comments + self.annotations + self.baseline
    }
}

/// The account of one run.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Summary {
    /// Files read.
    pub files: usize,
    /// Objects after rendering.
    pub objects: usize,
    /// Units: applications, kustomizations, charts, Terraform roots, directories.
    pub units: usize,
    /// References by what became of them.
    pub references: References,
    /// Reported errors.
    pub errors: usize,
    /// Reported warnings.
    pub warnings: usize,
    /// Reported hints.
    pub infos: usize,
    /// Findings that were not reported.
    pub suppressed: Suppressed,
    /// Reasons for "could not be checked", the most frequent first.
    pub unknown: Vec<UnknownLine>,
    /// Which versions were taken for those that run, in order of project.
    pub versions: Vec<KnownVersion>,
    /// What was assumed: "assumed that …".
    pub notes: Vec<String>,
    /// Time per stage in order; empty unless asked for, because it differs from run to run.
    pub timings: Vec<(String, Duration)>,
}

impl Summary {
    /// Count the reported findings by severity.
    #[must_use]
    pub fn counting(mut self, diagnostics: &[Diagnostic]) -> Self {
        let count = |severity| diagnostics.iter().filter(|d| d.severity == severity).count();
        self.errors = count(Severity::Error);
        self.warnings = count(Severity::Warning);
        self.infos = count(Severity::Info);
        self
    }

    /// "3 errors, 1 warning (2 suppressed)".
    #[must_use]
    pub fn verdict(&self) -> String {
        let mut parts = Vec::new();
        for (count, name) in [(self.errors, "error"), (self.warnings, "warning"), (self.infos, "hint")] {
            if count > 0 {
                parts.push(counted(count, name));
            }
        }
        let mut text = if parts.is_empty() { "no findings".to_owned() } else { parts.join(", ") };
        if self.suppressed.total() > 0 {
            let _ = write!(text, " ({} suppressed)", grouped(self.suppressed.total()));
        }
        text
    }

    /// "412 files, 350 objects in 41 units".
    #[must_use]
    pub fn extent(&self) -> String {
        format!(
            "{}, {} in {}",
            counted(self.files, "file"),
            counted(self.objects, "object"),
            counted(self.units, "unit")
        )
    }

    /// "812 references: 771 hold, 3 broken, 38 not checkable".
    #[must_use]
    pub fn coverage(&self) -> String {
        let References { resolved, missing, unknown } = self.references;
        let mut text = counted(self.references.total(), "reference");
        if self.references.total() > 0 {
            let verb = if resolved == 1 { "holds" } else { "hold" };
            let _ = write!(text, ": {} {verb}, {} broken", grouped(resolved), grouped(missing));
            if unknown > 0 {
                let _ = write!(text, ", {} not checkable", grouped(unknown));
            }
        }
        text
    }

    /// "kubernetes 1.31 (terraform/eks.tf:12)", one after another; empty if nothing is known.
    #[must_use]
    pub fn known_versions(&self) -> String {
        versions::line(&self.versions)
    }

    /// The reasons that people are shown, and how many references the others hide.
    #[must_use]
    pub fn top_unknown(&self, reasons: usize) -> (&[UnknownLine], usize) {
        let (top, rest) = self.unknown.split_at(self.unknown.len().min(reasons));
        (top, rest.iter().map(|line| line.count).sum())
    }

    /// The last block of the formats that people read in a terminal.
    pub(super) fn render(&self, style: Style) -> String {
        if !style.summary {
            return String::new();
        }
        let mut text = format!("{}\n", capitalised(&self.verdict()));
        let _ = write!(text, "Checked {}; {}", self.extent(), self.coverage());
        let (top, rest) = self.top_unknown(style.reasons);
        text.push_str(if top.is_empty() { "\n" } else { ":\n" });
        let width = top.iter().map(|line| grouped(line.count).len()).max().unwrap_or(0).max(grouped(rest).len());
        for line in top {
            let _ = writeln!(text, "  {:>width$}  {}", grouped(line.count), sanitize::line(&line.reason));
            if let Some(remedy) = &line.remedy {
                let _ = writeln!(text, "  {:width$}  in kate.yaml: {}", "", sanitize::line(remedy));
            }
        }
        if rest > 0 {
            let _ = writeln!(text, "  {:>width$}  for other reasons", grouped(rest));
        }
        let versions = self.known_versions();
        if !versions.is_empty() {
            let _ = writeln!(text, "Versions: {}", sanitize::line(&versions));
        }
        for note in &self.notes {
            let _ = writeln!(text, "Note: {}", sanitize::line(note));
        }
        for (stage, time) in &self.timings {
            let _ = writeln!(text, "{:>9.1} ms  {}", time.as_secs_f64() * 1000.0, sanitize::line(stage));
        }
        text
    }
}

/// "1 file", "2 files".
pub(super) fn counted(count: usize, noun: &str) -> String {
    format!("{} {noun}{}", grouped(count), if count == 1 { "" } else { "s" })
}

/// A number with its thousands set apart: "12 345".
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) && digits.len() > 4 {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_nouns() {
        assert_eq!(counted(1, "file"), "1 file");
        assert_eq!(counted(9999, "file"), "9999 files");
        assert_eq!(counted(1_234_567, "file"), "1 234 567 files");
    }
}
