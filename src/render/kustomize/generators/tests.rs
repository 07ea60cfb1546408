use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::accumulator::Accumulator;
use super::super::field_path::Written;
use super::super::fields;
use super::super::loader::Loader;
use super::super::resource::Resource;
use super::{Metadata, json, ksops, run, suffix_hashes};
use crate::model::{Declared, Repository};
use crate::render::manifests::Documents;
use crate::syntax::yaml::Schema;
use crate::syntax::{self, ParsedFile, Syntax};
use crate::text::{RepoPath, Side, SourceFile, Sources};
use crate::value::Value;
use crate::vfs::{MemoryVfs, Vfs, WalkOptions, opaque_content};

/// A repository of some files.
fn repository(files: &[(&str, &[u8])]) -> Repository {
    let vfs: MemoryVfs = files.iter().map(|(path, bytes)| (*path, bytes.to_vec())).collect();
    let mut sources = Sources::default();
    let mut parsed = BTreeMap::new();
    for (path, bytes) in vfs.iter() {
        let decoded = syntax::decode(bytes);
        let text: Arc<str> = decoded.as_ref().map_or_else(|error| &*error.before, |decoded| &*decoded.text).into();
        let verbatim = decoded.as_ref().is_ok_and(|decoded| decoded.verbatim);
        let source = SourceFile::new(sources.next_id(), path.clone(), text, Side::Head, verbatim);
        let source = Arc::new(source);
        sources.push(Arc::clone(&source));
        let raw = (!verbatim).then(|| bytes.into());
        let file = match (opaque_content(bytes), &decoded) {
            (Some(why), _) => ParsedFile {
                source: Arc::new(SourceFile::new(source.id, path.clone(), "".into(), Side::Head, false)),
                syntax: Syntax::Opaque(why),
                errors: Vec::new(),
                comments: Vec::new(),
                raw: None,
            },
            (None, Err(error)) => ParsedFile { raw, ..syntax::undecodable(source, error) },
            (None, Ok(_)) => ParsedFile { raw, ..syntax::parse(source) },
        };
        parsed.insert(path.clone(), Arc::new(file));
    }
    Repository {
        side: Side::Head,
        sources: Arc::new(sources),
        listing: vfs.list(&WalkOptions::default()).expect("a tree in memory"),
        files: parsed,
        own_urls: Vec::new(),
        declared: Declared::default(),
    }
}

fn documents_of(repository: &Repository, path: &str) -> Vec<Value> {
    let file = repository.file(&RepoPath::new(path).expect("a path")).expect("a file");
    let stream = file.yaml().expect("YAML");
    stream.documents.iter().map(|document| document.value(Schema::Kustomize)).collect()
}

/// What a build has after the generators and the end of a build, the resources of `resources.yaml`
/// first if there is such a file.
fn build(repository: &Repository, plugin: bool) -> Accumulator {
    let documents = Documents::read(repository);
    let loader = Loader { repository, documents: &documents, directory: RepoPath::root() };
    let mut out = Accumulator::default();
    if repository.file(&RepoPath::new("resources.yaml").expect("a path")).is_some() {
        out.resources.extend(documents_of(repository, "resources.yaml").into_iter().map(Resource::new));
    }
    let kustomization = fields::normalise(&documents_of(repository, "kustomization.yaml")[0]);
    let metadata = Metadata::of(&kustomization, "kustomization.yaml", Written::new(&repository.sources));
    run(&mut out, &loader, &kustomization, &metadata);
    if plugin {
        for config in documents_of(repository, "plugin.yaml") {
            ksops(&mut out, &loader, &config, None);
        }
    }
    suffix_hashes(&mut out);
    metadata.finish(&mut out);
    out
}

/// Resources as sorted lines of JSON, with `?` for what is not known, then faults as `! place: message`.
fn shown(repository: &Repository, out: &Accumulator) -> String {
    let mut lines: Vec<String> = Vec::new();
    for resource in &out.resources {
        let mut line = String::new();
        let mut value = resource.value.clone();
        mark(&mut value);
        json::value(&value.data, &mut line).expect("a known value");
        lines.push(line + "\n");
    }
    lines.sort();
    let mut text = lines.concat();
    for fault in &out.faults {
        let place = repository.sources.slice(fault.at).lines().next().unwrap_or_default();
        text.push_str(&format!("! {place}: {}\n", fault.message));
    }
    text
}

fn mark(value: &mut Value) {
    if value.unknown().is_some() {
        *value = Value::string("?", value.origin.clone());
    }
    if let Some(map) = value.as_map_mut() {
        map.iter_mut().for_each(|entry| mark(&mut entry.value));
        if map.open.take().is_some() {
            let origin = crate::text::Span::start_of(crate::text::FileId(0));
            map.insert("?", origin.into(), Value::string("?", origin));
        }
    }
}

/// A kustomization, files beside it, and what comes out: recorded from the real program where it
/// does not fail.
type Case<'a> = (&'a str, &'a [(&'a str, &'a [u8])], &'a str);

