//! Scalars as kustomize handles them: a text and a tag, which is how they were written.

use std::borrow::Cow;

use crate::syntax::yaml::{PlainScalar, Schema, plain_scalar, scalar_content_span};
use crate::text::{SourceFile, Sources, Span};
use crate::value::{Data, Origin, Step, Value};

/// What a scalar is taken for, whatever its text says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Tag {
    Null,
    Bool,
    Int,
    Float,
    Timestamp,
    Text,
}

impl Tag {
    /// The value of a text with this tag; `None` if it cannot be one, for which kustomize fails
    /// when it prints.
    pub(crate) fn read(self, text: &str) -> Option<Data> {
        match (self, plain_scalar(text, Schema::Kustomize)) {
            (Self::Text, _) => Some(Data::String(text.into())),
            (Self::Null, PlainScalar::Null) => Some(Data::Null),
            (Self::Bool, PlainScalar::Bool(truth)) => Some(Data::Bool(truth)),
            (Self::Int | Self::Float, PlainScalar::Int(number)) | (Self::Float, PlainScalar::Float(number)) => {
                Some(number)
            }
            (Self::Timestamp, PlainScalar::Timestamp(time)) => Some(Data::String(time)),
            _ => None,
        }
    }

    /// What it is called.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Null => "a null",
            Self::Bool => "a boolean",
            Self::Int => "an integer",
            Self::Float => "a number",
            Self::Timestamp => "a time",
            Self::Text => "a text",
        }
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
        let canonical = match &value.data {
            Data::String(text) if !may_be_time(text) => {
                let tag = self.tag_below_quotes(text, &value.origin).unwrap_or(Tag::Text);
                return Some(Scalar { text: text.as_str().into(), tag });
            }
            Data::String(text) => Scalar { text: text.as_str().into(), tag: Tag::Text },
            Data::Null => Scalar { text: "null".into(), tag: Tag::Null },
            Data::Bool(truth) => Scalar { text: truth.to_string().into(), tag: Tag::Bool },
            Data::Int(number) => Scalar { text: number.to_string().into(), tag: Tag::Int },
            Data::Float(number) => Scalar { text: number.to_string().into(), tag: Tag::Float },
            Data::List(_) | Data::Map(_) | Data::Unknown(_) => return None,
        };
        if value.origin.steps().any(|step| step.step == Step::Rewritten) {
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

    /// The tag of a scalar that a patch put into the place of a text in quotes: it is printed in
    /// these quotes, and is still what it was.
    fn tag_below_quotes(self, text: &str, origin: &Origin) -> Option<Tag> {
        let Origin::Derived(derivation) = origin else { return None };
        let (Step::Patch, [Origin::Source(new)]) = (derivation.step, &derivation.from[..]) else { return None };
        if derivation.over.is_none() || self.sources.slice(*new) != text {
            return None;
        }
        match plain_scalar(text, Schema::Kustomize) {
            PlainScalar::Bool(_) => Some(Tag::Bool),
            PlainScalar::Int(_) => Some(Tag::Int),
            PlainScalar::Float(_) => Some(Tag::Float),
            PlainScalar::Timestamp(_) => Some(Tag::Timestamp),
            PlainScalar::Null | PlainScalar::Text | PlainScalar::Refused => None,
        }
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

    /// Whether a text stands in quotes or in a block. What takes the place of such a text becomes
    /// text: kustomize keeps the style of what was written there first.
    pub(crate) fn is_quoted(self, value: &Value) -> bool {
        let Data::String(text) = &value.data else { return false };
        if plain_scalar(text, Schema::Kustomize) != PlainScalar::Text {
            return true;
        }
        let mut origin = &value.origin;
        loop {
            match origin {
                Origin::Source(span) => {
                    // Within a text in quotes, quotes may be escaped.
                    let written = self.sources.slice(*span);
                    let written = written.strip_prefix('\\').unwrap_or(written);
                    return written.starts_with(['"', '\'', '|', '>']);
                }
                Origin::Derived(derivation) => {
                    let kept = match derivation.step {
                        _ if derivation.over.is_some() => derivation.over.as_ref(),
                        // This names what it is made of first, and what stood there last.
                        Step::Image => derivation.from.last(),
                        Step::Replacement => derivation.from.get(1..).and_then(<[Origin]>::last),
                        // Made by the program, which quotes only what needs it.
                        Step::Generator | Step::Rewritten => None,
                        _ => derivation.from.first(),
                    };
                    match kept {
                        Some(kept) => origin = kept,
                        None => return text.contains('\n'),
                    }
                }
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

/// Whether a text could be the printed form of a time.
pub(crate) fn may_be_time(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 20 && bytes[4] == b'-' && bytes[10] == b'T'
}
