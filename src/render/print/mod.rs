//! YAML exactly as `kustomize build` prints it, and as Terraform's `yamlencode` does.
//!
//! Both write with go-yaml's emitter: lists not indented below their key, lines folded at 80
//! columns, literal blocks for texts of several lines. What they ask of it differs: [`dialect`].

mod dialect;
mod order;
mod scalar;

use crate::syntax::yaml::unsigned;
use crate::value::{Data, Entry, Map, Origin, Tag, Unknown, Value};
use dialect::Dialect;

/// One object as a YAML document, with a line break at its end and without a `---`.
///
/// What is not known is printed as a quoted text such as `"<unknown: Helm chart not rendered>"`,
/// and a comment stands where a map may have further keys. Control characters are always escaped.
#[must_use]
pub fn yaml(value: &Value) -> String {
    print(value, &dialect::KUSTOMIZE, &mut |_| None)
}

/// A value as Terraform's `yamlencode` writes it. It has to be known in all its parts, and its
/// fractions in all their digits.
pub(super) fn terraform(value: &Value) -> String {
    let mut text = print(value, &dialect::TERRAFORM, &mut |_| None);
    if matches!(value.data, Data::Null | Data::Bool(_) | Data::Int(_) | Data::Float(_)) {
        // The emitter ends a document that is nothing but a plain scalar.
        text.push_str("...\n");
    }
    text
}

/// Objects as a stream of documents, parted by `---`.
#[must_use]
pub fn documents<'a>(values: impl IntoIterator<Item = &'a Value>) -> String {
    values.into_iter().map(yaml).collect::<Vec<_>>().join("---\n")
}

/// Like [`yaml`], with a comment behind each line on which a node is printed: what `comment` says
/// of the node's origin. The comment of a text that takes several lines stands behind its last
/// line, or behind the head of a literal block.
pub fn annotated(value: &Value, comment: &mut dyn FnMut(&Origin) -> Option<String>) -> String {
    print(value, &dialect::KUSTOMIZE, comment)
}

/// Whether a text is printed without quotes and in one line.
pub(super) fn is_plain(text: &str) -> bool {
    scalar::Style::shortest(text) == scalar::Style::Plain
}

/// Whether a text is printed as a literal block.
pub(super) fn is_block(text: &str) -> bool {
    scalar::Style::shortest(text) == scalar::Style::Literal
}

fn print(value: &Value, dialect: &Dialect, comment: &mut dyn FnMut(&Origin) -> Option<String>) -> String {
    let mut printer = Printer { out: Output::default(), dialect, comment };
    match Shape::of(value) {
        Shape::Map(map) => printer.map(map, 0, true),
        Shape::List(items) => printer.list(items, 0, true),
        Shape::Flat => printer.flat(value, 0),
    }
    printer.out.text
}

/// How a node is laid out.
enum Shape<'a> {
    /// Entries on lines of their own.
    Map(&'a Map),
    /// Items on lines of their own.
    List(&'a [Value]),
    /// A scalar or something empty.
    Flat,
}

impl<'a> Shape<'a> {
    fn of(value: &'a Value) -> Self {
        match &value.data {
            Data::Map(map) if !map.is_empty() => Self::Map(map),
            Data::List(items) if !items.is_empty() => Self::List(items),
            _ => Self::Flat,
        }
    }
}

/// The text so far and the column at its end, counted in characters.
#[derive(Default)]
struct Output {
    text: String,
    column: usize,
}

impl Output {
    fn push(&mut self, c: char) {
        self.text.push(c);
        self.column += 1;
    }

    fn push_str(&mut self, text: &str) {
        self.text.push_str(text);
        self.column += text.chars().count();
    }

    fn line_break(&mut self) {
        self.text.push('\n');
        self.column = 0;
    }

    /// Go to a column, on a new line if the text is there already.
    fn indent(&mut self, indent: usize) {
        if self.column > indent {
            self.line_break();
        }
        while self.column < indent {
            self.push(' ');
        }
    }

    /// End the line, if there is anything on it. After a Unicode line separator there is not: the
    /// library takes it for a line break.
    fn end_line(&mut self) {
        if self.column > 0 {
            self.line_break();
        }
    }
}

struct Printer<'a> {
    out: Output,
    dialect: &'a Dialect,
    comment: &'a mut dyn FnMut(&Origin) -> Option<String>,
}

