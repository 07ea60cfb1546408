use std::collections::BTreeSet;
use std::sync::Arc;

use super::{annotated, documents, yaml};
use crate::syntax;
use crate::syntax::yaml::Schema;
use crate::text::{FileId, RepoPath, Side, SourceFile, Span};
use crate::value::{Data, Map, Origin, Reason, Step, Unknown, Value};

fn read(text: &str) -> Value {
    let path = RepoPath::new("x.yaml").expect("a path");
    let source = SourceFile::new(FileId(0), path, text.into(), Side::Head, true);
    let file = syntax::parse_yaml(Arc::new(source));
    file.yaml().expect("YAML").documents.first().expect("a document").value(Schema::Kustomize)
}

fn origin() -> Origin {
    Span::start_of(FileId(0)).into()
}

#[test]
fn maps_are_sorted_and_lists_stand_below_their_key() {
    let text = "b:\n- 2\n- [x, [y]]\n- {d: 1, c: {e: [], f: {}}}\na10: ~\na9: 'yes'\n";
    assert_eq!(
        yaml(&read(text)),
        "a9: \"yes\"\na10: null\nb:\n- 2\n- - x\n  - - \"y\"\n- c:\n    e: []\n    f: {}\n  d: 1\n"
    );
}

#[test]
fn documents_are_parted() {
    assert_eq!(documents([&read("a: 1"), &read("b: 2")]), "a: 1\n---\nb: 2\n");
    assert_eq!(documents([]), "");
}

#[test]
fn what_is_not_known_is_said_without_control_characters() {
    let why = Unknown::new(Reason::HelmChart, "x\n\u{1b}[0m: y", None);
    let value = Value::new(Data::Unknown(why.clone()), origin());
    let mut map = Map::default();
    map.insert("a", origin(), value);
    map.open = Some(why.clone());
    let mut nothing = Map::default();
    nothing.open = Some(why);
    map.insert("b", origin(), Value::map(nothing, origin()));
    assert_eq!(
        yaml(&Value::map(map, origin())),
        "a: \"<unknown: Helm chart not rendered: x\\n\\e[0m: y>\"\n\
         b: {} # further keys are unknown: Helm chart not rendered: x\u{fffd}\u{fffd}[0m: y\n\
         # further keys are unknown: Helm chart not rendered: x\u{fffd}\u{fffd}[0m: y\n"
    );
}

#[test]
fn comments_stand_behind_nodes_and_never_inside_texts() {
    let long = "word ".repeat(30);
    let text = format!("a: 1\nb:\n- x: |\n    t\n    # u\n- '{long}'\nc: {{}}\n");
    let mut value = read(&text);
    value.as_map_mut().and_then(|map| map.get_mut("a")).expect("a").origin =
        Origin::derived(Step::Patch, Span::start_of(FileId(0)), Vec::new());
    let printed = annotated(&value, &mut |origin| Some(format!("{}\n", origin.steps().count())));
    assert_eq!(
        printed,
        format!(
            "a: 1 # 1\u{fffd}\nb: # 0\u{fffd}\n- x: | # 0\u{fffd}\n    t\n    # u\n{} # 0\u{fffd}\nc: {{}} # 0\u{fffd}\n",
            yaml(&read(&text)).lines().skip(5).take(2).collect::<Vec<_>>().join("\n")
        )
    );
    assert_eq!(yaml(&read(&printed)), yaml(&value), "comments change nothing");
}

#[test]
fn an_order_that_is_none_is_survived() {
    let keys = ["1", "01", "0a", "001", "10", "9", "a", "0", "00", "9999999999999999999999", "1a", "0b1"];
    let keys: BTreeSet<String> = (0..400).map(|at| format!("{}{}", keys[at % 12], at / 12)).collect();
    let text: String = keys.iter().map(|key| format!("{key:?}: 1\n")).collect();
    assert_eq!(yaml(&read(&text)).lines().count(), keys.len());
}
