//! Where values of variables come from, and which variables did nothing. What they say is proven by
//! the recorded cases.

use super::*;
use crate::render::kustomize::configuration::Configuration;
use crate::render::kustomize::test_support::{build, documents, show_at};
use crate::text::FileId;
use crate::value::{Origin, Step};

const OBJECTS: &str = "
apiVersion: v1
kind: ConfigMap
metadata: {name: a, annotations: {whole: $(A), part: x$(A), escaped: $$(A), both: $(B)$(A)}}
data: {x: value}
";

const VARIABLES: &str = "
vars:
- {name: A, objref: {kind: ConfigMap, name: a, apiVersion: v1}, fieldref: {fieldPath: data.x}}
- {name: B, objref: {kind: ConfigMap, name: a, apiVersion: v1}}
- {name: C, objref: {kind: ConfigMap, name: a, apiVersion: v1}}
";

fn sources() -> Sources {
    // The values of these tests are texts, which are not looked up.
    Sources::default()
}

fn resolved(prepare: impl FnOnce(&mut Accumulator)) -> Accumulator {
    let mut out = build(OBJECTS);
    out.configuration = Configuration::builtin();
    gather(&mut out, &documents(VARIABLES)[0]);
    prepare(&mut out);
    resolve(&mut out, &sources());
    out
}

fn annotation<'a>(out: &'a Accumulator, key: &str) -> &'a Value {
    out.resources[0].value.at(&["metadata", "annotations", key]).expect("an annotation")
}

fn step(value: &Value) -> (Step, Span, usize) {
    let Origin::Derived(derivation) = &value.origin else { panic!("a value as written") };
    (derivation.step, derivation.at, derivation.from.len())
}

#[test]
fn a_value_leads_to_the_field_and_a_text_to_the_text() {
    let out = resolved(|_| {});
    let entries = documents(VARIABLES);
    let entry = entries[0].get("vars").expect("vars").items()[0].span();
    let field = out.resources[0].value.at(&["data", "x"]).expect("the field").span();
    assert_eq!(show_at(&out, 0, "metadata/annotations/part"), "\"xvalue\"");
    assert_eq!(step(annotation(&out, "whole")), (Step::Variable, entry, 2));
    assert_eq!(annotation(&out, "whole").span(), field);
    assert_eq!(step(annotation(&out, "part")), (Step::Variable, entry, 2));
    assert_ne!(annotation(&out, "part").span(), field);
    assert_eq!(step(annotation(&out, "both")).2, 3);
    assert_eq!(show_at(&out, 0, "metadata/annotations/escaped"), "\"$(A)\"");
    assert!(matches!(annotation(&out, "escaped").origin, Origin::Source(_)));
}

#[test]
fn a_variable_that_nothing_refers_to_is_idle() {
    let hits = |out: &Accumulator| out.effects.iter().map(|effect| effect.hit).collect::<Vec<_>>();
    assert_eq!(hits(&resolved(|_| {})), [true, true, false]);
    // What is not here may refer to it.
    let why = Unknown::new(Reason::RemoteSource, "elsewhere", None);
    assert_eq!(hits(&resolved(|out| out.opaque.push(why))), [true, true, true]);
}

#[test]
fn what_is_not_known_of_the_object_is_not_known_of_the_text() {
    let why = Unknown::new(Reason::SecretStore, "hidden", Some(Span::start_of(FileId(0))));
    let out = resolved(|out| {
        let field = out.resources[0].value.at_mut(&["data", "x"]).expect("the field");
        field.data = Data::Unknown(why.clone());
    });
    assert_eq!(annotation(&out, "part").unknown(), Some(&why));
    assert_eq!(show_at(&out, 0, "metadata/annotations/escaped"), "\"$(A)\"");
    assert!(out.faults.is_empty());
}

#[test]
fn paths_have_indexes_behind_names() {
    assert_eq!(parts("spec.ports[0].port"), ["spec", "ports", "0", "port"]);
    assert_eq!(parts("a.[name=b].[x.y].c[z]"), ["a", "[name=b]", "x.y", "c[z]"]);
}

#[test]
fn floats_are_written_as_go_does() {
    let texts = [0.5, 1e6, 123_456.5, 1e-4, 1e-5, -2.5e-9, 1.5e21].map(expand::float);
    assert_eq!(texts, ["0.5", "1e+06", "123456.5", "0.0001", "1e-05", "-2.5e-09", "1.5e+21"]);
}
