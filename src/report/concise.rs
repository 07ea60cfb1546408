//! One line per finding: `path:line:col: error[rule-id] message`.

use std::fmt::Write;

use super::{Report, sanitize};
use crate::text::Side;

pub(super) fn render(report: &Report<'_>) -> String {
    let mut out = String::new();
    for diagnostic in report.diagnostics {
        let file = report.sources.get(diagnostic.primary_span().file);
        let position = file.position(diagnostic.primary_span().start as usize);
        let base = if file.side == Side::Base { "base:" } else { "" };
        let _ = writeln!(
            out,
            "{base}{}:{}:{}: {}[{}] {}",
            sanitize::line(file.path.as_str()),
            position.line,
            position.column,
            diagnostic.severity.as_str(),
            sanitize::line(diagnostic.rule.as_str()),
            sanitize::line(&diagnostic.message),
        );
    }
    if !out.is_empty() {
        out.push('\n');
    }
    out.push_str(&report.summary.render(report.style));
    out
}
