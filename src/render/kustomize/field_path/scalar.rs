//! Scalars as kustomize handles them: a text and a tag, which is how they were written.

use std::borrow::Cow;

use crate::render::print;
use crate::syntax::yaml::{PlainScalar, Schema, plain_scalar, refold, scalar_content_span};
use crate::text::{SourceFile, Sources, Span};
use crate::value::{Data, Origin, Spelling, Step, Str, Style, Tag, Value};

/// The value of a text with a tag; `None` if it cannot be one, for which kustomize fails when it
/// prints.
pub(crate) fn read(tag: Tag, text: &str) -> Option<Data> {
    match (tag, plain_scalar(text, Schema::Kustomize)) {
        (Tag::Text, _) => Some(Data::String(text.into())),
        (Tag::Null, PlainScalar::Null) => Some(Data::Null),
        (Tag::Bool, PlainScalar::Bool(truth)) => Some(Data::Bool(truth)),
        (Tag::Int | Tag::Float, PlainScalar::Int(number)) | (Tag::Float, PlainScalar::Float(number)) => Some(number),
        (Tag::Timestamp, PlainScalar::Timestamp(time)) => Some(Data::String(time)),
        _ => None,
    }
}

/// What a tag is called.
pub(crate) fn name(tag: Tag) -> &'static str {
    match tag {
        Tag::Null => "a null",
        Tag::Bool => "a boolean",
        Tag::Int => "an integer",
        Tag::Float => "a number",
        Tag::Timestamp => "a time",
        Tag::Text => "a text",
    }
}

/// The tag of a text that has none and stands without quotes.
fn tag_of(text: &str) -> Tag {
    match plain_scalar(text, Schema::Kustomize) {
        PlainScalar::Null => Tag::Null,
        PlainScalar::Bool(_) => Tag::Bool,
        PlainScalar::Int(_) => Tag::Int,
        PlainScalar::Float(_) => Tag::Float,
        PlainScalar::Timestamp(_) => Tag::Timestamp,
        PlainScalar::Text | PlainScalar::Refused => Tag::Text,
    }
}

/// What a scalar is once it is printed and read again; `None` if kustomize fails when it reads it.
/// A tag that the text has anyway is left out when it is printed, so that quotes make it a text; any
/// other is printed and counts.
pub(crate) fn data(spelling: &Spelling) -> Option<Data> {
    let text = spelling.text.as_str();
    let as_text = || match spelling.style {
        Style::Folded => Data::String(Str::new(refold(text))),
        Style::Plain | Style::Quoted | Style::Literal => Data::String(text.into()),
    };
    match spelling.tag {
        None if spelling.style == Style::Plain => untagged(text),
        None | Some(Tag::Text) => Some(as_text()),
        Some(tag) if spelling.style != Style::Plain && tag == tag_of(text) => Some(as_text()),
        Some(tag) => read(tag, text),
    }
}

/// How kustomize writes a text that it makes itself.
pub(crate) fn made_style(text: &str) -> Style {
    match (print::is_plain(text), print::is_block(text)) {
        (true, _) => Style::Plain,
        (_, true) => Style::Literal,
        _ => Style::Quoted,
    }
}

/// The value of a text without a tag, as of a node that kustomize made. `None` if it has none.
pub(crate) fn untagged(text: &str) -> Option<Data> {
    match plain_scalar(text, Schema::Kustomize) {
        PlainScalar::Null => Some(Data::Null),
        PlainScalar::Bool(truth) => Some(Data::Bool(truth)),
        PlainScalar::Int(number) | PlainScalar::Float(number) => Some(number),
        PlainScalar::Timestamp(time) => Some(Data::String(time)),
        PlainScalar::Text => Some(Data::String(text.into())),
        PlainScalar::Refused => None,
    }
}

/// The style of a text that kustomize sets as a field: quotes if YAML 1.1 takes it for something else
/// (`IsYaml1_1NonString`). Several lines never are, nor is what cannot be read at all.
pub(crate) fn set_style(text: &str) -> Style {
    let is_unreadable = text.starts_with(['@', '`', '%', '*', '&', '{', '[', '"', '\'']);
    // Numbers to the base 60 are quoted when they are printed, but are texts when they are read.
    let is_base_60 = || {
        text.bytes().all(|byte| byte.is_ascii_digit() || b":_.+-".contains(&byte))
            && plain_scalar(text, Schema::Kubernetes) == PlainScalar::Text
    };
    let stays = text.is_empty() || text.contains('\n') || is_unreadable || print::is_plain(text) || is_base_60();
    if stays { Style::Plain } else { Style::Quoted }
}

