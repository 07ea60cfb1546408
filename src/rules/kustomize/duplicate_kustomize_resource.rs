//! A build must hold each object once.

use std::collections::BTreeMap;

use super::faults::{self, Found, Words};
use crate::diagnostic::RuleMeta;
use crate::rules::declare::declare_rule;
use crate::rules::{Context, Rule};
use crate::text::Span;

declare_rule! {
    DuplicateKustomizeResource = "duplicate-kustomize-resource" {
        summary: "kustomization holds the same object twice",
        group: Kustomize, level: Error, confidence: High, fix: None, since: "0.1.0",
    }
}

impl Rule for DuplicateKustomizeResource {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    /// One finding for each entry: a base that is included twice brings all that it has twice.
    fn snapshot(&self, cx: &Context<'_>) {
        let mut entries: BTreeMap<Span, Vec<Found<'_>>> = BTreeMap::new();
        for found in faults::of(cx.head, &META) {
            entries.entry(found.fault.at).or_default().push(found);
        }
        for found in entries.into_values() {
            let [first, rest @ ..] = found.as_slice() else { continue };
            let more = match rest.len() {
                0 => String::new(),
                1 => ", and so is one more object".to_owned(),
                count => format!(", and so are {count} more objects"),
            };
            let words =
                Words { message: format!("{}{more}", first.fault.message), primary: "brings it again".to_owned() };
            cx.report(faults::finding(cx.head, &META, first, words));
        }
    }
}
