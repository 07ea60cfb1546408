//! Verdicts on values, by tables of a definition, an object and what is wrong with it.

use std::sync::Arc;

use super::*;
use crate::schema::crd::Definition;
use crate::syntax::parse;
use crate::syntax::yaml::Schema as Scalars;
use crate::text::{FileId, RepoPath, Side, SourceFile};
use crate::value::{Reason, Unknown};

fn value(text: &str) -> Value {
    let path = RepoPath::new("x.yaml").expect("a path");
    let parsed = parse(Arc::new(SourceFile::new(FileId(0), path, text.into(), Side::Head, true)));
    assert!(parsed.errors.is_empty(), "{text}: {:?}", parsed.errors);
    parsed.yaml().expect("YAML").documents[0].value(Scalars::Kubernetes)
}

/// The schema of a definition whose `spec` is this.
fn schema(spec: &str) -> Arc<Schema> {
    let definition = format!(
        "{{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {{name: as.b.c}}, spec: \
         {{group: b.c, scope: Namespaced, names: {{kind: A, plural: as}}, versions: [{{name: v1, served: true, \
         storage: true, schema: {{openAPIV3Schema: {{type: object, properties: {{spec: {spec}}}}}}}}}]}}}}"
    );
    let all = Definition::all(&value(&definition));
    assert_eq!(all.len(), 1, "{definition}");
    all[0].compile().expect("it has a schema")
}

fn object(spec: &str) -> Value {
    value(&format!("{{apiVersion: b.c/v1, kind: A, metadata: {{name: x}}, spec: {spec}}}"))
}

/// The problems in short: path, kind and what matters of it.
fn problems(schema: &Schema, object: &Value) -> Vec<String> {
    let verdict = validate(schema, Reader::Custom, &Patterns::default(), object);
    verdict.problems.iter().map(short).collect()
}

fn short(problem: &Problem) -> String {
    let path = &problem.path;
    match &problem.kind {
        ProblemKind::UnknownField { belongs: None, .. } => format!("{path}: unknown"),
        ProblemKind::UnknownField { belongs: Some(belongs), .. } => format!("{path}: unknown, {belongs:?}"),
        ProblemKind::WrongType { expected, found } => format!("{path}: {}, not {expected}", type_name(found)),
        ProblemKind::MissingField { name } => format!("{path}: lacks {name}"),
        ProblemKind::InvalidValue { found, wanted } => format!("{path}: {}, not {wanted}", shown(found)),
        ProblemKind::DuplicateItem { keys, .. } => format!("{path}: duplicate {keys:?}"),
        ProblemKind::FailedRule { message, .. } => format!("{path}: {message}"),
    }
}

#[track_caller]
fn check(spec: &str, cases: &[(&str, &[&str])]) {
    let schema = schema(spec);
    for (text, expected) in cases {
        assert_eq!(problems(&schema, &object(text)), *expected, "{spec}\n{text}");
    }
}

#[test]
fn shapes() {
    check(
        "{type: object, properties: {t: {type: string}, i: {type: integer, format: int32}, l: {type: integer}, num: {type: \
         number}, b: {type: boolean}, p: {x-kubernetes-int-or-string: true}, a: {type: array, items: {type: string}}, m: \
         {type: object, additionalProperties: {type: string}}, o: {type: object}, \
         k: {type: object, x-kubernetes-preserve-unknown-fields: true}, x: {x-kubernetes-preserve-unknown-fields: true}}}",
        &[
            ("{t: a, i: 1, l: 9999999999, num: 1.5, b: true, p: 80, a: [x], m: {a: b}, o: {}, k: {z: 1}, x: [1]}", &[]),
            ("{p: '80', num: 1}", &[]),
            ("{t: 1}", &["spec.t: an integer, not text"]),
            ("{t: yes}", &["spec.t: a boolean, not text"]),
            ("{i: '1'}", &["spec.i: text, not an integer"]),
            ("{i: 1.5}", &["spec.i: a number, not an integer"]),
            ("{i: 2147483648}", &["spec.i: 2147483648, not an integer of 32 bits"]),
            ("{num: x, b: 'true'}", &["spec.num: text, not a number", "spec.b: text, not a boolean"]),
            ("{p: 1.5}", &["spec.p: a number, not an integer or text"]),
            (
                "{a: x, m: [], o: 1}",
                &["spec.a: text, not a list", "spec.m: a list, not a map", "spec.o: an integer, not a map"],
            ),
            ("{a: [x, 1, {}]}", &["spec.a[1]: an integer, not text", "spec.a[2]: a map, not text"]),
            ("{m: {a.b/c: 1}}", &["spec.m[\"a.b/c\"]: an integer, not text"]),
            ("{o: {z: 1}}", &["spec.o.z: unknown"]),
        ],
    );
}

