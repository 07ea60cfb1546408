//! kate itself, as the harness sees it.

use std::sync::Arc;

use kate::config::{self, Selector, Setting, Settings};
use kate::diagnostic::{Diagnostic, RuleMeta};
use kate::pipeline::{self, Request};
use kate::report::{Format, Report, Style, Summary};
use kate::text::{RepoPath, Sources};
use kate::vfs::{MemoryVfs, WalkOptions};

use super::case::{Checked, Checker, Finding};

/// The real program, on trees in memory.
pub(crate) struct Kate;

impl Checker for Kate {
    fn check(&self, head: &MemoryVfs, base: Option<&MemoryVfs>, rule: Option<&str>) -> Checked {
        let (sources, diagnostics) = check(head, base, rule);
        let shown: Vec<Diagnostic> =
            diagnostics.iter().filter(|d| rule.is_none_or(|rule| d.rule.as_str() == rule)).cloned().collect();
        Checked {
            findings: diagnostics.iter().map(|diagnostic| finding(&sources, diagnostic)).collect(),
            rendering: render(&sources, &shown),
        }
    }

    fn fix(&self, head: &MemoryVfs, _base: Option<&MemoryVfs>, _rule: Option<&str>) -> MemoryVfs {
        head.clone()
    }
}

/// The declarations of all rules.
pub(crate) fn rules() -> Vec<&'static RuleMeta> {
    let builtin = kate::rules::builtin().iter().map(|rule| rule.meta());
    builtin.chain(config::rules().iter().copied()).collect()
}

fn check(head: &MemoryVfs, base: Option<&MemoryVfs>, rule: Option<&str>) -> (Arc<Sources>, Vec<Diagnostic>) {
    let configured = pipeline::configure(head).expect("memory can be read");
    let mut mistakes = configured.diagnostics;
    mistakes.extend(config::unknown_rules(&configured.settings.levels, &rules()));
    if !mistakes.is_empty() {
        return (Arc::new(configured.sources), mistakes);
    }
    let Settings { include, exclude, declared, mut levels, .. } = configured.settings;
    levels.extend_select.extend(rule.map(Selector::new));
    let request = Request {
        head,
        base: base.map(|base| base as _),
        walk: WalkOptions { include, exclude, ..WalkOptions::default() },
        declared,
        own_urls: vec!["https://github.com/example/repo".to_owned()],
    };
    let outcome = pipeline::check(&request).expect("memory can be read");
    assert!(outcome.crashed.is_empty(), "crashed: {:?}", outcome.crashed);
    let sources = outcome.sources;
    let mut diagnostics = outcome.diagnostics;
    diagnostics.retain_mut(|diagnostic| {
        let meta = rules().into_iter().find(|meta| meta.id == diagnostic.rule).expect("findings have declared rules");
        match levels.setting(meta, &sources.get(diagnostic.primary_span().file).path) {
            Setting::Off => return false,
            Setting::AsReported => {}
            Setting::Level(level) => diagnostic.severity = level.severity().expect("`off` is handled"),
        }
        true
    });
    (sources, diagnostics)
}

fn finding(sources: &Sources, diagnostic: &Diagnostic) -> Finding {
    let file = sources.get(diagnostic.primary_span().file);
    let (start, _) = sources.positions(diagnostic.primary_span());
    Finding {
        rule: diagnostic.rule.to_string(),
        severity: diagnostic.severity,
        path: file.path.to_string(),
        side: file.side,
        line: start.line as usize,
        column: start.column as usize,
        message: diagnostic.message.clone(),
    }
}

fn render(sources: &Sources, diagnostics: &[Diagnostic]) -> String {
    let report = Report {
        sources,
        diagnostics,
        rules: &rules(),
        summary: &Summary::default().counting(diagnostics),
        root_in_git: &RepoPath::root(),
        secrets: &[],
        style: Style::default(),
    };
    kate::report::render(Format::Concise, &report)
}
