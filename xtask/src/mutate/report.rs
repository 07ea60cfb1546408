//! The tables of a mutation run.

use std::collections::BTreeMap;
use std::fmt::Write;

use kate::graph::Snapshot;

use super::judge::Verdict;
use super::make::Way;
use super::sites::Row;
use super::{Format, Trial};
use crate::corpus;
use crate::table::{percent, render};

/// Caught of tried, and of what a hint tells.
#[derive(Clone, Copy, Default)]
struct Score {
    caught: usize,
    hinted: usize,
    tried: usize,
}

impl Score {
    fn add(&mut self, verdict: &Verdict) {
        self.caught += usize::from(*verdict == Verdict::Caught);
        self.hinted += usize::from(matches!(verdict, Verdict::Hinted(_)));
        self.tried += 1;
    }

    fn sum(&mut self, other: Self) {
        self.caught += other.caught;
        self.hinted += other.hinted;
        self.tried += other.tried;
    }

    fn cell(self) -> String {
        if self.tried == 0 { "–".to_owned() } else { format!("{}/{}", self.caught, self.tried) }
    }

    fn percent(self) -> String {
        percent(self.caught as u64, self.tried as u64)
    }

    fn with_hints(self) -> String {
        percent((self.caught + self.hinted) as u64, self.tried as u64)
    }
}

/// Recall by kind of reference and way of breaking.
pub(super) struct Table {
    cells: BTreeMap<(Row, Way), Score>,
    /// Over references that hold before they are broken.
    holding: BTreeMap<Row, Score>,
    typos: BTreeMap<&'static str, Score>,
    misses: Vec<String>,
    reasons: BTreeMap<(Row, String), usize>,
    skipped: BTreeMap<&'static str, usize>,
    known: Vec<String>,
}

impl Table {
    pub(super) fn new(
        head: &Snapshot,
        trials: &[Trial<'_>],
        verdicts: &[Verdict],
        skipped: BTreeMap<&'static str, usize>,
    ) -> Self {
        let mut table = Self {
            cells: BTreeMap::new(),
            holding: BTreeMap::new(),
            typos: BTreeMap::new(),
            misses: Vec::new(),
            reasons: BTreeMap::new(),
            skipped,
            known: known(head),
        };
        for (trial, verdict) in trials.iter().zip(verdicts) {
            let row = trial.site.row;
            table.cells.entry((row, trial.way)).or_default().add(verdict);
            if trial.site.holds() {
                table.holding.entry(row).or_default().add(verdict);
            }
            if let Some(typo) = trial.mutation.typo {
                table.typos.entry(typo.as_str()).or_default().add(verdict);
            }
            let why = match verdict {
                Verdict::Caught => continue,
                Verdict::Hinted(rule) => format!("only a hint: {rule}"),
                Verdict::Missed(why) => why.clone(),
                Verdict::Crashed(why) => format!("CRASH: {why}"),
            };
            let span = trial.site.origin().span();
            let source = head.repository.sources.get(span.file);
            let line = source.position(span.start as usize).line;
            table.misses.push(format!("{}:{line} {}: {}: {why}", source.path, row.title(), trial.mutation.what));
            *table.reasons.entry((row, why)).or_default() += 1;
        }
        table
    }

    /// All tables, and some of the misses.
    pub(super) fn print(&self, format: Format, misses: usize) -> String {
        let mut out = String::new();
        let mut rows: Vec<Vec<String>> = Vec::new();
        let mut total = Score::default();
        let mut total_holding = Score::default();
        let mut columns: BTreeMap<Way, Score> = BTreeMap::new();
        let mut titles: Vec<Row> = self.cells.keys().map(|(row, _)| *row).collect();
        titles.dedup();
        for row in titles {
            let mut sum = Score::default();
            let mut cells = vec![row.title()];
            for way in Way::ALL {
                let score = self.cells.get(&(row, way)).copied().unwrap_or_default();
                cells.push(score.cell());
                for sum in [&mut sum, &mut total, columns.entry(way).or_default()] {
                    sum.sum(score);
                }
            }
            let holding = self.holding.get(&row).copied().unwrap_or_default();
            total_holding.sum(holding);
            cells.extend([sum.percent(), sum.with_hints(), holding.percent()]);
            rows.push(cells);
        }
        let mut last = vec!["all".to_owned()];
        last.extend(Way::ALL.iter().map(|way| columns.get(way).copied().unwrap_or_default().cell()));
        last.extend([total.percent(), total.with_hints(), total_holding.percent()]);
        rows.push(last);
        let mut head = vec!["reference"];
        head.extend(Way::ALL.iter().map(|way| way.as_str()));
        head.extend(["recall", "with hints", "of those that hold"]);
        out.push_str(&render(format, &head, &rows));
        out.push('\n');
        for line in &self.known {
            let _ = writeln!(out, "{line}");
        }
        let typos: Vec<String> =
            self.typos.iter().map(|(typo, score)| format!("{typo} {} ({})", score.cell(), score.percent())).collect();
        let _ = writeln!(out, "misspellings: {}", typos.join(", "));
        let skipped: Vec<String> = self.skipped.iter().map(|(why, count)| format!("{why} ({count})")).collect();
        let _ = writeln!(out, "not tried: {}", skipped.join(", "));
        if misses > 0 && !self.misses.is_empty() {
            let mut reasons: Vec<_> = self.reasons.iter().collect();
            reasons.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
            let _ = writeln!(out, "\nmisses by reason:");
            for ((row, why), count) in reasons.into_iter().take(misses) {
                let _ = writeln!(out, "{count:5}  {}: {why}", row.title());
            }
            let _ = writeln!(out, "\nmisses:");
            // Spread over all kinds: they are in order of kind.
            let step = self.misses.len().div_ceil(misses).max(1);
            for miss in self.misses.iter().step_by(step) {
                let _ = writeln!(out, "  {miss}");
            }
        }
        out
    }
}

/// How much of a repository is known at all.
fn known(head: &Snapshot) -> Vec<String> {
    let line = |what: &str, (part, whole): (usize, usize)| {
        format!("known {what}: {part} of {whole} ({})", percent(part as u64, whole as u64))
    };
    vec![line("units", corpus::known_units(head)), line("references", corpus::known_references(head))]
}
