//! Runs rules over a snapshot, in parallel, and survives a rule that panics.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rayon::prelude::*;

use super::{Context, Rule, Uses, Variant};
use crate::diagnostic::Diagnostic;
use crate::graph::{Object, Reference, Snapshot};
use crate::text::Span;

/// How many things a rule sees in a row.
const AT_ONCE: usize = 64;

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
    let variants = variants(head);
    let objects: Vec<&Object> = variants.iter().filter_map(|variants| representative(head, variants)).collect();
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
    // Every rule sees a few things before any rule sees the next, so that they are read from memory once.
    let over = |work: &(dyn Fn(&dyn Rule, &Context<'_>) + Sync)| {
        rules.iter().map(|rule| guarded(*rule, &|cx| work(*rule, cx))).fold(Findings::default(), Findings::merge)
    };
    let of_files =
        files.par_chunks(AT_ONCE).map(|chunk| over(&|rule, cx| chunk.iter().for_each(|file| rule.file(cx, file))));
    let of_objects = objects
        .par_chunks(AT_ONCE)
        .map(|chunk| over(&|rule, cx| chunk.iter().for_each(|object| rule.object(cx, object))));
    let of_variants = variants
        .par_chunks(AT_ONCE)
        .map(|chunk| over(&|rule, cx| chunk.iter().for_each(|variants| rule.variants(cx, variants))));
    let of_references = places.par_chunks(AT_ONCE).map(|chunk| {
        over(&|rule, cx| chunk.iter().for_each(|uses: &Vec<&Reference>| rule.reference(cx, uses as &Uses<'_>)))
    });
    let whole = rules.par_iter().map(|rule| guarded(*rule, &|cx| rule.snapshot(cx)));
    whole
        .chain(of_files)
        .chain(of_objects)
        .chain(of_variants)
        .chain(of_references)
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

/// Objects of head by the place where they were written, in order of place.
fn variants(head: &Snapshot) -> Vec<Vec<Variant<'_>>> {
    let mut written: BTreeMap<Span, Vec<&Object>> = BTreeMap::new();
    for object in &head.objects {
        written.entry(object.value.span()).or_default().push(object);
    }
    written.into_values().collect::<Vec<_>>().into_par_iter().map(|objects| distinct(&objects)).collect()
}

/// Objects that are equal as one.
fn distinct<'a>(objects: &[&'a Object]) -> Vec<Variant<'a>> {
    let mut distinct: Vec<Variant<'a>> = Vec::new();
    for object in objects {
        let is_same = |other: &Object| other.rendered == object.rendered && other.value == object.value;
        match distinct.iter_mut().find(|variant| is_same(variant.object)) {
            Some(variant) => variant.units.push(object.unit),
            None => distinct.push(Variant { object, units: vec![object.unit] }),
        }
    }
    distinct
}

/// The one of the objects written at one place that stands for all: the first unit's, a deployed one
/// if there is any.
fn representative<'a>(head: &Snapshot, variants: &[Variant<'a>]) -> Option<&'a Object> {
    let deployed = |variant: &&Variant<'_>| variant.units.iter().any(|unit| head.unit(*unit).deployed);
    variants.iter().find(deployed).or(variants.first()).map(|variant| variant.object)
}
