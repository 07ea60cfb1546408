//! Runs rules over a snapshot, in parallel, and survives a rule that panics.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rayon::prelude::*;

use super::{Context, Rule, Uses};
use crate::diagnostic::Diagnostic;
use crate::graph::{Object, Reference, Snapshot};
use crate::text::Span;

/// What rules found.
#[derive(Debug, Default)]
pub struct Findings {
    /// The findings, unsorted.
    pub diagnostics: Vec<Diagnostic>,
    /// Rules that panicked: bugs of kate, with the rule's name.
    pub crashed: Vec<String>,
}

impl Findings {
    fn merge(mut self, other: Self) -> Self {
        self.diagnostics.extend(other.diagnostics);
        self.crashed.extend(other.crashed);
        self
    }
}

/// Run some rules.
#[must_use]
pub fn run(rules: &[&dyn Rule], head: &Snapshot, base: Option<&Snapshot>) -> Findings {
    let places = by_place(&head.references);
    let objects = distinct_objects(head);
    let files: Vec<_> = head.repository.files.values().collect();
    let guarded = |rule: &dyn Rule, work: &dyn Fn(&Context<'_>)| {
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let cx = Context::new(head, base);
            work(&cx);
            cx.into_findings()
        }));
        match outcome {
            Ok(diagnostics) => Findings { diagnostics, crashed: Vec::new() },
            Err(_) => Findings { diagnostics: Vec::new(), crashed: vec![rule.meta().id.to_string()] },
        }
    };
    rules
        .par_iter()
        .map(|rule| {
            let rule = *rule;
            let files = files
                .par_chunks(256)
                .map(|chunk| guarded(rule, &|cx| chunk.iter().for_each(|file| rule.file(cx, file))));
            let objects = objects
                .par_chunks(512)
                .map(|chunk| guarded(rule, &|cx| chunk.iter().for_each(|object| rule.object(cx, object))));
            let references = places.par_chunks(512).map(|chunk| {
                guarded(rule, &|cx| {
                    chunk.iter().for_each(|uses: &Vec<&Reference>| rule.reference(cx, uses as &Uses<'_>))
                })
            });
            let whole = guarded(rule, &|cx| rule.snapshot(cx));
            files.chain(objects).chain(references).reduce(Findings::default, Findings::merge).merge(whole)
        })
        .reduce(Findings::default, Findings::merge)
}

/// References that stand at one place, in order of place.
fn by_place(references: &[Reference]) -> Vec<Vec<&Reference>> {
    let mut places: BTreeMap<(Span, Option<Span>, _), Vec<&Reference>> = BTreeMap::new();
    for reference in references {
        let key = reference.key_origin.as_ref().map(crate::value::Origin::span);
        places.entry((reference.origin.span(), key, reference.kind)).or_default().push(reference);
    }
    places.into_values().collect()
}

/// Objects of head, one for each written object: the first unit's, a deployed one if there is any.
fn distinct_objects(head: &Snapshot) -> Vec<&Object> {
    let mut written: BTreeMap<Span, &Object> = BTreeMap::new();
    for object in &head.objects {
        let deployed = |object: &Object| head.unit(object.unit).deployed;
        let entry = written.entry(object.value.span()).or_insert(object);
        if !deployed(entry) && deployed(object) {
            *entry = object;
        }
    }
    written.into_values().collect()
}
