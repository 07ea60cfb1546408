//! Terraform's JSON syntax: a small JSON reader that keeps places, and the mapping to blocks.
//!
//! Which keys are labels and which strings are expressions follows
//! <https://developer.hashicorp.com/terraform/language/syntax/json>. Blocks inside a resource
//! cannot be told from attributes without the provider's schema: only the well-known ones become
//! blocks, the others stay attributes.

use super::convert::Converter;
use super::{Attribute, Block, Body, Expression, ExpressionKind, Label, ObjectItem, SyntaxError};
use crate::syntax::SyntaxErrorKind;
use crate::text::{FileId, Span};
use crate::value::Str;

const MAX_DEPTH: usize = 100;

/// A JSON value and where it stands.
struct Node {
    data: Json,
    span: Span,
}

enum Json {
    Null,
    Bool(bool),
    Number(Str),
    String(Text),
    Array(Vec<Node>),
    Object(Vec<(Text, Node)>),
}

/// A decoded string; `places[i]` is where its byte `i` stands, the last entry its end.
struct Text {
    text: String,
    places: Vec<u32>,
    /// Without quotes.
    span: Span,
}

pub(super) fn parse(file: FileId, text: &str, errors: &mut Vec<SyntaxError>) -> Body {
    let start = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let mut reader = Reader { file, text, at: start };
    let whole = Span::new(file, 0, text.len());
    let node = reader.value(0).and_then(|node| {
        reader.blanks();
        if reader.at < text.len() { Err(reader.fault("unexpected text after the value")) } else { Ok(node) }
    });
    let mut mapper = Mapper { file, errors };
    match node {
        Ok(Node { data: Json::Object(entries), .. }) => mapper.file(entries),
        // Terraform reads an array of objects at the top as one body.
        Ok(Node { data: Json::Array(items), .. }) => {
            let mut body = Body::default();
            for item in items {
                if let Json::Object(entries) = item.data {
                    let mut part = mapper.file(entries);
                    body.attributes.append(&mut part.attributes);
                    body.blocks.append(&mut part.blocks);
                }
            }
            body
        }
        Ok(node) => {
            mapper.invalid(node.span, "an object is expected");
            Body { broken: vec![whole], ..Body::default() }
        }
        Err(error) => {
            mapper.errors.push(error);
            Body { broken: vec![whole], ..Body::default() }
        }
    }
}

