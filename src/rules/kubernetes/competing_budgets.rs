//! Two disruption budgets must not select one pod.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Diagnostic, RuleMeta, Severity};
use crate::graph::{Node, Object, Reference, ReferenceKind, Resolution, SymbolId};
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule, support};
use crate::value::Known;

declare_rule! {
    CompetingBudgets = "competing-budgets" {
        summary: "two PodDisruptionBudgets select the same pods",
        group: Kubernetes, level: Warning, confidence: High, fix: None, since: "0.1.0",
    }
}

impl Rule for CompetingBudgets {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn snapshot(&self, cx: &Context<'_>) {
        let mut of_pods: BTreeMap<SymbolId, Vec<(&Object, &Reference)>> = BTreeMap::new();
        let budgets = cx.head.references.iter().filter(|one| one.kind == ReferenceKind::DisruptionSelector);
        for reference in budgets {
            let (Node::Object(id), Resolution::Found(found)) = (&reference.from, &reference.resolution) else {
                continue;
            };
            let budget = cx.head.object(*id);
            for pods in found.iter().filter(|pods| selects(cx, budget, reference, **pods)) {
                of_pods.entry(*pods).or_default().push((budget, reference));
            }
        }
        let mut reported = BTreeSet::new();
        for (pods, mut budgets) in of_pods {
            budgets.sort_by_key(|(_, reference)| reference.origin.span());
            // What several units render is one budget, and so is what has one name.
            budgets.dedup_by_key(|(_, reference)| reference.origin.span());
            budgets.dedup_by_key(|(budget, _)| budget.name.clone());
            let pairs =
                budgets.iter().enumerate().flat_map(|(at, two)| budgets[..at].iter().map(move |one| (one, two)));
            for ((one, first), (two, second)) in pairs {
                if !reported.insert((first.origin.span(), second.origin.span())) {
                    continue;
                }
                let pods = cx.head.symbol(pods);
                let deployed = [one, two].iter().all(|budget| cx.head.unit(budget.unit).deployed);
                let message = format!("{} and {} both select the pods of {}", one.title(), two.title(), pods.name);
                let finding = Diagnostic::new(&META, second.origin.span(), message, support::subject(cx.head, second))
                    .severity(if deployed { META.level } else { Severity::Info })
                    .primary("selects them, too")
                    .label(first.origin.span(), format!("selected by {}", one.title()))
                    .label(pods.origin.span(), "the pods of this")
                    .note("the API server refuses to evict them: draining their node never ends")
                    .help("keep one budget for the pods, or let their selectors exclude each other");
                cx.report(finding);
            }
        }
    }
}

/// Whether a budget certainly selects pods: those of its own unit or cluster, and of its namespace.
fn selects(cx: &Context<'_>, budget: &Object, reference: &Reference, pods: SymbolId) -> bool {
    let pods = cx.head.symbol(pods);
    let Node::Object(id) = pods.node else { return false };
    let place = match (&budget.namespace, &pods.namespace) {
        (Known::Value(one), Known::Value(two)) => one == two,
        _ => reference.unit == pods.unit,
    };
    let is_here = reference.unit == pods.unit || reference.universe.is_same(&pods.universe);
    budget.rendered && cx.head.object(id).rendered && place && is_here
}
