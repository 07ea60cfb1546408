//! kate itself, as the harness sees it.

use kate::config::Selector;
use kate::diagnostic::{Applicability, Edit, RuleMeta};
use kate::pipeline::{Request, check};
use kate::report::{Format, Report, Style, render};
use kate::suppress::Date;
use kate::text::RepoPath;
use kate::vfs::{MemoryVfs, Vfs};

use super::case::{Checked, Checker, Finding};

/// The real program, on trees in memory.
pub(crate) struct Kate;

impl Checker for Kate {
    fn check(&self, head: &MemoryVfs, base: Option<&MemoryVfs>, rule: Option<&str>) -> Checked {
        let mut request = Request::new(head);
        request.base = base.map(|base| base as &dyn Vfs);
        request.own_urls = vec!["https://github.com/example/repo".to_owned()];
        request.today = Date::parse("2026-01-01");
        request.extend_select = rule.map(Selector::new).into_iter().collect();
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
        let mut tree = head.clone();
        for _ in 0..20 {
            let mut request = Request::new(&tree);
            request.base = base.map(|base| base as &dyn Vfs);
            request.own_urls = vec!["https://github.com/example/repo".to_owned()];
            request.extend_select = rule.map(Selector::new).into_iter().collect();
            let outcome = check(&request).expect("trees in memory can be listed");
            let edit = outcome
                .diagnostics
                .iter()
                .filter(|diagnostic| rule.is_none_or(|rule| diagnostic.rule.as_str() == rule))
                .flat_map(|diagnostic| &diagnostic.fixes)
                .filter(|fix| fix.applicability >= Applicability::Unsafe)
                .find_map(|fix| match fix.edits.as_slice() {
                    [Edit::Replace { span, text }] => Some((*span, text.clone())),
                    _ => None,
                });
            let Some((span, new)) = edit else { break };
            let file = outcome.sources.get(span.file);
            let mut text = file.text.to_string();
            text.replace_range(span.start as usize..span.end as usize, &new);
            tree.insert(file.path.clone(), text);
        }
        tree
    }
}

/// The declarations of all rules.
pub(crate) fn rules() -> Vec<RuleMeta> {
    kate::pipeline::all_rules()
}