#[test]
fn nulls() {
    check(
        "{type: object, required: [r], properties: {r: {type: string}, d: {type: string}, num: {type: string, nullable: true}, \
         a: {type: array, items: {type: string}}, b: {type: array, items: {type: string, nullable: true}}, m: {type: object, \
         additionalProperties: {type: string}}}}",
        &[
            ("{r: x, d: null, num: null, a: null, m: {a: null}, b: [null]}", &[]),
            ("{r: null}", &["spec: lacks r"]),
            ("{r: x, a: [null]}", &["spec.a[0]: null, not text"]),
        ],
    );
    check(
        "{type: object, required: [r], properties: {r: {type: string, default: x}}}",
        &[("{}", &[]), ("{r: null}", &[])],
    );
    check("{type: object, required: [r], properties: {r: {type: string, nullable: true}}}", &[("{r: null}", &[])]);
}

#[test]
fn unknown_fields_are_explained() {
    check(
        "{type: object, properties: {replicas: {type: integer}, selector: {type: object, properties: {matchLabels: {type: \
         object, additionalProperties: {type: string}}}}, template: {type: object, properties: {spec: {type: object, \
         properties: {image: {type: string}, hostNetwork: {type: boolean}}}}}}}",
        &[
            ("{replcas: 1}", &["spec.replcas: unknown, Near(\"replicas\")"]),
            ("{Replicas: 1}", &["spec.Replicas: unknown, Near(\"replicas\")"]),
            ("{replicas: 1, replcas: 2}", &["spec.replcas: unknown"]),
            ("{replcas: {a: b}}", &["spec.replcas: unknown"]),
            ("{template: {spec: {replicas: 1}}}", &["spec.template.spec.replicas: unknown, Above(\"spec\")"]),
            ("{replicas: 1, template: {spec: {replicas: 1}}}", &["spec.template.spec.replicas: unknown"]),
            ("{template: {image: x}}", &["spec.template.image: unknown, Below(\"spec\")"]),
            ("{matchLabels: {a: b}}", &["spec.matchLabels: unknown, Below(\"selector\")"]),
            ("{'${KEY}': 1, '{{ k }}': 2}", &[]),
        ],
    );
}

#[test]
fn values_and_constraints() {
    check(
        "{type: object, properties: {e: {type: string, enum: [Always, Never]}, f: {type: integer, enum: [1, 2]}, p: {type: \
         string, pattern: '^a+$'}, l: {type: string, minLength: 1, maxLength: 3}, s: {type: array, minItems: 1, maxItems: 2, \
         items: {type: string}}, num: {type: integer, minimum: 1, maximum: 5}, x: {type: number, minimum: 0, exclusiveMinimum: \
         true}, m: {type: integer, multipleOf: 3}, u: {type: array, uniqueItems: true, items: {type: string}}, d: {type: \
         string, format: date-time}, b: {type: string, format: byte}, o: {type: object, minProperties: 1, maxProperties: 1, \
         additionalProperties: {type: string}}}}",
        &[
            ("{e: Always, f: 1, p: aa, l: äöü, s: [a], num: 5, x: 0.1, m: 9, b: YQ==, o: {a: b}}", &[]),
            ("{e: always}", &["spec.e: `always`, not one of `Always` or `Never`"]),
            ("{f: 3}", &["spec.f: 3, not one of `1` or `2`"]),
            ("{p: b}", &["spec.p: `b`, not text that matches `^a+$`"]),
            ("{l: ''}", &["spec.l: empty, not 1 to 3"]),
            ("{s: []}", &["spec.s: a list, not 1 to 2"]),
            ("{num: 0}", &["spec.num: 0, not at least 1"]),
            ("{num: 6}", &["spec.num: 6, not at most 5"]),
            ("{x: 0}", &["spec.x: 0, not more than 0"]),
            ("{m: 4}", &["spec.m: 4, not a multiple of 3"]),
            ("{u: [a, b, a]}", &["spec.u[2]: duplicate []"]),
            ("{d: yesterday}", &["spec.d: `yesterday`, not a time such as `2026-01-31T12:00:00Z`"]),
            ("{b: '?'}", &["spec.b: `?`, not base64"]),
            ("{o: {a: b, c: d}}", &["spec.o: a map, not exactly 1"]),
            ("{e: '<MODE>', p: '${P}', num: '${N}', s: '{{ s }}', d: $(D), f: __F__}", &[]),
        ],
    );
}