/// A scalar's text and tag.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Scalar<'v> {
    /// Its text without quotes, as written: `0x10` and `1.10` stay so.
    pub(crate) text: Cow<'v, str>,
    /// What it is taken for.
    pub(crate) tag: Tag,
}

/// Looks up how scalars were written.
#[derive(Clone, Copy)]
pub(crate) struct Written<'a> {
    sources: &'a Sources,
}

impl<'a> Written<'a> {
    /// For values that were read from these texts.
    pub(crate) fn new(sources: &'a Sources) -> Self {
        Self { sources }
    }

    /// A scalar; `None` for lists, maps and what is unknown.
    pub(crate) fn scalar<'v>(self, value: &'v Value) -> Option<Scalar<'v>>
    where
        'a: 'v,
    {
        if let Some(spelling) = spelling_of(value) {
            let tag = spelling.tag.unwrap_or_else(|| match spelling.style {
                Style::Plain => tag_of(&spelling.text),
                Style::Quoted | Style::Literal | Style::Folded => Tag::Text,
            });
            return Some(Scalar { text: spelling.text.as_str().into(), tag });
        }
        let canonical = match &value.data {
            Data::String(text) if !may_be_time(text) => {
                return Some(Scalar { text: text.as_str().into(), tag: Tag::Text });
            }
            Data::String(text) => Scalar { text: text.as_str().into(), tag: Tag::Text },
            Data::Null => Scalar { text: "null".into(), tag: Tag::Null },
            Data::Bool(truth) => Scalar { text: truth.to_string().into(), tag: Tag::Bool },
            Data::Int(number) => Scalar { text: number.to_string().into(), tag: Tag::Int },
            Data::Float(number) => Scalar { text: number.to_string().into(), tag: Tag::Float },
            Data::List(_) | Data::Map(_) | Data::Unknown(_) => return None,
        };
        // What a variable was replaced by is written anew.
        if matches!(&value.origin, Origin::Derived(derivation) if derivation.step == Step::Variable) {
            return Some(canonical);
        }
        let text = self.sources.slice(value.span());
        let (tag, data) = match plain_scalar(text, Schema::Kustomize) {
            PlainScalar::Null => (Tag::Null, Data::Null),
            PlainScalar::Bool(truth) => (Tag::Bool, Data::Bool(truth)),
            PlainScalar::Int(number) => (Tag::Int, number),
            PlainScalar::Float(number) => (Tag::Float, number),
            PlainScalar::Timestamp(time) => (Tag::Timestamp, Data::String(time)),
            PlainScalar::Text | PlainScalar::Refused => return Some(canonical),
        };
        // The value may have been made of something else since.
        Some(if data == value.data { Scalar { text: text.into(), tag } } else { canonical })
    }

    /// The text of a scalar; empty for anything else.
    pub(crate) fn text<'v>(self, value: &'v Value) -> Cow<'v, str>
    where
        'a: 'v,
    {
        self.scalar(value).map(|scalar| scalar.text).unwrap_or_default()
    }

    /// A scalar as it is printed where it stands, with its quotes.
    pub(crate) fn printed<'v>(self, value: &'v Value) -> Cow<'v, str>
    where
        'a: 'v,
    {
        let Data::String(text) = &value.data else { return self.text(value) };
        let span = value.span();
        let content = scalar_content_span(&self.file(value).text, span);
        let quoted = content != span && self.sources.slice(content) == text.as_str();
        if quoted { self.sources.slice(span).into() } else { text.as_str().into() }
    }

    /// Whether a value is an empty text because nothing was written: such a one is null to those
    /// who look at nodes, and becomes text when it is printed.
    pub(crate) fn is_absent(self, value: &Value) -> bool {
        matches!(&value.data, Data::String(text) if text.is_empty())
            && matches!(value.origin, Origin::Source(span) if span.start == span.end)
    }

    /// The first line of what follows a key behind a comment in the key's line, which is the key's
    /// comment then; `None` if there is no such comment. A key that was written anew has none.
    pub(crate) fn behind_comment(self, key: &Origin) -> Option<&'a str> {
        if key.steps().any(|step| step.spelling.is_some()) {
            return None;
        }
        let span = key.span();
        let rest = &self.sources.get(span.file).text[span.end as usize..];
        let behind = rest.trim_start_matches([' ', '\t']).strip_prefix(':')?.trim_start_matches([' ', '\t']);
        let is_comment = |line: &&str| line.is_empty() || line.starts_with('#');
        let mut lines = behind.lines().map(str::trim);
        behind.starts_with('#').then(|| lines.find(|line| !is_comment(line)).unwrap_or_default())
    }

    /// Whether a scalar stands behind a tag, as it was written.
    pub(crate) fn is_tagged(self, value: &Value) -> bool {
        if spelling_of(value).is_some() {
            return false;
        }
        let span = value.span();
        let before = self.sources.get(span.file).text[..span.start as usize].trim_end_matches([' ', '\t']);
        let token = before.rsplit([' ', '\t', '\n']).next().unwrap_or_default();
        token.trim_start_matches(['[', '{', ',']).starts_with('!')
    }

    /// Whether a comment follows a scalar in its line.
    pub(crate) fn is_commented(self, value: &Value) -> bool {
        let span = value.span();
        let rest = &self.sources.get(span.file).text[span.end as usize..];
        rest.trim_start_matches([' ', '\t']).starts_with('#')
    }

    /// Whether a list or map is written in brackets. What a step makes is not, whatever it is made of.
    pub(crate) fn is_flow(self, value: &Value) -> bool {
        matches!(value.data, Data::List(_) | Data::Map(_))
            && value.origin.steps().all(|step| step.step == Step::Patch)
            && self.source(value.span()).starts_with(['{', '['])
    }

    /// How a scalar is written where it stands. What takes its place is written the same way, so
    /// that a number in the place of a text in quotes is a text.
    pub(crate) fn style(self, value: &Value) -> Style {
        if let Some(spelling) = spelling_of(value) {
            return spelling.style;
        }
        let Data::String(text) = &value.data else { return Style::Plain };
        let mut text = text.as_str();
        let mut origin = &value.origin;
        loop {
            let derivation = match origin {
                Origin::Source(span) => return source_style(self.sources.slice(*span)),
                Origin::Derived(derivation) => derivation,
            };
            if let Some(spelling) = &derivation.spelling {
                return spelling.style;
            }
            let kept = match derivation.step {
                _ if derivation.over.is_some() => {
                    let over = derivation.over.as_ref();
                    let span =
                        over.map(|over| scalar_content_span(&self.sources.get(over.span().file).text, over.span()));
                    text = span.map_or(text, |span| self.sources.slice(span));
                    over
                }
                // This names what it is made of first, and what stood there last.
                Step::Image => derivation.from.last(),
                Step::Replacement => derivation.from.get(1..).and_then(<[Origin]>::last),
                // Made by the program, which quotes only what needs it.
                Step::Generator | Step::Rewritten => None,
                Step::Label | Step::Annotation => return set_style(text),
                _ => derivation.from.first(),
            };
            match kept {
                Some(kept) => origin = kept,
                None => return made_style(text),
            }
        }
    }

    /// The text as it stands at a place.
    pub(crate) fn source(self, span: Span) -> &'a str {
        self.sources.slice(span)
    }

    /// The file in which a value, or what it was made of first, was written.
    pub(crate) fn file(self, value: &Value) -> &'a SourceFile {
        self.sources.get(value.span().file)
    }
}

/// How a scalar that a step put there is written, if what it is now still follows from that.
fn spelling_of(value: &Value) -> Option<&Spelling> {
    let mut steps = value.origin.steps();
    let first = steps.next()?;
    if let Some(spelling) = &first.spelling {
        return Some(spelling);
    }
    let spelling = steps.find_map(|step| step.spelling.as_ref())?;
    (data(spelling).as_ref() == Some(&value.data)).then_some(spelling)
}

fn source_style(written: &str) -> Style {
    // Within a text in quotes, quotes may be escaped.
    let written = written.strip_prefix('\\').unwrap_or(written);
    match written.as_bytes().first() {
        Some(b'"' | b'\'') => Style::Quoted,
        Some(b'|') => Style::Literal,
        Some(b'>') => Style::Folded,
        _ => Style::Plain,
    }
}

/// Whether a text could be the printed form of a time.
pub(crate) fn may_be_time(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 20 && bytes[4] == b'-' && bytes[10] == b'T'
}
