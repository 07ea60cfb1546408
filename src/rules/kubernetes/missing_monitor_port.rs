//! A port that a monitor scrapes must be a port of what it selects.

use super::lacks;
use crate::diagnostic::RuleMeta;
use crate::graph::{ReferenceKind, references::PODS};
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule, Uses, support};

declare_rule! {
    MissingMonitorPort = "missing-monitor-port" {
        summary: "monitor scrapes a port that nothing it selects has",
        group: Kubernetes, level: Warning, confidence: High, fix: Sometimes, since: "0.1.0",
    }
}

impl Rule for MissingMonitorPort {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn reference(&self, cx: &Context<'_>, uses: &Uses<'_>) {
        if uses.first().is_none_or(|first| first.kind != ReferenceKind::MonitorPort) {
            return;
        }
        let Some(broken) = support::broken_key(cx, uses) else { return };
        let reference = broken.reference;
        let Some(port) = &reference.want.key else { return };
        let holder = support::holder(cx.head, &reference.from);
        let selected = if reference.want.group == PODS { "pods" } else { "Services" };
        let message = format!("{holder} scrapes port `{port}`, which none of the {selected} that it selects has");
        let primary = "no port of this name".to_owned();
        if let Some(finding) = lacks::lacking(cx, &META, &broken, message, primary, "selected; has") {
            let finding = finding.note("nothing is scraped, and nothing says so but a missing metric");
            cx.report(support::affected(finding, &broken.units));
        }
    }
}
