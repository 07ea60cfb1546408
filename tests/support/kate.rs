//! kate itself, as the harness sees it.

use kate::config::Selector;
use kate::diagnostic::{Applicability, RuleMeta};
use kate::pipeline::{Change, Request, check, mend};
use kate::report::{Format, Report, Style, render};
use kate::suppress::Date;
use kate::text::RepoPath;
use kate::vfs::{MemoryVfs, Vfs};

use super::case::{Checked, Checker, Finding};

/// The real program, on trees in memory.
pub(crate) struct Kate;

impl Checker for Kate {
    fn check(&self, head: &MemoryVfs, base: Option<&MemoryVfs>, rule: Option<&str>) -> Checked {
        let request = request(head, base, rule);
        let outcome = check(&request).expect("trees in memory can be listed");
        assert!(outcome.crashed.is_empty(), "rules crashed: {:?}", outcome.crashed);
        let findings = outcome.diagnostics.iter().map(|diagnostic| {
            let span = diagnostic.primary_span();
            let file = outcome.sources.get(span.file);
            let position = file.position(span.start as usize);
            Finding {
                rule: diagnostic.rule.to_string(),
                severity: diagnostic.severity,
                path: file.path.as_str().to_owned(),
                side: file.side,
                line: position.line as usize,
                column: position.column as usize,
                message: diagnostic.message.clone(),
            }
        });
        let findings = findings.collect();
        let shown: Vec<_> = outcome
            .diagnostics
            .iter()
            .filter(|diagnostic| rule.is_none_or(|rule| diagnostic.rule.as_str() == rule))
            .cloned()
            .collect();
        let report = Report {
            sources: &outcome.sources,
            diagnostics: &shown,
            rules: &outcome.rules.iter().collect::<Vec<_>>(),
            summary: &outcome.summary,
            root_in_git: &RepoPath::root(),
            secrets: &[],
            style: Style::default(),
        };
        let rendering = render(Format::Full, &report);
        // The last paragraph is the account of the run, which is not what a page is about.
        let rendering = rendering.rsplit_once("\n\n").map_or(String::new(), |(findings, _)| format!("{findings}\n"));
        Checked { findings, rendering }
    }

    fn fix(&self, head: &MemoryVfs, base: Option<&MemoryVfs>, rule: Option<&str>) -> MemoryVfs {
        let mut request = request(head, base, rule);
        request.select = rule.map(Selector::new).into_iter().collect();
        let mended = mend(&request, Applicability::Unsafe).expect("trees in memory can be listed");
        let mut tree = head.clone();
        for Change { path, bytes, .. } in mended.changes {
            tree.insert(path, bytes);
        }
        tree
    }
}

fn request<'a>(head: &'a MemoryVfs, base: Option<&'a MemoryVfs>, rule: Option<&str>) -> Request<'a> {
    let mut request = Request::new(head);
    request.base = base.map(|base| base as &dyn Vfs);
    request.own_urls = vec!["https://github.com/example/repo".to_owned()];
    request.today = Date::parse("2026-01-01");
    request.extend_select = rule.map(Selector::new).into_iter().collect();
    request
}

/// The declarations of all rules.
pub(crate) fn rules() -> Vec<RuleMeta> {
    kate::pipeline::all_rules()
}