#[test]
fn quantities_of_definitions() {
    let pattern = r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$";
    let spec = format!(
        "{{type: object, properties: {{q: {{anyOf: [{{type: integer}}, {{type: string}}], pattern: '{pattern}', \
         x-kubernetes-int-or-string: true}}}}}}"
    );
    let wanted = "not a quantity such as `100m`, `2` or `1Gi`";
    check(
        &spec,
        &[
            ("{q: 1Gi}", &[]),
            ("{q: 1}", &[]),
            ("{q: 0.5}", &["spec.q: a number, not a quantity"]),
            ("{q: 1GB}", &[format!("spec.q: `1GB`, {wanted}").as_str()]),
        ],
    );
}

#[test]
fn lists_with_keys() {
    check(
        "{type: object, properties: {p: {type: array, x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [port, \
         protocol], items: {type: object, properties: {port: {type: integer}, protocol: {type: string}, name: {type: \
         string}}}}, s: {type: array, x-kubernetes-list-type: set, items: {type: string}}, a: {type: array, items: {type: \
         string}}}}",
        &[
            ("{p: [{port: 1, protocol: TCP}, {port: 1, protocol: UDP}, {port: 1}], s: [a, b], a: [a, a]}", &[]),
            (
                "{p: [{port: 1, protocol: TCP, name: a}, {name: b, port: 1, protocol: TCP}]}",
                &["spec.p[1]: duplicate [(\"port\", \"1\"), (\"protocol\", \"\\\"TCP\\\"\")]"],
            ),
            ("{p: [{name: a}, {name: a}]}", &[]),
            ("{p: [{port: 1, protocol: '${P}'}, {port: 1, protocol: '${P}'}]}", &[]),
            ("{s: [a, b, a, '<x>', '<x>']}", &["spec.s[2]: duplicate []"]),
        ],
    );
}

#[test]
fn logic() {
    check(
        "{type: object, properties: {a: {type: string}, b: {type: string}, c: {type: string}}, oneOf: [{required: [a]}, \
         {required: [b]}], not: {required: [c]}, anyOf: [{properties: {a: {enum: [x]}}}, {properties: {b: {minLength: 2}}}]}",
        &[
            ("{a: x}", &[]),
            ("{b: yy}", &[]),
            ("{}", &["spec: a map, not a map with exactly one of `a`, `b`"]),
            ("{a: x, b: why}", &["spec: a map, not a map with exactly one of `a`, `b`"]),
            ("{a: x, c: why}", &["spec: a map, not a map without `c`"]),
            ("{a: '<A>'}", &[]),
        ],
    );
    check(
        "{type: object, properties: {a: {type: string, default: x}, b: {type: string}}, oneOf: [{required: [a]}, {required: \
         [b]}]}",
        &[("{}", &[]), ("{b: why}", &["spec: a map, not a map with exactly one of `a`, `b`"])],
    );
    check(
        "{type: object, properties: {v: {x-kubernetes-int-or-string: true, allOf: [{anyOf: [{type: integer}, {type: string}]}, \
         {pattern: '^x'}]}}}",
        &[("{v: 1}", &[]), ("{v: xa}", &[]), ("{v: a}", &["spec.v: `a`, not text that matches `^x`"])],
    );
}

