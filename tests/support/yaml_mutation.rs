//! Mutated YAML and what must hold for any text at all. Used by the tests and by `cargo xtask`.

use std::sync::Arc;

use kate::syntax::yaml::{Document, NodeKind, NodeRef, Schema, scalar_content_span};
use kate::syntax::{ParsedFile, Syntax, parse};
use kate::text::{FileId, RepoPath, Side, SourceFile, Span};
use kate::value::{Data, Origin, Value};

/// Sound documents with every construct of the language that manifests use.
const SEEDS: &[&str] = &[
    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a # why\n  labels: {app: \"x\", 'b': [1, 2,]}\ndata:\n  k: |\n    line\n\n    more\n  l: >-\n    folded\n    text\n  n:\n",
    "base: &base\n  image: nginx:1.2\n  env:\n  - name: A\n    value: \"1\"\n  - {name: B}\nother:\n  <<: *base\n  image: *image\nlist: [*base, &image x]\n",
    "---\na: 1\n---\n# only a comment\n---\nb: 'it''s'\nc: \"\\u00e9\\n\\x41\"\n...\n%YAML 1.1\n---\nd: !!str 1\ne: !vault |\n  x\n",
    "{\n\t\"a\": {\"b\": [true, null, 1e3, \"\\u2028\"]},\n\t\"c\": \"http://x/y\"\n}\n",
    "? complex\n: value\n? [a, b]\n: {c: d}\nyes: no\n1: ~\n0x1f: .inf\n2001-01-01: 12:30\n",
    "a:\r\n  - b\r\n  - - c\r\n    - d: e\r\n      f: é日本😀\r\ng: plain\r\n  goes on\r\n\r\n  and on\r\n",
    "x: \"{{ .a }}\"\ny: ${B}\nz: <C>\nw: {{ d }}\n",
    "&a k: &b v\n*a : [*b]\nm: &c {n: &d {o: *b}}\np: {<<: [*c, {q: *d}], \"<<\": 1}\n",
];

const TOKENS: &[&str] = &[
    "\n",
    "\r\n",
    "\r",
    " ",
    "  ",
    "\t",
    ":",
    ": ",
    "- ",
    "-",
    "? ",
    "#",
    " #",
    "\"",
    "'",
    "|",
    ">",
    "|-\n",
    ">2+\n",
    "[",
    "]",
    "{",
    "}",
    ",",
    "&a ",
    "*a",
    "*b",
    "!!str ",
    "!x ",
    "!",
    "<<: *a\n",
    "---\n",
    "...\n",
    "%YAML 1.2\n",
    "%",
    "@",
    "`",
    "\\",
    "\\u12",
    "\u{feff}",
    "\u{85}",
    "\u{2028}",
    "\0",
    "\u{7f}",
    "é",
    "😀",
    "{{",
    "}}",
    "{%",
    "${",
    "~",
    "null",
    "yes",
    "0o7",
    "1e999",
    "a: &a\n",
    "  b: *a\n",
    "\n\n\n",
    "[[[[",
    "]]]]",
    "{a: {a: {a:",
    "- - - - ",
    "? ? ?",
];

/// A small generator of pseudo-random numbers (xorshift64*); the same seed gives the same texts.
pub(crate) struct Mutator(u64);

impl Mutator {
    /// A generator; any seed will do.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(number).unwrap_or(0) % bound.max(1)
    }

    fn place(&mut self, text: &str) -> usize {
        let mut at = self.below(text.len() + 1);
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }

    /// The next text.
    pub(crate) fn text(&mut self) -> String {
        let mut text = SEEDS[self.below(SEEDS.len())].to_owned();
        for _ in 0..=self.below(6) {
            let at = self.place(&text);
            match self.below(7) {
                0 | 1 => text.insert_str(at, TOKENS[self.below(TOKENS.len())]),
                2 => {
                    let end = self.place(&text);
                    let end = if end > at + 20 { at } else { end };
                    text.replace_range(at.min(end)..at.max(end), "");
                }
                3 => {
                    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
                    let (from, to) = (self.below(lines.len()), self.below(lines.len() + 1));
                    lines.insert(to, lines.get(from).copied().unwrap_or_default());
                    text = lines.concat();
                }
                4 => {
                    let other = SEEDS[self.below(SEEDS.len())];
                    let from = self.place(other);
                    text.insert_str(at, &other[from..]);
                }
                5 => text.truncate(at),
                _ => {
                    let line = text[..at].rfind('\n').map_or(0, |line| line + 1);
                    text.insert_str(line, &" ".repeat(self.below(4)));
                }
            }
        }
        text.truncate(self.place_near(&text, 4096));
        text
    }

    fn place_near(&self, text: &str, limit: usize) -> usize {
        let mut at = limit.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }
}

