//! `kate rules`.

use std::fmt::Write;

use serde_json::json;

use crate::cli::args::{ListFormat, RulesArgs};
use crate::cli::exit::Exit;
use crate::cli::output::{Failure, result};
use crate::diagnostic::RuleMeta;
use crate::pipeline::all_rules;

pub(in crate::cli) fn run(args: &RulesArgs) -> Result<Exit, Failure> {
    let mut rules = all_rules();
    rules.sort_by(|a, b| (a.group, &a.id).cmp(&(b.group, &b.id)));
    result(&match args.output_format {
        ListFormat::Text => table(&rules),
        ListFormat::Json => format!("{:#}\n", rules.iter().map(describe).collect::<serde_json::Value>()),
    })?;
    Ok(Exit::Clean)
}

/// Groups with their rules, a line each.
fn table(rules: &[RuleMeta]) -> String {
    let width = rules.iter().map(|rule| rule.id.as_str().len()).max().unwrap_or(0);
    let mut text = String::new();
    let mut group = None;
    for rule in rules {
        if group != Some(rule.group) {
            let gap = if group.is_some() { "\n" } else { "" };
            let _ = writeln!(text, "{gap}{}", rule.group.as_str());
            group = Some(rule.group);
        }
        let level = if rule.enabled { rule.level.as_str() } else { "off" };
        let _ = writeln!(text, "  {:width$}  {level:7}  {}", rule.id.as_str(), rule.summary);
    }
    text
}

fn describe(rule: &RuleMeta) -> serde_json::Value {
    json!({
        "id": rule.id.as_str(),
        "summary": rule.summary,
        "group": rule.group.as_str(),
        "level": rule.level,
        "enabled": rule.enabled,
        "confidence": rule.confidence,
        "status": rule.status.as_str(),
        "since": rule.since,
        "fix": rule.fix.as_str(),
        "securitySeverity": rule.security_severity,
        "ignorable": rule.ignorable,
        "url": rule.url(),
    })
}