#[test]
fn what_is_not_known_is_not_judged() {
    let schema = schema(
        "{type: object, required: [a, b], properties: {a: {type: string}, b: {type: string}, c: {type: integer}}}",
    );
    let mut object = object("{a: x}");
    let spec = object.at_mut(&["spec"]).and_then(Value::as_map_mut).expect("a map");
    let why = Unknown::new(Reason::Templated, "", None);
    spec.insert(
        "c",
        Origin::Source(crate::text::Span::start_of(FileId(0))),
        Value::new(Data::Unknown(why.clone()), crate::text::Span::start_of(FileId(0))),
    );
    assert_eq!(problems(&schema, &object), ["spec: lacks b"]);
    object.at_mut(&["spec"]).and_then(Value::as_map_mut).expect("a map").open = Some(why);
    assert_eq!(problems(&schema, &object), [""; 0]);
}

#[test]
fn metadata_and_embedded_objects() {
    check(
        "{type: object, properties: {e: {type: object, x-kubernetes-embedded-resource: true, \
         x-kubernetes-preserve-unknown-fields: true}}}",
        &[
            ("{e: {apiVersion: v1, kind: X, metadata: {name: x, labels: {a: b}}, spec: {z: 1}}}", &[]),
            (
                "{e: {kind: X, metadata: {labels: {a: 1}}}}",
                &["spec.e.metadata.labels.a: an integer, not text", "spec.e: lacks apiVersion"],
            ),
        ],
    );
    check(
        "{type: object, properties: {e: {type: object, x-kubernetes-embedded-resource: true, \
         x-kubernetes-preserve-unknown-fields: true}}}",
        &[
            ("{e: {apiVersion: v1, kind: ConfigMap, data: {a: b}}}", &[]),
            ("{e: {apiVersion: apps/v1, kind: Deployment, spec: {replicas: 1}}}", &[]),
            (
                "{e: {apiVersion: apps/v1, kind: Deployment, spec: {replica: 1, paused: 2}}}",
                &["spec.e.spec.replica: unknown, Near(\"replicas\")", "spec.e.spec.paused: an integer, not a boolean"],
            ),
            ("{e: {apiVersion: '', kind: X}}", &["spec.e.apiVersion: empty, not the `apiVersion` of an object"]),
        ],
    );
    let schema = schema("{type: object}");
    let object =
        value("{apiVersion: b.c/v1, kind: A, metadata: {name: x, label: {a: b}, annotations: {a: true}}, Spec: {}}");
    assert_eq!(
        problems(&schema, &object),
        [
            "metadata.label: unknown, Near(\"labels\")",
            "metadata.annotations.a: a boolean, not text",
            "Spec: unknown, Near(\"spec\")",
        ]
    );
}

#[test]
fn patterns_that_cannot_be_checked_are_told() {
    let schema = schema("{type: object, properties: {p: {type: string, pattern: '(?!a)b'}}}");
    let verdict = validate(&schema, Reader::Custom, &Patterns::default(), &object("{p: x}"));
    assert!(verdict.problems.is_empty());
    assert_eq!(verdict.unchecked, ["the pattern `(?!a)b` uses what RE2 does not have"]);
}

#[test]
fn hostile_depth_and_breadth_end() {
    let deep = format!("{}{}", "{type: array, items: ".repeat(80), "{type: string}").to_string() + &"}".repeat(80);
    let schema = schema(&deep);
    let nested = format!("{}1{}", "[".repeat(80), "]".repeat(80));
    assert!(problems(&schema, &object(&nested)).len() <= 1);
    let mut wide = String::from("{type: object, x-kubernetes-preserve-unknown-fields: true}");
    for _ in 0..40 {
        wide = format!(
            "{{type: object, x-kubernetes-preserve-unknown-fields: true, anyOf: [{{required: [a]}}, {{required: [b]}}], properties: {{m: {wide}}}}}"
        );
    }
    let schema = self::schema(&wide);
    let mut spec = String::from("{a: 1}");
    for _ in 0..40 {
        spec = format!("{{a: 1, m: {spec}}}");
    }
    assert_eq!(problems(&schema, &object(&spec)), [""; 0]);
}

