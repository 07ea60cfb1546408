//! Tables as text or Markdown.

use std::fmt::Write;

use crate::mutate::Format;

/// A share in per cent; a dash for a share of nothing.
pub(crate) fn percent(part: u64, whole: u64) -> String {
    if whole == 0 { "–".to_owned() } else { format!("{:.1} %", 100.0 * part as f64 / whole as f64) }
}

/// A table whose first column is left-aligned, the others right-aligned.
pub(crate) fn render(format: Format, head: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(String::as_str);
        cells.chain(head.get(column).copied()).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let mut out = String::new();
    let mut line = |cells: &[&str]| {
        let padded = cells.iter().zip(&widths).enumerate();
        let padded: Vec<String> = padded
            .map(
                |(column, (cell, width))| {
                    if column == 0 { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
                },
            )
            .collect();
        let _ = match format {
            Format::Text => writeln!(out, "{}", padded.join("  ").trim_end()),
            Format::Markdown => writeln!(out, "| {} |", padded.join(" | ")),
        };
    };
    line(head);
    if format == Format::Markdown {
        let rules = widths.iter().enumerate();
        let rules: Vec<String> = rules
            .map(|(column, width)| if column == 0 { "-".repeat(*width) } else { format!("{}:", "-".repeat(width - 1)) })
            .collect();
        line(&rules.iter().map(String::as_str).collect::<Vec<_>>());
    }
    for row in rows {
        line(&row.iter().map(String::as_str).collect::<Vec<_>>());
    }
    out
}