impl Printer<'_> {
    /// The entries of a map; `begun` if the first stands on the line that there is.
    fn map(&mut self, map: &Map, indent: usize, mut begun: bool) {
        let mut entries: Vec<&Entry> = map.iter().collect();
        (self.dialect.sort)(&mut entries);
        for entry in entries {
            if !std::mem::take(&mut begun) {
                self.out.indent(indent);
            }
            let style = (self.dialect.style)(&entry.key);
            if scalar::is_simple_key(&entry.key) {
                scalar::write(&mut self.out, &entry.key, style.for_simple_key(), indent + 2, false);
                self.out.push(':');
                self.simple_value(entry, indent);
            } else {
                self.out.push_str("? ");
                scalar::write(&mut self.out, &entry.key, style, indent + 2, true);
                self.out.end_line();
                self.out.indent(indent);
                self.out.push(':');
                self.nested(&entry.value, indent);
            }
        }
        if let Some(why) = &map.open {
            self.out.indent(indent);
            self.open(why);
            self.out.line_break();
        }
    }

    /// A value behind `key:`. Where it is on further lines, this one says only where the key is from.
    fn simple_value(&mut self, entry: &Entry, indent: usize) {
        match Shape::of(&entry.value) {
            Shape::Map(map) => {
                self.comment(&entry.key_origin);
                self.out.line_break();
                self.map(map, indent + 2, false);
            }
            Shape::List(items) => {
                self.comment(&entry.key_origin);
                self.out.line_break();
                self.list(items, indent, false);
            }
            Shape::Flat => {
                self.out.push(' ');
                self.flat(&entry.value, indent);
            }
        }
    }

    /// A value behind `-`, or behind the `:` of a key on a line of its own.
    fn nested(&mut self, value: &Value, indent: usize) {
        self.out.push(' ');
        match Shape::of(value) {
            Shape::Map(map) => self.map(map, indent + 2, true),
            Shape::List(items) => self.list(items, indent + 2, true),
            Shape::Flat => self.flat(value, indent),
        }
    }

    fn list(&mut self, items: &[Value], indent: usize, mut begun: bool) {
        for item in items {
            if !std::mem::take(&mut begun) {
                self.out.indent(indent);
            }
            self.out.push('-');
            self.nested(item, indent);
        }
    }

    /// A scalar or something empty in a map or list at `indent`, and the end of its line.
    fn flat(&mut self, value: &Value, indent: usize) {
        let mut open = None;
        match &value.data {
            Data::Null => self.out.push_str("null"),
            Data::Bool(truth) => self.out.push_str(if *truth { "true" } else { "false" }),
            Data::Int(number) => self.out.push_str(&number.to_string()),
            Data::Float(number) => {
                let exact = unsigned_of(value, *number);
                self.out.push_str(&exact.map_or_else(|| (self.dialect.float)(*number), |number| number.to_string()));
            }
            Data::List(_) => self.out.push_str("[]"),
            Data::Map(map) => {
                self.out.push_str("{}");
                open = map.open.as_ref();
            }
            Data::Unknown(why) => {
                let text = format!("<unknown: {why}>");
                scalar::write(&mut self.out, &text, scalar::Style::DoubleQuoted, indent + 2, false);
            }
            Data::String(text) => {
                let text = (self.dialect.text)(text);
                let style = (self.dialect.style)(&text);
                if style == scalar::Style::Literal {
                    scalar::write_literal_head(&mut self.out, &text);
                    self.comment(&value.origin);
                    scalar::write_literal_lines(&mut self.out, &text, indent + 2);
                    return self.out.end_line();
                }
                scalar::write(&mut self.out, &text, style, indent + 2, true);
            }
        }
        self.comment(&value.origin);
        if let Some(why) = open {
            self.out.push(' ');
            self.open(why);
        }
        self.out.end_line();
    }

    fn comment(&mut self, origin: &Origin) {
        if let Some(comment) = (self.comment)(origin) {
            self.out.push_str(" # ");
            self.out.push_str(&on_one_line(&comment));
        }
    }

    fn open(&mut self, why: &Unknown) {
        self.out.push_str("# further keys are unknown: ");
        self.out.push_str(&on_one_line(&why.to_string()));
    }
}

/// The integer that was written, if a float is the nearest to one beyond `i64`.
fn unsigned_of(value: &Value, number: f64) -> Option<u64> {
    let spelling = value.origin.steps().find_map(|step| step.spelling.as_ref())?;
    let exact = unsigned(&spelling.text).filter(|_| spelling.tag == Some(Tag::Int))?;
    (exact as f64 == number).then_some(exact)
}

/// A text for a comment: nothing in it may end the line or steer a terminal.
fn on_one_line(text: &str) -> String {
    let unsafe_in_comment = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}');
    text.chars().map(|c| if unsafe_in_comment(c) { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests;