#[test]
fn rules_in_cel() {
    check(
        "{type: object, properties: {min: {type: integer}, max: {type: integer, default: 10}, name: {type: string}, \
         'a-b': {type: string}, list: {type: array, items: {type: string}}, ratio: {type: number}, labels: {type: object, \
         additionalProperties: {type: string}}, when: {type: string, format: date-time}}, x-kubernetes-validations: [{rule: \
         'self.min <= self.max', message: min is above max}, {rule: \"!has(self.name) || self.name.startsWith('x')\", \
         messageExpression: \"'bad name ' + self.name\"}, {rule: 'self.min == oldSelf.min'}, {rule: \
         \"!has(self.a__dash__b) || self.a__dash__b != 'no'\"}, {rule: 'self.list.all(x, size(x) > 1)', message: short}, {rule: \
         '!has(self.ratio) || self.ratio < 0.5', message: ratio}, {rule: \"!has(self.labels) || self.labels.all(k, \
         k.matches('^[a-z]+$'))\", message: label}]}",
        &[
            ("{min: 1, list: [ab], ratio: 0, labels: {a: b}}", &[]),
            ("{min: 11, list: []}", &["spec: min is above max"]),
            ("{min: 1, name: why, list: []}", &["spec: bad name why"]),
            ("{min: 1, a-b: 'no', list: []}", &["spec: `!has(self.a__dash__b) || self.a__dash__b != 'no'`"]),
            ("{min: 1, list: [ab, c]}", &["spec: short"]),
            ("{min: 1, list: [], ratio: 1, labels: {A: b}}", &["spec: ratio", "spec: label"]),
            ("{min: 11, list: [], name: '<NAME>'}", &[]),
            ("{min: 11, list: [], when: '2026-01-31T12:00:00Z'}", &[]),
        ],
    );
}

/// Each holds for the API server: its own CEL was asked.
#[test]
fn the_libraries_of_kubernetes() {
    for rule in [
        "quantity('1.5Gi').isGreaterThan(quantity('1Gi'))",
        "quantity('100m').isLessThan(quantity('1'))",
        "quantity('1k').compareTo(quantity('1000')) == 0",
        "quantity('50k').add(quantity('20k')) == quantity('70k')",
        "quantity('50k').sub(20000) == quantity('30k')",
        "quantity('5').isInteger() && quantity('5').asInteger() == 5",
        "!quantity('100m').isInteger()",
        "sign(quantity('-1')) == -1",
        "quantity('1500m').asApproximateFloat() == 1.5",
        "!isQuantity('1.5GiB')",
        "isQuantity('1Gi')",
        "url('https://example.com:8080/a/b?c=d').getHost() == 'example.com:8080'",
        "url('https://example.com:8080/a/b?c=d').getHostname() == 'example.com'",
        "url('https://[::1]:80/').getHostname() == '::1'",
        "url('https://example.com:8080/').getPort() == '8080'",
        "url('https://example.com/').getPort() == ''",
        "url('https://example.com/path').getScheme() == 'https'",
        "url('/absolute').getScheme() == ''",
        "url('https://example.com/a%20b').getEscapedPath() == '/a%20b'",
        "isURL('https://user:pass@example.com/x')",
        "!isURL('https://example.com/%zz') && !isQuantity(' 1') && !isSemver('1.0.0-01')",
        "url('mailto:a@b').getEscapedPath() == '' && format.byte().validate('').hasValue()",
        "!isURL('../relative')",
        "ip('192.168.0.1').family() == 4",
        "ip('::1').family() == 6",
        "ip('127.0.0.1').isLoopback()",
        "ip('224.0.0.1').isLinkLocalMulticast()",
        "ip('fe80::1').isLinkLocalUnicast()",
        "ip('192.168.0.1').isGlobalUnicast()",
        "!ip('255.255.255.255').isGlobalUnicast()",
        "ip('0.0.0.0').isUnspecified()",
        "isIP('10.0.0.1') && !isIP('10.0.0.01') && !isIP('a')",
        "!isIP('::ffff:1.2.3.4')",
        "cidr('192.168.0.0/24').containsIP('192.168.0.7')",
        "cidr('192.168.0.0/24').containsIP(ip('192.168.0.7'))",
        "!cidr('192.168.0.0/24').containsIP('192.168.1.0')",
        "cidr('192.168.0.0/16').containsCIDR('192.168.10.0/24')",
        "!cidr('192.168.0.0/24').containsCIDR(cidr('192.168.0.0/16'))",
        "cidr('::1/128').prefixLength() == 128",
        "cidr('192.168.0.1/24').ip() == ip('192.168.0.1')",
        "isCIDR('10.0.0.0/8') && !isCIDR('10.0.0.0/33') && !isCIDR('10.0.0.0')",
        "'abc 123 def 456'.find('[0-9]+') == '123'",
        "'123 abc 456'.findAll('[0-9]+') == ['123', '456']",
        "'abc'.find('[0-9]+') == ''",
        "[1, 2, 3].isSorted() && !['b', 'a'].isSorted()",
        "[1, 3].sum() == 4",
        "semver('1.2.3').isLessThan(semver('1.3.0'))",
        "semver('1.0.0-alpha.1').isLessThan(semver('1.0.0'))",
        "semver('1.2.3').major() == 1 && semver('1.2.3').minor() == 2 && semver('1.2.3').patch() == 3",
        "isSemver('1.0.0+build') && !isSemver('v1.0.0') && !isSemver('01.0.0')",
        "!format.dns1123Label().validate('my-label').hasValue()",
        "format.dns1123Label().validate('My_label').hasValue()",
        "!format.dns1123Subdomain().validate('a.b-c').hasValue()",
        "format.dns1035Label().validate('1abc').hasValue()",
        "'TacoCat'.lowerAscii() == 'tacocat' && 'a,b'.split(',') == ['a', 'b']",
        "'hello'.substring(1, 3) == 'el' && 'x'.replace('x', 'y') == 'y'",
    ] {
        let schema = schema(&format!("{{type: object, x-kubernetes-validations: [{{rule: {rule:?}}}]}}"));
        let verdict = validate(&schema, Reader::Custom, &Patterns::default(), &object("{}"));
        assert!(verdict.problems.is_empty() && verdict.unchecked.is_empty(), "{rule}: {verdict:?}");
    }
}

