//! `kate explain`.

use std::fmt::Write;
use std::io::IsTerminal;

use crate::cli::args::ExplainArgs;
use crate::cli::environment::Environment;
use crate::cli::exit::Exit;
use crate::cli::output::{Failure, result};
use crate::diagnostic::RuleMeta;
use crate::pipeline::all_rules;
use crate::text::near_miss;

pub(in crate::cli) fn run(args: &ExplainArgs, environment: &Environment) -> Result<Exit, Failure> {
    let rules = all_rules();
    let Some(rule) = rules.iter().find(|rule| rule.id.as_str() == args.rule) else {
        let near = near_miss(&args.rule, rules.iter().map(|rule| rule.id.as_str()));
        return Err(Failure::new(format!("there is no rule `{}`", args.rule)).help(match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`kate rules` lists all rules".to_owned(),
        }));
    };
    result(&explanation(rule, environment.color(std::io::stdout().is_terminal())))?;
    Ok(Exit::Clean)
}

/// The rule's page up to its tests, with the facts of its declaration below the title.
fn explanation(rule: &RuleMeta, color: bool) -> String {
    let (bold, off) = if color { ("\x1b[1m", "\x1b[0m") } else { ("", "") };
    let page = rule.docs.split("\n## Tests\n").next().unwrap_or_default();
    let mut text = String::new();
    let mut in_block = false;
    for line in page.trim_end().lines() {
        in_block ^= line.starts_with("```");
        if line.starts_with('#') && !in_block {
            let _ = writeln!(text, "{bold}{line}{off}");
        } else {
            let _ = writeln!(text, "{line}");
        }
        if line.starts_with("# ") && !in_block && text.lines().count() == 1 {
            let _ = write!(text, "\n{}.\n\n{}", rule.summary, facts(rule));
        }
    }
    text
}

fn facts(rule: &RuleMeta) -> String {
    let level = if rule.enabled { rule.level.as_str() } else { "off by default" };
    let fix = match rule.fix {
        crate::diagnostic::FixAvailability::None => "no fix",
        crate::diagnostic::FixAvailability::Sometimes => "sometimes has a fix",
        crate::diagnostic::FixAvailability::Always => "always has a fix",
    };
    format!("Group {}, {level}, {} confidence, {fix}.\n", rule.group.as_str(), rule.confidence.as_str())
}