struct Reader<'a> {
    file: FileId,
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn fault(&self, message: &str) -> SyntaxError {
        let len = self.text.get(self.at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        SyntaxError {
            kind: SyntaxErrorKind::Invalid,
            span: Span::new(self.file, self.at, self.at + len),
            message: message.to_owned(),
            related: None,
        }
    }

    fn value(&mut self, depth: usize) -> Result<Node, SyntaxError> {
        self.blanks();
        if depth > MAX_DEPTH {
            let mut error = self.fault("nested too deeply");
            error.kind = SyntaxErrorKind::Limit;
            return Err(error);
        }
        let start = self.at;
        let data = match self.peek() {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.array(depth)?,
            Some(b'"') => Json::String(self.string()?),
            Some(b'-' | b'0'..=b'9') => {
                while matches!(self.peek(), Some(b'-' | b'+' | b'.' | b'0'..=b'9' | b'e' | b'E')) {
                    self.at += 1;
                }
                let number = &self.text[start..self.at];
                if number.parse::<f64>().is_err() {
                    self.at = start;
                    return Err(self.fault("not a number"));
                }
                Json::Number(number.into())
            }
            _ => {
                let words = [("true", Json::Bool(true)), ("false", Json::Bool(false)), ("null", Json::Null)];
                let found = words.into_iter().find(|(word, _)| self.text[start..].starts_with(word));
                let Some((word, data)) = found else { return Err(self.fault("a JSON value is expected")) };
                self.at += word.len();
                data
            }
        };
        Ok(Node { data, span: Span::new(self.file, start, self.at) })
    }

    fn array(&mut self, depth: usize) -> Result<Json, SyntaxError> {
        self.at += 1;
        let mut items = Vec::new();
        self.blanks();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Json::Array(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.blanks();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(Json::Array(items));
                }
                _ => return Err(self.fault("`,` or `]` is expected")),
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json, SyntaxError> {
        self.at += 1;
        let mut entries = Vec::new();
        self.blanks();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Json::Object(entries));
        }
        loop {
            self.blanks();
            if self.peek() != Some(b'"') {
                return Err(self.fault("a quoted key is expected"));
            }
            let key = self.string()?;
            self.blanks();
            if self.peek() != Some(b':') {
                return Err(self.fault("`:` is expected"));
            }
            self.at += 1;
            entries.push((key, self.value(depth + 1)?));
            self.blanks();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(Json::Object(entries));
                }
                _ => return Err(self.fault("`,` or `}` is expected")),
            }
        }
    }

    fn string(&mut self) -> Result<Text, SyntaxError> {
        let open = self.at;
        self.at += 1;
        let mut text = String::new();
        let mut places = Vec::new();
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        loop {
            let at = self.at;
            let Some(next) = self.text[at..].chars().next() else {
                self.at = open;
                return Err(self.fault("a string that is never closed"));
            };
            let decoded = match next {
                '"' => {
                    places.push(place(at));
                    self.at += 1;
                    return Ok(Text { text, places, span: Span::new(self.file, open + 1, at) });
                }
                '\\' => self.escape()?,
                c if u32::from(c) < 0x20 => return Err(self.fault("a control character in a string")),
                c => {
                    self.at += c.len_utf8();
                    c
                }
            };
            text.push(decoded);
            // The bytes of a character that is written as itself stand one after the other.
            let plain = self.at - at == decoded.len_utf8() && next != '\\';
            places.extend((0..decoded.len_utf8()).map(|byte| place(if plain { at + byte } else { at })));
        }
    }

    /// An escape sequence; surrogate pairs are one character.
    fn escape(&mut self) -> Result<char, SyntaxError> {
        let letter = self.text.as_bytes().get(self.at + 1).copied();
        let simple = match letter {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                let Some(high) = self.hex(self.at + 2) else { return Err(self.fault("not an escape sequence")) };
                self.at += 6;
                if (0xd800..0xdc00).contains(&high)
                    && self.text[self.at..].starts_with("\\u")
                    && let Some(low @ 0xdc00..=0xdfff) = self.hex(self.at + 2)
                {
                    self.at += 6;
                    let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                    return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                }
                return Ok(char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            _ => return Err(self.fault("not an escape sequence")),
        };
        self.at += 2;
        Ok(simple)
    }

    fn hex(&self, at: usize) -> Option<u32> {
        let digits = self.text.get(at..at + 4)?;
        if digits.bytes().all(|byte| byte.is_ascii_hexdigit()) { u32::from_str_radix(digits, 16).ok() } else { None }
    }
}

/// How a string is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Strings {
    /// As a template.
    Template,
    /// As an expression: `"aws_x.y"`.
    Expression,
    /// As it stands.
    Literal,
}

struct Mapper<'a> {
    file: FileId,
    errors: &'a mut Vec<SyntaxError>,
}

/// Number of labels of the blocks at the top of a file.
fn top_labels(kind: &str) -> Option<usize> {
    Some(match kind {
        "resource" | "data" | "ephemeral" => 2,
        "module" | "variable" | "output" | "provider" | "check" => 1,
        "locals" | "terraform" | "moved" | "removed" | "import" => 0,
        _ => return None,
    })
}

/// Number of labels of the blocks inside a block.
fn inner_labels(parent: &str, kind: &str) -> Option<usize> {
    Some(match (parent, kind) {
        ("terraform", "backend") => 1,
        ("terraform", "cloud" | "required_providers") | ("cloud", "workspaces") => 0,
        ("resource" | "data" | "ephemeral", "lifecycle" | "connection") => 0,
        ("resource", "provisioner") | ("resource" | "data" | "provider" | "dynamic", "dynamic") => 1,
        ("variable", "validation") | ("lifecycle" | "output", "precondition" | "postcondition") => 0,
        ("check", "assert") => 0,
        ("check", "data") => 2,
        _ => return None,
    })
}