#[test]
fn rules_that_cannot_be_judged_are_told() {
    let schema = schema(
        "{type: object, properties: {a: {type: string}}, x-kubernetes-validations: [{rule: 'self.a ==='}, {rule: \
         \"quantity(self.a).isGreaterThan('1')\"}, {rule: 'self.b == 1'}]}",
    );
    let verdict = validate(&schema, Reader::Custom, &Patterns::default(), &object("{a: x}"));
    assert!(verdict.problems.is_empty(), "{:?}", verdict.problems);
    assert_eq!(verdict.unchecked.len(), 3, "{:?}", verdict.unchecked);
    assert!(verdict.incomplete);
}

#[test]
fn rules_see_the_name_and_no_other_metadata() {
    let definition = "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: as.b.c}, spec: \
                      {group: b.c, scope: Namespaced, names: {kind: A, plural: as}, versions: [{name: v1, schema: \
                      {openAPIV3Schema: {type: object, x-kubernetes-validations: [{rule: \"self.metadata.name == 'x'\"}, {rule: \
                      \"self.metadata.namespace == 'x'\"}]}}}]}}";
    let schema = Definition::all(&value(definition))[0].compile().expect("it has a schema");
    let verdict = validate(
        &schema,
        Reader::Custom,
        &Patterns::default(),
        &value(
            "{metadata: {name: other, namespace: z}, \
                           apiVersion: b.c/v1, kind: A}",
        ),
    );
    assert_eq!(verdict.problems.iter().map(short).collect::<Vec<_>>(), [": `self.metadata.name == 'x'`"]);
    assert_eq!(verdict.unchecked.len(), 1);
}

#[test]
fn hostile_rules_end() {
    let long = "a".repeat(5_000);
    let deep = format!("{}true{}", "(".repeat(1_000), ")".repeat(1_000));
    let many = "self.l.all(a, self.l.all(b, self.l.all(c, self.l.all(d, self.l.all(e, self.l.all(f, true))))))";
    let schema = schema(&format!(
        "{{type: object, properties: {{l: {{type: array, items: {{type: integer}}}}}}, x-kubernetes-validations: [{{rule: \
         '{long}'}}, {{rule: '{deep}'}}, {{rule: '{many}'}}]}}"
    ));
    let items = "1, ".repeat(50);
    let verdict = validate(&schema, Reader::Custom, &Patterns::default(), &object(&format!("{{l: [{items}]}}")));
    assert!(verdict.problems.is_empty());
    assert_eq!(verdict.unchecked.len(), 3, "{:?}", verdict.unchecked);
}