fn check(cases: &[Case<'_>], plugin: bool) {
    for (kustomization, files, expected) in cases {
        let mut all: Vec<(&str, &[u8])> = vec![("kustomization.yaml", kustomization.as_bytes())];
        all.extend(*files);
        let repository = repository(&all);
        let out = build(&repository, plugin);
        assert_eq!(shown(&repository, &out), *expected, "{kustomization}");
    }
}

#[test]
fn generated_as_by_the_real_program() {
    check(RECORDED, false);
}

const RECORDED: &[Case<'_>] = &[
    (
        r#"configMapGenerator:
- name: a
  literals: ['a="q"', "b='x", 'c=<&>', 'a b!=x', 'z=1=2', 'e=', "f=\u2028\t\\"]
  envs: [e.env]
  files: [bin, x.y=bin, d/text.txt]
"#,
        &[("e.env", b"\xef\xbb\xbfA=1\nB = 2 \r\nKEY\n  # c\n  C=x=y\n=foo\n\nD\t=v\n\xc2\xa0E=\"q\""), ("bin", b"a\xff\xfe"), ("d/text.txt", b"\xc3\xa9\n\ttab\n\nend")],
        r#"{"apiVersion":"v1","binaryData":{"bin":"Yf/+","x.y":"Yf/+"},"data":{"A":"1","B ":" 2 ","C":"x=y","D\t":"v","E":"\"q\"","KEY":"","a":"q","a b!":"x","b":"'x","c":"\u003c\u0026\u003e","e":"","f":"\u2028\t\\","text.txt":"é\n\ttab\n\nend","z":"1=2"},"kind":"ConfigMap","metadata":{"name":"a-2bh5gghhhm"}}
"#,
    ),
    (
        r#"generatorOptions:
  labels: {a: global, b: global}
  annotations: {note: global}
  immutable: true
configMapGenerator:
- name: a
  namespace: space
  options: {labels: {a: local}, disableNameSuffixHash: true, immutable: false}
- name: b
  behavior: nonsense
secretGenerator:
- name: empty
- name: long
  type: example.com/kind
  literals: [just-short=012345678901234567890123456789012345678901234567890, long-enough=0123456789012345678901234567890123456789012345678901]
  files: [pixels]
"#,
        &[("pixels", b"\x00\x01\x02\x03\x04\x05\x06\x07\x08\t\n\x0b\x0c\r\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~\x7f\x80\x81\x82\x83\x84\x85\x86\x87\x88\x89\x8a\x8b\x8c\x8d\x8e\x8f\x90\x91\x92\x93\x94\x95\x96\x97\x98\x99\x9a\x9b\x9c\x9d\x9e\x9f")],
        r#"{"apiVersion":"v1","data":{"just-short":"MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkw","long-enough":"MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMQ\n==\n","pixels":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMz\nQ1Njc4OTo7PD0+P0BBQkNERUZHSElKS0xNTk9QUVJTVFVWV1hZWltcXV5fYGFiY2RlZmdo\naWprbG1ub3BxcnN0dXZ3eHl6e3x9fn+AgYKDhIWGh4iJiouMjY6PkJGSk5SVlpeYmZqbnJ\n2enw==\n"},"immutable":true,"kind":"Secret","metadata":{"annotations":{"note":"global"},"labels":{"a":"global","b":"global"},"name":"long-26db565df5"},"type":"example.com/kind"}
{"apiVersion":"v1","data":{},"immutable":true,"kind":"Secret","metadata":{"annotations":{"note":"global"},"labels":{"a":"global","b":"global"},"name":"empty-46f8b28mk5"},"type":"Opaque"}
{"apiVersion":"v1","immutable":true,"kind":"ConfigMap","metadata":{"annotations":{"note":"global"},"labels":{"a":"global","b":"global"},"name":"b-6ct58987ht"}}
{"apiVersion":"v1","immutable":true,"kind":"ConfigMap","metadata":{"annotations":{"note":"global"},"labels":{"a":"local","b":"global"},"name":"a","namespace":"space"}}
"#,
    ),
    (
        r#"resources: [resources.yaml]
generatorOptions: {labels: {new: label}}
configMapGenerator:
- name: merged
  behavior: merge
  literals: [b=new, c=new]
  files: [bin]
- name: replaced
  behavior: replace
  literals: [b=new]
- name: replaced
  namespace: other
  behavior: replace
  options: {annotations: {a: new}}
- name: twice
  literals: [a=1]
- name: twice
  behavior: merge
  literals: [a=2]
secretGenerator:
- name: merged
  behavior: merge
  literals: [b=new]
"#,
        &[("resources.yaml", br#"apiVersion: v1
kind: ConfigMap
metadata:
  name: merged
  labels: {old: label, new: old}
  annotations: {old: "yes", number: 1.0, none: }
  finalizers: [lost]
data: {a: old, b: old, n: 0x10}
binaryData: {old: AAAA}
immutable: true
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: replaced
data: {a: old}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: replaced
  namespace: other
data: {a: old}
---
apiVersion: v1
kind: Secret
metadata:
  name: merged
type: kubernetes.io/tls
stringData: {lost: x}
data: {a: AAAA}
"#), ("bin", b"\xff")],
        r#"{"apiVersion":"v1","binaryData":{"bin":"/w==","old":"AAAA"},"data":{"a":"old","b":"new","c":"new","n":"0x10"},"kind":"ConfigMap","metadata":{"annotations":{"none":"","number":"1.0","old":"yes"},"labels":{"new":"label","old":"label"},"name":"merged"}}
{"apiVersion":"v1","data":{"a":"2"},"kind":"ConfigMap","metadata":{"labels":{"new":"label"},"name":"twice-6gtghh96k8"}}
{"apiVersion":"v1","data":{"a":"AAAA","b":"bmV3"},"kind":"Secret","metadata":{"labels":{"new":"label"},"name":"merged"},"type":"Opaque"}
{"apiVersion":"v1","data":{"b":"new"},"kind":"ConfigMap","metadata":{"labels":{"new":"label"},"name":"replaced"}}
{"apiVersion":"v1","kind":"ConfigMap","metadata":{"annotations":{"a":"new"},"labels":{"new":"label"},"name":"replaced","namespace":"other"}}
"#,
    ),
];