/// Read a text and check all that must hold for it.
///
/// # Errors
/// The first thing that does not hold.
pub(crate) fn check(text: &str) -> Result<(), String> {
    for name in ["x.yaml", "x.json"] {
        let path = RepoPath::new(name).ok_or("a path")?;
        let source = Arc::new(SourceFile::new(FileId(7), path, text.into(), Side::Head, true));
        check_file(&parse(source)).map_err(|why| format!("{why} in {name} {text:?}"))?;
    }
    Ok(())
}

fn check_file(file: &ParsedFile) -> Result<(), String> {
    let text: &str = &file.source.text;
    let sound = |span: Span, what: &str| {
        let good = span.file == FileId(7) && text.get(span.range()).is_some();
        if good { Ok(()) } else { Err(format!("{what}: bad span {span:?}")) }
    };
    for error in &file.errors {
        sound(error.span, "error")?;
        if let Some((span, _)) = &error.related {
            sound(*span, "related place")?;
        }
        if error.message.is_empty() || error.message.contains(char::is_control) {
            return Err(format!("bad message {:?}", error.message));
        }
    }
    for comment in &file.comments {
        sound(comment.span, "comment")?;
        if !file.source.slice(comment.span).starts_with('#') {
            return Err(format!("comment {:?}", comment.span));
        }
    }
    if !file.comments.is_sorted_by_key(|comment| comment.span) || !file.errors.is_sorted_by_key(|error| error.span) {
        return Err("not in order".to_owned());
    }
    match &file.syntax {
        Syntax::Yaml(stream) => {
            let mut end = 0;
            for document in &stream.documents {
                sound(document.span, "document")?;
                if document.span.start < end {
                    return Err(format!("documents overlap at {end}"));
                }
                end = document.span.end;
                check_document(document, text)?;
            }
            if stream.documents.iter().any(|document| document.broken.is_some()) && file.errors.is_empty() {
                return Err("a broken document without an error".to_owned());
            }
            Ok(())
        }
        Syntax::Opaque(why) => why.at().map_or(Ok(()), |span| sound(span, "opaque")),
        other => Err(format!("not YAML: {other:?}")),
    }
}

fn check_document(document: &Document, text: &str) -> Result<(), String> {
    if let Some(root) = document.root() {
        check_node(root, document, text)?;
    }
    for schema in [Schema::Kubernetes, Schema::Kustomize] {
        let value = document.value(schema);
        if document.broken.is_some() && value.unknown().is_none() {
            return Err("a broken document has a value".to_owned());
        }
        check_value(&value, text, &mut 200_000)?;
    }
    Ok(())
}

fn check_node(node: NodeRef<'_>, document: &Document, text: &str) -> Result<(), String> {
    let span = node.span();
    let fail = |what: &str| Err(format!("{what}: {node:?} at {span:?}"));
    if text.get(span.range()).is_none() {
        return fail("bad span");
    }
    let content = scalar_content_span(text, span);
    if text.get(content.range()).is_none() || !span.contains(content) {
        return fail("bad content span");
    }
    if node.kind() == NodeKind::Scalar && node.text().is_none() {
        return fail("a scalar without text");
    }
    if !document.span.contains(node.full_span()) {
        return fail("outside of its document");
    }
    // Looking up is linear in the members of a collection.
    let small = document.node_count() < 1_000;
    if small && document.node_covering(span).is_none() {
        return fail("not found by its span");
    }
    let mut end = span.start;
    for child in node.children() {
        if child.parent() != Some(node) {
            return fail("a child with another parent");
        }
        if !span.contains(child.span()) || child.span().start < end {
            return fail("a child outside of its parent or before its sibling");
        }
        end = child.span().end;
        check_node(child, document, text)?;
    }
    for (key, value) in node.entries() {
        if small && value.key() != Some(key) {
            return fail("a value with another key");
        }
    }
    if node.column() > text.len() || (node.kind() == NodeKind::Alias && !node.is_anchored_or_alias()) {
        return fail("bad column or anchors");
    }
    Ok(())
}

fn check_value(value: &Value, text: &str, budget: &mut u32) -> Result<(), String> {
    if *budget == 0 {
        return Ok(());
    }
    *budget -= 1;
    let sound = |origin: &Origin| match text.get(origin.span().range()) {
        Some(_) => Ok(()),
        None => Err(format!("bad origin {origin:?}")),
    };
    sound(&value.origin)?;
    match &value.data {
        Data::List(items) => items.iter().try_for_each(|item| check_value(item, text, budget)),
        Data::Map(map) => map.iter().enumerate().try_for_each(|(at, entry)| {
            sound(&entry.key_origin)?;
            if at < 50 && map.iter().take(at).any(|earlier| earlier.key == entry.key) {
                return Err(format!("key {:?} twice", entry.key));
            }
            check_value(&entry.value, text, budget)
        }),
        Data::Float(number) if !number.is_finite() => Err("a number that JSON does not have".to_owned()),
        _ => Ok(()),
    }
}