impl Mapper<'_> {
    fn invalid(&mut self, span: Span, message: &str) {
        let message = message.to_owned();
        self.errors.push(SyntaxError { kind: SyntaxErrorKind::Invalid, span, message, related: None });
    }

    fn file(&mut self, entries: Vec<(Text, Node)>) -> Body {
        let mut body = Body::default();
        for (key, node) in entries {
            match top_labels(&key.text) {
                Some(labels) if matches!(node.data, Json::Object(_) | Json::Array(_)) => {
                    self.blocks(&mut body, &key, node, labels, &mut Vec::new())
                }
                _ if key.text == "//" => {}
                // A variables file: names and literal values.
                _ => self.attribute(&mut body, key, node, Strings::Literal),
            }
        }
        body
    }

    fn attribute(&mut self, body: &mut Body, key: Text, node: Node, strings: Strings) {
        let span = key.span.cover(node.span);
        let value = self.expression(node, strings);
        body.attributes.push(Attribute { name: key.text.into(), name_span: key.span, value, span });
    }

    /// Blocks of one kind: `labels` more keys are labels, then come one body or a list of bodies.
    fn blocks(&mut self, out: &mut Body, kind: &Text, node: Node, labels: usize, seen: &mut Vec<Label>) {
        match node.data {
            Json::Array(items) => {
                for item in items {
                    self.blocks(out, kind, item, labels, seen);
                }
            }
            Json::Object(entries) if labels > 0 => {
                for (key, node) in entries {
                    if key.text == "//" {
                        continue;
                    }
                    seen.push(Label { text: key.text.as_str().into(), span: key.span });
                    self.blocks(out, kind, node, labels - 1, seen);
                    seen.pop();
                }
            }
            Json::Object(entries) => {
                let body = self.body(&kind.text, entries);
                let span = seen.first().map_or(kind.span, |label| label.span).cover(node.span);
                out.blocks.push(Block {
                    kind: kind.text.as_str().into(),
                    kind_span: kind.span,
                    labels: seen.clone(),
                    body,
                    span,
                });
            }
            Json::Null => {}
            _ => self.invalid(node.span, "an object is expected"),
        }
    }

    fn body(&mut self, parent: &str, entries: Vec<(Text, Node)>) -> Body {
        let mut body = Body::default();
        for (key, node) in entries {
            if key.text == "//" {
                continue;
            }
            if let Some(labels) = inner_labels(parent, &key.text) {
                self.blocks(&mut body, &key, node, labels, &mut Vec::new());
                continue;
            }
            let strings = match (parent, key.text.as_str()) {
                (_, "depends_on")
                | ("resource" | "data" | "ephemeral", "provider")
                | ("module", "providers")
                | ("variable", "type")
                | ("moved", "from" | "to")
                | ("removed", "from")
                | ("import", "to")
                | ("lifecycle", "ignore_changes" | "replace_triggered_by") => Strings::Expression,
                ("variable", "description" | "default") | ("module", "source" | "version") => Strings::Literal,
                ("backend" | "cloud" | "workspaces" | "required_providers", _) => Strings::Literal,
                _ => Strings::Template,
            };
            self.attribute(&mut body, key, node, strings);
        }
        body
    }

    fn expression(&mut self, node: Node, strings: Strings) -> Expression {
        let kind = match node.data {
            Json::Null => ExpressionKind::Null,
            Json::Bool(truth) => ExpressionKind::Bool(truth),
            Json::Number(number) => ExpressionKind::Number(number),
            Json::String(text) => return self.string(text, node.span, strings),
            Json::Array(items) => {
                ExpressionKind::Tuple(items.into_iter().map(|item| self.expression(item, strings)).collect())
            }
            Json::Object(entries) => {
                let mut items = Vec::with_capacity(entries.len());
                for (key, value) in entries {
                    let outer = Span::new(self.file, key.span.start as usize - 1, key.span.end as usize + 1);
                    let reading = if strings == Strings::Template { strings } else { Strings::Literal };
                    let key = self.string(key, outer, reading);
                    items.push(ObjectItem { key, value: self.expression(value, strings) });
                }
                ExpressionKind::Object(items)
            }
        };
        Expression { kind, span: node.span }
    }

    fn string(&mut self, text: Text, span: Span, strings: Strings) -> Expression {
        let template = strings == Strings::Template && (text.text.contains("${") || text.text.contains("%{"));
        if strings == Strings::Literal || (strings == Strings::Template && !template) {
            return Expression { kind: ExpressionKind::String(text.text.into()), span };
        }
        let mut converter = Converter::scattered(self.file, &text.text, &text.places);
        let converted = if template {
            hcl_edit::parser::parse_template(&text.text)
                .map(|template| Expression { kind: converter.template(&template), span })
        } else {
            hcl_edit::parser::parse_expr(&text.text).map(|expression| converter.expression(&expression))
        };
        let mut found = converter.errors;
        self.errors.append(&mut found);
        converted.unwrap_or_else(|error| {
            let at = error.location().offset();
            let place = text.places.get(at).or(text.places.last()).map_or(span.start, |place| *place) as usize;
            self.invalid(Span::new(self.file, place, place + 1), error.message());
            Expression { kind: ExpressionKind::String(text.text.into()), span }
        })
    }
}
